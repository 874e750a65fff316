//! The most multiply-adds that one core can do: the ceiling of every solver.

// pulp compiles what is inlined for the vectors that it has found.
#![allow(clippy::inline_always)]

use std::hint::black_box;

use landauer::internal::dissection::{InstructionSet, Precise};
use pulp::{Simd, WithSimd};

/// Sums that are built up at a time. A multiply-add waits for the one before in the same sum, four
/// cycles on most machines, and a core begins up to two a cycle: eight sums would do. With their two
/// operands these fit in 16 registers.
const SUMS: usize = 12;

/// A precision whose peak can be measured.
pub(crate) trait Peak: Precise {
    /// This many multiply-adds for each sum and lane.
    fn chain<S: Simd>(simd: S, length: usize);
}

macro_rules! peak {
    ($real:ty: $splat:ident, $fma:ident) => {
        impl Peak for $real {
            #[inline(always)]
            fn chain<S: Simd>(simd: S, length: usize) {
                // Not known to the compiler, and all sums different: there is nothing to save.
                let factor = simd.$splat(black_box(0.5));
                let summand = simd.$splat(black_box(0.25));
                let mut sums = [summand; SUMS];
                for sum in &mut sums {
                    *sum = simd.$splat(black_box(1.0));
                }
                for _ in 0..length {
                    for sum in &mut sums {
                        *sum = simd.$fma(*sum, factor, summand);
                    }
                }
                black_box(sums);
            }
        }
    };
}
peak!(f64: splat_f64s, mul_add_f64s);
peak!(f32: splat_f32s, mul_add_f32s);

struct Chain<R> {
    length: usize,
    real: std::marker::PhantomData<R>,
}

impl<R: Peak> WithSimd for Chain<R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        R::chain::<S>(simd, self.length);
    }
}

/// How many multiply-adds [`run`] does.
pub(crate) fn count<R: Peak>(set: InstructionSet, length: usize) -> usize {
    length * SUMS * set.lanes::<R>()
}

/// Multiply-adds, in chains of this length, as fast as they go.
pub(crate) fn run<R: Peak>(set: InstructionSet, length: usize) {
    set.arch().dispatch(Chain::<R> {
        length,
        real: std::marker::PhantomData,
    });
}
