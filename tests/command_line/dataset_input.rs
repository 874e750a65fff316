//! Strips from a data set: `solve --dataset`, `predict --dataset`, and what is said where the kind of a
//! path is not the one that an option or a command takes.

use std::fs;
use std::path::PathBuf;

use landauer::dataset::Dataset;
use landauer_tests::command::{Finished, run};
use landauer_tests::npy;
use serde_json::Value;
use tempfile::TempDir;

/// A folder, whose name `@` stands for on the command lines of a test.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, line: &str) -> Finished {
        let folder = format!("{}/", self.0.path().display());
        run(line
            .split_whitespace()
            .map(|word| word.replace('@', &folder)))
    }

    /// Makes a data set; gives its on-site energies `[sample, site]`, also written to NAME.npy.
    fn dataset(&self, name: &str, line: &str) -> Vec<f64> {
        let zarr = format!("{name}.zarr");
        let _ = self
            .run(&format!("generate {line} --chunk 4 --output @{zarr}"))
            .succeeded();
        let dataset = Dataset::open(&self.path(&zarr)).expect("a data set");
        let (samples, size) = (dataset.samples(), dataset.config().size);
        let onsite = dataset.onsite(0..samples).expect("its strips");
        let shape = [
            usize::try_from(samples).expect("few"),
            size.length(),
            size.width(),
        ];
        let bytes = npy::f64_array(&shape, &onsite);
        fs::write(self.path(&format!("{name}.npy")), bytes).expect("a file");
        onsite
    }

    /// The species of a data set as numpy.save would write them.
    fn species(&self, name: &str) {
        let dataset = Dataset::open(&self.path(&format!("{name}.zarr"))).expect("a data set");
        let (samples, size) = (dataset.samples(), dataset.config().size);
        let species = dataset
            .species(0..samples)
            .expect("chunks")
            .expect("species");
        let species: Vec<f64> = species.into_iter().map(f64::from).collect();
        let shape = [
            usize::try_from(samples).expect("few"),
            size.length(),
            size.width(),
        ];
        let bytes = npy::array("|u1", false, &shape, &species);
        fs::write(self.path("species.npy"), bytes).expect("a file");
    }
}

/// T `[sample][energy]` as JSON has it.
fn rows(json: &Value) -> Vec<Value> {
    json["transmission"].as_array().expect("rows").clone()
}

#[test]
fn solve_reads_strips_of_every_disorder_model_from_a_data_set() {
    let place = Place::new();
    for (name, disorder) in [
        ("m1", "--disorder 1"),
        ("m2", "--disorder II"),
        ("m4", "--disorder 4 --concentration 0.5"),
    ] {
        let line =
            format!("{disorder} --length 5 --width 4 --samples 11 --seed 7 --solver recursion");
        place.dataset(name, &line);
        let solve = |from: &str| {
            let line = format!("solve --json --energies 0,0.3 --solver recursion {from}");
            place.run(&line).succeeded().json()
        };
        let stored = solve(&format!("--dataset @{name}.zarr"));
        let plain = solve(&format!("--onsite @{name}.npy"));
        assert_eq!(stored["transmission"], plain["transmission"], "{name}");
        assert_eq!(
            (&stored["samples"], &stored["first"]),
            (&11.into(), &0.into())
        );
        let source = &stored["source"];
        assert_eq!(source["seed"], 7);
        assert!(
            source["dataset"]
                .as_str()
                .is_some_and(|path| path.contains(".zarr"))
        );
        assert_eq!(plain["source"]["dataset"], Value::Null);
        // What is drawn is what was stored.
        let drawn = solve(&format!(
            "{disorder} --length 5 --width 4 --samples 11 --seed 7"
        ));
        assert_eq!(drawn["transmission"], plain["transmission"], "{name}");
        // Some of them, across chunks, keep their numbers.
        let some = solve(&format!("--dataset @{name}.zarr --first 3 --samples 6"));
        assert_eq!(rows(&some), rows(&plain)[3..9]);
        assert_eq!((&some["first"], &some["samples"]), (&3.into(), &6.into()));
        let last = solve(&format!("--dataset @{name}.zarr --first 10"));
        assert_eq!(rows(&last), rows(&plain)[10..]);
    }
    let text = place
        .run("solve --dataset @m2.zarr --samples 2")
        .succeeded()
        .stdout;
    for words in [
        "2 strips of 5 x 4 sites",
        "m2.zarr",
        "model II, seed 7",
        "samples 0 to 1",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    for (more, words) in [
        ("--first 11", "samples 0 to 10"),
        ("--first 5 --samples 7", "samples 0 to 10"),
        (
            "--first 1 --samples 18446744073709551615",
            "samples 0 to 10",
        ),
        ("--samples 0", "below 1"),
        ("--seed 3", "cannot be used with"),
        ("--disorder 2", "cannot be used with"),
        ("--onsite @m2.npy", "cannot be used with"),
    ] {
        let _ = place
            .run(&format!("solve --dataset @m2.zarr {more}"))
            .failed(2, &[words]);
    }
    fs::remove_file(place.path("m2.zarr/species/c/1/0/0")).expect("a chunk");
    let _ = place
        .run("solve --dataset @m2.zarr")
        .failed(6, &["species/c/1", "incomplete"]);
    let _ = place
        .run("solve --dataset @m2.zarr --samples 4")
        .succeeded();
}

#[test]
fn predict_reads_strips_from_a_data_set_and_checks_them() {
    let place = Place::new();
    let predict = |line: &str| place.run(&format!("predict --json --network {line}"));
    let onsite = place.dataset("m2", "--length 40 --width 40 --samples 6 --seed 9");
    assert!(onsite.contains(&5.0));
    let _ = predict("best-g --onsite @m2.npy --output @plain.npy").succeeded();
    let told = predict("best-g --dataset @m2.zarr --output @stored.npy")
        .succeeded()
        .json();
    let (plain, stored) = (
        npy::read(&place.path("plain.npy")),
        npy::read(&place.path("stored.npy")),
    );
    assert_eq!(plain, stored);
    assert_eq!(
        (&told["source"]["seed"], &told["network"]),
        (&9.into(), &"best-g, in integers".into())
    );
    assert_eq!(told["seen_in_training"], false);
    let _ =
        predict("best-g --dataset @m2.zarr --first 2 --samples 3 --output @some.npy").succeeded();
    assert_eq!(npy::read(&place.path("some.npy")).1, plain.1[2..5]);
    let hybrid = "hybrid-g --within 1e6 --dataset @m2.zarr";
    assert_eq!(predict(hybrid).succeeded().json()["samples"], 6);

    // Another disorder, another size.
    place.dataset("m3", "--disorder 3 --length 40 --width 40 --samples 2");
    place.dataset("small", "--length 5 --width 4 --samples 2");
    let _ = predict("best-g --dataset @m3.zarr").failed(2, &["disorder is model III", "model II"]);
    let _ = predict("best-g --dataset @small.zarr").failed(2, &["size is 5 x 4", "40 x 40"]);
    let _ = predict("best-g").failed(2, &["--onsite", "--dataset"]);
    let _ = predict("best-g --onsite @m2.npy --first 1").failed(2, &["cannot be used with"]);

    // Samples that it was trained on are told of, and do not judge it.
    place.dataset(
        "seen",
        "--disorder 1 --length 3 --width 3 --samples 8 --seed 4",
    );
    let warned = predict("paper-dnn-3x3 --dataset @seen.zarr --samples 3").succeeded();
    assert_eq!(warned.json()["seen_in_training"], true);
    assert!(
        warned.stderr.contains("warning") && warned.stderr.contains("samples 0 to 2 of seed 4"),
        "{warned:?}"
    );
    let _ = predict("paper-dnn-3x3 --dataset @seen.zarr --exact").failed(5, &["train or choose"]);
    place.dataset(
        "fresh",
        "--disorder 1 --length 3 --width 3 --samples 8 --seed 5",
    );
    let judged = predict("paper-dnn-3x3 --dataset @fresh.zarr --exact").succeeded();
    assert!(judged.json()["certainty"]["targets"][0]["mae"].is_number());
}

#[test]
fn the_kind_of_a_path_is_named_where_another_one_is_needed() {
    let place = Place::new();
    place.dataset(
        "m2",
        "--length 40 --width 40 --samples 2 --concentration 0.5",
    );
    place.species("m2");
    let array = "is an array of the data set";
    for (line, code, words) in [
        ("solve --onsite @m2.zarr", 3, ["is a data set", "--dataset"]),
        ("solve --onsite @m2.zarr/species", 3, [array, "--dataset"]),
        (
            "plot strip --onsite @m2.zarr -o @a.svg",
            3,
            ["is a data set", "--dataset"],
        ),
        (
            "predict --network best-g --onsite @m2.zarr",
            3,
            ["is a data set", "--dataset"],
        ),
        (
            "predict --network best-g --onsite @m2.zarr/species",
            3,
            [array, "--dataset"],
        ),
        (
            "predict --network best-g --onsite @species.npy",
            3,
            ["are these species numbers?", "--dataset"],
        ),
        (
            "predict --network @m2.zarr --onsite @m2.npy",
            3,
            ["is a data set", "name of a model"],
        ),
        (
            "solve --dataset @m2.npy",
            3,
            ["is a NumPy array", "--onsite"],
        ),
        (
            "solve --dataset @m2.zarr/g",
            3,
            [array, "a data set is needed"],
        ),
        (
            "solve --dataset @nothing",
            4,
            ["No such file or directory", "--dataset"],
        ),
        (
            "inspect @m2.npy",
            3,
            [
                "is a NumPy array",
                "inspect takes a data set, a run or a model",
            ],
        ),
        (
            "inspect @m2.zarr/g",
            3,
            [array, "inspect takes a data set, a run or a model"],
        ),
        (
            "inspect @nothing",
            4,
            ["No such file or directory", "cannot read"],
        ),
        (
            "evaluate @m2.npy --test-set @m2.zarr",
            3,
            ["is a NumPy array", "a predictor is a run"],
        ),
    ] {
        let _ = place.run(line).failed(code, &words);
    }
    // As energies species are allowed where they may be energies, with a word about it.
    let warned = place.run("solve --onsite @species.npy").succeeded();
    assert!(warned.stderr.contains("--dataset"), "{warned:?}");
}

#[test]
fn an_old_option_leads_to_the_new_one() {
    let place = Place::new();
    for (line, hint) in [
        (
            "ensemble --concentration 0.1 --energy 0:1:3 --samples 5 --output @e",
            "--energies",
        ),
        ("solve --disorder 2 --open-modes", "--propagating-modes"),
        (
            "hybrid --target g --dataset @a --test @b -o @h.postcard",
            "--test-set",
        ),
        ("evaluate best-g --test-set @a --output-dir @f", "--output"),
        ("plot dataset @a --output-dir @f", "--output"),
        (
            "plot strip --from -1 -o @a.svg",
            "--energies=FROM:TO:POINTS",
        ),
        ("demo --folder @d", "--output"),
        ("man @pages", "--output"),
    ] {
        let told = place.run(line).failed(2, &["tip: ", hint]);
        assert!(!told.stderr.contains("similar"), "{told:?}");
    }
    // Where it cannot be misread, an old name stays.
    for line in [
        "solve --model 2 --length 3 --width 3",
        "generate --model II --length 3 --width 3 --samples 2 --output @m.zarr",
        "predict --model best-g --within 5 --onsite @x.npy",
        "evaluate best-g --dataset @m.zarr",
    ] {
        let told = place.run(line);
        assert!(!told.stderr.contains("unexpected argument"), "{told:?}");
    }
}

#[test]
fn help_ends_with_what_every_command_has() {
    for command in [
        "solve",
        "train",
        "evaluate",
        "predict",
        "ensemble",
        "plot strip",
        "device info",
    ] {
        let words = command.split(' ').chain(["--help"]);
        let help = run(words).succeeded().stdout;
        let (own, common) = help.split_once("\nCommon options:\n").expect("a heading");
        assert!(own.contains("Options:"), "{help}");
        for option in ["--json", "--quiet", "--help"] {
            assert!(common.contains(option), "no {option} at the end of {help}");
            assert!(
                !own.contains(&format!("      {option}")),
                "{option} in {own}"
            );
        }
    }
}
