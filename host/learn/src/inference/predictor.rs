//! A model file as a [`Predictor`].

use landauer_core::DisorderModel;
use landauer_core::inference::{Fault, Model, ModelError, Target};
use self_cell::self_cell;

use super::Engine;
use crate::evaluation::{self, Baseline, Intervals, Predictor, TrainedOn, UnknownSite};
use crate::model::{ModelBytes, Provenance};
use landauer::StripSize;

self_cell!(
    /// An engine, and the bytes in which its model is read.
    struct Owned {
        owner: ModelBytes,
        #[covariant]
        dependent: Engine,
    }
    impl {Debug}
);

/// A network in integers, from a model file.
///
/// It is what the microcontroller computes, to the last bit.
#[derive(Debug)]
pub struct IntegerPredictor {
    engine: Owned,
    size: StripSize,
    targets: Vec<Target>,
    provenance: Option<Provenance>,
}

impl IntegerPredictor {
    /// The bytes of a model file.
    ///
    /// # Errors
    /// Bytes that are not a valid network.
    pub fn new(
        bytes: impl Into<ModelBytes>,
        provenance: Option<Provenance>,
    ) -> Result<Self, ModelError> {
        let engine = Owned::try_new(bytes.into(), |bytes| Engine::new(Model::parse(bytes)?))?;
        let found = engine.borrow_dependent().model();
        let targets = found.targets().collect();
        let card = found.card();
        let size = StripSize::new(card.length.into(), card.width.into())
            .map_err(|_| ModelError::Card(Fault::Empty))?;
        Ok(Self {
            engine,
            size,
            targets,
            provenance,
        })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model<'_> {
        self.engine.borrow_dependent().model()
    }
}

impl Predictor for IntegerPredictor {
    fn name(&self) -> String {
        format!("{}, in integers", self.model().card().name)
    }

    fn size(&self) -> StripSize {
        self.size
    }

    fn disorder(&self) -> DisorderModel {
        self.model().card().disorder
    }

    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn predict(&mut self, onsite: &[f64], out: &mut [f64]) -> Result<(), evaluation::PredictError> {
        let predicted = self.engine.borrow_dependent().predict(onsite, out);
        predicted.map_err(|error| match error.problem {
            ModelError::UnknownOnsite { slice, row } => {
                let card = self.model().card();
                let width = usize::from(card.width);
                let site = error.sample * self.model().sites() + slice * width + row;
                let unknown = UnknownSite {
                    name: card.name.to_owned(),
                    disorder: card.disorder,
                    slice,
                    row,
                    onsite: onsite.get(site).copied().unwrap_or(f64::NAN),
                };
                evaluation::PredictError::at(error.sample, unknown)
            }
            problem => evaluation::PredictError::at(error.sample, problem),
        })
    }

    fn trained_on(&self) -> Option<&TrainedOn> {
        self.provenance.as_ref()?.trained_on.as_ref()
    }

    fn baseline(&self) -> Option<&Baseline> {
        self.provenance.as_ref()?.baseline.as_ref()
    }

    fn intervals(&self) -> Option<&Intervals> {
        self.provenance.as_ref()?.intervals.as_ref()
    }

    fn passes(&self) -> usize {
        let passes = self.model().card().mirrors.passes();
        usize::try_from(passes).unwrap_or(usize::MAX)
    }

    fn multiply_adds(&self) -> Option<u64> {
        let passes = u64::from(self.model().card().mirrors.passes());
        self.model().macs().checked_div(passes)
    }
}
