//! Exact quantum transport on a desktop: what the `landauer` command is made of.
//!
//! In reading order:
//!
//! 1. [`ensemble`]: solvers for many strips of one size, behind one trait.
//! 2. [`input`]: on-site energies from `.npy` files, streamed.
//! 3. [`dataset`]: data sets in Zarr v3, written chunk by chunk, resumable.
//! 4. [`averages`]: disorder averages over a sweep, streamed, resumable.
//! 5. [`evaluation`]: what a predictor is worth, beside counting impurities.
//! 6. [`training`]: networks that learn from data sets, or from samples made on the way.
//! 7. [`export`]: from a trained network to an integer program, and what is lost.
//! 8. [`inference`]: integer networks on many strips at a time, to core's bits.
//! 9. [`hybrid`]: exact as far as a budget goes, fitted for the rest.
//! 10. [`device`]: an instrument at the other end of a line, asked and compared.
//! 11. [`plotting`]: numbers in, SVG or PNG out.
//! 12. [`experiments`]: the paper's figures, computed again.
//! 13. [`cli`]: the commands; the only place that parses arguments and prints.
//!
//! [`failure`] sorts errors into what a user can do about them, [`files`] replaces files as a
//! whole or not at all, [`memory`] asks before it takes, [`npy`] is NumPy's file format,
//! [`work`] shares long work out among processes.

pub mod averages;
mod checksum;
pub mod cli;
pub mod dataset;
pub mod device;
pub mod ensemble;
pub mod evaluation;
pub mod experiments;
pub mod export;
pub mod failure;
pub mod files;
pub mod hybrid;
pub mod inference;
pub mod input;
pub mod json;
pub mod memory;
pub mod npy;
pub mod plotting;
pub mod training;
pub mod work;
