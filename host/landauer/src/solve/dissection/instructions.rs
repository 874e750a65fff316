//! The instruction sets that a solver can be compiled for.

use std::fmt;

use pulp::{Arch, Simd, WithSimd};

use super::lanes::Lane;

/// An instruction set of this machine.
#[derive(Debug, Clone, Copy)]
pub struct InstructionSet {
    name: &'static str,
    arch: Arch,
}

impl InstructionSet {
    /// No vectors, one sample after the other; what every machine has.
    pub const PORTABLE: Self = Self {
        name: "portable",
        arch: Arch::Scalar,
    };

    /// Those of this machine, the plainest first and the best last.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let named = |name, arch: Option<Arch>| arch.map(|arch| Self { name, arch });
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        let vectors = [
            named("AVX2+FMA", pulp::x86::V3::try_new().map(Arch::V3)),
            named("AVX-512", pulp::x86::V4::try_new().map(Arch::V4)),
        ];
        #[cfg(target_arch = "aarch64")]
        let vectors = [named(
            "NEON",
            pulp::aarch64::Neon::try_new().map(Arch::Neon),
        )];
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
        let vectors = [named("", None)];
        std::iter::once(Self::PORTABLE)
            .chain(vectors.into_iter().flatten())
            .collect()
    }

    /// The one that solvers use: the best.
    #[must_use]
    pub fn best() -> Self {
        Self::all().pop().unwrap_or(Self::PORTABLE)
    }

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// What [`pulp`] calls it.
    #[must_use]
    pub const fn arch(self) -> Arch {
        self.arch
    }

    /// Samples in a vector of this precision.
    #[must_use]
    #[allow(private_bounds, reason = "f64 or f32")]
    pub fn lanes<R: Lane>(self) -> usize {
        struct Lanes<R>(std::marker::PhantomData<R>);
        impl<R: Lane> WithSimd for Lanes<R> {
            type Output = usize;
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> usize {
                R::lanes::<S>()
            }
        }
        self.arch.dispatch(Lanes::<R>(std::marker::PhantomData))
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_fill_vectors() {
        let all = InstructionSet::all();
        assert_eq!(all[0].lanes::<f64>(), 1);
        for set in &all {
            let (double, single) = (set.lanes::<f64>(), set.lanes::<f32>());
            // Alone, or whole vectors.
            assert!(single == double || single == 2 * double, "{set}");
        }
        let best = InstructionSet::best();
        assert_eq!(best.name(), all[all.len() - 1].name());
    }
}
