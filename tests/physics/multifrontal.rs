//! The solver for one large strip against the other solvers, closed forms and itself.

use std::num::NonZeroUsize;

use landauer::internal::{
    DissectionSolver, MultifrontalSolver, RecursionSolver, Solved, solve_all, solve_unless,
};
use landauer::statistics::Scaled;
use landauer::{
    Energies, Fallbacks, Method, OnsiteEnergies, Precision, Solver, SolverError, SolverKind,
    StripSize,
};
use landauer_core::{Concentration, DisorderModel, Ensemble};
use landauer_tests::generators::{Sampled, Strip, samples, strips, treacherous};
use landauer_tests::tolerance;
use proptest::prelude::*;
use proptest::test_runner::Config;
use pulp::Arch;

use super::dissection::{
    Apart, generate, instruction_sets, is_a_transmission, ln_of_uniform_chain, mixed_strips,
    propagating_modes, recursion_unless_lost, size, uniform_strip,
};

/// T of one strip, and what took another way.
fn multifrontal(strip: &Strip) -> (f64, Fallbacks) {
    let solver = MultifrontalSolver::new(strip.size(), &[strip.energy]).expect("a solver");
    let found = solve_all(&solver, &strip.onsite).expect("a solution");
    (found.transmissions[0], found.fallbacks)
}

/// Is it near enough to what another solver has found?
fn small(apart: Apart) -> bool {
    apart.within(tolerance::MULTIFRONTAL, tolerance::MULTIFRONTAL_RELATIVE)
}

/// A sample of a model.
fn sample(model: DisorderModel, concentration: f64, size: StripSize, energy: f64) -> Strip {
    let concentration = Concentration::Fixed(concentration);
    let sampled = Sampled {
        ensemble: Ensemble::new(model, concentration, 7).expect("an ensemble"),
        number: 3,
        size,
        energy,
    };
    sampled.strip()
}

proptest! {
    #![proptest_config(Config { cases: 300, failure_persistence: None, ..Config::default() })]

    #[test]
    fn it_agrees_on_samples_of_the_models(sampled in samples()) {
        let strip = sampled.strip();
        let expected = recursion_unless_lost(&strip).expect("a solution");
        let (found, fallbacks) = multifrontal(&strip);
        prop_assert_eq!(fallbacks.promoted + fallbacks.mirrored, 0);
        prop_assert!(is_a_transmission(&strip, found), "T = {}", found);
        let apart = Apart::of(&strip, found, expected);
        prop_assert!(small(apart), "{} is not {}: {:?}", found, expected, apart);
    }

    #[test]
    fn mirror_images_agree(sampled in samples()) {
        // Reciprocity and the mirror symmetry of the leads, through other pivots.
        let strip = sampled.strip();
        let (t, _) = multifrontal(&strip);
        let x = strip.mirrored_in_x();
        for mirrored in [x.mirrored_in_y(), strip.mirrored_in_y(), x] {
            let (other, _) = multifrontal(&mirrored);
            let apart = Apart::of(&strip, t, other);
            prop_assert!(small(apart), "{} is not {}: {:?}", t, other, apart);
        }
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 1000,
        max_global_rejects: 10,
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn it_agrees_on_strips_of_any_kind(strip in strips(14, 12)) {
        // Walls of 1e150 among them, some of which no solver can see through: an error says so.
        let expected = recursion_unless_lost(&strip);
        prop_assume!(expected.is_ok());
        let expected = expected.unwrap_or_default();
        let (found, _) = multifrontal(&strip);
        prop_assert!(is_a_transmission(&strip, found), "T = {}", found);
        let apart = Apart::of(&strip, found, expected);
        prop_assert!(small(apart), "{} is not {}: {:?}", found, expected, apart);
    }

    #[test]
    fn it_agrees_on_strips_made_of_singular_pieces(strip in treacherous()) {
        let expected = recursion_unless_lost(&strip).expect("a solution");
        let (found, _) = multifrontal(&strip);
        let apart = Apart::of(&strip, found, expected);
        prop_assert!(small(apart), "{} is not {}: {:?}", found, expected, apart);
    }
}

#[test]
fn every_small_shape_is_right_at_whole_energies() {
    // At E = 0 most clean blocks are singular; impurities of 5 t and a uniform strip of E are as bad.
    let (mut worst, mut count, mut fallbacks) = (Apart::default(), 0, Fallbacks::default());
    for length in 1..=12 {
        for width in 1..=12 {
            let size = size(length, width);
            for energy in [0.0, 1.0, -1.0, 2.0, -0.5] {
                for (kind, concentration) in [0.0, 0.05, 0.3, 0.9].into_iter().enumerate() {
                    let mut strip = sample(DisorderModel::II, concentration, size, energy);
                    if kind == 3 && energy != 0.0 {
                        strip.onsite.fill(energy);
                    }
                    let Ok(expected) = recursion_unless_lost(&strip) else {
                        continue;
                    };
                    let (found, taken) = multifrontal(&strip);
                    let apart = Apart::of(&strip, found, expected);
                    assert!(
                        apart.within(tolerance::NEAR_BAND_EDGE, f64::INFINITY)
                            && (taken.total() > 0 || small(apart)),
                        "{size:?} at E = {energy}, {concentration}: {found} is not {expected}"
                    );
                    worst = worst.worse(apart);
                    fallbacks += taken;
                    count += 1;
                }
            }
        }
    }
    println!("{count} small strips at whole energies: {worst:?}, {fallbacks:?}");
}

#[test]
fn a_clean_strip_transmits_every_propagating_mode() {
    for (length, width) in [
        (1, 1),
        (2, 2),
        (5, 5),
        (40, 40),
        (39, 40),
        (63, 63),
        (300, 3),
        (3, 90),
    ] {
        for energy in [0.0, -0.18, 0.5, -1.3, 2.7, 3.95, 4.5, -1e3] {
            let strip = Strip {
                width,
                onsite: vec![0.0; length * width],
                energy,
            };
            let most = propagating_modes(&strip);
            let (found, fallbacks) = multifrontal(&strip);
            assert_eq!(fallbacks.total(), 0, "{length}x{width} at E = {energy}");
            assert!(
                (found - most).abs() <= tolerance::CLOSED_FORM * most,
                "{length}x{width} at E = {energy}: {found}"
            );
        }
    }
}

#[test]
fn one_impurity_and_uniform_strips_have_a_closed_form() {
    let mut worst = Apart::default();
    for (length, width) in [
        (1, 1),
        (2, 1),
        (50, 1),
        (4, 4),
        (7, 5),
        (20, 6),
        (2, 40),
        (12, 40),
    ] {
        for energy in [0.0, 0.3, -0.18] {
            for onsite in [5.0, 0.25, -1.7, 2.5, 10.0 / 3.0, 1e-9] {
                let size = size(length, width);
                let strip = Strip {
                    width,
                    onsite: vec![onsite; length * width],
                    energy,
                };
                let (found, _) = multifrontal(&strip);
                let apart = Apart::of(&strip, found, uniform_strip(size, energy, onsite));
                assert!(
                    small(apart),
                    "{size:?} of {onsite} at E = {energy}: {found}"
                );
                worst = worst.worse(apart);
            }
        }
    }
    println!("uniform strips: {worst:?}");
    // One impurity u in a wide strip at E = 0, where all modes propagate, by the clean strip's Green's function at its
    // site, −ig with g = Σ_j φ_j²/(2 sin k_j).
    for (width, row) in [(1_usize, 0_usize), (9, 4), (30, 7)] {
        let lead = landauer_core::transport::Lead::new(width, 0.0).expect("a lead");
        let scale = 2.0 / (width + 1) as f64;
        let parts = (0..width).map(|mode| {
            let angle = std::f64::consts::PI * ((mode + 1) * (row + 1)) as f64 / (width + 1) as f64;
            scale * angle.sin().powi(2) / (2.0 * lead.mode(mode).sine())
        });
        let g: f64 = parts.sum();
        for impurity in [5.0, -1.25, 1e3] {
            let mut onsite = vec![0.0; 20 * width];
            onsite[11 * width + row] = impurity;
            let strip = Strip {
                width,
                onsite,
                energy: 0.0,
            };
            // r_ij = −i u v_i v_j/(1 + i u g), Σ v² = g: R = u² g²/(1 + u² g²).
            let ug: f64 = impurity * g;
            let expected = width as f64 - ug * ug / (1.0 + ug * ug);
            let (found, _) = multifrontal(&strip);
            let error = (found - expected).abs() / width as f64;
            assert!(
                error <= tolerance::CLOSED_FORM,
                "{width}, {impurity}: {found} {expected}"
            );
        }
    }
}

#[test]
fn small_transmissions_keep_their_digits() {
    // T from 1 to 1e-200 and far below it, by itself: the recursion is not asked.
    let mut worst = 0.0_f64;
    for length in [2, 5, 20, 60, 120] {
        for width in [1, 3, 8] {
            let size = size(length, width);
            let expected = uniform_strip(size, 0.1, 5.0);
            let strip = Strip {
                width,
                onsite: vec![5.0; length * width],
                energy: 0.1,
            };
            let (found, fallbacks) = multifrontal(&strip);
            let error = (found / expected - 1.0).abs();
            worst = worst.max(error);
            assert_eq!(fallbacks.total(), 0);
            assert!(
                error <= tolerance::SMALL_MULTIFRONTAL,
                "{size:?}: {found:e} {expected:e}"
            );
        }
    }
    println!("T down to 1e-200: {worst:.1e} relatively");
    for (onsite, length) in [(6.0, 200), (-3.0, 500), (2.5, 1700), (6.0, 100_000)] {
        let solver = MultifrontalSolver::new(size(length, 1), &[0.0]).expect("a solver");
        let found = solve_all(&solver, &vec![onsite; length]).expect("a solution");
        let scaled = match found.underflows[..] {
            [one] => one.transmission,
            _ => Scaled::from(found.transmissions[0]),
        };
        let expected = ln_of_uniform_chain(onsite, length);
        // Below 1e-500 the amplitudes themselves are too small: the recursion's.
        assert_eq!(found.fallbacks.total(), u32::from(expected < -1150.0));
        let apart = (scaled.ln() / expected - 1.0).abs();
        assert!(
            apart <= tolerance::LOGARITHM,
            "{onsite} x {length}: {apart:e}"
        );
    }
}

#[test]
fn walls_are_no_matter() {
    // A wall across, a wall along, a room within walls, and walls of all heights side by side.
    let (length, width) = (9, 8);
    let mut worst = Apart::default();
    for height in [1e3, 1e5, -1e10, 1e16, 1e150, 1e300] {
        for energy in [0.3, -1.1] {
            let size = size(length, width);
            let fresh = || {
                sample(
                    DisorderModel::AndersonBox { strength: 1.0 },
                    1.0,
                    size,
                    energy,
                )
            };
            let mut along = fresh();
            for slice in along.onsite.chunks_exact_mut(width) {
                slice[3] = height;
            }
            let mut room = fresh();
            for (place, energy) in room.onsite.iter_mut().enumerate() {
                let (x, y) = (place / width, place % width);
                let on = |at: usize, from: usize, to: usize| at == from || at == to;
                if (2..=6).contains(&x) && (2..=5).contains(&y) && (on(x, 2, 6) || on(y, 2, 5)) {
                    *energy = height;
                }
            }
            let mut ends = fresh();
            ends.onsite[0] = height;
            ends.onsite[2] = -height;
            ends.onsite[(length - 1) * width + 4] = height;
            for strip in [along, room, ends] {
                let expected = recursion_unless_lost(&strip).expect("a solution");
                let (found, fallbacks) = multifrontal(&strip);
                let apart = Apart::of(&strip, found, expected);
                assert!(small(apart), "{height:e}: {found:e} is not {expected:e}");
                assert_eq!(fallbacks.total(), 0, "{height:e}");
                worst = worst.worse(apart);
            }
        }
    }
    println!("walls: {worst:?}");
}

#[test]
fn at_band_edges_it_is_the_recursions() {
    for (width, energy) in [(1, 2.0), (2, 1.0), (5, -1.0), (11, 1.0)] {
        let mut strip = sample(DisorderModel::II, 0.2, size(7, width), energy);
        let expected = recursion_unless_lost(&strip).expect("a solution");
        let (found, fallbacks) = multifrontal(&strip);
        if propagating_modes(&strip) > 0.0 {
            assert_eq!(found.to_bits(), expected.to_bits());
            assert_eq!(fallbacks.recursion + fallbacks.elimination, 1);
        }
        // A hair beside it, it is its own.
        strip.energy += 1e-6;
        let expected = recursion_unless_lost(&strip).expect("a solution");
        let (found, _) = multifrontal(&strip);
        assert!((found - expected).abs() <= tolerance::BESIDE_BAND_EDGE);
    }
}

#[test]
fn ordinary_strips_hardly_ever_fall_back() {
    let (mut count, mut all) = (0, Fallbacks::default());
    for sampled in generate(&samples(), 400) {
        let strip = sampled.strip();
        let (_, fallbacks) = multifrontal(&strip);
        all += fallbacks;
        count += 1;
    }
    println!("{count} strips: {all:?}");
    assert!(f64::from(all.total()) <= tolerance::FALLBACKS_MULTIFRONTAL * f64::from(count));
}

#[test]
fn larger_strips_agree() {
    let mut worst = Apart::default();
    for (size, model, concentration, energy) in [
        (size(90, 110), DisorderModel::II, 0.03, 0.0),
        (
            size(120, 60),
            DisorderModel::AndersonBox { strength: 2.0 },
            1.0,
            0.18,
        ),
        (size(100, 100), DisorderModel::IV, 0.4, -0.7),
    ] {
        let strip = sample(model, concentration, size, energy);
        let dissection = DissectionSolver::<f64>::new(size, &[energy]).expect("a solver");
        let other = solve_all(&dissection, &strip.onsite).expect("a solution");
        let (found, fallbacks) = multifrontal(&strip);
        assert_eq!(fallbacks.total(), 0);
        let recursion = recursion_unless_lost(&strip).expect("a solution");
        let apart = Apart::of(&strip, found, recursion);
        assert!(small(apart), "{size:?}: {found} is not {recursion}");
        assert!((found - other.transmissions[0]).abs() <= tolerance::DISSECTION * found.max(1.0));
        worst = worst.worse(apart);
    }
    println!("larger strips: {worst:?}");
}

/// T as bits.
fn bits(solved: &Solved) -> Vec<u64> {
    solved.transmissions.iter().map(|t| t.to_bits()).collect()
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    let sets = instruction_sets();
    for (length, width, energy) in [(1, 3, 0.1), (9, 9, 0.0), (20, 31, 0.18), (33, 12, -1.3)] {
        let size = size(length, width);
        let strips = mixed_strips(size, energy).concat();
        let on = |arch: Arch| {
            let solver = MultifrontalSolver::new(size, &[energy]).expect("a solver");
            let solved = solve_all(&solver.on(arch), &strips).expect("solutions");
            (bits(&solved), solved.fallbacks)
        };
        let expected = on(sets[0].1);
        for &(name, arch) in &sets[1..] {
            assert_eq!(on(arch), expected, "{name}, {size:?}");
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    // Large enough for parts to be eliminated at the same time, and for products to be shared out.
    let size = size(210, 200);
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.1), 5);
    let ensemble = ensemble.expect("an ensemble");
    let strips = OnsiteEnergies::draw(&ensemble, size, 0..2).expect("strips");
    let found = [1, 2, 3].map(|threads| {
        let solver = Solver::builder(size)
            .method(Method::Multifrontal)
            .energies(Energies::new([0.0, 0.4]).expect("energies"))
            .threads(NonZeroUsize::new(threads).expect("some"))
            .build()
            .expect("a solver");
        let solution = solver.solve(&strips).expect("a solution");
        assert_eq!(solution.fallbacks().total(), 0);
        assert_eq!(solution.solver().kind.identity(), "multifrontal 1, f64");
        let bits = solution.transmissions().iter().map(|t| t.to_bits());
        bits.collect::<Vec<u64>>()
    });
    assert_eq!(found[1], found[0]);
    assert_eq!(found[2], found[0]);
    // Nor does what else is solved matter.
    let one = MultifrontalSolver::new(size, &[0.4]).expect("a solver");
    let alone = solve_all(&one, &strips.values()[size.sites()..]).expect("a solution");
    assert_eq!(bits(&alone), [found[0][3]]);
}

#[test]
fn it_can_be_stopped_in_the_middle_of_a_strip() {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    let size = size(150, 150);
    let onsite = sample(DisorderModel::II, 0.1, size, 0.0).onsite;
    let solver = MultifrontalSolver::new(size, &[0.0]).expect("a solver");
    let asked = AtomicUsize::new(0);
    let never = || {
        asked.fetch_add(1, Relaxed);
        false
    };
    let expected = solve_unless(&solver, &onsite, &never).expect("a solution");
    assert!(expected.is_some());
    let times = asked.into_inner();
    assert!(times > 5, "{times}");
    for last in [1, times / 2, times - 1] {
        let asked = AtomicUsize::new(0);
        let stop = || asked.fetch_add(1, Relaxed) >= last;
        assert_eq!(
            solve_unless(&solver, &onsite, &stop),
            Ok(None),
            "{last} of {times}"
        );
    }
}

#[test]
fn there_is_no_single_precision() {
    let kind = SolverKind::new(Method::Multifrontal, Precision::F32);
    let error = kind.solver(size(4, 4), &[0.0]).err();
    let expected = SolverError::Precision(Method::Multifrontal, Precision::F32);
    assert_eq!(error, Some(expected));
    let text = expected.to_string();
    assert!(
        text.contains("multifrontal") && text.contains("f32"),
        "{text}"
    );
    let builder = Solver::builder(size(4, 4)).request(kind.into());
    assert_eq!(builder.build().expect_err("no such solver"), expected);
    let recursion = RecursionSolver::<f64>::new(size(2, 2), &[f64::NAN]).map(drop);
    let found = MultifrontalSolver::new(size(2, 2), &[f64::NAN]).map(drop);
    assert_eq!(found.is_err(), recursion.is_err());
}
