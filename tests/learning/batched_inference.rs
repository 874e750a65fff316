//! The host's batched integer engine against core's `predict`, to all bits, on every set of
//! instructions that this processor has.

use std::path::Path;

use landauer_core::Ensemble;
use landauer_core::hybrid::HybridModel;
use landauer_core::inference::Model;
use landauer_learn::inference::Engine;
use landauer_tests::networks;
use proptest::prelude::*;

/// Compares all engines on some strips of the model's own ensemble.
fn compare(bytes: &[u8], samples: u64) {
    let model = Model::parse(bytes).expect("a model");
    let card = model.card();
    let ensemble = Ensemble::new(card.disorder, card.concentration, 5).expect("an ensemble");
    let (sites, targets) = (model.sites(), card.outputs.len());
    let mut scratch = vec![0; model.scratch_len()];
    let (mut onsite, mut expected) = (Vec::new(), Vec::new());
    for sample in 0..samples {
        let mut strip = vec![0.0; sites];
        ensemble.sample(sample).fill_onsite(&mut strip);
        let mut outputs = vec![0; targets];
        model
            .predict_q16(&strip, usize::from(card.width), &mut scratch, &mut outputs)
            .expect("the lattice suits the model");
        onsite.extend(strip);
        expected.extend(outputs);
    }
    for (instructions, engine) in Engine::variants(&model).expect("engines") {
        let mut found = vec![-1; expected.len()];
        engine
            .predict_q16(&onsite, &mut found)
            .expect("the lattices suit the model");
        assert_eq!(found, expected, "{instructions}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_program_on_any_instructions(seed: u64, samples in 1_u64..120) {
        compare(&networks::random(seed).bytes(), samples);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// More lanes than a vector, more vectors than a tile, more passes than a block.
    #[test]
    fn long_lines_and_large_layers(seed: u64, samples in 1_u64..120) {
        compare(&networks::wide(seed).bytes(), samples);
    }

    #[test]
    fn tables_in_place_of_the_first_convolutions(seed: u64, samples in 1_u64..40) {
        compare(&networks::with_stem(seed).bytes(), samples);
    }
}

/// What is shipped runs as fast as it can: on kernels alone.
#[test]
fn shipped_models_on_any_instructions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    let mut found = 0;
    for entry in std::fs::read_dir(folder).expect("models") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "postcard") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a model file");
        if HybridModel::is_one(&bytes) {
            continue;
        }
        let engine = Engine::new(Model::parse(&bytes).expect("a model")).expect("an engine");
        let left: Vec<&str> = engine.layers_of_core().collect();
        assert!(left.is_empty(), "{}: {left:?}", path.display());
        compare(&bytes, 100);
        found += 1;
    }
    assert!(found >= 4, "{found} models");
}
