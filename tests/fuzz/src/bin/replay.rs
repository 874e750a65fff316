//! The corpus, and mutations of it that are the same on every machine: `replay [MUTATIONS]`, so many of
//! each target (10,000 if nothing is said).
//!
//! An input that fails is written to `target/fuzz`, and its name is printed. Exit code 1 if there is one.

use std::cell::Cell;
use std::path::Path;
use std::process::ExitCode;

use landauer_fuzz::mutations::{Mutator, attempt as attempt_in, read};
use landauer_fuzz::networks::{random, two_convolutions, wide, with_stem};
use landauer_fuzz::{hybrid, instrument, mend, mend_hybrid, model, run, run_hybrid, small_hybrid};

/// Runs a target on an input; 1 if it fails.
fn attempt(name: &str, target: impl Fn(&[u8]), bytes: &[u8]) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/fuzz");
    attempt_in(name, target, bytes, &folder)
}

/// How many mutations of a network must still be one: were there none, nothing would have been tried.
const ALIVE: usize = 20;

fn main() -> ExitCode {
    let mutations = std::env::args()
        .nth(1)
        .map_or(Ok(10_000), |text| text.parse());
    let Ok(mutations) = mutations else {
        eprintln!("usage: replay [MUTATIONS]");
        return ExitCode::from(64);
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let models = read(&here.join("corpus/model"));
    let lines = read(&here.join("corpus/instrument"));
    let hybrids = read(&here.join("corpus/hybrid"));
    let shipped = read(&here.join("../../models"));
    let shipped = shipped
        .into_iter()
        .filter(|bytes| bytes.starts_with(b"LANDAUER"));
    let made = (0..40).flat_map(|seed| {
        [random, wide, with_stem, two_convolutions].map(|network| network(seed).bytes())
    });

    let mut failed = 0;
    for bytes in &models {
        failed += attempt("model", model, bytes);
    }
    for bytes in &hybrids {
        failed += attempt("hybrid", hybrid, bytes);
    }
    for bytes in &lines {
        failed += attempt("instrument", instrument, bytes);
    }
    let networks: Vec<Vec<u8>> = models.iter().cloned().chain(made).collect();
    let mut mutator = Mutator(1);
    let mut alive = 0;
    for _ in 0..mutations {
        let bytes = mend(&mutator.mutant(&networks));
        let is_model = Cell::new(false);
        failed += attempt("model", |bytes| is_model.set(run(bytes)), &bytes);
        alive += usize::from(is_model.get());
    }
    let sound: Vec<Vec<u8>> = hybrids
        .iter()
        .cloned()
        .chain((0..40).map(small_hybrid))
        .collect();
    let mut alive_hybrids = 0;
    for _ in 0..mutations {
        let bytes = mend_hybrid(&mutator.mutant(&sound));
        let is_hybrid = Cell::new(false);
        failed += attempt("hybrid", |bytes| is_hybrid.set(run_hybrid(bytes)), &bytes);
        alive_hybrids += usize::from(is_hybrid.get());
    }
    for _ in 0..mutations {
        failed += attempt("instrument", instrument, &mutator.mutant(&lines));
    }
    // Long ones, and few of them.
    let shipped: Vec<Vec<u8>> = shipped.collect();
    for _ in 0..mutations / 100 {
        failed += attempt("model", model, &mutator.mutant(&shipped));
    }
    println!(
        "{} files and {} mutations of networks, of which {alive} were still one; {} and as many \
         mutations of hybrids, of which {alive_hybrids}; {} scripts and {mutations} mutations; {} of shipped models: {failed} failed",
        models.len(),
        mutations,
        hybrids.len(),
        lines.len(),
        mutations / 100
    );
    let enough = alive.min(alive_hybrids) * ALIVE >= mutations;
    ExitCode::from(u8::from(failed > 0 || !enough))
}
