//! A data set and a training that take seconds.

use std::path::{Path, PathBuf};

use crate::command::run;

/// Model I, 3×3: no counting helps, and much can be learned from few samples.
const DATA: &str = "generate --quiet --disorder 1 --strength 4 --length 3 --width 3 --energies 0 --samples 4000 --seed 5 --output";

/// Model II, 8×8, at all energies.
const IMPURITIES: &str =
    "generate --quiet --disorder 2 --length 8 --width 8 --samples 3000 --seed 6 --output";

fn generate(command: &str, path: PathBuf) -> PathBuf {
    let path_text = path.display().to_string();
    let arguments = command.split(' ').chain([path_text.as_str()]);
    let _ = run(arguments).succeeded();
    path
}

/// The small data set of model I in this folder.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn box_data(folder: &Path) -> PathBuf {
    generate(DATA, folder.join("box.zarr"))
}

/// The small data set of model II in this folder.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn impurity_data(folder: &Path) -> PathBuf {
    generate(IMPURITIES, folder.join("impurities.zarr"))
}

/// A configuration file of this content in this folder.
///
/// # Panics
/// If it cannot be written.
#[must_use]
pub fn config(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(format!("{name}.toml"));
    std::fs::write(&path, text).expect("a file");
    path
}

/// A dense network for [`box_data`].
pub const DENSE: &str = "preset = 'best-3x3'
epochs = 12
batch_size = 64
validation = 0.2
[optimiser]
learning_rate = 0.005
ema = 0.95
schedule = { kind = 'cosine', warmup_steps = 20, final_learning_rate = 1e-5 }
[network]
kind = 'dense'
hidden = [48, 48]
";

/// A convolutional network for [`impurity_data`].
pub const CONVOLUTIONAL: &str = "preset = 'paper-cnn-residual'
epochs = 3
validation = 0.2
targets = ['g', 'g-bar']
[network]
kind = 'convolutional'
convolutions = [{ channels = 6, kernel = 2 }, { channels = 8, kernel = 2 }]
hidden = [16]
";

/// A spectral network for [`impurity_data`].
pub const SPECTRAL: &str = "preset = 'spectral'
epochs = 12
batch_size = 48
validation = 0.2
dropout = 0.05
[network]
kind = 'spectral'
local = 1
kernels = 4
units = 12
head = 12
";
