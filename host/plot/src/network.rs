//! What a network looks like: its layers from left to right.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "layers, units and maps that are drawn are few"
)]

use super::PlotError;
use super::axes::{MARGIN, ROW_ABOVE, heading};
use super::palette::{BLACK, BLUE, Colour, GREY, LIGHT_GREY, VERMILION};
use super::scene::{Anchor, COLUMN, LETTER_SIZE, Point, Scene, THIN};

/// The height that layers may fill.
const HEIGHT: i32 = 1300;
/// From baseline to baseline of the words below.
const LINE: i32 = LETTER_SIZE * 13 / 10;
/// The radius of a unit, and the distance from one to the next.
const RADIUS: i32 = 42;
const APART: i32 = 140;
/// Of more units than this, the first and last few are drawn, and dots between them.
const MAX_UNITS: usize = 9;
/// The side of the largest map, and by how much one lies behind the next.
const LARGEST_MAP: f64 = 460.0;
const BEHIND: i32 = 26;
/// At most this many maps are drawn.
const MAX_MAPS: usize = 6;

/// A layer of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawnLayer<'a> {
    /// This many maps of `length` × `width` numbers; one map is the strip itself.
    Maps {
        /// How many.
        channels: usize,
        /// Along the strip.
        length: usize,
        /// Across.
        width: usize,
        /// What it is, in a word or two.
        name: &'a str,
    },
    /// This many units, each connected with all of the layer before it.
    Units {
        /// How many.
        units: usize,
        /// What it is, in a word or two.
        name: &'a str,
    },
}

/// The figure of a network.
#[derive(Debug, Clone, Copy)]
pub struct NetworkPicture<'a> {
    /// What it is; what is too long for the column is cut at a comma.
    pub name: &'a str,
    /// The layers, the input first.
    pub layers: &'a [DrawnLayer<'a>],
}

impl NetworkPicture<'_> {
    /// The picture.
    ///
    /// # Errors
    /// No layers, or one without units or maps.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        let empty = |layer: &DrawnLayer<'_>| match *layer {
            DrawnLayer::Maps {
                channels,
                length,
                width,
                ..
            } => channels * length * width == 0,
            DrawnLayer::Units { units, .. } => units == 0,
        };
        if self.layers.is_empty() || self.layers.iter().any(empty) {
            let what = "the network";
            return Err(PlotError::Empty { what });
        }
        let mut scene = Scene::new(self.name, ROW_ABOVE + HEIGHT + 3 * LINE + 2 * MARGIN)?;
        heading(&mut scene, MARGIN, ROW_ABOVE, "", self.name);
        let columns: Vec<Column> = self.columns();
        for pair in columns.windows(2) {
            pair[0].connect(&pair[1], &mut scene);
        }
        for (column, layer) in columns.iter().zip(self.layers) {
            column.draw(&mut scene);
            for (line, words) in words(layer).iter().enumerate() {
                let baseline = ROW_ABOVE + HEIGHT + LINE * (line as i32 + 1);
                scene.text((column.x, baseline), words, Anchor::Middle);
            }
        }
        Ok(scene)
    }

    fn columns(&self) -> Vec<Column> {
        let count = self.layers.len() as i32;
        let each = (COLUMN - 2 * MARGIN) / count;
        let largest = self.layers.iter().map(|layer| match *layer {
            DrawnLayer::Maps { length, width, .. } => length.max(width),
            DrawnLayer::Units { .. } => 1,
        });
        let largest = largest.max().unwrap_or(1) as f64;
        let scale = LARGEST_MAP.min(f64::from(each) * 0.62) / largest;
        let column = |(place, layer): (usize, &DrawnLayer<'_>)| {
            let x = MARGIN + each * place as i32 + each / 2;
            let kind = match *layer {
                DrawnLayer::Units { units, .. } => Kind::Units(units),
                DrawnLayer::Maps {
                    channels,
                    length,
                    width,
                    ..
                } => {
                    let side = |sites: usize| ((sites as f64 * scale) as i32).max(12);
                    Kind::Maps(channels.min(MAX_MAPS), side(length), side(width))
                }
            };
            Column { x, kind }
        };
        self.layers.iter().enumerate().map(column).collect()
    }
}

/// What stands below a layer, line by line.
fn words(layer: &DrawnLayer<'_>) -> [String; 3] {
    match *layer {
        DrawnLayer::Units { units, name } => {
            let noun = if units == 1 { "unit" } else { "units" };
            [format!("{units} {noun}"), name.to_owned(), String::new()]
        }
        DrawnLayer::Maps {
            channels,
            length,
            width,
            name,
        } => {
            let noun = if channels == 1 { "map" } else { "maps" };
            let size = format!("{length} × {width}");
            [format!("{channels} {noun}"), size, name.to_owned()]
        }
    }
}

/// A layer with its place.
struct Column {
    x: i32,
    kind: Kind,
}

enum Kind {
    Units(usize),
    /// How many, and their sides.
    Maps(usize, i32, i32),
}

const MIDDLE: i32 = ROW_ABOVE + HEIGHT / 2;

impl Column {
    /// Where its units are; `None` stands for those that are left out.
    fn units(&self) -> Vec<Option<Point>> {
        let Kind::Units(units) = self.kind else {
            return Vec::new();
        };
        let shown = units.min(MAX_UNITS + 1);
        let top = MIDDLE - APART * (shown as i32 - 1) / 2;
        let place = |number: usize| {
            let left_out = units > MAX_UNITS && number == MAX_UNITS / 2;
            (!left_out).then_some((self.x, top + APART * number as i32))
        };
        (0..shown).map(place).collect()
    }

    /// From where lines go on, and where they come in.
    fn ends(&self, right: bool) -> Vec<Point> {
        match self.kind {
            Kind::Units(_) => self.units().into_iter().flatten().collect(),
            Kind::Maps(count, along, across) => {
                let behind = BEHIND * (count as i32 - 1) / 2;
                let x = along / 2 + behind;
                let x = if right { self.x + x } else { self.x - x };
                vec![(x, MIDDLE - across / 3), (x, MIDDLE + across / 3)]
            }
        }
    }

    fn connect(&self, next: &Self, scene: &mut Scene) {
        let colour = GREY.with_opacity(0.45);
        for from in self.ends(true) {
            for to in next.ends(false) {
                scene.line(vec![from, to], THIN / 2, colour);
            }
        }
    }

    fn draw(&self, scene: &mut Scene) {
        match self.kind {
            Kind::Units(units) => {
                let colour = if units == 1 { VERMILION } else { BLUE };
                for (number, unit) in self.units().into_iter().enumerate() {
                    match unit {
                        Some(unit) => scene.dot(unit, RADIUS, colour),
                        None => self.dots(scene, number),
                    }
                }
            }
            Kind::Maps(count, along, across) => {
                let first = -BEHIND * (count as i32 - 1) / 2;
                for map in 0..count as i32 {
                    let (x, y) = (self.x + first + BEHIND * map, MIDDLE + first + BEHIND * map);
                    let colour = if count == 1 { LIGHT_GREY } else { MAP };
                    let (from, to) = (
                        (x - along / 2, y - across / 2),
                        (x - along / 2 + along, y - across / 2 + across),
                    );
                    scene.rectangle(from, to, colour);
                    let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
                    scene.line(corners.to_vec(), THIN, BLACK);
                }
            }
        }
    }

    /// Three small dots where units are left out.
    fn dots(&self, scene: &mut Scene, number: usize) {
        let shown = (MAX_UNITS + 1) as i32;
        let y = MIDDLE - APART * (shown - 1) / 2 + APART * number as i32;
        for step in [-1, 0, 1] {
            scene.dot((self.x, y + 34 * step), 9, BLACK);
        }
    }
}

/// A map of a hidden layer.
const MAP: Colour = BLUE.with_opacity(0.9);

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;

    #[test]
    fn networks_of_any_size_are_readable() {
        let maps = |channels, side, name| DrawnLayer::Maps {
            channels,
            length: side,
            width: side,
            name,
        };
        let units = |units, name| DrawnLayer::Units { units, name };
        let cnn = [
            maps(1, 40, "strip"),
            maps(16, 20, "ReLU"),
            maps(16, 10, "ReLU"),
            maps(16, 5, "ReLU"),
            units(1024, "ReLU"),
            units(1, "linear"),
        ];
        let dnn = [units(9, "sites"), units(20, "ReLU"), units(1, "linear")];
        for layers in [&cnn[..], &dnn, &dnn[..1]] {
            let picture = NetworkPicture {
                name: "The CNN",
                layers,
            };
            picture.draw().unwrap().assert_readable();
        }
    }

    #[test]
    fn few_units_are_all_drawn_and_of_many_some() {
        for (units, dots) in [(1, 1), (9, 9), (10, 9 + 3), (3000, 9 + 3)] {
            let layers = [DrawnLayer::Units { units, name: "" }];
            let picture = NetworkPicture {
                name: "",
                layers: &layers,
            };
            let scene = picture.draw().unwrap();
            let drawn = scene.marks().iter();
            let drawn = drawn.filter(|mark| matches!(mark, Mark::Dot { .. }));
            assert_eq!(drawn.count(), dots, "{units}");
        }
    }

    #[test]
    fn a_layer_of_nothing_is_refused() {
        let layers = [DrawnLayer::Units { units: 0, name: "" }];
        for layers in [&layers[..], &[]] {
            assert!(NetworkPicture { name: "", layers }.draw().is_err());
        }
    }
}
