//! A hybrid with a budget as a [`Predictor`].

use std::sync::Arc;

use landauer_core::hybrid::{Estimate, Hybrid, HybridError, HybridModel};
use landauer_core::inference::{Fault, ModelError, Target};
use landauer_core::{DisorderModel, Scalar};
use rayon::prelude::*;
use self_cell::self_cell;

use super::json::BudgetMetrics;
use crate::evaluation::{Baseline, PredictError, Predictor, TrainedOn, UnknownSite};
use crate::model::{ModelBytes, Provenance};
use landauer::StripSize;
use landauer::failure::{Categorised, Category};

self_cell!(
    /// A hybrid, and the bytes in which it is read.
    struct Owned {
        owner: ModelBytes,
        #[covariant]
        dependent: HybridModel,
    }
    impl {Debug}
);

/// A hybrid with a budget of multiply-adds for a strip, in `f32`: the microcontroller's bits.
#[derive(Debug)]
pub struct HybridPredictor {
    model: Arc<Owned>,
    size: StripSize,
    budget: u64,
    targets: [Target; 1],
    provenance: Option<Provenance>,
    /// Of all predictions so far: strips, those solved exactly, multiply-adds.
    spent: [u64; 3],
}

/// An error of core's, with its category.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Failed(#[from] HybridError);

impl Categorised for Failed {
    fn category(&self) -> Category {
        match self.0 {
            HybridError::Budget { .. } => Category::Usage,
            HybridError::Model(_) => Category::Input,
            _ => Category::Internal,
        }
    }
}

impl HybridPredictor {
    /// The bytes of a hybrid's file.
    ///
    /// # Errors
    /// Bytes that are not a valid hybrid.
    pub fn new(
        bytes: impl Into<ModelBytes>,
        budget: u64,
        provenance: Option<Provenance>,
    ) -> Result<Self, ModelError> {
        let owned = Owned::try_new(bytes.into(), |bytes| HybridModel::parse(bytes))?;
        let model = owned.borrow_dependent();
        let targets = [model.card().target];
        let card = model.card();
        let size = StripSize::new(card.length.into(), card.width.into())
            .map_err(|_| ModelError::Card(Fault::Empty))?;
        Ok(Self {
            model: Arc::new(owned),
            size,
            budget,
            targets,
            provenance,
            spent: [0; 3],
        })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &HybridModel<'_> {
        self.model.borrow_dependent()
    }

    /// The same hybrid with another budget, nothing spent yet.
    #[must_use]
    pub fn with_budget(&self, budget: u64) -> Self {
        Self {
            model: Arc::clone(&self.model),
            size: self.size,
            budget,
            targets: self.targets,
            provenance: self.provenance.clone(),
            spent: [0; 3],
        }
    }

    /// What its budget is worth, given the mean absolute error of all predictions so far.
    #[must_use]
    pub fn metrics(&self, mae: f64) -> BudgetMetrics {
        let [strips, exact, multiply_adds] = self.spent.map(|number| number as f64);
        BudgetMetrics {
            budget: self.budget,
            mae,
            exact: exact / strips.max(1.0),
            multiply_adds: multiply_adds / strips.max(1.0),
        }
    }

    /// Estimates for the strips `onsite`, `[sample, slice, row]` in units of t.
    ///
    /// # Errors
    /// The first strip that it cannot predict for.
    pub fn estimates(&self, onsite: &[f64]) -> Result<Vec<Estimate<f32>>, PredictError> {
        let width = usize::from(self.model().card().width);
        let strips = onsite.par_chunks(self.model().sites()).enumerate();
        let estimates = strips.map_init(
            || (vec![0.0_f32; self.model().workspace_len()], Vec::new()),
            |(workspace, single), (number, strip)| {
                single.clear();
                single.extend(strip.iter().map(|&energy| f32::from_f64(energy)));
                let hybrid = Hybrid::new(self.model(), workspace);
                let found =
                    hybrid.and_then(|mut hybrid| hybrid.predict_within(single, width, self.budget));
                found.map_err(|error| match error {
                    HybridError::Model(ModelError::UnknownOnsite { slice, row }) => {
                        let card = self.model().card();
                        let unknown = UnknownSite {
                            name: card.name.to_owned(),
                            disorder: card.disorder,
                            slice,
                            row,
                            onsite: strip.get(slice * width + row).copied().unwrap_or(f64::NAN),
                        };
                        PredictError::at(number, unknown)
                    }
                    error => PredictError::at(number, Failed(error)),
                })
            },
        );
        // In order, so that the first error is that of the first strip.
        let estimates: Vec<Result<Estimate<f32>, PredictError>> = estimates.collect();
        estimates.into_iter().collect()
    }
}

impl Predictor for HybridPredictor {
    fn name(&self) -> String {
        format!(
            "{}, within {} multiply-adds",
            self.model().card().name,
            self.budget
        )
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

    fn predict(&mut self, onsite: &[f64], out: &mut [f64]) -> Result<(), PredictError> {
        let estimates = self.estimates(onsite)?;
        for (slot, estimate) in out.iter_mut().zip(&estimates) {
            *slot = f64::from(estimate.value);
            let spent = [1, u64::from(estimate.exact), estimate.multiply_adds];
            for (sum, number) in self.spent.iter_mut().zip(spent) {
                *sum += number;
            }
        }
        Ok(())
    }

    fn trained_on(&self) -> Option<&TrainedOn> {
        self.provenance.as_ref()?.trained_on.as_ref()
    }

    fn baseline(&self) -> Option<&Baseline> {
        self.provenance.as_ref()?.baseline.as_ref()
    }

    fn multiply_adds(&self) -> Option<u64> {
        Some(self.budget)
    }
}
