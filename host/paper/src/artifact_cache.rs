//! Data sets, trainings and numbers, each made once and found again.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::ExperimentError;
use super::jobs::{DatasetJob, Point, TrainingJob};
use super::learning::Learning;
use super::profile::Profile;
use super::report::{Skipped, Step};
use landauer::dataset::{Dataset, Generation};
use landauer::internal::counted;
use landauer::internal::files::{ReadError, WriteError, hexadecimal, replace};
use landauer::internal::json::{self, unsealed};
use landauer::internal::memory;
use landauer::work::{Locking, Observer, WorkOptions};
use landauer_learn::evaluation::{Predictions, Predictor, judge, predict_all};
use landauer_learn::training::{Data, Device, Trained, Training};
use landauer_learn::{LoadedModel, ModelFileError};

/// The seed of the bootstrap.
pub(super) const BOOTSTRAP: u64 = 1;

/// A folder of data sets, networks and numbers, each made once, and what may be added to it.
pub struct ArtifactCache<'w> {
    /// The folder of what is kept.
    folder: PathBuf,
    profile: Profile,
    device: Device,
    limit: Option<Duration>,
    models: Option<PathBuf>,
    locking: Locking,
    observer: &'w dyn Observer,
    steps: Mutex<Vec<Step>>,
    skipped: Mutex<Vec<Skipped>>,
}

impl std::fmt::Debug for ArtifactCache<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArtifactCache")
            .field("folder", &self.folder)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

impl<'w> ArtifactCache<'w> {
    /// The artifacts in `folder`; networks are trained on the CPU however long it takes, and models are the
    /// shipped ones.
    #[must_use]
    pub const fn new(folder: PathBuf, profile: Profile, observer: &'w dyn Observer) -> Self {
        Self {
            folder,
            profile,
            device: Device::Cpu,
            limit: None,
            models: None,
            locking: Locking::On,
            observer,
            steps: Mutex::new(Vec::new()),
            skipped: Mutex::new(Vec::new()),
        }
    }

    /// Data sets and networks are locked while they are made, or not.
    #[must_use]
    pub const fn locking(mut self, locking: Locking) -> Self {
        self.locking = locking;
        self
    }

    /// Networks are trained on this device.
    #[must_use]
    pub const fn device(mut self, device: Device) -> Self {
        self.device = device;
        self
    }

    /// Trainings that should take longer than this are left out, unless they have been done before.
    #[must_use]
    pub const fn time_limit(mut self, limit: Option<Duration>) -> Self {
        self.limit = limit;
        self
    }

    /// Models in this folder come before the shipped ones of their name.
    #[must_use]
    pub fn models(mut self, folder: Option<PathBuf>) -> Self {
        self.models = folder;
        self
    }

    /// A model by its name.
    pub(super) fn model(&self, name: &str) -> Result<LoadedModel, ModelFileError> {
        LoadedModel::open(Path::new(name), self.models.as_deref())
    }

    /// How much is computed.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// What was done since this was last asked for, and what was skipped.
    pub fn take_records(&self) -> (Vec<Step>, Vec<Skipped>) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        // Threads that worked side by side have put theirs down in any order.
        steps.sort_by(|a, b| a.what.cmp(&b.what));
        (std::mem::take(&mut *steps), std::mem::take(&mut *skipped))
    }

    pub(super) const fn observer(&self) -> &dyn Observer {
        self.observer
    }

    /// Remembers what was done, unless it is known already.
    pub(super) fn record(&self, what: String, seconds: Option<f64>, found: bool) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if !steps.iter().any(|step| step.what == what) {
            steps.push(Step {
                what,
                seconds,
                found,
            });
        }
    }

    fn skip(&self, what: String, seconds: f64) {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        skipped.push(Skipped { what, seconds });
    }

    pub(super) fn go_on(&self) -> Result<(), ExperimentError> {
        if self.observer.stop() {
            return Err(ExperimentError::Stopped);
        }
        Ok(())
    }

    /// The data set, made if need be.
    pub(super) fn dataset(&self, job: &DatasetJob) -> Result<Dataset, ExperimentError> {
        let path = self
            .folder
            .join("data")
            .join(format!("{}.zarr", job.name()));
        let time = path.with_extension("seconds");
        let known = || -> Option<f64> { fs::read_to_string(&time).ok()?.trim().parse().ok() };
        let config = job.config()?;
        let existing = Dataset::open(&path).ok().filter(|dataset| {
            dataset.config() == &config
                && dataset.samples() == job.samples
                && dataset.first_missing().is_none()
        });
        if let Some(dataset) = existing {
            self.record(named(job), known(), true);
            return Ok(dataset);
        }
        self.go_on()?;
        let options = WorkOptions::new(job.samples).locking(self.locking);
        // The time of a stopped one counts too; that of a killed one is unknown.
        let before = if path.exists() { known() } else { Some(0.0) };
        let begin = Instant::now();
        let report = Generation::new(&path, &config, options)?.run(self.observer)?;
        let seconds = before.map(|before| before + begin.elapsed().as_secs_f64());
        if let Some(seconds) = seconds {
            replace(&time, seconds.to_string().as_bytes())?;
        }
        if report.stopped {
            return Err(ExperimentError::Stopped);
        }
        self.record(named(job), seconds, false);
        Ok(Dataset::open(&path)?)
    }

    /// The networks, trained and judged if need be; `None` for those that were skipped.
    pub(super) fn points(
        &self,
        jobs: &[TrainingJob],
    ) -> Result<Vec<Option<Point>>, ExperimentError> {
        let (mut wanted, mut asked) = (Vec::new(), BTreeSet::new());
        for job in jobs {
            // One that is asked for twice is made once.
            if !asked.insert(job.name()) || self.known(job)?.is_some() {
                continue;
            }
            let seconds = job.expected_seconds(rayon::current_num_threads())?;
            let limit = self.limit.map(|limit| limit.as_secs_f64());
            // One that only has to be judged takes no time.
            if limit.is_some_and(|limit| seconds > limit) && self.trained(job).is_err() {
                self.skip(job.label.clone(), seconds);
            } else {
                wanted.push(job);
            }
        }
        // Now, since networks are trained side by side that need the same ones.
        for job in &wanted {
            self.dataset(&job.data)?;
            self.test_hash(&job.test)?;
        }
        if !wanted.is_empty() {
            let samples = wanted.iter().map(|job| job.first * job.config.epochs);
            let what = match &wanted[..] {
                [one] => format!("training {}", one.label),
                many => format!("training {} networks", many.len()),
            };
            self.observer.begin(&what, samples.sum());
            let trained = self.train_side_by_side(&wanted);
            self.observer.end();
            trained?;
        }
        jobs.iter()
            .map(|job| {
                let point = self.known(job)?;
                if let Some(point) = &point {
                    let found = true;
                    self.record(trained_as(&point.label), Some(point.seconds), found);
                }
                Ok(point)
            })
            .collect()
    }

    /// Trains and judges networks: on the CPU one on each thread at a time, as far as there is memory
    /// for them (within a training, in steps of 32 samples, threads would mostly wait for each other);
    /// on other devices one after another.
    fn train_side_by_side(&self, jobs: &[&TrainingJob]) -> Result<(), ExperimentError> {
        let threads = rayon::current_num_threads();
        let at_once = if self.device == Device::Cpu {
            let mut needed = 1;
            for job in jobs {
                needed = needed.max(job.bytes()?);
            }
            let room = memory::available().map_or(threads as u64, |bytes| bytes / needed);
            let most = threads.min(jobs.len()).max(1);
            usize::try_from(room).unwrap_or(most).clamp(1, most)
        } else {
            1
        };
        let (next, failed) = (AtomicUsize::new(0), &AtomicBool::new(false));
        let work = || -> Result<(), ExperimentError> {
            // A pool of its own, so that it never waits for what another thread trains.
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads / at_once)
                .build();
            let pool = pool.map_err(|error| ExperimentError::Thread(error.to_string()))?;
            pool.install(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    self.train(job, failed).inspect_err(|_| {
                        // Report it now, not hours later.
                        failed.store(true, Ordering::Relaxed);
                    })?;
                }
                Ok(())
            })
        };
        std::thread::scope(|scope| {
            let started: Vec<_> = (0..at_once).map(|_| scope.spawn(work)).collect();
            let ended = started.into_iter().map(|thread| {
                let ended = thread.join();
                ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            // All of them have ended before an error is told: not that some were stopped for it.
            let ended: Vec<Result<(), ExperimentError>> = ended.collect();
            let (stopped, others): (Vec<_>, Vec<_>) = ended
                .into_iter()
                .partition(|end| matches!(end, Err(ExperimentError::Stopped)));
            others.into_iter().chain(stopped).collect()
        })
    }

    /// The network, if it has been trained, on whatever device, and judged, and is still there.
    fn known(&self, job: &TrainingJob) -> Result<Option<Point>, ExperimentError> {
        let point: Option<Point> = self.kept(&format!("points/{}", job.name()))?;
        let existing = self.run_that_is_there(job).is_some();
        Ok(point.filter(|_| existing).map(|point| Point {
            label: job.label.clone(),
            ..point
        }))
    }

    /// Where a network is trained on a device: what was begun on another one goes on only there.
    fn run_folder(&self, job: &TrainingJob, device: Device) -> PathBuf {
        let name = match device {
            Device::Cpu => job.name(),
            other => format!("{}-{}", job.name(), other.name()),
        };
        self.folder.join("runs").join(name)
    }

    fn run_that_is_there(&self, job: &TrainingJob) -> Option<PathBuf> {
        let devices = std::iter::once(self.device).chain(Device::ALL);
        let mut folders = devices.map(|device| self.run_folder(job, device));
        folders.find(|folder| folder.is_dir())
    }

    fn train(&self, job: &TrainingJob, failed: &AtomicBool) -> Result<(), ExperimentError> {
        let watch = Learning::new(self.observer, failed, job.first * job.config.epochs);
        let training = Training {
            config: job.config.clone(),
            data: Data::Dataset {
                path: self.dataset(&job.data)?.path().to_owned(),
                first: Some(job.first),
            },
            output: self.run_folder(job, self.device),
            device: self.device,
            checkpoint_every: Duration::from_mins(1),
            locking: self.locking,
        };
        let report = training.run(&watch)?;
        if report.stopped {
            return Err(ExperimentError::Stopped);
        }
        watch.end();
        let mut trained = Trained::load(&training.output)?;
        let predictions = self.judged(&mut trained, &job.test)?;
        let found = judge(&predictions, trained.baseline(), None, BOOTSTRAP);
        let record = report.record;
        let finished = record.finished.as_ref();
        let threads = counted(rayon::current_num_threads(), "thread");
        let point = Point {
            label: job.label.clone(),
            parameters: record.parameters,
            multiply_adds: record.multiply_adds,
            training_samples: job.first,
            epochs: finished.map_or([0; 2], |done| [done.epochs, done.best_epoch]),
            seconds: finished.map_or(0.0, |done| done.seconds),
            device: format!("{}, {threads}", record.device),
            test_samples: 0,
            test_hash: self.test_hash(&job.test)?,
            mae: 0.0,
            mae_interval: [0.0; 2],
            baseline_mae: 0.0,
            skill: 0.0,
            skill_interval: [0.0; 2],
            logarithm: None,
            bands: Vec::new(),
            predicting: predictions.seconds,
        };
        let judged = found.first().and_then(|found| point.judged(found));
        let point = judged.ok_or_else(|| ExperimentError::Unjudged {
            label: job.label.clone(),
        })?;
        self.record(trained_as(&job.label), Some(point.seconds), false);
        self.keep(&format!("points/{}", job.name()), &point)
    }

    /// The network of a point that is done.
    pub(super) fn trained(&self, job: &TrainingJob) -> Result<Trained, ExperimentError> {
        let existing = self.run_that_is_there(job);
        let folder = existing.unwrap_or_else(|| self.run_folder(job, self.device));
        Ok(Trained::load(&folder)?)
    }

    /// What it says of the test set.
    fn judged(
        &self,
        predictor: &mut dyn Predictor,
        test: &DatasetJob,
    ) -> Result<Predictions, ExperimentError> {
        let dataset = self.dataset(test)?;
        Ok(predict_all(predictor, &dataset, |_| ())?)
    }

    /// What the network of a point that is done says of its test set.
    pub(super) fn predictions(&self, job: &TrainingJob) -> Result<Predictions, ExperimentError> {
        let mut trained = self.trained(job)?;
        self.judged(&mut trained, &job.test)
    }

    /// The SHA-256 of a test set's strips and transmissions, in hexadecimal.
    fn test_hash(&self, job: &DatasetJob) -> Result<String, ExperimentError> {
        let dataset = self.dataset(job)?;
        self.cached(&format!("hashes/{}", job.name()), &"strips, T", || {
            let mut hash = Sha256::new();
            let step = dataset.config().chunk_samples.max(1);
            let mut first = 0;
            while first < dataset.samples() {
                let range = first..dataset.samples().min(first + step);
                first = range.end;
                for value in dataset.onsite(range.clone())? {
                    hash.update(value.to_le_bytes());
                }
                for value in dataset.transmission(range)? {
                    hash.update(value.to_le_bytes());
                }
            }
            Ok(hexadecimal(&hash.finalize()))
        })
    }

    /// A result that is computed once. `inputs` says all that decides about it and is not in its
    /// name, and how it is computed: with others it is another result.
    pub(super) fn cached<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        inputs: &dyn Display,
        compute: impl FnOnce() -> Result<T, ExperimentError>,
    ) -> Result<T, ExperimentError> {
        let hash = Sha256::digest(inputs.to_string());
        let name = format!("{name}-{}", hexadecimal(&hash[..8]));
        if let Some(found) = self.kept(&name)? {
            return Ok(found);
        }
        self.go_on()?;
        let computed = compute()?;
        self.keep(&name, &computed)?;
        Ok(computed)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    fn kept<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ExperimentError> {
        let path = self.file(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ReadError::new(&path, error).into()),
        };
        let damaged = |reason| ExperimentError::Damaged {
            path: path.clone(),
            reason,
        };
        let text = unsealed(&bytes).map_err(|error| damaged(error.to_string()))?;
        let parsed = serde_json::from_str(&text);
        let Kept { value } = parsed.map_err(|error| damaged(error.to_string()))?;
        Ok(Some(value))
    }

    fn keep(&self, name: &str, value: &impl Serialize) -> Result<(), ExperimentError> {
        let path = self.file(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| WriteError::new(folder, error))?;
        }
        // Two processes may work in one folder.
        Ok(replace(
            &path,
            json::sealed_file(&path, &Kept { value })?.as_bytes(),
        )?)
    }
}

/// What a file of a kept result holds: an object, which a checksum can be added to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept<T> {
    value: T,
}

/// A training in words.
fn trained_as(label: &str) -> String {
    format!("training {label}")
}

/// A data set in words.
fn named(job: &DatasetJob) -> String {
    format!("solving {}", job.name())
}
