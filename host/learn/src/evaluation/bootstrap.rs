//! How well a mean error is known: the bootstrap (B. Efron, Ann. Statist. 7, 1, 1979).

use rayon::prelude::*;

/// The number of bootstrap resamples.
const RESAMPLES: u64 = 1000;

/// Lower and upper end of the interval that holds a number with 95 % confidence.
pub type Interval = [f64; 2];

/// Statistics of the means of the resamples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    /// Of the mean of the errors.
    pub(super) mean: Interval,
    /// Of 1 minus its ratio to the mean of the other errors; `None` without any.
    pub(super) skill: Option<Interval>,
}

/// Draws all N of N samples with replacement, 1000 times: the middle 95 % of the mean of
/// `errors`, and of how much smaller it is than that of `others`, the errors of a rival at the same
/// samples. The same seed gives the same bits at any number of threads.
pub(super) fn bootstrap(errors: &[f64], others: Option<&[f64]>, seed: u64) -> Spread {
    let draw = |number: u64| {
        let mut random = SplitMix64(scrambled(seed ^ scrambled(number + 1)));
        let (mut sum, mut rival) = (0.0, 0.0);
        for _ in 0..errors.len() {
            let place = random.below(errors.len());
            sum += errors[place];
            rival += others.map_or(0.0, |others| others[place]);
        }
        (sum / errors.len() as f64, 1.0 - sum / rival)
    };
    let drawn: Vec<(f64, f64)> = (0..RESAMPLES).into_par_iter().map(draw).collect();
    let (means, skills): (Vec<f64>, Vec<f64>) = drawn.into_iter().unzip();
    let skill = others.map(|_| middle(skills));
    Spread {
        mean: middle(means),
        skill: skill.filter(|ends| ends.iter().all(|end| end.is_finite())),
    }
}

/// The ends of what is left without the lowest and highest 2.5 %.
fn middle(mut values: Vec<f64>) -> Interval {
    values.sort_unstable_by(f64::total_cmp);
    let cut = values.len() / 40;
    let end = |place: usize| values.get(place).copied().unwrap_or(0.0);
    [end(cut), end(values.len().saturating_sub(cut + 1))]
}

/// G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014: small, and good enough to draw samples with.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scrambled(self.0)
    }

    /// A number below `end`, all with the same chance to 2⁻⁶⁴·`end`.
    fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.next()) * end as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}

fn scrambled(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // The first outputs of the reference implementation for seed 1234567.
        let mut random = SplitMix64(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn equal_errors_leave_nothing_open() {
        let spread = bootstrap(&[0.25; 9], Some(&[0.5; 9]), 1);
        assert_eq!(spread.mean, [0.25, 0.25]);
        assert_eq!(spread.skill, Some([0.5, 0.5]));
        assert_eq!(bootstrap(&[0.25; 9], None, 1).skill, None);
        // A rival without errors gives no ratio.
        assert_eq!(bootstrap(&[0.25; 9], Some(&[0.0; 9]), 1).skill, None);
    }

    #[test]
    fn the_seed_decides_and_nothing_else() {
        let errors: Vec<f64> = (0..100).map(f64::from).collect();
        let others: Vec<f64> = errors.iter().map(|error| error + 7.0).collect();
        let one = bootstrap(&errors, Some(&others), 5);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        assert_eq!(one, pool.install(|| bootstrap(&errors, Some(&others), 5)));
        assert_ne!(one, bootstrap(&errors, Some(&others), 6));
    }

    #[test]
    fn the_interval_is_about_two_standard_errors_to_either_side() {
        let errors: Vec<f64> = (0..400).map(f64::from).collect();
        let [from, to] = bootstrap(&errors, None, 1).mean;
        // Uniform: a deviation of 400/√12 = 115.5, over √400.
        let half = 1.96 * 115.5 / 20.0;
        assert!((from - (199.5 - half)).abs() < 1.5, "{from}");
        assert!((to - (199.5 + half)).abs() < 1.5, "{to}");
    }
}
