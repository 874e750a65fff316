//! The kernels in the DSP instructions of ARMv7E-M (Cortex-M4, M7) and ARMv8-M with DSP.
//!
//! This is the only file with `unsafe` and with assembly. What the loops compute stands in the
//! [module's documentation](super); how:
//!
//! - four sums, four words of weights, four words of inputs and two pointers are all fourteen
//!   registers that there are, which `asm!` cannot give out (r6, r7): the loops are naked functions;
//! - the four words of a group are loaded by one LDM, those of two groups of inputs by another: two
//!   groups, 32 products, are 27 instructions in 8 bits; one group, 32 products, 31 in 4 bits;
//! - the end of the inputs waits on the stack for a register to be free.
//!
//! SMLAD wraps modulo 2³² and sets the Q flag, which nothing reads.
#![allow(
    unsafe_code,
    reason = "the DSP instructions cannot be reached otherwise in stable Rust"
)]

use core::arch::{asm, naked_asm};

use super::ready::{Ready, WORDS_4, WORDS_8, Word, Words};
use super::{Kernels, Portable};
use crate::inference::weights::BLOCK_ROWS;

/// The DSP instructions of a Cortex-M.
#[derive(Debug, Clone, Copy)]
pub struct Dsp;

impl Kernels for Dsp {
    #[inline]
    fn four_rows(block: &[u8], inputs: &Ready<'_>) -> [i32; BLOCK_ROWS] {
        // The loader has seen that blocks are complete; a file may lie anywhere in memory, though,
        // and LDM reads whole words only.
        let complete = block.len() >= inputs.block_bytes();
        if !complete || !block.as_ptr().cast::<u32>().is_aligned() {
            return Portable::four_rows(block, inputs);
        }
        let weights = block.as_ptr();
        let start = inputs.surplus().wrapping_neg();
        let mut sums = [start; BLOCK_ROWS];
        // SAFETY, of all four: the block has GROUP_BYTES for every group of inputs and is aligned.
        // `Ready` has made the words, aligned to 4 bytes; as many as there are groups, or with places
        // that are multiples of GROUP_BYTES below those of the block. `sums` is aligned and has room
        // for four.
        match inputs.words() {
            Words::All8(words) => unsafe { all_8(weights, words.as_ptr(), words.len(), &mut sums) },
            Words::Some8(words) => unsafe {
                some_8(weights, words.as_ptr(), words.as_ptr_range().end, &mut sums);
            },
            Words::All4(words) => unsafe {
                all_4(weights, words.as_ptr(), words.as_ptr_range().end, &mut sums);
            },
            Words::Some4(words) => unsafe {
                some_4(weights, words.as_ptr(), words.as_ptr_range().end, &mut sums);
            },
        }
        match inputs.words() {
            Words::All8(_) | Words::Some8(_) => sums,
            Words::All4(_) | Words::Some4(_) => sums.map(|sum| sum >> 4),
        }
    }

    #[inline]
    fn dot(weights: &[u8], inputs: &[i8]) -> i32 {
        let (weight_words, last_weights) = weights.as_chunks::<4>();
        let (input_words, last_inputs) = inputs.as_chunks::<4>();
        let mut sum = Portable::dot(last_weights, last_inputs);
        let both = weight_words.iter().zip(input_words);
        for (&weights, &inputs) in both {
            let weights = u32::from_le_bytes(weights);
            let inputs = u32::from_le_bytes(inputs.map(i8::cast_unsigned));
            sum = smlad(sxtb16(weights), sxtb16(inputs), sum);
            sum = smlad(sxtb16_upper(weights), sxtb16_upper(inputs), sum);
        }
        sum
    }

    #[inline]
    fn round(acc: i32, multiplier: i32) -> i32 {
        let rounded;
        // SAFETY: SMMULR has no effect but its result.
        unsafe {
            asm!("smmulr {}, {}, {}", out(reg) rounded, in(reg) acc, in(reg) multiplier,
                options(pure, nomem, nostack, preserves_flags));
        }
        rounded
    }
}

/// sum + the products of the lower and of the upper halfwords.
#[inline]
fn smlad(a: u32, b: u32, sum: i32) -> i32 {
    let result;
    // SAFETY: SMLAD has no effect but its result and the Q flag.
    unsafe {
        asm!("smlad {}, {}, {}, {}", out(reg) result, in(reg) a, in(reg) b, in(reg) sum,
            options(pure, nomem, nostack));
    }
    result
}

/// Bytes 0 and 2 with their signs as halfwords.
#[inline]
fn sxtb16(word: u32) -> u32 {
    let result;
    // SAFETY: SXTB16 has no effect but its result.
    unsafe {
        asm!("sxtb16 {}, {}", out(reg) result, in(reg) word,
            options(pure, nomem, nostack, preserves_flags));
    }
    result
}

/// Bytes 1 and 3 with their signs as halfwords.
#[inline]
fn sxtb16_upper(word: u32) -> u32 {
    let result;
    // SAFETY: SXTB16 has no effect but its result.
    unsafe {
        asm!("sxtb16 {}, {}, ror #8", out(reg) result, in(reg) word,
            options(pure, nomem, nostack, preserves_flags));
    }
    result
}

/// One group of 8-bit weights in r6 to r9, of inputs in the two registers, added to r2 to r5.
macro_rules! group_8 {
    ($even:literal, $odd:literal) => {
        concat!(
            "smlad r2, r6, ", $even, ", r2\n",
            "sxtb16 r6, r6, ror #8\n",
            "smlad r2, r6, ", $odd, ", r2\n",
            "smlad r3, r7, ", $even, ", r3\n",
            "sxtb16 r7, r7, ror #8\n",
            "smlad r3, r7, ", $odd, ", r3\n",
            "smlad r4, r8, ", $even, ", r4\n",
            "sxtb16 r8, r8, ror #8\n",
            "smlad r4, r8, ", $odd, ", r4\n",
            "smlad r5, r9, ", $even, ", r5\n",
            "sxtb16 r9, r9, ror #8\n",
            "smlad r5, r9, ", $odd, ", r5\n",
        )
    };
}

/// Two groups of 8-bit weights at r0, of inputs at r1.
macro_rules! two_groups_8 {
    () => {
        concat!(
            "ldm r1!, {{r10, r11, r12, lr}}\n",
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_8!("r10", "r11"),
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_8!("r12", "lr"),
        )
    };
}

/// One group of 4-bit weights in r6 to r9, of inputs at r1, added to r2 to r5.
macro_rules! group_4 {
    () => {
        concat!(
            "ldrd r10, r11, [r1], #8\n",
            "smlad r2, r6, r10, r2\n",
            "and r12, r6, #0x000f000f\n",
            "smlad r2, r12, r11, r2\n",
            "sxtb16 r6, r6, ror #8\n",
            "smlad r3, r7, r10, r3\n",
            "and r12, r7, #0x000f000f\n",
            "smlad r3, r12, r11, r3\n",
            "sxtb16 r7, r7, ror #8\n",
            "smlad r4, r8, r10, r4\n",
            "and r12, r8, #0x000f000f\n",
            "smlad r4, r12, r11, r4\n",
            "sxtb16 r8, r8, ror #8\n",
            "smlad r5, r9, r10, r5\n",
            "and r12, r9, #0x000f000f\n",
            "smlad r5, r12, r11, r5\n",
            "sxtb16 r9, r9, ror #8\n",
            "ldrd r10, r11, [r1], #8\n",
            "smlad r2, r6, r10, r2\n",
            "and r6, r6, #0x000f000f\n",
            "smlad r2, r6, r11, r2\n",
            "smlad r3, r7, r10, r3\n",
            "and r7, r7, #0x000f000f\n",
            "smlad r3, r7, r11, r3\n",
            "smlad r4, r8, r10, r4\n",
            "and r8, r8, #0x000f000f\n",
            "smlad r4, r8, r11, r4\n",
            "smlad r5, r9, r10, r5\n",
            "and r9, r9, #0x000f000f\n",
            "smlad r5, r9, r11, r5\n",
        )
    };
}

/// Adds the products of so many groups of 8-bit weights.
///
/// # Safety
/// `weights` is aligned to 4 and has 16·`groups` bytes; `inputs` is aligned to 4 and has `groups`
/// elements.
#[unsafe(naked)]
unsafe extern "C" fn all_8(
    weights: *const u8,
    inputs: *const [Word; WORDS_8],
    groups: usize,
    sums: &mut [i32; BLOCK_ROWS],
) {
    naked_asm!(
        "push {{r3-r11, lr}}",
        "sub sp, #16",
        // Where the inputs of eight times two groups end, and those of two groups.
        "lsrs r4, r2, #1",
        "add r5, r1, r4, lsl #4",
        "lsrs r4, r4, #3",
        "add r4, r1, r4, lsl #7",
        "strd r4, r5, [sp]",
        "str r2, [sp, #8]",
        "ldm r3, {{r2, r3, r4, r5}}",
        "ldr r6, [sp]",
        "cmp r1, r6",
        "beq 3f",
        "2:",
        two_groups_8!(),
        two_groups_8!(),
        two_groups_8!(),
        two_groups_8!(),
        two_groups_8!(),
        two_groups_8!(),
        two_groups_8!(),
        two_groups_8!(),
        "ldr r6, [sp]",
        "cmp r1, r6",
        "bne 2b",
        "3:",
        "ldr r6, [sp, #4]",
        "cmp r1, r6",
        "beq 5f",
        "4:",
        two_groups_8!(),
        "ldr r6, [sp, #4]",
        "cmp r1, r6",
        "bne 4b",
        "5:",
        "ldr r6, [sp, #8]",
        "lsls r6, r6, #31",
        "beq 6f",
        "ldrd r10, r11, [r1]",
        "ldm r0, {{r6, r7, r8, r9}}",
        group_8!("r10", "r11"),
        "6:",
        "ldr r6, [sp, #16]",
        "stm r6, {{r2, r3, r4, r5}}",
        "add sp, #16",
        "pop {{r3-r11, pc}}",
    );
}

/// Adds the products of those groups of 8-bit weights that have their places before their inputs.
///
/// # Safety
/// `weights` is aligned to 4 and has 16 bytes at every place; `inputs` is aligned to 4 and goes up
/// to `end`.
#[unsafe(naked)]
unsafe extern "C" fn some_8(
    weights: *const u8,
    inputs: *const [Word; 1 + WORDS_8],
    end: *const [Word; 1 + WORDS_8],
    sums: &mut [i32; BLOCK_ROWS],
) {
    naked_asm!(
        "push {{r3-r11, lr}}",
        "mov lr, r2",
        "ldm r3, {{r2, r3, r4, r5}}",
        "cmp r1, lr",
        "beq 3f",
        "2:",
        "ldm r1!, {{r10, r11, r12}}",
        "add r10, r0",
        "ldm r10, {{r6, r7, r8, r9}}",
        group_8!("r11", "r12"),
        "cmp r1, lr",
        "bne 2b",
        "3:",
        "ldr r6, [sp]",
        "stm r6, {{r2, r3, r4, r5}}",
        "pop {{r3-r11, pc}}",
    );
}

/// Adds the products of all groups of 4-bit weights, times 16.
///
/// # Safety
/// `weights` is aligned to 4 and has 16 bytes for every element of `inputs`, which is aligned to 4
/// and goes up to `end`.
#[unsafe(naked)]
unsafe extern "C" fn all_4(
    weights: *const u8,
    inputs: *const [Word; WORDS_4],
    end: *const [Word; WORDS_4],
    sums: &mut [i32; BLOCK_ROWS],
) {
    naked_asm!(
        "push {{r3-r11, lr}}",
        "mov lr, r2",
        "ldm r3, {{r2, r3, r4, r5}}",
        // An odd number of groups: the first one by itself.
        "sub r6, lr, r1",
        "tst r6, #16",
        "beq 2f",
        "ldm r0!, {{r6, r7, r8, r9}}",
        group_4!(),
        "2:",
        "cmp r1, lr",
        "beq 4f",
        "3:",
        "ldm r0!, {{r6, r7, r8, r9}}",
        group_4!(),
        "ldm r0!, {{r6, r7, r8, r9}}",
        group_4!(),
        "cmp r1, lr",
        "bne 3b",
        "4:",
        "ldr r6, [sp]",
        "stm r6, {{r2, r3, r4, r5}}",
        "pop {{r3-r11, pc}}",
    );
}

/// Adds the products of those groups of 4-bit weights that have their places before their inputs,
/// times 16.
///
/// # Safety
/// `weights` is aligned to 4 and has 16 bytes at every place; `inputs` is aligned to 4 and goes up
/// to `end`.
#[unsafe(naked)]
unsafe extern "C" fn some_4(
    weights: *const u8,
    inputs: *const [Word; 1 + WORDS_4],
    end: *const [Word; 1 + WORDS_4],
    sums: &mut [i32; BLOCK_ROWS],
) {
    naked_asm!(
        "push {{r3-r11, lr}}",
        "mov lr, r2",
        "ldm r3, {{r2, r3, r4, r5}}",
        "cmp r1, lr",
        "beq 3f",
        "2:",
        "ldr r10, [r1], #4",
        "add r10, r0",
        "ldm r10, {{r6, r7, r8, r9}}",
        group_4!(),
        "cmp r1, lr",
        "bne 2b",
        "3:",
        "ldr r6, [sp]",
        "stm r6, {{r2, r3, r4, r5}}",
        "pop {{r3-r11, pc}}",
    );
}
