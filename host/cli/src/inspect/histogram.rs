//! A histogram for the terminal.

use std::fmt::{self, Display};

use serde_json::json;

/// The most bins.
const BINS: usize = 20;
/// The longest bar, in characters: with the rest of its line it fits into 80 columns.
const LONGEST: usize = 50;

/// How often values fall into bins of equal width.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Histogram {
    begin: f64,
    bin: f64,
    counts: Vec<u64>,
}

impl Histogram {
    /// The histogram of these values, with bins of a round width from a round number on; `None` of no
    /// values, or of some that are not finite.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let least = values.iter().copied().reduce(f64::min)?;
        let greatest = values.iter().copied().reduce(f64::max)?;
        if !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let bin = round_up((greatest - least) / BINS as f64);
        let begin = (least / bin).floor() * bin;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "values begin at `begin` and span at most BINS bins"
        )]
        let number = |value: f64| ((value - begin) / bin).max(0.0) as usize;
        let mut counts = vec![0; number(greatest) + 1];
        for &value in values {
            if let Some(count) = counts.get_mut(number(value)) {
                *count += 1;
            }
        }
        Some(Self { begin, bin, counts })
    }

    pub(super) fn json(&self) -> serde_json::Value {
        json!({ "begin": self.begin, "bin_width": self.bin, "counts": self.counts })
    }
}

/// The next of 1, 2, 5, 10, 20, 50, ... times a power of ten; 1 for nothing.
fn round_up(width: f64) -> f64 {
    if width < 1e-300 {
        return 1.0;
    }
    let power = 10.0_f64.powf(width.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let fitting = steps.into_iter().find(|&step| step >= width);
    fitting.unwrap_or(10.0 * power)
}

impl Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.counts.iter().copied().max().unwrap_or(0).max(1);
        for (number, &count) in self.counts.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            let from = self.begin + number as f64 * self.bin;
            write!(
                f,
                "{:>10} {:<LONGEST$} {count}",
                label(from, self.bin),
                bar(count, most)
            )?;
        }
        Ok(())
    }
}

/// A bin's lower edge, with as many digits as the bins need.
fn label(edge: f64, bin: f64) -> String {
    // Rounding leaves a trace of the smallest bin at zero.
    let edge = if edge.abs() < bin * 1e-6 { 0.0 } else { edge };
    let small = bin < 1e-4 || edge.abs() >= 1e6;
    if small {
        return format!("{edge:.2e}");
    }
    let digits = (0..5).find(|&digits| bin * 10_f64.powi(digits) > 0.999);
    format!(
        "{edge:.*}",
        usize::try_from(digits.unwrap_or(5)).unwrap_or(5)
    )
}

/// A bar to an eighth of a character.
fn bar(count: u64, most: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(count) * 8 * LONGEST as u128 / u128::from(most);
    let eighths = usize::try_from(eighths).unwrap_or(0);
    // Every bin that is not empty shows.
    let eighths = if count > 0 { eighths.max(1) } else { 0 };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_once() {
        let values: Vec<f64> = (0..1000).map(|k| (f64::from(k) * 0.618) % 7.3).collect();
        let histogram = Histogram::of(&values).unwrap();
        assert_eq!(histogram.counts.iter().sum::<u64>(), 1000);
        assert!(histogram.counts.len() <= BINS + 1);
        assert_eq!(
            label(histogram.begin + 3.0 * histogram.bin, histogram.bin),
            "1.5"
        );
    }

    #[test]
    fn one_value_and_none_are_no_trouble() {
        assert_eq!(Histogram::of(&[3.0; 5]).unwrap().counts, [5]);
        assert_eq!(Histogram::of(&[0.0]).unwrap().counts, [1]);
        assert_eq!(Histogram::of(&[]), None);
        assert_eq!(Histogram::of(&[f64::NAN]), None);
        assert!(Histogram::of(&[1e-12, 3e-12]).is_some());
    }

    #[test]
    fn it_fits_into_80_columns() {
        for scale in [1e-9, 0.1, 1.0, 35.0, 1e9] {
            let values: Vec<f64> = (0..500).map(|k| f64::from(k * k) * scale / 25e4).collect();
            for line in Histogram::of(&values).unwrap().to_string().lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }

    #[test]
    fn bars_have_their_length() {
        assert_eq!(bar(8, 8).chars().count(), LONGEST);
        assert_eq!(
            (bar(0, 8), bar(1, 1_000_000)),
            (String::new(), "▏".to_owned())
        );
    }
}
