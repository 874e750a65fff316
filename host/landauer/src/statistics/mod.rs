//! What is known of a number after some samples of it.
//!
//! [`MeanAndError`]: mean, variance and standard error of a stream. [`ConductanceHistogram`]: P(G).
//! [`Localisation`]: the localisation length by ⟨ln G⟩ of several lengths. [`Scaled`]: numbers that are
//! smaller than any `f64`, as the conductances of long strips are.

mod histogram;
mod localisation;
mod mean_and_error;
pub(crate) mod median;
mod scaled;

pub use histogram::{BIN_HALF_WIDTH, ConductanceError, ConductanceHistogram};
pub use localisation::{HOPELESS, LOCALISED, Localisation, LocalisationError, MeanLog};
pub use mean_and_error::MeanAndError;
pub use median::median;
pub use scaled::Scaled;
