//! How sure predictions are: the ends of their intervals at one share, and exact solutions where these are wide.

use landauer_core::inference::Target;

use super::baseline::impurities;
use super::exact::{ExactError, ExactTargets};
use super::interval::{Intervals, NOMINAL};
use super::predictor::Predictor;
use landauer::failure::{Categorised, Category};
use landauer::{SolverRequest, StripError, StripSize, Workload};

/// Bytes of on-site energies that are predicted at a time.
const BLOCK_BYTES: usize = 16 << 20;

/// How many strips of this size one [`look`](Certainty::look) takes, so that the same of them together decide
/// about the solver wherever they come from.
#[must_use]
pub fn strips_at_once(size: StripSize) -> usize {
    (BLOCK_BYTES / (8 * size.sites())).max(1)
}

/// One of the shares that intervals are known for: [`NOMINAL`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    place: usize,
}

impl Level {
    /// 90 percent.
    pub const USUAL: Self = Self { place: 2 };

    /// The level of this share; `None` if intervals do not know it.
    #[must_use]
    pub fn of(share: f64) -> Option<Self> {
        let place = NOMINAL.iter().position(|&nominal| nominal == share)?;
        Some(Self { place })
    }

    /// The share of exact values within their intervals.
    #[must_use]
    pub const fn share(self) -> f64 {
        NOMINAL[self.place]
    }
}

/// What is wanted beside predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CertaintyOptions {
    /// At which share.
    pub level: Level,
    /// Strips whose widest interval is wider than this, in G0, are solved exactly.
    pub exact_above: Option<f64>,
    /// All strips are solved exactly, to compare; only those that are too wide are replaced.
    pub compare: bool,
}

/// Puts intervals around predictions, and exact values where they are too wide.
#[derive(Debug)]
pub struct Certainty {
    size: StripSize,
    targets: Vec<Target>,
    intervals: Option<Intervals>,
    options: CertaintyOptions,
    solver: Option<ExactTargets>,
}

/// What became of some predictions, `[sample, target]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Certified {
    /// Half-widths of the intervals, `[sample, target]`; empty without intervals.
    pub half_widths: Vec<f64>,
    /// How wide they are between 0 and the largest conductance, before anything was solved; empty without
    /// intervals.
    pub widths: Vec<f64>,
    /// Their ends, `[sample, target]`: both the exact value where that was put in; empty without
    /// intervals.
    pub ends: Vec<[f64; 2]>,
    /// The exact values of all strips, `[sample, target]`, if they were to be compared.
    pub exact: Option<Vec<f64>>,
    /// The strips whose predictions were replaced by exact values.
    pub solved: Vec<usize>,
}

impl Certainty {
    /// For the predictions of `predictor`, with its intervals; without any where only a comparison is
    /// wanted and it has none.
    ///
    /// # Errors
    /// [`CertaintyError::NoIntervals`] where they are needed.
    pub fn new(
        predictor: &dyn Predictor,
        options: CertaintyOptions,
        needs_intervals: bool,
    ) -> Result<Self, CertaintyError> {
        let targets = predictor.targets().to_vec();
        let complete = |all: &Intervals| targets.iter().all(|&one| all.position(one).is_some());
        let known = predictor.intervals();
        if (needs_intervals || options.exact_above.is_some())
            && known.is_none_or(|all| !complete(all))
        {
            let name = predictor.name();
            return Err(CertaintyError::NoIntervals { name });
        }
        Ok(Self {
            size: predictor.size(),
            intervals: known.cloned(),
            targets,
            options,
            solver: None,
        })
    }

    /// Looks at the predictions `[sample, target]` for the strips `onsite`, `[sample, slice, row]`, and
    /// replaces those that are too unsure by exact values. The solver is chosen for the first strips that
    /// need one; `stop` is asked from time to time.
    ///
    /// # Errors
    /// A strip without a solution; a stop.
    pub fn look(
        &mut self,
        onsite: &[f64],
        predictions: &mut [f64],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Certified, CertaintyError> {
        let (sites, targets) = (self.size.sites(), self.targets.len());
        let half_widths: Vec<f64> = match &self.intervals {
            Some(intervals) => onsite
                .chunks_exact(sites)
                .flat_map(|strip| self.half_widths(intervals, impurities(strip)))
                .collect(),
            None => Vec::new(),
        };
        // No more modes propagate than a slice has sites.
        let most = self.size.width() as f64;
        let within = |end: f64| end.clamp(0.0, most);
        let ends = predictions.iter().zip(&half_widths);
        let mut ends: Vec<[f64; 2]> = ends
            .map(|(value, half)| [within(value - half), within(value + half)])
            .collect();
        let widths: Vec<f64> = ends.iter().map(|[low, high]| high - low).collect();
        let solved: Vec<usize> = match self.options.exact_above {
            Some(above) => (0..predictions.len() / targets)
                .filter(|sample| {
                    let mut of_sample = widths[sample * targets..(sample + 1) * targets].iter();
                    of_sample.any(|&width| width > above)
                })
                .collect(),
            None => Vec::new(),
        };
        let range = |sample: usize| sample * targets..(sample + 1) * targets;
        let exact = if self.options.compare {
            let exact = self.solve(onsite, stop)?;
            for &sample in &solved {
                predictions[range(sample)].copy_from_slice(&exact[range(sample)]);
            }
            Some(exact)
        } else {
            if !solved.is_empty() {
                let picked = solved.iter();
                let picked: Vec<f64> = picked
                    .flat_map(|sample| &onsite[sample * sites..(sample + 1) * sites])
                    .copied()
                    .collect();
                let exact = self.solve(&picked, stop)?;
                for (&sample, exact) in solved.iter().zip(exact.chunks_exact(targets)) {
                    predictions[range(sample)].copy_from_slice(exact);
                }
            }
            None
        };
        if !ends.is_empty() {
            // An exact value is an interval of width 0.
            for place in solved.iter().flat_map(|&sample| range(sample)) {
                ends[place] = [predictions[place]; 2];
            }
        }
        Ok(Certified {
            half_widths,
            widths,
            ends,
            exact,
            solved,
        })
    }

    /// The half-widths of all targets at an impurity count.
    fn half_widths(&self, intervals: &Intervals, count: usize) -> Vec<f64> {
        let half = |&target: &Target| {
            let place = intervals.position(target);
            let halves = place.and_then(|place| intervals.half_widths(place, count));
            // Nothing is known of a count that no sample had: anything may be.
            halves.map_or(f64::INFINITY, |halves| halves[self.options.level.place])
        };
        self.targets.iter().map(half).collect()
    }

    fn solve(
        &mut self,
        onsite: &[f64],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<f64>, CertaintyError> {
        let solver = match &mut self.solver {
            Some(solver) => solver,
            none => {
                let strips = Workload::undescribed(self.size);
                let kind = SolverRequest::default().choose(&[strips], None).kind;
                none.insert(ExactTargets::new(kind, self.size, &self.targets)?)
            }
        };
        let exact = solver.solve_unless(onsite, stop)?;
        exact.ok_or(CertaintyError::Stopped)
    }
}

/// Why intervals or exact values are not given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertaintyError {
    /// The predictor does not know how far off it is.
    #[error(
        "{name} has no intervals: its card (NAME.json) is not beside the model file, or holds none"
    )]
    NoIntervals {
        /// The predictor.
        name: String,
    },
    /// Exact values cannot be computed.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// A strip's solution fails.
    #[error(transparent)]
    Strip(#[from] StripError),
    /// It was stopped.
    #[error("stopped")]
    Stopped,
}

impl Categorised for CertaintyError {
    fn category(&self) -> Category {
        match self {
            Self::NoIntervals { .. } => Category::Usage,
            Self::Exact(error) => error.category(),
            Self::Strip(error) => error.category(),
            Self::Stopped => Category::Interrupted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_one_of_those_that_intervals_know() {
        assert_eq!(Level::of(0.95).map(Level::share), Some(0.95));
        assert_eq!(Level::of(0.9), Some(Level::USUAL));
        for share in [0.99, 0.0, f64::NAN] {
            assert_eq!(Level::of(share), None, "{share}");
        }
    }
}
