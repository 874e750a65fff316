//! `landauer solve` refuses what it cannot do: the documented exit code, a message that says what
//! to do, and nothing written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use landauer_tests::command::run;
use landauer_tests::npy;

/// Exit codes (`host/cli/src/failure.rs`).
const USAGE: i32 = 2;
const INPUT: i32 = 3;
const SYSTEM: i32 = 4;

/// One way to go wrong.
struct Case {
    name: &'static str,
    /// What lies in `bad.npy`.
    bad: Vec<u8>,
    /// The arguments after `solve`, with spaces between; they are run in a folder that holds
    /// `good.npy` (2 lattices 3x2), `bad.npy` and a folder `folder.npy`.
    arguments: &'static str,
    code: i32,
    /// Words of the message.
    words: &'static [&'static str],
}

/// A good file of two lattices of 3x2.
fn good() -> Vec<u8> {
    npy::f64_array(&[2, 3, 2], &[0.5; 12])
}

/// Wrong content of a file of lattices.
fn lattice(name: &'static str, bad: Vec<u8>, words: &'static [&'static str]) -> Case {
    let arguments = "--onsite bad.npy --output t.npy --bias 0.36 --g-bar-output g.npy";
    Case {
        name,
        bad,
        arguments,
        code: INPUT,
        words,
    }
}

/// Wrong content of a file of energies.
fn energies(name: &'static str, bad: Vec<u8>, words: &'static [&'static str]) -> Case {
    let arguments = "--onsite good.npy --energies-from bad.npy --output t.csv";
    Case {
        name,
        bad,
        arguments,
        code: INPUT,
        words,
    }
}

/// A wrong command line, or a machine that says no.
fn command(
    &(name, arguments, words): &(&'static str, &'static str, &'static [&'static str]),
    code: i32,
) -> Case {
    let bad = Vec::new();
    Case {
        name,
        bad,
        arguments,
        code,
        words,
    }
}

/// A file of format 1.0 with this type and shape, as Python writes them, and 96 bytes of data.
fn headed(descr: &str, shape: &str) -> Vec<u8> {
    npy::with_header([1, 0], &npy::dictionary(descr, false, shape), &[0; 96])
}

/// A file of format 2.0 with this text for a header.
fn evil(text: &str) -> Vec<u8> {
    npy::with_header([2, 0], text, &[0; 96])
}

/// The good file with one wrong element.
fn with_value(place: usize, value: f64) -> Vec<u8> {
    let mut values = [0.5; 12];
    values[place] = value;
    npy::f64_array(&[2, 3, 2], &values)
}

fn broken_files() -> Vec<Case> {
    let mut magic = good();
    magic[1] = b'M';
    let mut version = good();
    version[6] = 9;
    let mut minor = good();
    minor[7] = 1;
    let mut long_header = good();
    long_header[8..10].copy_from_slice(&[0xff, 0xff]);
    let mut huge_header = evil("{");
    huge_header[8..12].copy_from_slice(&[0xff; 4]);
    let trailing = [good(), vec![0]].concat();
    let two_arrays = [good(), good()].concat();
    let header = good().len() - 96;
    let cut = |end: usize| good()[..end].to_vec();
    let padded = format!(
        "{}{}",
        npy::dictionary("'<f8'", false, "(3, 4)"),
        " ".repeat(70_000)
    );
    vec![
        lattice(
            "empty file",
            Vec::new(),
            &["bad.npy", "empty", "numpy.save"],
        ),
        lattice(
            "text instead",
            b"0.5, 0.5\n".to_vec(),
            &["not a .npy file", "numpy.save"],
        ),
        lattice(
            "a .npz archive",
            b"PK\x03\x04 and so on".to_vec(),
            &[".npz archive", "numpy.load", "numpy.save"],
        ),
        lattice("corrupt magic", magic, &["not a .npy file"]),
        lattice("version 9.0", version, &["version 9.0", "1.0, 2.0 and 3.0"]),
        lattice("version 1.1", minor, &["version 1.1"]),
        lattice("magic cut", cut(4), &["not a .npy file"]),
        lattice("version cut", cut(6), &["header is truncated"]),
        lattice(
            "header length cut",
            cut(9),
            &["header is truncated", "copy"],
        ),
        lattice("header cut", cut(50), &["header is truncated", "has 50"]),
        lattice("header without data", cut(header), &["96 bytes", "only 0"]),
        lattice(
            "data cut",
            cut(header + 72),
            &["data are truncated", "96 bytes", "only 72"],
        ),
        lattice("data cut within an element", cut(header + 95), &["only 95"]),
        lattice("one byte too many", trailing, &["1 bytes too many"]),
        lattice(
            "two arrays in one file",
            two_arrays,
            &["too many", "one array"],
        ),
        lattice(
            "header longer than the file",
            long_header,
            &["header is truncated", "65545"],
        ),
        lattice(
            "header of 4 GB",
            huge_header,
            &["header is truncated", "4294967307"],
        ),
        lattice(
            "header of 70 kB",
            evil(&padded),
            &["header is 70", "bytes long"],
        ),
        lattice(
            "claim of 10^12 values",
            headed("'<f8'", "(1000000, 1000, 1000)"),
            &["8000000000000 bytes", "only 96"],
        ),
        lattice(
            "claim beyond 2^64 bytes",
            headed("'<f8'", "(18446744073709551615, 18446744073709551615, 3)"),
            &["truncated", "only 96"],
        ),
    ]
}

fn evil_headers() -> Vec<Case> {
    let damaged: &[&str] = &["header is damaged", "numpy.save"];
    let with = |shape: &str| evil(&npy::dictionary("'<f8'", false, shape));
    vec![
        lattice("no dictionary", evil("[1, 2, 3]"), damaged),
        lattice("empty header", evil(""), damaged),
        lattice("empty dictionary", evil("{}"), &["no 'descr'"]),
        lattice(
            "code in the header",
            evil("{'descr': __import__('os').system('touch evil'), 'shape': (3, 4)}"),
            damaged,
        ),
        lattice(
            "an extra key",
            evil("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), 'x': 1}"),
            &["unknown key"],
        ),
        lattice(
            "a key twice",
            evil("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)}"),
            &["key twice"],
        ),
        lattice(
            "no shape",
            evil("{'descr': '<f8', 'fortran_order': False}"),
            &["no 'shape'"],
        ),
        lattice(
            "memory order of 2",
            evil("{'descr': '<f8', 'fortran_order': 2, 'shape': (3, 4)}"),
            &["fortran_order"],
        ),
        lattice("60,000 brackets", evil(&"(".repeat(60_000)), damaged),
        lattice("nested dictionaries", evil(&"{".repeat(60_000)), damaged),
        lattice("deep shape", with(&"(".repeat(50_000)), damaged),
        lattice("negative axis", with("(-3, -4)"), &["shape"]),
        lattice("fractional axis", with("(3.0, 4)"), &["shape"]),
        lattice(
            "axis beyond 2^64",
            with("(99999999999999999999, 4)"),
            &["shape"],
        ),
        lattice("shape is a number", with("12"), &["no tuple"]),
        lattice(
            "bytes that are no text",
            npy::with_header([3, 0], "{'d\u{0}\u{7f}", &[]),
            damaged,
        ),
    ]
}

fn wrong_elements() -> Vec<Case> {
    let refused = |name, descr: &str, words| lattice(name, headed(descr, "(2, 3)"), words);
    vec![
        refused("complex128", "'<c16'", &["complex", "<c16", "astype"]),
        refused("complex64", "'<c8'", &["complex", "<c8"]),
        refused("Python objects", "'|O'", &["objects", "astype"]),
        refused("strings", "'<U4'", &["strings", "<U4"]),
        refused("byte strings", "'|S16'", &["byte strings", "|S16"]),
        refused("raw bytes", "'|V16'", &["raw bytes", "|V16"]),
        refused(
            "records",
            "[('a', '<f8'), ('b', '<f8')]",
            &["structured records", "('a'"],
        ),
        refused("dates", "'<M8[ns]'", &["dates", "<M8[ns]"]),
        refused("time differences", "'<m8[s]'", &["time differences"]),
        refused("long doubles", "'<f16'", &["long doubles", "<f16"]),
        refused("an unknown type", "'<x8'", &["unknown type", "<x8"]),
        refused("integers of 3 bytes", "'<i3'", &["unknown type", "<i3"]),
        lattice(
            "NaN",
            with_value(9, f64::NAN),
            &["sample 1", "x = 1, y = 1", "NaN", "bad.npy"],
        ),
        lattice(
            "infinity",
            with_value(4, f64::INFINITY),
            &["sample 0", "x = 2, y = 0", "inf"],
        ),
        lattice(
            "-infinity",
            with_value(0, f64::NEG_INFINITY),
            &["x = 0, y = 0", "-inf"],
        ),
        lattice(
            "NaN in f2, big-endian, Fortran order",
            npy::with_header(
                [1, 0],
                &npy::dictionary("'>f2'", true, "(2, 2)"),
                &[0, 0, 0x7e, 0, 0, 0, 0, 0],
            ),
            &["sample 0", "x = 1, y = 0", "NaN"],
        ),
    ]
}

fn wrong_shapes() -> Vec<Case> {
    let words: &[&str] = &["axis of length zero"];
    let empty = |name, shape| {
        let header = npy::dictionary("'<f8'", false, shape);
        lattice(name, npy::with_header([1, 0], &header, &[]), words)
    };
    let scalar = npy::f64_array(&[], &[0.5]);
    vec![
        lattice("no axis", scalar, &["shape ()", "[x, y]"]),
        lattice(
            "one axis",
            headed("'<f8'", "(12,)"),
            &["(12,)", "[sample, x, y]"],
        ),
        lattice(
            "four axes",
            headed("'<f8'", "(1, 2, 3, 2)"),
            &["(1, 2, 3, 2)", "[x, y]"],
        ),
        empty("zero length", "(2, 0, 3)"),
        empty("zero width", "(2, 3, 0)"),
        empty("zero samples", "(0, 2, 3)"),
        empty("zero by zero", "(0, 0)"),
    ]
}

fn wrong_energies() -> Vec<Case> {
    let list = |values: &[f64]| npy::f64_array(&[values.len()], values);
    vec![
        energies(
            "NaN among energies",
            list(&[0.0, f64::NAN]),
            &["energy number 1", "NaN"],
        ),
        energies(
            "infinite energy",
            list(&[f64::INFINITY]),
            &["energy number 0", "inf"],
        ),
        energies("no energies", list(&[]), &["axis of length zero"]),
        energies(
            "energies on two axes",
            headed("'<f8'", "(3, 4)"),
            &["(3, 4)", "[energy]"],
        ),
        energies("complex energies", headed("'<c16'", "(6,)"), &["complex"]),
        energies(
            "energies cut",
            headed("'<f8'", "(13,)"),
            &["truncated", "104 bytes"],
        ),
        energies("empty file of energies", Vec::new(), &["empty"]),
    ]
}

/// Command lines that ask for what cannot be: name, arguments, words of the message.
const WRONG_USAGE: &[(&str, &str, &[&str])] = &[
    (
        "nothing to solve",
        "--energies 0 --output t.npy",
        &["--onsite", "--dataset", "--disorder"],
    ),
    (
        "file and model",
        "--onsite good.npy --disorder 2",
        &["cannot be used with"],
    ),
    (
        "file and width",
        "--onsite good.npy --width 2",
        &["cannot be used with"],
    ),
    (
        "file and samples",
        "--onsite good.npy --samples 2",
        &["cannot be used with"],
    ),
    (
        "file and seed",
        "--onsite good.npy --seed 2",
        &["cannot be used with"],
    ),
    (
        "model 0",
        "--disorder 0 --output t.npy",
        &["unknown disorder model 0", "4 (IV)"],
    ),
    (
        "model 98",
        "--disorder 98 --output t.npy",
        &["unknown disorder model 98", "4 (IV)"],
    ),
    (
        "model IIII",
        "--disorder IIII --output t.npy",
        &["unknown disorder model IIII", "4 (IV)"],
    ),
    (
        "strength of model 2",
        "--disorder 2 --strength 3 --output t.npy",
        &["--concentration"],
    ),
    (
        "concentration of model 1",
        "--disorder 1 --concentration 0.1",
        &["--strength"],
    ),
    (
        "concentration 1.5",
        "--disorder 2 --concentration 1.5",
        &["0 to 1"],
    ),
    (
        "concentration -1",
        "--disorder 2 --concentration -1",
        &["0 to 1"],
    ),
    (
        "concentration NaN",
        "--disorder 2 --concentration nan",
        &["0 to 1"],
    ),
    (
        "strength -1",
        "--disorder 1 --strength -1",
        &["invalid disorder strength -1"],
    ),
    (
        "strength infinite",
        "--disorder 1 --strength inf",
        &["finite"],
    ),
    (
        "samples 0",
        "--disorder 2 --samples 0 --output t.npy",
        &["below 1", "at least 1"],
    ),
    ("samples -1", "--disorder 2 --samples=-1", &["negative"]),
    (
        "samples -1, apart",
        "--disorder 2 --samples -1",
        &["negative"],
    ),
    (
        "samples 1.5",
        "--disorder 2 --samples 1.5",
        &["not a whole number"],
    ),
    (
        "samples 1e30",
        "--disorder 2 --samples 1e30",
        &["too large", "18446744073709551615"],
    ),
    (
        "many samples",
        "--disorder 2 --samples many",
        &["a whole number", "such as 1000 or 1e5"],
    ),
    (
        "seed -1",
        "--disorder 2 --seed -1",
        &["negative", "whole number"],
    ),
    (
        "seed 0.5",
        "--disorder 2 --seed 0.5",
        &["not a whole number"],
    ),
    (
        "width 1e-1",
        "--disorder 2 --width 1e-1",
        &["not a whole number"],
    ),
    (
        "a space after the comma",
        "--onsite good.npy --energies -0.18, 0",
        &["unexpected", "no spaces", "--energies=-0.18,0,0.1"],
    ),
    (
        "bias -0.3",
        "--onsite good.npy --bias -0.3",
        &["above 0", "does not depend on its sign", "give 0.3"],
    ),
    (
        "bias 0",
        "--onsite good.npy --bias 0",
        &["above 0", "T at E = 0"],
    ),
    (
        "a strength of 300 digits",
        "--disorder 1 --strength -1e300",
        &["invalid disorder strength -1e300"],
    ),
    (
        "beyond the last index",
        "--disorder 2 --samples 2 --first 18446744073709551615",
        &["indices end"],
    ),
    (
        "absurd threads",
        "--disorder 2 --threads 9999999999 --output t.npy",
        &["too large", "at most 1024"],
    ),
    (
        "threads 0",
        "--onsite good.npy --threads 0 --output t.npy",
        &["invalid value"],
    ),
    (
        "length 0",
        "--disorder 2 --length 0 --output t.npy",
        &["at least 1"],
    ),
    (
        "width 0",
        "--disorder 2 --width 0 --output t.npy",
        &["at least 1"],
    ),
    (
        "uncountable sites",
        "--disorder 2 --length 18446744073709551615",
        &["no memory holds"],
    ),
    (
        "energy NaN",
        "--onsite good.npy --energies 0,nan --output t.npy",
        &["finite number"],
    ),
    (
        "energy inf",
        "--onsite good.npy --energies -inf --output t.npy",
        &["finite number"],
    ),
    (
        "energy garbage",
        "--onsite good.npy --energies 0,zero --output t.npy",
        &["finite number"],
    ),
    (
        "energy missing",
        "--onsite good.npy --energies 0,,1 --output t.npy",
        &["a number is missing"],
    ),
    (
        "energies forgotten",
        "--onsite good.npy --energies --output",
        &["invalid value"],
    ),
    (
        "bias NaN",
        "--onsite good.npy --bias NaN --output t.npy",
        &["finite number"],
    ),
    (
        "f16",
        "--onsite good.npy --precision f16 --output t.npy",
        &["f64, f32"],
    ),
    (
        "another solver",
        "--onsite good.npy --solver magic --output t.npy",
        &["auto, dissection, recursion, multifrontal"],
    ),
    (
        "single precision by a solver that has none",
        "--onsite good.npy --solver multifrontal --precision f32 --output t.npy",
        &["multifrontal", "f64 only", "f32"],
    ),
    (
        "Fano factors by the dissection",
        "--onsite good.npy --fano --solver dissection --output t.npy",
        &["--fano", "--solver recursion"],
    ),
    (
        "energy too large for f32",
        "--onsite good.npy --energies 1e300 --precision f32 --solver recursion --output t.npy",
        &["the energy 1e300 is not a finite number"],
    ),
    (
        "unknown ending",
        "--onsite good.npy --output t.txt",
        &[".npy or .csv", "t.txt"],
    ),
    (
        "no ending",
        "--onsite good.npy --output t",
        &[".npy or .csv"],
    ),
    (
        "eigenvalues as .csv",
        "--onsite good.npy --eigenvalues e.csv",
        &["--eigenvalues", ".npy"],
    ),
    (
        "G-bar as .csv",
        "--onsite good.npy --bias 1 --g-bar-output g.csv",
        &["--g-bar-output", ".npy"],
    ),
    (
        "G-bar without bias",
        "--onsite good.npy --g-bar-output g.npy",
        &["--bias"],
    ),
    (
        "output = input",
        "--onsite good.npy --output good.npy",
        &["overwrite an input"],
    ),
    (
        "output = input, said otherwise",
        "--onsite good.npy --output folder.npy/../good.npy",
        &["overwrite an input"],
    ),
    (
        "output = energies",
        "--onsite good.npy --energies-from bad.npy --output bad.npy",
        &["overwrite an input"],
    ),
    (
        "two outputs",
        "--onsite good.npy --output t.npy --eigenvalues ./t.npy",
        &["overwrite --output"],
    ),
    (
        "an unknown option",
        "--onsite good.npy --ouput t.npy",
        &["--output"],
    ),
];

/// What the machine refuses: name, arguments, words of the message.
const WRONG_MACHINE: &[(&str, &str, &[&str])] = &[
    (
        "no such file",
        "--onsite nothing.npy --output t.npy",
        &["error: --onsite: cannot read nothing.npy: No such file or directory (os error 2)\n"],
    ),
    (
        "a folder for a file",
        "--onsite folder.npy --output t.npy",
        &["cannot read folder.npy"],
    ),
    (
        "a device for a file",
        "--onsite /dev/null --output t.npy",
        &["not a regular file"],
    ),
    (
        "no such energies",
        "--onsite good.npy --energies-from e.npy --output t.npy",
        &["cannot read e.npy"],
    ),
    (
        "a folder of energies",
        "--onsite good.npy --energies-from folder.npy",
        &["cannot read folder.npy"],
    ),
    (
        "no such folder",
        "--onsite good.npy --output nowhere/t.npy",
        &["cannot write nowhere/t.npy", "nothing was changed"],
    ),
    (
        "a folder in the way",
        "--onsite good.npy --output folder.npy",
        &["cannot write folder.npy"],
    ),
    (
        "a file for a folder",
        "--onsite good.npy --output good.npy/t.npy",
        &["cannot write good.npy/t.npy"],
    ),
    (
        "second output fails",
        "--onsite good.npy --output t.npy --eigenvalues nowhere/e.npy",
        &["cannot write nowhere/e.npy"],
    ),
    (
        "a folder nobody can write to",
        "--onsite good.npy --output /proc/t.npy",
        &["cannot write /proc/t.npy"],
    ),
    (
        "absurd width",
        "--disorder 2 --length 1 --width 1000000000 --output t.npy",
        &["needs", "available", "smaller"],
    ),
    (
        "absurd size for a dissection",
        "--disorder 2 --length 100000 --width 100000 --solver dissection --output t.npy",
        &["needs", "available", "smaller"],
    ),
    (
        "absurd length",
        "--disorder 2 --length 1000000000000000 --width 1 --output t.npy",
        &["needs", "available"],
    ),
    (
        "width without bounds",
        "--disorder 2 --length 1 --width 18446744073709551615",
        &["needs 18.4 EB"],
    ),
    (
        "memory of many threads",
        "--disorder 2 --width 30000 --threads 1024 --output t.npy",
        &["needs", "fewer threads"],
    ),
    (
        "absurd table",
        "--disorder 2 --samples 18446744073709551615 --json",
        &["needs", "available"],
    ),
];

#[test]
fn bad_input_is_refused_and_nothing_is_written() {
    let cases: Vec<Case> = [
        broken_files(),
        evil_headers(),
        wrong_elements(),
        wrong_shapes(),
        wrong_energies(),
        WRONG_USAGE
            .iter()
            .map(|case| command(case, USAGE))
            .collect(),
        WRONG_MACHINE
            .iter()
            .map(|case| command(case, SYSTEM))
            .collect(),
    ]
    .into_iter()
    .flatten()
    .collect();
    for case in &cases {
        check(case);
    }
    println!("{} bad inputs refused", cases.len());
    assert!(cases.len() >= 100);
}

/// Runs a case and compares the folder before and after.
fn check(case: &Case) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("good.npy"), good()).expect("a file");
    fs::write(path("bad.npy"), &case.bad).expect("a file");
    fs::create_dir(path("folder.npy")).expect("a folder");
    let before = contents(folder.path());
    println!("{}: {}", case.name, case.arguments);
    let mut command = landauer_tests::command::landauer(["solve"]);
    command.args(case.arguments.split_whitespace());
    command.current_dir(folder.path());
    let finished = landauer_tests::command::Finished::from(command.output().expect("a process"));
    let finished = finished.failed(case.code, case.words);
    assert!(
        finished.stdout.is_empty() || case.arguments.contains("--json"),
        "{finished:#?}"
    );
    assert_eq!(contents(folder.path()), before, "{}", case.name);
}

/// Everything in a folder, by name.
fn contents(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let entries = fs::read_dir(folder).expect("a folder");
    let entries = entries.map(|entry| {
        let entry = entry.expect("a file");
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, fs::read(entry.path()).ok())
    });
    entries.collect()
}

/// A file that really is as long as its header says, but whose one lattice no memory holds.
#[test]
#[cfg(target_os = "linux")]
fn a_lattice_larger_than_memory_is_refused_with_numbers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("onsite.npy");
    let header = npy::dictionary("'|b1'", false, "(1, 262144, 262144)");
    let header = npy::with_header([1, 0], &header, &[]);
    fs::write(&path, &header).expect("a file");
    let file = fs::OpenOptions::new().write(true).open(&path);
    let length = header.len() as u64 + (1 << 36);
    file.and_then(|file| file.set_len(length))
        .expect("a file with a hole");
    let output = folder.path().join("t.npy");
    let finished = run([
        "solve".as_ref(),
        "--onsite".as_ref(),
        path.as_os_str(),
        "--output".as_ref(),
        output.as_os_str(),
    ]);
    let _ = finished.failed(SYSTEM, &["length 262144", "TB", "available"]);
    assert!(!output.exists());
}

#[test]
fn a_failure_is_json_for_machines() {
    let finished = run(["solve", "--json", "--onsite", "nothing.npy"]);
    let json = finished.failed(SYSTEM, &["nothing.npy"]).json();
    assert_eq!(json["kind"], "system");
    assert_eq!(json["exit_code"], SYSTEM);
}

/// A solution that is lost, or a number too large, is an error and never a number.
#[test]
fn absurd_onsite_energies_give_a_number_or_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (value, precision, too_large) in [
        (1e300, "f64", false),
        (-1e308, "f64", true),
        (5e-324, "f64", false),
        (1e39, "f32", false),
        (1e301, "f32", true),
        (1e-40, "f32", false),
        (1e30, "f32", false),
    ] {
        let path = folder.path().join("onsite.npy");
        let mut values = [0.5; 12];
        values[5] = value;
        fs::write(&path, npy::f64_array(&[3, 4], &values)).expect("a file");
        let finished = run([
            "solve".as_ref(),
            "--json".as_ref(),
            "--precision".as_ref(),
            precision.as_ref(),
            "--onsite".as_ref(),
            path.as_os_str(),
        ]);
        println!(
            "{value:e} {precision}: {:?} {}",
            finished.code, finished.stderr
        );
        if too_large {
            let message = format!(
                "error: sample 0 at E = 0: the on-site energy {value:e} t at slice 1, row 1 is \
                 larger than 1e300 t"
            );
            let _ = finished.failed(INPUT, &[&message]);
        } else {
            let t = finished.succeeded().json()["transmission"][0][0].as_f64();
            assert!(t.is_some_and(|t| (0.0..=4.0 + 1e-6).contains(&t)), "{t:?}");
        }
    }
}
