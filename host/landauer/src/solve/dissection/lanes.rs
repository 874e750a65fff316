//! Vectors of samples: one lane is one sample, in `f64` or `f32`.
//!
//! Every operation acts on each lane alone and rounds once (products are always fused with the sum
//! they go into), so that a lane's result does not depend on how many lanes there are.

use pulp::Simd;
use pulp::bytemuck::Pod;

/// A scalar that every instruction set of [`pulp`] has vectors of.
///
/// On slices of scalars a vector is just [`Lane::lanes`] of them.
pub(super) trait Lane: landauer_core::Scalar + Pod {
    /// Do squares of what occurs leave its range?
    const IS_NARROW: bool;

    /// A vector of the instruction set `S`.
    type V<S: Simd>: Copy + Send + Sync + Pod;

    /// Samples in a vector.
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::V<S>>() / size_of::<Self>()
    }

    fn splat<S: Simd>(simd: S, value: Self) -> Self::V<S>;
    fn plus<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>) -> Self::V<S>;
    fn minus<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>) -> Self::V<S>;
    fn times<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>) -> Self::V<S>;
    fn over<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>) -> Self::V<S>;
    /// 0 − a.
    #[inline(always)]
    fn negate<S: Simd>(simd: S, a: Self::V<S>) -> Self::V<S> {
        Self::minus(simd, Self::splat(simd, Self::ZERO), a)
    }
    /// |a|, NaN for NaN.
    #[inline(always)]
    fn magnitude<S: Simd>(simd: S, a: Self::V<S>) -> Self::V<S> {
        let zero = Self::splat(simd, Self::ZERO);
        Self::less(simd, a, zero, Self::minus(simd, zero, a), a)
    }
    /// a·b + c, rounded once.
    fn fma<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>, c: Self::V<S>) -> Self::V<S>;
    /// c − a·b, rounded once.
    fn fnma<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>, c: Self::V<S>) -> Self::V<S>;
    /// Lane by lane `yes` where a < b, else `no` (also where either is NaN).
    fn less<S: Simd>(
        simd: S,
        a: Self::V<S>,
        b: Self::V<S>,
        yes: Self::V<S>,
        no: Self::V<S>,
    ) -> Self::V<S>;
    /// The whole vectors in a slice.
    fn vectors_mut<S: Simd>(scalars: &mut [Self]) -> &mut [Self::V<S>];
}

/// Methods of [`Lane`] that are one of [`Simd`]'s each.
macro_rules! forward {
    ($vector:ident: $($name:ident($($argument:ident),*) = $method:ident;)*) => {
        $(
            #[inline(always)]
            fn $name<S: Simd>(simd: S, $($argument: S::$vector),*) -> S::$vector {
                simd.$method($($argument),*)
            }
        )*
    };
}

impl Lane for f64 {
    const IS_NARROW: bool = false;
    type V<S: Simd> = S::f64s;

    forward! { f64s:
        plus(a, b) = add_f64s;
        minus(a, b) = sub_f64s;
        times(a, b) = mul_f64s;
        over(a, b) = div_f64s;
        fma(a, b, c) = mul_add_f64s;
        fnma(a, b, c) = negate_mul_add_f64s;
    }

    #[inline(always)]
    fn splat<S: Simd>(simd: S, value: Self) -> S::f64s {
        simd.splat_f64s(value)
    }
    #[inline(always)]
    fn less<S: Simd>(simd: S, a: S::f64s, b: S::f64s, yes: S::f64s, no: S::f64s) -> S::f64s {
        simd.select_f64s(simd.less_than_f64s(a, b), yes, no)
    }
    #[inline(always)]
    fn vectors_mut<S: Simd>(scalars: &mut [Self]) -> &mut [S::f64s] {
        S::as_mut_simd_f64s(scalars).0
    }
}

impl Lane for f32 {
    const IS_NARROW: bool = true;
    type V<S: Simd> = S::f32s;

    forward! { f32s:
        plus(a, b) = add_f32s;
        minus(a, b) = sub_f32s;
        times(a, b) = mul_f32s;
        over(a, b) = div_f32s;
        fma(a, b, c) = mul_add_f32s;
        fnma(a, b, c) = negate_mul_add_f32s;
    }

    #[inline(always)]
    fn splat<S: Simd>(simd: S, value: Self) -> S::f32s {
        simd.splat_f32s(value)
    }
    #[inline(always)]
    fn less<S: Simd>(simd: S, a: S::f32s, b: S::f32s, yes: S::f32s, no: S::f32s) -> S::f32s {
        simd.select_f32s(simd.less_than_f32s(a, b), yes, no)
    }
    #[inline(always)]
    fn vectors_mut<S: Simd>(scalars: &mut [Self]) -> &mut [S::f32s] {
        S::as_mut_simd_f32s(scalars).0
    }
}
