//! The command line `landauer`, which comes with the package.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use pyo3::prelude::*;

/// Runs the command line of these words, the program's name first, once in a process; gives its exit code.
/// `program` is what a job script is to call.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, program: PathBuf, words: Vec<OsString>) -> PyResult<u8> {
    crate::run::short(py, || {
        let code = landauer_cli::run(program, words);
        // Rust's own buffers are emptied at the end of Rust programs, and this one is Python.
        let _ = io::stdout().flush();
        Ok(code)
    })
}
