//! Arguments that several commands share, and what they become once checked.

use clap::Args;

use super::failure::Failure;
use super::numbers;
use landauer::StripSize;

/// A budget of multiply-adds: 1000000 or 1e6.
pub(super) fn parse_budget(text: &str) -> Result<u64, String> {
    numbers::count(1..=u64::MAX)(text).map_err(|problem| format!("multiply-adds: {problem}"))
}

/// The size of the strips to draw.
#[derive(Debug, Args)]
pub(super) struct SizeArguments {
    /// Length of the strip along transport, in sites
    #[arg(long, default_value_t = 40, value_parser = numbers::count::<usize>(0..=u64::MAX))]
    length: usize,
    /// Width of the strip and its leads, in sites
    #[arg(long, default_value_t = 40, value_parser = numbers::count::<usize>(0..=u64::MAX))]
    width: usize,
}

impl SizeArguments {
    /// The size, checked.
    pub(super) fn size(&self) -> Result<StripSize, Failure> {
        Ok(StripSize::new(self.length, self.width)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_whole_and_not_none() {
        assert_eq!(parse_budget("1000000"), Ok(1_000_000));
        assert_eq!(parse_budget("2.5e5"), Ok(250_000));
        for text in ["0", "-1", "1.5", "1e30", "NaN", "much"] {
            assert!(parse_budget(text).is_err(), "{text}");
        }
    }
}
