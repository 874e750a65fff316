//! Whatever one of a data set's files has become.

use std::ops::Range;
use std::path::{Path, PathBuf};

use landauer::StripSize;
use landauer::dataset::{Dataset, DatasetConfig, DatasetError, Generation, with_bias_grid};
use landauer::work::{MAX_SAMPLES, WorkOptions};
use landauer::{Method, Precision, SolverKind};
use landauer_core::{Concentration, DisorderModel, Ensemble};
use serde_json::Value;

use super::folder::{Files, Folder, changed, files, mend_end, unchanged};
use super::form::{as_floats, checksum};
use super::{Target, words};

/// Samples of the data sets.
const SAMPLES: u64 = 3;

/// A data set of at most this many numbers is read whole.
const MOST: u64 = 1 << 16;

/// The metadata's files.
const METADATA: &str = "zarr.json";

/// Folders of data sets with a changed file, as it comes, and with all that follows from it changed
/// too: checksums, and the arrays' shapes.
pub struct DataSets {
    folder: Folder,
    /// Of models I and II.
    sound: Files,
}

/// A small data set's configuration.
pub(super) fn small(model: DisorderModel) -> DatasetConfig {
    DatasetConfig {
        ensemble: Ensemble::new(model, Concentration::Uniform, 7).expect("a model"),
        size: StripSize::new(4, 2).unwrap(),
        energies: with_bias_grid(vec![0.0], 0.36),
        bias: Some(0.36),
        chunk_samples: 2,
    }
}

/// Makes a data set.
pub(super) fn make(path: &Path, config: &DatasetConfig, samples: u64) {
    let solver = SolverKind::new(Method::Recursion, Precision::F64);
    let generation = Generation::new(path, config, WorkOptions::new(samples).solver(solver));
    let made = generation.and_then(|generation| generation.run(&()));
    made.expect("a data set");
}

impl DataSets {
    /// With two data sets of its own.
    #[must_use]
    pub(super) fn new() -> Self {
        let folder = Folder::new();
        for (name, model) in [
            ("one", DisorderModel::AndersonBox { strength: 2.0 }),
            ("two", DisorderModel::II),
        ] {
            make(&folder.path("sound").join(name), &small(model), SAMPLES);
        }
        Self {
            sound: files(&folder.path("sound")),
            folder,
        }
    }

    /// Opens the data set of these files; what opens is looked at closely. Tells whether it opens.
    fn open(&self, files: &Files, input: &[u8]) -> bool {
        let path = self.folder.read_only("data.zarr", files);
        let dataset = match Dataset::open(&path) {
            Ok(dataset) => dataset,
            Err(error) => {
                words::check(&error.to_string(), input);
                return false;
            }
        };
        holds(&dataset, input);
        true
    }
}

impl Target for DataSets {
    fn name(&self) -> &'static str {
        "dataset"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        unchanged(&self.sound, 4096)
    }

    fn run(&self, input: &[u8]) -> bool {
        let Some((file, content)) = changed(&self.sound, input) else {
            return false;
        };
        let mut parts = file.iter();
        let which = PathBuf::from(parts.next().expect("a folder"));
        let file = parts.as_path().to_owned();
        let of_set = self.sound.iter().filter_map(|(path, bytes)| {
            let inside = path.strip_prefix(&which).ok()?;
            Some((inside.to_owned(), bytes.clone()))
        });
        let mut files: Files = of_set.collect();
        files.insert(file.clone(), content.to_vec());
        let as_it_is = self.open(&files, input);
        mend(&mut files, &file);
        self.open(&files, input) || as_it_is
    }
}

/// Changes all that follows from a file that has been changed.
fn mend(files: &mut Files, file: &Path) {
    if !file.ends_with(METADATA) {
        if let Some(bytes) = files.get_mut(file) {
            mend_end(bytes);
        }
        return;
    }
    shapes_follow(files);
}

/// Attributes of the group that its checksum is of, and those among them that need not be whole numbers.
const COVERED: [&str; 15] = [
    "format",
    "format_version",
    "disorder_version",
    "model",
    "strength",
    "concentration",
    "species_energies",
    "seed",
    "length",
    "width",
    "energies",
    "bias",
    "solver",
    "chunk_samples",
    "samples",
];
const FLOATS: [&str; 5] = [
    "strength",
    "concentration",
    "species_energies",
    "energies",
    "bias",
];

/// Gives the group the checksum of its attributes, and all arrays the shapes that those ask for.
fn shapes_follow(files: &mut Files) -> Option<()> {
    let parse = |bytes: &Vec<u8>| serde_json::from_slice::<Value>(bytes).ok();
    let mut group = parse(files.get(Path::new(METADATA))?)?;
    let mut typed = group.get("attributes")?.as_object()?.clone();
    for name in FLOATS {
        typed.get_mut(name).map(as_floats);
    }
    let sum = checksum(&typed, |name| COVERED.contains(&name));
    let fingerprint = checksum(&typed, |name| COVERED.contains(&name) && name != "samples");
    *group.pointer_mut("/attributes/checksum")? = sum.into();
    let bytes = serde_json::to_vec(&group).expect("it was JSON");
    files.insert(METADATA.into(), bytes);
    let attributes = group.get("attributes")?.clone();
    let energies = attributes.get("energies")?.as_array()?.len();
    let follow = |metadata: &mut Value| -> Option<()> {
        let names = metadata.get("dimension_names")?.as_array()?.clone();
        for (axis, name) in names.iter().enumerate() {
            let side = match name.as_str()? {
                "sample" => attributes.get("samples")?.clone(),
                "x" => attributes.get("length")?.clone(),
                "y" => attributes.get("width")?.clone(),
                "energy" => energies.into(),
                _ => continue,
            };
            let chunk = if name == "sample" {
                attributes.get("chunk_samples")?
            } else {
                &side
            };
            let slot = format!("/chunk_grid/configuration/chunk_shape/{axis}");
            *metadata.pointer_mut(&slot)? = chunk.clone();
            *metadata.pointer_mut(&format!("/shape/{axis}"))? = side;
        }
        *metadata.pointer_mut("/attributes/fingerprint")? = fingerprint.clone().into();
        if let Some(slot) = metadata.pointer_mut("/attributes/species_energies") {
            slot.clone_from(attributes.get("species_energies")?);
        }
        Some(())
    };
    for (name, bytes) in files.iter_mut() {
        if name.ends_with(METADATA)
            && let Some(mut metadata) = parse(bytes)
            && follow(&mut metadata).is_some()
        {
            *bytes = serde_json::to_vec(&metadata).expect("it was JSON");
        }
    }
    Some(())
}

/// What a data set that opens promises.
fn holds(dataset: &Dataset, input: &[u8]) {
    let config = dataset.config();
    config.check().expect("it has been");
    let sites = config.size.sites() as u64;
    let samples = dataset.samples();
    assert!((1..=MAX_SAMPLES).contains(&samples));
    assert!(config.energies.iter().all(|energy| energy.is_finite()));
    assert!(dataset.chunks() <= samples && dataset.chunks() > 0);
    assert!(config.chunk_samples.saturating_mul(dataset.chunks()) >= samples);
    let _ = (dataset.first_missing(), dataset.metadata_bytes());
    match dataset.verify(5) {
        Ok(found) => {
            assert!(found.flaws.len() <= 5 && found.complete <= found.chunks);
            assert_eq!(found.is_sound(), found.flaws.is_empty());
            assert!(found.samples <= samples);
            for flaw in &found.flaws {
                if let Some(damage) = &flaw.damage {
                    words::check(damage, input);
                }
            }
            if found.is_sound() {
                assert_eq!(found.samples, samples);
                assert!(dataset.first_missing().is_none());
            }
        }
        Err(error) => words::check(&error.to_string(), input),
    }
    let energies = config.energies.len() as u64;
    let few = samples.min(MOST / sites.max(energies).min(MOST)).max(1);
    let ranges: [Range<u64>; 4] = [
        0..few,
        samples - 1..samples,
        samples..samples,
        0..samples + 1,
    ];
    for range in ranges {
        let count = range.end - range.start;
        length(dataset.transmission(range.clone()), count * energies, input);
        length(
            dataset.onsite(range.clone()),
            count.saturating_mul(sites),
            input,
        );
        if let Some(species) = dataset.species(range).transpose() {
            length(species, count.saturating_mul(sites), input);
        }
    }
    for column in [dataset.g(), dataset.g_bar(), dataset.concentration()] {
        if let Some(column) = column.transpose() {
            length(column, samples, input);
        }
    }
    length(dataset.fallbacks(), samples, input);
}

/// Either this many values are read, or an error with our wording.
fn length<T>(values: Result<Vec<T>, DatasetError>, expected: u64, input: &[u8]) {
    match values {
        Ok(values) => assert_eq!(values.len() as u64, expected),
        Err(error) => words::check(&error.to_string(), input),
    }
}
