//! Whatever one of the files of a training's run has become.

use std::path::{Path, PathBuf};
use std::time::Duration;

use landauer::work::Locking;
use landauer_core::DisorderModel;
use landauer_learn::evaluation::Predictor;
use landauer_learn::training::{Data, Device, Trained, Training, TrainingConfig};
use serde_json::{Value, json};

use super::config::Impatience;
use super::dataset::{make, small};
use super::folder::{Files, Folder, changed, crc32c, files, mend_end, unchanged};
use super::{Target, words};

/// A strip of at most this many sites is predicted.
const MAX_SITES: usize = 1 << 12;

/// The run's description, in which the other files' checksums are.
const RUN: &str = "run.json";

/// A run that has finished, one that has not, and one with a network of another kind.
const KINDS: [(&str, &str, u64); 3] = [
    ("dense", "kind = 'dense'\nhidden = [3]", 1),
    (
        "spectral",
        "kind = 'spectral'\nlocal = 1\nkernels = 1\nunits = 2\nhead = 2",
        1,
    ),
    ("unfinished", "kind = 'dense'\nhidden = [3]", 100),
];

/// Folders of runs with a changed file, as it comes and with the checksum that it should have.
pub struct Runs {
    folder: Folder,
    data: PathBuf,
    sound: Files,
}

impl Runs {
    /// With runs of its own.
    #[must_use]
    pub(super) fn new() -> Self {
        let folder = Folder::new();
        let data = folder.path("data.zarr");
        make(&data, &small(DisorderModel::II), 6);
        for kind in KINDS {
            let path = folder.path("sound").join(kind.0);
            train(&path, &config(kind), &data).expect("a run");
        }
        let mut sound = files(&folder.path("sound"));
        // Nothing reads pictures and tables.
        sound.retain(|name, _| {
            let kind = name.extension().unwrap_or_default();
            !["svg", "png", "csv"].iter().any(|other| kind == *other)
        });
        sound.retain(|name, _| !name.ends_with("evaluation.json"));
        Self {
            folder,
            data,
            sound,
        }
    }

    /// Reads the run of these files, and goes on with it if it has not finished.
    fn read(&self, kind: (&str, &str, u64), files: &Files, input: &[u8]) -> bool {
        let path = self.folder.put("run", files);
        let loaded = Trained::load(&path);
        let mut accepted = loaded.is_ok();
        match loaded {
            Ok(trained) => holds(trained, input),
            Err(error) => words::check(&error.to_string(), input),
        }
        match train(&path, &config(kind), &self.data) {
            Ok(()) => accepted = true,
            Err(error) => words::check(&error, input),
        }
        accepted
    }
}

/// A training of two steps an epoch.
fn config((_, network, epochs): (&str, &str, u64)) -> TrainingConfig {
    let text = format!(
        "preset = 'best-3x3'\nepochs = {epochs}\nbatch_size = 2\nvalidation = 0.4\n\
         targets = ['g', 'g-bar']\n[optimiser]\nema = 0.9\n[network]\n{network}\n"
    );
    TrainingConfig::parse(&text).expect("a configuration")
}

/// Trains for some steps, or goes on.
fn train(path: &Path, config: &TrainingConfig, data: &Path) -> Result<(), String> {
    let training = Training {
        config: config.clone(),
        data: Data::Dataset {
            path: data.to_owned(),
            first: None,
        },
        output: path.to_owned(),
        device: Device::Cpu,
        checkpoint_every: Duration::from_hours(1),
        locking: Locking::On,
    };
    let report = training.run(&Impatience::default());
    report.map(drop).map_err(|error| error.to_string())
}

impl Target for Runs {
    fn name(&self) -> &'static str {
        "run"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        unchanged(&self.sound, 8192)
    }

    fn run(&self, input: &[u8]) -> bool {
        let Some((file, content)) = changed(&self.sound, input) else {
            return false;
        };
        let mut parts = file.iter();
        let which = parts.next().expect("a folder").to_owned();
        let file = parts.as_path().to_owned();
        let kind = { KINDS }.into_iter().find(|kind| which == kind.0);
        let kind = kind.expect("one of them");
        let of_run = self.sound.iter().filter_map(|(path, bytes)| {
            let inside = path.strip_prefix(&which).ok()?;
            Some((inside.to_owned(), bytes.clone()))
        });
        let mut files: Files = of_run.collect();
        files.insert(file.clone(), content.to_vec());
        let as_it_is = self.read(kind, &files, input);
        let mended = mend(&mut files, &file).is_some() && self.read(kind, &files, input);
        as_it_is || mended
    }
}

/// Gives the file the checksum that it should have, and the run's description its own; nothing where
/// there is none.
fn mend(files: &mut Files, file: &Path) -> Option<()> {
    if file.ends_with("state") {
        mend_end(files.get_mut(file)?);
        return Some(());
    }
    let sum = crc32c(files.get(file)?);
    let run = files.get_mut(Path::new(RUN))?;
    let name = file.to_str()?;
    if name != RUN {
        let mut record: Value = serde_json::from_slice(run).ok()?;
        if name == "config.toml" {
            *record.get_mut("config")? = json!(sum);
        } else {
            *record
                .get_mut("finished")?
                .get_mut("files")?
                .get_mut(name)? = json!(sum);
        }
        *run = serde_json::to_vec_pretty(&record).expect("it was JSON");
        run.push(b'\n');
    }
    seal(run)
}

/// Sets the checksum at the end of a JSON file right: its last entry, the CRC-32C of the file without
/// that entry.
fn seal(file: &mut Vec<u8>) -> Option<()> {
    let text = std::str::from_utf8(file).ok()?;
    let (body, _) = text.rsplit_once(",\n  \"crc32c\": \"")?;
    let sum = crc32c(format!("{body}\n}}\n").as_bytes());
    *file = format!("{body},\n  \"crc32c\": \"{sum:08x}\"\n}}\n").into_bytes();
    Some(())
}

/// What a run that can be read promises.
fn holds(mut trained: Trained, input: &[u8]) {
    let size = trained.size();
    let sites = size.sites();
    let targets = trained.targets().len();
    assert!(targets >= 1 && targets <= trained.outputs().len());
    assert!(!trained.name().is_empty() && trained.passes() >= 1);
    assert!(trained.multiply_adds().is_some());
    for samples in &trained.trained_on().expect("it is known").samples {
        assert!(samples.first <= samples.end);
    }
    let baseline = trained.baseline().expect("it is known");
    let intervals = trained.intervals().expect("they are known");
    for target in 0..targets {
        for count in [0, sites, usize::MAX] {
            assert!(baseline.guess(target, count).is_finite());
            let widths = intervals.half_widths(target, count);
            assert!(widths.is_none_or(|widths| widths.iter().all(|width| *width >= 0.0)));
        }
    }
    if sites > MAX_SITES {
        return;
    }
    let most = size.width() as f64;
    for mirrors in [false, true] {
        if let Err(error) = trained.set_mirrors(mirrors) {
            words::check(&error.to_string(), input);
        }
        let mut out = vec![-1.0; 2 * targets];
        match trained.predict(&vec![0.0; 2 * sites], &mut out) {
            Ok(()) => assert!(out.iter().all(|g| (0.0..=most).contains(g)), "{out:?}"),
            Err(error) => words::check(&error.to_string(), input),
        }
        let error = trained.predict(&vec![0.0; 2 * sites], &mut [0.0; 0]);
        let error = error.expect_err("there is no room");
        words::check(&error.to_string(), input);
    }
}
