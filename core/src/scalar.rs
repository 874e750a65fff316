//! The two floating-point types that everything else is generic over.

use core::fmt::{Debug, Display};
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// Loops that a target may have instructions of its own for. Each takes as many columns as it likes
/// from the front and says how many; what it does is what its namesake in `transport/symmetric.rs`
/// does, to the last bit.
pub(crate) mod sealed {
    /// Real and imaginary parts, equally long.
    pub(crate) type Parts<'a, S> = (&'a [S], &'a [S]);
    /// The same, for changing.
    pub(crate) type PartsMut<'a, S> = (&'a mut [S], &'a mut [S]);

    pub trait Sealed: Sized {
        /// All or nothing.
        #[inline(always)]
        #[allow(clippy::inline_always, reason = "it must vanish where it does nothing")]
        fn dot_and_add(
            _start: usize,
            _row: Parts<'_, Self>,
            _vector: &[Self],
            _first: (Self, &mut [Self]),
            _second: (Self, &mut [Self]),
        ) -> Option<(Self, Self)> {
            None
        }
        #[inline(always)]
        #[allow(clippy::inline_always, reason = "it must vanish where it does nothing")]
        fn add_scaled_front(
            _row: PartsMut<'_, Self>,
            _factor: (Self, Self),
            _vector: Parts<'_, Self>,
        ) -> usize {
            0
        }
        #[inline(always)]
        #[allow(clippy::inline_always, reason = "it must vanish where it does nothing")]
        fn scale_front(
            _row: PartsMut<'_, Self>,
            _factor: (Self, Self),
            _vector: Parts<'_, Self>,
        ) -> usize {
            0
        }
    }

    #[cfg(not(all(landauer_dsp, target_abi = "eabihf")))]
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A real floating-point number: `f32` or `f64`, nothing else (the trait is sealed).
///
/// Only operations that IEEE 754 rounds correctly (`+ - * /` and the square root) and the sine of
/// the [`libm`] crate (pure Rust, the same instructions' results on every target) are used, and
/// never a fused multiply-add. A result therefore has **the same bits** on x86, ARM and any other
/// IEEE machine.
///
/// No feature of this crate changes these operations: the approximate sines of the feature
/// `micromath` are those of one type of lead ([`Sine`](crate::transport::Sine)).
pub trait Scalar:
    sealed::Sealed
    + Copy
    + Debug
    + Display
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// 1/2.
    const HALF: Self;
    /// 2.
    const TWO: Self;
    /// π/2.
    const FRAC_PI_2: Self;
    /// The distance from 1 to the next larger number.
    const EPSILON: Self;
    /// By how much the sum of reflected and transmitted current of one incoming mode may differ
    /// from 1 before a solution counts as lost
    /// ([`SolveError::LostSolution`](crate::SolveError::LostSolution)).
    ///
    /// 1e-9 for `f64` and 1e-2 for `f32`: a thousand times what rounding does to it over a 40×40
    /// strip (tests/support/tolerance.rs has the measured values), and far below what any
    /// overflow or cancellation that matters does.
    const CONSERVATION_TOLERANCE: Self;
    /// The power of two by which [`Scattering`](crate::transport::Scattering) multiplies its
    /// transmission matrix as often as the largest element would be below 1/`RESCALE`, so that no
    /// length of a strip takes it out of the range: 2^100 for `f64`, 2^24 for `f32`.
    const RESCALE: Self;
    /// The exponent of [`RESCALE`](Self::RESCALE).
    const RESCALE_EXPONENT: u32;

    /// The nearest representable number.
    #[must_use]
    fn from_f64(value: f64) -> Self;
    /// The same number as `f64` (exact).
    #[must_use]
    fn to_f64(self) -> f64;
    /// The nearest representable number.
    #[must_use]
    #[inline]
    fn from_usize(value: usize) -> Self {
        Self::from_f64(value as f64)
    }
    /// The correctly rounded square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// The sine of an angle in radians, to within one unit in the last place.
    #[must_use]
    fn sin(self) -> Self;
    /// The absolute value.
    #[must_use]
    fn abs(self) -> Self;
    /// Neither infinite nor NaN.
    #[must_use]
    fn is_finite(self) -> bool;
    /// The larger of two numbers, neither of them NaN.
    #[must_use]
    #[inline]
    fn larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}

macro_rules! scalar {
    ($float:ident, $sqrt:path, $sine:expr, $conservation:literal, $rescale:literal) => {
        impl Scalar for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const HALF: Self = 0.5;
            const TWO: Self = 2.0;
            const FRAC_PI_2: Self = core::$float::consts::FRAC_PI_2;
            const EPSILON: Self = $float::EPSILON;
            const CONSERVATION_TOLERANCE: Self = $conservation;
            #[allow(
                clippy::cast_possible_truncation,
                reason = "a power of two is the same number in either type"
            )]
            const RESCALE: Self = (1_u128 << $rescale) as Self;
            const RESCALE_EXPONENT: u32 = $rescale;

            #[inline]
            #[allow(
                clippy::cast_possible_truncation,
                reason = "rounding to the nearest representable number is what the method is for"
            )]
            fn from_f64(value: f64) -> Self {
                value as Self
            }
            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline]
            fn sqrt(self) -> Self {
                $sqrt(self)
            }
            #[inline]
            fn sin(self) -> Self {
                $sine(self)
            }
            #[inline]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            #[inline]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }
        }
    };
}

scalar!(f32, libm::sqrtf, libm::sinf, 1e-2, 24);
scalar!(f64, libm::sqrt, libm::sin, 1e-9, 100);
