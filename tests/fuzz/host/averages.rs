//! Whatever one of the files of a sweep's averages has become.

use std::path::Path;

use landauer::StripSize;
use landauer::averages::{Averages, Axis, Conductance, SweepConfig, Tally, averages_csv};
use landauer::statistics::ConductanceHistogram;
use landauer::work::WorkOptions;
use landauer::{Method, Precision, SolverKind};
use landauer_core::DisorderModel;
use serde_json::{Map, Value};

use super::folder::{Files, Folder, changed, crc32c, files, unchanged};
use super::form::checksum;
use super::{Target, words};

/// Samples at each point.
const SAMPLES: u64 = 5;

/// Folders of averages with a changed file, as it comes and with the checksum that it should have.
pub struct Sweeps {
    folder: Folder,
    sound: Files,
    config: SweepConfig,
}

impl Sweeps {
    /// With averages of its own.
    #[must_use]
    pub(super) fn new() -> Self {
        let folder = Folder::new();
        let config = SweepConfig {
            model: DisorderModel::AndersonBox { strength: 2.0 },
            concentration: 0.0,
            seed: 3,
            size: StripSize::new(2, 2).unwrap(),
            conductance: Conductance::Energy(0.0),
            axis: Axis::Length,
            values: vec![1.0, 2.0, 3.0],
            block: 4,
        };
        let path = folder.path("sound");
        let _ = results(&path, &config, SAMPLES).expect("averages");
        Self {
            sound: files(&path),
            folder,
            config,
        }
    }

    /// Reads the averages of these files, completes and extends them.
    fn read(&self, files: &Files, input: &[u8]) -> bool {
        let path = self.folder.put("sweep", files);
        let mut accepted = false;
        for samples in [SAMPLES, 2 * SAMPLES] {
            match results(&path, &self.config, samples) {
                Ok(tallies) => holds(&tallies, &self.config, samples),
                Err(error) => {
                    words::check(&error, input);
                    continue;
                }
            }
            accepted = true;
        }
        accepted
    }
}

/// What averages promise.
fn holds(tallies: &[Tally], config: &SweepConfig, samples: u64) {
    assert_eq!(tallies.len(), config.values.len());
    for tally in tallies {
        assert_eq!(tally.samples(), samples);
        assert!(tally.zeros() <= samples);
        // Nothing is said of what is too small for a number.
        let most = ConductanceHistogram::edge(tally.histogram().counts().len()) + 1e-8;
        assert!(
            tally
                .g()
                .mean()
                .is_none_or(|mean| (-1e-8..most).contains(&mean))
        );
        assert_eq!(tally.histogram().counts().iter().sum::<u64>(), samples);
        let error = tally.g().standard_error();
        assert!(error.is_none_or(|error| error.is_finite() && error >= 0.0));
    }
    assert!(averages_csv(config, tallies).lines().count() == tallies.len() + 1);
}

/// The averages in this folder, whatever of them is there.
fn results(path: &Path, config: &SweepConfig, samples: u64) -> Result<Vec<Tally>, String> {
    let words = |error: &dyn std::fmt::Display| error.to_string();
    // Left open, the solver is the one that the folder names.
    Averages::new(path, config, WorkOptions::new(samples)).map_err(|error| words(&error))?;
    let kind = SolverKind::new(Method::Recursion, Precision::F64);
    let options = WorkOptions::new(samples).solver(kind);
    let averages = Averages::new(path, config, options).map_err(|error| words(&error))?;
    let part = averages.begin(&[]).map_err(|error| words(&error))?;
    part.run(&()).map_err(|error| words(&error))?;
    let found = averages.results().map_err(|error| words(&error))?;
    Ok(found.expect("all has been computed"))
}

impl Target for Sweeps {
    fn name(&self) -> &'static str {
        "averages"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        unchanged(&self.sound, 4096)
    }

    fn run(&self, input: &[u8]) -> bool {
        let Some((file, content)) = changed(&self.sound, input) else {
            return false;
        };
        let mut files = self.sound.clone();
        files.insert(file.clone(), content.to_vec());
        let mut accepted = self.read(&files, input);
        if file.extension().is_some_and(|kind| kind == "unit") {
            files.insert(file, summed(content));
            accepted |= self.read(&files, input);
        } else if let Some(mended) = mended(content) {
            files.insert(file, mended);
            accepted |= self.read(&files, input);
        }
        // And without a manifest.
        files.remove(Path::new("ensemble.json"));
        self.read(&files, input) || accepted
    }
}

/// A manifest with the checksum of its other entries.
fn mended(content: &[u8]) -> Option<Vec<u8>> {
    let mut manifest: Map<String, Value> = serde_json::from_slice(content).ok()?;
    let sum = checksum(&manifest, |name| name != "checksum");
    *manifest.get_mut("checksum")? = sum.into();
    serde_json::to_vec(&manifest).ok()
}

/// The first line, with the checksum that belongs to it.
fn summed(content: &[u8]) -> Vec<u8> {
    let line = content.split(|&byte| byte == b'\n').next();
    let line = line.unwrap_or_default();
    let sum = format!("\ncrc32c {:08x}\n", crc32c(line));
    [line, sum.as_bytes()].concat()
}
