#![allow(
    clippy::cast_possible_truncation,
    reason = "the numbers of these tests are small and short"
)]

use super::*;
use crate::{Concentration, DisorderModel, Ensemble};

/// T of the slices in integers.
fn solve(onsite: &[f32], width: usize, energy: f32) -> Result<f32, SolveError> {
    let mut workspace = [0; fixed_point_workspace_len(12)];
    let lead = Lead::new(width, energy)?;
    let mut recursion = FixedPointReflection::new(lead, &mut workspace)?;
    for slice in onsite.chunks(width) {
        recursion.push_slice(slice)?;
    }
    recursion.transmission()
}

#[test]
fn the_workspace_is_as_small_as_promised() {
    assert_eq!(4 * fixed_point_workspace_len(40), 4_400);
    assert_eq!(fixed_point_workspace_len(usize::MAX), usize::MAX);
}

#[test]
fn one_site_follows_the_closed_form_however_strong_it_is() {
    for energy in [
        0.0_f32, 1e-30, 1e-5, 0.01, 0.3, 1.0, 2.0, 5.0, 30.0, 1e4, 1e30,
    ] {
        for onsite in [energy, -energy] {
            let exact = 1.0 / (1.0 + f64::from(onsite) * f64::from(onsite) / 4.0);
            let found = f64::from(solve(&[onsite], 1, 0.0).unwrap());
            assert!(
                (found - exact).abs() < 2e-4,
                "{onsite}: {found} for {exact}"
            );
        }
    }
}

#[test]
fn two_sites_in_a_row_follow_the_closed_form() {
    // The transfer matrix M = [[ab − 1, a], [−b, −1]] at E = 0, with det M = 1, gives
    // T = 4/(Σ|M_ij|² + 2).
    for a in [-5.0_f64, -0.5, 0.1, 2.0, 5.0] {
        for b in [-5.0_f64, -1.0, 0.0, 0.7, 5.0] {
            let norm = (a * b - 1.0).powi(2) + a * a + b * b + 1.0;
            let exact = 4.0 / (norm + 2.0);
            let found = f64::from(solve(&[a as f32, b as f32], 1, 0.0).unwrap());
            assert!(
                (found - exact).abs() < 3e-4,
                "{a}, {b}: {found} for {exact}"
            );
        }
    }
}

#[test]
fn a_clean_strip_transmits_every_open_mode() {
    for width in 1..=12 {
        for energy in [-3.1_f32, -0.18, 0.0, 0.02, 1.0] {
            let lead = Lead::new(width, energy).unwrap();
            let found = solve(&[0.0; 36][..3 * width], width, energy).unwrap();
            assert_eq!(
                found,
                lead.propagating_modes() as f32,
                "W = {width}, E = {energy}"
            );
        }
    }
}

#[test]
fn transmission_stays_between_nothing_and_the_open_modes_and_near_the_truth() {
    let model = DisorderModel::IV;
    let ensemble = Ensemble::new(model, Concentration::Uniform, 7).unwrap();
    let (mut sum, mut count, mut lost) = (0.0, 0, 0);
    for index in 0..600 {
        let width = 1 + index as usize % 12;
        let energy = [0.0_f32, 0.1, -0.18, 0.7][index as usize % 4];
        let mut onsite = [0.0_f64; 120];
        let onsite = &mut onsite[..10 * width];
        ensemble.sample(index).fill_onsite(onsite);
        let mut workspace = [0.0; super::super::reflection_workspace_len(12)];
        let exact =
            super::super::transmission(onsite, width, f64::from(energy), &mut workspace).unwrap();
        let mut single = [0.0_f32; 120];
        for (single, &double) in single.iter_mut().zip(onsite.iter()) {
            *single = double as f32;
        }
        match solve(&single[..10 * width], width, energy) {
            Ok(found) => {
                let open = Lead::new(width, energy).unwrap().propagating_modes() as f32;
                assert!((0.0..=open).contains(&found), "sample {index}: {found}");
                sum += (f64::from(found) - exact).abs();
                count += 1;
            }
            Err(SolveError::LostSolution { .. }) => lost += 1,
            Err(other) => panic!("sample {index}: {other:?}"),
        }
    }
    let mean = sum / f64::from(count);
    assert!(lost <= 45 && mean < 3e-3, "{lost} lost, {mean}");
}

#[test]
fn asking_in_between_and_starting_anew_change_nothing_that_matters() {
    let mut workspace = [0; fixed_point_workspace_len(5)];
    let lead = Lead::new(5, 0.0).unwrap();
    let mut recursion = FixedPointReflection::new(lead, &mut workspace).unwrap();
    let slices = [
        [5.0, 0.0, 0.0, 5.0, 0.0],
        [0.0, 0.0, 5.0, 0.0, 0.0],
        [5.0; 5],
    ];
    let mut first = 0.0;
    for slice in slices {
        recursion.push_slice(&slice).unwrap();
        first = recursion.transmission().unwrap();
    }
    assert_eq!(recursion.slices(), 3);
    assert_eq!(recursion.transmission(), Ok(first));
    recursion.reset();
    for slice in slices {
        recursion.push_slice(&slice).unwrap();
    }
    // Asking takes the scatterer that waits into r, which is then rounded once more.
    let second = recursion.transmission().unwrap();
    assert!((second - first).abs() < 1e-3, "{first} and {second}");
}

#[test]
fn what_makes_no_strip_is_refused() {
    assert_eq!(solve(&[], 2, 0.0), Err(SolveError::ZeroLength));
    let (width, found) = (2, 1);
    assert_eq!(
        solve(&[0.0; 3], 2, 0.0),
        Err(SolveError::ShapeMismatch { width, found })
    );
    let (slice, row) = (1, 1);
    assert_eq!(
        solve(&[0.0, 1.0, 0.0, f32::INFINITY], 2, 0.0),
        Err(SolveError::OnsiteNotFinite { slice, row })
    );
    let (needed, found) = (fixed_point_workspace_len(3), 20);
    let lead = Lead::new(3, 0.0).unwrap();
    assert_eq!(
        FixedPointReflection::new(lead, &mut [0; 20]).err(),
        Some(SolveError::TooShort { needed, found })
    );
    // No mode is open: nothing passes, and nothing is computed.
    assert_eq!(solve(&[5.0; 4], 2, 4.5), Ok(0.0));
}
