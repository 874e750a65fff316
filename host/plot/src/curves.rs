//! Any quantity over any other: curves, dots, what others have published.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "panels and rows of keys are few"
)]

use super::axes::{
    Axis, BELOW, Key, MARGIN, Panel, ROW_ABOVE, Range, Scale, heading, legend, legend_width,
};
use super::concentration::thinning;
use super::palette::{BLACK, BLUE, Colour, GREEN, GREY, ORANGE, PURPLE, VERMILION, WHITE};
use super::scene::{COLUMN, LETTER_SIZE, Point, Scene, THICK, THIN};
use super::{PlotError, require_drawable};

/// The height of a panel that stands alone, and of one among others.
const ALONE: i32 = 1700;
const AMONG: i32 = 1000;
/// Between a panel's axis and the heading of the next.
const BETWEEN: i32 = 30;
/// From baseline to baseline of the legend's rows.
const LINE: i32 = LETTER_SIZE * 13 / 10;
/// The radius of a marker, and of a dot of a cloud.
const MARKER: i32 = 26;
const DOT: i32 = 11;
/// Half the width of an error bar's ends.
const CAP: i32 = 16;
/// The colours of series, in turn.
const COLOURS: [Colour; 6] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, BLACK];

/// What an axis measures, with its unit, and how numbers become lengths on it.
#[derive(Debug, Clone, Copy)]
pub struct CurveAxis<'a> {
    /// What it measures.
    pub title: &'a str,
    /// How it is divided.
    pub division: Division,
}

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Division {
    /// Evenly.
    Even,
    /// Evenly, labelled at whole numbers only.
    Whole,
    /// Evenly, and beginning at zero.
    FromZero,
    /// By powers of ten.
    Decades,
    /// By powers of two.
    Octaves,
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Along the lower axis.
    pub x: f64,
    /// Along the upright axis; `None` where it is not known: a line is interrupted there.
    pub y: Option<f64>,
    /// Between which ends y lies with 95 % confidence; `None` if that is not known.
    pub interval: Option<[f64; 2]>,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A line through the points.
    Line,
    /// The same in dashes, for what lies over another line.
    Dashed,
    /// A line with a marker at each point.
    Marked,
    /// A marker at each point.
    Markers,
    /// A small dot a point, for clouds of them.
    Cloud,
    /// A black ring a point: what others have published.
    Published,
}

/// Points that belong together.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    /// What they are, in a few words.
    pub name: &'a str,
    /// How they are drawn.
    pub style: Style,
    /// The points, in the order of a line.
    pub points: &'a [CurvePoint],
}

/// Axes with series.
#[derive(Debug, Clone)]
pub struct CurvesPanel<'a> {
    /// What it shows, in a few words; what is too long for the column is cut at a comma.
    pub name: &'a str,
    /// The lower axis.
    pub along: CurveAxis<'a>,
    /// The upright axis.
    pub upright: CurveAxis<'a>,
    /// What is drawn, the first at the back. Up to six have colours of their own, beside what was
    /// published.
    pub series: &'a [Series<'a>],
}

/// A figure of one panel, or several below each other.
#[derive(Debug, Clone)]
pub struct CurvesPicture<'a> {
    /// What it is, for screen readers.
    pub name: &'a str,
    /// The panels, from the top down.
    pub panels: &'a [CurvesPanel<'a>],
}

impl CurvesPicture<'_> {
    /// The picture. A panel's keys stand above it, in as many rows as they need.
    ///
    /// # Errors
    /// No panels, a panel without points, numbers that cannot be drawn or have no logarithm where
    /// they need one.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        if self.panels.is_empty() {
            let what = "the list of panels";
            return Err(PlotError::Empty { what });
        }
        let laid: Vec<Laid<'_>> = self
            .panels
            .iter()
            .map(Laid::new)
            .collect::<Result<_, _>>()?;
        let height = if laid.len() == 1 { ALONE } else { AMONG };
        // Measured on a sheet of its own, since the height is not known yet.
        let ruler = Scene::new("", 0)?;
        let left = laid.iter().map(|panel| panel.upright.room(&ruler)).max();
        let left = left.unwrap_or(0);
        let rows: Vec<Vec<Vec<(Key, &str)>>> = laid
            .iter()
            .map(|panel| rows(&ruler, left, panel.keys()))
            .collect();
        let above = |rows: &[Vec<_>]| {
            // The first row of keys stands where a lone panel has no heading.
            ROW_ABOVE + LINE * rows.len() as i32
        };
        let mut bottom = -BELOW - BETWEEN;
        let mut places = Vec::new();
        for rows in &rows {
            let top = bottom + BELOW + BETWEEN + above(rows);
            bottom = top + height;
            places.push(top);
        }
        let mut scene = Scene::new(self.name, bottom + BELOW)?;
        for (number, (panel, rows)) in laid.iter().zip(&rows).enumerate() {
            let (top, letter) = (places[number], letter(number, laid.len()));
            let panel_top = top - LINE * rows.len() as i32;
            heading(&mut scene, left, panel_top, &letter, panel.panel.name);
            for (row, keys) in rows.iter().enumerate() {
                let baseline = top - LINE * (rows.len() - row) as i32 + LETTER_SIZE / 2;
                legend(&mut scene, (left, baseline), keys);
            }
            panel.draw(&mut scene, left, top, height);
        }
        Ok(scene)
    }
}

/// `(a)`, `(b)`, … of several panels; nothing of one.
fn letter(number: usize, panels: usize) -> String {
    match (panels, u8::try_from(number)) {
        (2.., Ok(number @ 0..26)) => format!("({})", char::from(b'a' + number)),
        _ => String::new(),
    }
}

/// Keys in rows that fit beside each other.
fn rows<'a>(scene: &Scene, left: i32, keys: Vec<(Key, &'a str)>) -> Vec<Vec<(Key, &'a str)>> {
    let mut rows: Vec<Vec<(Key, &str)>> = Vec::new();
    for key in keys {
        if let Some(row) = rows.last_mut() {
            row.push(key);
            if left + legend_width(scene, row) <= COLUMN - MARGIN {
                continue;
            }
            row.pop();
        }
        rows.push(vec![key]);
    }
    rows
}

impl Division {
    const fn scale(self) -> Scale {
        match self {
            Self::Even | Self::FromZero => Scale::Linear,
            Self::Whole => Scale::Whole,
            Self::Decades => Scale::Logarithmic,
            Self::Octaves => Scale::Binary,
        }
    }

    /// The interval on the axis, of numbers as they are laid off.
    fn range(self, values: &[f64]) -> Range {
        let laid_off = values.iter().map(|&value| self.scale().apply(value));
        match self {
            Self::FromZero => Range::from_zero(laid_off),
            _ => Range::of(laid_off).padded(0.05),
        }
    }

    /// Makes sure that these values have a place on the axis.
    fn check(self, what: &'static str, values: &[f64]) -> Result<(), PlotError> {
        if !matches!(self, Self::Decades | Self::Octaves) {
            return require_drawable(what, values);
        }
        let bad = |value: &f64| !(value.is_finite() && *value > 0.0);
        if let Some(position) = values.iter().position(bad) {
            return Err(PlotError::Value {
                what,
                position,
                value: values[position],
            });
        }
        let laid_off: Vec<f64> = values.iter().map(|&v| self.scale().apply(v)).collect();
        require_drawable(what, &laid_off)
    }
}

/// A panel whose axes are known.
struct Laid<'a> {
    panel: &'a CurvesPanel<'a>,
    x: Range,
    y: Range,
    along: Axis<'a>,
    upright: Axis<'a>,
}

impl<'a> Laid<'a> {
    fn new(panel: &'a CurvesPanel<'a>) -> Result<Self, PlotError> {
        let all = || panel.series.iter().flat_map(|series| series.points);
        let x: Vec<f64> = all().map(|point| point.x).collect();
        let ends = all().flat_map(|point| point.interval.into_iter().flatten());
        let y: Vec<f64> = all().filter_map(|point| point.y).chain(ends).collect();
        let (along, upright) = (panel.along.division, panel.upright.division);
        along.check("the list of places on the lower axis", &x)?;
        upright.check("the list of places on the upright axis", &y)?;
        let (x, y) = (along.range(&x), upright.range(&y));
        Ok(Self {
            panel,
            along: Axis::new(panel.along.title, along.scale().ticks(x, 8)),
            upright: Axis::new(panel.upright.title, upright.scale().ticks(y, 7)),
            x,
            y,
        })
    }

    /// The series with their colours.
    fn coloured(&self) -> impl Iterator<Item = (&'a Series<'a>, Colour)> {
        let mut colours = COLOURS.into_iter().cycle();
        self.panel.series.iter().map(move |series| {
            let colour = match series.style {
                Style::Published => BLACK,
                _ => colours.next().unwrap_or(GREY),
            };
            (series, colour)
        })
    }

    fn keys(&self) -> Vec<(Key, &'a str)> {
        let key = |(series, colour): (&'a Series<'a>, Colour)| {
            let key = match series.style {
                Style::Line => Key::Line(colour),
                Style::Dashed => Key::Dashed(colour),
                Style::Marked => Key::Marked(colour),
                Style::Markers | Style::Cloud => Key::Dot(colour),
                Style::Published => Key::Ring(colour),
            };
            (key, series.name)
        };
        let named = self
            .coloured()
            .filter(|(series, _)| !series.name.is_empty());
        named.map(key).collect()
    }

    fn draw(&self, scene: &mut Scene, left: i32, top: i32, height: i32) {
        let panel = Panel {
            left,
            top,
            right: COLUMN - 2 * MARGIN,
            bottom: top + height,
            x: self.x,
            y: self.y,
        };
        let (along, upright) = (
            self.panel.along.division.scale(),
            self.panel.upright.division.scale(),
        );
        let place = |x: f64, y: f64| panel.place(along.apply(x), upright.apply(y));
        for (series, colour) in self.coloured() {
            let places = |points: &[CurvePoint]| -> Vec<Point> {
                let known = points.iter().filter_map(|p| Some(place(p.x, p.y?)));
                known.collect()
            };
            for piece in series.points.split(|point| point.y.is_none()) {
                match series.style {
                    Style::Line | Style::Marked if piece.len() > 1 => {
                        scene.line(places(piece), THICK, colour);
                    }
                    Style::Dashed => scene.dashes(&places(piece), THICK, colour),
                    _ => {}
                }
            }
            for point in series.points {
                let Some(ends) = point.interval else {
                    continue;
                };
                let [low, high] = ends.map(|end| place(point.x, end));
                scene.line(vec![low, high], THIN, colour);
                for (x, y) in [low, high] {
                    scene.line(vec![(x - CAP, y), (x + CAP, y)], THIN, colour);
                }
            }
            for point in places(series.points)
                .into_iter()
                .step_by(series.style.every(series.points))
            {
                match series.style {
                    Style::Line | Style::Dashed => {}
                    Style::Marked | Style::Markers => scene.dot(point, MARKER, colour),
                    Style::Cloud => scene.dot(point, DOT, colour.with_opacity(0.4)),
                    Style::Published => {
                        scene.dot(point, MARKER + THICK / 2, colour);
                        scene.dot(point, MARKER - THICK / 2, WHITE);
                    }
                }
            }
        }
        panel.axis_below(scene, &self.along);
        panel.axis_left(scene, &self.upright);
        panel.frame(scene);
    }
}

impl Style {
    /// Of every how many points one is drawn: clouds may have too many.
    const fn every(self, points: &[CurvePoint]) -> usize {
        match self {
            Self::Cloud => thinning(points.len()),
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;

    fn points(values: &[(f64, f64)]) -> Vec<CurvePoint> {
        let point = |&(x, y): &(f64, f64)| CurvePoint {
            x,
            y: Some(y),
            interval: (y < 1.0).then_some([0.9 * y, 1.1 * y]),
        };
        values.iter().map(point).collect()
    }

    /// One series on the lower and the upright axis.
    fn drawn(points: &[CurvePoint], style: Style, axes: [Division; 2]) -> Result<Scene, PlotError> {
        let name = "";
        let series = [Series {
            name,
            style,
            points,
        }];
        let [along, upright] = axes.map(|division| CurveAxis {
            title: name,
            division,
        });
        let panels = [CurvesPanel {
            name,
            along,
            upright,
            series: &series,
        }];
        let panels = &panels;
        CurvesPicture { name, panels }.draw()
    }

    const STYLES: [Style; 6] = [
        Style::Line,
        Style::Dashed,
        Style::Marked,
        Style::Markers,
        Style::Cloud,
        Style::Published,
    ];

    #[test]
    fn every_style_on_every_axis_is_readable() {
        let divisions = [
            Division::Even,
            Division::Whole,
            Division::FromZero,
            Division::Decades,
            Division::Octaves,
        ];
        for division in divisions {
            // Millions of multiply-adds need a logarithmic axis.
            let most = if division == Division::Decades {
                3e7
            } else {
                1024.0
            };
            let data = points(&[(1.0, 0.3), (2.0, 0.5), (most, 30.0)]);
            for count in 1..=4 {
                let series: Vec<Series<'_>> = STYLES
                    .iter()
                    .map(|&style| Series {
                        name: "three hidden layers of 3000",
                        style,
                        points: &data,
                    })
                    .collect();
                let axis = |title| CurveAxis { title, division };
                let panel = CurvesPanel {
                    name: "Model II, 40 × 40 sites",
                    along: axis("Training samples"),
                    upright: axis("MAE (2e²/h)"),
                    series: &series,
                };
                let panels = vec![panel; count];
                let picture = CurvesPicture {
                    name: "a test",
                    panels: &panels,
                };
                picture.draw().unwrap().assert_readable();
            }
        }
    }

    #[test]
    fn larger_numbers_stand_further_up_and_to_the_right() {
        let data = points(&[(2.0, 2.0), (4.0, 8.0)]);
        let axes = [Division::Octaves, Division::Decades];
        let scene = drawn(&data, Style::Markers, axes).unwrap();
        let dots: Vec<Point> = scene
            .marks()
            .iter()
            .filter_map(|mark| match mark {
                Mark::Dot { centre, .. } => Some(*centre),
                _ => None,
            })
            .collect();
        assert_eq!(dots.len(), 2);
        assert!(dots[1].0 > dots[0].0 && dots[1].1 < dots[0].1);
    }

    #[test]
    fn a_line_stops_at_what_is_not_known() {
        let lines = |unknown: &[usize]| {
            let mut data = points(&[(1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 5.0), (5.0, 6.0)]);
            for &place in unknown {
                data[place].y = None;
            }
            let scene = drawn(&data, Style::Marked, [Division::Even; 2]).unwrap();
            let of_series = scene.marks().iter().filter_map(|mark| match mark {
                Mark::Line { points, colour, .. } if *colour == BLUE => Some(points.len()),
                _ => None,
            });
            of_series.collect::<Vec<usize>>()
        };
        assert_eq!(lines(&[]), [5]);
        assert_eq!(lines(&[2]), [2, 2]);
        // A point alone has its marker.
        assert_eq!(lines(&[1]), [3]);
        assert_eq!(lines(&[1, 3]), [0; 0]);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_by_name() {
        let message = |values: &[(f64, f64)], division| {
            let data = points(values);
            let refused = drawn(&data, Style::Line, [division; 2]).unwrap_err();
            refused.to_string()
        };
        assert!(message(&[], Division::Even).contains("is empty"));
        assert!(message(&[(0.0, 1.0)], Division::Decades).contains("lower axis holds 0"));
        assert!(message(&[(1.0, f64::NAN)], Division::Even).contains("NaN at position 0"));
        let none = CurvesPicture {
            name: "",
            panels: &[],
        };
        assert!(none.draw().unwrap_err().to_string().contains("panels"));
    }
}
