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

use super::ready::{self, Ready, Ready4, Ready8, Sums, Word, Words};
use super::{Kernels, Portable, ReluRows};
use crate::inference::layers::patterns::{PATTERNS, PLACES, SIDE, seen};
use crate::inference::shape::Shape;
use crate::inference::weights::BLOCK_ROWS;

/// The DSP instructions of a Cortex-M.
#[derive(Debug, Clone, Copy)]
pub struct Dsp;

impl Kernels for Dsp {
    #[inline]
    fn ready_8(inputs: &[[i8; 4]], words: &mut [[Word; 2]]) -> Sums {
        let mut sums = Sums::default();
        for (&inputs, words) in inputs.iter().zip(words) {
            let word = load(inputs);
            let (even, odd) = (sxtb16(word), sxtb16_upper(word));
            let times_256 = (word << 8) & 0xff00_ff00;
            *words = [even, ssub16(odd, times_256)].map(store);
            sums.offset_sum = smlad(even, 0x0001_0001, sums.offset_sum);
            sums.nonzero_words += usize::from(word != 0);
        }
        sums
    }

    #[inline]
    fn ready_4(inputs: &[[i8; 8]], words: &mut [[Word; 4]]) -> Sums {
        let mut sums = Sums::default();
        for (inputs, words) in inputs.iter().zip(words) {
            let &[a, b, c, d, e, f, g, h] = inputs;
            let (front, back) = (load([a, b, c, d]), load([e, f, g, h]));
            let (even, odd) = (sxtb16(front), sxtb16_upper(front));
            let (later_even, later_odd) = (sxtb16(back), sxtb16_upper(back));
            let (a_e, c_g) = (low_halves(even, later_even), high_halves(even, later_even));
            let (b_f, d_h) = (low_halves(odd, later_odd), high_halves(odd, later_odd));
            let times_16 = |halves: u32| (halves << 4) & 0xfff0_fff0;
            let times_256 = |halves: u32| (halves << 8) & 0xff00_ff00;
            let all = [
                b_f,
                ssub16(times_16(a_e), b_f),
                ssub16(d_h, times_256(b_f)),
                ssub16(times_16(c_g), d_h),
            ];
            *words = all.map(store);
            sums.offset_sum = smlad(a_e, 0x0001_0001, sums.offset_sum);
            sums.offset_sum = smlad(b_f, 0x0001_0001, sums.offset_sum);
            sums.offset_sum = smlad(c_g, 0x0001_0001, sums.offset_sum);
            sums.nonzero_words += usize::from(front | back != 0);
        }
        sums
    }

    #[inline]
    fn windows_2x2(
        input: &[i8],
        first: usize,
        line: usize,
        plane: usize,
        seen: &mut [[i8; 4]],
    ) -> Option<()> {
        let planes = seen.len().checked_sub(1)?.checked_mul(plane)?;
        let last = planes
            .checked_add(first)?
            .checked_add(line)?
            .checked_add(1)?;
        if last >= input.len() {
            return None;
        }
        let mut start = input.as_ptr().wrapping_add(first);
        for seen in seen {
            // SAFETY: the last value of the last window lies in the input, and so do all others.
            let pairs = unsafe {
                [start, start.wrapping_add(line)].map(|pair| pair.cast::<u16>().read_unaligned())
            };
            let [front, back] = pairs.map(u32::from);
            *seen = store(front | back << 16);
            start = start.wrapping_add(plane);
        }
        Some(())
    }

    fn four_rows_8(block: &[u8], inputs: &Ready8<'_>) -> [i32; BLOCK_ROWS] {
        // The loader has seen that blocks are complete; a file may lie anywhere in memory, though,
        // and LDM reads whole words only.
        if block.len() < inputs.block_bytes() || !is_aligned(block) {
            return Portable::four_rows_8(block, inputs);
        }
        let mut sums = [0; BLOCK_ROWS];
        let mut job = Job::new(inputs, PAIRS_8);
        job.weights = block.as_ptr();
        job.output = sums.as_mut_ptr().cast();
        // SAFETY, of both: the block has GROUP_BYTES for every group of inputs and is aligned; `sums`
        // has room for four.
        match inputs.words() {
            Words::All(_) => unsafe { sums_all_8(&mut job) },
            Words::Some(_) => unsafe { sums_some_8(&mut job) },
        }
        sums
    }

    fn four_rows_4(block: &[u8], inputs: &Ready4<'_>) -> [i32; BLOCK_ROWS] {
        if block.len() < inputs.block_bytes() || !is_aligned(block) {
            return Portable::four_rows_4(block, inputs);
        }
        let mut sums = [0; BLOCK_ROWS];
        let mut job = Job::new(inputs, PAIRS_4);
        job.weights = block.as_ptr();
        job.output = sums.as_mut_ptr().cast();
        // SAFETY: as in `four_rows_8`.
        match inputs.words() {
            Words::All(_) => unsafe { sums_all_4(&mut job) },
            Words::Some(_) => unsafe { sums_some_4(&mut job) },
        }
        sums
    }

    #[inline]
    fn relu_8(
        rows: &ReluRows<'_>,
        inputs: &Ready8<'_>,
        step: usize,
        output: &mut [i8],
    ) -> Option<()> {
        if !(rows.aligned && rows.fits(inputs.block_bytes(), step, output)) {
            return None;
        }
        let mut job = Job::new(inputs, PAIRS_8);
        job.layer(rows, step, output);
        // SAFETY, of all: there is at least one block, every block has GROUP_BYTES for every group
        // of inputs, all are aligned; there are four biases and multipliers for every block, and the
        // places of all outputs lie in `output`.
        match inputs.words() {
            Words::All([_]) => unsafe { relu_one_8(&mut job) },
            Words::All(_) => unsafe { relu_all_8(&mut job) },
            Words::Some(_) => unsafe { relu_some_8(&mut job) },
        }
        Some(())
    }

    #[inline]
    fn relu_4(
        rows: &ReluRows<'_>,
        inputs: &Ready4<'_>,
        step: usize,
        output: &mut [i8],
    ) -> Option<()> {
        if !(rows.aligned && rows.fits(inputs.block_bytes(), step, output)) {
            return None;
        }
        let mut job = Job::new(inputs, PAIRS_4);
        job.layer(rows, step, output);
        // SAFETY: as in `relu_8`.
        match inputs.words() {
            Words::All(_) => unsafe { relu_all_4(&mut job) },
            Words::Some(_) => unsafe { relu_some_4(&mut job) },
        }
        Some(())
    }

    #[inline]
    fn relu_patterns(
        table: &[[u8; 4]],
        multipliers: &[[u8; 4]],
        (input_shape, input): (Shape, &[i8]),
        (output_shape, output): (Shape, &mut [i8]),
    ) -> Option<()> {
        let (channels, line) = (multipliers.len(), input_shape.rows);
        let fits = channels > 0
            && channels.is_multiple_of(BLOCK_ROWS)
            && channels == output_shape.channels
            && table.len() == PLACES * PATTERNS * channels
            && output_shape.rows <= line / SIDE
            && output_shape.slices <= input_shape.slices / SIDE
            && (input.len(), output.len()) == (input_shape.len(), output_shape.len())
            && is_aligned(table)
            && is_aligned(multipliers);
        if !fits {
            return None;
        }
        let mut job = Terms {
            terms: [table.as_ptr(); PLACES],
            multipliers: multipliers.as_ptr(),
            output: output.as_mut_ptr(),
            step: output_shape.plane(),
            end: multipliers.as_ptr_range().end,
        };
        let mut slab = input.as_ptr();
        for _ in 0..output_shape.slices {
            let mut sites = slab;
            for _ in 0..output_shape.rows {
                let lines = [0, 1, 2, 3].map(|k| sites.wrapping_add(k * line).cast::<u32>());
                // SAFETY: four slices of four sites each lie in the input.
                let lines = lines.map(|line| unsafe { line.read_unaligned() });
                let mut first = 0;
                for (terms, pattern) in job.terms.iter_mut().zip(seen(lines)) {
                    *terms = table.as_ptr().wrapping_add(first + pattern * channels);
                    first += PATTERNS * channels;
                }
                // SAFETY: each list has as many terms as there are multipliers, a positive multiple
                // of four, all aligned; the last output is step·(channels − 1) beyond the first.
                unsafe { add_terms(&job) };
                job.output = job.output.wrapping_add(1);
                sites = sites.wrapping_add(SIDE);
            }
            slab = slab.wrapping_add(SIDE * line);
        }
        Some(())
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
    slice.as_ptr().addr().is_multiple_of(align_of::<u32>())
}

#[inline]
fn load(bytes: Word) -> u32 {
    u32::from_le_bytes(bytes.map(i8::cast_unsigned))
}

#[inline]
fn store(word: u32) -> Word {
    ready::store(word.cast_signed())
}

/// The lower halfwords of both.
#[inline]
fn low_halves(low: u32, high: u32) -> u32 {
    (low & 0xffff) | (high << 16)
}

/// The upper halfwords of both.
#[inline]
fn high_halves(low: u32, high: u32) -> u32 {
    (low >> 16) | (high & 0xffff_0000)
}

/// What the loops work on; they find its fields by their offsets.
#[repr(C)]
struct Job {
    /// 0: weights of the next block.
    weights: *const u8,
    /// 4: inputs made ready.
    inputs: *const Word,
    /// 8: where every sum begins.
    start: i32,
    /// 12: where the inputs of the loop end.
    end: *const Word,
    /// 16: where all inputs end.
    end_of_all: *const Word,
    /// 20: how far into the loop of all inputs the first round begins, in bytes.
    entry: usize,
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

/// How a loop over all inputs is unrolled.
struct Unrolled {
    /// Groups of inputs in one step of it.
    groups: usize,
    /// Steps of a round.
    steps: usize,
    /// Bytes of the instructions of a step.
    bytes: usize,
}

/// 27 instructions of four bytes for two groups.
const PAIRS_8: Unrolled = Unrolled {
    groups: 2,
    steps: 8,
    bytes: 4 * 27,
};

/// 31 instructions of four bytes for one group.
const PAIRS_4: Unrolled = Unrolled {
    groups: 1,
    steps: 4,
    bytes: 4 * 31,
};

impl Job {
    #[inline]
    fn new<const INPUTS: usize, const WORDS: usize, const PLACED: usize>(
        inputs: &Ready<'_, INPUTS, WORDS, PLACED>,
        unrolled: Unrolled,
    ) -> Self {
        let words = match inputs.words() {
            Words::All(words) => words.as_flattened(),
            Words::Some(words) => words.as_flattened(),
        };
        let step = unrolled.groups * WORDS;
        let steps = words.len() / step;
        // The first round is shorter by what the others would have too much, and all of it if there
        // is no other.
        let left_out = match steps % unrolled.steps {
            0 if steps > 0 => 0,
            first => unrolled.steps - first,
        };
        Self {
            weights: core::ptr::null(),
            inputs: words.as_ptr(),
            start: inputs.surplus().wrapping_neg(),
            end: words.as_ptr().wrapping_add(steps * step),
            end_of_all: words.as_ptr_range().end,
            entry: left_out * unrolled.bytes,
            bias: core::ptr::null(),
            multipliers: core::ptr::null(),
            output: core::ptr::null_mut(),
            step: 0,
            end_of_bias: core::ptr::null(),
            block: inputs.block_bytes(),
        }
    }

    /// Whole layers.
    #[inline]
    fn layer(&mut self, rows: &ReluRows<'_>, step: usize, output: &mut [i8]) {
        self.weights = rows.blocks.as_ptr();
        self.output = output.as_mut_ptr();
        self.step = step;
        self.bias = rows.bias.as_ptr();
        self.multipliers = rows.multipliers.as_ptr();
        self.end_of_bias = rows.bias.as_ptr_range().end;
    }
}

/// What [`add_terms`] works on.
#[repr(C)]
struct Terms {
    /// 0, 4, 8, 12.
    terms: [*const [u8; 4]; 4],
    /// 16.
    multipliers: *const [u8; 4],
    /// 20: the first output.
    output: *mut i8,
    /// 24: from one output to the next.
    step: usize,
    /// 28: where the multipliers end.
    end: *const [u8; 4],
}

/// Four lists of terms, added up, multiplied, rounded and clamped to 0 … 127.
///
/// # Safety
/// The pointers are valid and aligned, for a positive multiple of four rows.
#[unsafe(naked)]
unsafe extern "C" fn add_terms(job: &Terms) {
    naked_asm!(
        "push {{r4-r11, lr}}",
        "ldrd r6, r7, [r0, #24]",
        "push {{r6, r7, r8}}",
        "ldm r0, {{r0-r5}}",
        "2:",
        "ldm r0!, {{r6, r7, r8, r9}}",
        "ldm r1!, {{r10, r11, r12, lr}}",
        "add r6, r10",
        "add r7, r11",
        "add r8, r12",
        "add r9, lr",
        "ldm r2!, {{r10, r11, r12, lr}}",
        "add r6, r10",
        "add r7, r11",
        "add r8, r12",
        "add r9, lr",
        "ldm r3!, {{r10, r11, r12, lr}}",
        "add r6, r10",
        "add r7, r11",
        "add r8, r12",
        "add r9, lr",
        "ldm r4!, {{r10, r11, r12, lr}}",
        "smmulr r6, r6, r10",
        "smmulr r7, r7, r11",
        "smmulr r8, r8, r12",
        "smmulr r9, r9, lr",
        "usat r6, #7, r6",
        "usat r7, #7, r7",
        "usat r8, #7, r8",
        "usat r9, #7, r9",
        "ldrd r10, r11, [sp]",
        "strb r6, [r5]",
        "strb r7, [r5, r10]",
        "add r5, r5, r10, lsl #1",
        "strb r8, [r5]",
        "strb r9, [r5, r10]",
        "add r5, r5, r10, lsl #1",
        "cmp r4, r11",
        "bne 2b",
        "add sp, #12",
        "pop {{r4-r11, pc}}",
    );
}

/// Halfword by halfword, the difference.
#[inline]
fn ssub16(a: u32, b: u32) -> u32 {
    let result;
    // SAFETY: SSUB16 has no effect but its result and the GE flags.
    unsafe {
        asm!("ssub16 {}, {}, {}", out(reg) result, in(reg) a, in(reg) b,
            options(pure, nomem, nostack));
    }
    result
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
            "smlad r2, r6, ",
            $even,
            ", r2\n",
            "sxtb16 r6, r6, ror #8\n",
            "smlad r2, r6, ",
            $odd,
            ", r2\n",
            "smlad r3, r7, ",
            $even,
            ", r3\n",
            "sxtb16 r7, r7, ror #8\n",
            "smlad r3, r7, ",
            $odd,
            ", r3\n",
            "smlad r4, r8, ",
            $even,
            ", r4\n",
            "sxtb16 r8, r8, ror #8\n",
            "smlad r4, r8, ",
            $odd,
            ", r4\n",
            "smlad r5, r9, ",
            $even,
            ", r5\n",
            "sxtb16 r9, r9, ror #8\n",
            "smlad r5, r9, ",
            $odd,
            ", r5\n",
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
                "ldr r1, [r0, #12]",
                "push {{r0, r1, r4-r11, lr}}",
                "sub sp, #4",
                "ldr r1, [r0]",
                "10:",
                // The job in r0 and its weights in r1 change places with weights and inputs.
                "mov r6, r0",
                "mov r0, r1",
                "ldrd r1, r2, [r6, #4]",
                "mov r3, r2",
                "mov r4, r2",
                "mov r5, r2",
                $loop!(),
                $finish,
            );
        }
    };
}

/// Eight times two groups a round, the first round from the entry on; then what is left.
macro_rules! loop_all_8 {
    () => {
        concat!(
            "ldr lr, [r6, #20]\n",
            ".p2align 2\n",
            "add pc, lr\n",
            "nop\n",
            "2:\n",
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            two_groups_8!(),
            "ldr r6, [sp, #8]\n",
            "cmp r1, r6\n",
            "bne 2b\n",
            "ldr r6, [sp, #4]\n",
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
            "ldr r6, [sp, #4]\n",
            "ldr r6, [r6, #44]\n",
            "add r0, r6\n",
        )
    };
}

/// Four groups a round, the first round from the entry on; the sums are those of sixteen times as
/// much.
macro_rules! loop_all_4 {
    () => {
        concat!(
            "ldr lr, [r6, #20]\n",
            ".p2align 2\n",
            "add pc, lr\n",
            "nop\n",
            "2:\n",
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_4!(),
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_4!(),
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_4!(),
            "ldm r0!, {{r6, r7, r8, r9}}\n",
            group_4!(),
            "ldr r6, [sp, #8]\n",
            "cmp r1, r6\n",
            "bne 2b\n",
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
            "ldr r6, [sp, #4]\n",
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
            "ldr r6, [sp, #4]\n",
            "ldr r6, [r6, #32]\n",
            "stm r6, {{r2, r3, r4, r5}}\n",
            "add sp, #4\n",
            "pop {{r0, r1, r4-r11, pc}}\n",
        )
    };
}

/// The sums times the multipliers in r6 to r9, rounded and clamped to 0 … 127.
macro_rules! round {
    () => {
        concat!(
            "smmulr r2, r2, r6\n",
            "smmulr r3, r3, r7\n",
            "smmulr r4, r4, r8\n",
            "smmulr r5, r5, r9\n",
            "usat r2, #7, r2\n",
            "usat r3, #7, r3\n",
            "usat r4, #7, r4\n",
            "usat r5, #7, r5\n",
        )
    };
}

/// Writes the four values to r8 and beyond, in steps of r9.
macro_rules! write {
    () => {
        concat!(
            "strb r2, [r8]\n",
            "strb r3, [r8, r9]\n",
            "add r8, r8, r9, lsl #1\n",
            "strb r4, [r8]\n",
            "strb r5, [r8, r9]\n",
            "add r8, r8, r9, lsl #1\n",
        )
    };
}

/// Adds the biases, multiplies, rounds, clamps to 0 … 127, stores; and on to the next block.
macro_rules! relu {
    () => {
        concat!(
            "mov r1, r0\n",
            "ldr r0, [sp, #4]\n",
            "ldr r10, [r0, #24]\n",
            "ldr r11, [r0, #28]\n",
            "ldm r10!, {{r6, r7, r8, r9}}\n",
            "add r2, r6\n",
            "add r3, r7\n",
            "add r4, r8\n",
            "add r5, r9\n",
            "ldm r11!, {{r6, r7, r8, r9}}\n",
            "strd r10, r11, [r0, #24]\n",
            round!(),
            "ldrd r8, r9, [r0, #32]\n",
            write!(),
            "str r8, [r0, #32]\n",
            "ldr r6, [r0, #40]\n",
            "cmp r10, r6\n",
            "bne 10b\n",
            "add sp, #4\n",
            "pop {{r0, r1, r4-r11, pc}}\n",
        )
    };
}

/// The outputs of all blocks of 8-bit weights where a row is one word: the inputs stay in registers.
///
/// # Safety
/// The job's pointers are valid and aligned for one group and as many blocks as it says.
#[unsafe(naked)]
unsafe extern "C" fn relu_one_8(job: &mut Job) {
    naked_asm!(
        "push {{r4-r11, lr}}",
        "ldrd r1, r2, [r0]",
        "ldrd r10, r11, [r2]",
        "ldrd r12, lr, [r0, #24]",
        "2:",
        "ldm r12!, {{r2, r3, r4, r5}}",
        "ldr r6, [r0, #8]",
        "add r2, r6",
        "add r3, r6",
        "add r4, r6",
        "add r5, r6",
        "ldm r1!, {{r6, r7, r8, r9}}",
        group_8!("r10", "r11"),
        "ldm lr!, {{r6, r7, r8, r9}}",
        round!(),
        "ldrd r8, r9, [r0, #32]",
        write!(),
        "str r8, [r0, #32]",
        "ldr r6, [r0, #40]",
        "cmp r12, r6",
        "bne 2b",
        "pop {{r4-r11, pc}}",
    );
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
