//! From a run to a model file and its card, with what both networks predict for a test set.

use std::path::{Path, PathBuf};

use super::{
    ExportError, Judgement, ModelCard, RunSummary, TestSet, WeightBits, layer_noise, model_label,
    of_run, training_strips,
};
use crate::Provenance;
use crate::evaluation::{Predictions, Predictor, predict_unless};
use crate::inference::IntegerPredictor;
use crate::model::ModelPlace;
use crate::training::Trained;
use landauer::dataset::Dataset;
use landauer::work::Observer;

/// Strips of the test set whose tensors are compared layer by layer.
const COMPARED: u64 = 200;

/// What to make of a run.
#[derive(Debug, Clone, Copy)]
pub struct ExportOrder<'o> {
    /// The folder of a finished run.
    pub run: &'o Path,
    /// The test set that both networks are judged on.
    pub test_set: &'o Path,
    /// The model's name.
    pub name: &'o str,
    /// Bits of the weights of fully connected hidden layers.
    pub weights: WeightBits,
    /// Channels of the input of a chain of layers for model I.
    pub input_channels: usize,
    /// Training strips that the scales are found on.
    pub calibration: u32,
}

impl ExportOrder<'_> {
    /// Training strips that usually are enough for the scales.
    pub const CALIBRATION: u32 = 1000;
    /// By how many percent the mean absolute error of a target usually may grow.
    pub const MAX_LOSS: f64 = 2.0;
}

/// A run in integers.
#[derive(Debug)]
pub struct Exported {
    /// The model file.
    pub bytes: Vec<u8>,
    /// Its card.
    pub card: ModelCard,
    /// Reads the bytes.
    pub integer: IntegerPredictor,
    /// What the float network says of the test set.
    pub float: Predictions,
    /// What the integer network says of it.
    pub quantised: Predictions,
    /// What was lost; its [`require`](Judgement::require) comes before [`write`](Self::write).
    pub judgement: Judgement,
}

impl ExportOrder<'_> {
    /// Makes it, and judges both networks.
    ///
    /// # Errors
    /// A run that is none or is not exported; a test set that does not belong to it, or holds samples
    /// that it was trained on; a stop.
    pub fn make(&self, observer: &dyn Observer) -> Result<Exported, ExportError> {
        let mut trained = Trained::load(self.run)?;
        let dataset = Dataset::open(self.test_set).map_err(ExportError::TestSet)?;
        let network = of_run(&trained, self.input_channels)?;
        let strips = training_strips(&trained, self.calibration as usize)?;
        let label = model_label(&trained, self.name)?;
        let lowered = network.lower(&strips, self.weights, &label)?;
        let bytes = lowered.bytes;
        let provenance = Provenance {
            model_crc32c: crc32c::crc32c(&bytes),
            trained_on: trained.trained_on().cloned(),
            baseline: trained.baseline().cloned(),
            intervals: trained.intervals().cloned(),
        };
        let integer = IntegerPredictor::new(bytes.clone(), Some(provenance.clone()));
        let mut integer = integer.map_err(ExportError::InvalidModel)?;
        let predict = |predictor: &mut dyn Predictor, what: &str| {
            observer.begin(what, dataset.samples());
            let found = predict_unless(predictor, &dataset, |samples| {
                observer.advance(samples);
                observer.stop()
            });
            observer.end();
            found
        };
        let float = predict(&mut trained, "float network")?;
        let quantised = predict(&mut integer, "integer network")?;
        let compared = dataset.onsite(0..dataset.samples().min(COMPARED));
        let compared = compared.map_err(ExportError::TestSet)?;
        let layers = layer_noise(&*network, (integer.model(), &lowered.tensors), &compared)?;
        let judgement = Judgement::new(&float, &quantised, layers);
        let baseline_mae = trained.baseline().map(|baseline| baseline.errors(&float));
        let model = integer.model();
        let card = ModelCard {
            format: ModelCard::FORMAT.to_owned(),
            format_version: ModelCard::FORMAT_VERSION,
            name: self.name.to_owned(),
            crate_version: env!("CARGO_PKG_VERSION").to_owned(),
            length: integer.size().length(),
            width: integer.size().width(),
            disorder: integer.disorder(),
            weight_bits: match self.weights {
                WeightBits::Int8 => 8,
                WeightBits::Int4 => 4,
            },
            multiply_adds: model.macs(),
            passes: integer.passes(),
            flash_bytes: bytes.len(),
            ram_bytes: model.scratch_len(),
            test: TestSet {
                path: dataset.path().display().to_string(),
                seed: dataset.config().ensemble.seed(),
                samples: judgement.samples,
            },
            targets: ModelCard::metrics(&judgement, &baseline_mae.unwrap_or_default()),
            layers: judgement.layers.clone(),
            run: RunSummary::of(&trained),
            provenance,
        };
        Ok(Exported {
            bytes,
            card,
            integer,
            float,
            quantised,
            judgement,
        })
    }
}

impl Exported {
    /// Writes both files whole; gives the path of the card.
    ///
    /// # Errors
    /// A full disk, a missing permission.
    pub fn write(&self, place: ModelPlace) -> Result<PathBuf, ExportError> {
        Ok(place.write(&self.bytes, &self.card)?)
    }
}
