//! A network from data to device: trained, made an integer model file, run by the core, and set
//! beside what is exact.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use comfy_table::Table;
use landauer_core::inference::{Model, ModelError};
use landauer_core::{Concentration, DisorderModel};

use super::data::{Samples, make};
use super::folder::DemoFolder;
use crate::export;
use crate::failure::Failure;
use crate::interrupt::{Interrupt, Interrupted};
use crate::output::Output;
use crate::solve::{aligned, new_table};
use crate::train::Watch;
use landauer::StripSize;
use landauer::dataset::Dataset;
use landauer::failure::{Categorised, Category};
use landauer::internal::files::ReadError;
use landauer::work::Locking;
use landauer_learn::ModelPlace;
use landauer_learn::export::{ExportError, ExportOrder, Exported, WeightBits};
use landauer_learn::training::{Data, Device, Training, preset};
use landauer_plot::Scene;

/// The network: that of the paper's Fig. 5(a).
const PRESET: &str = "paper-dnn-3x3";
/// Its strips.
const SIZE: StripSize = match StripSize::new(3, 3) {
    Ok(size) => size,
    Err(_) => panic!("it has sites"),
};
/// w = 4 t, as in the paper.
const DISORDER: DisorderModel = DisorderModel::AndersonBox { strength: 4.0 };
/// As many to learn from as in the paper, and some that are not learned from.
const LEARNED: Samples = Samples {
    number: 40_000,
    seed: 1,
};
const UNSEEN: Samples = Samples {
    number: 5_000,
    seed: 2,
};
/// Strips of the table.
const SHOWN: usize = 5;

/// The network and what it says.
pub(super) struct Learned {
    made: Exported,
    /// Of the unseen strips, by the core, in G0.
    core: Vec<f32>,
    /// Of a training that this demo has done itself.
    samples_per_second: Option<f64>,
    /// What was written.
    pub(super) written: Vec<PathBuf>,
}

/// The core's predictions are not those of the host's engine.
#[derive(Debug, thiserror::Error)]
#[error(
    "strip {strip}: the core predicts {core}, the host's engine {host}: this is a defect, please \
     report it"
)]
struct Disagreement {
    strip: usize,
    core: f64,
    host: f64,
}

impl Categorised for Disagreement {
    fn category(&self) -> Category {
        Category::Internal
    }
}

/// Makes the data, trains, exports, and runs the core.
pub(super) fn learn(
    folder: &DemoFolder,
    (interrupt, locking): (&Interrupt, Locking),
    output: &Output,
) -> Result<Learned, Failure> {
    let [learned, unseen] = [("small.zarr", LEARNED), ("small-test.zarr", UNSEEN)]
        .map(|(name, samples)| (folder.path(name), samples));
    for (path, samples) in [&learned, &unseen] {
        let strips = (DISORDER, Concentration::Uniform, SIZE);
        make(path, strips, *samples, (interrupt, locking), output)?;
    }
    let run = folder.path("network");
    let samples_per_second = train(&learned.0, &run, (interrupt, locking), output)?;

    let file = folder.path("network.postcard");
    let order = ExportOrder {
        run: &run,
        test_set: &unseen.0,
        name: "network",
        weights: WeightBits::Int8,
        input_channels: 1,
        calibration: ExportOrder::CALIBRATION,
    };
    let made = export::make(&order, ExportOrder::MAX_LOSS, output)?;
    let card = made.write(ModelPlace::create(&file)?)?;
    let core = predict_by_core(&file, &Dataset::open(&unseen.0)?)?;
    for (strip, (&core, &host)) in core.iter().zip(&made.quantised.predicted).enumerate() {
        let core = f64::from(core);
        if core.to_bits() != host.to_bits() {
            return Err(Disagreement { strip, core, host }.into());
        }
    }
    Ok(Learned {
        made,
        core,
        samples_per_second,
        written: vec![learned.0, unseen.0, run, file, card],
    })
}

/// Trains, or finds what an earlier demo has trained; gives the samples learned from in a second.
fn train(
    dataset: &Path,
    run: &Path,
    (interrupt, locking): (&Interrupt, Locking),
    output: &Output,
) -> Result<Option<f64>, Failure> {
    let training = Training {
        config: preset(PRESET)?,
        data: Data::Dataset {
            path: dataset.to_owned(),
            first: None,
        },
        output: run.to_owned(),
        device: Device::Cpu,
        checkpoint_every: Duration::from_secs(30),
        locking,
    };
    let watch = Watch::bar(output, interrupt);
    let report = training.run(&watch);
    watch.finish();
    let report = report.map_err(|error| {
        Failure::from(error).context("delete the demo's folder to start from scratch")
    })?;
    if report.stopped {
        let kept = "the same command resumes".to_owned();
        return Err(Interrupted { kept }.into());
    }
    let seconds = report.learning_seconds;
    Ok((report.learned > 0 && seconds > 0.0).then(|| report.learned as f64 / seconds))
}

/// As a microcontroller would: the file's bytes, the core, a scratch buffer, one strip at a time.
fn predict_by_core(file: &Path, dataset: &Dataset) -> Result<Vec<f32>, Failure> {
    let bytes = fs::read(file).map_err(|error| ReadError::new(file, error))?;
    let refused = |error: ModelError| Failure::from(ExportError::InvalidModel(error));
    let model = Model::parse(&bytes).map_err(refused)?;
    let mut scratch = vec![0; model.scratch_len()];
    let mut own = vec![0.0_f64; model.sites()];
    model.self_test(&mut own, &mut scratch).map_err(refused)?;
    let onsite = dataset.onsite(0..dataset.samples())?;
    let mut predictions = Vec::new();
    for strip in onsite.chunks_exact(model.sites()) {
        let mut conductance = [0.0];
        let width = usize::from(model.card().width);
        let predicted = model.predict(strip, width, &mut scratch, &mut conductance);
        predicted.map_err(refused)?;
        predictions.extend(conductance);
    }
    Ok(predictions)
}

impl Learned {
    /// A few strips, one a row.
    pub(super) fn table(&self) -> Table {
        let header = ["strip", "exact G", "float network", "integers, core"];
        let mut table = new_table(header.map(str::to_owned).to_vec());
        let Exported { float, .. } = &self.made;
        let values = float.exact.iter().zip(&float.predicted).zip(&self.core);
        for (strip, ((exact, float), core)) in values.enumerate().take(SHOWN) {
            table.add_row([
                strip.to_string(),
                format!("{exact:.4}"),
                format!("{float:.4}"),
                format!("{core:.4}"),
            ]);
        }
        aligned(table)
    }

    /// What the table shows.
    pub(super) fn remarks(&self, begin: Instant) -> String {
        let Exported { card, bytes, .. } = &self.made;
        let rate = self.samples_per_second;
        let rate = rate.map_or_else(
            || "Trained before".to_owned(),
            |rate| format!("Trained at {rate:.0} strips/s"),
        );
        let of_target = card.targets.first();
        let [float, integer] = of_target.map_or([0.0; 2], |target| {
            [target.loss.float_mae, target.loss.integer_mae]
        });
        let counting = of_target.and_then(|target| target.baseline_mae);
        let counting = counting.map_or_else(String::new, |mae| {
            format!(" (always guessing the median: {mae:.4})")
        });
        format!(
            "Mean absolute error over {} unseen strips: float {float:.4}, integers \
             {integer:.4}{counting}.\nThe model file has {} bytes and needs {} of RAM; the core \
             and the host's engine agree in every bit.\n{rate}; {:.1} s in all.",
            self.core.len(),
            bytes.len(),
            card.ram_bytes,
            begin.elapsed().as_secs_f64(),
        )
    }

    /// Exact, float and integer side by side.
    pub(super) fn picture(&self) -> Result<Scene, Failure> {
        export::picture(&self.made)
    }

    /// For machines.
    pub(super) fn json(&self) -> serde_json::Value {
        let Exported { card, .. } = &self.made;
        serde_json::json!({
            "samples": self.core.len(),
            "targets": card.targets,
            "flash_bytes": card.flash_bytes,
            "ram_bytes": card.ram_bytes,
            "multiply_adds": card.multiply_adds,
        })
    }
}
