//! What the reflection recursion costs on the device, in bytes and instructions.
//!
//! Meant for QEMU with `-icount shift=0`, where one instruction takes one nanosecond and the SysTick
//! timer, at 25 MHz, counts one for every 40 of them; 40 repetitions therefore give instructions.
//! Nothing here formats or can panic, so that the linked program shows what the solver brings in.

#![no_std]
#![no_main]

use cortex_m::peripheral::{Peripherals, SYST, syst::SystClkSource};
use cortex_m_rt::entry;
use firmware_example::text::{print, print_decimal};
use landauer_core::transport::{
    FixedPointReflection, Lead, Reflection, fixed_point_workspace_len, reflection_workspace_len,
};
use landauer_core::{Concentration, DisorderModel, Ensemble};

/// Sites along and across.
const SIZE: usize = 40;
/// Impurities of the strip that is measured: a concentration of 0.10.
const IMPURITIES: usize = 160;
const REPETITIONS: u32 = 40;

#[entry]
fn main() -> ! {
    if let Some(mut board) = Peripherals::take() {
        board.SYST.set_clock_source(SystClkSource::Core);
        board.SYST.set_reload(0x00ff_ffff);
        board.SYST.enable_counter();
        measure();
    }
    firmware_example::exit()
}

fn measure() {
    let onsite = strip();
    let mut workspace = [0.0_f32; reflection_workspace_len(SIZE)];
    let mut result = None;
    let instructions = count(|| result = single(&onsite, &mut workspace));
    number(
        "recursion_f32_workspace_bytes",
        size_of_val(&workspace) as u32,
    );
    number("recursion_f32_n10_instructions", instructions);
    number(
        "recursion_f32_transmission_bits",
        result.map_or(0, f32::to_bits),
    );

    let mut workspace = [0_i32; fixed_point_workspace_len(SIZE)];
    let instructions = count(|| result = fixed_point(&onsite, &mut workspace));
    number(
        "recursion_int16_workspace_bytes",
        size_of_val(&workspace) as u32,
    );
    number("recursion_int16_n10_instructions", instructions);
    number(
        "recursion_int16_transmission_bits",
        result.map_or(0, f32::to_bits),
    );
}

/// The first sample of model II that has as many impurities as it takes.
fn strip() -> [f32; SIZE * SIZE] {
    let mut onsite = [0.0; SIZE * SIZE];
    let concentration = IMPURITIES as f64 / (SIZE * SIZE) as f64;
    let Ok(ensemble) = Ensemble::new(DisorderModel::II, Concentration::Fixed(concentration), 1)
    else {
        return onsite;
    };
    for index in 0.. {
        ensemble.sample(index).fill_onsite(&mut onsite);
        if onsite.iter().filter(|&&energy| energy != 0.0).count() == IMPURITIES {
            break;
        }
    }
    onsite
}

/// T at E = 0 in `f32`.
#[inline(never)]
fn single(onsite: &[f32], workspace: &mut [f32]) -> Option<f32> {
    let mut recursion = Reflection::new(Lead::new(SIZE, 0.0).ok()?, workspace).ok()?;
    for slice in onsite.chunks_exact(SIZE) {
        recursion.push_slice(slice).ok()?;
    }
    recursion.transmission().ok()
}

/// T at E = 0 in 16-bit integers.
#[inline(never)]
fn fixed_point(onsite: &[f32], workspace: &mut [i32]) -> Option<f32> {
    let mut recursion = FixedPointReflection::new(Lead::new(SIZE, 0.0).ok()?, workspace).ok()?;
    for slice in onsite.chunks_exact(SIZE) {
        recursion.push_slice(slice).ok()?;
    }
    recursion.transmission().ok()
}

/// Instructions of one call of `work`.
fn count(mut work: impl FnMut()) -> u32 {
    let mut sum = 0_u32;
    for _ in 0..REPETITIONS {
        // The counter counts down, through 2^24 values.
        let before = SYST::get_current();
        work();
        sum = sum.wrapping_add(before.wrapping_sub(SYST::get_current()) & 0x00ff_ffff);
    }
    sum
}

/// Prints `name: value`.
fn number(name: &str, value: u32) {
    print(name.as_bytes());
    print(b": ");
    print_decimal(value);
    print(b"\n");
}
