//! Data sets: equal arguments are equal bytes, whatever happens; anything else is refused; damage
//! is found.

mod locks;
mod metadata;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use landauer::StripSize;
use landauer::dataset::{Dataset, DatasetConfig, Generation};
use landauer::internal::{BatchSolver, DissectionSolver, MakeSolver, RecursionSolver, Worker};
use landauer::work::{FallbackTotals, WorkOptions};
use landauer::{Fallbacks, SolverError, StripError, Underflow};
use landauer_core::transport::{Lead, Scattering, scattering_workspace_len};
use landauer_core::{
    BIAS_POINTS, Concentration, DisorderModel, Ensemble, PAPER_BIAS, bias_average, bias_grid,
};
use landauer_tests::command::{Finished, landauer, run};
use landauer_tests::folder::{Files, assert_same, files};
use landauer_tests::tolerance;
use tempfile::TempDir;

/// `generate` for a small data set of many chunks, at `path`, with `more` arguments.
fn arguments(path: &Path, more: &str) -> Vec<String> {
    let small = "generate --length 6 --width 5 --chunk 32";
    let words = small.split(' ').chain(more.split_whitespace());
    let mut arguments: Vec<String> = words.map(str::to_owned).collect();
    arguments.push(format!("--output={}", path.display()));
    arguments
}

fn generate(path: &Path, more: &str) -> Finished {
    run(arguments(path, more))
}

/// Makes it and reads all its files.
fn generated(path: &Path, more: &str) -> Files {
    let _ = generate(path, more).succeeded();
    files(path)
}

fn inspect(path: &Path) -> Finished {
    run(["inspect".as_ref(), path.as_os_str()])
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Files of chunks, not of metadata.
fn chunk_files(files: &Files) -> Vec<PathBuf> {
    let chunks = files.keys().filter(|name| !name.ends_with("zarr.json"));
    chunks.cloned().collect()
}

const MODELS: [&str; 5] = [
    "--disorder 1 --strength 3",
    "--disorder 2",
    "--disorder 3 --concentration 0.4",
    "--disorder 4 --seed 18446744073709551615",
    "--disorder 2 --energies -0.5,2.5 --seed 0",
];

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for model in MODELS {
        let folder = folder();
        let made = |threads: usize| {
            let path = folder.path().join(threads.to_string());
            generated(&path, &format!("{model} --samples 300 --threads {threads}"))
        };
        let expected = made(1);
        for threads in [2, 3, 16] {
            assert_same(&made(threads), &expected, model);
        }
    }
}

#[test]
fn shards_in_any_order_and_at_once_give_the_same_bytes() {
    let folder = folder();
    let expected = generated(&folder.path().join("whole"), "--samples 300");
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let path = folder.path().join(format!("{order:?}"));
        for shard in order {
            let _ = generate(&path, &format!("--samples 300 --shard {shard}/3")).succeeded();
        }
        assert_same(&files(&path), &expected, "in order");
    }
    let path = folder.path().join("at once");
    let shards: Vec<Child> = (0..8)
        .map(|shard| {
            let arguments = arguments(&path, &format!("--samples 300 --shard {shard}/8"));
            let mut command = landauer(arguments);
            command.stdout(Stdio::null()).spawn().expect("a process")
        })
        .collect();
    for mut shard in shards {
        assert!(shard.wait().expect("a process that ends").success());
    }
    assert_same(&files(&path), &expected, "at once");
    // More shards than chunks: some have nothing to do, and say so.
    let path = folder.path().join("too many");
    for shard in (0..20).rev() {
        let _ = generate(&path, &format!("--samples 300 --shard {shard}/20")).succeeded();
    }
    assert_same(&files(&path), &expected, "too many");
}

#[test]
fn a_slurm_task_does_its_shard() {
    let folder = folder();
    let expected = generated(&folder.path().join("whole"), "--samples 300");
    let path = folder.path().join("array");
    let task = |number: u32| -> Finished {
        let mut command = landauer(arguments(&path, "--samples 300 --shard slurm/3 --json"));
        command.env("SLURM_ARRAY_TASK_ID", number.to_string());
        // It is run alone, as one is that has failed.
        command.env("SLURM_ARRAY_TASK_MIN", number.to_string());
        command.env("SLURM_ARRAY_TASK_MAX", number.to_string());
        command.env("SLURM_ARRAY_TASK_COUNT", "1");
        command.output().expect("landauer can be started").into()
    };
    for number in [2, 0, 1] {
        let done = task(number).succeeded().json();
        let written = done["chunks_written"].as_u64().expect("a number");
        assert!(written == 3 || written == 4, "{done:#}");
    }
    assert_same(&files(&path), &expected, "array");
    let _ = task(3).failed(2, &["no task 3", "tasks 0 to 2"]);
    let lost = folder.path().join("lost");
    let _ = generate(&lost, "--samples 300 --shard slurm/3")
        .failed(2, &["SLURM_ARRAY_TASK_ID is not set"]);
    let _ = generate(&lost, "--samples 300 --shard slurm").failed(2, &["slurm/N"]);
    assert!(!lost.exists());
}

#[test]
fn an_extended_data_set_is_the_longer_one() {
    for model in MODELS {
        let folder = folder();
        let expected = generated(
            &folder.path().join("fresh"),
            &format!("{model} --samples 700"),
        );
        let path = folder.path().join("extended");
        for samples in [1, 300, 301, 700] {
            let _ = generate(&path, &format!("{model} --samples {samples}")).succeeded();
            let _ = inspect(&path).succeeded();
        }
        assert_same(&files(&path), &expected, model);
        let fewer = generate(&path, &format!("{model} --samples 699"));
        let _ = fewer.failed(5, &["has 700 samples already, more than 699"]);
        assert_same(&files(&path), &expected, "after fewer");
    }
}

#[test]
fn transmissions_too_small_for_a_number_are_counted() {
    let folder = folder();
    let path = folder.path().join("wires.zarr");
    let line = "generate --disorder 1 --strength 4 --width 1 --length 3000 --samples 12 --energies 0,9 --output";
    let arguments = || {
        line.split_whitespace()
            .chain([path.to_str().expect("text")])
    };
    let told = run(arguments().chain(["--json"])).succeeded().json();
    // Nothing propagates at E = 9: there T is 0.
    assert_eq!(told["underflows"], 12);
    fs::remove_dir_all(&path).expect("a data set");
    let told = run(arguments()).succeeded().stdout;
    assert!(told.contains("12 of them too small for a number"), "{told}");
}

#[test]
fn what_is_there_is_not_computed_again() {
    let folder = folder();
    let path = folder.path().join("d");
    let expected = generated(&path, "--samples 300");
    let again = generate(&path, "--samples 300 --json").succeeded().json();
    assert_eq!(
        (&again["chunks_found"], &again["chunks_written"]),
        (&10.into(), &0.into())
    );
    let none =
        serde_json::json!({ "promoted": 0, "mirrored": 0, "recursion": 0, "elimination": 0 });
    assert_eq!(again["fallbacks"], none);
    for chunk in chunk_files(&expected) {
        fs::remove_file(path.join(&chunk)).expect("a file");
        let again = generate(&path, "--samples 300 --json").succeeded().json();
        let written = u64::from(!chunk.starts_with("energies"));
        assert_eq!(again["chunks_written"], written, "{}", chunk.display());
        assert_same(&files(&path), &expected, "after a gap");
    }
}

#[test]
fn other_arguments_are_refused_and_change_nothing() {
    let folder = folder();
    let path = folder.path().join("m2");
    let expected = generated(&path, "--samples 100");
    for (other, name) in [
        ("--disorder 1", "model is 2, not 1"),
        ("--disorder 3", "model is 2, not 3"),
        ("--seed 2", "seed is 1, not 2"),
        ("--length 7", "length is 6, not 7"),
        ("--width 6", "width is 5, not 6"),
        (
            "--concentration 0.5",
            "concentration is \"uniform\", not 0.5",
        ),
        ("--energies 0", "energies are [0.0,"),
        ("--energies 0,0.1 --bias 0.36", "energies are [0.0,"),
        ("--bias 0.2", "energies are [0.0,"),
        ("--chunk 64", "number of samples in a chunk is 32, not 64"),
    ] {
        // The last of several equal options would be an error: leave out what is given anew.
        let mut words = arguments(&path, "--samples 200");
        let option = other.split(' ').next().expect("an option");
        if let Some(at) = words.iter().position(|word| word == option) {
            words.drain(at..at + 2);
        }
        words.extend(other.split(' ').map(str::to_owned));
        let _ = run(words).failed(5, &[name, "nothing was changed"]);
        assert_same(&files(&path), &expected, other);
    }
    let path = folder.path().join("m1");
    let expected = generated(&path, "--samples 100 --disorder 1 --strength 2");
    let other = generate(&path, "--samples 100 --disorder 1 --strength 2.5");
    let _ = other.failed(5, &["strength is 2.0, not 2.5"]);
    assert_same(&files(&path), &expected, "another strength");
}

/// A long run, at the moment when its first chunk is there.
fn long_run(path: &Path) -> Child {
    let long = "generate --length 20 --width 20 --chunk 4 --samples 100000 --output";
    let mut words: Vec<&str> = long.split(' ').collect();
    let output = path.display().to_string();
    words.push(&output);
    let mut command = landauer(words);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().expect("a process");
    let begin = Instant::now();
    while !path.join("transmission/c/0").exists() {
        assert!(begin.elapsed() < Duration::from_mins(1), "no chunk comes");
        thread::sleep(Duration::from_millis(5));
    }
    child
}

#[cfg(unix)]
#[test]
fn a_second_writer_is_refused_and_a_signal_leaves_a_resumable_data_set() {
    let folder = folder();
    let path = folder.path().join("long");
    let child = long_run(&path);
    let same = "generate --length 20 --width 20 --chunk 4 --samples 100000 --output";
    let again = |more: &[&str]| {
        let output = path.display().to_string();
        let mut words: Vec<&str> = same.split(' ').collect();
        words.push(&output);
        words.extend(more);
        run(words)
    };
    let _ = again(&[]).failed(5, &["another process is computing the same part"]);
    let _ = again(&["--shard", "24999/25000"]).failed(5, &["another process"]);
    // Reading is not writing.
    let _ = inspect(&path).failed(6, &["is incomplete"]);

    landauer_tests::command::signal(&child, "-TERM");
    let stopped = Finished::from(child.wait_with_output().expect("a process that ends"));
    let _ = stopped.failed(130, &["stopped", "the same command resumes"]);
    let left = files(&path);
    let whole = |name: &PathBuf| {
        let name = name.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with('.')
    };
    assert!(left.keys().all(whole), "{:?}", left.keys());
    let _ = inspect(&path).failed(6, &["chunk files damaged: 0"]);
    // Now the chunks are free again.
    let _ = again(&["--shard", "24999/25000"]).succeeded();
}

#[test]
fn a_flipped_byte_is_found_in_every_chunk_file() {
    for model in ["--disorder 1", "--disorder 4"] {
        let folder = folder();
        let path = folder.path().join("d");
        let expected = generated(&path, &format!("{model} --samples 100"));
        let chunks = chunk_files(&expected);
        assert!(chunks.len() > 16, "{chunks:?}");
        for (number, chunk) in chunks.iter().enumerate() {
            let mut bytes = expected[chunk].clone();
            // Another place in each file: the first byte, the checksum, and in between.
            let at = number * 7919 % bytes.len();
            let at = [0, bytes.len() - 1, at][number % 3];
            bytes[at] ^= 1 << (number % 8);
            let file = path.join(chunk);
            fs::write(&file, &bytes).expect("a writable file");
            let name = file.display().to_string();
            let found = inspect(&path);
            let _ = found.failed(
                6,
                &[&name, "its checksum is wrong", "chunk files damaged: 1"],
            );
            let resumed = generate(&path, &format!("{model} --samples 100"));
            let _ = resumed.failed(6, &[&name, "delete it"]);
            // What the message says helps.
            fs::remove_file(&file).expect("a file");
            let healed = generated(&path, &format!("{model} --samples 100"));
            assert_same(&healed, &expected, "healed");
        }
    }
}

#[test]
fn cut_and_missing_chunks_are_found() {
    let folder = folder();
    let path = folder.path().join("d");
    let expected = generated(&path, "--samples 100");
    for (number, chunk) in chunk_files(&expected).iter().enumerate() {
        let file = path.join(chunk);
        let name = file.display().to_string();
        let bytes = &expected[chunk];
        for length in [0, 3, number % bytes.len(), bytes.len() - 1] {
            fs::write(&file, &bytes[..length]).expect("a writable file");
            let _ = inspect(&path).failed(6, &[&name, "chunk files damaged: 1"]);
        }
        fs::remove_file(&file).expect("a file");
        let missing = inspect(&path).failed(6, &[&name, "is incomplete", "missing: 1"]);
        assert!(
            missing.stdout.contains("disorder    model II"),
            "{missing:?}"
        );
        fs::write(&file, bytes).expect("a writable file");
    }
    let _ = inspect(&path).succeeded();
    // Damage and gaps are counted, and there is one JSON object.
    for chunk in chunk_files(&expected).iter().take(3) {
        fs::remove_file(path.join(chunk)).expect("a file");
    }
    let found = run(["inspect", "--json", &path.display().to_string()]).failed(6, &[]);
    let found = found.json();
    assert_eq!(
        (&found["missing_files"], &found["exit_code"]),
        (&3.into(), &6.into())
    );
}

#[test]
fn damaged_metadata_are_never_taken_for_others() {
    let folder = folder();
    let path = folder.path().join("d");
    let expected = generated(&path, "--samples 100");
    for name in expected.keys().filter(|name| name.ends_with("zarr.json")) {
        let file = path.join(name);
        for (what, with) in [
            ("32", "33"),
            ("zarr", "arrz"),
            ("{", ""),
            ("little", "big"),
            ("0.18", "0.19"),
        ] {
            let text = String::from_utf8_lossy(&expected[name]).replacen(what, with, 1);
            if text.as_bytes() == expected[name] {
                continue;
            }
            fs::write(&file, text).expect("a writable file");
            let found = inspect(&path);
            assert!(
                matches!(found.code, Some(3 | 6)),
                "{name:?} {what}: {found:?}"
            );
            let resumed = generate(&path, "--samples 100");
            assert!(
                matches!(resumed.code, Some(5 | 6)),
                "{name:?} {what}: {resumed:?}"
            );
            fs::write(&file, &expected[name]).expect("a writable file");
        }
    }
    assert_same(&files(&path), &expected, "in the end");
}

#[test]
fn damaged_metadata_come_back_as_the_error_says() {
    let folder = folder();
    let path = folder.path().join("d");
    let expected = generated(&path, "--samples 100");
    for name in expected.keys().filter(|name| name.ends_with("zarr.json")) {
        fs::write(path.join(name), "{").expect("a writable file");
        let said = ["no sample is lost", &path.join(name).display().to_string()];
        let _ = inspect(&path).failed(6, &[said[0], said[1], "delete it"]);
        fs::remove_file(path.join(name)).expect("a file to delete");
        let _ = generate(&path, "--samples 100").succeeded();
        assert_same(&files(&path), &expected, "as it was");
    }
}

#[test]
fn what_a_kill_leaves_of_the_beginning_is_healed() {
    let folder = folder();
    let expected = generated(&folder.path().join("whole"), "--samples 100");
    let metadata: Vec<&PathBuf> = expected
        .keys()
        .filter(|name| name.ends_with("zarr.json"))
        .collect();
    for (number, missing) in metadata.iter().enumerate() {
        let path = folder.path().join(number.to_string());
        let put = |name: &Path, bytes: &[u8]| {
            let file = path.join(name);
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            fs::write(file, bytes).expect("a writable file");
        };
        // The group's metadata come first; then any array may be there or not.
        put(Path::new(".lock"), b"");
        put(Path::new(".zarr.json.partial"), b"{ half");
        if missing.components().count() > 1 {
            put(Path::new("zarr.json"), &expected[Path::new("zarr.json")]);
            for name in metadata.iter().filter(|name| name != &missing) {
                put(name, &expected[*name]);
            }
            put(&missing.with_file_name(".zarr.json.partial"), b"");
            put(Path::new("g/c/.2.partial"), b"half a chunk");
            put(Path::new("energies/c/.0.partial"), b"half a chunk");
            let _ = inspect(&path).failed(6, &[]);
        } else {
            let _ = inspect(&path).failed(3, &[]);
        }
        assert_same(&generated(&path, "--samples 100"), &expected, "healed");
    }
}

#[test]
fn what_is_no_data_set_is_left_alone() {
    let folder = folder();
    let foreign = folder.path().join("foreign");
    fs::create_dir_all(foreign.join("sub")).expect("a folder");
    fs::write(foreign.join("sub/notes.txt"), "mine").expect("a file");
    let other = folder.path().join("other.zarr");
    fs::create_dir_all(&other).expect("a folder");
    let group = r#"{"zarr_format": 3, "node_type": "group", "attributes": {}}"#;
    fs::write(other.join("zarr.json"), group).expect("a file");
    let newer = folder.path().join("newer.zarr");
    let older = folder.path().join("older.zarr");
    for (path, version) in [(&newer, 5), (&older, 1)] {
        let metadata = generated(path, "--samples 10")[Path::new("zarr.json")].clone();
        let metadata = String::from_utf8(metadata).expect("text");
        let version = format!("\"format_version\": {version}");
        let metadata = metadata.replace("\"format_version\": 3", &version);
        fs::write(path.join("zarr.json"), metadata).expect("a file");
    }
    let file = folder.path().join("file");
    fs::write(&file, "mine").expect("a file");
    let before = files(folder.path());
    for path in [&foreign, &other, &newer, &older, &file] {
        let _ = generate(path, "--samples 10").failed(5, &["does not hold a data set of landauer"]);
        let is_zarr = path.join("zarr.json").exists();
        let words = if is_zarr {
            "does not hold a data set of landauer"
        } else {
            "inspect takes a data set, a run or a model"
        };
        let _ = inspect(path).failed(3, &[words]);
    }
    let _ = inspect(&older).failed(
        3,
        &["has version 1, and this program knows versions 3 to 4"],
    );
    let nothing = folder.path().join("nothing");
    let _ = inspect(&nothing).failed(4, &["No such file or directory"]);
    let below = file.join("d");
    let _ = generate(&below, "--samples 10").failed(4, &[&below.display().to_string()]);
    assert_same(&files(folder.path()), &before, "afterwards");
    // An empty folder is nothing.
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    let _ = generate(&empty, "--samples 10").succeeded();
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_cannot_be_written_is_an_error() {
    // Even root cannot make a folder there.
    let path = Path::new("/proc/landauer/d.zarr");
    let _ = generate(path, "--samples 10").failed(4, &["cannot write /proc/landauer/d.zarr"]);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_written() {
    let folder = folder();
    let path = folder.path().join("d");
    for (wrong, code, words) in [
        ("--samples 0", 2, "invalid number of samples 0"),
        (
            "--samples 99999999999999999",
            2,
            "invalid number of samples",
        ),
        ("--samples -1", 2, "--samples"),
        ("--samples 10 --shard 3/3", 2, "invalid shard 3/3"),
        ("--samples 10 --shard x", 2, "--shard"),
        ("--samples 10 --disorder 5", 2, "unknown disorder model 5"),
        ("--samples 10 --disorder 1 --strength -1", 2, "strength"),
        ("--samples 10 --disorder 1 --strength nan", 2, "strength"),
        (
            "--samples 10 --disorder 2 --strength 1",
            2,
            "--strength belongs to disorder model I",
        ),
        ("--samples 10 --concentration 1.5", 2, "--concentration"),
        ("--samples 10 --energies nan", 2, "not a finite number"),
        ("--samples 10 --energies 0,inf", 2, "not a finite number"),
        ("--samples 10 --energies=", 2, "--energies"),
        ("--samples 10 --bias -0.1", 2, "a bias eV above 0"),
        ("--samples 10 --bias 0", 2, "a bias eV above 0"),
        ("--samples 1e30", 2, "too large"),
        ("--samples 10 --seed -1", 2, "it is negative"),
        ("--samples 10 --energies -0.18, 0", 2, "no spaces"),
        ("--samples 10 --threads 0", 2, "--threads"),
        ("--samples 10 --threads x", 2, "--threads"),
        ("", 2, "--samples"),
    ] {
        let _ = generate(&path, wrong).failed(code, &[words]);
    }
    for (size, code, words) in [
        ("--length 0 --width 5", 2, "invalid strip size 0 x 5"),
        ("--length 5 --width 0", 2, "invalid strip size 5 x 0"),
        (
            "--length 18446744073709551615 --width 2",
            2,
            "invalid strip size",
        ),
        ("--length 1 --width 9999999", 4, "use a smaller size"),
        ("--length 99999999999 --width 2", 4, "use a smaller size"),
        (
            "--length 5 --width 5 --chunk 99999999999",
            4,
            "use a smaller size",
        ),
        (
            "--length 5 --width 5 --chunk 0",
            2,
            "invalid chunk of 0 samples",
        ),
    ] {
        let output = path.display().to_string();
        let words_of = size.split(' ');
        let all = ["generate", "--samples", "10", "--output", &output];
        let _ = run(all.into_iter().chain(words_of)).failed(code, &[words]);
    }
    assert!(!path.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_leaves_a_resumable_data_set() {
    let folder = folder();
    let expected = generated(&folder.path().join("whole"), "--samples 700");
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).expect("a folder");
    let mount = |options: &str| {
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&disk);
        command.stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !mount("size=256k") {
        println!("SKIPPED: a full disk needs the right to mount a small one (root)");
        return;
    }
    let disk_in_use = Mounted(&disk);
    let path = disk.join("d.zarr");
    let full = generate(&path, "--samples 700");
    let _ = full.failed(4, &["cannot write", "No space left on device"]);
    let left = files(&path);
    assert!(left.len() > 12, "{:?}", left.keys());
    for (name, bytes) in &left {
        assert_eq!(Some(bytes), expected.get(name), "{}", name.display());
    }
    let _ = inspect(&path).failed(6, &["is incomplete", "chunk files damaged: 0"]);
    assert!(mount("remount,size=16m"), "a larger disk");
    assert_same(&generated(&path, "--samples 700"), &expected, "resumed");
    drop(disk_in_use);
}

/// A mounted folder, until it is dropped.
#[cfg(target_os = "linux")]
struct Mounted<'m>(&'m Path);

#[cfg(target_os = "linux")]
impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn the_values_are_the_cores() {
    for model in MODELS {
        let folder = folder();
        let path = folder.path().join("d");
        let words = format!("{model} --samples 70 --solver recursion");
        let _ = generate(&path, &words).succeeded();
        let dataset = Dataset::open(&path).expect("a data set");
        let config = dataset.config();
        let ensemble = config.ensemble;
        assert_eq!((dataset.samples(), dataset.chunks()), (70, 3));
        // The recursion knows no other way.
        assert_eq!(dataset.fallbacks().expect("fallbacks"), [0; 70]);
        let transmission = dataset.transmission(0..70).expect("transmissions");
        let onsite = dataset.onsite(0..70).expect("on-site energies");
        let species = dataset.species(0..70).expect("species");
        let concentration = dataset.concentration().expect("concentrations");
        assert_eq!(species.is_none(), !ensemble.model().has_impurities());
        assert_eq!(concentration.is_none(), !ensemble.model().has_impurities());
        let energies = &config.energies;
        let (g, g_bar) = (dataset.g().expect("G"), dataset.g_bar().expect("G-bar"));
        assert_eq!(
            (g.is_some(), g_bar.is_some()),
            (energies.len() == 11, energies.len() == 11)
        );

        let mut workspace = [0.0; scattering_workspace_len(5)];
        for (index, row) in transmission.chunks_exact(energies.len()).enumerate() {
            let mut sample = ensemble.sample(index as u64);
            let mut strip = [0.0_f64; 30];
            sample.fill_onsite(&mut strip);
            assert_eq!(onsite[30 * index..30 * (index + 1)], strip);
            if let Some(species) = &species {
                let mut drawn = [0; 30];
                sample.fill_species(&mut drawn);
                assert_eq!(species[30 * index..30 * (index + 1)], drawn);
            }
            if let Some(concentration) = &concentration {
                assert_eq!(
                    concentration[index].to_bits(),
                    sample.concentration().to_bits()
                );
            }
            for (&energy, &found) in energies.iter().zip(row) {
                let lead = Lead::new(5, energy).expect("an energy");
                let mut recursion = Scattering::new(lead, &mut workspace).expect("a workspace");
                for slice in strip.chunks_exact(5) {
                    recursion.push_slice(slice).expect("a slice");
                }
                let expected: f64 = recursion.transmission().expect("a solution");
                assert_eq!(
                    found.to_bits(),
                    expected.to_bits(),
                    "{model}: sample {index}"
                );
            }
            if let (Some(g), Some(g_bar)) = (&g, &g_bar) {
                let grid: [f64; BIAS_POINTS] = bias_grid(PAPER_BIAS);
                assert_eq!((energies[0], &energies[1..]), (0.0, &grid[..]));
                let mean = bias_average(&std::array::from_fn(|k| row[k + 1]));
                assert_eq!(
                    (g[index].to_bits(), g_bar[index].to_bits()),
                    (row[0].to_bits(), f64::to_bits(mean))
                );
            }
        }
        // Ranges across chunks, and none.
        let some = dataset.transmission(30..66).expect("transmissions");
        assert_eq!(some, transmission[30 * energies.len()..66 * energies.len()]);
        assert!(dataset.transmission(70..70).expect("nothing").is_empty());
        assert!(dataset.transmission(0..71).is_err());
        assert_eq!(dataset.first_missing(), None);
        let file = dataset.path().join("transmission/c/1/0");
        fs::remove_file(&file).expect("a file");
        assert_eq!(dataset.first_missing(), Some(file));
        assert!(dataset.transmission(0..70).is_err() && dataset.transmission(0..32).is_ok());
    }
}

#[test]
fn the_solvers_agree() {
    for model in MODELS {
        let folder = folder();
        let made = |words: &str| {
            let path = folder.path().join(words.replace(' ', ""));
            let _ = generate(&path, &format!("{model} --samples 70 {words}")).succeeded();
            let dataset = Dataset::open(&path).expect("a data set");
            let transmission = dataset.transmission(0..70).expect("transmissions");
            (dataset.solver().to_owned(), transmission)
        };
        let (solver, expected) = made("--solver recursion");
        assert_eq!(solver, "scattering recursion 2, f64");
        for (words, solver, allowed) in [
            (
                "--solver dissection",
                DissectionSolver::<f64>::IDENTITY,
                tolerance::AGREEMENT,
            ),
            (
                "--solver auto",
                DissectionSolver::<f64>::IDENTITY,
                tolerance::AGREEMENT,
            ),
            (
                "--precision f32",
                DissectionSolver::<f32>::IDENTITY,
                tolerance::AGREEMENT_F32,
            ),
            (
                "--precision f32 --solver recursion",
                "scattering recursion 2, f32",
                tolerance::AGREEMENT_F32,
            ),
        ] {
            let (identity, found) = made(words);
            assert_eq!(identity, solver, "{words}");
            for (found, expected) in found.iter().zip(&expected) {
                // Five modes.
                let error = (found - expected).abs();
                assert!(
                    error <= 5.0 * allowed,
                    "{model} {words}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn what_one_solver_has_begun_another_does_not_complete() {
    let folder = folder();
    let path = folder.path().join("d");
    let told = |words: &str| generate(&path, words);
    let _ = told("--samples 40 --solver recursion").succeeded();
    let begun = files(&path);
    let words = ["solver is \"scattering recursion 2, f64\", not \"nested dissection"];
    let _ = told("--samples 70 --solver dissection").failed(5, &words);
    let words = ["solver is \"scattering recursion 2, f64\", not", "f32"];
    let _ = told("--samples 70 --precision f32").failed(5, &words);
    let _ = told("--samples 70 --solver recursion --precision f32").failed(5, &words);
    // The first difference is named, whatever the solver.
    let _ = told("--samples 70 --seed 2").failed(5, &["seed is 1, not 2"]);
    assert_same(&files(&path), &begun, "after refusals");
    // Whoever does not care goes on with it.
    let done = told("--samples 70 --precision f64").succeeded();
    let words = "scattering recursion 2, f64 (auto: the existing work used it)";
    assert!(done.stdout.contains(words), "{done:?}");
    let whole = folder.path().join("whole");
    let _ = generate(&whole, "--samples 70 --solver recursion").succeeded();
    assert_same(&files(&path), &files(&whole), "extended");

    // In f32 too, though nobody says so again.
    let path = folder.path().join("single");
    let _ = generate(&path, "--samples 40 --precision f32").succeeded();
    let json = generate(&path, "--samples 70 --json").succeeded().json();
    assert_eq!(json["solver"], DissectionSolver::<f32>::IDENTITY);
    assert_eq!(json["solver_chosen"], "continued");
    let whole = folder.path().join("whole-single");
    let json = generate(&whole, "--samples 70 --precision f32 --json");
    assert_eq!(json.succeeded().json()["solver_chosen"], "faster");
    assert_same(&files(&path), &files(&whole), "extended in f32");
}

#[test]
fn the_choice_is_the_same_for_one_sample_and_for_many() {
    let folder = folder();
    for (words, solver) in [
        ("--concentration 0.001", "scattering recursion 2, f64"),
        ("--concentration 0.5", DissectionSolver::<f64>::IDENTITY),
        ("--disorder 1", DissectionSolver::<f64>::IDENTITY),
    ] {
        for more in [
            "--samples 1",
            "--samples 100 --threads 3",
            "--samples 100 --shard 1/3",
        ] {
            let path = folder
                .path()
                .join(format!("{words}{more}").replace([' ', '/'], ""));
            let json = generate(&path, &format!("{words} {more} --json"));
            let json = json.succeeded().json();
            assert_eq!(
                (&json["solver"], &json["solver_chosen"]),
                (&solver.into(), &"faster".into())
            );
        }
    }
}

/// The recursion, which says that it fell back on other solvers: how often depends on the sample.
struct Wayward(RecursionSolver<f64>);

impl BatchSolver for Wayward {
    fn identity(&self) -> &'static str {
        "wayward 1"
    }

    fn size(&self) -> StripSize {
        self.0.size()
    }

    fn energies(&self) -> &[f64] {
        self.0.energies()
    }

    fn batch(&self) -> usize {
        3
    }

    fn worker(&self) -> Box<dyn Worker + '_> {
        Box::new(WaywardWorker(self.0.worker()))
    }

    fn worker_bytes(&self) -> u64 {
        self.0.worker_bytes()
    }
}

struct WaywardWorker<'w>(Box<dyn Worker + 'w>);

impl Worker for WaywardWorker<'_> {
    fn solve(
        &mut self,
        onsite: &[f64],
        transmissions: &mut [f64],
        fallbacks: &mut [Fallbacks],
    ) -> Result<(), StripError> {
        self.0.solve(onsite, transmissions, fallbacks)?;
        for (onsite, fallbacks) in onsite.chunks_exact(SITES).zip(fallbacks) {
            *fallbacks += ways(onsite);
        }
        Ok(())
    }

    fn underflows(&self) -> &[Underflow] {
        self.0.underflows()
    }
}

const SITES: usize = 12;

/// What [`Wayward`] says of a strip.
fn ways(onsite: &[f64]) -> Fallbacks {
    let first = |energy: usize| u32::from(onsite[energy] != 0.0);
    Fallbacks {
        promoted: 0,
        mirrored: first(0),
        recursion: first(1),
        elimination: 0,
    }
}

struct MakeWayward;

impl MakeSolver for MakeWayward {
    fn identity(&self) -> &'static str {
        "wayward 1"
    }

    fn make(&self, size: StripSize, energies: &[f64]) -> Result<Box<dyn BatchSolver>, SolverError> {
        Ok(Box::new(Wayward(RecursionSolver::new(size, energies)?)))
    }
}

#[test]
fn what_a_fallback_solver_recomputed_is_counted_sample_by_sample() {
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.5), 1);
    let config = DatasetConfig {
        ensemble: ensemble.expect("an ensemble"),
        size: StripSize::new(4, 3).unwrap(),
        energies: vec![0.0, 0.5],
        bias: None,
        chunk_samples: 16,
    };
    let folder = folder();
    let path = folder.path().join("d");
    // The last chunk has 4 samples that are within the data set, and 12 that do not count.
    let begin = || Generation::with_solver(&path, &config, WorkOptions::new(20), &MakeWayward);
    assert_eq!(begin().expect("nothing against it").units(), 2);
    assert!(!path.exists());
    let make = || begin()?.run(&());
    let begun = make();
    let report = begun.expect("a data set");
    let dataset = Dataset::open(&path).expect("a data set");
    let onsite = dataset.onsite(0..20).expect("on-site energies");
    let expected: Vec<Fallbacks> = onsite.chunks_exact(SITES).map(ways).collect();
    let sum: Fallbacks = expected.iter().copied().sum();
    assert!(sum.mirrored > 0 && sum.recursion > 0 && sum.mirrored != sum.recursion);
    assert_eq!(report.fallbacks, sum.into());
    let totals: Vec<u32> = expected.iter().map(|ways| ways.total()).collect();
    assert_eq!(dataset.fallbacks().expect("fallbacks"), totals);
    let verified = dataset.verify(1).expect("a readable data set");
    assert_eq!(
        (verified.samples, verified.fallbacks),
        (20, u64::from(sum.total()))
    );
    let found = run(["inspect", "--json", &path.display().to_string()]).succeeded();
    assert_eq!(found.json()["fallbacks"], sum.total());
    let words = format!("{} of 40 T recomputed by a fallback solver", sum.total());
    assert!(inspect(&path).succeeded().stdout.contains(&words));
    // What is there already is not told of again.
    let again = make();
    let again = again.expect("a data set").fallbacks;
    assert_eq!(again, FallbackTotals::default());
}

#[test]
fn inspect_says_what_there_is() {
    let folder = folder();
    let path = folder.path().join("d");
    let _ = generate(&path, "--samples 300").succeeded();
    let text = inspect(&path).succeeded().stdout;
    for words in [
        "0 of 3300 T recomputed by a fallback solver",
        "6 x 5 sites",
        "300 in 10 chunks of 32",
        "every checksum verified",
        "█",
        "±",
    ] {
        assert!(text.contains(words), "no `{words}` in {text}");
    }
    let path_line = path.display().to_string();
    let long = |line: &&str| line.chars().count() > 80 && !line.contains(&path_line);
    assert_eq!(text.lines().find(long), None);

    let json = run(["inspect", "--json", &path_line]).succeeded().json();
    assert_eq!(
        (&json["samples"], &json["sound"]),
        (&300.into(), &true.into())
    );
    let g = Dataset::open(&path)
        .expect("a data set")
        .g()
        .expect("G")
        .expect("G");
    let mean = g.iter().sum::<f64>() / 300.0;
    let found = json["g"]["mean"].as_f64().expect("a mean");
    assert!((found - mean).abs() < tolerance::ROUNDING);
    let counts = json["histogram"]["counts"].as_array().expect("counts");
    assert_eq!(
        counts
            .iter()
            .filter_map(serde_json::Value::as_u64)
            .sum::<u64>(),
        300
    );
    assert_eq!(json["fallbacks"], 0);
    let on_disk: usize = files(&path).values().map(Vec::len).sum();
    assert_eq!(json["bytes"], on_disk);
    assert!(inspect(&path).succeeded().stderr.is_empty());
    let quiet = run(["inspect", "--quiet", &path_line]).succeeded();
    assert!(quiet.stdout.is_empty());
}
