//! How large a spectral network's tensors get.

use rayon::prelude::*;

use super::super::ExportError;
use super::{FloatSpectral, SpectralTrace};

/// GELU of anything below is 0, nearly: no integers are spent on it.
const LOWEST_GELU: f64 = -4.0;

/// What every tensor reaches on training strips. Nothing is clipped: rare strips have the largest
/// values, and they matter.
#[derive(Debug, Clone, PartialEq)]
pub struct SpectralCalibration {
    /// The largest magnitude of a hidden map, `[hidden]`.
    pub hidden: Vec<f64>,
    /// The smallest and the largest value of a local map, `[local]`.
    pub local: Vec<[f64; 2]>,
    /// The largest magnitude after the transform across, `[channel]`.
    pub across: Vec<f64>,
    /// That of the modes, `[channel, mode along]`.
    pub modes: Vec<f64>,
    /// That of the products, `[pair, mode along]`.
    pub products: Vec<f64>,
    /// The smallest and the largest value of a unit.
    pub units: [f64; 2],
    /// The same of the head's hidden sums.
    pub sums: [f64; 2],
}

/// Runs the network on training strips (`[sample, slice, row]`, in units of t); those with more
/// impurities than the network covers are left out. If none remains, so that the prediction is the
/// centre alone, the clean strip is taken, which the network always covers.
///
/// # Errors
/// A network that is not whole, tensors that are not finite, no strips.
pub fn calibrate_spectral(
    network: &FloatSpectral,
    onsite: &[f64],
) -> Result<SpectralCalibration, ExportError> {
    network.check()?;
    let (sites, largest) = (network.shape.sites(), network.largest_count());
    let strips = onsite.par_chunks_exact(sites);
    let strips = strips.filter(|onsite| network.count(onsite) <= largest);
    let of_one = |onsite: &[f64]| measure(network, &network.trace(onsite));
    let all = strips.map(of_one).reduce_with(join);
    if all.is_none() && onsite.is_empty() {
        return Err(ExportError::NothingToCalibrate);
    }
    let all = all.unwrap_or_else(|| of_one(&vec![0.0; sites]));
    let ranges = all.local.iter().chain([&all.units, &all.sums]).flatten();
    let magnitudes = [&all.hidden, &all.across, &all.modes, &all.products];
    let mut numbers = magnitudes.into_iter().flatten().chain(ranges);
    let finite = numbers.all(|number| number.is_finite());
    drop(numbers);
    if finite {
        Ok(all)
    } else {
        let layer = "a tensor of the network".to_owned();
        Err(ExportError::NotFinite { layer })
    }
}

fn measure(network: &FloatSpectral, trace: &SpectralTrace) -> SpectralCalibration {
    let shape = &network.shape;
    let groups = |numbers: &[f64], length: usize| -> Vec<[f64; 2]> {
        numbers.chunks_exact(length).map(range).collect()
    };
    let magnitudes = |numbers: &[f64], length: usize| -> Vec<f64> {
        let ranges = groups(numbers, length).into_iter();
        ranges.map(|[low, high]| high.max(-low)).collect()
    };
    let sites = shape.sites();
    let clipped = |numbers: &[f64]| range(numbers).map(|number| number.max(LOWEST_GELU));
    SpectralCalibration {
        hidden: magnitudes(&trace.hidden, sites),
        local: groups(&trace.local, sites),
        across: magnitudes(&trace.across, sites),
        modes: magnitudes(&trace.modes, shape.width),
        products: magnitudes(&trace.products, shape.width),
        units: clipped(&trace.units),
        sums: clipped(&trace.sums),
    }
}

/// The smallest and the largest number. One that is not finite is not lost.
fn range(numbers: &[f64]) -> [f64; 2] {
    let first = [f64::INFINITY, f64::NEG_INFINITY];
    numbers.iter().fold(first, |[low, high], &number| {
        if number.is_nan() {
            [number; 2]
        } else {
            [low.min(number), high.max(number)]
        }
    })
}

fn join(mut one: SpectralCalibration, other: SpectralCalibration) -> SpectralCalibration {
    let larger = |ours: &mut [f64], theirs: &[f64]| {
        for (our, their) in ours.iter_mut().zip(theirs) {
            *our = our.max(*their);
        }
    };
    let wider = |[low, high]: &mut [f64; 2], other: [f64; 2]| {
        *low = low.min(other[0]);
        *high = high.max(other[1]);
    };
    larger(&mut one.hidden, &other.hidden);
    larger(&mut one.across, &other.across);
    larger(&mut one.modes, &other.modes);
    larger(&mut one.products, &other.products);
    for (our, their) in one.local.iter_mut().zip(other.local) {
        wider(our, their);
    }
    wider(&mut one.units, other.units);
    wider(&mut one.sums, other.sums);
    one
}
