//! The files that results are written to.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use landauer_core::Compact;
use serde::Serialize;

use super::plan::Plan;
use crate::failure::Failure;
use crate::outputs;
use landauer::Solution;
use landauer::internal::files::{PendingFile, WriteError};
use landauer::internal::json;
use landauer::npy::ArrayWriter;
use landauer::statistics::Scaled;

/// Where the results go.
#[derive(Debug, Args)]
pub(super) struct ResultArguments {
    /// Write the transmissions to FILE: .npy (f64, [sample, energy]; [1, energy] for one strip)
    /// or .csv (one line a sample) [default: a table on the terminal]. With --temperature or
    /// --voltage a .csv has everything, a .npy the conductances, or the currents of --voltage
    /// (f64, [sample, energy, temperature] or [..., voltage])
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write Ḡ of every sample to a .npy file (f64, [sample])
    #[arg(long, value_name = "FILE", requires = "bias")]
    g_bar_output: Option<PathBuf>,
    /// Write the transmission eigenvalues to a .npy file (f64, [sample, energy, width], the
    /// largest first, zeros after those of the propagating modes)
    #[arg(long, value_name = "FILE")]
    eigenvalues: Option<PathBuf>,
}

impl ResultArguments {
    /// Does a file take the transmissions?
    pub(super) const fn has_output(&self) -> bool {
        self.output.is_some()
    }

    /// The file that takes the transmissions, or what else is asked for of every sample.
    pub(super) fn transmissions(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// Are transmission eigenvalues wanted?
    pub(super) const fn wants_eigenvalues(&self) -> bool {
        self.eigenvalues.is_some()
    }

    /// Every option with a path, and its allowed extensions.
    fn paths(&self) -> impl Iterator<Item = outputs::Named<'_>> {
        let all: [(_, &Option<PathBuf>, &[&str]); 3] = [
            ("--output", &self.output, &["npy", "csv"]),
            ("--g-bar-output", &self.g_bar_output, &["npy"]),
            ("--eigenvalues", &self.eigenvalues, &["npy"]),
        ];
        all.into_iter().filter_map(|(option, path, endings)| {
            let path = path.as_deref()?;
            Some((option, path, endings))
        })
    }

    /// Refuses extensions that have no meaning here, and paths that would overwrite each other or
    /// one of the `inputs`.
    pub(super) fn check<'i>(&self, inputs: impl Iterator<Item = &'i Path>) -> Result<(), Failure> {
        outputs::check(inputs, self.paths())
    }
}

/// A file that was written.
#[derive(Debug, Serialize)]
pub(super) struct Written {
    #[serde(serialize_with = "json::path")]
    pub(super) path: PathBuf,
    pub(super) what: &'static str,
    pub(super) shape: Vec<u64>,
}

/// Files in the making: all of them appear at the end, or none.
#[derive(Debug)]
pub(super) struct ResultFiles {
    transmissions: Option<TransmissionFile>,
    g_bars: Option<ArrayWriter>,
    eigenvalues: Option<ArrayWriter>,
    written: Vec<Written>,
}

impl ResultFiles {
    /// Begins every file that is asked for.
    pub(super) fn create(arguments: &ResultArguments, plan: &Plan) -> Result<Self, Failure> {
        let (samples, energies) = (plan.samples, plan.energies.count() as u64);
        let mut written = Vec::new();
        let mut note = |path: &Path, what, shape: &[u64]| {
            let (path, shape) = (path.to_owned(), shape.to_vec());
            written.push(Written { path, what, shape });
        };
        let mut array = |path: &Option<PathBuf>, what, shape: &[u64]| {
            let Some(path) = path else { return Ok(None) };
            note(path, what, shape);
            ArrayWriter::create(path, shape).map(Some)
        };
        let eigenvalue_shape = [samples, energies, plan.size.width() as u64];
        let g_bars = array(&arguments.g_bar_output, "Ḡ", &[samples])?;
        let eigenvalues = array(
            &arguments.eigenvalues,
            "transmission eigenvalues",
            &eigenvalue_shape,
        )?;
        let shape = [samples, energies];
        let transmissions = match &arguments.output {
            Some(path) if path.extension() == Some(OsStr::new("csv")) => {
                note(path, "transmissions", &shape);
                Some(TransmissionFile::Csv(CsvFile::create(path, plan)?))
            }
            path => array(path, "transmissions", &shape)?.map(TransmissionFile::Npy),
        };
        Ok(Self {
            transmissions,
            g_bars,
            eigenvalues,
            written,
        })
    }

    /// Appends the results of some samples.
    pub(super) fn append(&mut self, solution: &Solution) -> Result<(), Failure> {
        match &mut self.transmissions {
            Some(TransmissionFile::Npy(file)) => file.append(solution.transmissions())?,
            Some(TransmissionFile::Csv(file)) => file.append(solution)?,
            None => {}
        }
        if let (Some(file), Some(g_bars)) = (&mut self.g_bars, solution.g_bar()) {
            let values: Vec<f64> = g_bars.into_iter().map(Scaled::value).collect();
            file.append(&values)?;
        }
        if let (Some(file), Some(eigenvalues)) = (&mut self.eigenvalues, solution.eigenvalues()) {
            file.append(eigenvalues)?;
        }
        Ok(())
    }

    /// Puts all files in their places.
    pub(super) fn commit(mut self) -> Result<Vec<Written>, Failure> {
        // A full disk shows here, before any of the files appears.
        for file in [&mut self.g_bars, &mut self.eigenvalues]
            .into_iter()
            .flatten()
        {
            file.flush()?;
        }
        match self.transmissions {
            Some(TransmissionFile::Npy(file)) => file.commit()?,
            Some(TransmissionFile::Csv(file)) => file.file.commit()?,
            None => {}
        }
        for file in [self.g_bars, self.eigenvalues].into_iter().flatten() {
            file.commit()?;
        }
        Ok(self.written)
    }
}

/// Where the transmissions go.
#[derive(Debug)]
enum TransmissionFile {
    Npy(ArrayWriter),
    Csv(CsvFile),
}

/// A table of text in the making: a line of names, then a line for each sample. Numbers have as
/// many digits as it takes to get the same `f64` back; what is undefined stays empty.
#[derive(Debug)]
struct CsvFile {
    path: PathBuf,
    file: PendingFile,
    energies: usize,
    fano: bool,
}

impl CsvFile {
    fn create(path: &Path, plan: &Plan) -> Result<Self, WriteError> {
        let mut columns = vec!["sample".to_owned()];
        let energies = plan.energies.all();
        columns.extend(
            energies
                .iter()
                .map(|&energy| format!("T(E={})", Compact(energy))),
        );
        if plan.fano {
            columns.extend(
                energies
                    .iter()
                    .map(|&energy| format!("F(E={})", Compact(energy))),
            );
        }
        if plan.energies.bias().is_some() {
            columns.push("g_bar".to_owned());
        }
        let mut file = Self {
            path: path.to_owned(),
            file: PendingFile::create(path)?,
            energies: energies.len(),
            fano: plan.fano,
        };
        file.line(&columns)?;
        Ok(file)
    }

    fn append(&mut self, solution: &Solution) -> Result<(), WriteError> {
        let g_bars = solution.g_bar().unwrap_or_default();
        let rows = solution.transmissions().chunks_exact(self.energies);
        for (number, row) in rows.enumerate() {
            let sample = solution.first_sample() + number as u64;
            let mut columns = vec![sample.to_string()];
            columns.extend(row.iter().map(|value| format!("{value:?}")));
            if self.fano {
                columns.extend((0..self.energies).map(|energy| {
                    let fano = solution.fano_factor(number, energy);
                    fano.map_or_else(String::new, |value| format!("{value:?}"))
                }));
            }
            columns.extend(
                g_bars
                    .get(number)
                    .map(|value| format!("{:?}", value.value())),
            );
            self.line(&columns)?;
        }
        Ok(())
    }

    fn line(&mut self, columns: &[String]) -> Result<(), WriteError> {
        let written = writeln!(self.file, "{}", columns.join(","));
        written.map_err(|source| WriteError::new(&self.path, source))
    }
}
