//! Networks that predict conductances.
//!
//! In reading order:
//!
//! 1. [`evaluation`]: what a predictor is worth, beside counting impurities.
//! 2. [`training`]: networks that learn from data sets, or from samples made on the way.
//! 3. [`export`]: from a trained network to an integer program, and what is lost.
//! 4. [`inference`]: integer networks on many strips at a time, to core's bits.
//! 5. [`hybrid`]: exact as far as a budget goes, fitted for the rest.

pub mod evaluation;
pub mod export;
pub mod hybrid;
pub mod inference;
pub mod training;

/// A size for constants of tests.
#[cfg(test)]
const fn strip_size(length: usize, width: usize) -> landauer::StripSize {
    match landauer::StripSize::new(length, width) {
        Ok(size) => size,
        Err(_) => panic!("it has sites"),
    }
}
