//! The same strips here and on a device, compared bit by bit.

use landauer_core::hybrid::{Estimate, Hybrid, HybridError, HybridModel, hybrid_workspace_len};
use landauer_core::inference::Target;
use landauer_core::instrument::{Cost, Refusal};
use landauer_core::transport::{conductance, reflection_workspace_len, transmission};
use landauer_core::{Ensemble, SolveError};

use super::{Device, DeviceError};
use landauer_learn::inference::Engine;
use landauer_learn::{LoadedModel, ModelContents, ModelFileError};

/// What to compare.
#[derive(Debug)]
pub struct Crosscheck<'a> {
    /// The device's model, run as the host runs it.
    pub model: &'a HostModel<'a>,
    /// Where the strips come from: samples 0, 1, 2, …
    pub ensemble: Ensemble,
    /// How many strips are predicted.
    pub predicted: u64,
    /// How many of the first ones are also solved exactly for T.
    pub solved: u64,
    /// How many of the first ones are also solved exactly for Ḡ.
    pub averaged: u64,
    /// The energy E of T, in units of t.
    pub energy: f32,
    /// The bias eV of Ḡ, in units of t.
    pub bias: f64,
}

/// A model as the host runs it.
#[derive(Debug)]
pub enum HostModel<'m> {
    /// A network.
    Network(Box<Engine<'m>>),
    /// A hybrid, and the multiply-adds that it may spend on a strip.
    Hybrid(Box<HybridModel<'m>>, u64),
}

impl<'m> HostModel<'m> {
    /// Makes a model ready; `budget`: the multiply-adds that a hybrid may spend on a strip, `None` for
    /// a network.
    ///
    /// # Errors
    /// A missing or an unused budget; a network that the host's engine cannot run.
    pub fn new(model: &'m LoadedModel, budget: Option<u64>) -> Result<Self, ModelFileError> {
        model.require_budget(budget)?;
        match model.contents() {
            ModelContents::Network(network) => {
                let engine = Engine::new(network.as_ref().clone());
                let engine = engine.map_err(|problem| ModelFileError::Invalid {
                    path: model.file().path().to_owned(),
                    problem,
                })?;
                Ok(Self::Network(Box::new(engine)))
            }
            ModelContents::Hybrid(hybrid) => {
                Ok(Self::Hybrid(hybrid.clone(), budget.unwrap_or_default()))
            }
        }
    }

    /// Sites of its strips, and sites in a slice.
    fn size(&self) -> (usize, usize) {
        match self {
            Self::Network(engine) => {
                let model = engine.model();
                (model.sites(), model.card().width.into())
            }
            Self::Hybrid(model, _) => (model.sites(), model.card().width.into()),
        }
    }

    fn compared(&self) -> Vec<Compared> {
        match self {
            Self::Network(engine) => {
                let targets = engine.model().targets();
                targets
                    .map(|it| Compared::new(it, Method::Network))
                    .collect()
            }
            Self::Hybrid(model, _) => vec![Compared::new(model.card().target, Method::Hybrid)],
        }
    }
}

/// How a number is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By the network, in integers.
    Network,
    /// By the hybrid within its budget, in `f32`.
    Hybrid,
    /// Exactly, in `f32`.
    Solver,
}

impl Method {
    /// What the last place of its numbers means.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Network => Unit::Fixed,
            Self::Hybrid | Self::Solver => Unit::Float,
        }
    }
}

/// What the last place of a number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// G0/65536, the same for all.
    Fixed,
    /// The distance to the next `f32`.
    Float,
}

/// A number, or why there is none.
pub type Answer = Result<f64, Refusal>;

/// One number of one strip, here and there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// What the host computes, in units of G0.
    pub host: Answer,
    /// What the device computes.
    pub device: Answer,
    /// Device minus host in last places; 0 if all bits are equal, and only then. Where just one of
    /// them is a number it is the largest there is.
    pub steps: i64,
    /// What it took the device; none where it refused.
    pub cost: Option<Cost>,
}

/// One quantity of all strips.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What it is.
    pub target: Target,
    /// How it is found.
    pub by: Method,
    /// `[strip]`.
    pub pairs: Vec<Pair>,
}

impl Compared {
    const fn new(target: Target, by: Method) -> Self {
        let pairs = Vec::new();
        Self { target, by, pairs }
    }

    /// Strips whose bits are all equal.
    #[must_use]
    pub fn equal(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.steps == 0).count()
    }

    /// The largest difference, in last places.
    #[must_use]
    pub fn largest_steps(&self) -> u64 {
        let steps = self.pairs.iter().map(|pair| pair.steps.unsigned_abs());
        steps.max().unwrap_or(0)
    }
}

/// Compares, strip by strip; `done` is called after each.
///
/// # Errors
/// A device that does not answer. What it computes, or refuses, is a result, not an error.
pub fn crosscheck(
    plan: &Crosscheck<'_>,
    device: &mut Device,
    mut done: impl FnMut(),
) -> Result<Vec<Compared>, DeviceError> {
    let (sites, width) = plan.model.size();
    let mut predicted = plan.model.compared();
    let energy = f64::from(plan.energy);
    let at_energy = match energy {
        0.0 => Target::Conductance,
        energy => Target::Transmission { energy },
    };
    let mut solved = Compared::new(at_energy, Method::Solver);
    let mut averaged = Compared::new(Target::BiasAverage { bias: plan.bias }, Method::Solver);

    let (mut onsite, mut single) = (vec![0.0_f64; sites], vec![0.0_f32; sites]);
    let mut workspace = vec![0.0; reflection_workspace_len(width)];
    let mut room = vec![0.0; hybrid_workspace_len(width)];
    let strips = plan.predicted.max(plan.solved).max(plan.averaged);
    for number in 0..strips {
        let mut sample = plan.ensemble.sample(number);
        sample.fill_onsite(&mut onsite);
        sample.fill_onsite(&mut single);
        if number < plan.predicted {
            match plan.model {
                HostModel::Network(engine) => {
                    predict(engine, &onsite, device, &single, width, &mut predicted)?;
                }
                HostModel::Hybrid(model, budget) => {
                    let host = Hybrid::new(model, &mut room);
                    let host = host.and_then(|mut it| it.predict_within(&single, width, *budget));
                    let device = device.predict_within(&single, width, *budget);
                    let pair = estimated(host, settled(device)?);
                    for one in &mut predicted {
                        one.pairs.push(pair);
                    }
                }
            }
        }
        if number < plan.solved {
            let host = transmission(&single, width, plan.energy, &mut workspace);
            let device = device.transmission(&single, width, plan.energy);
            solved.pairs.push(exact(host, device)?);
        }
        if number < plan.averaged {
            let host = conductance(&single, width, plan.bias, &mut workspace);
            let device = device.conductance(&single, width, plan.bias);
            averaged.pairs.push(exact(host, device)?);
        }
        done();
    }
    let all = predicted.into_iter().chain([solved, averaged]);
    Ok(all.filter(|one| !one.pairs.is_empty()).collect())
}

/// What a device computed, or why it refused; everything else is an error.
fn settled<T>(answer: Result<T, DeviceError>) -> Result<Result<T, Refusal>, DeviceError> {
    match answer {
        Ok(found) => Ok(Ok(found)),
        Err(DeviceError::Refused(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(error),
    }
}

fn predict(
    engine: &Engine<'_>,
    onsite: &[f64],
    device: &mut Device,
    single: &[f32],
    width: usize,
    compared: &mut [Compared],
) -> Result<(), DeviceError> {
    let mut values = vec![0; compared.len()];
    let host = engine.predict_q16(onsite, &mut values);
    let host = host.map_err(|error| Refusal::from(error.problem));
    let found = settled(device.predict(single, width))?;
    for (target, one) in compared.iter_mut().enumerate() {
        let host = host.map(|()| values[target]);
        let device = found.as_ref().map_err(|&refusal| refusal);
        // A list of another length has no such place.
        let device = device.and_then(|(values, cost)| {
            let value = values.get(target).ok_or(Refusal::Device)?;
            Ok((*value, *cost))
        });
        let units = |value: i32| f64::from(value) / 65536.0;
        one.pairs.push(pair(host, device, units, i64::from));
    }
    Ok(())
}

/// Equal are only estimates of equal bits that took in equally much.
fn estimated(
    host: Result<Estimate<f32>, HybridError>,
    device: Result<(Estimate<f32>, Cost), Refusal>,
) -> Pair {
    let host = host.map_err(Refusal::from);
    let alike = match (host, device) {
        (Ok(host), Ok((device, _))) => {
            Estimate { value: 0.0, ..host }
                == Estimate {
                    value: 0.0,
                    ..device
                }
        }
        _ => true,
    };
    let value = host.map(|estimate| estimate.value);
    let found = device.map(|(estimate, cost)| (estimate.value, cost));
    let mut pair = pair(value, found, f64::from, place);
    if !alike {
        pair.steps = i64::MAX;
    }
    pair
}

fn exact(
    host: Result<f32, SolveError>,
    device: Result<(f32, Cost), DeviceError>,
) -> Result<Pair, DeviceError> {
    let host = host.map_err(Refusal::from);
    Ok(pair(host, settled(device)?, f64::from, place))
}

fn pair<T: Copy>(
    host: Result<T, Refusal>,
    device: Result<(T, Cost), Refusal>,
    value: impl Fn(T) -> f64,
    place: impl Fn(T) -> i64,
) -> Pair {
    let steps = match (host, device) {
        (Ok(host), Ok((device, _))) => place(device) - place(host),
        (Err(host), Err(device)) if host == device => 0,
        _ => i64::MAX,
    };
    Pair {
        host: host.map(&value),
        device: device.map(|(found, _)| value(found)),
        steps,
        cost: device.ok().map(|(_, cost)| cost),
    }
}

/// The place of an `f32` among all of them in their order; −0 lies just below 0.
fn place(value: f32) -> i64 {
    let bits = i64::from(value.to_bits());
    let negative = 1 << 31;
    if bits < negative {
        bits
    } else {
        negative - 1 - bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_place_apart() {
        let one = 1.0_f32;
        assert_eq!(place(one.next_up()) - place(one), 1);
        assert_eq!(place(-one.next_up()) - place(-one), -1);
        assert_eq!(place(0.0) - place(-0.0), 1);
        assert_eq!(place(f32::from_bits(1)) - place(0.0), 1);
        assert_eq!(place(-f32::from_bits(1)) - place(-0.0), -1);
    }

    #[test]
    fn only_equal_bits_or_equal_refusals_are_equal() {
        use landauer_core::instrument::CostUnit;
        let cost = Cost {
            count: 5,
            unit: CostUnit::Cycles,
        };
        let lost = |slices| Refusal::LostSolution { slices };
        let steps = |host, device: Result<f32, Refusal>| {
            let device = device.map(|value| (value, cost));
            pair(host, device, f64::from, place).steps
        };
        assert_eq!(steps(Ok(2.0), Ok(2.0)), 0);
        assert_eq!(steps(Ok(0.0), Ok(-0.0)), -1);
        assert_eq!(steps(Err(lost(3)), Err(lost(3))), 0);
        assert_eq!(steps(Err(lost(3)), Err(lost(4))), i64::MAX);
        assert_eq!(steps(Ok(2.0), Err(lost(3))), i64::MAX);
        assert_eq!(steps(Err(lost(3)), Ok(2.0)), i64::MAX);
    }
}
