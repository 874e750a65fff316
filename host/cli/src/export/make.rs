//! From a run to a model file and its card, with what both networks predict for a test set.

use std::path::{Path, PathBuf};

use crate::evaluate;
use crate::failure::Failure;
use crate::input::open_dataset;
use crate::model::require_place;
use crate::output::Output;
use crate::picture::PictureError;
use landauer::internal::files::replace_both;
use landauer::internal::json;
use landauer_learn::Provenance;
use landauer_learn::evaluation::{Predictions, Predictor};
use landauer_learn::export::{
    ExportError, Judgement, ModelCard, RunSummary, TargetLoss, TestSet, WeightBits, layer_noise,
    model_label, of_run, training_strips,
};
use landauer_learn::inference::IntegerPredictor;
use landauer_learn::training::Trained;
use landauer_plot::{ComparisonPicture, Scene};

/// Strips of the test set whose tensors are compared layer by layer.
const COMPARED: u64 = 200;

/// What to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'o> {
    /// The folder of a finished run.
    pub(crate) run: &'o Path,
    /// The test set that both networks are judged on.
    pub(crate) test_set: &'o Path,
    /// The model's name.
    pub(crate) name: &'o str,
    /// Bits of the weights of fully connected hidden layers.
    pub(crate) weights: WeightBits,
    /// Channels of the input of a chain of layers for model I.
    pub(crate) input_channels: usize,
    /// Training strips that the scales are found on.
    pub(crate) calibration: u32,
    /// By how many percent the mean absolute error of any target may grow.
    pub(crate) max_loss: f64,
}

/// What was made of a run.
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    pub(crate) card: ModelCard,
    /// Reads the bytes.
    pub(crate) integer: IntegerPredictor,
    /// What the float network says of the test set.
    pub(crate) float: Predictions,
    /// What the integer network says of it.
    pub(crate) quantised: Predictions,
}

impl Order<'_> {
    /// Makes it, and judges it.
    pub(crate) fn make(&self, output: &Output) -> Result<Made, Failure> {
        let mut trained = Trained::load(self.run)?;
        let dataset = open_dataset(self.test_set, Some("--test-set"))?;
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
        let float = evaluate::predict(&mut trained, &dataset, "float network", output)?;
        let quantised = evaluate::predict(&mut integer, &dataset, "integer network", output)?;
        let compared = dataset.onsite(0..dataset.samples().min(COMPARED))?;
        let layers = layer_noise(&*network, (integer.model(), &lowered.tensors), &compared)?;
        let judgement = Judgement::new(&float, &quantised, layers);
        judgement.require(self.max_loss).map_err(|error| {
            Failure::from(error).with_details(serde_json::json!({ "judgement": judgement }))
        })?;
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
            layers: judgement.layers,
            run: RunSummary::of(&trained),
            provenance,
        };
        Ok(Made {
            bytes,
            card,
            integer,
            float,
            quantised,
        })
    }
}

/// Where a model file and its card shall stand, side by side.
pub(crate) struct ModelFiles {
    model: PathBuf,
    card: PathBuf,
}

impl ModelFiles {
    /// For a model file at `path`, and NAME.json beside it, which can both be written.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        Ok(Self {
            card: require_place(path)?,
            model: path.to_owned(),
        })
    }

    /// Writes both whole; gives the path of the card.
    pub(crate) fn write(self, made: &Made) -> Result<PathBuf, Failure> {
        let Self { model, card } = self;
        let text = json::sealed_file(&card, &made.card)?;
        replace_both([(&card, text.as_bytes()), (&model, &made.bytes)])?;
        Ok(card)
    }
}

impl Made {
    /// Exact, float and integer side by side, for the first target.
    pub(crate) fn picture(&self) -> Result<Scene, Failure> {
        let (float, quantised) = (&self.float, &self.quantised);
        let letter = float.targets.first().map(ToString::to_string);
        let losses = self.card.targets.first().map(|target| &target.loss);
        let note = |mae: fn(&TargetLoss) -> f64| {
            let mae = losses.map_or(0.0, mae);
            format!("MAE {mae:.4}")
        };
        let scene = ComparisonPicture {
            name: &evaluate::heading(&self.integer, self.card.test.samples),
            letter: &letter.unwrap_or_default(),
            exact: &float.column(&float.exact, 0),
            float: &float.column(&float.predicted, 0),
            integer: &quantised.column(&quantised.predicted, 0),
            notes: [
                &note(|losses| losses.float_mae),
                &note(|losses| losses.integer_mae),
            ],
        };
        Ok(scene.draw().map_err(PictureError)?)
    }
}
