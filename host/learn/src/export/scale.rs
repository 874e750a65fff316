//! Which step 8 bits should have.

/// Bins of a histogram of magnitudes.
const BINS: usize = 2048;

/// The largest integer of an activation.
const MAX_INTEGER: f64 = 127.0;

/// How often magnitudes occur, from 0 up to the largest one.
#[derive(Debug, Clone)]
pub(super) struct Magnitudes {
    largest: f64,
    bins: Vec<u64>,
}

impl Magnitudes {
    /// Of all these numbers, which must be finite.
    pub(super) fn of<'n>(numbers: impl Iterator<Item = &'n f32> + Clone) -> Self {
        let magnitudes = numbers.map(|number| f64::from(number.abs()));
        let largest = magnitudes.clone().fold(0.0, f64::max);
        let mut bins = vec![0; BINS];
        for magnitude in magnitudes.filter(|&magnitude| magnitude > 0.0) {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and the number of bins"
            )]
            let bin = (magnitude / largest * BINS as f64) as usize;
            bins[bin.min(BINS - 1)] += 1;
        }
        Self { largest, bins }
    }

    /// The step with the least mean squared error of rounding to multiples of it and clamping at
    /// 127 steps; zeros are exact and do not count.
    pub(super) fn best_step(&self) -> f64 {
        if self.largest == 0.0 {
            return 1.0;
        }
        let width = self.largest / BINS as f64;
        let error = |limit: f64| {
            let step = limit / MAX_INTEGER;
            let bins = self.bins.iter().enumerate();
            bins.map(|(bin, &number)| {
                let magnitude = (bin as f64 + 0.5) * width;
                let squared = if magnitude > limit {
                    (magnitude - limit).powi(2)
                } else {
                    step * step / 12.0
                };
                number as f64 * squared
            })
            .sum::<f64>()
        };
        let limits = (1..=100).map(|percent| self.largest * f64::from(percent) / 100.0);
        let best = limits.min_by(|&a, &b| error(a).total_cmp(&error(b)));
        best.unwrap_or(self.largest) / MAX_INTEGER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_numbers_are_not_clamped_and_an_outlier_is() {
        let even: Vec<f32> = (1..=1000_u16).map(|k| f32::from(k) / 1000.0).collect();
        let step = Magnitudes::of(even.iter()).best_step();
        assert!((0.95..=1.0).contains(&(step * 127.0)), "{step}");
        let outlier: Vec<f32> = even
            .iter()
            .copied()
            .cycle()
            .take(1_000_000)
            .chain([5.0])
            .collect();
        let step = Magnitudes::of(outlier.iter()).best_step();
        assert!((0.95..=1.1).contains(&(step * 127.0)), "{step}");
    }

    #[test]
    fn nothing_but_zeros_has_any_step() {
        assert_eq!(Magnitudes::of([0.0, -0.0].iter()).best_step(), 1.0);
    }
}
