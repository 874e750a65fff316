//! Whatever bytes a model file has.

use landauer_core::inference::format::{Card, Layer, ModelFile, Operator};
use landauer_core::inference::{Model, ModelError};
use landauer_core::{DisorderModel, Ensemble};

use crate::integer_reference::Reference;
use crate::mend::mend;

/// Bytes of scratch that are lent at most.
const MAX_SCRATCH: usize = 1 << 16;

/// Sites of the largest strip that is predicted.
const MAX_SITES: usize = 1 << 12;

/// Steps that a prediction may take to be tried, and to be compared.
const MAX_STEPS: [u64; 2] = [1 << 20, 1 << 15];

/// Reads the bytes as they are and mended; what is a model is [run].
pub fn model(bytes: &[u8]) {
    for bytes in [bytes, &mend(bytes)] {
        let _ = run(bytes);
    }
}

/// Reads the bytes, and runs them if they are a model and not too large; tells whether they are one.
///
/// # Panics
/// If anything is wrong with what comes out.
#[must_use]
pub fn run(bytes: &[u8]) -> bool {
    let model = match Model::parse(bytes) {
        Ok(model) => model,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    assert!(model.largest_sums().all(|sum| sum < 1 << 31));
    encodes_again(&model);
    let steps = steps(&model);
    let small = model.scratch_len() <= MAX_SCRATCH && model.sites() <= MAX_SITES;
    if small && steps <= MAX_STEPS[0] {
        for onsite in lattices(&model) {
            predict(&model, &onsite, steps <= MAX_STEPS[1]);
        }
        self_test(&model);
    }
    true
}

/// What was read is written so that it is read again.
fn encodes_again(model: &Model<'_>) {
    let layers: Vec<Layer> = model.layers().collect();
    let file = ModelFile {
        card: model.card(),
        layers: &layers,
        constants: model.constants().as_bytes(),
    };
    let mut bytes = vec![0; file.encoded_len().expect("it was read")];
    file.encode(&mut bytes).expect("it has the length");
    let again = Model::parse(&bytes).expect("it was read before");
    assert_eq!(again.card(), model.card());
    assert!(again.layers().eq(layers));
    assert_eq!(again.constants(), model.constants());
    assert_eq!(again.scratch_len(), model.scratch_len());
    assert_eq!(again.macs(), model.macs());
}

/// Multiply-accumulates, and what [`Model::macs`] does not count, of all passes.
fn steps(model: &Model<'_>) -> u64 {
    let uncounted = model.layers().map(|layer| {
        let outputs = layer.output.shape().len() as u64;
        let each = match &layer.operator {
            Operator::Pool(pool) => pool.window.area() as u64,
            _ => 1,
        };
        outputs.saturating_mul(each)
    });
    let uncounted = uncounted.fold(model.sites() as u64, u64::saturating_add);
    let passes = u64::from(model.card().mirrors.passes());
    model
        .macs()
        .saturating_add(uncounted.saturating_mul(passes))
}

/// Strips that the model was made for: one of its ensemble, the fewest and the most impurities.
fn lattices(model: &Model<'_>) -> [Vec<f64>; 3] {
    let card = model.card();
    let sites = model.sites();
    let ensemble = Ensemble::new(card.disorder, card.concentration, 1).expect("it was parsed");
    let mut drawn = vec![0.0; sites];
    ensemble.sample(2).fill_onsite(&mut drawn);
    let extremes = card.counts.map(|count| extreme(card, sites, count));
    let [fewest, most] = extremes;
    [drawn, fewest, most]
}

/// This many impurities, from the first site on; for model I the largest energies there are.
fn extreme(card: &Card<'_>, sites: usize, count: u32) -> Vec<f64> {
    let count = usize::try_from(count).expect("an address");
    if let DisorderModel::AndersonBox { strength } = card.disorder {
        let signs = [1.0, -1.0].into_iter().cycle().take(sites);
        return signs.map(|sign| sign * strength / 2.0).collect();
    }
    let species = card.disorder.species_energies().iter().cycle();
    let impurities = species.copied().take(count);
    impurities
        .chain(std::iter::repeat(0.0))
        .take(sites)
        .collect()
}

/// Predicts in two ways, whatever the scratch held before, and compares with the reference.
fn predict(model: &Model<'_>, onsite: &[f64], compare: bool) {
    let card = model.card();
    let width = usize::from(card.width);
    let mut outputs = vec![-1; card.outputs.len()];
    let mut scratch = vec![-128; model.scratch_len()];
    match model.predict_q16(onsite, width, &mut scratch, &mut outputs) {
        Ok(()) => {}
        Err(ModelError::ImpurityCount { .. }) => return,
        Err(error) => panic!("{error}"),
    }
    let mut other = vec![85; model.scratch_len() + 1];
    let mut conductances = vec![0.0; outputs.len()];
    #[allow(clippy::cast_possible_truncation, reason = "rounding is meant")]
    let single: Vec<f32> = onsite.iter().map(|&energy| energy as f32).collect();
    model
        .predict(&single, width, &mut other, &mut conductances)
        .expect("what f64 can, f32 can");
    for ((conductance, value), output) in conductances.into_iter().zip(&outputs).zip(&card.outputs)
    {
        assert_eq!(f64::from(conductance) * 65536.0, f64::from(*value));
        assert!((0..=output.ceiling).contains(value));
    }
    if compare {
        let expected = Reference::new(model).evaluate(onsite);
        assert_eq!(outputs, expected.outputs);
        for (place, (&value, expected)) in scratch.iter().zip(&expected.arena).enumerate() {
            assert_eq!(value, expected.unwrap_or(-128), "byte {place} of the arena");
        }
    }
}

/// A self-test passes, or says that the file promises something else.
fn self_test(model: &Model<'_>) {
    let mut scratch = vec![0; model.scratch_len()];
    let mut onsite = vec![0.0_f32; model.sites()];
    match model.self_test(&mut onsite, &mut scratch) {
        Ok(()) | Err(ModelError::SelfTest { .. } | ModelError::ImpurityCount { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}
