//! Counting instructions in QEMU.
//!
//! With `-icount shift=0` an instruction takes one nanosecond, and SysTick at 25 MHz ticks once in
//! 40 of them: what is repeated 40 times takes as many ticks as instructions. QEMU has no model of
//! cycles.

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

/// Instructions in a tick.
const REPETITIONS: u32 = 40;

/// The longest that SysTick counts.
const LONGEST: u32 = 0x00ff_ffff;

/// Counts instructions.
pub struct Counter(SYST);

impl Counter {
    /// Sets the counter up.
    pub fn new(mut syst: SYST) -> Self {
        syst.set_clock_source(SystClkSource::Core);
        syst.set_reload(LONGEST);
        syst.clear_current();
        syst.enable_counter();
        Self(syst)
    }

    /// Instructions of `work`, its call and a loop's three or so included.
    #[inline(never)]
    pub fn instructions(&mut self, mut work: impl FnMut()) -> u32 {
        self.0.clear_current();
        let begun = SYST::get_current();
        for _ in 0..REPETITIONS {
            work();
        }
        begun.wrapping_sub(SYST::get_current()) & LONGEST
    }
}
