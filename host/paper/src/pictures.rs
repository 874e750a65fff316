//! Pictures that several figures share.

use landauer_core::Ensemble;

use super::error::ExperimentError;
use super::jobs::{Point, square};
use super::report::Picture;
use landauer::statistics::ConductanceHistogram;
use landauer::{Energies, OnsiteEnergies};
use landauer_learn::evaluation::Predictions;
use landauer_plot::{
    CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, ScatterPicture, Scene, Series,
    StripPicture, Style,
};

/// Energies of T(E) beside a strip.
const POINTS: i32 = 201;

/// A sample of an ensemble of square strips between its leads, and its T(E) for |E| ≤ ½.
pub(super) fn strip(
    ensemble: Ensemble,
    side: usize,
    sample: u64,
    name: &str,
) -> Result<Scene, ExperimentError> {
    let size = square(side);
    let onsite = OnsiteEnergies::draw(&ensemble, size, sample..sample + 1)?;
    let half = POINTS / 2;
    let energies: Vec<f64> = (-half..=half)
        .map(|k| f64::from(k) / f64::from(2 * half))
        .collect();
    let solution = landauer::solve(&onsite, &Energies::new(energies)?)?;
    let picture = StripPicture {
        name,
        length: size.length(),
        width: size.width(),
        onsite: onsite.values(),
        energies: solution.energies().all(),
        transmission: solution.transmissions(),
        propagating_modes: solution.propagating_modes(),
    };
    Ok(picture.draw()?)
}

/// Predicted against exact conductances of a network's first target.
pub(super) fn scatter(
    name: &str,
    letter: &str,
    found: &Predictions,
    point: &Point,
) -> Result<Scene, ExperimentError> {
    let notes = [
        format!("MAE {:.4}", point.mae),
        format!("skill {:.3}", point.skill).replace('-', "−"),
    ];
    let exact = found.column(&found.exact, 0);
    let predicted = found.column(&found.predicted, 0);
    let picture = ScatterPicture {
        name,
        letter,
        exact: &exact,
        predicted: &predicted,
        shares: [
            &ConductanceHistogram::shares_of(&exact)?,
            &ConductanceHistogram::shares_of(&predicted)?,
        ],
        notes: &notes,
    };
    Ok(picture.draw()?)
}

/// Curves of those panels for which something was computed; `None` if that is none.
pub(super) fn curves_picture(
    suffix: &str,
    name: &str,
    panels: &[CurvesPanel<'_>],
) -> Result<Option<Picture>, ExperimentError> {
    let computed = |series: &Series<'_>| {
        let known = series.points.iter().any(|point| point.y.is_some());
        !matches!(series.style, Style::Published) && known
    };
    let shown = panels
        .iter()
        .filter(|panel| panel.series.iter().any(computed));
    let panels: Vec<CurvesPanel<'_>> = shown.cloned().collect();
    if panels.is_empty() {
        return Ok(None);
    }
    let scene = CurvesPicture {
        name,
        panels: &panels,
    }
    .draw()?;
    Ok(Some(Picture::new(suffix, scene)))
}

/// A network's error at a place on the lower axis, if it is done.
pub(super) fn at(x: f64, point: Option<&Point>) -> CurvePoint {
    CurvePoint {
        x,
        y: point.map(|point| point.mae),
        interval: point.map(|point| point.mae_interval),
    }
}

/// The error of always predicting the median, or of counting, there, if the network is done.
pub(super) fn baseline(x: f64, point: Option<&Point>) -> CurvePoint {
    CurvePoint {
        x,
        y: point.map(|point| point.baseline_mae),
        interval: None,
    }
}

/// A value without an interval.
pub(super) fn plain(x: f64, y: f64) -> CurvePoint {
    CurvePoint {
        x,
        y: Some(y),
        interval: None,
    }
}

/// The axis of concentrations, in percent.
pub(super) const CONCENTRATION: CurveAxis<'_> = CurveAxis {
    title: "Impurity concentration n (%)",
    division: Division::FromZero,
};
/// The axis of errors.
pub(super) const ERROR: CurveAxis<'_> = CurveAxis {
    title: "MAE (2e²/h)",
    division: Division::FromZero,
};
/// The same, with room for what differs by orders of magnitude.
pub(super) const LOG_ERROR: CurveAxis<'_> = CurveAxis {
    title: "MAE (2e²/h)",
    division: Division::Decades,
};
