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
    let page = playground.join("dist/index.html");
    let is_there = page.is_file();
    // What is not there cannot be watched, but the folder in which it will be.
    let watched = if is_there { &page } else { &playground };
    println!("cargo::rerun-if-changed={}", watched.display());
    if is_there {
        println!("cargo::rustc-cfg=playground_page");
        println!(
            "cargo::rustc-env=LANDAUER_PLAYGROUND_PAGE={}",
            page.display()
        );
    }
}
