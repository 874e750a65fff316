//! Maps of the inside of a strip, beside each other.

use super::axes::{Axis, BELOW, MARGIN, Panel, ROW_ABOVE, Ticks, heading};
use super::colour_bar::{ABOVE_BAR, bar_above};
use super::colour_scale::{ColourScale, Colours};
use super::flow::draw_flow;
use super::palette::{BLACK, Colour, LIGHT_GREY};
use super::scene::{Anchor, CAPITAL, COLUMN, LETTER_SIZE, PAGE, Scene, THIN};
use super::site_map::{SiteMap, cells};
use super::{PlotError, require_length};

/// The width of a lead beside a map.
const LEAD: i32 = 110;
/// Between a panel and the next.
const APART: i32 = 110;
/// A map's shorter side: as large at least, if another number of panels in a row makes it so; never smaller.
const GOOD_SIDE: i32 = 500;
const LEAST_SIDE: i32 = 240;
/// A map's largest height, and that of all rows of panels with their titles, scales and axes.
const MAX_HEIGHT: i32 = 2600;
const MAX_HEIGHTS: i32 = 7000;
/// The height that a label of an upright axis has for itself.
const LABEL: i32 = 120;
/// The height of a row of panels but for the maps.
const AROUND: i32 = ROW_ABOVE + ABOVE_BAR + BELOW;
/// Strips with a larger share of sites that are not zero have no impurities that could be marked.
const MAX_IMPURITIES: f64 = 0.5;

/// How wide a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PictureWidth {
    /// One column of a journal: 3.4 inch, 86 mm.
    Column,
    /// A page of two columns: 7 inch, 178 mm.
    #[default]
    Page,
}

/// What one panel shows; all arrays are `[slice, row]`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum MapPanel<'a> {
    /// On-site energies in units of t.
    Onsite(&'a [f64]),
    /// What is not negative, as shades of one scale from 0 on.
    Density {
        /// What it is: `LDOS`.
        name: &'a str,
        /// Its unit, if it has one: `1/t`.
        unit: &'a str,
        /// One for each site.
        values: &'a [f64],
    },
    /// What has either sign, on a scale that is symmetric about 0.
    Signed {
        /// What it is.
        name: &'a str,
        /// Its unit, if it has one.
        unit: &'a str,
        /// One for each site.
        values: &'a [f64],
    },
    /// A current that is conserved: lines along it, equal parts of it between them, over its magnitude and the impurities.
    Current {
        /// What it is.
        name: &'a str,
        /// On the bonds from each site to the next slice; a slice less than the strip has.
        along: &'a [f64],
        /// On the bonds from each site to the next row; a row less.
        across: &'a [f64],
        /// Its magnitude at each site.
        magnitude: &'a [f64],
        /// On-site energies: what is not zero is an impurity.
        onsite: &'a [f64],
    },
}

/// The figure of what is inside a strip: maps beside or below each other, each with its scale.
#[derive(Debug, Clone, Copy)]
pub struct MapsPicture<'a> {
    /// What strip it is, in a few words. What is too long is cut at a comma.
    pub name: &'a str,
    /// Slices along transport.
    pub length: usize,
    /// Rows across.
    pub width: usize,
    /// How wide the picture is.
    pub picture: PictureWidth,
    /// What is shown.
    pub panels: &'a [MapPanel<'a>],
}

impl MapsPicture<'_> {
    /// The picture. Strips of more than 120 sites a side are mapped in blocks of sites, each with its mean; sites are
    /// square unless a strip is much longer than wide, or wider than long.
    ///
    /// # Errors
    /// No panels, arrays that do not belong together or hold what cannot be drawn, a current of a strip of one slice.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        self.check()?;
        let sheet = match self.picture {
            PictureWidth::Column => COLUMN,
            PictureWidth::Page => PAGE,
        };
        let scales: Vec<ColourScale> = self.panels.iter().map(scale_of).collect();
        let ruler = Scene::of_size("", (sheet, 0))?;
        let mut upright = Axis::new("y (sites)", Ticks::whole(cells(self.width), 5));
        let left = upright.room(&ruler);
        let titles = scales.iter().map(|scale| ruler.text_width(&scale.title));
        let letters = ruler.text_width("(a)") + LETTER_SIZE;
        let widest = titles.max().unwrap_or(0) + letters;
        let layout = self.layout(sheet - left - MARGIN, widest);
        let [across, high] = layout.map;
        let labels = usize::try_from(high / LABEL).unwrap_or(0).clamp(2, 5);
        upright.ticks = Ticks::whole(cells(self.width), labels);
        let above = ROW_ABOVE + ABOVE_BAR;
        let row_height = AROUND + high;
        let rows = i32::try_from(layout.rows).unwrap_or(1);
        let mut scene = Scene::of_size(self.name, (sheet, ROW_ABOVE + rows * row_height))?;
        heading(&mut scene, left, ROW_ABOVE, "", self.name);
        let mut place = (left, ROW_ABOVE + above);
        for (number, (panel, scale)) in self.panels.iter().zip(&scales).enumerate() {
            let column = number % layout.in_a_row;
            if number > 0 && column == 0 {
                place = (left, place.1 + row_height);
            }
            let map = Panel {
                left: place.0 + LEAD,
                top: place.1,
                right: place.0 + LEAD + across,
                bottom: place.1 + high,
                x: cells(self.length),
                y: cells(self.width),
            };
            let outer = Panel {
                left: map.left - LEAD,
                right: map.right + LEAD,
                ..map
            };
            let baseline = map.top - ABOVE_BAR - ROW_ABOVE + MARGIN + CAPITAL;
            let letter = char::from(b'a' + u8::try_from(number % 26).unwrap_or(0));
            scene.text((outer.left, baseline), format!("({letter})"), Anchor::Start);
            scene.text(
                (outer.left + letters, baseline),
                &scale.title,
                Anchor::Start,
            );
            bar_above(&mut scene, map, scale.values(), |share| scale.colour(share));
            self.draw_panel(&mut scene, map, panel, scale);
            draw_leads(&mut scene, map, number == 0);
            let ticks = Ticks::whole(map.x, if across < 900 { 3 } else { 6 });
            map.axis_below(&mut scene, &Axis::new("x (sites)", ticks));
            if column == 0 {
                outer.axis_left(&mut scene, &upright);
            } else {
                outer.ticks_left(&mut scene, &upright.ticks);
            }
            outer.frame(&mut scene);
            place.0 += layout.pitch;
        }
        Ok(scene)
    }

    fn check(&self) -> Result<(), PlotError> {
        let (length, width) = (self.length, self.width);
        let sites = length.saturating_mul(width);
        if self.panels.is_empty() || sites == 0 {
            let what = "the list of panels";
            return Err(PlotError::Empty { what });
        }
        let require = |what, values: &[f64], expected| {
            require_length(what, values.len(), expected)?;
            let bad = values.iter().position(|value| !value.is_finite());
            bad.map_or(Ok(()), |position| {
                Err(PlotError::Value {
                    what,
                    position,
                    value: values[position],
                })
            })
        };
        for panel in self.panels {
            match *panel {
                MapPanel::Onsite(values) => require("the on-site energy array", values, sites)?,
                MapPanel::Density { values, .. } => {
                    require("the map of a density", values, sites)?;
                    let negative = values.iter().position(|&value| value < 0.0);
                    // What rounding leaves below zero has the colour of zero.
                    let most = values.iter().copied().fold(0.0, f64::max);
                    if let Some(position) = negative.filter(|&at| values[at] < -1e-6 * most) {
                        return Err(PlotError::Value {
                            what: "the map of a density",
                            position,
                            value: values[position],
                        });
                    }
                }
                MapPanel::Signed { values, .. } => require("the map", values, sites)?,
                MapPanel::Current {
                    along,
                    across,
                    magnitude,
                    onsite,
                    ..
                } => {
                    if length < 2 {
                        let what = "the current along a strip of one slice";
                        return Err(PlotError::Empty { what });
                    }
                    require("the current along", along, sites - width)?;
                    require("the current across", across, sites - length)?;
                    require("the magnitude of the current", magnitude, sites)?;
                    require("the on-site energy array", onsite, sites)?;
                }
            }
        }
        Ok(())
    }

    /// As many panels in a row as leave maps large enough, or as make them largest, in so much room for all of a row,
    /// whose titles are so wide.
    fn layout(&self, room: i32, widest: i32) -> Layout {
        let count = self.panels.len();
        let mut best: Option<Layout> = None;
        for in_a_row in (1..=count.min(12)).rev() {
            let rest = count % in_a_row;
            // Not one alone in the last row, beside much paper.
            if rest > 0 && 2 * rest < in_a_row {
                continue;
            }
            let rows = count.div_ceil(in_a_row);
            let [in_row, below] = [in_a_row, rows].map(|n| i32::try_from(n).unwrap_or(i32::MAX));
            let pitch = (room + APART) / in_row;
            if in_a_row > 1 && pitch < widest + APART {
                continue;
            }
            let most = [
                pitch - APART - 2 * LEAD,
                (MAX_HEIGHTS / below - AROUND).clamp(LEAST_SIDE, MAX_HEIGHT),
            ];
            let layout = Layout {
                in_a_row,
                rows,
                pitch,
                map: map_size([self.length, self.width], most),
            };
            let side = |layout: &Layout| layout.map[0].min(layout.map[1]);
            if side(&layout) >= GOOD_SIDE {
                return layout;
            }
            if best.is_none_or(|best| side(&layout) > side(&best)) {
                best = Some(layout);
            }
        }
        best.unwrap_or(Layout {
            in_a_row: 1,
            rows: count,
            pitch: room,
            map: map_size([self.length, self.width], [room - 2 * LEAD, MAX_HEIGHT]),
        })
    }

    fn draw_panel(&self, scene: &mut Scene, map: Panel, panel: &MapPanel<'_>, scale: &ColourScale) {
        let sides = [self.length, self.width];
        let sites = |values| SiteMap { sides, values };
        let colour = |value: f64| scale.colour(scale.range.share(value));
        match *panel {
            MapPanel::Onsite(values)
            | MapPanel::Density { values, .. }
            | MapPanel::Signed { values, .. } => sites(values).draw(scene, map, colour),
            MapPanel::Current {
                along,
                across,
                magnitude,
                onsite,
                ..
            } => {
                sites(magnitude).draw(scene, map, colour);
                self.mark_impurities(scene, map, onsite);
                draw_flow(scene, map, sides, [along, across, magnitude]);
            }
        }
    }

    /// A grey square on each impurity, if these are few enough to be told apart from the rest.
    fn mark_impurities(&self, scene: &mut Scene, map: Panel, onsite: &[f64]) {
        let impurities = onsite.iter().filter(|&&energy| energy != 0.0).count();
        let width = self.width;
        if impurities as f64 > MAX_IMPURITIES * onsite.len() as f64 {
            return;
        }
        for (site, _) in onsite
            .iter()
            .enumerate()
            .filter(|&(_, &energy)| energy != 0.0)
        {
            let [x, y] = [site / width, site % width].map(|at| at as f64);
            let from = (
                map.x.place(x - 0.5, map.left, map.right),
                map.y.place(y + 0.5, map.bottom, map.top),
            );
            let to = (
                map.x.place(x + 0.5, map.left, map.right),
                map.y.place(y - 0.5, map.bottom, map.top),
            );
            scene.rectangle(from, to, IMPURITY);
        }
    }
}

/// Impurities under a current: darker than any of its colours, lighter than its lines.
const IMPURITY: Colour = Colour {
    rgb: (120, 120, 120),
    opacity: 1.0,
};

/// How panels stand on the sheet.
#[derive(Debug, Clone, Copy)]
struct Layout {
    in_a_row: usize,
    rows: usize,
    /// From the left edge of a panel to that of the next.
    pitch: i32,
    /// Width and height of a map.
    map: [i32; 2],
}

/// Width and height of a map within these: square sites, unless the shorter side would be too small.
fn map_size([length, width]: [usize; 2], [across, high]: [i32; 2]) -> [i32; 2] {
    let site = (f64::from(across) / length as f64).min(f64::from(high) / width as f64);
    let side = |sites: usize, most: i32| {
        #[allow(clippy::cast_possible_truncation, reason = "at most `most`")]
        let side = (site * sites as f64).round() as i32;
        side.clamp(LEAST_SIDE.min(most), most)
    };
    [side(length, across), side(width, high)]
}

/// The colours of a panel's numbers, and its title.
fn scale_of(panel: &MapPanel<'_>) -> ColourScale {
    match *panel {
        MapPanel::Onsite(values) => {
            let two_signs = values.iter().any(|&value| value < 0.0);
            let colours = if two_signs {
                Colours::Diverging
            } else {
                Colours::Greys
            };
            ColourScale::new(("ε", "t"), values, colours)
        }
        MapPanel::Density { name, unit, values } => {
            ColourScale::new((name, unit), values, Colours::Viridis)
        }
        MapPanel::Signed { name, unit, values } => {
            ColourScale::new((name, unit), values, Colours::Diverging)
        }
        MapPanel::Current {
            name, magnitude, ..
        } => ColourScale::new((name, ""), magnitude, Colours::Blues),
    }
}

/// The leads, with their names if there is room and they are wanted.
fn draw_leads(scene: &mut Scene, map: Panel, named: bool) {
    // Beside the ticks on the left, and with room for the g on the right.
    for (from, to, baseline, words) in [
        (map.left - LEAD, map.left, map.left - 2 * THIN, "left lead"),
        (
            map.right,
            map.right + LEAD,
            map.right + LEAD - 4 * THIN,
            "right lead",
        ),
    ] {
        scene.rectangle((from, map.top), (to, map.bottom), LIGHT_GREY);
        if named && scene.text_width(words) + LETTER_SIZE < map.bottom - map.top {
            let middle = i32::midpoint(map.top, map.bottom);
            scene.text_upwards((baseline, middle), words, BLACK);
        }
    }
    for x in [map.left, map.right] {
        scene.line(vec![(x, map.top), (x, map.bottom)], THIN, BLACK);
    }
}

#[cfg(test)]
mod tests {
    use super::super::PictureFormat;
    use super::super::flow::LINE;
    use super::super::scene::Mark;
    use super::*;

    /// Numbers of all kinds of maps of a strip through which a uniform current flows.
    struct Numbers {
        sides: [usize; 2],
        sites: Vec<f64>,
        signed: Vec<f64>,
        along: Vec<f64>,
        across: Vec<f64>,
        onsite: Vec<f64>,
    }

    impl Numbers {
        fn new([length, width]: [usize; 2], scale: f64) -> Self {
            let sites = (0..length * width).map(|site| (site % 7) as f64);
            Self {
                sides: [length, width],
                sites: sites.clone().map(|value| value * scale).collect(),
                signed: sites.clone().map(|value| (value - 2.0) * scale).collect(),
                along: vec![scale; (length - 1) * width],
                across: vec![0.0; length * (width - 1)],
                onsite: sites
                    .map(|value| if value > 5.0 { 5.0 } else { 0.0 })
                    .collect(),
            }
        }

        fn draw(&self, picture: PictureWidth, count: usize) -> Result<Scene, PlotError> {
            let panels = [
                MapPanel::Onsite(&self.onsite),
                MapPanel::Density {
                    name: "LDOS",
                    unit: "1/t",
                    values: &self.sites,
                },
                MapPanel::Current {
                    name: "Current |J|",
                    along: &self.along,
                    across: &self.across,
                    magnitude: &self.sites,
                    onsite: &self.onsite,
                },
                MapPanel::Signed {
                    name: "dG/dε",
                    unit: "G₀/t",
                    values: &self.signed,
                },
                MapPanel::Onsite(&self.signed),
                MapPanel::Density {
                    name: "LDOS from right",
                    unit: "1/t",
                    values: &self.sites,
                },
            ];
            MapsPicture {
                name: "Model II, n = 5 %, sample 0, E = 0.05 t, T = 21.401",
                length: self.sides[0],
                width: self.sides[1],
                picture,
                panels: &panels[..count],
            }
            .draw()
        }
    }

    #[test]
    fn every_shape_of_strip_is_readable_at_both_widths() {
        for sides in [
            [5, 5],
            [40, 40],
            [100, 20],
            [20, 100],
            [2, 1],
            [400, 3],
            [3, 400],
        ] {
            for (scale, count) in [(1.0, 4), (1e-20, 6), (3e-5, 1), (0.0, 3)] {
                let numbers = Numbers::new(sides, scale);
                for picture in [PictureWidth::Column, PictureWidth::Page] {
                    let scene = numbers.draw(picture, count).unwrap();
                    scene.assert_readable();
                    let (width, height) = scene.size();
                    assert!(height < 7500, "{sides:?}, {picture:?}: {height}");
                    assert_eq!(width == PAGE, picture == PictureWidth::Page);
                    let svg = PictureFormat::Svg.encode(&scene).unwrap();
                    assert!(svg.len() < 4_000_000, "{sides:?}: {} bytes", svg.len());
                }
            }
        }
    }

    #[test]
    fn lines_share_the_current_out_and_heads_point_along_it() {
        let scene = Numbers::new([40, 40], 1.0)
            .draw(PictureWidth::Page, 4)
            .unwrap();
        let lines = scene.marks().iter().filter_map(|mark| match mark {
            Mark::Line { points, width, .. } if *width == LINE => Some(points),
            _ => None,
        });
        let lines: Vec<_> = lines.collect();
        assert!((15..30).contains(&lines.len()), "{}", lines.len());
        // From left to right, equally far from each other.
        let heights: Vec<i32> = lines.iter().map(|points| points[0].1).collect();
        let apart: Vec<i32> = heights.windows(2).map(|pair| pair[0] - pair[1]).collect();
        assert!(
            apart.iter().all(|&step| (step - apart[0]).abs() <= 1),
            "{apart:?}"
        );
        assert!(
            lines
                .iter()
                .all(|points| points[0].0 < points[points.len() - 1].0)
        );
        let tips = scene.marks().iter().filter_map(|mark| match mark {
            Mark::Area { points, .. } if points.len() == 3 => Some(points),
            _ => None,
        });
        let tips: Vec<_> = tips.collect();
        assert!(tips.len() >= lines.len());
        assert!(
            tips.iter()
                .all(|tip| tip[0].0 > tip[1].0 && tip[0].0 > tip[2].0)
        );
    }

    #[test]
    fn arrays_that_cannot_be_drawn_are_refused_by_name() {
        let refused = |change: &dyn Fn(&mut Numbers)| {
            let mut numbers = Numbers::new([4, 3], 1.0);
            change(&mut numbers);
            numbers.draw(PictureWidth::Page, 4).unwrap_err().to_string()
        };
        assert!(refused(&|n| n.along.truncate(8)).contains("along has 8 values where 9"));
        assert!(refused(&|n| n.across.push(0.0)).contains("across has 9 values where 8"));
        assert!(refused(&|n| n.sites[5] = f64::NAN).contains("NaN at position 5"));
        assert!(refused(&|n| n.sites[1] = -1.0).contains("-1.0 at position 1"));
        assert!(refused(&|n| n.onsite.clear()).contains("on-site energy array has 0"));
        let numbers = Numbers::new([4, 3], 1.0);
        assert!(numbers.draw(PictureWidth::Page, 0).is_err());
        let short = Numbers::new([1, 3], 1.0);
        assert!(short.draw(PictureWidth::Page, 2).is_ok());
        let error = short.draw(PictureWidth::Page, 3).unwrap_err();
        assert!(error.to_string().contains("one slice"));
    }
}
