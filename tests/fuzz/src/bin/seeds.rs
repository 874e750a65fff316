//! Writes what libFuzzer begins with: `seeds FOLDER` makes small random networks, one a file.

use std::path::PathBuf;
use std::process::ExitCode;

use landauer_fuzz::networks::{random, two_convolutions, wide, with_stem};

/// Longer ones teach nothing that shorter ones do not.
const LONGEST: usize = 4096;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: seeds FOLDER");
        return ExitCode::from(64);
    };
    for (kind, network) in [random, wide, with_stem, two_convolutions]
        .into_iter()
        .enumerate()
    {
        for seed in 0..150 {
            let bytes = network(seed).bytes();
            if bytes.len() > LONGEST {
                continue;
            }
            let file = folder.join(format!("{kind}-{seed}.postcard"));
            if let Err(error) = std::fs::write(&file, bytes) {
                eprintln!("{}: {error}", file.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
