//! A number of each site as a map of colours.

use std::ops::Range as Sites;

use super::axes::{Panel, Range};
use super::palette::Colour;
use super::scene::{Scene, THIN};

/// More cells than this along a side could not be told apart in print, and make an SVG too large.
const MAX_CELLS: usize = 120;

/// Numbers of the sites of a strip.
#[derive(Debug, Clone, Copy)]
pub(super) struct SiteMap<'a> {
    /// Slices along transport, and rows across.
    pub(super) sides: [usize; 2],
    /// `[slice, row]`.
    pub(super) values: &'a [f64],
}

impl SiteMap<'_> {
    /// Fills a panel with a cell for each site, or for each block of sites where there are many: the colour is that of
    /// the block's mean.
    pub(super) fn draw(&self, scene: &mut Scene, map: Panel, colour: impl Fn(f64) -> Colour) {
        let [length, width] = self.sides;
        let (columns, rows) = (blocks(length), blocks(width));
        for row in 0..rows {
            // Upwards: y = 0 is the lowest row.
            let sites = block(row, rows, width);
            let (bottom, top) = (
                map.y.place(sites.start as f64 - 0.5, map.bottom, map.top),
                map.y.place(sites.end as f64 - 0.5, map.bottom, map.top),
            );
            // A viewer that smooths edges would show seams between cells that only touch, so that
            // each reaches a little under the next, which is painted later.
            let above = if row + 1 < rows { top - THIN } else { top };
            let cell = |column: usize| colour(self.mean(block(column, columns, length), &sites));
            let mut column = 0;
            while column < columns {
                let colour = cell(column);
                let mut next = column + 1;
                while next < columns && cell(next) == colour {
                    next += 1;
                }
                let begin = block(column, columns, length).start as f64 - 0.5;
                let end = block(next - 1, columns, length).end as f64 - 0.5;
                let left = map.x.place(begin, map.left, map.right);
                let right = map.x.place(end, map.left, map.right);
                let beyond = if next < columns { right + THIN } else { right };
                scene.rectangle((left, above), (beyond.min(map.right), bottom), colour);
                column = next;
            }
        }
    }

    /// The mean over a block of sites.
    fn mean(&self, slices: Sites<usize>, rows: &Sites<usize>) -> f64 {
        let count = slices.len() * rows.len();
        let mut sum = 0.0;
        for slice in slices {
            let row = &self.values[slice * self.sides[1]..][rows.clone()];
            sum += row.iter().sum::<f64>();
        }
        sum / count as f64
    }
}

/// The interval that the cells of `count` sites fill, each half a site to either side.
pub(super) fn cells(count: usize) -> Range {
    Range {
        from: -0.5,
        to: count as f64 - 0.5,
    }
}

/// How many blocks `sites` sites are drawn in.
fn blocks(sites: usize) -> usize {
    sites.min(MAX_CELLS)
}

/// The sites of block number `number` out of `count`.
fn block(number: usize, count: usize, sites: usize) -> Sites<usize> {
    number * sites / count..(number + 1) * sites / count
}
