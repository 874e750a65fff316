//! `landauer solve --temperature --voltage`: the library's numbers, in every form; what it refuses.

use std::fs;

use landauer::thermal::{Estimate, Thermal};
use landauer::{Concentration, DisorderModel, Ensemble, OnsiteEnergies, StripSize};
use landauer_tests::command::run;
use landauer_tests::npy;

const DRAWN: [&str; 11] = [
    "solve",
    "--disorder",
    "2",
    "--concentration",
    "0.2",
    "--length",
    "6",
    "--width",
    "5",
    "--samples",
    "70",
];
const ASKED: [&str; 6] = [
    "--energies",
    "-0.1,0.3",
    "--temperature",
    "0,0.05",
    "--voltage",
    "-0.2,0.4",
];

#[test]
fn warm_strips_are_the_librarys_in_every_form() {
    let size = StripSize::new(6, 5).unwrap();
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.2), 1).unwrap();
    let strips = OnsiteEnergies::draw(&ensemble, size, 0..70).unwrap();
    let builder = Thermal::builder(size).fermi_energies([-0.1, 0.3]);
    let builder = builder.temperatures([0.0, 0.05]).voltages([-0.2, 0.4]);
    let thermal = builder.tuned_for_ensemble(&ensemble).build().unwrap();
    let expected = thermal.solve(&strips).unwrap();
    let values = |all: &[Estimate]| all.iter().map(|one| one.value).collect::<Vec<_>>();

    let folder = tempfile::tempdir().unwrap();
    let (array, table) = (folder.path().join("i.npy"), folder.path().join("all.csv"));
    let solve = |more: &[&str]| {
        let arguments = DRAWN.iter().chain(&ASKED).chain(more);
        run(arguments).succeeded()
    };
    let json = solve(&["--json"]).json();
    let list = |key: &str| {
        let list = json[key].as_array().unwrap().iter();
        list.map(|value| value.as_f64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(list("conductance"), values(expected.conductances()));
    assert_eq!(
        list("thermal_conductance"),
        values(expected.thermal_conductances())
    );
    assert_eq!(list("current"), values(expected.currents()));
    let seebeck = expected.seebeck_coefficients().iter().flatten();
    assert_eq!(
        list("seebeck"),
        seebeck.map(|one| one.value).collect::<Vec<_>>()
    );
    assert_eq!(
        (list("conductance_mean").len(), list("current_mean").len()),
        (4, 8)
    );

    let text = solve(&["--output", array.to_str().unwrap()]).stdout;
    assert!(text.contains("largest estimated error"), "{text}");
    assert_eq!(
        npy::read(&array),
        (vec![70, 2, 2, 2], values(expected.currents()))
    );
    solve(&["--output", table.to_str().unwrap(), "--quiet"]);
    let lines = fs::read_to_string(&table).unwrap();
    assert_eq!(lines.lines().count(), 1 + 70 * 8);
    let last: Vec<&str> = lines.lines().last().unwrap().split(',').collect();
    assert_eq!(
        (last[0], last[1], last[2], last[9]),
        ("69", "0.3", "0.05", "0.4")
    );
    let current = expected.currents().last().unwrap().value;
    assert_eq!(last[10].parse::<f64>().unwrap(), current);
}

#[test]
fn what_does_not_go_together_is_refused() {
    let refused = |more: &[&str], words: &str| {
        let finished = run(DRAWN.iter().chain(more));
        assert_eq!(finished.code, Some(2), "{}", finished.stderr);
        assert!(finished.stderr.contains(words), "{}", finished.stderr);
    };
    refused(
        &["--temperature", "0.1", "--bias", "0.36"],
        "--bias is the mean of T at ten energies",
    );
    refused(
        &["--voltage", "0.1", "--fano"],
        "--fano is of single energies",
    );
    refused(
        &["--tolerance", "1e-3"],
        "--tolerance belongs to --temperature",
    );
    refused(
        &["--temperature", "-1"],
        "the temperature kT = -1 t is neither 0 nor",
    );
    refused(
        &["--temperature", "0.1", "--precision", "f32"],
        "need --precision f64",
    );
    refused(
        &["--temperature", "0.1", "--tolerance", "0"],
        "cannot be kept",
    );
}
