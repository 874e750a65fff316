//! A number on the command line that may be swept: `0.1`, `0:1:21` or `0.05,0.1,0.2`.

use landauer_core::Compact;

use crate::numbers::whole;
use landauer::averages::MAX_POINTS;

/// One number, or those of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    /// It stays the same.
    Fixed(f64),
    /// It is swept over these.
    Swept(Vec<f64>),
}

impl Values {
    /// The number, if it is fixed.
    pub(super) const fn fixed(&self) -> Option<f64> {
        match self {
            Self::Fixed(value) => Some(*value),
            Self::Swept(_) => None,
        }
    }
}

/// What the help calls such an argument.
pub(super) const NAME: &str = "NUMBER|FROM:TO:POINTS|LIST";

/// Reads a number, a range FROM:TO:POINTS with both ends in it, or a list with commas.
pub(super) fn parse(text: &str) -> Result<Values, String> {
    if text.contains(':') {
        return range(text).map(Values::Swept);
    }
    if text.contains(',') {
        let values: Result<_, String> = text.split(',').map(number).collect();
        return values.map(Values::Swept);
    }
    number(text).map(Values::Fixed)
}

fn number(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        // There is one zero.
        Ok(value) if value.is_finite() => Ok(value + 0.0),
        _ => Err(format!(
            "`{text}` is no finite number; a number, FROM:TO:POINTS or a list with commas is needed"
        )),
    }
}

fn range(text: &str) -> Result<Vec<f64>, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let [from, to, points] = parts[..] else {
        return Err("a range is FROM:TO:POINTS, such as 0:1:21".to_owned());
    };
    let (from, to) = (number(from)?, number(to)?);
    let number_of_points = whole(points)
        .ok()
        .and_then(|points| u32::try_from(points).ok());
    let points = match number_of_points {
        Some(points) if (2..=MAX_POINTS).contains(&(points as usize)) => points,
        _ => {
            return Err(format!(
                "a range has 2 to {MAX_POINTS} points, not `{points}`"
            ));
        }
    };
    let last = points - 1;
    if !((to - from) * f64::from(last)).is_finite() {
        return Err(format!(
            "{} and {} are too far apart for a range",
            Compact(from),
            Compact(to)
        ));
    }
    let value = |point: u32| {
        if point == last {
            return to;
        }
        // In this order 0:1:21 gives the doubles nearest to 0.05, 0.1, 0.15, ...
        from + (to - from) * f64::from(point) / f64::from(last) + 0.0
    };
    Ok((0..points).map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lists_and_ranges() {
        assert_eq!(parse("0.1"), Ok(Values::Fixed(0.1)));
        assert_eq!(parse("-2"), Ok(Values::Fixed(-2.0)));
        assert_eq!(parse("0.05, 0.1"), Ok(Values::Swept(vec![0.05, 0.1])));
        assert_eq!(
            parse("5:20:4"),
            Ok(Values::Swept(vec![5.0, 10.0, 15.0, 20.0]))
        );
        let Ok(Values::Swept(values)) = parse("0:1:21") else {
            panic!("a range");
        };
        assert_eq!(values[..4], [0.0, 0.05, 0.1, 0.15]);
        assert_eq!((values.len(), values[20]), (21, 1.0));
        assert_eq!(parse("-0.3:0.3:3"), Ok(Values::Swept(vec![-0.3, 0.0, 0.3])));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "x",
            "nan",
            "inf",
            "1,",
            ",",
            "0:1",
            "0:1:1",
            "0:1:0",
            "0:1:-3",
            "0:1:2.5",
            "0:1:10001",
            "0:1:2:3",
            "a:1:3",
            "0:inf:3",
            "-1e308:1e308:3",
            "-1e308:400:6",
            "::",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
