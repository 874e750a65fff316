//! Everything that an operator of the model format needs outside of core: fails, naming the missing
//! files, until all of it exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use landauer::StripSize;
use landauer_core::hybrid::HybridModel;
use landauer_core::inference::format::{Mirrors, Operator, Window};
use landauer_core::inference::{Model, Target};
use landauer_core::{Concentration, DisorderModel, Ensemble};
use landauer_learn::export::{
    Decoder, FloatAffine, FloatInput, FloatLayer, FloatModel, FloatNetwork, ModelLabel, WeightBits,
    packed,
};
use landauer_learn::inference::Engine;
use landauer_tests::format_features::VERSIONS;
use landauer_tests::integer_reference::has_reference;
use landauer_tests::networks;

/// Operators that the exporter does not write, and why.
const NOT_EXPORTED: [(&str, &str); 4] = [
    ("Pool", "no float network pools"),
    ("Add", "no float network has a residual connection"),
    ("Count", "the impurity count is in biases and multipliers"),
    ("Centre", "no float network centres a tensor"),
];

/// Operators that the host runs by core's functions, and why.
const RUN_BY_CORE: [(&str, &str); 3] = [
    ("Pool", "no products, and no shipped network has it"),
    (
        "Add",
        "two products an element, and no shipped network has it",
    ),
    ("Count", "a few functions of one number"),
];

/// The exceptions of a list by name.
fn excepted(list: &[(&str, &str)], name: &str) -> bool {
    list.iter().any(|(operator, _)| *operator == name)
}

/// What exists of each operator.
struct Evidence {
    /// An instance of each that random networks have.
    drawn: BTreeMap<&'static str, Operator>,
    /// Those that the host's engine runs by kernels of its own.
    with_step: BTreeSet<&'static str>,
    exported: BTreeSet<&'static str>,
    frozen: BTreeSet<&'static str>,
}

fn names(bytes: &[u8]) -> Vec<&'static str> {
    let model = Model::parse(bytes).expect("a model");
    model.layers().map(|layer| layer.operator.name()).collect()
}

/// The model files in a folder, hybrids left out.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let models = paths.filter(|path| path.extension().is_some_and(|it| it == "postcard"));
    let files = models.map(|path| std::fs::read(path).expect("a file"));
    files.filter(|bytes| !HybridModel::is_one(bytes)).collect()
}

/// A convolution of 2x2 windows after another, and a dense layer: exported and packed.
fn chain() -> [Vec<u8>; 2] {
    let affine = |name: &str, outputs: usize, inputs: usize| FloatAffine {
        name: name.to_owned(),
        outputs,
        weights: (0..outputs * inputs)
            .map(|k| (k as f32 * 1.7).sin())
            .collect(),
        bias: (0..outputs).map(|k| (k as f32 * 0.9).cos()).collect(),
    };
    let convolution = |name: &str, outputs: usize, inputs: usize| FloatLayer::Conv2d {
        window: Window {
            kernel: [2; 2],
            stride: [2; 2],
            padding: [0; 2],
        },
        affine: affine(name, outputs, inputs),
    };
    let network = FloatNetwork {
        size: StripSize::new(8, 8).expect("a size"),
        disorder: DisorderModel::II,
        concentration: Concentration::Uniform,
        targets: vec![Target::Conductance],
        input: FloatInput::Species(vec![0.0, 1.0]),
        layers: vec![
            convolution("first", 4, 4),
            convolution("second", 4, 16),
            FloatLayer::Dense(affine("dense", 8, 16)),
        ],
        head: affine("head", 1, 8),
        decoder: Decoder {
            centre: vec![vec![1.0]],
            scale: vec![vec![0.1]],
        },
        mirrors: Mirrors::None,
    };
    let ensemble = Ensemble::new(network.disorder, network.concentration, 1).expect("an ensemble");
    let mut strips = vec![0.0; 64 * 100];
    for (number, strip) in (0..).zip(strips.chunks_exact_mut(64)) {
        ensemble.sample(number).fill_onsite(strip);
    }
    let label = ModelLabel {
        name: "chain".to_owned(),
        data_hash: [0; 32],
    };
    let lowered = network
        .lower(&strips, WeightBits::Int8, &label)
        .expect("it is lowered");
    let smaller = packed(&lowered.bytes).expect("it is packed");
    [lowered.bytes, smaller]
}

impl Evidence {
    fn collect() -> Self {
        let mut drawn = BTreeMap::new();
        let mut with_step = BTreeSet::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let shipped = files(&root.join("../models"));
        let random = (0..400).map(|seed| networks::random(seed).bytes());
        let with_stem = (0..40).map(|seed| networks::with_stem(seed).bytes());
        for bytes in random.chain(with_stem).chain(shipped.iter().cloned()) {
            let model = Model::parse(&bytes).expect("a model");
            let engine = Engine::new(model.clone()).expect("an engine");
            let mut by_core: BTreeMap<&str, usize> = BTreeMap::new();
            for name in engine.layers_of_core() {
                *by_core.entry(name).or_default() += 1;
            }
            for layer in model.layers() {
                let name = layer.operator.name();
                let left = by_core.entry(name).or_default();
                if *left > 0 {
                    *left -= 1;
                } else {
                    with_step.insert(name);
                }
                drawn.entry(name).or_insert(layer.operator);
            }
        }
        // A new operator's network stands here too, made by the exporter or shipped.
        let mut exported: BTreeSet<_> = chain().iter().flat_map(|bytes| names(bytes)).collect();
        exported.extend(shipped.iter().flat_map(|bytes| names(bytes)));
        let mut frozen = BTreeSet::new();
        for entry in std::fs::read_dir(root.join("reference")).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() && name.starts_with("models-v") {
                frozen.extend(files(&path).iter().flat_map(|bytes| names(bytes)));
            }
        }
        Self {
            drawn,
            with_step,
            exported,
            frozen,
        }
    }

    /// What an operator lacks, each with the file where it belongs.
    fn missing(&self, name: &str) -> Vec<&'static str> {
        let feature = format!("operator: {name}");
        let drawn = self.drawn.get(name);
        let mut missing = Vec::new();
        let mut require = |exists: bool, what| {
            if !exists {
                missing.push(what);
            }
        };
        require(
            drawn.is_some(),
            "random networks with it (tests/support/networks.rs)",
        );
        require(
            drawn.is_some_and(has_reference),
            "an independent reference (tests/support/integer_reference.rs)",
        );
        require(
            VERSIONS
                .concat()
                .iter()
                .any(|known| known.starts_with(&feature)),
            "its features (tests/support/format_features.rs)",
        );
        require(
            self.frozen.contains(name),
            "a frozen model with it (tests/reference/models-v*, by tests/fuzz/src/bin/freeze.rs)",
        );
        require(
            self.with_step.contains(name) || excepted(&RUN_BY_CORE, name),
            "a host step (host/learn/src/inference/steps/)",
        );
        require(
            self.exported.contains(name) || excepted(&NOT_EXPORTED, name),
            "a lowering (host/learn/src/export/)",
        );
        missing
    }
}

#[test]
fn every_operator_has_all_that_it_needs() {
    let evidence = Evidence::collect();
    for name in Operator::NAMES {
        let missing = evidence.missing(name);
        assert!(missing.is_empty(), "{name} lacks {}", missing.join("; "));
    }
    // An exception that is none any more would hide what gets lost later.
    for (name, _) in NOT_EXPORTED {
        assert!(!evidence.exported.contains(name), "{name} is exported");
    }
    for (name, _) in RUN_BY_CORE {
        assert!(!evidence.with_step.contains(name), "{name} has a step");
    }
    let known = |name: &&str| Operator::NAMES.contains(name);
    let excepted = NOT_EXPORTED.iter().chain(&RUN_BY_CORE);
    assert!(excepted.map(|(name, _)| name).all(known));
}

#[test]
fn an_operator_of_which_nothing_exists_lacks_everything() {
    let evidence = Evidence::collect();
    let missing = evidence.missing("Imaginary");
    assert_eq!(missing.len(), 6, "{missing:?}");
    // And one of which a part is lost lacks that part.
    let mut evidence = evidence;
    evidence.frozen.remove("Dense");
    evidence.with_step.remove("Dense");
    let missing = evidence.missing("Dense");
    assert_eq!(missing.len(), 2, "{missing:?}");
}
