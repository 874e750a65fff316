//! What is refused, and what a result does not depend on. The physics is in `tests/physics/thermal.rs`.

use landauer_core::{Concentration, DisorderModel};

use super::*;
use crate::failure::{Categorised, Category};

fn size() -> StripSize {
    StripSize::new(6, 4).unwrap()
}

fn strips(samples: u64) -> OnsiteEnergies<'static> {
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.3), 5).unwrap();
    OnsiteEnergies::draw(&ensemble, size(), 0..samples).unwrap()
}

#[test]
fn impossible_requests_are_refused_by_name() {
    let builder = || Thermal::builder(size());
    let refused = |builder: ThermalBuilder| {
        let error = builder.build().unwrap_err();
        assert_eq!(error.category(), Category::Usage);
        error.to_string()
    };
    for bad in [-0.1, 1e-9, f64::NAN, f64::INFINITY] {
        let message = refused(builder().temperatures([0.1, bad]));
        assert!(message.starts_with("the temperature kT = "), "{message}");
    }
    for bad in [1e-9, -1e-9, f64::NAN, f64::NEG_INFINITY] {
        assert!(refused(builder().voltages([bad])).starts_with("the voltage eV = "));
    }
    assert!(refused(builder().fermi_energies([f64::NAN])).contains("Fermi energy"));
    assert!(refused(builder().fermi_energies([])).contains("Fermi energies is empty"));
    assert!(refused(builder().temperatures([])).contains("temperatures is empty"));
    for (absolute, relative) in [
        (0.0, 0.0),
        (1e-11, 0.0),
        (f64::NAN, 1e-3),
        (f64::INFINITY, 0.0),
        (-1.0, 0.1),
        (1e-6, 1e-9),
        (1e-6, 1.0),
    ] {
        let builder = builder().tolerance(absolute).relative_tolerance(relative);
        assert!(refused(builder).contains("cannot be kept"));
    }
    let thermal = builder().build().unwrap();
    let other = StripSize::new(4, 6).unwrap();
    let other = OnsiteEnergies::new(other, vec![0.0; 24]).unwrap();
    let error = thermal.solve(&other).unwrap_err();
    assert_eq!(error.category(), Category::Input);
}

#[test]
fn a_tolerance_that_is_not_reached_is_an_error_that_names_the_strip() {
    let thermal = Thermal::builder(size()).temperatures([0.1]).max_solves(30);
    let error = thermal.build().unwrap().solve(&strips(70)).unwrap_err();
    let ThermalError::NotConverged {
        sample: 0, solves, ..
    } = error
    else {
        panic!("{error}")
    };
    assert!(solves <= 30);
    let after = error.after(7).to_string();
    assert!(
        after.starts_with("sample 7 at E_F = 0, kT = 0.1: after "),
        "{after}"
    );
}

#[test]
fn a_result_depends_on_nothing_beside_it() {
    let (temperatures, voltages) = ([0.0, 0.02, 0.3], [0.1, 0.0, -0.4]);
    let thermal = |temperatures: &[f64], voltages: &[f64], method| {
        let builder = Thermal::builder(size()).fermi_energies([-0.3, 0.2]);
        let builder = builder.temperatures(temperatures).voltages(voltages);
        builder.method(method).build().unwrap()
    };
    let all = strips(BLOCK as u64 + 3);
    for method in [None, Some(Method::Recursion), Some(Method::Dissection)] {
        let together = thermal(&temperatures, &voltages, method);
        let together = together.solve(&all).unwrap();
        assert_eq!(together.samples(), BLOCK + 3);
        assert_eq!(together.currents().len(), (BLOCK + 3) * 18);
        for (sample, strip) in all.iter().enumerate().step_by(BLOCK + 1) {
            let strip = OnsiteEnergies::new(size(), strip).unwrap();
            let alone = thermal(&temperatures[1..2], &voltages[2..], method);
            let alone = alone.solve(&strip).unwrap();
            for fermi in 0..2 {
                let place = (sample * 2 + fermi) * 3 + 1;
                assert_eq!(alone.conductances()[fermi], together.conductances()[place]);
                assert_eq!(
                    alone.seebeck_coefficients()[fermi],
                    together.seebeck_coefficients()[place]
                );
                assert_eq!(
                    alone.thermal_conductances()[fermi],
                    together.thermal_conductances()[place]
                );
                assert_eq!(alone.currents()[fermi], together.currents()[place * 3 + 2]);
                assert_eq!(together.currents()[place * 3 + 1], Estimate::default());
            }
            assert!(alone.solves()[0] <= together.solves()[sample]);
        }
    }
}

#[cfg(feature = "parallel")]
#[test]
fn threads_do_not_matter() {
    let builder = Thermal::builder(size()).temperatures([0.0, 0.05]);
    let thermal = builder.voltages([0.3]).build().unwrap();
    let all = strips(9);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build()
            .unwrap()
            .install(|| thermal.solve(&all).unwrap())
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn it_can_be_stopped() {
    let thermal = Thermal::builder(size())
        .temperatures([0.05])
        .build()
        .unwrap();
    assert_eq!(thermal.solve_unless(&strips(2), &|| true), Ok(None));
    let none = thermal.solve(&strips(0)).unwrap();
    assert_eq!((none.samples(), none.conductances().len()), (0, 0));
}

#[test]
fn outside_of_the_band_nothing_is_carried() {
    let builder = Thermal::builder(size()).fermi_energies([7.0]);
    let thermal = builder
        .temperatures([0.0, 0.001])
        .voltages([0.5])
        .build()
        .unwrap();
    let solution = thermal.solve(&strips(1)).unwrap();
    assert!(solution.conductances().iter().all(|one| one.value == 0.0));
    assert!(solution.currents().iter().all(|one| one.value == 0.0));
    assert_eq!(solution.seebeck_coefficients(), [None, None]);
    assert_eq!(solution.lorenz_numbers(), [None, None]);
}
