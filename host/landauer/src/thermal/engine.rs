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

    /// Energies that solvers are made for at a time: those of whole panels.
    fn energies_at_once(&self) -> usize {
        let width = self.plans.size().width();
        let each = LEAD_BYTES.saturating_mul(width).saturating_mul(width);
        let panels = MAX_BYTES / each.saturating_mul(NODES).max(1);
        panels.max(1) * NODES
    }

    /// T of all strips at some energies, `[sample, energy]`; `None` if it is stopped.
    pub(super) fn all(&mut self, energies: &[f64]) -> Result<Option<Vec<f64>>, Fault> {
        let numbers: Vec<usize> = (0..self.onsite.len() / self.sites()).collect();
        let mut transmissions = vec![0.0; numbers.len() * energies.len()];
        let mut before = 0;
        for some in energies.chunks(self.energies_at_once()) {
            let parts = some.chunks(NODES).map(|_| &numbers[..]).collect();
            let Some(parts) = self.solve(some, parts)? else {
                return Ok(None);
            };
            for (part, some) in parts.iter().zip(some.chunks(NODES)) {
                let rows = transmissions.chunks_exact_mut(energies.len());
                for (row, found) in rows.zip(part.chunks_exact(some.len())) {
                    row[before..before + some.len()].copy_from_slice(found);
                }
                before += some.len();
            }
        }
        Ok(Some(transmissions))
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
            for wanted in wanted.chunks(self.energies_at_once() / NODES) {
                let energies: Vec<f64> =
                    wanted.iter().flat_map(|(panel, _)| panel.nodes()).collect();
                let parts = wanted.iter().map(|(_, numbers)| &numbers[..]).collect();
                let Some(parts) = self.solve(&energies, parts)? else {
                    return Ok(End::Stopped);
                };
                for ((panel, numbers), part) in wanted.iter().zip(parts) {
                    let (rows, _) = part.as_chunks::<NODES>();
                    for (&number, row) in numbers.iter().zip(rows) {
                        strips[number].known.insert(*panel, *row);
                    }
                }
            }
        }
    }

    /// T of some strips at each panel's worth of these energies, `[sample, energy]`: of the strips of these numbers at the
    /// first of them, and so on. `None` if it is stopped.
    fn solve(
        &mut self,
        energies: &[f64],
        numbers: Vec<&[usize]>,
    ) -> Result<Option<Vec<Vec<f64>>>, Fault> {
        let solvers = self
            .kind
            .solvers_sharing(self.plans, energies, NODES, self.stop);
        let Some(solvers) = solvers.map_err(Fault::Solver)? else {
            return Ok(None);
        };
        let parts: Vec<_> = solvers.iter().zip(numbers).collect();
        let solved: Vec<_> = if self.kind.method.uses_all_threads() {
            let parts = parts.into_iter();
            parts
                .map(|(solver, numbers)| self.part(&**solver, numbers))
                .collect()
        } else {
            parallel::map(&parts, |&(solver, numbers)| self.part(&**solver, numbers))
        };
        let mut transmissions = Vec::with_capacity(solved.len());
        for solved in solved {
            let Some(solved) = solved.map_err(Fault::Strip)? else {
                return Ok(None);
            };
            self.fallbacks += solved.fallbacks;
            transmissions.push(solved.transmissions);
        }
        Ok(Some(transmissions))
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
}
