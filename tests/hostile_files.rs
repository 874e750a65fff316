//! Whatever is handed in is read or refused in our words: the corpus of `tests/fuzz` for the host, and
//! mutations of it that are the same on every machine. `bash tests/fuzz/run` goes on from there.

use std::path::Path;

use landauer_tests::hostile::{NAMES, target};
use landauer_tests::mutations::{Mutator, attempt, read};

/// The corpus, the seeds and so many mutations of both.
fn replay(name: &str, mutations: usize) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let failures = here.join("../target/fuzz");
    std::fs::create_dir_all(&failures).expect("a folder");
    let target = target(name).expect("it is one of them");
    assert_eq!(target.name(), name);
    let mut inputs = read(&here.join("fuzz/corpus").join(name));
    inputs.extend(target.seeds());
    let mut failed = 0;
    let mut attempt_one =
        |bytes: &[u8]| failed += attempt(name, |bytes| target.run(bytes), bytes, &failures);
    inputs.iter().for_each(|bytes| attempt_one(bytes));
    let mut mutator = Mutator(1);
    for _ in 0..mutations {
        attempt_one(&mutator.mutant_text(&inputs));
    }
    assert_eq!(failed, 0, "{name}");
}

#[test]
fn arrays_of_numpy() {
    replay("npy", 2000);
}

#[test]
fn configurations_of_trainings() {
    replay("config", 2000);
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
    replay("arguments", 1000);
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
