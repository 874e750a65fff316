//! `landauer device crosscheck`: does the device compute the host's bits?

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use landauer_core::PAPER_BIAS;
use landauer_core::instrument::Identity;
use serde_json::{Value, json};

use super::connection::{Connected, ConnectionArguments, require_same};
use super::strips::DrawingArguments;
use crate::arguments::parse_budget;
use crate::failure::Failure;
use crate::interrupt::Interrupted;
use crate::model;
use crate::numbers;
use crate::output::Output;
use crate::picture::{PendingPicture, PictureError};
use landauer::failure::{Categorised, Category};
use landauer::internal::counted;
use landauer_device::{self, Answer, Compared, Crosscheck, DeviceError, HostModel, Method, Unit};
use landauer_plot::{AgreementGroup, AgreementPicture, Scene};

/// Compute the same random strips on host and device, and compare all bits
///
/// The network in integers, or the hybrid within a budget in f32; T and Ḡ exactly in f32. The device
/// must have the model of --network, byte for byte; another one is refused.
#[derive(Debug, Args)]
pub(super) struct CrosscheckArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// The device's network or hybrid: a model file, or the name of a model that comes with landauer
    #[arg(long, alias = "model", value_name = "FILE|NAME")]
    network: PathBuf,
    /// How many strips to draw and predict
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = numbers::count::<u64>(1..=u64::MAX))]
    samples: u64,
    /// How many of them are also solved exactly for T [default: all]
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(0..=u64::MAX))]
    solve: Option<u64>,
    /// How many of them are also solved exactly for Ḡ, ten times the work [default: a tenth]
    #[arg(long, value_name = "N", value_parser = numbers::count::<u64>(0..=u64::MAX))]
    average: Option<u64>,
    /// Maximum number of multiply-adds that a hybrid may spend on a strip [default: 1000000]
    #[arg(long, value_name = "BUDGET", value_parser = parse_budget)]
    within: Option<u64>,
    #[command(flatten)]
    drawing: DrawingArguments,
    /// The energy E of T, in t
    #[arg(
        long,
        value_name = "E",
        default_value_t = 0.0,
        value_parser = numbers::energy_f32
    )]
    energy: f32,
    /// The bias eV of Ḡ, in t
    #[arg(long, value_name = "EV", default_value_t = PAPER_BIAS, value_parser = numbers::bias)]
    bias: f64,
    /// Draw device over host and their differences, to a file that ends in .svg or .png; may be
    /// given more than once
    #[arg(long, value_name = "FILE")]
    plot: Vec<PathBuf>,
}

/// The multiply-adds that a hybrid may spend on a strip by default.
const USUAL_BUDGET: u64 = 1_000_000;

/// The device computes other bits.
#[derive(Debug, thiserror::Error)]
#[error(
    "the device does not compute the host's bits: {different} of {compared} numbers differ; the \
     first is {first}"
)]
struct OtherBits {
    different: usize,
    compared: usize,
    first: String,
}

impl Categorised for OtherBits {
    fn category(&self) -> Category {
        Category::Damaged
    }
}

impl CrosscheckArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        if !self.energy.is_finite() {
            return Err(Failure::usage("--energy must be a finite number"));
        }
        let model = model::open(&self.network)?;
        // Begun before the work, so that an unwritable path is an error at once.
        let pictures = self.plot.iter().map(|path| PendingPicture::create(path));
        let pictures: Vec<_> = pictures.collect::<Result<_, _>>()?;
        let Connected {
            mut device,
            identity,
            ..
        } = self.connection.connect()?;
        require_same(model.file(), &identity)?;
        let usual = model.needs_budget().then_some(USUAL_BUDGET);
        let host = HostModel::new(&model, self.within.or(usual)).map_err(model::explain)?;
        let plan = Crosscheck {
            model: &host,
            ensemble: self.drawing.ensemble(&identity)?,
            predicted: self.samples,
            solved: self.solve.unwrap_or(self.samples).min(self.samples),
            averaged: self
                .average
                .unwrap_or(self.samples.div_ceil(10))
                .min(self.samples),
            energy: self.energy,
            bias: self.bias,
        };
        let bar = output.progress(self.samples, "comparing");
        let compared = landauer_device::crosscheck(&plan, &mut device, || bar.inc(1));
        let done = bar.position();
        bar.finish_and_clear();
        let compared = compared.map_err(|error| match error {
            DeviceError::Stopped { .. } => {
                let kept = format!("{done} of {} compared", counted(self.samples, "strip"));
                Interrupted { kept }.into()
            }
            error => Failure::from(error).context(format!("strip {done}")),
        })?;
        let bad_frames = device.counters()?.bad_frames();
        if !pictures.is_empty() {
            let scene = self.picture(&identity, &compared)?;
            for picture in pictures {
                picture.finish(&scene)?;
            }
        }
        let report = Report {
            arguments: &self,
            identity: &identity,
            compared: &compared,
            resent: device.resent(),
            bad_frames,
        };
        output.text(report.text());
        let json = report.json();
        match first_difference(&compared) {
            None => {
                output.json(&json);
                Ok(())
            }
            Some(first) => {
                let total = |count: fn(&Compared) -> usize| compared.iter().map(count).sum();
                let all: usize = total(|one| one.pairs.len());
                let equal: usize = total(Compared::equal);
                let other = OtherBits {
                    different: all - equal,
                    compared: all,
                    first,
                };
                Err(Failure::from(other).with_details(json))
            }
        }
    }

    /// The first prediction, T and Ḡ: what is computed in three ways.
    fn picture(&self, identity: &Identity, compared: &[Compared]) -> Result<Scene, Failure> {
        let predicted = compared
            .iter()
            .filter(|one| one.by != Method::Solver)
            .take(1);
        let exact = compared.iter().filter(|one| one.by == Method::Solver);
        let drawn: Vec<Drawn> = predicted.chain(exact).map(Drawn::new).collect();
        let groups = drawn.iter().filter(|one| !one.host.is_empty());
        let groups: Vec<_> = groups.map(Drawn::group).collect();
        let picture = AgreementPicture {
            name: &format!(
                "{}, {}, {}",
                identity.model,
                counted(self.samples, "strip"),
                identity.disorder
            ),
            groups: &groups,
        };
        Ok(picture.draw().map_err(PictureError)?)
    }
}

/// What can be drawn of one quantity: strips that both have a number for.
struct Drawn {
    name: String,
    host: Vec<f64>,
    device: Vec<f64>,
    steps: Vec<f64>,
}

impl Drawn {
    fn new(compared: &Compared) -> Self {
        let mut drawn = Self {
            name: name(compared),
            host: Vec::new(),
            device: Vec::new(),
            steps: Vec::new(),
        };
        for pair in &compared.pairs {
            if let (Ok(host), Ok(device)) = (pair.host, pair.device) {
                drawn.host.push(host);
                drawn.device.push(device);
                drawn.steps.push(pair.steps as f64);
            }
        }
        drawn
    }

    fn group(&self) -> AgreementGroup<'_> {
        AgreementGroup {
            name: &self.name,
            host: &self.host,
            device: &self.device,
            steps: &self.steps,
        }
    }
}

fn name(compared: &Compared) -> String {
    let by = match compared.by {
        Method::Network => "network",
        Method::Hybrid => "hybrid",
        Method::Solver => "exact",
    };
    format!("{}, {by}", compared.target)
}

fn say(answer: Answer) -> String {
    match answer {
        Ok(value) => format!("{value}"),
        Err(refusal) => format!("refused ({refusal})"),
    }
}

/// The first number whose bits differ, in words.
fn first_difference(compared: &[Compared]) -> Option<String> {
    compared.iter().find_map(|one| {
        let differs = one.pairs.iter().position(|pair| pair.steps != 0);
        differs.map(|strip| {
            let pair = one.pairs[strip];
            let (host, device) = (say(pair.host), say(pair.device));
            format!("{} of strip {strip}, {device} instead of {host}", name(one))
        })
    })
}

/// The comparison.
struct Report<'a> {
    arguments: &'a CrosscheckArguments,
    identity: &'a Identity,
    compared: &'a [Compared],
    resent: u64,
    bad_frames: u32,
}

/// The least, the median and the most that one number cost, and of what.
fn costs(compared: &Compared) -> Option<([u64; 3], String)> {
    let costs = compared.pairs.iter().filter_map(|pair| pair.cost);
    let unit = costs.clone().next()?.unit.to_string();
    let mut counts: Vec<u64> = costs.map(|cost| cost.count).collect();
    counts.sort_unstable();
    let last = counts.len() - 1;
    Some(([counts[0], counts[last / 2], counts[last]], unit))
}

impl Report<'_> {
    fn text(&self) -> String {
        let Identity { model, board, .. } = self.identity;
        let mut text = format!(
            "{model} on {board}: {}, seed {}\n\n",
            counted(self.arguments.samples, "strip"),
            self.arguments.drawing.seed()
        );
        let unit = self.compared.iter().find_map(costs);
        let unit = unit.map(|(_, unit)| unit).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:<20}{:>7}{:>12}{:>22}{:>16}{:>14}{:>14}",
            "quantity",
            "strips",
            "equal bits",
            "largest difference",
            "median cost",
            "least",
            "most"
        );
        for one in self.compared {
            let largest = match (one.largest_steps(), one.by.unit()) {
                (0, _) => "none".to_owned(),
                (steps, _) if steps == i64::MAX.unsigned_abs() => "refused".to_owned(),
                (steps, Unit::Fixed) => format!("{steps}/65536 G0"),
                (steps, Unit::Float) => format!("{steps} last places"),
            };
            let _ = write!(
                text,
                "{:<20}{:>7}{:>12}{largest:>22}",
                name(one),
                one.pairs.len(),
                one.equal(),
            );
            if let Some(([least, median, most], _)) = costs(one) {
                let _ = write!(text, "{median:>16}{least:>14}{most:>14}");
            }
            text.push('\n');
        }
        let equal = self
            .compared
            .iter()
            .all(|one| one.equal() == one.pairs.len());
        let verdict = if equal {
            "all bits are equal"
        } else {
            "NOT all bits are equal"
        };
        let _ = write!(
            text,
            "\n{verdict}; cost in {unit}; {} sent again, {} at the device",
            counted(self.resent, "request"),
            counted(self.bad_frames, "bad frame")
        );
        for path in &self.arguments.plot {
            let _ = write!(text, "\nwrote {}", path.display());
        }
        text
    }

    fn json(&self) -> Value {
        let quantities = self.compared.iter().map(|one| {
            let costs = costs(one).map(|([least, median, most], unit)| {
                json!({ "least": least, "median": median, "most": most, "unit": unit })
            });
            json!({
                "quantity": one.target.to_string(),
                "by": match one.by { Method::Network => "network", Method::Hybrid => "hybrid", Method::Solver => "solver" },
                "strips": one.pairs.len(),
                "equal": one.equal(),
                "largest_difference": one.largest_steps(),
                "difference_unit": match one.by.unit() { Unit::Fixed => "G0/65536", Unit::Float => "last place" },
                "cost": costs,
            })
        });
        let written = self
            .arguments
            .plot
            .iter()
            .map(|path| path.display().to_string());
        json!({
            "network": self.identity.model.as_str(),
            "network_crc32c": self.identity.model_crc32c,
            "board": self.identity.board.as_str(),
            "seed": self.arguments.drawing.seed(),
            "samples": self.arguments.samples,
            "equal": self.compared.iter().all(|one| one.equal() == one.pairs.len()),
            "quantities": quantities.collect::<Vec<_>>(),
            "resent": self.resent,
            "bad_frames": self.bad_frames,
            "written": written.collect::<Vec<_>>(),
        })
    }
}
