//! How far nested dissection is from the truth, over many strips.
//!
//! ```text
//! cargo run --release -p landauer-cli --example agreement -- --solves 200000
//! ```
//!
//! Each strip is solved in `f64` as it is and as a mirror image, which transmits the same but is
//! eliminated through other pivots: what the two differ by is what rounding has done to them. It is
//! solved in `f32` too and compared with `f64`. Every model is solved at the band centre, beside it
//! and at the edge of the paper's bias window, 16 strips at a time; strips are numbered, and the
//! worst of each kind is printed with its number and what the scattering recursion says of it.

use std::fmt;

use anyhow::Result;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use landauer::StripSize;
use landauer::internal::{BatchSolver, DissectionSolver, RecursionSolver, Worker};
use landauer::{Fallbacks, StripError};
use landauer_core::{Concentration, DisorderModel, Ensemble};
use rayon::prelude::*;

/// How far nested dissection is from the truth, over many strips.
#[derive(Debug, Parser)]
struct Arguments {
    /// Strips to solve, shared out equally to all models and energies
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    solves: u64,
    /// Slices
    #[arg(long, value_name = "L", default_value_t = 40)]
    length: usize,
    /// Sites in a slice
    #[arg(long, value_name = "W", default_value_t = 40)]
    width: usize,
    /// Energies in units of t, with commas between
    #[arg(
        long,
        value_name = "E,...",
        value_delimiter = ',',
        allow_hyphen_values = true,
        default_value = "0,0.02,-0.02,0.18"
    )]
    energies: Vec<f64>,
    /// The disorder's seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Strips that are solved at a time.
const BLOCK: u64 = 16;
/// The smallest T that is compared relatively.
const SMALLEST_RELATIVE: f64 = 1e-12;

fn main() -> Result<()> {
    let Arguments {
        solves,
        length,
        width,
        energies,
        seed,
    } = Arguments::parse();
    let size = StripSize::new(length, width).unwrap();
    let models = [
        DisorderModel::AndersonBox { strength: 4.0 },
        DisorderModel::II,
        DisorderModel::III,
        DisorderModel::IV,
    ];
    let groups = (models.len() * energies.len()) as u64;
    let blocks = solves.div_ceil(groups * BLOCK);
    let bar = ProgressBar::new(groups * blocks * BLOCK);
    let style = "{bar:40} {pos} of {len} strips, {eta} to go";
    bar.set_style(ProgressStyle::with_template(style)?);

    println!(
        "{length}x{width}, {} strips of each kind, seed {seed}",
        blocks * BLOCK
    );
    let mut all = Tally::default();
    for model in models {
        for &energy in &energies {
            let ensemble = Ensemble::new(model, Concentration::Uniform, seed)?;
            let group = Group {
                ensemble,
                double: DissectionSolver::new(size, &[energy])?,
                single: DissectionSolver::new(size, &[energy])?,
            };
            let mut tally = group.solve(blocks, &bar)?;
            let recursion = RecursionSolver::<f64>::new(size, &[energy])?;
            bar.suspend(|| -> Result<()> {
                println!("\n{model}, E = {energy}");
                println!("{}", tally.report());
                for (kind, worst) in tally.worst() {
                    let onsite = group.strip(worst.number);
                    println!(
                        "  worst {kind}: strip {}, T = {:e} and {:e}; the recursion {:e}",
                        worst.number,
                        worst.one,
                        worst.other,
                        recursion.transmission(&onsite, 0)?,
                    );
                }
                Ok(())
            })?;
            all.add(tally);
        }
    }
    bar.finish_and_clear();
    println!("\nall\n{}", all.report());
    Ok(())
}

/// One kind of strips at one energy.
struct Group {
    ensemble: Ensemble,
    double: DissectionSolver<f64>,
    single: DissectionSolver<f32>,
}

impl Group {
    /// The on-site energies of strip `number`, `[slice, row]`.
    fn strip(&self, number: u64) -> Vec<f64> {
        let [length, width] = self.double.size().sides();
        let mut onsite = vec![0.0; length * width];
        self.ensemble.sample(number).fill_onsite(&mut onsite);
        onsite
    }

    /// Solves this many blocks of strips on all threads.
    fn solve(&self, blocks: u64, bar: &ProgressBar) -> Result<Tally, StripError> {
        let workers = || (self.double.worker(), self.single.worker());
        let tallies = (0..blocks)
            .into_par_iter()
            .map_init(workers, |(double, single), block| {
                let numbers = block * BLOCK..(block + 1) * BLOCK;
                let tally = self.block(numbers, &mut **double, &mut **single);
                bar.inc(BLOCK);
                tally
            });
        tallies.try_reduce(Tally::default, |mut sum, tally| {
            sum.add(tally);
            Ok(sum)
        })
    }

    fn block(
        &self,
        numbers: std::ops::Range<u64>,
        double: &mut dyn Worker,
        single: &mut dyn Worker,
    ) -> Result<Tally, StripError> {
        let width = self.double.size().width();
        let strips: Vec<Vec<f64>> = numbers.clone().map(|number| self.strip(number)).collect();
        let mirrored: Vec<Vec<f64>> = numbers
            .clone()
            .zip(&strips)
            .map(|(number, strip)| mirror(strip, width, number))
            .collect();
        let plain = solve(double, &strips)?;
        let mirrored = solve(double, &mirrored)?;
        let single = solve(single, &strips)?;
        let mut tally = Tally::default();
        for (at, number) in numbers.enumerate() {
            tally.note(number, plain[at], mirrored[at], single[at]);
        }
        Ok(tally)
    }
}

/// T of each strip and what took another way.
fn solve(
    worker: &mut dyn Worker,
    strips: &[Vec<f64>],
) -> Result<Vec<(f64, Fallbacks)>, StripError> {
    let mut transmissions = vec![0.0; strips.len()];
    let mut fallbacks = vec![Fallbacks::default(); strips.len()];
    worker.solve(&strips.concat(), &mut transmissions, &mut fallbacks)?;
    Ok(transmissions.into_iter().zip(fallbacks).collect())
}

/// A mirror image: from the other end, upside down, or both, in turn.
fn mirror(onsite: &[f64], width: usize, number: u64) -> Vec<f64> {
    let mut image = onsite.to_vec();
    if number % 3 != 1 {
        // Everything backwards is both, ...
        image.reverse();
    }
    if number % 3 != 2 {
        // ... and slices backwards undo one of them.
        image.chunks_exact_mut(width).for_each(<[f64]>::reverse);
    }
    image
}

/// Two transmissions that should be equal.
#[derive(Debug, Clone, Copy)]
struct Pair {
    number: u64,
    one: f64,
    other: f64,
    error: f64,
}

/// The worst of two, of which there may be none.
fn worse(one: Option<Pair>, other: Option<Pair>) -> Option<Pair> {
    let candidates = one.into_iter().chain(other);
    // A NaN is the worst.
    candidates.max_by(|one, other| one.error.total_cmp(&other.error))
}

/// Differences by decade: the first is less than 1e-16, the last at least 0.1.
const DECADES: usize = 17;

#[derive(Debug, Clone, Copy, Default)]
struct Histogram([u64; DECADES]);

impl Histogram {
    fn note(&mut self, error: f64) {
        let decade = (-16..)
            .take(DECADES - 1)
            .take_while(|&power| error >= 10.0_f64.powi(power));
        self.0[decade.count()] += 1;
    }

    fn add(&mut self, other: &Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }
}

/// What has been found out.
#[derive(Debug, Default)]
struct Tally {
    solves: u64,
    absolute: Option<Pair>,
    relative: Option<Pair>,
    single: Option<Pair>,
    /// Absolute differences of strips that no guard stopped.
    trusted: Histogram,
    /// Of those that it did stop, in either image.
    rescued: Histogram,
    /// Relative differences, T ≥ 1e-12.
    relatives: Histogram,
    /// The same for `f32` against `f64`: absolute differences.
    single_trusted: Histogram,
    fallbacks: Fallbacks,
    mirror_fallbacks: Fallbacks,
    single_fallbacks: Fallbacks,
    /// Absolute errors of `f32`.
    single_errors: Vec<f64>,
}

impl Tally {
    fn note(
        &mut self,
        number: u64,
        (plain, taken): (f64, Fallbacks),
        (mirrored, mirror_taken): (f64, Fallbacks),
        (single, single_taken): (f64, Fallbacks),
    ) {
        self.solves += 1;
        self.fallbacks += taken;
        self.mirror_fallbacks += mirror_taken;
        self.single_fallbacks += single_taken;
        let error = (plain - mirrored).abs();
        let pair = |other, error| {
            Some(Pair {
                number,
                one: plain,
                other,
                error,
            })
        };
        self.absolute = worse(self.absolute, pair(mirrored, error));
        if taken.total() + mirror_taken.total() == 0 {
            self.trusted.note(error);
        } else {
            self.rescued.note(error);
        }
        if plain >= SMALLEST_RELATIVE {
            self.relative = worse(self.relative, pair(mirrored, error / plain));
            self.relatives.note(error / plain);
        }
        let error = (single - plain).abs();
        self.single = worse(self.single, pair(single, error));
        if single_taken.promoted == 0 {
            self.single_trusted.note(error);
        }
        self.single_errors.push(error);
    }

    fn add(&mut self, mut other: Self) {
        self.solves += other.solves;
        self.absolute = worse(self.absolute, other.absolute);
        self.relative = worse(self.relative, other.relative);
        self.single = worse(self.single, other.single);
        self.trusted.add(&other.trusted);
        self.rescued.add(&other.rescued);
        self.relatives.add(&other.relatives);
        self.single_trusted.add(&other.single_trusted);
        self.fallbacks += other.fallbacks;
        self.mirror_fallbacks += other.mirror_fallbacks;
        self.single_fallbacks += other.single_fallbacks;
        self.single_errors.append(&mut other.single_errors);
    }

    /// The worst of each kind that there is.
    fn worst(&self) -> impl Iterator<Item = (&'static str, Pair)> {
        [
            ("absolute", self.absolute),
            ("relative", self.relative),
            ("in f32", self.single),
        ]
        .into_iter()
        .filter_map(|(kind, worst)| Some((kind, worst?)))
    }

    /// Sorts what must be sorted.
    fn report(&mut self) -> &impl fmt::Display {
        self.single_errors.sort_by(f64::total_cmp);
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = |worst: Option<Pair>| worst.map_or(0.0, |worst| worst.error);
        let rate = |count: u32| f64::from(count) / self.solves as f64;
        writeln!(
            f,
            "  f64: {} strips and their mirror images, apart by {:.1e} absolute, {:.1e} relative \
             (T >= 1e-12) at worst",
            self.solves,
            error(self.absolute),
            error(self.relative)
        )?;
        for (which, taken) in [
            ("strips", self.fallbacks),
            ("images", self.mirror_fallbacks),
        ] {
            writeln!(
                f,
                "       fallbacks of {which}: {} mirrored ({:.1e}), {} recursion ({:.1e}), {} \
                 elimination",
                taken.mirrored,
                rate(taken.mirrored),
                taken.recursion,
                rate(taken.recursion),
                taken.elimination
            )?;
        }
        let errors = &self.single_errors;
        let quantile = |share: f64| {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of a length"
            )]
            let place = (share * errors.len() as f64) as usize;
            errors
                .get(place.min(errors.len().saturating_sub(1)))
                .copied()
        };
        let quantile = |share| quantile(share).unwrap_or(0.0);
        let taken = self.single_fallbacks;
        writeln!(
            f,
            "  f32: off by {:.1e} (median), {:.1e} (99 %), {:.1e} (99.9 %), {:.1e} (worst); promoted \
             {} ({:.2} %)",
            quantile(0.5),
            quantile(0.99),
            quantile(0.999),
            error(self.single),
            taken.promoted,
            100.0 * rate(taken.promoted)
        )?;
        write!(
            f,
            "  {:>10}{:>12}{:>14}{:>12}{:>14}",
            "at least", "f64", "f64, guarded", "relative", "f32, trusted"
        )?;
        let columns = [
            &self.trusted,
            &self.rescued,
            &self.relatives,
            &self.single_trusted,
        ];
        for decade in 0..DECADES {
            let [trusted, rescued, relative, single] = columns.map(|column| column.0[decade]);
            if trusted + rescued + relative + single > 0 {
                let from = match decade {
                    0 => "0".to_owned(),
                    _ => format!("1e-{}", DECADES - decade),
                };
                write!(
                    f,
                    "\n  {from:>10}{trusted:>12}{rescued:>14}{relative:>12}{single:>14}"
                )?;
            }
        }
        Ok(())
    }
}
