//! `landauer plot` and `landauer demo` as a user runs them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use landauer_tests::command::run;
use landauer_tests::tolerance;
use tempfile::TempDir;

/// A folder with a data set of each kind and lattices in a file.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Makes a data set of 300 small strips; gives its path.
    fn dataset(&self, name: &str, more: &[&str]) -> String {
        let path = self.text(name);
        let size = "generate --length 6 --width 5 --samples 300 --output";
        let arguments = size.split(' ').chain([&*path]).chain(more.iter().copied());
        let _ = run(arguments).succeeded();
        path
    }

    /// Makes a file of three strips of 4 x 2 sites; gives its path.
    fn lattices(&self) -> String {
        let shape = "(3, 4, 2)";
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        let padded = format!("{header:<117}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(padded.len()).unwrap().to_le_bytes());
        bytes.extend(padded.bytes());
        for site in 0..24 {
            bytes.extend((f64::from(site) / 8.0).to_le_bytes());
        }
        fs::write(self.path("lattices.npy"), bytes).unwrap();
        self.text("lattices.npy")
    }

    /// Every file in it, with its bytes.
    fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut contents = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = fs::read(&path).unwrap();
                    contents.insert(path, bytes);
                }
            }
        }
        contents
    }
}

/// Insists on a well-formed SVG one column wide; gives all its texts.
#[track_caller]
fn svg_texts(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.len() < 2_000_000, "{} bytes", text.len());
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    assert_eq!(root.attribute("width"), Some("3.4000in"));
    let texts = document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
    texts
        .map(|node| {
            // 8 points at the width of a column, in a font that every viewer has some kind of.
            assert_eq!(node.attribute("font-size"), Some("100"));
            assert!(
                node.attribute("font-family")
                    .unwrap()
                    .ends_with("sans-serif")
            );
            node.text().unwrap().trim().to_owned()
        })
        .collect()
}

#[track_caller]
fn assert_texts(path: &Path, expected: &[&str]) {
    let texts = svg_texts(path);
    for text in expected {
        assert!(
            texts.iter().any(|found| found == text),
            "no {text} in {texts:?}"
        );
    }
}

/// Insists on a PNG of 1020 pixels width at 300 an inch.
#[track_caller]
fn assert_png(path: &Path) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(&bytes[12..16], b"IHDR");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(number(16), 1020);
    assert!((600..1400).contains(&number(20)), "{}", number(20));
    let place = bytes.windows(4).position(|name| name == b"pHYs").unwrap();
    assert_eq!((number(place + 4), number(place + 8)), (11811, 11811));
}

#[test]
fn a_strip_is_drawn_as_svg_and_png_and_twice_the_same() {
    let place = Place::new();
    let arguments = "plot strip --disorder 2 --seed 1 --sample 3 --length 12 --width 8 \
                     --concentration 0.1 --energies -0.5:0.5:21 --output";
    for ending in ["svg", "png"] {
        for name in ["one", "two"] {
            let path = place.text(&format!("{name}.{ending}"));
            let arguments = arguments.split_whitespace().chain([&*path]);
            let told = run(arguments).succeeded();
            assert!(told.stdout.contains(&format!("wrote {path}")), "{told:?}");
        }
        let read = |name: &str| fs::read(place.path(&format!("{name}.{ending}"))).unwrap();
        assert!(read("one") == read("two"));
    }
    assert_png(&place.path("one.png"));
    let texts = [
        "(a)",
        "Model II, n = 10 %, sample 3",
        "left lead",
        "right lead",
        "x (sites)",
        "y (sites)",
        "On-site energy ε (t)",
        "(b)",
        "T(E)",
        "propagating modes",
        "Transmission T",
        "Energy E (t)",
    ];
    assert_texts(&place.path("one.svg"), &texts);
}

#[test]
fn the_curve_of_a_strip_is_that_of_solve() {
    let place = Place::new();
    let picture = place.text("strip.svg");
    let model = "--disorder 1 --strength 2 --length 9 --width 7 --seed 5 --json";
    let plot = "plot strip --energies -1:1:3 --threads 1 --sample 0 --output";
    let plot = plot.split(' ').chain([&*picture]).chain(model.split(' '));
    let drawn = run(plot).succeeded().json();
    assert_eq!(drawn["written"][0], *picture);
    assert_eq!(drawn["energies"], serde_json::json!([-1.0, 0.0, 1.0]));
    assert_eq!(drawn["propagating_modes"][1], 7);
    let solve = "solve --energies -1,0,1".split(' ').chain(model.split(' '));
    let solved = run(solve).succeeded().json();
    let expected = solved["transmission"][0].as_array().unwrap();
    for (found, expected) in drawn["transmission"]
        .as_array()
        .unwrap()
        .iter()
        .zip(expected)
    {
        let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
        assert!(
            (found - expected).abs() < tolerance::ROUNDING,
            "{found} {expected}"
        );
    }
}

#[test]
fn a_strip_of_a_file_is_drawn() {
    let place = Place::new();
    let (file, picture) = (place.lattices(), place.text("strip.svg"));
    let arguments = [
        "plot",
        "strip",
        "--onsite",
        &file,
        "--sample",
        "2",
        "--energies=-0.5:0.5:5",
        "-o",
        &picture,
        "--quiet",
    ];
    let told = run(arguments).succeeded();
    assert_eq!(told.stdout + &told.stderr, "");
    let texts = ["Given on-site energies, sample 2", "Energy E (t)"];
    assert_texts(&place.path("strip.svg"), &texts);
}

#[test]
fn the_pictures_of_a_data_set() {
    let place = Place::new();
    let path = place.dataset("m2.zarr", &[]);
    let svg = place.text("p.svg");
    let told = run(["plot", "distribution", &path, "-o", &svg, "--json"]).succeeded();
    assert_eq!(told.json()["samples"], 300);
    let texts = [
        "G (at E = 0)",
        "Ḡ (finite bias)",
        "Conductance G (2e²/h)",
        "P(G): share within G ± 0.1",
    ];
    assert_texts(&place.path("p.svg"), &texts);
    let texts = [
        "G",
        "Ḡ",
        "median of G",
        "median of Ḡ",
        "Conductance (2e²/h)",
        "Impurity concentration n (%)",
    ];
    for (name, more) in [("linear.svg", &[][..]), ("log.svg", &["--log"])] {
        let svg = place.text(name);
        let arguments = ["plot", "concentration", &path, "-o", &svg];
        let _ = run(arguments.iter().chain(more)).succeeded();
        assert_texts(&place.path(name), &texts);
    }
    assert_texts(&place.path("log.svg"), &["10⁻⁶"]);

    let figures = place.text("figures/here");
    let both = |folder: &str| {
        let told = run(["plot", "dataset", &path, "--output", folder]).succeeded();
        for name in ["p_of_g", "g_of_n"] {
            assert!(told.stdout.contains(&format!("{name}.svg")), "{told:?}");
            assert!(!svg_texts(&Path::new(folder).join(format!("{name}.svg"))).is_empty());
            assert_png(&Path::new(folder).join(format!("{name}.png")));
        }
    };
    both(&figures);
    let first = place.contents();
    both(&figures);
    assert!(first == place.contents(), "two runs differ");
}

#[test]
fn model_1_and_data_without_a_bias_have_fewer_pictures() {
    let place = Place::new();
    let path = place.dataset("m1.zarr", &["--disorder", "1"]);
    let figures = place.text("m1");
    let _ = run(["plot", "dataset", &path, "--output", &figures]).succeeded();
    assert!(place.path("m1/p_of_g.svg").exists());
    assert!(!place.path("m1/g_of_n.svg").exists());
    let svg = place.text("g.svg");
    let words = ["model I,", "no impurity concentration"];
    let _ = run(["plot", "concentration", &path, "-o", &svg]).failed(2, &words);
    assert!(!place.path("g.svg").exists());

    let path = place.dataset("zero.zarr", &["--energies", "0"]);
    let _ = run(["plot", "distribution", &path, "-o", &svg]).succeeded();
    let texts = svg_texts(&place.path("g.svg"));
    assert!(texts.iter().all(|text| !text.contains('Ḡ')), "{texts:?}");

    let path = place.dataset("off.zarr", &["--energies", "0.3"]);
    let _ = run(["plot", "distribution", &path, "-o", &svg]).failed(2, &["neither g nor g_bar"]);
}

#[test]
fn an_unfinished_or_damaged_data_set_is_not_drawn() {
    let place = Place::new();
    let path = place.dataset("m2.zarr", &["--chunk", "64"]);
    let svg = place.text("p.svg");
    let chunk = place.path("m2.zarr/g/c/1");
    let whole = fs::read(&chunk).unwrap();
    let mut damaged = whole.clone();
    damaged[9] ^= 1;
    fs::write(&chunk, damaged).unwrap();
    let _ = run(["plot", "distribution", &path, "-o", &svg]).failed(6, &["g/c/1", "damaged"]);
    fs::remove_file(&chunk).unwrap();
    let _ = run(["plot", "distribution", &path, "-o", &svg]).failed(6, &["g/c/1", "generate"]);
    assert!(!place.path("p.svg").exists());
}

/// Runs commands that must fail, with this exit code and these words, and leave no trace.
#[track_caller]
fn assert_refused(place: &Place, cases: &[(Vec<&str>, i32, &[&str])]) {
    let before = place.contents();
    for (arguments, code, words) in cases {
        let _ = run(arguments).failed(*code, words);
        assert!(before == place.contents(), "{arguments:?} left something");
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "a list of cases")]
fn bad_strips_have_their_exit_code_and_nothing_is_written() {
    let place = Place::new();
    let lattices = place.lattices();
    let text = |name: &str| place.text(name);
    fs::write(place.path("file"), "no folder").unwrap();
    let (svg, nowhere) = (text("a.svg"), text("missing/a.svg"));
    let (below_a_file, jpg, missing) = (text("file/a.svg"), text("a.jpg"), text("missing.npy"));
    let (no_ending, folder) = (text("a"), text(""));

    let with = |more: &'static str, output| -> Vec<&str> {
        let strip = "plot strip --length 5 --width 4".split(' ');
        strip
            .chain(more.split_whitespace())
            .chain(["--output", output])
            .collect()
    };
    let cases: Vec<(Vec<&str>, i32, &[&str])> = vec![
        (with("", &jpg), 2, &[".svg or .png", "a.jpg"]),
        (with("", &no_ending), 2, &[".svg or .png"]),
        (with("", &nowhere), 4, &["missing/a.svg"]),
        (with("", &below_a_file), 4, &["file/a.svg"]),
        (with("", "/proc/a.svg"), 4, &["/proc/a.svg"]),
        (with("--energies -0.5:0.5:0", &svg), 2, &["2 to", "points"]),
        (with("--energies -0.5:0.5:-3", &svg), 2, &["2 to", "points"]),
        (
            with("--energies -0.5:0.5:99999999999", &svg),
            2,
            &["points"],
        ),
        (
            with("--energies 0.1", &svg),
            2,
            &["a curve needs 2", "not 1"],
        ),
        (
            with("--energies 0:1:10002", &svg),
            2,
            &["10001", "not 10002"],
        ),
        (with("--energies 0.5,0.5", &svg), 2, &["must ascend"]),
        (with("--energies 0.5:-0.5:9", &svg), 2, &["must ascend"]),
        (with("--energies NaN,1", &svg), 2, &["finite"]),
        (with("--energies 0:inf:3", &svg), 2, &["finite"]),
        (with("--energies high", &svg), 2, &["--energies"]),
        (with("--from 0.5", &svg), 2, &["--energies=FROM:TO:POINTS"]),
        (with("--points 9", &svg), 2, &["--energies=FROM:TO:POINTS"]),
        (with("--disorder 5", &svg), 2, &["unknown disorder model 5"]),
        (with("--concentration 1.5", &svg), 2, &["0 to 1"]),
        (with("--concentration -0.5", &svg), 2, &["0 to 1"]),
        (with("--strength 2", &svg), 2, &["model I;"]),
        (with("--disorder 1 --strength -2", &svg), 2, &["strength"]),
        (with("--sample -1", &svg), 2, &["--sample", "negative"]),
        (
            with("--energies -1e300,1e300", &svg),
            3,
            &["holds -1e300 at position 0"],
        ),
        (with("--threads 0", &svg), 2, &["--threads"]),
        (vec!["plot", "strip"], 2, &["--output"]),
        (
            vec!["plot", "strip", "--length", "0", "-o", &svg],
            2,
            &["at least 1"],
        ),
        (
            vec!["plot", "strip", "--width", "0", "-o", &svg],
            2,
            &["at least 1"],
        ),
        (
            vec!["plot", "strip", "--length", "9999999999999", "-o", &svg],
            4,
            &["memory"],
        ),
        (
            vec!["plot", "strip", "--width", "9999999", "-o", &svg],
            4,
            &["memory"],
        ),
        (
            vec![
                "plot", "strip", "--onsite", &lattices, "--sample", "3", "-o", &svg,
            ],
            2,
            &["no sample 3", "has 3 samples"],
        ),
        (
            vec!["plot", "strip", "--onsite", &missing, "-o", &svg],
            4,
            &["missing.npy"],
        ),
        (
            vec!["plot", "strip", "--onsite", &folder, "-o", &svg],
            4,
            &["--onsite"],
        ),
        (
            vec![
                "plot", "strip", "--onsite", &lattices, "--length", "4", "-o", &svg,
            ],
            2,
            &["cannot be used with"],
        ),
    ];
    assert_refused(&place, &cases);
}

#[test]
fn bad_pictures_of_data_have_their_exit_code_and_nothing_is_written() {
    let place = Place::new();
    let lattices = place.lattices();
    let path = place.dataset("m2.zarr", &[]);
    let text = |name: &str| place.text(name);
    let (svg, nowhere, jpg) = (text("a.svg"), text("missing/a.svg"), text("a.jpg"));
    let (folder, missing) = (text("m2.zarr"), text("missing.zarr"));
    let cases: Vec<(Vec<&str>, i32, &[&str])> = vec![
        (vec!["plot"], 2, &[]),
        (
            vec!["plot", "distribution", &missing, "-o", &svg],
            4,
            &["missing.zarr"],
        ),
        (
            vec!["plot", "distribution", &lattices, "-o", &svg],
            3,
            &["is a NumPy array", "a data set is needed"],
        ),
        (
            vec!["plot", "distribution", &path, "-o", &jpg],
            2,
            &[".svg or .png"],
        ),
        (
            vec!["plot", "distribution", &path, "-o", &nowhere],
            4,
            &["missing/a.svg"],
        ),
        (
            vec!["plot", "distribution", &path, "-o", &folder],
            2,
            &[".svg or .png"],
        ),
        (
            vec!["plot", "concentration", &missing, "-o", &svg],
            4,
            &["missing.zarr"],
        ),
        (
            vec!["plot", "concentration", &path, "-o", &jpg],
            2,
            &[".svg or .png"],
        ),
        (
            vec!["plot", "dataset", &missing, "--output", &nowhere],
            4,
            &["missing.zarr"],
        ),
        (
            vec!["plot", "dataset", &path, "--output", &lattices],
            4,
            &["lattices.npy"],
        ),
        (
            vec!["plot", "dataset", &path, "--output", "/proc/x"],
            4,
            &["/proc/x"],
        ),
        (vec!["demo", "--output", &folder], 5, &["another --output"]),
        (vec!["demo", "--output", &lattices], 4, &["lattices.npy"]),
    ];
    assert_refused(&place, &cases);
    // A good picture stays where a bad one was asked for.
    fs::write(place.path("a.svg"), "good").unwrap();
    let _ = run(["plot", "distribution", &missing, "-o", &svg]).failed(4, &[]);
    assert_eq!(fs::read(place.path("a.svg")).unwrap(), b"good");
}

#[test]
fn the_demo_runs_in_an_empty_folder_and_again() {
    let place = Place::new();
    let folder = place.text("demo");
    let first = run(["demo", "--output", &folder]).succeeded();
    for words in [
        "Model II, n = 10 %",
        "Clean",
        "Current is conserved",
        "integers, core",
        "agree in every bit",
        "Next:",
        "import zarr",
    ] {
        assert!(first.stdout.contains(words), "no {words} in {first:#?}");
    }
    for name in ["strip", "p_of_g", "g_of_n", "g_of_n_log", "network"] {
        assert!(!svg_texts(&place.path(&format!("demo/{name}.svg"))).is_empty());
        assert_png(&place.path(&format!("demo/{name}.png")));
    }
    let contents = place.contents();

    // Again, for machines: the same files, and what physics says.
    let json = run(["demo", "--output", &folder, "--json"])
        .succeeded()
        .json();
    assert!(
        contents == place.contents(),
        "the second demo changed something"
    );
    assert_eq!(json["written"].as_array().unwrap().len(), 17);
    for written in json["written"].as_array().unwrap() {
        assert!(Path::new(written.as_str().unwrap()).exists(), "{written}");
    }
    let strips = json["strips"].as_array().unwrap();
    let number = |strip: usize, name: &str| strips[strip][name].as_f64().unwrap();
    assert_eq!(strips.len(), 5);
    assert!((number(0, "transmission") - 40.0).abs() < tolerance::ROUNDING);
    for strip in 0..strips.len() {
        assert!(number(strip, "unitarity_error") < tolerance::ROUNDING);
        assert!(number(strip, "asymmetry") < tolerance::ROUNDING);
        assert!(
            number(strip, "transmission")
                <= number(strip, "propagating_modes") + tolerance::ROUNDING
        );
    }
    // The network has learned something, and nearly keeps it in integers.
    let target = &json["network"]["targets"][0];
    let mae = |name: &str| target[name].as_f64().unwrap();
    assert!(mae("integer_mae") < 0.5 * mae("baseline_mae"), "{target}");
    assert!(mae("integer_mae") <= 1.02 * mae("float_mae"), "{target}");
    let inspected = run(["inspect", &place.text("demo/strips.zarr")]);
    assert_eq!(inspected.code, Some(0), "{inspected:#?}");

    // A later demo draws anew what was lost, without a word if none is wanted.
    fs::remove_file(place.path("demo/strip.svg")).unwrap();
    let quiet = run(["demo", "--output", &folder, "--quiet"]).succeeded();
    assert_eq!(quiet.stdout + &quiet.stderr, "");
    assert!(contents == place.contents());
}
