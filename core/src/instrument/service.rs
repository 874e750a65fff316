//! A request becomes a reply.

use heapless::{String, Vec};

use super::{Cost, CostUnit, Counters, Identity, Refusal, Reply, Request, SolverLimits, Strip};
use crate::checksum::CRC_32C;
use crate::disorder::{Concentration, DisorderModel};
use crate::hybrid::{Hybrid, HybridModel};
use crate::inference::format::MAX_OUTPUTS;
use crate::inference::{Model, ModelError, Target};
use crate::transport::{conductance, reflection_workspace_len, transmission};

/// The board's counter, which says what a computation takes.
pub trait Clock {
    /// What it counts.
    fn unit(&self) -> CostUnit;

    /// The current count, from an arbitrary start; it wraps at 2⁶⁴.
    fn now(&mut self) -> u64;
}

/// What a [`Service`] works in.
#[derive(Debug)]
pub struct Workspaces<'a> {
    /// On-site energies: one `f32` for each site of the largest strip, at least the model's.
    pub onsite: &'a mut [f32],
    /// The exact solver's, of [`reflection_workspace_len`] numbers for the widest strip; empty if
    /// nothing shall be solved exactly. A hybrid works in it too: [`HybridModel::workspace_len`].
    pub solver: &'a mut [f32],
    /// The network's, at least [`Model::scratch_len`] bytes; none for a hybrid.
    pub scratch: &'a mut [i8],
}

/// What a service predicts with.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for good, and nowhere to put a part of it"
)]
enum Loaded<'a> {
    Network(Model<'a>),
    Hybrid(HybridModel<'a>),
}

/// One model, the exact solver, and what they work in.
#[derive(Debug)]
pub struct Service<'a> {
    model: Loaded<'a>,
    model_len: usize,
    model_crc32c: u32,
    board: &'a str,
    workspaces: Workspaces<'a>,
}

impl<'a> Service<'a> {
    /// A service with the model of this file, a network's or a hybrid's, on a board of this name.
    ///
    /// # Errors
    /// Any [`ModelError`] about the file; [`ModelError::LatticeSize`] or
    /// [`ModelError::ScratchTooShort`] if there is too little room for the model's strips.
    pub fn new(
        model_file: &'a [u8],
        board: &'a str,
        workspaces: Workspaces<'a>,
    ) -> Result<Self, ModelError> {
        let model = Loaded::parse(model_file)?;
        let (needed, found) = model.memory(&workspaces);
        if found < needed {
            return Err(ModelError::ScratchTooShort { needed, found });
        }
        let expected = model.size().map(usize::from);
        let [length, width] = expected;
        let sites = workspaces.onsite.len();
        if sites < length * width {
            return Err(ModelError::LatticeSize {
                expected,
                sites,
                width,
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
            Request::PredictWithin { strip, budget } => self.predict_within(strip, *budget, clock),
        };
        answered.unwrap_or_else(Reply::Refused)
    }

    fn identity(&self) -> Identity {
        let mut identity = match &self.model {
            Loaded::Network(model) => {
                let card = model.card();
                Identity {
                    model: beginning(card.name),
                    data_hash: card.data_hash,
                    disorder: card.disorder,
                    concentration: card.concentration,
                    counts: card.counts,
                    targets: targets(model.targets()),
                    scratch_len: count(model.scratch_len()),
                    ..self.nobody()
                }
            }
            Loaded::Hybrid(model) => {
                let card = model.card();
                Identity {
                    model: beginning(card.name),
                    data_hash: card.data_hash,
                    disorder: card.disorder,
                    concentration: card.concentration,
                    counts: [0, count(model.sites())],
                    targets: targets(core::iter::once(card.target)),
                    scratch_len: 0,
                    ..self.nobody()
                }
            }
        };
        [identity.length, identity.width] = self.model.size();
        identity
    }

    /// The fields that do not depend on the kind of model.
    fn nobody(&self) -> Identity {
        Identity {
            crate_version: beginning(env!("CARGO_PKG_VERSION")),
            board: beginning(self.board),
            model: String::new(),
            model_len: count(self.model_len),
            model_crc32c: self.model_crc32c,
            data_hash: [0; 32],
            length: 0,
            width: 0,
            disorder: DisorderModel::II,
            concentration: Concentration::Uniform,
            counts: [0; 2],
            targets: Vec::new(),
            scratch_len: 0,
            solver: SolverLimits {
                sites: count(self.workspaces.onsite.len()),
                workspace: count(self.workspaces.solver.len()),
            },
        }
    }

    fn self_test(&mut self, clock: &mut impl Clock) -> Result<Reply, Refusal> {
        let Workspaces {
            onsite,
            solver,
            scratch,
        } = &mut self.workspaces;
        let (golden, cost) = match &self.model {
            Loaded::Network(model) => {
                let (tested, cost) = measured(clock, || model.self_test(onsite, scratch));
                tested?;
                (model.card().golden.len(), cost)
            }
            Loaded::Hybrid(model) => {
                let mut hybrid = Hybrid::new(model, solver)?;
                let (tested, cost) = measured(clock, || hybrid.self_test(onsite));
                tested?;
                (model.card().golden.len(), cost)
            }
        };
        let golden = count(golden);
        Ok(Reply::SelfTest { golden, cost })
    }

    /// Refuses strips of another size than the model's.
    fn require_size(&self, strip: &Strip<'_>) -> Result<(), Refusal> {
        let (expected, found) = (self.model.size(), [strip.length, strip.width]);
        if expected == found {
            Ok(())
        } else {
            Err(Refusal::LatticeSize { expected, found })
        }
    }

    fn predict(&mut self, strip: &Strip<'_>, clock: &mut impl Clock) -> Result<Reply, Refusal> {
        let Loaded::Network(model) = &self.model else {
            return Err(Refusal::NoNetwork);
        };
        self.require_size(strip)?;
        let Workspaces {
            onsite, scratch, ..
        } = &mut self.workspaces;
        let onsite = strip.unpack(onsite)?;
        let mut values: Vec<i32, MAX_OUTPUTS> = Vec::new();
        let resized = values.resize(model.card().outputs.len(), 0);
        resized.map_err(|_| Refusal::Device)?;
        let width = usize::from(strip.width);
        let (predicted, cost) = measured(clock, || {
            model.predict_q16(onsite, width, scratch, &mut values)
        });
        predicted?;
        Ok(Reply::Prediction { values, cost })
    }

    fn predict_within(
        &mut self,
        strip: &Strip<'_>,
        budget: u64,
        clock: &mut impl Clock,
    ) -> Result<Reply, Refusal> {
        let Loaded::Hybrid(model) = &self.model else {
            return Err(Refusal::NoHybrid);
        };
        self.require_size(strip)?;
        let Workspaces { onsite, solver, .. } = &mut self.workspaces;
        let onsite = strip.unpack(onsite)?;
        let mut hybrid = Hybrid::new(model, solver)?;
        let width = usize::from(strip.width);
        let (found, cost) = measured(clock, || hybrid.predict_within(onsite, width, budget));
        let found = found?;
        Ok(Reply::Estimate {
            value: found.value,
            solved: found.solved,
            impurities: found.impurities,
            energies: found.energies,
            exact: found.exact,
            multiply_adds: found.multiply_adds,
            cost,
        })
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

impl<'a> Loaded<'a> {
    fn parse(file: &'a [u8]) -> Result<Self, ModelError> {
        if HybridModel::is_one(file) {
            Ok(Self::Hybrid(HybridModel::parse(file)?))
        } else {
            Ok(Self::Network(Model::parse(file)?))
        }
    }

    /// Slices and rows of its strips.
    const fn size(&self) -> [u16; 2] {
        match self {
            Self::Network(model) => [model.card().length, model.card().width],
            Self::Hybrid(model) => [model.card().length, model.card().width],
        }
    }

    /// Bytes that it works in, and bytes that there are.
    fn memory(&self, workspaces: &Workspaces<'_>) -> (usize, usize) {
        match self {
            Self::Network(model) => (model.scratch_len(), workspaces.scratch.len()),
            Self::Hybrid(model) => (
                model.workspace_len().saturating_mul(size_of::<f32>()),
                size_of_val(workspaces.solver),
            ),
        }
    }
}

/// What a model predicts: never more than there is room for, which `collect` would panic about.
fn targets(all: impl Iterator<Item = Target>) -> Vec<Target, MAX_OUTPUTS> {
    let mut targets = Vec::new();
    for target in all.take(MAX_OUTPUTS) {
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
