//! How long something takes.

use std::time::Instant;

use super::error::ExperimentError;

/// Passes that are timed.
pub(super) const PASSES: usize = 3;

/// Seconds of the fastest of [`PASSES`] passes: whatever else the machine does, and warming up, only
/// make one slower.
pub(super) fn fastest(
    mut pass: impl FnMut() -> Result<(), ExperimentError>,
) -> Result<f64, ExperimentError> {
    let mut seconds = f64::INFINITY;
    for _ in 0..PASSES {
        let begin = Instant::now();
        pass()?;
        seconds = seconds.min(begin.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_slow_first_pass_does_not_count() {
        let slow = Duration::from_millis(300);
        let mut pauses = [slow, Duration::ZERO, Duration::ZERO].into_iter();
        let seconds = fastest(|| {
            sleep(pauses.next().unwrap());
            Ok(())
        });
        assert!(seconds.unwrap() < slow.as_secs_f64());
        assert_eq!(pauses.next(), None);
    }
}
