//! The results: statistics, the samples that are kept, and both as JSON.

use serde::Serialize;

use super::plan::Plan;
use super::results::Written;
use landauer::statistics::MeanAndError;
use landauer::{Choice, Fallbacks, Reason, Solution, Solver};

/// The results of a solve as far as they are reported.
pub(super) struct Report<'p> {
    pub(super) plan: &'p Plan,
    /// The solver, and why it is this one.
    pub(super) choice: Choice,
    /// Numbers of propagating modes: `[energy]`.
    pub(super) propagating_modes: Vec<usize>,
    /// T over all samples: `[energy]`.
    pub(super) transmission: Vec<MeanAndError>,
    /// F over the samples that transmit anything: `[energy]`.
    pub(super) fano: Vec<MeanAndError>,
    /// Ḡ over all samples.
    pub(super) g_bar: MeanAndError,
    /// How many T were recomputed by a fallback solver.
    pub(super) fallbacks: Fallbacks,
    /// How many T are too small for an `f64`.
    pub(super) underflows: u64,
    /// The first samples.
    pub(super) kept: Kept,
    /// The files that were written.
    pub(super) written: Vec<Written>,
    /// How many samples to keep.
    keep: u64,
}

/// The results of the first samples, one by one.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// T: `[sample][energy]`.
    pub(super) transmission: Vec<Vec<f64>>,
    /// F: `[sample][energy]`.
    pub(super) fano: Vec<Vec<Option<f64>>>,
    /// T_n: `[sample][energy][row]`.
    eigenvalues: Vec<Vec<Vec<f64>>>,
    /// Ḡ: `[sample]`.
    pub(super) g_bar: Vec<f64>,
    /// Transmissions too small for an `f64`.
    pub(super) underflows: Vec<TooSmall>,
}

/// A transmission that is too small for an `f64`, where its place in a list has 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct TooSmall {
    /// The sample's index.
    pub(super) sample: u64,
    /// The energy in units of t.
    pub(super) energy: f64,
    /// ln T.
    pub(super) ln_transmission: f64,
}

impl<'p> Report<'p> {
    /// A report of nothing yet, that will keep the results of `keep` samples.
    pub(super) fn new(plan: &'p Plan, solver: &Solver, keep: u64) -> Self {
        let empty = vec![MeanAndError::default(); plan.energies.count()];
        Self {
            plan,
            choice: solver.choice(),
            propagating_modes: solver.propagating_modes().to_vec(),
            transmission: empty.clone(),
            fano: empty,
            g_bar: MeanAndError::default(),
            fallbacks: Fallbacks::default(),
            underflows: 0,
            kept: Kept::default(),
            written: Vec::new(),
            keep,
        }
    }

    /// Takes in results, in order.
    pub(super) fn take(&mut self, solution: &Solution) {
        let energies = self.plan.energies.all();
        self.fallbacks += solution.fallbacks();
        self.underflows += solution.underflows().len() as u64;
        let mut underflows = solution.underflows().iter().peekable();
        let g_bars = solution.g_bar().unwrap_or_default();
        for sample in 0..solution.samples() {
            let Some(row) = solution.of_sample(sample) else {
                continue;
            };
            let keep = (self.kept.transmission.len() as u64) < self.keep;
            for (energy, (statistics, &value)) in self.transmission.iter_mut().zip(row).enumerate()
            {
                // They come by sample and energy.
                let next = underflows.next_if(|one| (one.sample, one.energy) == (sample, energy));
                let Some(underflow) = next else {
                    statistics.push(value);
                    continue;
                };
                statistics.push_scaled(underflow.transmission);
                if keep {
                    self.kept.underflows.push(TooSmall {
                        sample: solution.first_sample() + sample as u64,
                        energy: energies[energy],
                        ln_transmission: underflow.transmission.ln(),
                    });
                }
            }
            if keep {
                self.kept.transmission.push(row.to_vec());
            }
            if let Some(&g_bar) = g_bars.get(sample) {
                self.g_bar.push_scaled(g_bar);
                if keep {
                    self.kept.g_bar.push(g_bar.value());
                }
            }
            self.take_details(solution, sample, keep);
        }
    }

    /// Takes in what only the recursion finds.
    fn take_details(&mut self, solution: &Solution, sample: usize, keep: bool) {
        let count = self.plan.energies.count();
        if let Some(fano) = solution.fano_factors() {
            let fano = &fano[sample * count..][..count];
            for (statistics, fano) in self.fano.iter_mut().zip(fano) {
                if let Some(fano) = *fano {
                    statistics.push(fano);
                }
            }
            if keep && self.plan.fano {
                self.kept.fano.push(fano.to_vec());
            }
        }
        if let Some(eigenvalues) = solution.eigenvalues()
            && keep
            && self.plan.eigenvalues
        {
            let width = self.plan.size.width();
            let eigenvalues = eigenvalues[sample * count * width..][..count * width]
                .chunks_exact(width)
                .map(<[f64]>::to_vec);
            self.kept.eigenvalues.push(eigenvalues.collect());
        }
    }

    /// The report as JSON; the samples one by one only if all of them were kept.
    pub(super) fn json(&self) -> impl Serialize + '_ {
        let plan = self.plan;
        let all = self.keep == plan.samples;
        let bias = plan.energies.bias();
        Json {
            length: plan.size.length(),
            width: plan.size.width(),
            first: plan.first,
            samples: plan.samples,
            source: &plan.source,
            precision: self.choice.kind.precision.to_string(),
            solver: self.choice.kind.identity(),
            solver_chosen: self.choice.reason,
            fallbacks: self.fallbacks,
            underflows: self.underflows,
            underflow: (all && self.underflows > 0).then_some(&self.kept.underflows),
            energies: plan.energies.all(),
            propagating_modes: &self.propagating_modes,
            transmission_mean: means(&self.transmission),
            transmission_standard_error: errors(&self.transmission),
            fano_mean: plan.fano.then(|| means(&self.fano)),
            fano_standard_error: plan.fano.then(|| errors(&self.fano)),
            bias,
            g_bar_mean: bias.and(self.g_bar.mean()),
            g_bar_standard_error: bias.and(self.g_bar.standard_error()),
            transmission: all.then_some(&self.kept.transmission),
            fano: (all && plan.fano).then_some(&self.kept.fano),
            g_bar: (all && bias.is_some()).then_some(&self.kept.g_bar),
            eigenvalues: (all && plan.eigenvalues).then_some(&self.kept.eigenvalues),
            written: &self.written,
        }
    }
}

fn means(statistics: &[MeanAndError]) -> Vec<Option<f64>> {
    statistics.iter().map(MeanAndError::mean).collect()
}

fn errors(statistics: &[MeanAndError]) -> Vec<Option<f64>> {
    statistics
        .iter()
        .map(MeanAndError::standard_error)
        .collect()
}

/// The result of `solve --json`; what was not asked for is left out, what is undefined is null.
#[derive(Serialize)]
struct Json<'r> {
    length: usize,
    width: usize,
    first: u64,
    samples: u64,
    source: &'r serde_json::Value,
    precision: String,
    solver: &'static str,
    solver_chosen: Reason,
    fallbacks: Fallbacks,
    /// How many T are too small for a number; their places have 0.
    underflows: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    underflow: Option<&'r Vec<TooSmall>>,
    energies: &'r [f64],
    propagating_modes: &'r [usize],
    transmission_mean: Vec<Option<f64>>,
    transmission_standard_error: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fano_mean: Option<Vec<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fano_standard_error: Option<Vec<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bias: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    g_bar_mean: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    g_bar_standard_error: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transmission: Option<&'r Vec<Vec<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fano: Option<&'r Vec<Vec<Option<f64>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    g_bar: Option<&'r Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eigenvalues: Option<&'r Vec<Vec<Vec<f64>>>>,
    written: &'r [Written],
}
