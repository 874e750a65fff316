//! P(G): how often which conductance occurs.

use super::axes::{
    Axis, BARS_OPACITY, BELOW, Key, MARGIN, Panel, ROW_ABOVE, Range, Scale, Ticks, legend,
};
use super::palette::{BLUE, Colour, VERMILION};
use super::scene::{CAPITAL, COLUMN, Point, Scene, THICK};
use super::{PlotError, require_drawable};

/// The height of the panel.
const HEIGHT: i32 = 1700;

/// The lower edge of bin number `bin` of P(G), in 2e²/h.
pub(super) fn edge(bin: usize) -> f64 {
    (2 * bin) as f64 / 10.0
}

/// The figure of P(G): the shares of samples whose conductance lies in [0, 0.2), [0.2, 0.4), [0.4, 0.6),
/// … in 2e²/h.
#[derive(Debug, Clone, Copy)]
pub struct DistributionPicture<'a> {
    /// What data they are, for screen readers.
    pub name: &'a str,
    /// Shares of the conductance at the Fermi energy, `[bin]`; `None` if not known.
    pub g: Option<&'a [f64]>,
    /// Shares of the finite-bias conductance, `[bin]`; `None` if not known.
    pub g_bar: Option<&'a [f64]>,
    /// A logarithmic axis for P(G), for distributions that one window dominates.
    pub logarithmic: bool,
}

impl DistributionPicture<'_> {
    /// The picture.
    ///
    /// # Errors
    /// Neither G nor Ḡ; shares that cannot be drawn.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        let mut series = Vec::new();
        if let Some(g) = self.g {
            require_drawable("P(G)", g)?;
            series.push(("G (at E = 0)", BLUE, g));
        }
        if let Some(g_bar) = self.g_bar {
            require_drawable("P(Ḡ)", g_bar)?;
            series.push(("Ḡ (finite bias)", VERMILION, g_bar));
        }
        let windows = series.iter().map(|(_, _, shares)| shares.len()).max();
        let windows = windows.ok_or(PlotError::Empty {
            what: "the data set's list of conductances",
        })?;

        let mut scene = Scene::new(self.name, ROW_ABOVE + HEIGHT + BELOW)?;
        let (scale, upright) = self.upright(&series);
        let axis = Axis::new("P(G): share within G ± 0.1", scale.ticks(upright, 7));
        let panel = Panel {
            left: axis.room(&scene),
            top: ROW_ABOVE,
            right: COLUMN - 2 * MARGIN,
            bottom: ROW_ABOVE + HEIGHT,
            x: Range {
                from: 0.0,
                // Room for the last bar's outline.
                to: (edge(windows) * 1.02).max(1.0),
            },
            y: upright,
        };
        for (_, colour, shares) in &series {
            draw_bars(&mut scene, &panel, scale, shares, *colour);
        }
        let keys: Vec<(Key, &str)> = series
            .iter()
            .map(|&(name, colour, _)| (Key::Bars(colour), name))
            .collect();
        legend(&mut scene, (panel.left, MARGIN + CAPITAL), &keys);
        let ticks = Ticks::round(panel.x, 7);
        panel.axis_below(&mut scene, &Axis::new("Conductance G (2e²/h)", ticks));
        panel.axis_left(&mut scene, &axis);
        panel.frame(&mut scene);
        Ok(scene)
    }

    /// The upright axis, as laid off.
    fn upright(&self, series: &[(&str, Colour, &[f64])]) -> (Scale, Range) {
        let all = || series.iter().flat_map(|(_, _, shares)| *shares).copied();
        if !self.logarithmic {
            return (Scale::Linear, Range::from_zero(all()));
        }
        (Scale::Logarithmic, logarithmic_range(all()))
    }
}

/// The decimal logarithms from half a sample to a little above the largest share.
pub(super) fn logarithmic_range(shares: impl Iterator<Item = f64> + Clone) -> Range {
    let positive = shares.filter(|&share| share > 0.0);
    let least = positive.clone().fold(1.0, f64::min);
    let most = positive.fold(0.0, f64::max);
    Range {
        from: (0.5 * least).log10(),
        to: (1.5 * most).log10(),
    }
}

/// Bars that touch, each group of them as one area with an outline; nothing where there is no
/// sample.
fn draw_bars(scene: &mut Scene, panel: &Panel, scale: Scale, shares: &[f64], colour: Colour) {
    let mut first = 0;
    for group in shares.chunk_by(|a, b| (*a > 0.0) == (*b > 0.0)) {
        let next = first + group.len();
        if group[0] > 0.0 {
            let floor = panel.bottom;
            let mut outline: Vec<Point> = vec![(panel.place(edge(first), 0.0).0, floor)];
            for (place, &share) in group.iter().enumerate() {
                // Bars of equal height need no edge between them.
                #[allow(clippy::float_cmp, reason = "equal counts give equal shares")]
                let same = place > 0 && group[place - 1] == share;
                let height = scale.apply(share);
                if same {
                    outline.pop();
                } else {
                    outline.push(panel.place(edge(first + place), height));
                }
                outline.push(panel.place(edge(first + place + 1), height));
            }
            outline.push((panel.place(edge(next), 0.0).0, floor));
            scene.area(outline.clone(), colour.with_opacity(BARS_OPACITY));
            scene.line(outline, THICK, colour);
        }
        first = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_share_is_an_error_and_so_is_one_that_is_no_number() {
        let draw = |g, g_bar| {
            let name = "";
            let logarithmic = false;
            DistributionPicture {
                name,
                g,
                g_bar,
                logarithmic,
            }
            .draw()
        };
        for (g, g_bar) in [(None, None), (Some(&[][..]), None), (None, Some(&[][..]))] {
            assert!(matches!(draw(g, g_bar), Err(PlotError::Empty { .. })));
        }
        let error = draw(Some(&[0.0, f64::INFINITY]), None).unwrap_err();
        assert!(matches!(error, PlotError::Value { position: 1, .. }));
    }

    #[test]
    fn every_distribution_is_readable() {
        let spread = [0.005; 200];
        let mut thousand = vec![0.0; 5000];
        thousand.push(1.0);
        let three = [vec![0.0; 15], vec![1.0]].concat();
        for (g, g_bar) in [
            (Some(&spread[..]), Some(&thousand[..])),
            (Some(&[1.0][..]), None),
            (Some(&[1.0][..]), Some(&three[..])),
            (None, Some(&spread[..])),
        ] {
            for logarithmic in [false, true] {
                let picture = DistributionPicture {
                    name: "m2",
                    g,
                    g_bar,
                    logarithmic,
                };
                picture.draw().unwrap().assert_readable();
            }
        }
    }
}
