//! A bar that says what colours mean.

use super::axes::{Axis, Panel, Range};
use super::palette::viridis;
use super::scene::Scene;

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
