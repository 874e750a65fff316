//! Why an instrument did not do what it was asked.

use std::io;
use std::time::Duration;

use landauer_core::instrument::{PROTOCOL_VERSION, Refusal};

use super::Address;
use landauer::failure::{Categorised, Category};

/// Why there is no answer, or not the one that was wanted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// There is no line to it.
    #[error("cannot open {address}: {reason}{}", advice(address))]
    Open {
        /// Where it should be.
        address: Address,
        /// Why. Not called source: the message has it already.
        reason: io::Error,
    },
    /// The line broke.
    #[error("{address}: {reason} while {doing}; is the device still running and connected?")]
    Line {
        /// Where the device is.
        address: Address,
        /// What was being done.
        doing: &'static str,
        /// Why.
        reason: io::Error,
    },
    /// Nothing that is a reply came.
    #[error(
        "{address} does not answer: asked {tries} times, waited {} s each time, {}",
        waited.as_secs_f64(),
        heard(*bytes, *echo, *late)
    )]
    NoReply {
        /// Where the device should be.
        address: Address,
        /// How often it was asked.
        tries: u32,
        /// How long each time.
        waited: Duration,
        /// Bytes that came and were no reply.
        bytes: u64,
        /// Did the questions themselves come back?
        echo: bool,
        /// Answers to earlier questions that came meanwhile.
        late: u32,
    },
    /// It speaks another version of the protocol.
    #[error(
        "{address} speaks version {found} of the protocol, and this program versions 1 to \
         {PROTOCOL_VERSION}: use firmware and landauer of the same release"
    )]
    Version {
        /// Where the device is.
        address: Address,
        /// Its version.
        found: u8,
    },
    /// It did not understand a sound request, or answered something else.
    #[error(
        "{address} does not know how to {request}: use firmware and landauer of the same release"
    )]
    Unknown {
        /// Where the device is.
        address: Address,
        /// What it was asked to do.
        request: &'static str,
    },
    /// It answered in time and in form, but no sound device can answer that.
    #[error(
        "{address} answers {what}: the device is damaged, or runs other firmware than landauer's"
    )]
    Implausible {
        /// Where the device is.
        address: Address,
        /// What it answered, in words.
        what: String,
    },
    /// It refused.
    #[error("the device refuses: {0}")]
    Refused(Refusal),
    /// The device has another model than the file at hand.
    #[error(
        "the device's model is {device} (CRC-32C {device_crc32c:08x}, {device_len} bytes), and \
         {file} is another ({file_crc32c:08x}, {file_len} bytes): build the firmware with this \
         model, or name the device's own"
    )]
    OtherModel {
        /// The name of the device's model.
        device: String,
        /// Its checksum.
        device_crc32c: u32,
        /// Its length.
        device_len: u32,
        /// The file at hand.
        file: String,
        /// Its checksum.
        file_crc32c: u32,
        /// Its length.
        file_len: u32,
    },
    /// A strip that does not fit into a request.
    #[error("a strip of {sites} sites in slices of {width} cannot be sent")]
    Strip {
        /// On-site energies.
        sites: usize,
        /// Sites in a slice.
        width: usize,
    },
    /// The user does not want to wait any longer.
    #[error("stopped while waiting for {address}")]
    Stopped {
        /// Where the device is.
        address: Address,
    },
}

fn advice(address: &Address) -> &'static str {
    match address {
        Address::Tcp(_) => "; is the instrument running, and is this its port?",
        Address::Serial(_) => {
            "; is it plugged in, and do you have access (on Linux: are you in the group dialout)?"
        }
    }
}

fn heard(bytes: u64, echo: bool, late: u32) -> String {
    match (bytes, echo, late) {
        (.., 1..) => format!(
            "and received answers to earlier requests ({late}): the device needs longer than \
             that for an answer (--timeout)"
        ),
        (_, true, _) => {
            "and received its own requests: the line echoes, and no device answers".into()
        }
        (0, ..) => "received nothing; does the instrument's firmware run there, and is it busy \
                   with something long (--timeout)?"
            .into(),
        _ => format!(
            "received {bytes} bytes that are not a reply; is it an instrument of landauer, at this \
             baud rate?"
        ),
    }
}

impl Categorised for DeviceError {
    fn category(&self) -> Category {
        match self {
            Self::Open { .. } | Self::Line { .. } | Self::NoReply { .. } => Category::System,
            Self::Version { .. } | Self::Unknown { .. } | Self::OtherModel { .. } => {
                Category::Refused
            }
            Self::Refused(refusal) => match refusal {
                // Not the strip is bad, but the device.
                Refusal::SelfTest { .. } | Refusal::HybridSelfTest { .. } | Refusal::Device => {
                    Category::Damaged
                }
                // It is a hybrid, and no budget was given, or the other way round.
                Refusal::NoNetwork | Refusal::NoHybrid | Refusal::Budget { .. } => Category::Usage,
                Refusal::LostSolution { .. } => Category::Internal,
                _ => Category::Input,
            },
            Self::Implausible { .. } => Category::Damaged,
            Self::Strip { .. } => Category::Input,
            Self::Stopped { .. } => Category::Interrupted,
        }
    }
}
