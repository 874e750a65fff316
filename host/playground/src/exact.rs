//! T of a strip at one energy, a few slices at a time.
//!
//! The scattering recursion goes from slice to slice, and this keeps its state behind every one: a strip that
//! differs from the last one from some slice on is solved from there. What comes out has the bits of
//! `landauer solve --solver recursion`, since the same code takes in the same slices.

use landauer::internal::RecursionSolver;
use landauer::statistics::Scaled;
use landauer::{Fallbacks, SolveError, SolverError, StripError};
use landauer_core::transport::{Scattering, scattering_workspace_len};
use self_cell::{MutBorrow, self_cell};
use serde::Serialize;

use crate::Strip;

type Recursion<'w> = Scattering<'w, f64>;

self_cell!(
    /// The recursion after some slices, and its workspace.
    struct State {
        owner: MutBorrow<Vec<f64>>,
        #[covariant]
        dependent: Recursion,
    }
);

impl State {
    /// The state before the first slice; none if there is no such energy.
    fn begin(solver: &RecursionSolver<f64>, width: usize, energy: usize) -> Option<Self> {
        let workspace = MutBorrow::new(vec![0.0; scattering_workspace_len(width)]);
        Self::try_new(workspace, |workspace| {
            solver.begin(energy, workspace.borrow_mut()).ok_or(())
        })
        .ok()
    }
}

/// A transmission T, which is G in units of G0 = 2e²/h at zero temperature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transmission {
    /// T; 0 where it is smaller than the smallest `f64`.
    pub value: f64,
    /// All 64 bits of it, in hexadecimal.
    pub bits: String,
    /// The natural logarithm of T, which there is at any magnitude; none of T = 0.
    pub ln: Option<f64>,
    /// Did a fallback solver find it, because rounding would have spoiled the recursion's?
    pub fallback: bool,
}

impl Transmission {
    pub(crate) fn new((transmission, fallbacks): (Scaled, Fallbacks)) -> Self {
        let (value, ln) = (transmission.value(), transmission.ln());
        Self {
            value,
            bits: format!("{:016x}", value.to_bits()),
            ln: ln.is_finite().then_some(ln),
            fallback: fallbacks.total() > 0,
        }
    }
}

/// About how many multiply-adds a slice costs: of the recursion for r and t, 2.5 times those of r alone.
pub(crate) fn slice_work(slice: &[f64]) -> u64 {
    let width = slice.len() as u64;
    let scatterers = slice.iter().filter(|&&energy| energy != 0.0).count() as u64;
    10 * width * width * (1 + scatterers)
}

/// T of strips at one energy, each solved from the first slice on in which it differs from the last one.
///
/// # Example
/// ```
/// use landauer_playground::{Exact, Strip};
/// let mut exact = Exact::new(0.0);
/// exact.begin(Strip::new(3, 1, vec![0.0, 3.0, 0.0])?)?;
/// let transmission = loop {
///     if let Some(found) = exact.advance(1)? {
///         break found;
///     }
/// };
/// // One site: T = 1/(1 + ε²/4) at the band centre.
/// assert!((transmission.value - 1.0 / (1.0 + 9.0 / 4.0)).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Exact {
    energy: f64,
    work: Option<Work>,
}

/// The strip at hand.
struct Work {
    strip: Strip,
    solver: RecursionSolver<f64>,
    /// After 0, 1, 2, … slices.
    states: Vec<State>,
    found: Option<Transmission>,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let slices = self.states.len().saturating_sub(1);
        write!(f, "{} slices of {:?}", slices, self.strip.size())
    }
}

impl Exact {
    /// For strips at this energy, in units of t.
    #[must_use]
    pub const fn new(energy: f64) -> Self {
        Self { energy, work: None }
    }

    /// Takes another strip; gives the number of slices that need not be computed again.
    ///
    /// # Errors
    /// An energy that is not finite.
    pub fn begin(&mut self, strip: Strip) -> Result<usize, SolverError> {
        let size = strip.size();
        if let Some(work) = &mut self.work
            && work.strip.size() == size
        {
            let common = work.strip.common_slices(&strip);
            if common < size.length() {
                work.found = None;
            }
            work.states.truncate(1 + common);
            work.strip = strip;
            return Ok(work.states.len() - 1);
        }
        let solver = RecursionSolver::new(size, &[self.energy])?;
        let first = State::begin(&solver, size.width(), 0);
        self.work = Some(Work {
            strip,
            solver,
            states: first.into_iter().collect(),
            found: None,
        });
        Ok(0)
    }

    /// The strip at hand.
    #[must_use]
    pub fn strip(&self) -> Option<&Strip> {
        self.work.as_ref().map(|work| &work.strip)
    }

    /// T of the strip at hand, once it has been found.
    #[must_use]
    pub fn transmission(&self) -> Option<&Transmission> {
        self.work.as_ref()?.found.as_ref()
    }

    /// Forgets what has been computed of the strip at hand: it is solved from the first slice on.
    pub fn restart(&mut self) {
        if let Some(work) = &mut self.work {
            work.states.truncate(1);
            work.found = None;
        }
    }

    /// How many slices have been taken in.
    #[must_use]
    pub fn slices(&self) -> usize {
        let states = self.work.as_ref().map_or(0, |work| work.states.len());
        states.saturating_sub(1)
    }

    /// Takes in slices for about this many multiply-adds, one at least; T once all are taken in. `None`
    /// also where there is no strip.
    ///
    /// # Errors
    /// A strip that no solver can solve.
    pub fn advance(&mut self, work: u64) -> Result<Option<Transmission>, StripError> {
        match &mut self.work {
            Some(strip) => strip.advance(work),
            None => Ok(None),
        }
    }
}

impl Work {
    fn advance(&mut self, work: u64) -> Result<Option<Transmission>, StripError> {
        if self.found.is_some() {
            return Ok(self.found.clone());
        }
        let mut done = 0;
        while self.states.len() <= self.strip.size().length() && done < work.max(1) {
            let slice = self.strip.slice(self.states.len() - 1);
            let Some(next) = self.states.last().and_then(|state| following(state, slice)) else {
                // The solver at hand says what is wrong with it, or solves it otherwise.
                return self.solve_at_once().map(Some);
            };
            done += slice_work(slice);
            self.states.push(next);
        }
        if self.states.len() <= self.strip.size().length() {
            return Ok(None);
        }
        let Some(last) = self.states.last() else {
            return self.solve_at_once().map(Some);
        };
        let onsite = self.strip.onsite();
        let found = self.solver.conclude(last.borrow_dependent(), onsite, 0)?;
        self.found = Some(Transmission::new(found));
        Ok(self.found.clone())
    }

    fn solve_at_once(&mut self) -> Result<Transmission, StripError> {
        let found = self.solver.solve_strip(self.strip.onsite(), 0)?;
        let found = Transmission::new(found);
        self.found = Some(found.clone());
        Ok(found)
    }
}

/// Takes in a slice. The recursion is inlined where it is called, and this is called from two places.
#[inline(never)]
fn push(recursion: &mut Recursion<'_>, slice: &[f64]) -> Result<(), SolveError> {
    recursion.push_slice(slice)
}

/// The state one slice further; none if the recursion loses the strip there.
fn following(state: &State, slice: &[f64]) -> Option<State> {
    let workspace = MutBorrow::new(vec![0.0; scattering_workspace_len(slice.len())]);
    State::try_new(workspace, |workspace| {
        let mut copy = state.borrow_dependent().copy_to(workspace.borrow_mut())?;
        push(&mut copy, slice)?;
        Ok::<_, SolveError>(copy)
    })
    .ok()
}

/// A strip at one of several energies, in one workspace: nothing is kept behind a slice.
pub(crate) struct Passage {
    state: State,
    slices: usize,
}

impl Passage {
    /// At energy number `energy` of the solver; none if there is no such energy.
    pub(crate) fn begin(
        solver: &RecursionSolver<f64>,
        width: usize,
        energy: usize,
    ) -> Option<Self> {
        let state = State::begin(solver, width, energy)?;
        Some(Self { state, slices: 0 })
    }

    /// Takes in slices of the strip for about this many multiply-adds, one at least, and takes the work
    /// done off; T once all are taken in.
    pub(crate) fn advance(
        &mut self,
        solver: &RecursionSolver<f64>,
        strip: &Strip,
        energy: usize,
        work: &mut u64,
    ) -> Result<Option<(Scaled, Fallbacks)>, StripError> {
        while self.slices < strip.size().length() {
            let slice = strip.slice(self.slices);
            let pushed = self
                .state
                .with_dependent_mut(|_, recursion| push(recursion, slice));
            if pushed.is_err() {
                return solver.solve_strip(strip.onsite(), energy).map(Some);
            }
            self.slices += 1;
            *work = work.saturating_sub(slice_work(slice));
            if *work == 0 && self.slices < strip.size().length() {
                return Ok(None);
            }
        }
        let recursion = self.state.borrow_dependent();
        solver.conclude(recursion, strip.onsite(), energy).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    fn solved(exact: &mut Exact, strip: &Strip) -> Transmission {
        exact.begin(strip.clone()).unwrap();
        loop {
            if let Some(found) = exact.advance(1).unwrap() {
                return found;
            }
        }
    }

    #[test]
    fn strips_that_the_recursion_gets_wrong_are_those_of_the_fallback_solver() {
        let origin = Origin::Disorder {
            model: 2,
            parameter: 0.3,
            seed: 20,
            sample: 0,
        };
        let disordered = origin.draw(6, 5).unwrap();
        let wall =
            |energy: f64| Strip::new(3, 2, vec![0.0, 0.0, energy, energy, 0.0, 0.0]).unwrap();
        for (energy, strip, fallback) in [
            (0.0, &disordered, false),
            // An edge of a band of width 5.
            (1.0, &disordered, true),
            (1.0, &Origin::Clean {}.draw(6, 5).unwrap(), false),
            (0.0, &wall(1e3), false),
            (0.0, &wall(1e6), true),
            (0.0, &wall(1e200), true),
        ] {
            let found = solved(&mut Exact::new(energy), strip);
            let solver = RecursionSolver::<f64>::new(strip.size(), &[energy]).unwrap();
            let expected = Transmission::new(solver.solve_strip(strip.onsite(), 0).unwrap());
            assert_eq!(found, expected);
            assert_eq!(found.fallback, fallback, "{strip:?} at {energy}");
        }
    }

    #[test]
    fn a_transmission_below_every_number_has_its_logarithm() {
        let strip = Strip::new(80, 1, vec![1e5; 80]).unwrap();
        let found = solved(&mut Exact::new(0.0), &strip);
        assert_eq!(
            (found.value, found.bits.as_str()),
            (0.0, "0000000000000000")
        );
        // One site in the way lets ε⁻² through.
        assert!(found.ln.is_some_and(|ln| (-1900.0..-1800.0).contains(&ln)));
        let clean = solved(&mut Exact::new(5.0), &Origin::Clean {}.draw(2, 2).unwrap());
        assert_eq!((clean.value, clean.ln), (0.0, None));
    }

    #[test]
    fn a_strip_that_is_solved_once_more_has_the_same_bits() {
        let origin = Origin::Disorder {
            model: 1,
            parameter: 2.0,
            seed: 3,
            sample: 0,
        };
        let mut exact = Exact::new(0.0);
        let found = solved(&mut exact, &origin.draw(7, 4).unwrap());
        exact.restart();
        assert_eq!((exact.slices(), exact.transmission()), (0, None));
        assert_eq!(exact.advance(u64::MAX), Ok(Some(found.clone())));
        assert_eq!(exact.transmission(), Some(&found));
    }

    #[test]
    fn without_a_strip_there_is_nothing_to_solve() {
        let mut exact = Exact::new(0.0);
        exact.restart();
        assert_eq!((exact.advance(1), exact.transmission()), (Ok(None), None));
        assert!(
            Exact::new(f64::NAN)
                .begin(Origin::Clean {}.draw(1, 1).unwrap())
                .is_err()
        );
    }
}
