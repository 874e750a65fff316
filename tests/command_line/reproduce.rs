//! `landauer reproduce` as a user runs it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use landauer_tests::command::{landauer, run};
use landauer_tests::tolerance;
use serde_json::Value;
use tempfile::TempDir;

/// Figures that networks are trained for.
const TRAINED: [&str; 8] = [
    "fig5", "fig6", "fig7", "fig8", "fig9", "fig11", "fig12", "text",
];

/// A folder for figures.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn record(&self, figure: &str) -> Value {
        serde_json::from_str(&self.read(&format!("figures/{figure}.json"))).expect("JSON")
    }

    fn claims(&self, figure: &str) -> Vec<Value> {
        let record = self.record(figure);
        record["claims"].as_array().expect("claims").clone()
    }

    fn command(&self, words: &str) -> Vec<String> {
        let output = self.path("figures").display().to_string();
        let words = words.split(' ').map(str::to_owned);
        ["reproduce".to_owned(), "--output".to_owned(), output]
            .into_iter()
            .chain(words)
            .collect()
    }

    fn start(&self, words: &str) -> Child {
        let mut command = landauer(self.command(words));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("landauer can be started")
    }

    /// The table of a figure's networks: columns by name, but for what depends on the machine.
    fn networks(&self, figure: &str) -> Vec<BTreeMap<String, String>> {
        let text = self.read(&format!("figures/{figure}.csv"));
        let mut lines = text.lines().map(|line| line.split(','));
        let header: Vec<&str> = lines.next().expect("a header").collect();
        let row = |fields: std::str::Split<'_, char>| -> BTreeMap<String, String> {
            let all = header.iter().zip(fields);
            all.filter(|(name, _)| !["training (s)", "device"].contains(name))
                .map(|(&name, field)| (name.to_owned(), field.to_owned()))
                .collect()
        };
        lines.map(row).collect()
    }
}

/// The files in a folder with this ending; none if there is no folder.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    paths.sort();
    paths
}

#[test]
fn figures_are_made_once_and_stand_on_one_page() {
    let place = Place::new();
    let _ = run(place.command("fig2 fig4 text")).succeeded();
    for name in [
        "fig2.svg",
        "fig2.png",
        "fig2.csv",
        "fig4_cnn.png",
        "text.csv",
    ] {
        assert!(place.path("figures").join(name).exists(), "{name}");
    }
    for claim in place.claims("fig2") {
        assert_eq!(claim["verdict"], "agrees", "{claim:#}");
    }
    // One site is learned, whatever the seed; no verdict on networks of the quick profile.
    let one_site = place.networks("text").into_iter().take(3);
    for network in one_site {
        let mae: f64 = network["MAE (G0)"].parse().expect("a number");
        let constant: f64 = network["baseline MAE (G0)"].parse().expect("a number");
        assert!(mae < tolerance::ONE_SITE * constant, "{network:?}");
    }
    for claim in place.claims("text") {
        assert_eq!(claim["verdict"], "smaller", "{claim:#}");
    }
    let page = place.read("figures/README.md");
    for part in [
        "## fig2",
        "## fig4",
        "## text",
        "fig4_dnn.png",
        "| agrees |",
    ] {
        assert!(page.contains(part), "{part} in\n{page}");
    }

    // Nothing is trained again, and numbers and pictures stay the same.
    let csv = place.read("figures/text.csv");
    let again = run(place.command("text fig2")).succeeded();
    assert_eq!(place.read("figures/text.csv"), csv);
    // A cell ends its line where it is full.
    assert!(again.stdout.contains("mean of 3 seeds"), "{again:?}");
    for claim in place.claims("text").iter().take(2) {
        let ours = claim["ours"].as_str().expect("words");
        assert!(ours.contains("the mean of 3 seeds"), "{claim:#}");
    }
    // A table is no wider than a terminal; lines with paths are as long as these.
    let table = again.stdout.lines().filter(|line| !line.contains('/'));
    assert!(
        table
            .map(|line| line.chars().count())
            .all(|letters| letters <= 100),
        "{again:?}"
    );
    for step in place.record("text")["steps"].as_array().expect("steps") {
        assert_eq!(step["found"], true, "{step:#}");
    }

    // A network that is gone is trained again, with the same result.
    let runs = place.path("figures/work/runs");
    fs::remove_dir_all(&runs).expect("removed");
    let before = place.networks("text");
    let _ = run(place.command("text")).succeeded();
    assert_eq!(place.networks("text"), before);
    assert!(runs.is_dir());

    // What is kept and damaged is refused by name.
    let points = files(&place.path("figures/work/points"), "json");
    let point = points.first().expect("a point");
    let bytes = fs::read(point).expect("bytes");
    fs::write(point, &bytes[..bytes.len() / 2]).expect("written");
    let name = point.file_name().expect("a name").to_string_lossy();
    run(place.command("text")).failed(6, &[&name, "delete this file"]);
    // And so is another number.
    let text = String::from_utf8(bytes).expect("JSON");
    let other = text.replace("\"mae\": 0.", "\"mae\": 1.");
    assert_ne!(other, text);
    fs::write(point, other).expect("written");
    run(place.command("text")).failed(6, &[&name, "checksum", "delete this file"]);
}

#[test]
#[ignore = "makes every figure: bash tests/run figures"]
fn every_figure_is_made_and_says_what_it_has_left_out() {
    let place = Place::new();
    let _ = run(place.command("all --limit 0.00001")).succeeded();
    let page = place.read("figures/README.md");
    let others = ["fig1", "fig2", "fig3", "fig4", "fig10", "cost"];
    for figure in TRAINED.iter().chain(&others) {
        assert!(page.contains(&format!("\n## {figure}\n")), "{figure}");
        let skipped = place.record(figure)["skipped"].as_array().map(Vec::len);
        let claims = place.claims(figure);
        if TRAINED.contains(figure) {
            assert!(skipped > Some(0), "{figure}");
            assert!(!claims.is_empty(), "{figure}");
            for claim in claims {
                assert_eq!(claim["verdict"], "not-done", "{figure}: {claim:#}");
            }
        } else {
            assert_eq!(skipped, Some(0), "{figure}");
            for claim in claims {
                // What no network is trained for is judged, in however few samples.
                let expected: &[&str] = match *figure {
                    "cost" => &["new"],
                    _ => &["agrees", "differs"],
                };
                let verdict = claim["verdict"].as_str().expect("a verdict");
                assert!(expected.contains(&verdict), "{figure}: {claim:#}");
            }
        }
    }
    assert_eq!(
        place.record("fig11")["skipped"].as_array().map(Vec::len),
        Some(12)
    );
    assert!(
        page.contains("`landauer reproduce fig11 --device cuda` on a GPU"),
        "{page}"
    );
    assert!(page.contains("Fig. 11, model IV, 3 x 300 (about"), "{page}");
    // Of ways to a conductance the exact solver in f64 is what the others are compared with, and a
    // hybrid with more multiply-adds errs less.
    let cost = place.networks("cost_g");
    let error = |name: &str| -> f64 {
        let way = cost.iter().find(|way| way["way"] == name);
        way.expect(name)["MAE (G0)"].parse().expect("a number")
    };
    assert_eq!(error("exact; f64"), 0.0);
    assert!(error("hybrid-g; 2000 k") < error("hybrid-g; 500 k"));
    assert!(error("best-g") < error("counting"));
}

#[test]
fn what_cannot_be_is_refused() {
    let place = Place::new();
    run(place.command("fig13")).failed(2, &["fig1, fig2,", "cost"]);
    for limit in ["0", "NaN", "-1", "1e300", "soon"] {
        let words = format!("fig2 --limit={limit}");
        run(place.command(&words)).failed(2, &["--limit", "above 0"]);
    }
    run(place.command("fig2 --profile slow")).failed(2, &["slow"]);
    fs::write(place.path("figures"), "in the way").expect("written");
    run(place.command("fig4")).failed(4, &["figures"]);
}

#[test]
fn what_is_in_the_folder_is_looked_at_before_anything_is_computed() {
    let place = Place::new();
    let _ = run(place.command("fig4 --profile paper")).succeeded();
    // Hours of work are not replaced by minutes.
    run(place.command("fig4")).failed(5, &["fig4.json", "--profile paper"]);
    let _ = run(place.command("fig4 --profile paper")).succeeded();
    // Somebody else's page.
    let page = place.path("figures/README.md");
    let ours = fs::read(&page).expect("a page");
    fs::write(&page, "my notes").expect("written");
    run(place.command("fig1")).failed(5, &["README.md", "--output"]);
    assert_eq!(fs::read(&page).expect("a page"), b"my notes");
    fs::write(&page, ours).expect("written");
    // Another figure's damaged record.
    fs::write(place.path("figures/fig3.json"), "{\"figure\": 3").expect("written");
    run(place.command("fig1")).failed(6, &["fig3.json", "delete it"]);
    assert!(!place.path("figures/fig1.json").exists());
}

#[test]
fn citation_cff_is_of_this_version_and_cites_the_same_paper_as_the_page() {
    let place = Place::new();
    let _ = run(place.command("fig1")).succeeded();
    let page = fs::read_to_string(place.path("figures/README.md")).expect("a page");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../CITATION.cff");
    let text = fs::read_to_string(path).expect("CITATION.cff");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let version = format!("version: {}", env!("CARGO_PKG_VERSION"));
    assert!(lines.contains(&version.as_str()), "{version}");
    // The page's authors, by initials, are those of the reference.
    let of = |key: &str| -> Vec<&str> {
        let values = lines.iter().map(|line| line.trim_start_matches("- "));
        values.filter_map(|line| line.strip_prefix(key)).collect()
    };
    let (given, family) = (of("given-names: "), of("family-names: "));
    assert_eq!((given.len(), family.len()), (3, 3));
    let authors: Vec<String> = { given.iter().zip(&family) }
        .map(|(given, family)| format!("{}. {family}", &given[..1]))
        .collect();
    assert!(page.contains(&authors.join(", ")), "{authors:?}");
    for part in ["volume: 102", "start: \"064205\"", "year: 2020"] {
        assert!(lines.contains(&part), "{part}");
    }
}

#[test]
fn damaged_models_are_told_before_anything_is_computed() {
    let place = Place::new();
    let models = place.path("models");
    fs::create_dir(&models).expect("a folder");
    let whole = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/best-g.postcard");
    let bytes = fs::read(whole).expect("a model");
    fs::write(models.join("best-g.postcard"), &bytes[..bytes.len() / 2]).expect("written");
    let mut command = landauer(place.command("cost"));
    let output = command.env("LANDAUER_MODELS", &models).output();
    let found = landauer_tests::command::Finished::from(output.expect("landauer can be started"));
    found.failed(3, &["best-g.postcard"]);
    assert!(!place.path("figures/work/data").exists());
}

/// The networks of Fig. 9 as they are when nothing disturbs.
fn undisturbed() -> &'static Vec<BTreeMap<String, String>> {
    static NETWORKS: OnceLock<Vec<BTreeMap<String, String>>> = OnceLock::new();
    NETWORKS.get_or_init(|| {
        let place = Place::new();
        let _ = run(place.command("fig9")).succeeded();
        place.networks("fig9")
    })
}

#[test]
fn killed_at_any_moment_it_goes_on_to_the_same_numbers() {
    let place = Place::new();
    let points = place.path("figures/work/points");
    let mut killed = 0;
    for wanted in [0, 1, 7, 18, 30, 39] {
        let mut child = place.start("fig9");
        // Whatever else the machine does meanwhile.
        while files(&points, "json").len() < wanted
            && child.try_wait().expect("a process").is_none()
        {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(7));
        child.kill().expect("a process of ours");
        killed += u32::from(child.wait().expect("a process that ends").code().is_none());
        for path in files(&points, "json") {
            let text = fs::read(&path).expect("a point");
            serde_json::from_slice::<Value>(&text).expect("a point is whole");
        }
        assert!(!place.path("figures/fig9.json").exists());
    }
    assert!(killed > 3, "{killed} of 6 were killed");
    let _ = run(place.command("fig9")).succeeded();
    assert_eq!(&place.networks("fig9"), undisturbed());
}

#[test]
fn two_at_once_do_not_spoil_each_other_s_work() {
    let place = Place::new();
    let both = [place.start("fig9"), place.start("fig9")];
    for mut child in both {
        let code = child.wait().expect("a process that ends").code();
        // The one that comes second says that the first is at it.
        assert!([Some(0), Some(5)].contains(&code), "{code:?}");
    }
    let _ = run(place.command("fig9")).succeeded();
    assert_eq!(&place.networks("fig9"), undisturbed());
}
