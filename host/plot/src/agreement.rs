//! A device's numbers against the host's.

use super::axes::{Axis, BELOW, Key, MARGIN, Panel, ROW_ABOVE, Range, Ticks, heading, legend};
use super::concentration::thinning;
use super::palette::{BLACK, BLUE, Colour, GREY, VERMILION};
use super::scene::{CAPITAL, COLUMN, LETTER_SIZE, Scene, THIN};
use super::{PlotError, require_drawable, require_length};

/// The height of the lower panel; the upper one is as high as it is wide.
const LOWER: i32 = 800;
/// Between a panel and the heading of the next.
const BETWEEN: i32 = 20;
/// The radius of a dot.
const RADIUS: i32 = 14;
/// From baseline to baseline of the legend.
const LINE: i32 = LETTER_SIZE * 13 / 10;
/// The colours of the groups; there are no more groups.
const COLOURS: [Colour; 3] = [BLUE, VERMILION, BLACK];
/// Larger differences are drawn at this one.
const LARGEST: f64 = 1e6;

/// One quantity of many strips, on the host and on the device.
#[derive(Debug, Clone, Copy)]
pub struct AgreementGroup<'a> {
    /// What it is, in a few words.
    pub name: &'a str,
    /// What the host computes, `[strip]`, in 2e²/h.
    pub host: &'a [f64],
    /// What the device computes, `[strip]`, in 2e²/h.
    pub device: &'a [f64],
    /// Device minus host, `[strip]`, in units of the last place.
    pub steps: &'a [f64],
}

/// The figure of a crosscheck: (a) a device's numbers over the host's, (b) their differences in
/// units of the last place; equal bits lie on zero.
#[derive(Debug, Clone, Copy)]
pub struct AgreementPicture<'a> {
    /// What was compared, in a few words. What is too long for the column is cut at a comma.
    pub name: &'a str,
    /// One to three quantities; of more the first three are drawn.
    pub groups: &'a [AgreementGroup<'a>],
}

impl AgreementPicture<'_> {
    /// The picture.
    ///
    /// # Errors
    /// No numbers, numbers that cannot be drawn, arrays of different lengths.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        if self.groups.is_empty() {
            let what = "the list of quantities";
            return Err(PlotError::Empty { what });
        }
        for group in self.groups {
            let strips = group.host.len();
            require_drawable("the list of the host's numbers", group.host)?;
            require_drawable("the list of the device's numbers", group.device)?;
            require_length(
                "the list of the device's numbers",
                group.device.len(),
                strips,
            )?;
            require_length("the list of differences", group.steps.len(), strips)?;
        }
        let numbers = self
            .groups
            .iter()
            .flat_map(|group| group.host.iter().chain(group.device));
        let sides = Range::of(numbers.copied().chain([0.0])).padded(0.03);
        let steps = self.groups.iter().flat_map(|group| group.steps);
        // One step up and down at least, so that equal bits lie in the middle.
        let steps = Range::of(steps.map(|&step| bounded(step)).chain([-1.0, 1.0])).padded(0.1);
        let upper_axis = Axis::new("Device (2e²/h)", Ticks::round(sides, 7));
        let lower_axis = Axis::new("Last places off", Ticks::whole(steps, 5));

        // Measured on a sheet of its own, since the height is that of the width which is left.
        let ruler = Scene::new("", 0)?;
        let left = upper_axis.room(&ruler).max(lower_axis.room(&ruler));
        let right = COLUMN - 2 * MARGIN;
        let panel = |top, height, y| Panel {
            left,
            top,
            right,
            bottom: top + height,
            x: sides,
            y,
        };
        let upper = panel(ROW_ABOVE, right - left, sides);
        let lower = panel(upper.bottom + BETWEEN + ROW_ABOVE, LOWER, steps);
        let mut scene = Scene::new(self.name, lower.bottom + BELOW)?;
        let ticks = Ticks::round(sides, 7);

        heading(&mut scene, left, upper.top, "(a)", self.name);
        let ends = [sides.from, sides.to].map(|end| upper.place(end, end));
        scene.line(ends.to_vec(), THIN, GREY);
        self.dots(&mut scene, |group| group.device, |x, y| upper.place(x, y));
        self.names(&mut scene, &upper);
        upper.ticks_below(&mut scene, &ticks);
        upper.axis_left(&mut scene, &upper_axis);
        upper.frame(&mut scene);

        heading(&mut scene, left, lower.top, "(b)", "");
        let zero = [sides.from, sides.to].map(|end| lower.place(end, 0.0));
        scene.line(zero.to_vec(), THIN, GREY);
        self.dots(
            &mut scene,
            |group| group.steps,
            |x, y| lower.place(x, bounded(y)),
        );
        lower.axis_below(&mut scene, &Axis::new("Host (2e²/h)", ticks));
        lower.axis_left(&mut scene, &lower_axis);
        lower.frame(&mut scene);
        Ok(scene)
    }

    fn coloured(&self) -> impl DoubleEndedIterator<Item = (&AgreementGroup<'_>, Colour)> {
        self.groups.iter().zip(COLOURS)
    }

    /// A dot a strip, over what the host computes.
    fn dots(
        &self,
        scene: &mut Scene,
        of: for<'g> fn(&AgreementGroup<'g>) -> &'g [f64],
        place: impl Fn(f64, f64) -> (i32, i32),
    ) {
        for (group, colour) in self.coloured() {
            let dots = group.host.iter().zip(of(group));
            for (&x, &y) in dots.step_by(thinning(group.host.len())) {
                scene.dot(place(x, y), RADIUS, colour.with_opacity(0.6));
            }
        }
    }

    /// The legend, in the lower right corner, where a device that is right has nothing.
    fn names(&self, scene: &mut Scene, panel: &Panel) {
        const KEY: i32 = 90;
        let widest = self
            .coloured()
            .map(|(group, _)| scene.text_width(group.name))
            .max();
        let left = panel.right - LETTER_SIZE - widest.unwrap_or(0) - KEY;
        let mut baseline = panel.bottom - LETTER_SIZE;
        for (group, colour) in self.coloured().rev() {
            legend(scene, (left, baseline), &[(Key::Dot(colour), group.name)]);
            baseline -= LINE + CAPITAL / 4;
        }
    }
}

/// A difference as it is drawn.
fn bounded(steps: f64) -> f64 {
    steps.clamp(-LARGEST, LARGEST)
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;

    fn draw(groups: &[AgreementGroup<'_>]) -> Result<Scene, PlotError> {
        AgreementPicture {
            name: "best-g on QEMU, 100 strips, model II",
            groups,
        }
        .draw()
    }

    fn group<'a>(name: &'a str, host: &'a [f64], steps: &'a [f64]) -> AgreementGroup<'a> {
        AgreementGroup {
            name,
            host,
            device: host,
            steps,
        }
    }

    #[test]
    fn every_crosscheck_is_readable() {
        let spread: Vec<f64> = (0..300).map(|s| f64::from(s) / 10.0).collect();
        let far: Vec<f64> = (0..300).map(|s| f64::from(s) * 1e17 - 1e19).collect();
        for (host, steps) in [
            (&spread[..], &vec![0.0; 300][..]),
            (&spread, &far),
            (&[0.0], &[0.0]),
            (&[1e-9, 0.0], &[3.0, -700.0]),
        ] {
            let groups = ["G, network", "T(0.05), exact", "Ḡ, exact"];
            let groups = groups.map(|name| group(name, host, steps));
            for number in 1..=3 {
                draw(&groups[..number]).unwrap().assert_readable();
            }
        }
    }

    #[test]
    fn equal_bits_lie_on_zero_and_a_step_above_it() {
        let scene = draw(&[group("G", &[1.0, 2.0, 3.0], &[0.0, 1.0, 0.0])]).unwrap();
        let mut lines = scene.marks().iter().filter_map(|mark| match mark {
            Mark::Line { points, colour, .. } if *colour == GREY => Some(points[0].1),
            _ => None,
        });
        let zero = lines.next_back().unwrap();
        let dots = scene.marks().iter().filter_map(|mark| match mark {
            // The legend has a dot of full colour.
            Mark::Dot { centre, colour, .. } if colour.opacity < 1.0 => Some(centre.1),
            _ => None,
        });
        let dots: Vec<i32> = dots.collect();
        assert_eq!(dots.len(), 6);
        assert_eq!((dots[3], dots[5]), (zero, zero));
        // From −1.2 to 1.2.
        let expected = f64::from(LOWER) / 2.4;
        assert!(
            (f64::from(zero - dots[4]) - expected).abs() <= 1.0,
            "{dots:?} {zero}"
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        assert!(matches!(draw(&[]), Err(PlotError::Empty { .. })));
        let none = draw(&[group("G", &[], &[])]);
        assert!(matches!(none, Err(PlotError::Empty { .. })));
        let uneven = draw(&[group("G", &[1.0], &[])]);
        assert!(matches!(uneven, Err(PlotError::Shape { .. })));
        let bad = draw(&[group("G", &[f64::NAN], &[0.0])]);
        assert!(matches!(bad, Err(PlotError::Value { .. })));
    }
}
