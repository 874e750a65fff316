//! Training: it learns, repeats itself to the bit, refuses what is damaged, and predicts what its
//! weights say.

use std::fs;
use std::path::Path;
use std::time::Duration;

use landauer::dataset::Dataset;
use landauer::failure::{Categorised, Category};
use landauer::work::Locking;
use landauer_learn::evaluation::Predictor;
use landauer_learn::training::{
    Convolution, Data, Device, Epoch, NetworkSpec, Trained, Training, TrainingError, Watcher,
    preset,
};
use landauer_tests::command::{Finished, run};
use landauer_tests::small_training::{
    CONVOLUTIONAL, DENSE, SPECTRAL, box_data, config, impurity_data,
};
use landauer_tests::tolerance::{FLOAT_NETWORK, LEARNED};

fn train(data: &Path, config: &Path, output: &Path, more: &[&str]) -> Finished {
    let paths = [data, config, output].map(|path| path.display().to_string());
    let [data, config, output] = &paths;
    let mut arguments = vec!["train", "--json", "--dataset", data, "--config", config];
    arguments.extend(["--output", output]);
    arguments.extend(more);
    run(arguments)
}

/// The bytes of the weights and of what their outputs mean.
fn weights(run: &Path) -> Vec<Vec<u8>> {
    let names = [
        "best.safetensors",
        "last.safetensors",
        "scaling.json",
        "baseline.json",
        "intervals.json",
    ];
    let read = |name| fs::read(run.join(name)).expect(name);
    names.into_iter().map(read).collect()
}

/// Validation error in units of the baseline's, target by target.
fn share_of_baseline(finished: &Finished) -> Vec<f64> {
    let json = finished.json();
    let list = |name: &str| -> Vec<f64> {
        let values = json[name].as_array().expect("a list");
        values
            .iter()
            .filter_map(serde_json::Value::as_f64)
            .collect()
    };
    let baseline = list("baseline_mae");
    let mae = list("validation_mae");
    mae.iter().zip(&baseline).map(|(mae, b)| mae / b).collect()
}

#[test]
fn a_dense_network_learns_model_i_and_repeats_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = box_data(folder.path());
    let config = config(folder.path(), "dense", DENSE);
    let path = |name: &str| folder.path().join(name);
    let first = train(&data, &config, &path("a"), &["--threads", "1"]).succeeded();
    let shares = share_of_baseline(&first);
    println!("of the median's error: {shares:?}");
    assert!(shares.len() == 1 && shares[0] < LEARNED, "{shares:?}");
    let _ = train(&data, &config, &path("b"), &["--threads", "3"]).succeeded();
    assert!(weights(&path("a")) == weights(&path("b")));
    let _ = train(&data, &config, &path("c"), &["--seed", "2"]).succeeded();
    assert!(weights(&path("a")) != weights(&path("c")));
    for name in [
        "config.toml",
        "run.json",
        "curves.csv",
        "curves.svg",
        "curves.png",
    ] {
        assert!(path("a").join(name).exists(), "{name}");
    }
    // A run's own configuration makes the same run again.
    let own = path("c").join("config.toml");
    let _ = train(&data, &own, &path("d"), &[]).succeeded();
    assert!(weights(&path("c")) == weights(&path("d")));
    // Another one does not go where one is.
    let _ = train(&data, &own, &path("a"), &[]).failed(5, &["configuration"]);
    let again = train(&data, &config, &path("a"), &[]).succeeded();
    assert_eq!(again.json()["found"], true);
}

#[test]
fn burns_kernels_learn_too_at_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = box_data(folder.path());
    let config = config(folder.path(), "dense", DENSE);
    let path = |name: &str| folder.path().join(name);
    let on = |name: &str, threads: &str| {
        let more = ["--device", "flex", "--threads", threads];
        train(&data, &config, &path(name), &more).succeeded()
    };
    let shares = share_of_baseline(&on("a", "1"));
    assert!(shares[0] < LEARNED, "{shares:?}");
    on("b", "4");
    assert!(weights(&path("a")) == weights(&path("b")));
}

#[test]
fn residual_networks_beat_counting_impurities() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = impurity_data(folder.path());
    let spectral = config(folder.path(), "spectral", SPECTRAL);
    let run = folder.path().join("spectral");
    let shares = share_of_baseline(&train(&data, &spectral, &run, &["--threads", "3"]).succeeded());
    assert!(
        shares.len() == 2 && shares.iter().all(|&share| share < 0.95),
        "{shares:?}"
    );
    let other = folder.path().join("one thread");
    let _ = train(&data, &spectral, &other, &["--threads", "1"]).succeeded();
    assert!(weights(&run) == weights(&other));
    let evaluated = landauer_tests::command::run([
        "evaluate".as_ref(),
        run.as_os_str(),
        "--dataset".as_ref(),
        data.as_os_str(),
    ]);
    // It was trained on these.
    let _ = evaluated.failed(5, &["cannot be the test set"]);
}

/// What the weights of a convolutional run say of a strip, in f64, from their documented meaning.
fn by_hand(run: &Trained, onsite: &[f64]) -> Vec<f64> {
    let NetworkSpec::Convolutional { convolutions, .. } = run.spec() else {
        panic!("a convolutional network");
    };
    let size = run.size();
    let (length, width) = (size.length(), size.width());
    let count = onsite.iter().filter(|&&energy| energy != 0.0).count();
    let table = run.encoder().table(u32::try_from(count).expect("few"));
    let images = [(false, false), (true, false), (false, true), (true, true)];
    let mut sums = vec![0.0; run.outputs().len()];
    for (along, across) in images {
        // [slice][row][channel]
        let site = |slice: usize, row: usize| {
            let slice = if along { length - 1 - slice } else { slice };
            let row = if across { width - 1 - row } else { row };
            vec![f64::from(
                table[usize::from(onsite[slice * width + row] != 0.0)],
            )]
        };
        let mut map: Vec<Vec<Vec<f64>>> = (0..length)
            .map(|slice| (0..width).map(|row| site(slice, row)).collect())
            .collect();
        for (number, &Convolution { kernel, .. }) in convolutions.iter().enumerate() {
            let patch = |x: usize, y: usize| -> Vec<f64> {
                let cells = (0..kernel * kernel)
                    .map(|k| &map[x * kernel + k / kernel][y * kernel + k % kernel]);
                affine(
                    run,
                    number,
                    &cells.flatten().copied().collect::<Vec<_>>(),
                    true,
                )
            };
            map = (0..map.len() / kernel)
                .map(|x| (0..map[0].len() / kernel).map(|y| patch(x, y)).collect())
                .collect();
        }
        let mut features: Vec<f64> = map.into_iter().flatten().flatten().collect();
        let layers = run.weights().tensors.len() / 2;
        for layer in convolutions.len()..layers {
            features = affine(run, layer, &features, layer + 1 < layers);
        }
        for (sum, output) in sums.iter_mut().zip(features) {
            *sum += output / 4.0;
        }
    }
    let outputs = run.scaling().outputs.iter().zip(sums);
    let value = |(scale, output): (&landauer_learn::training::CountScale, f64)| {
        (scale.centre[count] + scale.spread[count] * output).max(0.0)
    };
    outputs.map(value).take(run.targets().len()).collect()
}

fn affine(run: &Trained, layer: usize, inputs: &[f64], relu: bool) -> Vec<f64> {
    let get = |what: &str| {
        run.weights()
            .get(&format!("layers.{layer}.{what}"))
            .expect("a layer")
    };
    let (weight, bias) = (get("weight"), get("bias"));
    assert_eq!(weight.shape[0], inputs.len());
    let outputs = bias.values.len();
    (0..outputs)
        .map(|output| {
            let column = weight.values.iter().skip(output).step_by(outputs);
            let terms = column.zip(inputs).map(|(w, x)| f64::from(*w) * x);
            let sum = f64::from(bias.values[output]) + terms.sum::<f64>();
            if relu { sum.max(0.0) } else { sum }
        })
        .collect()
}

#[test]
fn predictions_are_what_the_weights_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = impurity_data(folder.path());
    let convolutional = config(folder.path(), "cnn", CONVOLUTIONAL);
    let path = folder.path().join("run");
    let _ = train(&data, &convolutional, &path, &[]).succeeded();
    let mut run = Trained::load(&path).expect("a run");
    let dataset = Dataset::open(&data).expect("a data set");
    let onsite = dataset.onsite(0..300).expect("strips");
    let mut found = vec![0.0; 300 * 2];
    run.predict(&onsite, &mut found).expect("predictions");
    let mut differ = 0;
    for (strip, found) in onsite.chunks_exact(64).zip(found.chunks_exact(2)) {
        for (expected, found) in by_hand(&run, strip).into_iter().zip(found) {
            assert!(
                (expected - found).abs() < FLOAT_NETWORK,
                "{expected} {found}"
            );
            differ += usize::from(*found != 0.0);
        }
    }
    assert!(differ > 200, "{differ}");
    // Averaged over the images, it does not tell them apart.
    let mirrored: Vec<f64> = onsite
        .chunks_exact(64)
        .flat_map(|s| s.iter().rev().copied())
        .collect();
    let mut other = vec![0.0; 300 * 2];
    run.predict(&mirrored, &mut other).expect("predictions");
    for (one, other) in found.iter().zip(&other) {
        assert!((one - other).abs() < FLOAT_NETWORK, "{one} {other}");
    }
    let mut foreign = onsite[..128].to_vec();
    foreign[70] = 1.0;
    let error = run
        .predict(&foreign, &mut [0.0; 4])
        .expect_err("an unknown energy");
    let text = error.to_string();
    assert!(
        text.contains("sample 1: site (0, 6) is 1 t") && text.contains("knows 0 and 5 t"),
        "{text}"
    );
}

#[test]
fn what_is_damaged_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = box_data(folder.path());
    let config = config(folder.path(), "dense", DENSE);
    let path = folder.path().join("run");
    let _ = train(&data, &config, &path, &["--epochs", "1"]).succeeded();
    Trained::load(&path).expect("a run");
    for name in [
        "best.safetensors",
        "scaling.json",
        "baseline.json",
        "intervals.json",
        "config.toml",
        "run.json",
    ] {
        let file = path.join(name);
        let good = fs::read(&file).expect(name);
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 0x80;
        fs::write(&file, &bad).expect(name);
        let text = Trained::load(&path).expect_err(name).to_string();
        assert!(text.contains(name), "{text}");
        fs::write(&file, &good[..middle]).expect(name);
        Trained::load(&path).expect_err(name);
        fs::write(&file, &good).expect(name);
    }
    Trained::load(&path).expect("whole again");
    let nothing = Trained::load(folder.path())
        .expect_err("no run")
        .to_string();
    assert!(nothing.contains("run.json"), "{nothing}");

    let chunk = data.join("transmission/c/0/0");
    let mut bytes = fs::read(&chunk).expect("a chunk");
    bytes[9] ^= 1;
    fs::write(&chunk, bytes).expect("a chunk");
    let other = folder.path().join("other");
    let _ = train(&data, &config, &other, &[]).failed(6, &["transmission", "damaged"]);
    assert!(!other.join("run.json").exists());
}

#[test]
fn samples_made_while_training_are_as_good_and_repeat_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), "dense", DENSE);
    let config = config.display().to_string();
    let online = |name: &str, threads: &str| {
        let output = folder.path().join(name);
        let text = output.display().to_string();
        let line = "train --json --online --disorder 1 --length 3 --width 3 --energies 0 \
                    --samples 3000 --validation-samples 1000 --epochs 12";
        let mut arguments: Vec<&str> = line.split_whitespace().collect();
        arguments.extend(["--config", &config, "--output", &text, "--threads", threads]);
        (run(arguments).succeeded(), output)
    };
    let (one, path) = online("a", "1");
    let shares = share_of_baseline(&one);
    assert!(shares[0] < LEARNED, "{shares:?}");
    let (_, other) = online("b", "2");
    assert!(weights(&path) == weights(&other));
    let trained = Trained::load(&path).expect("a run");
    let seen = trained.trained_on().expect("known").clone();
    assert!(
        seen.samples.iter().all(|range| range.seed >= 1 << 63),
        "{seen:?}"
    );
}

/// A run that was stopped is not damaged: it can be gone on with.
#[test]
fn a_run_that_is_not_finished_says_how_to_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = box_data(folder.path());
    let config = config(folder.path(), "dense", DENSE);
    let path = folder.path().join("run");
    let _ = train(&data, &config, &path, &["--epochs", "1"]).succeeded();
    let record = path.join("run.json");
    let text = fs::read(&record).expect("a description");
    let mut value: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    value["finished"] = serde_json::Value::Null;
    let _ = value.as_object_mut().expect("an object").remove("crc32c");
    // With a checksum of its own: this is no damage.
    let body = serde_json::to_string_pretty(&value).expect("JSON") + "\n";
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(body.as_bytes());
    let open = body.strip_suffix("\n}\n").expect("an object");
    fs::write(
        &record,
        format!("{open},\n  \"crc32c\": \"{sum:08x}\"\n}}\n"),
    )
    .expect("a file");

    let path_text = |path: &Path| path.display().to_string();
    let (run_path, data_path) = (path_text(&path), path_text(&data));
    let onsite = folder.path().join("x.npy");
    fs::write(&onsite, landauer_tests::npy::f64_array(&[3, 3], &[0.5; 9])).expect("a file");
    let model = path_text(&folder.path().join("m.postcard"));
    for words in [
        &["evaluate", &run_path, "--test-set", &data_path][..],
        &[
            "predict",
            "--float",
            &run_path,
            "--onsite",
            &path_text(&onsite),
        ],
        &["export", &run_path, "-o", &model, "--test-set", &data_path],
    ] {
        let finished = run(words.iter().chain(&["--json"]));
        assert_eq!(finished.json()["kind"], "refused");
        let words = [
            "run is not finished training",
            "same `landauer train`",
            "checkpoint",
        ];
        let finished = finished.failed(5, &words);
        assert!(!finished.stderr.contains("damaged"), "{finished:#?}");
    }
    let _ = run(["inspect", &run_path]).failed(5, &["run is not finished training"]);
    // And so it does.
    let _ = train(&data, &config, &path, &["--epochs", "1"]).succeeded();
    Trained::load(&path).expect("a run");
    let text = run(["inspect", &run_path]).succeeded().stdout;
    for words in [
        "model I,",
        "3 x 3 sites",
        "validation split",
        "every checksum",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let json = run(["inspect", &run_path, "--json"]).succeeded().json();
    assert_eq!(
        (&json["kind"], &json["disorder"]),
        (&"run".into(), &1.into())
    );
    fs::write(path.join("best.safetensors"), "damaged").expect("a file");
    let _ = run(["inspect", &run_path]).failed(6, &["best.safetensors"]);
}

#[test]
fn what_cannot_be_trained_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = box_data(folder.path());
    let path = |name: &str| folder.path().join(name);
    let with = |name: &str, text: &str| {
        let config = config(folder.path(), name, text);
        train(&data, &config, &path("run"), &[])
    };
    let _ =
        with("a", "preset = 'paper-cnn'").failed(2, &["kernel of convolution 1 (2 x 2)", "3 x 3"]);
    let _ = with("b", "preset = 'spectral'").failed(2, &[]);
    let _ = with("c", "preset = 'paper-dnn-3x3'\ntargets = ['g-bar']").failed(2, &["Ḡ"]);
    let _ = with("d", "preset = 'paper-dnn-3x3'\nspeed = 1").failed(2, &["speed"]);
    let huge = "preset = 'paper-dnn-3x3'\n[network]\nkind = 'dense'\nhidden = [1099511627776]";
    let _ = with("h", huge).failed(2, &["too large"]);
    assert!(!path("run").exists());
    let config = config(folder.path(), "e", DENSE);
    let _ = train(&data, &config, &path("run"), &["--device", "cuda"])
        .failed(2, &["cargo feature `cuda`"]);
    let _ = train(&path("nothing"), &config, &path("run"), &[])
        .failed(4, &["--dataset", "No such file or directory"]);
    fs::create_dir(path("full")).expect("a folder");
    fs::write(path("full").join("notes"), "mine").expect("a file");
    let _ = train(&data, &config, &path("full"), &[]).failed(5, &["not a training run"]);
}

#[test]
fn what_is_for_online_only_is_not_ignored_with_a_data_set() {
    for (words, hint) in [
        ("--samples 100", "--first"),
        ("--validation-samples 100", "validation"),
        ("--disorder 1", "its own"),
    ] {
        let line = format!("train --dataset nowhere.zarr --output nowhere {words}");
        run(line.split(' ')).failed(2, &["for --online", hint]);
    }
}

/// Somebody who is told nothing, and may want it to stop at once.
struct Watch {
    stops: bool,
}

impl Watcher for Watch {
    fn begin(&self, _: u64, _: u64) {}
    fn learned(&self, _: u64, _: f64) {}
    fn judged(&self, _: &Epoch) {}
    fn stop(&self) -> bool {
        self.stops
    }
}

/// A training of seconds for each of thousands of damaged files: 200 strips, 13 parameters.
fn tiny(folder: &Path) -> Training {
    let data = folder.join("tiny.zarr");
    let line = "generate --quiet --disorder 1 --strength 4 --length 2 --width 2 --energies 0 \
                --samples 200 --seed 5 --output";
    let path = data.display().to_string();
    let _ = run(line.split_whitespace().chain([path.as_str()])).succeeded();
    let mut config = preset("best-3x3").expect("a preset");
    config.network = NetworkSpec::Dense { hidden: vec![2] };
    config.epochs = 2;
    config.batch_size = 16;
    config.validation = 0.2;
    Training {
        config,
        data: Data::Dataset {
            path: data,
            first: None,
        },
        output: folder.join("run"),
        device: Device::Cpu,
        checkpoint_every: Duration::from_hours(1),
        locking: Locking::On,
    }
}

/// Flips a bit of every byte of every file in a folder, one at a time; `is_found` says what it was told.
fn flip_every_byte(
    folder: &Path,
    is_found: impl Fn() -> Result<(), String>,
) -> Vec<(String, usize)> {
    let mut flipped = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let good = fs::read(&path).expect("a file");
            for place in 0..good.len() {
                let mut bad = good.clone();
                bad[place] ^= 1 << (place % 8);
                fs::write(&path, &bad).expect("a file");
                if let Err(told) = is_found() {
                    panic!("byte {place} of {}: {told}", path.display());
                }
            }
            fs::write(&path, &good).expect("a file");
            let name = path.file_name().expect("a name").to_string_lossy();
            flipped.push((name.into_owned(), good.len()));
        }
    }
    flipped.sort();
    flipped
}

#[test]
fn every_flipped_byte_of_a_run_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let training = tiny(folder.path());
    let run = |stops: bool| training.run(&Watch { stops });
    assert!(run(true).expect("a training").stopped);
    // Of one that has been stopped, by whoever goes on with it.
    let flipped = flip_every_byte(&training.output, || match run(true) {
        Err(error) if error.category() == Category::Damaged => Ok(()),
        Err(TrainingError::NotARun { .. }) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let names: Vec<&str> = flipped.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["config.toml", "run.json", "state"]);
    // Of one that has been finished, by whoever uses it, and by whoever trains it again.
    assert!(!run(false).expect("a training").stopped);
    let flipped = flip_every_byte(&training.output, || match Trained::load(&training.output) {
        Err(error) if error.category() == Category::Damaged => Ok(()),
        Err(TrainingError::NotARun { .. }) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let names: Vec<&str> = flipped.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "baseline.json",
        "best.safetensors",
        "config.toml",
        "curves.csv",
        "evaluation.json",
        "intervals.json",
        "last.safetensors",
        "run.json",
        "scaling.json",
    ];
    assert_eq!(names, expected);
    assert!(run(false).expect("it is there").found);
    let last = training.output.join("last.safetensors");
    let mut bytes = fs::read(&last).expect("a file");
    bytes[100] ^= 1;
    fs::write(&last, &bytes).expect("a file");
    let told = run(false).expect_err("it is damaged").to_string();
    assert!(told.contains("last.safetensors is damaged"), "{told}");
    // Who wants no more than predictions may delete what they do not need.
    fs::remove_file(&last).expect("a file");
    Trained::load(&training.output).expect("the best weights are there");
}

#[test]
fn a_run_of_before_its_description_had_a_checksum_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let training = tiny(folder.path());
    training.run(&Watch { stops: false }).expect("a training");
    let file = training.output.join("run.json");
    let text = fs::read_to_string(&file).expect("a file");
    let (body, _) = text.rsplit_once(",\n  \"crc32c\"").expect("a checksum");
    let load = || {
        Trained::load(&training.output)
            .expect_err("it is refused")
            .to_string()
    };
    fs::write(&file, format!("{body}\n}}\n")).expect("a file");
    let told = load();
    assert!(
        told.contains("damaged") && told.contains("missing"),
        "{told}"
    );
    let old = body.replace("\"format_version\": 3", "\"format_version\": 1");
    assert_ne!(old, body);
    fs::write(&file, format!("{old}\n}}\n")).expect("a file");
    let told = load();
    assert!(
        told.contains("version 1") && told.contains("train again"),
        "{told}"
    );
}

/// The CRC-32C of some bytes.
fn crc(bytes: &[u8]) -> u32 {
    crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(bytes)
}

#[test]
fn a_run_of_the_version_before_opens_and_is_not_continued() {
    let folder = tempfile::tempdir().expect("a folder");
    let training = tiny(folder.path());
    training.run(&Watch { stops: false }).expect("a training");
    let predict = || {
        let mut trained = Trained::load(&training.output)?;
        let mut g = [0.0];
        trained
            .predict(&[0.5, -1.0, 0.25, 1.5], &mut g)
            .expect("a prediction");
        Ok::<_, TrainingError>((g[0].to_bits(), trained.config().clone()))
    };
    let today = predict().expect("a run");

    // The files as the version before wrote them.
    let config = training.output.join("config.toml");
    let text = fs::read_to_string(&config).expect("a file");
    let mut old = text.clone();
    for (new, name) in [
        ("auxiliary_targets", "side_targets"),
        ("auxiliary_weight", "side_weight"),
        ("average_symmetry_copies", "average_images"),
        ("max_concentration", "largest_share"),
        ("batch_size", "batch"),
        ("learning_rate", "rate"),
        ("weight_decay", "decay"),
        ("max_grad_norm", "clip"),
        ("warmup_steps", "warmup"),
        ("final_learning_rate", "last"),
    ] {
        let changed = old.replace(&format!("\n{new} ="), &format!("\n{name} ="));
        assert_ne!(changed, old, "{new}");
        old = changed;
    }
    fs::write(&config, &old).expect("a file");
    let run = training.output.join("run.json");
    let described = fs::read_to_string(&run).expect("a file");
    let (body, _) = described
        .rsplit_once(",\n  \"crc32c\"")
        .expect("a checksum");
    let body = body.replace("\"format_version\": 3", "\"format_version\": 2");
    let sums = [&text, &old].map(|text| format!("\"config\": {}", crc(text.as_bytes())));
    assert!(body.contains(&sums[0]));
    let body = body.replace(&sums[0], &sums[1]);
    let sum = crc(format!("{body}\n}}\n").as_bytes());
    fs::write(&run, format!("{body},\n  \"crc32c\": \"{sum:08x}\"\n}}\n")).expect("a file");

    assert_eq!(predict().expect("it opens"), today);
    let told = training
        .run(&Watch { stops: false })
        .expect_err("another version");
    assert_eq!(told.category(), Category::Refused);
    let told = told.to_string();
    assert!(
        told.contains("run format 2") && told.contains("train again"),
        "{told}"
    );
    // In a user's hands its configuration is refused, with the names of today.
    let copy = folder.path().join("old.toml");
    fs::copy(&config, &copy).expect("a file");
    let data = folder.path().join("tiny.zarr");
    let finished = train(&data, &copy, &folder.path().join("other"), &[]);
    finished.failed(2, &["is now called", "rename it"]);
}
