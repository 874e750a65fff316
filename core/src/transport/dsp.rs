//! The loops of the recursion in the DSP instructions of ARMv7E-M (Cortex-M4, M7) and ARMv8-M with
//! DSP, and in `f32` in those of the floating-point unit, where the target passes floats in it.
//!
//! Besides `inference/kernels/dsp.rs` this is the only file with `unsafe` and with assembly. The
//! functions compute what their namesakes in `fixed_point` and `symmetric.rs` compute, to the last
//! bit. In `f32`, VMLA and VMLS round the product and then the sum (they are not fused), and every
//! column adds to its own sum as it does there; VLDM fetches four numbers at once. In integers, a
//! complex multiply-add of words is one SMLSD and one SMLADX, adding with saturation in both halves a
//! QADD16. A turn of a loop takes four columns, what is left over is taken one by one. All fourteen
//! registers are used: `asm!` cannot give out r6 and r7, so that they wait on the stack. SMLSD and
//! SMLADX wrap modulo 2^32 and set the Q flag, which nothing reads.
#![allow(
    unsafe_code,
    reason = "the DSP instructions cannot be reached otherwise in stable Rust"
)]

use core::arch::asm;
#[cfg(target_abi = "eabihf")]
use core::mem::MaybeUninit;

use super::symmetric::packed_len;
#[cfg(target_abi = "eabihf")]
use crate::scalar::sealed::{Parts, PartsMut, Sealed};

#[cfg(target_abi = "eabihf")]
impl Sealed for f32 {
    /// The 16 sums of whole blocks stay in registers, with half a block of everything; those of half
    /// blocks give way to them.
    #[inline(never)]
    fn dot_and_add(
        start: usize,
        (re, im): Parts<'_, f32>,
        vector: &[f32],
        (a, first): (f32, &mut [f32]),
        (b, second): (f32, &mut [f32]),
    ) -> Option<(f32, f32)> {
        static ZEROS: [f32; 16] = [0.0; 16];
        let len = vector.len();
        let enough = re.len() >= len && im.len() >= len;
        if !enough || first.len() < len || second.len() < len {
            return None;
        }
        // Single columns, half and whole blocks, half blocks and single columns.
        let singles = (start.wrapping_neg() % 4).min(len);
        let rest = len - singles;
        let half = usize::from((start + singles) % 8 != 0 && rest >= 4);
        let rest = rest - 4 * half;
        let counts = [singles, half, rest / 8, rest / 4 % 2, rest % 4];
        let mut sums = MaybeUninit::<[f32; 24]>::uninit();
        let (sum_re, sum_im): (u32, u32);
        // SAFETY: five pointers walk over `len` elements, which all slices have; there is room for 24 sums,
        // which are written before they are read.
        unsafe {
            asm!(
                ".macro half_of_block re_0, re_1, re_2, re_3, im_0, im_1, im_2, im_3",
                "vldm r0!, {{s16-s19}}",
                "vldm r1!, {{s20-s23}}",
                "vldm r2!, {{s24-s27}}",
                "vmla.f32 \\re_0, s16, s24",
                "vmla.f32 \\re_1, s17, s25",
                "vmla.f32 \\re_2, s18, s26",
                "vmla.f32 \\re_3, s19, s27",
                "vmla.f32 \\im_0, s20, s24",
                "vmla.f32 \\im_1, s21, s25",
                "vmla.f32 \\im_2, s22, s26",
                "vmla.f32 \\im_3, s23, s27",
                "vldm r3, {{s24-s27}}",
                "vmla.f32 s24, s16, s28",
                "vmla.f32 s25, s17, s28",
                "vmla.f32 s26, s18, s28",
                "vmla.f32 s27, s19, s28",
                "vstm r3!, {{s24-s27}}",
                "vldm r4, {{s24-s27}}",
                "vmla.f32 s24, s20, s29",
                "vmla.f32 s25, s21, s29",
                "vmla.f32 s26, s22, s29",
                "vmla.f32 s27, s23, s29",
                "vstm r4!, {{s24-s27}}",
                ".endm",
                ".macro single_of_block",
                "vldm r0!, {{s16}}",
                "vldm r1!, {{s20}}",
                "vldm r2!, {{s24}}",
                "vldr s25, [r3]",
                "vldr s26, [r4]",
                "vmla.f32 s30, s16, s24",
                "vmla.f32 s31, s20, s24",
                "vmla.f32 s25, s16, s28",
                "vmla.f32 s26, s20, s29",
                "vstm r3!, {{s25}}",
                "vstm r4!, {{s26}}",
                ".endm",
                "vmov s28, r12",
                "vmov s29, lr",
                "vldm r10, {{s0-s15}}",
                "vmov.f32 s30, s0",
                "vmov.f32 s31, s0",
                "add r11, r9, #64",
                "ldr r5, [r8]",
                "cbz r5, 3f",
                "2:",
                "single_of_block",
                "subs r5, r5, #1",
                "bne 2b",
                "3:",
                "ldr r5, [r8, #4]",
                "cbz r5, 4f",
                "half_of_block s0, s1, s2, s3, s4, s5, s6, s7",
                "4:",
                "vstm r11, {{s0-s7}}",
                "vldm r10, {{s0-s7}}",
                "ldr r5, [r8, #8]",
                "cmp r5, #0",
                "beq 6f",
                "5:",
                "half_of_block s0, s1, s2, s3, s8, s9, s10, s11",
                "half_of_block s4, s5, s6, s7, s12, s13, s14, s15",
                "subs r5, r5, #1",
                "bne 5b",
                "6:",
                "vstm r9, {{s0-s15}}",
                "vldm r11, {{s0-s7}}",
                "ldr r5, [r8, #12]",
                "cbz r5, 7f",
                "half_of_block s0, s1, s2, s3, s4, s5, s6, s7",
                "7:",
                "ldr r5, [r8, #16]",
                "cbz r5, 9f",
                "8:",
                "single_of_block",
                "subs r5, r5, #1",
                "bne 8b",
                "9:",
                "vldm r9, {{s8-s23}}",
                "vadd.f32 s8, s8, s12",
                "vadd.f32 s9, s9, s13",
                "vadd.f32 s10, s10, s14",
                "vadd.f32 s11, s11, s15",
                "vadd.f32 s8, s8, s0",
                "vadd.f32 s9, s9, s1",
                "vadd.f32 s10, s10, s2",
                "vadd.f32 s11, s11, s3",
                "vadd.f32 s8, s8, s10",
                "vadd.f32 s9, s9, s11",
                "vadd.f32 s8, s8, s9",
                "vadd.f32 s8, s8, s30",
                "vadd.f32 s16, s16, s20",
                "vadd.f32 s17, s17, s21",
                "vadd.f32 s18, s18, s22",
                "vadd.f32 s19, s19, s23",
                "vadd.f32 s16, s16, s4",
                "vadd.f32 s17, s17, s5",
                "vadd.f32 s18, s18, s6",
                "vadd.f32 s19, s19, s7",
                "vadd.f32 s16, s16, s18",
                "vadd.f32 s17, s17, s19",
                "vadd.f32 s16, s16, s17",
                "vadd.f32 s16, s16, s31",
                "vmov r0, s8",
                "vmov r1, s16",
                ".purgem half_of_block",
                ".purgem single_of_block",
                inout("r0") re.as_ptr() => sum_re,
                inout("r1") im.as_ptr() => sum_im,
                inout("r2") vector.as_ptr() => _,
                inout("r3") first.as_mut_ptr() => _,
                inout("r4") second.as_mut_ptr() => _,
                out("r5") _,
                in("r8") counts.as_ptr(),
                in("r9") sums.as_mut_ptr(),
                in("r10") ZEROS.as_ptr(),
                out("r11") _,
                in("r12") a.to_bits(),
                in("lr") b.to_bits(),
                out("s0") _, out("s1") _, out("s2") _, out("s3") _,
                out("s4") _, out("s5") _, out("s6") _, out("s7") _,
                out("s8") _, out("s9") _, out("s10") _, out("s11") _,
                out("s12") _, out("s13") _, out("s14") _, out("s15") _,
                out("s16") _, out("s17") _, out("s18") _, out("s19") _,
                out("s20") _, out("s21") _, out("s22") _, out("s23") _,
                out("s24") _, out("s25") _, out("s26") _, out("s27") _,
                out("s28") _, out("s29") _, out("s30") _, out("s31") _,
                options(nostack),
            );
        }
        Some((f32::from_bits(sum_re), f32::from_bits(sum_im)))
    }

    #[inline(never)]
    fn add_scaled_front(
        (re, im): PartsMut<'_, f32>,
        factor: (f32, f32),
        (v_re, v_im): Parts<'_, f32>,
    ) -> usize {
        let len = re.len().min(im.len()).min(v_re.len()).min(v_im.len());
        // SAFETY: all four pointers walk over `len` elements, which all slices have.
        unsafe {
            asm!(
                "vmov s16, {f_re}",
                "vmov s17, {f_im}",
                "ands r5, r4, #3",
                "beq 3f",
                "2:",
                "vldr s0, [r0]",
                "vldr s4, [r1]",
                "vldm r2!, {{s8}}",
                "vldm r3!, {{s12}}",
                "vmla.f32 s0, s16, s8",
                "vmla.f32 s4, s16, s12",
                "vmls.f32 s0, s17, s12",
                "vmla.f32 s4, s17, s8",
                "vstm r0!, {{s0}}",
                "vstm r1!, {{s4}}",
                "subs r5, r5, #1",
                "bne 2b",
                "3:",
                "lsrs r4, r4, #2",
                "beq 5f",
                "4:",
                "vldm r0, {{s0-s3}}",
                "vldm r1, {{s4-s7}}",
                "vldm r2!, {{s8-s11}}",
                "vldm r3!, {{s12-s15}}",
                "vmla.f32 s0, s16, s8",
                "vmla.f32 s4, s16, s12",
                "vmla.f32 s1, s16, s9",
                "vmla.f32 s5, s16, s13",
                "vmla.f32 s2, s16, s10",
                "vmla.f32 s6, s16, s14",
                "vmla.f32 s3, s16, s11",
                "vmla.f32 s7, s16, s15",
                "vmls.f32 s0, s17, s12",
                "vmla.f32 s4, s17, s8",
                "vmls.f32 s1, s17, s13",
                "vmla.f32 s5, s17, s9",
                "vmls.f32 s2, s17, s14",
                "vmla.f32 s6, s17, s10",
                "vmls.f32 s3, s17, s15",
                "vmla.f32 s7, s17, s11",
                "subs r4, r4, #1",
                "vstm r0!, {{s0-s3}}",
                "vstm r1!, {{s4-s7}}",
                "bne 4b",
                "5:",
                inout("r0") re.as_mut_ptr() => _,
                inout("r1") im.as_mut_ptr() => _,
                inout("r2") v_re.as_ptr() => _,
                inout("r3") v_im.as_ptr() => _,
                inout("r4") len => _,
                out("r5") _,
                f_re = in(reg) factor.0.to_bits(),
                f_im = in(reg) factor.1.to_bits(),
                out("s16") _, out("s17") _,
                out("s0") _, out("s1") _, out("s2") _, out("s3") _,
                out("s4") _, out("s5") _, out("s6") _, out("s7") _,
                out("s8") _, out("s9") _, out("s10") _, out("s11") _,
                out("s12") _, out("s13") _, out("s14") _, out("s15") _,
                options(nostack),
            );
        }
        len
    }

    #[inline(never)]
    fn scale_front(
        (re, im): PartsMut<'_, f32>,
        factor: (f32, f32),
        (v_re, v_im): Parts<'_, f32>,
    ) -> usize {
        let len = re.len().min(im.len()).min(v_re.len()).min(v_im.len());
        // SAFETY: as above.
        unsafe {
            asm!(
                "vmov s16, {f_re}",
                "vmov s17, {f_im}",
                "ands r5, r4, #3",
                "beq 3f",
                "2:",
                "vldr s0, [r0]",
                "vldr s4, [r1]",
                "vldm r2!, {{s8}}",
                "vldm r3!, {{s12}}",
                "vmul.f32 s18, s16, s8",
                "vmls.f32 s18, s17, s12",
                "vmul.f32 s19, s16, s12",
                "vmla.f32 s19, s17, s8",
                "vmul.f32 s20, s0, s18",
                "vmls.f32 s20, s4, s19",
                "vmul.f32 s24, s0, s19",
                "vmla.f32 s24, s4, s18",
                "vstm r0!, {{s20}}",
                "vstm r1!, {{s24}}",
                "subs r5, r5, #1",
                "bne 2b",
                "3:",
                "lsrs r4, r4, #2",
                "beq 5f",
                "4:",
                "vldm r0, {{s0-s3}}",
                "vldm r1, {{s4-s7}}",
                "vldm r2!, {{s8-s11}}",
                "vldm r3!, {{s12-s15}}",
                "vmul.f32 s18, s16, s8",
                "vmls.f32 s18, s17, s12",
                "vmul.f32 s19, s16, s12",
                "vmla.f32 s19, s17, s8",
                "vmul.f32 s20, s0, s18",
                "vmls.f32 s20, s4, s19",
                "vmul.f32 s24, s0, s19",
                "vmla.f32 s24, s4, s18",
                "vmul.f32 s18, s16, s9",
                "vmls.f32 s18, s17, s13",
                "vmul.f32 s19, s16, s13",
                "vmla.f32 s19, s17, s9",
                "vmul.f32 s21, s1, s18",
                "vmls.f32 s21, s5, s19",
                "vmul.f32 s25, s1, s19",
                "vmla.f32 s25, s5, s18",
                "vmul.f32 s18, s16, s10",
                "vmls.f32 s18, s17, s14",
                "vmul.f32 s19, s16, s14",
                "vmla.f32 s19, s17, s10",
                "vmul.f32 s22, s2, s18",
                "vmls.f32 s22, s6, s19",
                "vmul.f32 s26, s2, s19",
                "vmla.f32 s26, s6, s18",
                "vmul.f32 s18, s16, s11",
                "vmls.f32 s18, s17, s15",
                "vmul.f32 s19, s16, s15",
                "vmla.f32 s19, s17, s11",
                "vmul.f32 s23, s3, s18",
                "vmls.f32 s23, s7, s19",
                "vmul.f32 s27, s3, s19",
                "vmla.f32 s27, s7, s18",
                "subs r4, r4, #1",
                "vstm r0!, {{s20-s23}}",
                "vstm r1!, {{s24-s27}}",
                "bne 4b",
                "5:",
                inout("r0") re.as_mut_ptr() => _,
                inout("r1") im.as_mut_ptr() => _,
                inout("r2") v_re.as_ptr() => _,
                inout("r3") v_im.as_ptr() => _,
                inout("r4") len => _,
                out("r5") _,
                f_re = in(reg) factor.0.to_bits(),
                f_im = in(reg) factor.1.to_bits(),
                out("s16") _, out("s17") _,
                out("s0") _, out("s1") _, out("s2") _, out("s3") _,
                out("s4") _, out("s5") _, out("s6") _, out("s7") _,
                out("s8") _, out("s9") _, out("s10") _, out("s11") _,
                out("s12") _, out("s13") _, out("s14") _, out("s15") _,
                out("s18") _, out("s19") _,
                out("s20") _, out("s21") _, out("s22") _, out("s23") _,
                out("s24") _, out("s25") _, out("s26") _, out("s27") _,
                options(nostack),
            );
        }
        len
    }
}

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
