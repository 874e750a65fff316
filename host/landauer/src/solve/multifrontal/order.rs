//! The order of elimination: a tree of fronts, from cutting the strip into halves again and again.
//!
//! The lattice is the strip with one slice of each lead beside it, the *ends*: (L+2)·W sites, numbered slice·W + row
//! from the left end's first. All of the strip is eliminated, so that whatever is in its first and last slice, the ends
//! are clean.
//!
//! A rectangle is cut along a full slice or row in its middle (A. George, SIAM J. Numer. Anal. 10, 345, 1973); which
//! of the two, and when it is small enough to be eliminated whole, the multiply-adds decide: rectangles of one size
//! with the same sides open cost the same, so that there are few to think of, however large the strip is.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::system::StripSize;

/// One front: unknowns that are eliminated together, after those of its children.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Front {
    /// The sites that it eliminates, in their order.
    pub(super) sites: Vec<usize>,
    /// How many unknowns outside they are coupled to by then.
    pub(super) outside: usize,
    /// The hoppings that are first met here: (row, column), row > column, counted over `sites` and then those outside.
    pub(super) hoppings: Vec<[usize; 2]>,
    pub(super) children: Vec<Child>,
    /// Multiply-adds of this front and of all below it, if every unknown is eliminated where it stands.
    pub(super) work: f64,
    /// Numbers that this front and all below it hold at most, if they are eliminated side by side as far as
    /// [`Tree::splits`] says.
    pub(super) numbers: usize,
}

/// A part of a front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Child {
    /// Its place in the list of fronts.
    pub(super) front: usize,
    /// Where the unknowns outside it are in its parent, counted over the parent's sites and then those outside.
    pub(super) runs: Vec<Run>,
}

/// Unknowns that follow each other in a child and in its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The first one in the child.
    pub(super) from: usize,
    /// The first one in the parent.
    pub(super) to: usize,
    pub(super) count: usize,
}

/// All fronts, children before their parents; the last one is what the ends are coupled by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    pub(super) size: StripSize,
    pub(super) fronts: Vec<Front>,
}

/// Multiply-adds above which two parts are eliminated at the same time.
const SPLIT: f64 = 2e6;

impl Order {
    /// For strips of this size.
    pub(super) fn new(size: StripSize) -> Self {
        let [length, width] = size.sides();
        let mut dissection = Dissection {
            width,
            best: FxHashMap::default(),
            parts: Vec::new(),
        };
        dissection.cut(Rectangle {
            slices: 1..length + 1,
            rows: 0..width,
        });
        let mut order = Self {
            size,
            fronts: Vec::with_capacity(dissection.parts.len()),
        };
        order.couple(dissection.parts);
        order
    }

    /// Is it worth while to eliminate the parts of a front at the same time?
    pub(super) fn splits(&self, front: &Front) -> bool {
        let large = |child: &Child| self.fronts[child.front].work > SPLIT;
        front.children.iter().filter(|&child| large(child)).count() > 1
    }

    /// Finds out what each front is coupled to.
    fn couple(&mut self, parts: Vec<Part>) {
        let [length, width] = self.size.sides();
        let sites = (length + 2) * width;
        // When a site goes; the ends last, and from the left to the right.
        let mut rank = vec![usize::MAX; sites];
        let interior = parts.iter().flat_map(|part| &part.sites);
        for (number, &site) in interior.enumerate() {
            rank[site] = number;
        }
        let ends = (0..width).chain(sites - width..sites);
        for (number, site) in (length * width..).zip(ends) {
            rank[site] = number;
        }
        // The ranks of what is outside each front, kept until its parent is done.
        let mut outsides: Vec<Vec<usize>> = Vec::with_capacity(parts.len());
        for Part { sites, children } in parts {
            let first = rank[sites[0]];
            let end = first + sites.len();
            let mut outside: Vec<usize> = Vec::new();
            for &site in &sites {
                let later = neighbours(width, site).map(|neighbour| rank[neighbour]);
                outside.extend(later.filter(|&rank| rank >= end));
            }
            for &child in &children {
                outside.extend(outsides[child].iter().filter(|&&rank| rank >= end));
            }
            outside.sort_unstable();
            outside.dedup();
            let place = |rank: usize| {
                if rank < end {
                    rank - first
                } else {
                    sites.len() + outside.partition_point(|&other| other < rank)
                }
            };
            let mut hoppings = Vec::new();
            for (column, &site) in sites.iter().enumerate() {
                let later = neighbours(width, site).map(|neighbour| rank[neighbour]);
                let later = later.filter(|&other| other > first + column);
                hoppings.extend(later.map(|other| [place(other), column]));
            }
            let children: Vec<Child> = { children.iter() }
                .map(|&front| Child {
                    front,
                    runs: runs(std::mem::take(&mut outsides[front]).into_iter().map(place)),
                })
                .collect();
            let mut front = Front {
                outside: outside.len(),
                work: multiply_adds(sites.len() as f64, outside.len() as f64),
                numbers: 0,
                sites,
                hoppings,
                children,
            };
            let below = front
                .children
                .iter()
                .map(|child| self.fronts[child.front].work);
            front.work += below.sum::<f64>();
            front.numbers = self.numbers(&front);
            outsides.push(outside);
            self.fronts.push(front);
        }
    }

    /// [`Front::numbers`].
    fn numbers(&self, front: &Front) -> usize {
        let square = |side: usize| (side + 1) * (side + PADDING);
        let own = square(front.sites.len() + front.outside);
        let kept = |child: &Child| square(self.fronts[child.front].outside);
        let together = own + front.children.iter().map(kept).sum::<usize>();
        let below = { front.children.iter() }.map(|child| self.fronts[child.front].numbers);
        if self.splits(front) {
            return together.max(below.sum());
        }
        let mut before = 0;
        let mut most = together;
        for (child, below) in front.children.iter().zip(below) {
            most = most.max(before + below);
            before += kept(child);
        }
        // What its own elimination leaves is copied.
        most.max(own + square(front.outside))
    }

    /// The front that is eliminated last.
    pub(super) fn root(&self) -> Option<&Front> {
        self.fronts.last()
    }
}

/// Rows by which a front's columns may be longer than they have to be.
const PADDING: usize = 16;

/// Places as runs.
fn runs(places: impl Iterator<Item = usize>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (from, to) in places.enumerate() {
        match runs.last_mut() {
            Some(run) if run.to + run.count == to => run.count += 1,
            _ => runs.push(Run { from, to, count: 1 }),
        }
    }
    runs
}

/// The neighbours of a site, of those of the strip and of both ends.
pub(super) fn neighbours(width: usize, site: usize) -> impl Iterator<Item = usize> {
    let row = site % width;
    let [above, below] = [row > 0, row + 1 < width];
    // A site of the strip has a slice on either side; those of the ends are not asked.
    [
        Some(site - width),
        above.then(|| site - 1),
        below.then_some(site + 1),
        Some(site + width),
    ]
    .into_iter()
    .flatten()
}

/// Multiply-adds of eliminating p unknowns that are coupled to q others: p³/6 + p²q/2 + pq²/2.
pub(super) fn multiply_adds(pivots: f64, outside: f64) -> f64 {
    let (p, q) = (pivots, outside);
    p * p * p / 6.0 + p * p * q / 2.0 + p * q * q / 2.0
}

/// What a front costs beside its multiply-adds, in multiply-adds: for itself, for each number of it, for each number
/// that is handed on, and for each pivot's search in each row.
const FRONT: f64 = 30_000.0;
const NUMBER: f64 = 1.0;
const HANDED_ON: f64 = 2.0;
const SEARCH: f64 = 20.0;

/// The cost of a front.
fn cost(sites: usize, outside: usize) -> f64 {
    let (p, q) = (sites as f64, outside as f64);
    let rows = p + q;
    multiply_adds(p, q) + NUMBER * rows * rows + HANDED_ON * q * q + SEARCH * p * rows + FRONT
}

/// The most sites that are eliminated without a cut.
const MAX_WHOLE: usize = 150;

/// Sites that are eliminated together, after those of other parts.
struct Part {
    sites: Vec<usize>,
    children: Vec<usize>,
}

/// A rectangle of sites.
#[derive(Clone)]
struct Rectangle {
    slices: Range<usize>,
    rows: Range<usize>,
}

/// What matters of a rectangle. There is always something to its left and right.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    length: usize,
    width: usize,
    /// Are there sites above it, and below?
    beside: [bool; 2],
}

#[derive(Clone, Copy)]
enum Cut {
    Whole,
    /// Along the slice in the middle.
    Slice,
    /// Along the row in the middle.
    Row,
}

struct Dissection {
    /// Of the strip.
    width: usize,
    best: FxHashMap<Shape, (f64, Cut)>,
    parts: Vec<Part>,
}

impl Dissection {
    /// The cheapest way to eliminate a shape.
    fn best(&mut self, shape: Shape) -> (f64, Cut) {
        if let Some(&best) = self.best.get(&shape) {
            return best;
        }
        let Shape {
            length,
            width,
            beside: [above, below],
        } = shape;
        let outside = 2 * width + (usize::from(above) + usize::from(below)) * length;
        let mut best = (f64::INFINITY, Cut::Whole);
        if length * width <= MAX_WHOLE {
            best.0 = cost(length * width, outside);
        }
        let slices = halves(length).map(|length| Shape { length, ..shape });
        let [upper, lower] = halves(width);
        let rows = [(upper, [above, true]), (lower, [true, below])];
        let rows = rows.map(|(width, beside)| Shape {
            length,
            width,
            beside,
        });
        for (cut, line, parts) in [(Cut::Slice, width, slices), (Cut::Row, length, rows)] {
            let mut sum = cost(line, outside);
            for part in parts {
                if part.length > 0 && part.width > 0 {
                    sum += self.best(part).0;
                }
            }
            if sum < best.0 {
                best = (sum, cut);
            }
        }
        self.best.insert(shape, best);
        best
    }

    /// Writes down the parts of a rectangle; gives the place of the last one.
    fn cut(&mut self, region: Rectangle) -> Option<usize> {
        let Rectangle { slices, rows } = region.clone();
        if slices.is_empty() || rows.is_empty() {
            return None;
        }
        let shape = Shape {
            length: slices.len(),
            width: rows.len(),
            beside: [rows.start > 0, rows.end < self.width],
        };
        let (line, parts) = match self.best(shape).1 {
            Cut::Whole => (region, [None, None]),
            Cut::Slice => {
                let at = slices.start + halves(slices.len())[0];
                let part = |slices| Rectangle {
                    slices,
                    rows: rows.clone(),
                };
                let parts = [part(slices.start..at), part(at + 1..slices.end)];
                (part(at..at + 1), parts.map(Some))
            }
            Cut::Row => {
                let at = rows.start + halves(rows.len())[0];
                let part = |rows| Rectangle {
                    slices: slices.clone(),
                    rows,
                };
                let parts = [part(rows.start..at), part(at + 1..rows.end)];
                (part(at..at + 1), parts.map(Some))
            }
        };
        let parts = parts.map(|part| self.cut(part?));
        let width = self.width;
        let sites = line
            .slices
            .flat_map(|x| line.rows.clone().map(move |y| x * width + y));
        self.parts.push(Part {
            sites: sites.collect(),
            children: parts.into_iter().flatten().collect(),
        });
        Some(self.parts.len() - 1)
    }
}

/// What is before the middle of a side, and behind it.
const fn halves(side: usize) -> [usize; 2] {
    let before = (side - 1) / 2;
    [before, side - 1 - before]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(length: usize, width: usize) -> Order {
        Order::new(StripSize::new(length, width).unwrap())
    }

    #[test]
    fn every_site_goes_once_and_every_hopping_is_met_once() {
        for (length, width) in [(1, 1), (1, 7), (9, 1), (2, 2), (13, 30), (40, 40), (70, 9)] {
            let order = order(length, width);
            let mut gone = vec![false; (length + 2) * width];
            let mut hoppings = 0;
            for front in &order.fronts {
                for &site in &front.sites {
                    assert!(!std::mem::replace(&mut gone[site], true));
                }
                hoppings += front.hoppings.len();
                let unknowns = front.sites.len() + front.outside;
                for &[row, column] in &front.hoppings {
                    assert!(column < row && column < front.sites.len() && row < unknowns);
                }
            }
            assert!(gone[width..(length + 1) * width].iter().all(|&gone| gone));
            assert!(
                !gone[..width]
                    .iter()
                    .chain(&gone[(length + 1) * width..])
                    .any(|&gone| gone)
            );
            // Along, with those to both ends, and across.
            assert_eq!(hoppings, (length + 1) * width + length * (width - 1));
            let root = order.root().unwrap();
            assert_eq!(root.outside, 2 * width);
        }
    }

    #[test]
    fn what_is_outside_a_front_is_in_its_parent() {
        let order = order(60, 45);
        let mut parents = vec![0; order.fronts.len()];
        for (number, front) in order.fronts.iter().enumerate() {
            for child in &front.children {
                assert!(child.front < number);
                parents[child.front] += 1;
                let mut next = [0, 0];
                for &Run { from, to, count } in &child.runs {
                    assert!(from == next[0] && to >= next[1] && count > 0);
                    next = [from + count, to + count];
                }
                assert_eq!(next[0], order.fronts[child.front].outside);
                assert!(next[1] <= front.sites.len() + front.outside);
            }
        }
        let last = parents.pop();
        assert_eq!(last, Some(0));
        assert!(parents.iter().all(|&count| count == 1));
    }

    #[test]
    fn work_grows_with_the_third_power_and_memory_with_the_second() {
        let root = |side| order(side, side).root().unwrap().clone();
        let (small, large) = (root(100), root(400));
        let work = large.work / small.work;
        assert!((50.0..80.0).contains(&work), "{work}");
        let numbers = large.numbers as f64 / small.numbers as f64;
        assert!((15.0..26.0).contains(&numbers), "{numbers}");
        assert!(large.work < 18.5 * 400_f64.powi(3), "{}", large.work);
    }
}
