//! A float network and the integer network made of it, side by side.

use super::axes::{Axis, BELOW, MARGIN, Panel, ROW_ABOVE, Range, Ticks, heading};
use super::concentration::thinning;
use super::palette::{BLUE, Colour, GREY, VERMILION};
use super::scene::{Anchor, COLUMN, LETTER_SIZE, Scene, THIN};
use super::{PlotError, require_drawable, require_length};

/// Between the two upper panels: the labels at their ends must not touch.
const BESIDE: i32 = 260;
/// The height of the lower panel.
const LOWER: i32 = 700;
/// The radius of a dot.
const RADIUS: i32 = 11;
/// More dots than this hide each other.
const MANY: usize = 1000;

/// The figure of an export: (a) the float and (b) the integer network's predictions against what is
/// exact, (c) what the integers changed.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonPicture<'a> {
    /// What was predicted, in a few words. What is too long for the column is cut at a comma.
    pub name: &'a str,
    /// The conductance's letter: `G`, `Ḡ`.
    pub letter: &'a str,
    /// What is exact, `[sample]`, in 2e²/h.
    pub exact: &'a [f64],
    /// What the float network predicts, `[sample]`, in 2e²/h.
    pub float: &'a [f64],
    /// What the integer network predicts, `[sample]`, in 2e²/h.
    pub integer: &'a [f64],
    /// What to say in the corners of (a) and (b), a few words each: `MAE 0.153`.
    pub notes: [&'a str; 2],
}

impl ComparisonPicture<'_> {
    /// The picture. Up to 8000 samples are drawn as dots; of more, every second, third, … is
    /// ([`thinning`]).
    ///
    /// # Errors
    /// No samples, values that cannot be drawn, arrays of different lengths.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        let &Self {
            exact,
            float,
            integer,
            ..
        } = self;
        require_drawable("the list of exact conductances", exact)?;
        for (name, values) in [
            ("the list of the float network's predictions", float),
            ("the list of the integer network's predictions", integer),
        ] {
            require_drawable(name, values)?;
            require_length(name, values.len(), exact.len())?;
        }
        let changes: Vec<f64> = integer.iter().zip(float).map(|(a, b)| a - b).collect();

        let all = [exact, float, integer].into_iter().flatten().copied();
        let sides = Range::of(all.chain([0.0])).padded(0.03);
        let least = changes.iter().map(|change| change.abs());
        let far = Range::from_zero(least).to;
        let range = Range {
            from: -far,
            to: far,
        };
        let predicted = format!("Predicted {} (2e²/h)", self.letter);
        let level = format!("Exact {} (2e²/h)", self.letter);
        let ticks = Ticks::round(sides, 4);
        let upper_axis = Axis::new(&predicted, ticks.clone());
        let lower_axis = Axis::new("Integer − float", Ticks::round(range, 5));

        // Measured on a sheet of its own, since the height is that of the width which is left.
        let ruler = Scene::new("", 0)?;
        let left = upper_axis.room(&ruler).max(lower_axis.room(&ruler));
        let right = COLUMN - 2 * MARGIN;
        let side = (right - left - BESIDE) / 2;
        let square = |left| Panel {
            left,
            top: ROW_ABOVE,
            right: left + side,
            bottom: ROW_ABOVE + side,
            x: sides,
            y: sides,
        };
        let [float_panel, integer_panel] = [square(left), square(left + side + BESIDE)];
        let lower_top = float_panel.bottom + BELOW + ROW_ABOVE - MARGIN;
        let lower = Panel {
            left,
            top: lower_top,
            right: integer_panel.right,
            bottom: lower_top + LOWER,
            x: sides,
            y: range,
        };

        let mut scene = Scene::new(self.name, lower.bottom + BELOW)?;
        for (panel, values, letter, words, colour, note) in [
            (
                float_panel,
                float,
                "(a)",
                "float network",
                FLOAT,
                self.notes[0],
            ),
            (
                integer_panel,
                integer,
                "(b)",
                "in integers",
                INTEGER,
                self.notes[1],
            ),
        ] {
            heading(&mut scene, panel.left, panel.top, letter, words);
            let ends = [sides.from, sides.to].map(|end| panel.place(end, end));
            scene.line(ends.to_vec(), THIN, GREY);
            self.dots(&mut scene, &panel, values, colour);
            let corner = (
                panel.right - LETTER_SIZE / 2,
                panel.bottom - LETTER_SIZE / 2,
            );
            scene.text(corner, note, Anchor::End);
            panel.axis_below(&mut scene, &Axis::new(&level, ticks.clone()));
            panel.frame(&mut scene);
        }
        float_panel.axis_left(&mut scene, &upper_axis);

        heading(&mut scene, lower.left, lower.top, "(c)", self.name);
        let ends = [sides.from, sides.to].map(|end| lower.place(end, 0.0));
        scene.line(ends.to_vec(), THIN, GREY);
        self.dots(&mut scene, &lower, &changes, INTEGER);
        lower.axis_below(&mut scene, &Axis::new(&level, Ticks::round(sides, 7)));
        lower.axis_left(&mut scene, &lower_axis);
        lower.frame(&mut scene);
        Ok(scene)
    }

    /// A dot a sample, at its exact value.
    fn dots(&self, scene: &mut Scene, panel: &Panel, values: &[f64], colour: Colour) {
        let samples = self.exact.len();
        let opacity = if samples > MANY { 0.4 } else { 0.8 };
        let dots = self.exact.iter().zip(values);
        for (&exact, &value) in dots.step_by(thinning(samples)) {
            scene.dot(
                panel.place(exact, value),
                RADIUS,
                colour.with_opacity(opacity),
            );
        }
    }
}

const FLOAT: Colour = BLUE;
const INTEGER: Colour = VERMILION;

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;

    fn picture<'a>(
        exact: &'a [f64],
        float: &'a [f64],
        integer: &'a [f64],
    ) -> ComparisonPicture<'a> {
        ComparisonPicture {
            name: "Model II, 40 × 40 sites, best-g, 20000 samples",
            letter: "Ḡ",
            exact,
            float,
            integer,
            notes: ["MAE 0.1434", "MAE 0.1440"],
        }
    }

    #[test]
    fn every_comparison_is_readable() {
        let spread: Vec<f64> = (0..3000).map(|s| f64::from(s) / 75.0).collect();
        let off: Vec<f64> = spread.iter().map(|g| g + (g * 50.0).sin()).collect();
        for (exact, float, integer) in [
            (&spread[..], &off[..], &spread[..]),
            (&spread, &spread, &spread),
            (&[0.0], &[0.0], &[0.0]),
            (&[0.3], &[-0.2], &[-0.200_000_1]),
            (&[1000.0; 9], &[0.0; 9], &[1.0; 9]),
        ] {
            let scene = picture(exact, float, integer).draw().unwrap();
            scene.assert_readable();
        }
    }

    #[test]
    fn both_networks_and_their_difference_are_drawn_to_scale() {
        let scene = picture(&[1.0, 9.0], &[1.0, 9.0], &[2.0, 8.0]);
        let scene = scene.draw().unwrap();
        let dots: Vec<(i32, i32)> = scene
            .marks()
            .iter()
            .filter_map(|mark| match mark {
                Mark::Dot { centre, .. } => Some(*centre),
                _ => None,
            })
            .collect();
        let [a, b, c, d, e, f] = dots[..] else {
            panic!("{dots:?}");
        };
        // Float: on the diagonal. Integer: an eighth of the way off it, at either end.
        let steep = |(x, y): (i32, i32), (u, v): (i32, i32)| (u - x, y - v);
        let (across, up) = steep(a, b);
        assert!((across - up).abs() <= 1, "{across} {up}");
        let (across, up) = steep(c, d);
        assert!((3 * across - 4 * up).abs() <= 4, "{across} {up}");
        // Their difference: as far above zero as below.
        assert_eq!(f.1 - e.1, 2 * (f.1 - i32::midpoint(e.1, f.1)));
        assert!(f.1 > e.1);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let draw = |exact: &[f64], float: &[f64], integer: &[f64]| {
            picture(exact, float, integer).draw().unwrap_err()
        };
        assert!(matches!(draw(&[], &[], &[]), PlotError::Empty { .. }));
        let short = draw(&[1.0, 2.0], &[1.0, 2.0], &[1.0]);
        assert!(matches!(short, PlotError::Shape { .. }));
        let bad = draw(&[1.0], &[f64::NAN], &[1.0]);
        assert!(matches!(bad, PlotError::Value { .. }));
    }
}
