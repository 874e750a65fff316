//! Every solver against every reference case of Kwant (tests/reference/ORIGIN.md).

use landauer::StripSize;
use landauer::internal::{
    BatchSolver, DissectionSolver, MultifrontalSolver, RecursionSolver, Worker, solve_all,
};
use landauer::{Fallbacks, SolverError};
use landauer_core::Scalar;
use landauer_core::transport::{
    Lead, Scattering, reflection_workspace_len, scattering_workspace_len, transmission,
};
use landauer_tests::cases::{KwantCase, kwant_cases};
use landauer_tests::{greens_function, tolerance};

/// The worst deviations over a case.
#[derive(Default)]
struct Worst {
    absolute: f64,
    relative: f64,
    relative_small: f64,
}

impl Worst {
    fn note(&mut self, found: f64, expected: f64) {
        let error = (found - expected).abs();
        // A NaN must not be lost in a maximum.
        let error = if error.is_nan() { f64::INFINITY } else { error };
        self.absolute = self.absolute.max(error);
        if expected >= 1e-12 {
            self.relative = self.relative.max(error / expected);
        } else if expected >= tolerance::SMALLEST_RELATIVE {
            self.relative_small = self.relative_small.max(error / expected);
        }
    }

    fn check(&self, case: &KwantCase, absolute: f64, relative: f64, relative_small: f64) {
        assert!(
            self.absolute <= absolute
                && self.relative <= relative
                && self.relative_small <= relative_small,
            "{}: worst absolute {:.1e}, relative {:.1e}, relative below 1e-12 {:.1e}",
            case.name,
            self.absolute,
            self.relative,
            self.relative_small,
        );
    }
}

/// Compares a solver of single strips, (onsite, width, energy) to T, with all cases; prints the
/// worst deviations by case.
fn compare(
    title: &str,
    solve: impl Fn(&[f64], usize, f64) -> f64,
    (absolute, relative, relative_small): (f64, f64, f64),
) {
    println!("{title}: worst absolute error, worst relative error for T >= 1e-12, for T >= 1e-20");
    for case in kwant_cases() {
        let samples: Vec<&[f64]> = case.samples().collect();
        let mut worst = Worst::default();
        for (sample, _, energy, expected, _) in case.results() {
            worst.note(solve(samples[sample], case.width, energy), expected);
        }
        println!(
            "  {:20} {:8.1e} {:8.1e} {:8.1e}",
            case.name, worst.absolute, worst.relative, worst.relative_small
        );
        worst.check(&case, absolute, relative, relative_small);
    }
}

/// The same for a solver of many strips, which also says how often it took another way than its
/// first.
fn compare_solver<T: BatchSolver>(
    title: &str,
    solver: impl Fn(StripSize, &[f64]) -> Result<T, SolverError>,
    (absolute, relative, relative_small): (f64, f64, f64),
) {
    println!("{title}: worst absolute error, worst relative error for T >= 1e-12, for T >= 1e-20");
    let (mut solves, mut all) = (0, Fallbacks::default());
    for case in kwant_cases() {
        let size = StripSize::new(case.length, case.width).unwrap();
        let solver = solver(size, &case.energies).expect("a solver");
        let found = solve_all(&solver, &case.onsite).expect("solutions");
        let mut worst = Worst::default();
        for ((.., expected, _), found) in case.results().zip(&found.transmissions) {
            worst.note(*found, expected);
        }
        let Fallbacks {
            promoted,
            mirrored,
            recursion,
            elimination,
        } = found.fallbacks;
        println!(
            "  {:20} {:8.1e} {:8.1e} {:8.1e}  of {}: promoted {promoted}, mirrored {mirrored}, recursion {recursion}, elimination {elimination}",
            case.name,
            worst.absolute,
            worst.relative,
            worst.relative_small,
            case.transmission.len(),
        );
        worst.check(&case, absolute, relative, relative_small);
        solves += case.transmission.len();
        all += found.fallbacks;
    }
    println!("  {solves} solves: {all:?}");
}

/// T with t in either precision.
fn with_t<S: Scalar>(onsite: &[f64], width: usize, energy: f64) -> f64 {
    let mut workspace = vec![S::ZERO; scattering_workspace_len(width)];
    let lead = Lead::new(width, S::from_f64(energy)).expect("a lead");
    let mut recursion = Scattering::new(lead, &mut workspace).expect("a workspace");
    for slice in onsite.chunks_exact(width) {
        let slice: Vec<S> = slice.iter().map(|&energy| S::from_f64(energy)).collect();
        recursion.push_slice(&slice).expect("a finite slice");
    }
    recursion.transmission().expect("a solution").to_f64()
}

/// T without t in either precision.
fn without_t<S: Scalar>(onsite: &[f64], width: usize, energy: f64) -> f64 {
    let mut workspace = vec![S::ZERO; reflection_workspace_len(width)];
    let onsite: Vec<S> = onsite.iter().map(|&energy| S::from_f64(energy)).collect();
    let found = transmission(&onsite, width, S::from_f64(energy), &mut workspace);
    found.expect("a solution").to_f64()
}

#[test]
fn core_with_t() {
    compare(
        "core, r and t, f64",
        with_t::<f64>,
        (
            tolerance::KWANT_ABSOLUTE,
            tolerance::KWANT_RELATIVE,
            tolerance::KWANT_RELATIVE_SMALL,
        ),
    );
}

#[test]
fn core_without_t() {
    compare(
        "core, r only, f64",
        without_t::<f64>,
        (
            tolerance::KWANT_ABSOLUTE_REFLECTION,
            f64::INFINITY,
            f64::INFINITY,
        ),
    );
}

#[test]
fn core_in_f32() {
    let bounds = |absolute| (absolute, f64::INFINITY, f64::INFINITY);
    compare(
        "core, r and t, f32",
        with_t::<f32>,
        bounds(tolerance::KWANT_ABSOLUTE_F32),
    );
    compare(
        "core, r only, f32",
        without_t::<f32>,
        bounds(tolerance::KWANT_ABSOLUTE_REFLECTION_F32),
    );
}

#[test]
fn dissection() {
    compare_solver(
        "nested dissection, f64",
        DissectionSolver::<f64>::new,
        (
            tolerance::KWANT_ABSOLUTE_DISSECTION,
            tolerance::KWANT_RELATIVE_DISSECTION,
            tolerance::KWANT_RELATIVE_SMALL_DISSECTION,
        ),
    );
}

#[test]
fn dissection_in_f32() {
    compare_solver(
        "nested dissection, f32",
        DissectionSolver::<f32>::new,
        (
            tolerance::KWANT_ABSOLUTE_DISSECTION_F32,
            f64::INFINITY,
            f64::INFINITY,
        ),
    );
}

#[test]
fn multifrontal() {
    compare_solver(
        "multifrontal, f64",
        MultifrontalSolver::new,
        (
            tolerance::KWANT_ABSOLUTE,
            tolerance::KWANT_RELATIVE,
            tolerance::KWANT_RELATIVE_SMALL,
        ),
    );
}

#[test]
fn textbook_greens_functions() {
    compare(
        "textbook Green's functions, f64",
        greens_function::transmission,
        (
            tolerance::KWANT_ABSOLUTE,
            tolerance::KWANT_RELATIVE,
            f64::INFINITY,
        ),
    );
}

#[test]
fn host_is_core_to_the_last_bit() {
    for case in kwant_cases() {
        let size = StripSize::new(case.length, case.width).unwrap();
        let solver = RecursionSolver::<f64>::new(size, &case.energies).expect("a solver");
        let mut found = vec![0.0; case.transmission.len()];
        let mut worker: Box<dyn Worker> = solver.worker();
        let mut fallbacks = vec![Fallbacks::default(); case.samples().count()];
        worker
            .solve(&case.onsite, &mut found, &mut fallbacks)
            .expect("solutions");
        let samples: Vec<&[f64]> = case.samples().collect();
        for ((sample, _, energy, ..), found) in case.results().zip(found) {
            let core = with_t::<f64>(samples[sample], case.width, energy);
            assert_eq!(core.to_bits(), found.to_bits(), "{}", case.name);
        }
    }
}

#[test]
fn propagating_modes() {
    for case in kwant_cases() {
        for (&energy, &expected) in case.energies.iter().zip(&case.propagating_modes) {
            let found = Lead::new(case.width, energy)
                .expect("a lead")
                .propagating_modes();
            assert_eq!(
                i64::try_from(found),
                Ok(expected),
                "{} at E = {energy}",
                case.name
            );
        }
    }
}

#[test]
fn transmission_eigenvalues_and_unitarity() {
    println!("transmission eigenvalues, f64: worst absolute error; worst unitarity error");
    for case in kwant_cases() {
        let size = StripSize::new(case.length, case.width).unwrap();
        let solver = RecursionSolver::<f64>::new(size, &case.energies).expect("a solver");
        let single = RecursionSolver::<f32>::new(size, &case.energies).expect("a solver");
        let samples: Vec<&[f64]> = case.samples().collect();
        let (mut worst, mut unitarity, mut unitarity_f32) = (0.0_f64, 0.0_f64, 0.0_f64);
        for (sample, number, _, expected, eigenvalues) in case.results() {
            let details = solver.details(samples[sample], number).expect("a solution");
            let sum: f64 = details.eigenvalues.iter().sum();
            assert!((sum - expected).abs() <= tolerance::KWANT_ABSOLUTE);
            for (found, expected) in details.eigenvalues.iter().zip(eigenvalues) {
                worst = worst.max((found - expected).abs());
            }
            unitarity = unitarity.max(details.unitarity_error);
            let details = single.details(samples[sample], number).expect("a solution");
            unitarity_f32 = unitarity_f32.max(details.unitarity_error);
        }
        println!(
            "  {:20} {worst:8.1e} {unitarity:8.1e} (f32 {unitarity_f32:8.1e})",
            case.name
        );
        assert!(worst <= tolerance::KWANT_EIGENVALUE, "{}", case.name);
        assert!(unitarity <= tolerance::UNITARITY, "{}", case.name);
        assert!(unitarity_f32 <= tolerance::UNITARITY_F32, "{}", case.name);
    }
}
