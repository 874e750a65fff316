//! Strips whose sites are only empty or not, a bit a site.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::curves::CurvesAt;
use landauer_core::inference::format::{Curves, EncoderRule};
use landauer_core::inference::quantize::from_q16;
use landauer_core::inference::{Image, Model, ModelError};

use super::kernels::Kernels;

/// The most sites of a slice: bits of a word.
pub(super) const MAX_ROWS: usize = 64;

/// Impurities of a strip, a word a slice, row k in bit k.
#[derive(Debug, Default)]
pub(super) struct Slices {
    words: Vec<u64>,
    seen: Vec<u64>,
}

impl Slices {
    /// Those of the image that was last asked for.
    pub(super) fn seen(&self) -> &[u64] {
        &self.seen
    }
}

/// How impurities are found, and what they are to a network.
#[derive(Debug, Clone)]
pub(super) struct Sites {
    kernels: Kernels,
    impurity: f64,
    width: usize,
    codes: Curves,
}

impl Sites {
    /// None where sites are more than empty or not, or slices longer than words.
    pub(super) fn new(kernels: Kernels, model: &Model<'_>) -> Option<Self> {
        let card = model.card();
        let EncoderRule::Species(codes) = card.encoder.rule else {
            return None;
        };
        let &[impurity] = card.disorder.species_energies() else {
            return None;
        };
        let width = usize::from(card.width);
        (width <= MAX_ROWS).then_some(Self {
            kernels,
            impurity,
            width,
            codes,
        })
    }

    /// Finds the impurities of a strip and counts them.
    ///
    /// # Errors
    /// As [`Model::count`].
    pub(super) fn count(
        &self,
        model: &Model<'_>,
        onsite: &[f64],
        slices: &mut Slices,
    ) -> Result<u32, ModelError> {
        slices.words.clear();
        for line in onsite.chunks(self.width) {
            let Some(word) = self.kernels.impurities(line, self.impurity) else {
                return model.count(onsite, self.width);
            };
            slices.words.push(word);
        }
        let count: u32 = slices.words.iter().map(|word| word.count_ones()).sum();
        let [least, most] = model.card().counts;
        if count < least || most < count {
            return model.count(onsite, self.width);
        }
        Ok(count)
    }

    /// Sees a mirror image of the strip.
    pub(super) fn look(&self, image: Image, slices: &mut Slices) {
        let Slices { words, seen } = slices;
        seen.clear();
        seen.extend_from_slice(words);
        if image.mirrored_in_y {
            let unused = MAX_ROWS - self.width;
            for word in &mut *seen {
                *word = word.reverse_bits() >> unused;
            }
        }
        if image.mirrored_in_x {
            seen.reverse();
        }
    }

    /// Writes the integers of core's encoder for the sites that were seen; none if its curves are not
    /// found.
    pub(super) fn encode(
        &self,
        constants: Constants<'_>,
        count: u32,
        slices: &Slices,
        output: &mut [i8],
    ) -> Option<()> {
        let codes = CurvesAt::new(self.codes, constants, count)?;
        let plane = self.width * slices.seen.len();
        for (channel, output) in output.chunks_exact_mut(plane.max(1)).enumerate() {
            let codes = [0, 1].map(|species| from_q16(codes.get(2 * channel + species)));
            let lines = output.chunks_exact_mut(self.width.max(1));
            for (&word, line) in slices.seen.iter().zip(lines) {
                self.kernels.spread_bits(word, codes, line);
            }
        }
        Some(())
    }
}
