//! Requests and replies, and their bytes.

use heapless::{String, Vec};
use serde::{Deserialize, Serialize};

use super::frame::{FrameFault, FrameWriter, TooLong};
use super::{FIRST_VERSION, PROTOCOL_VERSION, Refusal, Strip};
use crate::disorder::{Concentration, DisorderModel};
use crate::inference::Target;
use crate::inference::format::MAX_OUTPUTS;

/// Marks replies in the first byte of a message, so that a device on a line with an echo does not
/// answer itself.
pub(super) const REPLY: u8 = 0x80;

/// Bytes before a message's postcard form.
pub(super) const HEADER_LEN: usize = 3;

/// What the host asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Request<'a> {
    /// Asks for the identity: [`Reply::Identity`].
    Identity,
    /// How many frames came, and how many were bad? [`Reply::Counters`].
    Counters,
    /// Predict the golden samples of the model file: [`Reply::SelfTest`].
    SelfTest,
    /// Predict every target of a strip: [`Reply::Prediction`].
    Predict {
        /// A strip that the model was made for.
        #[serde(borrow)]
        strip: Strip<'a>,
    },
    /// Solve a strip exactly, in `f32`: [`Reply::Exact`] with T at one energy.
    Transmission {
        /// Any strip that there is room for.
        #[serde(borrow)]
        strip: Strip<'a>,
        /// The energy E, in units of t.
        energy: f32,
    },
    /// Solve a strip exactly, in `f32`, at the ten energies of the finite-bias average:
    /// [`Reply::Exact`] with Ḡ.
    Conductance {
        /// Any strip that there is room for.
        #[serde(borrow)]
        strip: Strip<'a>,
        /// The bias eV, in units of t.
        bias: f64,
    },
    /// Predict the target of a hybrid within a budget: [`Reply::Estimate`]. Added behind the
    /// others.
    PredictWithin {
        /// A strip that the hybrid was made for.
        #[serde(borrow)]
        strip: Strip<'a>,
        /// The most multiply-adds.
        budget: u64,
    },
}

/// What the device answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one at a time, and nowhere to put a part of it"
)]
pub enum Reply {
    /// To [`Request::Identity`].
    Identity(Identity),
    /// To [`Request::Counters`].
    Counters(Counters),
    /// To [`Request::SelfTest`]: all golden samples gave what the file says.
    SelfTest {
        /// How many there are.
        golden: u32,
        /// What they took together, drawing them included.
        cost: Cost,
    },
    /// To [`Request::Predict`].
    Prediction {
        /// `[target]`, in units of G0/65536.
        values: Vec<i32, MAX_OUTPUTS>,
        /// What the prediction took.
        cost: Cost,
    },
    /// To [`Request::Transmission`] and [`Request::Conductance`].
    Exact {
        /// T or Ḡ, in units of G0.
        value: f32,
        /// What the solution took.
        cost: Cost,
    },
    /// The request is not carried out.
    Refused(Refusal),
    /// What came was not a frame, or not a request of this protocol.
    BadFrame {
        /// What was wrong.
        fault: FrameFault,
        /// Bad frames so far, this one included.
        bad_frames: u32,
    },
    /// To [`Request::PredictWithin`].
    Estimate {
        /// G or Ḡ, in units of G0.
        value: f32,
        /// Impurities that were taken in exactly, at each of the energies.
        solved: u32,
        /// Impurities of the strip.
        impurities: u32,
        /// How many energies.
        energies: u32,
        /// Is it the exact solution?
        exact: bool,
        /// Multiply-adds that it was reckoned at.
        multiply_adds: u64,
        /// What it took.
        cost: Cost,
    },
}

impl Reply {
    /// The oldest version of the protocol that can say this.
    fn oldest_version(&self) -> u8 {
        match self {
            Self::Identity(identity) if identity.disorder.oldest_version() > 1 => PROTOCOL_VERSION,
            _ => FIRST_VERSION,
        }
    }
}

/// The identity of an instrument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The version of `landauer-core` that it runs.
    pub crate_version: String<16>,
    /// The board, in a few words.
    pub board: String<32>,
    /// The model's name.
    pub model: String<32>,
    /// The length of the model file, in bytes.
    pub model_len: u32,
    /// The CRC-32C of the whole model file, as its card says it.
    pub model_crc32c: u32,
    /// A hash of the data that the model was trained on.
    pub data_hash: [u8; 32],
    /// Slices of the strips that are predicted.
    pub length: u16,
    /// Sites in a slice of them.
    pub width: u16,
    /// Their disorder.
    pub disorder: DisorderModel,
    /// The concentration that the model was trained on.
    pub concentration: Concentration,
    /// The smallest and the largest impurity count that is predicted.
    pub counts: [u32; 2],
    /// The targets.
    pub targets: Vec<Target, MAX_OUTPUTS>,
    /// Bytes of scratch that a prediction takes; 0 of a hybrid, which works in the solver's
    /// workspace.
    pub scratch_len: u32,
    /// The largest strips that are solved exactly.
    pub solver: SolverLimits,
}

/// The largest strips that a device solves exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SolverLimits {
    /// The most sites.
    pub sites: u32,
    /// `f32` numbers of workspace: a width is allowed if
    /// [`reflection_workspace_len`](crate::transport::reflection_workspace_len) is not more.
    pub workspace: u32,
}

/// What a computation took, as the board counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// How many.
    pub count: u64,
    /// Of what.
    pub unit: CostUnit,
}

/// What a board's counter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CostUnit {
    /// Instructions: QEMU with `-icount shift=0`.
    Instructions,
    /// Cycles of the processor.
    Cycles,
    /// Nanoseconds of a clock that has nothing to do with the processor.
    Nanoseconds,
}

impl core::fmt::Display for CostUnit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Instructions => "instructions",
            Self::Cycles => "cycles",
            Self::Nanoseconds => "ns",
        })
    }
}

/// Counts of requests and frames since the device started; each wraps at 2³².
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Requests that were answered.
    pub requests: u32,
    /// Frames that ended too early.
    pub cut: u32,
    /// Frames whose checksum did not match.
    pub checksum: u32,
    /// Frames that were too long.
    pub oversized: u32,
    /// Sound frames that were no request of this protocol.
    pub malformed: u32,
}

impl Counters {
    /// All bad frames.
    #[must_use]
    pub const fn bad_frames(&self) -> u32 {
        let faulty = self.cut.wrapping_add(self.checksum);
        faulty
            .wrapping_add(self.oversized)
            .wrapping_add(self.malformed)
    }

    /// Counts one more bad frame.
    pub(super) const fn count(&mut self, fault: FrameFault) {
        let counter = match fault {
            FrameFault::Cut => &mut self.cut,
            FrameFault::Checksum => &mut self.checksum,
            FrameFault::Oversized { .. } => &mut self.oversized,
            FrameFault::Malformed => &mut self.malformed,
        };
        *counter = counter.wrapping_add(1);
    }
}

/// Why the message of a sound frame is not what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageFault {
    /// A reply where a request belongs, or the other way round: an echo.
    Direction,
    /// Another version of the protocol.
    Version {
        /// The number of the message.
        number: u16,
        /// Its version.
        found: u8,
    },
    /// Bytes that this version does not understand.
    Malformed {
        /// The number of the message; 0 if it is too short to have one.
        number: u16,
    },
}

impl core::fmt::Display for MessageFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Direction => {
                f.write_str("a message came back to its sender: the line has an echo")
            }
            Self::Version { found, .. } => write!(
                f,
                "a message has version {found} of the protocol, and this program speaks version \
                 {PROTOCOL_VERSION}"
            ),
            Self::Malformed { number } => {
                write!(f, "message {number} is not one of this protocol")
            }
        }
    }
}

impl core::error::Error for MessageFault {}

/// Writes a request as one frame and gives the frame's length.
///
/// # Errors
/// [`TooLong`] if the buffer is too short;
/// [`request_frame_len`](super::request_frame_len) is always enough.
pub fn write_request(
    number: u16,
    request: &Request<'_>,
    buffer: &mut [u8],
) -> Result<usize, TooLong> {
    write(FIRST_VERSION, number, request, buffer)
}

/// Writes a reply as one frame and gives the frame's length.
///
/// # Errors
/// [`TooLong`] if the buffer is too short; [`REPLY_FRAME_LEN`](super::REPLY_FRAME_LEN) is always
/// enough.
pub fn write_reply(number: u16, reply: &Reply, buffer: &mut [u8]) -> Result<usize, TooLong> {
    write(reply.oldest_version() | REPLY, number, reply, buffer)
}

fn write(
    first: u8,
    number: u16,
    body: &impl Serialize,
    buffer: &mut [u8],
) -> Result<usize, TooLong> {
    let room = buffer.len();
    let mut writer = FrameWriter::new(buffer)?;
    writer.push(first)?;
    for byte in number.to_le_bytes() {
        writer.push(byte)?;
    }
    let written = postcard::serialize_with_flavor(body, &mut writer);
    written.map_err(|_| TooLong { room })?;
    writer.finish()
}

/// Reads the message of a frame as a request; gives its number too.
///
/// # Errors
/// See [`MessageFault`].
pub fn read_request(message: &[u8]) -> Result<(u16, Request<'_>), MessageFault> {
    let (_, number, request) = read(0, message)?;
    Ok((number, request))
}

/// Reads the message of a frame as a reply; gives the number of its request too.
///
/// # Errors
/// See [`MessageFault`].
pub fn read_reply(message: &[u8]) -> Result<(u16, Reply), MessageFault> {
    let (version, number, reply): (_, _, Reply) = read(REPLY, message)?;
    if reply.oldest_version() > version {
        return Err(MessageFault::Malformed { number });
    }
    Ok((number, reply))
}

fn read<'a, T: Deserialize<'a>>(
    direction: u8,
    message: &'a [u8],
) -> Result<(u8, u16, T), MessageFault> {
    let (&[first, low, high], body) = message
        .split_first_chunk::<HEADER_LEN>()
        .ok_or(MessageFault::Malformed { number: 0 })?;
    if first & REPLY != direction {
        return Err(MessageFault::Direction);
    }
    let number = u16::from_le_bytes([low, high]);
    let found = first & !REPLY;
    if !(FIRST_VERSION..=PROTOCOL_VERSION).contains(&found) {
        return Err(MessageFault::Version { number, found });
    }
    match postcard::take_from_bytes(body) {
        Ok((body, [])) => Ok((found, number, body)),
        // Bytes behind the end are as wrong as missing ones.
        _ => Err(MessageFault::Malformed { number }),
    }
}
