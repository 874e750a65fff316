//! `landauer device selftest`: is the device's network what was exported?

use clap::Args;
use serde_json::json;

use super::connection::{ConnectionArguments, OptionalModelArguments};
use crate::failure::Failure;
use crate::output::Output;

/// Let a device predict the golden samples of its model file, to all bits
#[derive(Debug, Args)]
pub(super) struct SelfTestArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(flatten)]
    model: OptionalModelArguments,
}

impl SelfTestArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let mut connected = self.connection.connect()?;
        self.model.require(&connected.identity)?;
        let (golden, cost) = connected.device.self_test()?;
        let (model, board) = (&connected.identity.model, &connected.identity.board);
        output.text(format!(
            "self-test passed: {model} on {board} gives the bits of {golden} golden samples\n\
             {} {} with drawing the samples",
            cost.count, cost.unit
        ));
        output.json(&json!({
            "self_test": "passed",
            "model": model.as_str(),
            "board": board.as_str(),
            "golden": golden,
            "cost": cost.count,
            "cost_unit": cost.unit.to_string(),
        }));
        Ok(())
    }
}
