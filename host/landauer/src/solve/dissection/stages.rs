//! Where the time goes.

use std::time::{Duration, Instant};

/// How long the stages of some solves took, on the wall's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// On-site energies, strip by strip, into vectors.
    pub transpose: Duration,
    /// Eliminating the interior.
    pub interior: Duration,
    /// The leads' stage: both ends, and the transmission.
    pub leads: Duration,
}

impl StageTimes {
    /// All of them.
    #[must_use]
    pub fn total(self) -> Duration {
        self.transpose + self.interior + self.leads
    }
}

/// Adds up stages' times, where somebody wants to know.
pub(super) struct Stopwatch<'t>(Option<(&'t mut StageTimes, Instant)>);

impl<'t> Stopwatch<'t> {
    pub(super) fn start(times: Option<&'t mut StageTimes>) -> Self {
        Self(times.map(|times| (times, Instant::now())))
    }

    /// Ends a stage; the next one begins.
    pub(super) fn end(&mut self, stage: fn(&mut StageTimes) -> &mut Duration) {
        if let Some((times, since)) = &mut self.0 {
            let now = Instant::now();
            *stage(times) += now - *since;
            *since = now;
        }
    }
}
