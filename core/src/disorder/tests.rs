//! The rule draws what it always drew; models are what their entries say.

use super::*;
extern crate std;
use std::string::ToString;
use std::vec::Vec;

fn ensemble(model: DisorderModel, concentration: Concentration) -> Ensemble {
    Ensemble::new(model, concentration, 7).unwrap()
}

/// Version 1 is frozen: these values may never change. They are what `python
/// tests/python/disorder.py 1 2 3`, an independent `ChaCha8`, prints.
#[test]
fn version_1_draws_these_numbers_for_ever() {
    let model = DisorderModel::AndersonBox { strength: 4.0 };
    let mut sample = Ensemble::new(model, Concentration::Uniform, 1)
        .unwrap()
        .sample(2);
    let found: [f64; 3] = core::array::from_fn(|s| sample.site(s as u64).onsite());
    assert_eq!(
        (sample.concentration(), found),
        (
            0.592_089_152_021_520_9,
            [
                -1.139_911_933_376_272_2,
                1.561_942_882_597_326,
                -0.400_716_141_333_316_9
            ]
        )
    );
}

#[test]
fn any_order_of_visiting_gives_the_same_sample() {
    for model in NUMBERED_MODELS.iter().map(|entry| entry.model) {
        let ensemble = ensemble(model, Concentration::Uniform);
        let forward: Vec<Site> = ensemble.sample(3).sites().take(500).collect();
        let mut sample = ensemble.sample(3);
        for (number, &site) in (0_u16..500).zip(&forward).rev() {
            assert_eq!(sample.site(number.into()), site);
        }
    }
}

#[test]
fn species_and_concentration_come_out_in_their_shares() {
    let count = 200_000;
    let ensemble = ensemble(DisorderModel::IV, Concentration::Fixed(0.3));
    let mut shares = [0.0; 4];
    for site in ensemble.sample(0).sites().take(count) {
        shares[usize::from(site.species())] += 1.0 / count as f64;
    }
    // Five standard deviations of a share of 200,000.
    for (share, expected) in shares.into_iter().zip([0.7, 0.1, 0.1, 0.1]) {
        assert!((share - expected).abs() < 0.0052, "{shares:?}");
    }
}

#[test]
fn extreme_concentrations_are_exact() {
    for (n, species) in [(0.0, 0), (1.0, 1)] {
        let ensemble = ensemble(DisorderModel::II, Concentration::Fixed(n));
        assert!(
            ensemble
                .sample(9)
                .sites()
                .take(10_000)
                .all(|site| site.species() == species)
        );
    }
}

#[test]
fn model_i_is_uniform_in_the_open_box() {
    let ensemble = ensemble(
        DisorderModel::AndersonBox { strength: 4.0 },
        Concentration::Uniform,
    );
    let values: Vec<f64> = ensemble
        .sample(1)
        .sites()
        .take(100_000)
        .map(Site::onsite)
        .collect();
    let mean = values.iter().sum::<f64>() / 1e5;
    let square = values.iter().map(|e| e * e).sum::<f64>() / 1e5;
    assert!(values.iter().all(|e| e.abs() < 2.0));
    assert!(mean.abs() < 0.02 && (square - 16.0 / 12.0).abs() < 0.02);
}

#[test]
fn samples_and_seeds_differ() {
    let model = DisorderModel::AndersonBox { strength: 1.0 };
    let value = |seed, index| -> f64 {
        Ensemble::new(model, Concentration::Uniform, seed)
            .unwrap()
            .sample(index)
            .site(0)
            .onsite()
    };
    assert_ne!(value(1, 0), value(1, 1));
    assert_ne!(value(1, 0), value(2, 0));
}

#[test]
fn impossible_ensembles_are_refused() {
    for w in [-1.0, f64::NAN, f64::INFINITY] {
        let model = DisorderModel::AndersonBox { strength: w };
        assert!(Ensemble::new(model, Concentration::Uniform, 0).is_err());
    }
    for n in [-0.1, 1.1, f64::NAN] {
        let concentration = Concentration::Fixed(n);
        assert!(Ensemble::new(DisorderModel::II, concentration, 0).is_err());
    }
}

#[test]
fn a_stored_ensemble_is_checked_when_it_comes_back() {
    let good = ensemble(DisorderModel::III, Concentration::Fixed(0.25));
    let mut buffer = [0_u8; 64];
    let bytes = postcard::to_slice(&good, &mut buffer).unwrap();
    assert_eq!(postcard::from_bytes::<Ensemble>(bytes).unwrap(), good);
    let bad = Unchecked {
        model: DisorderModel::III,
        concentration: Concentration::Fixed(2.0),
        seed: 7,
    };
    let bytes = postcard::to_slice(&bad, &mut buffer).unwrap();
    assert!(postcard::from_bytes::<Ensemble>(bytes).is_err());
}

/// What a new disorder model takes is its entry in the table: model XCIX stands there in tests only.
#[test]
fn an_entry_of_the_table_is_all_of_a_model() {
    let entry = NumberedModel::named("xcix").unwrap();
    assert_eq!((entry.number, entry.numeral), (99, "XCIX"));
    assert_eq!(NumberedModel::with_number(99), Some(entry));
    let model = entry.model;
    assert_eq!(model.numbered(), Some(entry));
    assert_eq!(model.to_string(), "model XCIX");
    assert_eq!((model.number(), model.number_in_files()), (Some(99), None));
    assert_eq!(model.species_energies(), [-1.0, 1.0, 2.0, 3.0]);
    assert_eq!((model.bound(), model.has_impurities()), (3.0, true));
    assert_eq!(model.parameter(), Some(Parameter::Concentration));
    let ensemble = ensemble(model, Concentration::Fixed(0.4));
    let mut shares = [0.0; 5];
    for site in ensemble.sample(0).sites().take(200_000) {
        let energy: f64 = site.onsite();
        let species = usize::from(site.species());
        assert_eq!(energy, [0.0, -1.0, 1.0, 2.0, 3.0][species]);
        shares[species] += 1.0 / 2e5;
    }
    // Five standard deviations of a share of 200,000.
    for (share, expected) in shares.into_iter().zip([0.6, 0.1, 0.1, 0.1, 0.1]) {
        assert!((share - expected).abs() < 0.0055, "{shares:?}");
    }
    // Files know it by its species.
    let mut buffer = [0; 64];
    let bytes = postcard::to_slice(&model, &mut buffer).unwrap();
    assert_eq!(postcard::from_bytes(bytes), Ok(model));
    assert_eq!(model.oldest_version(), wire::ANY_MODEL);
}

#[test]
fn numbers_and_numerals_are_unique_and_models_too() {
    for (place, one) in NUMBERED_MODELS.iter().enumerate() {
        let is_for_tests = one.numeral == "XCIX";
        assert!(is_for_tests || usize::from(one.number) == place + 1);
        assert_eq!(NumberedModel::named(one.numeral), Some(one));
        assert_eq!(one.model.with_strength(0.5).numbered(), Some(one));
        for other in &NUMBERED_MODELS[..place] {
            assert_ne!(one.numeral, other.numeral);
            assert_ne!(one.model, other.model);
        }
    }
    for text in ["", "0", "98", "IIII", "model I", "-1", "1.0", "257"] {
        assert_eq!(NumberedModel::named(text), None, "{text}");
    }
}

#[test]
fn the_models_of_the_paper_are_what_it_says() {
    assert_eq!(DisorderModel::I.strength(), Some(4.0));
    assert_eq!(DisorderModel::I.with_strength(3.0).bound(), 1.5);
    assert_eq!(DisorderModel::II.species_energies(), [5.0]);
    assert_eq!(DisorderModel::III.species_energies(), [2.5, 5.0]);
    assert_eq!(
        DisorderModel::IV.species_energies(),
        [5.0 / 3.0, 10.0 / 3.0, 5.0]
    );
    let texts = NUMBERED_MODELS.iter().map(|entry| entry.model.to_string());
    let texts: Vec<_> = texts.take(4).collect();
    assert_eq!(
        texts,
        ["model I, w = 4 t", "model II", "model III", "model IV"]
    );
    let given = DisorderModel::Given { bound: 1.25 };
    assert_eq!(given.to_string(), "given on-site energies up to 1.25 t");
    assert_eq!((given.number(), given.parameter()), (None, None));
    let numbers = NUMBERED_MODELS[..4]
        .iter()
        .map(|entry| entry.model.number_in_files());
    assert!(numbers.eq([Some(1), Some(2), Some(3), Some(4)]));
    let smaller = DisorderModel::Given { bound: 1.0 };
    assert!(given.covers(&given) && given.covers(&smaller) && !smaller.covers(&given));
    assert!(DisorderModel::II.covers(&DisorderModel::II));
    assert!(!DisorderModel::I.covers(&DisorderModel::I.with_strength(1.0)));
    assert!(!given.covers(&DisorderModel::II));
}

#[test]
fn lists_that_are_no_species_are_refused() {
    assert_eq!(Species::new(&[]), Err(DisorderError::SpeciesCount(0)));
    let nine = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    assert_eq!(Species::new(&nine), Err(DisorderError::SpeciesCount(9)));
    assert_eq!(Species::new(&nine[..8]).unwrap().energies(), &nine[..8]);
    for energy in [0.0, -0.0, f64::INFINITY, 1e300, 1e-300, 2.0, 2.0 + 1e-9] {
        let error = DisorderError::SpeciesEnergy(energy);
        assert_eq!(Species::new(&[2.0, energy]), Err(error));
    }
    assert!(Species::new(&[f64::NAN]).is_err());
    // The order is part of the model: the same words draw other strips.
    assert_ne!(Species::new(&[5.0, 2.5]), Species::new(&[2.5, 5.0]));
}

/// Version 1 of the files is frozen: models I to IV have these bytes for ever.
#[test]
fn models_have_their_bytes() {
    let bytes = |model| {
        let mut buffer = [0; 96];
        postcard::to_slice(&model, &mut buffer).unwrap().to_vec()
    };
    let four = 4.0_f64.to_le_bytes();
    assert_eq!(bytes(DisorderModel::I), [&[0][..], &four].concat());
    for (number, model) in [DisorderModel::II, DisorderModel::III, DisorderModel::IV]
        .into_iter()
        .enumerate()
    {
        assert_eq!(bytes(model), [u8::try_from(number).unwrap() + 1]);
        assert_eq!(model.oldest_version(), wire::NUMBERED_ONLY);
    }
    let own = DisorderModel::Impurities(Species::new(&[4.0]).unwrap());
    assert_eq!(bytes(own), [&[4, 1][..], &four].concat());
    let given = DisorderModel::Given { bound: 4.0 };
    assert_eq!(bytes(given), [&[5][..], &four].concat());
    // What is listed although it has a number is the model of that number.
    let two = [&[4, 1][..], &5.0_f64.to_le_bytes()].concat();
    assert_eq!(postcard::from_bytes(&two), Ok(DisorderModel::II));
    // What is no list of species is refused.
    for wrong in [&[4, 0][..], &[4, 1, 0, 0, 0, 0, 0, 0, 0, 0], &[4, 9], &[6]] {
        assert!(postcard::from_bytes::<DisorderModel>(wrong).is_err());
    }
}
