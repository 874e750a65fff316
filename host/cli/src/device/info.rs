//! `landauer device info`: the identity of the device.

use std::fmt::Write as _;

use crate::disorder;
use clap::Args;
use landauer_core::instrument::{Counters, Identity};
use landauer_core::transport::reflection_workspace_len;
use serde_json::json;

use super::connection::{ConnectionArguments, OptionalNetworkArguments};
use crate::failure::Failure;
use crate::output::Output;
use landauer::internal::files::hexadecimal;

/// Show a device's identity and limits, and how many bad frames it has received
#[derive(Debug, Args)]
pub(super) struct InfoArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(flatten)]
    network: OptionalNetworkArguments,
}

/// The widest strip that a workspace of this length solves.
fn widest(workspace: u32) -> usize {
    let fits = |width: &usize| reflection_workspace_len(*width) as u64 <= u64::from(workspace);
    (1..=usize::from(u16::MAX))
        .take_while(fits)
        .last()
        .unwrap_or(0)
}

fn disorder(identity: &Identity) -> String {
    let text = disorder::describe(identity.disorder, identity.concentration);
    if !identity.disorder.has_impurities() {
        return text;
    }
    let [least, most] = identity.counts;
    format!("{text}, {least} to {most} impurities")
}

impl InfoArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let mut connected = self.connection.connect()?;
        let identity = &connected.identity;
        let file = self.network.require(identity)?;
        let counters = connected.device.counters()?;
        let Counters {
            requests,
            cut,
            checksum,
            oversized,
            malformed,
        } = counters;
        let widest = widest(identity.solver.workspace);
        let targets: Vec<String> = identity.targets.iter().map(ToString::to_string).collect();
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<12}{value}");
        };
        line("board", identity.board.to_string());
        line("at", connected.device.address().to_string());
        line(
            "firmware",
            format!("landauer-core {}", identity.crate_version),
        );
        line("network", identity.model.to_string());
        let (length, crc32c) = (identity.model_len, identity.model_crc32c);
        line(
            "model file",
            format!("{length} bytes, CRC-32C {crc32c:08x}"),
        );
        line("data hash", hexadecimal(&identity.data_hash));
        line(
            "strips",
            format!("{} x {} sites", identity.length, identity.width),
        );
        line("disorder", disorder(identity));
        line("predicts", targets.join(", "));
        line("RAM", format!("{} bytes of scratch", identity.scratch_len));
        let sites = identity.solver.sites;
        line(
            "solves",
            format!("strips of up to {sites} sites, up to {widest} wide, in f32"),
        );
        let bad = counters.bad_frames();
        line(
            "frames",
            format!(
                "{requests} requests; {bad} bad: {cut} cut, {checksum} damaged, {oversized} too \
                 long, {malformed} not understood"
            ),
        );
        if let Some(file) = &file {
            line("same as", file.clone());
        }
        output.text(text.trim_end());
        output.json(&json!({
            "board": identity.board.as_str(),
            "address": connected.device.address().to_string(),
            "crate_version": identity.crate_version.as_str(),
            "network": {
                "name": identity.model.as_str(),
                "bytes": length,
                "crc32c": crc32c,
                "data_hash": hexadecimal(&identity.data_hash),
                "same_as": file,
            },
            "length": identity.length,
            "width": identity.width,
            "disorder": identity.disorder.number(),
            "counts": identity.counts,
            "targets": targets,
            "ram_bytes": identity.scratch_len,
            "solver": { "sites": sites, "width": widest },
            "frames": {
                "requests": requests,
                "bad": bad,
                "cut": cut,
                "checksum": checksum,
                "oversized": oversized,
                "malformed": malformed,
            },
        }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_strip_fills_the_workspace() {
        let needed = |width| u32::try_from(reflection_workspace_len(width)).unwrap();
        assert_eq!(widest(needed(40)), 40);
        assert_eq!(widest(needed(40) - 1), 39);
        assert_eq!(widest(0), 0);
    }
}
