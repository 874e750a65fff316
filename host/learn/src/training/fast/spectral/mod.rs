//! Training of spectral networks: the same kernels as a chain's, around transforms and products.
//!
//! A spectral network sees a strip as the leads' modes do. Channels (the impurity map, and maps
//! that see a site with its neighbours) are transformed along and across by learned matrices that
//! begin as cosines and keep the parity of each mode under both mirrors; products of two channels
//! at the same mode are therefore *exactly* invariant under both, as the transmission is, and no
//! mirror image has to be seen in training or averaged in predicting. Units read the products out
//! by outer products of two vectors, as strong and as biased as the share of impurities says, and a
//! small head makes the outputs.
//!
//! Layout as in a chain: samples are the columns of blocks of rows.

mod batch;
mod fold;
mod gelu;
mod local;
mod matrices;
mod network;
mod product;
mod readout;
mod shape;
mod simd;
#[cfg(test)]
mod tests;

pub use batch::SpectralBatch;
pub use network::SpectralNetwork;
pub use shape::{
    LOWEST_MODE, NODES, ORBITS, SpectralLayout, SpectralShape, deviation_scale, node_weights,
};
