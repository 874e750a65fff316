//! Fixed-point arithmetic: the one place that rounds.
