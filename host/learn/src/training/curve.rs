//! What the epochs of a training came to: numbers, a table, a picture.

use std::fmt::Write;

use landauer_core::inference::Target;
use serde::{Deserialize, Serialize};

/// What one epoch came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Epoch {
    /// Its number, from 1.
    pub epoch: u64,
    /// Samples learned from so far.
    pub samples: u64,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Samples learned from in a second of this epoch.
    pub rate: f64,
    /// The mean loss of its batches.
    pub loss: f64,
    /// The mean absolute error of each target on the validation split, in G0.
    pub mae: Vec<f64>,
}

/// The table of the curves.
pub(super) fn csv(curve: &[Epoch], targets: &[Target], baseline: &[f64]) -> String {
    let mut table = String::from("epoch,samples,seconds,samples_per_second,loss");
    for target in targets {
        // Writing to a text cannot fail.
        let _ = write!(table, ",mae {target},baseline_mae {target}");
    }
    table.push('\n');
    for row in curve {
        let Epoch {
            epoch,
            samples,
            seconds,
            rate,
            loss,
            mae,
        } = row;
        let _ = write!(table, "{epoch},{samples},{seconds:.3},{rate:.1},{loss}");
        for (mae, baseline) in mae.iter().zip(baseline) {
            let _ = write!(table, ",{mae},{baseline}");
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_an_epoch() {
        let row = Epoch {
            epoch: 1,
            samples: 100,
            seconds: 0.5,
            rate: 200.0,
            loss: 0.25,
            mae: vec![0.125],
        };
        let found = csv(&[row], &[Target::Conductance], &[0.5]);
        let expected = "epoch,samples,seconds,samples_per_second,loss,mae G,baseline_mae G\n\
                        1,100,0.500,200.0,0.25,0.125,0.5\n";
        assert_eq!(found, expected);
    }
}
