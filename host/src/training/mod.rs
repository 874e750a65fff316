//! Training networks.

pub mod fast;
