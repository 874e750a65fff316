//! Puts the playground's page into the program, if `host/playground/build` has made it before.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rustc-check-cfg=cfg(playground_page)");
    println!("cargo::rerun-if-changed=build.rs");
    let Some(folder) = env::var_os("CARGO_MANIFEST_DIR") else {
        return;
    };
    // Not there in a tarball of this crate.
    let playground = Path::new(&folder).join("../playground");
    let Ok(playground) = fs::canonicalize(playground) else {
        return;
    };
    // The folder of what is built comes and goes; that of the sources is there, and has it inside.
    println!("cargo::rerun-if-changed={}", playground.display());
    let page = playground.join("dist/index.html");
    if page.is_file() {
        println!("cargo::rustc-cfg=playground_page");
        println!(
            "cargo::rustc-env=LANDAUER_PLAYGROUND_PAGE={}",
            page.display()
        );
    }
}
