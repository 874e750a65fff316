//! What the exporter's packing does to a model: nothing that a prediction could show.

use landauer_core::Ensemble;
use landauer_core::inference::Model;
use landauer_core::inference::format::{Conv2d, Dense, Operator, WeightLayout};
use landauer_learn::export::packed;
use landauer_tests::networks;
use proptest::prelude::*;

/// Predictions for some strips of the model's own ensemble, in units of G0/65536.
fn predictions(bytes: &[u8]) -> Vec<i32> {
    let model = Model::parse(bytes).expect("a model");
    let card = model.card();
    let ensemble = Ensemble::new(card.disorder, card.concentration, 9).expect("an ensemble");
    let mut scratch = vec![0; model.scratch_len()];
    let mut all = Vec::new();
    for sample in 0..8 {
        let mut onsite = vec![0.0; model.sites()];
        ensemble.sample(sample).fill_onsite(&mut onsite);
        let mut outputs = vec![0; card.outputs.len()];
        model
            .predict_q16(&onsite, usize::from(card.width), &mut scratch, &mut outputs)
            .expect("the lattice suits the model");
        all.extend(outputs);
    }
    all
}

/// Packs a model, which must predict the same and not change a second time.
fn compare(bytes: &[u8]) -> Vec<u8> {
    let packed_bytes = packed(bytes).expect("core has accepted the model");
    assert_eq!(predictions(&packed_bytes), predictions(bytes));
    let again = packed(&packed_bytes).expect("core has accepted the model");
    assert_eq!(again, packed_bytes, "what is packed stays as it is");
    packed_bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_networks_predict_the_same_when_they_are_packed(seed in any::<u64>()) {
        compare(&networks::random(seed).bytes());
        compare(&networks::two_convolutions(seed).bytes());
    }
}

/// The packing is not idle: weights of layers with four rows are interleaved, and where nothing
/// depends on the count two convolutions become a table, which needs less room.
#[test]
fn tables_and_interleaved_weights_are_made() {
    let (mut tables, mut interleaved, mut left) = (0, 0, 0);
    for seed in 0..400 {
        let network = networks::two_convolutions(seed);
        let bytes = compare(&network.bytes());
        let model = Model::parse(&bytes).expect("a model");
        let mut layers = model.layers();
        if matches!(
            layers.next().map(|layer| layer.operator),
            Some(Operator::Patterns(_))
        ) {
            tables += 1;
            assert!(model.card().arena < network.card.arena);
        }
        for layer in layers {
            let (Operator::Conv2d(Conv2d { weights, .. }) | Operator::Dense(Dense { weights, .. })) =
                layer.operator
            else {
                continue;
            };
            match (weights.layout, layer.output.channels) {
                (WeightLayout::Interleaved, _) => interleaved += 1,
                (_, rows) => {
                    assert!(rows < 4);
                    left += 1;
                }
            }
        }
    }
    assert!(
        tables > 40 && interleaved > 100 && left > 40,
        "{tables} {interleaved} {left}"
    );
}
