//! Numbers on the command line: `0.1`, `0.05,0.1,0.2` or `0:1:21`.

use landauer_core::Compact;

use crate::numbers::whole;

/// One number, or several.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values(Vec<f64>);

impl Values {
    /// All of them, at least one.
    pub(super) fn all(&self) -> &[f64] {
        &self.0
    }

    /// The number, if it is one.
    pub(super) fn fixed(&self) -> Option<f64> {
        match self.0[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    /// The numbers of a sweep, if there are several.
    pub(super) fn swept(&self) -> Option<&[f64]> {
        (self.0.len() > 1).then_some(&self.0)
    }
}

impl From<Vec<f64>> for Values {
    fn from(values: Vec<f64>) -> Self {
        Self(values)
    }
}

/// What the help calls such an argument.
pub(super) const NAME: &str = "NUMBER|LIST|FROM:TO:POINTS";

/// The most points of a range.
const MAX_POINTS: u32 = 100_000;

/// Reads a number, a list with commas, or a range FROM:TO:POINTS with both ends in it.
pub(super) fn parse(text: &str) -> Result<Values, String> {
    if text.contains(':') {
        return range(text).map(Values);
    }
    let values: Result<_, String> = text.split(',').map(number).collect();
    values.map(Values)
}

fn number(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        // Only one zero.
        Ok(value) if value.is_finite() => Ok(value + 0.0),
        _ if text.trim().is_empty() => Err("a number is missing".to_owned()),
        _ => Err(format!(
            "`{}` is not a finite number; a number (0.1), a list with commas (-0.18,0,0.1) or a range \
             FROM:TO:POINTS (0:1:21) is needed",
            text.trim()
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
        Some(points) if (2..=MAX_POINTS).contains(&points) => points,
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

    fn read(text: &str) -> Vec<f64> {
        parse(text).unwrap().0
    }

    #[test]
    fn numbers_lists_and_ranges() {
        assert_eq!(parse("0.1").unwrap().fixed(), Some(0.1));
        assert_eq!(parse("-2").unwrap().swept(), None);
        assert_eq!(parse("0.05, 0.1").unwrap().swept(), Some(&[0.05, 0.1][..]));
        assert_eq!(parse("0.05, 0.1").unwrap().fixed(), None);
        assert_eq!(read("5:20:4"), [5.0, 10.0, 15.0, 20.0]);
        let values = read("0:1:21");
        assert_eq!(values[..4], [0.0, 0.05, 0.1, 0.15]);
        assert_eq!((values.len(), values[20]), (21, 1.0));
        assert_eq!(read("-0.3:0.3:3"), [-0.3, 0.0, 0.3]);
        assert_eq!(read("0:1:1e3").len(), 1000);
        assert!(read("-0")[0].is_sign_positive());
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "x",
            "nan",
            "inf",
            "1e999",
            "1,",
            ",",
            "0,,1",
            "0:1",
            "0:1:1",
            "0:1:0",
            "0:1:-3",
            "0:1:2.5",
            "0:1:100001",
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
