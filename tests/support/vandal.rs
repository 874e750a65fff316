//! A client that sends an instrument what it should not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use landauer_core::instrument::frame::Receiver;
use landauer_core::instrument::{Counters, Reply, Request, read_reply, write_request};

/// Sends garbage, then asks for the counters on the same connection.
///
/// # Panics
/// If the instrument does not answer.
#[must_use]
pub fn vandalise(instrument: SocketAddr, garbage: &[u8]) -> Counters {
    let mut line = TcpStream::connect(instrument).expect("somebody listens");
    let mut frame = [0; 64];
    let length = write_request(900, &Request::Counters, &mut frame).expect("room");
    // In another thread, since the instrument answers all the while.
    let mut sender = line.try_clone().expect("a second handle");
    let bytes = [garbage, &frame[..length]].concat();
    let sending = thread::spawn(move || sender.write_all(&bytes));
    let timeout = Some(Duration::from_mins(1));
    line.set_read_timeout(timeout).expect("a timeout");
    let mut room = [0; 512];
    let mut receiver = Receiver::new(&mut room);
    let mut bytes = [0; 512];
    loop {
        let read = line.read(&mut bytes).expect("the instrument goes on");
        for &byte in &bytes[..read] {
            let Some(Ok(message)) = receiver.push(byte) else {
                continue;
            };
            if let Ok((900, Reply::Counters(counters))) = read_reply(message) {
                sending.join().expect("a thread").expect("all was sent");
                return counters;
            }
        }
    }
}

/// Bytes without a rule; `zeros` in a hundred of them are 0.
#[must_use]
pub fn garbage(length: u32, zeros: u32) -> Vec<u8> {
    let mut state = length;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [.., byte, chance] = state.to_le_bytes();
        if u32::from(chance) * 100 < zeros * 256 {
            0
        } else {
            byte | 1
        }
    };
    std::iter::repeat_with(next).take(length as usize).collect()
}
