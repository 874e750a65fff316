//! Fig. 2: model I, the distribution of G at four sizes.

use super::error::ExperimentError;
use super::figure::Figure;
use super::found::{Claim, Found, Picture, Table};
use super::order::DataOrder;
use super::pictures::plain;
use super::workshop::Workshop;
use crate::ensemble::{MeanAndError, Windows, median};
use crate::plotting::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};

/// Sites along a side.
const SIDES: [usize; 4] = [3, 5, 10, 20];
/// w in t.
const STRENGTH: f64 = 4.0;
const SEED: u64 = 2;

/// One size's distribution.
struct Distribution {
    side: usize,
    samples: f64,
    shares: Vec<f64>,
    /// Mean, standard deviation, median, skewness.
    moments: [f64; 4],
}

impl Distribution {
    fn of(side: usize, g: &[f64]) -> Self {
        let windows: Windows = g.iter().copied().collect();
        let statistics: MeanAndError = g.iter().copied().collect();
        let mean = statistics.mean().unwrap_or_default();
        let deviation = statistics.deviation().unwrap_or_default();
        let cubes = g.iter().map(|g| ((g - mean) / deviation).powi(3));
        let skewness = cubes.sum::<f64>() / g.len().max(1) as f64;
        let middle = median(&mut g.to_vec()).unwrap_or_default();
        Self {
            side,
            samples: g.len() as f64,
            shares: windows.shares(),
            moments: [mean, deviation, middle, skewness],
        }
    }

    /// The window with the largest share.
    fn peak(&self) -> usize {
        let shares = self.shares.iter().enumerate();
        let peak = shares.max_by(|a, b| a.1.total_cmp(b.1));
        peak.map_or(0, |(window, _)| window)
    }

    /// How unlike the two sides of the peak are: χ² of the hypothesis that windows at equal distances
    /// from it have equal shares, and how many pairs of windows there are.
    fn asymmetry(&self) -> (f64, u32) {
        let peak = self.peak();
        let count = |window: Option<usize>| {
            let share = window.and_then(|window| self.shares.get(window));
            self.samples * share.copied().unwrap_or(0.0)
        };
        let (mut chi_squared, mut pairs) = (0.0, 0);
        for distance in 1..self.shares.len() {
            let above = count(Some(peak + distance));
            let below = count(peak.checked_sub(distance));
            // With fewer the difference is not normally distributed.
            if above + below >= 20.0 {
                chi_squared += (above - below).powi(2) / (above + below);
                pairs += 1;
            }
        }
        (chi_squared, pairs)
    }

    /// Is that more than five standard deviations of χ² above its mean?
    fn is_asymmetric(&self) -> bool {
        let (chi_squared, pairs) = self.asymmetry();
        let pairs = f64::from(pairs);
        chi_squared > pairs + 5.0 * (2.0 * pairs).sqrt()
    }
}

pub(super) fn reproduce(workshop: &Workshop<'_>) -> Result<Found, ExperimentError> {
    let samples = workshop.profile().choose(20_000, 200_000);
    let mut all = Vec::new();
    for side in SIDES {
        let order = DataOrder::model_1(STRENGTH, side, samples, SEED);
        let g = workshop.dataset(&order)?.g()?.unwrap_or_default();
        all.push(Distribution::of(side, &g));
    }

    let mut table = Table::new("", &["sites along a side", "G (G0)", "P(G)"]);
    for one in &all {
        for (window, share) in one.shares.iter().enumerate() {
            table.push([
                one.side.to_string(),
                format!("{:.1}", Windows::middle(window)),
                format!("{share:.6}"),
            ]);
        }
    }
    let asymmetric = all.iter().all(Distribution::is_asymmetric);
    let wide = all.iter().all(|one| one.moments[1] > 0.1);
    let list = |of: fn(&Distribution) -> f64| {
        let each = all.iter().map(|one| format!("{:.3}", of(one)));
        each.collect::<Vec<_>>().join(", ")
    };
    let each: Vec<String> = all
        .iter()
        .map(|one| {
            let (chi_squared, pairs) = one.asymmetry();
            format!("{chi_squared:.0} of {pairs}")
        })
        .collect();
    let claims = vec![
        Claim::words(
            "asymmetric about the peak at every size",
            "yes",
            format!(
                "χ² of both sides being equal, by pairs of windows: {}; skewness: {}",
                each.join(", "),
                list(|one| one.moments[3])
            ),
            asymmetric,
        ),
        Claim::words(
            "wide at every size",
            "yes",
            format!(
                "standard deviation: {} G0, of means {}",
                list(|one| one.moments[1]),
                list(|one| one.moments[0])
            ),
            wide,
        ),
    ];
    Ok(Found {
        figure: Figure::Fig2,
        profile: workshop.profile(),
        pictures: vec![Picture::new("", draw(&all)?)],
        tables: vec![table],
        claims,
        notes: vec![format!(
            "{samples} configurations of each size (the paper does not say how many); P(G) is the \
             share with a conductance in [G − 0.1, G + 0.1]."
        )],
    })
}

fn draw(all: &[Distribution]) -> Result<crate::plotting::Scene, ExperimentError> {
    let curves: Vec<(String, Vec<CurvePoint>)> = all
        .iter()
        .map(|one| {
            let shares = one.shares.iter().enumerate();
            let points = shares.map(|(window, &share)| plain(Windows::middle(window), share));
            (format!("{0} × {0}", one.side), points.collect())
        })
        .collect();
    let series: Vec<Series<'_>> = curves
        .iter()
        .map(|(name, points)| Series {
            name,
            style: Style::Marked,
            points,
        })
        .collect();
    let panels = [CurvesPanel {
        name: "Model I, w = 4 t",
        along: CurveAxis {
            title: "Conductance G (2e²/h)",
            division: Division::FromZero,
        },
        upright: CurveAxis {
            title: "P(G): share within G ± 0.1",
            division: Division::FromZero,
        },
        series: &series,
    }];
    let picture = CurvesPicture {
        name: "Fig. 2: the distribution of G, model I",
        panels: &panels,
    };
    Ok(picture.draw()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirrored_distribution_is_symmetric_and_a_one_sided_one_is_not() {
        let g = |counts: &[usize]| -> Vec<f64> {
            let values = counts.iter().enumerate();
            values
                .flat_map(|(window, &count)| vec![Windows::middle(window); count])
                .collect()
        };
        let symmetric = Distribution::of(3, &g(&[100, 500, 900, 500, 100]));
        assert_eq!(symmetric.peak(), 2);
        assert_eq!(symmetric.asymmetry(), (0.0, 2));
        assert!(!symmetric.is_asymmetric() && symmetric.moments[3].abs() < 1e-12);
        let one_sided = Distribution::of(3, &g(&[900, 500, 100]));
        assert_eq!(one_sided.asymmetry(), (600.0, 2));
        assert!(one_sided.is_asymmetric() && one_sided.moments[3] > 0.5);
    }
}
