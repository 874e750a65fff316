//! Fig. 2: model I, the distribution of G at four sizes.

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::figure::Figure;
use super::jobs::DatasetJob;
use super::pictures::plain;
use super::report::{Claim, FigureReport, Picture, Table};
use landauer::statistics::{ConductanceError, ConductanceHistogram, MeanAndError, median};
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};

/// Sites along a side.
const SIDES: [usize; 4] = [3, 5, 10, 20];
/// w in t.
const STRENGTH: f64 = 4.0;
const SEED: u64 = 2;
/// Configurations of each size; with fewer the skewness of the smallest strips is lost in chance.
const SAMPLES: u64 = 200_000;
/// A skewness of more standard errors than this is no chance.
const SURE: f64 = 5.0;
/// A distribution is wide if its standard deviation is at least this share of its mean.
const WIDE: f64 = 0.1;

/// One size's distribution.
struct Distribution {
    side: usize,
    samples: f64,
    shares: Vec<f64>,
    /// Mean, standard deviation, median, skewness.
    moments: [f64; 4],
}

impl Distribution {
    fn of(side: usize, g: &[f64]) -> Result<Self, ConductanceError> {
        let histogram = ConductanceHistogram::of(g.iter().copied())?;
        let statistics: MeanAndError = g.iter().copied().collect();
        let mean = statistics.mean().unwrap_or_default();
        let deviation = statistics.deviation().unwrap_or_default();
        let cubes = g.iter().map(|g| ((g - mean) / deviation).powi(3));
        let skewness = cubes.sum::<f64>() / g.len().max(1) as f64;
        let middle = median(&mut g.to_vec()).unwrap_or_default();
        Ok(Self {
            side,
            samples: g.len() as f64,
            shares: histogram.shares(),
            moments: [mean, deviation, middle, skewness],
        })
    }

    /// The standard error of the skewness of this many values of a normal distribution.
    fn standard_error(&self) -> f64 {
        (6.0 / self.samples.max(1.0)).sqrt()
    }

    fn is_asymmetric(&self) -> bool {
        self.moments[3].abs() > SURE * self.standard_error()
    }
}

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let mut all = Vec::new();
    for side in SIDES {
        let job = DatasetJob::model_1(STRENGTH, side, SAMPLES, SEED);
        let g = cache.dataset(&job)?.g()?.unwrap_or_default();
        all.push(Distribution::of(side, &g)?);
    }

    let mut table = Table::new("", &["sites along a side", "G (G0)", "P(G)"]);
    for one in &all {
        for (window, share) in one.shares.iter().enumerate() {
            table.push([
                one.side.to_string(),
                format!("{:.1}", ConductanceHistogram::middle(window)),
                format!("{share:.6}"),
            ]);
        }
    }
    let asymmetric = all.iter().all(Distribution::is_asymmetric);
    let wide = all.iter().all(|one| one.moments[1] > WIDE * one.moments[0]);
    let list = |of: fn(&Distribution) -> f64| {
        let each = all.iter().map(|one| format!("{:.3}", of(one)));
        each.collect::<Vec<_>>().join(", ")
    };
    let chance = all.iter().map(Distribution::standard_error);
    let claims = vec![
        Claim::words(
            "asymmetric about the peak at every size",
            "yes",
            format!(
                "skewness: {}; chance alone makes ±{:.3}",
                list(|one| one.moments[3]),
                chance.fold(0.0, f64::max)
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
    Ok(FigureReport {
        figure: Figure::Fig2,
        profile: cache.profile(),
        pictures: vec![Picture::new("", draw(&all)?)],
        tables: vec![table],
        claims,
        notes: vec![format!(
            "{SAMPLES} configurations of each size (the paper does not say how many); P(G) is the \
             share with a conductance in [G − 0.1, G + 0.1). A distribution is called asymmetric if \
             its skewness is more than {SURE} standard errors, and wide if its standard deviation is \
             more than {WIDE} of its mean."
        )],
    })
}

fn draw(all: &[Distribution]) -> Result<landauer_plot::Scene, ExperimentError> {
    let curves: Vec<(String, Vec<CurvePoint>)> = all
        .iter()
        .map(|one| {
            let shares = one.shares.iter().enumerate();
            let points =
                shares.map(|(window, &share)| plain(ConductanceHistogram::middle(window), share));
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
    fn a_shifted_symmetric_distribution_is_symmetric_and_a_one_sided_one_is_not() {
        // The middle lies on no window's middle, so that windows are not symmetric about the peak.
        let steps = || (0..20_000).map(|k| (f64::from(k) + 0.5) / 20_000.0);
        let triangle = |u: f64| {
            if u < 0.5 {
                (2.0 * u).sqrt()
            } else {
                2.0 - (2.0 - 2.0 * u).sqrt()
            }
        };
        let symmetric: Vec<f64> = steps().map(|u| 1.237 + triangle(u)).collect();
        let symmetric = Distribution::of(3, &symmetric).unwrap();
        assert!(!symmetric.is_asymmetric(), "{:?}", symmetric.moments);
        let one_sided: Vec<f64> = steps().map(|u| 1.237 + 0.3 * u * u).collect();
        assert!(Distribution::of(3, &one_sided).unwrap().is_asymmetric());
    }
}
