//! T(E) over the band, on a grid that becomes finer as long as one asks.

use landauer::internal::{RecursionSolver, propagating_modes};
use landauer::{SolverError, StripError};
use serde::Serialize;

use crate::exact::Passage;
use crate::{Strip, Transmission};

/// The band of the lead is within −4 t and 4 t.
const BAND: f64 = 4.0;

/// Intervals of the first grid: a point at each whole energy.
const COARSEST: usize = 8;

/// Intervals of the last grid: steps of 1/32 t, exact in binary.
const FINEST: usize = 256;

/// T at one energy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpectrumPoint {
    /// The energy in units of t.
    pub energy: f64,
    /// T.
    pub transmission: Transmission,
    /// Propagating modes of a lead there: T of a strip without disorder.
    pub modes: usize,
}

/// T of a strip at energies over the band, coarse to fine: first the whole numbers from −4 to 4, then those
/// in the middle between two, and so on.
///
/// # Example
/// ```
/// use landauer_playground::{Origin, Spectrum};
/// let mut spectrum = Spectrum::new(Origin::Clean {}.draw(2, 1)?)?;
/// let mut found = Vec::new();
/// while !spectrum.is_finished() {
///     found.extend(spectrum.advance(1_000)?);
/// }
/// assert_eq!(found.len(), 257);
/// // A clean chain passes everything within its band, −2 < E < 2.
/// let open = found.iter().filter(|point| point.modes == 1);
/// assert!(open.clone().all(|point| (point.transmission.value - 1.0).abs() < 1e-12));
/// assert_eq!(open.count(), 127);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Spectrum {
    strip: Strip,
    energies: Vec<f64>,
    modes: Vec<usize>,
    solver: RecursionSolver<f64>,
    done: usize,
    passage: Option<Passage>,
}

impl std::fmt::Debug for Spectrum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} energies", self.done, self.energies.len())
    }
}

/// Numbers of grid points, coarse to fine.
fn refinement() -> impl Iterator<Item = usize> {
    let coarse = (0..=FINEST).step_by(FINEST / COARSEST);
    let steps = std::iter::successors(Some(FINEST / COARSEST), |step| Some(step / 2));
    let steps = steps.take_while(|&step| step > 1);
    let finer = steps.flat_map(|step| (step / 2..FINEST).step_by(step));
    coarse.chain(finer)
}

impl Spectrum {
    /// Begins.
    ///
    /// # Errors
    /// If there is no solver, which has not been seen.
    pub fn new(strip: Strip) -> Result<Self, SolverError> {
        let energy = |number: usize| (2.0 * BAND / FINEST as f64) * number as f64 - BAND;
        let energies: Vec<f64> = refinement().map(energy).collect();
        Ok(Self {
            solver: RecursionSolver::new(strip.size(), &energies)?,
            modes: propagating_modes(strip.size().width(), &energies)?,
            strip,
            energies,
            done: 0,
            passage: None,
        })
    }

    /// How many energies there are in all.
    #[must_use]
    pub fn energies(&self) -> usize {
        self.energies.len()
    }

    /// Is T known at all of them?
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.done == self.energies.len()
    }

    /// Goes on for about this many multiply-adds, one slice at least; gives what was found.
    ///
    /// # Errors
    /// A strip that no solver can solve at one of the energies.
    pub fn advance(&mut self, work: u64) -> Result<Vec<SpectrumPoint>, StripError> {
        let (mut left, mut found) = (work.max(1), Vec::new());
        while left > 0 {
            let (Some(&energy), Some(&modes)) =
                (self.energies.get(self.done), self.modes.get(self.done))
            else {
                break;
            };
            let width = self.strip.size().width();
            if self.passage.is_none() {
                self.passage = Passage::begin(&self.solver, width, self.done);
            }
            let solved = match &mut self.passage {
                Some(passage) => {
                    passage.advance(&self.solver, &self.strip, self.done, &mut left)?
                }
                None => Some(self.solver.solve_strip(self.strip.onsite(), self.done)?),
            };
            let Some(solved) = solved else { break };
            found.push(SpectrumPoint {
                energy,
                transmission: Transmission::new(solved),
                modes,
            });
            self.done += 1;
            self.passage = None;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    #[test]
    fn every_energy_comes_once_coarse_to_fine() {
        let numbers: Vec<usize> = refinement().collect();
        assert_eq!(numbers[..10], [0, 32, 64, 96, 128, 160, 192, 224, 256, 16]);
        let mut sorted = numbers;
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..=FINEST));
    }

    #[test]
    fn any_portion_of_work_gives_the_solvers_bits() {
        let origin = Origin::Disorder {
            model: 4,
            parameter: 0.3,
            seed: 2,
            sample: 1,
        };
        let strip = origin.draw(9, 7).unwrap();
        let energies: Vec<f64> = (0..=FINEST).map(|k| k as f64 / 32.0 - 4.0).collect();
        let solver = RecursionSolver::<f64>::new(strip.size(), &energies).unwrap();
        let modes = solver.propagating_modes();
        for work in [1, 20_000, 1_000_000] {
            let mut spectrum = Spectrum::new(strip.clone()).unwrap();
            let mut found = Vec::new();
            while !spectrum.is_finished() {
                found.extend(spectrum.advance(work).unwrap());
            }
            found.sort_by(|a, b| a.energy.total_cmp(&b.energy));
            assert_eq!(found.len(), energies.len());
            for (number, point) in found.iter().enumerate() {
                let expected = solver.transmission(strip.onsite(), number).unwrap();
                assert_eq!(point.energy, energies[number]);
                assert_eq!(point.transmission.value.to_bits(), expected.to_bits());
                assert_eq!(point.modes, modes[number]);
            }
        }
    }
}
