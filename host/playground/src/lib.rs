//! The playground: a strip in the browser, solved exactly and predicted at once, with the host's bits.
//!
//! All that the page computes is here, in safe Rust that is tested on the host; the page (`page/`) draws, and
//! asks. A question is a line of JSON, and so is its answer:
//!
//! 1. [`Strip`]: on-site energies of up to 80×80 sites. [`Origin`], [`Shape`]: where they come from.
//! 2. [`Exact`]: T of a strip a few slices at a time, from the first changed slice on. [`Spectrum`]: T(E), finer
//!    and finer.
//! 3. [`Predictors`]: the paper's network, `best-g`, `hybrid-g` and counting impurities.
//! 4. [`EnsembleRun`]: strip after strip of an ensemble, P(G), mean, errors of the predictors.
//! 5. [`Inside`]: maps of the strip, LDOS, current, what every site does to G.
//! 6. [`link`]: a strip as text. [`self_test`]: the host's bits?
//! 7. [`TypicalErrors`]: how far predictors are off, by impurity concentration.
//! 8. [`Playground`]: all of it, as questions and answers. `wasm`: how a page calls it.
//!
//! `host/playground/build` makes the page.

mod cards;
mod ensemble;
mod exact;
mod inside;
pub mod link;
mod origin;
mod playground;
mod predictors;
pub mod self_test;
mod spectrum;
mod strip;
mod typical;
// Clippy looks at it on the host as well.
#[cfg(any(target_arch = "wasm32", clippy))]
mod wasm;

pub use cards::{BUDGETS, TypicalError};
pub use ensemble::{EnsembleRun, EnsembleState, PredictorErrors};
pub use exact::{Exact, Transmission};
pub use inside::{Inside, MapKind, NoMap, StripMap};
pub use origin::{Origin, OriginError, Shape};
pub use playground::Playground;
pub use predictors::{Prediction, Predictor, Predictors};
pub use spectrum::{Spectrum, SpectrumPoint};
pub use strip::{MAX_SIDE, Strip, StripProblem};
pub use typical::{Errors, NotMeasured, TypicalErrors};
