//! Medians by impurity count, pooled with those of neighbouring counts where samples are few.
//!
//! A median of few samples is uncertain, and one of a wide range of counts is of strips that conduct
//! differently: a small strip loses a third of its conductance with each impurity, a large one's samples
//! are spread over a thousand counts. Which error is the larger one depends on the size, the number of
//! samples and the count itself, so the samples decide. For each of several numbers K, the range of
//! a count is the smallest symmetric one that holds K samples; among them the one is taken whose medians
//! are the closest to samples that are left out, one at a time, of the counts nearby.

/// The name of this rule. Cached comparisons with the baseline are reused only under the same rule.
pub const RULE: &str = "medians by count, pooled as left-out samples say";

/// Candidates for how many samples a range must hold. A count that has the last one's number of its own
/// is not pooled: the error of its median adds less than 0.1 % to the mean absolute error.
const CANDIDATES: [usize; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, MAX_POOLED];

/// The largest of them.
const MAX_POOLED: usize = 1024;

/// How many samples nearby decide, at least. Fewer would decide by chance, and far more would be of
/// counts with ranges of another kind.
const MIN_DECIDING: usize = 256;

/// And those of all counts that are no further away than the sites divided by this: a concentration 2 %
/// larger or smaller changes the conductance and not the kind.
const DECIDING_SHARE: usize = 50;

/// Scores that differ by less than this share are equal: they are differences of long sums.
const ROUNDING: f64 = 1e-9;

/// The median at every count. `groups` are the samples' values by count, at least one in all; where
/// `is_single` only one strip has this count, so that any number of samples is enough.
pub(super) fn pooled_medians(
    mut groups: Vec<Vec<f64>>,
    is_single: impl Fn(usize) -> bool,
) -> Vec<f64> {
    for group in &mut groups {
        group.sort_unstable_by(f64::total_cmp);
    }
    let samples = Samples::new(&groups);
    let own_is_enough = |count: usize| {
        let own = groups[count].len();
        own >= MAX_POOLED || own > 0 && is_single(count)
    };
    let mut medians = Vec::with_capacity(groups.len());
    // Σ of the left-out errors of all counts before, candidate by candidate.
    let mut sums = vec![[0.0; CANDIDATES.len()]];
    for count in 0..groups.len() {
        let (found, errors) = if own_is_enough(count) {
            let own = Middle::of(&groups[count]).median();
            ([own; CANDIDATES.len()], [0.0; CANDIDATES.len()])
        } else {
            samples.at(count)
        };
        let before = sums[count];
        sums.push(std::array::from_fn(|k| before[k] + errors[k]));
        medians.push(found);
    }
    let choose = |(count, found): (usize, [f64; CANDIDATES.len()])| {
        let range = samples.nearby(count);
        let (before, after) = (sums[range.start], sums[range.end]);
        let scores: [f64; CANDIDATES.len()] = std::array::from_fn(|k| after[k] - before[k]);
        let least = scores.into_iter().fold(f64::INFINITY, f64::min);
        let limit = least + ROUNDING * after.into_iter().fold(0.0, f64::max);
        let place = scores.iter().position(|&score| score <= limit);
        found[place.unwrap_or(0)]
    };
    medians.into_iter().enumerate().map(choose).collect()
}

/// Values by count, each group in order.
struct Samples<'g> {
    groups: &'g [Vec<f64>],
    /// How many samples have a smaller count, from count 0 to one beyond the last.
    before: Vec<usize>,
}

impl<'g> Samples<'g> {
    fn new(groups: &'g [Vec<f64>]) -> Self {
        let mut before = vec![0];
        let mut all = 0;
        for group in groups {
            all += group.len();
            before.push(all);
        }
        Self { groups, before }
    }

    /// The counts of the smallest symmetric range around a count, within those that occur, that
    /// holds enough samples; all counts, if no range does.
    fn range(&self, count: usize, wanted: usize) -> std::ops::Range<usize> {
        let last = self.groups.len() - 1;
        let within = |distance: usize| {
            let end = count.saturating_add(distance).min(last) + 1;
            count.saturating_sub(distance)..end
        };
        let (mut low, mut high) = (0, last);
        while low < high {
            let middle = usize::midpoint(low, high);
            let range = within(middle);
            if self.before[range.end] - self.before[range.start] >= wanted {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        within(low)
    }

    /// The counts whose samples decide about the range of this one.
    fn nearby(&self, count: usize) -> std::ops::Range<usize> {
        let range = self.range(count, MIN_DECIDING);
        let last = self.groups.len() - 1;
        let share = last / DECIDING_SHARE;
        let start = range.start.min(count.saturating_sub(share));
        start..range.end.max((count + share).min(last) + 1)
    }

    /// For each candidate the median of a count's range, and the sum of how far the medians of all
    /// others in a range are from each of the count's own samples.
    fn at(&self, count: usize) -> ([f64; CANDIDATES.len()], [f64; CANDIDATES.len()]) {
        let mut known: Option<(std::ops::Range<usize>, Middle)> = None;
        let mut middle = |wanted: usize| {
            let range = self.range(count, wanted);
            match &known {
                Some((same, middle)) if *same == range => *middle,
                _ => {
                    let mut pool = self.groups[range.clone()].concat();
                    pool.sort_unstable_by(f64::total_cmp);
                    let middle = Middle::of(&pool);
                    known = Some((range, middle));
                    middle
                }
            }
        };
        let medians = CANDIDATES.map(|wanted| middle(wanted).median());
        let errors = CANDIDATES.map(|wanted| {
            // As many others as it will have with all samples.
            let middle = middle(wanted + 1);
            let own = self.groups[count].iter();
            own.map(|&value| (value - middle.without(value)).abs())
                .sum()
        });
        (medians, errors)
    }
}

/// The middle of sorted values: all that their median depends on, with any one of them left out.
#[derive(Debug, Clone, Copy)]
struct Middle {
    /// The middle value with its neighbours; of an even number, the upper one of the middle two.
    values: [f64; 3],
    odd: bool,
}

impl Middle {
    /// Of at least one value.
    fn of(sorted: &[f64]) -> Self {
        let place = sorted.len() / 2;
        let at = |place: usize| sorted[place.min(sorted.len() - 1)];
        Self {
            values: [at(place.saturating_sub(1)), at(place), at(place + 1)],
            odd: !sorted.len().is_multiple_of(2),
        }
    }

    fn median(&self) -> f64 {
        let [below, middle, _] = self.values;
        if self.odd {
            middle
        } else {
            f64::midpoint(below, middle)
        }
    }

    /// The median of the others; of none, the value itself.
    fn without(&self, value: f64) -> f64 {
        let [below, middle, above] = self.values;
        match (self.odd, value.total_cmp(&middle)) {
            (true, std::cmp::Ordering::Less) => f64::midpoint(middle, above),
            (true, std::cmp::Ordering::Equal) => f64::midpoint(below, above),
            (true, std::cmp::Ordering::Greater) => f64::midpoint(below, middle),
            (false, std::cmp::Ordering::Less) => middle,
            (false, _) => below,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_left_out_as_if_it_had_never_been() {
        let lists: [&[f64]; 7] = [
            &[1.0, 2.0],
            &[1.0, 2.0, 4.0],
            &[1.0, 2.0, 4.0, 8.0],
            &[1.0, 2.0, 4.0, 8.0, 16.0],
            &[3.0, 3.0, 3.0, 7.0],
            &[3.0, 3.0, 7.0, 7.0, 7.0],
            &[-0.0, 0.0, 0.0],
        ];
        for list in lists {
            let middle = Middle::of(list);
            for left_out in 0..list.len() {
                let mut others = list.to_vec();
                others.remove(left_out);
                let expected = Middle::of(&others).median();
                assert_eq!(middle.without(list[left_out]), expected, "{list:?}");
            }
        }
        assert_eq!(Middle::of(&[5.0]).without(5.0), 5.0);
    }

    #[test]
    fn a_range_is_the_smallest_symmetric_one() {
        let groups = [vec![], vec![1.0], vec![], vec![], vec![2.0; 3], vec![3.0]];
        let samples = Samples::new(&groups);
        assert_eq!(samples.range(1, 1), 1..2);
        assert_eq!(samples.range(0, 1), 0..2);
        assert_eq!(samples.range(2, 1), 1..4);
        assert_eq!(samples.range(2, 2), 0..5);
        assert_eq!(samples.range(4, 4), 3..6);
        assert_eq!(samples.range(5, 99), 0..6);
    }

    #[test]
    fn counts_apart_are_not_pooled_and_a_gap_takes_what_is_nearest() {
        let groups: Vec<Vec<f64>> = (0..10_u32)
            .map(|count| match count {
                4 => Vec::new(),
                count => (0..10)
                    .map(|k| f64::from(10 - count) + 0.01 * f64::from(k))
                    .collect(),
            })
            .collect();
        let medians = pooled_medians(groups, |_| false);
        for (count, median) in medians.iter().enumerate() {
            let expected = if count == 4 {
                // Of both neighbours: 7 to 7.09 and 5 to 5.09.
                f64::midpoint(7.0, 5.09)
            } else {
                10.0 - count as f64 + 0.045
            };
            assert!((median - expected).abs() < 1e-12, "{count}: {median}");
        }
    }

    #[test]
    fn counts_alike_are_pooled_and_the_single_strip_never() {
        // Noise around 1, but for the only strip of count 0.
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1_u32 << 24)
        };
        let mut groups: Vec<Vec<f64>> = (0..60).map(|_| vec![noise(), noise(), noise()]).collect();
        groups[0] = vec![9.0];
        let medians = pooled_medians(groups, |count| count == 0);
        assert_eq!(medians[0], 9.0);
        for median in &medians[1..] {
            assert!((median - 0.5).abs() < 0.2, "{median}");
        }
    }
}
