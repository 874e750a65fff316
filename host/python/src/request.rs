//! Arguments that several functions have.

use landauer::{Choice, Method, Precision, SolverRequest};

use crate::failure::Failure;

/// The solver that is asked for: `auto` or a method's name, in `f32` or `f64`.
pub(crate) fn request(solver: &str, precision: Option<&str>) -> Result<SolverRequest, Failure> {
    let named = Method::ALL
        .into_iter()
        .find(|method| method.name() == solver);
    if named.is_none() && solver != "auto" {
        return Err(Failure::usage(format!(
            "unknown solver {solver:?}: give \"auto\", \"dissection\", \"recursion\" or \"multifrontal\""
        )));
    }
    let precision = match precision {
        None => None,
        Some("f64") => Some(Precision::F64),
        Some("f32") => Some(Precision::F32),
        Some(other) => {
            return Err(Failure::usage(format!(
                "unknown precision {other:?}: give \"f64\" or \"f32\""
            )));
        }
    };
    Ok(SolverRequest {
        method: named,
        precision,
    })
}

/// The solver, and why it was chosen.
pub(crate) fn told(choice: Choice) -> (String, String) {
    (choice.kind.identity().to_owned(), choice.reason.to_string())
}
