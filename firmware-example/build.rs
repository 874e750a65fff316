//! Hands the memory map and cortex-m-rt's linker script to the linker, and one model to the code.

use std::path::{Path, PathBuf};
use std::{env, fs};

use landauer_core::inference::Model;

/// Which model: a name in `../models`, or the path of a file.
const VARIABLE: &str = "LANDAUER_MODEL";

fn main() {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::copy("memory.x", folder.join("memory.x")).expect("memory.x can be copied");
    println!("cargo:rustc-link-search={}", folder.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    let name = env::var(VARIABLE).unwrap_or_else(|_| "best-g".to_owned());
    embed(&name, &folder);
}

/// Checks a model as the device will, and writes down how much memory it takes.
fn embed(name: &str, folder: &Path) {
    let path = match Path::new(name).extension() {
        Some(_) => PathBuf::from(name),
        None => Path::new("../models").join(name).with_extension("postcard"),
    };
    println!("cargo:rerun-if-changed={}", path.display());
    let bytes = fs::read(&path)
        .unwrap_or_else(|error| panic!("{VARIABLE}={name}: {}: {error}", path.display()));
    let model = Model::parse(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (sites, width, scratch) = (model.sites(), model.card().width, model.scratch_len());
    model
        .self_test(&mut vec![0.0_f32; sites], &mut vec![0; scratch])
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let path = path.canonicalize().expect("it has just been read");
    let code = format!(
        "/// Sites of the model's strips.
pub const SITES: usize = {sites};
/// Sites in a slice of them.
pub const WIDTH: usize = {width};
/// Bytes of scratch that a prediction takes.
pub const SCRATCH_LEN: usize = {scratch};
static BYTES: &Aligned<[u8]> = &Aligned(*include_bytes!({path:?}));
"
    );
    fs::write(folder.join("model.rs"), code).expect("OUT_DIR can be written to");
}
