//! G against the impurity concentration n.

use super::axes::{Axis, BELOW, Key, MARGIN, Panel, ROW_ABOVE, Range, Scale, Ticks, legend};
use super::palette::{BLUE, Colour, VERMILION};
use super::scene::{CAPITAL, COLUMN, Scene};
use super::{PlotError, require_drawable, require_length};

/// The height of the panel.
const HEIGHT: i32 = 1700;
/// Dots of one kind that an SVG below 2 MB has room for.
const MAX_DOTS: usize = 8_000;
/// The radius of a dot.
const RADIUS: i32 = 11;
/// The width of the medians, finer than a lone curve: the dots beside them shall be seen.
const MEDIAN: i32 = 11;
/// Groups of neighbours in n that a median is taken over, and the fewest samples that make one.
const GROUPS: usize = 50;
const FEWEST: usize = 8;
/// The lower end of a logarithmic axis, if there are conductances below.
const FLOOR: f64 = 1e-12;

/// The figure of G and Ḡ against n: a dot a sample and the median as a line.
#[derive(Debug, Clone, Copy)]
pub struct ConcentrationPicture<'a> {
    /// What data they are, for screen readers.
    pub name: &'a str,
    /// Impurity concentration of each sample, 0 to 1.
    pub concentration: &'a [f64],
    /// Conductance of each sample at the Fermi energy, in 2e²/h; `None` if not known.
    pub g: Option<&'a [f64]>,
    /// Finite-bias conductance of each sample, in 2e²/h; `None` if not known.
    pub g_bar: Option<&'a [f64]>,
    /// A logarithmic axis for the conductance, down to 1e-12: what is smaller is left out.
    pub logarithmic: bool,
}

/// Of every how many samples one is drawn as a dot: 1 up to 8000 samples. The medians are
/// those of all samples.
#[must_use]
pub const fn thinning(samples: usize) -> usize {
    let every = samples.div_ceil(MAX_DOTS);
    if every == 0 { 1 } else { every }
}

impl ConcentrationPicture<'_> {
    /// The picture.
    ///
    /// # Errors
    /// Neither G nor Ḡ; values that cannot be drawn; arrays of different lengths.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        require_drawable("the list of concentrations", self.concentration)?;
        let samples = self.concentration.len();
        let mut series: Vec<(&str, &str, Colour, &[f64])> = Vec::new();
        if let Some(g) = self.g {
            require_drawable("the list of G", g)?;
            require_length("the list of G", g.len(), samples)?;
            series.push(("G", "median of G", BLUE, g));
        }
        if let Some(g_bar) = self.g_bar {
            require_drawable("the list of Ḡ", g_bar)?;
            require_length("the list of Ḡ", g_bar.len(), samples)?;
            series.push(("Ḡ", "median of Ḡ", VERMILION, g_bar));
        }
        if series.is_empty() {
            return Err(PlotError::Empty {
                what: "the data set's list of conductances",
            });
        }

        let percent: Vec<f64> = self.concentration.iter().map(|n| 100.0 * n).collect();
        let mut scene = Scene::new(self.name, ROW_ABOVE + HEIGHT + BELOW)?;
        let (scale, upright) = self.upright(&series);
        let axis = Axis::new("Conductance (2e²/h)", scale.ticks(upright, 8));
        let panel = Panel {
            left: axis.room(&scene),
            top: ROW_ABOVE,
            right: COLUMN - 2 * MARGIN,
            bottom: ROW_ABOVE + HEIGHT,
            x: Range::of(percent.iter().copied()).padded(0.015),
            y: upright,
        };
        self.draw_dots(&mut scene, &panel, scale, &series);
        let mut keys = Vec::new();
        for &(name, median_name, colour, values) in &series {
            keys.push((Key::Dot(colour), name));
            let mut line = medians(&percent, values);
            line.retain(|&(_, median)| self.shows(median));
            if line.len() > 1 {
                keys.push((Key::Line(darker(colour)), median_name));
                let place = |&(n, median): &(f64, f64)| panel.place(n, scale.apply(median));
                scene.line(line.iter().map(place).collect(), MEDIAN, darker(colour));
            }
        }
        legend(&mut scene, (panel.left, MARGIN + CAPITAL), &keys);
        let ticks = Ticks::round(panel.x, 7);
        let below = Axis::new("Impurity concentration n (%)", ticks);
        panel.axis_below(&mut scene, &below);
        panel.axis_left(&mut scene, &axis);
        panel.frame(&mut scene);
        Ok(scene)
    }

    /// How many values of G and Ḡ a logarithmic axis leaves out.
    #[must_use]
    pub fn left_out(&self) -> usize {
        let all = self.g.into_iter().chain(self.g_bar).flatten();
        all.filter(|&&value| !self.shows(value)).count()
    }

    /// Has this conductance a place on the upright axis?
    fn shows(&self, value: f64) -> bool {
        !self.logarithmic || value >= FLOOR
    }

    /// The upright axis, as laid off.
    fn upright(&self, series: &[(&str, &str, Colour, &[f64])]) -> (Scale, Range) {
        let all = || series.iter().flat_map(|(.., values)| *values).copied();
        // Room for dots at the ends to be whole.
        if self.logarithmic {
            let positive = all().filter(|&value| self.shows(value));
            let range = Range::of(positive.map(f64::log10));
            return (Scale::Logarithmic, range.padded(0.03));
        }
        let range = Range::from_zero(all());
        let from = -0.015 * range.to;
        (Scale::Linear, Range { from, ..range })
    }

    /// The dots of both kinds in turn, so that neither hides the other.
    fn draw_dots(
        &self,
        scene: &mut Scene,
        panel: &Panel,
        scale: Scale,
        series: &[(&str, &str, Colour, &[f64])],
    ) {
        let samples = self.concentration.len();
        let opacity = if samples > 1000 { 0.3 } else { 0.6 };
        for sample in (0..samples).step_by(thinning(samples)) {
            for &(_, _, colour, values) in series {
                if self.shows(values[sample]) {
                    let height = scale.apply(values[sample]);
                    let centre = panel.place(100.0 * self.concentration[sample], height);
                    scene.dot(centre, RADIUS, colour.with_opacity(opacity));
                }
            }
        }
    }
}

/// The colour of a median among its dots.
fn darker(colour: Colour) -> Colour {
    let half = |channel: u8| channel / 2;
    let (red, green, blue) = colour.rgb;
    Colour {
        rgb: (half(red), half(green), half(blue)),
        opacity: 1.0,
    }
}

/// Median n and median value of groups of samples that are neighbours in n: up to 50 groups of
/// equal size, but none of fewer than 8 samples. None where all have the same n.
fn medians(concentrations: &[f64], values: &[f64]) -> Vec<(f64, f64)> {
    let mut pairs: Vec<(f64, f64)> = concentrations
        .iter()
        .copied()
        .zip(values.iter().copied())
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (Some(first), Some(last)) = (pairs.first(), pairs.last()) else {
        return Vec::new();
    };
    if last.0 - first.0 <= f64::EPSILON * last.0.abs() {
        return Vec::new();
    }
    let groups = (pairs.len() / FEWEST).clamp(1, GROUPS);
    (0..groups)
        .map(|group| {
            let group = &pairs[group * pairs.len() / groups..(group + 1) * pairs.len() / groups];
            let of = |value: fn(&(f64, f64)) -> f64| {
                let mut values: Vec<f64> = group.iter().map(value).collect();
                values.sort_unstable_by(f64::total_cmp);
                // One and the same of an odd number.
                f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
            };
            (of(|pair| pair.0), of(|pair| pair.1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::PictureFormat;
    use super::super::scene::Mark;
    use super::*;

    #[test]
    fn thinning_keeps_at_most_8000_dots() {
        for (samples, every) in [
            (0, 1),
            (1, 1),
            (8_000, 1),
            (8_001, 2),
            (16_000, 2),
            (100_000, 13),
        ] {
            assert_eq!(thinning(samples), every, "{samples}");
            assert!(samples.div_ceil(every) <= MAX_DOTS);
        }
    }

    #[test]
    fn medians_by_hand() {
        // Out of order: two groups of eight.
        let n: Vec<f64> = (0..16).map(|s| f64::from((s * 7) % 16)).collect();
        let value = |&n: &f64| if n < 8.0 { n * n } else { 2.0 };
        let g: Vec<f64> = n.iter().map(value).collect();
        assert_eq!(medians(&n, &g), [(3.5, 12.5), (11.5, 2.0)]);
        // Too few samples for two groups; no group at all where n is the same.
        assert_eq!(medians(&[0.0, 2.0], &[1.0, 4.0]), [(1.0, 2.5)]);
        assert_eq!(medians(&[0.1; 99], &[1.0; 99]), []);
        assert_eq!(medians(&[], &[]), []);
        let n: Vec<f64> = (0..100_000).map(f64::from).collect();
        assert_eq!(medians(&n, &n).len(), GROUPS);
    }

    #[test]
    fn a_hundred_thousand_samples_fit_into_2_megabytes() {
        let samples = 100_000;
        let n: Vec<f64> = (0..samples).map(|s| f64::from(s) / 1e5).collect();
        let g: Vec<f64> = n.iter().map(|n| 40.0 * (1.0 - n) * (1.0 - n)).collect();
        let picture = ConcentrationPicture {
            name: "m2",
            concentration: &n,
            g: Some(&g),
            g_bar: Some(&g),
            logarithmic: false,
        };
        let scene = picture.draw().unwrap();
        scene.assert_readable();
        let dots = scene.marks().iter();
        let dots = dots.filter(|mark| matches!(mark, Mark::Dot { radius: RADIUS, .. }));
        assert_eq!(dots.count(), 2 * 7693);
        let svg = PictureFormat::Svg.encode(&scene).unwrap();
        assert!(svg.len() < 2_000_000, "{} bytes", svg.len());
    }

    #[test]
    fn a_logarithmic_axis_leaves_out_what_is_too_small() {
        let g = [1.0, 1e-12, 9e-13, 0.0];
        let mut picture = ConcentrationPicture {
            name: "m2",
            concentration: &[0.0, 0.1, 0.2, 0.3],
            g: Some(&g),
            g_bar: None,
            logarithmic: true,
        };
        let dots = |picture: ConcentrationPicture<'_>| {
            let scene = picture.draw().unwrap();
            let dot = |mark: &&Mark| matches!(mark, Mark::Dot { radius: RADIUS, .. });
            scene.marks().iter().filter(dot).count()
        };
        assert_eq!((picture.left_out(), dots(picture)), (2, 2));
        picture.logarithmic = false;
        assert_eq!((picture.left_out(), dots(picture)), (0, 4));
    }

    #[test]
    fn degenerate_data_are_drawn_or_refused() {
        let drawn = |n: &[f64], g: Option<&[f64]>, logarithmic| {
            let picture = ConcentrationPicture {
                name: "",
                concentration: n,
                g,
                g_bar: None,
                logarithmic,
            };
            picture.draw()
        };
        let draw = |n: &[f64], g: Option<&[f64]>| drawn(n, g, false);
        for (n, g) in [
            (&[0.1][..], &[2.0][..]),
            (&[0.1; 9], &[2.0; 9]),
            (&[0.0, 1.0], &[0.0, 0.0]),
        ] {
            draw(n, Some(g)).unwrap().assert_readable();
            drawn(n, Some(g), true).unwrap().assert_readable();
        }
        assert!(matches!(draw(&[], Some(&[])), Err(PlotError::Empty { .. })));
        assert!(matches!(draw(&[0.1], None), Err(PlotError::Empty { .. })));
        let uneven = draw(&[0.1, 0.2], Some(&[1.0]));
        assert!(matches!(uneven, Err(PlotError::Shape { .. })));
        let bad = draw(&[0.1, f64::NAN], Some(&[1.0, 1.0]));
        assert!(matches!(bad, Err(PlotError::Value { position: 1, .. })));
    }
}
