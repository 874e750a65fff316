//! The picture of a sweep.

use landauer_core::Compact;

use crate::disorder::capitalised;
use landauer::averages::{Axis, Conductance, SweepConfig, Tally};
use landauer::internal::counted;
use landauer::statistics::Localisation;
use landauer::statistics::MeanAndError;
use landauer_plot::{AveragesPanel, AveragesPicture, FittedLine, Measured, PlotError, Scene};

/// The picture: the mean of G with its standard errors and the standard deviation below; of a sweep
/// over lengths those of ln G, with the line that was fitted.
pub(super) fn scene(
    config: &SweepConfig,
    samples: u64,
    tallies: &[Tally],
    localisation: Option<&Localisation>,
) -> Result<Scene, PlotError> {
    let logarithmic = config.axis == Axis::Length;
    let name = match config.conductance {
        Conductance::Energy(_) => "G",
        Conductance::Bias(_) => "Ḡ",
    };
    let (upper_title, lower_title) = if logarithmic {
        (format!("⟨ln {name}⟩"), format!("σ(ln {name})"))
    } else {
        (format!("⟨{name}⟩ (2e²/h)"), format!("σ({name}) (2e²/h)"))
    };
    let statistics = |tally: &Tally| {
        if logarithmic {
            *tally.ln_g()
        } else {
            *tally.g()
        }
    };
    let measured = |value: fn(&MeanAndError) -> Option<f64>,
                    error: fn(&MeanAndError) -> Option<f64>|
     -> Vec<Measured> {
        let points = config.values.iter().zip(tallies);
        points
            .filter_map(|(&at, tally)| {
                let statistics = statistics(tally);
                Some(Measured {
                    at: along(config.axis).1 * at,
                    value: value(&statistics)?,
                    error: error(&statistics),
                })
            })
            .collect()
    };
    let upper = measured(MeanAndError::mean, MeanAndError::standard_error);
    let lower = measured(MeanAndError::deviation, |_| None);
    let words = localisation.map(|fit| {
        let digits = decimals(fit.error);
        format!("ξ = {:.digits$} ± {:.digits$} sites", fit.length, fit.error)
    });
    let line = localisation.zip(words.as_deref()).map(|(fit, name)| {
        let end = |length: f64| (length, fit.intercept + fit.slope * length);
        FittedLine {
            ends: [end(fit.from), end(fit.to)],
            name,
        }
    });
    AveragesPicture {
        name: &heading(config, samples),
        along: along(config.axis).0,
        upper: AveragesPanel {
            title: &upper_title,
            points: &upper,
            line,
        },
        lower: AveragesPanel {
            title: &lower_title,
            points: &lower,
            line: None,
        },
    }
    .draw()
}

/// The title of the axis, and what a value is multiplied with to be laid off.
const fn along(axis: Axis) -> (&'static str, f64) {
    match axis {
        Axis::Concentration => ("Impurity concentration n (%)", 100.0),
        Axis::Strength => ("Disorder strength w (t)", 1.0),
        Axis::Length => ("Length L (sites)", 1.0),
        Axis::Energy => ("Energy E (t)", 1.0),
    }
}

/// What sweep it is, the most important first.
fn heading(config: &SweepConfig, samples: u64) -> String {
    let model = match config.axis {
        // The strength is swept.
        Axis::Strength => config
            .model
            .numbered()
            .map_or_else(String::new, |entry| format!("model {}", entry.numeral)),
        _ => config.model.to_string(),
    };
    let mut words = vec![capitalised(&model)];
    words.push(match config.axis {
        Axis::Length => format!("{} sites wide", config.size.width()),
        _ => format!("{} × {} sites", config.size.length(), config.size.width()),
    });
    if config.model.has_impurities() && config.axis != Axis::Concentration {
        // A percentage without what rounding left in it.
        let percent = (config.concentration * 1e8).round() / 1e6;
        words.push(format!("n = {percent} %"));
    }
    match config.conductance {
        Conductance::Bias(bias) => words.push(format!("eV = {} t", Compact(bias))),
        Conductance::Energy(energy) if config.axis != Axis::Energy => {
            words.push(format!("E = {} t", Compact(energy)));
        }
        Conductance::Energy(_) => {}
    }
    words.push(counted(samples, "sample"));
    words.join(", ")
}

/// Decimals that give an error two digits.
fn decimals(error: f64) -> usize {
    (0..6)
        .find(|&digits| error * 10_f64.powi(digits) >= 10.0)
        .map_or(6, |digits| usize::try_from(digits).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use landauer_core::DisorderModel;

    use super::*;
    use landauer::StripSize;

    #[test]
    fn the_heading_says_what_stays_the_same() {
        let mut config = SweepConfig {
            model: DisorderModel::II,
            concentration: 0.07,
            seed: 1,
            size: StripSize::new(40, 30).unwrap(),
            conductance: Conductance::Bias(0.36),
            axis: Axis::Concentration,
            values: vec![0.1],
            block: 1,
        };
        assert_eq!(
            heading(&config, 1000),
            "Model II, 40 × 30 sites, eV = 0.36 t, 1000 samples"
        );
        config.axis = Axis::Length;
        config.conductance = Conductance::Energy(-0.5);
        assert_eq!(
            heading(&config, 7),
            "Model II, 30 sites wide, n = 7 %, E = -0.5 t, 7 samples"
        );
        config.model = DisorderModel::AndersonBox { strength: 4.0 };
        config.axis = Axis::Energy;
        assert_eq!(
            heading(&config, 7),
            "Model I, w = 4 t, 40 × 30 sites, 7 samples"
        );
    }

    #[test]
    fn errors_have_two_digits() {
        assert_eq!(decimals(0.123), 2);
        assert_eq!(decimals(12.0), 0);
        assert_eq!(decimals(1.5), 1);
        assert_eq!(decimals(0.0), 6);
    }
}
