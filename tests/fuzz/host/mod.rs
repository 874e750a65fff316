//! What is asked of the host whatever a user hands it: no panic, no hang, no memory for what a file
//! only claims, errors in our own words; and what is accepted keeps its promises.
//!
//! | target | input |
//! |---|---|
//! | [`Npy`] | a `.npy` file of lattices or energies |
//! | [`Toml`] | the configuration of a training |
//! | [`DataSets`] | the folder of a data set, one of its files changed |
//! | [`Runs`] | that of a run, finished or not |
//! | [`Sweeps`] | that of the averages over a sweep |
//! | [`CommandLine`] | arguments |
//!
//! Each is a [`Target`] that takes bytes and panics if something is wrong. `tests/io/hostile_files.rs`
//! gives them the corpus and mutations of it that are the same on every machine, in the library as it
//! is; `fuzz.rs` is for libFuzzer, which is led by coverage. They are in the package of the
//! cross-checks and not in the workspace of `tests/fuzz`: the host brings hundreds of dependencies,
//! which are built once for both.

mod averages;
mod command_line;
mod config;
mod dataset;
mod folder;
mod form;
mod npy;
mod run;
mod words;

pub use averages::Sweeps;
pub use command_line::CommandLine;
pub use config::Toml;
pub use dataset::DataSets;
pub use npy::Npy;
pub use run::Runs;

/// Something that takes whatever bytes.
pub trait Target: Send + Sync {
    /// Its name, which is that of its corpus.
    fn name(&self) -> &'static str;

    /// Sound inputs to begin with.
    fn seeds(&self) -> Vec<Vec<u8>>;

    /// Tries one input; tells whether any of it was accepted.
    ///
    /// # Panics
    /// If anything is wrong with what comes out.
    fn run(&self, bytes: &[u8]) -> bool;
}

/// All of them.
///
/// # Panics
/// If a folder that they begin with cannot be made.
#[must_use]
pub fn targets() -> Vec<Box<dyn Target>> {
    NAMES.iter().filter_map(|name| target(name)).collect()
}

/// Their names.
pub const NAMES: [&str; 6] = ["npy", "config", "dataset", "run", "averages", "arguments"];

/// The one of this name.
///
/// # Panics
/// If a folder that it begins with cannot be made.
#[must_use]
pub fn target(name: &str) -> Option<Box<dyn Target>> {
    let target: Box<dyn Target> = match name {
        "npy" => Box::new(Npy::new()),
        "config" => Box::new(Toml::new()),
        "dataset" => Box::new(DataSets::new()),
        "run" => Box::new(Runs::new()),
        "averages" => Box::new(Sweeps::new()),
        "arguments" => Box::new(CommandLine),
        _ => return None,
    };
    Some(target)
}
