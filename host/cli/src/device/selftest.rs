//! `landauer device selftest`: does the device predict what was exported?

use clap::Args;
use serde_json::json;

use super::connection::{ConnectionArguments, OptionalNetworkArguments};
use crate::failure::Failure;
use crate::output::Output;
use landauer::internal::counted;

/// Have the device predict the golden samples of its model file, and compare every bit
#[derive(Debug, Args)]
pub(super) struct SelfTestArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(flatten)]
    network: OptionalNetworkArguments,
}

impl SelfTestArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let mut connected = self.connection.connect()?;
        self.network.require(&connected.identity)?;
        let (golden, cost) = connected.device.self_test()?;
        let (model, board) = (&connected.identity.model, &connected.identity.board);
        let samples = counted(golden, "golden sample");
        output.text(format!(
            "self-test passed: {model} on {board} gives the bits of {samples}\n\
             {} {} with drawing the samples",
            cost.count, cost.unit
        ));
        output.json(&json!({
            "self_test": "passed",
            "network": model.as_str(),
            "board": board.as_str(),
            "golden": golden,
            "cost": cost.count,
            "cost_unit": cost.unit.to_string(),
        }));
        Ok(())
    }
}
