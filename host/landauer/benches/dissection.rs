//! The dissection solver on one core: `cargo bench --bench dissection`
//!
//! `peak` counts multiply-adds, everything else transmissions: divan prints both a second. How far
//! the one is from the other is measured in one run by `examples/share_of_peak.rs`.

mod support;

use divan::{Bencher, counter::ItemsCount};
use landauer::Fallbacks;
use landauer::StripSize;
use landauer::internal::BatchSolver;
use landauer::internal::dissection::{DissectionSolver, InstructionSet, Precise};

use support::Disorder;
use support::peak::{self, Peak};

/// Strips in a batch: whole vectors of every instruction set.
const STRIPS: usize = 16;

/// The size that the project measures itself by.
const USUAL: StripSize = square(40);

const fn square(side: usize) -> StripSize {
    sized(side, side)
}

const fn sized(length: usize, width: usize) -> StripSize {
    match StripSize::new(length, width) {
        Ok(size) => size,
        Err(_) => panic!("it has sites"),
    }
}

const SIZES: [StripSize; 9] = [
    square(3),
    square(5),
    square(10),
    square(20),
    USUAL,
    square(80),
    square(160),
    sized(10, 40),
    sized(100, 10),
];

/// At the band's centre straight cuts are taken, elsewhere diagonal ones.
const ENERGIES: [f64; 2] = [0.0, 0.18];

/// Strips at one energy.
#[derive(Clone, Copy)]
struct Case {
    size: StripSize,
    energy: f64,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [length, width] = self.size.sides();
        write!(f, "{length}x{width}, E = {}", self.energy)
    }
}

fn sizes() -> impl Iterator<Item = Case> {
    let energies = |size| ENERGIES.map(|energy| Case { size, energy });
    SIZES.into_iter().flat_map(energies)
}

fn main() {
    divan::main();
}

#[divan::bench(types = [f64, f32], args = InstructionSet::all())]
fn peak<R: Peak>(bencher: Bencher, set: InstructionSet) {
    const LENGTH: usize = 10_000;
    bencher
        .counter(ItemsCount::new(peak::count::<R>(set, LENGTH)))
        .bench_local(|| peak::run::<R>(set, LENGTH));
}

fn solve<R: Precise>(bencher: Bencher, case: Case, disorder: Disorder, set: InstructionSet) {
    let onsite = disorder.onsite(case.size, STRIPS);
    let solver = DissectionSolver::<R>::new(case.size, &[case.energy]).expect("a possible strip");
    let solver = solver.on(set.arch());
    let mut worker = solver.worker();
    let mut transmissions = vec![0.0; STRIPS];
    bencher.counter(ItemsCount::new(STRIPS)).bench_local(|| {
        let mut fallbacks = [Fallbacks::default(); STRIPS];
        worker.solve(&onsite, &mut transmissions, &mut fallbacks)
    });
}

#[divan::bench(types = [f64, f32], args = sizes(), max_time = 2)]
fn size<R: Precise>(bencher: Bencher, case: Case) {
    solve::<R>(bencher, case, Disorder::ModelII, InstructionSet::best());
}

#[divan::bench(types = [f64, f32], args = InstructionSet::all(), max_time = 2)]
fn instructions<R: Precise>(bencher: Bencher, set: InstructionSet) {
    let case = Case {
        size: USUAL,
        energy: 0.0,
    };
    solve::<R>(bencher, case, Disorder::ModelII, set);
}

#[divan::bench(
    types = [f64, f32],
    args = [
        Disorder::ModelI,
        Disorder::ModelII,
        Disorder::Concentration(0.05),
        Disorder::Concentration(0.5),
    ],
    max_time = 2,
)]
fn model<R: Precise>(bencher: Bencher, disorder: Disorder) {
    let case = Case {
        size: USUAL,
        energy: 0.0,
    };
    solve::<R>(bencher, case, disorder, InstructionSet::best());
}
