//! Hybrids: G and Ḡ within a budget against the exact solution and against counting impurities; the
//! commands that fit, judge and use them.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use landauer_core::hybrid::{Hybrid, HybridModel, SMALLEST_BUDGET};
use landauer_core::transport::{conductance, reflection_workspace_len, transmission};
use landauer_core::{Concentration, DisorderModel, Ensemble, PAPER_BIAS, Scalar, SolveError};
use landauer_tests::command::{Finished, run};
use landauer_tests::{npy, tolerance};
use serde_json::Value;

static FOR_G: &[u8] = include_bytes!("../../models/hybrid-g.postcard");
static FOR_G_BAR: &[u8] = include_bytes!("../../models/hybrid-gbar.postcard");

fn onsite<S: Scalar>(sample: u64) -> Vec<S> {
    let model = DisorderModel::II;
    let ensemble = Ensemble::new(model, Concentration::Uniform, 77).expect("an ensemble");
    let mut onsite = vec![S::ZERO; 1600];
    ensemble.sample(sample).fill_onsite(&mut onsite);
    onsite
}

/// What is exact.
type Exact = fn(&[f64], &mut [f64]) -> Result<f64, SolveError>;

fn g(onsite: &[f64], workspace: &mut [f64]) -> Result<f64, SolveError> {
    transmission(onsite, 40, 0.0, workspace)
}

fn g_bar(onsite: &[f64], workspace: &mut [f64]) -> Result<f64, SolveError> {
    conductance(onsite, 40, PAPER_BIAS, workspace)
}

/// Mean |value within each of the budgets − exact value| over the first strips of the paper's
/// ensemble.
fn errors<S: Scalar>(file: &[u8], exact: Exact, budgets: &[u64], strips: u32) -> Vec<f64> {
    let model = HybridModel::parse(file).expect("it is shipped");
    let mut exactly = [0.0; reflection_workspace_len(40)];
    let mut workspace = vec![S::ZERO; model.workspace_len()];
    let mut hybrid = Hybrid::new(&model, &mut workspace).expect("room");
    let mut sums = vec![0.0; budgets.len()];
    for sample in 0..u64::from(strips) {
        let exact = exact(&onsite(sample), &mut exactly).expect("a solution");
        let strip = onsite::<S>(sample);
        for (sum, &budget) in sums.iter_mut().zip(budgets) {
            let found = hybrid
                .predict_within(&strip, 40, budget)
                .expect("an estimate");
            let value = found.value.to_f64();
            assert!((0.0..=40.0).contains(&value), "sample {sample}");
            assert!(found.multiply_adds <= budget, "sample {sample}");
            *sum += (value - exact).abs();
        }
    }
    sums.iter().map(|sum| sum / f64::from(strips)).collect()
}

/// Every budget is as good as documented, and more computed is never worse.
fn require(budgets: &[u64], errors: &[f64], most: &[f64]) {
    println!("{errors:.4?}");
    for ((budget, error), most) in budgets.iter().zip(errors).zip(most) {
        assert!(error < most, "{error} at {budget}");
    }
    assert!(errors.is_sorted_by(|more, less| more > less), "{errors:?}");
}

#[test]
fn each_budget_for_g_is_as_good_as_documented() {
    let budgets = [SMALLEST_BUDGET, 500_000, 1_000_000, 2_000_000, 20_000_000];
    let most = [
        tolerance::HYBRID_COUNTING,
        tolerance::HYBRID_HALF_A_MILLION,
        tolerance::HYBRID_ONE_MILLION,
        tolerance::HYBRID_TWO_MILLION,
        tolerance::HYBRID_EXACT_F32,
    ];
    let errors = errors::<f32>(FOR_G, g, &budgets, 2000);
    require(&budgets, &errors, &most);
}

#[test]
fn each_budget_for_g_bar_is_as_good_as_documented() {
    let budgets = [SMALLEST_BUDGET, 500_000, 1_000_000, 2_000_000, 200_000_000];
    let most = [
        tolerance::HYBRID_BAR_COUNTING,
        tolerance::HYBRID_BAR_HALF_A_MILLION,
        tolerance::HYBRID_BAR_ONE_MILLION,
        tolerance::HYBRID_BAR_TWO_MILLION,
        tolerance::HYBRID_EXACT_F32,
    ];
    let errors = errors::<f32>(FOR_G_BAR, g_bar, &budgets, 600);
    require(&budgets, &errors, &most);
}

#[test]
fn a_budget_for_everything_is_the_exact_solution() {
    let of_g = errors::<f64>(FOR_G, g, &[u64::MAX], 200);
    assert!(of_g[0] < tolerance::HYBRID_EXACT, "{}", of_g[0]);
    // The same recursion at every energy: no bit differs.
    let of_g_bar = errors::<f64>(FOR_G_BAR, g_bar, &[u64::MAX], 20);
    assert_eq!(of_g_bar, [0.0]);
}

#[test]
fn shipped_hybrids_pass_their_self_tests_and_their_cards_belong_to_them() {
    for (file, card) in [
        (FOR_G, include_str!("../../models/hybrid-g.json")),
        (FOR_G_BAR, include_str!("../../models/hybrid-gbar.json")),
    ] {
        let model = HybridModel::parse(file).expect("it is shipped");
        let mut workspace = vec![0.0; model.workspace_len()];
        let mut hybrid = Hybrid::new(&model, &mut workspace).expect("room");
        assert_eq!(hybrid.self_test(&mut [0.0; 1600]), Ok(()));
        assert_eq!(model.card().golden.len(), 6);
        let card: Value = serde_json::from_str(card).expect("JSON");
        let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(file);
        assert_eq!(card["model_crc32c"], sum);
        assert_eq!(card["flash_bytes"], file.len());
    }
}

/// A folder with small data sets: strips of 8×8 sites of model II, and one of model I.
struct Place(tempfile::TempDir);

impl Place {
    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Runs `landauer LINE`, in which names that begin with @ are paths in the folder.
    fn run(&self, line: &str) -> Finished {
        run(line
            .split_whitespace()
            .map(|word| match word.strip_prefix('@') {
                Some(name) => self.path(name),
                None => word.to_owned(),
            }))
    }
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place(tempfile::tempdir().expect("a folder"));
        for (name, more) in [
            ("train.zarr", "--samples 3000 --seed 1"),
            ("test.zarr", "--samples 600 --seed 2"),
            ("one.zarr", "--disorder 1 --samples 20"),
            ("few.zarr", "--samples 20 --energies 0"),
        ] {
            let line = format!("generate --length 8 --width 8 {more} --output @{name}");
            let _ = place.run(&line).succeeded();
        }
        place
    })
}

#[test]
fn fitted_files_are_the_same_at_any_number_of_threads_and_better_than_counting() {
    let place = place();
    for target in ["g", "g-bar"] {
        let fit = |threads: u32| {
            let name = format!("{target}-{threads}.postcard");
            let line = format!(
                "hybrid --json --target {target} --dataset @train.zarr --test-set @test.zarr \
                 --name small --threads {threads} -o @{name}"
            );
            let report = place.run(&line).succeeded().json();
            (report, fs::read(place.path(&name)).expect("the file"))
        };
        let ((report, one), (_, two)) = (fit(1), fit(2));
        assert!(one == two, "{target}: the number of threads shows");
        let budgets = report["budgets"].as_array().expect("a list");
        let mae = |one: &Value| one["mae"].as_f64().expect("an error");
        let (first, last) = (&budgets[0], &budgets[budgets.len() - 1]);
        let counting = report["baseline_mae"].as_f64().expect("a number");
        // 500,000 multiply-adds are enough for a strip of 64 sites, at all energies, and more budgets are
        // not judged than up to what is enough.
        assert_eq!(last["exact"], 1.0, "{budgets:?}");
        assert!(last["budget"].as_u64() <= Some(500_000), "{budgets:?}");
        assert!(mae(last) < tolerance::HYBRID_EXACT_F32, "{budgets:?}");
        assert_eq!(first["budget"], SMALLEST_BUDGET);
        assert!(
            mae(first) < tolerance::HYBRID_SMALL_COUNTING * counting,
            "{budgets:?}, {counting} by counting"
        );
    }
}

#[test]
fn a_fitted_file_is_inspected_judged_and_used() {
    let place = place();
    let made = place
        .run("hybrid --target g --dataset @train.zarr --test-set @test.zarr -o @used.postcard");
    let text = made.succeeded().stdout;
    assert!(
        text.contains("solved exactly") && text.contains("600 samples"),
        "{text}"
    );
    let text = place.run("inspect @used.postcard").succeeded().stdout;
    for words in [
        "hybrid      used",
        "8 x 8 sites",
        "passed, ",
        "by counting impurities",
        "exact",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let json = place
        .run("inspect --json @used.postcard")
        .succeeded()
        .json();
    assert_eq!(json["kind"], "hybrid");
    assert_eq!(json["rungs"][0]["energies"], serde_json::json!([0.0]));

    // `predict` writes core's bits.
    let bytes = fs::read(place.path("used.postcard")).expect("the file");
    let model = HybridModel::parse(&bytes).expect("a hybrid");
    let mut workspace = vec![0.0_f32; model.workspace_len()];
    let mut hybrid = Hybrid::new(&model, &mut workspace).expect("room");
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.3), 4);
    let ensemble = ensemble.expect("an ensemble");
    let (mut all, mut expected) = (Vec::new(), Vec::new());
    for sample in 0..40 {
        let mut onsite = vec![0.0_f64; 64];
        ensemble.sample(sample).fill_onsite(&mut onsite);
        let single: Vec<f32> = onsite.iter().map(|&energy| f32::from_f64(energy)).collect();
        let found = hybrid
            .predict_within(&single, 8, 3000)
            .expect("an estimate");
        expected.push(f64::from(found.value));
        all.extend(onsite);
    }
    fs::write(place.path("x.npy"), npy::f64_array(&[40, 8, 8], &all)).expect("a file");
    let line = "predict --network @used.postcard --within 3000 --onsite @x.npy -o @g.npy";
    let _ = place.run(line).succeeded();
    let (shape, found) = npy::read(Path::new(&place.path("g.npy")));
    assert_eq!((&shape[..], &found), (&[40][..], &expected));

    let line = "evaluate @used.postcard --within 3000 --test-set @test.zarr --json";
    let judged = place.run(line).succeeded().json();
    assert_eq!(judged["multiply_adds_a_pass"], 3000);
    assert!(
        judged["skill"].as_f64().is_some_and(|skill| skill > 0.0),
        "{judged:#}"
    );
}

#[test]
fn what_cannot_be_is_refused_with_the_reason() {
    let place = place();
    let fit = |data: &str, test: &str, target: &str, output: &str| {
        place.run(&format!(
            "hybrid --target {target} --dataset {data} --test-set {test} -o @{output}"
        ))
    };
    fit("@train.zarr", "@train.zarr", "g", "no.postcard")
        .failed(5, &["cannot be the test set", "seed 1"]);
    fit("@one.zarr", "@test.zarr", "g", "no.postcard").failed(3, &["model I"]);
    fit("@few.zarr", "@test.zarr", "g-bar", "no.postcard").failed(3, &["energies", "Ḡ"]);
    fit("@few.zarr", "@nothing.zarr", "g", "no.postcard").failed(4, &["nothing.zarr"]);
    fit("@few.zarr", "@test.zarr", "g", "no.bin").failed(2, &[".postcard"]);
    assert!(!Path::new(&place.path("no.postcard")).exists());

    fs::write(place.path("y.npy"), npy::f64_array(&[40, 40], &[0.0; 1600])).expect("a file");
    let predict = |more: &str| place.run(&format!("predict --onsite @y.npy {more}"));
    predict("--network hybrid-g").failed(2, &["--within"]);
    predict("--network best-g --within 1000000")
        .failed(2, &["--within: only hybrids take a budget"]);
    predict("--network hybrid-g --within 448").failed(2, &["448", "449"]);
    fs::write(place.path("z.npy"), npy::f64_array(&[8, 8], &[0.0; 64])).expect("a file");
    let other = "predict --network hybrid-g --within 1000 --onsite @z.npy";
    place.run(other).failed(3, &["8 x 8", "40 x 40"]);

    let mut damaged = FOR_G.to_vec();
    damaged[900] ^= 1;
    fs::write(place.path("damaged.postcard"), damaged).expect("a file");
    place
        .run("inspect @damaged.postcard")
        .failed(3, &["checksum"]);
    let line = "evaluate @damaged.postcard --within 1000 --test-set @test.zarr";
    place.run(line).failed(3, &["checksum"]);
}

#[test]
fn every_flipped_byte_of_a_shipped_file_is_noticed() {
    for (name, file) in [("hybrid-g", FOR_G), ("hybrid-gbar", FOR_G_BAR)] {
        HybridModel::parse(file).expect(name);
        let mut damaged = file.to_vec();
        for place in 0..file.len() {
            damaged[place] ^= 1 << (place % 8);
            assert!(HybridModel::parse(&damaged).is_err(), "{name}, {place}");
            damaged[place] = file[place];
        }
    }
}
