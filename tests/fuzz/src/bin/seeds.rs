//! Writes what libFuzzer begins with: `seeds model|hybrid FOLDER` makes small random files.

use std::path::PathBuf;
use std::process::ExitCode;

use landauer_fuzz::networks::{random, two_convolutions, wide, with_stem};
use landauer_fuzz::small_hybrid;

/// Longer ones teach nothing that shorter ones do not.
const LONGEST: usize = 4096;

/// Files of a kind.
const FILES: u64 = 150;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [kind, folder] = &arguments[..] else {
        eprintln!("usage: seeds model|hybrid FOLDER");
        return ExitCode::from(64);
    };
    let files: Vec<Vec<u8>> = match kind.to_str() {
        Some("model") => [random, wide, with_stem, two_convolutions]
            .into_iter()
            .flat_map(|network| (0..FILES).map(move |seed| network(seed).bytes()))
            .collect(),
        Some("hybrid") => (0..FILES).map(small_hybrid).collect(),
        _ => {
            eprintln!("there are no seeds for {}", kind.display());
            return ExitCode::from(64);
        }
    };
    let short = files.iter().filter(|bytes| bytes.len() <= LONGEST);
    for (number, bytes) in short.enumerate() {
        let file = PathBuf::from(folder).join(format!("{number}.postcard"));
        if let Err(error) = std::fs::write(&file, bytes) {
            eprintln!("{}: {error}", file.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
