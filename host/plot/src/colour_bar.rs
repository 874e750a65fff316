//! A bar that says what colours mean.

use super::axes::{Axis, Panel, Range, Ticks};
use super::palette::{BLACK, Colour, viridis};
use super::scene::{Anchor, CAPITAL, Scene, THIN};

/// The width of a colour bar and its distance from what it belongs to.
pub(super) const BAR: i32 = 90;
pub(super) const BAR_GAP: i32 = 60;

/// A bar of the colours from `colours.from`, dark, to `colours.to`, light, with its axis, to the
/// right of a panel and as high.
pub(super) fn draw_bar(scene: &mut Scene, beside: Panel, colours: Range, axis: &Axis<'_>) {
    const STEPS: i32 = 128;
    let left = beside.right + BAR_GAP;
    let bar = Panel {
        left,
        right: left + BAR,
        x: Range { from: 0.0, to: 1.0 },
        y: colours,
        ..beside
    };
    let height = bar.bottom - bar.top;
    // From the top down, each step down to the bottom, so that no seams show.
    for step in 0..STEPS {
        let top = bar.top + height * step / STEPS;
        let share = 1.0 - (f64::from(step) + 0.5) / f64::from(STEPS);
        scene.rectangle((left, top), (bar.right, bar.bottom), viridis(share));
    }
    bar.axis_right(scene, axis);
    bar.frame(scene);
}

/// The height of a bar above a panel, and its distances from the panel and from its labels.
const FLAT_BAR: i32 = 60;
const BELOW_BAR: i32 = 44;
const BELOW_LABELS: i32 = 30;
/// The height of a bar above a panel with its labels.
pub(super) const ABOVE_BAR: i32 = BELOW_BAR + FLAT_BAR + BELOW_LABELS + CAPITAL;
/// Between two labels, at least.
const LABELS_APART: i32 = 70;

/// A bar of the colours of shares 0 to 1, which stand for these values, above a panel and as wide, with labels above it.
pub(super) fn bar_above(
    scene: &mut Scene,
    panel: Panel,
    values: Range,
    colour: impl Fn(f64) -> Colour,
) {
    const STEPS: i32 = 128;
    let bottom = panel.top - BELOW_BAR;
    let bar = Panel {
        top: bottom - FLAT_BAR,
        bottom,
        x: values,
        y: Range { from: 0.0, to: 1.0 },
        ..panel
    };
    let width = bar.right - bar.left;
    // From the left on, each step up to the right end, so that no seams show.
    for step in 0..STEPS {
        let left = bar.left + width * step / STEPS;
        let share = (f64::from(step) + 0.5) / f64::from(STEPS);
        scene.rectangle((left, bar.top), (bar.right, bar.bottom), colour(share));
    }
    // As many labels as do not touch, inside the width of the leads on both sides.
    let fits = |ticks: &Ticks| {
        let mut end = i32::MIN / 2;
        ticks.0.iter().all(|(value, label)| {
            let middle = bar.x.place(*value, bar.left, bar.right);
            let half = scene.text_width(label) / 2 + 1;
            let fits = middle - half >= end;
            end = middle + half + LABELS_APART;
            fits
        })
    };
    let ticks = (2..=6).rev().map(|most| Ticks::round(values, most));
    let ticks = { ticks }.find(|ticks| ticks.0.len() > 1 && fits(ticks));
    let ticks = ticks.unwrap_or_else(|| Ticks::ends(values));
    for (value, label) in ticks.0 {
        let x = bar.x.place(value, bar.left, bar.right);
        scene.line(vec![(x, bar.top), (x, bar.top + FLAT_BAR / 3)], THIN, BLACK);
        scene.text((x, bar.top - BELOW_LABELS), label, Anchor::Middle);
    }
    bar.frame(scene);
}
