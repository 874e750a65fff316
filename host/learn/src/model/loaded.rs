//! A model whose bytes have been checked: a network or a hybrid behind one interface.

use std::path::Path;
use std::sync::Arc;

use landauer_core::hybrid::{Hybrid, HybridModel};
use landauer_core::inference::{Fault, Model, ModelError, Target};
use landauer_core::{Concentration, DisorderModel};
use self_cell::self_cell;

use super::{ModelBytes, ModelFile, ModelFileError, Provenance};
use crate::evaluation::Predictor;
use crate::hybrid::HybridPredictor;
use crate::inference::IntegerPredictor;
use landauer::StripSize;

/// A model file, every byte of it checked: an integer network or a hybrid.
///
/// ```
/// use landauer_learn::LoadedModel;
///
/// let model = LoadedModel::open("best-g".as_ref(), None)?; // a path works as well
/// assert_eq!(model.summary().size.sites(), 1600);
/// let mut predictor = model.predictor(None)?; // a hybrid would need a budget
/// let mut g = [0.0];
/// predictor.predict(&[0.0; 1600], &mut g)?; // in units of G0
/// assert!((g[0] - 40.0).abs() < 1.0); // no disorder: 40 propagating modes
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct LoadedModel {
    file: ModelFile,
    contents: Arc<Contents>,
    size: StripSize,
}

self_cell!(
    /// What is read of a model, and the bytes in which it is read.
    struct Contents {
        owner: ModelBytes,
        #[covariant]
        dependent: ModelContents,
    }
    impl {Debug}
);

/// The two kinds of models, as the core reads them.
#[derive(Debug, Clone)]
pub enum ModelContents<'m> {
    /// A network in integers, whose cost is always the same.
    Network(Box<Model<'m>>),
    /// A hybrid, which spends a budget of multiply-adds on each strip.
    Hybrid(Box<HybridModel<'m>>),
}

/// The properties that networks and hybrids share.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSummary<'m> {
    /// The model's name.
    pub name: &'m str,
    /// The version of Landauer that wrote the file.
    pub crate_version: &'m str,
    /// The size of its strips.
    pub size: StripSize,
    /// The disorder that it was made for.
    pub disorder: DisorderModel,
    /// The concentration of impurities that it was made for.
    pub concentration: Concentration,
    /// The quantities that it predicts, in the order of its outputs.
    pub targets: Vec<Target>,
    /// Multiply-adds of one prediction; `None` for a hybrid, where the budget decides.
    pub multiply_adds: Option<u64>,
    /// Bytes of the file.
    pub flash_bytes: usize,
    /// Bytes of working memory; a hybrid's in `f32`.
    pub ram_bytes: usize,
    /// The number of golden samples, which the self-test predicts.
    pub golden: usize,
    /// A hash of the data that it was made from.
    pub data_hash: [u8; 32],
}

impl LoadedModel {
    /// The model at this path or of this name, which may be in the folder `models` or shipped: see
    /// [`ModelFile::find`].
    ///
    /// # Errors
    /// An unreadable file, an unknown name, contents that are not a valid model.
    pub fn open(path_or_name: &Path, models: Option<&Path>) -> Result<Self, ModelFileError> {
        Self::from_file(ModelFile::find(path_or_name, models)?)
    }

    /// The same where a path may also be something else, such as a data set: `None` if it is neither
    /// a model file nor a model's name.
    ///
    /// # Errors
    /// An unreadable file, contents that are not a valid model.
    pub fn open_if_model(
        path_or_name: &Path,
        models: Option<&Path>,
    ) -> Result<Option<Self>, ModelFileError> {
        let file = ModelFile::find_if_model(path_or_name, models)?;
        file.map(Self::from_file).transpose()
    }

    /// The model in these bytes; without a card.
    ///
    /// # Errors
    /// Bytes that are not a valid model.
    pub fn from_bytes(bytes: impl Into<ModelBytes>) -> Result<Self, ModelFileError> {
        Self::from_file(ModelFile::from_bytes("the model", bytes))
    }

    /// The model in this file.
    ///
    /// # Errors
    /// Contents that are not a valid model.
    pub fn from_file(file: ModelFile) -> Result<Self, ModelFileError> {
        let path = file.path().to_owned();
        let invalid = |problem| ModelFileError::Invalid {
            path: path.clone(),
            problem,
        };
        let contents = Contents::try_new(file.shared_bytes(), |bytes| ModelContents::parse(bytes));
        let contents = contents.map_err(invalid)?;
        let [length, width] = match contents.borrow_dependent() {
            ModelContents::Network(model) => [model.card().length, model.card().width],
            ModelContents::Hybrid(model) => [model.card().length, model.card().width],
        };
        let size = StripSize::new(length.into(), width.into())
            .map_err(|_| invalid(ModelError::Card(Fault::Empty)))?;
        Ok(Self {
            file,
            contents: Arc::new(contents),
            size,
        })
    }

    /// Its bytes, path and card.
    #[must_use]
    pub const fn file(&self) -> &ModelFile {
        &self.file
    }

    /// The network or the hybrid itself.
    #[must_use]
    pub fn contents(&self) -> &ModelContents<'_> {
        self.contents.borrow_dependent()
    }

    /// Does a prediction need a budget? It does if this is a hybrid.
    #[must_use]
    pub fn needs_budget(&self) -> bool {
        matches!(self.contents(), ModelContents::Hybrid(_))
    }

    /// The properties that networks and hybrids share.
    #[must_use]
    pub fn summary(&self) -> ModelSummary<'_> {
        let flash_bytes = self.file.bytes().len();
        let size = self.size;
        match self.contents() {
            ModelContents::Network(model) => {
                let card = model.card();
                ModelSummary {
                    name: card.name,
                    crate_version: card.crate_version,
                    size,
                    disorder: card.disorder,
                    concentration: card.concentration,
                    targets: model.targets().collect(),
                    multiply_adds: Some(model.macs()),
                    flash_bytes,
                    ram_bytes: model.scratch_len(),
                    golden: card.golden.len(),
                    data_hash: card.data_hash,
                }
            }
            ModelContents::Hybrid(model) => {
                let card = model.card();
                ModelSummary {
                    name: card.name,
                    crate_version: card.crate_version,
                    size,
                    disorder: card.disorder,
                    concentration: card.concentration,
                    targets: vec![card.target],
                    multiply_adds: None,
                    flash_bytes,
                    ram_bytes: size_of::<f32>() * model.workspace_len(),
                    golden: card.golden.len(),
                    data_hash: card.data_hash,
                }
            }
        }
    }

    /// Predicts the golden samples in the file by the core's own functions, as a device does.
    ///
    /// # Errors
    /// A golden sample whose prediction has other bits than the file says.
    pub fn self_test(&self) -> Result<(), ModelFileError> {
        let path = || self.file.path().to_owned();
        match self.contents() {
            ModelContents::Network(model) => {
                let mut onsite = vec![0.0_f64; model.sites()];
                let mut scratch = vec![0; model.scratch_len()];
                let tested = model.self_test(&mut onsite, &mut scratch);
                tested.map_err(|problem| ModelFileError::Invalid {
                    path: path(),
                    problem,
                })
            }
            ModelContents::Hybrid(model) => {
                let mut workspace = vec![0.0_f32; model.workspace_len()];
                let mut onsite = vec![0.0; model.sites()];
                let tested = Hybrid::new(model, &mut workspace)
                    .and_then(|mut hybrid| hybrid.self_test(&mut onsite));
                tested.map_err(|problem| ModelFileError::SelfTest {
                    path: path(),
                    problem,
                })
            }
        }
    }

    /// A predictor of this model, with what its card says about the samples that it has seen.
    ///
    /// `budget`: the multiply-adds that a hybrid may spend on a strip; `None` for a network.
    ///
    /// # Errors
    /// A missing or an unused budget; a card that is damaged or another file's.
    pub fn predictor(&self, budget: Option<u64>) -> Result<Box<dyn Predictor>, ModelFileError> {
        self.require_budget(budget)?;
        self.make(budget, Provenance::of(&self.file)?)
    }

    /// The same without reading the card: it predicts the same numbers, and knows neither intervals
    /// nor the samples that it was trained on.
    ///
    /// # Errors
    /// A missing or an unused budget.
    pub fn predictor_without_card(
        &self,
        budget: Option<u64>,
    ) -> Result<Box<dyn Predictor>, ModelFileError> {
        self.make(budget, None)
    }

    /// Refuses a hybrid without a budget, and a network with one.
    ///
    /// # Errors
    /// A missing or an unused budget.
    pub fn require_budget(&self, budget: Option<u64>) -> Result<(), ModelFileError> {
        let name = || self.summary().name.to_owned();
        match (budget, self.needs_budget()) {
            (None, true) => Err(ModelFileError::BudgetMissing { name: name() }),
            (Some(_), false) => Err(ModelFileError::BudgetUnused { name: name() }),
            _ => Ok(()),
        }
    }

    fn make(
        &self,
        budget: Option<u64>,
        provenance: Option<Provenance>,
    ) -> Result<Box<dyn Predictor>, ModelFileError> {
        self.require_budget(budget)?;
        let invalid = |problem| ModelFileError::Invalid {
            path: self.file.path().to_owned(),
            problem,
        };
        Ok(match self.contents() {
            ModelContents::Network(_) => {
                let predictor = IntegerPredictor::new(self.file.shared_bytes(), provenance);
                Box::new(predictor.map_err(invalid)?)
            }
            ModelContents::Hybrid(_) => {
                let budget = budget.unwrap_or_default();
                let predictor = HybridPredictor::new(self.file.shared_bytes(), budget, provenance);
                Box::new(predictor.map_err(invalid)?)
            }
        })
    }
}

impl<'m> ModelContents<'m> {
    /// The first bytes decide between network and hybrid.
    fn parse(bytes: &'m [u8]) -> Result<Self, ModelError> {
        if HybridModel::is_one(bytes) {
            Ok(Self::Hybrid(Box::new(HybridModel::parse(bytes)?)))
        } else {
            Ok(Self::Network(Box::new(Model::parse(bytes)?)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_model_is_sound_and_its_card_belongs_to_it() {
        for name in ModelFile::shipped_names() {
            let model = LoadedModel::open(Path::new(name), None).unwrap();
            model.self_test().unwrap();
            let budget = model.needs_budget().then_some(1_000_000);
            let predictor = model.predictor(budget).unwrap();
            assert!(predictor.trained_on().is_some(), "{name}");
            let summary = model.summary();
            assert_eq!(summary.name, name);
            assert_eq!(summary.multiply_adds.is_none(), model.needs_budget());
            assert_eq!(predictor.targets(), summary.targets);
            assert_eq!(predictor.size(), summary.size);
            let without = model.predictor_without_card(budget).unwrap();
            assert!(without.trained_on().is_none() && without.intervals().is_none());
        }
    }

    #[test]
    fn a_budget_belongs_to_a_hybrid_and_to_nothing_else() {
        let open = |name: &str| LoadedModel::open(Path::new(name), None).unwrap();
        let refused = |model: LoadedModel, budget| match model.predictor(budget) {
            Ok(_) => panic!("it was taken"),
            Err(error) => error.to_string(),
        };
        assert!(
            refused(open("hybrid-g"), None).contains("hybrid-g is a hybrid and needs a budget")
        );
        assert!(refused(open("best-g"), Some(5)).contains("only hybrids take a budget"));
    }

    #[test]
    fn bytes_go_with_the_last_that_reads_them() {
        let bytes: Arc<[u8]> = landauer_models::BEST_3X3.bytes().into();
        let model = LoadedModel::from_bytes(Arc::clone(&bytes)).unwrap();
        let mut predictor = model.predictor_without_card(None).unwrap();
        drop(model.clone());
        drop(model);
        assert!(Arc::strong_count(&bytes) > 1);
        predictor.predict(&[0.0; 9], &mut [0.0]).unwrap();
        drop(predictor);
        assert_eq!(Arc::strong_count(&bytes), 1);
    }

    #[test]
    fn what_is_not_a_model_is_refused_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.postcard");
        for bytes in [&b""[..], b"LANDAUER", b"LANDHYBR", b"something else"] {
            std::fs::write(&path, bytes).unwrap();
            for model in [
                LoadedModel::open(&path, None).map(Some),
                LoadedModel::open_if_model(&path, None),
            ] {
                let error = model.unwrap_err().to_string();
                assert!(error.contains("mine.postcard"), "{error}");
            }
            assert!(LoadedModel::from_bytes(bytes.to_vec()).is_err());
        }
        let error = LoadedModel::open(Path::new("best-h"), Some(folder.path())).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("no model best-h") && error.contains("best-gbar"));
        assert!(error.contains("holds no best-h.postcard"), "{error}");
        let none = LoadedModel::open_if_model(folder.path(), None).unwrap();
        assert!(none.is_none(), "a folder is not a model");
    }
}
