//! Models and runs, predicting.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use landauer::StripSize;
use landauer::failure::{Categorised, Category};
use landauer_core::{Concentration, DisorderModel};
use landauer_learn::evaluation::{
    Certainty, CertaintyOptions, EvaluateError, Level, NOMINAL, PredictError, Predictor,
    strips_at_once, target_key,
};
use landauer_learn::export::RunSummary;
use landauer_learn::training::Trained;
use landauer_learn::{LoadedModel, Provenance};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::prelude::*;
use rayon::ThreadPool;

use crate::failure::Failure;
use crate::run::Watch;
use crate::solve::{checked, index_of};
use crate::{process, run};

/// Predictors that a model keeps for the next call; more are made when several threads call at once.
const KEPT: usize = 4;
/// What strips are predicted together should take at most, so that Ctrl-C is seen.
const LONG: Duration = Duration::from_millis(100);

type Floats<'py> = Bound<'py, PyArray1<f64>>;
/// Predictions; where asked for the ends of their intervals and which strips were solved.
type Predicted<'py> = (
    Floats<'py>,
    Option<(Floats<'py>, Floats<'py>, Bound<'py, PyArray1<bool>>)>,
);

/// A model file or a run. Arrays are flat.
#[pyclass(frozen, module = "landauer._landauer")]
pub(crate) struct Model {
    source: Source,
    /// Not in use by anybody. It is locked as `process` is, for moments under the interpreter's lock: a child
    /// of a `fork` finds it free, without those that other threads were using.
    idle: Mutex<Vec<(Use, Box<dyn Predictor>)>>,
}

/// Where predictors come from.
enum Source {
    File(Box<LoadedModel>),
    Run(Box<Trained>),
}

/// How a predictor was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Use {
    /// A hybrid's budget.
    pub(crate) within: Option<u64>,
    /// Averaging over mirror images, if it is not to be as it was made.
    pub(crate) mirrors: Option<bool>,
    /// With what the card says; without it a damaged card does not matter.
    pub(crate) card: bool,
}

#[pymethods]
impl Model {
    /// `folder` has models that come before those that come with Landauer.
    #[new]
    fn new(py: Python<'_>, path: PathBuf, folder: Option<PathBuf>) -> PyResult<Self> {
        let source = run::short(py, || {
            if path.join("run.json").is_file() {
                return Ok(Source::Run(Box::new(Trained::load(&path)?)));
            }
            if path.is_dir() {
                let reason = format!(
                    "{} is a folder without a run (run.json): give the name of a model, a .postcard file, \
                     or the folder of a run",
                    path.display()
                );
                return Err(Failure::new(Category::Input, reason));
            }
            let model = LoadedModel::open(&path, folder.as_deref())?;
            Ok(Source::File(Box::new(model)))
        })?;
        let idle = Mutex::default();
        Ok(Self { source, idle })
    }

    fn is_run(&self) -> bool {
        matches!(self.source, Source::Run(_))
    }

    fn needs_budget(&self) -> bool {
        match &self.source {
            Source::File(model) => model.needs_budget(),
            Source::Run(_) => false,
        }
    }

    fn name(&self) -> String {
        match &self.source {
            Source::File(model) => model.summary().name.to_owned(),
            Source::Run(run) => run.name(),
        }
    }

    fn targets(&self) -> Vec<String> {
        let targets = match &self.source {
            Source::File(model) => model.summary().targets,
            Source::Run(run) => run.targets().to_vec(),
        };
        targets.into_iter().map(target_key).collect()
    }

    fn sides(&self) -> [usize; 2] {
        self.size().sides()
    }

    /// Multiply-adds of one prediction; none of a hybrid.
    fn multiply_adds(&self) -> Option<u64> {
        match &self.source {
            Source::File(model) => model.summary().multiply_adds,
            Source::Run(run) => {
                let passes = u64::try_from(run.passes()).ok()?;
                Predictor::multiply_adds(&**run)?.checked_mul(passes)
            }
        }
    }

    /// The disorder: the model's number, the impurities' energies, the strength of model I, and the
    /// concentration (none where it is uniform, or there are no impurities).
    fn disorder(&self) -> (Option<u8>, Vec<f64>, Option<f64>, Option<f64>) {
        let (model, concentration) = match &self.source {
            Source::File(model) => {
                let summary = model.summary();
                (summary.disorder, summary.concentration)
            }
            Source::Run(run) => (run.disorder(), run.concentration()),
        };
        let fixed = match concentration {
            Concentration::Fixed(n) if model.has_impurities() => Some(n),
            _ => None,
        };
        (
            model.number(),
            model.species_energies().to_vec(),
            model.strength(),
            fixed,
        )
    }

    /// Whether the on-site energies that it was made for were given, and not drawn.
    fn is_of_given(&self) -> bool {
        let disorder = match &self.source {
            Source::File(model) => model.summary().disorder,
            Source::Run(run) => run.disorder(),
        };
        matches!(disorder, DisorderModel::Given { .. })
    }

    /// The model card, JSON; none without one. Of a run what its card would say of it.
    fn card(&self, py: Python<'_>) -> PyResult<Option<String>> {
        run::short(py, || match &self.source {
            Source::File(model) => {
                // A damaged card is an error, as where its intervals are used.
                Provenance::of(model.file())?;
                let card = model.file().card()?;
                Ok(card.map(|card| String::from_utf8_lossy(&card).into_owned()))
            }
            Source::Run(run) => {
                let text = serde_json::to_string(&RunSummary::of(run));
                text.map(Some)
                    .map_err(|error| Failure::of(Category::Internal, &error))
            }
        })
    }

    /// Predictions for strips `[sample, slice, row]`, `[sample, target]`. `shape` is that of the leading
    /// axes, for messages; `level` and `exact_above` ask for intervals.
    #[expect(
        clippy::too_many_arguments,
        reason = "the Python half has them by name"
    )]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        onsite: PyReadonlyArray3<'_, f64>,
        shape: Vec<usize>,
        within: Option<u64>,
        mirrors: Option<bool>,
        level: Option<f64>,
        exact_above: Option<f64>,
        threads: Option<usize>,
    ) -> PyResult<Predicted<'py>> {
        let &[samples, length, width] = onsite.shape() else {
            return Err(Failure::usage("[sample, slice, row] is needed").into());
        };
        let found = StripSize::new(length, width).map_err(Failure::from)?;
        let size = self.size();
        if found != size {
            let reason = format!(
                "onsite has strips of {length} x {width} sites, and {} takes {} x {}",
                self.name(),
                size.length(),
                size.width()
            );
            return Err(Failure::new(Category::Input, reason).into());
        }
        let options = options(level, exact_above)?;
        if options.is_some() && self.needs_budget() {
            let reason = "a hybrid has no intervals: leave intervals and exact_above away; with a larger \
                          within it is more exact";
            return Err(Failure::usage(reason).into());
        }
        let how = Use {
            within,
            mirrors,
            card: options.is_some(),
        };
        let values = onsite.as_slice()?;
        let pool = process::pool(py, threads)?;
        let mut predictor = self.ready(py, &pool, how)?;
        let done = run::scoped(py, &pool, |watch| {
            let predictor = &mut *predictor;
            checked(size, values, &shape)?;
            let certainty = options.map(|options| Certainty::new(predictor, options, true));
            let work = Work {
                samples,
                size,
                shape: &shape,
                watch,
            };
            work.predict(predictor, certainty.transpose()?, values)
        });
        self.give_back(py, how, predictor);
        let done = done?;
        let intervals = done.intervals.map(|(ends, solved)| {
            let (low, high) = ends
                .into_iter()
                .map(|[low, high]| (low, high))
                .unzip::<_, _, Vec<_>, Vec<_>>();
            (
                low.into_pyarray(py),
                high.into_pyarray(py),
                solved.into_pyarray(py),
            )
        });
        Ok((done.predictions.into_pyarray(py), intervals))
    }
}

impl Model {
    fn size(&self) -> StripSize {
        match &self.source {
            Source::File(model) => model.summary().size,
            Source::Run(run) => run.size(),
        }
    }

    /// A predictor that nobody else uses: one that is idle, or a new one.
    pub(crate) fn ready(
        &self,
        py: Python<'_>,
        pool: &ThreadPool,
        how: Use,
    ) -> PyResult<Box<dyn Predictor>> {
        let idle = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let place = idle.iter().position(|(other, _)| *other == how);
            place.map(|place| idle.remove(place).1)
        };
        match idle {
            Some(predictor) => Ok(predictor),
            None => run::scoped(py, pool, |_| self.make(how)),
        }
    }

    /// Keeps it for the next call.
    pub(crate) fn give_back(&self, py: Python<'_>, how: Use, predictor: Box<dyn Predictor>) {
        let dropped = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.insert(0, (how, predictor));
            let kept = KEPT.min(idle.len());
            idle.split_off(kept)
        };
        py.detach(|| drop(dropped));
    }

    fn make(&self, how: Use) -> Result<Box<dyn Predictor>, Failure> {
        let mut predictor: Box<dyn Predictor> = match &self.source {
            Source::File(model) if how.card => model.predictor(how.within)?,
            Source::File(model) => model.predictor_without_card(how.within)?,
            Source::Run(_) if how.within.is_some() => {
                let name = self.name();
                return Err(landauer_learn::ModelFileError::BudgetUnused { name }.into());
            }
            Source::Run(run) => run.clone(),
        };
        if let Some(averaged) = how.mirrors {
            predictor.set_mirrors(averaged)?;
        }
        Ok(predictor)
    }
}

/// What is asked for beside predictions, if anything is.
fn options(
    level: Option<f64>,
    exact_above: Option<f64>,
) -> Result<Option<CertaintyOptions>, Failure> {
    if level.is_none() && exact_above.is_none() {
        return Ok(None);
    }
    if let Some(width) = exact_above.filter(|&width| !(width.is_finite() && width >= 0.0)) {
        let reason = format!("exact_above is {width}: a width of at least 0 is needed, in G0");
        return Err(Failure::usage(reason));
    }
    let level = match level {
        None => Level::USUAL,
        Some(share) => Level::of(share).ok_or_else(|| {
            let known = NOMINAL.map(|nominal| nominal.to_string()).join(", ");
            Failure::usage(format!(
                "intervals is {share}: the shares that are known are {known}"
            ))
        })?,
    };
    Ok(Some(CertaintyOptions {
        level,
        exact_above,
        compare: false,
    }))
}

/// Strips on their way through a predictor.
struct Work<'w> {
    samples: usize,
    size: StripSize,
    shape: &'w [usize],
    watch: &'w Watch,
}

#[derive(Default)]
struct Done {
    /// `[sample, target]`
    predictions: Vec<f64>,
    /// `[sample, target]` and `[sample]`
    intervals: Option<(Vec<[f64; 2]>, Vec<bool>)>,
}

impl Work<'_> {
    /// In blocks like those of the command line.
    fn predict(
        &self,
        predictor: &mut dyn Predictor,
        mut certainty: Option<Certainty>,
        onsite: &[f64],
    ) -> Result<Done, Failure> {
        let (sites, targets) = (self.size.sites(), predictor.targets().len());
        let block = strips_at_once(self.size);
        let mut predictions = vec![0.0; self.samples * targets];
        let mut ends = Vec::new();
        let mut solved = vec![false; self.samples];
        let blocks = onsite
            .chunks(block * sites)
            .zip(predictions.chunks_mut(block * targets));
        for (number, (onsite, predictions)) in blocks.enumerate() {
            let before = number * block;
            self.block(predictor, before, onsite, predictions)?;
            if let Some(certainty) = &mut certainty {
                let found = certainty.look(onsite, predictions, &|| self.watch.is_stopped())?;
                ends.extend(found.ends);
                for sample in found.solved {
                    solved[before + sample] = true;
                }
            }
        }
        Ok(Done {
            predictions,
            intervals: certainty.map(|_| (ends, solved)),
        })
    }

    /// In pieces as short as Ctrl-C asks for.
    fn block(
        &self,
        predictor: &mut dyn Predictor,
        before: usize,
        onsite: &[f64],
        out: &mut [f64],
    ) -> Result<(), Failure> {
        let (sites, targets) = (self.size.sites(), predictor.targets().len());
        let (mut done, samples) = (0, onsite.len() / sites);
        let mut piece = 16 * rayon::current_num_threads();
        while done < samples {
            if self.watch.is_stopped() {
                return Err(Failure::stopped());
            }
            let end = samples.min(done + piece);
            let out = &mut out[done * targets..end * targets];
            let begin = Instant::now();
            let predicted = predictor.predict(&onsite[done * sites..end * sites], out);
            predicted.map_err(|error| self.failed(&error.after(before + done)))?;
            if begin.elapsed() < LONG / 2 {
                piece *= 2;
            } else if begin.elapsed() > LONG {
                piece = (piece / 2).max(1);
            }
            if let Some(place) = out.iter().position(|value| !value.is_finite()) {
                return Err(Failure::from(EvaluateError::NotFinite {
                    sample: before + done + place / targets,
                    target: predictor.targets()[place % targets],
                    value: out[place],
                }));
            }
            done = end;
        }
        Ok(())
    }

    /// With the strip's index in the caller's array.
    fn failed(&self, error: &PredictError) -> Failure {
        let reason = Failure::of(error.category(), error.reason());
        match error.sample() {
            Some(sample) if !self.shape.is_empty() => reason.of_part(&format!(
                "onsite[{}]",
                index_of(sample, self.shape).join(", ")
            )),
            _ => reason,
        }
    }
}
