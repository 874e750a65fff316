//! How much stack has been used, by painting.

/// How far below the caller the stack is painted, in bytes: room for anything that is measured.
const DEPTH: usize = 8192;

/// What it is painted with.
const PAINT: u32 = 0xa5a5_5a5a;

/// Where the paint lies.
pub struct Painted {
    end: *mut u32,
}

/// Paints what lies below the caller's frame.
#[inline(always)]
pub fn paint() -> Painted {
    let end = cortex_m::register::msp::read() as *mut u32;
    for word in 1..DEPTH / 4 {
        // SAFETY: RAM below the stack pointer, which nothing uses: there are no interrupts.
        unsafe { end.sub(word).write_volatile(PAINT) };
    }
    Painted { end }
}

impl Painted {
    /// Bytes below the frame that [`paint`] was called from that have been written to since.
    #[inline(always)]
    pub fn used(&self) -> u32 {
        let mut unused = DEPTH / 4 - 1;
        // SAFETY: as in `paint`.
        while unused > 0 && unsafe { self.end.sub(unused).read_volatile() } == PAINT {
            unused -= 1;
        }
        4 * unused as u32
    }
}
