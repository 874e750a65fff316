use landauer_core::{Concentration, DisorderModel, Ensemble};

use landauer_core::transport::Lead;

use super::*;
use crate::solve::dissection::InstructionSet;

fn size(length: usize, width: usize) -> StripSize {
    StripSize::new(length, width).unwrap()
}

fn drawn(model: DisorderModel, size: StripSize, samples: u64) -> OnsiteEnergies<'static> {
    let ensemble = Ensemble::new(model, Concentration::Fixed(0.25), 7).unwrap();
    OnsiteEnergies::draw(&ensemble, size, 0..samples).unwrap()
}

fn mapper(size: StripSize, energies: &[f64]) -> Mapper {
    Mapper::new(size, Energies::new(energies).unwrap(), &Field::ALL).unwrap()
}

/// All numbers of the maps of one sample at one energy.
fn of_one(maps: &Maps, sample: usize, energy: usize) -> Vec<Vec<f64>> {
    let place = sample * maps.energies().count() + energy;
    let fields = Field::ALL.iter().filter_map(|&field| maps.field(field));
    let all = fields.chain(maps.current_x()).chain(maps.current_y());
    let count = maps.transmissions().len();
    let part =
        |values: &[f64]| values[place * (values.len() / count)..][..values.len() / count].to_vec();
    all.map(part).collect()
}

#[track_caller]
fn assert_close(one: &[f64], other: &[f64], tolerance: f64, what: &str) {
    assert_eq!(one.len(), other.len(), "{what}");
    let largest = other
        .iter()
        .fold(1.0_f64, |largest, value| largest.max(value.abs()));
    for (place, (one, other)) in one.iter().zip(other).enumerate() {
        assert!(
            (one - other).abs() <= tolerance * largest,
            "{what}, number {place}: {one} or {other}"
        );
    }
}

#[test]
fn both_ways_find_the_same() {
    // Whole energies, where clean blocks are singular, and a band edge of some widths, among others.
    let energies = [0.0, 0.05, -0.53, 1.0, 2.2];
    let models = [
        DisorderModel::AndersonBox { strength: 3.0 },
        DisorderModel::II,
        DisorderModel::IV,
    ];
    for (length, width) in [
        (1, 4),
        (2, 1),
        (2, 3),
        (3, 3),
        (4, 7),
        (7, 4),
        (12, 1),
        (9, 12),
    ] {
        let size = size(length, width);
        let mapper = mapper(size, &energies);
        for model in models {
            let strips = drawn(model, size, 3);
            let maps = mapper.map(&strips).unwrap();
            for (sample, strip) in strips.iter().enumerate() {
                for (number, &energy) in energies.iter().enumerate() {
                    let lead = Lead::new(width, energy).unwrap();
                    if lead.propagating_modes() == 0 {
                        continue;
                    }
                    let slow = slices::maps(size, strip, lead, &Field::ALL);
                    let what =
                        format!("{length} x {width}, model {model}, sample {sample}, E = {energy}");
                    let found = of_one(&maps, sample, number);
                    let fields = Field::ALL.iter().filter_map(|&field| slow.field(field));
                    let slow_current = slow.current().unwrap();
                    for (found, slow) in found.iter().zip(fields.chain(slow_current)) {
                        assert_close(found, slow, 1e-9, &what);
                    }
                    let place = sample * energies.len() + number;
                    assert_close(
                        &maps.transmissions()[place..=place],
                        &[slow.transmission],
                        1e-10,
                        &what,
                    );
                }
            }
        }
    }
}

#[test]
fn a_clean_strip_carries_every_mode_evenly() {
    let size = size(9, 6);
    let strip = OnsiteEnergies::new(size, vec![0.0; 54]).unwrap();
    let maps = mapper(size, &[0.3]).map(&strip).unwrap();
    let lead = Lead::new(6, 0.3).unwrap();
    let modes = lead.propagating_modes() as f64;
    assert_close(maps.transmissions(), &[modes], 1e-12, "T");
    assert_eq!(maps.fallbacks(), MapFallbacks::default());
    // Nothing flows across, and every slice is like the others.
    assert!(
        maps.current_y()
            .unwrap()
            .iter()
            .all(|current| current.abs() < 1e-12)
    );
    for field in [Field::Ldos, Field::DensityLeft, Field::DensityRight] {
        let values = maps.field(field).unwrap();
        for slice in values.chunks_exact(6) {
            assert_close(slice, &values[..6], 1e-12, field.name());
        }
    }
    // T is at its largest: no site changes it in first order.
    assert!(
        maps.field(Field::Gradient)
            .unwrap()
            .iter()
            .all(|value| value.abs() < 1e-12)
    );
    // One row: a state's density is one over 2π times its velocity 2 sin k, E = −2 cos k.
    let wire = StripSize::new(5, 1).unwrap();
    let strip = OnsiteEnergies::new(wire, vec![0.0; 5]).unwrap();
    let maps = mapper(wire, &[0.8]).map(&strip).unwrap();
    let velocity = (4.0_f64 - 0.8 * 0.8).sqrt();
    let density = 1.0 / (2.0 * std::f64::consts::PI * velocity);
    assert_close(
        maps.field(Field::DensityLeft).unwrap(),
        &[density; 5],
        1e-13,
        "density",
    );
    assert_close(
        maps.field(Field::Ldos).unwrap(),
        &[2.0 * density; 5],
        1e-13,
        "LDOS",
    );
}

#[test]
fn one_site_has_closed_forms() {
    // E = 0: T = 1/(1 + ε²/4), G = 1/(2i − ε).
    let size = size(1, 1);
    for onsite in [-1.5, 0.5, 3.0] {
        let strip = OnsiteEnergies::new(size, vec![onsite]).unwrap();
        let maps = mapper(size, &[0.0]).map(&strip).unwrap();
        let transmission = 1.0 / (1.0 + 0.25 * onsite * onsite);
        assert_close(maps.transmissions(), &[transmission], 1e-14, "T");
        let gradient = -0.5 * onsite * transmission * transmission;
        assert_close(
            maps.field(Field::Gradient).unwrap(),
            &[gradient],
            1e-14,
            "gradient",
        );
        let ldos = 2.0 / (4.0 + onsite * onsite) / std::f64::consts::PI;
        assert_close(maps.field(Field::Ldos).unwrap(), &[ldos], 1e-14, "LDOS");
    }
}

#[test]
fn the_gradient_is_that_of_t() {
    let size = size(6, 5);
    let model = DisorderModel::AndersonBox { strength: 2.0 };
    let strip = drawn(model, size, 1).into_values();
    let energies = Energies::new([0.35]).unwrap();
    let transmission = |onsite: &[f64]| {
        let strip = OnsiteEnergies::new(size, onsite).unwrap();
        crate::solve::solve(&strip, &energies)
            .unwrap()
            .transmissions()[0]
    };
    let maps = mapper(size, &[0.35])
        .map(&OnsiteEnergies::new(size, &strip[..]).unwrap())
        .unwrap();
    let step = 1e-4;
    for site in 0..30 {
        let moved = |by: f64| {
            let mut moved = strip.clone();
            moved[site] += by;
            transmission(&moved)
        };
        // Central differences of fourth order.
        let difference =
            8.0 * (moved(step) - moved(-step)) - (moved(2.0 * step) - moved(-2.0 * step));
        let gradient = maps.field(Field::Gradient).unwrap()[site];
        assert!(
            (difference / (12.0 * step) - gradient).abs() < 1e-9,
            "site {site}"
        );
    }
}

#[test]
fn mirror_images_have_mirrored_maps() {
    let size = size(8, 7);
    let strip = drawn(DisorderModel::III, size, 1);
    let reversed: Vec<f64> = strip
        .values()
        .chunks_exact(7)
        .rev()
        .flatten()
        .copied()
        .collect();
    let reversed = OnsiteEnergies::new(size, reversed).unwrap();
    let mapper = mapper(size, &[0.12]);
    let (one, other) = (mapper.map(&strip).unwrap(), mapper.map(&reversed).unwrap());
    let back = |values: &[f64]| {
        values
            .chunks_exact(7)
            .rev()
            .flatten()
            .copied()
            .collect::<Vec<f64>>()
    };
    let pairs = [
        (Field::Ldos, Field::Ldos),
        (Field::DensityLeft, Field::DensityRight),
        (Field::Gradient, Field::Gradient),
    ];
    for (field, mirrored) in pairs {
        let mirrored = back(other.field(mirrored).unwrap());
        assert_close(one.field(field).unwrap(), &mirrored, 1e-10, field.name());
    }
}

#[test]
fn the_bits_are_the_same_everywhere() {
    let size = size(11, 9);
    let strips = drawn(DisorderModel::II, size, 19);
    let energies = [0.0, 0.18];
    let expected = mapper(size, &energies).map(&strips).unwrap();
    for set in InstructionSet::all() {
        assert_eq!(
            mapper(size, &energies).on(set).map(&strips).unwrap(),
            expected,
            "{set}"
        );
    }
    // Alone, too.
    let alone = OnsiteEnergies::new(size, &strips.values()[17 * 99..18 * 99]).unwrap();
    let alone = mapper(size, &energies).map(&alone).unwrap();
    for number in 0..2 {
        assert_eq!(of_one(&alone, 0, number), of_one(&expected, 17, number));
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let strip = OnsiteEnergies::new(size(2, 3), vec![0.0; 6]).unwrap();
    let other = mapper(size(3, 2), &[0.0]).map(&strip);
    assert!(matches!(other, Err(MapError::OtherSize { .. })));
    maps(&strip, f64::NAN).unwrap_err();
    // Outside the band nothing comes in.
    let outside = maps(&strip, 5.0).unwrap();
    assert_eq!(outside.transmissions(), [0.0]);
    assert!(
        of_one(&outside, 0, 0)
            .iter()
            .flatten()
            .all(|&value| value == 0.0)
    );
    let none = OnsiteEnergies::new(size(2, 3), vec![]).unwrap();
    assert!(maps(&none, 0.0).unwrap().transmissions().is_empty());
    let mapper = mapper(size(2, 3), &[0.0]);
    assert_eq!(mapper.map_unless(&strip, &|| true), Ok(None));
    // What does not fit into any memory is refused before it is planned.
    let large = Mapper::new(size(2, 1 << 40), Energies::default(), &Field::ALL);
    assert!(matches!(large, Err(MapError::Memory(_))));
    #[cfg(feature = "files")]
    {
        let large = Mapper::new(size(1 << 30, 1 << 20), Energies::default(), &Field::ALL);
        assert!(matches!(large, Err(MapError::Memory(_))));
    }
    // A field is computed once, however often it is asked for.
    let twice = [Field::Ldos, Field::Ldos];
    let twice = Mapper::new(size(2, 3), Energies::default(), &twice).unwrap();
    assert_eq!(twice.map(&strip).unwrap().fields(), [Field::Ldos]);
}

#[test]
fn walls_are_no_obstacle() {
    let size = size(5, 4);
    for wall in [1e5, -1e12] {
        let mut onsite = vec![0.3; 20];
        onsite[9] = wall;
        onsite[10] = wall;
        let strip = OnsiteEnergies::new(size, onsite).unwrap();
        let maps = mapper(size, &[0.1]).map(&strip).unwrap();
        assert_eq!(
            maps.fallbacks(),
            MapFallbacks {
                slices: 1,
                ..MapFallbacks::default()
            }
        );
        // Nothing is inside a wall.
        assert!(maps.field(Field::Ldos).unwrap()[9].abs() < 1e-9);
        assert!(maps.transmissions()[0] > 0.5);
        // Where nothing comes in, they need no other way.
        let maps = mapper(size, &[9.0]).map(&strip).unwrap();
        assert_eq!(maps.fallbacks(), MapFallbacks::default());
        assert_eq!(maps.field(Field::Ldos), Some(&[0.0; 20][..]));
    }
}
