//! Frames, ticks, titles and legends.

use super::palette::{BLACK, Colour, WHITE};
use super::scene::{Anchor, CAPITAL, LETTER_SIZE, Point, Scene, THICK, THIN};

/// The length of a tick, inwards.
const TICK: i32 = 26;
/// Between an axis and its labels, between labels and title.
const GAP: i32 = 38;
/// Between a lower axis and its labels: the first one must not touch the left axis' lowest.
const DROP: i32 = 56;
/// Between the outermost ink and the edge of the sheet.
pub(super) const MARGIN: i32 = 24;
/// The height of an axis' labels and title below a panel, with the sheet's margin.
pub(super) const BELOW: i32 = DROP + CAPITAL + GAP + CAPITAL + LETTER_SIZE / 5 + MARGIN;
/// The height of a row of words above a panel, with its margins.
pub(super) const ROW_ABOVE: i32 = MARGIN + CAPITAL + LETTER_SIZE / 5 + GAP;

/// An interval on an axis, `from` < `to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Range {
    /// The interval that these finite values fill; one unit wide if they are all the same (or
    /// none).
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            from = from.min(value);
            to = to.max(value);
        }
        if from > to {
            return Self { from: 0.0, to: 1.0 };
        }
        // Less apart than this is rounding, and could not be labelled.
        if to - from <= 1e-7 * from.abs().max(to.abs()).max(1.0) {
            return Self {
                from: from - 0.5,
                to: to + 0.5,
            };
        }
        Self { from, to }
    }

    /// The interval from zero to a little above the largest of these values; to 1 if there is
    /// nothing above zero.
    pub(super) fn from_zero(values: impl IntoIterator<Item = f64>) -> Self {
        let largest = values.into_iter().fold(0.0, f64::max);
        let to = if largest > 1e-7 { largest * 1.08 } else { 1.0 };
        Self { from: 0.0, to }
    }

    /// The same interval with this share of its length added on both sides.
    pub(super) fn padded(self, share: f64) -> Self {
        let more = share * (self.to - self.from);
        Self {
            from: self.from - more,
            to: self.to + more,
        }
    }

    /// 0 at `from`, 1 at `to`.
    pub(super) fn share(self, value: f64) -> f64 {
        (value - self.from) / (self.to - self.from)
    }

    /// The place of `value` if `from` lies at `begin` and `to` at `end`; values outside stop there.
    pub(super) fn place(self, value: f64, begin: i32, end: i32) -> i32 {
        let share = self.share(value).clamp(0.0, 1.0);
        #[allow(clippy::cast_possible_truncation, reason = "between begin and end")]
        let along = (share * f64::from(end - begin)).round() as i32;
        begin + along
    }
}

/// Values with their labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks(pub(super) Vec<(f64, String)>);

impl Ticks {
    /// At most `most` (two or more) round values of an interval: multiples of 1, 2 or 5 times a
    /// power of ten.
    pub(super) fn round(range: Range, most: usize) -> Self {
        Self::multiples(range, most, -9)
    }

    /// The largest round number of an interval that begins at zero or is symmetric about it, and the one opposite: where
    /// there is no room for more.
    pub(super) fn ends(range: Range) -> Self {
        let Self(all) = Self::round(Range { from: 0.0, ..range }, 4);
        let Some((value, label)) = all.last().cloned() else {
            return Self(all);
        };
        let opposite = if range.from < 0.0 {
            (-value, format!("−{label}"))
        } else {
            (0.0, "0".to_owned())
        };
        Self(vec![opposite, (value, label)])
    }

    /// The same, whole numbers only.
    pub(super) fn whole(range: Range, most: usize) -> Self {
        Self::multiples(range, most, 0)
    }

    fn multiples(range: Range, most: usize, smallest: i32) -> Self {
        for exponent in smallest..=9 {
            for factor in [1.0, 2.0, 5.0] {
                let power = 10_f64.powi(exponent.abs());
                let value = |multiple: f64| {
                    if exponent < 0 {
                        multiple * factor / power
                    } else {
                        multiple * factor * power
                    }
                };
                let step = value(1.0);
                // A hair's breadth outside counts as inside.
                let first = (range.from / step - 1e-6).ceil();
                let last = (range.to / step + 1e-6).floor();
                if last - first + 1.0 > most as f64 {
                    continue;
                }
                let decimals = usize::try_from(-exponent).unwrap_or(0);
                let mut ticks = Vec::new();
                let mut multiple = first;
                while multiple <= last {
                    ticks.push((value(multiple), label(value(multiple), decimals)));
                    multiple += 1.0;
                }
                return Self(ticks);
            }
        }
        Self(Vec::new())
    }

    /// Powers of ten, at most `most`, of an interval of decimal logarithms: `1`, `10⁻³`; where there
    /// are fewer than two of them, 1, 2 and 5 times them: `0.05`, `0.1`, `0.2`.
    pub(super) fn decades(range: Range, most: usize) -> Self {
        let Self(whole) = Self::whole(range, most);
        if whole.len() < 2 {
            return Self::one_two_five(range);
        }
        Self(
            whole
                .into_iter()
                .map(|(exponent, text)| (exponent, power("10", &text)))
                .collect(),
        )
    }

    /// 1, 2 and 5 times powers of ten, of a short interval of decimal logarithms.
    fn one_two_five(range: Range) -> Self {
        let mut ticks = Vec::new();
        for exponent in -9_i32..=9 {
            for factor in [1.0, 2.0, 5.0] {
                let at = f64::from(exponent) + f64::log10(factor);
                if (range.from - 1e-6..=range.to + 1e-6).contains(&at) {
                    let decimals = usize::try_from(-exponent).unwrap_or(0);
                    let value = factor * 10_f64.powi(exponent);
                    ticks.push((at, label(value, decimals)));
                }
            }
        }
        Self(ticks)
    }

    /// Powers of two, at most `most`, of an interval of binary logarithms: `2¹¹`.
    pub(super) fn octaves(range: Range, most: usize) -> Self {
        let Self(whole) = Self::whole(range, most);
        Self(
            whole
                .into_iter()
                .map(|(exponent, text)| (exponent, power("2", &text)))
                .collect(),
        )
    }

    /// The width of the widest label.
    fn width(&self, scene: &Scene) -> i32 {
        let widths = self.0.iter().map(|(_, label)| scene.text_width(label));
        widths.max().unwrap_or(0)
    }
}

/// A number as a tick's label: with a true minus sign, never "−0".
fn label(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if value < 0.0 && !zero {
        format!("−{text}")
    } else {
        text
    }
}

/// A number to the power that `exponent` writes.
pub(super) fn power(base: &str, exponent: &str) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    match exponent {
        "0" => "1".to_owned(),
        "1" => base.to_owned(),
        _ => {
            let raised = exponent.chars().map(|letter| match letter.to_digit(10) {
                Some(digit) => DIGITS[digit as usize],
                None => '⁻',
            });
            format!("{base}{}", raised.collect::<String>())
        }
    }
}

/// How numbers become lengths on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    /// Linear, with labels at whole numbers only.
    Whole,
    /// By the decimal logarithm; what is not above the axis' lower end has no place.
    Logarithmic,
    /// By the binary logarithm.
    Binary,
}

impl Scale {
    /// The number that is laid off.
    pub(super) fn apply(self, value: f64) -> f64 {
        match self {
            Self::Linear | Self::Whole => value,
            Self::Logarithmic => value.log10(),
            Self::Binary => value.log2(),
        }
    }

    /// Ticks on an interval of numbers laid off.
    pub(super) fn ticks(self, range: Range, most: usize) -> Ticks {
        match self {
            Self::Linear => Ticks::round(range, most),
            Self::Whole => Ticks::whole(range, most),
            Self::Logarithmic => Ticks::decades(range, most),
            Self::Binary => Ticks::octaves(range, most),
        }
    }
}

/// What an axis says: its ticks and, with the unit, what it measures.
#[derive(Debug)]
pub(super) struct Axis<'a> {
    pub(super) title: &'a str,
    pub(super) ticks: Ticks,
    pub(super) colour: Colour,
}

impl<'a> Axis<'a> {
    /// A black axis.
    pub(super) const fn new(title: &'a str, ticks: Ticks) -> Self {
        Self {
            title,
            ticks,
            colour: BLACK,
        }
    }

    /// The width of an upright axis' labels and title, with the sheet's margin.
    pub(super) fn room(&self, scene: &Scene) -> i32 {
        GAP + self.ticks.width(scene) + GAP + LETTER_SIZE + MARGIN
    }
}

/// A rectangle with an interval along each side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
    pub(super) x: Range,
    pub(super) y: Range,
}

impl Panel {
    /// The place of the point (x, y), on the frame if it lies outside.
    pub(super) fn place(&self, x: f64, y: f64) -> Point {
        (
            self.x.place(x, self.left, self.right),
            self.y.place(y, self.bottom, self.top),
        )
    }

    /// The frame around it.
    pub(super) fn frame(&self, scene: &mut Scene) {
        let &Self {
            left,
            top,
            right,
            bottom,
            ..
        } = self;
        // Each side reaches over the corners by half its width, which makes them square.
        let half = THIN / 2;
        for y in [top, bottom] {
            scene.line(vec![(left - half, y), (right + half, y)], THIN, BLACK);
        }
        for x in [left, right] {
            scene.line(vec![(x, top - half), (x, bottom + half)], THIN, BLACK);
        }
    }

    /// Ticks, labels and title below.
    pub(super) fn axis_below(&self, scene: &mut Scene, axis: &Axis<'_>) {
        let baseline = self.bottom + DROP + CAPITAL;
        self.ticks_below(scene, &axis.ticks);
        for (value, label) in &axis.ticks.0 {
            let x = self.x.place(*value, self.left, self.right);
            // A label at the very end must not leave the sheet.
            let half = scene.text_width(label) / 2 + 1;
            let x = x.min(scene.size().0 - MARGIN / 2 - half);
            scene.text((x, baseline), label, Anchor::Middle);
        }
        let middle = i32::midpoint(self.left, self.right);
        scene.text(
            (middle, baseline + GAP + CAPITAL),
            axis.title,
            Anchor::Middle,
        );
    }

    /// Ticks only, for a panel whose labels stand below the next one.
    pub(super) fn ticks_below(&self, scene: &mut Scene, ticks: &Ticks) {
        for (value, _) in &ticks.0 {
            let x = self.x.place(*value, self.left, self.right);
            scene.line(vec![(x, self.bottom - TICK), (x, self.bottom)], THIN, BLACK);
        }
    }

    /// Ticks only, for a panel whose labels stand to the left of the one before.
    pub(super) fn ticks_left(&self, scene: &mut Scene, ticks: &Ticks) {
        for (value, _) in &ticks.0 {
            let y = self.y.place(*value, self.bottom, self.top);
            scene.line(vec![(self.left, y), (self.left + TICK, y)], THIN, BLACK);
        }
    }

    /// Ticks, labels and title to the left.
    pub(super) fn axis_left(&self, scene: &mut Scene, axis: &Axis<'_>) {
        self.ticks_left(scene, &axis.ticks);
        for (value, label) in &axis.ticks.0 {
            let y = self.y.place(*value, self.bottom, self.top);
            let at = (self.left - GAP, y + CAPITAL / 2);
            scene.text(at, label, Anchor::End);
        }
        let x = self.left - GAP - axis.ticks.width(scene) - GAP - LETTER_SIZE / 5;
        let middle = i32::midpoint(self.top, self.bottom);
        scene.text_upwards((x, middle), axis.title, axis.colour);
    }

    /// Ticks, labels and title to the right.
    pub(super) fn axis_right(&self, scene: &mut Scene, axis: &Axis<'_>) {
        for (value, label) in &axis.ticks.0 {
            let y = self.y.place(*value, self.bottom, self.top);
            scene.line(vec![(self.right - TICK, y), (self.right, y)], THIN, BLACK);
            let at = (self.right + GAP, y + CAPITAL / 2);
            scene.text(at, label, Anchor::Start);
        }
        let x = self.right + GAP + axis.ticks.width(scene) + GAP + CAPITAL;
        let middle = i32::midpoint(self.top, self.bottom);
        scene.text_upwards((x, middle), axis.title, axis.colour);
    }
}

/// The words above a panel, from its left edge on; gives where more can follow.
pub(super) fn heading(scene: &mut Scene, left: i32, top: i32, letter: &str, words: &str) -> i32 {
    let baseline = top - ROW_ABOVE + MARGIN + CAPITAL;
    let mut next = left;
    if !letter.is_empty() {
        scene.text((left, baseline), letter, Anchor::Start);
        next += scene.text_width(letter) + LETTER_SIZE;
    }
    // As many of the words as there is room for, cut at a comma.
    let mut words = words;
    while next + scene.text_width(words) > scene.size().0 - MARGIN {
        words = words.rsplit_once(", ").map_or("", |(most, _)| most);
    }
    if !words.is_empty() {
        scene.text((next, baseline), words, Anchor::Start);
    }
    next
}

/// How the legend shows what a name belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    /// A curve.
    Line(Colour),
    /// A curve of dashes.
    Dashed(Colour),
    /// Bars with an outline.
    Bars(Colour),
    /// Dots.
    Dot(Colour),
    /// A curve with dots on it.
    Marked(Colour),
    /// Rings.
    Ring(Colour),
}

/// The length of a key that is a line or a bar, and the radius of one that is a dot.
const KEY_LENGTH: i32 = 150;
const KEY_RADIUS: i32 = 24;
/// Between an entry of a legend and the next.
const APART: i32 = 90;

impl Key {
    const fn width(self) -> i32 {
        match self {
            Self::Line(_) | Self::Dashed(_) | Self::Bars(_) | Self::Marked(_) => KEY_LENGTH,
            Self::Dot(_) | Self::Ring(_) => 2 * KEY_RADIUS,
        }
    }
}

/// How wide [`legend`] will make these entries.
pub(super) fn legend_width(scene: &Scene, entries: &[(Key, &str)]) -> i32 {
    let entry = |&(key, name): &(Key, &str)| key.width() + GAP + scene.text_width(name) + APART;
    entries.iter().map(entry).sum::<i32>() - APART
}

/// A row of keys with their names, beginning at `at` on its baseline; gives where it ends.
pub(super) fn legend(scene: &mut Scene, at: Point, entries: &[(Key, &str)]) -> i32 {
    let (mut x, baseline) = at;
    let middle = baseline - CAPITAL / 2;
    for (number, &(key, name)) in entries.iter().enumerate() {
        if number > 0 {
            x += APART;
        }
        let (length, radius) = (KEY_LENGTH, KEY_RADIUS);
        match key {
            Key::Line(colour) => {
                scene.line(vec![(x, middle), (x + length, middle)], THICK, colour);
            }
            Key::Dashed(colour) => {
                scene.dashes(&[(x, middle), (x + length, middle)], THICK, colour);
            }
            Key::Marked(colour) => {
                scene.line(vec![(x, middle), (x + length, middle)], THICK, colour);
                scene.dot((x + length / 2, middle), radius, colour);
            }
            Key::Bars(colour) => {
                let (from, to) = ((x, baseline - CAPITAL), (x + length, baseline));
                scene.rectangle(from, to, colour.with_opacity(BARS_OPACITY));
                let outline = vec![
                    from,
                    (to.0, from.1),
                    to,
                    (from.0, to.1),
                    from,
                    (to.0, from.1),
                ];
                scene.line(outline, THICK, colour);
            }
            Key::Dot(colour) => scene.dot((x + radius, middle), radius, colour),
            Key::Ring(colour) => {
                scene.dot((x + radius, middle), radius, colour);
                scene.dot((x + radius, middle), radius - THICK, WHITE);
            }
        }
        x += key.width() + GAP;
        scene.text((x, baseline), name, Anchor::Start);
        x += scene.text_width(name);
    }
    x
}

/// How opaque bars are, so that those behind show through.
pub(super) const BARS_OPACITY: f64 = 0.3;

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &Ticks) -> Vec<&str> {
        ticks.0.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let range = |from, to| Range { from, to };
        let ticks = Ticks::round(range(-0.5, 0.5), 6);
        assert_eq!(labels(&ticks), ["−0.4", "−0.2", "0.0", "0.2", "0.4"]);
        let ticks = Ticks::round(range(0.0, 43.2), 5);
        assert_eq!(labels(&ticks), ["0", "10", "20", "30", "40"]);
        let ticks = Ticks::round(range(-0.18, 0.18), 5);
        assert_eq!(labels(&ticks), ["−0.1", "0.0", "0.1"]);
        let ticks = Ticks::round(range(1e-4, 1.1e-3), 5);
        assert_eq!(
            labels(&ticks),
            ["0.0002", "0.0004", "0.0006", "0.0008", "0.0010"]
        );
        // The end counts though 0.3 is not 3 times 0.1 in binary.
        let ticks = Ticks::round(range(0.0, 0.3), 4);
        assert_eq!(labels(&ticks), ["0.0", "0.1", "0.2", "0.3"]);
    }

    #[test]
    fn a_short_bar_has_a_number_at_both_ends() {
        let range = |from, to| Range { from, to };
        let ticks = Ticks::ends(range(-0.93, 0.93));
        assert_eq!(labels(&ticks), ["−0.5", "0.5"]);
        assert_eq!((ticks.0[0].0, ticks.0[1].0), (-0.5, 0.5));
        assert_eq!(labels(&Ticks::ends(range(0.0, 5.0))), ["0", "4"]);
    }

    #[test]
    fn sites_have_whole_numbers() {
        let ticks = Ticks::whole(
            Range {
                from: -0.5,
                to: 0.5,
            },
            5,
        );
        assert_eq!(labels(&ticks), ["0"]);
        let ticks = Ticks::whole(
            Range {
                from: -0.5,
                to: 39.5,
            },
            5,
        );
        assert_eq!(labels(&ticks), ["0", "10", "20", "30"]);
    }

    #[test]
    fn logarithmic_axes_have_powers_of_ten() {
        let range = |from, to| Range { from, to };
        let ticks = Scale::Logarithmic.ticks(range(-3.2, 1.1), 7);
        assert_eq!(labels(&ticks), ["10⁻³", "10⁻²", "10⁻¹", "1", "10"]);
        let ticks = Scale::Logarithmic.ticks(range(-1.7, -0.5), 5);
        assert_eq!(labels(&ticks), ["0.02", "0.05", "0.1", "0.2"]);
        let ticks = Scale::Logarithmic.ticks(range(-12.0, 1.7), 5);
        assert_eq!(labels(&ticks), ["10⁻¹⁰", "10⁻⁵", "1"]);
    }

    #[test]
    fn no_range_is_empty() {
        assert_eq!(Range::of([]), Range { from: 0.0, to: 1.0 });
        assert_eq!(Range::of([2.0, 2.0]), Range { from: 1.5, to: 2.5 });
        assert_eq!(
            Range::of([3.0, -1.0]),
            Range {
                from: -1.0,
                to: 3.0
            }
        );
        assert_eq!(Range::from_zero([0.0]), Range { from: 0.0, to: 1.0 });
        assert_eq!(
            Range::from_zero([50.0]),
            Range {
                from: 0.0,
                to: 54.0
            }
        );
    }

    #[test]
    fn places_stay_within_the_frame() {
        let range = Range { from: 0.0, to: 2.0 };
        assert_eq!(range.place(1.0, 100, 300), 200);
        assert_eq!(range.place(0.5, 300, 100), 250);
        assert_eq!(range.place(9.0, 100, 300), 300);
        assert_eq!(range.place(-9.0, 100, 300), 100);
    }
}
