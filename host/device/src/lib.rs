//! Talking to an instrument: what a microcontroller with `landauer-core` computes, from here.
//!
//! In reading order:
//!
//! 1. [`Address`]: where it is: `tcp:HOST:PORT`, `serial:PATH`.
//! 2. [`Device`]: asks and waits, asks again where a frame was lost, gives up after a while.
//! 3. [`crosscheck`]: the same strips here and there, compared bit by bit.
//!
//! What passes over the line is defined in core ([`landauer_core::instrument`]), for both ends.

mod address;
mod client;
mod crosscheck;
mod error;
mod plausible;

pub use address::{Address, AddressError};
pub use client::{Device, Patience};
pub use crosscheck::{Answer, Compared, Crosscheck, HostModel, Method, Pair, Unit, crosscheck};
pub use error::DeviceError;

// The front page's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
