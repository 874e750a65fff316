//! Energies from a `.npy` file.

use std::path::Path;

use crate::memory;
use crate::npy::{ArrayError, ArrayFile, ArrayProblem};

use super::onsite_file::InputError;

/// Reads energies (units of t), `[energy]` or a single number, from a `.npy` file.
///
/// # Errors
/// As [`ArrayFile::open`]; an array with more axes or without elements; a number that is not
/// finite; more numbers than there is memory for.
pub fn read_energies(path: &Path) -> Result<Vec<f64>, InputError> {
    let mut file = ArrayFile::open(path)?;
    let refuse = |problem| ArrayError::content(path, problem);
    let count = match *file.shape() {
        [] => 1,
        [0] => return Err(refuse(ArrayProblem::EmptyAxis(vec![0])).into()),
        [count] => count,
        _ => {
            return Err(refuse(ArrayProblem::Rank {
                found: file.shape().to_vec(),
                needed: "a list of energies, [energy],",
            })
            .into());
        }
    };
    memory::require("a list of energies", count.saturating_mul(8))?;
    let mut energies = Vec::new();
    // The file is as long as its header says, so that the count fits a machine's memory.
    file.read_run(
        0,
        usize::try_from(count).unwrap_or(usize::MAX),
        &mut energies,
    )
    .map_err(ArrayError::from)?;
    match energies.iter().position(|energy| !energy.is_finite()) {
        None => Ok(energies),
        Some(index) => Err(refuse(ArrayProblem::EnergyNotFinite {
            index,
            value: energies[index],
        })
        .into()),
    }
}
