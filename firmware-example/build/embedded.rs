//! The one model of `instrument`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use landauer_core::inference::Model;

/// Which model: a name in `../models`, or the path of a file.
const VARIABLE: &str = "LANDAUER_MODEL";

/// Checks the model as the device will, and writes down how much memory it takes: what
/// `src/model.rs` includes.
pub fn write(folder: &Path) {
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    let name = env::var(VARIABLE).unwrap_or_else(|_| "best-g".to_owned());
    let path = match Path::new(&name).extension() {
        Some(_) => PathBuf::from(&name),
        None => Path::new("../models")
            .join(&name)
            .with_extension("postcard"),
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
