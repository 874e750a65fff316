//! Predicted against exact conductances.

use super::axes::{
    Axis, BARS_OPACITY, BELOW, Key, MARGIN, Panel, ROW_ABOVE, Range, Scale, Ticks, heading, legend,
};
use super::colour_bar::{BAR, BAR_GAP, draw_bar};
use super::concentration::thinning;
use super::distribution::{edge, logarithmic_range};
use super::palette::{BLUE, Colour, GREY, VERMILION, WHITE, viridis};
use super::scene::{Anchor, CAPITAL, COLUMN, LETTER_SIZE, Point, Scene, THIN};
use super::{PlotError, require_drawable, require_length};

/// The radius of a dot.
const RADIUS: i32 = 11;
/// The sides of the inset, and its distance from the panel's upper edge.
const INSET_WIDTH: i32 = 720;
const INSET_HEIGHT: i32 = 520;
const INSET_TOP: i32 = 70;
/// The inset may hide such a share of the samples.
const HIDDEN: f64 = 0.001;
/// More steps of P(G) than this could not be told apart in the inset.
const MAX_STEPS: usize = 45;
/// From baseline to baseline of the words in the corner.
const LINE: i32 = LETTER_SIZE * 13 / 10;
/// The share of samples whose error has a colour of its own; all above have the last one.
const COLOURED: f64 = 0.99;

/// The figure of predicted against exact conductances: a dot a sample, coloured by the size of its
/// error, the diagonal where both are equal, and P(G) of both: in an inset, or beneath where predictions
/// are so bad that the inset would hide many of them.
#[derive(Debug, Clone, Copy)]
pub struct ScatterPicture<'a> {
    /// What was predicted by what, in a few words. What is too long for the column is cut at a
    /// comma.
    pub name: &'a str,
    /// The conductance's letter: `G`, `Ḡ`.
    pub letter: &'a str,
    /// What is exact, `[sample]`, in 2e²/h.
    pub exact: &'a [f64],
    /// What was predicted, `[sample]`, in 2e²/h.
    pub predicted: &'a [f64],
    /// P(G) of `exact` and `predicted`: the shares of samples in [0, 0.2), [0.2, 0.4), … in 2e²/h, `[bin]`.
    pub shares: [&'a [f64]; 2],
    /// What to say in the corner, line by line, a few words each: `MAE 0.153`.
    pub notes: &'a [String],
}

impl ScatterPicture<'_> {
    /// The picture. Up to 8000 samples are drawn as dots; of more, every second, third, … is
    /// ([`thinning`]). P(G) is that of all samples. The colours end at the error that 99 % of the
    /// samples do not exceed.
    ///
    /// # Errors
    /// No samples, values that cannot be drawn, arrays of different lengths.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        let (exact, predicted) = (self.exact, self.predicted);
        require_drawable("the list of exact conductances", exact)?;
        require_drawable("the list of predictions", predicted)?;
        require_length("the list of predictions", predicted.len(), exact.len())?;

        let upright = format!("Predicted {} (2e²/h)", self.letter);
        let level = format!("Exact {} (2e²/h)", self.letter);
        let all = exact.iter().chain(predicted).copied();
        let sides = Range::of(all.chain([0.0])).padded(0.02);
        let colours = self.colours();
        let axis = Axis::new(&upright, Ticks::round(sides, 7));
        let bar = Axis::new("Size of the error (2e²/h)", Ticks::round(colours, 7));
        let distribution = self.distribution()?;
        let p_title = format!("P({})", self.letter);
        let p_axis = Axis::new(&p_title, Scale::Logarithmic.ticks(distribution.y, 5));

        // Measured on a sheet of its own, since the height is that of the width which is left.
        let ruler = Scene::new("", 0)?;
        let left = axis.room(&ruler).max(p_axis.room(&ruler));
        let right = COLUMN - BAR_GAP - BAR - bar.room(&ruler);
        let panel = Panel {
            left,
            top: ROW_ABOVE,
            right,
            bottom: ROW_ABOVE + right - left,
            x: sides,
            y: sides,
        };
        let (inset, corner) = distribution.inset(&p_axis, &ruler, &panel);
        let beneath = self.crowds(&panel, corner);
        let below = distribution.below(&panel);
        let bottom = if beneath { below.bottom } else { panel.bottom };
        let mut scene = Scene::new(self.name, bottom + BELOW)?;
        heading(&mut scene, left, ROW_ABOVE, self.letter, self.name);
        let ends = [sides.from, sides.to].map(|end| panel.place(end, end));
        scene.line(ends.to_vec(), THIN, GREY);
        self.draw_dots(&mut scene, &panel, colours);
        if beneath {
            let title = format!("{} (2e²/h)", self.letter);
            let level = Axis::new(&title, Ticks::round(below.x, 7));
            distribution.draw(&mut scene, &below, &level, &p_axis);
        } else {
            // The few dots below it would make it unreadable.
            scene.rectangle((panel.left, panel.top), corner, WHITE);
            let level = Axis::new(self.letter, Ticks::round(inset.x, 5));
            distribution.draw(&mut scene, &inset, &level, &p_axis);
        }
        self.draw_notes(&mut scene, &panel);
        panel.axis_below(&mut scene, &Axis::new(&level, Ticks::round(sides, 7)));
        panel.axis_left(&mut scene, &axis);
        panel.frame(&mut scene);
        draw_bar(&mut scene, panel, colours, &bar);
        Ok(scene)
    }

    fn errors(&self) -> impl Iterator<Item = f64> + '_ {
        let pairs = self.exact.iter().zip(self.predicted);
        pairs.map(|(exact, predicted)| (predicted - exact).abs())
    }

    /// The errors from the darkest colour to the lightest.
    fn colours(&self) -> Range {
        let mut errors: Vec<f64> = self.errors().collect();
        errors.sort_unstable_by(f64::total_cmp);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the number of samples"
        )]
        let rank = (errors.len() as f64 * COLOURED).ceil() as usize;
        let last = errors.get(rank.saturating_sub(1)).copied();
        let to = last.filter(|&error| error > 1e-7).unwrap_or(1.0);
        Range { from: 0.0, to }
    }

    fn draw_dots(&self, scene: &mut Scene, panel: &Panel, colours: Range) {
        let samples = self.exact.len();
        let opacity = if samples > 1000 { 0.7 } else { 0.9 };
        let dots = self.exact.iter().zip(self.predicted).zip(self.errors());
        for ((&exact, &predicted), error) in dots.step_by(thinning(samples)) {
            let colour = viridis(colours.share(error)).with_opacity(opacity);
            scene.dot(panel.place(exact, predicted), RADIUS, colour);
        }
    }

    /// P(G) of both, as many windows together as can be told apart.
    fn distribution(&self) -> Result<Distribution, PlotError> {
        let of_both = self.shares;
        for (what, shares) in [
            ("P of the exact values", of_both[0]),
            ("P of predictions", of_both[1]),
        ] {
            require_drawable(what, shares)?;
        }
        let windows = of_both.iter().map(|shares| shares.len()).max().unwrap_or(1);
        let merged = windows.div_ceil(MAX_STEPS);
        let of_both = of_both.map(|shares| means(shares, merged));
        Ok(Distribution {
            merged,
            x: Range {
                from: 0.0,
                to: (edge(windows) * 1.02).max(1.0),
            },
            y: logarithmic_range(of_both.iter().flatten().copied()),
            of_both,
        })
    }

    /// Whether more samples than a few lie in the panel's corner that ends there.
    fn crowds(&self, panel: &Panel, corner: Point) -> bool {
        let places = self.exact.iter().zip(self.predicted);
        let places = places.map(|(&exact, &predicted)| panel.place(exact, predicted));
        let hidden = places
            .filter(|&(x, y)| x < corner.0 && y < corner.1)
            .count();
        hidden as f64 > HIDDEN * self.exact.len() as f64
    }

    /// The legend of P(G) and the notes, in the lower right corner.
    fn draw_notes(&self, scene: &mut Scene, panel: &Panel) {
        let right = panel.right - LETTER_SIZE;
        let mut baseline = panel.bottom - LETTER_SIZE;
        for note in self.notes.iter().rev() {
            scene.text((right, baseline), note, Anchor::End);
            baseline -= LINE;
        }
        let of_exact = format!("P({}) exact", self.letter);
        let of_predicted = format!("P({}) predicted", self.letter);
        let keys = [
            (Key::Bars(EXACT), &*of_exact),
            (Key::Line(PREDICTED), &*of_predicted),
        ];
        let widest = keys.iter().map(|(_, name)| scene.text_width(name)).max();
        let left = right - KEY - widest.unwrap_or(0);
        for key in keys.into_iter().rev() {
            legend(scene, (left, baseline), &[key]);
            baseline -= LINE + CAPITAL / 4;
        }
    }
}

/// P(G) of exact and predicted conductances.
struct Distribution {
    /// Exact, predicted.
    of_both: [Vec<f64>; 2],
    /// Windows that are drawn as one.
    merged: usize,
    x: Range,
    y: Range,
}

impl Distribution {
    /// In the upper left corner, where no prediction should be; and where that corner ends.
    fn inset(&self, axis: &Axis<'_>, ruler: &Scene, outer: &Panel) -> (Panel, Point) {
        let left = outer.left + axis.room(ruler);
        let top = outer.top + INSET_TOP;
        let (right, bottom) = (left + INSET_WIDTH, top + INSET_HEIGHT);
        let inset = Panel {
            left,
            top,
            right,
            bottom,
            x: self.x,
            y: self.y,
        };
        (inset, (right + MARGIN, bottom + BELOW))
    }

    /// A panel of its own.
    const fn below(&self, outer: &Panel) -> Panel {
        let top = outer.bottom + BELOW + INSET_TOP;
        Panel {
            left: outer.left,
            top,
            right: outer.right,
            bottom: top + INSET_HEIGHT,
            x: self.x,
            y: self.y,
        }
    }

    fn draw(&self, scene: &mut Scene, panel: &Panel, level: &Axis<'_>, upright: &Axis<'_>) {
        let both = self.of_both.each_ref();
        let [exact, predicted] = both.map(|shares| steps(panel, shares, self.merged));
        scene.area(exact.clone(), EXACT.with_opacity(BARS_OPACITY));
        scene.line(exact, THIN, EXACT);
        scene.line(predicted, THIN, PREDICTED);
        panel.axis_below(scene, level);
        panel.axis_left(scene, upright);
        panel.frame(scene);
    }
}

const EXACT: Colour = BLUE;
const PREDICTED: Colour = VERMILION;
/// The length of a legend's key with the gap behind it.
const KEY: i32 = 190;

/// The means of groups of this many numbers; the last group is padded with zeros.
fn means(values: &[f64], together: usize) -> Vec<f64> {
    let groups = values.chunks(together);
    let mean = |group: &[f64]| group.iter().sum::<f64>() / together as f64;
    groups.map(mean).collect()
}

/// The outline of bars that touch, each of them this many windows wide, from the floor to the
/// floor.
fn steps(panel: &Panel, shares: &[f64], merged: usize) -> Vec<Point> {
    let edge = |bar: usize| edge(bar * merged);
    let (left, floor) = panel.place(0.0, panel.y.from);
    let mut outline = vec![(left, floor)];
    for (bar, &share) in shares.iter().enumerate() {
        // Where there is no sample the logarithm is below the panel, and stops on the floor.
        let height = share.log10();
        outline.push(panel.place(edge(bar), height));
        outline.push(panel.place(edge(bar + 1), height));
    }
    outline.push((panel.place(edge(shares.len()), 0.0).0, floor));
    outline.dedup();
    outline
}

#[cfg(test)]
mod tests {
    use super::super::PictureFormat;
    use super::super::scene::Mark;
    use super::*;

    fn shares(values: &[f64]) -> Vec<f64> {
        let mut shares = Vec::new();
        for value in values {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let bin = (value.max(0.0) * 5.0 + 1e-9) as usize;
            shares.resize(shares.len().max(bin + 1), 0.0);
            shares[bin] += 1.0 / values.len() as f64;
        }
        shares
    }

    /// The picture, to draw or to ask, with the right shares.
    fn with_picture<R>(
        exact: &[f64],
        predicted: &[f64],
        notes: &[String],
        work: impl FnOnce(ScatterPicture<'_>) -> R,
    ) -> R {
        let [of_exact, of_predicted] = [shares(exact), shares(predicted)];
        work(ScatterPicture {
            shares: [&of_exact, &of_predicted],
            name: "Model II, 40 × 40 sites, best-g, 20000 samples",
            letter: "Ḡ",
            exact,
            predicted,
            notes,
        })
    }

    fn draw(exact: &[f64], predicted: &[f64], notes: &[String]) -> Result<Scene, PlotError> {
        with_picture(exact, predicted, notes, |picture| picture.draw())
    }

    fn dots(scene: &Scene) -> Vec<((i32, i32), Colour)> {
        let marks = scene.marks().iter();
        let dot = |mark: &Mark| match mark {
            Mark::Dot { centre, colour, .. } => Some((*centre, *colour)),
            _ => None,
        };
        marks.filter_map(dot).collect()
    }

    #[test]
    fn every_prediction_is_readable() {
        let notes = ["MAE 0.1534 ± 0.0021".to_owned(), "skill 0.106".to_owned()];
        let spread: Vec<f64> = (0..3000).map(|s| f64::from(s) / 75.0).collect();
        let off: Vec<f64> = spread.iter().map(|g| g + (g * 50.0).sin()).collect();
        let thousand = [1000.0; 9];
        for (exact, predicted) in [
            (&spread[..], &off[..]),
            (&spread, &spread),
            (&[0.0], &[0.0]),
            (&[0.3], &[-0.2]),
            (&thousand, &[0.0; 9]),
            (&[1e-9; 4], &[2e-9; 4]),
        ] {
            for notes in [&notes[..], &[]] {
                draw(exact, predicted, notes).unwrap().assert_readable();
            }
        }
    }

    #[test]
    fn equal_numbers_are_on_the_diagonal_and_errors_have_their_colour() {
        // Fifty to be right, one off by 4.
        let mut exact = vec![2.0; 50];
        exact.push(6.0);
        let mut predicted = exact.clone();
        predicted[50] = 10.0;
        let scene = draw(&exact, &predicted, &[]).unwrap();
        let diagonal = scene.marks().iter().find_map(|mark| match mark {
            Mark::Line { points, colour, .. } if *colour == GREY => Some(points.clone()),
            _ => None,
        });
        let diagonal = diagonal.unwrap();
        let [(left, bottom), (right, top)] = diagonal[..] else {
            panic!("{diagonal:?}");
        };
        assert_eq!(right - left, bottom - top);
        let found = dots(&scene);
        assert_eq!(found.len(), 51);
        let ((x, y), colour) = found[0];
        assert!((x - left - (bottom - y)).abs() <= 1);
        assert_eq!(colour.rgb, viridis(0.0).rgb);
        let ((x, y), colour) = found[50];
        assert!(bottom - y > x - left);
        assert_eq!(colour.rgb, viridis(1.0).rgb);
    }

    #[test]
    fn the_inset_shows_means_of_touching_windows() {
        assert_eq!(means(&[0.5, 0.25, 0.25], 2), [0.375, 0.125]);
        assert_eq!(means(&[0.5, 0.5], 1), [0.5, 0.5]);
        let panel = Panel {
            left: 0,
            top: 0,
            right: 100,
            bottom: 100,
            x: Range { from: 0.0, to: 2.0 },
            y: Range {
                from: -2.0,
                to: 0.0,
            },
        };
        // Windows of 0.2, two together.
        let found = steps(&panel, &[1.0, 0.0, 0.1], 2);
        let expected = [
            (0, 100),
            (0, 0),
            (20, 0),
            (20, 100),
            (40, 100),
            (40, 50),
            (60, 50),
            (60, 100),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_crowds_the_corner_moves_the_distribution_out_of_it() {
        // Always the same prediction, at the upper end of what occurs.
        let exact: Vec<f64> = (0..2000).map(|s| f64::from(s) / 1e3).collect();
        let height = |predicted: &[f64]| draw(&exact, predicted, &[]).unwrap().size().1;
        let mut predicted = exact.clone();
        let square = height(&predicted);
        predicted[..2].fill(1.99);
        assert_eq!(height(&predicted), square);
        predicted[..3].fill(1.99);
        assert!(height(&predicted) > square + INSET_HEIGHT);
    }

    #[test]
    fn one_sample_in_a_hundred_may_be_off_all_colours() {
        let exact = vec![0.0; 1000];
        let mut predicted = vec![0.1; 1000];
        predicted[..10].fill(30.0);
        let last = |predicted: &[f64]| {
            with_picture(&exact, predicted, &[], |picture| picture.colours().to)
        };
        assert!((last(&predicted) - 0.1).abs() < 1e-12);
        predicted[..11].fill(30.0);
        assert!((last(&predicted) - 30.0).abs() < 1e-12);
    }

    #[test]
    fn a_hundred_thousand_samples_fit_into_2_megabytes() {
        let exact: Vec<f64> = (0..100_000).map(|s| f64::from(s) / 2.5e3).collect();
        let predicted: Vec<f64> = exact.iter().map(|g| g * 1.1).collect();
        let scene = draw(&exact, &predicted, &[]).unwrap();
        assert_eq!(dots(&scene).len(), 7693);
        let svg = PictureFormat::Svg.encode(&scene).unwrap();
        assert!(svg.len() < 2_000_000, "{} bytes", svg.len());
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let draw = |exact: &[f64], predicted: &[f64]| draw(exact, predicted, &[]);
        assert!(matches!(draw(&[], &[]), Err(PlotError::Empty { .. })));
        assert!(matches!(draw(&[1.0], &[]), Err(PlotError::Empty { .. })));
        let uneven = draw(&[1.0], &[1.0, 2.0]);
        assert!(matches!(uneven, Err(PlotError::Shape { .. })));
        let bad = draw(&[1.0, 1.0], &[1.0, f64::NAN]);
        assert!(matches!(bad, Err(PlotError::Value { position: 1, .. })));
    }
}
