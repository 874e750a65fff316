//! A current as lines with arrow heads.

use super::axes::Panel;
use super::palette::{BLACK, GREY};
use super::scene::{Point, Scene};
use super::stream_lines::StreamFunction;

/// From one stream line to the next, if the current were the same everywhere.
const LINES_APART: i32 = 62;
/// No more lines than this, however strong the current circulates.
const MAX_LINES: f64 = 90.0;
/// Along a line from one arrow head to the next; between heads of other lines; and what is too short for one.
const HEADS_APART: f64 = 520.0;
const HEADS_FREE: f64 = 110.0;
const SHORT_LINE: f64 = 140.0;
/// Half the length and half the width of an arrow head.
const HEAD: [f64; 2] = [30.0, 19.0];
/// No head nearer to the frame.
const EDGE: i32 = 36;
/// The width of a line from lead to lead, 0.5 points, and of one that is closed.
pub(super) const LINE: i32 = 6;
const LOOP: i32 = 4;
/// Loops that are smaller could not be seen.
const SMALLEST_LOOP: i32 = 60;
/// Between lines where the current is strong.
const LEAST_APART: f64 = 11.0;
/// Draws the lines of a current on bonds, along and across, of a strip of these sides: equal parts of it flow between
/// neighbouring lines, and heads point along it. What circulates is thinner. The third array is its magnitude at the sites.
pub(super) fn draw_flow(
    scene: &mut Scene,
    map: Panel,
    sides: [usize; 2],
    [along, across, magnitude]: [&[f64]; 3],
) {
    let stream = StreamFunction::new(sides, along, across);
    let [least, most] = stream.extremes();
    let height = map.bottom - map.top;
    let site = f64::from(height) / sides[1] as f64;
    let shared = stream.total().abs() / f64::from((height / LINES_APART).max(2));
    let crowded = LEAST_APART * strong(magnitude) / site;
    let step = shared.max(crowded).max((most - least) / MAX_LINES);
    if step <= 0.0 {
        return;
    }
    // An even number of equal parts: no line in the middle, where a symmetric current has none to follow.
    let pairs = (0.5 * stream.total().abs() / step).floor();
    let step = if pairs >= 1.0 {
        0.5 * stream.total().abs() / pairs
    } else {
        step
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    let factor = (site / 14.0).round().clamp(1.0, 32.0) as usize;
    let fine = stream.refined(factor);
    let mut heads: Vec<Point> = Vec::new();
    // Half a step from the edges, where no line could be told from the frame.
    let mut number = (least / step - 0.5).ceil();
    while (number + 0.5) * step < most {
        for line in fine.lines((number + 0.5) * step) {
            let is_closed = line.first() == line.last();
            let place = |&[x, y]: &[f64; 2]| map.place(x - 0.5, y - 0.5);
            let mut points: Vec<Point> = line.iter().map(place).collect();
            points.dedup();
            if points.len() < 2 || (is_closed && extent(&points) < SMALLEST_LOOP) {
                continue;
            }
            draw_heads(scene, map, &points, &mut heads);
            let (width, colour) = if is_closed {
                (LOOP, GREY)
            } else {
                (LINE, BLACK)
            };
            scene.line(points, width, colour);
        }
        number += 1.0;
    }
}

/// The magnitude that one site in a hundred exceeds.
fn strong(magnitude: &[f64]) -> f64 {
    let mut sorted = magnitude.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = (sorted.len() * 99 / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or_default()
}

/// The larger side of the box around some places.
fn extent(points: &[Point]) -> i32 {
    let side = |of: fn(&Point) -> i32| {
        let (least, most) = (points.iter().map(of).min(), points.iter().map(of).max());
        most.unwrap_or_default() - least.unwrap_or_default()
    };
    side(|point| point.0).max(side(|point| point.1))
}

/// Arrow heads along a line, where no other is near.
fn draw_heads(scene: &mut Scene, map: Panel, points: &[Point], heads: &mut Vec<Point>) {
    let lengths = points.windows(2).map(|pair| distance(pair[0], pair[1]));
    let lengths: Vec<f64> = lengths.collect();
    let whole: f64 = lengths.iter().sum();
    if whole < SHORT_LINE {
        return;
    }
    let count = (whole / HEADS_APART).round().max(1.0);
    let mut next = 0.5 * whole / count;
    let mut done = 0.0;
    for (pair, length) in points.windows(2).zip(lengths) {
        done += length;
        if done < next {
            continue;
        }
        let tip = pair[1];
        let is_inside = (map.left + EDGE..map.right - EDGE).contains(&tip.0)
            && (map.top + EDGE..map.bottom - EDGE).contains(&tip.1);
        if !is_inside || heads.iter().any(|&head| distance(head, tip) < HEADS_FREE) {
            // A little later, perhaps.
            continue;
        }
        next += whole / count;
        let [dx, dy] = [
            f64::from(pair[1].0 - pair[0].0),
            f64::from(pair[1].1 - pair[0].1),
        ];
        let (dx, dy) = (dx / length, dy / length);
        let corner = |ahead: f64, beside: f64| {
            #[allow(clippy::cast_possible_truncation, reason = "near a place on the paper")]
            let offset = |value: f64| value.round() as i32;
            (
                tip.0 + offset(ahead * dx - beside * dy),
                tip.1 + offset(ahead * dy + beside * dx),
            )
        };
        let [long, wide] = HEAD;
        scene.area(
            vec![corner(long, 0.0), corner(-long, wide), corner(-long, -wide)],
            BLACK,
        );
        heads.push(tip);
    }
}

fn distance(one: Point, other: Point) -> f64 {
    f64::hypot(f64::from(one.0 - other.0), f64::from(one.1 - other.1))
}
