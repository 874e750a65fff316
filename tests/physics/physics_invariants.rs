//! What physics demands of every strip, whatever its disorder.

use landauer_core::Scalar;
use landauer_core::transport::{
    Lead, Reflection, Scattering, partial_transmissions, reflection_workspace_len,
    scattering_workspace_len, transmission,
};
use landauer_tests::generators::{Strip, strips};
use landauer_tests::{greens_function, tolerance};
use nalgebra::{Complex, SMatrix};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

/// T without t.
fn reflection_only<S: Scalar>(strip: &Strip) -> S {
    let onsite: Vec<S> = strip.onsite.iter().map(|&e| S::from_f64(e)).collect();
    let mut workspace = vec![S::ZERO; reflection_workspace_len(strip.width)];
    let energy = S::from_f64(strip.energy);
    transmission(&onsite, strip.width, energy, &mut workspace).expect("a solution")
}

/// T with t, and the unitarity error.
fn with_t<S: Scalar>(strip: &Strip) -> (f64, f64) {
    let mut workspace = vec![S::ZERO; scattering_workspace_len(strip.width)];
    let lead = Lead::new(strip.width, S::from_f64(strip.energy)).expect("a lead");
    let mut recursion = Scattering::new(lead, &mut workspace).expect("a workspace");
    let onsite: Vec<S> = strip.onsite.iter().map(|&e| S::from_f64(e)).collect();
    for slice in onsite.chunks_exact(strip.width) {
        recursion.push_slice(slice).expect("a finite slice");
    }
    let t = recursion.transmission().expect("a solution");
    (t.to_f64(), recursion.unitarity_error().to_f64())
}

fn propagating_modes(strip: &Strip) -> usize {
    Lead::new(strip.width, strip.energy)
        .expect("a lead")
        .propagating_modes()
}

/// Are two ways to the same T in agreement, absolutely per open mode and relatively?
fn agree(strip: &Strip, a: f64, b: f64) -> Result<(), TestCaseError> {
    let modes = propagating_modes(strip).max(1) as f64;
    let error = (a - b).abs();
    prop_assert!(
        error <= tolerance::AGREEMENT * modes,
        "{a} and {b} differ by {error:.1e}"
    );
    Ok(())
}

fn agree_relatively(a: f64, b: f64) -> Result<(), TestCaseError> {
    if a > 1e-10 {
        let error = (a / b - 1.0).abs();
        prop_assert!(
            error <= tolerance::AGREEMENT_RELATIVE,
            "{a} and {b}: {error:.1e} relative"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 1000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn transmission_lies_between_zero_and_the_open_modes(strip in strips(14, 12)) {
        let most = propagating_modes(&strip) as f64;
        let (t, _) = with_t::<f64>(&strip);
        prop_assert!((0.0..=most + tolerance::UNITARITY).contains(&t), "T = {t} of {most}");
        let r = reflection_only::<f64>(&strip);
        prop_assert!((0.0..=most + tolerance::UNITARITY).contains(&r), "T = {r} of {most}");
    }

    #[test]
    fn mirrors_leave_the_transmission(strip in strips(14, 12)) {
        let (t, _) = with_t::<f64>(&strip);
        for mirrored in [strip.mirrored_in_x(), strip.mirrored_in_y()] {
            // In x: from left to right as from right to left (reciprocity).
            let (other, _) = with_t::<f64>(&mirrored);
            agree(&strip, t, other)?;
            agree_relatively(t, other)?;
        }
    }

    #[test]
    fn the_scattering_matrix_is_unitary(strip in strips(14, 12)) {
        let (_, error) = with_t::<f64>(&strip);
        prop_assert!(error <= tolerance::UNITARITY, "{error:.1e}");
    }

    #[test]
    fn all_ways_agree(strip in strips(14, 12)) {
        let (t, _) = with_t::<f64>(&strip);
        agree(&strip, t, reflection_only::<f64>(&strip))?;
        // The textbook way cannot take scatterers that are stronger than its inverses are exact.
        if strip.onsite.iter().all(|e| e.abs() < 1e3) {
            let textbook = greens_function::transmission(&strip.onsite, strip.width, strip.energy);
            agree(&strip, t, textbook)?;
        }
    }

    #[test]
    fn partial_lengths_are_whole_strips(strip in strips(8, 6)) {
        let mut workspace = vec![0.0; reflection_workspace_len(strip.width)];
        let mut partial = vec![0.0; strip.length()];
        partial_transmissions(&strip.onsite, strip.width, strip.energy, &mut workspace, &mut partial)
            .expect("a solution");
        for (length, t) in (1..).zip(partial) {
            let onsite = &strip.onsite[..length * strip.width];
            let whole = transmission(onsite, strip.width, strip.energy, &mut workspace);
            prop_assert_eq!(Ok(t), whole);
        }
    }

    #[test]
    fn room_for_the_phases_changes_no_bit(strip in strips(8, 12)) {
        let minimum = reflection_workspace_len(strip.width);
        let mut lean = vec![f64::NAN; minimum];
        let mut roomy = vec![f64::NAN; minimum + 2 * strip.width];
        let solve = |workspace: &mut [f64]| {
            transmission(&strip.onsite, strip.width, strip.energy, workspace).map(f64::to_bits)
        };
        prop_assert_eq!(solve(&mut lean), solve(&mut roomy));
    }
}

#[test]
fn how_far_apart_the_ways_are() {
    const STRIPS: usize = 4000;
    let mut runner = TestRunner::deterministic();
    let strategy = strips(14, 12);
    let (mut absolute, mut relative, mut unitarity) = (0.0_f64, 0.0_f64, 0.0_f64);
    let mut single_errors = Vec::new();
    for _ in 0..STRIPS {
        let strip = strategy.new_tree(&mut runner).expect("a strip").current();
        // What is asked of f32 must be the same question: numbers that it can hold.
        let in_f32 = |value: f64| f64::from(f32::from_f64(value.clamp(-1e30, 1e30)));
        let strip = Strip {
            onsite: strip.onsite.iter().copied().map(in_f32).collect(),
            energy: in_f32(strip.energy),
            ..strip
        };
        let modes = propagating_modes(&strip).max(1) as f64;
        let (t, error) = with_t::<f64>(&strip);
        unitarity = unitarity.max(error);
        let (mirrored, _) = with_t::<f64>(&strip.mirrored_in_x());
        let mut others = vec![mirrored, reflection_only::<f64>(&strip)];
        if strip.onsite.iter().all(|e| e.abs() < 1e3) {
            let (onsite, width) = (&strip.onsite, strip.width);
            others.push(greens_function::transmission(onsite, width, strip.energy));
        }
        for other in others {
            absolute = absolute.max((t - other).abs() / modes);
        }
        if t > 1e-10 {
            relative = relative.max((mirrored / t - 1.0).abs());
        }
        single_errors.push((with_t::<f32>(&strip).0 - t).abs() / modes);
    }
    single_errors.sort_by(f64::total_cmp);
    let (median, worst) = (single_errors[STRIPS / 2], single_errors[STRIPS - 1]);
    println!(
        "{STRIPS} strips: ways apart by {absolute:.1e} per open mode, mirrors by {relative:.1e} \
         relative, unitarity error {unitarity:.1e}, f32 off by {median:.1e} (median), {worst:.1e} \
         (worst) per open mode"
    );
    assert!(absolute <= tolerance::AGREEMENT);
    assert!(relative <= tolerance::AGREEMENT_RELATIVE);
    assert!(unitarity <= tolerance::UNITARITY);
    assert!(median <= tolerance::MEDIAN_F32);
    assert!(worst <= tolerance::AGREEMENT_F32);
}

#[test]
fn a_clean_strip_transmits_every_open_mode() {
    for width in [1, 2, 3, 4, 7, 8, 39, 40, 41] {
        for energy in [0.0, -0.18, 0.1, 0.5, -1.3, 2.7, -3.6, 3.95, 4.5, -1e3] {
            for length in [1, 2, 17] {
                let strip = Strip {
                    width,
                    onsite: vec![0.0; length * width],
                    energy,
                };
                let most = propagating_modes(&strip) as f64;
                assert_eq!(with_t::<f64>(&strip).0, most);
                assert_eq!(reflection_only::<f64>(&strip), most);
                assert_eq!(reflection_only::<f32>(&strip), f32::from_f64(most));
            }
        }
    }
}

#[test]
fn one_site_has_a_closed_form() {
    for onsite in [0.0, 1e-12, 0.3, -2.0, 5.0, 1e8, -1e300] {
        // E = −2 cos k: T = 1/(1 + ε²/(4 sin²k)), and at the band centre 1/(1 + ε²/4).
        for (energy, sine_squared) in [(0.0, 1.0), (1.0, 0.75), (-1.9, 1.0 - 0.9025)] {
            let strip = Strip {
                width: 1,
                onsite: vec![onsite],
                energy,
            };
            let expected = 1.0 / (1.0 + onsite / sine_squared * (onsite / 4.0));
            let (t, _) = with_t::<f64>(&strip);
            assert!((t - expected).abs() <= tolerance::CLOSED_FORM);
            assert!((reflection_only::<f64>(&strip) - expected).abs() <= tolerance::CLOSED_FORM);
            if expected > 1e-300 {
                assert!(
                    (t / expected - 1.0).abs() <= tolerance::CLOSED_FORM,
                    "{t} {expected}"
                );
            }
        }
    }
}

#[test]
fn a_wall_of_equal_sites_has_a_closed_form() {
    // ε the same in a whole slice couples no modes: mode j alone has 1/(1 + ε²/(4 sin²k_j)).
    for (width, energy, onsite) in [(5, 0.0, 1.5), (8, 0.4, -0.7), (40, -0.18, 5.0)] {
        let lead = Lead::new(width, energy).expect("a lead");
        let single = |j: usize| {
            let sine: f64 = lead.mode(j).sine();
            1.0 / (1.0 + onsite * onsite / (4.0 * sine * sine))
        };
        let expected: f64 = lead.open_range().map(single).sum();
        let strip = Strip {
            width,
            onsite: vec![onsite; width],
            energy,
        };
        let modes = width as f64;
        assert!((with_t::<f64>(&strip).0 - expected).abs() <= modes * tolerance::CLOSED_FORM);
        assert!(
            (reflection_only::<f64>(&strip) - expected).abs() <= modes * tolerance::CLOSED_FORM
        );
    }
}

#[test]
fn outside_the_band_nothing_passes() {
    for energy in [4.0, -4.0, 4.1, -17.0, 1e200] {
        let strip = Strip {
            width: 3,
            onsite: vec![1.0, -2.0, 0.0, 5.0, 0.1, 0.2],
            energy,
        };
        assert_eq!(with_t::<f64>(&strip), (0.0, 0.0));
        assert_eq!(reflection_only::<f64>(&strip), 0.0);
    }
}

#[test]
fn at_a_band_edge_t_is_the_limit_from_both_sides() {
    // W = 2 has edges at ±1 and ±3, W = 5 at ±1, ±2 (and others): exact in binary.
    let (mut worst, mut step) = (0.0_f64, 0.0_f64);
    for (width, energy) in [
        (1, 2.0),
        (2, 1.0),
        (2, -1.0),
        (2, 3.0),
        (5, 1.0),
        (5, -2.0),
        (5, 3.0),
    ] {
        let onsite: Vec<f64> = (0..4 * width)
            .map(|s| f64::from(u32::try_from(s * 7 % 5).expect("small")) - 1.7)
            .collect();
        let mut at = |energy| {
            let strip = Strip {
                width,
                onsite: onsite.clone(),
                energy,
            };
            let (t, unitarity) = with_t::<f64>(&strip);
            let apart = (reflection_only::<f64>(&strip) - t).abs();
            worst = worst.max(unitarity).max(apart);
            t
        };
        let edge = at(energy);
        for beside in [energy - 1e-9, energy + 1e-9] {
            step = step.max((at(beside) - edge).abs());
        }
        // Without disorder T jumps there; the mode at its edge counts as closed.
        let clean = Strip {
            width,
            onsite: vec![0.0; width],
            energy,
        };
        assert_eq!(with_t::<f64>(&clean).0, propagating_modes(&clean) as f64);
    }
    println!("at band edges: error {worst:.1e}, change of T within 1e-9 t {step:.1e}");
    assert!(worst <= tolerance::NEAR_BAND_EDGE);
    assert!(step <= tolerance::BAND_EDGE);
}

#[test]
fn scattering_matrices_come_as_matrices() {
    const WIDTH: usize = 6;
    let onsite: Vec<f64> = (0..5 * WIDTH)
        .map(|s| f64::from(u32::try_from(s * s % 7).expect("small")) - 3.0)
        .collect();
    for energy in [0.0, -0.7, 2.1] {
        let mut workspace = vec![0.0; scattering_workspace_len(WIDTH)];
        let lead = Lead::new(WIDTH, energy).expect("a lead");
        let mut strip = Scattering::new(lead, &mut workspace).expect("a workspace");
        for slice in onsite.chunks_exact(WIDTH) {
            strip.push_slice(slice).expect("a finite slice");
        }
        let r: SMatrix<Complex<f64>, WIDTH, WIDTH> = strip.reflection().reflection_matrix();
        let t: SMatrix<Complex<f64>, WIDTH, WIDTH> = strip.transmission_matrix();
        let open = SMatrix::<Complex<f64>, WIDTH, WIDTH>::from_fn(|i, j| {
            Complex::from(f64::from(u8::from(
                i == j && lead.open_range().contains(&i),
            )))
        });
        let error = (r.adjoint() * r + t.adjoint() * t - open).camax();
        assert!(error <= tolerance::UNITARITY, "{error:.1e}");
        assert!((r - r.transpose()).camax() == 0.0);
        assert!((error - strip.unitarity_error()).abs() < tolerance::CLOSED_FORM);
        let (trace, t) = (
            (t.adjoint() * t).trace().re,
            strip.transmission().expect("a solution"),
        );
        assert!((trace - t).abs() <= tolerance::CLOSED_FORM);
    }
}

#[test]
fn eigenvalues_agree_with_the_singular_values() {
    const WIDTH: usize = 7;
    let onsite: Vec<f64> = (0..9 * WIDTH)
        .map(|s| f64::from(u32::try_from(s * s % 11).expect("small")) - 5.0)
        .collect();
    let mut workspace = vec![0.0; scattering_workspace_len(WIDTH)];
    let mut strip = Scattering::new(Lead::new(WIDTH, 0.3).expect("a lead"), &mut workspace)
        .expect("a workspace");
    for slice in onsite.chunks_exact(WIDTH) {
        strip.push_slice(slice).expect("a finite slice");
    }
    let t: SMatrix<Complex<f64>, WIDTH, WIDTH> = strip.transmission_matrix();
    let expected =
        nalgebra::DMatrix::from_iterator(WIDTH, WIDTH, t.iter().copied()).singular_values();
    let mut found = [f64::NAN; WIDTH];
    strip
        .transmission_eigenvalues(&mut found)
        .expect("eigenvalues");
    for (found, expected) in found.iter().zip(expected.iter()) {
        assert!((found - expected * expected).abs() <= tolerance::CLOSED_FORM);
    }
}

#[test]
fn a_strip_can_go_on_growing() {
    let mut workspace = vec![0.0; reflection_workspace_len(2)];
    let lead = Lead::new(2, 0.1).expect("a lead");
    let mut strip = Reflection::new(lead, &mut workspace).expect("a workspace");
    let slices = [[1.0, -0.5], [0.0, 0.0], [2.0, 0.25]];
    for _ in 0..2 {
        let mut onsite = Vec::new();
        for slice in slices {
            strip.push_slice(&slice).expect("a finite slice");
            onsite.extend(slice);
            let mut other = vec![0.0; reflection_workspace_len(2)];
            assert_eq!(
                strip.transmission(),
                transmission(&onsite, 2, 0.1, &mut other)
            );
        }
        strip.reset();
    }
}
