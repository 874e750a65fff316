//! Hands the memory map and cortex-m-rt's linker script to the linker, and one model to the code.

use std::path::PathBuf;
use std::{env, fs};

#[path = "build/embedded.rs"]
mod embedded;

fn main() {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::copy("memory.x", folder.join("memory.x")).expect("memory.x can be copied");
    println!("cargo:rustc-link-search={}", folder.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed=memory.x");
    embedded::write(&folder);
}
