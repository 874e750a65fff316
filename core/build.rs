//! Tells the compiler whether the target has the DSP instructions of ARMv7E-M.
//!
//! rustc knows it but does not say so to stable Rust (`target_feature = "dsp"` is unstable).

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(landauer_dsp)");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let features = variable("CARGO_CFG_TARGET_FEATURE");
    let known = features.split(',').any(|feature| feature == "dsp");
    // Cortex-M4 and M7. A Cortex-M33 may be without them, and has to be asked for with
    // `-C target-feature=+dsp`.
    let implied = variable("TARGET").starts_with("thumbv7em-");
    let asked = variable("CARGO_ENCODED_RUSTFLAGS").contains("+dsp");
    let arm = variable("CARGO_CFG_TARGET_ARCH") == "arm";
    let little = variable("CARGO_CFG_TARGET_ENDIAN") == "little";
    if arm && little && (known || implied || asked) {
        println!("cargo:rustc-cfg=landauer_dsp");
    }
}
