//! What maps must fulfil before they are believed.
//!
//! The scattering states that they are sums of solve (E − H) ψ = 0 at every site between the ends; there, −2 Im g is what both
//! leads' states bring; and through every cross-section flows T. So does the current, which is conserved at every site.

use super::Field;
use super::strip_maps::StripMaps;
use crate::system::StripSize;

/// How far sums that cancel may be from 0, against one and the largest of their terms: what is promised of maps is twenty
/// times as much.
const CANCELLATION: f64 = 5e-11;
/// The same of (E − H) ψ, which is the best sign of digits lost inside. With 5e-11 one strip of model I in 200 is found by
/// another way, and two mirror images differ by up to 1.1e-9 among 25,000; with 1e-11 one in 60, and 6e-10; with this one
/// in 25, and 3e-10.
const RESIDUAL: f64 = 4e-12;

/// The largest size of some values.
fn largest(values: &[f64]) -> f64 {
    values
        .iter()
        .fold(0.0, |largest, value| largest.max(value.abs()))
}

/// Does |(E − H) ψ| at a site, against the terms it is a sum of, vanish as it must?
pub(super) fn solves([sum, terms]: [f64; 2]) -> bool {
    sum <= RESIDUAL * (1.0 + terms)
}

/// Is this the transmission of so many propagating modes?
pub(super) fn is_transmission(transmission: f64, modes: usize) -> bool {
    let modes = modes as f64;
    let slack = CANCELLATION * (1.0 + modes);
    transmission >= 0.0 && transmission <= modes + slack
}

/// Are two sums of so many modes' shares the same?
pub(super) fn agree(one: f64, other: f64, modes: usize) -> bool {
    (one - other).abs() <= CANCELLATION * (1.0 + modes as f64)
}

/// Are a strip's maps in agreement with each other and with T?
pub(super) fn accepts(maps: &StripMaps, size: StripSize, modes: usize) -> bool {
    let finite = maps.arrays().flatten().all(|value| value.is_finite());
    finite
        && is_transmission(maps.transmission, modes)
        && are_densities(maps)
        && is_conserved(maps, size, modes)
}

/// No density of states is negative, and those of the two leads' states add up.
fn are_densities(maps: &StripMaps) -> bool {
    let fields = [Field::Ldos, Field::DensityLeft, Field::DensityRight];
    let found = fields.map(|field| maps.field(field).unwrap_or_default());
    let largest = found.map(largest).into_iter().fold(0.0, f64::max);
    let slack = CANCELLATION * (1.0 + largest);
    if found
        .iter()
        .any(|values| values.iter().any(|&value| value < -slack))
    {
        return false;
    }
    let [all, left, right] = found;
    let sums = left.iter().zip(right).map(|(left, right)| left + right);
    all.iter()
        .zip(sums)
        .all(|(all, sum)| (all - sum).abs() <= slack)
}

/// Every cross-section carries T, and every site between the ends passes on what it gets.
fn is_conserved(maps: &StripMaps, size: StripSize, modes: usize) -> bool {
    let Some([along, across]) = maps.current() else {
        return true;
    };
    let (length, width) = (size.length(), size.width());
    let sections = along.chunks_exact(width);
    if !sections
        .map(|section| section.iter().sum::<f64>())
        .all(|sum| agree(sum, maps.transmission, modes))
    {
        return false;
    }
    let largest = largest(along).max(largest(across));
    (1..length.saturating_sub(1)).all(|slice| {
        (0..width).all(|row| {
            let before = along[(slice - 1) * width + row] - along[slice * width + row];
            let from = |row: usize| across[slice * (width - 1) + row];
            let above = if row > 0 { from(row - 1) } else { 0.0 };
            let below = if row + 1 < width { from(row) } else { 0.0 };
            (before + above - below).abs() <= CANCELLATION * (1.0 + largest)
        })
    })
}
