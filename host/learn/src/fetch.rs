//! Asking for memory before it is needed. The only unsafe code beside `inference/kernels/{avx2,vnni}.rs`:
//! the instruction takes an address.
#![allow(unsafe_code, reason = "one instruction, with its SAFETY")]

/// Bytes of a line of the cache.
const LINE: usize = 64;

/// Asks for these numbers: they come to the second cache while the processor computes. Nothing is read,
/// and no result depends on it.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "an instruction, in loops that are compiled anew for each instruction set"
)]
pub(crate) fn fetch<T>(numbers: &[T]) {
    for line in numbers.chunks(LINE / size_of::<T>()) {
        fetch_line(line);
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn fetch_line<T>(line: &[T]) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    // SAFETY: every x86-64 has SSE, and nothing is read.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) }
}

/// Other processors have no such instruction in stable Rust: they wait.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn fetch_line<T>(_: &[T]) {}
