//! An instrument on a serial line: a lattice goes in, a conductance comes out.
//!
//! Device and host use this one definition of what passes between them, and the device's side is
//! here as a whole, so that a firmware only moves bytes:
//!
//! 1. [`frame`]: how messages are cut out of a stream of bytes, and found again behind garbage.
//! 2. [`Strip`]: on-site energies on the wire, packed where they take few values.
//! 3. [`Request`], [`Reply`], [`Refusal`]: the messages.
//! 4. [`Service`]: a request becomes a reply. [`Instrument`]: bytes become bytes.
//!
//! # The protocol (versions 1 and 2)
//!
//! The host asks, the device answers each request once, in order; it never speaks unasked. A frame
//! is a zero byte, a body without zeros, and a zero byte. The body is the COBS encoding (S. Cheshire
//! and M. Baker, IEEE/ACM Trans. Networking 7, 159, 1999) of
//!
//! | offset | length | what |
//! |---|---|---|
//! | 0 | 1 | the version, 1 up to [`PROTOCOL_VERSION`], plus 128 in replies |
//! | 1 | 2 | number of the request, little endian; its reply has the same |
//! | 3 | n | a [`Request`] or a [`Reply`], in [postcard] form |
//! | 3 + n | 4 | CRC-32C of all that, little endian |
//!
//! Version 2 differs in the [`Identity`] of a device whose network was trained on disorder that is not
//! one of models I to IV: it contains the energies of the species, or the bound of the on-site energies.
//! Every other message, and all requests, are of version 1, so that old and new programs understand
//! each other in all that both know.
//!
//! What is added to the protocol stands behind the last request or reply, so that everything else keeps
//! its bytes and the version stays what it is: [`Request::PredictWithin`] came so. A device that does
//! not know a request answers [`Reply::BadFrame`] with its number.
//!
//! Every request can be sent again without harm: nothing but the [`Counters`] changes. What is not a
//! frame, or not a request, is counted and answered with [`Reply::BadFrame`], whose number is 0
//! where it is not known. A host that sees it asks again; a host that sees nothing does so after a
//! while, and throws away replies whose number is not that of its question.
//!
//! Nothing here allocates or panics, whatever the bytes are. Exact conductances take the sines of
//! [`Libm`](crate::transport::Libm) with any features, so that the host can compare bits.
//!
//! # Example
//!
//! ```
//! use landauer_core::instrument::frame::Receiver;
//! use landauer_core::instrument::{Reply, Request, read_reply, write_request};
//! let mut buffer = [0; 64];
//! let length = write_request(7, &Request::Counters, &mut buffer)?;
//! assert_eq!((buffer[0], buffer[length - 1]), (0, 0)); // on the wire
//! // The other end finds it, whatever came before.
//! let mut room = [0; 64];
//! let mut receiver = Receiver::new(&mut room);
//! for byte in [3, 1, 4] {
//!     assert!(receiver.push(byte).is_none());
//! }
//! assert!(receiver.push(buffer[0]).is_some_and(|frame| frame.is_err())); // the garbage
//! for &byte in &buffer[1..length - 1] {
//!     assert!(receiver.push(byte).is_none());
//! }
//! assert!(receiver.push(0).is_some_and(|frame| frame.is_ok()));
//! # Ok::<(), landauer_core::instrument::TooLong>(())
//! ```
//!
//! [postcard]: https://postcard.jamesmunns.com/wire-format

pub mod frame;
mod line;
mod message;
mod refusal;
mod service;
mod strip;
#[cfg(test)]
mod tests;

pub use frame::TooLong;
pub use line::{Buffers, Instrument, REPLY_FRAME_LEN, request_frame_len};
pub use message::{
    Cost, CostUnit, Counters, Identity, MessageFault, Reply, Request, SolverLimits, read_reply,
    read_request, write_reply, write_request,
};
pub use refusal::Refusal;
pub use service::{Clock, Service, Workspaces};
pub use strip::{MAX_LEVELS, Onsite, Strip};

/// The newest version of the protocol that this crate speaks.
pub const PROTOCOL_VERSION: u8 = 2;

/// The version of every message that version 1 can say.
pub(crate) const FIRST_VERSION: u8 = 1;
