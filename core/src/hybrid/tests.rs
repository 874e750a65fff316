//! Errors, costs, and where the exact part ends.

extern crate std;

use core::cell::Cell;
use core::fmt::{Display, Formatter, Result as FormatResult};
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};
use std::vec;

use super::*;
use crate::scalar::sealed::Sealed;
use crate::transport::{reflection_workspace_len, transmission};
use crate::{Concentration, Ensemble};

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

fn strip<S: Scalar>(concentration: f64, sample: u64) -> Lattice<S, 40, 40> {
    let concentration = Concentration::Fixed(concentration);
    let ensemble = Ensemble::new(DisorderModel::OneSpecies, concentration, 7).unwrap();
    ensemble.sample(sample).lattice()
}

#[test]
fn no_more_is_computed_than_is_said_and_granted() {
    let mut workspace = vec![Counted::ZERO; HYBRID_WORKSPACE_LEN];
    let mut hybrid = Hybrid::new(&mut workspace).unwrap();
    for (sample, concentration) in [0.0, 0.001, 0.02, 0.1, 0.3, 0.9].into_iter().enumerate() {
        let strip = strip(concentration, sample as u64);
        for budget in [
            SMALLEST_BUDGET,
            5_000,
            9_000,
            100_000,
            500_000,
            1_000_000,
            3_000_000,
        ] {
            PRODUCTS.with(|products| products.set(0));
            let estimate = hybrid.predict_within(&strip, budget).unwrap();
            let counted = PRODUCTS.with(Cell::get);
            let said = estimate.multiply_adds;
            assert!(said <= budget, "{said} of {budget} at n = {concentration}");
            assert!(counted <= said, "{counted}, not {said}");
            // What it says is not far more than what it does; the first impurity meets r = 0.
            assert!(
                said - counted <= said / 100 + 1_700,
                "{said}, not {counted}"
            );
            let dearest = scatterer_cost(40) + slice_cost(40) * 40 + transmission_cost(40);
            assert!(estimate.is_exact() || budget - said < dearest);
        }
    }
}

#[test]
fn what_the_budget_covers_is_exact() {
    let mut workspace = [0.0_f64; HYBRID_WORKSPACE_LEN];
    let mut hybrid = Hybrid::new(&mut workspace).unwrap();
    let mut other = [0.0_f64; reflection_workspace_len(40)];
    for (sample, concentration) in [0.0, 0.0008, 0.05, 0.12, 0.4, 1.0].into_iter().enumerate() {
        let strip = strip(concentration, sample as u64);
        let exact = transmission(strip.as_slice(), 40, 0.0, &mut other).unwrap();
        let all = hybrid.predict_within(&strip, u64::MAX).unwrap();
        assert!(all.is_exact() && (all.conductance - exact).abs() < 1e-10);
        // The very budget that it needs is enough; one less, and something is learned.
        let same = hybrid.predict_within(&strip, all.multiply_adds.max(SMALLEST_BUDGET));
        assert_eq!(same.unwrap(), all);
        if all.impurities > 1 {
            let less = hybrid
                .predict_within(&strip, all.multiply_adds - 1)
                .unwrap();
            assert!(!less.is_exact() && less.solved > 0);
        }
    }
}

#[test]
fn the_smallest_budget_only_counts() {
    let mut workspace = [0.0_f32; HYBRID_WORKSPACE_LEN];
    let mut hybrid = Hybrid::new(&mut workspace).unwrap();
    let (one, two) = (strip(0.2, 3), strip::<f32>(0.2, 3).mirrored_in_y());
    let one = hybrid.predict_within(&one, SMALLEST_BUDGET).unwrap();
    let two = hybrid.predict_within(&two, SMALLEST_BUDGET).unwrap();
    assert_eq!((one, one.solved), (two, 0));
    assert!(one.impurities > 250 && one.conductance > 1.0 && one.conductance < 4.0);
}

#[test]
fn what_is_not_possible_is_refused() {
    assert_eq!(
        Hybrid::new(&mut [0.0_f32; HYBRID_WORKSPACE_LEN - 1]).err(),
        Some(HybridError::Solve(SolveError::TooShort {
            needed: HYBRID_WORKSPACE_LEN,
            found: HYBRID_WORKSPACE_LEN - 1,
        }))
    );
    let mut workspace = [0.0_f32; HYBRID_WORKSPACE_LEN];
    let mut hybrid = Hybrid::new(&mut workspace).unwrap();
    let mut strip = strip::<f32>(0.2, 0);
    assert_eq!(
        hybrid.predict_within(&strip, SMALLEST_BUDGET - 1),
        Err(HybridError::Budget {
            needed: SMALLEST_BUDGET,
            found: SMALLEST_BUDGET - 1,
        })
    );
    for wrong in [4.0, f32::NAN, f32::INFINITY, -5.0] {
        strip[(39, 2)] = wrong;
        let refused = Err(HybridError::NotModelII { slice: 39, row: 2 });
        assert_eq!(hybrid.predict_within(&strip, 1_000_000), refused);
    }
}
