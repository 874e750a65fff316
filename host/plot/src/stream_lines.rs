//! Lines along a current that is conserved at every site: the contours of its stream function.
//!
//! Between the cells of four neighbouring sites lies a corner; the difference of the stream function between the two corners
//! of a bond is the current through it. So equal steps from line to line enclose equal parts of the current: lines are dense
//! where it is strong, and closed where it circulates.

use std::collections::{BTreeMap, BTreeSet};

/// A place in units of cells: x along transport and y across, from the corner at the left lead and row 0.
pub(super) type Place = [f64; 2];

/// No finer grid than this along a side.
const MAX_GRID: usize = 600;

/// A stream function at the corners of cells, `[x][y]`, and in between.
#[derive(Debug, Clone)]
pub(super) struct StreamFunction {
    corners: [usize; 2],
    values: Vec<f64>,
    /// Cells from one corner to the next: some are left out of very large strips.
    apart: [f64; 2],
}

impl StreamFunction {
    /// That of a current on bonds: along, `[slice, row]` with a slice less than the strip of these sides has, and across,
    /// `[slice, row]` with a row less. What flows over the ends follows from conservation. 0 at row 0, and the whole
    /// current at the other edge.
    pub(super) fn new([length, width]: [usize; 2], along: &[f64], across: &[f64]) -> Self {
        let corners = [length + 1, width + 1];
        let mut values = vec![0.0; corners[0] * corners[1]];
        for x in 1..length {
            let mut sum = 0.0;
            for y in 0..width {
                sum += along[(x - 1) * width + y];
                values[x * corners[1] + y + 1] = sum;
            }
        }
        for y in 0..=width {
            // What leaves the rows below y on their upper side comes from the lead.
            let leaving = |slice: usize| {
                let inside = (1..width).contains(&y);
                let at = slice * width.saturating_sub(1) + y.saturating_sub(1);
                if inside { across[at] } else { 0.0 }
            };
            values[y] = values[corners[1] + y] + leaving(0);
            values[length * corners[1] + y] =
                values[(length - 1) * corners[1] + y] - leaving(length - 1);
        }
        let whole = Self {
            corners,
            values,
            apart: [1.0; 2],
        };
        whole.thinned()
    }

    /// Every so many corners, the last among them, if there are too many.
    fn thinned(self) -> Self {
        let cells = self.corners.map(|corners| corners - 1);
        let kept = cells.map(|cells| cells.min(MAX_GRID));
        if kept == cells {
            return self;
        }
        let mut values = Vec::with_capacity((kept[0] + 1) * (kept[1] + 1));
        for x in 0..=kept[0] {
            for y in 0..=kept[1] {
                let [x, y] = [x * cells[0] / kept[0], y * cells[1] / kept[1]];
                values.push(self.values[x * self.corners[1] + y]);
            }
        }
        Self {
            corners: kept.map(|kept| kept + 1),
            values,
            apart: [0, 1].map(|axis| cells[axis] as f64 / kept[axis] as f64),
        }
    }

    /// The smallest and the largest value.
    pub(super) fn extremes(&self) -> [f64; 2] {
        let values = self.values.iter();
        values.fold([0.0, 0.0], |[least, most], &value| {
            [value.min(least), value.max(most)]
        })
    }

    /// What flows from lead to lead.
    pub(super) fn total(&self) -> f64 {
        self.at([0, self.corners[1] - 1])
    }

    /// The same on a grid that is `factor` times as fine, smooth between the corners, which keep their values.
    pub(super) fn refined(&self, factor: usize) -> Self {
        let most = self.corners.map(|corners| MAX_GRID / (corners - 1).max(1));
        let factor = factor.min(most[0]).min(most[1]).max(1);
        if factor == 1 {
            return self.clone();
        }
        let [columns, rows] = self.corners;
        let fine = self.corners.map(|corners| (corners - 1) * factor + 1);
        // Along y first.
        let mut narrow = Vec::with_capacity(columns * fine[1]);
        for column in self.values.chunks_exact(rows) {
            narrow.extend((0..fine[1]).map(|y| between(rows, |at| column[at], y, factor)));
        }
        let mut values = Vec::with_capacity(fine[0] * fine[1]);
        for x in 0..fine[0] {
            for y in 0..fine[1] {
                values.push(between(columns, |at| narrow[at * fine[1] + y], x, factor));
            }
        }
        Self {
            corners: fine,
            values,
            apart: self.apart.map(|apart| apart / factor as f64),
        }
    }

    fn at(&self, [x, y]: [usize; 2]) -> f64 {
        self.values[x * self.corners[1] + y]
    }

    /// The lines where it has this value, each in the direction of the current. The last place of a closed line is its
    /// first.
    pub(super) fn lines(&self, level: f64) -> Vec<Vec<Place>> {
        // From the side where a line enters a grid's cell to that where it leaves it.
        let mut next: BTreeMap<Side, Side> = BTreeMap::new();
        for x in 0..self.corners[0] - 1 {
            for y in 0..self.corners[1] - 1 {
                self.cross([x, y], level, &mut next);
            }
        }
        let entered: BTreeSet<Side> = next.values().copied().collect();
        let open = next.keys().copied().filter(|side| !entered.contains(side));
        let open: Vec<Side> = open.collect();
        let mut lines = Vec::new();
        for side in open {
            lines.extend(self.follow(side, level, &mut next));
        }
        // What is left goes around.
        while let Some((&side, _)) = next.first_key_value() {
            lines.extend(self.follow(side, level, &mut next));
        }
        lines
    }

    /// How lines cross a cell of the grid: with the larger values on their left.
    fn cross(&self, [x, y]: [usize; 2], level: f64, next: &mut BTreeMap<Side, Side>) {
        let corners = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]].map(|at| self.at(at));
        let high = corners.map(|value| value >= level);
        let sides = [
            Side {
                at: [x, y],
                upright: false,
            },
            Side {
                at: [x + 1, y],
                upright: true,
            },
            Side {
                at: [x, y + 1],
                upright: false,
            },
            Side {
                at: [x, y],
                upright: true,
            },
        ];
        let falls = |side: usize| high[side] && !high[(side + 1) % 4];
        let rises = |side: usize| !high[side] && high[(side + 1) % 4];
        let is_saddle = high[0] == high[2] && high[1] == high[3] && high[0] != high[1];
        // At a saddle the middle decides which corners belong together.
        let middle = corners.iter().sum::<f64>() / 4.0;
        let step = if is_saddle && middle >= level { 1 } else { 3 };
        for from in (0..4).filter(|&side| falls(side)) {
            let to = if is_saddle {
                Some((from + step) % 4)
            } else {
                (0..4).find(|&side| rises(side))
            };
            if let Some(to) = to {
                next.insert(sides[from], sides[to]);
            }
        }
    }

    /// The line that begins at a side; its parts are taken out.
    fn follow(
        &self,
        begin: Side,
        level: f64,
        next: &mut BTreeMap<Side, Side>,
    ) -> Option<Vec<Place>> {
        let mut line = vec![self.crossing(begin, level)];
        let mut side = begin;
        while let Some(to) = next.remove(&side) {
            line.push(self.crossing(to, level));
            side = to;
        }
        (line.len() > 1).then_some(line)
    }

    /// Where a line crosses a side.
    fn crossing(&self, side: Side, level: f64) -> Place {
        let Side { at, upright } = side;
        let to = if upright {
            [at[0], at[1] + 1]
        } else {
            [at[0] + 1, at[1]]
        };
        let (one, other) = (self.at(at), self.at(to));
        let share = ((level - one) / (other - one)).clamp(0.0, 1.0);
        let mut place = at.map(|at| at as f64);
        place[usize::from(upright)] += share;
        [place[0] * self.apart[0], place[1] * self.apart[1]]
    }
}

/// A side of a cell of the grid, which begins at this corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Side {
    at: [usize; 2],
    upright: bool,
}

/// The value at place `fine` out of `factor` a corner: of the cubic through the two corners around it with the slopes that
/// their neighbours give (E. Catmull and R. Rom, 1974); beyond the ends, values go on straight.
fn between(corners: usize, value: impl Fn(usize) -> f64, fine: usize, factor: usize) -> f64 {
    let before = fine / factor;
    let share = (fine % factor) as f64 / factor as f64;
    let here = value(before);
    if fine.is_multiple_of(factor) {
        return here;
    }
    let after = value(before + 1);
    let behind = match before.checked_sub(1) {
        Some(at) => value(at),
        None => 2.0 * here - after,
    };
    let ahead = if before + 2 < corners {
        value(before + 2)
    } else {
        2.0 * after - here
    };
    let (slope, next_slope) = (0.5 * (after - behind), 0.5 * (ahead - here));
    let rest = 1.0 - share;
    here * (1.0 + 2.0 * share) * rest * rest
        + slope * share * rest * rest
        + after * share * share * (1.0 + 2.0 * rest)
        - next_slope * share * share * rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uniform_current_has_straight_lines_that_share_it_out() {
        // 3 slices of 4 rows, each carrying 0.5 along.
        let whole = StreamFunction::new([3, 4], &[0.5; 8], &[0.0; 9]);
        assert_eq!(whole.extremes(), [0.0, 2.0]);
        for level in [0.25, 1.0, 1.9] {
            for factor in [1, 5] {
                let lines = whole.refined(factor).lines(level);
                let [line] = &lines[..] else {
                    panic!("{lines:?}");
                };
                // From the left lead to the right one.
                assert!(line[0][0].abs() < 1e-12 && (line[line.len() - 1][0] - 3.0).abs() < 1e-12);
                assert!(line.iter().all(|[_, y]| (y - level / 0.5).abs() < 1e-12));
            }
        }
        assert!(whole.lines(2.5).is_empty());
    }

    #[test]
    fn what_flows_over_the_ends_follows_from_conservation() {
        // Two slices of two rows; all comes in at row 0, and goes up in the second slice.
        let whole = StreamFunction::new([2, 2], &[1.0, 0.0], &[0.0, 1.0]);
        // [x][y]: through row 0 in and along, through row 1 out.
        let expected = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
        assert_eq!(whole.values, expected);
        // One row has no bonds across.
        let one = StreamFunction::new([3, 1], &[0.7, 0.7], &[]);
        assert_eq!(one.values, [0.0, 0.7, 0.0, 0.7, 0.0, 0.7, 0.0, 0.7]);
    }

    #[test]
    fn a_vortex_is_a_closed_line_along_its_current() {
        // Four sites around which a current of 1 circulates: along in row 0, up, back, down.
        let whole = StreamFunction::new([2, 2], &[1.0, -1.0], &[-1.0, 1.0]);
        let lines = whole.refined(4).lines(0.5);
        let [line] = &lines[..] else {
            panic!("{lines:?}");
        };
        assert_eq!(line[0], line[line.len() - 1]);
        // Anticlockwise, so that twice the enclosed area is positive.
        let turns = line.windows(2).map(|pair| {
            let [[x, y], [next_x, next_y]] = [pair[0], pair[1]].map(|[x, y]| [x - 1.0, y - 1.0]);
            x * next_y - y * next_x
        });
        assert!(turns.sum::<f64>() > 0.5);
    }

    #[test]
    fn refining_keeps_the_corners_and_large_strips_are_thinned() {
        let along: Vec<f64> = (0..24).map(|k| f64::from(k * k % 7)).collect();
        let whole = StreamFunction::new([7, 4], &along, &[0.0; 21]);
        let fine = whole.refined(3);
        for x in 0..8 {
            for y in 0..5 {
                assert_eq!(fine.at([3 * x, 3 * y]), whole.at([x, y]));
            }
        }
        let large = StreamFunction::new([2000, 1], &vec![1.0; 1999], &[]);
        assert_eq!((large.corners, large.at([600, 1])), ([601, 2], 1.0));
        let lines = large.refined(4).lines(0.5);
        assert!((lines[0][lines[0].len() - 1][0] - 2000.0).abs() < 1e-9);
    }
}
