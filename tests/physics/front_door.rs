//! The library's front door: what goes in is checked, what comes out answers questions, and is what the
//! solvers behind it find.

use std::num::NonZeroUsize;

use landauer::dataset::{Dataset, DatasetConfig, Generation};
use landauer::internal::{BatchSolver, DissectionSolver, RecursionSolver, solve_all};
use landauer::work::WorkOptions;
use landauer::{
    Concentration, DisorderModel, Energies, Ensemble, EnsembleSource, Method, OnsiteEnergies,
    Precision, Reason, Solver, SolverError, SolverKind, StreamError, StripFault, StripSize,
    StripSource,
};

fn size() -> StripSize {
    StripSize::new(9, 6).expect("a size")
}

fn ensemble() -> Ensemble {
    Ensemble::new(DisorderModel::III, Concentration::Uniform, 5).expect("an ensemble")
}

fn strips(samples: u64) -> OnsiteEnergies<'static> {
    OnsiteEnergies::draw(&ensemble(), size(), 0..samples).expect("memory")
}

fn energies() -> Energies {
    let energies = Energies::new([-0.4, 0.0, 0.7]).expect("energies");
    energies.with_bias(0.36).expect("a bias")
}

#[test]
fn a_solution_is_what_the_solver_behind_it_finds_at_any_number_of_threads() {
    let strips = strips(70);
    for kind in SolverKind::ALL {
        let batch = kind.solver(size(), energies().all()).expect("a solver");
        let expected = solve_all(&*batch, strips.values()).expect("solutions");
        for threads in [1, 3] {
            let solver = Solver::builder(size())
                .energies(energies())
                .method(kind.method)
                .precision(kind.precision)
                .threads(NonZeroUsize::new(threads).expect("some"))
                .build()
                .expect("a solver");
            let solution = solver.solve(&strips).expect("a solution");
            assert_eq!(solution.transmissions(), expected.transmissions);
            assert_eq!(solution.fallbacks(), expected.fallbacks);
            let choice = solution.solver();
            assert_eq!((choice.kind, choice.reason), (kind, Reason::Asked));
            assert_eq!(solution.samples(), 70);
            assert_eq!(solution.propagating_modes()[1], 6);
            let g_bars = solution.g_bar().expect("there is a bias");
            for (sample, g_bar) in g_bars.iter().enumerate() {
                let grid = &solution.of_sample(sample).expect("a sample")[3..];
                let mean = grid.iter().sum::<f64>() / 10.0;
                assert!((g_bar.value() - mean).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn eigenvalues_add_up_to_the_transmission_and_need_the_recursion() {
    let strips = strips(5);
    let builder = Solver::builder(size())
        .energies(energies())
        .eigenvalues(true);
    let solution = builder.clone().build().expect("a solver");
    let solution = solution.solve(&strips).expect("a solution");
    assert_eq!(solution.solver().kind.method, Method::Recursion);
    let eigenvalues = solution.eigenvalues().expect("they were asked for");
    let fano = solution.fano_factors().expect("they were asked for");
    let each = eigenvalues.chunks_exact(size().width());
    for ((eigenvalues, &t), &fano) in each.zip(solution.transmissions()).zip(fano) {
        assert!((eigenvalues.iter().sum::<f64>() - t).abs() < 1e-10);
        let noise: f64 = eigenvalues.iter().map(|t| t * (1.0 - t)).sum();
        assert!((fano.expect("something is transmitted") - noise / t).abs() < 1e-9);
    }
    let error = builder.method(Method::Dissection).build().unwrap_err();
    assert_eq!(error, SolverError::Eigenvalues);
    let without = Solver::builder(size()).build().expect("a solver");
    let without = without.solve(&strips).expect("a solution");
    assert_eq!(
        (without.eigenvalues(), without.fano_factor(0, 0)),
        (None, None)
    );
}

#[test]
fn a_stream_is_the_whole_and_counts_from_the_first_sample() {
    // Small pieces: the recursion's cost at many energies is beyond half a second for few strips.
    let energies = Energies::new((0..400).map(|k| f64::from(k) / 500.0).collect::<Vec<_>>());
    let energies = energies.expect("energies");
    let solver = Solver::builder(size())
        .energies(energies)
        .method(Method::Recursion)
        .build()
        .expect("a solver");
    let mut source = EnsembleSource::new(ensemble(), size(), 100..1200);
    let (mut found, mut next, mut parts) = (Vec::new(), 100, 0);
    for solution in solver.stream(&mut source) {
        let solution = solution.expect("a solution");
        assert_eq!(solution.first_sample(), next);
        next += solution.samples() as u64;
        found.extend_from_slice(solution.transmissions());
        parts += 1;
    }
    assert_eq!(next, 1200);
    assert!(parts > 1, "there is something to stream");
    let whole = OnsiteEnergies::draw(&ensemble(), size(), 100..1200).expect("memory");
    assert_eq!(
        found,
        solver.solve(&whole).expect("a solution").transmissions()
    );
}

/// Five strips, of which the fourth cannot be solved, or that is too short.
struct Bad {
    short: bool,
}

impl StripSource for Bad {
    type Error = std::io::Error;

    fn size(&self) -> StripSize {
        size()
    }

    fn samples(&self) -> u64 {
        5
    }

    fn first_sample(&self) -> u64 {
        40
    }

    fn read(&mut self, start: u64, count: usize) -> Result<Vec<f64>, Self::Error> {
        let mut onsite = vec![0.0; count * size().sites()];
        for (strip, sample) in onsite.chunks_mut(size().sites()).zip(start..) {
            strip[7] = if sample == 3 { f64::NAN } else { 1.0 };
        }
        onsite.truncate(onsite.len() - usize::from(self.short));
        Ok(onsite)
    }
}

#[test]
fn what_is_wrong_in_a_stream_is_named_and_ends_it() {
    let solver = Solver::builder(size()).build().expect("a solver");
    let mut source = Bad { short: false };
    let all: Vec<_> = solver.stream(&mut source).collect();
    let Some(Err(StreamError::Strip(error))) = all.last() else {
        panic!("{all:?}");
    };
    assert_eq!(error.sample, 43);
    assert!(matches!(error.fault, StripFault::Solve(_)));
    let mut source = Bad { short: true };
    let mut stream = solver.stream(&mut source);
    assert!(matches!(
        stream.next(),
        Some(Err(StreamError::Length { .. }))
    ));
    assert!(stream.next().is_none());
    let other = Solver::builder(StripSize::new(6, 9).expect("a size")).build();
    let other = other.expect("a solver");
    let error = other.solve(&strips(1)).unwrap_err();
    assert!(
        matches!(error.fault, StripFault::OtherSize { .. }),
        "{error}"
    );
    let mut source = EnsembleSource::new(ensemble(), size(), 0..3);
    let first = other.stream(&mut source).next();
    assert!(
        matches!(first, Some(Err(StreamError::Strip(_)))),
        "{first:?}"
    );
}

#[test]
fn nothing_is_solved_of_no_strips() {
    let solver = Solver::builder(size())
        .energies(energies())
        .build()
        .expect("a solver");
    let none = OnsiteEnergies::new(size(), vec![]).expect("none");
    let solution = solver.solve(&none).expect("nothing");
    assert_eq!((solution.samples(), solution.g_bar()), (0, Some(vec![])));
    assert_eq!(
        (solution.transmission(0, 0), solution.ln_transmission(0, 0)),
        (None, None)
    );
    let mut source = EnsembleSource::new(ensemble(), size(), 7..7);
    assert!(solver.stream(&mut source).next().is_none());
    #[allow(clippy::reversed_empty_ranges, reason = "what a caller may get wrong")]
    let mut source = EnsembleSource::new(ensemble(), size(), 7..3);
    assert!(solver.stream(&mut source).next().is_none());
}

#[test]
fn transmissions_below_every_number_have_their_logarithms() {
    // A long wall: T ~ exp(-2 L arcosh(...)), far below 1e-308.
    let size = StripSize::new(400, 2).expect("a size");
    let wall = OnsiteEnergies::new(size, vec![6.0; 800]).expect("on-site energies");
    for precision in [Precision::F64, Precision::F32] {
        let solver = Solver::builder(size)
            .energies(energies())
            .precision(precision)
            .build()
            .expect("a solver");
        let solution = solver.solve(&wall).expect("a solution");
        assert_eq!(solution.transmission(0, 1), Some(0.0));
        let ln = solution.ln_transmission(0, 1).expect("a sample");
        assert!(ln < -1000.0 && ln.is_finite(), "{ln}");
        assert_eq!(solution.underflows().len(), 13);
        let g_bar = solution.g_bar().expect("there is a bias")[0];
        assert!(g_bar.value() == 0.0 && g_bar.ln() < -1000.0);
    }
}

#[test]
fn a_data_set_is_a_source_of_its_strips() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("d.zarr");
    let config = DatasetConfig {
        ensemble: ensemble(),
        size: size(),
        energies: vec![0.1],
        bias: None,
        chunk_samples: 8,
    };
    let kind = SolverKind::new(Method::Dissection, Precision::F64);
    let generation = Generation::new(&path, &config, WorkOptions::new(21).solver(kind));
    let report = generation.and_then(|generation| generation.run(&()));
    assert_eq!(report.expect("a data set").units_written, 3);
    let mut dataset = Dataset::open(&path).expect("a data set");
    let known = dataset.transmission(0..21).expect("its transmissions");
    let solver = Solver::builder(size())
        .energies(Energies::new([0.1]).expect("an energy"))
        .method(Method::Dissection)
        .build()
        .expect("a solver");
    let parts = solver.stream(&mut dataset);
    let found: Vec<f64> = parts
        .flat_map(|part| part.expect("a solution").transmissions().to_vec())
        .collect();
    assert_eq!(found, known);
}

#[test]
fn both_methods_and_the_function_for_once_agree() {
    let strips = strips(20);
    let once = landauer::solve(&strips, &energies()).expect("a solution");
    let dissection = DissectionSolver::<f64>::new(size(), energies().all()).expect("a solver");
    let recursion = RecursionSolver::<f64>::new(size(), energies().all()).expect("a solver");
    let solvers: [&dyn BatchSolver; 2] = [&dissection, &recursion];
    for solver in solvers {
        let expected = solve_all(solver, strips.values()).expect("solutions");
        for (one, other) in once.transmissions().iter().zip(expected.transmissions) {
            assert!((one - other).abs() < 1e-11, "{one} {other}");
        }
    }
    assert_eq!(once.solver().reason, Reason::Faster);
}
