//! Whatever arguments stand on a command line.

use std::ffi::OsString;

use super::{Target, words};

/// Arguments, with zero bytes between them.
pub struct CommandLine;

/// Command lines to begin with.
const LINES: [&str; 22] = [
    "solve --disorder 2 --concentration 0.1 --length 20 --width 2 --first 3 --energies=0.9999,-0.5,0 --bias 0.36",
    "solve --onsite a.npy --energies-from e.npy --output t.npy --bias 0.36 --g-bar-output g.npy --threads 2 --precision f32 --solver recursion",
    "generate --disorder 1 --strength 4 --length 3 --width 3 --energies 0,0.1 --samples 4000 --seed 5 --output a.zarr",
    "generate --disorder 3 --concentration uniform --samples 1000000 --chunk 16 --shard 0/4 --output a.zarr",
    "generate --disorder 4 --samples 100 --output a.zarr --sbatch=a.sh --tasks 64 --cpus-per-task 4 --memory 4G --time 1-02:03:04 --partition long",
    "ensemble --disorder 1 --strength 0:8:5 --width 4 --length 10 --samples 100 --output b",
    "ensemble --disorder 1 --strength 4 --width 1 --length 150:400:6 --samples 1000 --precision f32 --output b",
    "ensemble --disorder 2 --concentration 0.05,0.1,0.2 --energies=-0.3 --samples 10 --output b --shard slurm/64",
    "solve --dataset a.zarr --first 3 --samples 1e2 --energies 0:1:11 --propagating-modes",
    "predict --network best-g --dataset a.zarr --first 5 --samples 10 --exact",
    "inspect a.zarr --json",
    "inspect --plan 40x40 --energy -0.5",
    "train --preset best-3x3 --dataset a.zarr --output run --epochs 3 --seed 2",
    "evaluate run --test-set a.zarr --json=e.json --within 1e6 --mirrors=yes --output f",
    "export run --test-set a.zarr --output m.postcard --max-loss 2.5 --name small --input-channels 2 --calibration 100",
    "predict --network m.postcard --onsite a.npy --output p.npy --intervals i.npy --level 0.9 --within 1000000 --exact-above 0.2",
    "hybrid --target g --dataset a.zarr --test-set b.zarr --output h.postcard --seed 3",
    "device info --connect tcp:localhost:4000 --timeout 0.5 --tries 3 --baud 115200",
    "device crosscheck --connect serial:/dev/ttyACM0 --network m --samples 20 --solve 3 --average 4 --energy 0.1 --bias 0.36",
    "plot strip --disorder 2 --concentration 0.05 --sample 3 --energies=-0.5:0.5:20 --output strip.svg",
    "reproduce fig1 fig10 --limit 1.5 --output figures --device cpu",
    "demo --quiet --output d",
];

impl Target for CommandLine {
    fn name(&self) -> &'static str {
        "arguments"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let lines = LINES
            .iter()
            .map(|line| line.replace(' ', "\0").into_bytes());
        lines.collect()
    }

    fn run(&self, bytes: &[u8]) -> bool {
        let arguments = bytes.split(|&byte| byte == 0).map(argument);
        let program = std::iter::once(OsString::from("landauer"));
        match landauer_cli::read(program.chain(arguments)) {
            Ok(read) => {
                numbers_are_finite(&read);
                true
            }
            Err(text) => {
                words::are_ours(&text, bytes);
                false
            }
        }
    }
}

#[cfg(unix)]
fn argument(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn argument(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// No number that was read is infinite or none at all: `read` is what `{:?}` makes of the arguments, in
/// which text stands in quotation marks.
fn numbers_are_finite(read: &str) {
    let mut rest = read;
    while let Some((before, text)) = rest.split_once('"') {
        words_are_finite(before);
        let mut escaped = false;
        let end = text.find(|letter| {
            let ends = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            ends
        });
        rest = end.map_or("", |end| &text[end + 1..]);
    }
    words_are_finite(rest);
}

fn words_are_finite(text: &str) {
    for word in text.split(|letter: char| !letter.is_alphanumeric()) {
        assert!(!["inf", "NaN"].contains(&word), "no number: {text}");
    }
}
