//! Biases and multipliers as vectors: known when a model is planned, or functions of the impurity
//! count.

use landauer_core::inference::constants::Constants;
use landauer_core::inference::curves::CurvesAt;
use landauer_core::inference::format::Curves;

use super::kernels::{LANES, Spread, SumVector};

/// Where the rows of a layer stand in its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// Side by side in the lanes of vectors.
    Lanes,
    /// Each in all lanes of a vector of its own.
    Vectors,
}

/// One number for each row of a layer.
#[derive(Debug, Clone)]
pub(super) struct Values {
    curves: Curves,
    /// The number of the first row.
    first: usize,
    /// Subtracted from each: its length is the number of rows.
    surplus: Vec<i32>,
    lie: Lie,
    /// The vectors, if they are the same for every count.
    fixed: Option<Vec<SumVector>>,
}

impl Values {
    /// The curves of as many rows as `surplus` has numbers, from row `first` on, less the surplus.
    /// None if they do not lie in the constants.
    pub(super) fn new(
        (curves, first): (Curves, usize),
        surplus: Vec<i32>,
        lie: Lie,
        constants: Constants<'_>,
    ) -> Option<Self> {
        let mut values = Self {
            curves,
            first,
            surplus,
            lie,
            fixed: None,
        };
        if curves.is_constant() {
            let mut fixed = Vec::new();
            values.append(constants, 0, &mut fixed)?;
            values.fixed = Some(fixed);
        }
        Some(values)
    }

    /// The same for `rows` rows with nothing subtracted.
    pub(super) fn plain(
        curves: Curves,
        rows: usize,
        lie: Lie,
        constants: Constants<'_>,
    ) -> Option<Self> {
        Self::new((curves, 0), vec![0; rows], lie, constants)
    }

    /// Are they the same for every count?
    pub(super) const fn is_constant(&self) -> bool {
        self.fixed.is_some()
    }

    /// The vectors, if they are the same for every count; else none of them.
    pub(super) fn fixed(&self) -> &[SumVector] {
        self.fixed.as_deref().unwrap_or(&[])
    }

    /// The vectors at a count; `room` may serve to keep them.
    pub(super) fn at<'v>(
        &'v self,
        constants: Constants<'_>,
        count: u32,
        room: &'v mut Vec<SumVector>,
    ) -> Option<&'v [SumVector]> {
        if let Some(fixed) = &self.fixed {
            return Some(fixed);
        }
        room.clear();
        self.append(constants, count, room)?;
        Some(room)
    }

    /// What tiles take where each row of sums has a count of its own; the last count stands for
    /// further rows, up to `rows`.
    pub(super) fn by_row<'v>(
        &'v self,
        constants: Constants<'_>,
        counts: &[u32],
        rows: usize,
        room: &'v mut Vec<SumVector>,
    ) -> Option<Spread<'v>> {
        if let Some(fixed) = &self.fixed {
            return Some(Spread::for_all_rows(fixed));
        }
        room.clear();
        let last = counts.last().copied().unwrap_or(0);
        for row in 0..rows {
            let count = counts.get(row).copied().unwrap_or(last);
            let before = row.checked_sub(1).map(|before| counts.get(before).copied());
            if before.is_some_and(|before| before.unwrap_or(last) == count) {
                let start = room.len() - self.vectors();
                room.extend_from_within(start..);
            } else {
                self.append(constants, count, room)?;
            }
        }
        Some(Spread::by_row(room, self.vectors()))
    }

    /// Vectors of numbers at one count.
    pub(super) fn vectors(&self) -> usize {
        match self.lie {
            Lie::Lanes => self.surplus.len().div_ceil(LANES),
            Lie::Vectors => self.surplus.len(),
        }
    }

    fn append(
        &self,
        constants: Constants<'_>,
        count: u32,
        room: &mut Vec<SumVector>,
    ) -> Option<()> {
        let curves = CurvesAt::new(self.curves, constants, count)?;
        // One curve serves all rows: it is looked at once.
        let only = (self.curves.curves <= 1).then(|| curves.get(0));
        let begun = room.len();
        room.resize(begun + self.vectors(), [0; LANES]);
        let vectors = &mut room[begun..];
        for (row, &surplus) in self.surplus.iter().enumerate() {
            let value = only.unwrap_or_else(|| curves.get(self.first + row));
            let value = value.wrapping_sub(surplus);
            match self.lie {
                Lie::Vectors => vectors[row] = [value; LANES],
                Lie::Lanes => vectors[row / LANES][row % LANES] = value,
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::inference::format::{Nodes, Span};

    use super::*;

    fn lines(curves: u32, nodes: u16, values: &[i32]) -> (Curves, Vec<u8>) {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let span = Span {
            offset: 0,
            length: u32::try_from(bytes.len()).expect("few"),
        };
        let nodes = Nodes {
            nodes,
            step: 1,
            values: span,
        };
        (Curves::lines(curves, nodes), bytes)
    }

    #[test]
    fn constants_are_known_at_once_and_lie_as_they_are_asked_to() {
        let (curves, bytes) = lines(3, 1, &[10, 20, 30]);
        let constants = Constants::new(&bytes);
        let lanes = Values::new((curves, 1), vec![1, 2], Lie::Lanes, constants).expect("whole");
        let mut expected = [0; LANES];
        expected[..2].copy_from_slice(&[19, 28]);
        assert_eq!(
            lanes.at(constants, 7, &mut Vec::new()),
            Some(&[expected][..])
        );
        let vectors = Values::plain(curves, 3, Lie::Vectors, constants).expect("whole");
        let expected = [10, 20, 30].map(|value| [value; LANES]);
        assert_eq!(
            vectors.at(constants, 7, &mut Vec::new()),
            Some(&expected[..])
        );
    }

    #[test]
    fn rows_with_counts_of_their_own() {
        let (curves, bytes) = lines(1, 2, &[0, 8]);
        let constants = Constants::new(&bytes);
        let values = Values::plain(curves, 1, Lie::Lanes, constants).expect("whole");
        let mut room = Vec::new();
        let spread = values.by_row(constants, &[0, 1, 1, 9], 6, &mut room);
        let spread = spread.expect("whole");
        let found: Vec<i32> = spread.vectors.iter().map(|vector| vector[0]).collect();
        assert_eq!(found, [0, 4, 4, 8, 8, 8]);
        assert_eq!([spread.row_step, spread.vector_step], [1, 1]);
    }
}
