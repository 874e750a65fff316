//! Numbers in, pictures out: SVG and PNG for a paper's column.
//!
//! In reading order:
//!
//! 1. [`StripPicture`], [`DistributionPicture`], [`ConcentrationPicture`], [`AveragesPicture`],
//!    [`ScatterPicture`], [`ComparisonPicture`], [`AgreementPicture`], [`BarsPicture`], [`CurvesPicture`]
//!    (any other), [`NetworkPicture`], [`MapsPicture`]: one figure a file; each takes plain numbers and gives a [`Scene`].
//! 2. [`Scene`]: what is on the paper, in units of 1/900 inch.
//! 3. [`PictureFormat`]: the scene as the bytes of a file.
//!
//! Every picture is one column (3.4 inch, 86 mm) wide, or a page if that is asked for; its letters have 8 points, its colours are ones that
//! colour-blind readers can tell apart, and equal numbers give equal bytes.

mod agreement;
mod averages;
mod axes;
mod bars;
mod colour_bar;
mod colour_scale;
mod comparison;
mod concentration;
mod curves;
mod distribution;
mod flow;
mod font;
mod format;
mod maps;
mod network;
mod palette;
mod png_file;
mod scatter;
mod scene;
mod site_map;
mod stream_lines;
mod strip;
mod svg_file;

pub use agreement::{AgreementGroup, AgreementPicture};
pub use averages::{AveragesPanel, AveragesPicture, FittedLine, Measured};
pub use bars::{Bar, BarsPicture};
pub use comparison::ComparisonPicture;
pub use concentration::{ConcentrationPicture, thinning};
pub use curves::{CurveAxis, CurvePoint, CurvesPanel, CurvesPicture, Division, Series, Style};
pub use distribution::DistributionPicture;
pub use format::PictureFormat;
pub use maps::{MapPanel, MapsPicture, PictureWidth};
pub use network::{DrawnLayer, NetworkPicture};
pub use scatter::ScatterPicture;
pub use scene::Scene;
pub use strip::StripPicture;

// The front page's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// A path whose ending is neither `.svg` nor `.png`.
    #[error("{path}: a picture's name must end in .svg or .png")]
    Format {
        /// The path.
        path: String,
    },
    /// No numbers to show.
    #[error("nothing to draw: {what} is empty")]
    Empty {
        /// What should hold numbers.
        what: &'static str,
    },
    /// Arrays that belong together differ in length.
    #[error("{what} has {found} values where {expected} belong")]
    Shape {
        /// The array.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that it should have.
        expected: usize,
    },
    /// A number that no axis can show.
    #[error("{what} holds {value:?} at position {position}, which cannot be drawn")]
    Value {
        /// The array.
        what: &'static str,
        /// Where.
        position: usize,
        /// The number.
        value: f64,
    },
    /// The drawing code failed, which should not happen.
    #[error("the picture cannot be drawn: {0}")]
    Drawing(String),
}

/// Makes sure that `values` can be put on an axis: there are some, and each is finite and of a
/// magnitude that physics has.
fn require_drawable(what: &'static str, values: &[f64]) -> Result<(), PlotError> {
    /// Beyond this, tick labels and bins make no sense.
    const LARGEST: f64 = 1e6;
    if values.is_empty() {
        return Err(PlotError::Empty { what });
    }
    let bad = |value: &f64| !value.is_finite() || value.abs() > LARGEST;
    match values.iter().position(bad) {
        Some(position) => Err(PlotError::Value {
            what,
            position,
            value: values[position],
        }),
        None => Ok(()),
    }
}

/// Makes sure that `values` are as many as `expected`.
fn require_length(what: &'static str, found: usize, expected: usize) -> Result<(), PlotError> {
    if found == expected {
        return Ok(());
    }
    Err(PlotError::Shape {
        what,
        found,
        expected,
    })
}
