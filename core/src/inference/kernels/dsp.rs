//! The kernels in the DSP instructions of ARMv7E-M (Cortex-M4, M7) and ARMv8-M with DSP.
//!
//! This is the only file with `unsafe` and with assembly. What the loops compute stands in the
//! [module's documentation](super); how:
//!
//! - four sums, four words of weights, four words of inputs and two pointers are all fourteen
//!   registers that there are, which `asm!` cannot give out (r6, r7): the loops are naked functions;
//! - the four words of a group are loaded by one LDM, those of two groups of inputs by another: two
//!   groups, 32 products, are 27 instructions in 8 bits; one group, 32 products, 31 in 4 bits;
//! - all that the loop does not need at once waits in a [`Job`], whose address waits on the stack;
//! - a layer with a ReLU is one call: biases, rounding (SMMULR) and clamping (USAT) of a block follow
//!   its sums.
//!
//! SMLAD wraps modulo 2³² and sets the Q flag, which nothing reads.
#![allow(
    unsafe_code,
    reason = "the DSP instructions cannot be reached otherwise in stable Rust"
)]

use core::arch::{asm, naked_asm};

use super::ready::{Ready, WORDS_4, WORDS_8, Word, Words};
use super::{ByRow, Kernels, Portable};
use crate::inference::weights::BLOCK_ROWS;

/// The DSP instructions of a Cortex-M.
#[derive(Debug, Clone, Copy)]
pub struct Dsp;

impl Kernels for Dsp {
    fn four_rows(block: &[u8], inputs: &Ready<'_>) -> [i32; BLOCK_ROWS] {
        // The loader has seen that blocks are complete; a file may lie anywhere in memory, though,
        // and LDM reads whole words only.
        let complete = block.len() >= inputs.block_bytes();
        if !complete || !is_aligned(block) {
            return Portable::four_rows(block, inputs);
        }
        let mut job = Job::new(block, inputs);
        let mut sums = [0; BLOCK_ROWS];
        job.output = sums.as_mut_ptr().cast();
        // SAFETY, of all four: the block has GROUP_BYTES for every group of inputs and is aligned;
        // `sums` has room for four.
        match inputs.words() {
            Words::All8(_) => unsafe { sums_all_8(&mut job) },
            Words::Some8(_) => unsafe { sums_some_8(&mut job) },
            Words::All4(_) => unsafe { sums_all_4(&mut job) },
            Words::Some4(_) => unsafe { sums_some_4(&mut job) },
        }
        sums
    }

    fn relu(
        blocks: &[u8],
        inputs: &Ready<'_>,
        rows: &ByRow<'_>,
        step: usize,
        output: &mut [i8],
    ) {
        let ByRow { bias, multipliers } = *rows;
        let block_bytes = inputs.block_bytes();
        let (in_words, last) = (bias.len() / BLOCK_ROWS, output.len().saturating_sub(1));
        // Four times as many rows, the last of which is step·(rows − 1) beyond the first.
        let rows = bias.len();
        let fits = rows > 0
            && rows.is_multiple_of(BLOCK_ROWS)
            && multipliers.len() == rows
            && in_words.checked_mul(block_bytes) == Some(blocks.len())
            && (rows - 1).checked_mul(step).is_some_and(|place| place <= last)
            && !output.is_empty();
        let aligned = is_aligned(blocks) && is_aligned(bias) && is_aligned(multipliers);
        if !fits || !aligned {
            return Portable::relu(blocks, inputs, &ByRow { bias, multipliers }, step, output);
        }
        let mut job = Job::new(blocks, inputs);
        job.output = output.as_mut_ptr();
        job.step = step;
        job.bias = bias.as_ptr();
        job.multipliers = multipliers.as_ptr();
        job.end_of_bias = bias.as_ptr_range().end;
        // SAFETY, of all four: there is at least one block, every block has GROUP_BYTES for every
        // group of inputs, all are aligned; there are four biases and multipliers for every block,
        // and the places of all outputs lie in `output`.
        match inputs.words() {
            Words::All8(_) => unsafe { relu_all_8(&mut job) },
            Words::Some8(_) => unsafe { relu_some_8(&mut job) },
            Words::All4(_) => unsafe { relu_all_4(&mut job) },
            Words::Some4(_) => unsafe { relu_some_4(&mut job) },
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

/// Can whole words be read there?
fn is_aligned<T>(slice: &[T]) -> bool {
    slice.as_ptr().cast::<u32>().is_aligned()
}

/// What the loops work on; they find its fields by their offsets.
#[repr(C)]
struct Job {
    /// 0: weights of the next block.
    weights: *const u8,
    /// 4: inputs made ready.
    inputs: *const Word,
    /// 8: where the inputs of whole rounds of the first loop end.
    end_of_rounds: *const Word,
    /// 12: where the inputs of whole rounds of the second loop end.
    end: *const Word,
    /// 16: where all inputs end.
    end_of_all: *const Word,
    /// 20: where every sum begins.
    start: i32,
    /// 24: biases of the next block.
    bias: *const [u8; 4],
    /// 28: multipliers of the next block.
    multipliers: *const [u8; 4],
    /// 32: the next output, or the four sums.
    output: *mut i8,
    /// 36: from one output to the next.
    step: usize,
    /// 40: where the biases end.
    end_of_bias: *const [u8; 4],
    /// 44: bytes of a block.
    block: usize,
}

impl Job {
    fn new(weights: &[u8], inputs: &Ready<'_>) -> Self {
        let (range, round, pair) = match inputs.words() {
            Words::All8(words) => (words.as_flattened(), 8 * 2 * WORDS_8, 2 * WORDS_8),
            Words::Some8(words) => (words.as_flattened(), 1, 1),
            Words::All4(words) => (words.as_flattened(), 2 * WORDS_4, WORDS_4),
            Words::Some4(words) => (words.as_flattened(), 1, 1),
        };
        let words = range.as_ptr();
        let end = |round: usize| {
            let whole = range.len() - range.len() % round;
            words.wrapping_add(whole)
        };
        Self {
            weights: weights.as_ptr(),
            inputs: words,
            end_of_rounds: end(round),
            end: end(pair),
            end_of_all: range.as_ptr_range().end,
            start: inputs.surplus().wrapping_neg(),
            bias: core::ptr::null(),
            multipliers: core::ptr::null(),
            output: core::ptr::null_mut(),
            step: 0,
            end_of_bias: core::ptr::null(),
            block: inputs.block_bytes(),
        }
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

/// A naked function that goes through the inputs of a block, as the loop says, and ends as the end
/// says. The job's address lies on the stack; in r0 are the weights, in r1 the inputs, in r2 to r5
/// the sums.
macro_rules! function {
    ($(#[$doc:meta])* $name:ident, $loop:ident, $finish:expr) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// The job's pointers are valid and aligned for as many groups and blocks as it says.
        #[unsafe(naked)]
        unsafe extern "C" fn $name(job: &mut Job) {
            naked_asm!(
                "push {{r0, r4-r11, lr}}",
                "ldr r1, [r0]",
                "10:",
                // The job in r0 and its weights in r1 change places with weights and inputs.
                "ldr r2, [r0, #20]",
                "mov r3, r2",
                "mov r4, r2",
                "mov r5, r2",
                "mov r6, r0",
                "mov r0, r1",
                "ldr r1, [r6, #4]",
                $loop!(),
                $finish,
            );
        }
    };
}

/// Eight times two groups a round, then two groups, then what is left.
macro_rules! loop_all_8 {
    () => {
        concat!(
            "ldr r6, [r6, #8]\n",
            "cmp r1, r6\n",
            "beq 3f\n",
            "2:\n",
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            "ldr r6, [sp]\n",
            "ldr r6, [r6, #8]\n",
            "cmp r1, r6\n",
            "bne 2b\n",
            "3:\n",
            "ldr r6, [sp]\n",
            "ldr r6, [r6, #12]\n",
            "cmp r1, r6\n",
            "beq 5f\n",
            "4:\n",
            two_groups_8!(),
            "ldr r6, [sp]\n",
            "ldr r6, [r6, #12]\n",
            "cmp r1, r6\n",
            "bne 4b\n",
            "5:\n",
            "ldr r6, [sp]\n",
            "ldr r6, [r6, #16]\n",
            "cmp r1, r6\n",
            "beq 6f\n",
            "ldrd r10, r11, [r1]\n",
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_8!("r10", "r11"),
            "6:\n",
        )
    };
}

/// Group by group, wherever its weights are; then r0 to the end of the block.
macro_rules! loop_some_8 {
    () => {
        concat!(
            "ldr lr, [r6, #16]\n",
            "cmp r1, lr\n",
            "beq 3f\n",
            "2:\n",
            "ldm r1!, {{r10, r11, r12}}\n",
            "add r10, r0\n",
            "ldm r10, {{r6, r7, r8, r9}}\n",
            group_8!("r11", "r12"),
            "cmp r1, lr\n",
            "bne 2b\n",
            "3:\n",
            "ldr r6, [sp]\n",
            "ldr r6, [r6, #44]\n",
            "add r0, r6\n",
        )
    };
}

/// Two groups a round, then what is left; the sums are those of sixteen times as much.
macro_rules! loop_all_4 {
    () => {
        concat!(
            "ldr lr, [r6, #8]\n",
            "cmp r1, lr\n",
            "beq 3f\n",
            "2:\n",
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_4!(),
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_4!(),
            "cmp r1, lr\n",
            "bne 2b\n",
            "3:\n",
            "ldr r6, [sp]\n",
            "ldr r6, [r6, #16]\n",
            "cmp r1, r6\n",
            "beq 4f\n",
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_4!(),
            "4:\n",
            sixteenth!(),
        )
    };
}

/// Group by group, wherever its weights are; then r0 to the end of the block.
macro_rules! loop_some_4 {
    () => {
        concat!(
            "ldr lr, [r6, #16]\n",
            "cmp r1, lr\n",
            "beq 3f\n",
            "2:\n",
            "ldr r10, [r1], #4\n",
            "add r10, r0\n",
            "ldm r10, {{r6, r7, r8, r9}}\n",
            group_4!(),
            "cmp r1, lr\n",
            "bne 2b\n",
            "3:\n",
            "ldr r6, [sp]\n",
            "ldr r6, [r6, #44]\n",
            "add r0, r6\n",
            sixteenth!(),
        )
    };
}

/// The sums divided by 16.
macro_rules! sixteenth {
    () => {
        "asr r2, r2, #4\nasr r3, r3, #4\nasr r4, r4, #4\nasr r5, r5, #4\n"
    };
}

/// Stores the sums.
macro_rules! store {
    () => {
        concat!(
            "ldr r6, [sp]\n",
            "ldr r6, [r6, #32]\n",
            "stm r6, {{r2, r3, r4, r5}}\n",
            "pop {{r0, r4-r11, pc}}\n",
        )
    };
}

/// Adds the biases, multiplies, rounds, clamps to 0 … 127, stores; and on to the next block.
macro_rules! relu {
    () => {
        concat!(
            "mov r1, r0\n",
            "ldr r0, [sp]\n",
            "ldr r10, [r0, #24]\n",
            "ldr r11, [r0, #28]\n",
            "ldm r10!, {{r6, r7, r8, r9}}\n",
            "add r2, r6\n",
            "add r3, r7\n",
            "add r4, r8\n",
            "add r5, r9\n",
            "ldm r11!, {{r6, r7, r8, r9}}\n",
            "strd r10, r11, [r0, #24]\n",
            "smmulr r2, r2, r6\n",
            "smmulr r3, r3, r7\n",
            "smmulr r4, r4, r8\n",
            "smmulr r5, r5, r9\n",
            "usat r2, #7, r2\n",
            "usat r3, #7, r3\n",
            "usat r4, #7, r4\n",
            "usat r5, #7, r5\n",
            "ldrd r8, r9, [r0, #32]\n",
            "strb r2, [r8]\n",
            "strb r3, [r8, r9]\n",
            "add r8, r8, r9, lsl #1\n",
            "strb r4, [r8]\n",
            "strb r5, [r8, r9]\n",
            "add r8, r8, r9, lsl #1\n",
            "str r8, [r0, #32]\n",
            "ldr r6, [r0, #40]\n",
            "cmp r10, r6\n",
            "bne 10b\n",
            "pop {{r0, r4-r11, pc}}\n",
        )
    };
}

function!(
    /// The four sums of a block of 8-bit weights.
    sums_all_8, loop_all_8, store!()
);
function!(
    /// The same where most inputs are zero.
    sums_some_8, loop_some_8, store!()
);
function!(
    /// The four sums of a block of 4-bit weights.
    sums_all_4, loop_all_4, store!()
);
function!(
    /// The same where most inputs are zero.
    sums_some_4, loop_some_4, store!()
);
function!(
    /// The outputs of all blocks of 8-bit weights.
    relu_all_8, loop_all_8, relu!()
);
function!(
    /// The same where most inputs are zero.
    relu_some_8, loop_some_8, relu!()
);
function!(
    /// The outputs of all blocks of 4-bit weights.
    relu_all_4, loop_all_4, relu!()
);
function!(
    /// The same where most inputs are zero.
    relu_some_4, loop_some_4, relu!()
);
