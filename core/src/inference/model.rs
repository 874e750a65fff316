//! A model file that has been checked, and running it.

use core::marker::PhantomData;

use super::arena;
use super::constants::Constants;
use super::decode::{Sums, UNITS};
use super::encode::{self, Image};
use super::error::{Fault, ModelError};
use super::format::{Card, Head, Layer, MAX_OUTPUTS};
use super::kernels::{Kernels, Native};
use super::parse::{self, Checked, Layers, Parts};
use crate::disorder::Ensemble;
use crate::inference::target::Target;
use crate::lattice::Lattice;
use crate::scalar::Scalar;

/// A quantised network, borrowed from the bytes of its file.
///
/// # Example
/// ```
/// use landauer_core::inference::Model;
/// use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice};
///
/// let model = Model::parse(landauer_models::PAPER_CNN_G.bytes())?; // in flash
/// let mut scratch = [0; 4096];
/// assert!(model.scratch_len() <= scratch.len());
/// model.self_test(&mut [0.0_f32; 1600], &mut scratch)?;
///
/// let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.05), 42)?;
/// let strip: Lattice<f32, 40, 40> = ensemble.sample(0).lattice();
/// let mut g = [0.0];
/// model.predict_lattice(&strip, &mut scratch, &mut g)?; // in units of G0
/// assert!(g[0] > 5.0 && g[0] < 25.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `K` are the kernels that it runs on, the target's fastest unless
/// [`with_kernels`](Self::with_kernels) says otherwise; no result depends on them.
#[derive(Debug, Clone)]
pub struct Model<'a, K = Native> {
    card: Card<'a>,
    layers: Layers<'a>,
    constants: Constants<'a>,
    patch_len: usize,
    macs: u64,
    kernels: PhantomData<K>,
}

impl<'a> Model<'a> {
    /// Reads a model file and checks all of it: nothing that follows can go out of bounds, read
    /// what was not written, or overflow.
    ///
    /// Takes time in proportion to the file (every byte is summed up; every weight is looked at, once
    /// more for every further layer that shares it), and no memory beside the model itself, about 1 kB.
    ///
    /// # Errors
    /// Any [`ModelError`] about a file, whatever the bytes are; never a panic.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ModelError> {
        let parts = parse::parts(bytes)?;
        let Checked { patch_len, macs } = parse::check(&parts)?;
        let Parts {
            card,
            layers,
            constants,
            version: _,
        } = parts;
        Ok(Self {
            card,
            layers,
            constants,
            patch_len,
            macs,
            kernels: PhantomData,
        })
    }
}

impl<'a, K: Kernels> Model<'a, K> {
    /// The same model on other kernels: to compare them.
    #[must_use]
    pub fn with_kernels<Other: Kernels>(self) -> Model<'a, Other> {
        Model {
            card: self.card,
            layers: self.layers,
            constants: self.constants,
            patch_len: self.patch_len,
            macs: self.macs,
            kernels: PhantomData,
        }
    }

    /// Everything about the network but its layers.
    #[must_use]
    pub const fn card(&self) -> &Card<'a> {
        &self.card
    }

    /// The layers in their order, decoded as they are asked for.
    #[must_use]
    pub fn layers(&self) -> Layers<'a> {
        self.layers.clone()
    }

    /// Weights, biases, multipliers and tables.
    #[must_use]
    pub const fn constants(&self) -> Constants<'a> {
        self.constants
    }

    /// The targets, in the order of the outputs.
    #[must_use]
    pub fn targets(&self) -> impl ExactSizeIterator<Item = Target> {
        self.card.outputs.iter().map(|output| output.target)
    }

    /// Sites of the strips: length times width.
    #[must_use]
    pub fn sites(&self) -> usize {
        usize::from(self.card.length).saturating_mul(usize::from(self.card.width))
    }

    /// Bytes of scratch that a prediction needs.
    #[must_use]
    pub fn scratch_len(&self) -> usize {
        (self.card.arena as usize).saturating_add(self.patch_len)
    }

    /// Multiply-accumulates (or what is added up without multiplying) of one prediction, all its
    /// mirror images counted, requantising not.
    #[must_use]
    pub fn macs(&self) -> u64 {
        let passes = u64::from(self.card.mirrors.passes());
        self.macs.saturating_mul(passes)
    }

    /// The largest magnitude that a sum of each layer, and at last of the head, can reach whatever
    /// the input, always below 2³¹.
    pub fn largest_sums(&self) -> impl Iterator<Item = u64> {
        let layers = self.layers().map(|layer| layer.check(self.constants));
        let card = &self.card;
        let head = core::iter::once_with(|| {
            let outputs = &card.outputs;
            let constants = self.constants;
            card.head
                .check(outputs, card.mirrors, card.width, constants)
        });
        layers.chain(head).map(|bound| bound.unwrap_or(u64::MAX))
    }

    /// Predicts every target of a strip, `[target]`, in units of G0, from its on-site energies
    /// `[slice, row]` in units of t, `width` sites to a slice.
    ///
    /// All arithmetic is in integers, and a result in units of G0/65536 is exact in `f32` up to 256
    /// G0: the same bits on every machine, for `f32` and for `f64` lattices.
    ///
    /// # Errors
    /// [`ModelError::LatticeSize`], [`ModelError::UnknownOnsite`], [`ModelError::ImpurityCount`]:
    /// the lattice is not one that the model was made for. [`ModelError::ScratchTooShort`],
    /// [`ModelError::OutputLength`].
    pub fn predict<S: Scalar>(
        &self,
        onsite: &[S],
        width: usize,
        scratch: &mut [i8],
        outputs: &mut [f32],
    ) -> Result<(), ModelError> {
        let mut values = [0; MAX_OUTPUTS];
        self.fits(outputs.len())?;
        let places = values.get_mut(..outputs.len()).unwrap_or(&mut []);
        self.predict_q16(onsite, width, scratch, places)?;
        for (output, value) in outputs.iter_mut().zip(values) {
            *output = value as f32 / UNITS;
        }
        Ok(())
    }

    /// The same for a lattice whose size the compiler knows.
    ///
    /// # Errors
    /// See [`predict`](Self::predict).
    pub fn predict_lattice<S: Scalar, const LENGTH: usize, const WIDTH: usize>(
        &self,
        lattice: &Lattice<S, LENGTH, WIDTH>,
        scratch: &mut [i8],
        outputs: &mut [f32],
    ) -> Result<(), ModelError> {
        self.predict(lattice.as_slice(), WIDTH, scratch, outputs)
    }

    /// Like [`predict`](Self::predict), in whole units of G0/65536.
    ///
    /// # Errors
    /// See [`predict`](Self::predict).
    pub fn predict_q16<S: Scalar>(
        &self,
        onsite: &[S],
        width: usize,
        scratch: &mut [i8],
        outputs: &mut [i32],
    ) -> Result<(), ModelError> {
        self.fits(outputs.len())?;
        let (needed, found) = (self.scratch_len(), scratch.len());
        if found < needed {
            return Err(ModelError::ScratchTooShort { needed, found });
        }
        let count = self.count(onsite, width)?;
        let mut sums: Sums = [0; MAX_OUTPUTS];
        let sums = sums.get_mut(..outputs.len()).unwrap_or(&mut []);
        for image in self.card.mirrors.images() {
            self.pass(image, onsite, count, scratch, sums)?;
        }
        self.decode(count, sums, outputs)
    }

    /// Checks that the model was made for this lattice and counts its impurities (0 for model I).
    ///
    /// # Errors
    /// [`ModelError::LatticeSize`], [`ModelError::UnknownOnsite`], [`ModelError::ImpurityCount`].
    pub fn count<S: Scalar>(&self, onsite: &[S], width: usize) -> Result<u32, ModelError> {
        let card = &self.card;
        let expected = [card.length, card.width].map(usize::from);
        if width != usize::from(card.width) || onsite.len() != self.sites() {
            return Err(ModelError::LatticeSize {
                expected,
                sites: onsite.len(),
                width,
            });
        }
        let found = encode::count(&card.disorder, onsite, width)?;
        let range = card.counts;
        if found < range[0] || range[1] < found {
            return Err(ModelError::ImpurityCount { found, range });
        }
        Ok(found)
    }

    /// Writes the integers `[channel, slice, row]` that the layers read for one mirror image of a
    /// lattice whose impurities [`count`](Self::count) has counted.
    ///
    /// # Errors
    /// [`ModelError::ScratchTooShort`] if `output` is not as long as the encoder's tensor.
    pub fn encode<S: Scalar>(
        &self,
        image: Image,
        onsite: &[S],
        count: u32,
        output: &mut [i8],
    ) -> Result<(), ModelError> {
        let card = &self.card;
        let (needed, found) = (card.encoder.output.shape().len(), output.len());
        if found != needed {
            return Err(ModelError::ScratchTooShort { needed, found });
        }
        let lattice = (onsite, usize::from(card.width));
        let (encoder, disorder) = (&card.encoder, &card.disorder);
        encode::encode(
            encoder,
            disorder,
            self.constants,
            count,
            image,
            lattice,
            output,
        )
        .ok_or(ModelError::Encoder(Fault::Malformed))
    }

    /// Runs one of the model's layers in an arena that holds what the layers before it wrote.
    ///
    /// This and its neighbours are for callers that replace some layers by faster ones.
    ///
    /// # Errors
    /// [`ModelError::ScratchTooShort`] if `arena` or `patch` is; [`ModelError::Card`] if it is no
    /// layer of this model and does not fit.
    pub fn run_layer(
        &self,
        layer: &Layer,
        count: u32,
        arena: &mut [i8],
        patch: &mut [i8],
    ) -> Result<(), ModelError> {
        let (needed, found) = (self.scratch_len(), arena.len().saturating_add(patch.len()));
        if found < needed {
            return Err(ModelError::ScratchTooShort { needed, found });
        }
        run_layer::<K>(layer, self.constants, count, arena, patch)
            .ok_or(ModelError::Card(Fault::Malformed))
    }

    /// From the head's sums, added up over all mirror images, to units of G0/65536, `[target]`.
    ///
    /// # Errors
    /// [`ModelError::OutputLength`] if either does not have one place for each target.
    pub fn decode(&self, count: u32, sums: &[i64], outputs: &mut [i32]) -> Result<(), ModelError> {
        self.fits(sums.len())?;
        self.fits(outputs.len())?;
        let Card {
            head,
            outputs: records,
            mirrors,
            ..
        } = &self.card;
        head.decode(records, *mirrors, self.constants, count, sums, outputs)
            .ok_or(ModelError::Head(Fault::Malformed))
    }

    /// Predicts the golden samples, drawn again from their ensemble, and compares all bits with
    /// what the file says: is this the network that was exported, and does this machine run it
    /// right?
    ///
    /// `onsite` must have room for the [`sites`](Self::sites); what it held does not matter.
    ///
    /// # Errors
    /// [`ModelError::SelfTest`] for the first difference; [`ModelError::LatticeSize`] if `onsite` is
    /// too short; [`ModelError::ScratchTooShort`].
    pub fn self_test<S: Scalar>(
        &self,
        onsite: &mut [S],
        scratch: &mut [i8],
    ) -> Result<(), ModelError> {
        let card = &self.card;
        let (expected, width) = ([card.length, card.width].map(usize::from), card.width);
        let (sites, width) = (onsite.len(), usize::from(width));
        let wrong_size = ModelError::LatticeSize {
            expected,
            sites,
            width,
        };
        let onsite = onsite.get_mut(..self.sites()).ok_or(wrong_size)?;
        for (golden, record) in card.golden.iter().enumerate() {
            let ensemble = Ensemble::new(card.disorder, card.concentration, record.seed)
                .map_err(|_| ModelError::Card(Fault::Disorder))?;
            ensemble.sample(record.sample).fill_onsite(onsite);
            let mut values = [0; MAX_OUTPUTS];
            let values = values.get_mut(..card.outputs.len()).unwrap_or(&mut []);
            self.predict_q16(onsite, width, scratch, values)?;
            let expected = self.constants.integers(record.outputs);
            let expected = expected.ok_or(ModelError::Card(Fault::Span))?;
            for (target, (expected, &mut found)) in expected.zip(values).enumerate() {
                if expected != found {
                    return Err(ModelError::SelfTest {
                        golden,
                        target,
                        expected,
                        found,
                    });
                }
            }
        }
        Ok(())
    }

    /// Encodes an image and runs it: the head's sums are added to `sums`.
    fn pass<S: Scalar>(
        &self,
        image: Image,
        onsite: &[S],
        count: u32,
        scratch: &mut [i8],
        sums: &mut [i64],
    ) -> Result<(), ModelError> {
        let input = self.input(scratch)?;
        self.encode(image, onsite, count, input)?;
        self.run(count, scratch, sums)
    }

    /// Where in the scratch the integers `[channel, slice, row]` belong that
    /// [`run`](Self::run) reads.
    ///
    /// # Errors
    /// [`ModelError::ScratchTooShort`].
    pub fn input<'s>(&self, scratch: &'s mut [i8]) -> Result<&'s mut [i8], ModelError> {
        let (needed, found) = (self.scratch_len(), scratch.len());
        let too_short = ModelError::ScratchTooShort { needed, found };
        scratch
            .get_mut(self.card.encoder.output.range())
            .ok_or(too_short)
    }

    /// Runs all layers on an [`input`](Self::input) that has been [encoded](Self::encode), and
    /// overwrites it: the head's sums are added to `sums`, `[target]`.
    ///
    /// # Errors
    /// [`ModelError::ScratchTooShort`], [`ModelError::OutputLength`].
    pub fn run(&self, count: u32, scratch: &mut [i8], sums: &mut [i64]) -> Result<(), ModelError> {
        self.fits(sums.len())?;
        let card = &self.card;
        let (needed, found) = (self.scratch_len(), scratch.len());
        let too_short = ModelError::ScratchTooShort { needed, found };
        let (arena, patch) = scratch
            .split_at_mut_checked(card.arena as usize)
            .ok_or(too_short)?;
        for (number, layer) in self.layers().enumerate() {
            run_layer::<K>(&layer, self.constants, count, arena, patch).ok_or(
                ModelError::Layer {
                    layer: number,
                    fault: Fault::Malformed,
                },
            )?;
        }
        run_head::<K>(&card.head, self.constants, count, arena, sums)
            .ok_or(ModelError::Head(Fault::Malformed))
    }

    fn fits(&self, found: usize) -> Result<(), ModelError> {
        let needed = self.card.outputs.len();
        if needed == found {
            Ok(())
        } else {
            Err(ModelError::OutputLength { needed, found })
        }
    }
}

/// Runs one layer in the arena; none if its record has not been checked.
#[inline(always)]
pub(super) fn run_layer<K: Kernels>(
    layer: &Layer,
    constants: Constants<'_>,
    count: u32,
    arena: &mut [i8],
    patch: &mut [i8],
) -> Option<()> {
    let (output, inputs) = arena::views(arena, layer)?;
    layer.run::<K>(constants, count, inputs, patch, output)
}

/// Adds the head's sums of what lies in the arena.
#[inline(always)]
pub(super) fn run_head<K: Kernels>(
    head: &Head,
    constants: Constants<'_>,
    count: u32,
    arena: &[i8],
    sums: &mut [i64],
) -> Option<()> {
    head.add::<K>(constants, count, arena.get(head.input.range())?, sums)
}
