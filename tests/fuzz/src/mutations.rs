//! Mutations of inputs that are the same on every machine, and trying them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// No input may take longer, wherever it runs, be its disk as busy as it may.
const LONGEST: Duration = Duration::from_mins(1);

/// All files of a folder in the order of their names.
///
/// # Panics
/// If there is none, or one cannot be read.
#[must_use]
pub fn read(folder: &Path) -> Vec<Vec<u8>> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let files: Vec<Vec<u8>> = files
        .iter()
        .map(|file| std::fs::read(file).expect("a file"))
        .collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// Runs a target on an input; 1 if it panics or takes too long, and then the input is written to a
/// file in this folder, whose name is printed.
#[must_use]
pub fn attempt(name: &str, target: impl Fn(&[u8]), bytes: &[u8], folder: &Path) -> usize {
    let begin = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(bytes)));
    if outcome.is_ok() && begin.elapsed() < LONGEST {
        return 0;
    }
    let number = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(bytes);
    let file = folder.join(format!("failed-{name}-{number:08x}"));
    match std::fs::write(&file, bytes) {
        Ok(()) => eprintln!("{name} fails on {}", file.display()),
        Err(error) => eprintln!("{name} fails, and {}: {error}", file.display()),
    }
    1
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), and what it does to bytes.
pub struct Mutator(pub u64);

impl Mutator {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 32).expect("32 bits") % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        match self.below(4) {
            0 => [0, 1, 127, 128, 129, 254, 255][self.below(7)],
            _ => self.next().to_le_bytes()[7],
        }
    }

    /// One of the inputs with one to four changes, mostly near its beginning, where the records are.
    #[must_use]
    pub fn mutant(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(4) {
            let reach = if self.below(3) == 0 {
                bytes.len()
            } else {
                bytes.len().min(400)
            };
            let place = self.below(reach);
            match self.below(6) {
                0 if place < bytes.len() => bytes[place] ^= 1 << self.below(8),
                1 if place < bytes.len() => bytes[place] = self.byte(),
                2 => bytes.insert(place, self.byte()),
                3 => {
                    let end = (place + self.below(8)).min(bytes.len());
                    bytes.drain(place..end);
                }
                4 => {
                    // A piece of another input.
                    let other = &inputs[self.below(inputs.len())];
                    let start = self.below(other.len());
                    let end = (start + self.below(64)).min(other.len());
                    let behind = (place + (end - start)).min(bytes.len());
                    bytes.splice(place..behind, other[start..end].iter().copied());
                }
                _ if place < bytes.len() => {
                    bytes[place] = bytes[place].wrapping_add(self.byte() % 7).wrapping_sub(3);
                }
                _ => {}
            }
        }
        bytes
    }

    /// A [mutant](Self::mutant) of text: as often as not one of its numbers, or another run of letters
    /// and digits, is another word instead.
    #[must_use]
    pub fn mutant_text(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        if self.below(2) == 0 {
            return self.mutant(inputs);
        }
        let mut bytes = inputs[self.below(inputs.len())].clone();
        let start = self.below(bytes.len());
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+_".contains(byte);
        let Some(first) = bytes.iter().skip(start).position(is_word) else {
            return bytes;
        };
        let first = start + first;
        let rest = bytes[first..].iter().position(|byte| !is_word(byte));
        let end = rest.map_or(bytes.len(), |length| first + length);
        let word = WORDS[self.below(WORDS.len())];
        bytes.splice(first..end, word.bytes());
        bytes
    }
}

/// What stands where a number or a name should be.
const WORDS: [&str; 26] = [
    "0",
    "-0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "255",
    "65536",
    "4294967295",
    "1099511627776",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "-1e308",
    "1e309",
    "5e-324",
    "0.5",
    "nan",
    "inf",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
];
