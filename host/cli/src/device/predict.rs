//! `landauer device predict`: conductances by the device's network, or by its hybrid.

use std::path::PathBuf;

use clap::Args;
use landauer_core::instrument::{Identity, Refusal};

use super::connection::{Connected, ConnectionArguments, OptionalNetworkArguments};
use super::report::{Answers, require_npy};
use super::strips::StripArguments;
use crate::arguments::parse_budget;
use crate::failure::Failure;
use crate::interrupt::Interrupted;
use crate::output::Output;
use landauer::StripSize;
use landauer::internal::counted;
use landauer_device::DeviceError;
use landauer_learn::evaluation::UnknownSite;

/// Predict strips on the device, with its network or, within a budget, its hybrid
///
/// Numbers are those of `landauer predict`, to the last bit, for strips that f32 holds exactly.
#[derive(Debug, Args)]
pub(super) struct PredictArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(flatten)]
    network: OptionalNetworkArguments,
    #[command(flatten)]
    strips: StripArguments,
    /// Maximum number of multiply-adds per strip for a device with a hybrid; one with a network
    /// takes no budget
    #[arg(long, value_name = "BUDGET", value_parser = parse_budget)]
    within: Option<u64>,
    /// Write the predictions to a .npy file (f64, [sample], or [sample, target] if the network
    /// predicts more than one number)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl PredictArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        require_npy(self.output.as_ref(), self.strips.onsite.as_ref())?;
        let Connected {
            mut device,
            identity,
            interrupt,
        } = self.connection.connect()?;
        self.network.require(&identity)?;
        let size = StripSize::new(identity.length.into(), identity.width.into())?;
        let mut strips = self.strips.open(&identity, size, output)?;
        let width = strips.size.width();
        let targets = identity.targets.iter();
        let mut answers = Answers::new(targets.map(ToString::to_string).collect());
        let bar = output.progress(strips.samples, "predicting");
        for number in 0..strips.samples {
            if interrupt.requested() {
                return Err(stopped(&answers));
            }
            let onsite = strips.onsite(number)?;
            let predicted = match self.within {
                Some(budget) => device
                    .predict_within(&onsite, width, budget)
                    .map(|(estimate, cost)| (vec![f64::from(estimate.value)], cost)),
                None => device.predict(&onsite, width).map(|(values, cost)| {
                    let values = values.into_iter().map(|value| f64::from(value) / 65536.0);
                    (values.collect(), cost)
                }),
            };
            let (values, cost) = predicted.map_err(|error| {
                let failure = explained(error, &identity, &onsite, width);
                failure.context(format!("strip {number}"))
            })?;
            answers.push(values, cost);
            bar.inc(1);
        }
        bar.finish_and_clear();
        if let Some(path) = &self.output {
            answers.write(path)?;
        }
        let by = format!("predicted by {} on {}", identity.model, identity.board);
        answers.tell(&by, self.output.as_ref(), output);
        output.json(&answers.json(&by, self.output.as_ref()));
        Ok(())
    }
}

/// An error of a strip, with the on-site energy that the device does not report.
fn explained(error: DeviceError, identity: &Identity, onsite: &[f32], width: usize) -> Failure {
    let DeviceError::Refused(Refusal::UnknownOnsite { slice, row }) = error else {
        return error.into();
    };
    let [slice, row] = [slice, row].map(|place| usize::try_from(place).unwrap_or(usize::MAX));
    let site = slice.saturating_mul(width).saturating_add(row);
    let Some(&energy) = onsite.get(site) else {
        return error.into();
    };
    Failure::from(UnknownSite {
        name: identity.model.to_string(),
        disorder: identity.disorder,
        slice,
        row,
        onsite: energy.into(),
    })
}

/// The user stopped between two strips.
pub(super) fn stopped(answers: &Answers) -> Failure {
    let kept = format!(
        "{} done, and nothing was written",
        counted(answers.len(), "strip")
    );
    Interrupted { kept }.into()
}
