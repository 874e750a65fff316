//! Hands the memory map and cortex-m-rt's linker script to the linker, and compiles the networks
//! that the binaries hold: models/*.postcard, and some from a seed that only exist to be measured.

use std::path::{Path, PathBuf};
use std::{env, fs};

use landauer_core::hybrid::HybridModel;
use landauer_core::inference::{Model, compiled};

#[path = "build/embedded.rs"]
mod embedded;
#[path = "build/measured.rs"]
mod measured;

fn main() {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::copy("memory.x", folder.join("memory.x")).expect("memory.x can be copied");
    println!("cargo:rustc-link-search={}", folder.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    for path in ["memory.x", "build.rs", "build", "../models"] {
        println!("cargo:rerun-if-changed={path}");
    }
    embedded::write(&folder);
    let models = shipped(Path::new("../models"));
    for (name, file) in models.iter().chain(&measured::networks()) {
        let write = |extension: &str, bytes: &[u8]| {
            let path = folder.join(name).with_extension(extension);
            fs::write(path, bytes).expect("it can be written");
        };
        write("postcard", file);
        if HybridModel::is_one(file) {
            continue;
        }
        let model = Model::parse(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut source = String::new();
        if compiled::write_source(&model, file.len(), &mut source).is_ok() {
            write("rs", source.as_bytes());
        }
    }
    let list: String = models
        .iter()
        .map(|(name, _)| {
            format!("    ({name:?}, &Aligned(*include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.postcard\")))),\n")
        })
        .collect();
    let list = format!(
        "/// Every shipped model: its name and its file.\npub static SHIPPED: &[(&str, &Aligned<[u8]>)] = &[\n{list}];\n"
    );
    fs::write(folder.join("shipped.rs"), list).expect("it can be written");
}

/// The shipped models, by name.
fn shipped(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("the models are there");
    let paths = entries.map(|entry| entry.expect("the models can be listed").path());
    let models = paths.filter(|path| path.extension().is_some_and(|it| it == "postcard"));
    let mut models: Vec<_> = models
        .map(|path| {
            let name = path.file_stem().expect("it has a name").to_string_lossy();
            (
                name.replace('-', "_"),
                fs::read(&path).expect("it can be read"),
            )
        })
        .collect();
    models.sort();
    models
}
