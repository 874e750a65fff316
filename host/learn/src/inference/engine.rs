//! Blocks of strips through a network.

use landauer_core::inference::{Image, Model, ModelError};
use rayon::prelude::*;

use super::kernels::Kernels;
use super::passes::Passes;
use super::plan::{ExecutionPlan, Step, Table};
use super::sites::Slices;
use super::steps::Room;
use super::windows::Written;
use landauer::failure::{Categorised, Category};

/// The most passes of the network that go through a layer together: multiples of the rows of every
/// tile.
const MAX_PASSES: usize = 96;

/// The fewest, and what numbers of passes are multiples of.
const MIN_PASSES: usize = 12;

/// What the arenas of all passes may take, so that what a layer reads and writes stays in the second
/// cache.
const MAX_ARENA_BYTES: usize = 1 << 19;

/// Bytes of a cache line, which no two arenas share.
const LINE: usize = 64;

/// G0 in the integers of a prediction.
const UNITS: f64 = 65536.0;

/// A strip that a network cannot predict.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("sample {sample}: {problem}")]
pub struct EngineError {
    /// Its number, counted from the first one given.
    pub sample: usize,
    /// Why.
    // Not called source: the message has it already.
    pub problem: ModelError,
}

impl EngineError {
    /// The same error in a batch that begins `strips` strips earlier.
    #[must_use]
    pub const fn after(mut self, strips: usize) -> Self {
        self.sample += strips;
        self
    }
}

impl Categorised for EngineError {
    fn category(&self) -> Category {
        Category::Input
    }
}

/// A network ready to predict many strips.
///
/// The results are those of [`Model::predict`] to the last bit, whatever instructions the processor
/// has, however many strips are given at a time, on however many threads.
#[derive(Debug, Clone)]
pub struct Engine<'m> {
    model: Model<'m>,
    kernels: Kernels,
    plan: ExecutionPlan,
    images: Vec<Image>,
    /// Bytes from one pass's arena to the next one's.
    stride: usize,
}

/// Room for what one thread works on.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    arenas: Vec<i8>,
    patch: Vec<i8>,
    counts: Vec<u32>,
    room: Room,
    slices: Slices,
    patterns: Vec<i8>,
    sums: Vec<i64>,
}

impl<'m> Engine<'m> {
    /// Repacks the weights of a model for this processor.
    ///
    /// # Errors
    /// None for a model that came from [`Model::parse`].
    pub fn new(model: Model<'m>) -> Result<Self, ModelError> {
        Self::with(Kernels::best(), model)
    }

    /// One engine for each set of instructions that this processor has, the slowest first, and what
    /// the set is called: to compare them.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn variants(model: &Model<'m>) -> Result<Vec<(&'static str, Self)>, ModelError> {
        let engine = |kernels: Kernels| Ok((kernels.name(), Self::with(kernels, model.clone())?));
        Kernels::all().map(engine).collect()
    }

    fn with(kernels: Kernels, model: Model<'m>) -> Result<Self, ModelError> {
        let malformed = ModelError::Card(landauer_core::inference::Fault::Malformed);
        let plan = ExecutionPlan::new(kernels, &model).ok_or(malformed)?;
        let arena = model.card().arena as usize;
        Ok(Self {
            images: model.card().mirrors.images().collect(),
            // An odd number of lines, so that arenas do not all fall on the same lines of a cache.
            stride: (arena.div_ceil(LINE) | 1) * LINE,
            model,
            kernels,
            plan,
        })
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> &Model<'m> {
        &self.model
    }

    /// The instructions that it runs on.
    #[must_use]
    pub const fn instructions(&self) -> &'static str {
        self.kernels.name()
    }

    /// The layers, by name, that core's own functions run, since they have no kernel here.
    pub fn layers_of_core(&self) -> impl Iterator<Item = &'static str> {
        self.plan.steps.iter().filter_map(|step| match step {
            Step::Core(layer) => Some(layer.operator.name()),
            Step::Packed(_) => None,
        })
    }

    /// Numbers that are predicted of each strip.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.model.card().outputs.len()
    }

    /// Predicts strips, `[sample, slice, row]` in units of t, on the threads of the current pool:
    /// `[sample, target]` in units of G0.
    ///
    /// # Errors
    /// The first strip that the model was not made for.
    pub fn predict(&self, onsite: &[f64], outputs: &mut [f64]) -> Result<(), EngineError> {
        let mut values = vec![0; outputs.len()];
        self.predict_q16(onsite, &mut values)?;
        for (output, value) in outputs.iter_mut().zip(values) {
            *output = f64::from(value) / UNITS;
        }
        Ok(())
    }

    /// The same in whole units of G0/65536.
    ///
    /// # Errors
    /// The first strip that the model was not made for.
    pub fn predict_q16(&self, onsite: &[f64], outputs: &mut [i32]) -> Result<(), EngineError> {
        let sites = self.model.sites().max(1);
        let samples = onsite.len() / sites;
        let fits = onsite.len() == samples * sites && outputs.len() == samples * self.outputs();
        if !fits {
            let problem = ModelError::OutputLength {
                needed: samples * self.outputs(),
                found: outputs.len(),
            };
            return Err(EngineError { sample: 0, problem });
        }
        let passes = MAX_ARENA_BYTES / self.stride / MIN_PASSES * MIN_PASSES;
        let passes = passes.clamp(MIN_PASSES, MAX_PASSES);
        let block = (passes / self.images.len()).max(1);
        let all = onsite;
        let blocks = onsite.par_chunks(block * sites);
        let places = outputs.par_chunks_mut(block * self.outputs());
        let failed = blocks
            .zip(places)
            .enumerate()
            .map_init(
                Workspace::default,
                |workspace, (number, (onsite, outputs))| {
                    let next = (number + 1) * block * sites..(number + 2) * block * sites;
                    let ahead = all.get(next).unwrap_or(&[]);
                    let predicted = self.predict_block(workspace, (onsite, ahead), outputs);
                    predicted.map_err(|error| error.after(number * block))
                },
            )
            .filter_map(Result::err)
            .min_by_key(|error| error.sample);
        failed.map_or(Ok(()), Err)
    }

    fn predict_block(
        &self,
        workspace: &mut Workspace,
        (onsite, ahead): (&[f64], &[f64]),
        outputs: &mut [i32],
    ) -> Result<(), EngineError> {
        let passes = self.images.len();
        let samples = onsite.len() / self.model.sites().max(1);
        // What an arena held before is never read: the loader has seen to it.
        workspace.arenas.resize(samples * passes * self.stride, 0);
        workspace.patch.resize(self.model.scratch_len(), 0);
        workspace.counts.clear();
        for (sample, onsite) in onsite.chunks_exact(self.model.sites()).enumerate() {
            let arenas = sample * passes * self.stride;
            let begun = self.begin(workspace, arenas, onsite);
            begun.map_err(|problem| EngineError { sample, problem })?;
        }
        let failed = |problem| EngineError { sample: 0, problem };
        let mut ahead = ahead;
        for step in &self.plan.steps {
            ahead = self.step(workspace, ahead, step).map_err(failed)?;
        }
        let targets = self.outputs();
        for (sample, outputs) in outputs.chunks_exact_mut(targets).enumerate() {
            let finished = self.finish(workspace, sample, outputs);
            finished.map_err(|problem| EngineError { sample, problem })?;
        }
        Ok(())
    }

    /// Checks one strip and writes what the first step reads, of every image.
    fn begin(
        &self,
        workspace: &mut Workspace,
        arenas: usize,
        onsite: &[f64],
    ) -> Result<(), ModelError> {
        let Workspace {
            arenas: all,
            counts,
            slices,
            patterns,
            ..
        } = workspace;
        let arenas = all[arenas..].chunks_exact_mut(self.stride);
        let card = self.model.card();
        let (constants, front) = (self.model.constants(), &self.plan.front);
        let input = card.encoder.output.range();
        let Some(sites) = &front.sites else {
            let count = self.model.count(onsite, usize::from(card.width))?;
            counts.extend(self.images.iter().map(|_| count));
            for (arena, &image) in arenas.zip(&self.images) {
                let input = &mut arena[input.clone()];
                self.model.encode(image, onsite, count, input)?;
            }
            return Ok(());
        };
        let count = sites.count(&self.model, onsite, slices)?;
        counts.extend(self.images.iter().map(|_| count));
        for (arena, &image) in arenas.zip(&self.images) {
            sites.look(image, slices);
            if front.encodes {
                let malformed = ModelError::Encoder(landauer_core::inference::Fault::Malformed);
                let encoded = sites.encode(constants, count, slices, &mut arena[input.clone()]);
                encoded.ok_or(malformed)?;
            }
            if let Some((table, written)) = &front.table {
                let Written { tensor, order } = *written;
                let output = &mut arena[tensor.range()];
                match table {
                    Table::Patterns(table) => table.run(slices, order, patterns, output),
                    Table::Neighbours(table) => table.run(slices, order, output),
                }
            }
        }
        Ok(())
    }

    /// Takes all passes through a layer; `ahead` are the strips that come next, and the result those that
    /// have not been fetched yet.
    fn step<'s>(
        &self,
        workspace: &mut Workspace,
        ahead: &'s [f64],
        step: &Step,
    ) -> Result<&'s [f64], ModelError> {
        let Workspace {
            arenas,
            patch,
            counts,
            room,
            ..
        } = workspace;
        let mut passes = Passes {
            arenas,
            stride: self.stride,
            counts,
            ahead,
        };
        match step {
            Step::Core(layer) => {
                for (count, arena) in passes.each() {
                    self.model.run_layer(layer, count, arena, patch)?;
                }
                Ok(ahead)
            }
            Step::Packed(step) => {
                let malformed = ModelError::Card(landauer_core::inference::Fault::Malformed);
                let run = step.run(self.model.constants(), &mut passes, room);
                run.ok_or(malformed)?;
                let asked_for = ahead.len() - passes.ahead.len();
                Ok(&ahead[asked_for..])
            }
        }
    }

    /// The last sums of one strip, over all images, and what they mean.
    fn finish(
        &self,
        workspace: &mut Workspace,
        sample: usize,
        outputs: &mut [i32],
    ) -> Result<(), ModelError> {
        let passes = self.images.len();
        let malformed = ModelError::Head(landauer_core::inference::Fault::Malformed);
        let count = workspace.counts[sample * passes];
        workspace.sums.clear();
        workspace.sums.resize(outputs.len(), 0);
        let arenas = &workspace.arenas[sample * passes * self.stride..];
        for arena in arenas.chunks_exact(self.stride).take(passes) {
            let input = &arena[self.plan.head_input.range()];
            let added = self
                .plan
                .head
                .add(&self.model, count, input, &mut workspace.sums);
            added.ok_or(malformed)?;
        }
        self.model.decode(count, &workspace.sums, outputs)
    }
}
