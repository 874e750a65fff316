//! The fast solver, nested dissection, against the scattering recursion, closed forms and itself.

use landauer::StripSize;
use landauer::internal::dissection::{Plan, Precise};
use landauer::internal::{
    BatchSolver, DissectionSolver, RecursionSolver, Solved, Worker, solve_all,
};
use landauer::statistics::Scaled;
use landauer::{Fallbacks, SolverError, SolverKind, StripError, StripFault};
use landauer_core::transport::Lead;
use landauer_core::{Concentration, DisorderModel, Ensemble, Scalar};
use landauer_tests::generators::{
    Sampled, Strip, distance_to_band_edge, ensembles, samples, sizes, strips, treacherous,
};
use landauer_tests::tolerance;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use pulp::Arch;

pub(super) const fn size(length: usize, width: usize) -> StripSize {
    match StripSize::new(length, width) {
        Ok(size) => size,
        Err(_) => panic!("it has sites"),
    }
}

/// T of one strip by nested dissection, and what took another way.
fn dissection<R: Precise>(strip: &Strip) -> (f64, Fallbacks) {
    let solver = DissectionSolver::<R>::new(strip.size(), &[strip.energy]).expect("a solver");
    let found = solve_all(&solver, &strip.onsite).expect("a solution");
    (found.transmissions[0], found.fallbacks)
}

/// Every solver in every precision, for strips of this size.
fn solvers(size: StripSize, energies: &[f64]) -> [Box<dyn BatchSolver>; SolverKind::ALL.len()] {
    SolverKind::ALL.map(|kind| kind.solver(size, energies).expect("a solver"))
}

/// T of one strip by the reference, the scattering recursion in `f64`.
fn recursion(strip: &Strip) -> f64 {
    recursion_unless_lost(strip).expect("a solution")
}

/// The same, or the error that says that no solver knows it.
pub(super) fn recursion_unless_lost(strip: &Strip) -> Result<f64, StripError> {
    let solver = RecursionSolver::<f64>::new(strip.size(), &[strip.energy]).expect("a solver");
    solver.transmission(&strip.onsite, 0)
}

pub(super) fn propagating_modes(strip: &Strip) -> f64 {
    let lead = Lead::new(strip.width, strip.energy).expect("a lead");
    lead.propagating_modes() as f64
}

/// The same strip in numbers that `f32` holds, so that it is asked the same question.
fn in_f32(strip: &Strip) -> Strip {
    let round = |value: f64| f64::from(f32::from_f64(value.clamp(-1e30, 1e30)));
    Strip {
        onsite: strip.onsite.iter().copied().map(round).collect(),
        energy: round(strip.energy),
        width: strip.width,
    }
}

/// How far a T is from another: absolutely by open mode, and relatively where the other is large
/// enough for that.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Apart {
    pub(super) absolute: f64,
    pub(super) relative: f64,
}

impl Apart {
    pub(super) fn of(strip: &Strip, found: f64, expected: f64) -> Self {
        // A NaN must not be lost in a maximum.
        let no_nan = |error: f64| if error.is_nan() { f64::INFINITY } else { error };
        let error = no_nan((found - expected).abs());
        Self {
            absolute: error / propagating_modes(strip).max(1.0),
            relative: if expected >= tolerance::SMALLEST_RELATIVE_DISSECTION {
                error / expected
            } else {
                0.0
            },
        }
    }

    pub(super) fn worse(self, other: Self) -> Self {
        Self {
            absolute: self.absolute.max(other.absolute),
            relative: self.relative.max(other.relative),
        }
    }

    pub(super) fn within(self, absolute: f64, relative: f64) -> bool {
        self.absolute <= absolute && self.relative <= relative
    }

    fn small(self) -> bool {
        self.within(tolerance::DISSECTION, tolerance::DISSECTION_RELATIVE)
    }
}

/// Is it a transmission of this strip?
pub(super) fn is_a_transmission(strip: &Strip, t: f64) -> bool {
    (0.0..=propagating_modes(strip) * (1.0 + tolerance::UNITARITY)).contains(&t)
}

/// Sample `number` of an ensemble as a strip.
fn sample(ensemble: &Ensemble, size: StripSize, number: u64, energy: f64) -> Strip {
    let sampled = Sampled {
        ensemble: *ensemble,
        number,
        size,
        energy,
    };
    sampled.strip()
}

/// As many values of a strategy, the same on every run.
pub(super) fn generate<T: Strategy>(strategy: &T, count: usize) -> Vec<T::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| {
            strategy
                .new_tree(&mut runner)
                .expect("a value of the strategy")
                .current()
        })
        .collect()
}

proptest! {
    #![proptest_config(Config { cases: 150, failure_persistence: None, ..Config::default() })]

    #[test]
    fn all_solvers_agree_on_samples_of_the_models(sampled in samples()) {
        let strip = sampled.strip();
        let expected = recursion(&strip);
        let (found, fallbacks) = dissection::<f64>(&strip);
        prop_assert_eq!(fallbacks.promoted, 0);
        prop_assert!(is_a_transmission(&strip, found), "T = {}", found);
        let apart = Apart::of(&strip, found, expected);
        prop_assert!(apart.small(), "{} is not {}: {:?}", found, expected, apart);
    }

    #[test]
    fn single_precision_agrees_on_samples_of_the_models(sampled in samples()) {
        let strip = in_f32(&sampled.strip());
        let expected = recursion(&strip);
        let (found, _) = dissection::<f32>(&strip);
        let most = propagating_modes(&strip);
        prop_assert!((0.0..=most + tolerance::UNITARITY_F32 * most).contains(&found), "T = {}", found);
        let apart = Apart::of(&strip, found, expected);
        prop_assert!(apart.absolute <= tolerance::DISSECTION_F32, "{} is not {}", found, expected);
    }

    #[test]
    fn mirror_images_agree(sampled in samples()) {
        let strip = sampled.strip();
        // Through other pivots, since the plan is the same.
        let (t, _) = dissection::<f64>(&strip);
        let x = strip.mirrored_in_x();
        for mirrored in [x.mirrored_in_y(), strip.mirrored_in_y(), x] {
            let (other, _) = dissection::<f64>(&mirrored);
            let apart = Apart::of(&strip, t, other);
            prop_assert!(apart.small(), "{} is not {}: {:?}", t, other, apart);
        }
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 600,
        max_global_rejects: 6,
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn all_solvers_agree_on_strips_of_any_kind(strip in strips(14, 12)) {
        // Rounding hides what passes a few of those with walls of 1e150, where T is near 1e-300: an error says so.
        let expected = recursion_unless_lost(&strip);
        prop_assume!(expected.is_ok());
        let expected = expected.unwrap_or_default();
        let (found, _) = dissection::<f64>(&strip);
        prop_assert!(is_a_transmission(&strip, found), "T = {}", found);
        let apart = Apart::of(&strip, found, expected);
        prop_assert!(apart.small(), "{} is not {}: {:?}", found, expected, apart);
        let strip = in_f32(&strip);
        let (found, _) = dissection::<f32>(&strip);
        let apart = Apart::of(&strip, found, recursion(&strip));
        prop_assert!(apart.absolute <= tolerance::DISSECTION_F32, "f32: {}", found);
    }
}

#[test]
fn how_far_apart_the_solvers_are() {
    const SIZES: usize = 150;
    const STRIPS: u64 = 16;
    let (mut worst, mut fallbacks, mut single_fallbacks) =
        (Apart::default(), Fallbacks::default(), Fallbacks::default());
    let mut single = Vec::new();
    let energies = prop_oneof![Just(0.0), -0.18..0.18, -4.0..4.0];
    for (size, ensemble, energy) in generate(&(sizes(), ensembles(), energies), SIZES) {
        // `f32` must hold the energy, and by their rounding it misses nothing of the on-site
        // energies but of models I and IV.
        let energy = f64::from(f32::from_f64(energy));
        if distance_to_band_edge(size.width(), energy) < 1e-3 {
            continue;
        }
        let strips: Vec<Strip> = (0..STRIPS)
            .map(|number| in_f32(&sample(&ensemble, size, number, energy)))
            .collect();
        let onsite: Vec<f64> = strips
            .iter()
            .flat_map(|strip| &strip.onsite)
            .copied()
            .collect();
        let dissection = DissectionSolver::<f64>::new(size, &[energy]).expect("a solver");
        let found = solve_all(&dissection, &onsite).expect("solutions");
        fallbacks += found.fallbacks;
        let found = found.transmissions;
        let dissection = DissectionSolver::<f32>::new(size, &[energy]).expect("a solver");
        let found_single = solve_all(&dissection, &onsite).expect("solutions");
        single_fallbacks += found_single.fallbacks;
        let found_single = found_single.transmissions;
        let recursion = RecursionSolver::<f64>::new(size, &[energy]).expect("a solver");
        let expected = solve_all(&recursion, &onsite)
            .expect("solutions")
            .transmissions;
        for (number, strip) in strips.iter().enumerate() {
            let apart = Apart::of(strip, found[number], expected[number]);
            worst = worst.worse(apart);
            assert!(
                apart.small(),
                "{size:?}, E = {energy}, {ensemble:?}, {number}: {apart:?}"
            );
            single.push(Apart::of(strip, found_single[number], expected[number]).absolute);
        }
    }
    single.sort_by(f64::total_cmp);
    let (median, last) = (single[single.len() / 2], single[single.len() - 1]);
    println!(
        "{} strips of {SIZES} sizes: dissection and recursion apart by {:.1e} per open mode, {:.1e} \
         relative, {fallbacks:?}; f32 off by {median:.1e} (median), {last:.1e} (worst) per open \
         mode, {single_fallbacks:?}",
        single.len(),
        worst.absolute,
        worst.relative,
    );
    assert!(median <= tolerance::MEDIAN_F32);
    assert!(last <= tolerance::DISSECTION_F32);
}

/// Two neighbouring energies between which the plan for this size changes.
fn border_between_plans(size: StripSize) -> [f64; 2] {
    let fma = |energy: f64| Plan::new(size, energy).summary().interior_fma;
    let (mut low, mut high) = (0.0, 0.02);
    let (at_low, at_high) = (fma(low), fma(high));
    assert!(at_low != at_high, "{size:?} has one plan only");
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return [low, high];
        }
        let fma = fma(middle);
        if (fma - at_low).abs() < (fma - at_high).abs() {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[test]
fn two_orders_of_elimination_agree() {
    // Rectangles on one side of an energy and diagonals on the other, which are as near each other
    // as two numbers can be: T is the same.
    let mut worst = Apart::default();
    let models = [
        DisorderModel::AndersonBox { strength: 4.0 },
        DisorderModel::II,
        DisorderModel::IV,
    ];
    for (length, width) in [
        (5, 5),
        (7, 12),
        (12, 7),
        (16, 16),
        (60, 4),
        (4, 60),
        (25, 31),
        (40, 40),
    ] {
        let size = size(length, width);
        let [low, high] = border_between_plans(size);
        assert_ne!(Plan::new(size, low), Plan::new(size, high));
        let solver = DissectionSolver::<f64>::new(size, &[low, high]).expect("a solver");
        for model in models {
            let ensemble = Ensemble::new(model, Concentration::Uniform, 7).expect("an ensemble");
            let strips: Vec<Strip> = (0..48).map(|k| sample(&ensemble, size, k, low)).collect();
            let onsite: Vec<f64> = strips
                .iter()
                .flat_map(|strip| &strip.onsite)
                .copied()
                .collect();
            let found = solve_all(&solver, &onsite)
                .expect("solutions")
                .transmissions;
            for (number, (strip, found)) in strips.iter().zip(found.chunks(2)).enumerate() {
                let apart = Apart::of(strip, found[0], found[1]);
                assert!(
                    apart.small(),
                    "{size:?}, E = {low}, {model:?}, sample {number} of seed 7: {found:?}"
                );
                worst = worst.worse(apart);
            }
        }
    }
    println!("two orders of elimination: {worst:?}");
}

#[test]
fn clean_strips_transmit_every_open_mode() {
    let mut worst = 0.0_f64;
    for (length, width) in [
        (1, 1),
        (2, 1),
        (1, 9),
        (2, 2),
        (3, 3),
        (5, 5),
        (9, 7),
        (7, 9),
        (17, 8),
        (39, 40),
        (40, 39),
        (40, 41),
        (300, 3),
        (3, 90),
    ] {
        for energy in [0.0, -0.18, 0.1, 0.5, -1.3, 2.7, -3.6, 3.95, 4.5, -1e3] {
            let strip = Strip {
                width,
                onsite: vec![0.0; length * width],
                energy,
            };
            let most = propagating_modes(&strip);
            let (found, _) = dissection::<f64>(&strip);
            worst = worst.max((found - most).abs() / most.max(1.0));
            assert!(
                (found - most).abs() <= tolerance::DISSECTION * most.max(1.0),
                "{length}x{width} at E = {energy}: {found}"
            );
            let (found, _) = dissection::<f32>(&strip);
            assert!(
                (found - most).abs() <= tolerance::DISSECTION_F32 * most.max(1.0),
                "{length}x{width} at E = {energy} in f32: {found}"
            );
        }
    }
    println!("clean strips: off by {worst:.1e} per open mode");
}

/// T of a strip whose sites all have the energy ε: no modes are coupled, and mode j with its
/// k_j in the lead and q_j in the strip has 1/(1 + (ε/2 · sin(Lq)/(sin k sin q))²).
pub(super) fn uniform_strip(size: StripSize, energy: f64, onsite: f64) -> f64 {
    let lead = Lead::new(size.width(), energy).expect("a lead");
    let length = size.length() as f64;
    let single = |j: usize| {
        let sine: f64 = lead.mode(j).sine();
        let angle = std::f64::consts::PI * (j + 1) as f64 / (size.width() + 1) as f64;
        let cosine = -0.5 * (energy + 2.0 * angle.cos() - onsite);
        // sin(Lq)/sin q, which does not mind the sign of cos q, in the band and below it.
        let ratio = if cosine.abs() == 1.0 {
            length
        } else if cosine.abs() < 1.0 {
            let q = cosine.acos();
            (length * q).sin() / q.sin()
        } else {
            let kappa = cosine.abs().acosh();
            (length * kappa).sinh() / kappa.sinh()
        };
        1.0 / (1.0 + (0.5 * onsite * ratio / sine).powi(2))
    };
    lead.open_range().map(single).sum()
}

#[test]
fn uniform_strips_have_a_closed_form() {
    // With ε = 5 all sites are impurities of model II.
    let mut worst = Apart::default();
    for (length, width) in [
        (1, 1),
        (2, 1),
        (3, 1),
        (50, 1),
        (4, 4),
        (7, 5),
        (5, 7),
        (10, 10),
        (20, 6),
        (2, 40),
        (12, 40),
    ] {
        for energy in [0.0, 0.3, -0.18] {
            for onsite in [5.0, 0.25, -1.7, 2.5, 10.0 / 3.0, 1e-9] {
                let size = size(length, width);
                let expected = uniform_strip(size, energy, onsite);
                let strip = Strip {
                    width,
                    onsite: vec![onsite; length * width],
                    energy,
                };
                let (found, _) = dissection::<f64>(&strip);
                let apart = Apart::of(&strip, found, expected);
                assert!(
                    apart.small(),
                    "{size:?} of {onsite} at E = {energy}: {found} is not {expected}"
                );
                worst = worst.worse(apart);
                let (found, _) = dissection::<f32>(&strip);
                let apart = Apart::of(&strip, found, expected);
                assert!(apart.absolute <= tolerance::DISSECTION_F32);
            }
        }
    }
    println!("uniform strips: {worst:?}");
}

#[test]
fn closed_modes_do_not_drown_small_transmissions() {
    // At these energies modes that are closed in the leads go through the strip, while all that are
    // open decay in it: a rounding error that mixes them is large beside T, so that T is right
    // absolutely and not relatively. (The recursion keeps it relatively too.)
    let mut worst = Apart::default();
    for (length, width) in [(8, 5), (8, 40), (12, 10), (12, 20), (12, 40), (20, 20)] {
        for energy in [1.1, 2.6] {
            let size = size(length, width);
            let expected = uniform_strip(size, energy, 5.0);
            let strip = Strip {
                width,
                onsite: vec![5.0; length * width],
                energy,
            };
            let (found, taken) = dissection::<f64>(&strip);
            let apart = Apart::of(&strip, found, expected);
            println!("{size:?} at E = {energy}: {found:e}, is {expected:e}, {taken:?}");
            worst = worst.worse(apart);
        }
    }
    assert!(worst.absolute <= tolerance::EVANESCENT_MODES, "{worst:?}");
}

#[test]
fn small_transmissions_keep_their_digits() {
    // T from 1 to 1e-200: all sites impurities, at lengths of which the wave decays.
    for length in [2, 3, 5, 10, 20, 40, 80, 120] {
        for width in [1, 3, 8] {
            let size = size(length, width);
            let expected = uniform_strip(size, 0.1, 5.0);
            let strip = Strip {
                width,
                onsite: vec![5.0; length * width],
                energy: 0.1,
            };
            let (found, _) = dissection::<f64>(&strip);
            let error = (found / expected - 1.0).abs();
            assert!(
                error <= tolerance::DISSECTION_RELATIVE,
                "{size:?}: {found:e} is not {expected:e}"
            );
        }
    }
}

#[test]
fn outside_the_band_nothing_passes() {
    for energy in [4.0, -4.0, 4.1, -17.0, 1e200] {
        for (length, width) in [(1, 1), (2, 3), (6, 1), (5, 4), (1, 6)] {
            let onsite = (0..length * width)
                .map(|site| (site as f64).sin())
                .collect();
            let strip = Strip {
                width,
                onsite,
                energy,
            };
            assert_eq!(dissection::<f64>(&strip), (0.0, Fallbacks::default()));
            assert_eq!(dissection::<f32>(&strip), (0.0, Fallbacks::default()));
        }
    }
}

#[test]
fn at_band_edges_the_solvers_agree() {
    // All of them exact in binary.
    let (mut worst, mut refused) = (0.0_f64, 0);
    for (width, energy) in [
        (1, 2.0),
        (1, -2.0),
        (2, 1.0),
        (2, -1.0),
        (2, 3.0),
        (3, 2.0),
        (3, 0.0),
        (5, 1.0),
        (5, -2.0),
        (5, 3.0),
        (7, -2.0),
        (11, 1.0),
        (11, 3.0),
        (23, -1.0),
    ] {
        for beside in [0.0, 1e-15, -1e-12, 1e-9, -1e-6] {
            for length in [2, 3, 7, 20] {
                let onsite = (0..length * width).map(|site| (site * 7 % 5) as f64 - 1.7);
                let strip = Strip {
                    width,
                    onsite: onsite.collect(),
                    energy: energy + beside,
                };
                let solver = RecursionSolver::<f64>::new(strip.size(), &[strip.energy]);
                let expected = solver.expect("a solver").transmission(&strip.onsite, 0);
                let Ok(expected) = expected else {
                    // Within 1e-11 of an edge the recursion may refuse: its modes' amplitudes grow
                    // without bound there.
                    refused += 1;
                    let (found, _) = dissection::<f64>(&strip);
                    assert!(is_a_transmission(&strip, found), "{found}");
                    continue;
                };
                let (found, _) = dissection::<f64>(&strip);
                let apart = Apart::of(&strip, found, expected).absolute;
                assert!(
                    apart <= tolerance::NEAR_BAND_EDGE,
                    "{length}x{width} at E = {energy} + {beside}: {found} is not {expected}"
                );
                worst = worst.max(apart);
            }
            let clean = Strip {
                width,
                onsite: vec![0.0; 6 * width],
                energy: energy + beside,
            };
            let (found, _) = dissection::<f64>(&clean);
            let most = propagating_modes(&clean);
            assert!(
                (found - most).abs() <= tolerance::NEAR_BAND_EDGE * most.max(1.0),
                "clean 6x{width} at E = {energy} + {beside}: {found} of {most}"
            );
        }
    }
    println!(
        "at band edges: apart by {worst:.1e} per open mode; the recursion refused {refused} strips"
    );
}

#[test]
fn absurd_on_site_energies_are_right() {
    let absurd = [
        1e6,
        -1e6,
        1e9,
        1e20,
        -1e38,
        1e39,
        1e100,
        -1e150,
        1e155,
        1e200,
        1e300,
        -1e300,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        -1e-300,
        1e-30,
    ];
    // One of them at each place in turn, a few of them, and nothing else.
    let site = |share: u32| {
        prop_oneof![
            share => prop::sample::select(absurd.to_vec()),
            3 => Just(0.0),
            3 => -2.0..2.0,
        ]
    };
    let shape = || {
        (
            1..=9_usize,
            1..=9_usize,
            prop::sample::select(vec![0.0, 0.1, -1.3, 3.1]),
        )
    };
    let mut errors = 0;
    for share in [1, 6, 1000] {
        let strategy = shape().prop_flat_map(move |(length, width, energy)| {
            prop::collection::vec(site(share), length * width).prop_map(move |onsite| Strip {
                width,
                onsite,
                energy,
            })
        });
        for strip in generate(&strategy, 150) {
            if distance_to_band_edge(strip.width, strip.energy) < 1e-3 {
                continue;
            }
            let reference = RecursionSolver::<f64>::new(strip.size(), &[strip.energy]);
            let expected = reference.expect("a solver").transmission(&strip.onsite, 0);
            let double = DissectionSolver::<f64>::new(strip.size(), &[strip.energy]);
            let single = DissectionSolver::<f32>::new(strip.size(), &[strip.energy]);
            let double = solve_all(&double.expect("a solver"), &strip.onsite);
            let single = solve_all(&single.expect("a solver"), &strip.onsite);
            let Ok(expected) = expected else {
                // Then whatever comes must be a transmission or an error.
                errors += 1;
                for found in [double, single].into_iter().flatten() {
                    assert!(
                        is_a_transmission(&strip, found.transmissions[0]),
                        "{strip:?}: {found:?}"
                    );
                }
                continue;
            };
            let found = double.expect("a solution").transmissions[0];
            let apart = Apart::of(&strip, found, expected);
            assert!(apart.small(), "{strip:?}: {found:e} is not {expected:e}");
            let found = single.expect("a solution").transmissions[0];
            let apart = Apart::of(&strip, found, expected);
            assert!(
                apart.absolute <= tolerance::DISSECTION_F32,
                "{strip:?} in f32: {found:e} is not {expected:e}"
            );
        }
    }
    println!("absurd on-site energies: the recursion refused {errors} strips");
}

/// What a solver says about a batch.
fn refusal(solver: &dyn BatchSolver, onsite: &[f64]) -> Result<(), StripError> {
    let [length, width] = solver.size().sides();
    let samples = onsite.len() / (length * width);
    let mut transmissions = vec![f64::NAN; samples * solver.energies().len()];
    let mut fallbacks = vec![Fallbacks::default(); samples];
    solver
        .worker()
        .solve(onsite, &mut transmissions, &mut fallbacks)
}

#[test]
fn what_is_no_number_is_refused_as_the_recursion_does() {
    for (size, energies) in [
        (size(1, 1), vec![0.0]),
        (size(1, 4), vec![0.3, 0.1]),
        (size(4, 3), vec![0.0, 0.2]),
        (size(6, 1), vec![9.0]),
        (size(5, 5), vec![-9.0, 0.4]),
    ] {
        let sites = size.length() * size.width();
        let recursion = RecursionSolver::<f64>::new(size, &energies).expect("a solver");
        let double = DissectionSolver::<f64>::new(size, &energies).expect("a solver");
        let single = DissectionSolver::<f32>::new(size, &energies).expect("a solver");
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for at in [0, sites - 1, sites + sites / 2, 20 * sites - 1] {
                let mut onsite = vec![0.5; 20 * sites];
                onsite[at] = bad;
                let expected = refusal(&recursion, &onsite);
                assert!(expected.is_err());
                assert_eq!(refusal(&double, &onsite), expected);
                assert_eq!(refusal(&single, &onsite), expected);
                let expected = solve_all(&recursion, &onsite);
                assert_eq!(solve_all(&double, &onsite), expected);
                assert_eq!(solve_all(&single, &onsite), expected);
            }
        }
    }
}

#[test]
fn what_is_no_solver_is_refused_as_the_recursion_does() {
    for (length, width) in [(0, 0), (0, 3), (3, 0), (usize::MAX, 2)] {
        StripSize::new(length, width).expect_err("no strip");
    }
    for (length, width) in [(1, 1), (4, 3)] {
        for energy in [f64::INFINITY, f64::NEG_INFINITY] {
            let size = size(length, width);
            let expected = Err(SolverError::Energy(energy));
            let found = DissectionSolver::<f64>::new(size, &[0.1, energy]).map(|_| ());
            assert_eq!(found, expected);
            let found = DissectionSolver::<f32>::new(size, &[energy]).map(|_| ());
            assert_eq!(found, expected);
        }
        let found = DissectionSolver::<f64>::new(size(length, width), &[f64::NAN]).map(|_| ());
        assert!(matches!(found, Err(SolverError::Energy(energy)) if energy.is_nan()));
    }
}

#[test]
fn lengths_that_do_not_fit_are_refused_by_every_solver() {
    let (size, energies) = (size(4, 3), [0.1, 0.4]);
    let solvers = solvers(size, &energies);
    let ragged = |found| StripFault::Ragged { size, found };
    for solver in &solvers {
        // Two strips and a bit, or not even one: no tail is dropped.
        for found in [1, 11, 13, 25] {
            let onsite = vec![0.5; found];
            let error = solve_all(&**solver, &onsite).expect_err("a ragged tail");
            assert_eq!(error.fault, ragged(found));
            let words = format!(
                "{found} on-site energies are not a multiple of 12 (strips of 4 x 3 sites)"
            );
            assert_eq!(error.fault.to_string(), words);
        }
        let onsite = vec![0.5; 24];
        for (outputs, samples, needed, found) in [(3, 2, 4, 3), (5, 2, 4, 5), (4, 1, 2, 1)] {
            let mut transmissions = vec![0.0; outputs];
            let mut fallbacks = vec![Fallbacks::default(); samples];
            let error = solver
                .worker()
                .solve(&onsite, &mut transmissions, &mut fallbacks)
                .expect_err("outputs of another length");
            assert_eq!(error.fault, StripFault::Output { needed, found });
        }
    }
    let recursion = RecursionSolver::<f64>::new(size, &energies).expect("a solver");
    // A shorter or longer strip has a transmission of its own, but not of this solver.
    for found in [0, 3, 9, 15, 24] {
        let onsite = vec![0.5; found];
        let fault = if found == 0 || found == 24 {
            StripFault::Output {
                needed: found / 12,
                found: 1,
            }
        } else {
            ragged(found)
        };
        let error = recursion
            .transmission(&onsite, 0)
            .expect_err("another length");
        assert_eq!(error.fault, fault);
        let error = recursion.details(&onsite, 0).expect_err("another length");
        assert_eq!(error.fault, fault);
    }
    let fault = StripFault::NoSuchEnergy {
        index: 2,
        energies: 2,
    };
    let onsite = [0.5; 12];
    let error = recursion.transmission(&onsite, 2).expect_err("no energy");
    assert_eq!(error.fault, fault);
    let error = recursion.details(&onsite, 2).expect_err("no energy");
    assert_eq!(error.fault, fault);
    let dissection = DissectionSolver::<f64>::new(size, &energies).expect("a solver");
    assert!(dissection.stage_times(&onsite[1..]).is_err());
}

/// T of a uniform chain of on-site energy ε at E = 0 as (mantissa, exponent), by the closed form of
/// its transfer matrix: T = 1/(1 + (ε/2)² U²), U = sinh(Lκ)/sinh κ, 2 cosh κ = |ε|.
pub(super) fn ln_of_uniform_chain(onsite: f64, length: usize) -> f64 {
    let kappa = (onsite.abs() / 2.0).acosh();
    let far = length as f64 * kappa;
    let ln_u = far + (-(-2.0 * far).exp()).ln_1p() - (2.0 * kappa.sinh()).ln();
    let square = 2.0 * ((onsite / 2.0).abs().ln() + ln_u);
    // 1 + x for an x that may overflow.
    -(square + (-square).exp().ln_1p())
}

#[test]
fn no_chain_is_too_long_for_any_precision() {
    for (onsite, length) in [
        (6.0, 30),
        (6.0, 3),
        (2.5, 700),
        (-3.0, 5000),
        (6.0, 100_000),
    ] {
        let size = size(length, 1);
        let strip = vec![onsite; length];
        let expected = ln_of_uniform_chain(onsite, length);
        let solvers = solvers(size, &[0.0]);
        for solver in solvers {
            let found = solve_all(&*solver, &strip).expect("a solution");
            let value = found.transmissions[0];
            let scaled = match found.underflows[..] {
                [] => Scaled::from(value),
                [one] => one.transmission,
                _ => panic!("more underflows than strips"),
            };
            // Never 0 where a mode propagates, and a number wherever there is one.
            assert!(scaled > Scaled::ZERO);
            assert_eq!(scaled.value(), value);
            let apart = (scaled.ln() / expected - 1.0).abs();
            let identity = solver.identity();
            assert!(
                apart <= tolerance::LOGARITHM,
                "{onsite} x {length}, {identity}: {apart:e}"
            );
        }
    }
}

#[test]
fn a_barrier_that_only_evanescent_modes_cross_lets_through_what_it_should() {
    // Uniform: modes do not mix, and each is a chain with a closed form of its own,
    // T = 1/(1 + (ε/(2 sin k))² U²), U = sinh(Lκ)/sinh κ, 2 cosh κ = |E_j − ε|.
    let (width, mut promoted) = (10_usize, 0);
    for (length, energy) in [(12, -3.5), (12, -3.0), (30, -3.0), (30, -3.5), (30, 0.3)] {
        for onsite in [-6.0_f64, 6.0] {
            let modes = (1..=width).filter_map(|mode| {
                let angle = std::f64::consts::PI * mode as f64 / (width + 1) as f64;
                let along = energy + 2.0 * angle.cos();
                let sine = (1.0 - along * along / 4.0).sqrt();
                (along.abs() < 2.0).then(|| {
                    let cosh = (along - onsite).abs() / 2.0;
                    let kappa = cosh.acosh();
                    let ln_u = length as f64 * kappa - (2.0 * kappa.sinh()).ln();
                    -2.0 * ((onsite / (2.0 * sine)).abs().ln() + ln_u)
                })
            });
            let logarithms: Vec<f64> = modes.collect();
            let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = logarithms.iter().map(|ln| (ln - largest).exp()).sum();
            let expected = largest + sum.ln();

            let size = size(length, width);
            let strip = vec![onsite; size.length() * size.width()];
            let solvers = solvers(size, &[energy]);
            for solver in solvers {
                let found = solve_all(&*solver, &strip).expect("a solution");
                let scaled = match found.underflows[..] {
                    [one] => one.transmission,
                    _ => Scaled::from(found.transmissions[0]),
                };
                let identity = solver.identity();
                let single = identity.ends_with("f32");
                let apart = (scaled.ln() - expected).abs();
                let allowed = if single { 1e-2 } else { tolerance::BARRIER };
                let place = format!("{length} at E = {energy}, {onsite} t, {identity}");
                assert!(apart <= allowed, "{place}: {apart:e}");
                promoted += found.fallbacks.total();
            }
        }
    }
    println!("uniform barriers: {promoted} by another way");
    assert!(promoted > 0);
}

#[test]
fn just_beside_a_band_edge_every_solver_finds_every_strip() {
    let (mut solves, mut worst, mut by_elimination) = (0, 0.0_f64, 0);
    for width in [2, 5] {
        // The edges at E = 1, and what is within 1e-6 of them.
        for beside in [0.0, -9.4e-14, 9.4e-14, -1e-11, 1e-11, -1e-9, 1e-9, -1e-7] {
            let size = size(20, width);
            let energy = 1.0 + beside;
            let recursion = RecursionSolver::<f64>::new(size, &[energy]).expect("a solver");
            let single = RecursionSolver::<f32>::new(size, &[energy]).expect("a solver");
            let dissection = DissectionSolver::<f64>::new(size, &[energy]).expect("a solver");
            assert_eq!(single.propagating_modes(), recursion.propagating_modes());
            for model in [DisorderModel::II, DisorderModel::IV] {
                let ensemble =
                    Ensemble::new(model, Concentration::Fixed(0.1), 1).expect("an ensemble");
                let strips = (0..60).map(|number| sample(&ensemble, size, number, energy).onsite);
                let onsite = strips.collect::<Vec<_>>().concat();
                let found = solve_all(&recursion, &onsite).expect("solutions");
                let found_single = solve_all(&single, &onsite).expect("solutions");
                let expected = solve_all(&dissection, &onsite).expect("solutions");
                let pairs = found.transmissions.iter().zip(&expected.transmissions);
                for ((found, expected), single) in pairs.zip(&found_single.transmissions) {
                    let apart = (found - expected).abs();
                    assert!(
                        apart <= tolerance::BESIDE_BAND_EDGE,
                        "{width}, {beside:e}: {apart:e}"
                    );
                    assert!((single - expected).abs() <= tolerance::DISSECTION_F32);
                    worst = worst.max(apart);
                }
                solves += 60;
                by_elimination += found.fallbacks.elimination;
            }
        }
    }
    println!("{solves} strips beside a band edge: {worst:.1e}, {by_elimination} by elimination");
    assert!(by_elimination > 0);
}

#[test]
fn f32_knows_a_band_edge_from_what_is_beside_it() {
    // A wire with a few impurities 1e-12 within the band of its outermost mode, 40x40: the nearest f32
    // lies outside, where that mode does not pass. What f32 cannot tell is f64's.
    let (size, edge) = (size(40, 40), 0.005_868_397_632_515_536_5);
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.001), 3);
    let ensemble = ensemble.expect("an ensemble");
    for energy in [edge - 1e-12, edge + 1e-12] {
        let double = DissectionSolver::<f64>::new(size, &[energy]).expect("a solver");
        let single = DissectionSolver::<f32>::new(size, &[energy]).expect("a solver");
        let strips = (0..32).map(|number| sample(&ensemble, size, number, energy).onsite);
        let onsite = strips.collect::<Vec<_>>().concat();
        let expected = solve_all(&double, &onsite).expect("solutions");
        let found = solve_all(&single, &onsite).expect("solutions");
        assert_eq!(found.fallbacks.promoted + found.fallbacks.recursion, 32);
        for (found, expected) in found.transmissions.iter().zip(&expected.transmissions) {
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn beside_a_whole_energy_no_more_strips_fall_back_than_on_it() {
    // Impurities of 5 t make pairs singular at E = 1 that are not so in the clean lattice.
    let size = size(20, 20);
    for model in [DisorderModel::II, DisorderModel::III, DisorderModel::IV] {
        let ensemble = Ensemble::new(model, Concentration::Uniform, 8).expect("an ensemble");
        for energy in [1.0 - 1e-9, 1.0 + 1e-5, -1.0, 1e-9, 2.0 - 1e-7] {
            let solver = DissectionSolver::<f64>::new(size, &[energy]).expect("a solver");
            let strips = (0..256).map(|number| sample(&ensemble, size, number, energy).onsite);
            let onsite = strips.collect::<Vec<_>>().concat();
            let found = solve_all(&solver, &onsite).expect("solutions");
            let share = f64::from(found.fallbacks.total()) / 256.0;
            assert!(
                share <= 0.05,
                "{model:?} at {energy}: {:?}",
                found.fallbacks
            );
        }
    }
}

#[test]
fn walls_let_through_what_they_should() {
    // One site between two leads: T = (4 − E²)/(4 − E² + ε²).
    for energy in [0.0, 0.3, -1.5] {
        for onsite in [1e3, -1e5, 1e10, 1e16, 1e20, -1e100, 1e150] {
            let size = size(1, 1);
            let band = 4.0 - energy * energy;
            let expected = band / (band + onsite * onsite);
            let solvers = solvers(size, &[energy]);
            for solver in solvers {
                let found = solve_all(&*solver, &[onsite]).expect("a solution");
                let apart = (found.transmissions[0] / expected - 1.0).abs();
                // f32 itself up to where walls begin for it.
                let single = solver.identity().ends_with("f32") && onsite.abs() < 1e4;
                let allowed = if single { 1e-3 } else { tolerance::WALL };
                let identity = solver.identity();
                assert!(
                    apart <= allowed,
                    "E = {energy}, {onsite:e}, {identity}: {apart:e}"
                );
            }
        }
    }
    // A wall across a wide strip, in two ways.
    let size = size(6, 10);
    for height in [1e5, 1e10, 1e14] {
        let mut onsite = vec![0.25; 60];
        onsite[30..40].fill(height);
        let recursion = RecursionSolver::<f64>::new(size, &[0.3]).expect("a solver");
        let dissection = DissectionSolver::<f64>::new(size, &[0.3]).expect("a solver");
        let one = recursion.transmission(&onsite, 0).expect("a solution");
        let scaled = one * height * height;
        let other = solve_all(&dissection, &onsite)
            .expect("a solution")
            .transmissions[0];
        assert!((one / other - 1.0).abs() <= tolerance::WALL);
        // T ~ 1/ε² for high walls.
        let mut higher = onsite.clone();
        higher[30..40].fill(2.0 * height);
        let half = recursion.transmission(&higher, 0).expect("a solution");
        assert!((4.0 * half * height * height / scaled - 1.0).abs() < 10.0 / height);
    }
    // A site at the energy between two walls: T = 1/(1 + ε²) at E = 0.
    for height in [1e3, 1e8, 1e11, 1e12, 1e16, 1e20, 1e100] {
        let cavity = [height, 0.0, height];
        let size = self::size(3, 1);
        let expected = 1.0 / (1.0 + height * height);
        let solvers = solvers(size, &[0.0]);
        for solver in solvers {
            let found = solve_all(&*solver, &cavity)
                .expect("a solution")
                .transmissions[0];
            let apart = (found / expected - 1.0).abs();
            let identity = solver.identity();
            assert!(
                apart <= tolerance::WALL,
                "{height:e}, {identity}: {apart:e}"
            );
        }
    }
    // Beyond what a square can hold nothing is computed, and that is said.
    let recursion = RecursionSolver::<f64>::new(self::size(1, 1), &[0.3]).expect("a solver");
    let error = recursion.transmission(&[1e305], 0).expect_err("too high");
    let words = error.fault.to_string();
    assert!(
        words.contains("1e305") && words.contains("1e300"),
        "{words}"
    );
}

#[test]
fn nothing_to_do_is_done() {
    let none = Ok(Solved::default());
    for (length, width) in [(1, 2), (4, 3)] {
        let size = size(length, width);
        let solver = DissectionSolver::<f64>::new(size, &[]).expect("a solver");
        assert_eq!(solve_all(&solver, &vec![0.5; length * width]), none);
        let solver = DissectionSolver::<f32>::new(size, &[0.1]).expect("a solver");
        assert_eq!(solve_all(&solver, &[]), none);
    }
}

/// Every instruction set of this machine, the plain one first.
pub(super) fn instruction_sets() -> Vec<(&'static str, Arch)> {
    #[allow(unused_mut, reason = "other machines have fewer")]
    let mut sets = vec![("scalar", Arch::Scalar), ("best", Arch::new())];
    #[cfg(target_arch = "x86_64")]
    {
        sets.extend(pulp::x86::V3::try_new().map(|set| ("AVX2", Arch::V3(set))));
        sets.extend(pulp::x86::V4::try_new().map(|set| ("AVX-512", Arch::V4(set))));
    }
    sets
}

/// Strips of one size that keep every way busy: of all models, clean, and such that lose digits.
pub(super) fn mixed_strips(size: StripSize, energy: f64) -> Vec<Vec<f64>> {
    let sites = size.length() * size.width();
    let mut mixed = Vec::new();
    for (seed, model) in [
        DisorderModel::II,
        DisorderModel::AndersonBox { strength: 3.0 },
        DisorderModel::III,
        DisorderModel::IV,
    ]
    .into_iter()
    .enumerate()
    {
        let ensemble = Ensemble::new(model, Concentration::Uniform, seed as u64);
        let ensemble = ensemble.expect("an ensemble");
        for number in 0..3 {
            mixed.push(sample(&ensemble, size, number, energy).onsite);
        }
    }
    mixed.insert(2, vec![energy; sites]);
    mixed.insert(5, vec![0.0; sites]);
    mixed.insert(9, vec![energy + 1.0; sites]);
    mixed.insert(12, vec![1e300; sites]);
    mixed.push(vec![energy - 1.0; sites]);
    mixed
}

fn bits(solver: &dyn BatchSolver, strips: &[Vec<f64>]) -> (Vec<u64>, Vec<Fallbacks>) {
    let mut transmissions = vec![f64::NAN; strips.len() * solver.energies().len()];
    let mut fallbacks = vec![Fallbacks::default(); strips.len()];
    let mut worker: Box<dyn Worker> = solver.worker();
    worker
        .solve(&strips.concat(), &mut transmissions, &mut fallbacks)
        .expect("solutions");
    (
        transmissions.into_iter().map(f64::to_bits).collect(),
        fallbacks,
    )
}

fn every_instruction_set_gives_the_same_bits<R: Precise>() {
    let sets = instruction_sets();
    for (length, width) in [
        (1, 3),
        (2, 4),
        (3, 3),
        (5, 8),
        (9, 6),
        (11, 12),
        (17, 16),
        (30, 3),
        (4, 25),
    ] {
        for energies in [vec![0.0], vec![0.1, -0.004, 1.0, 2.3, 5.0]] {
            let size = size(length, width);
            let strips = mixed_strips(size, energies[0]);
            let solver = |arch| {
                DissectionSolver::<R>::new(size, &energies)
                    .expect("a solver")
                    .on(arch)
            };
            let (_, plain) = sets[0];
            let expected = bits(&solver(plain), &strips);
            for &(name, arch) in &sets[1..] {
                assert_eq!(
                    bits(&solver(arch), &strips),
                    expected,
                    "{size:?}, {energies:?}, {name}"
                );
            }
        }
    }
    let names: Vec<&str> = sets.iter().map(|set| set.0).collect();
    println!("the same bits: {names:?}");
}

#[test]
fn every_instruction_set_gives_the_same_bits_in_f64() {
    every_instruction_set_gives_the_same_bits::<f64>();
}

#[test]
fn every_instruction_set_gives_the_same_bits_in_f32() {
    every_instruction_set_gives_the_same_bits::<f32>();
}

fn the_company_of_a_strip_does_not_matter<R: Precise>() {
    for (length, width) in [(1, 3), (2, 4), (3, 3), (8, 5), (13, 14), (40, 40)] {
        let (size, energies) = (size(length, width), [0.5, 0.0, -0.1]);
        let solver = DissectionSolver::<R>::new(size, &energies).expect("a solver");
        let strips = mixed_strips(size, energies[0]);
        assert_eq!(strips.len(), 17);
        let alone: Vec<_> = strips
            .iter()
            .map(|strip| bits(&solver, std::slice::from_ref(strip)))
            .collect();
        let check = |order: &[usize]| {
            let chosen: Vec<Vec<f64>> = order.iter().map(|&at| strips[at].clone()).collect();
            let (transmissions, fallbacks) = bits(&solver, &chosen);
            let each = transmissions.chunks(energies.len()).zip(fallbacks);
            for (&at, (transmissions, fallbacks)) in order.iter().zip(each) {
                assert_eq!(
                    transmissions, alone[at].0,
                    "{size:?}, strip {at} of {order:?}"
                );
                assert_eq!(
                    vec![fallbacks],
                    alone[at].1,
                    "{size:?}, strip {at} of {order:?}"
                );
            }
        };
        for count in [1, 3, 8, 15, 16, 17] {
            let order: Vec<usize> = (0..count).collect();
            check(&order);
            let reversed: Vec<usize> = (0..17).rev().take(count).collect();
            check(&reversed);
        }
        // All lanes alike, and many vectors.
        check(&[4; 16]);
        let shuffled: Vec<usize> = (0..51).map(|place| place * 5 % 17).collect();
        check(&shuffled);
        // Threads.
        let (expected, _) = bits(&solver, &strips);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.expect("threads");
            let found = pool
                .install(|| solve_all(&solver, &strips.concat()))
                .expect("solutions");
            let found: Vec<u64> = found.transmissions.into_iter().map(f64::to_bits).collect();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn the_company_of_a_strip_does_not_matter_in_f64() {
    the_company_of_a_strip_does_not_matter::<f64>();
}

#[test]
fn the_company_of_a_strip_does_not_matter_in_f32() {
    the_company_of_a_strip_does_not_matter::<f32>();
}

#[test]
fn every_fallback_is_taken_and_right() {
    let (mut all, mut all_single, mut worst) =
        (Fallbacks::default(), Fallbacks::default(), Apart::default());
    let mut worst_rescued = Apart::default();
    for strip in generate(&treacherous(), 1500) {
        if distance_to_band_edge(strip.width, strip.energy) < 1e-3 {
            continue;
        }
        let expected = recursion(&strip);
        let (found, taken) = dissection::<f64>(&strip);
        let apart = Apart::of(&strip, found, expected);
        assert!(
            apart.small(),
            "{strip:?}: {found} is not {expected}, {taken:?}"
        );
        worst = worst.worse(apart);
        assert_eq!(taken.promoted, 0);
        assert!(taken.mirrored + taken.recursion <= 1);
        if taken.mirrored == 1 {
            worst_rescued = worst_rescued.worse(apart);
        }
        if taken.recursion == 1 {
            assert_eq!(found.to_bits(), expected.to_bits());
        }
        all += taken;

        let (single, taken_single) = dissection::<f32>(&strip);
        let apart = Apart::of(&strip, single, expected);
        assert!(
            apart.absolute <= tolerance::DISSECTION_F32,
            "{strip:?} in f32: {single} is not {expected}"
        );
        assert!(taken_single.total() <= 1);
        if taken_single.total() == 1 {
            // What is solved again is solved as by the solver in `f64`, whose way counts if that was
            // another one.
            assert_eq!(single.to_bits(), found.to_bits());
            let promoted = u32::from(taken.total() == 0);
            assert_eq!(taken_single, Fallbacks { promoted, ..taken });
        }
        all_single += taken_single;
    }
    println!(
        "treacherous strips: {all:?}, in f32 {all_single:?}; {worst:?}, mirrored {worst_rescued:?}"
    );
    for all in [all, all_single] {
        assert!(all.mirrored > 0 && all.recursion > 0);
    }
}

#[test]
fn ordinary_strips_hardly_ever_fall_back() {
    let size = size(40, 40);
    let energies = [0.0, 0.02, -0.18];
    let (mut solves, mut all, mut all_single) = (0, Fallbacks::default(), Fallbacks::default());
    let double = DissectionSolver::<f64>::new(size, &energies).expect("a solver");
    let single = DissectionSolver::<f32>::new(size, &energies).expect("a solver");
    for model in [
        DisorderModel::AndersonBox { strength: 4.0 },
        DisorderModel::II,
        DisorderModel::III,
        DisorderModel::IV,
    ] {
        let ensemble = Ensemble::new(model, Concentration::Uniform, 3).expect("an ensemble");
        let onsite: Vec<f64> = (0..512)
            .flat_map(|number| sample(&ensemble, size, number, 0.0).onsite)
            .collect();
        all += solve_all(&double, &onsite).expect("solutions").fallbacks;
        all_single += solve_all(&single, &onsite).expect("solutions").fallbacks;
        solves += 512 * 3;
    }
    println!("{solves} solves at 40x40: {all:?}, in f32 {all_single:?}");
    assert!(f64::from(all.total()) <= tolerance::FALLBACKS * f64::from(solves));
    assert!(f64::from(all_single.total()) <= tolerance::FALLBACKS_F32 * f64::from(solves));
    assert!(all_single.promoted > 0);
}

/// What a plan takes, counted again from its fronts.
fn check_plan(size: StripSize, energy: f64) {
    let [length, width] = size.sides();
    let plan = Plan::new(size, energy);
    let summary = plan.summary();
    let interior = length.saturating_sub(2) * width;
    let fronts = plan.fronts();
    let shapes: Vec<(usize, usize)> = fronts
        .map(|front| (front.sites.len(), front.outside))
        .collect();
    let eliminated: usize = shapes.iter().map(|shape| shape.0).sum();
    assert_eq!(
        eliminated + summary.left_over,
        interior,
        "{size:?} at E = {energy}"
    );
    assert_eq!(shapes.len(), summary.fronts);
    let fma: f64 = shapes
        .iter()
        .map(|&(pivots, outside)| {
            // Pivot k of a front, with so many pivots and others behind it, updates a triangle.
            let (p, q) = (pivots as f64, outside as f64);
            p * p * p / 6.0 + p * p * q / 2.0 + p * q * q / 2.0
        })
        .sum();
    assert!((fma - summary.interior_fma).abs() <= 1e-9 * fma);
    let updates: usize = shapes.iter().map(|(_, q)| q * (q + 1) / 2).sum();
    assert_eq!(updates, summary.updates);
    let ends = 2 * width + summary.left_over;
    assert!(summary.workspace >= ends * ends);
    assert!(summary.lead_fma > 0.0);
    // The same every time: a data set's bits depend on it.
    assert_eq!(plan, Plan::new(size, energy));
    // A dissection beats an order slice by slice, where there is something to dissect.
    if length >= 10 && width >= 10 {
        let (l, w) = (length as f64, width as f64);
        let slice_by_slice = (l - 2.0) * w * w * w * (1.0 / 6.0 + 1.0 + 2.0);
        assert!(
            summary.interior_fma <= slice_by_slice,
            "{size:?} at E = {energy}: {} > {slice_by_slice}",
            summary.interior_fma
        );
    }
    // And it works.
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.05), 11);
    let strip = sample(&ensemble.expect("an ensemble"), size, 0, energy);
    let (found, _) = dissection::<f64>(&strip);
    let apart = Apart::of(&strip, found, recursion(&strip));
    let near_edge = distance_to_band_edge(width, energy) < 1e-3;
    assert!(
        apart.small() || near_edge && apart.absolute <= tolerance::NEAR_BAND_EDGE,
        "{size:?} at E = {energy}: {apart:?}"
    );
}

#[test]
fn fronts_of_every_length_are_eliminated() {
    // At these sizes a front had once more pivots than there was room for.
    for (length, width) in [(14, 18), (13, 19)] {
        for energy in [0.02, 0.18, 2.5] {
            check_plan(size(length, width), energy);
        }
    }
}

#[test]
fn one_very_strong_impurity_is_no_matter() {
    // It makes the other site of its pair a tiny pivot, and all that grows stays within the front.
    for onsite in [1e3, 1e5, 1e6, 1e7, 1e9, 1e12] {
        let mut strip = Strip {
            width: 4,
            onsite: vec![0.0; 7 * 4],
            energy: 0.0,
        };
        (strip.onsite[4], strip.onsite[7], strip.onsite[20]) = (1.0, onsite, 1.0);
        let (found, taken) = dissection::<f64>(&strip);
        let expected = recursion(&strip);
        let apart = Apart::of(&strip, found, expected);
        println!("{onsite:e}: {apart:?}, {taken:?}");
        assert!(apart.small(), "{onsite}: {found} is not {expected}");
        let (found, taken) = dissection::<f32>(&strip);
        let apart = Apart::of(&strip, found, expected);
        assert!(
            apart.absolute <= tolerance::DISSECTION_F32,
            "{onsite}: {found}, {taken:?}"
        );
    }
}

#[test]
fn every_size_has_a_plan() {
    let energies = [0.0, 5e-3, 0.02, -1.0, 2.5];
    let mut number = 0;
    for length in 1..=60 {
        for width in 1..=60 {
            // All small ones; a thirtieth of the large ones, each at one energy.
            number += 1;
            if length + width <= 14 {
                for energy in energies {
                    check_plan(size(length, width), energy);
                }
            } else if number % 31 == 0 {
                check_plan(size(length, width), energies[number / 31 % energies.len()]);
            }
        }
    }
    for (length, width) in [
        (1, 200),
        (2, 200),
        (3, 200),
        (200, 1),
        (201, 1),
        (1000, 1),
        (300, 2),
        (200, 5),
        (2, 120),
        (80, 80),
    ] {
        for energy in [0.0, 0.1] {
            check_plan(size(length, width), energy);
        }
    }
}

#[test]
fn the_plan_of_a_square_is_within_its_bound() {
    let forty = size(40, 40);
    for energy in [0.0, 0.02, -0.02, 0.04, 0.18, -0.1] {
        let summary = Plan::new(forty, energy).summary();
        let fma = summary.interior_fma + summary.lead_fma;
        println!("40x40 at E = {energy}: {summary:?}");
        assert!(fma <= tolerance::MAX_FMA, "{fma} at E = {energy}");
    }
}

#[test]
fn a_plan_depends_on_nothing_but_its_energy_and_most_energies_share_one() {
    let forty = size(40, 40);
    // The paper's ten, one beside the band's centre, and eigenvalues of a chain of four and of three sites.
    let mut energies: Vec<f64> = (0..10).map(|k| (f64::from(k) / 9.0 - 0.5) * 0.36).collect();
    energies.extend([0.002, 0.618_033_988_7, -std::f64::consts::SQRT_2]);
    let solver = DissectionSolver::<f64>::new(forty, &energies).expect("a solver");
    let plans: Vec<&Plan> = solver.plans().collect();
    for (&energy, &plan) in energies.iter().zip(&plans) {
        let alone = DissectionSolver::<f64>::new(forty, &[energy]).expect("a solver");
        assert_eq!(alone.plans().next(), Some(plan), "at E = {energy}");
    }
    for plan in &plans[1..10] {
        assert!(std::ptr::eq(*plan, plans[0]));
    }
    for plan in &plans[11..] {
        assert_ne!(*plan, plans[0]);
    }
}

#[test]
fn f32_knows_localised_strips_without_help() {
    // T down to 6e-35: far below where the square of an amplitude is a normal f32.
    let forty = size(40, 40);
    let [energy, other] = [0.0, 0.125];
    let double = DissectionSolver::<f64>::new(forty, &[energy, other]).expect("a solver");
    let single = DissectionSolver::<f32>::new(forty, &[energy, other]).expect("a solver");
    for concentration in [0.7, 0.85, 0.95] {
        let fixed = Concentration::Fixed(concentration);
        let ensemble = Ensemble::new(DisorderModel::II, fixed, 5).expect("an ensemble");
        let strips = (0..64).map(|k| sample(&ensemble, forty, k, energy));
        let onsite: Vec<f64> = strips.flat_map(|strip| strip.onsite).collect();
        let solve = |solver: &dyn BatchSolver| {
            let (mut t, mut fallbacks) = (vec![0.0; 128], vec![Fallbacks::default(); 64]);
            let mut worker = solver.worker();
            worker.solve(&onsite, &mut t, &mut fallbacks).expect("T");
            let sum = fallbacks
                .into_iter()
                .fold(Fallbacks::default(), |mut sum, one| {
                    sum += one;
                    sum
                });
            (t, sum)
        };
        let ((exact, _), (found, fallbacks)) = (solve(&double), solve(&single));
        let logs = exact
            .iter()
            .zip(&found)
            .map(|(t, found)| (found / t).ln().abs());
        let worst = logs.fold(0.0, f64::max);
        let least = exact.iter().copied().fold(f64::INFINITY, f64::min);
        println!("n = {concentration}: T from {least:.1e}, ln T off by {worst:.1e}, {fallbacks:?}");
        assert!(
            worst <= tolerance::LOCALISED_F32,
            "{worst} at n = {concentration}"
        );
        assert!(
            fallbacks.promoted <= 128 / 4,
            "{fallbacks:?} at n = {concentration}"
        );
    }
}

#[test]
fn a_solver_shows_the_plan_of_each_energy() {
    let size = size(12, 9);
    let energies = [0.0, 0.1, 5.0];
    let solver = DissectionSolver::<f32>::new(size, &energies).expect("a solver");
    let plans: Vec<&Plan> = solver.plans().collect();
    assert_eq!(plans.len(), 3);
    for (plan, energy) in plans.into_iter().zip(energies) {
        assert_eq!(*plan, Plan::new(size, energy));
    }
}
