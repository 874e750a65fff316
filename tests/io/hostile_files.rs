//! Whatever is handed in is read or refused in our words: the corpus of `tests/fuzz` for the host, and
//! mutations of it that are the same on every machine. `LANDAUER_MUTATIONS=100` tries a hundred times as
//! many of them; `bash tests/fuzz/run` is led by coverage.

use std::cell::Cell;
use std::path::Path;

use landauer_tests::hostile::{NAMES, target};
use landauer_tests::mutations::{Mutator, attempt, read};

/// At least one of this many mutations must still be accepted, or the test would test nothing.
const ALIVE: usize = 50;

/// The corpus, the seeds, all of which must be accepted, and so many mutations of both.
fn replay(name: &str, mutations: usize) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let failures = here.join("../target/fuzz");
    std::fs::create_dir_all(&failures).expect("a folder");
    let target = target(name).expect("it is one of them");
    assert_eq!(target.name(), name);
    let mut failed = 0;
    let mut is_accepted = |bytes: &[u8]| {
        let accepted = Cell::new(false);
        failed += attempt(
            name,
            |bytes| accepted.set(target.run(bytes)),
            bytes,
            &failures,
        );
        accepted.get()
    };
    let mut inputs = target.seeds();
    let sound = inputs.iter().filter(|bytes| is_accepted(bytes)).count();
    assert_eq!(sound, inputs.len(), "seeds of {name}");
    let seeds = inputs.clone();
    let corpus = read(&here.join("fuzz/corpus").join(name));
    for bytes in &corpus {
        is_accepted(bytes);
    }
    inputs.extend(corpus);
    let mut mutator = Mutator(1);
    let times = std::env::var("LANDAUER_MUTATIONS").ok();
    let times: usize = times.map_or(1, |times| times.parse().expect("a number"));
    let mutations = times * mutations;
    let mutants = (0..mutations).filter(|number| {
        // The corpus is mostly of what is refused.
        let from = if number % 2 == 0 { &seeds } else { &inputs };
        is_accepted(&mutator.mutant_text(from))
    });
    let alive = mutants.count();
    assert_eq!(failed, 0, "{name}");
    assert!(
        alive * ALIVE >= mutations,
        "{name}: {alive} of {mutations} were accepted"
    );
}

#[test]
fn arrays_of_numpy() {
    replay("npy", 5000);
}

#[test]
fn configurations_of_trainings() {
    replay("config", 5000);
}

#[test]
fn data_sets() {
    replay("dataset", 1500);
}

#[test]
fn runs() {
    replay("run", 500);
}

#[test]
fn averages() {
    replay("averages", 500);
}

#[test]
fn arguments() {
    replay("arguments", 5000);
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let entries = std::fs::read_dir(corpora).expect("a folder");
    let mut found: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string())
        .collect::<Result<_, _>>()
        .expect("names are text");
    found.sort_unstable();
    let core = ["model", "hybrid", "instrument"];
    let mut expected: Vec<&str> = NAMES.into_iter().chain(core).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
