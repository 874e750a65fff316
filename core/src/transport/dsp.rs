//! The loops of the recursion in 16-bit integers, in the DSP instructions of ARMv7E-M (Cortex-M4, M7)
//! and ARMv8-M with DSP.
//!
//! Besides `inference/kernels/dsp.rs` this is the only file with `unsafe` and with assembly. The
//! functions compute what their namesakes in `fixed_point` compute, to the last bit: a
//! complex multiply-add of words is one SMLSD and one SMLADX, adding with saturation in both halves a
//! QADD16. A turn of a loop takes four columns, what is left over is taken one by one. All fourteen
//! registers are used: `asm!` cannot give out r6 and r7, so that they wait on the stack. SMLSD and
//! SMLADX wrap modulo 2^32 and set the Q flag, which nothing reads.
#![allow(
    unsafe_code,
    reason = "the DSP instructions cannot be reached otherwise in stable Rust"
)]

use core::arch::asm;

use super::symmetric::packed_len;

/// See `fixed_point::complex`.
#[inline]
pub(super) fn multiply_add(a: i32, b: i32, sum: [i32; 2]) -> [i32; 2] {
    let [mut real, mut imaginary] = sum;
    // SAFETY: two instructions on these registers.
    unsafe {
        asm!("smlsd {0}, {1}, {2}, {0}", inout(reg) real, in(reg) a, in(reg) b, options(pure, nomem, nostack, preserves_flags));
        asm!("smladx {0}, {1}, {2}, {0}", inout(reg) imaginary, in(reg) a, in(reg) b, options(pure, nomem, nostack, preserves_flags));
    }
    [real, imaginary]
}

/// See `fixed_point::complex`.
#[inline]
pub(super) fn saturating_add(a: i32, b: i32) -> i32 {
    let sum;
    // SAFETY: one instruction on these registers.
    unsafe {
        asm!("qadd16 {0}, {1}, {2}", lateout(reg) sum, in(reg) a, in(reg) b, options(pure, nomem, nostack, preserves_flags));
    }
    sum
}

/// See `fixed_point::complex`.
#[inline]
pub(super) fn multiply_add_long(a: i32, b: i32, sum: [i64; 2]) -> [i64; 2] {
    let [real, imaginary] = sum.map(halves);
    let ([mut real_low, mut real_high], [mut imaginary_low, mut imaginary_high]) =
        (real, imaginary);
    // SAFETY: two instructions on these registers.
    unsafe {
        asm!("smlsld {0}, {1}, {2}, {3}", inout(reg) real_low, inout(reg) real_high, in(reg) a, in(reg) b, options(pure, nomem, nostack, preserves_flags));
        asm!("smlaldx {0}, {1}, {2}, {3}", inout(reg) imaginary_low, inout(reg) imaginary_high, in(reg) a, in(reg) b, options(pure, nomem, nostack, preserves_flags));
    }
    [
        whole([real_low, real_high]),
        whole([imaginary_low, imaginary_high]),
    ]
}

/// The lower and the upper half.
#[inline]
fn halves(sum: i64) -> [u32; 2] {
    [sum as u32, (sum >> 32) as u32]
}

#[inline]
fn whole([low, high]: [u32; 2]) -> i64 {
    ((u64::from(high) << 32) | u64::from(low)).cast_signed()
}

/// See `fixed_point::complex`.
#[inline]
pub(super) fn upper_complex_product(real: i32, imaginary: i32, word: i32) -> [i32; 2] {
    let (re_re, im_im, re_im, im_re): (i32, i32, i32, i32);
    // SAFETY: four instructions on these registers.
    unsafe {
        asm!("smulwb {0}, {1}, {2}", lateout(reg) re_re, in(reg) real, in(reg) word, options(pure, nomem, nostack, preserves_flags));
        asm!("smulwt {0}, {1}, {2}", lateout(reg) im_im, in(reg) imaginary, in(reg) word, options(pure, nomem, nostack, preserves_flags));
        asm!("smulwt {0}, {1}, {2}", lateout(reg) re_im, in(reg) real, in(reg) word, options(pure, nomem, nostack, preserves_flags));
        asm!("smulwb {0}, {1}, {2}", lateout(reg) im_re, in(reg) imaginary, in(reg) word, options(pure, nomem, nostack, preserves_flags));
    }
    [re_re.wrapping_sub(im_im), re_im.wrapping_add(im_re)]
}

/// See `fixed_point::sine`.
#[inline]
pub(super) fn upper_product(a: i32, b: i32) -> i32 {
    let product;
    // SAFETY: one instruction on these registers.
    unsafe {
        asm!("smmul {0}, {1}, {2}", lateout(reg) product, in(reg) a, in(reg) b, options(pure, nomem, nostack, preserves_flags));
    }
    product
}

/// See `fixed_point::rows`: all pairs of rows. Returns how many it has done.
pub(super) fn multiply(matrix: &mut [i32], columns: &mut [[i32; 3]]) -> usize {
    let order = columns.len();
    if order < 2 || matrix.len() < packed_len(order) {
        return 0;
    }
    // On the stack: columns behind the two rows, the first row's column, columns beyond a multiple
    // of four. SAFETY: the pairs of rows are 3 + 2·(columns behind) words each and together lie in
    // the matrix, the columns are three words each; r6, r7 and the stack pointer are in the end as
    // they were.
    unsafe {
        asm!(
            ".macro column_of_product",
            "ldrd r6, r7, [r0], #8",
            "ldm r1!, {{r3, r4, r5}}",
            "smlsd r10, r6, r3, r10",
            "smladx r11, r6, r3, r11",
            "smlsd r12, r7, r3, r12",
            "smladx lr, r7, r3, lr",
            "smlsd r4, r6, r8, r4",
            "smladx r5, r6, r8, r5",
            "smlsd r4, r7, r9, r4",
            "smladx r5, r7, r9, r5",
            "strd r4, r5, [r1, #-8]",
            ".endm",
            "push {{r6, r7}}",
            "sub sp, sp, #12",
            "1:",
            "subs r2, r2, #2",
            "and r3, r2, #3",
            "strd r2, r1, [sp]",
            "str r3, [sp, #8]",
            "ldr r8, [r1]",
            "ldr r9, [r1, #12]",
            "ldrd r10, r11, [r1, #4]",
            "ldrd r12, lr, [r1, #16]",
            "ldm r0!, {{r3, r4, r5}}",
            "smlsd r10, r3, r8, r10",
            "smladx r11, r3, r8, r11",
            "smlsd r10, r4, r9, r10",
            "smladx r11, r4, r9, r11",
            "smlsd r12, r4, r8, r12",
            "smladx lr, r4, r8, lr",
            "smlsd r12, r5, r9, r12",
            "smladx lr, r5, r9, lr",
            "adds r1, r1, #24",
            "lsrs r2, r2, #2",
            "beq 3f",
            "2:",
            ".rept 4",
            "column_of_product",
            ".endr",
            "subs r2, r2, #1",
            "bne 2b",
            "3:",
            "ldr r2, [sp, #8]",
            "cbz r2, 5f",
            "4:",
            "column_of_product",
            "subs r2, r2, #1",
            "bne 4b",
            "5:",
            "ldrd r2, r3, [sp]",
            "strd r10, r11, [r3, #4]",
            "strd r12, lr, [r3, #16]",
            "add r1, r3, #24",
            "cmp r2, #2",
            "bhs 1b",
            "add sp, sp, #12",
            "pop {{r6, r7}}",
            ".purgem column_of_product",
            inout("r0") matrix.as_mut_ptr() => _,
            inout("r1") columns.as_mut_ptr() => _,
            inout("r2") order => _,
            out("r3") _,
            out("r4") _,
            out("r5") _,
            out("r8") _,
            out("r9") _,
            out("r10") _,
            out("r11") _,
            out("r12") _,
            out("lr") _,
        );
    }
    order / 2
}

/// See `fixed_point::rows`: all pairs of rows. Returns how many it has done.
pub(super) fn add_outer(matrix: &mut [i32], pairs: &[[i32; 2]], factors: &[[i32; 2]]) -> usize {
    let order = pairs.len();
    if order < 2 || factors.len() < order || matrix.len() < packed_len(order) {
        return 0;
    }
    // On the stack: columns behind the two rows, the first of them, columns beyond a multiple of
    // four, the next factors. SAFETY: as above, with columns of two words; there is a factor for
    // each row.
    unsafe {
        asm!(
            ".macro row_of_sum r, a, b",
            "smlsd r6, \\a, r10, r9",
            "smladx r7, \\a, r10, r9",
            "smlsd r6, \\b, r11, r6",
            "smladx r7, \\b, r11, r7",
            "pkhtb r7, r7, r6, asr #16",
            "qadd16 \\r, \\r, r7",
            ".endm",
            ".macro column_of_sum",
            "ldrd r10, r11, [r1], #8",
            "ldrd r12, lr, [r0]",
            "row_of_sum r12, r3, r4",
            "row_of_sum lr, r5, r8",
            "strd r12, lr, [r0], #8",
            ".endm",
            "push {{r6, r7}}",
            "sub sp, sp, #16",
            "str r3, [sp, #12]",
            "1:",
            "subs r2, r2, #2",
            "and r12, r2, #3",
            "str r12, [sp, #8]",
            "ldr r6, [sp, #12]",
            "ldm r6!, {{r3, r4, r5, r8}}",
            "str r6, [sp, #12]",
            "ldrd r10, r11, [r1], #8",
            "ldr r12, [r0]",
            "row_of_sum r12, r3, r4",
            "str r12, [r0], #4",
            "column_of_sum",
            "strd r2, r1, [sp]",
            "lsrs r2, r2, #2",
            "beq 3f",
            "2:",
            ".rept 4",
            "column_of_sum",
            ".endr",
            "subs r2, r2, #1",
            "bne 2b",
            "3:",
            "ldr r2, [sp, #8]",
            "cbz r2, 5f",
            "4:",
            "column_of_sum",
            "subs r2, r2, #1",
            "bne 4b",
            "5:",
            "ldrd r2, r1, [sp]",
            "cmp r2, #2",
            "bhs 1b",
            "add sp, sp, #16",
            "pop {{r6, r7}}",
            ".purgem column_of_sum",
            ".purgem row_of_sum",
            inout("r0") matrix.as_mut_ptr() => _,
            inout("r1") pairs.as_ptr() => _,
            inout("r2") order => _,
            inout("r3") factors.as_ptr() => _,
            out("r4") _,
            out("r5") _,
            out("r8") _,
            in("r9") 1_i32 << 15,
            out("r10") _,
            out("r11") _,
            out("r12") _,
            out("lr") _,
        );
    }
    order / 2
}
