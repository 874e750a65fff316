//! A request becomes a reply.

use heapless::{String, Vec};

use super::{Cost, CostUnit, Counters, Identity, Refusal, Reply, Request, SolverLimits, Strip};
use crate::checksum::CRC_32C;
use crate::inference::format::MAX_OUTPUTS;
use crate::inference::{Model, ModelError, Target};
use crate::transport::{conductance, reflection_workspace_len, transmission};

/// The board's counter, which says what a computation takes.
pub trait Clock {
    /// What it counts.
    fn unit(&self) -> CostUnit;

    /// How many so far, from any beginning; beyond 2⁶⁴ − 1 it starts anew.
    fn now(&mut self) -> u64;
}

/// What a [`Service`] works in.
#[derive(Debug)]
pub struct Workspaces<'a> {
    /// On-site energies: one `f32` for each site of the largest strip, at least the model's.
    pub onsite: &'a mut [f32],
    /// The exact solver's, of [`reflection_workspace_len`] numbers for the widest strip; empty if
    /// nothing shall be solved exactly.
    pub solver: &'a mut [f32],
    /// The network's, at least [`Model::scratch_len`] bytes.
    pub scratch: &'a mut [i8],
}

/// One model, the exact solver, and what they work in.
#[derive(Debug)]
pub struct Service<'a> {
    model: Model<'a>,
    model_len: usize,
    model_crc32c: u32,
    board: &'a str,
    workspaces: Workspaces<'a>,
}

impl<'a> Service<'a> {
    /// A service with the model of this file, on a board of this name.
    ///
    /// # Errors
    /// Any [`ModelError`] about the file; [`ModelError::LatticeSize`] or
    /// [`ModelError::ScratchTooShort`] if there is too little room for the model's strips.
    pub fn new(
        model_file: &'a [u8],
        board: &'a str,
        workspaces: Workspaces<'a>,
    ) -> Result<Self, ModelError> {
        let model = Model::parse(model_file)?;
        let (needed, found) = (model.scratch_len(), workspaces.scratch.len());
        if found < needed {
            return Err(ModelError::ScratchTooShort { needed, found });
        }
        let card = model.card();
        let sites = workspaces.onsite.len();
        if sites < model.sites() {
            return Err(ModelError::LatticeSize {
                expected: [card.length, card.width].map(usize::from),
                sites,
                width: usize::from(card.width),
            });
        }
        Ok(Self {
            model,
            model_len: model_file.len(),
            model_crc32c: CRC_32C.checksum(model_file),
            board,
            workspaces,
        })
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> &Model<'a> {
        &self.model
    }

    /// Carries a request out; `counters` is what [`Request::Counters`] asks for.
    pub fn answer(
        &mut self,
        request: &Request<'_>,
        counters: Counters,
        clock: &mut impl Clock,
    ) -> Reply {
        let answered = match request {
            Request::Identity => Ok(Reply::Identity(self.identity())),
            Request::Counters => Ok(Reply::Counters(counters)),
            Request::SelfTest => self.self_test(clock),
            Request::Predict { strip } => self.predict(strip, clock),
            Request::Transmission { strip, energy } => {
                self.solve(strip, clock, |onsite, width, workspace| {
                    transmission(onsite, width, *energy, workspace)
                })
            }
            Request::Conductance { strip, bias } => {
                self.solve(strip, clock, |onsite, width, workspace| {
                    conductance(onsite, width, *bias, workspace)
                })
            }
        };
        answered.unwrap_or_else(Reply::Refused)
    }

    fn identity(&self) -> Identity {
        let card = self.model.card();
        Identity {
            crate_version: beginning(env!("CARGO_PKG_VERSION")),
            board: beginning(self.board),
            model: beginning(card.name),
            model_len: count(self.model_len),
            model_crc32c: self.model_crc32c,
            data_hash: card.data_hash,
            length: card.length,
            width: card.width,
            disorder: card.disorder,
            concentration: card.concentration,
            counts: card.counts,
            targets: targets(&self.model),
            scratch_len: count(self.model.scratch_len()),
            solver: SolverLimits {
                sites: count(self.workspaces.onsite.len()),
                workspace: count(self.workspaces.solver.len()),
            },
        }
    }

    fn self_test(&mut self, clock: &mut impl Clock) -> Result<Reply, Refusal> {
        let Workspaces {
            onsite, scratch, ..
        } = &mut self.workspaces;
        let (tested, cost) = measured(clock, || self.model.self_test(onsite, scratch));
        tested?;
        Ok(Reply::SelfTest {
            golden: count(self.model.card().golden.len()),
            cost,
        })
    }

    fn predict(&mut self, strip: &Strip<'_>, clock: &mut impl Clock) -> Result<Reply, Refusal> {
        let card = self.model.card();
        let (expected, found) = ([card.length, card.width], [strip.length, strip.width]);
        if expected != found {
            return Err(Refusal::LatticeSize { expected, found });
        }
        let Workspaces {
            onsite, scratch, ..
        } = &mut self.workspaces;
        let onsite = strip.unpack(onsite)?;
        let mut values: Vec<i32, MAX_OUTPUTS> = Vec::new();
        let resized = values.resize(card.outputs.len(), 0);
        resized.map_err(|_| Refusal::Device)?;
        let width = usize::from(strip.width);
        let (predicted, cost) = measured(clock, || {
            self.model.predict_q16(onsite, width, scratch, &mut values)
        });
        predicted?;
        Ok(Reply::Prediction { values, cost })
    }

    fn solve(
        &mut self,
        strip: &Strip<'_>,
        clock: &mut impl Clock,
        solver: impl FnOnce(&[f32], usize, &mut [f32]) -> Result<f32, crate::SolveError>,
    ) -> Result<Reply, Refusal> {
        let Workspaces {
            onsite,
            solver: workspace,
            ..
        } = &mut self.workspaces;
        let onsite = strip.unpack(onsite)?;
        let width = usize::from(strip.width);
        let (needed, found) = (reflection_workspace_len(width), workspace.len());
        if found < needed {
            return Err(Refusal::TooWide {
                width: strip.width.into(),
                needed: count(needed),
                found: count(found),
            });
        }
        let (solved, cost) = measured(clock, || solver(onsite, width, workspace));
        let value = solved?;
        Ok(Reply::Exact { value, cost })
    }
}

/// What a model predicts: never more than there is room for, which `collect` would panic about.
fn targets(model: &Model<'_>) -> Vec<Target, MAX_OUTPUTS> {
    let mut targets = Vec::new();
    for target in model.targets().take(MAX_OUTPUTS) {
        let _ = targets.push(target);
    }
    targets
}

/// What a computation gives, and what it takes.
fn measured<T>(clock: &mut impl Clock, compute: impl FnOnce() -> T) -> (T, Cost) {
    let begin = clock.now();
    let computed = compute();
    let count = clock.now().wrapping_sub(begin);
    let unit = clock.unit();
    (computed, Cost { count, unit })
}

/// As much of a text as there is room for.
fn beginning<const ROOM: usize>(text: &str) -> String<ROOM> {
    let mut begin = String::new();
    for letter in text.chars() {
        if begin.push(letter).is_err() {
            break;
        }
    }
    begin
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
