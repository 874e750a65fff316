//! Hybrids' files, as they come and with lengths and checksum put right.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| landauer_fuzz::hybrid(bytes));
