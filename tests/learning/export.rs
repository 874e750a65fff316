//! From a run to a model file and on: `landauer export`, `predict`, `inspect`, `evaluate`, on small
//! runs of all kinds of chains.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use landauer::failure::{Categorised, Category};
use landauer::work::Locking;
use landauer_core::inference::Model;
use landauer_core::inference::format::Operator;
use landauer_core::{Concentration, DisorderModel, Ensemble};
use landauer_learn::LoadedModel;
use landauer_learn::evaluation::Predictor;
use landauer_learn::inference::Engine;
use landauer_learn::training::{
    Convolution, Data, Device, Epoch, NetworkSpec, Schedule, Trained, Training, Watcher, preset,
};
use landauer_tests::command::{Finished, run};
use landauer_tests::{npy, tolerance};
use serde_json::Value;

/// Nobody.
struct Nobody;

impl Watcher for Nobody {
    fn begin(&self, _: u64, _: u64) {}
    fn learned(&self, _: u64, _: f64) {}
    fn judged(&self, _: &Epoch) {}
    fn stop(&self) -> bool {
        false
    }
}

/// Data sets and runs that all tests read, made once.
struct Place {
    folder: PathBuf,
}

impl Place {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn dataset(&self, name: &str, arguments: &str) {
        let path = self.path(name);
        let line = format!("generate --chunk 200 {arguments} --output");
        let _ = run(line.split(' ').chain([&*path])).succeeded();
    }

    fn train(&self, name: &str, dataset: &str, preset_name: &str, network: NetworkSpec) {
        let mut config = preset(preset_name).unwrap();
        config.network = network;
        config.epochs = 20;
        config.batch_size = 16;
        // Too few steps for a mean of weights and a warm-up of the learning rate.
        config.optimiser.ema = None;
        config.optimiser.schedule = Schedule::Constant;
        config.validation = 0.2;
        config.patience = None;
        let training = Training {
            config,
            data: Data::Dataset {
                path: self.path(dataset).into(),
                first: None,
            },
            output: self.path(name).into(),
            device: Device::Cpu,
            checkpoint_every: Duration::from_hours(1),
            locking: Locking::On,
        };
        training.run(&Nobody).unwrap();
    }
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        // Not a temporary folder: what is static is never dropped.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let place = Place { folder };
        let strips = "--length 12 --width 8";
        place.dataset("train.zarr", &format!("{strips} --samples 3000 --seed 1"));
        place.dataset("test.zarr", &format!("{strips} --samples 1000 --seed 2"));
        let small = "--disorder 1 --strength 4 --length 3 --width 3";
        place.dataset("small.zarr", &format!("{small} --samples 3000 --seed 1"));
        place.dataset(
            "small-test.zarr",
            &format!("{small} --samples 1000 --seed 2"),
        );
        let two = "--disorder 3 --length 4 --width 4";
        place.dataset("two.zarr", &format!("{two} --samples 3000 --seed 1"));
        place.dataset("two-test.zarr", &format!("{two} --samples 1000 --seed 2"));
        let convolution = |channels, kernel| Convolution { channels, kernel };
        let convolutional = NetworkSpec::Convolutional {
            convolutions: vec![convolution(6, 2), convolution(9, 2)],
            hidden: vec![32],
        };
        place.train("plain", "train.zarr", "paper-cnn", convolutional.clone());
        place.train(
            "residual",
            "train.zarr",
            "paper-cnn-residual",
            convolutional,
        );
        let dense = |hidden: &[usize]| NetworkSpec::Dense {
            hidden: hidden.to_vec(),
        };
        place.train("signed", "small.zarr", "best-3x3", dense(&[32, 16]));
        place.train("two", "two.zarr", "paper-cnn-residual", dense(&[24]));
        let spectral = NetworkSpec::Spectral {
            local: 1,
            kernels: 2,
            units: 6,
            head: 4,
        };
        place.train("spectral", "train.zarr", "spectral", spectral);
        place
    })
}

const RUNS: [(&str, &str); 4] = [
    ("plain", "test.zarr"),
    ("residual", "test.zarr"),
    ("signed", "small-test.zarr"),
    ("two", "two-test.zarr"),
];

/// Exports a run into a folder of the test's own.
fn export(folder: &Path, (name, dataset): (&str, &str), more: &[&str]) -> (PathBuf, Finished) {
    let place = place();
    let output = folder.join(name).with_extension("postcard");
    let (run_path, dataset) = (place.path(name), place.path(dataset));
    let path = output.display().to_string();
    let fixed = ["export", &run_path, "-o", &path, "--test-set", &dataset];
    let done = run(fixed.iter().chain(more));
    (output, done)
}

/// Strips of a model's own ensemble.
fn strips(model: &Model<'_>, samples: u64) -> Vec<f64> {
    let card = model.card();
    let ensemble = Ensemble::new(card.disorder, card.concentration, 77).unwrap();
    let mut strips = Vec::new();
    for sample in 0..samples {
        let mut strip = vec![0.0; model.sites()];
        ensemble.sample(sample).fill_onsite(&mut strip);
        strips.extend(strip);
    }
    strips
}

fn write_npy(path: &Path, shape: &[usize], values: &[f64]) {
    fs::write(path, npy::f64_array(shape, values)).unwrap();
}

fn size(model: &Model<'_>) -> [usize; 2] {
    [model.card().length, model.card().width].map(usize::from)
}

#[test]
fn every_kind_of_chain_keeps_its_worth_and_its_card_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for (name, dataset) in RUNS {
        let max_loss = tolerance::SMALL_NETWORK_LOSS_PERCENT.to_string();
        let (path, done) = export(
            folder.path(),
            (name, dataset),
            &["--max-loss", &max_loss, "--json"],
        );
        let report = done.succeeded().json();
        let target = &report["targets"][0];
        let worst = target["worst_difference"].as_f64().unwrap();
        assert!(
            worst < tolerance::SMALL_NETWORK_DIFFERENCE,
            "{name}: {report:#}"
        );

        let bytes = fs::read(&path).unwrap();
        let model = Model::parse(&bytes).unwrap();
        let mut scratch = vec![0; model.scratch_len()];
        model
            .self_test(&mut vec![0.0_f64; model.sites()], &mut scratch)
            .unwrap();
        assert_eq!(model.card().name, name);

        let card = fs::read(path.with_extension("json")).unwrap();
        let card: Value = serde_json::from_slice(&card).unwrap();
        assert_eq!(card["name"], name);
        assert_eq!(card["run"]["record"]["data"]["ensemble"]["seed"], 1);
        assert_eq!(card["test"]["seed"], 2);
        assert_eq!(card["trained_on"]["samples"][0]["end"], 3000);
        assert_eq!(card["targets"][0]["integer_mae"], target["integer_mae"]);

        // The judge of any predictor comes to the same numbers, on the card's word for the rest.
        let dataset = place().path(dataset);
        let path = path.display().to_string();
        let found = run(["evaluate", &path, "--test-set", &dataset, "--json"]);
        let found = found.succeeded().json();
        let found = found.get("targets").map_or(&found, |targets| &targets[0]);
        let near = |one: &Value, other: &Value| {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            assert!(
                (one - other).abs() <= tolerance::ROUNDING,
                "{name}: {one} {other}"
            );
        };
        near(&found["mae"], &target["integer_mae"]);
        near(&found["baseline_mae"], &target["baseline_mae"]);
        let run_path = place().path(name);
        let float = run(["evaluate", &run_path, "--test-set", &dataset, "--json"]);
        let float = float.succeeded().json();
        let float = float.get("targets").map_or(&float, |targets| &targets[0]);
        near(&float["mae"], &target["float_mae"]);
    }
}

#[test]
fn four_bits_halve_dense_weights_and_every_engine_reads_them_alike() {
    let folder = tempfile::tempdir().unwrap();
    let made = |weights: &str| {
        let more = ["--weights", weights, "--max-loss", "100", "--json"];
        let (path, done) = export(folder.path(), RUNS[0], &more);
        let report = done.succeeded().json();
        let card = fs::read(path.with_extension("json")).unwrap();
        let card: Value = serde_json::from_slice(&card).unwrap();
        (
            fs::read(&path).unwrap(),
            report,
            card["weight_bits"].clone(),
        )
    };
    let (eight, _, bits) = made("int8");
    assert_eq!(bits, 8);
    let (four, report, bits) = made("int4");
    assert_eq!(bits, 4);
    let model = Model::parse(&four).unwrap();
    // The hidden dense layer, 54 to 32; nothing else.
    let bits = model.layers().filter_map(|layer| match layer.operator {
        Operator::Dense(dense) => Some(dense.weights.bits),
        Operator::Conv2d(conv2d) => Some(conv2d.weights.bits),
        _ => None,
    });
    assert_eq!(bits.collect::<Vec<u8>>(), [4]);
    assert_eq!(model.card().head.weights.bits, 8);
    let saved = eight.len() - four.len();
    // Interleaved rows of 54 weights take 56.
    assert!(saved.abs_diff(56 * 32 / 2) < 32, "{saved} bytes");

    let target = &report["targets"][0];
    let [float, integer] = ["float_mae", "integer_mae"].map(|mae| target[mae].as_f64().unwrap());
    let loss = 100.0 * (integer / float - 1.0);
    assert!(
        loss.abs() < tolerance::SMALL_NETWORK_INT4_PERCENT,
        "{loss} %"
    );

    let onsite = strips(&model, 130);
    let mut scratch = vec![0; model.scratch_len()];
    let mut expected = vec![[0]; 130];
    for (strip, value) in onsite.chunks_exact(model.sites()).zip(&mut expected) {
        model.predict_q16(strip, 8, &mut scratch, value).unwrap();
    }
    for (instructions, engine) in Engine::variants(&model).unwrap() {
        let mut found = vec![0; 130];
        engine.predict_q16(&onsite, &mut found).unwrap();
        assert_eq!(found, expected.as_flattened(), "{instructions}");
    }
}

#[test]
fn report_and_card_list_every_layer_of_a_spectral_network() {
    let folder = tempfile::tempdir().unwrap();
    let case = ("spectral", "test.zarr");
    let (path, done) = export(folder.path(), case, &["--max-loss", "100", "--json"]);
    let report = done.succeeded().json();
    let card = fs::read(path.with_extension("json")).unwrap();
    let card: Value = serde_json::from_slice(&card).unwrap();
    assert_eq!(card["layers"], report["layers"]);
    let layers = card["layers"].as_array().unwrap();
    let bytes = fs::read(&path).unwrap();
    let model = Model::parse(&bytes).unwrap();
    // The encoder's output, and one tensor a layer.
    assert_eq!(layers.len(), model.layers().count() + 1);
    for layer in layers {
        let ratio = layer["signal_to_noise_db"].as_f64().unwrap();
        assert!(ratio > tolerance::MIN_SIGNAL_TO_NOISE_DB, "{layer:#}");
    }
}

#[test]
fn predict_gives_cores_bits_and_the_runs_floats() {
    let folder = tempfile::tempdir().unwrap();
    for case in RUNS {
        let (path, done) = export(folder.path(), case, &["--max-loss", "100"]);
        let _ = done.succeeded();
        let bytes = fs::read(&path).unwrap();
        let model = Model::parse(&bytes).unwrap();
        let [length, width] = size(&model);
        let onsite = strips(&model, 130);
        let (input, output) = (folder.path().join("x.npy"), folder.path().join("g.npy"));
        write_npy(&input, &[130, length, width], &onsite);
        let path = path.display().to_string();
        let [x, g] = [&input, &output].map(|path| path.display().to_string());
        let _ = run([
            "predict",
            "--network",
            &path,
            "--onsite",
            &x,
            "--output",
            &g,
        ])
        .succeeded();
        let (shape, found) = npy::read(&output);
        assert_eq!(shape, [130]);
        let mut scratch = vec![0; model.scratch_len()];
        for (strip, found) in onsite.chunks_exact(length * width).zip(&found) {
            let mut value = [0.0];
            model
                .predict(strip, width, &mut scratch, &mut value)
                .unwrap();
            assert_eq!(f64::from(value[0]).to_bits(), found.to_bits());
        }

        let run_path = place().path(case.0);
        let _ = run([
            "predict", "--float", &run_path, "--onsite", &x, "--output", &g,
        ])
        .succeeded();
        let (_, float) = npy::read(&output);
        let mut expected = vec![0.0; 130];
        let mut trained = Trained::load(Path::new(&run_path)).unwrap();
        trained.predict(&onsite, &mut expected).unwrap();
        assert_eq!(float, expected);
        let worst = float.iter().zip(&found).map(|(a, b)| (a - b).abs());
        let worst = worst.fold(0.0, f64::max);
        assert!(
            worst > 0.0 && worst < tolerance::SMALL_NETWORK_DIFFERENCE,
            "{worst}"
        );
    }
}

#[test]
fn a_model_is_found_by_name_and_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let (path, done) = export(
        folder.path(),
        RUNS[0],
        &["--max-loss", "100", "--name", "mine"],
    );
    let _ = done.succeeded();
    let text = run(["inspect", &path.display().to_string()])
        .succeeded()
        .stdout;
    for part in [
        "mine",
        "12 x 8",
        "Patterns",
        "self-test   passed",
        "on its test set",
    ] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    let bytes = fs::read(&path).unwrap();
    let model = Model::parse(&bytes).unwrap();
    let input = folder.path().join("x.npy");
    write_npy(&input, &[12, 8], &strips(&model, 1));
    let found =
        landauer_tests::command::landauer(["predict", "--network", "plain", "--json", "--onsite"])
            .arg(&input)
            .env("LANDAUER_MODELS", folder.path())
            .output()
            .unwrap();
    let found = Finished::from(found).succeeded().json();
    assert_eq!(found["samples"], 1);
    assert_eq!(found["targets"][0]["target"], "G");
}

#[test]
fn what_loses_too_much_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--weights", "int4", "--max-loss", "0"];
    let (path, done) = export(folder.path(), RUNS[2], &more);
    done.failed(5, &["--max-loss", "nothing was written"]);
    assert!(!path.exists() && !path.with_extension("json").exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_was_learned_is_no_test_and_another_kind_of_strip_neither() {
    let folder = tempfile::tempdir().unwrap();
    let (path, done) = export(folder.path(), ("plain", "train.zarr"), &[]);
    done.failed(5, &["seed 1", "cannot be the test set", "another seed"]);
    let (_, done) = export(folder.path(), ("plain", "small-test.zarr"), &[]);
    assert!(
        done.code.is_some_and(|code| code == 2 || code == 3),
        "{done:#?}"
    );
    assert!(!path.exists());
    let file = folder.path().join("x.bin").display().to_string();
    let (run_path, test) = (place().path("plain"), place().path("test.zarr"));
    run(["export", &run_path, "-o", &file, "--test-set", &test]).failed(2, &[".postcard"]);
    let nowhere = folder.path().join("no/x.postcard").display().to_string();
    run(["export", &run_path, "-o", &nowhere, "--test-set", &test]).failed(4, &["no/x.postcard"]);
    let none = folder.path().display().to_string();
    let file = folder.path().join("x.postcard").display().to_string();
    run(["export", &none, "-o", &file, "--test-set", &test]).failed(3, &["run.json"]);
}

#[test]
fn lattices_that_a_model_was_not_made_for_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, done) = export(folder.path(), RUNS[0], &["--max-loss", "100"]);
    let _ = done.succeeded();
    let bytes = fs::read(&path).unwrap();
    let model = Model::parse(&bytes).unwrap();
    let mut onsite = strips(&model, 300);
    let input = folder.path().join("x.npy");
    let [x, model_path] = [&input, &path].map(|path| path.display().to_string());
    let run_path = place().path("plain");

    write_npy(&input, &[2, 8, 12], &onsite[..2 * 96]);
    let predictors = [["--network", &model_path], ["--float", &run_path]];
    for [kind, predictor] in predictors {
        let wrong = run(["predict", kind, predictor, "--onsite", &x]);
        wrong.failed(3, &["8 x 12", "12 x 8"]);
    }
    // An energy that no impurity of model II has.
    onsite[257 * 96 + 5 * 8 + 3] = 0.5;
    write_npy(&input, &[300, 12, 8], &onsite);
    let output = folder.path().join("g.npy");
    let g = output.display().to_string();
    for [kind, predictor] in predictors {
        let wrong = run(["predict", kind, predictor, "--onsite", &x, "--output", &g]);
        wrong.failed(3, &["sample 257", "site (5, 3) is 0.5 t"]);
        assert!(!output.exists());
    }
    onsite[257 * 96 + 5 * 8 + 3] = 0.0;
    write_npy(&input, &[300, 12, 8], &onsite);
    let nowhere = folder.path().join("no/g.npy").display().to_string();
    run([
        "predict",
        "--network",
        &model_path,
        "--onsite",
        &x,
        "--output",
        &nowhere,
    ])
    .failed(4, &["no/g.npy"]);
    run([
        "predict",
        "--network",
        &model_path,
        "--onsite",
        &x,
        "--output",
        &x,
    ])
    .failed(2, &["overwrite"]);
    run(["predict", "--onsite", &x]).failed(2, &["--network"]);
    run(["predict", "--network", "no-such-model", "--onsite", &x]).failed(4, &["no-such-model"]);
}

#[test]
fn what_stands_beside_a_model_and_is_no_card_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("two.json");
    fs::write(&notes, "{\"mine\": true}").unwrap();
    let (_, refused) = export(folder.path(), ("two", "two-test.zarr"), &[]);
    let _ = refused.failed(5, &["two.json", "is not a card"]);
    assert_eq!(fs::read(&notes).unwrap(), b"{\"mine\": true}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // A card of ours is renewed with its model.
    fs::remove_file(&notes).unwrap();
    for _ in 0..2 {
        let (_, made) = export(folder.path(), ("two", "two-test.zarr"), &[]);
        let _ = made.succeeded();
    }
}

#[test]
fn damaged_models_and_cards_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, done) = export(folder.path(), RUNS[0], &["--max-loss", "100"]);
    let _ = done.succeeded();
    let bytes = fs::read(&path).unwrap();
    let model = Model::parse(&bytes).unwrap();
    let input = folder.path().join("x.npy");
    write_npy(&input, &[12, 8], &strips(&model, 1));
    let [x, model_path] = [&input, &path].map(|path| path.display().to_string());
    let test = place().path("test.zarr");
    let commands: [&[&str]; 3] = [
        &["predict", "--network", &model_path, "--onsite", &x],
        &["inspect", &model_path],
        &["evaluate", &model_path, "--test-set", &test],
    ];
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    let card = path.with_extension("json");
    let text = fs::read_to_string(&card).unwrap();
    // Samples that it was trained on are not made unseen.
    let changed = text.replace("\"seed\": 1,", "\"seed\": 3,");
    assert_ne!(changed, text);
    fs::write(&card, changed).unwrap();
    run(commands[2]).failed(6, &["checksum", "export the model again"]);
    // Another model's card.
    let (other, done) = export(folder.path(), RUNS[3], &["--max-loss", "100"]);
    let _ = done.succeeded();
    fs::copy(other.with_extension("json"), &card).unwrap();
    run(commands[2]).failed(6, &["another file", "export the model again"]);
    fs::write(&card, "{").unwrap();
    run(commands[2]).failed(6, &["plain.json"]);
    fs::remove_file(&card).unwrap();
    let _ = run(commands[2]).succeeded();
    for damaged in [&bytes[..bytes.len() - 1], &flipped, b"LANDAUER", b""] {
        fs::write(&path, damaged).unwrap();
        for command in commands {
            run(command).failed(3, &["plain.postcard"]);
        }
    }
}

#[test]
fn a_flipped_byte_of_a_card_is_found_by_whoever_opens_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    for name in ["paper-dnn-3x3", "hybrid-g"] {
        let [model, card] = ["postcard", "json"].map(|ending| {
            let path = folder.path().join(name).with_extension(ending);
            fs::copy(models.join(name).with_extension(ending), &path).unwrap();
            path
        });
        let loaded = LoadedModel::open(&model, None).unwrap();
        let budget = loaded.needs_budget().then_some(1_000_000);
        let open = || {
            let predictor = loaded.predictor(budget);
            predictor.map(drop).map_err(|error| error.category())
        };
        assert_eq!(open(), Ok(()));
        let mut bytes = fs::read(&card).unwrap();
        // Every byte is flipped where cards are read.
        for place in (0..bytes.len()).step_by(997) {
            bytes[place] ^= 1 << (place % 8);
            fs::write(&card, &bytes).unwrap();
            assert_eq!(open(), Err(Category::Damaged), "{name}, byte {place}");
            bytes[place] ^= 1 << (place % 8);
        }
    }
}

#[test]
fn networks_of_data_that_never_vary_are_exported() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let cases = [
        (
            "clean",
            "spectral",
            "--disorder 2 --concentration 0 --length 4 --width 4",
        ),
        (
            "clean-cnn",
            "paper-cnn-residual",
            "--disorder 2 --concentration 0 --length 8 --width 8",
        ),
        (
            "full",
            "paper-dnn-3x3",
            "--disorder 2 --concentration 1 --length 3 --width 3",
        ),
        (
            "ordered",
            "paper-dnn-3x3",
            "--disorder 1 --strength 0 --length 3 --width 3",
        ),
    ];
    for (name, preset, strips) in cases {
        let (test, run_path) = (path(&format!("{name}.zarr")), path(name));
        let model = path(&format!("{name}.postcard"));
        let sets = format!("generate {strips} --samples 200 --seed 9 --output {test}");
        let _ = run(sets.split_whitespace()).succeeded();
        let training = format!(
            "train --online {strips} --samples 200 --validation-samples 100 --preset {preset} \
             --epochs 1 --seed 3 --output {run_path}"
        );
        let _ = run(training.split_whitespace()).succeeded();
        let line = format!("export {run_path} --test-set {test} --output {model}");
        let told = run(line.split_whitespace()).succeeded().stdout;
        assert!(!told.contains("NaN") && !told.contains("inf"), "{told}");
        let line = format!("evaluate {model} --test-set {test}");
        let told = run(line.split_whitespace()).succeeded().stdout;
        assert!(!told.contains("NaN") && !told.contains("inf"), "{told}");
    }
}

#[test]
fn a_card_of_model_i_has_all_eight_images() {
    let folder = tempfile::tempdir().unwrap();
    let (path, done) = export(folder.path(), RUNS[2], &["--max-loss", "100"]);
    let _ = done.succeeded();
    let bytes = fs::read(&path).unwrap();
    let model = Model::parse(&bytes).unwrap();
    assert_eq!(model.card().mirrors.passes(), 8);
    assert_eq!(
        (model.card().disorder, model.card().concentration),
        (
            DisorderModel::AndersonBox { strength: 4.0 },
            Concentration::Uniform
        )
    );
    // The opposite potential conducts the same.
    let strip = strips(&model, 1);
    let opposite: Vec<f64> = strip.iter().map(|energy| -energy).collect();
    let mut scratch = vec![0; model.scratch_len()];
    let mut values = [[0], [0]];
    for (strip, value) in [strip, opposite].iter().zip(&mut values) {
        model.predict_q16(strip, 3, &mut scratch, value).unwrap();
    }
    assert_eq!(values[0], values[1]);
}
