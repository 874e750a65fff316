//! `landauer device` as a user runs it, against core's own service behind a line with faults.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use landauer_core::instrument::frame::FrameFault;
use landauer_core::instrument::{CostUnit, Refusal, Reply};
use landauer_core::transport::{conductance, reflection_workspace_len, transmission};
use landauer_core::{Concentration, DisorderModel, Ensemble};
use landauer_tests::command::{Finished, binary, landauer, run, signal};
use landauer_tests::fake_device::{Answers, BOARD, Sound, Tampering, changed, start};
use landauer_tests::npy;
use landauer_tests::vandal::{garbage, vandalise};
use serde_json::Value;

static BEST_G: &[u8] = include_bytes!("../../models/best-g.postcard");
static HYBRID: &[u8] = include_bytes!("../../models/hybrid-g.postcard");
static SMALL: &[u8] = include_bytes!("../../models/paper-dnn-3x3.postcard");

/// The path of a model that comes with landauer.
fn model(name: &str) -> String {
    format!("{}/../models/{name}.postcard", env!("CARGO_MANIFEST_DIR"))
}

/// Runs `landauer device WHAT --connect tcp:ADDRESS MORE`.
fn device(what: &str, address: SocketAddr, more: &str) -> Finished {
    let address = format!("tcp:{address}");
    let more = more.split_whitespace();
    run(["device", what, "--connect", &address]
        .into_iter()
        .chain(more))
}

fn json(what: &str, address: SocketAddr, more: &str) -> Value {
    device(what, address, &format!("--json {more}"))
        .succeeded()
        .json()
}

/// Writes lattices to a file; gives its path.
fn lattices(folder: &Path, shape: &[usize], values: &[f64]) -> String {
    let path = folder.join("lattices.npy");
    fs::write(&path, npy::f64_array(shape, values)).unwrap();
    path.display().to_string()
}

/// Samples of model II with n uniform, 40x40.
fn strips(samples: u64) -> Vec<f64> {
    let ensemble = Ensemble::new(DisorderModel::II, Concentration::Uniform, 5).unwrap();
    let one = |number| {
        let mut onsite = vec![0.0; 1600];
        ensemble.sample(number).fill_onsite(&mut onsite);
        onsite
    };
    (0..samples).flat_map(one).collect()
}

#[test]
fn info_says_who_is_there() {
    let address = start(BEST_G, Sound);
    let text = device("info", address, "--network best-g")
        .succeeded()
        .stdout;
    for words in [
        BOARD,
        "best-g",
        "40 x 40",
        "up to 1600 sites, up to 40 wide",
        "same as",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let found = json("info", address, "");
    assert_eq!(found["network"]["name"], "best-g");
    assert_eq!(found["network"]["bytes"], BEST_G.len());
    assert_eq!(found["network"]["same_as"], Value::Null);
    assert_eq!(found["targets"], serde_json::json!(["G"]));
    // Four requests so far: twice who, twice how many.
    assert_eq!(found["frames"]["requests"], 4);
    assert_eq!(found["frames"]["bad"], 0);
    // The model card says the same of the file.
    let card: Value = serde_json::from_str(include_str!("../../models/best-g.json")).unwrap();
    assert_eq!(found["network"]["crc32c"], card["model_crc32c"]);
}

#[test]
fn selftest_passes_on_a_sound_device_only() {
    let passed = json("selftest", start(BEST_G, Sound), "--network best-g");
    assert_eq!(passed["self_test"], "passed");
    assert!(passed["golden"].as_u64() > Some(0));
    let failing = Answers(|_, frame: &[u8]| {
        changed(frame, |reply| {
            if matches!(reply, Reply::SelfTest { .. }) {
                *reply = Reply::Refused(Refusal::SelfTest {
                    golden: 2,
                    target: 0,
                    expected: 7,
                    found: 8,
                });
            }
        })
    });
    let failed = device("selftest", start(BEST_G, failing), "");
    failed.failed(6, &["golden sample 2", "8/65536", "7/65536"]);
}

#[test]
fn predictions_are_those_of_landauer_predict() {
    let folder = tempfile::tempdir().unwrap();
    let onsite = lattices(folder.path(), &[6, 40, 40], &strips(6));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (here, there) = (path("here.npy"), path("there.npy"));
    let host = [
        "predict",
        "--network",
        &model("best-g"),
        "--onsite",
        &onsite,
        "--output",
        &here,
    ];
    let _ = run(host).succeeded();
    let address = start(BEST_G, Sound);
    let found = json(
        "predict",
        address,
        &format!("--onsite {onsite} --output {there}"),
    );
    let expected = npy::read(Path::new(&here));
    assert_eq!(npy::read(Path::new(&there)), expected);
    assert_eq!(found["strips"].as_array().map(Vec::len), Some(6));
    assert_eq!(found["strips"][5]["values"][0], expected.1[5]);
    assert_eq!(found["strips"][0]["cost"], 1000);
    assert_eq!(found["cost_unit"], "cycles");

    // Drawn here as everywhere; and listed for people.
    let drawn = device(
        "predict",
        address,
        "--samples 25 --seed 3 --concentration 0.2",
    );
    let text = drawn.succeeded().stdout;
    assert!(
        text.contains("25 strips, predicted by best-g") && text.contains("and 5 more"),
        "{text}"
    );
}

#[test]
fn exact_solutions_are_core_s_in_f32() {
    let folder = tempfile::tempdir().unwrap();
    // Of another size than the network's, with energies that it could not read.
    let onsite: Vec<f64> = (0..2 * 7 * 5).map(|k| (f64::from(k) * 0.7).sin()).collect();
    let file = lattices(folder.path(), &[2, 7, 5], &onsite);
    let output = folder.path().join("t.npy");
    let more = format!(
        "--onsite {file} --energy 0.3 --bias 0.36 --output {}",
        output.display()
    );
    let found = json("solve", start(BEST_G, Sound), &more);
    assert_eq!(
        found["quantities"],
        serde_json::json!(["T(0.300000011921)", "Ḡ"])
    );
    assert_eq!(found["strips"][1]["cost"], 2000);
    #[allow(clippy::cast_possible_truncation, reason = "the device gets f32")]
    let single: Vec<f32> = onsite.iter().map(|&energy| energy as f32).collect();
    let mut workspace = vec![0.0; reflection_workspace_len(5)];
    let (shape, values) = npy::read(&output);
    assert_eq!(shape, [2, 2]);
    for (strip, values) in single.chunks(35).zip(values.chunks(2)) {
        let t = transmission(strip, 5, 0.3, &mut workspace).unwrap();
        let g_bar = conductance(strip, 5, 0.36, &mut workspace).unwrap();
        assert_eq!(values, [f64::from(t), f64::from(g_bar)]);
    }
    let drawn = json(
        "solve",
        start(BEST_G, Sound),
        "--length 12 --width 6 --samples 2",
    );
    assert_eq!(drawn["strips"].as_array().map(Vec::len), Some(2));
}

#[test]
fn crosscheck_finds_all_bits_equal_and_draws_it() {
    let folder = tempfile::tempdir().unwrap();
    let [svg, png] = ["a.svg", "a.png"].map(|name| folder.path().join(name));
    let more = format!(
        "--network best-g --samples 12 --plot {} --plot {}",
        svg.display(),
        png.display()
    );
    let found = json("crosscheck", start(BEST_G, Sound), &more);
    assert_eq!(found["equal"], true);
    let quantities = found["quantities"].as_array().unwrap();
    let expected = [
        ("G", "network", 12),
        ("G", "solver", 12),
        ("Ḡ", "solver", 2),
    ];
    assert_eq!(quantities.len(), expected.len());
    for (quantity, (name, by, strips)) in quantities.iter().zip(expected) {
        assert_eq!(quantity["quantity"], name);
        assert_eq!(quantity["by"], by);
        assert_eq!(
            (&quantity["strips"], &quantity["equal"]),
            (&strips.into(), &strips.into())
        );
        assert_eq!(quantity["largest_difference"], 0);
        assert_eq!(quantity["cost"]["median"], 1000);
    }
    let drawing = fs::read_to_string(svg).unwrap();
    let drawing = roxmltree::Document::parse(&drawing).unwrap();
    // Two dots a strip and quantity, and the legend's.
    let circles = drawing
        .descendants()
        .filter(|node| node.has_tag_name("circle"));
    assert_eq!(circles.count(), 2 * 26 + 3);
    assert!(fs::read(png).unwrap().starts_with(b"\x89PNG"));

    let more = format!(
        "--network {} --samples 40 --solve 3 --average 0 --energy 0.5",
        model("paper-dnn-3x3")
    );
    let text = device("crosscheck", start(SMALL, Sound), &more)
        .succeeded()
        .stdout;
    assert!(
        text.contains("all bits are equal") && text.contains("T(0.5), exact"),
        "{text}"
    );
    assert!(!text.contains('Ḡ'), "{text}");
}

#[test]
fn a_hybrid_is_crosschecked_and_predicts_within_a_budget() {
    let more = "--network hybrid-g --samples 12 --solve 2 --average 0";
    let found = json("crosscheck", start(HYBRID, Sound), more);
    assert_eq!(found["equal"], true);
    let first = &found["quantities"][0];
    assert_eq!(
        (&first["quantity"], &first["by"]),
        (&"G".into(), &"hybrid".into())
    );
    assert_eq!(
        (&first["strips"], &first["equal"]),
        (&12.into(), &12.into())
    );
    let text = device(
        "crosscheck",
        start(HYBRID, Sound),
        &format!("{more} --within 3000000"),
    );
    assert!(text.succeeded().stdout.contains("G, hybrid"));

    let folder = tempfile::tempdir().unwrap();
    let path = lattices(folder.path(), &[4, 40, 40], &strips(4));
    let [on_device, on_host] = ["device.npy", "host.npy"].map(|name| folder.path().join(name));
    let more = format!(
        "--within 300000 --onsite {path} --output {}",
        on_device.display()
    );
    let _ = device("predict", start(HYBRID, Sound), &more).succeeded();
    let host = on_host.display().to_string();
    let line = [
        "predict",
        "--network",
        "hybrid-g",
        "--within",
        "300000",
        "--onsite",
        &path,
        "-o",
        &host,
    ];
    let _ = run(line).succeeded();
    assert_eq!(npy::read(&on_device), npy::read(&on_host));

    let refused = device("predict", start(HYBRID, Sound), &format!("--onsite {path}"));
    refused.failed(2, &["hybrid", "within a budget"]);
    let more = format!("--within 300000 --onsite {path}");
    device("predict", start(BEST_G, Sound), &more).failed(2, &["network", "no budget"]);
    let more = "--network best-g --samples 2 --within 300000";
    device("crosscheck", start(BEST_G, Sound), more)
        .failed(2, &["--within: only hybrids take a budget"]);
}

/// A device that changes one of its answers, the one of this number.
fn lying(file: &'static [u8], at: u64, lie: fn(&mut Reply)) -> SocketAddr {
    start(
        file,
        Answers(move |number, frame: &[u8]| {
            if number == at {
                changed(frame, lie)
            } else {
                frame.to_vec()
            }
        }),
    )
}

#[test]
fn crosscheck_notices_one_bit() {
    // Answers of a crosscheck without Ḡ: identity, then prediction and T of each strip.
    let more = "--network best-g --samples 4 --average 0";
    let network = lying(BEST_G, 5, |reply| match reply {
        Reply::Prediction { values, .. } => values[0] ^= 1,
        other => panic!("{other:?}"),
    });
    let finished = device("crosscheck", network, more);
    assert!(
        finished.stdout.contains("NOT all bits are equal"),
        "{finished:#?}"
    );
    assert!(finished.stdout.contains("1/65536 G0"), "{finished:#?}");
    finished.failed(6, &["1 of 8 numbers differ", "G, network of strip 2"]);

    let solver = lying(BEST_G, 2, |reply| match reply {
        Reply::Exact { value, .. } => *value = f32::from_bits(value.to_bits() + 3),
        other => panic!("{other:?}"),
    });
    let finished = device("crosscheck", solver, &format!("--json {more}"));
    let found = finished.json();
    assert_eq!(
        (&found["equal"], &found["exit_code"]),
        (&false.into(), &6.into())
    );
    assert_eq!(found["quantities"][1]["equal"], 3);
    assert_eq!(found["quantities"][1]["largest_difference"], 3);
    finished.failed(6, &["1 of 8", "G, exact of strip 0"]);

    let refusing = lying(BEST_G, 7, |reply| {
        *reply = Reply::Refused(Refusal::LostSolution { slices: 9 });
    });
    let finished = device("crosscheck", refusing, more);
    finished.failed(
        6,
        &["G, network of strip 3", "first 9 slices", "instead of"],
    );
}

/// What is asked, and with which arguments; the number of the answer that is changed, and how; words of
/// the error.
type Lie = (
    &'static str,
    &'static str,
    u64,
    fn(&mut Reply),
    &'static [&'static str],
);

/// Changes an exact solution.
fn exact(reply: &mut Reply, found: f32) {
    if let Reply::Exact { value, .. } = reply {
        *value = found;
    }
}

const LIES: &[Lie] = &[
    (
        "solve",
        "--samples 3",
        2,
        |reply| exact(reply, f32::NAN),
        &["strip 1", "T(0) = NaN G0"],
    ),
    (
        "solve",
        "--samples 3",
        1,
        |reply| exact(reply, f32::INFINITY),
        &["strip 0", "T(0) = inf G0", "from 0 to 40"],
    ),
    (
        "solve",
        "--samples 3 --energy 0.18",
        3,
        |reply| exact(reply, 35.5),
        &["strip 2", "T(0.18", "35.5 G0", "from 0 to 35"],
    ),
    (
        "solve",
        "--samples 1",
        1,
        |reply| exact(reply, -1.0),
        &["strip 0", "-1 G0"],
    ),
    (
        "solve",
        "--samples 1 --bias 0.36",
        2,
        |reply| exact(reply, f32::NAN),
        &["strip 0", "Ḡ = NaN G0", "from 0 to 36.6"],
    ),
    (
        "predict",
        "--samples 2",
        2,
        |reply| {
            if let Reply::Prediction { values, .. } = reply {
                values[0] = 41 << 16;
            }
        },
        &["strip 1", "G = 41 G0", "from 0 to 40"],
    ),
    (
        "predict",
        "--samples 2",
        1,
        |reply| {
            if let Reply::Prediction { values, .. } = reply {
                values[0] = -1;
            }
        },
        &["strip 0", "G = -0.0000152587890625 G0"],
    ),
    (
        "predict",
        "--samples 2",
        1,
        |reply| {
            if let Reply::Prediction { values, .. } = reply {
                values.push(0).unwrap();
            }
        },
        &["strip 0", "2 numbers", "predicts 1"],
    ),
    (
        "predict",
        "--samples 2",
        2,
        |reply| {
            if let Reply::Prediction { cost, .. } = reply {
                cost.unit = CostUnit::Nanoseconds;
            }
        },
        &["strip 1", "a cost in ns, and before in cycles"],
    ),
    (
        "crosscheck",
        "--network best-g --samples 2",
        2,
        |reply| exact(reply, f32::NAN),
        &["strip 0", "T(0) = NaN G0"],
    ),
    (
        "selftest",
        "",
        1,
        |reply| {
            if let Reply::SelfTest { golden, .. } = reply {
                *golden = 0;
            }
        },
        &["without a single golden sample"],
    ),
    (
        "info",
        "",
        0,
        |reply| {
            if let Reply::Identity(identity) = reply {
                identity.concentration = Concentration::Fixed(f64::NAN);
            }
        },
        &["a disorder that does not exist", "NaN"],
    ),
    (
        "info",
        "",
        0,
        |reply| {
            if let Reply::Identity(identity) = reply {
                identity.width = 0;
            }
        },
        &["strips of 40 x 0 sites"],
    ),
    (
        "info",
        "",
        0,
        |reply| {
            if let Reply::Identity(identity) = reply {
                identity.board = "\u{1b}[2J".try_into().unwrap();
            }
        },
        &["board", "control characters"],
    ),
];

#[test]
fn an_answer_that_no_sound_device_can_give_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("g.npy");
    for &(what, more, at, lie, words) in LIES {
        let address = lying(BEST_G, at, lie);
        let mut more = format!("{more} --json");
        if matches!(what, "solve" | "predict") {
            more = format!("{more} --output {}", output.display());
        }
        let finished = device(what, address, &more);
        assert_eq!(finished.json()["kind"], "damaged", "{finished:#?}");
        finished
            .failed(6, words)
            .failed(6, &["answers", "is damaged"]);
        assert!(!output.exists(), "{what} {more}");
    }
}

/// A number that is none, and more impurities than it was sent.
#[test]
fn neither_is_one_of_a_hybrid() {
    let folder = tempfile::tempdir().unwrap();
    let onsite = lattices(folder.path(), &[1, 40, 40], &strips(1));
    let more = format!("--within 300000 --onsite {onsite}");
    let nan = lying(HYBRID, 1, |reply| {
        if let Reply::Estimate { value, .. } = reply {
            *value = f32::NAN;
        }
    });
    device("predict", nan, &more).failed(6, &["strip 0", "G = NaN G0"]);
    let more_impurities = lying(HYBRID, 1, |reply| {
        if let Reply::Estimate { impurities, .. } = reply {
            *impurities += 1;
        }
    });
    device("predict", more_impurities, &more).failed(6, &["strip 0", "impurities"]);
}

#[test]
fn crosscheck_notices_one_impurity_of_a_hybrid() {
    // Answers: identity, then an estimate of each strip.
    let address = lying(HYBRID, 3, |reply| {
        if let Reply::Estimate { solved, .. } = reply {
            *solved += 1;
        }
    });
    let more = "--network hybrid-g --samples 5 --solve 0 --average 0";
    device("crosscheck", address, more).failed(6, &["1 of 5 numbers differ", "strip 2"]);
}

#[test]
fn a_device_with_another_model_is_refused() {
    let address = start(SMALL, Sound);
    let bytes = format!("{} bytes", BEST_G.len());
    for what in ["info", "selftest", "predict", "solve", "crosscheck"] {
        let finished = device(what, address, "--network best-g");
        let words = [
            "paper-dnn-3x3",
            "best-g is another",
            &bytes,
            "the device's own",
        ];
        finished.failed(5, &words);
    }
    // One byte of the data hash, and the checksum that goes with it: the same name and size.
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.postcard");
    let mut bytes = SMALL.to_vec();
    bytes[700] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let more = format!("--network {}", damaged.display());
    device("crosscheck", address, &more).failed(3, &["damaged.postcard", "checksum"]);
    device("info", address, "--network no-such").failed(4, &["no model no-such", "best-gbar"]);
}

#[test]
fn what_the_device_cannot_do_is_said_with_the_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let address = start(BEST_G, Sound);
    let predict = |shape: &[usize], energy| {
        let sites: usize = shape.iter().product();
        let file = lattices(folder.path(), shape, &vec![energy; sites]);
        device("predict", address, &format!("--onsite {file}"))
    };
    predict(&[39, 40], 0.0).failed(3, &["strip 0", "40 x 40", "39 x 40"]);
    let unknown = "strip 0: site (0, 0) is 2.5 t; best-g knows 0 and 5 t\n";
    predict(&[40, 40], 2.5).failed(3, &[unknown]);
    let solve = |more| device("solve", address, more);
    solve("--length 50").failed(3, &["2000 sites", "room for 1600"]);
    solve("--length 10 --width 50").failed(3, &["width of 50", "workspace"]);
    solve("--energy nan").failed(2, &["finite"]);
    solve("--bias=inf").failed(2, &["finite"]);
    solve("--bias=-0.3").failed(2, &["above 0", "give 0.3"]);
    solve("--bias 0").failed(2, &["above 0"]);
    let crosscheck = "--network best-g --bias 0";
    device("crosscheck", address, crosscheck).failed(2, &["above 0"]);
    solve("--length 0").failed(2, &["at least 1"]);
    solve("--output t.txt").failed(2, &[".npy"]);
    device("crosscheck", address, "").failed(2, &["--network"]);
    device("crosscheck", address, "--network best-g --plot a.pdf").failed(2, &[".svg or .png"]);
    let small = start(SMALL, Sound);
    device("predict", small, "--concentration 0.1").failed(2, &["is for impurities"]);
}

/// A line that loses, damages, doubles and delays.
struct Bad(fn(u64, &[u8]) -> Vec<u8>, fn(u64, &mut Vec<u8>), u64);

impl Tampering for Bad {
    fn request(&mut self, bytes: &mut Vec<u8>) {
        (self.1)(self.2, bytes);
        self.2 += 1;
    }

    fn reply(&mut self, number: u64, frame: &[u8]) -> Vec<u8> {
        (self.0)(number, frame)
    }
}

const INTACT: fn(u64, &[u8]) -> Vec<u8> = |_, frame| frame.to_vec();
const UNTOUCHED: fn(u64, &mut Vec<u8>) = |_, _| {};

#[test]
fn lost_and_damaged_frames_are_sent_again() {
    let more = "--network best-g --samples 5 --average 0 --timeout 1.5";
    // Every third answer is lost.
    let lossy = |number, frame: &[u8]| {
        if number % 3 == 2 {
            vec![]
        } else {
            frame.to_vec()
        }
    };
    let found = json("crosscheck", start(BEST_G, Bad(lossy, UNTOUCHED, 0)), more);
    assert_eq!(
        (&found["equal"], &found["bad_frames"]),
        (&true.into(), &0.into())
    );
    assert!(found["resent"].as_u64() >= Some(3), "{found}");
    // Every third answer is damaged, or comes with garbage before it.
    let noisy = |number, frame: &[u8]| {
        let mut frame = frame.to_vec();
        match number % 3 {
            1 => frame[5] ^= 1,
            2 => drop(frame.splice(0..0, [7, 0, 9, 200, 1])),
            _ => {}
        }
        frame
    };
    let found = json("crosscheck", start(BEST_G, Bad(noisy, UNTOUCHED, 0)), more);
    assert_eq!(found["equal"], true);
    assert!(found["resent"].as_u64() >= Some(2), "{found}");
    // Every fourth piece of a request is damaged: the device says so, and nobody waits.
    let begin = Instant::now();
    let damaging: fn(u64, &mut Vec<u8>) = |number, bytes| {
        if number % 4 == 3 {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
        }
    };
    let patient = "--network best-g --samples 5 --average 0 --timeout 600";
    let found = json(
        "crosscheck",
        start(BEST_G, Bad(INTACT, damaging, 0)),
        patient,
    );
    assert_eq!(found["equal"], true);
    assert!(found["bad_frames"].as_u64() >= Some(2), "{found}");
    assert!(begin.elapsed() < Duration::from_mins(1));
}

#[test]
fn answers_to_earlier_questions_are_not_taken_for_this_one() {
    // Every answer comes twice.
    let twice = |_, frame: &[u8]| [frame, frame].concat();
    let more = "--network best-g --samples 6 --average 0";
    let found = json("crosscheck", start(BEST_G, Bad(twice, UNTOUCHED, 0)), more);
    assert_eq!(
        (&found["equal"], &found["resent"]),
        (&true.into(), &0.into())
    );
}

#[test]
fn a_device_that_does_not_answer_is_given_up() {
    let silent = |number, frame: &[u8]| if number > 0 { vec![] } else { frame.to_vec() };
    let address = start(BEST_G, Bad(silent, UNTOUCHED, 0));
    let _ = binary();
    let begin = Instant::now();
    let finished = device("predict", address, "--timeout 0.3 --tries 2");
    finished.failed(
        4,
        &[
            "does not answer",
            "asked 2 times",
            "0.3 s",
            "received nothing",
        ],
    );
    assert!(begin.elapsed() < Duration::from_secs(20));
    // Something else than an instrument, which talks.
    let chatter = |_, _: &[u8]| b"Ready.\r\nlogin: ".to_vec();
    let finished = device(
        "info",
        start(BEST_G, Bad(chatter, UNTOUCHED, 0)),
        "--timeout 0.3 --tries 2",
    );
    finished.failed(4, &["30 bytes that are not a reply", "baud"]);
}

/// A device that takes its time for each answer but the first, and counts the questions.
fn slow(milliseconds: fn(u64) -> u64) -> (SocketAddr, Arc<AtomicU64>) {
    let asked = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&asked);
    let late = move |number, frame: &[u8]| {
        seen.store(number + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(milliseconds(number)));
        frame.to_vec()
    };
    (start(SMALL, Answers(late)), asked)
}

#[test]
fn a_device_that_is_too_slow_is_not_buried_in_questions() {
    // Every answer comes when its question has been given up once.
    let (address, asked) = slow(|number| if number > 0 { 700 } else { 0 });
    let finished = device("predict", address, "--samples 5 --timeout 0.5 --tries 3");
    let text = finished.succeeded().stdout;
    assert!(text.contains("5 strips"), "{text}");
    // One copy of each was wasted, on a busy machine perhaps two of some.
    let asked = asked.load(Ordering::SeqCst);
    assert!(asked < 15, "{asked} questions were answered");
}

#[test]
fn answers_that_come_too_late_are_no_noise() {
    // The first prediction comes late, and the second one not in time at all.
    let (address, _) = slow(|number| match number {
        0 => 0,
        1 | 2 => 300,
        _ => 3000,
    });
    let finished = device("predict", address, "--samples 2 --timeout 0.2 --tries 2");
    let words = [
        "does not answer",
        "earlier requests",
        "needs longer",
        "--timeout",
    ];
    let finished = finished.failed(4, &words);
    assert!(!finished.stderr.contains("baud"), "{finished:#?}");
}

#[test]
fn an_echo_is_called_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 256];
            while let Ok(read @ 1..) = stream.read(&mut bytes) {
                let _ = stream.write_all(&bytes[..read]);
            }
        }
    });
    let finished = device("info", address, "--timeout 0.3 --tries 1");
    finished.failed(4, &["echo"]);
}

#[test]
fn other_versions_and_odd_answers_are_refused() {
    // The device speaks version 3. The checksum is of no concern to its sender.
    let elder = Answers(|_, frame: &[u8]| {
        changed(frame, |reply| {
            *reply = Reply::Refused(Refusal::UnsupportedVersion {
                found: 1,
                supported: 3,
            });
        })
    });
    device("info", start(SMALL, elder), "")
        .failed(5, &["version 3", "versions 1 to 2", "same release"]);
    let puzzled = Answers(|_, frame: &[u8]| {
        changed(frame, |reply| {
            *reply = Reply::BadFrame {
                fault: FrameFault::Malformed,
                bad_frames: 1,
            };
        })
    });
    device("info", start(SMALL, puzzled), "").failed(5, &["does not know how to"]);
    let absent_minded = Answers(|number, frame: &[u8]| {
        changed(frame, |reply| {
            if number == 1 {
                *reply = Reply::Counters(landauer_core::instrument::Counters::default());
            }
        })
    });
    device("selftest", start(SMALL, absent_minded), "").failed(5, &["know how to test itself"]);
}

#[test]
fn where_there_is_no_device_it_says_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    device("info", closed, "").failed(
        4,
        &["cannot open tcp:127.0.0.1", "is the instrument running"],
    );
    let serial = ["device", "info", "--connect", "serial:/dev/no-such-port"];
    run(serial).failed(4, &["cannot open serial:/dev/no-such-port", "plugged in"]);
    let nothing = ["device", "info", "--connect", "telnet:127.0.0.1:23"];
    run(nothing).failed(2, &["tcp:HOST:PORT", "serial:PATH"]);
    // One that hangs up.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().for_each(drop));
    device("info", address, "").failed(4, &["still running and connected"]);
}

#[test]
fn ctrl_c_ends_the_wait() {
    let asked = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&asked);
    let silent = move |number, frame: &[u8]| {
        seen.store(number + 1, Ordering::SeqCst);
        if number > 0 { vec![] } else { frame.to_vec() }
    };
    let address = start(BEST_G, Answers(silent));
    let address = format!("tcp:{address}");
    let arguments = [
        "device",
        "crosscheck",
        "--network",
        "best-g",
        "--connect",
        &address,
    ];
    let mut command = landauer(arguments);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It has heard who is there, and waits for a first prediction.
    let begin = Instant::now();
    while asked.load(Ordering::SeqCst) < 2 {
        assert!(begin.elapsed() < Duration::from_mins(1));
        thread::sleep(Duration::from_millis(10));
    }
    signal(&child, "-INT");
    let begin = Instant::now();
    let finished = Finished::from(child.wait_with_output().unwrap());
    assert!(begin.elapsed() < Duration::from_secs(5));
    finished.failed(130, &["stopped", "0 of 100 strips"]);
}

#[test]
fn garbage_from_another_client_is_counted_and_does_no_harm() {
    let address = start(BEST_G, Sound);
    let after = vandalise(address, &garbage(5000, 20));
    assert!(after.cut > 500 && after.requests == 1, "{after:?}");
    // Half a frame is left on the line, and so are the answers.
    let mut vandal = TcpStream::connect(address).unwrap();
    vandal.write_all(&[0, 9, 1, 2, 3]).unwrap();
    drop(vandal);
    let found = json("crosscheck", address, "--network best-g --samples 3");
    assert_eq!(found["equal"], true);
    assert_eq!(found["bad_frames"], after.bad_frames() + 1);
    let info = json("info", address, "");
    assert_eq!(info["frames"]["cut"], after.cut + 1);
    assert_eq!(info["frames"]["checksum"], after.checksum);
}

#[cfg(unix)]
#[test]
fn a_serial_port_does_as_well() {
    use std::fs::File;

    use landauer_tests::fake_device::start_on;
    use nix::pty::openpty;
    use nix::unistd::ttyname;

    let pty = openpty(None, None).unwrap();
    let path = ttyname(&pty.slave).unwrap();
    start_on(BEST_G, File::from(pty.master));
    let address = format!("serial:{}", path.display());
    let arguments = [
        "device",
        "crosscheck",
        "--connect",
        &address,
        "--baud",
        "921600",
    ];
    let more = ["--network", "best-g", "--samples", "5", "--json"];
    let found = run(arguments.into_iter().chain(more)).succeeded().json();
    assert_eq!(
        (&found["equal"], &found["resent"]),
        (&true.into(), &0.into())
    );
    // Kept open until now, so that the device's end does not see a hang-up before.
    drop(pty.slave);
}
