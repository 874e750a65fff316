//! The host computes what the firmware computes, to the last bit.
//!
//! `tests/run qemu` compares what the firmware prints in QEMU with the same file.

use std::fmt::Write;

use landauer_core::inference::Model;

// The very source that the firmware compiles, so that both write the same lines.
#[path = "../../firmware-example/src/numbers.rs"]
#[allow(unreachable_pub, reason = "it is public in the firmware's library")]
mod numbers;
#[path = "../../firmware-example/src/report.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    reason = "it is public in the firmware's library"
)]
mod report;

#[test]
fn host_and_device_write_the_same_report() {
    let mut found = Vec::new();
    report::write(&mut |bytes| found.extend_from_slice(bytes)).expect("the strips have solutions");
    let found = String::from_utf8(found).expect("it is text");
    let expected = include_str!("../../firmware-example/expected/solve.out");
    assert_eq!(
        found, expected,
        "what the host computes differs from what a Cortex-M4F printed"
    );
}

// The lattices that the firmware draws.
#[path = "../../firmware-example/src/lattices.rs"]
#[allow(unreachable_pub, reason = "it is public in the firmware's library")]
mod lattices;

#[test]
fn host_and_device_predict_the_same() {
    let file = include_bytes!("../../models/paper-cnn-g.postcard");
    let model = Model::parse(file).expect("it is shipped");
    let width = usize::from(model.card().width);
    let impurity = model.card().disorder.species_energies()[0];
    let mut scratch = vec![0; model.scratch_len()];
    let mut found = String::new();
    for number in 0..lattices::LATTICES {
        let sites = lattices::impurities(number).take(model.sites());
        let onsite: Vec<f64> = sites
            .map(|site| if site { impurity } else { 0.0 })
            .collect();
        let count = model.count(&onsite, width).expect("it has this disorder");
        let mut outputs = vec![0; model.card().outputs.len()];
        model
            .predict_q16(&onsite, width, &mut scratch, &mut outputs)
            .expect("the lattice suits the model");
        write!(found, "lattice {number} impurities {count}").expect("a string");
        for output in outputs {
            write!(found, " G*65536 {output:08x}").expect("a string");
        }
        found.push('\n');
    }
    let expected = include_str!("../../firmware-example/expected/predict.out");
    assert_eq!(
        found, expected,
        "what the host predicts is not what a Cortex-M4F printed"
    );
}
