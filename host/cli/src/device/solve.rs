//! `landauer device solve`: exact conductances, computed by the device.

use std::path::PathBuf;

use clap::Args;
use landauer_core::inference::Target;
use landauer_core::instrument::Cost;

use super::connection::{Connected, ConnectionArguments, OptionalNetworkArguments};
use super::predict::stopped;
use super::report::{Answers, require_npy};
use super::strips::StripArguments;
use crate::failure::Failure;
use crate::numbers;
use crate::output::Output;
use landauer::StripSize;

/// Solve strips exactly on the device, in f32: T at one energy, and Ḡ
///
/// Any on-site energies are solved, and any size that the device has room for (`landauer device
/// info`).
#[derive(Debug, Args)]
pub(super) struct SolveArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(flatten)]
    network: OptionalNetworkArguments,
    #[command(flatten)]
    strips: StripArguments,
    /// Length of the strips that are drawn [default: that of the device's network]
    #[arg(long, value_name = "SITES", conflicts_with = "onsite", value_parser = numbers::count::<usize>(0..=u64::MAX))]
    length: Option<usize>,
    /// Width of the strips that are drawn [default: that of the device's network]
    #[arg(long, value_name = "SITES", conflicts_with = "onsite", value_parser = numbers::count::<usize>(0..=u64::MAX))]
    width: Option<usize>,
    /// The energy E of T, in t
    #[arg(
        long,
        value_name = "E",
        default_value_t = 0.0,
        value_parser = numbers::energy_f32
    )]
    energy: f32,
    /// Solve for Ḡ at this bias eV too, in t: ten times the work
    #[arg(long, value_name = "EV", value_parser = numbers::bias)]
    bias: Option<f64>,
    /// Write the numbers to a .npy file (f64, [sample], or [sample, 2] with a bias)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl SolveArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        require_npy(self.output.as_ref(), self.strips.onsite.as_ref())?;
        if !self.energy.is_finite() {
            return Err(Failure::usage("--energy must be a finite number"));
        }
        let Connected {
            mut device,
            identity,
            interrupt,
        } = self.connection.connect()?;
        self.network.require(&identity)?;
        let size = StripSize::new(
            self.length.unwrap_or(identity.length.into()),
            self.width.unwrap_or(identity.width.into()),
        )?;
        let mut strips = self.strips.open(&identity, size, output)?;
        let width = strips.size.width();
        let energy = f64::from(self.energy);
        let averaged = self.bias.map(|bias| Target::BiasAverage { bias });
        let targets = [Some(Target::Transmission { energy }), averaged];
        let names = targets.iter().flatten().map(ToString::to_string);
        let mut answers = Answers::new(names.collect());
        let bar = output.progress(strips.samples, "solving");
        for number in 0..strips.samples {
            if interrupt.requested() {
                return Err(stopped(&answers));
            }
            let onsite = strips.onsite(number)?;
            let fail = |error| Failure::from(error).context(format!("strip {number}"));
            let solved = device.transmission(&onsite, width, self.energy);
            let (t, mut cost) = solved.map_err(fail)?;
            let mut values = vec![f64::from(t)];
            if let Some(bias) = self.bias {
                let solved = device.conductance(&onsite, width, bias);
                let (g_bar, more) = solved.map_err(fail)?;
                values.push(f64::from(g_bar));
                let count = cost.count.saturating_add(more.count);
                cost = Cost { count, ..cost };
            }
            answers.push(values, cost);
            bar.inc(1);
        }
        bar.finish_and_clear();
        if let Some(path) = &self.output {
            answers.write(path)?;
        }
        let by = format!("solved exactly in f32 by {}", identity.board);
        answers.tell(&by, self.output.as_ref(), output);
        output.json(&answers.json(&by, self.output.as_ref()));
        Ok(())
    }
}
