//! How numbers become colours, and what the scale is called.

use super::axes::{Range, power};
use super::palette::{Colour, blues, diverging, greys, viridis};

/// The colours of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// From 0 on, white to dark.
    Greys,
    /// From 0 on, dark to light.
    Viridis,
    /// From 0 on, white to a colour on which black can be seen.
    Blues,
    /// Symmetric about 0.
    Diverging,
}

/// A scale that suits some numbers.
#[derive(Debug)]
pub(super) struct ColourScale {
    /// What they are, with their unit.
    pub(super) title: String,
    pub(super) range: Range,
    /// The bar shows the numbers divided by this.
    unit: f64,
    colours: Colours,
}

impl ColourScale {
    /// That of finite numbers with this name and unit.
    pub(super) fn new((name, unit): (&str, &str), values: &[f64], colours: Colours) -> Self {
        let sizes = values.iter().map(|value| value.abs());
        let most = sizes.fold(0.0, f64::max);
        // What nobody could read is told in powers of ten.
        let exponent = if most > 0.0 && !(1e-3..1e4).contains(&most) {
            most.log10().floor()
        } else {
            0.0
        };
        let (factor, prefix) = if exponent == 0.0 {
            (1.0, String::new())
        } else {
            (10_f64.powf(exponent), power("10", &exponent.to_string()))
        };
        let separated = match (prefix.as_str(), unit) {
            ("", unit) => unit.to_owned(),
            (prefix, unit) if unit.starts_with("1/") => format!("{prefix}{}", &unit[1..]),
            (prefix, "") => prefix.to_owned(),
            (prefix, unit) => format!("{prefix} {unit}"),
        };
        let title = match separated.as_str() {
            "" => name.to_owned(),
            unit => format!("{name} ({unit})"),
        };
        let to = if most > 0.0 { most } else { 1.0 };
        let from = if colours == Colours::Diverging {
            -to
        } else {
            0.0
        };
        Self {
            title,
            range: Range { from, to },
            unit: factor,
            colours,
        }
    }

    /// The interval of the numbers on the bar.
    pub(super) fn values(&self) -> Range {
        Range {
            from: self.range.from / self.unit,
            to: self.range.to / self.unit,
        }
    }

    /// That of a share of the interval, 0 to 1.
    pub(super) fn colour(&self, share: f64) -> Colour {
        match self.colours {
            Colours::Greys => greys(share),
            Colours::Viridis => viridis(share),
            Colours::Blues => blues(share),
            Colours::Diverging => diverging(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_told_in_powers_of_ten() {
        let scale =
            |values: &[f64], unit| ColourScale::new(("dG/dε", unit), values, Colours::Diverging);
        let tiny = scale(&[-3.5e-20, 1e-20], "G₀/t");
        assert_eq!(tiny.title, "dG/dε (10⁻²⁰ G₀/t)");
        assert!((tiny.values().to - 3.5).abs() < 1e-12 && tiny.range.from == -3.5e-20);
        assert_eq!(scale(&[0.02, -0.5], "1/t").title, "dG/dε (1/t)");
        assert_eq!(scale(&[2e5, 0.0], "1/t").title, "dG/dε (10⁵/t)");
        assert_eq!(
            scale(&[0.0], "").range,
            Range {
                from: -1.0,
                to: 1.0
            }
        );
    }
}
