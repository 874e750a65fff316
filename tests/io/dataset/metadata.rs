//! What a data set means is protected to the last bit; what users add is theirs.

use std::fs;
use std::path::{Path, PathBuf};

use landauer::dataset::{Dataset, DatasetConfig, GenerateError, Generation, with_bias_grid};
use landauer::work::WorkOptions;
use landauer::{Method, Precision, SolverKind, StripSize};
use landauer_core::{Concentration, DisorderModel, Ensemble};
use landauer_tests::command::run;
use landauer_tests::folder::{Files, assert_same, files};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::{folder, generate, generated, inspect};

const ROOT: &str = "zarr.json";

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

fn parsed(path: &Path) -> Value {
    serde_json::from_str(&text(path)).expect("JSON")
}

fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).expect("a writable file");
}

/// Where the data set's own metadata are: the group's first.
fn metadata(files: &Files) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = files
        .keys()
        .filter(|name| name.ends_with(ROOT))
        .cloned()
        .collect();
    names.sort_by_key(|name| name.components().count());
    names
}

/// A tiny data set of two chunks, the second of which is cut.
struct Tiny {
    config: DatasetConfig,
}

impl Tiny {
    const SAMPLES: u64 = 6;

    fn new(model: DisorderModel, concentration: Concentration) -> Self {
        let size = StripSize::new(3, 2).unwrap();
        let energies = with_bias_grid(vec![0.0], 0.36);
        let ensemble = Ensemble::new(model, concentration, 1).expect("an ensemble");
        Self {
            config: DatasetConfig {
                ensemble,
                size,
                energies,
                bias: Some(0.36),
                chunk_samples: 4,
            },
        }
    }

    fn make(&self, path: &Path) -> Files {
        let generation = self.begin(path).expect("a data set");
        generation.run(&()).expect("a data set");
        files(path)
    }

    fn begin(&self, path: &Path) -> Result<Generation<'_>, GenerateError> {
        let kind = SolverKind::new(Method::Recursion, Precision::F64);
        let options = WorkOptions::new(Self::SAMPLES).solver(kind);
        Generation::new(path, &self.config, options)
    }

    /// Does every way to read the data set refuse it? `evaluate` and `train` read the same way.
    fn reading_refuses(path: &Path) -> bool {
        let Ok(dataset) = Dataset::open(path) else {
            return true;
        };
        let all = 0..dataset.samples();
        let sound = dataset.verify(1).is_ok_and(|found| found.is_sound());
        let read = dataset.onsite(all.clone()).is_ok()
            && dataset.transmission(all).is_ok()
            && dataset.g().is_ok()
            && dataset.g_bar().is_ok()
            && dataset.concentration().is_ok()
            && dataset.fallbacks().is_ok();
        // Nothing but the energies is read twice: they stand in the attributes too.
        assert!(!sound || read, "what is sound can be read");
        !sound
    }

    /// Does generating it refuse to touch it?
    fn writing_refuses(&self, path: &Path, all: bool) -> bool {
        let begun = self.begin(path);
        begun
            .and_then(|generation| {
                if all {
                    generation.run(&()).map(drop)
                } else {
                    Ok(())
                }
            })
            .is_err()
    }
}

#[test]
fn every_flipped_byte_is_found() {
    for (model, concentration) in [
        (
            DisorderModel::AndersonBox { strength: 4.5 },
            Concentration::Uniform,
        ),
        (DisorderModel::III, Concentration::Fixed(0.25)),
    ] {
        let folder = folder();
        let tiny = Tiny::new(model, concentration);
        let expected = tiny.make(&folder.path().join("d"));
        assert!(expected.len() > 16, "{:?}", expected.keys());
        let names: Vec<&PathBuf> = expected.keys().collect();
        let harmless: usize = names
            .par_iter()
            .enumerate()
            .map(|(number, name)| {
                let path = folder.path().join(number.to_string());
                for (name, bytes) in &expected {
                    let file = path.join(name);
                    fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
                    write(&file, bytes);
                }
                flip_all(&tiny, &path, name, &expected[*name])
            })
            .sum();
        println!("{model:?}: {harmless} flips change nothing that is said");
    }
}

/// Flips bits of every byte of a file, one byte at a time; gives how many of the flips are harmless: of
/// metadata, those after which the file is JSON that says exactly the same (a space is another space, an
/// exponent's e is an E).
fn flip_all(tiny: &Tiny, path: &Path, name: &Path, bytes: &[u8]) -> usize {
    let file = path.join(name);
    let is_metadata = name.ends_with(ROOT);
    let meant: Option<Value> = serde_json::from_slice(bytes).ok();
    let mut harmless = 0;
    for place in 0..bytes.len() {
        // All bits of what describes the data set; of the others one and all at once.
        let masks: &[u8] = match name.components().count() {
            1 => &[1, 2, 4, 8, 16, 32, 64, 128, 255],
            _ => &[1 << (place % 8), 255],
        };
        for mask in masks {
            let mut flipped = bytes.to_vec();
            flipped[place] ^= mask;
            let says: Option<Value> = serde_json::from_slice(&flipped).ok();
            write(&file, &flipped);
            let (reading, writing) = (
                Tiny::reading_refuses(path),
                tiny.writing_refuses(path, !is_metadata),
            );
            let what = || format!("{} byte {place} with {mask}", name.display());
            if is_metadata && says == meant {
                harmless += 1;
                assert!(!reading && !writing, "{} is harmless", what());
            } else {
                assert!(reading, "{} is not found", what());
                assert!(writing, "{} is written over", what());
            }
            assert_eq!(fs::read(&file).expect("a file"), flipped, "{}", what());
        }
    }
    write(&file, bytes);
    harmless
}

#[test]
fn a_changed_seed_is_refused_by_every_command() {
    let folder = folder();
    let path = folder.path().join("d.zarr");
    let words = "generate --disorder 1 --strength 4 --length 3 --width 3 --energies 0 --samples 200 --output";
    let path_text = path.display().to_string();
    let generate = |more: &[&str]| {
        run(words
            .split(' ')
            .chain([&*path_text])
            .chain(more.iter().copied()))
    };
    let _ = generate(&[]).succeeded();
    let root = path.join(ROOT);
    for (what, with) in [
        ("\"seed\": 1", "\"seed\": 2"),
        ("\"strength\": 4.0", "\"strength\": 5.0"),
        ("\"samples\": 200", "\"samples\": 100"),
        ("recursion 1", "recursion 2"),
        ("dissection 1", "dissection 2"),
    ] {
        let sound = text(&root);
        let changed = sound.replace(what, with);
        if changed == sound {
            continue;
        }
        write(&root, &changed);
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/best-3x3.postcard");
        let model = model.display().to_string();
        let other = folder.path().join("run").display().to_string();
        for command in [
            vec!["inspect", &path_text],
            vec!["evaluate", &model, "--test-set", &path_text],
            vec!["train", "--dataset", &path_text, "--output", &other],
            vec!["plot", "dataset", &path_text, "--output", &other],
        ] {
            let _ = run(&command).failed(6, &["zarr.json is damaged", "checksum"]);
        }
        let _ = generate(&[]).failed(6, &["zarr.json is damaged"]);
        assert_eq!(text(&root), changed);
        // What the message says helps.
        fs::remove_file(&root).expect("a file");
        let _ = generate(&[]).succeeded();
        assert_eq!(text(&root), sound, "{what}");
    }
}

/// The file as zarr-python writes it when an attribute has been set: other indents, ASCII only, another
/// order, and `storage_transformers`.
fn rewritten_by_zarr_python(file: &Path, note: (&str, Value)) {
    let mut there = parsed(file);
    there["attributes"][note.0] = note.1;
    let mut other = json!({ "attributes": there["attributes"] });
    for (name, value) in there.as_object().expect("an object") {
        if !["attributes", "zarr_format", "node_type"].contains(&name.as_str()) {
            other[name] = value.clone();
        }
    }
    other["zarr_format"] = json!(3);
    other["node_type"] = there["node_type"].clone();
    if there["node_type"] == "array" {
        other["storage_transformers"] = json!([]);
    }
    let text = serde_json::to_string(&other).expect("JSON");
    let ascii = text.chars().map(|letter| {
        if letter.is_ascii() {
            letter.to_string()
        } else {
            format!("\\u{:04x}", u32::from(letter))
        }
    });
    write(file, ascii.collect::<String>());
}

/// What `zarr.consolidate_metadata` does.
fn consolidate(path: &Path) {
    let mut copies = serde_json::Map::new();
    for name in metadata(&files(path)) {
        if let Some(array) = name.parent().filter(|array| *array != Path::new("")) {
            copies.insert(array.display().to_string(), parsed(&path.join(&name)));
        }
    }
    let mut root = parsed(&path.join(ROOT));
    root["consolidated_metadata"] =
        json!({ "kind": "inline", "must_understand": false, "metadata": copies });
    write(&path.join(ROOT), root.to_string());
}

#[test]
fn what_users_add_stays_theirs() {
    let folder = folder();
    let fresh = folder.path().join("fresh");
    let longer = generated(&fresh, "--samples 150");
    let path = folder.path().join("d");
    let _ = generated(&path, "--samples 100");
    let note = json!({ "by": "Jürgen", "values": [1, 2.5, null] });
    rewritten_by_zarr_python(&path.join(ROOT), ("note", note.clone()));
    rewritten_by_zarr_python(&path.join("g").join(ROOT), ("seen", json!(true)));
    // An array of their own.
    fs::create_dir(path.join("mine")).expect("a folder");
    let mut mine = parsed(&path.join("g").join(ROOT));
    mine["attributes"] = json!({});
    write(&path.join("mine").join(ROOT), mine.to_string());
    consolidate(&path);
    let annotated = files(&path);

    let found = inspect(&path).succeeded();
    assert!(
        found.stdout.contains("every checksum verified"),
        "{found:?}"
    );
    let _ = generate(&path, "--samples 100").succeeded();
    assert_same(&files(&path), &annotated, "nothing was to be done");

    // Extended, it is the longer one, with what they added.
    let _ = generate(&path, "--samples 150").succeeded();
    let _ = inspect(&path).succeeded();
    let extended = files(&path);
    for (name, bytes) in &longer {
        if !name.ends_with(ROOT) {
            assert_eq!(extended.get(name), Some(bytes), "{}", name.display());
        }
    }
    for name in metadata(&longer) {
        let (mut there, wanted) = (parsed(&path.join(&name)), parsed(&fresh.join(&name)));
        let attributes = there["attributes"].as_object_mut().expect("attributes");
        let theirs = [attributes.remove("note"), attributes.remove("seen")];
        match name.to_str() {
            Some("zarr.json") => assert_eq!(theirs, [Some(note.clone()), None]),
            Some("g/zarr.json") => assert_eq!(theirs, [None, Some(json!(true))]),
            _ => assert_eq!(theirs, [None, None]),
        }
        let copies = there
            .as_object_mut()
            .expect("an object")
            .remove("consolidated_metadata");
        assert_eq!(there, wanted, "{}", name.display());
        // The copy says what the arrays say.
        if let Some(copies) = copies {
            let copies = copies["metadata"].as_object().expect("copies").clone();
            assert_eq!(copies.len(), metadata(&longer).len());
            for (array, copy) in copies {
                let array = path.join(array).join(ROOT);
                assert_eq!(
                    copy["shape"],
                    parsed(&array)["shape"],
                    "{}",
                    array.display()
                );
            }
        } else {
            assert_ne!(name, Path::new(ROOT));
        }
    }
    assert_eq!(
        extended[Path::new("mine/zarr.json")],
        annotated[Path::new("mine/zarr.json")]
    );

    // A copy that says something else would mislead whoever reads it.
    let sound = text(&path.join(ROOT));
    let mut root = parsed(&path.join(ROOT));
    root["consolidated_metadata"]["metadata"]["g"]["codecs"] = json!([]);
    write(&path.join(ROOT), root.to_string());
    let words = [
        "zarr-python's copy of the metadata of `g`",
        "consolidate_metadata",
    ];
    let _ = inspect(&path).failed(6, &words);
    let _ = generate(&path, "--samples 150").failed(6, &words);
    write(&path.join(ROOT), sound);
    let _ = inspect(&path).succeeded();
}

#[test]
fn a_lost_root_comes_back_and_that_of_another_data_set_does_not() {
    let folder = folder();
    let path = folder.path().join("d");
    let expected = generated(&path, "--disorder 1 --samples 100 --solver recursion");
    fs::remove_file(path.join(ROOT)).expect("a file");
    let _ = inspect(&path).failed(
        6,
        &[
            "zarr.json is missing",
            "no sample is lost",
            "generate the same data set again",
        ],
    );
    let left = files(&path);
    for other in [
        "--disorder 1 --samples 100 --solver recursion --seed 2",
        "--disorder 1 --samples 100 --solver recursion --strength 2",
        "--disorder 1 --samples 100 --solver dissection",
    ] {
        let _ =
            generate(&path, other).failed(5, &["has lost its zarr.json", "another configuration"]);
        assert_same(&files(&path), &left, other);
    }
    let _ = generate(&path, "--disorder 1 --samples 100 --solver recursion").succeeded();
    assert_same(&files(&path), &expected, "as it was");
    // Cut it could not be before either.
    fs::remove_file(path.join(ROOT)).expect("a file");
    let fewer = generate(&path, "--disorder 1 --samples 90 --solver recursion");
    let _ = fewer.failed(5, &["has 100 samples already"]);
}

#[test]
fn arrays_of_two_data_sets_are_not_mixed() {
    let folder = folder();
    let path = folder.path().join("d");
    let other = folder.path().join("other");
    let expected = generated(&path, "--samples 100");
    let _ = generated(&other, "--samples 100 --seed 2");
    fs::remove_dir_all(path.join("g")).expect("a folder");
    fs::rename(other.join("g"), path.join("g")).expect("a folder");
    let words = ["d/g is of another data set", "delete the folder"];
    let _ = inspect(&path).failed(6, &words);
    let _ = generate(&path, "--samples 100").failed(6, &words);
    fs::remove_dir_all(path.join("g")).expect("a folder");
    assert_same(&generated(&path, "--samples 100"), &expected, "as it was");
}

#[test]
fn a_data_set_of_before_there_were_checksums_is_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("d");
    let _ = generated(&path, "--samples 100");
    // As it was.
    for name in metadata(&files(&path)) {
        let file = path.join(&name);
        let mut value = parsed(&file);
        let attributes = value["attributes"].as_object_mut().expect("attributes");
        if name == Path::new(ROOT) {
            attributes["format_version"] = json!(2);
        }
        for new in ["chunk_samples", "samples", "checksum", "fingerprint"] {
            attributes.shift_remove(new);
        }
        write(&file, serde_json::to_string_pretty(&value).expect("JSON"));
    }
    let old = files(&path);
    let words = ["version 2", "checksum", "generate the data set again"];
    let _ = inspect(&path).failed(3, &words);
    let (dataset, output) = (path.display().to_string(), folder.path().join("run"));
    let output = output.display().to_string();
    let _ = run(["train", "--dataset", &dataset, "--output", &output]).failed(3, &words);
    let _ = generate(&path, "--samples 100").failed(5, &words);
    let _ = generate(&path, "--samples 200").failed(5, &["choose another path"]);
    assert_same(&files(&path), &old, "afterwards");
}
