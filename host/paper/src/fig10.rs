//! Fig. 10: models II, III, IV, G against the concentration.

use landauer_core::DisorderModel;

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::figure::Figure;
use super::jobs::DatasetJob;
use super::numbers::numeral;
use super::pictures::{CONCENTRATION, plain};
use super::report::{Claim, FigureReport, Picture, Table};
use landauer::statistics::median;
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};

pub(super) const MODELS: [DisorderModel; 3] =
    [DisorderModel::II, DisorderModel::III, DisorderModel::IV];
const SEED: u64 = 10;
/// The range of n that the inset shows.
const INSET: [f64; 2] = [0.6, 1.0];
/// More than this many times as large is far above.
const FAR: f64 = 10.0;
/// Less than this many times as large is comparable.
const COMPARABLE: f64 = 2.0;
/// Bands of n that the scatter is taken in.
const BANDS: usize = 20;

/// n and G of one model's samples.
struct Samples {
    n: Vec<f64>,
    g: Vec<f64>,
}

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let samples = cache.profile().choose(2_000, 10_000);
    let mut all = Vec::new();
    let mut table = Table::new("", &["model", "n (%)", "G (G0)"]);
    for model in MODELS {
        let dataset = cache.dataset(&DatasetJob::species(model, samples, SEED))?;
        let one = Samples {
            n: dataset.concentration()?.unwrap_or_default(),
            g: dataset.g()?.unwrap_or_default(),
        };
        for (n, g) in one.n.iter().zip(&one.g) {
            table.push([
                numeral(model).to_owned(),
                format!("{:.4}", 100.0 * n),
                format!("{g:.6}"),
            ]);
        }
        all.push(one);
    }
    Ok(FigureReport {
        figure: Figure::Fig10,
        profile: cache.profile(),
        pictures: vec![Picture::new("", draw(&all)?)],
        tables: vec![table],
        claims: claims(&all),
        notes: vec![format!(
            "{samples} configurations of each model, n uniform in [0, 1); (b) is the paper's inset. \
             Far above means more than {FAR} times, comparable within a factor of {COMPARABLE}."
        )],
    })
}

fn claims(all: &[Samples]) -> Vec<Claim> {
    let scatter: Vec<f64> = all.iter().map(Samples::scatter).collect();
    let inset: Vec<f64> = all.iter().map(Samples::inset).collect();
    let list = |values: &[f64], decimals: usize| {
        let each = values.iter().map(|value| format!("{value:.decimals$}"));
        each.collect::<Vec<_>>().join(", ")
    };
    vec![
        Claim::words(
            "the scatter grows with the number of species",
            "yes",
            format!(
                "mean distance from the median at the same n, models II, III, IV: {} G0",
                list(&scatter, 4)
            ),
            scatter.is_sorted(),
        ),
        Claim::words(
            "from 60 to 100 %, model III is far above II and comparable to IV",
            "yes",
            format!(
                "mean G there: {} G0; IV is {:.1} times III",
                list(&inset, 5),
                inset[2] / inset[1]
            ),
            inset[1] > FAR * inset[0]
                && inset[2] <= COMPARABLE * inset[1]
                && inset[1] <= COMPARABLE * inset[2],
        ),
    ]
}

impl Samples {
    /// The mean distance of G from its median in bands of n.
    fn scatter(&self) -> f64 {
        let mut sum = 0.0;
        for band in 0..BANDS {
            let edge = |number: usize| number as f64 / BANDS as f64;
            let inside = self.n.iter().zip(&self.g);
            let inside = inside.filter(|(n, _)| (edge(band)..edge(band + 1)).contains(*n));
            let mut points: Vec<(f64, f64)> = inside.map(|(&n, &g)| (n, g)).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            // Among neighbours in n, so that the slope is no scatter.
            for group in points.chunks(9) {
                let mut values: Vec<f64> = group.iter().map(|point| point.1).collect();
                let middle = median(&mut values).unwrap_or_default();
                sum += values.iter().map(|g| (g - middle).abs()).sum::<f64>();
            }
        }
        sum / self.g.len().max(1) as f64
    }

    /// The mean of G in the inset's range.
    fn inset(&self) -> f64 {
        let [from, to] = INSET;
        let inside = self.n.iter().zip(&self.g);
        let inside = inside.filter(|(n, _)| (from..to).contains(*n));
        let values: Vec<f64> = inside.map(|(_, &g)| g).collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    }

    fn cloud(&self, [from, to]: [f64; 2]) -> Vec<CurvePoint> {
        let pairs = self.n.iter().zip(&self.g);
        let inside = pairs.filter(|(n, _)| (from..=to).contains(*n));
        inside.map(|(&n, &g)| plain(100.0 * n, g)).collect()
    }
}

fn draw(all: &[Samples]) -> Result<landauer_plot::Scene, ExperimentError> {
    let names = MODELS.map(|model| format!("model {}", numeral(model)));
    let clouds = [[0.0, 1.0], INSET].map(|range| {
        let each = all.iter().map(|samples| samples.cloud(range));
        each.collect::<Vec<_>>()
    });
    let series = clouds.each_ref().map(|clouds| {
        let each = names.iter().zip(clouds).map(|(name, points)| Series {
            name,
            style: Style::Cloud,
            points,
        });
        each.collect::<Vec<_>>()
    });
    let panel = |name, division, number: usize| CurvesPanel {
        name,
        along: CurveAxis {
            division,
            ..CONCENTRATION
        },
        upright: CurveAxis {
            title: "G (2e²/h)",
            division: Division::FromZero,
        },
        series: &series[number],
    };
    let panels = [
        panel("40 × 40 sites", Division::FromZero, 0),
        panel("the same, 60 to 100 %", Division::Even, 1),
    ];
    let picture = CurvesPicture {
        name: "Fig. 10: G against n, models II, III, IV",
        panels: &panels,
    };
    Ok(picture.draw()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scatter_is_about_the_median_of_neighbours() {
        let n: Vec<f64> = (0..90).map(|k| f64::from(k) / 90.0).collect();
        let straight = Samples {
            g: n.iter().map(|_| 3.0).collect(),
            n: n.clone(),
        };
        assert_eq!(straight.scatter(), 0.0);
        let jumping = Samples {
            g: (0..90).map(|k| f64::from(k % 2)).collect(),
            ..straight
        };
        assert!(jumping.scatter() > 0.3);
    }
}
