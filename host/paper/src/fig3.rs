//! Fig. 3: model II, configurations, and G and Ḡ against the concentration.

use landauer_core::{Concentration, DisorderModel, Ensemble};

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::figure::Figure;
use super::jobs::DatasetJob;
use super::pictures::{CONCENTRATION, plain, strip};
use super::report::{Claim, FigureReport, Picture, Table};
use landauer::statistics::{MeanAndError, median};
use landauer_plot::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};

/// The concentrations of the configurations.
const DRAWN: [(f64, &str, &str); 3] = [
    (0.01, "_a", "Model II, n = 1 %"),
    (0.5, "_b", "Model II, n = 50 %"),
    (0.99, "_c", "Model II, n = 99 %"),
];
const SEED: u64 = 3;
/// G and Ḡ count as nothing below this, in G0.
const NOTHING: f64 = 0.01;
/// Bands of n that spreads are taken in.
const BANDS: usize = 20;

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let mut pictures = Vec::new();
    for (n, suffix, name) in DRAWN {
        let ensemble = Ensemble::new(DisorderModel::II, Concentration::Fixed(n), SEED)?;
        pictures.push(Picture::new(suffix, strip(ensemble, 40, 0, name)?));
    }
    let samples = cache.profile().choose(2_000, 10_000);
    let job = DatasetJob {
        bias: true,
        ..DatasetJob::species(DisorderModel::II, samples, SEED)
    };
    let dataset = cache.dataset(&job)?;
    let n = dataset.concentration()?.unwrap_or_default();
    let g = dataset.g()?.unwrap_or_default();
    let g_bar = dataset.g_bar()?.unwrap_or_default();

    let mut table = Table::new("_de", &["n (%)", "G (G0)", "G-bar (G0)"]);
    for ((n, g), g_bar) in n.iter().zip(&g).zip(&g_bar) {
        table.push([
            format!("{:.4}", 100.0 * n),
            format!("{g:.6}"),
            format!("{g_bar:.6}"),
        ]);
    }
    pictures.push(Picture::new("_de", draw(&n, &g, &g_bar)?));

    let upper = |values: &[f64]| {
        let high = n.iter().zip(values).filter(|(n, _)| **n > 0.9);
        let mut high: Vec<f64> = high.map(|(_, value)| *value).collect();
        median(&mut high).unwrap_or_default()
    };
    let spreads = spreads(&n, &g, &g_bar);
    let wider = spreads.iter().filter(|[g, g_bar]| g > g_bar).count();
    let claims = vec![
        Claim::words(
            "G and Ḡ go to 0",
            "yes",
            format!(
                "medians above n = 90 %: {:.1e} and {:.1e} G0",
                upper(&g),
                upper(&g_bar)
            ),
            upper(&g) < NOTHING && upper(&g_bar) < NOTHING,
        ),
        Claim::words(
            "at given n, G scatters more than Ḡ",
            "yes",
            format!(
                "in {wider} of {} bands of n in which G is above {NOTHING} G0; deviations from the \
                 line through each band, mean: {:.3} and {:.3} G0",
                spreads.len(),
                mean(&spreads, 0),
                mean(&spreads, 1)
            ),
            wider == spreads.len(),
        ),
    ];
    Ok(FigureReport {
        figure: Figure::Fig3,
        profile: cache.profile(),
        pictures,
        tables: vec![table],
        claims,
        notes: vec![format!(
            "{samples} configurations, n uniform in [0, 1); both panels show the same ones."
        )],
    })
}

fn mean(pairs: &[[f64; 2]], which: usize) -> f64 {
    pairs.iter().map(|pair| pair[which]).sum::<f64>() / pairs.len().max(1) as f64
}

/// The standard deviations of G and Ḡ in bands of n, their slope taken off, where G is something.
fn spreads(n: &[f64], g: &[f64], g_bar: &[f64]) -> Vec<[f64; 2]> {
    let mut found = Vec::new();
    for band in 0..BANDS {
        let edge = |number: usize| number as f64 / BANDS as f64;
        let inside: Vec<usize> = (0..n.len())
            .filter(|&k| (edge(band)..edge(band + 1)).contains(&n[k]))
            .collect();
        let of = |values: &[f64]| {
            let points: Vec<(f64, f64)> = inside.iter().map(|&k| (n[k], values[k])).collect();
            about_line(&points)
        };
        let mean: MeanAndError = inside.iter().map(|&k| g[k]).collect();
        if inside.len() > 2 && mean.mean().is_some_and(|mean| mean > NOTHING) {
            found.push([of(g), of(g_bar)]);
        }
    }
    found
}

/// The root mean square distance from the straight line of least squares.
fn about_line(points: &[(f64, f64)]) -> f64 {
    let count = points.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let xx: f64 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    let xy: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    let squares = points.iter().map(|p| (p.1 - y - slope * (p.0 - x)).powi(2));
    (squares.sum::<f64>() / count).sqrt()
}

fn draw(n: &[f64], g: &[f64], g_bar: &[f64]) -> Result<landauer_plot::Scene, ExperimentError> {
    let cloud = |values: &[f64]| -> Vec<CurvePoint> {
        let pairs = n.iter().zip(values);
        pairs.map(|(&n, &value)| plain(100.0 * n, value)).collect()
    };
    let clouds = [cloud(g), cloud(g_bar)];
    let series = clouds.each_ref().map(|points| {
        [Series {
            name: "",
            style: Style::Cloud,
            points,
        }]
    });
    let panel = |name, title, number: usize| CurvesPanel {
        name,
        along: CONCENTRATION,
        upright: CurveAxis {
            title,
            division: Division::FromZero,
        },
        series: &series[number],
    };
    let panels = [
        panel("as (d) of the paper: G at E = 0", "G (2e²/h)", 0),
        panel("as (e): finite bias, eV = 0.36 t", "Ḡ (2e²/h)", 1),
    ];
    let picture = CurvesPicture {
        name: "Fig. 3 (d, e): G and Ḡ against n, model II",
        panels: &panels,
    };
    Ok(picture.draw()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_no_spread() {
        let line: Vec<(f64, f64)> = (0..9).map(|k| (f64::from(k), 3.0 - f64::from(k))).collect();
        assert!(about_line(&line) < 1e-12);
        let zigzag = [(0.0, 1.0), (1.0, -1.0), (2.0, -1.0), (3.0, 1.0)];
        assert!((about_line(&zigzag) - 1.0).abs() < 1e-12);
    }
}
