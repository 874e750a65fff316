//! The median, and rounding for people.

/// The middle value; of an even number of values, half-way between the middle two; `None` of none, or if
/// one is NaN. The order of `values` is lost.
pub fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let (upper, even) = (values.len() / 2, values.len().is_multiple_of(2));
    let (below, &mut middle, _) = values.select_nth_unstable_by(upper, f64::total_cmp);
    if even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        return Some(f64::midpoint(lower, middle));
    }
    Some(middle)
}

/// The nearest number with this many significant decimal digits, one or more.
#[must_use]
pub fn significant(value: f64, digits: usize) -> f64 {
    let decimals = digits.saturating_sub(1);
    format!("{value:.decimals$e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_by_hand() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [1.0, f64::NAN, 3.0]), None);
        assert_eq!(median(&mut [3.0]), Some(3.0));
        assert_eq!(median(&mut [9.0, -1.0, 4.0]), Some(4.0));
        assert_eq!(median(&mut [9.0, -1.0, 4.0, 5.0]), Some(4.5));
    }

    #[test]
    fn digits_that_are_significant() {
        assert_eq!(significant(123_456.0, 2), 120_000.0);
        assert_eq!(significant(-0.001_234_9, 3), -0.001_23);
        assert_eq!(significant(0.0, 5), 0.0);
    }
}
