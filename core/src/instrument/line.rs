//! Bytes become bytes: all that a firmware has to call.

use super::frame::{FrameFault, Receiver, frame_len, receiver_len};
use super::message::{HEADER_LEN, MessageFault, Reply, read_request, write_reply};
use super::service::{Clock, Service};
use super::{Counters, PROTOCOL_VERSION, Refusal};

/// Bytes of a request's postcard form beside the on-site energies: kinds, sizes, an energy or a
/// bias.
const REQUEST_EXTRA: usize = 32;

/// The most bytes of a reply's message.
const REPLY_LEN: usize = 480;

/// Bytes that every reply fits into, as a frame.
pub const REPLY_FRAME_LEN: usize = frame_len(REPLY_LEN);

/// The most bytes of a request about a strip of a given number of sites, as a frame.
///
/// # Example
/// ```
/// use landauer_core::instrument::request_frame_len;
/// assert_eq!(request_frame_len(1600), 6467);
/// ```
#[must_use]
pub const fn request_frame_len(sites: usize) -> usize {
    frame_len(request_len(sites))
}

const fn request_len(sites: usize) -> usize {
    let fixed = HEADER_LEN.saturating_add(REQUEST_EXTRA);
    sites.saturating_mul(4).saturating_add(fixed)
}

/// What an [`Instrument`] receives and answers in.
#[derive(Debug)]
pub struct Buffers<'a> {
    /// At least [`Buffers::request_len`] of the largest strip; longer requests are refused.
    pub request: &'a mut [u8],
    /// At least [`REPLY_FRAME_LEN`].
    pub reply: &'a mut [u8],
}

impl Buffers<'_> {
    /// Bytes for receiving requests about strips of a given number of sites.
    #[must_use]
    pub const fn request_len(sites: usize) -> usize {
        receiver_len(request_len(sites))
    }
}

/// A [`Service`] at the end of a line.
///
/// # Example
///
/// A firmware's main loop; `uart` and `clock` are the board's.
/// ```
/// # use landauer_core::instrument::{Clock, Instrument};
/// # fn step(instrument: &mut Instrument<'_>, uart: &mut impl Uart, clock: &mut impl Clock) {
/// if let Some(reply) = instrument.push(uart.read(), clock) {
///     uart.write(reply);
/// }
/// # }
/// # trait Uart { fn read(&mut self) -> u8; fn write(&mut self, bytes: &[u8]); }
/// ```
#[derive(Debug)]
pub struct Instrument<'a> {
    service: Service<'a>,
    receiver: Receiver<'a>,
    reply: &'a mut [u8],
    counters: Counters,
}

impl<'a> Instrument<'a> {
    /// An instrument that has received nothing yet.
    #[must_use]
    pub const fn new(service: Service<'a>, buffers: Buffers<'a>) -> Self {
        let Buffers { request, reply } = buffers;
        Self {
            service,
            receiver: Receiver::new(request),
            reply,
            counters: Counters {
                requests: 0,
                cut: 0,
                checksum: 0,
                oversized: 0,
                malformed: 0,
            },
        }
    }

    /// What has come so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Takes one byte of the line; gives the frame to send, where one is due.
    pub fn push(&mut self, byte: u8, clock: &mut impl Clock) -> Option<&[u8]> {
        let Self {
            service,
            receiver,
            reply: buffer,
            counters,
        } = self;
        let mut bad = |number, fault| {
            counters.count(fault);
            let bad_frames = counters.bad_frames();
            (number, Reply::BadFrame { fault, bad_frames })
        };
        let (number, reply) = match receiver.push(byte)? {
            Err(fault) => bad(0, fault),
            Ok(message) => match read_request(message) {
                Ok((number, request)) => {
                    counters.requests = counters.requests.wrapping_add(1);
                    (number, service.answer(&request, *counters, clock))
                }
                Err(MessageFault::Malformed { number }) => bad(number, FrameFault::Malformed),
                Err(MessageFault::Version { number, found }) => {
                    counters.count(FrameFault::Malformed);
                    let supported = PROTOCOL_VERSION;
                    let refusal = Refusal::UnsupportedVersion { found, supported };
                    (number, Reply::Refused(refusal))
                }
                Err(MessageFault::Direction) => {
                    // Answering one's own answers would never end.
                    counters.count(FrameFault::Malformed);
                    return None;
                }
            },
        };
        let length = write_reply(number, &reply, buffer).ok()?;
        buffer.get(..length)
    }
}
