//! The solver: batches of strips into lanes, and out again.

use landauer_core::transport::Lead;
use pulp::bytemuck::cast_slice;
use pulp::{Arch, Simd, WithSimd};

use super::ends::{Scratch, Transmit};
use super::front::Interior;
use super::lanes::Lane;
use super::leads::Leads;
use super::plan::Plan;
use crate::ensemble::{
    Fallbacks, NoSolver, RecursionSolver, Solver, StripError, StripSize, Worker,
};

/// Strips of one size at some energies, by nested dissection.
#[derive(Debug)]
pub struct DissectionSolver<R> {
    size: StripSize,
    energies: Vec<f64>,
    setups: Vec<Setup<R>>,
}

/// One energy.
#[derive(Debug)]
struct Setup<R> {
    energy: R,
    plan: Plan,
    matrix: Vec<R>,
    drain: Vec<R>,
    open_modes: usize,
}

#[allow(private_bounds)]
impl<R: Lane> DissectionSolver<R> {
    /// draft
    pub fn new(size: StripSize, energies: &[f64]) -> Result<Self, NoSolver> {
        size.sites()?;
        let setup = |&energy: &f64| {
            let lead = Lead::new(size.width, energy).map_err(|_| NoSolver::Energy(energy))?;
            let plan = Plan::new(size, energy);
            let leads = Leads::new(&plan, lead);
            let round = |values: Vec<f64>| values.into_iter().map(R::from_f64).collect();
            Ok(Setup {
                energy: R::from_f64(energy),
                plan,
                matrix: round(leads.matrix),
                drain: round(leads.drain),
                open_modes: leads.open_modes,
            })
        };
        Ok(Self {
            size,
            energies: energies.to_vec(),
            setups: energies
                .iter()
                .map(setup)
                .collect::<Result<_, NoSolver>>()?,
        })
    }

    /// draft: T and worst of each
    pub fn raw(&self, onsite: &[f64], number: usize, out: &mut Vec<(f64, f64)>) {
        self.raw_on(Arch::new(), onsite, number, out);
    }

    fn raw_on(&self, arch: Arch, onsite: &[f64], number: usize, out: &mut Vec<(f64, f64)>) {
        let mut memory = Memory::new(&self.setups[number]);
        arch.dispatch(Batches {
            solver: self,
            number,
            onsite,
            memory: &mut memory,
            out,
        });
    }
}

struct Memory<R> {
    buffer: Vec<R>,
}
impl<R: Lane> Memory<R> {
    fn new(_: &Setup<R>) -> Self {
        Self { buffer: Vec::new() }
    }
    fn vectors<S: Simd>(&mut self, count: usize) -> &mut [R::V<S>] {
        let line = 64 / size_of::<R>();
        let need = count * R::lanes::<S>() + line;
        if self.buffer.len() < need {
            self.buffer.resize(need, R::ZERO);
        }
        let offset = self.buffer.as_ptr().align_offset(64).min(line);
        &mut R::vectors_mut::<S>(&mut self.buffer[offset..])[..count]
    }
}

struct Batches<'b, R> {
    solver: &'b DissectionSolver<R>,
    number: usize,
    onsite: &'b [f64],
    memory: &'b mut Memory<R>,
    out: &'b mut Vec<(f64, f64)>,
}

impl<R: Lane> WithSimd for Batches<'_, R> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let StripSize { length, width } = self.solver.size;
        let sites = length * width;
        let setup = &self.solver.setups[self.number];
        let plan = &setup.plan;
        let pivots = width + plan.ends.left_over;
        let pairs: usize = Scratch::<R::V<S>>::needed(width, pivots).iter().sum();
        let vectors = self
            .memory
            .vectors::<S>(sites + plan.arena + plan.largest + 2 * pairs);
        let (lanes_onsite, rest) = vectors.split_at_mut(sites);
        let (arena, rest) = rest.split_at_mut(plan.arena);
        let (rows, rest) = rest.split_at_mut(plan.largest);
        let lanes = R::lanes::<S>();
        for batch in self.onsite.chunks(sites * lanes) {
            let count = batch.len() / sites;
            for (site, to) in lanes_onsite.iter_mut().enumerate() {
                let to: &mut [R] = pulp::bytemuck::cast_slice_mut(std::slice::from_mut(to));
                for (lane, to) in to.iter_mut().enumerate() {
                    *to = R::from_f64(batch[lane.min(count - 1) * sites + site]);
                }
            }
            let mut worst = R::splat(simd, R::ZERO);
            simd.vectorize(Ends {
                simd,
                setup,
                onsite: lanes_onsite,
                arena,
            });
            simd.vectorize(Interior {
                simd,
                plan,
                energy: setup.energy,
                onsite: lanes_onsite,
                arena: &mut *arena,
                rows: rows.as_chunks_mut::<2>().0,
                worst: &mut worst,
            });
            let t = simd.vectorize(Transmit {
                simd,
                width,
                pivots,
                matrix: &arena[..plan.ends.len()],
                stride: plan.ends.stride(),
                drain: &setup.drain,
                scratch: Scratch::new(width, pivots, rest.as_chunks_mut::<2>().0),
                worst: &mut worst,
            });
            let (t, worst) = ([t], [worst]);
            let (t, worst): (&[R], &[R]) = (cast_slice(&t), cast_slice(&worst));
            self.out.extend(
                t.iter()
                    .zip(worst)
                    .take(count)
                    .map(|(t, w)| (t.to_f64(), w.to_f64())),
            );
        }
    }
}

struct Ends<'e, S: Simd, R: Lane> {
    simd: S,
    setup: &'e Setup<R>,
    onsite: &'e [R::V<S>],
    arena: &'e mut [R::V<S>],
}
impl<S: Simd, R: Lane> WithSimd for Ends<'_, S, R> {
    type Output = ();
    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) {
        let simd = self.simd;
        for (to, &from) in self.arena.iter_mut().zip(&self.setup.matrix) {
            *to = R::splat(simd, from);
        }
        let ends = &self.setup.plan.ends;
        for (row, &site) in ends.sites.iter().enumerate() {
            let to = &mut self.arena[row * ends.stride() + row];
            *to = R::minus(simd, *to, self.onsite[site]);
        }
    }
}
