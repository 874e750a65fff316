//! A training killed with SIGKILL, or stopped, at any moment goes on to the same weights.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use landauer_tests::command::{landauer, run, signal};
use landauer_tests::small_training::{SPECTRAL, config, impurity_data};

fn arguments(data: &Path, config: &Path, output: &Path) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    let mut arguments: Vec<String> = ["train", "--checkpoint-seconds", "0", "--dataset"]
        .map(String::from)
        .to_vec();
    arguments.extend([text(data), "--config".into(), text(config)]);
    arguments.extend([
        "--output".into(),
        text(output),
        "--epochs".into(),
        "4".into(),
    ]);
    arguments
}

fn start(arguments: &[String]) -> Child {
    let mut command = landauer(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("landauer can be started")
}

fn weights(run: &Path) -> Vec<Vec<u8>> {
    let names = ["best.safetensors", "last.safetensors", "intervals.json"];
    names
        .map(|name| fs::read(run.join(name)).expect(name))
        .into()
}

#[test]
fn killed_again_and_again_it_comes_to_the_same_weights() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = impurity_data(folder.path());
    let config = config(folder.path(), "spectral", SPECTRAL);
    let undisturbed = folder.path().join("undisturbed");
    let begin = Instant::now();
    let _ = run(arguments(&data, &config, &undisturbed)).succeeded();
    let time = begin.elapsed();
    let disturbed = folder.path().join("disturbed");
    let command = arguments(&data, &config, &disturbed);
    let mut kills = 0;
    for number in 0..40_u32 {
        let mut child = start(&command);
        let share = 0.1 + 0.2 * (f64::from(number) * 0.618_034).fract();
        thread::sleep(time.mul_f64(share));
        if number % 4 == 3 {
            signal(&child, "-TERM");
        } else {
            child.kill().expect("a process of ours");
        }
        let status = child.wait().expect("a process that ends");
        if status.success() {
            break;
        }
        kills += 1;
        // Whatever was left is sound.
        if disturbed.join("run.json").exists() {
            let text = fs::read_to_string(disturbed.join("run.json")).expect("a file");
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
        }
    }
    let _ = run(&command).succeeded();
    assert!(kills >= 3, "{kills}");
    assert!(weights(&undisturbed) == weights(&disturbed));
    assert!(!disturbed.join("checkpoint").exists());
    // Killed at the very end, when the run is finished and its last checkpoint still there.
    fs::create_dir(disturbed.join("checkpoint")).expect("a folder");
    fs::write(disturbed.join("checkpoint/state"), "of no use").expect("a file");
    let _ = run(&command).succeeded();
    assert!(weights(&undisturbed) == weights(&disturbed));
    assert!(!disturbed.join("checkpoint").exists());
}

#[test]
fn a_damaged_checkpoint_is_refused_and_two_do_not_train_in_one_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = impurity_data(folder.path());
    let config = config(folder.path(), "spectral", SPECTRAL);
    let path = folder.path().join("run");
    let mut command = arguments(&data, &config, &path);
    command.extend(["--epochs".into(), "1000".into()]);
    command.drain(command.len() - 4..command.len() - 2);
    let state = path.join("checkpoint/state");
    let mut child = start(&command);
    let begin = Instant::now();
    while !state.exists() && begin.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(5));
    }
    let _ = run(&command).failed(5, &["another process"]);
    child.kill().expect("a process of ours");
    child.wait().expect("a process that ends");
    let mut bytes = fs::read(&state).expect("a checkpoint");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&state, bytes).expect("a checkpoint");
    let _ = run(&command).failed(6, &["checkpoint", "damaged"]);
}
