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

/// See `fixed_point::rows`.
#[inline]
pub(super) fn multiply_two(
    behind: &[[i32; 2]],
    columns: &mut [[i32; 3]],
    vector: [i32; 2],
) -> [[i32; 2]; 2] {
    let len = behind.len().min(columns.len());
    let mut sums = [0_i32; 4];
    // SAFETY: the two pointers walk over `len` elements, of two words and of three, which both slices
    // have; r6, r7 and the stack pointer are in the end as they were.
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
            "and r3, r2, #3",
            "push {{r3, r6, r7}}",
            "lsrs r2, r2, #2",
            "beq 3f",
            "2:",
            ".rept 4",
            "column_of_product",
            ".endr",
            "subs r2, r2, #1",
            "bne 2b",
            "3:",
            "pop {{r2}}",
            "cbz r2, 5f",
            "4:",
            "column_of_product",
            "subs r2, r2, #1",
            "bne 4b",
            "5:",
            "pop {{r6, r7}}",
            ".purgem column_of_product",
            inout("r0") behind.as_ptr() => _,
            inout("r1") columns.as_mut_ptr() => _,
            inout("r2") len => _,
            out("r3") _,
            out("r4") _,
            out("r5") _,
            in("r8") vector[0],
            in("r9") vector[1],
            inout("r10") sums[0],
            inout("r11") sums[1],
            inout("r12") sums[2],
            inout("lr") sums[3],
        );
    }
    [[sums[0], sums[1]], [sums[2], sums[3]]]
}

/// See `fixed_point::rows`.
#[inline]
pub(super) fn add_outer_two(
    behind: &mut [[i32; 2]],
    pairs: &[[i32; 2]],
    [first, second]: [[i32; 2]; 2],
) {
    let len = behind.len().min(pairs.len());
    // SAFETY: as above, elements of two words both.
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
            "and r12, r2, #3",
            "push {{r6, r7, r12}}",
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
            "pop {{r6, r7, r12}}",
            ".purgem column_of_sum",
            ".purgem row_of_sum",
            inout("r0") behind.as_mut_ptr() => _,
            inout("r1") pairs.as_ptr() => _,
            inout("r2") len => _,
            in("r3") first[0],
            in("r4") first[1],
            in("r5") second[0],
            in("r8") second[1],
            in("r9") 1_i32 << 15,
            out("r10") _,
            out("r11") _,
            out("r12") _,
            out("lr") _,
        );
    }
}
