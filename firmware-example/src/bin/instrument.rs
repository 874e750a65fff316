//! A model and the exact solver on a serial line: `landauer device` talks to it.

#![no_std]
#![no_main]

use cortex_m::singleton;
use cortex_m_rt::entry;
use firmware_example::board::{self, Timer, Uart};
use firmware_example::model::{FILE, SCRATCH_LEN, SITES, SOLVER_LEN};
use landauer_core::instrument::{Buffers, Instrument, REPLY_FRAME_LEN, Service, Workspaces};

#[entry]
fn main() -> ! {
    if let Some(mut instrument) = instrument() {
        let (mut uart, mut timer) = (Uart::new(), Timer::new());
        loop {
            let byte = uart.read();
            if let Some(reply) = instrument.push(byte, &mut timer) {
                uart.write(reply);
            }
        }
    }
    // Not reached: `build.rs` has let this very model pass all checks, and measured it.
    loop {
        cortex_m::asm::wfi();
    }
}

/// The instrument, in memory that is set aside for good.
fn instrument() -> Option<Instrument<'static>> {
    let workspaces = Workspaces {
        onsite: singleton!(: [f32; SITES] = [0.0; SITES])?,
        solver: singleton!(: [f32; SOLVER_LEN] = [0.0; SOLVER_LEN])?,
        scratch: singleton!(: [i8; SCRATCH_LEN] = [0; SCRATCH_LEN])?,
    };
    let buffers = Buffers {
        request: singleton!(: [u8; Buffers::request_len(SITES)] =
            [0; Buffers::request_len(SITES)])?,
        reply: singleton!(: [u8; REPLY_FRAME_LEN] = [0; REPLY_FRAME_LEN])?,
    };
    let service = Service::new(FILE, board::name(), workspaces).ok()?;
    Some(Instrument::new(service, buffers))
}
