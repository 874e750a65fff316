//! The corpus, and mutations of it that are the same on every machine: `replay [MUTATIONS]`, so many of
//! each target (10,000 if nothing is said).
//!
//! An input that fails is written to `target/fuzz`, and its name is printed. Exit code 1 if there is one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use landauer_fuzz::networks::{random, two_convolutions, wide, with_stem};
use landauer_fuzz::{hybrid, instrument, mend, mend_hybrid, model, run, run_hybrid, small_hybrid};

/// No input may take longer, wherever it runs.
const LONGEST: Duration = Duration::from_secs(20);

/// How many mutations of a network must still be one: were there none, nothing would have been tried.
const ALIVE: usize = 20;

fn main() -> ExitCode {
    let mutations = std::env::args()
        .nth(1)
        .map_or(Ok(10_000), |text| text.parse());
    let Ok(mutations) = mutations else {
        eprintln!("usage: replay [MUTATIONS]");
        return ExitCode::from(64);
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let models = read(&here.join("corpus/model"));
    let lines = read(&here.join("corpus/instrument"));
    let hybrids = read(&here.join("corpus/hybrid"));
    let shipped = read(&here.join("../../models"));
    let shipped = shipped
        .into_iter()
        .filter(|bytes| bytes.starts_with(b"LANDAUER"));
    let made = (0..40).flat_map(|seed| {
        [random, wide, with_stem, two_convolutions].map(|network| network(seed).bytes())
    });

    let mut failed = 0;
    for bytes in &models {
        failed += attempt("model", model, bytes);
    }
    for bytes in &hybrids {
        failed += attempt("hybrid", hybrid, bytes);
    }
    for bytes in &lines {
        failed += attempt("instrument", instrument, bytes);
    }
    let networks: Vec<Vec<u8>> = models.iter().cloned().chain(made).collect();
    let mut mutator = Mutator(1);
    let mut alive = 0;
    for _ in 0..mutations {
        let bytes = mend(&mutator.mutant(&networks));
        let is_model = Cell::new(false);
        failed += attempt("model", |bytes| is_model.set(run(bytes)), &bytes);
        alive += usize::from(is_model.get());
    }
    let sound: Vec<Vec<u8>> = hybrids
        .iter()
        .cloned()
        .chain((0..40).map(small_hybrid))
        .collect();
    let mut alive_hybrids = 0;
    for _ in 0..mutations {
        let bytes = mend_hybrid(&mutator.mutant(&sound));
        let is_hybrid = Cell::new(false);
        failed += attempt("hybrid", |bytes| is_hybrid.set(run_hybrid(bytes)), &bytes);
        alive_hybrids += usize::from(is_hybrid.get());
    }
    for _ in 0..mutations {
        failed += attempt("instrument", instrument, &mutator.mutant(&lines));
    }
    // Long ones, and few of them.
    let shipped: Vec<Vec<u8>> = shipped.collect();
    for _ in 0..mutations / 100 {
        failed += attempt("model", model, &mutator.mutant(&shipped));
    }
    println!(
        "{} files and {} mutations of networks, of which {alive} were still one; {} and as many \
         mutations of hybrids, of which {alive_hybrids}; {} scripts and {mutations} mutations; {} of shipped models: {failed} failed",
        models.len(),
        mutations,
        hybrids.len(),
        lines.len(),
        mutations / 100
    );
    let enough = alive.min(alive_hybrids) * ALIVE >= mutations;
    ExitCode::from(u8::from(failed > 0 || !enough))
}

/// All files of a folder in the order of their names.
fn read(folder: &Path) -> Vec<Vec<u8>> {
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

/// Runs a target on an input; 1 if it panics or takes too long.
fn attempt(name: &str, target: impl Fn(&[u8]), bytes: &[u8]) -> usize {
    let begin = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(bytes)));
    if outcome.is_ok() && begin.elapsed() < LONGEST {
        return 0;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/fuzz");
    let number = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(bytes);
    let file = file.join(format!("failed-{name}-{number:08x}"));
    match std::fs::write(&file, bytes) {
        Ok(()) => eprintln!("{name} fails on {}", file.display()),
        Err(error) => eprintln!("{name} fails, and {}: {error}", file.display()),
    }
    1
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), and what it does to bytes.
struct Mutator(u64);

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
    fn mutant(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
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
}
