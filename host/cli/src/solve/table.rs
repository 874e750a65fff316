//! The report as a table that fits a terminal.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use landauer_core::Compact;

use super::report::{Report, TooSmall};
use crate::fallbacks;
use landauer::Fallbacks;
use landauer::internal::counted;
use landauer::statistics::MeanAndError;

/// Lines above, below and under the header, as in print.
const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill('─').junction('─'))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));
/// Samples that are shown one by one.
pub(super) const MAX_SAMPLES: u64 = 20;
/// Columns of numbers that fit beside each other.
const MAX_COLUMNS: usize = 8;
/// Transmissions too small for a number whose logarithms are shown.
const MAX_UNDERFLOWS: usize = 3;
/// Energies that are shown if a file has them all.
const MAX_ENERGIES: usize = 20;

/// What to print.
pub(super) fn text(report: &Report<'_>) -> String {
    let plan = report.plan;
    let [length, width] = plan.size.sides();
    let mut lines = vec![format!(
        "{} of {length} x {width} sites (length x width), {}",
        counted(plan.samples, "strip"),
        plan.source_words
    )];
    let shown = columns(report);
    if plan.samples > 1 && report.written.is_empty() && shown <= MAX_COLUMNS {
        lines.push(by_sample(report).to_string());
        let more = plan.samples - report.kept.transmission.len() as u64;
        if more > 0 {
            let more = counted(more, "more sample");
            lines.push(format!("... {more}: --output or --json gives them"));
        }
        if plan.energies.bias().is_some() {
            let what = if plan.fano { "T and F" } else { "T" };
            lines.push(format!(
                "{what} on the bias grid: --json gives them, or --output FILE.csv"
            ));
        }
    } else {
        let energies = if report.written.is_empty() {
            plan.energies.count()
        } else {
            plan.energies.count().min(MAX_ENERGIES)
        };
        lines.push(by_energy(report, energies).to_string());
        if energies < plan.energies.count() {
            let more = plan.energies.count() - energies;
            lines.push(format!("... {}", counted(more, "more energy")));
        }
    }
    if let Some(bias) = plan.energies.bias()
        && report.g_bar.mean().is_none()
    {
        lines.push(format!(
            "Ḡ (bias {bias}): too small for a number (below 2e-308)"
        ));
    }
    if let (Some(bias), Some(mean)) = (plan.energies.bias(), report.g_bar.mean()) {
        let error = report.g_bar.standard_error();
        let error = error.map_or_else(String::new, |error| format!(" ± {}", number(error)));
        lines.push(format!(
            "Ḡ (bias {}): {}{error} G0",
            Compact(bias),
            number(mean)
        ));
    }
    if report.fallbacks != Fallbacks::default() {
        let transmissions = plan.samples.saturating_mul(plan.energies.count() as u64);
        lines.push(fallbacks::text(report.fallbacks, transmissions));
    }
    lines.extend(underflows(report));
    lines.push(format!("solver: {}", report.choice));
    for file in &report.written {
        let path = file.path.display();
        lines.push(format!("wrote {path}: {} {:?}", file.what, file.shape));
    }
    lines.join("\n")
}

/// Transmissions too small for a number, by their logarithms.
fn underflows(report: &Report<'_>) -> Option<String> {
    if report.underflows == 0 {
        return None;
    }
    let place = |u: &TooSmall| {
        let (sample, energy) = (u.sample, short(u.energy));
        format!("sample {sample} at E = {energy}: {:.4}", u.ln_transmission)
    };
    let some = report.kept.underflows.iter().take(MAX_UNDERFLOWS);
    let some: Vec<String> = some.map(place).collect();
    let logarithms = if some.is_empty() {
        String::new()
    } else {
        format!("; ln T of {}", some.join(", "))
    };
    Some(format!(
        "{} T too small for a number (below 2e-308), 0 in their places{logarithms}",
        report.underflows
    ))
}

/// Columns of numbers of [`by_sample`]: the energies that were asked for, and Ḡ.
fn columns(report: &Report<'_>) -> usize {
    let given = report.plan.energies.given().len();
    let each = if report.plan.fano { 2 } else { 1 };
    given * each + usize::from(report.plan.energies.bias().is_some())
}

/// One row a sample; the grid of a bias is left out.
fn by_sample(report: &Report<'_>) -> Table {
    let plan = report.plan;
    let given = plan.energies.given().len();
    let energies = &plan.energies.all()[..given];
    let mut header = vec!["sample".to_owned()];
    header.extend(
        energies
            .iter()
            .map(|&energy| format!("T(E={})", short(energy))),
    );
    if plan.fano {
        header.extend(
            energies
                .iter()
                .map(|&energy| format!("F(E={})", short(energy))),
        );
    }
    header.extend(plan.energies.bias().map(|_| "Ḡ".to_owned()));
    let mut table = new_table(header);
    for (at, transmissions) in report.kept.transmission.iter().enumerate() {
        let mut row = vec![(plan.first + at as u64).to_string()];
        row.extend(transmissions[..given].iter().map(|&t| number(t)));
        if let Some(fano) = report.kept.fano.get(at) {
            row.extend(fano[..given].iter().map(|&f| optional(f)));
        }
        row.extend(report.kept.g_bar.get(at).map(|&g| number(g)));
        table.add_row(row);
    }
    let mut summary = |name: &str, of: fn(&MeanAndError) -> Option<f64>| {
        let mut row = vec![name.to_owned()];
        row.extend(report.transmission[..given].iter().map(|s| optional(of(s))));
        if plan.fano {
            row.extend(report.fano[..given].iter().map(|s| optional(of(s))));
        }
        row.extend(plan.energies.bias().map(|_| optional(of(&report.g_bar))));
        table.add_row(row);
    };
    summary("mean", MeanAndError::mean);
    summary("std. error", MeanAndError::standard_error);
    if plan.propagating_modes {
        let mut row = vec!["propagating modes".to_owned()];
        row.extend(
            report.propagating_modes[..given]
                .iter()
                .map(usize::to_string),
        );
        table.add_row(row);
    }
    aligned(table)
}

/// One row an energy: one sample's T, or the mean of many.
fn by_energy(report: &Report<'_>, energies: usize) -> Table {
    let plan = report.plan;
    let many = plan.samples > 1;
    let mut header = vec!["E"];
    // They bound the T of a strip.
    let modes = plan.propagating_modes || !many;
    if modes {
        header.push("propagating modes");
    }
    header.extend(if many {
        &["mean T", "std. error"][..]
    } else {
        &["T"]
    });
    if plan.fano {
        header.extend(if many {
            &["mean F", "std. error"][..]
        } else {
            &["F"]
        });
    }
    let mut table = new_table(header.into_iter().map(str::to_owned).collect());
    for (at, energy) in plan.energies.all()[..energies].iter().enumerate() {
        let mut row = vec![short(*energy)];
        if modes {
            row.push(report.propagating_modes[at].to_string());
        }
        let mut statistics = vec![&report.transmission[at]];
        statistics.extend(plan.fano.then_some(&report.fano[at]));
        for statistics in statistics {
            row.push(optional(statistics.mean()));
            if many {
                row.push(optional(statistics.standard_error()));
            }
        }
        table.add_row(row);
    }
    aligned(table)
}

/// A table with this header, as all commands print them.
pub(crate) fn new_table(header: Vec<String>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(header);
    table
}

/// Numbers stand below each other.
pub(crate) fn aligned(mut table: Table) -> Table {
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Six decimals, or fewer digits and the power of ten of what is too small or too large for them.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value.abs() < 1e-3 || value.abs() >= 1e7 {
        format!("{value:.4e}")
    } else {
        format!("{value:.6}")
    }
}

/// An energy without the last digits that rounding left in it: 0.05 for 0.04999999999999999.
pub(crate) fn short(energy: f64) -> String {
    let rounded = (energy * 1e6).round() / 1e6;
    // No more than that: an energy beside a band edge is not on it.
    let near = (rounded - energy).abs() < 1e-16 && (rounded != 0.0 || energy == 0.0);
    // Large ones have no digits behind the point.
    if near && energy.abs() < 1e6 {
        // No minus before a zero.
        Compact(rounded + 0.0).to_string()
    } else {
        Compact(energy).to_string()
    }
}

/// A number, or a dash for none.
pub(crate) fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_small_ones_keep_their_digits() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(12.345_678_9), "12.345679");
        assert_eq!(number(1.234_567e-17), "1.2346e-17");
        assert_eq!(number(-1e300), "-1.0000e300");
        assert_eq!(optional(None), "-");
        assert_eq!(short(0.049_999_999_999_999_99), "0.05");
        assert_eq!(short(-0.0), "0");
        assert_eq!(short(0.123_456_789), "0.123456789");
        assert_eq!(short(0.999_999_999_999_906_2), "0.9999999999999062");
        assert_eq!(short(1.999_999_999_999_999_8), "1.9999999999999998");
        assert_ne!(short(1e-320), "0");
        assert_eq!(short(1e300), "1e300");
        assert_eq!(short(-1e303), "-1e303");
    }
}
