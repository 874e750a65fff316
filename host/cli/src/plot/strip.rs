//! `landauer plot strip`: one strip and its T(E).

use std::path::PathBuf;

use clap::Args;
use landauer_core::Compact;

use super::named_strip::{NamedStrip, draw_strip, read_strip};
use crate::arguments::SizeArguments;
use crate::disorder::{DRAWN, DisorderArguments};
use crate::energies::EnergyArguments;
use crate::failure::Failure;
use crate::numbers;
use crate::output::Output;
use crate::parallel::ThreadArguments;
use crate::picture::{PendingPicture, PictureError};
use landauer::internal::counted;

/// The most energies a curve may have; more could not be told apart in print.
const MAX_ENERGIES: usize = 10_001;
/// The energies unless others are given.
const ENERGIES: &str = "-0.5:0.5:201";

/// Draw one strip between its leads, and its transmission over energy with the propagating modes
#[derive(Debug, Args)]
#[command(after_help = "\
A strip of more than 120 sites a side is mapped in blocks of sites, each with its mean energy; one
that is more than three times as long as wide, or as wide as long, is stretched across.

Examples:
  landauer plot strip --disorder 2 --concentration 0.1 --seed 1 --sample 3 --output strip.svg
  landauer plot strip --disorder 1 --strength 2 --length 60 --width 20 --energies -1:1:401 -o box.png
  landauer plot strip --onsite strips.npy --sample 12 --energies -0.18:0.18:101 -o strip.svg")]
#[command(mut_arg("energies", |energies| energies.help(format!(
    "Ascending energies of the curve in units of t: a list with commas, or a range with both ends [default: \
     {ENERGIES}]"
))))]
pub(crate) struct StripArguments {
    /// Take the strip from a .npy file of on-site energies in units of t, [x, y] or [sample, x, y],
    /// instead of drawing it
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = DRAWN
    )]
    onsite: Option<PathBuf>,
    #[command(flatten)]
    drawn: DisorderArguments,
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
    #[command(flatten)]
    energies: EnergyArguments,
    /// The picture's file, ending in .svg or .png
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    threads: ThreadArguments,
}

impl StripArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let energies = match self.energies.read()? {
            Some(given) => given,
            None => EnergyArguments::parse(ENERGIES)?,
        };
        require_curve(&energies)?;
        let strip = self.strip(output)?;
        let picture = PendingPicture::create(&self.output)?;
        let solution = self.threads.run(|| strip.solve(energies))?;
        let scene = strip.picture(&solution).draw().map_err(PictureError)?;
        picture.finish(&scene)?;

        let path = self.output.display().to_string();
        let (lowest, highest) = extremes(solution.transmissions());
        let [length, width] = strip.size.sides();
        let all = solution.energies().all();
        output.text(format!(
            "{name}, {length} x {width} sites, {energies} from {from} to {to} t: \
             T from {lowest:.4} to {highest:.4}\nwrote {path}",
            name = strip.name,
            energies = counted(all.len(), "energy"),
            from = Compact(all[0]),
            to = Compact(all[all.len() - 1]),
        ));
        output.json(&serde_json::json!({
            "written": [path],
            "strip": strip.name,
            "length": length,
            "width": width,
            "energies": solution.energies().all(),
            "transmission": solution.transmissions(),
            "propagating_modes": solution.propagating_modes(),
        }));
        Ok(())
    }
}

impl StripArguments {
    fn strip(&self, output: &Output) -> Result<NamedStrip, Failure> {
        if let Some(path) = &self.onsite {
            return read_strip(path, self.sample, output);
        }
        let ensemble = self.drawn.ensemble()?;
        draw_strip(ensemble, self.size.size()?, self.sample)
    }
}

/// Refuses energies that make no curve.
fn require_curve(energies: &[f64]) -> Result<(), Failure> {
    if !(2..=MAX_ENERGIES).contains(&energies.len()) {
        return Err(Failure::usage(format!(
            "a curve needs 2 to {MAX_ENERGIES} energies, not {}: give --energies a range, such as {ENERGIES}",
            energies.len()
        )));
    }
    if let Some(pair) = energies.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(Failure::usage(format!(
            "the energies of a curve must ascend: {} is followed by {}",
            Compact(pair[0]),
            Compact(pair[1])
        )));
    }
    Ok(())
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
    fn a_curve_has_ascending_energies() {
        let usual = EnergyArguments::parse(ENERGIES).unwrap();
        assert_eq!((usual[0], usual[100], usual[200]), (-0.5, 0.0, 0.5));
        assert!(require_curve(&usual).is_ok());
        for energies in [&[][..], &[0.5], &[0.5, 0.5], &[0.5, -0.5], &[0.0, 1.0, 0.5]] {
            assert!(require_curve(energies).is_err(), "{energies:?}");
        }
        let many: Vec<f64> = (0..10_002).map(f64::from).collect();
        assert!(require_curve(&many).is_err() && require_curve(&many[1..]).is_ok());
    }
}
