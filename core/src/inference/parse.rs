//! Bytes become a model: every check there is.

use super::arena::{Written, overlap};
use super::check;
use super::constants::Constants;
use super::envelope::{Envelope, Kind};
use super::error::{Fault, ModelError};
use super::format::{
    Card, EncoderRule, FORMAT_VERSION, Layer, MAGIC, MAX_INPUT_CHANNELS, MAX_LAYERS, Mirrors,
};
use crate::disorder::Ensemble;
use crate::inference::target::Target;

/// The parts of a file, none of them checked but by the checksum.
pub(super) struct Parts<'a> {
    /// The version of the format.
    pub(super) version: u16,
    pub(super) card: Card<'a>,
    pub(super) layers: Layers<'a>,
    pub(super) constants: Constants<'a>,
}

/// Header and card.
pub(super) fn parts(bytes: &[u8]) -> Result<Parts<'_>, ModelError> {
    let kind = Kind {
        magic: MAGIC,
        version: FORMAT_VERSION,
    };
    // Not said before it is known that these bytes are a model at all.
    let envelope = Envelope::open(bytes, kind)?;
    if cfg!(landauer_dsp) && !bytes.as_ptr().addr().is_multiple_of(4) {
        return Err(ModelError::Misaligned);
    }
    let (layers, records, constants) = (envelope.more, envelope.records, envelope.constants);
    let malformed = |_| ModelError::Card(Fault::Malformed);
    let (card, records): (Card<'_>, _) = postcard::take_from_bytes(records).map_err(malformed)?;
    if card.disorder.oldest_version() > envelope.version {
        return Err(ModelError::Card(Fault::Malformed));
    }
    Ok(Parts {
        version: envelope.version,
        card,
        layers: Layers {
            records,
            left: layers,
        },
        constants: Constants::new(constants),
    })
}

/// The layers of a model, decoded one after the other.
#[derive(Debug, Clone)]
pub struct Layers<'a> {
    records: &'a [u8],
    left: u16,
}

impl Layers<'_> {
    /// The next layer; `Err` if it cannot be decoded, or if bytes follow the last.
    pub(super) fn decode(&mut self) -> Option<Result<Layer, Fault>> {
        let Some(left) = self.left.checked_sub(1) else {
            return (!self.records.is_empty()).then_some(Err(Fault::Malformed));
        };
        let Ok((layer, rest)) = postcard::take_from_bytes(self.records) else {
            return Some(Err(Fault::Malformed));
        };
        self.left = left;
        self.records = rest;
        Some(Ok(layer))
    }
}

impl Iterator for Layers<'_> {
    type Item = Layer;

    fn next(&mut self) -> Option<Layer> {
        self.decode()?.ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(usize::from(self.left)))
    }
}

/// What the checks found out.
pub(super) struct Checked {
    /// Bytes that the hungriest layer needs beside the arena.
    pub(super) patch_len: usize,
    /// Multiply-accumulates of one pass.
    pub(super) macs: u64,
}

/// Checks all that the checksum does not.
pub(super) fn check(parts: &Parts<'_>) -> Result<Checked, ModelError> {
    let Parts {
        version,
        card,
        layers,
        constants,
    } = parts;
    check_card(card, *constants).map_err(ModelError::Card)?;
    check_encoder(card, *constants).map_err(ModelError::Encoder)?;
    let mut written = Written::default();
    let encoded = written.write(&card.encoder.output);
    encoded.map_err(ModelError::Encoder)?;

    let too_many = usize::from(layers.left) > MAX_LAYERS;
    check::require(!too_many, Fault::TooManyLayers).map_err(ModelError::Card)?;
    let mut checked = Checked {
        patch_len: 0,
        macs: 0,
    };
    let mut layers = layers.clone();
    let mut number = 0;
    while let Some(layer) = layers.decode() {
        let layer = layer
            .and_then(|layer| {
                let known = layer.operator.oldest_version() <= *version;
                check::require(known, Fault::Malformed)?;
                check_layer(layer, card.arena, *constants, &mut written)
            })
            .map_err(|fault| ModelError::Layer {
                layer: number,
                fault,
            })?;
        checked.patch_len = checked.patch_len.max(layer.patch_len());
        checked.macs = checked.macs.saturating_add(layer.macs());
        number += 1;
    }

    let head = &card.head;
    check::tensor(&head.input, card.arena)
        .and_then(|()| written.read(&head.input))
        .and_then(|()| head.check(&card.outputs, card.mirrors, card.width, *constants))
        .map_err(ModelError::Head)?;
    let products = card.outputs.len().saturating_mul(head.input.shape().len());
    checked.macs = checked.macs.saturating_add(products as u64);
    Ok(checked)
}

fn check_layer(
    layer: Layer,
    arena: u32,
    constants: Constants<'_>,
    written: &mut Written,
) -> Result<Layer, Fault> {
    check::tensor(&layer.output, arena)?;
    for input in layer.operator.inputs() {
        check::tensor(input, arena)?;
        written.read(input)?;
    }
    overlap(&layer)?;
    layer.check(constants)?;
    written.write(&layer.output)?;
    Ok(layer)
}

fn check_card(card: &Card<'_>, constants: Constants<'_>) -> Result<(), Fault> {
    let full = !card.name.is_empty() && card.length > 0 && card.width > 0;
    check::require(full && !card.outputs.is_empty(), Fault::Empty)?;
    let possible = |target: Target| target.is_valid();
    let targets = || card.outputs.iter().map(|output| output.target);
    check::require(targets().all(possible), Fault::Target)?;

    let known = Ensemble::new(card.disorder, card.concentration, 0).is_ok();
    check::require(known, Fault::Disorder)?;
    let [smallest, largest] = card.counts;
    let sites = u32::from(card.length) * u32::from(card.width);
    let most = if card.disorder.has_impurities() {
        sites
    } else {
        0
    };
    check::require(smallest <= largest && largest <= most, Fault::Disorder)?;
    if card.mirrors == Mirrors::XYSign {
        // T(E) of −ε is T(−E) of ε.
        let symmetric = targets().all(|target| target.energy() == 0.0);
        check::require(card.disorder.is_even() && symmetric, Fault::Disorder)?;
    }
    for golden in &card.golden {
        let mut outputs = constants.integers(golden.outputs).ok_or(Fault::Span)?;
        check::require(outputs.len() == card.outputs.len(), Fault::ListLength)?;
        check::require(outputs.all(|output| output >= 0), Fault::OutOfRange)?;
    }
    Ok(())
}

fn check_encoder(card: &Card<'_>, constants: Constants<'_>) -> Result<(), Fault> {
    let output = card.encoder.output;
    check::tensor(&output, card.arena)?;
    let fits = [output.slices, output.rows] == [card.length, card.width];
    check::require(fits, Fault::Shape)?;
    let species = card.disorder.species_energies().len();
    match card.encoder.rule {
        EncoderRule::Onsite { scale } if species == 0 => {
            check::require(output.channels <= MAX_INPUT_CHANNELS, Fault::Shape)?;
            check::require(scale.is_finite() && scale > 0.0, Fault::OutOfRange)
        }
        EncoderRule::Species(curves) if species > 0 => {
            let codes = usize::from(output.channels).saturating_mul(species.saturating_add(1));
            // One curve would serve all species alike: there are two at least.
            check::require(curves.curves > 1, Fault::ListLength)?;
            check::curves(&curves, codes, false, constants)?;
            Ok(())
        }
        _ => Err(Fault::Disorder),
    }
}
