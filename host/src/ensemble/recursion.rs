//! The core's scattering recursion at sizes chosen at run time.

use landauer_core::transport::{Lead, Scattering, fano_factor, scattering_workspace_len};
use landauer_core::{Scalar, SolveError};

use super::{Fallbacks, SizeError, Solver, StripError, StripSize, Worker};
use crate::failure::{Categorised, Category};
use crate::memory::TooLittleMemory;

/// The scattering recursion with transmission ([`Scattering`]) for run-time sizes, `S` = `f64` or
/// `f32` inside.
///
/// The core's own code runs, compiled once more for the widest vectors of the machine (by `pulp`,
/// chosen at run time); since that code fixes the order of every operation and fuses none, the
/// result has the same bits everywhere.
#[derive(Debug)]
pub struct RecursionSolver<S> {
    size: StripSize,
    energies: Vec<f64>,
    leads: Vec<Lead<S>>,
    arch: pulp::Arch,
}

/// What [`RecursionSolver::details`] finds out about one strip at one energy.
#[derive(Debug, Clone, PartialEq)]
pub struct Details {
    /// The transmission.
    pub transmission: f64,
    /// The transmission eigenvalues, the largest first, zeros behind the open modes': `[row]`.
    pub eigenvalues: Vec<f64>,
    /// The shot-noise Fano factor; `None` where nothing is transmitted.
    pub fano_factor: Option<f64>,
    /// The largest element of |r†r + t†t − 1|.
    pub unitarity_error: f64,
}

/// Bytes of working memory of one thread at this width.
#[must_use]
pub fn recursion_bytes(width: usize) -> u64 {
    let numbers = (scattering_workspace_len(width) as u64).saturating_add(width as u64);
    numbers.saturating_mul(size_of::<f64>() as u64)
}

/// Open modes of a lead of this width at each of some energies (units of t).
///
/// # Errors
/// A width of zero; an energy that is not finite.
pub fn open_modes(width: usize, energies: &[f64]) -> Result<Vec<usize>, NoSolver> {
    leads(width, energies).map(|leads| leads.iter().map(Lead::<f64>::open_modes).collect())
}

fn leads<S: Scalar>(width: usize, energies: &[f64]) -> Result<Vec<Lead<S>>, NoSolver> {
    let lead = |&energy: &f64| {
        Lead::new(width, S::from_f64(energy)).map_err(|error| match error {
            SolveError::ZeroWidth => NoSolver::Size(SizeError { length: 1, width }),
            _ => NoSolver::Energy(energy),
        })
    };
    energies.iter().map(lead).collect()
}

impl<S: Scalar> RecursionSolver<S> {
    /// [`Solver::identity`].
    pub const IDENTITY: &'static str = if size_of::<S>() == size_of::<f64>() {
        "scattering recursion 1, f64"
    } else {
        "scattering recursion 1, f32"
    };

    /// A solver for strips of this size at these energies (units of t).
    ///
    /// # Errors
    /// A size of zero; an energy that is not finite.
    pub fn new(size: StripSize, energies: &[f64]) -> Result<Self, NoSolver> {
        size.sites()?;
        Ok(Self {
            size,
            energies: energies.to_vec(),
            leads: leads(size.width, energies)?,
            arch: pulp::Arch::new(),
        })
    }

    /// Open modes of one lead at each energy.
    #[must_use]
    pub fn open_modes(&self) -> Vec<usize> {
        self.leads.iter().map(Lead::open_modes).collect()
    }

    /// Everything about one strip, `[slice, row]`, at energy number `energy`.
    ///
    /// # Errors
    /// If the strip cannot be solved (its number in the error is 0).
    pub fn details(&self, onsite: &[f64], energy: usize) -> Result<Details, StripError> {
        let fail = |source| StripError {
            sample: 0,
            energy: self.energies[energy],
            source,
        };
        let width = self.size.width;
        let mut workspace = vec![S::ZERO; scattering_workspace_len(width)];
        let mut slice = vec![S::ZERO; width];
        let mut recursion = Scattering::new(self.leads[energy], &mut workspace).map_err(fail)?;
        let transmission = self
            .pass(&mut recursion, &mut slice, onsite)
            .map_err(fail)?;
        let unitarity_error = recursion.unitarity_error().to_f64();
        let mut eigenvalues = vec![S::ZERO; width];
        recursion
            .transmission_eigenvalues(&mut eigenvalues)
            .map_err(fail)?;
        Ok(Details {
            transmission,
            fano_factor: fano_factor(&eigenvalues).map(Scalar::to_f64),
            eigenvalues: eigenvalues.into_iter().map(Scalar::to_f64).collect(),
            unitarity_error,
        })
    }

    /// The transmission of one strip, `[slice, row]`, at energy number `energy`.
    ///
    /// # Errors
    /// If the strip cannot be solved (its number in the error is 0).
    pub fn transmission(&self, onsite: &[f64], energy: usize) -> Result<f64, StripError> {
        let fail = |source| StripError {
            sample: 0,
            energy: self.energies[energy],
            source,
        };
        let mut workspace = vec![S::ZERO; scattering_workspace_len(self.size.width)];
        let mut slice = vec![S::ZERO; self.size.width];
        let mut recursion = Scattering::new(self.leads[energy], &mut workspace).map_err(fail)?;
        self.pass(&mut recursion, &mut slice, onsite).map_err(fail)
    }

    /// Takes a whole strip through the recursion, which must be fresh.
    fn pass(
        &self,
        recursion: &mut Scattering<'_, S>,
        slice: &mut [S],
        onsite: &[f64],
    ) -> Result<f64, SolveError> {
        self.arch.dispatch(Pass {
            recursion,
            slice,
            onsite,
        })
    }
}

/// A strip on its way through the recursion. A struct and not a closure, because only so is all of
/// it compiled for the vectors that `pulp` has found.
struct Pass<'a, 'w, S> {
    recursion: &'a mut Scattering<'w, S>,
    slice: &'a mut [S],
    onsite: &'a [f64],
}

impl<S: Scalar> pulp::WithSimd for Pass<'_, '_, S> {
    type Output = Result<f64, SolveError>;

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "pulp's rule")]
    fn with_simd<V: pulp::Simd>(self, _: V) -> Self::Output {
        for energies in self.onsite.chunks_exact(self.slice.len()) {
            for (slot, &energy) in self.slice.iter_mut().zip(energies) {
                *slot = S::from_f64(energy);
            }
            self.recursion.push_slice(self.slice)?;
        }
        self.recursion.transmission().map(Scalar::to_f64)
    }
}

impl<S: Scalar> Solver for RecursionSolver<S> {
    fn identity(&self) -> &'static str {
        Self::IDENTITY
    }

    fn size(&self) -> StripSize {
        self.size
    }

    fn energies(&self) -> &[f64] {
        &self.energies
    }

    fn batch(&self) -> usize {
        // Enough to make the lead's tables once for several strips, little enough to share out.
        8
    }

    fn worker(&self) -> Box<dyn Worker + '_> {
        Box::new(RecursionWorker {
            solver: self,
            workspace: vec![S::ZERO; scattering_workspace_len(self.size.width)],
            slice: vec![S::ZERO; self.size.width],
        })
    }

    fn worker_bytes(&self) -> u64 {
        recursion_bytes(self.size.width)
    }
}

/// One thread's workspace.
struct RecursionWorker<'s, S> {
    solver: &'s RecursionSolver<S>,
    workspace: Vec<S>,
    slice: Vec<S>,
}

impl<S: Scalar> Worker for RecursionWorker<'_, S> {
    fn solve(
        &mut self,
        onsite: &[f64],
        transmissions: &mut [f64],
        _: &mut [Fallbacks],
    ) -> Result<(), StripError> {
        let StripSize { length, width } = self.solver.size;
        let energies = self.solver.energies.len();
        for (number, &lead) in self.solver.leads.iter().enumerate() {
            let energy = self.solver.energies[number];
            let fail = |sample| {
                move |source| StripError {
                    sample,
                    energy,
                    source,
                }
            };
            let mut recursion = Scattering::new(lead, &mut self.workspace).map_err(fail(0))?;
            for (sample, onsite) in onsite.chunks_exact(length * width).enumerate() {
                recursion.reset();
                let passed = self.solver.pass(&mut recursion, &mut self.slice, onsite);
                transmissions[sample * energies + number] = passed.map_err(fail(sample))?;
            }
        }
        Ok(())
    }
}

/// Why there is no solver.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoSolver {
    /// The size.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// An energy is infinite or NaN.
    #[error("the energy {0} is not a finite number")]
    Energy(f64),
    /// One thread alone would need more memory than there is.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
}

impl Categorised for NoSolver {
    fn category(&self) -> Category {
        match self {
            Self::Size(_) | Self::Energy(_) => Category::Usage,
            Self::Memory(error) => error.category(),
        }
    }
}
