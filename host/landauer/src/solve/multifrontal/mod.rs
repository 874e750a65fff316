//! The solver for one large strip: a multifrontal LDLᵀ in real arithmetic, pivots chosen while it runs, on all threads.
//!
//! In reading order:
//!
//! 1. `order`: where to cut the strip, as a tree of fronts.
//! 2. `matrix`, `number`: dense symmetric matrices, real and complex.
//! 3. `tiles`: the product of two panels, where the time goes.
//! 4. `elimination`: pivots, and what is no good one.
//! 5. `interior`: the tree carried out, and a check of it.
//! 6. `modes`, `ends`: the leads' modes, and what is transmitted between the ends.
//! 7. [`MultifrontalSolver`]: strips one after the other, and what to do where digits are lost.
//!
//! # The method
//!
//! T follows from E − H and the leads by the strip's two ends alone, so that all sites between them are eliminated, by
//! nested dissection (A. George, SIAM J. Numer. Anal. 10, 345, 1973). The [dissection](super::dissection) does the same
//! for a vector of strips at a time, with pivots that are rehearsed before there is a strip. Here is one strip: its pivots
//! are its own, nothing is rehearsed, and vectors lie along the columns of its matrices. Some 14 n³ multiply-adds
//! between the ends of an n×n strip, as many for the leads, and memory for 20 n² numbers or a few more; of the factors
//! nothing is kept.
//!
//! # What keeps it right
//!
//! * Multipliers are bounded; an unknown that has no good pivot yet is delayed to where it is coupled to more
//!   (`elimination`). That is what clean strips at E = 0 need, most blocks of which are singular.
//! * A check row goes through all eliminations and shows what they have lost (`interior`).
//! * Current is conserved: R + T is the number of propagating modes.
//! * What crosses the strip in evanescent modes is not much larger than what does in propagating ones; nothing has
//!   vanished below the range of `f64`; no mode is at its band edge.
//!
//! A strip that fails one of these is solved by the scattering recursion, and counted.
//!
//! # The same bits
//!
//! Every number is found by one sequence of operations: sums run in the order of the pivots, and products are fused with
//! the sums they go into. Neither vectors nor threads change a bit; tests hold it to that.
#![allow(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the vectors that pulp has found"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "loops of constant length over registers: an iterator's closure would not be inlined"
)]

mod elimination;
mod ends;
mod interior;
mod matrix;
mod modes;
mod number;
mod order;
mod solver;
mod tiles;

pub use solver::{MultifrontalSolver, StripTimes};
