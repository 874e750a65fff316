//! Judging predictors of the conductance honestly: networks in floats or integers, or a mere table.
//!
//! In reading order:
//!
//! 1. [`Predictor`]: the interface of a run, a model file or a table. [`TrainedOn`]: which samples
//!    it has seen; [`TrainedOn::require_unseen`] refuses a test set that has some of them.
//! 2. [`target_values`]: the exact values of a [`Target`] in a data set. [`ExactTargets`]: by the solver.
//! 3. [`Baseline`]: what knowing the number of impurities alone is worth, and the constant.
//!    [`Counting`]: the same as a predictor.
//! 4. [`Intervals`]: how far off a predictor was on samples that it was not trained on. [`Certainty`]: them
//!    around predictions, and exact values where they are wide.
//! 5. [`predict_all`]: [`Predictions`] beside exact values. [`judge`]: what they are worth,
//!    [`TargetEvaluation`].

mod baseline;
mod bootstrap;
mod certainty;
mod counting;
mod exact;
mod interval;
mod key;
mod metrics;
mod overlap;
mod pooling;
mod predictions;
mod predictor;
mod targets;
mod unknown_site;

pub use baseline::{Baseline, BaselineError, CountMedians, impurities};
pub use bootstrap::Interval;
pub use certainty::{
    Certainty, CertaintyError, CertaintyOptions, Certified, Level, strips_at_once,
};
pub use counting::{Counting, CountingError, count_medians};
pub use exact::{ExactError, ExactTargets};
pub use interval::{HalfWidths, Intervals, NOMINAL, TargetIntervals};
pub use key::{target_key, target_of_key};
pub use landauer_core::inference::Target;
pub use metrics::skill;
pub use metrics::{
    Band, Logarithm, Percentiles, Reliability, SMALL, TargetEvaluation, error_interval, judge,
    mean_absolute_error,
};
pub use overlap::{OverlapError, SampleRange, TrainedOn};
pub use pooling::RULE as BASELINE_RULE;
pub use predictions::{
    EvaluateError, Predictions, given_predictions, predict_all, predict_unless, require_same,
};
pub use predictor::{PredictError, Predictor};
pub(crate) use targets::Columns;
pub use targets::{MissingEnergies, TargetError, target_values};
pub use unknown_site::UnknownSite;
