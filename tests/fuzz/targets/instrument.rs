//! A serial line with an instrument at its end.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| landauer_fuzz::instrument(bytes));
