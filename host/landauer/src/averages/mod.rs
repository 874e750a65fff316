//! Disorder averages over a sweep: of concentration, disorder strength, length or energy.
//!
//! In reading order:
//!
//! 1. [`SweepConfig`]: all that determines the averages, but for the number of samples.
//! 2. [`Tally`]: what is kept of the samples: sums, no sample.
//! 3. `manifest`, `unit_file`: how both are written down. `folder`: where.
//! 4. [`Averages`]: making, resuming and extending them; [`Part`]: one process's part in it
//!    ([`Shard`](crate::work::Shard)).
//! 5. [`Localisation`](crate::statistics::Localisation): the localisation length of a sweep over lengths.
//! 6. [`averages_csv`], [`distribution_csv`], [`localisation_csv`]: the tables.
//!
//! # The folder
//!
//! | file | holds |
//! |---|---|
//! | `ensemble.json` | the configuration |
//! | `units/b00000-p0003.unit` | the sums of block 0 of point 3's samples, with a checksum |
//! | `averages.csv`, `distribution.csv`, `localisation.csv`, `averages.svg`, `averages.png` | what comes out, once all units are there |
//!
//! A unit's sums are formed in the order of its samples, and the units of a point are merged in the
//! order of their blocks. All bytes therefore depend on nothing but the configuration, the number
//! of samples and the solver's identity: not on threads, shards, kills or machines.
//!
//! # Which samples
//!
//! Point by point the samples 0, 1, 2, … of [`Ensemble`](landauer_core::Ensemble) with one seed:
//! all models draw on the same random words, so that the points of a sweep are correlated, and
//! differences between neighbours are known better than their errors say. Only the lengths of a
//! sweep have samples of their own, from number L·2⁴⁰ on at length L, since the error of a
//! localisation length would be wrong if they were not independent.

mod config;
mod error;
mod folder;
mod manifest;
mod run;
mod table;
mod tally;
mod unit;
mod unit_file;

pub use config::{Axis, Conductance, MAX_POINTS, Point, SweepConfig, SweepError, default_block};
pub use error::AveragesError;
pub use run::{Averages, Part};
pub use table::{averages_csv, distribution_csv, localisation_csv, mean_logs};
pub use tally::Tally;
