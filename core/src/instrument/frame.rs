//! Messages in a stream of bytes: COBS between zeros, with a CRC-32C.

use crc::Digest;
use postcard::ser_flavors::Flavor;

use crate::checksum::CRC_32C;

/// What separates frames; it never occurs inside one.
const DELIMITER: u8 = 0;

/// Bytes of the checksum at the end of a message.
const CHECKSUM_LEN: usize = 4;

/// The code of a group of 254 bytes that no zero follows.
const FULL_GROUP: u8 = 255;

/// The most bytes that a message of `message` bytes takes on the wire, delimiters and checksum
/// included.
///
/// # Example
/// ```
/// use landauer_core::instrument::frame::frame_len;
/// assert_eq!(frame_len(200), 2 + 200 + 4 + 1);
/// ```
#[must_use]
pub const fn frame_len(message: usize) -> usize {
    let stuffed = message.saturating_add(CHECKSUM_LEN);
    // One code for every 254 bytes begun, and one more where they are exactly full.
    stuffed.saturating_add(stuffed / 254 + 1).saturating_add(2)
}

/// Bytes that a [`Receiver`] must hold for messages of up to `message` bytes.
#[must_use]
pub const fn receiver_len(message: usize) -> usize {
    message.saturating_add(CHECKSUM_LEN)
}

/// A message does not fit into the buffer that was given for its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// Bytes of the buffer.
    pub room: usize,
}

impl core::fmt::Display for TooLong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "the message does not fit into a buffer of {} bytes",
            self.room
        )
    }
}

impl core::error::Error for TooLong {}

/// Why a frame is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum FrameFault {
    /// It ends inside a group of bytes, or before its checksum: something is lost.
    Cut,
    /// The checksum does not match.
    Checksum,
    /// It is longer than the receiver's buffer.
    Oversized {
        /// The longest message that is received, in bytes.
        limit: u32,
    },
    /// It is whole, but no message of this protocol.
    Malformed,
}

impl core::fmt::Display for FrameFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Cut => f.write_str("a frame was cut short"),
            Self::Checksum => f.write_str("a frame was damaged: its checksum does not match"),
            Self::Oversized { limit } => {
                write!(
                    f,
                    "a frame was longer than the {limit} bytes that are received"
                )
            }
            Self::Malformed => f.write_str("a frame holds no message of this protocol"),
        }
    }
}

impl core::error::Error for FrameFault {}

/// Writes one frame into a buffer, byte by byte; a sink of postcard's.
pub(super) struct FrameWriter<'b> {
    buffer: &'b mut [u8],
    /// Where the code of the current group stands.
    code_at: usize,
    next: usize,
    /// The current group's code so far.
    code: u8,
    digest: Digest<'static, u32>,
}

impl<'b> FrameWriter<'b> {
    pub(super) fn new(buffer: &'b mut [u8]) -> Result<Self, TooLong> {
        let room = buffer.len();
        *buffer.first_mut().ok_or(TooLong { room })? = DELIMITER;
        Ok(Self {
            buffer,
            code_at: 1,
            next: 2,
            code: 1,
            digest: CRC_32C.digest(),
        })
    }

    /// Adds one byte of the message. Once in flash: serde would write it behind every field.
    #[inline(never)]
    pub(super) fn push(&mut self, byte: u8) -> Result<(), TooLong> {
        self.digest.update(&[byte]);
        self.stuff(byte)
    }

    /// Adds the checksum and gives the length of the frame.
    pub(super) fn finish(mut self) -> Result<usize, TooLong> {
        let checksum = self.digest.clone().finalize();
        for byte in checksum.to_le_bytes() {
            self.stuff(byte)?;
        }
        self.put(self.code_at, self.code)?;
        self.put(self.next, DELIMITER)?;
        Ok(self.next.saturating_add(1))
    }

    fn stuff(&mut self, byte: u8) -> Result<(), TooLong> {
        if byte != DELIMITER {
            self.put(self.next, byte)?;
            self.next = self.next.saturating_add(1);
            self.code = self.code.saturating_add(1);
        }
        if byte == DELIMITER || self.code == FULL_GROUP {
            self.put(self.code_at, self.code)?;
            self.code_at = self.next;
            self.next = self.next.saturating_add(1);
            self.code = 1;
        }
        Ok(())
    }

    fn put(&mut self, place: usize, byte: u8) -> Result<(), TooLong> {
        let room = self.buffer.len();
        *self.buffer.get_mut(place).ok_or(TooLong { room })? = byte;
        Ok(())
    }
}

impl Flavor for &mut FrameWriter<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        let pushed = self.push(byte);
        pushed.map_err(|TooLong { .. }| postcard::Error::SerializeBufferFull)
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Finds messages in a stream of bytes, in a buffer that the caller lends
/// ([`receiver_len`]).
///
/// Whatever comes, the first whole frame behind a zero byte is found.
#[derive(Debug)]
pub struct Receiver<'b> {
    buffer: &'b mut [u8],
    /// Bytes of the message so far.
    length: usize,
    /// Bytes that are still to come in the current group.
    left: u8,
    /// Does a zero follow the current group, if the frame goes on?
    zero_follows: bool,
    /// Bytes on the wire since the last delimiter: none, some, or more than there is room for.
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Inside,
    Oversized,
}

impl<'b> Receiver<'b> {
    /// A receiver that has seen nothing.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            buffer,
            length: 0,
            left: 0,
            zero_follows: false,
            state: State::Between,
        }
    }

    /// Takes one byte of the stream; at the end of a frame gives its message, without the checksum,
    /// or what is wrong with it.
    pub fn push(&mut self, byte: u8) -> Option<Result<&[u8], FrameFault>> {
        if byte == DELIMITER {
            return self.end();
        }
        if self.state == State::Oversized {
            return None;
        }
        self.state = State::Inside;
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            self.store(byte);
        } else {
            if self.zero_follows {
                self.store(0);
            }
            // A code is at least 1, since 0 is the delimiter.
            self.left = byte.saturating_sub(1);
            self.zero_follows = byte != FULL_GROUP;
        }
        None
    }

    /// Forgets what has come of an unfinished frame.
    pub const fn reset(&mut self) {
        self.length = 0;
        self.left = 0;
        self.zero_follows = false;
        self.state = State::Between;
    }

    fn store(&mut self, byte: u8) {
        match self.buffer.get_mut(self.length) {
            Some(place) => {
                *place = byte;
                self.length = self.length.saturating_add(1);
            }
            None => self.state = State::Oversized,
        }
    }

    fn end(&mut self) -> Option<Result<&[u8], FrameFault>> {
        let (state, length, left) = (self.state, self.length, self.left);
        self.reset();
        match state {
            // Two delimiters side by side.
            State::Between => None,
            State::Oversized => {
                let limit = self.buffer.len().saturating_sub(CHECKSUM_LEN);
                let limit = u32::try_from(limit).unwrap_or(u32::MAX);
                Some(Err(FrameFault::Oversized { limit }))
            }
            State::Inside if left > 0 => Some(Err(FrameFault::Cut)),
            State::Inside => Some(self.message(length)),
        }
    }

    fn message(&self, length: usize) -> Result<&[u8], FrameFault> {
        let whole = self.buffer.get(..length).ok_or(FrameFault::Cut)?;
        let (message, checksum) = whole
            .split_last_chunk::<CHECKSUM_LEN>()
            .ok_or(FrameFault::Cut)?;
        if CRC_32C.checksum(message) == u32::from_le_bytes(*checksum) {
            Ok(message)
        } else {
            Err(FrameFault::Checksum)
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    use super::*;

    fn frame(message: &[u8]) -> Vec<u8> {
        let mut buffer = vec![0xAA; frame_len(message.len())];
        let mut writer = FrameWriter::new(&mut buffer).unwrap();
        for &byte in message {
            writer.push(byte).unwrap();
        }
        let length = writer.finish().unwrap();
        buffer.truncate(length);
        buffer
    }

    fn receive(buffer: &mut [u8], stream: &[u8]) -> Vec<Result<Vec<u8>, FrameFault>> {
        let mut receiver = Receiver::new(buffer);
        let found = stream.iter().filter_map(|&byte| {
            let found = receiver.push(byte)?;
            Some(found.map(<[u8]>::to_vec))
        });
        found.collect()
    }

    #[test]
    fn a_frame_is_what_the_formula_says() {
        // CRC-32C of "123456789" is the polynomial's check value, E3069283.
        let expected = [&[0, 14][..], b"123456789", &[0x83, 0x92, 0x06, 0xE3, 0]];
        assert_eq!(frame(b"123456789"), expected.concat());
        // Zeros: each ends a group.
        let found = frame(&[0, 0, 7]);
        assert_eq!(found[..5], [0, 1, 1, 6, 7]);
    }

    #[test]
    fn full_groups_have_no_zero_behind_them() {
        for length in [249, 250, 251, 253, 254, 255, 504, 505, 508, 509] {
            let message = vec![1; length];
            let found = frame(&message);
            assert!(found.len() <= frame_len(length), "{length}");
            let mut buffer = vec![0; receiver_len(length)];
            assert_eq!(receive(&mut buffer, &found), [Ok(message)], "{length}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said_and_skipped() {
        let mut buffer = [0; receiver_len(20)];
        let stream = [frame(&[5; 21]), frame(&[5; 20])].concat();
        let oversized = Err(FrameFault::Oversized { limit: 20 });
        assert_eq!(receive(&mut buffer, &stream), [oversized, Ok(vec![5; 20])]);
        for room in 0..12 {
            let mut buffer = vec![0; room];
            let written = FrameWriter::new(&mut buffer).and_then(|mut writer| {
                for byte in *b"hello" {
                    writer.push(byte)?;
                }
                writer.finish()
            });
            assert_eq!(written, Err(TooLong { room }));
        }
    }

    #[test]
    fn short_frames_are_cut() {
        let mut buffer = [0; 32];
        for body in [&[2][..], &[3, 1], &[1, 1], &[4, 1, 2, 3]] {
            let stream = [&[0][..], body, &[0]].concat();
            assert_eq!(receive(&mut buffer, &stream), [Err(FrameFault::Cut)]);
        }
        assert_eq!(receive(&mut buffer, &[0; 5]), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn every_message_comes_back(
            // Zeros and runs without any are both common.
            message in prop::collection::vec(prop_oneof![Just(0_u8), any::<u8>(), Just(9)], 0..1200)
        ) {
            let found = frame(&message);
            prop_assert!(found.len() <= frame_len(message.len()));
            let inside = &found[1..found.len() - 1];
            prop_assert!(found[0] == 0 && found.ends_with(&[0]) && !inside.contains(&0));
            let mut buffer = vec![0; receiver_len(message.len())];
            prop_assert_eq!(receive(&mut buffer, &found), [Ok(message)]);
        }

        #[test]
        fn a_frame_is_found_behind_any_garbage(
            garbage in prop::collection::vec(any::<u8>(), 0..600),
            message in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let stream = [garbage, frame(&message)].concat();
            let mut buffer = [0; receiver_len(100)];
            let found = receive(&mut buffer, &stream);
            prop_assert_eq!(found.last(), Some(&Ok(message)));
            // Garbage has no checksum, or it is one in 2^32.
            prop_assert!(found.iter().rev().skip(1).all(Result::is_err));
        }

        #[test]
        fn no_cut_and_no_single_wrong_byte_goes_unnoticed(
            message in prop::collection::vec(any::<u8>(), 0..300),
            place in any::<prop::sample::Index>(),
            flip in 1..=255_u8,
        ) {
            let sound = frame(&message);
            let mut buffer = [0; receiver_len(300)];
            let place = 1 + place.index(sound.len() - 2);
            let mut damaged = sound.clone();
            damaged[place] ^= flip;
            let found = receive(&mut buffer, &damaged);
            prop_assert!(!found.is_empty() && found.iter().all(Result::is_err), "{found:?}");
            let mut cut = sound;
            cut.remove(place);
            let found = receive(&mut buffer, &cut);
            prop_assert!(found.iter().all(Result::is_err), "{found:?}");
        }
    }
}
