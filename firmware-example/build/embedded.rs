//! The one model of `instrument`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use landauer_core::hybrid::{Hybrid, HybridModel};
use landauer_core::inference::Model;
use landauer_core::transport::reflection_workspace_len;

/// Which model: a name in `../models`, or the path of a file.
const VARIABLE: &str = "LANDAUER_MODEL";

/// How much memory a model takes.
struct Needs {
    sites: usize,
    solver: usize,
    scratch: usize,
}

/// Checks a network or a hybrid, and runs its self-test.
fn needs(bytes: &[u8]) -> Result<Needs, Box<dyn Error>> {
    if HybridModel::is_one(bytes) {
        let model = HybridModel::parse(bytes)?;
        let (sites, solver) = (model.sites(), model.workspace_len());
        let mut workspace = vec![0.0; solver];
        Hybrid::new(&model, &mut workspace)?.self_test(&mut vec![0.0; sites])?;
        let scratch = 0;
        return Ok(Needs {
            sites,
            solver,
            scratch,
        });
    }
    let model = Model::parse(bytes)?;
    let (sites, scratch) = (model.sites(), model.scratch_len());
    model.self_test(&mut vec![0.0_f32; sites], &mut vec![0; scratch])?;
    Ok(Needs {
        sites,
        solver: reflection_workspace_len(model.card().width.into()),
        scratch,
    })
}

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
    let Needs {
        sites,
        solver,
        scratch,
    } = needs(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let path = path.canonicalize().expect("it has just been read");
    let code = format!(
        "/// Sites of the model's strips.
pub const SITES: usize = {sites};
/// Numbers of workspace for solving such strips exactly, and for a hybrid.
pub const SOLVER_LEN: usize = {solver};
/// Bytes of scratch that a network's prediction takes.
pub const SCRATCH_LEN: usize = {scratch};
static BYTES: &Aligned<[u8]> = &Aligned(*include_bytes!({path:?}));
"
    );
    fs::write(folder.join("model.rs"), code).expect("OUT_DIR can be written to");
}
