//! Whatever comes over the line.

use std::sync::OnceLock;

use landauer_core::hybrid::{HybridModel, hybrid_workspace_len};
use landauer_core::inference::Model;
use landauer_core::instrument::frame::{Receiver, receiver_len};
use landauer_core::instrument::{
    Buffers, Clock, CostUnit, Instrument, PROTOCOL_VERSION, REPLY_FRAME_LEN, Reply, Request,
    Service, Workspaces, read_reply, read_request, request_frame_len, write_reply, write_request,
};
use landauer_core::transport::reflection_workspace_len;

use crate::hybrid::small_hybrid;
use crate::networks;

/// Sites that the instrument has room for.
const SITES: usize = 256;

/// The widest strip that is solved.
const WIDEST: usize = 16;

/// How much more than all modes rounding may transmit, or less than none.
const ROUNDING: f32 = 0.01;

/// A clock that ticks.
struct Ticks(u64);

impl Clock for Ticks {
    fn unit(&self) -> CostUnit {
        CostUnit::Cycles
    }

    fn now(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1 << 62);
        self.0
    }
}

/// Reads the bytes as a script of what comes over a line. Its first byte chooses a model; then come
/// pieces: what is done with it (modulo 4), how long it is, and the piece itself.
///
/// - 0: its bytes as they are.
/// - 1: as a message in a sound frame.
/// - 2: as the body of a request in a sound frame with a sound header: it is answered.
/// - 3: the same with one bit of the frame turned over, named by the first two bytes of the piece.
///
/// # Panics
/// If an answer is missing or is none.
pub fn instrument(script: &[u8]) {
    let Some((&choice, mut script)) = script.split_first() else {
        return;
    };
    let models = models();
    let file = &models[usize::from(choice) % models.len()];
    let mut room = Room::for_model(file);
    let mut line = Line::new(file, &mut room);
    let mut number = 0_u16;
    while let [kind, length, rest @ ..] = script {
        let (piece, behind) = rest.split_at(usize::from(*length).min(rest.len()));
        script = behind;
        number = number.wrapping_add(0x0101);
        read(piece);
        let [low, high] = number.to_le_bytes();
        let request = [&[PROTOCOL_VERSION, low, high], piece].concat();
        match kind % 4 {
            0 => drop(line.send(piece)),
            1 => drop(line.send(&frame(piece))),
            2 => {
                read(&request);
                let replies = line.send(&frame(&request));
                let (answered, reply) = replies.last().expect("every request is answered");
                assert_eq!(*answered, number, "{reply:?}");
                plausible(&request, reply);
            }
            _ => {
                let mut frame = frame(&request);
                let place = piece
                    .iter()
                    .take(2)
                    .fold(0, |sum, &byte| 256 * sum + usize::from(byte));
                let place = place % (8 * frame.len());
                frame[place / 8] ^= 1 << (place % 8);
                drop(line.send(&frame));
                // The next frame is found again, whatever became of this one.
                let replies = line.send(&frame_of(number));
                let (answered, reply) = replies.last().expect("every request is answered");
                assert!(
                    *answered == number && matches!(reply, Reply::Counters(_)),
                    "{reply:?}"
                );
            }
        }
    }
}

/// A sound question.
fn frame_of(number: u16) -> Vec<u8> {
    let mut buffer = [0; 64];
    let length = write_request(number, &Request::Counters, &mut buffer).expect("there is room");
    buffer[..length].to_vec()
}

/// What an instrument works in.
struct Room {
    onsite: Vec<f32>,
    solver: Vec<f32>,
    scratch: Vec<i8>,
    request: Vec<u8>,
    reply: Vec<u8>,
}

impl Room {
    fn for_model(file: &[u8]) -> Self {
        let scratch = if HybridModel::is_one(file) {
            0
        } else {
            Model::parse(file).expect("it is sound").scratch_len()
        };
        let solver = reflection_workspace_len(WIDEST).max(hybrid_workspace_len(WIDEST));
        Self {
            onsite: vec![0.0; SITES],
            solver: vec![0.0; solver],
            scratch: vec![0; scratch],
            request: vec![0; Buffers::request_len(SITES)],
            reply: vec![0; REPLY_FRAME_LEN],
        }
    }
}

/// An instrument, and what it answers.
struct Line<'a> {
    instrument: Instrument<'a>,
    clock: Ticks,
}

impl<'a> Line<'a> {
    fn new(file: &'a [u8], room: &'a mut Room) -> Self {
        let Room {
            onsite,
            solver,
            scratch,
            request,
            reply,
        } = room;
        let workspaces = Workspaces {
            onsite,
            solver,
            scratch,
        };
        let service = Service::new(file, "fuzz", workspaces).expect("there is room");
        Self {
            instrument: Instrument::new(service, Buffers { request, reply }),
            clock: Ticks(0),
        }
    }

    /// Sends bytes; every answer is a frame with one reply.
    fn send(&mut self, bytes: &[u8]) -> Vec<(u16, Reply)> {
        let mut replies = Vec::new();
        for &byte in bytes {
            if let Some(frame) = self.instrument.push(byte, &mut self.clock) {
                replies.push(reply_of(frame));
            }
        }
        replies
    }
}

fn reply_of(frame: &[u8]) -> (u16, Reply) {
    assert!(frame.len() <= REPLY_FRAME_LEN);
    let mut room = [0; receiver_len(REPLY_FRAME_LEN)];
    let mut receiver = Receiver::new(&mut room);
    let mut replies = Vec::new();
    for &byte in frame {
        if let Some(message) = receiver.push(byte) {
            replies.push(read_reply(message.expect("a frame")).expect("a reply"));
        }
    }
    assert_eq!(replies.len(), 1);
    replies.remove(0)
}

/// What is solved is a number of modes; a refusal can be read.
fn plausible(request: &[u8], reply: &Reply) {
    match reply {
        Reply::Exact { value, .. } => {
            let Ok((_, Request::Transmission { strip, .. } | Request::Conductance { strip, .. })) =
                read_request(request)
            else {
                panic!("{reply:?} to {request:?}");
            };
            let modes = f32::from(strip.width);
            let possible = (-ROUNDING..=modes + ROUNDING).contains(value);
            assert!(possible, "{value} to {request:?}");
        }
        Reply::Estimate {
            value,
            solved,
            impurities,
            multiply_adds,
            ..
        } => {
            let Ok((_, Request::PredictWithin { strip, budget })) = read_request(request) else {
                panic!("{reply:?} to {request:?}");
            };
            assert!((0.0..=f32::from(strip.width)).contains(value), "{reply:?}");
            assert!(
                *multiply_adds <= budget && solved <= impurities,
                "{reply:?}"
            );
        }
        Reply::Refused(refusal) => assert!(!refusal.to_string().is_empty()),
        Reply::BadFrame { fault, .. } => assert!(!fault.to_string().is_empty()),
        Reply::Prediction { values, .. } => assert!(values.iter().all(|&value| value >= 0)),
        _ => {}
    }
}

/// Either reader on any bytes: what is understood is written so that it is understood again.
fn read(message: &[u8]) {
    let same = |again: String, before: String| assert_eq!(again, before);
    if let Ok((number, request)) = read_request(message) {
        let mut buffer = vec![0; request_frame_len(message.len())];
        let length = write_request(number, &request, &mut buffer).expect("there is room");
        let again = message_of(&buffer[..length]);
        same(
            format!("{:?}", read_request(&again)),
            format!("Ok({:?})", (number, request)),
        );
    }
    if let Ok((number, reply)) = read_reply(message) {
        let mut buffer = [0; REPLY_FRAME_LEN];
        let length = write_reply(number, &reply, &mut buffer).expect("there is room");
        let again = message_of(&buffer[..length]);
        same(
            format!("{:?}", read_reply(&again)),
            format!("Ok({:?})", (number, reply)),
        );
    }
}

fn message_of(frame: &[u8]) -> Vec<u8> {
    let mut room = vec![0; receiver_len(frame.len())];
    let mut receiver = Receiver::new(&mut room);
    let found = frame
        .iter()
        .filter_map(|&byte| Some(receiver.push(byte)?.map(<[u8]>::to_vec)));
    let found: Result<Vec<Vec<u8>>, _> = found.collect();
    found.expect("a frame").remove(0)
}

/// A message in a frame, by another road than the core's.
fn frame(message: &[u8]) -> Vec<u8> {
    let crc = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISCSI).checksum(message);
    let stuffed = [message, &crc.to_le_bytes()].concat();
    let mut frame = vec![0];
    for mut group in stuffed.split(|&byte| byte == 0) {
        while let Some((full, rest)) = group.split_first_chunk::<254>() {
            frame.push(255);
            frame.extend(full);
            group = rest;
        }
        frame.push(u8::try_from(group.len() + 1).expect("less than 255"));
        frame.extend(group);
    }
    frame.push(0);
    frame
}

/// One small model for every kind of disorder, with self-tests, some of which fail.
fn models() -> &'static [Vec<u8>] {
    static MODELS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MODELS.get_or_init(|| {
        let of = |number: u8| {
            let mut networks = (0..).map(networks::random);
            let fits = |network: &networks::Network| {
                network.card.disorder.number() == Some(number) && network.layers.len() == 3
            };
            networks.find(fits).expect("there is one")
        };
        let models = (1..=4).map(|number| {
            let golden = networks::with_golden(of(number), 5, 6, |bytes| {
                vec![0; Model::parse(bytes).expect("it is sound").targets().len()]
            });
            golden.bytes()
        });
        // And a hybrid for G, and one for Ḡ.
        models.chain([2, 3].map(small_hybrid)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_answered() {
        for file in models() {
            let mut room = Room::for_model(file);
            let mut line = Line::new(file, &mut room);
            let replies = line.send(&frame_of(7));
            assert!(
                matches!(replies[..], [(7, Reply::Counters(_))]),
                "{replies:?}"
            );
        }
    }

    #[test]
    fn frames_are_what_the_core_takes_them_for() {
        for length in [0, 1, 200, 249, 250, 251, 254, 504, 508, 600] {
            for byte in [0, 1] {
                let message = vec![byte; length];
                assert_eq!(
                    message_of(&frame(&message)),
                    message,
                    "{length} times {byte}"
                );
            }
        }
    }
}
