//! The scattering recursion, one 40×40 strip at E = 0 on one core, by disorder, precision and what
//! is carried along. `cargo bench --bench recursion`
//!
//! `reflection` and `scattering` are compiled for the widest vectors of this machine, as the host
//! runs them; `portable` is the same code as any 64-bit machine runs it.

// pulp compiles what is inlined for the vectors that it has found.
#![allow(clippy::inline_always)]

use divan::{Bencher, counter::ItemsCount};
use landauer_core::transport::{
    Lead, Reflection, Scattering, reflection_workspace_len, scattering_workspace_len,
};
use landauer_core::{Concentration, DisorderModel, Ensemble, Scalar, SolveError};

const LENGTH: usize = 40;
const WIDTH: usize = 40;
const STRIPS: usize = 8;

/// What the strips are made of.
const DISORDERS: [Disorder; 5] = [
    Disorder::Concentration(0.05),
    Disorder::Concentration(0.1),
    Disorder::Concentration(0.2),
    Disorder::Concentration(0.5),
    Disorder::ModelI,
];

#[derive(Clone, Copy)]
enum Disorder {
    Concentration(f64),
    ModelI,
}

impl std::fmt::Display for Disorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Concentration(n) => write!(f, "model II, n = {n}"),
            Self::ModelI => f.write_str("model I"),
        }
    }
}

impl Disorder {
    fn strips<S: Scalar>(self) -> Vec<Vec<S>> {
        let (model, concentration) = match self {
            Self::Concentration(n) => (DisorderModel::II, Concentration::Fixed(n)),
            Self::ModelI => (
                DisorderModel::AndersonBox { strength: 4.0 },
                Concentration::Uniform,
            ),
        };
        let ensemble = Ensemble::new(model, concentration, 1).expect("a possible ensemble");
        let strip = |index| {
            let mut onsite = vec![S::ZERO; LENGTH * WIDTH];
            ensemble.sample(index).fill_onsite(&mut onsite);
            onsite
        };
        (0..STRIPS as u64).map(strip).collect()
    }
}

fn main() {
    divan::main();
}

#[divan::bench(types = [f32, f64], args = DISORDERS)]
fn reflection<S: Scalar>(bencher: Bencher, disorder: &Disorder) {
    let strips = disorder.strips::<S>();
    // With room for the modes' phases.
    let mut workspace = vec![S::ZERO; reflection_workspace_len(WIDTH) + 2 * WIDTH];
    let lead = Lead::new(WIDTH, S::ZERO).expect("a possible lead");
    let mut recursion = Reflection::new(lead, &mut workspace).expect("a workspace");
    let arch = pulp::Arch::new();
    bencher
        .counter(ItemsCount::new(STRIPS))
        .bench_local(|| arch.dispatch(Pass(&mut recursion, &strips)));
}

#[divan::bench(types = [f32, f64], args = DISORDERS)]
fn scattering<S: Scalar>(bencher: Bencher, disorder: &Disorder) {
    let strips = disorder.strips::<S>();
    let mut workspace = vec![S::ZERO; scattering_workspace_len(WIDTH)];
    let lead = Lead::new(WIDTH, S::ZERO).expect("a possible lead");
    let mut recursion = Scattering::new(lead, &mut workspace).expect("a workspace");
    let arch = pulp::Arch::new();
    bencher
        .counter(ItemsCount::new(STRIPS))
        .bench_local(|| arch.dispatch(Pass(&mut recursion, &strips)));
}

/// What the two recursions have in common.
trait Recursion<S> {
    fn reset(&mut self);
    fn push_slice(&mut self, onsite: &[S]) -> Result<(), SolveError>;
    fn transmission(&self) -> Result<S, SolveError>;
}

macro_rules! recursion {
    ($name:ident) => {
        impl<S: Scalar> Recursion<S> for $name<'_, S> {
            #[inline(always)]
            fn reset(&mut self) {
                $name::reset(self);
            }
            #[inline(always)]
            fn push_slice(&mut self, onsite: &[S]) -> Result<(), SolveError> {
                $name::push_slice(self, onsite)
            }
            #[inline(always)]
            fn transmission(&self) -> Result<S, SolveError> {
                $name::transmission(self)
            }
        }
    };
}
recursion!(Reflection);
recursion!(Scattering);

/// All strips through a recursion.
struct Pass<'a, R, S>(&'a mut R, &'a [Vec<S>]);

impl<S: Scalar, R: Recursion<S>> pulp::WithSimd for Pass<'_, R, S> {
    type Output = Result<S, SolveError>;

    #[inline(always)]
    fn with_simd<V: pulp::Simd>(self, _: V) -> Self::Output {
        let mut sum = S::ZERO;
        for strip in self.1 {
            self.0.reset();
            for slice in strip.chunks_exact(WIDTH) {
                self.0.push_slice(slice)?;
            }
            sum += self.0.transmission()?;
        }
        Ok(sum)
    }
}

#[divan::bench(types = [f32, f64], args = DISORDERS)]
fn portable<S: Scalar>(bencher: Bencher, disorder: &Disorder) {
    let strips = disorder.strips::<S>();
    let mut workspace = vec![S::ZERO; reflection_workspace_len(WIDTH)];
    bencher.counter(ItemsCount::new(STRIPS)).bench_local(|| {
        let mut sum = S::ZERO;
        for strip in &strips {
            sum += landauer_core::transport::transmission(strip, WIDTH, S::ZERO, &mut workspace)?;
        }
        Ok::<S, SolveError>(sum)
    });
}
