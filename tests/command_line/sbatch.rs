//! `--sbatch`: scripts that bash takes, whose tasks make the bytes of one process, and refusals of
//! what could not run. `tests/slurm` gives them to a real Slurm.

use std::fs;
use std::path::Path;
use std::process::Command;

use landauer_tests::command::{Finished, landauer, run};
use landauer_tests::folder::{assert_same, files};
use serde_json::Value;
use tempfile::TempDir;

/// A data set of 10 chunks.
const WORK: &str = "generate --length 6 --width 5 --chunk 32 --samples 300";

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Runs `WORK` with `more` arguments in a folder.
fn work(folder: &Path, more: &[&str]) -> Finished {
    let mut command = landauer(words(WORK));
    let output = command.args(more).current_dir(folder).output();
    output.expect("landauer can be started").into()
}

/// Bash itself, on a script.
fn bash(arguments: &[&str], script: &Path) -> Command {
    let mut command = Command::new("bash");
    command.args(arguments).arg(script);
    command
}

/// Runs one task of a script's job array, as Slurm would, as one of so many or alone.
fn task(script: &Path, task: u64, tasks: u64) -> Finished {
    let first = if tasks == 1 { task } else { 0 };
    let mut command = bash(&[], script);
    command
        .env("SLURM_ARRAY_TASK_ID", task.to_string())
        .env("SLURM_ARRAY_TASK_MIN", first.to_string())
        .env("SLURM_ARRAY_TASK_MAX", (first + tasks - 1).to_string())
        .env("SLURM_ARRAY_TASK_COUNT", tasks.to_string())
        .env("SLURM_CPUS_PER_TASK", "2")
        // Slurm starts tasks in the folder of the submission; nothing depends on it.
        .current_dir("/");
    let output = command.output();
    output.expect("bash can be started").into()
}

/// Insists on a script that bash takes.
fn is_bash(script: &Path) {
    let checked: Finished = bash(&["-n"], script)
        .output()
        .expect("bash can be started")
        .into();
    let _ = checked.succeeded();
}

#[test]
fn the_tasks_of_a_script_make_the_bytes_of_one_process() {
    let folder = folder();
    let _ = work(folder.path(), &["--output", "whole"]).succeeded();
    let expected = files(&folder.path().join("whole"));
    // Any name can be the path of a data set, and relative paths mean what they mean here.
    for (name, tasks) in [("plain", 1), ("it's $HOME; `ls` \"x\" #", 4), ("Ḡ ~", 10)] {
        let script = folder.path().join(format!("{tasks}.sh"));
        let tasks_word = tasks.to_string();
        let script_word = script.display().to_string();
        let told = work(
            folder.path(),
            &[
                "--output",
                name,
                "--tasks",
                &tasks_word,
                "--sbatch",
                &script_word,
            ],
        );
        let told = told.succeeded();
        let hint = format!("sbatch {script_word}");
        assert!(
            told.stdout.contains(&hint) && told.stdout.contains("inspect"),
            "{told:?}"
        );
        // Nothing has been done yet.
        let path = folder.path().join(name);
        assert!(!path.exists());
        is_bash(&script);
        for number in (0..tasks).rev() {
            let done = task(&script, number, tasks).succeeded();
            let share = format!("shard {number}/{tasks}");
            assert!(tasks == 1 || done.stdout.contains(&share), "{done:?}");
        }
        assert_same(&files(&path), &expected, name);
        // One task alone, whatever Slurm says of the array that it is now in, is the same share.
        let alone = tasks - 1;
        for chunk in fs::read_dir(path.join("g/c")).expect("a folder") {
            fs::remove_file(chunk.expect("an entry").path()).expect("a file");
        }
        let again = task(&script, alone, 1).succeeded();
        let of_all = fs::read_dir(path.join("g/c")).expect("a folder").count();
        let own = 10 - alone * 10 / tasks;
        assert_eq!(of_all as u64, own, "{again:?}");
        for number in 0..tasks {
            let _ = task(&script, number, 1).succeeded();
        }
        assert_same(&files(&path), &expected, name);
        // A task that the script knows nothing of has no share.
        let words = format!("no task {tasks}");
        let _ = task(&script, tasks, tasks + 1).failed(2, &[&words]);
    }
}

#[test]
fn an_ensemble_is_shared_out_too() {
    let folder = folder();
    let sweep = "ensemble --concentration 0:1:3 --length 5 --width 4 --samples 70 --block 16";
    let ensemble = |more: &[&str]| -> Finished {
        let mut command = landauer(words(sweep));
        let output = command.args(more).current_dir(folder.path()).output();
        output.expect("landauer can be started").into()
    };
    let _ = ensemble(&["--output", "whole"]).succeeded();
    let expected = files(&folder.path().join("whole"));
    let told = ensemble(&["--output=it's many", "--tasks=4", "--sbatch=e.sh"]).succeeded();
    for words in ["sbatch e.sh", "tasks: 4", "pieces of work: 15", "ls "] {
        assert!(told.stdout.contains(words), "no `{words}` in {told:?}");
    }
    let path = folder.path().join("it's many");
    assert!(!path.exists());
    let script = folder.path().join("e.sh");
    is_bash(&script);
    let text = fs::read_to_string(&script).expect("a script");
    assert!(text.contains("--shard=slurm/4 "), "{text}");
    for line in ["--concentration=0:1:3", "--solver=auto", "--block=16"] {
        assert!(text.contains(line), "no {line} in {text}");
    }
    for number in [2, 0, 3, 1] {
        let done = task(&script, number, 4).succeeded();
        let last = number == 1;
        assert_eq!(
            done.stdout.contains("units of other shards are missing"),
            !last
        );
    }
    assert_same(&files(&path), &expected, "an array");

    // What could not run is refused now, and nothing is written.
    let _ = ensemble(&["--output=it's many", "--seed=2", "--sbatch=f.sh"])
        .failed(5, &["its seed is 1, not 2"]);
    let _ = ensemble(&["--output=g", "--tasks=16", "--sbatch=f.sh"]).failed(2, &["15 pieces"]);
    assert!(!folder.path().join("f.sh").exists() && !folder.path().join("g").exists());
}

#[test]
fn a_task_fails_with_the_exit_code_of_the_command() {
    let folder = folder();
    let script = folder.path().join("s.sh");
    let script_word = script.display().to_string();
    let _ = work(folder.path(), &["--output=d", "--sbatch", &script_word]).succeeded();
    // Meanwhile somebody else puts something there.
    fs::create_dir(folder.path().join("d")).expect("a folder");
    fs::write(folder.path().join("d/notes"), "mine").expect("a file");
    let _ = task(&script, 0, 2).failed(5, &["does not hold a data set of landauer"]);
    // Without Slurm it says what it is for.
    let alone: Finished = bash(&[], &script)
        .env_remove("SLURM_ARRAY_TASK_ID")
        .output()
        .expect("bash can be started")
        .into();
    assert!(
        alone.code != Some(0) && alone.stderr.contains("submit this script with sbatch"),
        "{alone:?}"
    );
}

#[test]
fn standard_output_is_the_script_and_nothing_else() {
    let folder = folder();
    let script = folder.path().join("s.sh");
    let file = script.display().to_string();
    let written = work(folder.path(), &["--output=d", "--sbatch", &file]).succeeded();
    assert!(written.stderr.is_empty());
    let expected = fs::read_to_string(&script).expect("a script");
    for printed in [
        work(folder.path(), &["--output=d", "--sbatch"]),
        work(folder.path(), &["--sbatch", "--output=d", "--quiet"]),
        work(folder.path(), &["--output=d", "--sbatch=-"]),
    ] {
        let printed = printed.succeeded();
        assert_eq!(
            (printed.stdout, printed.stderr),
            (expected.clone(), String::new())
        );
    }
    let json = work(folder.path(), &["--output=d", "--json", "--sbatch"])
        .succeeded()
        .json();
    assert_eq!(json["script"], expected.as_str());
    assert_eq!((&json["tasks"], &json["pieces"]), (&10.into(), &10.into()));
    assert_eq!(json["file"], Value::Null);
    let more = ["--output=d", "--quiet", "--sbatch", &file];
    let quiet = work(folder.path(), &more).succeeded();
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
}

#[test]
fn what_slurm_shall_know_is_in_the_script() {
    let folder = folder();
    let options = "--output=d --sbatch --tasks 3 --cpus-per-task 4 --memory 2G --time 1-12 --partition long --account physics";
    let script = work(folder.path(), &words(options)).succeeded().stdout;
    for line in [
        "#SBATCH --array=0-2",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=2G",
        "#SBATCH --time=1-12",
        "#SBATCH --partition=long",
        "#SBATCH --account=physics",
    ] {
        assert!(
            script.lines().any(|found| found == line),
            "no {line} in {script}"
        );
    }
    // More tasks than most Slurms take are warned of, and fewer are not.
    let many =
        "generate --length 3 --width 3 --chunk 1 --samples 9000 --output=d --sbatch=s.sh --tasks";
    let warned = |tasks: &str| -> Finished {
        let mut command = landauer(words(many));
        let output = command.arg(tasks).current_dir(folder.path()).output();
        Finished::from(output.expect("landauer can be started")).succeeded()
    };
    let told = warned("5000").stderr;
    for part in ["warning", "5000 tasks", "MaxArraySize", "1001"] {
        assert!(told.contains(part), "no `{part}` in {told}");
    }
    let script_text = fs::read_to_string(folder.path().join("s.sh")).expect("a script");
    assert!(script_text.contains("--array=0-4999") && script_text.contains("--shard=slurm/5000"));
    assert_eq!(warned("1001").stderr, "");
    // Without locks here is without locks there.
    let free = words("--output=d --sbatch --no-lock");
    let script = work(folder.path(), &free).succeeded().stdout;
    assert!(script.contains("\n  --no-lock \\\n"), "{script}");
    let threads = words("--output=d --sbatch --threads 3");
    let script = work(folder.path(), &threads).succeeded().stdout;
    assert!(script.contains("#SBATCH --cpus-per-task=3\n"), "{script}");
    assert!(
        script.contains("--threads=\"$SLURM_CPUS_PER_TASK\""),
        "{script}"
    );
}

#[test]
fn what_could_not_run_is_refused_now() {
    let folder = folder();
    let script = folder.path().join("s.sh");
    let file = script.display().to_string();
    for (wrong, message) in [
        ("--samples 10 --disorder 5", "unknown disorder model 5"),
        ("--samples 0", "invalid number of samples 0"),
        ("--samples 10 --concentration 2", "--concentration"),
        ("--samples 10 --energies nan", "not a finite number"),
        ("--samples 10 --length 0", "invalid strip size"),
        ("--samples 10 --chunk 5 --tasks 3", "2 pieces"),
        ("--samples 10 --shard 0/2", "--shard"),
        ("--samples 10 --time soon", "--time"),
        ("--samples 10 --memory lots", "--memory"),
        ("--samples 10 --partition=a;b", "--partition"),
    ] {
        let all = ["generate", "--output=d", "--sbatch", &file];
        let _ = run(all.into_iter().chain(words(wrong))).failed(2, &[message]);
        assert!(!script.exists(), "{wrong}");
    }
    let _ = work(folder.path(), &["--output=d", "--tasks=2"]).failed(2, &["--sbatch"]);
    let control = work(folder.path(), &["--output=a\nb", "--sbatch", &file]);
    let _ = control.failed(2, &["does not fit into a script"]);

    // Another data set is at the path, or something else, or a longer one.
    let _ = work(folder.path(), &["--output=d"]).succeeded();
    let there = files(&folder.path().join("d"));
    let other = work(
        folder.path(),
        &["--output=d", "--seed=2", "--sbatch", &file],
    );
    let _ = other.failed(5, &["seed is 1, not 2"]);
    let foreign = work(folder.path(), &["--output=.", "--sbatch", &file]);
    let _ = foreign.failed(5, &["does not hold a data set of landauer"]);
    assert!(!script.exists());
    assert_same(&files(&folder.path().join("d")), &there, "afterwards");
    // This very one can be completed or extended.
    let _ = work(folder.path(), &["--output=d", "--sbatch", &file]).succeeded();
}

#[test]
fn only_scripts_of_ours_are_replaced() {
    let folder = folder();
    let script = |name: &str, more: &[&str]| {
        let mut all = vec!["--output=d", "--sbatch", name];
        all.extend(more);
        work(folder.path(), &all)
    };
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file");
    let _ = script("s.sh", &["--tasks=2"]).succeeded();
    let _ = script("s.sh", &["--tasks=3"]).succeeded();
    assert!(read("s.sh").contains("--array=0-2"));
    for (name, content) in [
        ("notes", "mine"),
        ("empty", ""),
        ("other.sh", "#!/usr/bin/env bash\n"),
    ] {
        fs::write(folder.path().join(name), content).expect("a file");
        let _ = script(name, &[]).failed(5, &["is not a script of", "was not changed"]);
        assert_eq!(read(name), content);
    }
    fs::create_dir(folder.path().join("sub")).expect("a folder");
    let _ = script("sub", &[]).failed(5, &["is not a script of"]);
    let _ = script("nowhere/s.sh", &[]).failed(4, &["cannot write nowhere/s.sh"]);
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 5, "a half-written file is left");
}

#[cfg(unix)]
#[test]
fn a_script_can_be_executed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let _ = work(folder.path(), &["--output=d", "--sbatch=s.sh"]).succeeded();
    let found = fs::metadata(folder.path().join("s.sh")).expect("a script");
    assert_eq!(found.permissions().mode() & 0o700, 0o700);
}
