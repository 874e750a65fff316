//! Random words as a function of what they are for, so that a training can go on from anywhere.

/// What random words are for: words for one purpose say nothing about those for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The initial weights.
    Weights = 1,
    /// The order of an epoch's samples.
    Order = 2,
    /// The symmetry copies that an epoch sees.
    SymmetryCopies = 3,
    /// What a step drops.
    Dropout = 4,
    /// Where a hybrid's strips are cut.
    Cuts = 5,
    /// The initial weights of a hybrid's head.
    Head = 6,
    /// The order of its cut strips in an epoch.
    CutOrder = 7,
}

/// Random words (SplitMix64: G. Steele, D. Lea, C. Flood, OOPSLA 2014) that depend on a seed, a
/// purpose and a number alone: nothing of them has to be stored to go on.
#[derive(Debug, Clone)]
pub(crate) struct Words(u64);

impl Words {
    /// The words of this purpose for number `number`: a layer, an epoch, a step.
    pub(crate) const fn new(seed: u64, purpose: Purpose, number: u64) -> Self {
        let mut state = mixed(seed.wrapping_add(GAMMA));
        state = mixed(state ^ purpose as u64);
        state = mixed(state ^ number);
        Self(state)
    }

    /// The next word.
    pub(crate) const fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mixed(self.0)
    }

    /// Words of their own, for a part of the work.
    pub(crate) const fn branch(&mut self) -> Self {
        Self(mixed(self.word()))
    }

    /// A number in [0, 1), of 24 bits.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.word() >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// A number of the normal distribution (Box and Muller).
    pub(crate) fn normal(&mut self) -> f32 {
        // In (0, 1]: the logarithm is finite.
        let radius = libm::sqrtf(-2.0 * libm::logf(1.0 - self.unit()));
        radius * libm::cosf(std::f32::consts::TAU * self.unit())
    }

    /// The numbers 0 … `count` - 1 in random order (Fisher and Yates).
    pub(crate) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            // The high half of the product: no number up to 2^32 is preferred by more than 2^-32.
            let wide = u128::from(self.word()) * (last as u128 + 1);
            #[allow(clippy::cast_possible_truncation, reason = "at most last")]
            order.swap(last, (wide >> 64) as usize);
        }
        order
    }
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

const fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_every_number_once_and_depends_on_its_epoch() {
        let order = |epoch| Words::new(3, Purpose::Order, epoch).order(1000);
        let mut sorted = order(0);
        assert_ne!(sorted, order(1));
        assert_eq!(sorted, order(0));
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1000));
    }

    #[test]
    fn numbers_have_the_moments_that_they_should() {
        let mut words = Words::new(1, Purpose::Weights, 0);
        let count = 100_000;
        let (mut mean, mut square, mut unit) = (0.0, 0.0, 0.0);
        for _ in 0..count {
            let x = f64::from(words.normal());
            mean += x / f64::from(count);
            square += x * x / f64::from(count);
            unit += f64::from(words.unit()) / f64::from(count);
        }
        // Five standard errors.
        assert!(
            mean.abs() < 0.016 && (square - 1.0).abs() < 0.023,
            "{mean} {square}"
        );
        assert!((unit - 0.5).abs() < 0.005, "{unit}");
    }
}
