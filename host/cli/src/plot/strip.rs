//! `landauer plot strip`: one strip and its T(E).

use std::path::PathBuf;

use clap::Args;
use landauer_core::Compact;

use super::wire::{Wire, draw_wire, read_wire};
use crate::arguments::{DisorderArguments, SizeArguments};
use crate::failure::Failure;
use crate::numbers;
use crate::output::Output;
use crate::parallel::ThreadArguments;
use crate::picture::{PendingPicture, PictureError};

/// The most energies a curve may have; more could not be told apart in print.
const MOST_POINTS: usize = 10_001;

/// Draw one strip between its leads, and its transmission over energy with the open modes
#[derive(Debug, Args)]
#[command(after_help = "\
A strip of more than 120 sites a side is mapped in blocks of sites, each with its mean energy; one
that is more than three times as long as wide, or as wide as long, is stretched across.

Examples:
  landauer plot strip --model 2 --concentration 0.1 --seed 1 --sample 3 --output strip.svg
  landauer plot strip --model 1 --strength 2 --length 60 --width 20 --from -1 --to 1 -o box.png
  landauer plot strip --onsite lattices.npy --sample 12 --from -0.18 --to 0.18 -o strip.svg")]
pub(crate) struct StripArguments {
    /// Take the strip from a .npy file of on-site energies in units of t, [x, y] or [sample, x, y],
    /// instead of drawing it
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["model", "length", "width", "strength", "concentration", "seed"]
    )]
    onsite: Option<PathBuf>,
    /// Disorder model of the paper to draw the strip from, 1 to 4 (or I to IV)
    #[arg(long, default_value_t = 2, value_name = "NUMBER", value_parser = numbers::disorder_model)]
    model: u8,
    #[command(flatten)]
    disorder: DisorderArguments,
    #[command(flatten)]
    size: SizeArguments,
    /// Which sample, counted from 0
    #[arg(
        long,
        default_value_t = 0,
        value_name = "K",
        value_parser = numbers::count::<u64>(0..=u64::MAX)
    )]
    sample: u64,
    /// Lowest energy of the curve, in t
    #[arg(
        long,
        default_value_t = -0.5,
        value_name = "E",
        value_parser = numbers::finite
    )]
    from: f64,
    /// Highest energy of the curve, in t
    #[arg(
        long,
        default_value_t = 0.5,
        value_name = "E",
        value_parser = numbers::finite
    )]
    to: f64,
    /// Number of energies
    #[arg(
        long,
        default_value_t = 201,
        value_name = "N",
        value_parser = numbers::count::<usize>(0..=u64::MAX)
    )]
    points: usize,
    /// The picture's file, ending in .svg or .png
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    threads: ThreadArguments,
}

impl StripArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let energies = window(self.from, self.to, self.points)?;
        let strip = self.strip(output)?;
        let picture = PendingPicture::create(&self.output)?;
        let solution = self.threads.run(|| strip.solve(energies))?;
        let scene = strip.picture(&solution).draw().map_err(PictureError)?;
        picture.finish(&scene)?;

        let path = self.output.display().to_string();
        let (lowest, highest) = extremes(solution.transmissions());
        let [length, width] = strip.size.sides();
        output.text(format!(
            "{name}, {length} x {width} sites, {points} energies from {from} to {to} t: \
             T from {lowest:.4} to {highest:.4}\nwrote {path}",
            name = strip.name,
            points = self.points,
            from = Compact(self.from),
            to = Compact(self.to),
        ));
        output.json(&serde_json::json!({
            "written": [path],
            "strip": strip.name,
            "length": length,
            "width": width,
            "energies": solution.energies().all(),
            "transmission": solution.transmissions(),
            "open_modes": solution.propagating_modes(),
        }));
        Ok(())
    }
}

impl StripArguments {
    fn strip(&self, output: &Output) -> Result<Wire, Failure> {
        if let Some(path) = &self.onsite {
            return read_wire(path, self.sample, output);
        }
        let ensemble = self.disorder.ensemble(self.model)?;
        draw_wire(ensemble, self.size.size()?, self.sample)
    }
}

/// `points` energies from `from` to `to`, both included.
fn window(from: f64, to: f64, points: usize) -> Result<Vec<f64>, Failure> {
    if !(from.is_finite() && to.is_finite() && from < to) {
        return Err(Failure::usage(format!(
            "an energy window needs two finite numbers, --from below --to; \
             from {} to {} is none",
            Compact(from),
            Compact(to)
        )));
    }
    if !(2..=MOST_POINTS).contains(&points) {
        return Err(Failure::usage(format!(
            "a curve needs 2 to {MOST_POINTS} energies, not --points {points}"
        )));
    }
    let last = (points - 1) as f64;
    let energy = |number: usize| {
        // Weighted from both ends: exact at both, and symmetric windows stay symmetric.
        let k = number as f64;
        (from * (last - k) + to * k) / last
    };
    let energies: Vec<f64> = (0..points).map(energy).collect();
    let ascend = |pair: &[f64]| pair[0] < pair[1] && pair[1].is_finite();
    if !energies.windows(2).all(ascend) {
        return Err(Failure::usage(format!(
            "{points} energies do not fit between {} and {}",
            Compact(from),
            Compact(to)
        )));
    }
    Ok(energies)
}

/// The smallest and the largest of some numbers.
fn extremes(values: &[f64]) -> (f64, f64) {
    values.iter().fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(lowest, highest), &value| (lowest.min(value), highest.max(value)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_includes_both_ends_and_is_symmetric() {
        assert_eq!(window(-0.5, 0.5, 5).unwrap(), [-0.5, -0.25, 0.0, 0.25, 0.5]);
        let energies = window(-0.3, 0.3, 201).unwrap();
        assert_eq!(
            (energies[0], energies[100], energies[200]),
            (-0.3, 0.0, 0.3)
        );
        for (from, to, points) in [
            (0.5, 0.5, 9),
            (0.5, -0.5, 9),
            (f64::NAN, 1.0, 9),
            (0.0, f64::INFINITY, 9),
            (0.0, 1.0, 0),
            (0.0, 1.0, 1),
            (0.0, 1.0, MOST_POINTS + 1),
            (0.0, 5e-324, 9),
            (-1e308, 1e308, 3),
        ] {
            assert!(window(from, to, points).is_err(), "{from} {to} {points}");
        }
    }
}
