//! `generate` killed with SIGKILL at any moment loses nothing that it had finished, leaves nothing
//! half-written, and is completed by the same command, byte for byte. And, in a test that takes ten
//! minutes and must be asked for, the same of `ensemble`, `train` and `reproduce`.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use landauer_tests::command::{Finished, landauer, run};
use landauer_tests::folder::{Files, assert_same, files};

/// A data set of 30 chunks along the samples, 189 files.
const WORK: &str = "generate --disorder 3 --length 8 --width 8 --chunk 16 --samples 470 --output";

const CHUNKS: f64 = 30.0;

/// One test at a time: what is killed when is a matter of time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start(path: &Path) -> Child {
    let mut command = landauer(WORK.split(' '));
    command
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("landauer can be started")
}

/// Kills it; was it still running?
fn kill(mut child: Child) -> bool {
    child.kill().expect("a process of ours");
    child.wait().expect("a process that ends").code().is_none()
}

/// The undisturbed data set, and how long it takes.
fn undisturbed(folder: &Path) -> (Files, Duration) {
    let path = folder.join("undisturbed");
    // The first run reads the program from the disk; the second is the one to be measured.
    for round in 0..2 {
        let begin = Instant::now();
        let status = start(&path).wait().expect("a process that ends");
        assert!(status.success());
        let time = begin.elapsed();
        let made = files(&path);
        if round == 1 {
            return (made, time);
        }
        std::fs::remove_dir_all(&path).expect("a folder");
    }
    unreachable!("the second round returns")
}

/// What may be there besides whole files.
fn is_temporary(name: &Path) -> bool {
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    name == ".lock" || (name.starts_with('.') && name.ends_with(".partial"))
}

fn inspect(path: &Path) -> Finished {
    run(["inspect".as_ref(), path.as_os_str()])
}

/// Insists that nothing is half-written after a kill, and that `inspect` says what is so.
fn check_killed(path: &Path, expected: &Files) -> usize {
    let left = files(path);
    let whole: Vec<&PathBuf> = left.keys().filter(|name| !is_temporary(name)).collect();
    for &name in &whole {
        assert_eq!(
            left.get(name),
            expected.get(name),
            "{} is half-written",
            name.display()
        );
    }
    let found = inspect(path);
    match found.code {
        Some(0) => assert_eq!(whole.len(), expected.len(), "incomplete, but said complete"),
        // Incomplete: no chunk may be called damaged.
        Some(6) => assert!(!found.stderr.contains("is damaged"), "{found:?}"),
        // Killed before the first file, or before its folder.
        Some(3 | 4) => assert!(whole.is_empty(), "{whole:?}: {found:?}"),
        _ => panic!("{found:?}"),
    }
    whole.len()
}

fn resume(path: &Path, expected: &Files) {
    let status = start(path).wait().expect("a process that ends");
    assert!(status.success());
    assert_same(&files(path), expected, "resumed");
    let _ = inspect(path).succeeded();
}

/// A number in [0, 1) that looks random, the same in every run of the tests.
fn shift(number: u32) -> f64 {
    (f64::from(number) * 0.618_033_988_749_895).fract()
}

/// Waits until this share of the chunks is there, whatever else the machine does meanwhile.
fn wait_for(share: f64, path: &Path, child: &mut Child) {
    let chunks = path.join("transmission/c");
    let count = || std::fs::read_dir(&chunks).map_or(0, Iterator::count);
    while (count() as f64) < share * CHUNKS && child.try_wait().expect("a process").is_none() {
        thread::sleep(Duration::from_micros(300));
    }
}

#[test]
fn killed_at_any_moment_it_is_completed_byte_for_byte() {
    const MOMENTS: u32 = 24;
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (expected, time) = undisturbed(folder.path());
    let mut left = Vec::new();
    let mut attempts = 0;
    while left.len() < MOMENTS as usize && attempts < 4 * MOMENTS {
        let share = f64::from(attempts % MOMENTS) / f64::from(MOMENTS);
        let path = folder.path().join(attempts.to_string());
        let mut child = start(&path);
        wait_for(share, &path, &mut child);
        // Any moment from there to the next share.
        thread::sleep(time.mul_f64(shift(attempts) / f64::from(MOMENTS)));
        attempts += 1;
        if kill(child) {
            left.push(check_killed(&path, &expected));
        }
        resume(&path, &expected);
        std::fs::remove_dir_all(&path).expect("a folder");
    }
    println!(
        "{} kills in {attempts} runs of {time:?}; files left: {left:?}",
        left.len()
    );
    assert!(
        left.len() >= 20,
        "only {} kills in {attempts} runs",
        left.len()
    );
    // They were spread over the run.
    let total = expected.len();
    for part in 0..3 {
        let range = part * total / 3..(part + 1) * total / 3;
        assert!(
            left.iter().any(|count| range.contains(count)),
            "{left:?} of {total}"
        );
    }
}

#[test]
fn killed_while_it_is_being_made_it_is_completed_byte_for_byte() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (expected, _) = undisturbed(folder.path());
    let mut left = Vec::new();
    for entries in 0..10 {
        let path = folder.path().join(entries.to_string());
        let child = start(&path);
        // The lock, the group's metadata, then one folder after the other.
        let begin = Instant::now();
        let count = || std::fs::read_dir(&path).map_or(0, Iterator::count);
        while count() < entries && begin.elapsed() < Duration::from_secs(5) {
            std::hint::spin_loop();
        }
        if kill(child) {
            left.push(check_killed(&path, &expected));
        }
        resume(&path, &expected);
    }
    println!("{} kills; files left: {left:?}", left.len());
    assert!(left.len() >= 8, "{left:?}");
}

#[test]
fn killed_again_and_again_it_gets_on_and_is_completed_byte_for_byte() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (expected, time) = undisturbed(folder.path());
    let path = folder.path().join("d");
    let mut left = vec![0];
    for number in 0..12 {
        let child = start(&path);
        thread::sleep(time.mul_f64(0.02 + 0.12 * shift(number)));
        if kill(child) {
            left.push(check_killed(&path, &expected));
        }
    }
    println!("{} kills; files left: {left:?}", left.len() - 1);
    assert!(left.len() > 4, "{left:?}");
    // What is there stays there.
    assert!(left.is_sorted(), "{left:?}");
    resume(&path, &expected);
}

/// A command whose work is killed, and what of it must come out the same.
struct Work {
    name: &'static str,
    /// Everything before the path of the result.
    words: Vec<String>,
    result: fn(&Path) -> Files,
}

impl Work {
    fn start(&self, path: &Path) -> Child {
        let mut command = landauer(&self.words);
        command
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().expect("landauer can be started")
    }

    /// Kills it at least this many times, at moments spread over its time, up to three times in a
    /// row in one folder; each folder is then completed and compared. Gives the number of kills and
    /// of folders.
    fn kill(&self, folder: &Path, wanted: u32) -> (u32, u32) {
        let whole = folder.join(format!("{} whole", self.name));
        let begin = Instant::now();
        assert!(
            self.start(&whole)
                .wait()
                .expect("a process that ends")
                .success()
        );
        let time = begin.elapsed();
        let expected = (self.result)(&whole);
        assert!(expected.len() > 2, "{}: {:?}", self.name, expected.keys());
        let (mut kills, mut folders, mut starts) = (0, 0, 0);
        while kills < wanted {
            assert!(
                starts < 8 * wanted,
                "{}: {kills} kills in {starts} starts",
                self.name
            );
            let path = folder.join(format!("{} {folders}", self.name));
            for _ in 0..=folders % 3 {
                let child = self.start(&path);
                starts += 1;
                thread::sleep(time.mul_f64(0.95 * shift(starts)));
                kills += u32::from(kill(child));
            }
            let status = self.start(&path).wait().expect("a process that ends");
            assert!(
                status.success(),
                "{}: not completed after a kill",
                self.name
            );
            let what = format!("{}, after {kills} kills", self.name);
            assert_same(&(self.result)(&path), &expected, &what);
            std::fs::remove_dir_all(&path).expect("a folder");
            folders += 1;
        }
        (kills, folders)
    }
}

/// Files that say neither how long something took nor where it lies.
fn without_times(path: &Path) -> Files {
    let mut found = files(path);
    found.retain(|name, _| {
        let name = name.to_string_lossy();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        // These say neither. Other JSON, tables and the page have the seconds of what was done.
        ends(&[
            "zarr.json",
            "intervals.json",
            "scaling.json",
            "baseline.json",
        ]) || !ends(&[".json", "curves.csv", "fig9.csv", ".seconds", "README.md"])
    });
    found
}

/// One command for all: `cargo test --release -p landauer-tests --test command_line kill -- --ignored --nocapture`. It
/// takes about ten minutes on two cores, and says how many kills there were. What usual test runs do of it
/// are the other tests here, and those with `kill` in their names in `ensemble`, `training_kill` and
/// `reproduce`.
#[test]
#[ignore = "takes ten minutes; more than a hundred kills"]
fn more_than_a_hundred_kills_of_all_commands_change_no_byte() {
    const EACH: u32 = 26;
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = landauer_tests::small_training::impurity_data(folder.path());
    let config = landauer_tests::small_training::config(
        folder.path(),
        "spectral",
        landauer_tests::small_training::SPECTRAL,
    );
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut train = words("train --checkpoint-seconds 0 --epochs 4 --dataset");
    train.extend([data.display().to_string(), "--config".to_owned()]);
    train.extend([config.display().to_string(), "--output".to_owned()]);
    let sweep = "ensemble --disorder 1 --strength 4 --width 8 --length 20:60:5 --samples 400 --block 50 \
                 --output";
    let mut total = 0;
    for work in [
        Work {
            name: "generate",
            words: words(WORK),
            result: files,
        },
        Work {
            name: "ensemble",
            words: words(sweep),
            result: files,
        },
        Work {
            name: "train",
            words: train,
            result: without_times,
        },
        Work {
            name: "reproduce",
            words: words("reproduce fig9 --output"),
            result: without_times,
        },
    ] {
        let begin = Instant::now();
        let (kills, folders) = work.kill(folder.path(), EACH);
        let seconds = begin.elapsed().as_secs_f64();
        println!(
            "{}: {kills} kills in {folders} folders, each completed to the same bytes, {seconds:.0} s",
            work.name
        );
        total += kills;
    }
    assert!(total >= 100, "{total}");
}
