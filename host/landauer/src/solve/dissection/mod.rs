//! The fast solver: nested dissection in real arithmetic, one sample in each lane of a vector.
//!
//! In reading order:
//!
//! 1. `cost`: what eliminating costs, in vector instructions.
//! 2. `diagonal`, `straight`, `tree`: where to cut the strip, as a tree of separators.
//! 3. `pivots`, `pair`, `degeneracy`: which unknowns are eliminated where and in which pairs, by a
//!    rehearsal on known lattices.
//! 4. [`Plan`]: where every number lies and goes; `shared_plans`: which energies share one.
//! 5. `lanes`, `product`: vectors, and the product of two panels, where the time goes.
//! 6. `interior`: the plan carried out; `leads`, `ends`: self-energies, and the transmission.
//! 7. [`DissectionSolver`]: batches of strips, and what to do where digits are lost.
//!
//! # The method
//!
//! T follows from E − H and the leads' self-energies by the two ends of the strip alone. The
//! interior, all slices but the first and the last, is eliminated first, with real numbers: for
//! every site its row of E − H is subtracted from those of the sites it is coupled to (Gauss; the
//! matrix is symmetric, so half of it does). What is left couples the ends' 2W sites; there the
//! leads are attached, complex, and T is taken (`ends`).
//!
//! How much work that is depends on the order alone. Nested dissection (A. George, SIAM J. Numer.
//! Anal. 10, 345, 1973) eliminates a region's two halves before the line of sites that parts them.
//! The lines here are diagonals: on the square lattice they are the shortest way across, and at
//! 40×40 the interior takes three fifths of the multiply-adds of the best straight cuts. At E = 0 a
//! clean region with unequally many sites of the two sublattices is singular, so that other cuts
//! are chosen there (`pivots`).
//!
//! # What keeps it right
//!
//! Pivots cannot be chosen for each sample, since the samples of a vector go through the same
//! program. Three things stand in for that:
//!
//! * pairs: two unknowns at a time, in one of three ways that each lane chooses (`pair`);
//! * the rehearsal: pairs that are good pivots in known lattices, a clean one above all; what is
//!   singular there is put off;
//! * a guard: every lane notes by how much its rounding errors may have grown, and what has grown
//!   too much is solved again for a mirror image (which goes through other pivots), at last by the
//!   scattering recursion, which checks that current is conserved. Strips with walls (on-site
//!   energies beyond 1e4) are the recursion's from the beginning.
//!
//! # The same bits
//!
//! Lanes never mix, products are always fused with the sum they go into, and sums run in one order
//! whatever the shape of the tiles that form them. A strip's T therefore has the same bits on every
//! instruction set and beside any other strips; tests hold it to that.
#![allow(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the vectors that pulp has found"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "loops of constant length over registers: an iterator's closure would not be inlined"
)]

mod batch;
mod cost;
mod degeneracy;
mod diagonal;
mod ends;
mod factors;
mod greens;
mod inside;
mod instructions;
mod interior;
mod lanes;
mod leads;
mod levels;
mod memory;
mod pair;
mod pivots;
mod plan;
mod product;
mod regions;
mod shared_plans;
mod solver;
mod stages;
mod straight;
mod sums;
mod tree;
mod waves;

pub(crate) use batch::Image;
pub(crate) use greens::Incoming;
pub(crate) use inside::{
    Inside, InsideBatch, Wanted, least_workspace, workspace as inside_workspace,
};
pub use instructions::InstructionSet;
pub(crate) use leads::Leads;
pub(crate) use memory::Memory;
pub use plan::{FrontSummary, Plan, PlanSummary};
pub(crate) use regions::Regions;
pub(crate) use shared_plans::SharedPlans;
pub use solver::{DissectionSolver, Precise};
pub(crate) use solver::{check_energies, is_wild};
pub use stages::StageTimes;
