//! Sharing the work out among processes.

use std::ops::Range;

use crate::failure::{Categorised, Category};

/// One process's share of the units of work: a data set's chunks, an ensemble's blocks of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

/// A share whose number is not below their count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid shard {index}/{count}: the shards of n are 0/n to n-1/n")]
pub struct ShardError {
    index: u64,
    count: u64,
}

impl Categorised for ShardError {
    fn category(&self) -> Category {
        Category::Usage
    }
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Share number `index`, from 0, of `count`.
    ///
    /// # Errors
    /// If `index` is not below `count`.
    pub fn new(index: u64, count: u64) -> Result<Self, ShardError> {
        if index < count {
            Ok(Self { index, count })
        } else {
            Err(ShardError { index, count })
        }
    }

    /// The share's number, from 0.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.index
    }

    /// Into how many shares the work is parted.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.count
    }

    /// Which of `units` units are its own; the shares are contiguous, differ by at most one unit,
    /// and leave none out.
    #[must_use]
    pub fn units(self, units: u64) -> Range<u64> {
        #[allow(clippy::cast_possible_truncation, reason = "at most `units`")]
        let begin =
            |index: u64| (u128::from(index) * u128::from(units) / u128::from(self.count)) as u64;
        begin(self.index)..begin(self.index + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_all_units_once() {
        for count in [1, 2, 3, 7, 64] {
            for units in [0, 1, 5, 64, 1000, u64::MAX] {
                let mut next = 0;
                for index in 0..count {
                    let range = Shard::new(index, count).unwrap().units(units);
                    assert_eq!(range.start, next);
                    next = range.end;
                }
                assert_eq!(next, units);
            }
        }
    }

    #[test]
    fn shards_count_from_zero() {
        assert!(Shard::new(3, 3).is_err() && Shard::new(0, 0).is_err());
    }
}
