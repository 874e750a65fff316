//! All that depends on the board, beside `memory.x`: here QEMU's mps2-an386 (Cortex-M4F) and
//! mps2-an500 (Cortex-M7).
//!
//! Another board needs the same four things: a [`name`], [`Uart::read`] and [`Uart::write`] of its
//! serial line, and a [`Clock`] that counts. `firmware-example/README.md` says how, for some.

use core::ptr::{read_volatile, write_volatile};

use cortex_m::interrupt::{self, InterruptNumber};
use cortex_m::peripheral::{CPUID, NVIC};
use landauer_core::instrument::{Clock, CostUnit};

/// What the host is told: the machine, by its processor's part number.
#[must_use]
pub fn name() -> &'static str {
    // SAFETY: CPUID is there on every Cortex-M, can only be read, and reading it changes nothing.
    let processor = unsafe { (*CPUID::PTR).base.read() };
    match processor >> 4 & 0xFFF {
        0xC24 => "QEMU mps2-an386 (Cortex-M4F)",
        0xC27 => "QEMU mps2-an500 (Cortex-M7)",
        _ => "QEMU mps2",
    }
}

/// A CMSDK APB UART (Arm DDI 0479, 4.3), the boards' first.
const UART: usize = 0x4000_4000;
const DATA: usize = UART;
const STATE: usize = UART + 0x04;
const CONTROL: usize = UART + 0x08;
const INTERRUPT: usize = UART + 0x0C;
const BAUD_DIVIDER: usize = UART + 0x10;
const TRANSMITTER_FULL: u32 = 1 << 0;
const RECEIVER_FULL: u32 = 1 << 1;
const RECEIVED: u32 = 1 << 1;
/// Transmitter and receiver, and the receiver's interrupt.
const ENABLE: u32 = 1 << 0 | 1 << 1 | 1 << 3;
/// 25 MHz / 217 = 115,200 baud; QEMU does not care.
const DIVIDER: u32 = 217;

/// A CMSDK APB timer (Arm DDI 0479, 4.4), the boards' first: it counts down at 25 MHz.
const TIMER: usize = 0x4000_0000;
const TIMER_CONTROL: usize = TIMER;
const TIMER_VALUE: usize = TIMER + 0x04;
const TIMER_RELOAD: usize = TIMER + 0x08;
/// Nanoseconds of a tick.
const TICK: u64 = 40;

fn read(register: usize) -> u32 {
    // SAFETY: every address is one of the registers above, which exist on these boards and are read
    // in words; nothing else in this program uses them.
    unsafe { read_volatile(register as *const u32) }
}

fn write(register: usize, value: u32) {
    // SAFETY: as in `read`; no value of these registers lets the hardware touch memory.
    unsafe { write_volatile(register as *mut u32, value) }
}

/// The receiver's interrupt, which wakes the processor and is never taken.
#[derive(Clone, Copy)]
struct ReceiverInterrupt;

// SAFETY: the number is the one that the boards' documentation gives, and it never changes.
unsafe impl InterruptNumber for ReceiverInterrupt {
    fn number(self) -> u16 {
        0
    }
}

/// The serial line to the host.
#[derive(Debug)]
pub struct Uart(());

impl Uart {
    /// Sets the line up: 115,200 baud, 8 bits, no parity, 1 stop bit.
    #[must_use]
    pub fn new() -> Self {
        write(BAUD_DIVIDER, DIVIDER);
        write(CONTROL, ENABLE);
        // Masked interrupts wake a waiting processor all the same, and nothing has to handle them.
        interrupt::disable();
        // SAFETY: interrupts are masked, so that no critical section can be broken into.
        unsafe { NVIC::unmask(ReceiverInterrupt) };
        Self(())
    }

    /// The next byte; the processor sleeps until it is there.
    pub fn read(&mut self) -> u8 {
        while read(STATE) & RECEIVER_FULL == 0 {
            cortex_m::asm::wfi();
        }
        let [byte, ..] = read(DATA).to_le_bytes();
        // A byte that comes between these lines is seen in STATE.
        write(INTERRUPT, RECEIVED);
        NVIC::unpend(ReceiverInterrupt);
        byte
    }

    /// Sends bytes, and comes back when the last is on its way.
    pub fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            while read(STATE) & TRANSMITTER_FULL != 0 {}
            write(DATA, byte.into());
        }
    }
}

impl Default for Uart {
    fn default() -> Self {
        Self::new()
    }
}

/// The boards' timer. Under `-icount shift=0` QEMU's clock goes on by a nanosecond an instruction,
/// and a tick is [`TICK`] instructions; without it, ticks are as long as QEMU's host finds them.
#[derive(Debug)]
pub struct Timer {
    unit: CostUnit,
    /// Ticks of earlier rounds of the timer, and the last value seen.
    rounds: u64,
    last: u32,
}

impl Timer {
    /// Starts the timer and finds out what it counts.
    #[must_use]
    pub fn new() -> Self {
        write(TIMER_RELOAD, u32::MAX);
        write(TIMER_VALUE, u32::MAX);
        write(TIMER_CONTROL, 1);
        let mut timer = Self {
            unit: CostUnit::Nanoseconds,
            rounds: 0,
            last: 0,
        };
        // `delay` takes a known number of instructions. Real time would have to hit each of these
        // to a tick, though QEMU takes longer the first time it translates a loop.
        let counts_instructions = [1_000, 2_000, 5_000].into_iter().all(|ticks: u32| {
            let begin = timer.ticks();
            delay(ticks * 20);
            let found = timer.ticks().wrapping_sub(begin);
            found.abs_diff(ticks.into()) <= 1
        });
        if counts_instructions {
            timer.unit = CostUnit::Instructions;
        }
        timer
    }

    /// Ticks since it was started.
    fn ticks(&mut self) -> u64 {
        let now = u32::MAX - read(TIMER_VALUE);
        if now < self.last {
            self.rounds = self.rounds.wrapping_add(1 << 32);
        }
        self.last = now;
        self.rounds.wrapping_add(now.into())
    }
}

/// Twice as many instructions as `rounds`, to one or two.
#[inline(never)]
fn delay(rounds: u32) {
    // SAFETY: counts a register of its own down, and touches nothing else but the flags.
    unsafe {
        core::arch::asm!(
            "2: subs {0}, #1",
            "bne 2b",
            inout(reg) rounds => _,
            options(nomem, nostack)
        );
    }
}

impl Default for Timer {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for Timer {
    fn unit(&self) -> CostUnit {
        self.unit
    }

    fn now(&mut self) -> u64 {
        self.ticks().wrapping_mul(TICK)
    }
}
