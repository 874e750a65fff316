//! How much is computed.

use serde::{Deserialize, Serialize};

/// How much is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Fewer samples, smaller networks, one seed: minutes for all figures.
    Quick,
    /// The paper's sizes, where it gives them, and three seeds where it matters.
    Paper,
}

impl Profile {
    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Paper => "paper",
        }
    }

    /// The one or the other.
    pub(super) fn choose<T>(self, quick: T, paper: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Paper => paper,
        }
    }
}
