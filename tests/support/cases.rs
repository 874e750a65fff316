//! The reference cases from Kwant (tests/reference/ORIGIN.md), as plain arrays.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of reference results.
pub struct KwantCase {
    /// The file's name without its ending.
    pub name: String,
    /// Slices.
    pub length: usize,
    /// Sites in a slice.
    pub width: usize,
    /// On-site energies `[sample, slice, row]`.
    pub onsite: Vec<f64>,
    /// Energies `[energy]`.
    pub energies: Vec<f64>,
    /// T `[sample, energy]`.
    pub transmission: Vec<f64>,
    /// Transmission eigenvalues `[sample, energy, width]`, the largest first, zeros behind.
    pub eigenvalues: Vec<f64>,
    /// Open modes `[energy]`.
    pub propagating_modes: Vec<i64>,
}

impl KwantCase {
    /// The on-site energies of each sample.
    pub fn samples(&self) -> impl Iterator<Item = &[f64]> {
        self.onsite.chunks_exact(self.length * self.width)
    }

    /// (sample, energy number, energy, T, eigenvalues) of everything in the file.
    pub fn results(&self) -> impl Iterator<Item = (usize, usize, f64, f64, &[f64])> {
        let count = self.energies.len();
        let eigenvalues = self.eigenvalues.chunks_exact(self.width);
        let results = self.transmission.iter().zip(eigenvalues).enumerate();
        results.map(move |(at, (&t, eigenvalues))| {
            let number = at % count;
            (at / count, number, self.energies[number], t, eigenvalues)
        })
    }
}

/// Where the reference data lie.
#[must_use]
pub fn reference_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reference")
}

/// Every reference case from Kwant, by name.
///
/// # Panics
/// If the committed data cannot be read, or are fewer than there should be.
#[must_use]
pub fn kwant_cases() -> Vec<KwantCase> {
    let paths = archives("kwant", 24);
    paths.iter().map(|path| read_case(path)).collect()
}

fn read_case(path: &Path) -> KwantCase {
    let mut archive = Archive::open(path);
    let (shape, onsite) = archive.array::<f64>("onsite");
    let [_, length, width] = shape[..] else {
        panic!("{}: onsite has shape {shape:?}", path.display())
    };
    KwantCase {
        name: name_of(path),
        length,
        width,
        onsite,
        energies: archive.array("energies").1,
        transmission: archive.array("transmission").1,
        eigenvalues: archive.array("eigenvalues").1,
        propagating_modes: archive.array("open_modes").1,
    }
}

/// Maps of the inside of one strip.
pub struct MapCase {
    /// The file's name without its ending.
    pub name: String,
    /// Slices.
    pub length: usize,
    /// Sites in a slice.
    pub width: usize,
    /// On-site energies `[slice, row]`.
    pub onsite: Vec<f64>,
    /// Energies `[energy]`.
    pub energies: Vec<f64>,
    /// T `[energy]`.
    pub transmission: Vec<f64>,
    /// Local density of states, `[energy, slice, row]`.
    pub ldos: Vec<f64>,
    /// Density of the states from the left, `[energy, slice, row]`.
    pub density_left: Vec<f64>,
    /// Current to the next slice, `[energy, slice, row]`.
    pub current_x: Vec<f64>,
    /// Current to the next row, `[energy, slice, row]`.
    pub current_y: Vec<f64>,
    /// dT/d onsite, `[energy, slice, row]`.
    pub gradient: Vec<f64>,
}

/// Every reference case of maps from Kwant, by name.
///
/// # Panics
/// If the committed data cannot be read, or are fewer than there should be.
#[must_use]
pub fn map_cases() -> Vec<MapCase> {
    let paths = archives("kwant-maps", 8);
    paths.iter().map(|path| read_map_case(path)).collect()
}

fn read_map_case(path: &Path) -> MapCase {
    let mut archive = Archive::open(path);
    let (shape, onsite) = archive.array::<f64>("onsite");
    let [length, width] = shape[..] else {
        panic!("{}: onsite has shape {shape:?}", path.display())
    };
    let mut array = |name: &str| archive.array::<f64>(name).1;
    MapCase {
        name: name_of(path),
        length,
        width,
        onsite,
        energies: array("energies"),
        transmission: array("transmission"),
        ldos: array("ldos"),
        density_left: array("density_left"),
        current_x: array("current_x"),
        current_y: array("current_y"),
        gradient: array("gradient"),
    }
}

/// The `.npz` files of a folder of the reference, so many.
fn archives(folder: &str, count: usize) -> Vec<PathBuf> {
    let folder = reference_folder().join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "npz"))
        .collect();
    paths.sort();
    assert_eq!(paths.len(), count, "reference cases are missing");
    paths
}

fn name_of(path: &Path) -> String {
    let name = path.file_stem().expect("a named file");
    name.to_string_lossy().into_owned()
}

/// An `.npz` file.
struct Archive {
    path: PathBuf,
    zip: zip::ZipArchive<fs::File>,
}

impl Archive {
    fn open(path: &Path) -> Self {
        let file = fs::File::open(path).expect("a readable file");
        Self {
            path: path.to_owned(),
            zip: zip::ZipArchive::new(file).expect("an .npz archive"),
        }
    }

    /// The shape and the elements of one of its arrays.
    fn array<T: npyz::Deserialize>(&mut self, name: &str) -> (Vec<usize>, Vec<T>) {
        let entry = self
            .zip
            .by_name(&format!("{name}.npy"))
            .unwrap_or_else(|error| panic!("{}: {name}: {error}", self.path.display()));
        let array = npyz::NpyFile::new(entry).expect("an .npy array");
        let size = |&size: &u64| usize::try_from(size).expect("a small array");
        let shape = array.shape().iter().map(size).collect();
        (shape, array.into_vec().expect("the documented dtype"))
    }
}
