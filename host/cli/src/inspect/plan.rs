//! `landauer inspect --plan`: how strips of one size are eliminated, and the cost of it.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use comfy_table::Table;
use landauer_core::transport::Lead;
use serde_json::json;

use crate::failure::Failure;
use crate::numbers;
use crate::output::Output;
use crate::solve::{aligned, new_table};
use landauer::StripSize;
use landauer::internal::dissection::{FrontSummary, InstructionSet, Plan, Precise};
use landauer::internal::memory::{human, require};

/// Kinds of fronts that are named.
const NAMED: usize = 16;
/// Slices and rows that fit on a terminal.
const DRAWN: [usize; 2] = [78, 60];

/// A size on the command line: `40x40`.
pub(super) fn parse_size(text: &str) -> Result<StripSize, String> {
    let sides = text.split_once(['x', 'X', '×']);
    let side = |text| usize::try_from(numbers::whole(text).ok()?).ok();
    let sides = sides.and_then(|(length, width)| Some((side(length)?, side(width)?)));
    let (length, width) = sides.ok_or("length and width are needed, in sites, such as 40x40")?;
    let size = StripSize::new(length, width).map_err(|error| error.to_string())?;
    if size.length() == 1 {
        return Err("a strip of one slice has nothing between its ends to plan for".to_owned());
    }
    Ok(size)
}

/// Shows the plan for strips of this size at this energy.
pub(super) fn run(size: StripSize, energy: f64, output: &Output) -> Result<(), Failure> {
    let [length, width] = size.sides();
    require("making this plan", needed(size))?;
    let lead = Lead::new(width, energy).map_err(|error| Failure::usage(error.to_string()))?;
    let plan = Plan::new(size, energy);
    let fronts: Vec<FrontSummary> = plan.fronts().collect();
    let mut levels = vec![None; length * width];
    for (front, &level) in fronts.iter().zip(&plan.levels()) {
        for &site in &front.sites {
            levels[site] = Some(level);
        }
    }
    let shown = Shown {
        plan: &plan,
        energy,
        propagating_modes: lead.propagating_modes(),
        fronts: &fronts,
        levels: &levels,
        instructions: InstructionSet::best(),
    };
    output.text(shown.to_string());
    output.json(&shown.json());
    Ok(())
}

/// Bytes that making a plan takes: three dense matrices of all unknowns of its largest front, which
/// are no more than those around the last cut, and all sites' energies, of eight strips each.
fn needed(size: StripSize) -> u64 {
    let [length, width] = [size.length(), size.width()].map(|side| side as u64);
    let side = width.saturating_mul(2) + width.min(length).saturating_mul(2);
    let matrices = side.saturating_mul(side).saturating_mul(3 * 65);
    matrices.saturating_add(length.saturating_mul(width).saturating_mul(256))
}

/// A plan and what is reported about it.
struct Shown<'s> {
    plan: &'s Plan,
    energy: f64,
    propagating_modes: usize,
    fronts: &'s [FrontSummary],
    /// How often what a site lies in has been cut; nothing for a site that no front eliminates.
    levels: &'s [Option<usize>],
    instructions: InstructionSet,
}

/// Fronts that are alike.
struct Shape {
    pivots: usize,
    outside: usize,
    count: usize,
    /// Of all of them.
    multiply_adds: f64,
}

impl Shown<'_> {
    /// The kinds of fronts, those that take most first.
    fn shapes(&self) -> Vec<Shape> {
        let mut shapes: BTreeMap<(usize, usize), Shape> = BTreeMap::new();
        for front in self.fronts {
            let (pivots, outside) = (front.sites.len(), front.outside);
            let shape = shapes.entry((pivots, outside)).or_insert(Shape {
                pivots,
                outside,
                count: 0,
                multiply_adds: 0.0,
            });
            shape.count += 1;
            shape.multiply_adds += front.multiply_adds();
        }
        let mut shapes: Vec<Shape> = shapes.into_values().collect();
        shapes.sort_by(|a, b| b.multiply_adds.total_cmp(&a.multiply_adds));
        shapes
    }

    /// The number of levels of cuts.
    fn levels(&self) -> usize {
        let deepest = self.levels.iter().flatten().max();
        deepest.map_or(0, |deepest| deepest + 1)
    }

    /// Samples at a time in this precision, and a thread's working memory.
    fn workspace<R: Precise>(&self) -> (usize, u64) {
        let samples = self.instructions.lanes::<R>();
        let numbers = self.plan.summary().workspace as u64;
        let bytes = numbers.saturating_mul((samples * size_of::<R>()) as u64);
        (samples, bytes)
    }

    fn json(&self) -> serde_json::Value {
        let summary = self.plan.summary();
        let [length, width] = self.plan.size().sides();
        let shapes = self.shapes().into_iter().map(|shape| {
            json!({
                "pivots": shape.pivots,
                "outside": shape.outside,
                "count": shape.count,
                "multiply_adds": shape.multiply_adds,
            })
        });
        let elimination = self.fronts.iter().map(|front| {
            json!({
                "sites": front.sites,
                "outside": front.outside,
                "level": front.sites.first().and_then(|&site| self.levels[site]),
            })
        });
        let workspace = |(samples, bytes)| json!({ "samples_at_a_time": samples, "bytes": bytes });
        json!({
            "length": length,
            "width": width,
            "energy": self.energy,
            "propagating_modes": self.propagating_modes,
            "fronts": summary.fronts,
            "levels": self.levels(),
            "multiply_adds": {
                "interior": summary.interior_fma,
                "leads": summary.lead_fma,
                "total": summary.interior_fma + summary.lead_fma,
            },
            "updates": summary.updates,
            "left_over": summary.left_over,
            "instructions": self.instructions.name(),
            "workspace": {
                "f64": workspace(self.workspace::<f64>()),
                "f32": workspace(self.workspace::<f32>()),
            },
            "shapes": shapes.collect::<Vec<_>>(),
            "elimination": elimination.collect::<Vec<_>>(),
        })
    }

    /// The kinds of fronts that take most, and the rest of them.
    fn table(&self) -> Table {
        let header = ["pivots", "outside", "fronts", "multiply-adds", "share"];
        let mut table = new_table(header.map(str::to_owned).to_vec());
        let all = self.plan.summary().interior_fma;
        let mut row = |pivots: String, outside: String, of: &[Shape]| {
            let count: usize = of.iter().map(|shape| shape.count).sum();
            let fma: f64 = of.iter().map(|shape| shape.multiply_adds).sum();
            let share = format!("{:.1} %", 100.0 * fma / all);
            table.add_row([
                pivots,
                outside,
                count.to_string(),
                format!("{fma:.0}"),
                share,
            ]);
        };
        let shapes = self.shapes();
        let (named, rest) = shapes.split_at(shapes.len().min(NAMED));
        for shape in named.chunks(1) {
            let Shape {
                pivots, outside, ..
            } = shape[0];
            row(pivots.to_string(), outside.to_string(), shape);
        }
        if !rest.is_empty() {
            row(format!("{} more", rest.len()), "kinds".to_owned(), rest);
        }
        aligned(table)
    }

    fn draw(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [length, width] = self.plan.size().sides();
        let [slices, rows] = [length.min(DRAWN[0]), width.min(DRAWN[1])];
        let cut_off = if (slices, rows) == (length, width) {
            String::new()
        } else {
            format!("\n(the first {slices} of {length} slices and {rows} of {width} rows)")
        };
        write!(
            f,
            "\nEvery site by its cut: 0 parts the whole interior, 1 the parts of that, ... 9, a to z,\n\
             + beyond; | the ends{}; current from left to right{cut_off}\n",
            if self.plan.summary().left_over > 0 {
                ", * left to the leads' stage with them"
            } else {
                ""
            }
        )?;
        for row in 0..rows {
            let symbol = |slice: usize| match self.levels[slice * width + row] {
                _ if slice == 0 || slice + 1 == length => '|',
                None => '*',
                Some(level) => u32::try_from(level)
                    .ok()
                    .and_then(|level| char::from_digit(level, 36))
                    .unwrap_or('+'),
            };
            let line: String = (0..slices).map(symbol).collect();
            write!(f, "\n{line}")?;
        }
        Ok(())
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = self.plan.summary();
        let [length, width] = self.plan.size().sides();
        let mut line = |name: &str, value: String| writeln!(f, "{name:<16}{value}");
        line(
            "plan",
            format!(
                "{length} x {width} sites (length x width), E = {}",
                self.energy
            ),
        )?;
        let modes = match self.propagating_modes {
            0 => format!("0 of {width} propagate: T = 0 without any elimination"),
            modes => format!("{modes} of {width} propagate"),
        };
        line("modes", modes)?;
        line(
            "fronts",
            match (summary.fronts, self.levels()) {
                (0, _) => "none: nothing to eliminate between the ends".to_owned(),
                (1, _) => "1".to_owned(),
                (fronts, 1) => format!("{fronts}, all on one level"),
                (fronts, levels) => format!("{fronts}, on {levels} levels of cuts"),
            },
        )?;
        line(
            "multiply-adds",
            format!(
                "{}: interior {}, leads' stage {}",
                millions(summary.interior_fma + summary.lead_fma),
                millions(summary.interior_fma),
                millions(summary.lead_fma)
            ),
        )?;
        line(
            "updates",
            format!("{} numbers read, changed and written", summary.updates),
        )?;
        line(
            "left over",
            match summary.left_over {
                0 => "nothing to the leads' stage but the ends".to_owned(),
                1 => "1 site to the leads' stage, with the ends".to_owned(),
                sites => format!("{sites} sites to the leads' stage, with the ends"),
            },
        )?;
        let workspace = |(samples, bytes): (usize, u64)| {
            let set = self.instructions;
            format!(
                "{} a thread; samples at a time: {samples} ({set})",
                human(bytes)
            )
        };
        line("workspace, f64", workspace(self.workspace::<f64>()))?;
        line("workspace, f32", workspace(self.workspace::<f32>()))?;
        if !self.fronts.is_empty() {
            writeln!(f, "\n{}", self.table())?;
        }
        self.draw(f)
    }
}

/// A count as text: `1.234 million`.
fn millions(count: f64) -> String {
    if count < 1e5 {
        format!("{count:.0}")
    } else {
        format!("{:.3} million", count / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_two_numbers_with_an_x_between() {
        let size = |length, width| Ok(StripSize::new(length, width).unwrap());
        assert_eq!(parse_size("40x30"), size(40, 30));
        assert_eq!(parse_size("2X1"), size(2, 1));
        assert_eq!(parse_size("3 × 5"), size(3, 5));
        for text in [
            "", "40", "x", "40x", "x40", "4x4x4", "-3x4", "2.5x3", "40 40",
        ] {
            let error = parse_size(text).unwrap_err();
            assert!(error.contains("such as 40x40"), "{text}: {error}");
        }
        assert!(parse_size("0x4").unwrap_err().contains("at least 1"));
        assert!(parse_size("4x0").unwrap_err().contains("at least 1"));
        assert!(parse_size("1x4").unwrap_err().contains("one slice"));
    }
}
