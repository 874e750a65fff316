//! What stands in a file of weights beside the arrays: all that another program needs to predict with them.

use landauer_core::DisorderModel;
use landauer_core::inference::Target;
use serde::Serialize;

use super::network::Architecture;
use super::scaling::{CountScale, Scaling};
use super::spec::NetworkSpec;
use landauer::StripSize;

/// The key in the metadata of a safetensors file. There is one only, so that equal runs have equal bytes: the
/// format keeps keys in no order.
pub(super) const KEY: &str = "landauer";

/// JSON under [`KEY`], explained in the guide's page about file formats.
#[derive(Debug, Serialize)]
struct Description<'d> {
    format: &'static str,
    format_version: u32,
    #[serde(flatten)]
    size: StripSize,
    disorder: DisorderModel,
    /// What the first outputs predict; others were learned beside.
    targets: &'d [Target],
    /// All outputs.
    outputs: usize,
    network: &'d NetworkSpec,
    input: Input<'d>,
    /// Over how many symmetry copies outputs are averaged.
    symmetry_copies: u64,
    /// G = clip(centre + spread · output, 0, width), target by target; by the impurity count, or one
    /// number for all.
    scaling: &'d [CountScale],
    layout: &'static str,
}

/// What the network reads of a site.
#[derive(Debug, Serialize)]
struct Input<'d> {
    /// On-site energies of the species, in t; empty where on-site energies themselves are read.
    species: &'d [f64],
    /// What is read of no impurity and of each species.
    values: &'d [f32],
    /// By what on-site energies are multiplied, if they are read.
    scale: f32,
    /// The mean of an impurity's value.
    mean: f32,
    /// Whether share · mean is taken off, and the rest is divided by √(share·(1 − share) + 0.001).
    standardised: bool,
}

/// How the arrays of chains lie, and how they are used.
const CHAIN: &str = "layers.N.weight is [input, output], layers.N.bias [output], in the order of the layers, \
    with a ReLU behind all but the last. Convolutions have a stride of their kernel and no padding; their \
    inputs are [kx, ky, channel], and those of the layer behind them [x, y, channel].";

/// The same of spectral networks.
const SPECTRAL: &str = "kernel is [orbit, hidden] of a 3x3 kernel: the site, its neighbours along x, those along \
    y, the corners; mix is [hidden, local]; mean, gain and shift are curves [node, ...] of the share of \
    impurities; across and along are [channel, parity, site from the outermost, mode]; inner is [pair, mode \
    along, unit], outer [pair, mode across, unit]; hidden and output are [input, output].";

/// The description of the weights of a network, as JSON.
pub(super) fn describe(
    architecture: &Architecture,
    disorder: DisorderModel,
    targets: &[Target],
    scaling: &Scaling,
    symmetry_copies: u64,
) -> String {
    let encoder = &architecture.encoder;
    let counted = !encoder.values.is_empty();
    let spectral = matches!(architecture.spec, NetworkSpec::Spectral { .. });
    let description = Description {
        format: "landauer-weights",
        format_version: 1,
        size: architecture.size,
        disorder,
        targets,
        outputs: architecture.outputs,
        network: &architecture.spec,
        input: Input {
            species: disorder.species_energies(),
            values: &encoder.values,
            scale: encoder.scale,
            mean: if counted { encoder.mean() } else { 0.0 },
            standardised: encoder.standardised || (spectral && counted),
        },
        symmetry_copies,
        scaling: &scaling.outputs[..targets.len().min(scaling.outputs.len())],
        layout: if spectral { SPECTRAL } else { CHAIN },
    };
    // Every value has a form in JSON.
    serde_json::to_string(&description).unwrap_or_default()
}
