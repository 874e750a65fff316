//! Averages over a sweep, with their errors.

use super::axes::{Axis, BELOW, Key, MARGIN, Panel, ROW_ABOVE, Range, Ticks, heading, legend};
use super::palette::{BLUE, VERMILION};
use super::scene::{COLUMN, LETTER_SIZE, Point, Scene, THICK, THIN};
use super::{PlotError, require_drawable};

/// The height of the panels.
const UPPER: i32 = 1300;
const LOWER: i32 = 800;
/// Between a panel and the heading of the next.
const BETWEEN: i32 = 20;
/// The radius of a dot, and of one among many.
const RADIUS: i32 = 22;
const RADIUS_OF_MANY: i32 = 12;
/// From this many points on, smaller markers are drawn.
const MANY: usize = 60;
/// Half the width of an error bar's ends.
const CAP: i32 = 16;

/// A value with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Where: the value of what is swept.
    pub at: f64,
    /// The value.
    pub value: f64,
    /// Its standard error, which a bar shows; `None` if it is not known.
    pub error: Option<f64>,
}

/// A straight line fitted to the values.
#[derive(Debug, Clone, Copy)]
pub struct FittedLine<'a> {
    /// Where it begins and ends: the range of the fit.
    pub ends: [(f64, f64); 2],
    /// What it says, in a few words.
    pub name: &'a str,
}

/// One quantity over what is swept.
#[derive(Debug, Clone, Copy)]
pub struct AveragesPanel<'a> {
    /// What it is, with its unit.
    pub title: &'a str,
    /// Its values in the order of what is swept; where it is not defined there is none.
    pub points: &'a [Measured],
    /// A line fitted to it.
    pub line: Option<FittedLine<'a>>,
}

/// The figure of a sweep: (a) a mean with its standard errors, (b) a standard deviation.
#[derive(Debug, Clone, Copy)]
pub struct AveragesPicture<'a> {
    /// What sweep it is, in a few words. What is too long for the column is cut at a comma.
    pub name: &'a str,
    /// What is swept, with its unit.
    pub along: &'a str,
    /// Above.
    pub upper: AveragesPanel<'a>,
    /// Below.
    pub lower: AveragesPanel<'a>,
}

impl AveragesPicture<'_> {
    /// The picture.
    ///
    /// # Errors
    /// No values, or some that cannot be drawn.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        let panels = [&self.upper, &self.lower];
        for panel in panels {
            panel.check()?;
        }
        let all = panels.into_iter().flat_map(|panel| panel.points);
        let along = Range::of(all.map(|point| point.at)).padded(0.03);
        let [upper, lower] = panels.map(AveragesPanel::range);
        let upper_axis = Axis::new(self.upper.title, Ticks::round(upper, 6));
        let lower_axis = Axis::new(self.lower.title, Ticks::round(lower, 5));

        let lower_top = ROW_ABOVE + UPPER + BETWEEN + ROW_ABOVE;
        let mut scene = Scene::new(self.name, lower_top + LOWER + BELOW)?;
        let left = upper_axis.room(&scene).max(lower_axis.room(&scene));
        let panel = |top, height, y| Panel {
            left,
            top,
            right: COLUMN - 2 * MARGIN,
            bottom: top + height,
            x: along,
            y,
        };
        let ticks = Ticks::round(along, 7);

        heading(&mut scene, left, ROW_ABOVE, "(a)", self.name);
        let upper = panel(ROW_ABOVE, UPPER, upper);
        self.upper.draw(&mut scene, &upper);
        upper.ticks_below(&mut scene, &ticks);
        upper.axis_left(&mut scene, &upper_axis);
        upper.frame(&mut scene);

        heading(&mut scene, left, lower_top, "(b)", "");
        let lower = panel(lower_top, LOWER, lower);
        self.lower.draw(&mut scene, &lower);
        lower.axis_below(&mut scene, &Axis::new(self.along, ticks));
        lower.axis_left(&mut scene, &lower_axis);
        lower.frame(&mut scene);
        Ok(scene)
    }
}

impl AveragesPanel<'_> {
    fn check(&self) -> Result<(), PlotError> {
        let list = |of: fn(&Measured) -> f64| -> Vec<f64> { self.points.iter().map(of).collect() };
        require_drawable("the list of swept values", &list(|point| point.at))?;
        require_drawable("the list of averages", &list(|point| point.value))?;
        let errors = list(|point| point.error.unwrap_or(0.0));
        require_drawable("the list of standard errors", &errors)
    }

    /// The upright axis: from zero where nothing is below.
    fn range(&self) -> Range {
        let of_points = self.points.iter().flat_map(|point| {
            let error = point.error.unwrap_or(0.0);
            [point.value - error, point.value + error]
        });
        let ends = self.line.into_iter().flat_map(|line| line.ends);
        let all: Vec<f64> = of_points.chain(ends.map(|(_, y)| y)).collect();
        if self.points.iter().any(|point| point.value < 0.0) {
            return Range::of(all).padded(0.05);
        }
        // Room for dots at zero to be whole.
        let range = Range::from_zero(all);
        let from = -0.03 * range.to;
        Range { from, ..range }
    }

    fn draw(&self, scene: &mut Scene, panel: &Panel) {
        let place = |&Measured { at, value, .. }: &Measured| panel.place(at, value);
        match self.line {
            Some(FittedLine { ends, name }) => {
                let ends = ends.map(|(x, y)| panel.place(x, y));
                scene.line(ends.to_vec(), THICK, VERMILION);
                // A falling line leaves the corner below its beginning free.
                let corner = (panel.left + LETTER_SIZE, panel.bottom - LETTER_SIZE);
                legend(scene, corner, &[(Key::Line(VERMILION), name)]);
            }
            None if self.points.len() > 1 => {
                let points: Vec<Point> = self.points.iter().map(place).collect();
                scene.line(points, THIN, BLUE.with_opacity(0.5));
            }
            None => {}
        }
        let radius = if self.points.len() < MANY {
            RADIUS
        } else {
            RADIUS_OF_MANY
        };
        for point in self.points {
            if let Some(error) = point.error {
                let (x, top) = panel.place(point.at, point.value + error);
                let (_, bottom) = panel.place(point.at, point.value - error);
                // A bar that the dot would hide is none.
                if bottom - top > 2 * radius {
                    scene.line(vec![(x, top), (x, bottom)], THIN, BLUE);
                    for y in [top, bottom] {
                        scene.line(vec![(x - CAP, y), (x + CAP, y)], THIN, BLUE);
                    }
                }
            }
            scene.dot(place(point), radius, BLUE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;

    fn points(of: impl Fn(f64) -> (f64, Option<f64>), count: u32) -> Vec<Measured> {
        let at = (0..count).map(|k| f64::from(k) * 5.0);
        at.map(|at| {
            let (value, error) = of(at);
            Measured { at, value, error }
        })
        .collect()
    }

    fn picture<'a>(
        upper: &'a [Measured],
        lower: &'a [Measured],
        line: Option<FittedLine<'a>>,
    ) -> AveragesPicture<'a> {
        AveragesPicture {
            name: "Model II, 40 × 40 sites, eV = 0.36 t, 1000 samples",
            along: "Impurity concentration n (%)",
            upper: AveragesPanel {
                title: "⟨Ḡ⟩ (2e²/h)",
                points: upper,
                line,
            },
            lower: AveragesPanel {
                title: "σ(Ḡ) (2e²/h)",
                points: lower,
                line: None,
            },
        }
    }

    #[test]
    fn every_sweep_is_readable() {
        for count in [1, 2, 21, 500] {
            let falling = points(|x| (40.0 * (-x / 20.0).exp(), Some(0.1)), count);
            let spread = points(|x| (x / 1e3, None), count);
            let logs = points(|x| (-x / 7.0, Some(0.5)), count);
            picture(&falling, &spread, None)
                .draw()
                .unwrap()
                .assert_readable();
            let line = FittedLine {
                ends: [(0.0, 0.0), (100.0, -100.0 / 7.0)],
                name: "ξ = 14.0 ± 0.5 sites",
            };
            let scene = picture(&logs, &spread, Some(line)).draw().unwrap();
            scene.assert_readable();
            let zeros = points(|_| (0.0, Some(0.0)), count);
            picture(&zeros, &zeros, None)
                .draw()
                .unwrap()
                .assert_readable();
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_error_and_none_is_hidden_by_its_dot() {
        let upper = points(|x| (50.0, Some(if x > 0.0 { 10.0 } else { 0.01 })), 2);
        let lower = points(|_| (1.0, None), 2);
        let scene = picture(&upper, &lower, None).draw().unwrap();
        let bars: Vec<i32> = scene
            .marks()
            .iter()
            .filter_map(|mark| match mark {
                Mark::Line { points, colour, .. } if *colour == BLUE => match points[..] {
                    [(a, top), (b, bottom)] if a == b => Some(bottom - top),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        // From -0.03·64.8 to 1.08·60.
        let expected = f64::from(UPPER) * 20.0 / (64.8 * 1.03);
        assert_eq!(bars.len(), 1);
        assert!(
            (f64::from(bars[0]) - expected).abs() <= 1.0,
            "{bars:?} {expected}"
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let good = points(|_| (1.0, None), 2);
        let empty = picture(&[], &good, None).draw();
        assert!(matches!(empty, Err(PlotError::Empty { .. })));
        for bad in [(f64::NAN, None), (1.0, Some(f64::INFINITY)), (1e9, None)] {
            let bad = points(|_| bad, 2);
            let found = picture(&good, &bad, None).draw();
            assert!(matches!(found, Err(PlotError::Value { .. })));
        }
    }
}
