//! File systems without locks, and places where nothing can be written.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use landauer_tests::command::{Finished, landauer, run};
use landauer_tests::folder::{assert_same, files};
use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use super::{Mounted, arguments, folder, generate, generated, inspect};

/// `spawn`s processes whose requests for file locks the kernel answers with this error, as on a file
/// system that has none: the program does not know, and needs no rights.
fn without_locks<R: Send>(errno: i32, spawn: impl FnOnce() -> R + Send) -> R {
    let asks = |command: i32| {
        let argument = SeccompCmpArgLen::Dword;
        let command = u64::try_from(command).expect("a command of fcntl");
        let condition = SeccompCondition::new(1, argument, SeccompCmpOp::Eq, command);
        SeccompRule::new(vec![condition.expect("a condition")]).expect("a rule")
    };
    let rules = vec![asks(libc::F_OFD_SETLK), asks(libc::F_OFD_SETLKW)];
    let answer = SeccompAction::Errno(u32::try_from(errno).expect("an error's number"));
    let arch = std::env::consts::ARCH.try_into().expect("a known machine");
    let filter = SeccompFilter::new(
        BTreeMap::from([(libc::SYS_fcntl, rules)]),
        SeccompAction::Allow,
        answer,
        arch,
    );
    let program: BpfProgram = filter
        .expect("a filter")
        .try_into()
        .expect("a filter that the kernel takes");
    // The filter is this thread's and that of the processes which it starts.
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            seccompiler::apply_filter(&program).expect("a kernel with seccomp");
            spawn()
        });
        thread.join().expect("a thread")
    })
}

fn run_without_locks(errno: i32, words: &[String]) -> Finished {
    without_locks(errno, || run(words))
}

/// The commands that lock what they write, with this folder for all of it.
fn commands(folder: &Path) -> Vec<(Vec<String>, std::path::PathBuf)> {
    let data = folder.join("data.zarr");
    if !data.exists() {
        let _ = generate(&data, "--disorder 1 --samples 400").succeeded();
    }
    let path = |name: &str| folder.join(name).display().to_string();
    let words = |line: String| line.split('|').map(str::to_owned).collect::<Vec<_>>();
    let small = "--length|4|--width|3";
    vec![
        (
            arguments(&folder.join("new/d.zarr"), "--samples 100"),
            folder.join("new"),
        ),
        (
            words(format!(
                "ensemble|--concentration|0:1:3|{small}|--samples|40|--block|16|--output|{}",
                path("e")
            )),
            folder.join("e"),
        ),
        (
            words(format!(
                "train|--dataset|{}|--preset|paper-dnn-3x3|--epochs|1|--target|g|--output|{}",
                path("data.zarr"),
                path("run")
            )),
            folder.join("run"),
        ),
        (
            words(format!("demo|--output|{}", path("demo"))),
            folder.join("demo/wires.zarr"),
        ),
        (
            words(format!(
                "reproduce|fig9|--output|{}|--work|{}",
                path("figures"),
                path("work")
            )),
            folder.join("work/data"),
        ),
    ]
}

#[test]
fn a_file_system_without_locks_is_explained_and_nothing_is_left() {
    let folder = folder();
    for (words, made) in commands(folder.path()) {
        for errno in [libc::ENOLCK, libc::ENOSYS, libc::EOPNOTSUPP] {
            let refused = run_without_locks(errno, &words);
            let said = [
                "without file locks",
                "nothing was changed there",
                "--no-lock",
            ];
            let _ = refused.failed(4, &said);
            assert!(!made.exists(), "{} is left by {words:?}", made.display());
        }
    }
    // What is there already stays as it is.
    let path = folder.path().join("d.zarr");
    let there = generated(&path, "--samples 100");
    let longer = arguments(&path, "--samples 200");
    let _ = run_without_locks(libc::ENOLCK, &longer).failed(4, &["--no-lock"]);
    assert_same(&files(&path), &there, "refused");
    // Another error of the same call is told as it is.
    let _ = run_without_locks(libc::EIO, &longer).failed(4, &["cannot write", ".lock"]);
    assert_same(&files(&path), &there, "failed");
}

#[test]
fn without_locks_the_same_bytes_are_made() {
    let folder = folder();
    let expected = folder.path().join("expected");
    let found = folder.path().join("found");
    for place in [&expected, &found] {
        fs::create_dir(place).expect("a folder");
    }
    for ((locked, made), (mut free, found)) in commands(&expected)
        .into_iter()
        .zip(commands(&found))
        .take(3)
    {
        free.push("--no-lock".to_owned());
        let _ = run(&locked).succeeded();
        let _ = run_without_locks(libc::ENOLCK, &free).succeeded();
        let (mut made, mut found) = (files(&made), files(&found));
        assert!(made.len() > 3, "{:?}", made.keys());
        for files in [&mut made, &mut found] {
            // A run says how long it took and where its data are.
            files.retain(|name, _| !name.ends_with("run.json"));
            let seconds = |name: &Path| name.starts_with("curves.csv");
            files.retain(|name, _| !seconds(name));
        }
        assert_same(&found, &made, &free[0]);
    }
}

#[test]
fn shards_without_locks_begin_at_once_and_make_the_same_bytes() {
    const SHARDS: usize = 8;
    let folder = folder();
    let expected = generated(&folder.path().join("whole"), "--samples 300");
    let sweep = |path: &Path, more: &str| -> Vec<String> {
        let line = "ensemble --concentration 0:1:3 --length 4 --width 3 --samples 100 --block 8";
        let words = line.split(' ').chain(more.split_whitespace());
        let mut words: Vec<String> = words.map(str::to_owned).collect();
        words.push(format!("--output={}", path.display()));
        words
    };
    let averages = folder.path().join("averages");
    let _ = run(sweep(&averages, "")).succeeded();
    let averages = files(&averages);
    let at_once = |words: &dyn Fn(usize) -> Vec<String>| {
        let words: Vec<Vec<String>> = (0..SHARDS).map(words).collect();
        let shards: Vec<Child> = without_locks(libc::ENOLCK, || {
            let start = |words: &Vec<String>| {
                let mut command = landauer(words);
                command.stdout(Stdio::null()).spawn().expect("a process")
            };
            words.iter().map(start).collect()
        });
        for mut shard in shards {
            assert!(shard.wait().expect("a process that ends").success());
        }
    };
    for round in 0..4 {
        let path = folder.path().join(round.to_string());
        let share = |shard: usize| format!("--samples 300 --shard {shard}/{SHARDS} --no-lock");
        at_once(&|shard| arguments(&path, &share(shard)));
        assert_same(&files(&path), &expected, "a data set");
        let path = folder.path().join(format!("e{round}"));
        let share = |shard: usize| format!("--shard {shard}/{SHARDS} --no-lock");
        at_once(&|shard| sweep(&path, &share(shard)));
        assert_same(&files(&path), &averages, "an ensemble");
    }
}

#[test]
fn what_is_complete_is_enough_where_nothing_can_be_written() {
    let folder = folder();
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
    if !mount("size=64m") {
        println!(
            "SKIPPED: a file system that cannot be written needs the right to mount one (root)"
        );
        return;
    }
    let disk_in_use = Mounted(&disk);
    let all: Vec<Vec<String>> = commands(&disk)
        .into_iter()
        .map(|(words, _)| words)
        .take(3)
        .collect();
    for words in &all {
        let _ = run(words).succeeded();
    }
    let made = disk.join("new/d.zarr");
    let partly = disk.join("partly.zarr");
    let _ = generate(&partly, "--samples 100 --shard 1/3").succeeded();
    let before = files(&disk);
    assert!(mount("remount,ro"), "a disk that cannot be written");

    for words in &all {
        let done = run(words).succeeded();
        assert!(done.stderr.is_empty(), "{done:?}");
    }
    let done = generate(&made, "--samples 100 --json").succeeded().json();
    assert_eq!(
        (&done["chunks_found"], &done["chunks_written"]),
        (&4.into(), &0.into())
    );
    assert!(
        generate(&made, "--samples 100")
            .succeeded()
            .stdout
            .contains("complete")
    );
    let _ = inspect(&made).succeeded();
    // A share that is complete is so too; what is not there cannot be made, and that is told at once.
    let _ = generate(&partly, "--samples 100 --shard 1/3").succeeded();
    let read_only = "Read-only file system";
    let _ = generate(&partly, "--samples 100").failed(4, &["cannot write", read_only]);
    let _ = generate(&partly, "--samples 100 --shard 0/3").failed(4, &[read_only]);
    let _ = generate(&made, "--samples 200").failed(4, &["cannot write", read_only]);
    let _ = generate(&disk.join("other"), "--samples 10").failed(4, &[read_only]);
    let _ = generate(&made, "--samples 100 --seed 2").failed(5, &["seed is 1, not 2"]);
    let larger = all[1]
        .iter()
        .map(|word| if word == "40" { "50" } else { word });
    let _ = run(larger).failed(4, &["cannot write", read_only]);
    assert_same(&files(&disk), &before, "afterwards");
    drop(disk_in_use);
}
