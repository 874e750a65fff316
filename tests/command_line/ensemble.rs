//! `landauer ensemble`: averages that are what they say, the same bytes whatever happens; anything
//! else is refused; damage is found.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use landauer::StripSize;
use landauer::internal::{DissectionSolver, RecursionSolver, solve_all};
use landauer_core::{Concentration, DisorderModel, Ensemble, PAPER_BIAS, bias_average, bias_grid};
use landauer_tests::command::{Finished, landauer, run};
use landauer_tests::folder::{Files, assert_same, files};
use landauer_tests::tolerance;
use tempfile::TempDir;

/// `ensemble` with these words, at `path`.
fn arguments(path: &Path, words: &str) -> Vec<String> {
    let words = ["ensemble"].into_iter().chain(words.split_whitespace());
    let mut arguments: Vec<String> = words.map(str::to_owned).collect();
    arguments.push(format!("--output={}", path.display()));
    arguments
}

fn ensemble(path: &Path, words: &str) -> Finished {
    run(arguments(path, words))
}

/// Makes it and reads all its files.
fn made(path: &Path, words: &str) -> Files {
    let _ = ensemble(path, words).succeeded();
    files(path)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A sweep of each kind: several blocks at each point, the last one not full.
const SWEEPS: [&str; 4] = [
    "--disorder 3 --concentration 0:1:5 --length 6 --width 5 --bias 0.36 --samples 100 --block 32",
    "--disorder 1 --strength 0.5,2,6 --length 5 --width 4 --energies 0.3 --samples 90 --block 40",
    "--disorder 1 --strength 5 --length 4:20:5 --width 3 --samples 130 --block 64",
    "--disorder 2 --concentration 0.2 --energies -4.5:4.5:7 --length 4 --width 4 --samples 70 --block 16",
];

/// A table by the names of its columns.
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a readable table");
        let mut rows = text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect());
        let names = rows.next().expect("a header");
        let rows: Vec<Vec<String>> = rows.collect();
        Self { names, rows }
    }

    fn texts(&self, name: &str) -> Vec<&str> {
        let column = self.names.iter().position(|other| other == name);
        let column = column.unwrap_or_else(|| panic!("no {name} in {:?}", self.names));
        self.rows.iter().map(|row| &*row[column]).collect()
    }

    /// A column of numbers; NaN where a cell is empty.
    fn column(&self, name: &str) -> Vec<f64> {
        let number = |text: &str| text.parse().unwrap_or(f64::NAN);
        self.texts(name).into_iter().map(number).collect()
    }
}

/// The conductances of samples `first`, `first` + 1, …, by the recursion.
fn conductances(
    ensemble: &Ensemble,
    size: StripSize,
    energies: &[f64],
    first: u64,
    samples: u64,
) -> Vec<f64> {
    let mut onsite = Vec::new();
    for index in first..first + samples {
        let mut strip = vec![0.0; size.length() * size.width()];
        ensemble.sample(index).fill_onsite(&mut strip);
        onsite.extend(strip);
    }
    let solver = RecursionSolver::<f64>::new(size, energies).expect("a solver");
    let solved = solve_all(&solver, &onsite).expect("solvable strips");
    let rows = solved.transmissions.chunks_exact(energies.len());
    rows.map(|row| match row {
        [one] => *one,
        grid => bias_average(grid.try_into().expect("ten energies")),
    })
    .collect()
}

/// Mean, variance with the divisor N - 1, and deviation with the divisor N, by their definitions.
fn statistics(values: &[f64]) -> [f64; 3] {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|g| (g - mean) * (g - mean)).sum();
    [mean, squares / (count - 1.0), (squares / count).sqrt()]
}

#[track_caller]
fn assert_near(found: f64, expected: f64, what: &str) {
    // Relative, since ln G is among them.
    let allowed = tolerance::AGREEMENT_RELATIVE * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= allowed,
        "{what}: {found} {expected}"
    );
}

/// Every number of a sweep's tables against the conductances of its points, by definition.
fn check_tables(path: &Path, points: &[Vec<f64>]) {
    let table = Table::read(&path.join("averages.csv"));
    let distribution = Table::read(&path.join("distribution.csv"));
    let swept = table.names[0].clone();
    assert_eq!(table.rows.len(), points.len());
    for (row, conductances) in points.iter().enumerate() {
        let samples = conductances.len() as f64;
        let value = |name: &str| table.column(name)[row];
        let check = |name: &str, expected: f64| assert_near(value(name), expected, name);
        let [mean, variance, deviation] = statistics(conductances);
        check("samples", samples);
        check("mean", mean);
        check("variance", variance);
        check("standard_error", (variance / samples).sqrt());
        check("paper_variance", deviation);
        let logarithms: Vec<f64> = conductances
            .iter()
            .filter(|&&g| g > 0.0)
            .map(|g| g.ln())
            .collect();
        check("zeros", samples - logarithms.len() as f64);
        if logarithms.is_empty() {
            assert_eq!(table.texts("mean_ln")[row], "");
            assert_eq!(table.texts("typical")[row], "");
        } else {
            let [mean, variance, _] = statistics(&logarithms);
            check("mean_ln", mean);
            let error = (variance / logarithms.len() as f64).sqrt();
            check("mean_ln_standard_error", error);
            check("typical", mean.exp());
        }
        check(
            "least",
            conductances.iter().copied().fold(f64::MAX, f64::min),
        );
        check("greatest", conductances.iter().copied().fold(0.0, f64::max));
        for name in ["promoted", "mirrored", "recursion"] {
            let _: u64 = table.texts(&format!("fallbacks_{name}"))[row]
                .parse()
                .expect("a count");
        }

        // P(G) is the share of samples within 0.1 of G, the upper end not included.
        let point = table.texts(&swept)[row];
        let (g, p) = (distribution.column("g"), distribution.column("p"));
        let counts = distribution.column("samples");
        let mut sum = 0.0;
        for (window, _) in distribution
            .texts(&swept)
            .iter()
            .enumerate()
            .filter(|(_, text)| **text == point)
        {
            // Conductances that are whole but for rounding belong above.
            let within = |&&conductance: &&f64| {
                let from_middle = conductance + 1e-9 - g[window];
                (-0.1..0.1).contains(&from_middle)
            };
            let count = conductances.iter().filter(within).count() as f64;
            assert_eq!(counts[window], count, "{swept} {point}, G = {}", g[window]);
            assert_near(p[window], count / samples, "P(G)");
            sum += p[window];
        }
        assert_near(sum, 1.0, "the sum of P(G)");
    }
}

#[test]
fn the_averages_are_those_of_the_same_samples_solved_one_by_one() {
    let folder = folder();
    let path = |number: usize| {
        let path = folder.path().join(number.to_string());
        let _ = ensemble(&path, SWEEPS[number]).succeeded();
        path
    };
    let make = |model, concentration| Ensemble::new(model, concentration, 1).expect("an ensemble");
    let size = |length, width| StripSize::new(length, width).unwrap();

    let grid = bias_grid::<f64>(PAPER_BIAS);
    let points = [0.0, 0.25, 0.5, 0.75, 1.0].map(|n| {
        let ensemble = make(DisorderModel::III, Concentration::Fixed(n));
        conductances(&ensemble, size(6, 5), &grid, 0, 100)
    });
    check_tables(&path(0), &points);

    let points = [0.5, 2.0, 6.0].map(|strength| {
        let model = DisorderModel::AndersonBox { strength };
        let ensemble = make(model, Concentration::Uniform);
        conductances(&ensemble, size(5, 4), &[0.3], 0, 90)
    });
    check_tables(&path(1), &points);

    // Each length has samples of its own.
    let points = [4, 8, 12, 16, 20].map(|length| {
        let model = DisorderModel::AndersonBox { strength: 5.0 };
        let ensemble = make(model, Concentration::Uniform);
        let first = (length as u64) << 40;
        conductances(&ensemble, size(length, 3), &[0.0], first, 130)
    });
    check_tables(&path(2), &points);

    // No mode is open at the ends: G = 0, which has no logarithm.
    let points = [-4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5].map(|energy| {
        let ensemble = make(DisorderModel::II, Concentration::Fixed(0.2));
        conductances(&ensemble, size(4, 4), &[energy], 0, 70)
    });
    assert_eq!(points[0], [0.0; 70]);
    check_tables(&path(3), &points);
}

#[test]
fn solve_gives_the_same_mean_of_the_same_samples() {
    let folder = folder();
    let path = folder.path().join("e");
    let strips = "--disorder 2 --length 7 --width 6 --seed 5 --samples 80 --bias 0.36";
    let swept = ensemble(&path, &format!("{strips} --concentration 0.1,0.3 --json"));
    let swept = swept.succeeded().json();
    assert_eq!(swept["complete"], true);
    for (point, n) in [(0, "0.1"), (1, "0.3")] {
        let words = format!("solve {strips} --concentration {n} --json");
        let solved = run(words.split(' ')).succeeded().json();
        let point = &swept["points"][point];
        for (ours, solves) in [
            ("mean", "g_bar_mean"),
            ("standard_error", "g_bar_standard_error"),
        ] {
            let (ours, solves) = (point[ours].as_f64(), solved[solves].as_f64());
            assert_near(ours.expect("a number"), solves.expect("a number"), n);
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for sweep in SWEEPS {
        let folder = folder();
        let made = |threads: usize| {
            let path = folder.path().join(threads.to_string());
            made(&path, &format!("{sweep} --threads {threads}"))
        };
        let expected = made(1);
        for threads in [2, 3, 16] {
            assert_same(&made(threads), &expected, sweep);
        }
    }
}

#[test]
fn shards_in_any_order_and_at_once_give_the_same_bytes() {
    for sweep in SWEEPS {
        let folder = folder();
        let expected = made(&folder.path().join("whole"), sweep);
        assert!(expected.contains_key(Path::new("averages.csv")));
        for order in [[0, 1, 2], [2, 0, 1]] {
            let path = folder.path().join(format!("{order:?}"));
            for (number, shard) in order.into_iter().enumerate() {
                let words = format!("{sweep} --shard {shard}/3 --json");
                let told = ensemble(&path, &words).succeeded().json();
                // The last one finds all units there.
                assert_eq!(told["complete"], number == 2, "{told:#}");
                assert_eq!(path.join("averages.csv").exists(), number == 2);
            }
            assert_same(&files(&path), &expected, sweep);
        }
        let path = folder.path().join("at once");
        let shards: Vec<Child> = (0..7)
            .map(|shard| {
                let words = format!("{sweep} --shard {shard}/7 --threads 1");
                let mut command = landauer(arguments(&path, &words));
                command.stdout(Stdio::null()).spawn().expect("a process")
            })
            .collect();
        for mut shard in shards {
            assert!(shard.wait().expect("a process that ends").success());
        }
        assert_same(&files(&path), &expected, "at once");
    }
}

#[test]
fn a_slurm_task_does_its_shard() {
    let folder = folder();
    let expected = made(&folder.path().join("whole"), SWEEPS[0]);
    let path = folder.path().join("array");
    for task in [2, 0, 1] {
        let mut command = landauer(arguments(&path, &format!("{} --shard slurm/3", SWEEPS[0])));
        command.env("SLURM_ARRAY_TASK_ID", task.to_string());
        // Each is run alone, as one is that has failed.
        command.env("SLURM_ARRAY_TASK_COUNT", "1");
        let finished = Finished::from(command.output().expect("landauer can be started"));
        let _ = finished.succeeded();
    }
    assert_same(&files(&path), &expected, "array");
}

#[test]
fn an_extended_ensemble_is_the_larger_one() {
    let folder = folder();
    let sweep = |samples: u64| SWEEPS[0].replace("--samples 100", &format!("--samples {samples}"));
    let expected = made(&folder.path().join("fresh"), &sweep(150));
    let path = folder.path().join("extended");
    for samples in [1, 32, 100] {
        let _ = ensemble(&path, &sweep(samples)).succeeded();
    }
    // Half of the work: what was said of fewer samples does not stand there any more.
    let half = ensemble(&path, &format!("{} --shard 0/2", sweep(150)));
    let _ = half.succeeded();
    assert!(!path.join("averages.csv").exists() && !path.join("averages.png").exists());
    assert_same(&made(&path, &sweep(150)), &expected, "extended");
    let fewer = ensemble(&path, &sweep(149));
    let _ = fewer.failed(5, &["has 150 samples already, more than 149"]);
    assert_same(&files(&path), &expected, "after fewer");
}

#[test]
fn what_is_there_is_not_computed_again() {
    let folder = folder();
    let path = folder.path().join("e");
    let expected = made(&path, SWEEPS[1]);
    let again = ensemble(&path, &format!("{} --json", SWEEPS[1])).succeeded();
    let again = again.json();
    assert_eq!(
        (&again["units_found"], &again["units"]),
        (&9.into(), &9.into())
    );
    assert_eq!(again["samples_written"], 0);
    assert_same(&files(&path), &expected, "again");
    // Tables and pictures come back.
    for name in [
        "averages.csv",
        "distribution.csv",
        "averages.svg",
        "averages.png",
    ] {
        fs::remove_file(path.join(name)).expect("a file of it");
    }
    assert_same(&made(&path, SWEEPS[1]), &expected, "restored");
    let text = ensemble(&path, SWEEPS[1]).succeeded().stdout;
    for words in [
        "3 values of the strength",
        "paper's",
        "\"variance\"",
        "270 already there",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let quiet = ensemble(&path, &format!("{} --quiet", SWEEPS[1])).succeeded();
    assert_eq!(quiet.stdout + &quiet.stderr, "");
}

/// Runs the command and kills it with SIGKILL once `units` units are there; was it still running?
#[cfg(unix)]
fn killed(path: &Path, words: &str, units: usize) -> bool {
    let mut command = landauer(arguments(path, words));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("a process");
    let folder = path.join("units");
    let count = || fs::read_dir(&folder).map_or(0, Iterator::count);
    while count() < units && child.try_wait().expect("a process").is_none() {
        thread::sleep(Duration::from_micros(200));
    }
    child.kill().expect("a process of ours");
    child.wait().expect("a process that ends").code().is_none()
}

#[cfg(unix)]
#[test]
fn killed_at_any_moment_it_is_completed_byte_for_byte() {
    let folder = folder();
    let sweep = "--disorder 1 --strength 5 --length 8:24:5 --width 8 --samples 120 --block 16";
    let expected = made(&folder.path().join("whole"), sweep);
    let units = 5 * 8;
    let mut kills = 0;
    for moment in 0..12 {
        let path = folder.path().join(moment.to_string());
        kills += usize::from(killed(&path, sweep, moment * units / 12));
        // What is there is whole, or a temporary file.
        for (name, bytes) in files(&path) {
            let file = name.file_name().unwrap_or_default().to_string_lossy();
            assert!(
                file.starts_with('.') || expected.get(&name) == Some(&bytes),
                "{} is half-written",
                name.display()
            );
        }
        assert_same(&made(&path, sweep), &expected, "resumed");
    }
    assert!(kills >= 8, "only {kills} kills");
}

#[cfg(unix)]
#[test]
fn a_second_process_is_refused_and_a_signal_leaves_what_can_be_resumed() {
    let folder = folder();
    let path = folder.path().join("long");
    let sweep = "--concentration 0.1,0.2 --length 20 --width 20 --samples 100000 --block 4";
    let mut command = landauer(arguments(&path, sweep));
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().expect("a process");
    let begin = Instant::now();
    while !path.join("units/b00000-p0000.unit").exists() {
        assert!(begin.elapsed() < Duration::from_mins(1), "no unit comes");
        thread::sleep(Duration::from_millis(5));
    }
    let last = format!("{sweep} --shard 24999/25000");
    let _ = ensemble(&path, sweep).failed(5, &["another process is computing the same part"]);
    let _ = ensemble(&path, &last).failed(5, &["another process"]);
    landauer_tests::command::signal(&child, "-INT");
    let stopped = Finished::from(child.wait_with_output().expect("a process that ends"));
    let _ = stopped.failed(130, &["stopped", "the same command resumes"]);
    assert!(!path.join(".lock").exists() && !path.join("averages.csv").exists());
    let _ = ensemble(&path, &last).succeeded();
}

#[test]
fn a_damaged_or_missing_unit_is_found_and_recomputed() {
    let folder = folder();
    let path = folder.path().join("e");
    let expected = made(&path, SWEEPS[2]);
    let units: Vec<&PathBuf> = expected
        .keys()
        .filter(|name| name.starts_with("units"))
        .collect();
    assert_eq!(units.len(), 15);
    for (number, name) in units.iter().enumerate() {
        let file = path.join(name);
        let mut bytes = expected[*name].clone();
        match number % 4 {
            0 => bytes.truncate(number * 7),
            1 => {
                let place = number * 13 % bytes.len();
                bytes[place] ^= 0x10;
            }
            // Another unit's.
            2 => bytes.clone_from(&expected[units[0]]),
            _ => bytes.push(b'\n'),
        }
        fs::write(&file, bytes).expect("a writable file");
        let found = ensemble(&path, SWEEPS[2]);
        let words = [
            "is damaged",
            "delete it and compute the same averages again",
        ];
        let found = found.failed(6, &words);
        assert!(
            found.stderr.contains(&file.display().to_string()),
            "{found:?}"
        );
        fs::remove_file(&file).expect("a file of it");
        assert_same(&made(&path, SWEEPS[2]), &expected, "recomputed");
    }
}

#[test]
fn another_ensemble_is_refused_by_name_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("e");
    let sweep = "--disorder 1 --strength 5 --length 4:20:5 --width 3 --samples 50";
    let expected = made(&path, sweep);
    for (what, with, words) in [
        (
            "--strength 5",
            "--strength 6",
            "its strength is 5.0, not 6.0",
        ),
        ("--width 3", "--width 4", "its width is 3, not 4"),
        (
            "4:20:5",
            "4:20:3",
            "its values are [4.0,8.0,12.0,16.0,20.0], not",
        ),
        (
            "--samples 50",
            "--samples 50 --seed 2",
            "its seed is 1, not 2",
        ),
        ("--samples 50", "--samples 50 --block 7", "its block is"),
        (
            "--samples 50",
            "--samples 50 --energies 0.1",
            "its conductance is",
        ),
        (
            "--samples 50",
            "--samples 50 --bias 0.1",
            "its conductance is",
        ),
        (
            "--disorder 1 --strength 5",
            "--concentration 0.5",
            "its model is 1, not 2",
        ),
        (
            "--strength 5 --length 4:20:5",
            "--strength 1:2:2",
            "its swept is \"length\", not \"strength\"",
        ),
        ("--samples 50", "--samples 49", "has 50 samples already"),
    ] {
        let other = ensemble(&path, &sweep.replace(what, with));
        let _ = other.failed(5, &[words]);
        assert_same(&files(&path), &expected, with);
    }
    // A fit from another length on is the same ensemble.
    let _ = ensemble(&path, &format!("{sweep} --fit-from 4")).succeeded();
    assert_same(&made(&path, sweep), &expected, "fitted as before");

    let file = path.join("ensemble.json");
    let text = String::from_utf8_lossy(&expected[Path::new("ensemble.json")]).into_owned();
    for (what, with, code) in [
        ("landauer-ensemble", "something", 5),
        ("\"format_version\": 1", "\"format_version\": 2", 5),
        ("\"samples\": 50", "\"samples\": -1", 6),
        ("}", "", 6),
    ] {
        let damaged = text.replacen(what, with, 1);
        assert_ne!(damaged, text);
        fs::write(&file, damaged).expect("a writable file");
        let _ = ensemble(&path, sweep).failed(code, &[]);
    }
    fs::write(&file, &text).expect("a writable file");
    assert_same(&files(&path), &expected, "in the end");
}

#[test]
fn a_lost_or_damaged_configuration_comes_back_and_that_of_another_ensemble_does_not() {
    let folder = folder();
    let path = folder.path().join("e");
    let sweep = "--disorder 1 --strength 1,2,4 --length 5 --width 4 --samples 50 --block 16";
    let expected = made(&path, sweep);
    let file = path.join("ensemble.json");
    let text = fs::read_to_string(&file).expect("a file");
    // Entries that the averages do not depend on are covered too.
    for (what, with) in [
        ("\"seed\": 1", "\"seed\": 2"),
        ("\"made_by\": \"landauer", "\"made_by\": \"landauex"),
        ("\"samples\": 50", "\"samples\": 10"),
        ("\"checksum\"", "\"checksun\""),
    ] {
        let changed = text.replacen(what, with, 1);
        assert_ne!(changed, text);
        fs::write(&file, &changed).expect("a writable file");
        let _ = ensemble(&path, sweep).failed(6, &["ensemble.json is damaged", "delete it"]);
        assert_eq!(fs::read_to_string(&file).expect("a file"), changed);
        // What the message says helps.
        fs::remove_file(&file).expect("a file");
        assert_same(&made(&path, sweep), &expected, "as it was");
    }
    fs::remove_file(&file).expect("a file");
    let left = files(&path);
    for other in ["--seed 2", "--solver recursion"] {
        let other = ensemble(&path, &format!("{sweep} {other}"));
        let _ = other.failed(5, &["has lost its ensemble.json", "another configuration"]);
        assert_same(&files(&path), &left, "refused");
    }
    assert_same(&made(&path, sweep), &expected, "as it was");
}

#[test]
fn one_solver_makes_a_sweep_and_goes_on_with_it() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let chosen = |name: &str, words: &str| {
        let json = ensemble(&path(name), &format!("{words} --json"))
            .succeeded()
            .json();
        let word = |entry: &str| json[entry].as_str().expect("a word").to_owned();
        (word("solver"), word("solver_chosen"))
    };
    let solver = |name: &str, chosen: &str| (name.to_owned(), chosen.to_owned());
    let (dissection, recursion) = (
        DissectionSolver::<f64>::IDENTITY,
        "scattering recursion 2, f64",
    );
    let few = "--concentration 0,0.001,0.002 --length 6 --width 5";
    let sweep = "--concentration 0,0.2,0.6 --length 6 --width 5 --block 16";
    assert_eq!(
        chosen("few", &format!("{few} --samples 1")),
        solver(recursion, "faster")
    );
    assert_eq!(
        chosen("few2", &format!("{few} --samples 90")),
        solver(recursion, "faster")
    );
    assert_eq!(
        chosen("auto", &format!("{sweep} --samples 1")),
        solver(dissection, "faster")
    );

    let begun = made(
        &path("e"),
        &format!("{sweep} --samples 30 --solver recursion"),
    );
    let refused = |words: &str, told: &[&str]| {
        let _ = ensemble(&path("e"), &format!("{sweep} --samples 50 {words}")).failed(5, told);
    };
    let there = "its solvers are [\"scattering recursion 2, f64\"], not";
    refused("--solver dissection", &[there, dissection]);
    refused("--precision f32", &[there, "f32"]);
    refused("--seed 2", &["its seed is 1, not 2"]);
    assert_same(&files(&path("e")), &begun, "after refusals");
    assert_eq!(
        chosen("e", &format!("{sweep} --samples 50")),
        solver(recursion, "continued")
    );
    let whole = made(
        &path("whole"),
        &format!("{sweep} --samples 50 --solver recursion"),
    );
    assert_same(&files(&path("e")), &whole, "extended");
}

#[test]
fn all_solvers_give_the_same_averages() {
    let folder = folder();
    for (number, sweep) in SWEEPS.into_iter().enumerate() {
        let means = |words: &str| {
            let path = folder
                .path()
                .join(format!("{number}{}", words.replace(' ', "")));
            let json = ensemble(&path, &format!("{sweep} {words} --json"))
                .succeeded()
                .json();
            let points = json["points"].as_array().expect("points").clone();
            let means = points
                .iter()
                .map(|point| point["mean"].as_f64().expect("a mean"));
            (
                json["solver"].as_str().expect("a solver").to_owned(),
                means.collect::<Vec<_>>(),
            )
        };
        let (_, expected) = means("--solver recursion");
        for (words, solver, allowed) in [
            (
                "--solver dissection",
                DissectionSolver::<f64>::IDENTITY,
                tolerance::AGREEMENT,
            ),
            (
                "--precision f32",
                DissectionSolver::<f32>::IDENTITY,
                tolerance::AGREEMENT_F32,
            ),
        ] {
            let (identity, found) = means(words);
            assert_eq!(identity, solver);
            for (found, expected) in found.iter().zip(&expected) {
                let error = (found - expected).abs();
                assert!(
                    error <= 5.0 * allowed,
                    "{sweep} {words}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn what_is_no_ensemble_is_left_alone() {
    let folder = folder();
    let foreign = folder.path().join("foreign");
    fs::create_dir_all(&foreign).expect("a folder");
    fs::write(foreign.join("notes.txt"), "mine").expect("a file");
    let data = folder.path().join("d.zarr");
    let generate = [
        "generate",
        "--length",
        "3",
        "--width",
        "3",
        "--samples",
        "5",
    ];
    let output = format!("--output={}", data.display());
    let _ = run(generate.into_iter().chain([&*output])).succeeded();
    let file = folder.path().join("file");
    fs::write(&file, "mine").expect("a file");
    let before = files(folder.path());
    for path in [&foreign, &data, &file] {
        let _ = ensemble(path, SWEEPS[0]).failed(5, &["does not hold averages of landauer"]);
    }
    let _ = ensemble(&file.join("e"), SWEEPS[0]).failed(4, &["file"]);
    let _ = ensemble(Path::new("/proc/landauer/e"), SWEEPS[0]).failed(4, &["/proc/landauer/e"]);
    assert_same(&files(folder.path()), &before, "afterwards");
    // An empty folder is nothing, and so is what a kill leaves of the very beginning.
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    fs::write(empty.join(".lock"), "").expect("a file");
    fs::write(empty.join(".ensemble.json.partial"), "{ half").expect("a file");
    let fresh = made(&folder.path().join("fresh"), SWEEPS[0]);
    assert_same(&made(&empty, SWEEPS[0]), &fresh, "healed");
}

/// Wrong words after `ensemble --length 4 --width 3 --samples 10`, and what is said of them.
const WRONG: &[(&str, &str)] = &[
    ("", "nothing is swept"),
    ("--disorder 1", "nothing is swept"),
    (
        "--concentration 0:1:3 --energies 0,1",
        "both --concentration and --energies are swept",
    ),
    ("--energies 0,1", "model II needs --concentration"),
    ("--concentration 0:1:1", "2 to 100000 points"),
    (
        "--concentration 0:1:10001",
        "invalid number of points 10001",
    ),
    ("--concentration 0:1", "FROM:TO:POINTS"),
    ("--concentration 0,,1", "a number is missing"),
    ("--concentration 0,nan", "not a finite number"),
    ("--concentration 0:inf:3", "not a finite number"),
    ("--concentration uniform", "not a finite number"),
    ("--concentration 0:2:3", "invalid impurity concentration 2"),
    (
        "--concentration -1:0:3",
        "invalid impurity concentration -1",
    ),
    ("--concentration 0.2,0.1", "must strictly ascend"),
    ("--concentration 1:0:5", "must strictly ascend"),
    ("--concentration 0.2,0.2", "must strictly ascend"),
    ("--strength 1,2", "--strength belongs to disorder model I"),
    (
        "--disorder 1 --concentration 0,1",
        "--concentration belongs to impurities",
    ),
    (
        "--disorder 1 --strength -1,1",
        "invalid disorder strength -1",
    ),
    (
        "--disorder 5 --concentration 0,1",
        "unknown disorder model 5",
    ),
    ("--concentration 0.1 --energies 0,1 --bias 0.36", "--bias"),
    ("--concentration 0,1 --bias -1", "a bias eV above 0"),
    ("--concentration 0,1 --bias 0", "a bias eV above 0"),
    (
        "--concentration 0:1e300:3",
        "invalid impurity concentration 5e299",
    ),
    ("--concentration 0,1 --bias nan", "bias"),
    ("--concentration 0,1 --fit-from 3", "--fit-from"),
    ("--concentration 0,1 --block 0", "invalid block of 0"),
    (
        "--concentration 0,1 --block 9999999",
        "invalid block of 9999999",
    ),
    ("--concentration 0,1 --shard 2/2", "invalid shard 2/2"),
    ("--concentration 0,1 --shard slurm", "slurm/N"),
    ("--concentration 0,1 --shard slurm/3", "SLURM_ARRAY_TASK_ID"),
    ("--concentration 0,1 --threads 0", "--threads"),
    ("--concentration 0.1", "nothing is swept"),
];

/// Wrong sizes and numbers, with their exit code.
const WRONG_NUMBERS: &[(&str, i32, &str)] = &[
    ("--concentration 0:1:3 --length 4 --width 3", 2, "--samples"),
    (
        "--concentration 0,1 --samples 0",
        2,
        "invalid number of samples 0",
    ),
    (
        "--concentration 0,1 --samples 9999999999999",
        2,
        "invalid number of samples",
    ),
    (
        "--concentration 0,1 --samples 9 --width 0",
        2,
        "invalid strip size",
    ),
    (
        "--concentration 0,1 --samples 9 --length 0",
        2,
        "whole number",
    ),
    (
        "--concentration 0,1 --samples 9 --length 2.5",
        2,
        "whole number",
    ),
    (
        "--concentration 0,1 --samples 9 --length 1e300",
        2,
        "whole number",
    ),
    (
        "--concentration 0,1 --samples 9 --length 1e15 --width 99999",
        2,
        "invalid strip size",
    ),
    (
        "--concentration 0,1 --samples 9 --width 9999999",
        4,
        "use a smaller size",
    ),
    (
        "--concentration 0.1 --samples 9 --length 10:95:10",
        2,
        "a whole number of sites",
    ),
    (
        "--concentration 0.1 --samples 9 --length 0:10:11",
        2,
        "invalid length 0",
    ),
    (
        "--concentration 0.1 --samples 9 --length 5,1e9",
        2,
        "invalid length 1000000000",
    ),
    (
        "--concentration 0.1 --samples 9 --length 5,9e6 --width 9999",
        4,
        "use a smaller size",
    ),
];

#[test]
fn what_cannot_be_is_refused_before_anything_is_written() {
    let folder = folder();
    let path = folder.path().join("e");
    for &(words, told) in WRONG {
        let words = format!("--length 4 --width 3 --samples 10 {words}");
        let _ = ensemble(&path, &words).failed(2, &[told]);
    }
    for &(words, code, told) in WRONG_NUMBERS {
        let _ = ensemble(&path, words).failed(code, &[told]);
    }
    assert!(!path.exists());
    let machine = ensemble(&path, "--concentration 0,1 --samples 0 --json").failed(2, &[]);
    assert_eq!(machine.json()["kind"], "usage");
}

/// A weakly disordered chain off the band centre: ξ is known from perturbation theory,
/// 1/ξ = w²/(24(4 − E²)) (D. J. Thouless in Ill-Condensed Matter, 1979), and G ~ exp(−2L/ξ).
#[test]
fn the_localisation_length_of_a_chain_is_that_of_perturbation_theory() {
    let folder = folder();
    let path = folder.path().join("chain");
    let chain =
        "--disorder 1 --strength 1 --energies 1 --width 1 --length 200:1000:9 --samples 1500";
    let told = ensemble(&path, &format!("{chain} --json"))
        .succeeded()
        .json();
    let fit = &told["localisation"];
    let number = |name: &str| fit[name].as_f64().expect("a number");
    let (length, error) = (number("length"), number("error"));
    // Perturbation theory is good to about w²/16 of ξ = 72, and the error is one of many.
    assert!(error < 2.0, "{fit}");
    assert!((length - 72.0).abs() < 4.0 * error + 2.0, "{fit}");
    // The lengths are independent: χ² of 7 degrees of freedom is below 24 but once in a thousand.
    assert_eq!(number("degrees_of_freedom"), 7.0);
    assert!((0.5..24.0).contains(&number("chi_squared")), "{fit}");

    // The same line from the table, by the textbook's determinants.
    let table = Table::read(&path.join("averages.csv"));
    let (lengths, means) = (table.column("length"), table.column("mean_ln"));
    let errors = table.column("mean_ln_standard_error");
    let mut s = [0.0; 5];
    for ((&x, &y), &error) in lengths.iter().zip(&means).zip(&errors) {
        let w = 1.0 / (error * error);
        for (sum, term) in s.iter_mut().zip([w, w * x, w * x * x, w * y, w * x * y]) {
            *sum += term;
        }
    }
    let determinant = s[0] * s[2] - s[1] * s[1];
    let slope = (s[0] * s[4] - s[1] * s[3]) / determinant;
    let slope_error = (s[0] / determinant).sqrt();
    assert!((length / (-2.0 / slope) - 1.0).abs() < 1e-9);
    assert!((error / (2.0 * slope_error / (slope * slope)) - 1.0).abs() < 1e-9);
    let written = Table::read(&path.join("localisation.csv"));
    assert_eq!(written.column("localisation_length"), [length]);
    assert_eq!(written.column("standard_error"), [error]);
}

/// ξ of a chain with on-site energies uniform in [−w/2, w/2] at E = 0, by transfer matrices and
/// nothing of ours: the Lyapunov exponent of ψ_(x+1) = (ε_x − E) ψ_x − ψ_(x−1), and its statistical
/// error, both as ξ.
fn by_transfer_matrices(strength: f64, length: u32) -> (f64, f64) {
    // A multiplicative generator with the full period of 2^64 (P. L'Ecuyer, Math. Comput. 68, 249,
    // 1999); its upper bits are random enough.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let (mut before, mut here) = (0.0, 1.0);
    let mut blocks = Vec::new();
    for _ in 0..100 {
        let mut growth = 0.0;
        for _ in 0..length / 100 {
            state = state
                .wrapping_mul(3_202_034_522_624_059_733)
                .wrapping_add(1);
            let onsite = strength * ((state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5);
            (before, here) = (here, onsite * here - before);
            let size = f64::hypot(before, here);
            growth += size.ln();
            (before, here) = (before / size, here / size);
        }
        blocks.push(growth / f64::from(length / 100));
    }
    let mean = blocks.iter().sum::<f64>() / 100.0;
    let spread = blocks.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    let error = (spread / 99.0 / 100.0).sqrt();
    (1.0 / mean, error / (mean * mean))
}

#[test]
fn no_sample_is_lost_however_little_it_transmits() {
    let folder = folder();
    let (exact, exact_error) = by_transfer_matrices(4.0, 4_000_000);
    assert!(exact_error < 0.02, "{exact} {exact_error}");
    let chains = "--disorder 1 --strength 4 --width 1";
    for (name, words) in [
        // In f32 most T are below 1e-38 here, in f64 most are below 1e-308 there.
        ("f32", "--length 150:400:6 --samples 1000 --precision f32"),
        (
            "f32r",
            "--length 150:400:6 --samples 300 --precision f32 --solver recursion",
        ),
        ("f64", "--length 500:4000:8 --samples 200"),
        ("long", "--length 20000:100000:5 --samples 20"),
    ] {
        let path = folder.path().join(name);
        let told = ensemble(&path, &format!("{chains} {words} --json"))
            .succeeded()
            .json();
        let fit = &told["localisation"];
        let number = |name: &str| fit[name].as_f64().expect("a number");
        let (length, error) = (number("length"), number("error"));
        assert!(error < 0.08, "{name}: {fit}");
        let apart = (length - exact).abs();
        assert!(
            apart < 4.0 * f64::hypot(error, exact_error),
            "{name}: {fit} {exact}"
        );
        assert!(number("chance") > 1e-4, "{name}: {fit}");
        assert!(told["localisation_warning"].is_null());
        for point in told["points"].as_array().expect("points") {
            // Every sample has its logarithm, and no error is 0.
            assert_eq!(point["zeros"], 0, "{name}");
            assert!(point["mean_ln_standard_error"].as_f64().expect("an error") > 0.0);
            for number in ["mean", "standard_error", "variance", "least", "greatest"] {
                assert_ne!(point[number], 0.0, "{name}: {number}");
            }
        }
    }
    // What is beyond all numbers is empty in the table, and a dash on the terminal.
    let table = fs::read_to_string(folder.path().join("long/averages.csv")).expect("a table");
    let row = table.lines().nth(1).expect("a row");
    assert!(row.starts_with("20000,20,,,,,-"), "{row}");
    let told = ensemble(
        &folder.path().join("long"),
        &format!("{chains} --length 20000:100000:5 --samples 20"),
    )
    .succeeded()
    .stdout;
    assert!(told.contains("too small for a number"), "{told}");
}

#[test]
fn a_line_that_is_none_is_not_passed_off_as_one() {
    let folder = folder();
    // From a ballistic strip to a localised one: the curve is bent, and known well enough to show it.
    let bent = "--disorder 1 --strength 3 --width 2 --length 1,3,10,30 --samples 1000 --fit-from 1";
    let path = folder.path().join("bent");
    let told = ensemble(&path, &format!("{bent} --json"))
        .succeeded()
        .json();
    let warning = told["localisation_warning"].as_str().expect("a warning");
    assert!(warning.contains("do not lie on a line"), "{told}");
    assert!(told["localisation"]["chance"].as_f64().expect("a chance") < 1e-4);
    let shown = ensemble(&path, bent).succeeded().stdout;
    assert!(
        shown.contains("warning: the points do not lie on a line"),
        "{shown}"
    );
}

#[test]
fn without_a_line_there_is_no_localisation_length() {
    let folder = folder();
    let path = folder.path().join("short");
    let sweep = "--disorder 1 --strength 1 --width 4 --length 1:5:5 --samples 50";
    let told = ensemble(&path, sweep).succeeded();
    assert!(
        told.stdout
            .contains("no localisation length: 0 different lengths"),
        "{told:?}"
    );
    let expected = files(&path);
    assert!(!expected.contains_key(Path::new("localisation.csv")));
    // A wish for one is granted, and can be taken back.
    let told = ensemble(&path, &format!("{sweep} --fit-from 2 --json"));
    let told = told.succeeded().json();
    assert_eq!(told["localisation"]["from"], 2.0);
    assert!(path.join("localisation.csv").exists());
    assert_same(&made(&path, sweep), &expected, "without it");
}

#[test]
fn the_picture_has_its_words() {
    let folder = folder();
    for (sweep, expected) in [
        (
            SWEEPS[0],
            &[
                "Impurity concentration n (%)",
                "⟨Ḡ⟩ (2e²/h)",
                "σ(Ḡ) (2e²/h)",
            ][..],
        ),
        (
            SWEEPS[1],
            &["Disorder strength w (t)", "⟨G⟩ (2e²/h)", "(a)"],
        ),
        (SWEEPS[2], &["Length L (sites)", "⟨ln G⟩", "σ(ln G)", "(b)"]),
        (
            SWEEPS[3],
            &["Energy E (t)", "Model II, 4 × 4 sites, n = 20 %"],
        ),
    ] {
        let path = folder.path().join(expected[0]);
        let made = made(&path, sweep);
        let svg = String::from_utf8_lossy(&made[Path::new("averages.svg")]).into_owned();
        let document = roxmltree::Document::parse(&svg).expect("well-formed");
        let texts: Vec<&str> = document
            .descendants()
            .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")))
            .filter_map(|node| node.text().map(str::trim))
            .collect();
        for words in expected {
            assert!(
                texts.iter().any(|text| text.starts_with(words)),
                "no {words} in {texts:?}"
            );
        }
        assert_eq!(made[Path::new("averages.png")][..8], *b"\x89PNG\r\n\x1a\n");
    }
    // What no axis can show is not drawn, and the numbers are there all the same.
    let path = folder.path().join("strong");
    let sweep = "--disorder 1 --strength 1e7,1e8 --length 3 --width 2 --samples 5 --json";
    let told = ensemble(&path, sweep).succeeded().json();
    assert!(told["no_picture"].is_string(), "{told:#}");
    assert!(path.join("averages.csv").exists() && !path.join("averages.svg").exists());
}
