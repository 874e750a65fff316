//! What is on the paper: lines, areas, dots and letters at their places.
//!
//! The unit is 1/900 inch, fine enough for print; x grows to the right and y downwards.

use super::PlotError;
use super::font::Letters;
use super::palette::{BLACK, Colour};

/// Units in an inch.
pub(super) const UNITS_PER_INCH: i32 = 900;
/// The width of one column of a journal: 3.4 inch, 86 mm.
pub(super) const COLUMN: i32 = 3060;
/// The width of a page of two columns: 7 inch, 178 mm.
pub(super) const PAGE: i32 = 6300;
/// The size of all letters, 8 points.
pub(super) const LETTER_SIZE: i32 = 100;
/// The height of a capital letter or a digit.
pub(super) const CAPITAL: i32 = LETTER_SIZE * 73 / 100;
/// The width of axes and ticks, 0.6 points.
pub(super) const THIN: i32 = 8;
/// The width of curves, 1.2 points.
pub(super) const THICK: i32 = 15;
/// The lengths of a dash and of the gap behind it: a key has two dashes.
const DASH: f64 = 60.0;
const GAP: f64 = 30.0;

/// A place on the paper.
pub(super) type Point = (i32, i32);

/// Where a text stands relative to its place, along the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It begins there.
    Start,
    /// It has its middle there.
    Middle,
    /// It ends there.
    End,
}

/// One thing on the paper.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// A line through these points.
    Line {
        points: Vec<Point>,
        width: i32,
        colour: Colour,
    },
    /// A filled polygon.
    Area { points: Vec<Point>, colour: Colour },
    /// A filled rectangle, `to` not included.
    Rectangle {
        from: Point,
        to: Point,
        colour: Colour,
    },
    /// A filled disc.
    Dot {
        centre: Point,
        radius: i32,
        colour: Colour,
    },
    /// A line of text with its baseline through `at`.
    Text {
        at: Point,
        text: String,
        anchor: Anchor,
        /// Written upwards instead of to the right.
        upwards: bool,
        colour: Colour,
    },
}

/// A picture, not yet a file: one column wide, or a page.
pub struct Scene {
    title: String,
    width: i32,
    height: i32,
    marks: Vec<Mark>,
    letters: Letters,
}

impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene")
            .field("title", &self.title)
            .field("height", &self.height)
            .field("marks", &self.marks)
            .finish_non_exhaustive()
    }
}

impl Scene {
    /// An empty sheet of this height, one column wide; `title` is for screen readers and is not drawn.
    pub(super) fn new(title: impl Into<String>, height: i32) -> Result<Self, PlotError> {
        Self::of_size(title, (COLUMN, height))
    }

    /// The same of any width.
    pub(super) fn of_size(
        title: impl Into<String>,
        (width, height): (i32, i32),
    ) -> Result<Self, PlotError> {
        Ok(Self {
            title: title.into(),
            width,
            height,
            marks: Vec::new(),
            letters: Letters::new(LETTER_SIZE)?,
        })
    }

    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// Width and height.
    pub(super) const fn size(&self) -> (i32, i32) {
        (self.width, self.height)
    }

    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    pub(super) const fn letters(&self) -> &Letters {
        &self.letters
    }

    pub(super) fn line(&mut self, points: Vec<Point>, width: i32, colour: Colour) {
        self.marks.push(Mark::Line {
            points,
            width,
            colour,
        });
    }

    /// Dashes along the line through these points.
    pub(super) fn dashes(&mut self, points: &[Point], width: i32, colour: Colour) {
        for dash in dashes(points) {
            self.line(dash, width, colour);
        }
    }

    pub(super) fn area(&mut self, points: Vec<Point>, colour: Colour) {
        self.marks.push(Mark::Area { points, colour });
    }

    pub(super) fn rectangle(&mut self, from: Point, to: Point, colour: Colour) {
        self.marks.push(Mark::Rectangle { from, to, colour });
    }

    pub(super) fn dot(&mut self, centre: Point, radius: i32, colour: Colour) {
        self.marks.push(Mark::Dot {
            centre,
            radius,
            colour,
        });
    }

    /// Black text, to the right.
    pub(super) fn text(&mut self, at: Point, text: impl Into<String>, anchor: Anchor) {
        self.marks.push(Mark::Text {
            at,
            text: text.into(),
            anchor,
            upwards: false,
            colour: BLACK,
        });
    }

    /// Text in the middle around `at`, written upwards.
    pub(super) fn text_upwards(&mut self, at: Point, text: impl Into<String>, colour: Colour) {
        self.marks.push(Mark::Text {
            at,
            text: text.into(),
            anchor: Anchor::Middle,
            upwards: true,
            colour,
        });
    }

    /// The length of a line of text.
    pub(super) fn text_width(&self, text: &str) -> i32 {
        self.letters.width(text)
    }

    /// The box of a text: left, top, right, bottom.
    #[cfg(test)]
    fn text_box(&self, mark: &Mark) -> Option<[i32; 4]> {
        let Mark::Text {
            at: (x, y),
            text,
            anchor,
            upwards,
            ..
        } = mark
        else {
            return None;
        };
        let width = self.text_width(text);
        let before = match anchor {
            Anchor::Start => 0,
            Anchor::Middle => width / 2,
            Anchor::End => width,
        };
        let (above, below) = (CAPITAL, LETTER_SIZE / 5);
        Some(if *upwards {
            [x - above, y - (width - before), x + below, y + before]
        } else {
            [x - before, y - above, x + (width - before), y + below]
        })
    }

    /// Insists that every letter is in the font, that no text leaves the sheet and that no two
    /// texts touch.
    #[cfg(test)]
    pub(super) fn assert_readable(&self) {
        let mut boxes: Vec<([i32; 4], &str)> = Vec::new();
        for mark in &self.marks {
            let (Some(place), Mark::Text { text, .. }) = (self.text_box(mark), mark) else {
                continue;
            };
            for letter in text.chars() {
                assert!(self.letters.has(letter), "no {letter:?} for {text:?}");
            }
            let [left, top, right, bottom] = place;
            assert!(
                left >= 0 && top >= 0 && right <= self.width && bottom <= self.height,
                "{text:?} leaves the sheet: {place:?} of {:?}",
                self.size()
            );
            for (other, words) in &boxes {
                let apart =
                    right <= other[0] || other[2] <= left || bottom <= other[1] || other[3] <= top;
                assert!(apart, "{text:?} {place:?} on {words:?} {other:?}");
            }
            boxes.push((place, text));
        }
    }
}

/// The dashes along a line; a dash goes around the line's corners.
#[allow(
    clippy::cast_possible_truncation,
    reason = "between two places on the paper"
)]
fn dashes(points: &[Point]) -> Vec<Vec<Point>> {
    let place = |from: Point, to: Point, share: f64| -> Point {
        let between = |from: i32, to: i32| from + (f64::from(to - from) * share).round() as i32;
        (between(from.0, to.0), between(from.1, to.1))
    };
    let mut all = Vec::new();
    // What is drawn, and how much of the dash or gap is left.
    let (mut dash, mut left) = (points.first().map(|&first| vec![first]), DASH);
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = f64::hypot(f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let here = place(from, to, done / length);
            if let Some(mut drawn) = dash.take() {
                drawn.push(here);
                all.push(drawn);
                left = GAP;
            } else {
                dash = Some(vec![here]);
                left = DASH;
            }
        }
        left -= length - done;
        if let Some(drawn) = &mut dash {
            drawn.push(to);
        }
    }
    all.extend(dash.filter(|drawn| drawn.len() > 1));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_around_corners_and_end_with_the_line() {
        assert!(dashes(&[]).is_empty() && dashes(&[(1, 2)]).is_empty());
        assert_eq!(dashes(&[(0, 0), (40, 0)]), [[(0, 0), (40, 0)]]);
        let found = dashes(&[(0, 0), (0, 40), (100, 40)]);
        let expected = [vec![(0, 0), (0, 40), (20, 40)], vec![(50, 40), (100, 40)]];
        assert_eq!(found, expected);
        // Points that are close to each other, as of a smooth curve.
        let fine: Vec<Point> = (0..=100).map(|x| (x, 7)).collect();
        let ends: Vec<[i32; 2]> = dashes(&fine)
            .iter()
            .map(|dash| [dash[0].0, dash[dash.len() - 1].0])
            .collect();
        assert_eq!(ends, [[0, 60], [90, 100]]);
    }
}
