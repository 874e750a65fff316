//! One strip: its on-site energies as a map between the leads, and its T(E).

use super::axes::{Axis, BELOW, Key, MARGIN, Panel, ROW_ABOVE, Range, Ticks, heading, legend};
use super::colour_bar::{BAR, BAR_GAP, draw_bar};
use super::palette::{BLACK, BLUE, GREY, LIGHT_GREY, viridis};
use super::scene::{CAPITAL, COLUMN, Point, Scene, THICK, THIN};
use super::site_map::{SiteMap, cells};
use super::{PlotError, require_drawable, require_length};

/// The width of a lead beside the map.
const LEAD: i32 = 190;
/// The largest and the smallest side of the map.
const MAP_LARGEST: i32 = 2000;
const MAP_SMALLEST: i32 = 600;
/// The height of the panel of T(E).
const CURVE_HEIGHT: i32 = 1150;
/// Below this part of the propagating modes, transmission gets an axis of its own.
const COMMON_AXIS: f64 = 0.25;

/// The figure of one strip: (a) the map of on-site energies, (b) T(E) and the propagating modes.
#[derive(Debug, Clone, Copy)]
pub struct StripPicture<'a> {
    /// What strip it is, in a few words: `Model II, n = 10 %, sample 3`. What is too long for the
    /// column is cut at a comma.
    pub name: &'a str,
    /// Slices along transport.
    pub length: usize,
    /// Rows across.
    pub width: usize,
    /// On-site energies in units of t, `[slice, row]`.
    pub onsite: &'a [f64],
    /// Energies in units of t, two or more, in ascending order.
    pub energies: &'a [f64],
    /// The transmission at each energy.
    pub transmission: &'a [f64],
    /// Propagating modes of a lead at each energy.
    pub propagating_modes: &'a [usize],
}

impl StripPicture<'_> {
    /// The picture. A strip of more than 120 sites a side is mapped in blocks of sites, each with
    /// its mean energy; sites are square but in strips that are more than three times as long as
    /// wide, or as wide as long, whose shorter side is stretched.
    ///
    /// # Errors
    /// Arrays that are empty, do not belong together, or hold what cannot be drawn.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        self.check()?;
        let modes: Vec<f64> = self
            .propagating_modes
            .iter()
            .map(|&count| count as f64)
            .collect();
        let upright = Axis::new("y (sites)", Ticks::whole(cells(self.width), 5));

        // The right axis of (b) is for the propagating modes, where they dwarf the transmission.
        let most = modes.iter().copied().fold(0.0, f64::max);
        let peak = self.transmission.iter().copied().fold(0.0, f64::max);
        let own_axis = peak < COMMON_AXIS * most;
        let modes_range = Range::from_zero(modes.iter().copied());
        let range = if own_axis {
            // Below the lowest step where that leaves it half of the height: the curve never
            // crosses what it can never exceed.
            let lowest = modes.iter().copied().fold(most, f64::min);
            let share = (lowest / most).max(0.5);
            Range::from_zero([peak / share])
        } else {
            Range::from_zero([peak, most])
        };
        let mut curve_axis = Axis::new("Transmission T", Ticks::round(range, 6));
        let mut modes_axis = Axis::new("Propagating modes", Ticks::whole(modes_range, 6));
        if own_axis {
            curve_axis.colour = BLUE;
            modes_axis.colour = GREY;
        }

        // Measured on a sheet of its own, since the height is not known yet.
        let ruler = Scene::new("", 0)?;
        let left = upright.room(&ruler).max(curve_axis.room(&ruler));
        let colours = self.colours();
        let mut bar_axis = Axis::new("On-site energy ε (t)", Ticks::round(colours, 6));
        let free = COLUMN - left - BAR_GAP - BAR - bar_axis.room(&ruler) - 2 * LEAD;
        let (width, height) = map_size([self.length, self.width], free.min(MAP_LARGEST));
        if height < ruler.text_width(bar_axis.title) {
            bar_axis.title = "ε (t)";
        }

        let map_top = ROW_ABOVE;
        let curve_top = map_top + height + BELOW + ROW_ABOVE;
        let mut scene = Scene::new(self.name, curve_top + CURVE_HEIGHT + BELOW)?;

        // A map that is narrower than its place stands in the middle of it.
        let inset = (free - width) / 2;
        let map = Panel {
            left: left + inset + LEAD,
            top: map_top,
            right: left + inset + LEAD + width,
            bottom: map_top + height,
            x: cells(self.length),
            y: cells(self.width),
        };
        heading(&mut scene, left, map_top, "(a)", self.name);
        let sites = SiteMap {
            sides: [self.length, self.width],
            values: self.onsite,
        };
        sites.draw(&mut scene, map, |energy| viridis(colours.share(energy)));
        draw_leads(&mut scene, map);
        let ticks = Ticks::whole(map.x, if width < 900 { 3 } else { 6 });
        map.axis_below(&mut scene, &Axis::new("x (sites)", ticks));
        let outer = Panel {
            left: map.left - LEAD,
            right: map.right + LEAD,
            ..map
        };
        outer.axis_left(&mut scene, &upright);
        outer.frame(&mut scene);
        draw_bar(&mut scene, outer, colours, &bar_axis);

        let right = if own_axis {
            modes_axis.room(&scene)
        } else {
            2 * MARGIN
        };
        let curve = Panel {
            left,
            top: curve_top,
            right: COLUMN - right,
            bottom: curve_top + CURVE_HEIGHT,
            x: Range::of(self.energies.iter().copied()),
            y: range,
        };
        let end = heading(&mut scene, left, curve_top, "(b)", "");
        let baseline = curve_top - ROW_ABOVE + MARGIN + CAPITAL;
        let keys = [
            (Key::Line(BLUE), "T(E)"),
            (Key::Line(GREY), "propagating modes"),
        ];
        legend(&mut scene, (end, baseline), &keys);
        let steps = Panel {
            y: if own_axis { modes_range } else { range },
            ..curve
        };
        scene.line(step_line(self.energies, &modes, &steps), THICK, GREY);
        let points = self.energies.iter().zip(self.transmission);
        let points = points.map(|(&e, &t)| curve.place(e, t)).collect();
        scene.line(points, THICK, BLUE);
        let ticks = Ticks::round(curve.x, 6);
        curve.axis_below(&mut scene, &Axis::new("Energy E (t)", ticks));
        curve.axis_left(&mut scene, &curve_axis);
        if own_axis {
            steps.axis_right(&mut scene, &modes_axis);
        }
        curve.frame(&mut scene);
        Ok(scene)
    }

    fn check(&self) -> Result<(), PlotError> {
        let Self { length, width, .. } = *self;
        require_drawable("the on-site energy array", self.onsite)?;
        require_drawable("the energy list", self.energies)?;
        require_drawable("the transmission", self.transmission)?;
        let sites = length.saturating_mul(width);
        require_length("the on-site energy array", self.onsite.len(), sites)?;
        let energies = self.energies.len();
        require_length("the transmission", self.transmission.len(), energies)?;
        require_length(
            "the propagating modes",
            self.propagating_modes.len(),
            energies,
        )?;
        if energies < 2 {
            return Err(PlotError::Shape {
                what: "the energy list",
                found: energies,
                expected: 2,
            });
        }
        let falling = self.energies.windows(2).position(|pair| pair[0] >= pair[1]);
        falling.map_or(Ok(()), |position| {
            Err(PlotError::Value {
                what: "the energy list (which must ascend)",
                position: position + 1,
                value: self.energies[position + 1],
            })
        })
    }

    /// The energies from the darkest colour to the lightest: those of the strip, and zero, which
    /// is that of the leads.
    fn colours(&self) -> Range {
        if self.onsite.iter().all(|energy| energy.abs() <= 0.0) {
            return Range { from: 0.0, to: 1.0 };
        }
        let range = Range::of(self.onsite.iter().copied().chain([0.0]));
        let most = range.to.max(-range.from);
        // A box around zero keeps its zero in the middle.
        if range.from < -0.5 * most && range.to > 0.5 * most {
            return Range {
                from: -most,
                to: most,
            };
        }
        range
    }
}

/// Width and height of the map: square sites where both sides stay within bounds.
fn map_size([length, width]: [usize; 2], largest: i32) -> (i32, i32) {
    let longest = length.max(width) as f64;
    let side = |sites: usize| {
        #[allow(clippy::cast_possible_truncation, reason = "at most `largest`")]
        let side = (f64::from(largest) * (sites as f64 / longest)).round() as i32;
        side.clamp(MAP_SMALLEST.min(largest), largest)
    };
    (side(length), side(width))
}

fn draw_leads(scene: &mut Scene, map: Panel) {
    for (from, to, words) in [
        (map.left - LEAD, map.left, "left lead"),
        (map.right, map.right + LEAD, "right lead"),
    ] {
        scene.rectangle((from, map.top), (to, map.bottom), LIGHT_GREY);
        let middle = i32::midpoint(map.top, map.bottom);
        let x = i32::midpoint(from, to) + CAPITAL / 2;
        scene.text_upwards((x, middle), words, BLACK);
    }
    for x in [map.left, map.right] {
        scene.line(vec![(x, map.top), (x, map.bottom)], THIN, BLACK);
    }
}

/// The staircase of the propagating modes, its steps half-way between two energies.
fn step_line(energies: &[f64], modes: &[f64], panel: &Panel) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for (number, (&energy, &count)) in energies.iter().zip(modes).enumerate() {
        match number.checked_sub(1) {
            None => points.push(panel.place(energy, count)),
            #[allow(clippy::float_cmp, reason = "whole numbers")]
            Some(before) if modes[before] != count => {
                let edge = f64::midpoint(energies[before], energy);
                points.push(panel.place(edge, modes[before]));
                points.push(panel.place(edge, count));
            }
            Some(_) => {}
        }
        if number + 1 == energies.len() {
            points.push(panel.place(energy, count));
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::super::PictureFormat;
    use super::super::scene::Mark;
    use super::*;

    fn picture<'a>(
        size: (usize, usize),
        onsite: &'a [f64],
        transmission: &'a [f64],
        modes: &'a [usize],
    ) -> StripPicture<'a> {
        StripPicture {
            name: "Model II, n = 10 %, seed 1, sample 3",
            length: size.0,
            width: size.1,
            onsite,
            energies: &[-0.5, 0.0, 0.5],
            transmission,
            propagating_modes: modes,
        }
    }

    #[test]
    fn every_shape_of_strip_is_readable() {
        for size in [(1, 1), (40, 40), (400, 3), (3, 400), (12, 30), (1, 50)] {
            let onsite: Vec<f64> = (0..size.0 * size.1).map(|s| (s % 7) as f64 - 2.0).collect();
            for transmission in [[0.0; 3], [0.001, 0.003, 0.002], [37.0, 39.5, 38.0]] {
                let scene = picture(size, &onsite, &transmission, &[39, 40, 39])
                    .draw()
                    .unwrap();
                scene.assert_readable();
                let svg = PictureFormat::Svg.encode(&scene).unwrap();
                assert!(svg.len() < 2_000_000, "{size:?}: {} bytes", svg.len());
            }
        }
    }

    #[test]
    fn the_map_has_x_along_transport_and_y_upwards() {
        // [slice, row]: only slice 1, row 0 differs.
        let onsite = [0.0, 0.0, 5.0, 0.0, 0.0, 0.0];
        let scene = picture((3, 2), &onsite, &[1.0; 3], &[2; 3]).draw().unwrap();
        let yellow: Vec<_> = scene
            .marks()
            .iter()
            .filter_map(|mark| match mark {
                Mark::Rectangle { from, to, colour } if colour.rgb == viridis(1.0).rgb => {
                    Some((*from, *to))
                }
                _ => None,
            })
            .collect();
        let [(from, to)] = yellow[..] else {
            panic!("{yellow:?}");
        };
        let leads: Vec<_> = scene
            .marks()
            .iter()
            .filter_map(|mark| match mark {
                Mark::Rectangle { from, to, colour } if *colour == LIGHT_GREY => Some((*from, *to)),
                _ => None,
            })
            .collect();
        let [((_, top), (left, bottom)), ((right, _), _)] = leads[..] else {
            panic!("{leads:?}");
        };
        let (width, height) = (right - left, bottom - top);
        // Square sites, to a unit.
        assert!((width * 2 - height * 3).abs() <= 3, "{width} {height}");
        // The middle third along x, the lower half along y.
        assert!((from.0 - left - width / 3).abs() <= 1);
        assert_eq!(to.1, bottom);
        assert!((from.1 - (top + height / 2)).abs() <= THIN);
    }

    #[test]
    fn open_modes_are_a_staircase_with_steps_between_the_energies() {
        let panel = Panel {
            left: 0,
            top: 0,
            right: 100,
            bottom: 100,
            x: Range { from: 0.0, to: 4.0 },
            y: Range {
                from: 0.0,
                to: 10.0,
            },
        };
        let points = step_line(&[0.0, 1.0, 3.0, 4.0], &[2.0, 2.0, 5.0, 5.0], &panel);
        assert_eq!(points, [(0, 80), (50, 80), (50, 50), (100, 50)]);
    }

    #[test]
    fn a_zero_of_a_box_has_the_middle_colour_and_a_clean_strip_the_first() {
        let range = |onsite| picture((2, 1), onsite, &[0.0; 3], &[1; 3]).colours();
        assert_eq!(range(&[0.0, 0.0]), Range { from: 0.0, to: 1.0 });
        assert_eq!(range(&[0.0, 5.0]), Range { from: 0.0, to: 5.0 });
        assert_eq!(range(&[5.0, 5.0]), Range { from: 0.0, to: 5.0 });
        assert_eq!(
            range(&[-1.9, 2.0]),
            Range {
                from: -2.0,
                to: 2.0
            }
        );
        assert_eq!(
            range(&[-0.1, 5.0]),
            Range {
                from: -0.1,
                to: 5.0
            }
        );
    }

    #[test]
    fn arrays_that_cannot_be_drawn_are_refused_by_name() {
        let draw = |onsite: &[f64], t: &[f64], modes: &[usize]| {
            let error = picture((2, 1), onsite, t, modes).draw().unwrap_err();
            error.to_string()
        };
        let good = [0.0, 1.0];
        assert!(draw(&[], &[0.0; 3], &[1; 3]).contains("on-site energy array is empty"));
        assert!(draw(&[0.0; 5], &[0.0; 3], &[1; 3]).contains("5 values where 2 belong"));
        assert!(draw(&[0.0, f64::NAN], &[0.0; 3], &[1; 3]).contains("NaN at position 1"));
        assert!(draw(&good, &[0.0; 2], &[1; 3]).contains("the transmission has 2"));
        assert!(draw(&good, &[0.0, 1e300, 0.0], &[1; 3]).contains("at position 1"));
        assert!(draw(&good, &[0.0; 3], &[1; 2]).contains("the propagating modes has 2"));
        let mut one = picture((2, 1), &good, &[0.0], &[1]);
        one.energies = &[0.0];
        assert!(one.draw().is_err());
        let mut falling = picture((2, 1), &good, &[0.0; 2], &[1; 2]);
        falling.energies = &[0.0, 0.0];
        assert!(falling.draw().unwrap_err().to_string().contains("ascend"));
    }
}
