//! Symmetry copies of a strip: they have exactly the same transmission, for training and prediction.

use landauer_core::DisorderModel;
use landauer_core::inference::Target;

use super::spec::NetworkSpec;
use landauer::StripSize;

/// A symmetry copy of a strip.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SymmetryCopy {
    /// Slices in the opposite order (reciprocity).
    pub(super) along: bool,
    /// Rows in the opposite order.
    pub(super) across: bool,
    /// The opposite potential: the same T at -E, on this bipartite lattice.
    pub(super) sign: bool,
}

impl SymmetryCopy {
    /// Copy number `number` of 8: the first 4 keep the sign.
    pub(super) const fn of(number: u64) -> Self {
        Self {
            along: number & 1 != 0,
            across: number & 2 != 0,
            sign: number & 4 != 0,
        }
    }

    /// Which of the 4 orders of the sites.
    pub(super) const fn order(self) -> usize {
        self.along as usize + 2 * self.across as usize
    }

    /// The number of copies that a prediction may average: all that have the same targets, but one for
    /// a network that is invariant already.
    pub(super) fn count_for(
        spec: &NetworkSpec,
        disorder: DisorderModel,
        targets: &[Target],
    ) -> u64 {
        match spec {
            NetworkSpec::Spectral { .. } => 1,
            _ => Self::count(disorder, targets),
        }
    }

    /// The number of copies that have the same targets: 8 for model I at E = 0 and for Ḡ, else 4.
    pub(super) fn count(disorder: DisorderModel, targets: &[Target]) -> u64 {
        let sign = disorder.is_even()
            && targets.iter().all(|target| match target {
                Target::Transmission { energy } => *energy == 0.0,
                // G is at E = 0, and the bias grid is symmetric about it.
                _ => true,
            });
        if sign { 8 } else { 4 }
    }
}

/// For each of the 4 orders of a strip's sites, where the value at each place comes from, if the
/// places of a strip as it is come from `order`.
pub(super) fn symmetry_orders(size: StripSize, order: &[u32]) -> [Vec<u32>; 4] {
    let [length, width] = size.sides();
    std::array::from_fn(|number| {
        let copy = SymmetryCopy::of(number as u64);
        let source = |&site: &u32| {
            let (mut slice, mut row) = (site as usize / width, site as usize % width);
            if copy.along {
                slice = length - 1 - slice;
            }
            if copy.across {
                row = width - 1 - row;
            }
            #[allow(clippy::cast_possible_truncation, reason = "sites are counted in u32")]
            let source = (slice * width + row) as u32;
            source
        };
        order.iter().map(source).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_orders_by_hand() {
        let size = StripSize::new(2, 3).unwrap();
        let [same, along, across, both] = symmetry_orders(size, &[0, 1, 2, 3, 4, 5]);
        assert_eq!(same, [0, 1, 2, 3, 4, 5]);
        assert_eq!(along, [3, 4, 5, 0, 1, 2]);
        assert_eq!(across, [2, 1, 0, 5, 4, 3]);
        assert_eq!(both, [5, 4, 3, 2, 1, 0]);
        assert_eq!(SymmetryCopy::of(5).order(), 1);
    }

    #[test]
    fn the_sign_does_not_matter_at_the_band_centre_of_model_i_only() {
        let box_model = DisorderModel::AndersonBox { strength: 1.0 };
        let centre = [Target::Conductance, Target::PAPER_BIAS_AVERAGE];
        assert_eq!(SymmetryCopy::count(box_model, &centre), 8);
        let beside = [Target::Transmission { energy: 0.1 }];
        assert_eq!(SymmetryCopy::count(box_model, &beside), 4);
        assert_eq!(SymmetryCopy::count(DisorderModel::II, &centre), 4);
    }
}
