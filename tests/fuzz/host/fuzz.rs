//! The host's targets for libFuzzer: `LANDAUER_FUZZ_TARGET` names one, `LANDAUER_FUZZ_SEEDS` a folder
//! that its seeds are written to first. `bash tests/fuzz/run` sets both.
#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use landauer_tests::hostile::{Target, target};
use libfuzzer_sys::fuzz_target;

/// libFuzzer calls it on one thread only.
static TARGET: OnceLock<Box<dyn Target>> = OnceLock::new();

fn begin() {
    let name = std::env::var("LANDAUER_FUZZ_TARGET").expect("LANDAUER_FUZZ_TARGET is not set");
    let target = target(&name).expect("there is no such target");
    if let Some(folder) = std::env::var_os("LANDAUER_FUZZ_SEEDS") {
        for (number, seed) in target.seeds().into_iter().enumerate() {
            let file = Path::new(&folder).join(number.to_string());
            std::fs::write(file, seed).expect("a seed is written");
        }
    }
    let _ = TARGET.set(target);
}

fuzz_target!(init: begin(), |bytes: &[u8]| {
    if let Some(target) = TARGET.get() {
        let _ = target.run(bytes);
    }
});
