//! G or Ḡ within a budget: exact as far as the budget goes, learned for the rest.
//!
//! The scattering recursion ([`transport`](crate::transport)) takes in one impurity after another.
//! [`Hybrid::predict_within`] chooses at which energies the budget is best spent, stops there where it
//! ends, knows T of the part that is done, and leaves the rest to three small layers that see T, how
//! many impurities are done and left, and how many slices ([`head`]). A strip that the budget covers at
//! these energies goes through a regression on its transmissions instead, local in the number of
//! impurities; one that it covers at all energies of the target is solved exactly.
//!
//! 1. [`mod@format`]: the file, one for each target; `landauer hybrid` makes it.
//! 2. [`HybridModel`]: the file, checked. [`EnergySet`]: where a strip is solved.
//! 3. [`Hybrid`]: predicts. [`ImpurityStrip`], [`head::Cut`]: needed to fit a hybrid.
//!
//! # Accuracy
//!
//! Mean absolute errors in G0 against the exact solution, model II, 40×40, n uniform in [0, 1]; the
//! budget is what a strip may cost at most, in multiply-adds:
//!
//! | budget | G | solved exactly | average cost | Ḡ |
//! |---|---|---|---|---|
//! | 449: counting impurities | 0.173 | 0 % | 449 | 0.094 |
//! | 0.25 M | 0.149 | 2 % | 0.25 M | 0.086 |
//! | 0.5 M | 0.116 | 5 % | 0.49 M | 0.076 |
//! | 1 M | 0.070 | 12 % | 0.94 M | 0.066 |
//! | 1.5 M | 0.039 | 20 % | 1.36 M | 0.064 |
//! | 2 M | 0.017 | 27 % | 1.75 M | 0.058 |
//! | 3 M | 0.0012 | 41 % | 2.41 M | 0.057 |
//! | 5 M | 0.00001 | 70 % | 3.31 M | 0.048 |
//!
//! (`f32`, the 20,000 strips of the data set of seed 901, which nothing was fitted to or chosen by:
//! the cards beside `models/hybrid-g.postcard` and `models/hybrid-gbar.postcard`. Standard errors of G
//! are 0.0024 at the top, 0.0012 at 1 M, 0.0005 at 2 M.) Ḡ is an average over ten energies, of which
//! 1 M affords one to three; G is worth its budget, Ḡ gains slowly.
//!
//! # Counting
//!
//! Every multiplication, with the addition that it feeds, and every division count as one
//! multiply-add, a sine as 16; additions alone do not count. At W = 40 and E = 0 an impurity costs
//! 4,376 of them and a slice 3,380; at other energies 7,216 and 6,560 (the recursion in running
//! waves, [`Reflection`](crate::transport::Reflection)). About 800 of what an impurity saves at E = 0
//! are products turned into additions (three for four, with four additions as before). Products and
//! sums are never fused, and sines are [`Libm`](crate::transport::Libm)'s: bits are the same
//! everywhere, with any features.
//!
//! # Example
//! ```
//! use landauer_core::hybrid::{Hybrid, HybridModel, hybrid_workspace_len};
//! use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice};
//!
//! let model = HybridModel::parse(landauer_models::HYBRID_G.bytes())?; // in flash
//! let mut workspace = [0.0_f32; hybrid_workspace_len(40)];
//! let mut hybrid = Hybrid::new(&model, &mut workspace)?;
//! let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(0.1), 42)?;
//! let strip: Lattice<f32, 40, 40> = ensemble.sample(0).lattice();
//! let rough = hybrid.predict_within(strip.as_slice(), 40, 500_000)?;
//! let exact = hybrid.predict_within(strip.as_slice(), 40, 1_000_000)?;
//! assert!(rough.multiply_adds <= 500_000 && !rough.exact);
//! assert!(exact.exact && (rough.value - exact.value).abs() < 3.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod course;
mod energies;
mod error;
mod file;
pub mod format;
pub mod head;
mod local;
mod predict;
#[cfg(test)]
mod tests;

pub use course::{ImpurityStrip, hybrid_workspace_len};
pub use energies::EnergySet;
pub use error::HybridError;
pub use file::HybridModel;
pub use predict::{Estimate, Hybrid, SMALLEST_BUDGET};
