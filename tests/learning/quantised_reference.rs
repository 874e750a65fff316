//! The core's integer networks against an independent evaluator, to all bits.

use std::path::{Path, PathBuf};

use landauer_core::Ensemble;
use landauer_core::hybrid::HybridModel;
use landauer_core::inference::Model;
use landauer_core::inference::format::{Conv2d, Dense, Operator, WeightLayout};
use landauer_tests::integer_reference::Reference;
use landauer_tests::networks::{self, Network};
use proptest::prelude::*;
use rayon::prelude::*;

/// How many inputs every shipped model is evaluated on.
const INPUTS: u64 = 1000;

/// A seed that no data set has.
const SEED: u64 = 0x1234_5678;

/// What a batch of comparisons has met, so that none of them is empty.
#[derive(Debug, Default)]
struct Met {
    between: usize,
    zero: usize,
    ceiling: usize,
    saturated: usize,
    unsaturated: usize,
}

/// Compares outputs and every byte of the arena.
fn compare(model: &Model<'_>, reference: &Reference<'_>, onsite: &[f64], met: &mut Met) {
    let expected = reference.evaluate(onsite);
    let card = model.card();
    let mut scratch = vec![-128; model.scratch_len()];
    let mut found = vec![-1; card.outputs.len()];
    let width = usize::from(card.width);
    model
        .predict_q16(onsite, width, &mut scratch, &mut found)
        .expect("the lattice suits the model");
    for (place, (&value, expected)) in scratch.iter().zip(&expected.arena).enumerate() {
        // What nothing writes stays as it was.
        assert_eq!(value, expected.unwrap_or(-128), "byte {place} of the arena");
        match value {
            -127 | 127 => met.saturated += 1,
            _ => met.unsaturated += 1,
        }
    }
    assert_eq!(found, expected.outputs);
    for (value, output) in found.iter().zip(&card.outputs) {
        match *value {
            0 => met.zero += 1,
            value if value == output.ceiling => met.ceiling += 1,
            _ => met.between += 1,
        }
    }
    // The same lattice in f32, and the outputs as numbers.
    #[allow(clippy::cast_possible_truncation, reason = "rounding is meant")]
    let single: Vec<f32> = onsite.iter().map(|&energy| energy as f32).collect();
    let mut conductances = vec![0.0; found.len()];
    model
        .predict(&single, width, &mut scratch, &mut conductances)
        .expect("the lattice suits the model");
    for (conductance, value) in conductances.into_iter().zip(found) {
        assert_eq!(f64::from(conductance) * 65536.0, f64::from(value));
    }
}

fn lattice(model: &Model<'_>, seed: u64, sample: u64) -> Vec<f64> {
    let card = model.card();
    let ensemble = Ensemble::new(card.disorder, card.concentration, seed).expect("it was parsed");
    let mut onsite = vec![0.0; model.sites()];
    ensemble.sample(sample).fill_onsite(&mut onsite);
    onsite
}

fn compare_network(network: &Network, seed: u64, met: &mut Met) {
    let bytes = network.bytes();
    let model = Model::parse(&bytes).expect("a random network is valid");
    let reference = Reference::new(&model);
    for sample in 0..3 {
        compare(&model, &reference, &lattice(&model, seed, sample), met);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_networks_agree_to_all_bits(seed in any::<u64>()) {
        compare_network(&networks::random(seed), seed, &mut Met::default());
    }
}

/// The random networks have every operator, every disorder and every number of passes, and their
/// outputs are of every kind.
#[test]
fn random_networks_leave_nothing_out() {
    let mut met = Met::default();
    let mut operators = std::collections::BTreeMap::<&str, usize>::new();
    let mut disorders = [0; 6];
    let mut passes = [0; 9];
    for seed in 0..3000 {
        let network = networks::random(seed);
        for layer in &network.layers {
            *operators.entry(layer.operator.name()).or_default() += 1;
            if matches!(&layer.operator, Operator::AxisLinear(layer) if layer.folded) {
                *operators.entry("folded").or_default() += 1;
            }
            if let Operator::Dense(Dense { weights, .. }) | Operator::Conv2d(Conv2d { weights, .. }) =
                &layer.operator
                && weights.layout == WeightLayout::Interleaved
            {
                let name =
                    ["interleaved, 4 bits", "interleaved, 8 bits"][usize::from(weights.bits / 8)];
                *operators.entry(name).or_default() += 1;
            }
            if matches!(&layer.operator, Operator::Product(layer) if layer.by_slice) {
                *operators.entry("by slice").or_default() += 1;
            }
        }
        let disorder = networks::disorders()
            .iter()
            .position(|&known| known == network.card.disorder);
        disorders[disorder.expect("one of them")] += 1;
        passes[network.card.mirrors.passes() as usize] += 1;
        compare_network(&network, seed, &mut met);
    }
    assert_eq!(operators.len(), 14, "{operators:?}");
    assert!(
        operators.values().all(|&times| times >= 100),
        "{operators:?}"
    );
    assert!(disorders.iter().all(|&times| times >= 100), "{disorders:?}");
    assert!([1, 2, 4, 8].iter().all(|&n| passes[n] >= 50), "{passes:?}");
    let Met {
        between,
        zero,
        ceiling,
        saturated,
        unsaturated,
    } = met;
    assert!(between > 1000 && zero > 100 && ceiling > 100, "{met:?}");
    assert!(saturated > 10_000 && unsaturated > 10_000, "{met:?}");
}

/// The shipped model files.
fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    if !folder.exists() {
        return Vec::new();
    }
    let entries = std::fs::read_dir(&folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut models: Vec<PathBuf> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "postcard")
        })
        .collect();
    models.sort();
    assert!(!models.is_empty(), "{} holds no model", folder.display());
    models
}

#[test]
fn shipped_models_agree_to_all_bits_and_pass_their_self_test() {
    for path in shipped() {
        let bytes = std::fs::read(&path).expect("it can be read");
        // Hybrids are no integer networks.
        if HybridModel::is_one(&bytes) {
            continue;
        }
        let model =
            Model::parse(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!model.card().golden.is_empty(), "{}", path.display());
        let mut scratch = vec![0; model.scratch_len()];
        let mut onsite = vec![0.0_f32; model.sites()];
        model
            .self_test(&mut onsite, &mut scratch)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let reference = Reference::new(&model);
        let met = (0..INPUTS)
            .into_par_iter()
            .fold(Met::default, |mut met, sample| {
                let onsite = lattice(&model, SEED, sample);
                let found = model.count(&onsite, usize::from(model.card().width));
                // A model that was made for some counts only refuses the others.
                if found.is_ok() {
                    compare(&model, &reference, &onsite, &mut met);
                }
                met
            })
            .map(|met| met.between)
            .sum::<usize>();
        assert!(
            met as u64 > INPUTS / 10,
            "{}: {met} outputs of some interest",
            path.display()
        );
    }
}

/// That the comparison can fail: a network whose head differs in one weight is another one for the
/// reference wherever its outputs are neither 0 nor at the ceiling.
#[test]
fn another_weight_is_noticed() {
    let (mut tried, mut noticed) = (0, 0);
    for seed in 0..400 {
        let network = networks::random(seed);
        let mut changed = network.clone();
        let first = changed.card.head.weights.data.offset as usize;
        changed.constants[first] ^= 6;
        let (bytes, others) = (network.bytes(), changed.bytes());
        let model = Model::parse(&bytes).expect("a random network is valid");
        // A bound may be passed.
        let Ok(other) = Model::parse(&others) else {
            continue;
        };
        let onsite = lattice(&model, seed, 0);
        let outputs = Reference::new(&other).evaluate(&onsite).outputs;
        tried += 1;
        noticed += usize::from(outputs != Reference::new(&model).evaluate(&onsite).outputs);
    }
    assert!(tried > 200 && noticed > 40, "{noticed} of {tried}");
}
