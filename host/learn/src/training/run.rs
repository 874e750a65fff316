//! The loop: epochs of steps, judged on the validation split, resumable at any of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use landauer_core::inference::Target;

use super::checkpoint::{Checkpoint, Course, Position};
use super::config::TrainingConfig;
use super::curve::{self, Epoch};
use super::description::describe;
use super::device::Device;
use super::error::TrainingError;
use super::folder::{
    BASELINE, CURVES, EVALUATION, Finished, Folder, INTERVALS, RunRecord, SCALING,
};
use super::local_mean;
use super::network::{Architecture, BatchItem, Dropout, Network};
use super::objective::Objective;
use super::optimise::Steps;
use super::random::{Purpose, Words};
use super::record::write_record;
use super::scaling::Scaling;
use super::source::{Data, Source};
use super::strips::Strips;
use super::symmetry::SymmetryCopy;
use super::trained::{architecture, predict};
use super::weights::Weights;
use crate::evaluation::{Baseline, Intervals, Predictions, judge};
use landauer::internal::memory;
use landauer::internal::{Access, WriteLock};
use landauer::work::Locking;

/// An epoch ends with a checkpoint unless the last one is younger than this: short epochs shall
/// learn, not write.
const BETWEEN_EPOCHS: Duration = Duration::from_secs(1);

/// Who watches a training and may stop it.
pub trait Watcher {
    /// It begins, or goes on: of `total` samples to be learned from, counted in every epoch, `done`
    /// were so already.
    fn begin(&self, total: u64, done: u64);
    /// This many more samples were learned from; the mean loss of the epoch so far.
    fn learned(&self, samples: u64, loss: f64);
    /// An epoch is done and judged.
    fn judged(&self, epoch: &Epoch);
    /// Something that the user should know before it begins.
    fn warn(&self, _: &str) {}
    /// Shall it stop? A checkpoint is written then, from which the same training goes on.
    fn stop(&self) -> bool;
}

/// A training: everything that decides about it.
#[derive(Debug, Clone)]
pub struct Training {
    /// How.
    pub config: TrainingConfig,
    /// On what.
    pub data: Data,
    /// The run's folder; it is made, with its parents, if it is not there.
    pub output: PathBuf,
    /// Where.
    pub device: Device,
    /// How often a checkpoint is written.
    pub checkpoint_every: Duration,
    /// Whether the folder is locked meanwhile.
    pub locking: Locking,
}

/// What a training came to.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingReport {
    /// What the run says of itself.
    pub record: RunRecord,
    /// The epochs.
    pub curve: Vec<Epoch>,
    /// Samples learned from by this process.
    pub learned: u64,
    /// Seconds that this process learned for, without reading data and judging.
    pub learning_seconds: f64,
    /// It had been finished before.
    pub found: bool,
    /// It was stopped before it was finished.
    pub stopped: bool,
}

impl Training {
    /// Trains, or goes on with what was begun in the folder, to the same bits as if it had never
    /// stopped, at any number of threads.
    ///
    /// # Errors
    /// An invalid configuration, unusable data or folder; a training that diverges; a file that is not
    /// written.
    pub fn run(&self, watcher: &dyn Watcher) -> Result<TrainingReport, TrainingError> {
        self.config.check()?;
        let folder = Folder::new(&self.output);
        // Before data are read or made, which takes its time.
        folder.begun()?;
        self.device.require()?;
        let config = &self.config;
        let outputs = |energies: &[f64], bias| -> Vec<Target> {
            let outputs = config.outputs(energies, bias);
            outputs.into_iter().map(|(target, _)| target).collect()
        };
        let mut source = Source::open(&self.data, config.validation, outputs)?;
        let data = source.record.clone();
        config.check_for(data.size(), data.disorder())?;
        if eligible(config, &source.first).is_empty() {
            // Epoch after epoch would learn from nothing.
            return Err(TrainingError::TooFew {
                samples: source.first.len() + source.validation.len(),
                training: 0,
                validation: source.validation.len(),
            });
        }
        let targets = config.main_outputs(&data.energies, data.bias);
        let record = RunRecord::new(
            data,
            self.device.name(),
            source.outputs().to_vec(),
            targets,
            config,
        )?;
        let (size, outputs) = (record.data.size(), record.outputs.len());
        let needed = config
            .network
            .training_bytes(size, outputs, config.batch_size)?;
        memory::require("training a network of this size", needed)?;
        let (lock, denied) = match WriteLock::acquire(&self.output, 0..1, self.locking)? {
            Access::Granted(lock) => (lock, None),
            Access::ReadOnly(denied) => (WriteLock::NONE, Some(denied)),
            Access::Busy => {
                let path = self.output.clone();
                return Err(TrainingError::Busy { path });
            }
        };
        // A finished run can be read where nothing can be written.
        let denied = match denied {
            Some(denied) if folder.begun()?.is_none() => return Err(denied.into()),
            denied => denied,
        };
        let record = folder.establish(&record, config)?;
        if let Some(finished) = &record.finished {
            folder.verify(finished)?;
            if denied.is_none() {
                // It is there still if this was killed at the very end.
                folder.remove_checkpoint();
            }
            return Ok(TrainingReport {
                curve: finished.curve.clone(),
                record,
                learned: 0,
                learning_seconds: 0.0,
                found: true,
                stopped: false,
            });
        }
        if let Some(denied) = denied {
            return Err(denied.into());
        }
        let mut session = Session::new(self, &folder, record, &source)?;
        let report = session.run(&mut source, watcher);
        drop(lock);
        report
    }
}

/// A training under way.
struct Session<'t> {
    training: &'t Training,
    folder: &'t Folder,
    record: RunRecord,
    architecture: Architecture,
    scaling: Scaling,
    objective: Objective,
    baseline: Baseline,
    /// The baseline's error on the validation split, target by target.
    baseline_mae: Vec<f64>,
    network: Box<dyn Network>,
    steps: Steps,
    position: Position,
    best: Vec<f32>,
    copies: u64,
    last_checkpoint: Instant,
    learned: u64,
    learning: Duration,
}

impl<'t> Session<'t> {
    fn new(
        training: &'t Training,
        folder: &'t Folder,
        record: RunRecord,
        source: &Source,
    ) -> Result<Self, TrainingError> {
        let config = &training.config;
        let (first, validation) = (&*source.first, &source.validation);
        let sites = record.data.size().sites();
        let outputs = record.outputs.len();
        let most = most_impurities(config, sites);
        let scaling = if config.residual {
            let disorder = record.data.disorder();
            Scaling::fit(disorder, sites, &first.counts, &first.exact, most)
        } else {
            Scaling::plain(outputs)
        };
        let weights = config.outputs(&record.data.energies, record.data.bias);
        let weights: Vec<f32> = weights.into_iter().map(|(_, weight)| weight).collect();
        let objective = Objective::new(config, &scaling, &weights, first);
        let baseline = baseline(&record, first)?;
        let architecture = architecture(config, &record);
        let mut network = architecture.network(training.device)?;
        let mut initial = architecture.initial(config)?;
        local_mean::fit(
            &mut initial,
            &architecture.encoder,
            first,
            &eligible(config, first),
        );
        network.set_weights(&initial)?;
        let batches = eligible(config, first).len().div_ceil(config.batch_size) as u64;
        let mut steps = Steps::new(
            config.optimiser,
            &*network,
            batches.saturating_mul(config.epochs),
        );
        let mut position = Position {
            run: record.fingerprint(),
            ..Position::default()
        };
        let mut best = Vec::new();
        if let Some(checkpoint) = Checkpoint::read(&training.output, position.run)? {
            let [parameters, means, squares, mean, best_parameters] = checkpoint.arrays;
            let count = network.parameters().len();
            let mean_count = steps.mean.as_ref().map_or(0, Vec::len);
            let fits = [&parameters, &means, &squares]
                .iter()
                .all(|a| a.len() == count)
                && mean.len() == mean_count
                && match checkpoint.position.best_epoch {
                    0 => best_parameters.is_empty(),
                    _ => best_parameters.len() == count,
                };
            if !fits {
                let file = super::checkpoint::file(&training.output);
                let reason = "it is of a network of another size".to_owned();
                return Err(TrainingError::Damaged { file, reason });
            }
            // Of samples made while training not the same number is learned from in every epoch.
            let samples = record.data.training_samples;
            let course = Course {
                epochs: config.epochs,
                steps: samples.div_ceil(config.batch_size) as u64,
                samples: samples as u64,
                targets: record.targets,
            };
            if !checkpoint.position.is_on(course) {
                let file = super::checkpoint::file(&training.output);
                let reason = "no training of this run can be where it says".to_owned();
                return Err(TrainingError::Damaged { file, reason });
            }
            position = checkpoint.position;
            network.parameters_mut().copy_from_slice(&parameters);
            steps.resume(position.optimiser_steps, &means, &squares);
            if let Some(slot) = &mut steps.mean {
                *slot = mean;
            }
            best = best_parameters;
        }
        let copies = if config.augment {
            SymmetryCopy::count_for(&config.network, record.data.disorder(), &record.outputs)
        } else {
            1
        };
        let baseline_mae = baseline_mae(&baseline, validation, outputs, record.targets);
        Ok(Self {
            training,
            folder,
            record,
            architecture,
            scaling,
            objective,
            baseline,
            baseline_mae,
            network,
            steps,
            position,
            best,
            copies,
            last_checkpoint: Instant::now(),
            learned: 0,
            learning: Duration::ZERO,
        })
    }

    fn run(
        &mut self,
        source: &mut Source,
        watcher: &dyn Watcher,
    ) -> Result<TrainingReport, TrainingError> {
        let config = &self.training.config;
        let per_epoch = eligible(config, &source.first).len() as u64;
        let whole = self.position.epoch.saturating_mul(per_epoch);
        let done = whole.saturating_add(self.position.samples);
        let steps = { per_epoch.div_ceil(config.batch_size as u64) }.saturating_mul(config.epochs);
        if let Some(warning) = config.optimiser.schedule.warning(steps) {
            watcher.warn(&warning);
        }
        watcher.begin(config.epochs.saturating_mul(per_epoch), done);
        let mut epochs = source.epochs(self.position.epoch, config.epochs);
        while self.position.epoch < config.epochs && !self.is_stale() {
            let strips = epochs.next()?;
            if !self.epoch(&strips, watcher)? {
                return Ok(self.report(true));
            }
            self.judge(&source.validation)?;
            if let Some(epoch) = self.position.curve.last() {
                watcher.judged(epoch);
            }
            let stop = watcher.stop();
            let every = self.training.checkpoint_every.min(BETWEEN_EPOCHS);
            if stop || self.last_checkpoint.elapsed() >= every {
                self.checkpoint()?;
            }
            if stop {
                return Ok(self.report(true));
            }
        }
        self.finish(&source.validation)?;
        Ok(self.report(false))
    }

    /// Has there been no improvement for too long?
    fn is_stale(&self) -> bool {
        let since = self.position.epoch.saturating_sub(self.position.best_epoch);
        let patience = self.training.config.patience;
        self.position.best_epoch > 0 && patience.is_some_and(|patience| since >= patience)
    }

    /// The rest of an epoch; `false` if it was stopped.
    fn epoch(
        &mut self,
        strips: &Arc<Strips>,
        watcher: &dyn Watcher,
    ) -> Result<bool, TrainingError> {
        let config = &self.training.config;
        let eligible = eligible(config, strips);
        let epoch = self.position.epoch;
        let order = Words::new(config.seed, Purpose::Order, epoch).order(eligible.len());
        let mut copies = Words::new(config.seed, Purpose::SymmetryCopies, epoch);
        let items: Vec<BatchItem> = order
            .into_iter()
            .map(|place| BatchItem {
                sample: eligible[place],
                copy: SymmetryCopy::of(copies.word() % self.copies),
            })
            .collect();
        let mut grad_output = Vec::new();
        let skip = usize::try_from(self.position.step).unwrap_or(usize::MAX);
        let mut since = Instant::now();
        for batch in items.chunks(config.batch_size).skip(skip) {
            let dropout = (config.dropout > 0.0).then(|| {
                let number = u64::from(self.steps.memory().0);
                Dropout {
                    rate: config.dropout,
                    words: Words::new(config.seed, Purpose::Dropout, number),
                }
            });
            let outputs = self.network.forward(strips, batch, dropout)?;
            let loss = self
                .objective
                .loss_and_grad(strips, batch, outputs, &mut grad_output);
            if !loss.is_finite() {
                return Err(TrainingError::Diverged { epoch: epoch + 1 });
            }
            self.steps.step(&mut *self.network, &grad_output)?;
            let samples = batch.len() as u64;
            self.position.step += 1;
            self.position.loss += loss;
            self.position.samples += samples;
            self.learned += samples;
            let mean = self.position.loss / self.position.samples as f64;
            watcher.learned(samples, mean);
            let stop = watcher.stop();
            if stop || self.last_checkpoint.elapsed() >= self.training.checkpoint_every {
                self.tick(&mut since);
                self.checkpoint()?;
                since = Instant::now();
            }
            if stop {
                return Ok(false);
            }
        }
        self.tick(&mut since);
        Ok(true)
    }

    /// Adds the time since then.
    fn tick(&mut self, since: &mut Instant) {
        let passed = since.elapsed();
        *since = Instant::now();
        self.learning += passed;
        self.position.seconds += passed.as_secs_f64();
    }

    /// The weights that are judged and written: the mean, if one is kept.
    fn current(&self) -> &[f32] {
        let mean = self.steps.mean.as_deref();
        mean.unwrap_or_else(|| self.network.parameters())
    }

    /// These parameters, in the network's own order, by name.
    fn named(&mut self, parameters: &[f32]) -> Result<Weights, TrainingError> {
        let own = self.network.parameters().to_vec();
        self.network.parameters_mut().copy_from_slice(parameters);
        let weights = self.network.weights();
        self.network.parameters_mut().copy_from_slice(&own);
        weights
    }

    /// Ends an epoch: how good are its weights on the validation split?
    fn judge(&mut self, validation: &Strips) -> Result<(), TrainingError> {
        let current = self.current().to_vec();
        let weights = self.named(&current)?;
        let (targets, outputs) = (self.record.targets, self.record.outputs.len());
        let mut predicted = vec![0.0; validation.len() * targets];
        predict(
            &self.architecture,
            &weights,
            &self.scaling,
            validation,
            1,
            targets,
            &mut predicted,
        )?;
        let mae = mean_errors(&predicted, validation, outputs, targets);
        let Position {
            loss,
            samples,
            seconds,
            ..
        } = self.position;
        self.position.epoch += 1;
        let number = self.position.epoch;
        if !mae.iter().all(|mae| mae.is_finite()) {
            return Err(TrainingError::Diverged { epoch: number });
        }
        let before = self.position.curve.last();
        let (before_samples, before_seconds) = before.map_or((0, 0.0), |e| (e.samples, e.seconds));
        let row = Epoch {
            epoch: number,
            samples: before_samples + samples,
            seconds,
            rate: samples as f64 / (seconds - before_seconds).max(1e-9),
            loss: loss / samples.max(1) as f64,
            mae,
        };
        let best = self.position.curve.iter().map(|e| self.score(&e.mae));
        let best = best.fold(f64::INFINITY, f64::min);
        if self.score(&row.mae) < best {
            self.best = current;
            self.position.best_epoch = number;
        }
        self.position.curve.push(row);
        (
            self.position.step,
            self.position.samples,
            self.position.loss,
        ) = (0, 0, 0.0);
        Ok(())
    }

    /// The mean of the targets' errors, each in units of the baseline's: the smaller, the better.
    fn score(&self, mae: &[f64]) -> f64 {
        let shares = mae.iter().zip(&self.baseline_mae);
        let shares = shares.map(|(mae, baseline)| mae / baseline.max(1e-9));
        shares.sum::<f64>() / mae.len().max(1) as f64
    }

    fn checkpoint(&mut self) -> Result<(), TrainingError> {
        let (steps, means, squares) = self.steps.memory();
        self.position.optimiser_steps = steps;
        let checkpoint = Checkpoint {
            position: self.position.clone(),
            arrays: [
                self.network.parameters().to_vec(),
                means.to_vec(),
                squares.to_vec(),
                self.steps.mean.clone().unwrap_or_default(),
                self.best.clone(),
            ],
        };
        checkpoint.write(&self.training.output)?;
        self.last_checkpoint = Instant::now();
        Ok(())
    }

    /// Writes what came out.
    fn finish(&mut self, validation: &Strips) -> Result<(), TrainingError> {
        let (targets, outputs) = (self.record.targets, self.record.outputs.len());
        let last = self.current().to_vec();
        let last = self.named(&last)?;
        let best = self.best.clone();
        let best = self.named(&best)?;
        let config = &self.training.config;
        let copies = if config.average_symmetry_copies {
            SymmetryCopy::count_for(
                &config.network,
                self.record.data.disorder(),
                &self.record.outputs,
            )
        } else {
            1
        };
        let begin = Instant::now();
        let mut predicted = vec![0.0; validation.len() * targets];
        predict(
            &self.architecture,
            &best,
            &self.scaling,
            validation,
            copies,
            targets,
            &mut predicted,
        )?;
        let disorder = self.record.data.disorder();
        let sites = self.record.data.size().sites();
        let names = self.record.outputs[..targets].to_vec();
        let counts: Vec<usize> = validation.counts.iter().map(|&c| c as usize).collect();
        let exact = first_columns(&validation.exact, outputs, targets);
        let intervals = Intervals::fit(disorder, sites, &names, &counts, &exact, &predicted)?;
        let predictions = Predictions {
            disorder,
            sites,
            targets: names.clone(),
            counts,
            exact,
            predicted,
            seconds: begin.elapsed().as_secs_f64(),
        };
        // Without the intervals: they were found on these very samples.
        let seed = self.training.config.seed;
        let evaluation = judge(&predictions, Some(&self.baseline), None, seed);
        let mut files = BTreeMap::new();
        files.insert(
            EVALUATION.into(),
            self.folder.write_json(EVALUATION, &evaluation)?,
        );
        let description = describe(&self.architecture, disorder, &names, &self.scaling, copies);
        for (name, weights) in [("last", &last), ("best", &best)] {
            let name = format!("{name}.safetensors");
            let bytes = write_record(weights, &description)?;
            let sum = self.folder.write(&name, &bytes)?;
            files.insert(name, sum);
        }
        let folder = self.folder;
        files.insert(SCALING.into(), folder.write_json(SCALING, &self.scaling)?);
        files.insert(
            BASELINE.into(),
            folder.write_json(BASELINE, &self.baseline)?,
        );
        files.insert(INTERVALS.into(), folder.write_json(INTERVALS, &intervals)?);
        let table = curve::csv(&self.position.curve, &names, &self.baseline_mae);
        files.insert(CURVES.into(), folder.write(CURVES, table.as_bytes())?);
        let best_epoch = self.position.best_epoch;
        let best_row = self.position.curve.iter().find(|e| e.epoch == best_epoch);
        self.record.finished = Some(Finished {
            epochs: self.position.epoch,
            best_epoch,
            validation_mae: best_row.map(|e| e.mae.clone()).unwrap_or_default(),
            baseline_mae: self.baseline_mae.clone(),
            seconds: self.position.seconds,
            curve: self.position.curve.clone(),
            files,
        });
        folder.finish(&self.record)
    }

    fn report(&self, stopped: bool) -> TrainingReport {
        TrainingReport {
            record: self.record.clone(),
            curve: self.position.curve.clone(),
            learned: self.learned,
            learning_seconds: self.learning.as_secs_f64(),
            found: false,
            stopped,
        }
    }
}

/// The most impurities that are learned from.
fn most_impurities(config: &TrainingConfig, sites: usize) -> usize {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of the sites"
    )]
    let most = (config.max_concentration * sites as f64).floor() as usize;
    most
}

/// The samples that are learned from.
fn eligible(config: &TrainingConfig, strips: &Strips) -> Vec<usize> {
    let most = most_impurities(config, strips.size.length() * strips.size.width());
    let few = |sample: &usize| strips.counts[*sample] as usize <= most;
    (0..strips.len()).filter(few).collect()
}

/// The first `targets` columns of `values`, `[sample, output]`.
fn first_columns(values: &[f32], outputs: usize, targets: usize) -> Vec<f64> {
    let rows = values.chunks_exact(outputs);
    rows.flat_map(|row| row[..targets].iter().map(|&value| value.into()))
        .collect()
}

/// The mean absolute error of each target.
fn mean_errors(predicted: &[f64], strips: &Strips, outputs: usize, targets: usize) -> Vec<f64> {
    let exact = first_columns(&strips.exact, outputs, targets);
    let mut sums = vec![0.0; targets];
    for (predicted, exact) in predicted
        .chunks_exact(targets)
        .zip(exact.chunks_exact(targets))
    {
        for ((sum, predicted), exact) in sums.iter_mut().zip(predicted).zip(exact) {
            *sum += (predicted - exact).abs();
        }
    }
    let count = strips.len().max(1) as f64;
    sums.into_iter().map(|sum| sum / count).collect()
}

fn baseline(record: &RunRecord, strips: &Strips) -> Result<Baseline, TrainingError> {
    let targets = &record.outputs[..record.targets];
    let counts: Vec<usize> = strips.counts.iter().map(|&c| c as usize).collect();
    let values = first_columns(&strips.exact, record.outputs.len(), record.targets);
    let sites = record.data.size().sites();
    let disorder = record.data.disorder();
    Ok(Baseline::fit(disorder, sites, targets, &counts, &values)?)
}

fn baseline_mae(baseline: &Baseline, strips: &Strips, outputs: usize, targets: usize) -> Vec<f64> {
    let guesses = strips
        .counts
        .iter()
        .flat_map(|&count| (0..targets).map(move |target| baseline.guess(target, count as usize)));
    let guesses: Vec<f64> = guesses.collect();
    mean_errors(&guesses, strips, outputs, targets)
}
