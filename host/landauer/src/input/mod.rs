//! What there is to solve, from `.npy` files: on-site energies, streamed, and energies.

mod energies;
mod lattices;

pub use energies::read_energies;
pub use lattices::{InputError, LatticeFile};
