//! A few numbers side by side, as horizontal bars.

use super::axes::MARGIN;
use super::palette::{BLACK, BLUE, Colour, GREY};
use super::scene::{Anchor, CAPITAL, COLUMN, LETTER_SIZE, Scene, THICK, THIN};
use super::{PlotError, require_drawable};

/// The height of a bar, and from one bar to the next.
const BAR: i32 = 130;
const PITCH: i32 = 200;
/// Between a name and its bar, and between a bar and its number.
const GAP: i32 = 40;
/// The height of the title, with the margin above it.
const ABOVE: i32 = MARGIN + CAPITAL + LETTER_SIZE / 5 + 2 * GAP;
/// No bar is shorter, so that every one is visible.
const MIN_LENGTH: i32 = THICK;

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar<'a> {
    /// What was measured, to the left of the bar.
    pub name: &'a str,
    /// Its length, 0 or more.
    pub value: f64,
    /// The number as it stands behind the bar, with its unit.
    pub text: &'a str,
    /// Drawn in colour; the others are grey.
    pub emphasised: bool,
}

/// The figure of a comparison: horizontal bars on a linear scale from zero, one below the other.
#[derive(Debug, Clone, Copy)]
pub struct BarsPicture<'a> {
    /// What is compared, with its unit, above the bars.
    pub title: &'a str,
    /// From top to bottom.
    pub bars: &'a [Bar<'a>],
}

impl BarsPicture<'_> {
    /// The picture.
    ///
    /// # Errors
    /// No bars; a length that is negative, infinite or not a number; texts that leave no room for the bars.
    pub fn draw(&self) -> Result<Scene, PlotError> {
        let values: Vec<f64> = self.bars.iter().map(|bar| bar.value).collect();
        require_drawable("the bars", &values)?;
        if let Some(position) = values.iter().position(|&value| value < 0.0) {
            return Err(PlotError::Value {
                what: "the bars",
                position,
                value: values[position],
            });
        }
        let rows = i32::try_from(self.bars.len()).map_err(|_| too_many())?;
        let height = rows
            .checked_mul(PITCH)
            .and_then(|height| height.checked_add(ABOVE + MARGIN + BAR - PITCH + GAP / 2))
            .ok_or_else(too_many)?;
        let mut scene = Scene::new(self.title, height)?;
        let widest = |text: fn(&Bar<'_>) -> String| {
            let widths = self.bars.iter().map(|bar| scene.text_width(&text(bar)));
            widths.max().unwrap_or(0)
        };
        let left = MARGIN + widest(|bar| bar.name.to_owned()) + GAP;
        let right = COLUMN - MARGIN - widest(|bar| bar.text.to_owned()) - GAP;
        if right - left < PITCH {
            return Err(PlotError::Drawing(
                "the names of the bars leave no room for the bars".to_owned(),
            ));
        }
        let longest = values
            .iter()
            .fold(0.0, |longest: f64, &value| longest.max(value));

        scene.text((MARGIN, MARGIN + CAPITAL), self.title, Anchor::Start);
        // The line from which the bars start.
        let below = height - MARGIN;
        scene.line(vec![(left, ABOVE - GAP / 2), (left, below)], THIN, BLACK);
        let mut top = ABOVE;
        for bar in self.bars {
            let start = left + THIN / 2;
            let end = start + length(bar.value, longest, right - start).max(MIN_LENGTH);
            let baseline = top + i32::midpoint(BAR, CAPITAL);
            scene.text((left - GAP, baseline), bar.name, Anchor::End);
            scene.rectangle((start, top), (end, top + BAR), bar.colour());
            scene.text((end + GAP, baseline), bar.text, Anchor::Start);
            top += PITCH;
        }
        Ok(scene)
    }
}

impl Bar<'_> {
    const fn colour(&self) -> Colour {
        if self.emphasised {
            BLUE
        } else {
            GREY.with_opacity(0.5)
        }
    }
}

/// The length on paper of `value`, if `longest` is `room` long.
#[allow(clippy::cast_possible_truncation, reason = "between 0 and room")]
fn length(value: f64, longest: f64, room: i32) -> i32 {
    if longest > 0.0 {
        (value / longest * f64::from(room)).round() as i32
    } else {
        0
    }
}

fn too_many() -> PlotError {
    PlotError::Drawing("there are more bars than fit on a sheet".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;

    const TIMES: [Bar<'static>; 3] = [
        Bar {
            name: "slow",
            value: 50.0,
            text: "50 ms",
            emphasised: false,
        },
        Bar {
            name: "half as slow",
            value: 25.0,
            text: "25 ms",
            emphasised: false,
        },
        Bar {
            name: "fast",
            value: 0.01,
            text: "0.01 ms",
            emphasised: true,
        },
    ];

    fn draw(bars: &[Bar<'_>]) -> Result<Scene, PlotError> {
        let title = "Time of one solve";
        BarsPicture { title, bars }.draw()
    }

    #[test]
    fn lengths_are_in_proportion_and_none_vanishes() {
        let scene = draw(&TIMES).unwrap();
        scene.assert_readable();
        let widths: Vec<i32> = scene
            .marks()
            .iter()
            .filter_map(|mark| match mark {
                Mark::Rectangle { from, to, .. } => Some(to.0 - from.0),
                _ => None,
            })
            .collect();
        assert_eq!(widths.len(), 3);
        assert!((widths[0] - 2 * widths[1]).abs() <= 1, "{widths:?}");
        assert_eq!(widths[2], MIN_LENGTH);
    }

    #[test]
    fn bars_that_cannot_be_drawn_are_refused() {
        assert!(matches!(draw(&[]), Err(PlotError::Empty { .. })));
        for value in [-1.0, f64::NAN, f64::INFINITY] {
            let bars = [TIMES[0], Bar { value, ..TIMES[1] }];
            let error = draw(&bars).unwrap_err();
            assert!(
                matches!(error, PlotError::Value { position: 1, .. }),
                "{error}"
            );
        }
        let name = "a name that is so long that it takes the whole column for itself";
        let error = draw(&[Bar { name, ..TIMES[0] }]).unwrap_err();
        assert!(matches!(error, PlotError::Drawing(_)), "{error}");
        // Nothing but zeros is drawn as such.
        draw(&[Bar {
            value: 0.0,
            ..TIMES[0]
        }])
        .unwrap()
        .assert_readable();
    }
}
