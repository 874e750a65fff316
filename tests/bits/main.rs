//! Transmissions have the same bits on every machine.
//!
//! `cargo test` runs this on the machine at hand, with and without threads; `tests/run aarch64` with
//! NEON and `tests/run wasm` in WebAssembly, where a panic is all that can be seen of it. It has no
//! dependencies but the library without its features, so that it builds wherever that does.

use landauer::internal::dissection::InstructionSet;
use landauer::internal::{
    BatchSolver, DissectionSolver, MultifrontalSolver, RecursionSolver, solve_all,
};
use landauer::{Concentration, DisorderModel, Ensemble, Method, Precision, SolverKind, StripSize};

/// The checksum of all transmissions, and how many of them took another way than the first. Only a
/// change of a method's arithmetic may change them, and then its `IDENTITY` changes too.
const KNOWN: [(Method, Precision, u64, u32); 5] = [
    (
        Method::Dissection,
        Precision::F64,
        0x77ea_cb58_9fad_baac,
        24,
    ),
    (
        Method::Dissection,
        Precision::F32,
        0x9e67_1e23_a7bd_8f02,
        71,
    ),
    (Method::Recursion, Precision::F64, 0x3fc2_1ea1_6f9b_5cdb, 51),
    (Method::Recursion, Precision::F32, 0xccd5_d592_748b_39e8, 62),
    (
        Method::Multifrontal,
        Precision::F64,
        0x38bd_239e_598a_3e4c,
        46,
    ),
];

/// On both sides of 0, where there is a plan of its own, inside and outside of the band, and at a
/// band edge of width 3.
const ENERGIES: [f64; 5] = [0.0, 0.18, -1.3, 2.0, 3.7];

fn main() {
    let mut different = false;
    for (method, precision, checksum, fallbacks) in KNOWN {
        let kind = SolverKind::new(method, precision);
        // The recursion's code is compiled for the best one, and nobody can choose another.
        let sets = match method {
            Method::Dissection | Method::Multifrontal => InstructionSet::all(),
            Method::Recursion => vec![InstructionSet::best()],
        };
        for set in sets {
            let found = checksum_of(|size| solver(kind, size, set));
            println!(
                "{set}: {}: {:016x}, {} fallbacks",
                kind.identity(),
                found.0,
                found.1
            );
            different |= found != (checksum, fallbacks);
        }
    }
    assert!(!different, "other bits are known: {KNOWN:x?}");
}

#[test]
fn bits_are_those_that_are_known() {
    main();
}

fn solver(kind: SolverKind, size: StripSize, set: InstructionSet) -> Box<dyn BatchSolver> {
    let (energies, arch) = (&ENERGIES, set.arch());
    let possible = "a small strip at finite energies";
    match (kind.method, kind.precision) {
        (Method::Dissection, Precision::F64) => {
            let solver = DissectionSolver::<f64>::new(size, energies);
            Box::new(solver.expect(possible).on(arch))
        }
        (Method::Dissection, Precision::F32) => {
            let solver = DissectionSolver::<f32>::new(size, energies);
            Box::new(solver.expect(possible).on(arch))
        }
        (Method::Multifrontal, _) => {
            let solver = MultifrontalSolver::new(size, energies);
            Box::new(solver.expect(possible).on(arch))
        }
        (Method::Recursion, Precision::F64) => {
            Box::new(RecursionSolver::<f64>::new(size, energies).expect(possible))
        }
        (Method::Recursion, Precision::F32) => {
            Box::new(RecursionSolver::<f32>::new(size, energies).expect(possible))
        }
    }
}

/// The checksum (FNV-1a) of the transmissions of all strips, and the sum of the fallbacks.
fn checksum_of(solver: impl Fn(StripSize) -> Box<dyn BatchSolver>) -> (u64, u32) {
    let (mut checksum, mut fallbacks) = (0xcbf2_9ce4_8422_2325_u64, 0);
    let mut add = |value: f64| {
        for byte in value.to_bits().to_le_bytes() {
            checksum = (checksum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for (size, onsite) in strips() {
        let solved = solve_all(&*solver(size), &onsite).expect("strips that can be solved");
        solved.transmissions.iter().copied().for_each(&mut add);
        for underflow in solved.underflows {
            add(underflow.transmission.ln());
        }
        fallbacks += solved.fallbacks.total();
    }
    (checksum, fallbacks)
}

/// Strips, `[sample, slice, row]`: small and not so small, more and fewer than fill a vector, clean
/// ones, disordered ones, localised ones, and such as only elimination can solve.
fn strips() -> Vec<(StripSize, Vec<f64>)> {
    let anderson = |strength| DisorderModel::AndersonBox { strength };
    let binary = DisorderModel::II;
    let cases = [
        // Length, width, samples, model, concentration, factor.
        (1, 1, 3, anderson(4.0), 0.5, 1.0),
        (4, 3, 37, binary, 0.3, 1.0),
        (7, 12, 17, anderson(1.0), 0.5, 1.0),
        (30, 5, 5, binary, 0.95, 1.0),
        (200, 2, 2, anderson(30.0), 0.5, 1.0),
        (5, 4, 3, binary, 0.5, 1e5),
        (3, 3, 1, binary, 0.0, 1.0),
        (24, 24, 2, binary, 0.1, 1.0),
    ];
    let draw = |(length, width, samples, model, concentration, factor)| {
        let size = StripSize::new(length, width).expect("it has sites");
        let concentration = Concentration::Fixed(concentration);
        let ensemble = Ensemble::new(model, concentration, 14).expect("a possible ensemble");
        let mut onsite = vec![0.0; samples * size.sites()];
        for (index, strip) in (0..).zip(onsite.chunks_exact_mut(size.sites())) {
            ensemble.sample(index).fill_onsite(strip);
        }
        for energy in &mut onsite {
            *energy *= factor;
        }
        (size, onsite)
    };
    cases.into_iter().map(draw).collect()
}
