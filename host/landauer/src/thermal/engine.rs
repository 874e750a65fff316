//! Rounds: what all strips need next is solved at once.

use std::collections::BTreeMap;

use super::adaptive::{Integral, Known, Step};
use super::panels::{NODES, Panel, Sums};
use crate::parallel;
use crate::solve::dissection::SharedPlans;
use crate::solve::{
    BatchSolver, Fallbacks, Solved, SolverError, SolverKind, Stop, StripError, solve_unless,
};

/// Bytes that solvers keep of their energies at most, unless a single panel has more.
const MAX_BYTES: usize = 256 << 20;
/// Bytes that a solver keeps of each energy, for each pair of rows.
const LEAD_BYTES: usize = 80;

/// Why strips' panels are not solved.
#[derive(Debug)]
pub(super) enum Fault {
    Solver(SolverError),
    Strip(StripError),
}

/// Solves some strips at some energies each.
pub(super) struct Engine<'e> {
    pub(super) kind: SolverKind,
    pub(super) plans: &'e SharedPlans,
    /// `[sample, slice, row]`.
    pub(super) onsite: &'e [f64],
    pub(super) stop: Stop<'e>,
    pub(super) fallbacks: Fallbacks,
}

/// One strip's integrals.
#[derive(Debug, Default)]
pub(super) struct StripState {
    pub(super) known: Known,
    integrals: Vec<Task>,
}

#[derive(Debug)]
enum Task {
    Running(Integral),
    Finished(Step),
}

impl StripState {
    pub(super) fn new(integrals: impl Iterator<Item = Integral>) -> Self {
        Self {
            known: Known::new(),
            integrals: integrals.map(Task::Running).collect(),
        }
    }

    /// Goes on with all integrals; the panels that they need.
    fn step(&mut self) -> Vec<Panel> {
        let mut wanted = Vec::new();
        for task in &mut self.integrals {
            let Task::Running(integral) = task else {
                continue;
            };
            let step = loop {
                match integral.step(&self.known) {
                    Step::Solve(panels) => {
                        let unknown = panels
                            .iter()
                            .filter(|&panel| !self.known.contains_key(panel));
                        let before = wanted.len();
                        wanted.extend(unknown);
                        if wanted.len() > before {
                            break None;
                        }
                    }
                    step => break Some(step),
                }
            };
            if let Some(step) = step {
                *task = Task::Finished(step);
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// The first integral that could not be found, and why.
    fn failed(&self) -> Option<(usize, &Step)> {
        let mut tasks = self.integrals.iter().enumerate();
        tasks.find_map(|(number, task)| match task {
            Task::Finished(step @ Step::Failed { .. }) => Some((number, step)),
            _ => None,
        })
    }

    /// What was found.
    pub(super) fn sums(&self) -> impl Iterator<Item = Sums> {
        self.integrals.iter().map(|task| match task {
            Task::Finished(Step::Done(sums)) => *sums,
            _ => Sums::default(),
        })
    }
}

/// How the rounds ended.
#[derive(Debug)]
pub(super) enum End {
    Done,
    Stopped,
    /// This strip's integral of this number could not be found.
    Failed {
        strip: usize,
        integral: usize,
        error: f64,
        tolerance: f64,
        solves: u64,
    },
}

impl Engine<'_> {
    fn sites(&self) -> usize {
        self.plans.size().sites()
    }

    /// T of all strips at some energies, `[sample, energy]`; `None` if it is stopped.
    pub(super) fn all(&mut self, energies: &[f64]) -> Result<Option<Vec<f64>>, Fault> {
        if energies.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let solvers = self.solvers(energies, energies.len())?;
        let Some([solver]) = solvers.as_deref() else {
            return Ok(None);
        };
        let solved = solve_unless(&**solver, self.onsite, self.stop).map_err(Fault::Strip)?;
        Ok(solved.map(|solved| {
            self.fallbacks += solved.fallbacks;
            solved.transmissions
        }))
    }

    /// Goes on until all integrals of all strips are found.
    pub(super) fn rounds(&mut self, strips: &mut [StripState]) -> Result<End, Fault> {
        loop {
            let slots: Vec<&mut StripState> = strips.iter_mut().collect();
            let steps = parallel::map_with(slots, || (), |(), strip| strip.step());
            let failed = strips.iter().enumerate();
            let failed = failed.filter_map(|(strip, state)| Some((strip, state.failed()?)));
            for (strip, (integral, step)) in failed {
                if let Step::Failed {
                    error,
                    tolerance,
                    solves,
                } = *step
                {
                    return Ok(End::Failed {
                        strip,
                        integral,
                        error,
                        tolerance,
                        solves,
                    });
                }
            }
            let mut wanted: BTreeMap<Panel, Vec<usize>> = BTreeMap::new();
            for (strip, panels) in steps.into_iter().enumerate() {
                for panel in panels {
                    wanted.entry(panel).or_default().push(strip);
                }
            }
            if wanted.is_empty() {
                return Ok(End::Done);
            }
            let wanted: Vec<(Panel, Vec<usize>)> = wanted.into_iter().collect();
            let width = self.plans.size().width();
            let each = LEAD_BYTES.saturating_mul(width).saturating_mul(width);
            let panels = MAX_BYTES / each.saturating_mul(NODES).max(1);
            for wanted in wanted.chunks(panels.max(1)) {
                if !self.solve(wanted, strips)? {
                    return Ok(End::Stopped);
                }
            }
        }
    }

    /// Solves each of these panels for its strips; `false` if it is stopped.
    fn solve(
        &mut self,
        wanted: &[(Panel, Vec<usize>)],
        strips: &mut [StripState],
    ) -> Result<bool, Fault> {
        let energies: Vec<f64> = wanted.iter().flat_map(|(panel, _)| panel.nodes()).collect();
        let Some(solvers) = self.solvers(&energies, NODES)? else {
            return Ok(false);
        };
        let parts: Vec<_> = solvers.iter().zip(wanted).collect();
        let solved: Vec<Result<Option<Solved>, StripError>> = if self.kind.method.uses_all_threads()
        {
            let parts = parts.into_iter();
            parts
                .map(|(solver, (_, numbers))| self.part(&**solver, numbers))
                .collect()
        } else {
            parallel::map(&parts, |&(solver, (_, numbers))| {
                self.part(&**solver, numbers)
            })
        };
        for (solved, (panel, numbers)) in solved.into_iter().zip(wanted) {
            let Some(solved) = solved.map_err(Fault::Strip)? else {
                return Ok(false);
            };
            self.fallbacks += solved.fallbacks;
            let (rows, _) = solved.transmissions.as_chunks::<NODES>();
            for (&number, row) in numbers.iter().zip(rows) {
                strips[number].known.insert(*panel, *row);
            }
        }
        Ok(true)
    }

    /// Solves the strips of these numbers.
    fn part(
        &self,
        solver: &dyn BatchSolver,
        numbers: &[usize],
    ) -> Result<Option<Solved>, StripError> {
        if numbers.len() * self.sites() == self.onsite.len() {
            return solve_unless(solver, self.onsite, self.stop);
        }
        let sites = self.sites();
        let some: Vec<f64> = numbers
            .iter()
            .flat_map(|&number| &self.onsite[number * sites..][..sites])
            .copied()
            .collect();
        let solved = solve_unless(solver, &some, self.stop);
        solved.map_err(|error| StripError {
            sample: numbers.get(error.sample).copied().unwrap_or(error.sample),
            ..error
        })
    }

    fn solvers(
        &self,
        energies: &[f64],
        share: usize,
    ) -> Result<Option<Vec<Box<dyn BatchSolver>>>, Fault> {
        let solvers = self
            .kind
            .solvers_sharing(self.plans, energies, share, self.stop);
        solvers.map_err(Fault::Solver)
    }
}
