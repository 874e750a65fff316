//! Whatever bytes a hybrid's file has.

use landauer_core::hybrid::format::{
    Completion, HybridCard, HybridFile, HybridGolden, Lines, Rung,
};
use landauer_core::hybrid::head::HEAD_LEN;
use landauer_core::hybrid::{EnergySet, Hybrid, HybridError, HybridModel, SMALLEST_BUDGET};
use landauer_core::inference::Target;
use landauer_core::inference::format::Span;
use landauer_core::{Concentration, DisorderModel, Ensemble, Scalar, Species};

use crate::mend::mend_hybrid;

/// Sites of the largest strip that is predicted, and of its widest slice.
const MAX_SITES: [usize; 2] = [512, 24];

/// How far a golden value may be computed for; a file may ask for any budget, but a strip is finite.
const BUDGETS: [u64; 4] = [SMALLEST_BUDGET, 20_000, 200_000, u64::MAX];

/// Reads the bytes as they are and mended; what is a hybrid is [run](run_hybrid).
pub fn hybrid(bytes: &[u8]) {
    for bytes in [bytes, &mend_hybrid(bytes)] {
        let _ = run_hybrid(bytes);
    }
}

/// Reads the bytes, and runs them if they are a hybrid and not too large; tells whether they are one.
///
/// # Panics
/// If anything is wrong with what comes out.
#[must_use]
pub fn run_hybrid(bytes: &[u8]) -> bool {
    let model = match HybridModel::parse(bytes) {
        Ok(model) => model,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    let card = model.card();
    let width = usize::from(card.width);
    if model.sites() > MAX_SITES[0] || width > MAX_SITES[1] {
        return true;
    }
    let ensemble = Ensemble::new(card.disorder, card.concentration, 1).expect("it was parsed");
    for sample in 0..2 {
        predict::<f32>(&model, ensemble, sample);
        predict::<f64>(&model, ensemble, sample);
    }
    let mut workspace = vec![f32::NAN; model.workspace_len()];
    let mut hybrid = Hybrid::new(&model, &mut workspace).expect("there is room");
    match hybrid.self_test(&mut vec![0.0; model.sites()]) {
        Ok(()) | Err(HybridError::SelfTest { .. } | HybridError::Solve(_)) => {}
        Err(error) => panic!("{error}"),
    }
    true
}

/// Predicts one strip within some budgets, whatever the workspace held before.
fn predict<S: Scalar>(model: &HybridModel<'_>, ensemble: Ensemble, sample: u64) {
    let width = usize::from(model.card().width);
    let mut onsite = vec![S::ZERO; model.sites()];
    ensemble.sample(sample).fill_onsite(&mut onsite);
    for budget in BUDGETS {
        let mut workspace = vec![S::from_f64(f64::NAN); model.workspace_len()];
        let mut hybrid = Hybrid::new(model, &mut workspace).expect("there is room");
        match hybrid.predict_within(&onsite, width, budget) {
            Ok(found) => {
                let value = found.value.to_f64();
                assert!(
                    (0.0..=f64::from(model.card().width)).contains(&value),
                    "{found:?}"
                );
                assert!(found.multiply_adds <= budget && found.solved <= found.impurities);
                assert!(!found.exact || found.solved == found.impurities);
            }
            // Any energy of the grid may be at a band edge.
            Err(HybridError::Solve(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// A small sound hybrid, another one for each seed.
///
/// # Panics
/// Never: it is sound.
#[must_use]
pub fn small_hybrid(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut below = |bound: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut constants = Vec::new();
    let mut push = |count: usize, below: &mut dyn FnMut(u64) -> u64| {
        let offset = u32::try_from(constants.len()).expect("small");
        for _ in 0..count {
            let number = below(2000) as f32 / 1000.0 - 1.0;
            constants.extend(number.to_le_bytes());
        }
        let length = u32::try_from(4 * count).expect("small");
        Span { offset, length }
    };
    let averaged = below(2) == 1;
    let target = if averaged {
        Target::PAPER_BIAS_AVERAGE
    } else {
        Target::Conductance
    };
    let mut rungs = heapless::Vec::new();
    for number in 0..=below(3) {
        let mut energies = EnergySet::FERMI;
        if averaged {
            for _ in 0..number {
                energies = energies.with_grid_point(usize::try_from(below(10)).expect("small"));
            }
        }
        let head = (number == 0 || below(2) == 1).then(|| push(HEAD_LEN, &mut below));
        let completion = if energies.makes_up(target) {
            Completion::Exact
        } else {
            let nodes = 1 + below(4);
            let functions = energies.len() + 1;
            Completion::Local(Lines {
                nodes: u16::try_from(nodes).expect("small"),
                step: u8::try_from(below(8)).expect("small"),
                values: push(
                    functions * usize::try_from(nodes).expect("small"),
                    &mut below,
                ),
            })
        };
        let least = if number == 0 {
            0
        } else {
            u32::try_from(below(40)).expect("small")
        };
        let rung = Rung {
            energies,
            least,
            head,
            completion,
        };
        rungs.push(rung).expect("there is room for eight");
    }
    let card = HybridCard {
        name: "small",
        crate_version: "",
        length: u16::try_from(1 + below(6)).expect("small"),
        width: u16::try_from(1 + below(8)).expect("small"),
        disorder: [
            DisorderModel::II,
            DisorderModel::III,
            DisorderModel::IV,
            DisorderModel::Impurities(Species::new(&[-1.5, 3.0]).expect("species")),
        ][usize::try_from(below(4)).expect("small")],
        concentration: Concentration::Uniform,
        target,
        data_hash: [0; 32],
        rungs,
        golden: heapless::Vec::from_slice(&[HybridGolden {
            seed,
            sample: 1,
            budget: 10_000,
            bits: 0,
        }])
        .expect("there is room for one"),
    };
    let file = HybridFile {
        card: &card,
        constants: &constants,
    };
    let mut bytes = vec![0; file.encoded_len().expect("small")];
    file.encode(&mut bytes).expect("it has the length");
    bytes
}
