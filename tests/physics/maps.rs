//! Maps of the inside of strips against Kwant's.

use landauer::maps::{Field, Mapper};
use landauer::{Energies, OnsiteEnergies, StripSize};
use landauer_tests::cases::{MapCase, map_cases};
use landauer_tests::tolerance::KWANT_MAPS;

#[test]
fn maps_are_those_of_kwant() {
    for case in map_cases() {
        let size = StripSize::new(case.length, case.width).unwrap();
        let strip = OnsiteEnergies::new(size, &case.onsite[..]).unwrap();
        let energies = Energies::new(case.energies.clone()).unwrap();
        let mapper = Mapper::new(size, energies, &Field::ALL).unwrap();
        let maps = mapper.map(&strip).unwrap();
        let field = |field| maps.field(field).unwrap();
        let MapCase { name, .. } = &case;
        let pairs = [
            ("T", maps.transmissions(), &case.transmission),
            ("LDOS", field(Field::Ldos), &case.ldos),
            ("density", field(Field::DensityLeft), &case.density_left),
            ("current along", maps.current_x().unwrap(), &case.current_x),
            ("current across", maps.current_y().unwrap(), &case.current_y),
            ("gradient", field(Field::Gradient), &case.gradient),
        ];
        for (what, found, expected) in pairs {
            assert_eq!(found.len(), expected.len(), "{name}: {what}");
            let at_one_energy = (found.len() / case.energies.len()).max(1);
            let both = found
                .chunks(at_one_energy)
                .zip(expected.chunks(at_one_energy));
            for ((found, expected), energy) in both.zip(&case.energies) {
                let largest = expected
                    .iter()
                    .fold(1.0_f64, |largest, value| largest.max(value.abs()));
                for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
                    assert!(
                        (found - expected).abs() <= KWANT_MAPS * largest,
                        "{name}, E = {energy}: {what} number {place} is {found}, Kwant's {expected}"
                    );
                }
            }
        }
    }
}
