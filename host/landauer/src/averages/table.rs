//! What comes out, as tables: functions of the sums and nothing else.

use super::config::{Axis, SweepConfig};
use super::tally::Tally;
use crate::statistics::ConductanceHistogram;
use crate::statistics::{Localisation, MeanLog};

/// The columns of [`averages_csv`] behind that of what is swept.
const AVERAGES: [&str; 15] = [
    "samples",
    "mean",
    "standard_error",
    "variance",
    "paper_variance",
    "mean_ln",
    "mean_ln_standard_error",
    "typical",
    "zeros",
    "least",
    "greatest",
    "fallbacks_promoted",
    "fallbacks_mirrored",
    "fallbacks_recursion",
    "fallbacks_elimination",
];

/// One line a point: its value; samples; mean conductance and its standard error; variance
/// (divisor N − 1); `paper_variance`, what Li, Lu and Zhai (2020) call the variance,
/// √(Σ(G − mean)²/N); ⟨ln G⟩ and its standard error; exp⟨ln G⟩; how many samples have no ln G, since
/// no mode propagates; the smallest and largest G; how many transmissions were recomputed by a
/// fallback solver. Conductances are in 2e²/h; what is not defined, or too small for a number (2e-308),
/// is empty: ⟨ln G⟩ never is where a mode propagates.
#[must_use]
pub fn averages_csv(config: &SweepConfig, tallies: &[Tally]) -> String {
    let mut text = format!("{},{}\n", config.axis.name(), AVERAGES.join(","));
    for (&value, tally) in config.values.iter().zip(tallies) {
        let (g, ln_g) = (tally.g(), tally.ln_g());
        let fallbacks = tally.fallbacks();
        let cells = [
            swept(config.axis, value),
            tally.samples().to_string(),
            cell(g.mean()),
            cell(g.standard_error()),
            cell(g.variance()),
            cell(g.deviation()),
            cell(ln_g.mean()),
            cell(ln_g.standard_error()),
            cell(tally.typical()),
            tally.zeros().to_string(),
            cell(tally.least()),
            cell(tally.greatest()),
            fallbacks.promoted.to_string(),
            fallbacks.mirrored.to_string(),
            fallbacks.recursion.to_string(),
            fallbacks.elimination.to_string(),
        ];
        text += &(cells.join(",") + "\n");
    }
    text
}

/// P(G), one line a point and window: the value of what is swept, G, the window's lower and upper
/// edge (the upper one is not in it), how many samples are in it, and their share, P(G).
#[must_use]
pub fn distribution_csv(config: &SweepConfig, tallies: &[Tally]) -> String {
    let mut text = format!("{},g,from,to,samples,p\n", config.axis.name());
    for (&value, tally) in config.values.iter().zip(tallies) {
        let histogram = tally.histogram();
        for (bin, (count, share)) in histogram
            .counts()
            .iter()
            .zip(histogram.shares())
            .enumerate()
        {
            let middle = ConductanceHistogram::middle(bin);
            let cells = [
                swept(config.axis, value),
                format!("{middle:?}"),
                format!("{:?}", ConductanceHistogram::edge(bin)),
                format!("{:?}", ConductanceHistogram::edge(bin + 1)),
                count.to_string(),
                format!("{share:?}"),
            ];
            text += &(cells.join(",") + "\n");
        }
    }
    text
}

/// The localisation length and the line that it comes from, ⟨ln G⟩ = intercept + slope·L.
#[must_use]
pub fn localisation_csv(localisation: &Localisation) -> String {
    let Localisation {
        length,
        error,
        intercept,
        slope,
        chi_squared,
        degrees_of_freedom,
        chance,
        from,
        to,
    } = *localisation;
    format!(
        "localisation_length,standard_error,intercept,slope,chi_squared,degrees_of_freedom,chance,from,to\n\
         {length:?},{error:?},{intercept:?},{slope:?},{chi_squared:?},{degrees_of_freedom},{chance:?},{from},{to}\n"
    )
}

/// ⟨ln G⟩ at each length of a sweep over lengths; nothing of any other sweep. Lengths without a
/// standard error have one of zero.
#[must_use]
pub fn mean_logs(config: &SweepConfig, tallies: &[Tally]) -> Vec<MeanLog> {
    if config.axis != Axis::Length {
        return Vec::new();
    }
    let lengths = config.values.iter().zip(tallies);
    lengths
        .filter_map(|(&length, tally)| {
            Some(MeanLog {
                length,
                mean: tally.ln_g().mean()?,
                error: tally.ln_g().standard_error().unwrap_or(0.0),
            })
        })
        .collect()
}

/// A value of what is swept: lengths are whole numbers.
fn swept(axis: Axis, value: f64) -> String {
    match axis {
        Axis::Length => value.to_string(),
        _ => format!("{value:?}"),
    }
}

/// A number, as short as brings it back bit by bit, or nothing.
fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:?}"))
}

#[cfg(test)]
mod tests {
    use super::super::config::tests::lengths;
    use super::*;
    use crate::solve::Fallbacks;

    fn tallies(samples: [&[f64]; 3]) -> Vec<Tally> {
        let tally = |conductances: &&[f64]| {
            let mut tally = Tally::default();
            for &g in *conductances {
                tally.push(g, Fallbacks::default()).unwrap();
            }
            tally
        };
        samples.iter().map(tally).collect()
    }

    #[test]
    fn averages_by_hand() {
        let tallies = tallies([&[1.0, 2.0, 3.0, 4.0], &[0.0, 0.0], &[1.0]]);
        let text = averages_csv(&lengths(), &tallies);
        let lines: Vec<&str> = text.lines().collect();
        let names = lines[0].split(',').count();
        assert!(lines.iter().all(|line| line.split(',').count() == names));
        let deviation = 1.25_f64.sqrt();
        let variance = 5.0 / 3.0;
        let error = (variance / 4.0_f64).sqrt();
        let begin = format!("2,4,2.5,{error:?},{variance:?},{deviation:?},0.79");
        assert!(lines[1].starts_with(&begin), "{} {begin}", lines[1]);
        assert!(lines[1].ends_with(",0,1.0,4.0,0,0,0,0"), "{}", lines[1]);
        assert_eq!(lines[2], "4,2,0.0,0.0,0.0,0.0,,,,2,0.0,0.0,0,0,0,0");
        assert_eq!(lines[3], "8,1,1.0,,,0.0,0.0,,1.0,0,1.0,1.0,0,0,0,0");
    }

    #[test]
    fn the_distribution_has_the_papers_window() {
        let tallies = tallies([&[0.0, 0.1, 0.5, 0.55], &[0.3], &[2.9]]);
        let text = distribution_csv(&lengths(), &tallies);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..6],
            [
                "length,g,from,to,samples,p",
                "2,0.1,0.0,0.2,2,0.5",
                "2,0.3,0.2,0.4,0,0.0",
                "2,0.5,0.4,0.6,2,0.5",
                "4,0.1,0.0,0.2,0,0.0",
                "4,0.3,0.2,0.4,1,1.0",
            ]
        );
        assert_eq!(lines.last(), Some(&"8,2.9,2.8,3.0,1,1.0"));
    }

    #[test]
    fn only_a_sweep_over_lengths_has_logarithms_to_fit() {
        let mut config = lengths();
        let tallies = tallies([&[1.0, 1.0], &[0.0], &[4.0]]);
        let means = mean_logs(&config, &tallies);
        assert_eq!(means.len(), 2);
        assert_eq!(
            (means[0].length, means[0].mean, means[0].error),
            (2.0, 0.0, 0.0)
        );
        config.axis = Axis::Strength;
        assert!(mean_logs(&config, &tallies).is_empty());
    }
}
