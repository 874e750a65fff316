//! The C interface: its header is current, and a C program on a Cortex-M gets the host's bits.
//!
//! `tests/run qemu` compares what the C program prints in QEMU with the same file.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use landauer_core::hybrid::{Hybrid, HybridModel};
use landauer_core::inference::Model;
use landauer_core::transport::{conductance, reflection_workspace_len, transmission};

const SITES: usize = 1600;
const WIDTH: usize = 40;

fn library(file: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../firmware-example/c-library");
    PathBuf::from(folder).join(file)
}

#[test]
fn the_header_is_current() {
    let config = cbindgen::Config::from_file(library("cbindgen.toml")).expect("cbindgen.toml");
    let bindings = cbindgen::Builder::new()
        .with_src(library("src/lib.rs"))
        .with_config(config)
        .generate();
    let mut expected = Vec::new();
    bindings.expect("a header").write(&mut expected);
    let expected = String::from_utf8(expected).expect("UTF-8");
    let header = library("landauer.h");
    if env::var_os("LANDAUER_WRITE_HEADER").is_some() {
        fs::write(&header, &expected).expect("the header can be written");
    }
    let found = fs::read_to_string(&header).unwrap_or_default();
    assert_eq!(
        found,
        expected,
        "{} is not what src/lib.rs says: run this test with LANDAUER_WRITE_HEADER=1",
        header.display()
    );
}

/// The strip that main.c draws.
fn draw(impurities: u32) -> Vec<f32> {
    let mut state = impurities;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if state >> 24 < impurities { 5.0 } else { 0.0 }
    };
    std::iter::repeat_with(next).take(SITES).collect()
}

/// What the C program prints of the hybrid.
fn hybrid() -> String {
    let file = include_bytes!("../../models/hybrid-g.postcard");
    let model = HybridModel::parse(file).expect("a hybrid");
    let mut workspace = vec![0.0; model.workspace_len()];
    let mut lines = format!(
        "hybrid not opened 00000002\nhybrid 00000000\nworkspace {:08x}\nhybrid self-test 00000000\n",
        workspace.len()
    );
    let mut hybrid = Hybrid::new(&model, &mut workspace).expect("room");
    // The smallest budget is 449: nothing is written.
    lines += "within 00000011\n G 00000000 solved 00000000 of 00000000 energies 00000000 exact \
              00000000 multiply-adds 00000000\n";
    for budget in [300_000, 3_000_000] {
        let found = hybrid.predict_within(&draw(26), WIDTH, budget);
        let found = found.expect("an estimate");
        let _ = writeln!(
            lines,
            "within 00000000\n G {:08x} solved {:08x} of {:08x} energies {:08x} exact {:08x} \
             multiply-adds {:08x}",
            found.value.to_bits(),
            found.solved,
            found.impurities,
            found.energies,
            u32::from(found.exact),
            found.multiply_adds
        );
    }
    lines + "a network is no hybrid 00000003\nno estimate 00000001\nshort room 0000000d\n"
}

#[test]
fn host_and_c_program_write_the_same_lines() {
    let file = include_bytes!("../../models/best-g.postcard");
    let model = Model::parse(file).expect("a model");
    let mut scratch = vec![0; model.scratch_len()];
    let workspace_len = reflection_workspace_len(WIDTH);
    let mut workspace = vec![0.0; workspace_len];
    let targets = model.targets().len();
    let mut lines = format!(
        "open 00000000\nsites {SITES:08x} width {WIDTH:08x} targets {targets:08x} workspace \
         {workspace_len:08x}\n"
    );
    let tested = model.self_test(&mut vec![0.0_f32; SITES], &mut scratch);
    tested.expect("the model is what it was");
    lines += "self-test 00000000\n";
    for impurities in [0, 5, 26, 200] {
        let onsite = draw(impurities);
        let mut values = vec![0; targets];
        let predicted = model.predict_q16(&onsite, WIDTH, &mut scratch, &mut values);
        predicted.expect("a strip of the model's");
        lines += "predict 00000000\n";
        for value in values {
            let _ = write!(lines, " value {value:08x}");
        }
        let t = transmission(&onsite, WIDTH, 0.1, &mut workspace).expect("T");
        let g_bar = conductance(&onsite, WIDTH, 0.36, &mut workspace).expect("G-bar");
        let _ = writeln!(
            lines,
            "\ntransmission 00000000\n T {:08x}\nconductance 00000000\n G-bar {:08x}",
            t.to_bits(),
            g_bar.to_bits()
        );
    }
    lines += &hybrid();
    // The numbers of `LandauerStatus`, which never change.
    for (what, status) in [
        ("null", 1),
        ("no file", 1),
        ("not opened", 2),
        ("not a model", 3),
        ("cut", 5),
        ("other size", 7),
        ("short scratch", 10),
        ("no outputs", 11),
        ("unknown", 8),
        ("short workspace", 13),
        ("ragged", 7),
        ("infinite bias", 14),
    ] {
        let _ = writeln!(lines, "{what} {status:08x}");
    }
    // The C program begins with 0 there, and no error writes to it.
    lines += "untouched 00000000\n";
    let expected = include_str!("../../firmware-example/expected/c_library.out");
    assert_eq!(
        lines, expected,
        "what the host computes differs from what the C program printed"
    );
}
