//! The interface of everything that predicts: a network, a model file or a table.

use std::fmt::{self, Debug, Display};

use landauer_core::DisorderModel;
use landauer_core::inference::Target;

use super::baseline::Baseline;
use super::interval::Intervals;
use super::overlap::TrainedOn;
use landauer::StripSize;
use landauer::failure::{Categorised, Category};

/// Predicts conductances of strips of one size and one disorder model.
pub trait Predictor: Send {
    /// Its name and kind, in a few words.
    fn name(&self) -> String;

    /// The size of the strips.
    fn size(&self) -> StripSize;

    /// The disorder that it was made for.
    fn disorder(&self) -> DisorderModel;

    /// The quantities that it predicts; at least one, none twice. The first stands for all in summaries.
    fn targets(&self) -> &[Target];

    /// Predicts for the strips `onsite`, `[sample, slice, row]` in units of t, into `out`,
    /// `[sample, target]`, in units of G0.
    ///
    /// # Errors
    /// The first strip that it has no prediction for.
    fn predict(&mut self, onsite: &[f64], out: &mut [f64]) -> Result<(), PredictError>;

    /// The samples that it was made from; `None` if that is not known.
    fn trained_on(&self) -> Option<&TrainedOn>;

    /// What counting impurities is worth on the samples that it was trained on; `None` if that is
    /// not known.
    fn baseline(&self) -> Option<&Baseline>;

    /// How far off it was on its validation split; `None` if that is not known.
    fn intervals(&self) -> Option<&Intervals> {
        None
    }

    /// Over how many mirror images of a strip a prediction is averaged, itself included: 1 is no
    /// averaging. It is this many times as expensive.
    fn passes(&self) -> usize {
        1
    }

    /// Multiply-adds of one pass, if they are counted.
    fn multiply_adds(&self) -> Option<u64> {
        None
    }

    /// Averages over the mirror images of a strip from now on, or does not.
    ///
    /// # Errors
    /// [`PredictError`] if the predictor is not able to.
    fn set_mirrors(&mut self, averaged: bool) -> Result<(), PredictError> {
        if averaged == (self.passes() > 1) {
            return Ok(());
        }
        Err(PredictError::new(FixedMirrors {
            passes: self.passes(),
        }))
    }
}

/// Why a prediction failed: the predictor's own error, and its sample.
#[derive(Debug)]
pub struct PredictError {
    sample: Option<usize>,
    source: Box<dyn Categorised>,
}

impl PredictError {
    /// The predictor's own error, of all samples alike.
    #[must_use]
    pub fn new(error: impl Categorised) -> Self {
        Self {
            sample: None,
            source: Box::new(error),
        }
    }

    /// The predictor's own error at this sample of the batch.
    #[must_use]
    pub fn at(sample: usize, error: impl Categorised) -> Self {
        Self {
            sample: Some(sample),
            source: Box::new(error),
        }
    }

    /// The sample of the batch that it is about, if it is about one.
    #[must_use]
    pub const fn sample(&self) -> Option<usize> {
        self.sample
    }

    /// The predictor's own error.
    #[must_use]
    pub fn reason(&self) -> &dyn Categorised {
        &*self.source
    }

    /// The same error in a batch that begins `before` samples earlier.
    #[must_use]
    pub fn after(mut self, before: usize) -> Self {
        self.sample = self.sample.map(|sample| sample + before);
        self
    }
}

impl Display for PredictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sample {
            Some(sample) => write!(f, "sample {sample}: {}", self.source),
            None => Display::fmt(&self.source, f),
        }
    }
}

impl std::error::Error for PredictError {
    // Not the predictor's error itself: the message has it already.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}

impl Categorised for PredictError {
    fn category(&self) -> Category {
        self.source.category()
    }
}

/// A predictor whose averaging over mirror images is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FixedMirrors {
    passes: usize,
}

impl Display for FixedMirrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.passes {
            1 => f.write_str("this predictor cannot average over mirror images")?,
            passes => write!(
                f,
                "this predictor always averages over {passes} mirror images"
            )?,
        }
        f.write_str(": do not change that")
    }
}

impl std::error::Error for FixedMirrors {}

impl Categorised for FixedMirrors {
    fn category(&self) -> Category {
        Category::Usage
    }
}
