//! `landauer solve` as a user runs it: right numbers from every kind of file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use landauer::Fallbacks;
use landauer::internal::DissectionSolver;
use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice, PAPER_BIAS};
use landauer_tests::cases::{KwantCase, kwant_cases};
use landauer_tests::command::{Finished, landauer, run};
use landauer_tests::{npy, tolerance};
use tempfile::TempDir;

/// An empty folder with a file in it.
fn folder_with(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a file in it");
    (folder, path)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a readable path")
}

/// Energies for the command line, with all digits.
fn list(energies: &[f64]) -> String {
    let energies: Vec<String> = energies.iter().map(|e| format!("{e:?}")).collect();
    energies.join(",")
}

/// T of the lattices in `onsite` by `landauer solve --output`.
fn solve(onsite: &Path, more: &[&str]) -> (Vec<u64>, Vec<f64>) {
    let output = onsite.with_file_name("result.npy");
    let mut arguments = vec!["solve", "-q", "--onsite", text(onsite)];
    arguments.extend(["--output", text(&output)]);
    arguments.extend(more);
    let finished = run(arguments).succeeded();
    assert_eq!((&*finished.stdout, &*finished.stderr), ("", ""));
    npy::read(&output)
}

#[test]
fn every_kwant_case_is_reproduced() {
    for case in kwant_cases() {
        let shape = [
            case.onsite.len() / case.length / case.width,
            case.length,
            case.width,
        ];
        let (folder, onsite) = folder_with("onsite.npy", &npy::f64_array(&shape, &case.onsite));
        let eigenvalues = folder.path().join("eigenvalues.npy");
        let energies = list(&case.energies);
        let mut found = Vec::new();
        for solver in ["multifrontal", "dissection", "auto", "recursion"] {
            let by = solve(&onsite, &["--energies", &energies, "--solver", solver]);
            assert_eq!(by.0, [shape[0] as u64, case.energies.len() as u64]);
            let worst = compare(&case, &by.1);
            println!(
                "{:24} {solver:10} worst absolute {:.1e} relative {:.1e}",
                case.name, worst.0, worst.1
            );
            found = by.1;
        }

        // The recursion's way with eigenvalues gives the same bits, and numbers of modes.
        let finished = run([
            "solve",
            "--json",
            "--onsite",
            text(&onsite),
            "--energies",
            &energies,
            "--eigenvalues",
            text(&eigenvalues),
        ]);
        let json = finished.succeeded().json();
        let none = serde_json::to_value(Fallbacks::default()).expect("JSON");
        assert_eq!(json["fallbacks"], none);
        let again = json["transmission"].as_array().expect("rows");
        let again = again.iter().flat_map(|row| row.as_array().expect("a row"));
        assert!(again.map(|t| t.as_f64().expect("a number")).eq(found));
        let modes = json["propagating_modes"].as_array().expect("a list");
        let modes = modes.iter().map(|n| n.as_i64().expect("a count"));
        assert!(
            modes.eq(case.propagating_modes.iter().copied()),
            "{}",
            case.name
        );
        let (found_shape, found) = npy::read(&eigenvalues);
        let expected = [shape[0], case.energies.len(), case.width].map(|n| n as u64);
        assert_eq!(found_shape, expected);
        for (found, expected) in found.iter().zip(&case.eigenvalues) {
            assert!(
                (found - expected).abs() <= tolerance::PROMISED_ABSOLUTE,
                "{}",
                case.name
            );
        }
    }
}

/// Insists on the reference's T; gives the worst absolute error, and the worst relative one where
/// that is asked for.
fn compare(case: &KwantCase, found: &[f64]) -> (f64, f64) {
    assert_eq!(found.len(), case.transmission.len());
    let mut worst = (0.0_f64, 0.0_f64);
    for ((sample, _, energy, expected, _), &found) in case.results().zip(found) {
        let error = (found - expected).abs();
        let place = format!(
            "{}: sample {sample}, E = {energy}: {found} {expected}",
            case.name
        );
        assert!(error <= tolerance::PROMISED_ABSOLUTE, "{place}");
        worst.0 = worst.0.max(error);
        if let Some((_, relative)) = tolerance::PROMISED_RELATIVE
            .iter()
            .find(|(least, _)| expected >= *least)
        {
            assert!(error <= relative * expected, "{place}");
            worst.1 = worst.1.max(error / expected);
        }
    }
    worst
}

/// Small whole numbers, so that every type can hold them.
fn whole_numbers(count: usize, low: i32, high: i32) -> Vec<f64> {
    let range = high - low + 1;
    let numbers = (0..).map(|k: i32| f64::from(low + k * k * 7 % 11 % range));
    numbers.take(count).collect()
}

#[test]
fn every_type_byte_order_and_memory_order_is_read_rightly() {
    let mut files = 0;
    let types = [
        "b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8",
    ];
    for shape in [&[5, 4][..], &[7, 5, 4]] {
        let count = shape.iter().product();
        for kind in types {
            let (low, high) = match &kind[..1] {
                "b" => (0, 1),
                "u" => (0, 5),
                _ => (-3, 5),
            };
            let values = whole_numbers(count, low, high);
            let (_folder, plain) = folder_with("plain.npy", &npy::f64_array(shape, &values));
            let energies = ["--energies", "-0.18,0,1.3"];
            let (result_shape, expected) = solve(&plain, &energies);
            assert_eq!(result_shape, [if shape.len() == 3 { 7 } else { 1 }, 3]);
            let byte_orders = if kind.ends_with('1') { "|<>" } else { "<>" };
            for byte_order in byte_orders.chars() {
                for fortran in [false, true] {
                    let descr = format!("{byte_order}{kind}");
                    let bytes = npy::array(&descr, fortran, shape, &values);
                    let (_folder, path) = folder_with("onsite.npy", &bytes);
                    let found = solve(&path, &energies);
                    assert_eq!(found.1, expected, "{descr}, Fortran: {fortran}, {shape:?}");
                    files += 1;
                }
            }
        }
    }
    println!("{files} kinds of files");
    assert_eq!(files, 2 * (3 * 3 * 2 + 9 * 2 * 2));
}

#[test]
fn all_versions_of_the_format_are_read() {
    let values = whole_numbers(6, -3, 5);
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let header = npy::dictionary("'<f8'", false, "(3, 2)");
    let results = [[1, 0], [2, 0], [3, 0]].map(|version| {
        let bytes = npy::with_header(version, &header, &data);
        let (_folder, path) = folder_with("onsite.npy", &bytes);
        solve(&path, &[])
    });
    assert!(results[0] == results[1] && results[1] == results[2]);
}

#[test]
fn drawn_lattices_are_those_of_the_core() {
    let ensemble = Ensemble::new(DisorderModel::III, Concentration::Fixed(0.2), 9);
    let ensemble = ensemble.expect("an ensemble");
    let finished = run([
        "solve",
        "--json",
        "--disorder",
        "3",
        "--length",
        "6",
        "--width",
        "5",
        "--samples",
        "4",
        "--seed",
        "9",
        "--first",
        "3",
        "--concentration",
        "0.2",
        "--bias",
        "0.36",
        "--energies",
        "0.5",
    ]);
    let json = finished.succeeded().json();
    assert_eq!(json["first"], 3);
    assert_eq!(json["energies"].as_array().map(Vec::len), Some(11));
    let mut workspace = [0.0; 1000];
    for sample in 0..4 {
        let lattice: Lattice<f64, 6, 5> = ensemble.sample(3 + sample as u64).lattice();
        let t = lattice.transmission(0.5, &mut workspace).expect("T");
        let g_bar = lattice.conductance(PAPER_BIAS, &mut workspace).expect("Ḡ");
        let found = json["transmission"][sample][0].as_f64().expect("T");
        assert!((found - t).abs() < tolerance::ROUNDING);
        let found = json["g_bar"][sample].as_f64().expect("Ḡ");
        assert!((found - g_bar).abs() < tolerance::ROUNDING);
        let grid = (1..=10).map(|k| json["transmission"][sample][k].as_f64().expect("T"));
        assert_eq!(found.to_bits(), (grid.sum::<f64>() / 10.0).to_bits());
    }
}

#[test]
fn the_number_of_threads_and_the_company_do_not_matter() {
    for solver in ["dissection", "recursion"] {
        for precision in ["f64", "f32"] {
            neither_threads_nor_company_matter(solver, precision);
        }
    }
    neither_threads_nor_company_matter("multifrontal", "f64");
}

/// The faster solver may be another one for more samples; here it is always the same.
fn neither_threads_nor_company_matter(solver: &str, precision: &str) {
    let arguments = |threads, samples, first, path: &Path| {
        let mut all = vec![
            "solve",
            "-q",
            "--disorder",
            "1",
            "--length",
            "12",
            "--width",
            "9",
        ];
        all.extend(["--solver", solver, "--precision", precision]);
        all.extend([
            "--energies",
            "0,0.1,-1,2",
            "--bias",
            "0.36",
            "--threads",
            threads,
        ]);
        all.extend([
            "--samples",
            samples,
            "--first",
            first,
            "--output",
            text(path),
        ]);
        let _ = run(all).succeeded();
        npy::read(path).1
    };
    let (_folder, path) = folder_with("t.npy", b"will be replaced");
    let all = arguments("1", "90", "0", &path);
    assert_eq!(arguments("3", "90", "0", &path), all);
    assert_eq!(arguments("2", "1", "77", &path), all[77 * 14..78 * 14]);
    assert_eq!(arguments("5", "20", "70", &path), all[70 * 14..]);
}

#[test]
fn csv_json_and_npy_say_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let drawn = |more: &[&str]| -> Finished {
        let mut all = vec!["solve", "--disorder", "2", "--length", "9", "--width", "4"];
        all.extend([
            "--samples",
            "6",
            "--energies",
            "0,9",
            "--bias",
            "0.1",
            "--fano",
        ]);
        all.extend(more);
        run(all).succeeded()
    };
    let json = drawn(&["--json"]).json();
    let (npy_path, g_bar_path, csv_path) = (path("t.npy"), path("g.npy"), path("t.csv"));
    let said = drawn(&["--output", &npy_path, "--g-bar-output", &g_bar_path]).stdout;
    assert!(said.contains("wrote") && said.contains("[6, 12]"), "{said}");
    let (shape, transmissions) = npy::read(Path::new(&npy_path));
    assert_eq!(shape, [6, 12]);
    let (shape, g_bars) = npy::read(Path::new(&g_bar_path));
    assert_eq!(shape, [6]);
    let brief = drawn(&["--json", "--output", &csv_path]).json();
    assert!(brief.get("transmission").is_none() && brief["written"][0]["shape"][1] == 12);
    let csv = fs::read_to_string(csv_path).expect("a table");
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().expect("names").split(',').collect();
    assert_eq!(header.len(), 1 + 12 + 12 + 1);
    assert_eq!(
        (header[0], header[1], header[13], header[25]),
        ("sample", "T(E=0)", "F(E=0)", "g_bar")
    );
    for (sample, line) in lines.enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells[0], sample.to_string());
        for energy in 0..12 {
            let t = transmissions[sample * 12 + energy];
            assert_eq!(cells[1 + energy].parse(), Ok(t));
            assert_eq!(json["transmission"][sample][energy].as_f64(), Some(t));
            let fano = json["fano"][sample][energy].as_f64();
            assert_eq!(cells[13 + energy].parse().ok(), fano);
        }
        // Outside the band nothing is transmitted, and the Fano factor is undefined.
        assert_eq!((cells[2], cells[14]), ("0.0", ""));
        assert_eq!(cells[25].parse(), Ok(g_bars[sample]));
        assert_eq!(json["g_bar"][sample].as_f64(), Some(g_bars[sample]));
    }
    let mean: f64 = g_bars.iter().sum::<f64>() / 6.0;
    let told = json["g_bar_mean"].as_f64().expect("a mean");
    assert!((told - mean).abs() < tolerance::ROUNDING);
}

#[test]
fn energies_come_in_the_documented_order() {
    let (_folder, path) = folder_with("e.npy", &npy::array(">f4", false, &[2], &[0.25, -0.5]));
    let common = [
        "solve",
        "--json",
        "--disorder",
        "1",
        "--length",
        "2",
        "--width",
        "2",
    ];
    let energies = |more: &[&str]| {
        let json = run(common.iter().chain(more)).succeeded().json();
        let energies = json["energies"].as_array().expect("a list").clone();
        let energies = energies.iter().map(|e| e.as_f64().expect("a number"));
        energies.collect::<Vec<_>>()
    };
    assert_eq!(energies(&[]), [0.0]);
    assert_eq!(energies(&["--energies-from", text(&path)]), [0.25, -0.5]);
    let all = energies(&[
        "--energies-from",
        text(&path),
        "--energies",
        "-1,1e-3",
        "--bias",
        "0.36",
    ]);
    assert_eq!(all[..5], [-1.0, 1e-3, 0.25, -0.5, -0.18]);
    assert_eq!(all.len(), 14);
    // A file with a single number and no axis.
    let (_folder, path) = folder_with("e.npy", &npy::array("<i8", false, &[], &[2.0]));
    assert_eq!(energies(&["--energies-from", text(&path)]), [2.0]);
}

#[test]
fn f32_is_near_and_says_so() {
    let common = [
        "solve",
        "--json",
        "--disorder",
        "2",
        "--samples",
        "3",
        "--concentration",
        "0.03",
    ];
    let exact = run(common).succeeded().json();
    let rounded = run(common.iter().chain(&["--precision", "f32"]))
        .succeeded()
        .json();
    assert_eq!(rounded["solver"], DissectionSolver::<f32>::IDENTITY);
    assert_eq!(rounded["solver_chosen"], "faster");
    assert_eq!(rounded["precision"], "f32");
    let recursed = ["--precision", "f32", "--solver", "recursion"];
    let recursed = run(common.iter().chain(&recursed)).succeeded().json();
    assert_eq!(recursed["solver"], "scattering recursion 2, f32");
    for rounded in [rounded, recursed] {
        for sample in 0..3 {
            let t = |json: &serde_json::Value| json["transmission"][sample][0].as_f64().expect("T");
            let difference = (t(&exact) - t(&rounded)).abs();
            assert!(
                difference > 0.0 && difference < tolerance::KWANT_ABSOLUTE_F32,
                "{difference}"
            );
        }
    }
}

#[test]
fn energies_and_modes_are_those_that_were_asked_for() {
    // In f32 this energy is nearer to the band edge at 1 than a rounding: one mode less.
    let words = "solve --json --disorder 2 --concentration 0 --length 1 --width 2 --energies=0.999999 \
                 --precision f32 --solver recursion";
    let told = run(words.split_whitespace()).succeeded().json();
    assert_eq!(told["propagating_modes"][0], 2);
    assert_eq!(told["transmission"][0][0], 2.0);
    assert_eq!(told["fallbacks"]["promoted"], 1);
    // And a table does not round an energy to the edge that it is beside of.
    let words = "solve --disorder 2 --concentration 0.1 --length 20 --width 2 --first 3 \
                 --solver recursion --energies=0.9999999999999062,1";
    let told = run(words.split_whitespace()).succeeded().stdout;
    assert!(told.contains("0.9999999999999062"), "{told}");
    assert!(told.contains("by Gaussian elimination"), "{told}");
}

#[test]
fn transmissions_below_every_number_are_told_by_their_logarithm() {
    let (_folder, path) = folder_with("wire.npy", &npy::f64_array(&[400, 1], &[6.0; 400]));
    for precision in ["f64", "f32"] {
        for solver in ["recursion", "dissection"] {
            let words = ["--json", "--precision", precision, "--solver", solver];
            let arguments = ["solve", "--onsite", text(&path)].into_iter().chain(words);
            let told = run(arguments).succeeded().json();
            assert_eq!(told["transmission"][0][0], 0.0);
            assert_eq!(told["underflows"], 1);
            let ln = told["underflow"][0]["ln_transmission"]
                .as_f64()
                .expect("ln T");
            // ln T = −2·ln(3·U), U = sinh(400κ)/sinh κ, cosh κ = 3.
            let kappa = 3.0_f64.acosh();
            let expected = -2.0 * (3.0_f64.ln() + 400.0 * kappa - (2.0 * kappa.sinh()).ln());
            assert!(
                (ln / expected - 1.0).abs() < tolerance::LOGARITHM,
                "{ln} {expected}"
            );
            assert!(told["transmission_mean"][0].is_null());
        }
    }
    // Neither is the mean over a bias 0.
    let arguments = ["solve", "--onsite", text(&path), "--bias", "0.3"];
    let told = run(arguments).succeeded().stdout;
    assert!(
        told.contains("Ḡ (bias 0.3): too small for a number"),
        "{told}"
    );
    let told = run(arguments.into_iter().chain(["--json"]))
        .succeeded()
        .json();
    assert!(told["g_bar_mean"].is_null() && told["g_bar_standard_error"].is_null());
    let told = run(["solve", "--onsite", text(&path), "--fano"]).succeeded();
    assert!(
        told.stdout.contains("too small for a number"),
        "{}",
        told.stdout
    );
}

#[test]
fn the_solver_is_chosen_by_what_there_is_to_do() {
    let json = |words: &str| {
        let words = ["solve", "--json"].into_iter().chain(words.split(' '));
        run(words).succeeded().json()
    };
    let size = "--length 8 --width 6";
    let (dissection, recursion) = (
        DissectionSolver::<f64>::IDENTITY,
        "scattering recursion 2, f64",
    );
    for (words, solver, chosen) in [
        ("--disorder 1", dissection, "faster"),
        (
            "--disorder 1 --samples 20000 --output FILE",
            dissection,
            "faster",
        ),
        ("--disorder 2 --concentration 0", recursion, "faster"),
        (
            "--disorder 2 --concentration 0 --samples 20000 --output FILE",
            recursion,
            "faster",
        ),
        ("--disorder 1 --solver dissection", dissection, "asked"),
        (
            "--disorder 1 --solver multifrontal",
            "multifrontal 1, f64",
            "asked",
        ),
        (
            "--disorder 1 --samples 20000 --solver recursion --output FILE",
            recursion,
            "asked",
        ),
        ("--disorder 1 --samples 2000 --fano", recursion, "details"),
        ("--disorder 1 --fano --solver recursion", recursion, "asked"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("t.npy");
        let words = format!("{words} {size}").replace("FILE", text(&file));
        let found = json(&words);
        assert_eq!(
            (&found["solver"], &found["solver_chosen"]),
            (&solver.into(), &chosen.into())
        );
    }
    // What is in a file does not matter.
    for (strips, value) in [(1, 0.0), (300, 0.0), (300, 1.0)] {
        let bytes = npy::f64_array(&[strips, 4, 4], &vec![value; 16 * strips]);
        let (folder, onsite) = folder_with("onsite.npy", &bytes);
        let file = folder.path().join("t.npy");
        let words = format!("--onsite {} --output {}", text(&onsite), text(&file));
        assert_eq!(json(&words)["solver"], dissection);
    }
    let told = run(["solve", "--disorder", "1", "--length", "3", "--width", "3"]).succeeded();
    let words = format!("{dissection} (auto, rule 2: fewer operations)");
    assert!(told.stdout.contains(&words), "{told:?}");
    for more in [["--fano", "--json"], ["--eigenvalues", "e.npy"]] {
        let common = ["solve", "--disorder", "1", "--solver", "dissection"];
        let words = ["--solver recursion", "nothing but transmissions"];
        let _ = run(common.iter().chain(&more)).failed(2, &words);
    }
}

#[test]
fn a_strip_has_the_same_bits_alone_and_among_others() {
    let solve = |words: &str| {
        let words = format!("solve --json --length 9 --width 8 --seed 3 {words}");
        run(words.split(' ')).succeeded().json()
    };
    for disorder in [
        "--disorder 1",
        "--disorder 2 --concentration 0.1",
        "--disorder IV --concentration 0.004",
        "--disorder 2 --concentration 0.5 --precision f32",
    ] {
        let alone = solve(&format!("{disorder} --samples 1 --energies 0.1"));
        let t = &alone["transmission"][0][0];
        assert!(t.is_f64(), "{alone}");
        for more in [
            "--samples 3 --energies 0.1",
            "--samples 100 --energies 0.1",
            "--samples 100 --energies 0.1 --threads 1",
            "--samples 1 --energies 0.1,0.2,0.3,0.4,0.5",
            "--samples 2 --energies 0.1:0.9:33",
            "--samples 70 --energies 0.1:0.9:33 --threads 3",
        ] {
            let found = solve(&format!("{disorder} {more}"));
            assert_eq!(&found["transmission"][0][0], t, "{disorder} {more}");
        }
    }
}

#[test]
fn the_terminal_gets_a_table() {
    let common = ["solve", "--disorder", "2", "--length", "4", "--width", "3"];
    let table = |more: &[&str]| run(common.iter().chain(more)).succeeded().stdout;
    let single = table(&["--energies", "-0.5,0,7"]);
    assert!(
        single.contains("propagating modes") && single.contains("-0.5"),
        "{single}"
    );
    let many = table(&[
        "--samples",
        "25",
        "--energies",
        "0,1",
        "--propagating-modes",
        "--fano",
    ]);
    for words in [
        "T(E=1)",
        "F(E=0)",
        "mean",
        "std. error",
        "propagating modes",
        "5 more samples",
    ] {
        assert!(many.contains(words), "no {words} in {many}");
    }
    let wide = table(&[
        "--samples",
        "2",
        "--energies",
        "0,1,2,3,4,5,6,7,8",
        "--bias",
        "0.36",
    ]);
    assert!(
        wide.contains("mean T") && wide.contains("Ḡ (bias 0.36)"),
        "{wide}"
    );
    assert_eq!(table(&["--quiet"]), "");
}

/// A file is solved in a small part of the memory it would take, in both memory orders; it is all
/// zeros, so that it takes no space on the disk either.
#[test]
#[cfg(target_os = "linux")]
fn input_larger_than_memory_is_streamed() {
    const SAMPLES: usize = 2_000_000;
    const LIMIT_KB: u64 = 40_000;
    for fortran in [false, true] {
        let header = npy::dictionary("'<f8'", fortran, &format!("({SAMPLES}, 3, 3)"));
        let header = npy::with_header([1, 0], &header, &[]);
        let length = (header.len() + SAMPLES * 9 * 8) as u64;
        let (_folder, onsite) = folder_with("onsite.npy", &header);
        let file = fs::OpenOptions::new().write(true).open(&onsite);
        file.and_then(|file| file.set_len(length))
            .expect("a file with a hole");
        let output = onsite.with_file_name("t.npy");
        let arguments = [
            "solve",
            "-q",
            // Each thread has a block of its own.
            "--threads",
            "2",
            "--onsite",
            text(&onsite),
            "--output",
            text(&output),
        ];
        let mut child = landauer(arguments).spawn().expect("a process");
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().expect("its state").is_none() {
            let status = fs::read_to_string(&status).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            peak = peak.max(number.unwrap_or(0));
            thread::sleep(Duration::from_millis(2));
        }
        println!(
            "Fortran: {fortran}: {} kB of input, {peak} kB in memory",
            length / 1000
        );
        assert!(peak > 0 && peak < LIMIT_KB, "{peak} kB");
        let (shape, found) = npy::read(&output);
        assert_eq!(shape, [SAMPLES as u64, 1]);
        // A clean strip transmits every open mode.
        assert!(found.iter().all(|t| (t - 3.0).abs() < tolerance::ROUNDING));
    }
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("t.npy");
    let arguments = [
        "solve",
        "--disorder",
        "2",
        "--samples",
        "1000000",
        "--output",
        text(&output),
    ];
    let mut command = landauer(arguments);
    command.stderr(std::process::Stdio::piped());
    let child = command.spawn().expect("a process");
    thread::sleep(Duration::from_millis(700));
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.expect("kill").success());
    let finished = Finished::from(child.wait_with_output().expect("its end"));
    let _ = finished.failed(130, &["stopped", "nothing was written"]);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

/// A disk that is full, played by a limit on the size of files.
#[test]
#[cfg(unix)]
fn a_full_disk_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" solve --disorder 1 --length 2 --width 2 \
                  --samples 90000 --output \"$1\"";
    for name in ["t.npy", "t.csv"] {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script);
        command.arg(landauer_tests::command::binary());
        command.arg(folder.path().join(name));
        let finished = Finished::from(command.output().expect("sh"));
        let _ = finished.failed(4, &["cannot write", name, "nothing was changed"]);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}

/// Hidden files in a folder.
fn partial_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("a file").path());
    let hidden = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "partial");
    paths.filter(hidden).collect()
}

/// Waits until this many hidden files exist.
fn wait_for_partial_files(folder: &Path, count: usize) -> Vec<PathBuf> {
    for _ in 0..6000 {
        let found = partial_files(folder);
        if found.len() == count {
            return found;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!(
        "{count} hidden files were expected: {:?}",
        partial_files(folder)
    );
}

#[test]
#[cfg(unix)]
fn what_a_killed_run_left_is_removed_by_the_next_one_but_never_what_is_in_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("t.npy");
    let arguments = |output: &Path, samples: &str| {
        let words = "solve --quiet --disorder 2 --length 20 --width 20 --threads 1 --samples";
        let words = words.split(' ').map(str::to_owned);
        let more = [
            samples.to_owned(),
            "--output".to_owned(),
            text(output).to_owned(),
        ];
        words.chain(more).collect::<Vec<_>>()
    };
    let start = |output: &Path| {
        let mut command = landauer(arguments(output, "1000000"));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("a process")
    };
    let mut killed = start(&output);
    let left = wait_for_partial_files(folder.path(), 1);
    killed.kill().expect("SIGKILL");
    let _ = killed.wait().expect("its end");
    assert_eq!(partial_files(folder.path()), left);

    // A living process at the same output removes it, and keeps its own from the next one; another
    // output has nothing to do with it.
    let mut living = start(&output);
    let deadline = std::time::Instant::now() + Duration::from_mins(1);
    while partial_files(folder.path()) == left || partial_files(folder.path()).len() != 1 {
        assert!(std::time::Instant::now() < deadline, "the stale file stays");
        thread::sleep(Duration::from_millis(10));
    }
    let in_use = partial_files(folder.path());
    for name in ["t.npy", "other.npy"] {
        let output = folder.path().join(name);
        let _ = run(arguments(&output, "2")).succeeded();
        assert_eq!(npy::read(&output).0, [2, 1]);
        assert_eq!(partial_files(folder.path()), in_use, "{name}");
    }
    living.kill().expect("SIGKILL");
    let _ = living.wait().expect("its end");
    let _ = run(arguments(&output, "3")).succeeded();
    assert_eq!(partial_files(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn models_have_numerals_and_counts_exponents() {
    let lines = |words: &str| {
        let words = ["solve", "--json", "--length", "4", "--width", "3"]
            .into_iter()
            .chain(words.split(' '));
        run(words).succeeded().stdout
    };
    let plain = lines("--disorder 3 --samples 20 --seed 100 --first 1000");
    assert_eq!(
        lines("--disorder III --samples 2e1 --seed 1e2 --first 1E3"),
        plain
    );
    assert_eq!(
        lines("--disorder iii --samples 2.0e1 --seed 100 --first 1000.0"),
        plain
    );
    // A list of energies may have spaces, in quotes.
    let quoted = ["--disorder", "2", "--energies", "-0.18, 0"];
    let words = ["solve", "--json", "--length", "4", "--width", "3"];
    let found = run(words.iter().chain(&quoted)).succeeded().json();
    assert_eq!(found["energies"], serde_json::json!([-0.18, 0.0]));
}

#[test]
fn integers_that_may_be_species_are_taken_with_a_warning() {
    for (descr, values, warned) in [
        ("|u1", [0.0, 1.0, 2.0, 3.0], Some("model IV")),
        ("<i8", [0.0, 1.0, 0.0, 1.0], Some("[0, 5] for model II,")),
        ("|b1", [0.0, 1.0, 0.0, 0.0], Some("model III")),
        ("<i4", [0.0, 0.0, 0.0, 0.0], None),
        ("<i4", [0.0, 5.0, 1.0, 0.0], None),
        ("<i4", [0.0, -1.0, 1.0, 0.0], None),
        ("<f8", [0.0, 1.0, 2.0, 3.0], None),
    ] {
        let (_folder, path) = folder_with("s.npy", &npy::array(descr, false, &[2, 2], &values));
        let quiet = run(["solve", "--quiet", "--onsite", text(&path)]).succeeded();
        assert_eq!(quiet.stderr, "");
        let finished = run(["solve", "--onsite", text(&path)]).succeeded();
        match warned {
            None => assert_eq!(finished.stderr, "", "{descr} {values:?}"),
            Some(words) => {
                let said = &finished.stderr;
                let begins = said.starts_with("landauer: warning: ");
                let named = said.contains("s.npy") && said.contains("units of t");
                assert!(begins && named && said.contains(words), "{said}");
            }
        }
    }
}

/// A file whose name is no text is written like any other, and told as well as it can be.
#[test]
#[cfg(target_os = "linux")]
fn a_name_that_is_no_text_loses_no_result() {
    use std::os::unix::ffi::OsStringExt;
    let folder = tempfile::tempdir().expect("a folder");
    let name = |bytes: &[u8]| std::ffi::OsString::from_vec(bytes.to_vec());
    for ending in ["npy", "csv"] {
        let output = name(&[b"o\xff.", ending.as_bytes()].concat());
        let mut command = landauer(["solve", "--disorder", "2", "--length", "3", "--width", "3"]);
        command.args(["--json", "--output"]).arg(&output);
        let finished = command.current_dir(folder.path()).output();
        let finished = Finished::from(finished.expect("a process")).succeeded();
        let expected = format!("o\u{fffd}.{ending}");
        assert_eq!(finished.json()["written"][0]["path"], expected);
        assert!(folder.path().join(output).exists());
    }
    // As is one that is read, in an error and in what is printed for people.
    let mut command = landauer(["solve", "--json", "--onsite"]);
    command.arg(name(b"n\xfe.npy")).current_dir(folder.path());
    let finished = Finished::from(command.output().expect("a process"));
    let error = finished.failed(4, &["n\u{fffd}.npy"]).json();
    assert!(
        error["error"]
            .as_str()
            .is_some_and(|text| text.contains('\u{fffd}'))
    );
}

/// A locale that is not UTF-8 gets ASCII.
#[test]
#[cfg(unix)]
fn tables_are_ascii_where_the_terminal_has_no_other_letters() {
    let words = "solve --disorder 2 --length 4 --width 3 --samples 3 --bias 0.36";
    let said = |words: &str, locale: &[(&str, &str)]| {
        let mut command = landauer(words.split(' '));
        for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
            command.env_remove(name);
        }
        command.envs(locale.iter().copied());
        Finished::from(command.output().expect("a process"))
            .succeeded()
            .stdout
    };
    let drawn = said(words, &[("LANG", "C.UTF-8")]);
    assert!(drawn.contains('─') && drawn.contains(" ± "), "{drawn}");
    for locale in [
        &[("LC_ALL", "C"), ("LANG", "C.UTF-8")][..],
        &[("LC_CTYPE", "POSIX"), ("LANG", "C.UTF-8")],
        &[("LANG", "de_DE.ISO-8859-1")],
        &[],
    ] {
        let plain = said(words, locale);
        assert!(plain.is_ascii(), "{locale:?}: {plain}");
        let ascii = drawn.replace('─', "-").replace('±', "+-");
        let ascii = ascii.replace('Ḡ', "G-bar");
        // A longer name takes the spaces beside it.
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&plain), words(&ascii));
        for help in [
            "--help",
            "solve --help",
            "ensemble --help",
            "inspect --plan 6x6",
        ] {
            assert!(said(help, locale).is_ascii(), "{help}");
        }
    }
    // JSON is UTF-8 by definition.
    assert!(said(words, &[("LC_ALL", "en_GB.utf8"), ("LANG", "C")]).contains('─'));
}

#[test]
fn numbers_of_any_size_are_short() {
    for words in [
        "--disorder 2 --energies 1e300,-1e300,0",
        "--disorder 2 --samples 2 --energies 1e300",
        "--disorder 2 --bias 1e300 --samples 2",
        "--disorder 1 --strength 1e300",
    ] {
        let all = "solve --length 2 --width 2"
            .split(' ')
            .chain(words.split(' '));
        let text = run(all).succeeded().stdout;
        assert!(!text.contains("0000000000"), "{words}: {text}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error_and_no_panic() {
    for arguments in [
        &["completions", "bash"][..],
        &[
            "solve",
            "--disorder",
            "2",
            "--length",
            "3",
            "--width",
            "3",
            "--json",
        ],
        &["--help"],
    ] {
        let mut child = landauer(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("landauer can be started");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_printed_is_no_success() {
    for more in [&["--json"][..], &[]] {
        let words = [
            "solve",
            "--disorder",
            "1",
            "--length",
            "3",
            "--width",
            "3",
            "--samples",
            "2",
        ];
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .expect("a device");
        let mut command = landauer_tests::command::landauer(words.iter().chain(more));
        let output = command
            .stdout(full)
            .output()
            .expect("landauer can be started");
        Finished::from(output).failed(4, &["standard output"]);
    }
    // So it is with what the parser of the command line prints.
    let full = || {
        fs::File::options()
            .write(true)
            .open("/dev/full")
            .expect("a device")
    };
    for words in [
        "--help",
        "--version",
        "solve --help",
        "completions bash",
        "train --print-config",
        "device --help",
    ] {
        let mut command = landauer(words.split(' '));
        let output = command.stdout(full()).output().expect("a process");
        Finished::from(output).failed(4, &["cannot write to standard output"]);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = landauer(["man", "-o", text(&folder.path().join("man1"))]);
    let output = command.stdout(full()).output().expect("a process");
    Finished::from(output).failed(4, &["cannot write to standard output"]);
    // An error that cannot be told keeps its exit code, and is no panic.
    for (words, code) in [("solve --onsite nothing.npy", 4), ("solve --disorder 9", 2)] {
        let mut command = landauer(words.split(' '));
        let output = command.stderr(full()).output().expect("a process");
        assert_eq!(output.status.code(), Some(code), "{words}");
    }
}
