//! Files, errors, costs, and where the exact part ends.

extern crate std;

use core::cell::Cell;
use core::fmt::{Display, Formatter, Result as FormatResult};
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};
use std::vec;
use std::vec::Vec;

use super::format::{
    Completion, HYBRID_MAGIC, HybridCard, HybridFile, HybridGolden, Lines, MAX_RUNGS, Rung,
};
use super::head::HEAD_LEN;
use super::*;
use crate::checksum::CRC_32C;
use crate::inference::format::Span;
use crate::inference::{Fault, ModelError, Target};
use crate::scalar::sealed::Sealed;
use crate::transport::{SolveError, conductance, reflection_workspace_len, transmission};
use crate::{Concentration, DisorderModel, Ensemble, PAPER_BIAS, Scalar, Species};

std::thread_local! {
    static PRODUCTS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    PRODUCTS.with(|products| products.set(products.get() + 1));
}

/// A number that counts its multiplications and divisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
struct Counted(f64);

impl Sealed for Counted {}
impl Display for Counted {
    fn fmt(&self, f: &mut Formatter<'_>) -> FormatResult {
        self.0.fmt(f)
    }
}
impl Neg for Counted {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl Add for Counted {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl Sub for Counted {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}
impl Mul for Counted {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        count();
        Self(self.0 * other.0)
    }
}
impl Div for Counted {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        count();
        Self(self.0 / other.0)
    }
}
impl AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl SubAssign for Counted {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
impl MulAssign for Counted {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}
impl Scalar for Counted {
    const ZERO: Self = Self(0.0);
    const ONE: Self = Self(1.0);
    const HALF: Self = Self(0.5);
    const TWO: Self = Self(2.0);
    const FRAC_PI_2: Self = Self(core::f64::consts::FRAC_PI_2);
    const EPSILON: Self = Self(f64::EPSILON);
    const CONSERVATION_TOLERANCE: Self = Self(f64::CONSERVATION_TOLERANCE);
    const RESCALE: Self = Self(f64::RESCALE);
    const RESCALE_EXPONENT: u32 = f64::RESCALE_EXPONENT;
    fn from_f64(value: f64) -> Self {
        Self(value)
    }
    fn to_f64(self) -> f64 {
        self.0
    }
    fn sqrt(self) -> Self {
        Self(Scalar::sqrt(self.0))
    }
    fn sin(self) -> Self {
        Self(Scalar::sin(self.0))
    }
    fn abs(self) -> Self {
        Self(self.0.abs())
    }
    fn is_finite(self) -> bool {
        self.0.is_finite()
    }
}

fn strip<S: Scalar>(concentration: f64, sample: u64) -> Vec<S> {
    let concentration = Concentration::Fixed(concentration);
    let ensemble = Ensemble::new(DisorderModel::II, concentration, 7).unwrap();
    let mut onsite = vec![S::ZERO; 1600];
    ensemble.sample(sample).fill_onsite(&mut onsite);
    onsite
}

/// Numbers without a pattern, from −0.25 to 0.25.
fn numbers(count: usize) -> Vec<f32> {
    let number = |k: usize| (k * k * 31 + k * 17) % 101;
    (0..count)
        .map(|k| number(k) as f32 / 200.0 - 0.25)
        .collect()
}

/// What a file is made of; tests change it.
struct Parts {
    card: HybridCard<'static>,
    constants: Vec<u8>,
}

impl Parts {
    /// One rung each: its energies, what it asks for at least, whether it has a head.
    fn new(target: Target, rungs: &[(EnergySet, u32, bool)]) -> Self {
        let mut constants = Vec::new();
        let mut push = |numbers: &[f32]| {
            let offset = u32::try_from(constants.len()).unwrap();
            constants.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            let length = u32::try_from(constants.len()).unwrap() - offset;
            Span { offset, length }
        };
        let rung = |&(energies, least, head): &(EnergySet, u32, bool)| Rung {
            energies,
            least,
            head: head.then(|| push(&numbers(HEAD_LEN))),
            completion: if energies.makes_up(target) {
                Completion::Exact
            } else {
                Completion::Local(Lines {
                    nodes: 5,
                    step: 7,
                    values: push(&numbers(5 * (energies.len() + 1))),
                })
            },
        };
        let rungs = rungs.iter().map(rung).collect();
        Self {
            card: HybridCard {
                name: "made up",
                crate_version: "",
                length: 40,
                width: 40,
                disorder: DisorderModel::II,
                concentration: Concentration::Uniform,
                target,
                data_hash: [7; 32],
                rungs,
                golden: heapless::Vec::new(),
            },
            constants,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let file = HybridFile {
            card: &self.card,
            constants: &self.constants,
        };
        let mut bytes = vec![0; file.encoded_len().unwrap()];
        file.encode(&mut bytes).unwrap();
        bytes
    }

    /// Why the file is refused.
    fn fault(&self) -> Option<ModelError> {
        HybridModel::parse(&self.bytes()).err()
    }
}

fn for_conductance() -> Parts {
    Parts::new(Target::Conductance, &[(EnergySet::FERMI, 0, true)])
}

fn for_average() -> Parts {
    let two = EnergySet::FERMI.with_grid_point(1);
    Parts::new(
        Target::PAPER_BIAS_AVERAGE,
        &[
            (EnergySet::FERMI, 0, true),
            (two, 50, true),
            (two.with_grid_point(8), 0, false),
            (EnergySet::GRID, 0, false),
        ],
    )
}

#[test]
fn no_more_is_computed_than_is_said_and_granted() {
    for parts in [for_conductance(), for_average()] {
        let bytes = parts.bytes();
        let model = HybridModel::parse(&bytes).unwrap();
        let mut workspace = vec![Counted::ZERO; model.workspace_len()];
        let mut hybrid = Hybrid::new(&model, &mut workspace).unwrap();
        for (sample, concentration) in [0.0, 0.001, 0.02, 0.1, 0.9].into_iter().enumerate() {
            let strip = strip(concentration, sample as u64);
            for budget in [
                SMALLEST_BUDGET,
                9_000,
                100_000,
                500_000,
                1_000_000,
                4_000_000,
            ] {
                PRODUCTS.with(|products| products.set(0));
                let estimate = hybrid.predict_within(&strip, 40, budget).unwrap();
                let counted = PRODUCTS.with(Cell::get);
                let said = estimate.multiply_adds;
                assert!(said <= budget, "{said} of {budget} at n = {concentration}");
                assert!(counted <= said, "{counted}, not {said}");
                // What it says is not far more than what it does: sines count as 16, and at each
                // energy the first impurity meets r = 0.
                let energies = u64::from(estimate.energies);
                let slack = said / 20 + energies * 6_500 + 10;
                assert!(said - counted <= slack, "{said}, not {counted}");
            }
        }
    }
}

#[test]
fn what_the_budget_covers_is_exact_to_the_last_bit() {
    let (g, g_bar) = (for_conductance().bytes(), for_average().bytes());
    let [g, g_bar] = [&g, &g_bar].map(|bytes| HybridModel::parse(bytes).unwrap());
    let mut workspace = [0.0_f32; hybrid_workspace_len(40)];
    let mut other = [0.0_f32; reflection_workspace_len(40)];
    let mut double = [0.0_f64; hybrid_workspace_len(40)];
    let mut other_double = [0.0_f64; reflection_workspace_len(40)];
    for (sample, concentration) in [0.0, 0.0008, 0.05, 0.4].into_iter().enumerate() {
        let strip = strip(concentration, sample as u64);
        let mut hybrid = Hybrid::new(&g_bar, &mut workspace).unwrap();
        let all = hybrid.predict_within(&strip, 40, u64::MAX).unwrap();
        let exact = conductance(&strip, 40, PAPER_BIAS, &mut other).unwrap();
        assert_eq!((all.exact, all.energies, all.value), (true, 10, exact));
        assert_eq!(all.solved, all.impurities);

        // Another recursion: not the same bits.
        let strip = self::strip::<f64>(concentration, sample as u64);
        let mut hybrid = Hybrid::new(&g, &mut double).unwrap();
        let all = hybrid.predict_within(&strip, 40, u64::MAX).unwrap();
        let exact = transmission(&strip, 40, 0.0, &mut other_double).unwrap();
        assert!(all.exact && (all.value - exact).abs() < 1e-10);
        // The very budget that it needs is enough; one less, and something is learned.
        let same = hybrid.predict_within(&strip, 40, all.multiply_adds);
        assert_eq!(same.unwrap(), all);
        let less = hybrid
            .predict_within(&strip, 40, all.multiply_adds - 1)
            .unwrap();
        assert!(!less.exact && (less.solved < less.impurities || less.impurities == 0));
    }
}

#[test]
fn a_rung_is_taken_from_its_least_on_or_to_the_end() {
    let bytes = for_average().bytes();
    let model = HybridModel::parse(&bytes).unwrap();
    let mut workspace = [0.0_f32; hybrid_workspace_len(40)];
    let mut hybrid = Hybrid::new(&model, &mut workspace).unwrap();
    let mut taken = |concentration: f64, budget| {
        let strip = strip(concentration, 1);
        let found = hybrid.predict_within(&strip, 40, budget).unwrap();
        (found.energies, found.solved == found.impurities)
    };
    // About 320 impurities: 50 of them at two energies are 1 M.
    assert_eq!(taken(0.2, SMALLEST_BUDGET), (0, false));
    assert_eq!(taken(0.2, 500_000), (1, false));
    assert_eq!(taken(0.2, 1_300_000), (2, false));
    assert_eq!(taken(0.2, 2_000_000), (2, false));
    // Three energies have no head: they are for whole strips, and do not need that many.
    assert_eq!(taken(0.2, 7_000_000), (3, true));
    assert_eq!(taken(0.01, 1_200_000), (3, true));
    assert_eq!(taken(0.01, 6_000_000), (10, true));
}

#[test]
fn the_smallest_budget_only_counts() {
    let bytes = for_conductance().bytes();
    let model = HybridModel::parse(&bytes).unwrap();
    let mut workspace = [0.0_f32; hybrid_workspace_len(40)];
    let mut hybrid = Hybrid::new(&model, &mut workspace).unwrap();
    let one = strip::<f32>(0.2, 3);
    let mut two = one.clone();
    two.reverse();
    let [one, two] =
        [one, two].map(|strip| hybrid.predict_within(&strip, 40, SMALLEST_BUDGET).unwrap());
    assert_eq!((one, one.solved, one.energies), (two, 0, 0));
}

#[test]
fn a_local_regression_is_read_between_its_nodes() {
    let mut parts = Parts::new(Target::PAPER_BIAS_AVERAGE, &[(EnergySet::FERMI, 0, true)]);
    // c0 = 0, 1, 2 at 0, 128 and 256 impurities; c1 = 0.
    let values: Vec<u8> = [0.0_f32, 1.0, 2.0, 0.0, 0.0, 0.0]
        .into_iter()
        .flat_map(f32::to_le_bytes)
        .collect();
    let offset = u32::try_from(parts.constants.len()).unwrap();
    parts.constants.extend(values);
    parts.card.rungs[0].completion = Completion::Local(Lines {
        nodes: 3,
        step: 7,
        values: Span { offset, length: 24 },
    });
    let bytes = parts.bytes();
    let model = HybridModel::parse(&bytes).unwrap();
    let mut workspace = [0.0_f64; hybrid_workspace_len(40)];
    let mut hybrid = Hybrid::new(&model, &mut workspace).unwrap();
    for (impurities, expected) in [
        (0, 0.0),
        (32, 0.25),
        (128, 1.0),
        (192, 1.5),
        (256, 2.0),
        (300, 2.0),
    ] {
        let onsite: Vec<f64> = (0..1600)
            .map(|site| if site < impurities { 5.0 } else { 0.0 })
            .collect();
        let found = hybrid.predict_within(&onsite, 40, 10_000_000).unwrap();
        assert_eq!(
            (found.value, found.exact),
            (expected, false),
            "{impurities}"
        );
    }
}

#[test]
fn what_is_not_possible_is_refused() {
    let bytes = for_conductance().bytes();
    let model = HybridModel::parse(&bytes).unwrap();
    let needed = hybrid_workspace_len(40);
    let found = needed - 1;
    assert_eq!(
        Hybrid::new(&model, &mut vec![0.0_f32; found]).err(),
        Some(HybridError::Solve(SolveError::TooShort { needed, found }))
    );
    let mut workspace = vec![0.0_f32; needed];
    let mut hybrid = Hybrid::new(&model, &mut workspace).unwrap();
    let mut strip = strip::<f32>(0.2, 0);
    let (needed, found) = (SMALLEST_BUDGET, SMALLEST_BUDGET - 1);
    assert_eq!(
        hybrid.predict_within(&strip, 40, found),
        Err(HybridError::Budget { needed, found })
    );
    for width in [0, 39, 1600] {
        let refused = hybrid.predict_within(&strip, width, 1_000_000);
        let is_size = |error| matches!(error, HybridError::Model(ModelError::LatticeSize { .. }));
        assert!(refused.is_err_and(is_size), "{width}");
    }
    for wrong in [4.0, f32::NAN, f32::INFINITY, -5.0] {
        strip[39 * 40 + 2] = wrong;
        let (slice, row) = (39, 2);
        let unknown = ModelError::UnknownOnsite { slice, row };
        let refused = Err(HybridError::Model(unknown));
        assert_eq!(hybrid.predict_within(&strip, 40, 1_000_000), refused);
    }
}

#[test]
fn a_self_test_compares_all_bits() {
    let mut parts = for_average();
    let mut golden = HybridGolden {
        seed: 3,
        sample: 4,
        budget: 800_000,
        bits: 1,
    };
    let mut test = |golden: HybridGolden| {
        parts.card.golden = heapless::Vec::from_slice(&[golden]).unwrap();
        let bytes = parts.bytes();
        let model = HybridModel::parse(&bytes).unwrap();
        let mut workspace = [0.0; hybrid_workspace_len(40)];
        Hybrid::new(&model, &mut workspace)
            .unwrap()
            .self_test(&mut [0.0; 1600])
    };
    let Err(HybridError::SelfTest { found, .. }) = test(golden) else {
        panic!("1e-45 G0 is not what it is");
    };
    golden.bits = found;
    assert_eq!(test(golden), Ok(()));
}

#[test]
fn cut_and_damaged_files_are_refused() {
    let bytes = for_average().bytes();
    assert!(HybridModel::is_one(&bytes) && HybridModel::parse(&bytes).is_ok());
    for length in (0..bytes.len()).step_by(7) {
        assert!(
            HybridModel::parse(&bytes[..length]).is_err(),
            "{length} bytes"
        );
    }
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x41;
        let error = HybridModel::parse(&damaged).err();
        let expected = match place {
            0..8 => matches!(error, Some(ModelError::NotAModel)),
            8..10 => matches!(error, Some(ModelError::UnsupportedVersion { .. })),
            12..20 => matches!(error, Some(ModelError::Length { .. })),
            _ => matches!(error, Some(ModelError::Checksum { .. })),
        };
        assert!(expected, "byte {place}: {error:?}");
    }
    // The other kind of file is not taken for one.
    let mut other = bytes;
    other[..8].copy_from_slice(b"LANDAUER");
    assert_eq!(
        HybridModel::parse(&other).err(),
        Some(ModelError::NotAModel)
    );
    assert_ne!(HYBRID_MAGIC, *b"LANDAUER");
}

#[test]
fn own_species_are_of_version_2_and_other_files_of_version_1() {
    let mut parts = for_average();
    let version = |bytes: &[u8]| u16::from_le_bytes([bytes[8], bytes[9]]);
    assert_eq!(version(&parts.bytes()), 1);
    parts.card.disorder = DisorderModel::Impurities(Species::new(&[-1.5, 3.0]).unwrap());
    let mut bytes = parts.bytes();
    assert_eq!(version(&bytes), 2);
    let model = HybridModel::parse(&bytes).unwrap();
    assert_eq!(model.card().disorder, parts.card.disorder);
    // Version 1 has no such disorder, whatever its checksum says.
    bytes[8] = 1;
    let mut digest = CRC_32C.digest();
    digest.update(&bytes[..20]);
    digest.update(&bytes[24..]);
    bytes[20..24].copy_from_slice(&digest.finalize().to_le_bytes());
    let malformed = Some(ModelError::Card(Fault::Malformed));
    assert_eq!(HybridModel::parse(&bytes).err(), malformed);
}

#[test]
fn cards_that_cannot_be_are_refused() {
    let card = |fault, change: &dyn Fn(&mut Parts)| {
        let mut parts = for_average();
        change(&mut parts);
        assert_eq!(parts.fault(), Some(ModelError::Card(fault)));
    };
    card(Fault::Empty, &|parts| parts.card.name = "");
    card(Fault::Empty, &|parts| parts.card.width = 0);
    card(Fault::Empty, &|parts| parts.card.rungs.clear());
    card(Fault::OutOfRange, &|parts| parts.card.length = 101);
    card(Fault::OutOfRange, &|parts| parts.card.width = 1001);
    card(Fault::Target, &|parts| {
        parts.card.target = Target::Transmission { energy: 0.0 };
    });
    card(Fault::Target, &|parts| {
        parts.card.target = Target::BiasAverage { bias: f64::NAN };
    });
    card(Fault::Disorder, &|parts| {
        parts.card.disorder = DisorderModel::AndersonBox { strength: 4.0 };
    });
    card(Fault::OutOfRange, &|parts| {
        let budget = SMALLEST_BUDGET - 1;
        let golden = HybridGolden {
            seed: 0,
            sample: 0,
            budget,
            bits: 0,
        };
        parts.card.golden.push(golden).unwrap();
    });
}

#[test]
fn rungs_that_cannot_be_are_refused() {
    let rung = |number, fault, change: &dyn Fn(&mut Parts)| {
        let mut parts = for_average();
        change(&mut parts);
        let rung = number;
        assert_eq!(parts.fault(), Some(ModelError::Rung { rung, fault }));
    };
    rung(0, Fault::OutOfRange, &|parts| parts.card.rungs[0].least = 1);
    rung(0, Fault::OutOfRange, &|parts| {
        parts.card.rungs[0].head = None;
    });
    rung(2, Fault::Empty, &|parts| {
        parts.card.rungs[2].energies = EnergySet::default();
    });
    rung(1, Fault::Target, &|parts| {
        parts.card.rungs[1].completion = Completion::Exact;
    });
    rung(1, Fault::Span, &|parts| {
        parts.card.rungs[1].head = Some(Span {
            offset: 2,
            length: 4,
        });
    });
    rung(1, Fault::ListLength, &|parts| {
        parts.card.rungs[1].head = Some(Span {
            offset: 0,
            length: 4,
        });
    });
    let lines = |nodes, step| {
        let values = Span {
            offset: 0,
            length: 0,
        };
        Completion::Local(Lines {
            nodes,
            step,
            values,
        })
    };
    rung(2, Fault::Empty, &|parts| {
        parts.card.rungs[2].completion = lines(0, 0);
    });
    rung(2, Fault::OutOfRange, &|parts| {
        parts.card.rungs[2].completion = lines(1, 16);
    });
    rung(2, Fault::ListLength, &|parts| {
        parts.card.rungs[2].completion = lines(1, 15);
    });
    for number in [f32::NAN, f32::INFINITY, -1.1e6] {
        rung(0, Fault::OutOfRange, &|parts| {
            parts.constants[..4].copy_from_slice(&number.to_le_bytes());
        });
    }
    // G has no grid.
    let mut parts = for_conductance();
    parts.card.rungs[0].energies = EnergySet::FERMI.with_grid_point(0);
    let fault = Fault::Target;
    assert_eq!(parts.fault(), Some(ModelError::Rung { rung: 0, fault }));
    assert!(MAX_RUNGS >= parts.card.rungs.len());
}

/// The largest coefficients there are leave everything finite.
#[test]
fn no_coefficient_overflows() {
    for sign in [1.0, -1.0] {
        let mut parts = for_average();
        for number in parts.constants.chunks_exact_mut(4) {
            number.copy_from_slice(&(sign * 1e6_f32).to_le_bytes());
        }
        let bytes = parts.bytes();
        let model = HybridModel::parse(&bytes).unwrap();
        let mut workspace = [0.0_f32; hybrid_workspace_len(40)];
        let mut hybrid = Hybrid::new(&model, &mut workspace).unwrap();
        for budget in [SMALLEST_BUDGET, 500_000, 2_000_000, 7_000_000] {
            let found = hybrid.predict_within(&strip(0.2, 1), 40, budget).unwrap();
            assert!((0.0..=40.0).contains(&found.value), "{found:?}");
        }
    }
}
