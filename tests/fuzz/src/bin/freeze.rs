//! Writes the frozen files of a version of the format, once: `freeze VERSION FOLDER`, an empty folder.
//!
//! Small random networks whose files have this version and together use all that it adds, with self-tests,
//! and `outputs.txt`: for some strips of their ensemble the seed, the sample, the CRC-32C of the arena after
//! the last pass (what nothing writes being −128) and the prediction, in units of G0/65536. The independent
//! evaluator says the same. Once a later version has been released, those of older ones cannot be made again:
//! random networks then use what came later.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use landauer_core::inference::Model;
use landauer_core::{Concentration, Ensemble};
use landauer_fuzz::format_features::{VERSIONS, features};
use landauer_fuzz::integer_reference::Reference;
use landauer_fuzz::networks::{Network, random, with_golden};

/// Networks that are looked at.
const SEEDS: u64 = 3000;

/// Longer files are left out.
const LONGEST: usize = 6000;

/// The seed and the samples of the strips.
const STRIPS: (u64, [u64; 4]) = (2026, [0, 1, 2, 3]);

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let version = arguments.first().and_then(|version| version.parse().ok());
    let version = version.filter(|version| (1..=VERSIONS.len()).contains(version));
    let ([_, folder], Some(version)) = (&arguments[..], version) else {
        eprintln!("usage: freeze VERSION FOLDER");
        return ExitCode::from(64);
    };
    let folder = PathBuf::from(folder);
    match write(&folder, version) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &std::path::Path, version: usize) -> std::io::Result<()> {
    let mut outputs = String::new();
    for (seed, network) in chosen(version) {
        let bytes = network.bytes();
        std::fs::write(folder.join(format!("{seed}.postcard")), &bytes)?;
        for sample in STRIPS.1 {
            let (values, arena) = evaluate(&bytes, STRIPS.0, sample);
            let values: Vec<String> = values.iter().map(i32::to_string).collect();
            let values = values.join(" ");
            writeln!(outputs, "{seed} {} {sample} {arena:08x} {values}", STRIPS.0)
                .expect("a string");
        }
    }
    std::fs::write(folder.join("outputs.txt"), outputs)
}

/// As few networks as it takes, the one that adds most first.
fn chosen(version: usize) -> Vec<(u64, Network)> {
    let mut candidates: Vec<(u64, Network, BTreeSet<&str>)> = Vec::new();
    for seed in 0..SEEDS {
        let mut network = random(seed);
        if seed % 2 == 1 {
            network.card.concentration = Concentration::Fixed(0.1);
        }
        let network = with_golden(network, seed, 1, |bytes| evaluate(bytes, seed, 1).0);
        let bytes = network.bytes();
        let found = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        if found == version && bytes.len() <= LONGEST && says_something(&bytes) {
            let features = features(&Model::parse(&bytes).expect("it is sound"));
            candidates.push((seed, network, features));
        }
    }
    let mut missing: BTreeSet<&str> = VERSIONS[version - 1].iter().copied().collect();
    let mut chosen = Vec::new();
    while !missing.is_empty() {
        let adds = |features: &BTreeSet<&str>| features.intersection(&missing).count();
        let best = candidates
            .iter()
            .max_by_key(|(seed, _, features)| (adds(features), SEEDS - seed));
        let (seed, network, features) = best.expect("there are some");
        assert!(adds(features) > 0, "no network has {missing:?}");
        missing = &missing - features;
        chosen.push((*seed, network.clone()));
    }
    chosen
}

/// Does a prediction depend on the strip, and is it neither nothing nor the most there can be?
fn says_something(bytes: &[u8]) -> bool {
    let model = Model::parse(bytes).expect("it is sound");
    let ceilings = model.card().outputs.iter().map(|output| output.ceiling);
    let predicted = STRIPS.1.map(|sample| evaluate(bytes, STRIPS.0, sample).0);
    ceilings.enumerate().any(|(target, ceiling)| {
        let values = predicted.iter().map(|values| values[target]);
        let between: BTreeSet<i32> = values
            .filter(|&value| 0 < value && value < ceiling)
            .collect();
        between.len() > 2
    })
}

/// What a file predicts for a sample, and the checksum of its arena; by two roads.
fn evaluate(bytes: &[u8], seed: u64, sample: u64) -> (Vec<i32>, u32) {
    let model = Model::parse(bytes).expect("it is sound");
    let card = model.card();
    let ensemble = Ensemble::new(card.disorder, card.concentration, seed).expect("it was parsed");
    let mut onsite = vec![0.0; model.sites()];
    ensemble.sample(sample).fill_onsite(&mut onsite);
    let mut scratch = vec![-128_i8; model.scratch_len()];
    let mut outputs = vec![0; card.outputs.len()];
    let width = usize::from(card.width);
    let predicted = model.predict_q16(&onsite, width, &mut scratch, &mut outputs);
    predicted.expect("the strip suits the model");
    let expected = Reference::new(&model).evaluate(&onsite);
    assert_eq!(outputs, expected.outputs);
    let arena: Vec<i8> = expected
        .arena
        .iter()
        .map(|value| value.unwrap_or(-128))
        .collect();
    assert_eq!(scratch[..arena.len()], arena);
    let arena: Vec<u8> = arena.into_iter().map(i8::cast_unsigned).collect();
    let crc = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISCSI);
    (outputs, crc.checksum(&arena))
}
