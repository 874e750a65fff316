//! The host computes what the firmware computes, to the last bit.
//!
//! `tests/run qemu` compares what the firmware prints in QEMU with the same file.

// The very source that the firmware compiles, so that both write the same lines.
#[path = "../firmware-example/src/report.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    reason = "it is public in the firmware's library"
)]
mod report;

#[test]
fn host_and_device_write_the_same_report() {
    let mut found = String::new();
    report::write(&mut found).expect("the strips have solutions");
    let expected = include_str!("../firmware-example/expected/solve.out");
    assert_eq!(
        found, expected,
        "what the host computes differs from what a Cortex-M4F printed"
    );
}
