//! The model that this firmware is built with: `LANDAUER_MODEL` says which (see `build.rs`).

include!(concat!(env!("OUT_DIR"), "/model.rs"));

/// Weights are read word by word, from an address that the file format asks for.
#[repr(C, align(16))]
struct Aligned<T: ?Sized>(T);

/// The model file, as it lies in flash.
pub static FILE: &[u8] = &BYTES.0;
