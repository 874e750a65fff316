//! An instrument in this process: core's own service behind a TCP port or a pseudo-terminal, with a
//! line between that may lose, damage, double or change what passes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use landauer_core::hybrid::HybridModel;
use landauer_core::inference::Model;
use landauer_core::instrument::frame::Receiver;
use landauer_core::instrument::{
    Buffers, Clock, CostUnit, Instrument, REPLY_FRAME_LEN, Reply, Service, Workspaces, read_reply,
    write_reply,
};
use landauer_core::transport::reflection_workspace_len;

/// What the fake devices are called.
pub const BOARD: &str = "a thread";

/// What every computation of a fake device costs, in cycles.
pub const COST: u64 = 1000;

/// A clock whose every computation takes [`COST`].
#[derive(Debug, Default)]
pub struct Ticks(u64);

impl Clock for Ticks {
    fn unit(&self) -> CostUnit {
        CostUnit::Cycles
    }

    fn now(&mut self) -> u64 {
        // Close to the end, so that it begins anew in the middle of a test.
        self.0 = self.0.wrapping_add(COST);
        self.0.wrapping_sub(10 * COST)
    }
}

/// An instrument with this model, in memory that is never given back.
///
/// # Panics
/// If the bytes are no model.
#[must_use]
pub fn instrument(file: &'static [u8]) -> Instrument<'static> {
    let (sites, solver, scratch) = if HybridModel::is_one(file) {
        let model = HybridModel::parse(file).expect("a hybrid");
        (model.sites(), model.workspace_len(), 0)
    } else {
        let model = Model::parse(file).expect("a model");
        let solver = reflection_workspace_len(model.card().width.into());
        (model.sites(), solver, model.scratch_len())
    };
    let floats = |length| vec![0.0_f32; length].leak();
    let workspaces = Workspaces {
        onsite: floats(sites),
        solver: floats(solver),
        scratch: vec![0; scratch].leak(),
    };
    let buffers = Buffers {
        request: vec![0; Buffers::request_len(sites)].leak(),
        reply: vec![0; REPLY_FRAME_LEN].leak(),
    };
    let service = Service::new(file, BOARD, workspaces).expect("enough memory");
    Instrument::new(service, buffers)
}

/// What happens on the line: to what the host sends, in the pieces in which it arrives, and to the
/// frames that the device answers.
pub trait Tampering: Send + 'static {
    /// Changes what is on its way to the device.
    fn request(&mut self, _bytes: &mut Vec<u8>) {}

    /// What arrives of an answer; `number` counts answers from 0.
    fn reply(&mut self, _number: u64, frame: &[u8]) -> Vec<u8> {
        frame.to_vec()
    }
}

/// A line on which nothing happens.
#[derive(Debug, Clone, Copy)]
pub struct Sound;

impl Tampering for Sound {}

/// A line on which answers are changed by a function.
pub struct Answers<F>(pub F);

impl<F: FnMut(u64, &[u8]) -> Vec<u8> + Send + 'static> Tampering for Answers<F> {
    fn reply(&mut self, number: u64, frame: &[u8]) -> Vec<u8> {
        (self.0)(number, frame)
    }
}

/// A frame with another reply in it, and a sound checksum.
///
/// # Panics
/// If it is no frame of a reply.
pub fn changed(frame: &[u8], change: impl FnOnce(&mut Reply)) -> Vec<u8> {
    let mut room = [0; REPLY_FRAME_LEN];
    let mut receiver = Receiver::new(&mut room);
    let mut found = None;
    for &byte in frame {
        if let Some(message) = receiver.push(byte) {
            found = Some(read_reply(message.expect("a frame")).expect("a reply"));
        }
    }
    let (number, mut reply) = found.expect("a whole frame");
    change(&mut reply);
    let mut buffer = [0; REPLY_FRAME_LEN];
    let length = write_reply(number, &reply, &mut buffer).expect("room for a reply");
    buffer[..length].to_vec()
}

/// Serves one line until it is closed.
fn serve(
    line: &mut (impl Read + Write),
    instrument: &mut Instrument<'_>,
    clock: &mut Ticks,
    (tampering, answered): (&mut impl Tampering, &mut u64),
) {
    let mut room = [0; 4096];
    while let Ok(read @ 1..) = line.read(&mut room) {
        let mut bytes = room[..read].to_vec();
        tampering.request(&mut bytes);
        for byte in bytes {
            if let Some(frame) = instrument.push(byte, clock) {
                let answer = tampering.reply(*answered, frame);
                *answered += 1;
                if line.write_all(&answer).is_err() {
                    return;
                }
            }
        }
    }
}

/// Starts a device behind a TCP port, one client at a time, until this process ends.
///
/// # Panics
/// If there is no port.
#[must_use]
pub fn start(file: &'static [u8], mut tampering: impl Tampering) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    thread::spawn(move || {
        let (mut instrument, mut clock) = (instrument(file), Ticks::default());
        let mut answered = 0;
        for mut stream in listener.incoming().flatten() {
            let line = (&mut tampering, &mut answered);
            serve(&mut stream, &mut instrument, &mut clock, line);
        }
    });
    address
}

/// Starts a device behind a line of any kind, until it is closed.
pub fn start_on(file: &'static [u8], mut line: impl Read + Write + Send + 'static) {
    thread::spawn(move || {
        let mut instrument = instrument(file);
        let line_of_none = (&mut Sound, &mut 0);
        serve(
            &mut line,
            &mut instrument,
            &mut Ticks::default(),
            line_of_none,
        );
    });
}
