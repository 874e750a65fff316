//! Does this machine compute the host's bits? The shipped models' own golden outputs, and T of twenty strips.
//!
//! What the models should predict stands in their files, written on x86-64; so do the bits of T below.

use landauer::internal::RecursionSolver;
use landauer_core::hybrid::{Hybrid, HybridModel};
use landauer_core::inference::Model;
use serde::Serialize;

use crate::Origin;
use crate::predictors::{BEST_G, HYBRID_G, PAPER_CNN_G};

/// A strip and an energy, and T there.
struct Golden {
    sides: [usize; 2],
    model: u8,
    parameter: f64,
    seed: u64,
    energy: f64,
    bits: u64,
}

const fn golden(
    sides: [usize; 2],
    (model, parameter): (u8, f64),
    seed: u64,
    energy: f64,
    bits: u64,
) -> Golden {
    Golden {
        sides,
        model,
        parameter,
        seed,
        energy,
        bits,
    }
}

/// Made on x86-64; the test below says that they are the library's.
#[rustfmt::skip]
static STRIPS: [Golden; 20] = [
    golden([40, 40], (2, 0.01), 1, 0.0, 0x403c_51c3_da16_3261),
    golden([40, 40], (2, 0.05), 2, 0.0, 0x402d_e08c_7d48_0f10),
    golden([40, 40], (2, 0.1), 3, 0.0, 0x401b_07a7_cbe8_1df2),
    golden([40, 40], (2, 0.2), 4, 0.0, 0x3fe8_606a_aee4_7315),
    golden([40, 40], (2, 0.4), 5, 0.0, 0x3f47_57cf_17da_6ddb),
    golden([40, 40], (2, 0.9), 6, 0.0, 0x39c1_b9cc_3507_0b65),
    golden([40, 40], (1, 4.0), 7, 0.0, 0x3ff9_129d_476a_9558),
    golden([40, 40], (1, 1.0), 8, 0.5, 0x402e_3718_47af_fa2d),
    golden([40, 40], (3, 0.1), 9, 0.0, 0x4021_e00c_4274_83fb),
    golden([40, 40], (4, 0.1), 10, -0.18, 0x401a_5d87_a827_1ca3),
    golden([40, 40], (2, 0.1), 11, 1.75, 0x3ff3_89fd_0680_5082),
    golden([40, 40], (2, 0.1), 12, -3.5, 0x3ff4_5efd_cddb_e889),
    golden([40, 40], (2, 0.0), 13, 0.0, 0x4044_0000_0000_0000),
    golden([80, 20], (2, 0.1), 14, 0.0, 0x3ff5_0b55_46ee_fd89),
    golden([20, 60], (3, 0.3), 15, 0.25, 0x4012_39ad_3f53_b4d6),
    golden([60, 5], (1, 3.0), 16, 0.0, 0x3f59_f535_a71d_6588),
    golden([80, 2], (2, 0.9), 17, 0.0, 0x2fc9_c850_1216_b2a1),
    golden([1, 1], (1, 2.0), 18, 0.0, 0x3feb_3105_e85f_3674),
    golden([7, 13], (4, 0.5), 19, -1.0, 0x3ffa_b060_6c14_284c),
    // At the edge of a mode's band, where elimination takes over.
    golden([6, 5], (2, 0.3), 20, 1.0, 0x3fe7_8b76_2f48_6024),
];

/// How one part of the test ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// What was tested.
    pub name: String,
    /// Are the bits the same?
    pub passed: bool,
    /// What differs, where something does.
    pub difference: Option<String>,
}

/// How many parts the test has.
pub const PARTS: usize = 3 + STRIPS.len();

/// Runs a part of the test, counted from 0; none if there is no such part.
///
/// # Example
/// ```
/// use landauer_playground::self_test::{PARTS, run};
/// assert!((0..PARTS).all(|part| run(part).is_some_and(|outcome| outcome.passed)));
/// assert_eq!(run(PARTS), None);
/// ```
#[must_use]
pub fn run(part: usize) -> Option<Outcome> {
    let outcome = |name: String, tested: Result<(), String>| Outcome {
        name,
        passed: tested.is_ok(),
        difference: tested.err(),
    };
    Some(match part {
        0 => outcome("the paper's network".to_owned(), network(PAPER_CNN_G)),
        1 => outcome("best-g".to_owned(), network(BEST_G)),
        2 => outcome("hybrid-g".to_owned(), hybrid(HYBRID_G)),
        _ => {
            let golden = STRIPS.get(part - 3)?;
            let [length, width] = golden.sides;
            let name = format!("T of strip {} ({length} x {width})", part - 2);
            outcome(name, golden.test())
        }
    })
}

fn network(bytes: &[u8]) -> Result<(), String> {
    let test = || {
        let model = Model::parse(bytes)?;
        let mut onsite = vec![0.0_f32; model.sites()];
        let mut scratch = vec![0; model.scratch_len()];
        model.self_test(&mut onsite, &mut scratch)
    };
    test().map_err(|error: landauer_core::inference::ModelError| error.to_string())
}

fn hybrid(bytes: &[u8]) -> Result<(), String> {
    let model = HybridModel::parse(bytes).map_err(|error| error.to_string())?;
    let mut workspace = vec![0.0; model.workspace_len()];
    let mut onsite = vec![0.0; model.sites()];
    let mut hybrid = Hybrid::new(&model, &mut workspace).map_err(|error| error.to_string())?;
    hybrid
        .self_test(&mut onsite)
        .map_err(|error| error.to_string())
}

impl Golden {
    fn test(&self) -> Result<(), String> {
        let found = self.solve()?.to_bits();
        if found == self.bits {
            Ok(())
        } else {
            Err(format!(
                "T has the bits {found:016x}, not {:016x}",
                self.bits
            ))
        }
    }

    fn solve(&self) -> Result<f64, String> {
        let origin = Origin::Disorder {
            model: self.model,
            parameter: self.parameter,
            seed: self.seed,
            sample: 0,
        };
        let [length, width] = self.sides;
        let strip = origin
            .draw(length, width)
            .map_err(|error| error.to_string())?;
        let solver = RecursionSolver::<f64>::new(strip.size(), &[self.energy]);
        let solver = solver.map_err(|error| error.to_string())?;
        solver
            .transmission(strip.onsite(), 0)
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_are_those_of_this_machine() {
        let found: Vec<String> = STRIPS
            .iter()
            .map(|golden| format!("{:#018x}", golden.solve().unwrap().to_bits()))
            .collect();
        let known: Vec<String> = STRIPS
            .iter()
            .map(|golden| format!("{:#018x}", golden.bits))
            .collect();
        assert_eq!(found, known);
        // Something is transmitted, so that the bits say something.
        assert!(
            STRIPS
                .iter()
                .all(|golden| f64::from_bits(golden.bits) > 0.0)
        );
    }

    #[test]
    fn another_bit_is_noticed() {
        let [first, ..] = &STRIPS;
        let wrong = Golden {
            bits: first.bits ^ 1,
            ..*first
        };
        let difference = wrong.test().unwrap_err();
        assert!(
            difference.contains(&format!("{:016x}", first.bits)),
            "{difference}"
        );
    }
}
