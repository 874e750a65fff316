//! The file that the results of warm strips are written to.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use landauer::internal::files::{PendingFile, WriteError};
use landauer::npy::ArrayWriter;
use landauer::thermal::{Estimate, Thermal, ThermalSolution};

use super::super::results::Written;
use crate::failure::Failure;

/// A file in the making, which appears at the end or not at all.
#[derive(Debug)]
pub(super) struct ThermalFile {
    format: Format,
    written: Written,
    /// What was asked for: Fermi energies, temperatures, voltages.
    fermi_energies: Vec<f64>,
    temperatures: Vec<f64>,
    voltages: Vec<f64>,
    /// The number of the next sample.
    next: u64,
}

#[derive(Debug)]
enum Format {
    Npy(ArrayWriter),
    Csv(PendingFile),
}

impl ThermalFile {
    /// Begins it: a .csv table of everything, or a .npy array of the currents, without voltages of the conductances.
    pub(super) fn create(
        path: &Path,
        thermal: &Thermal,
        [first, samples]: [u64; 2],
    ) -> Result<Self, Failure> {
        let count = |list: &[f64]| list.len() as u64;
        let mut shape = vec![
            samples,
            count(thermal.fermi_energies()),
            count(thermal.temperatures()),
        ];
        let has_voltages = !thermal.voltages().is_empty();
        if has_voltages {
            shape.push(count(thermal.voltages()));
        }
        let is_table = path.extension() == Some(OsStr::new("csv"));
        let format = if is_table {
            let mut file = PendingFile::create(path)?;
            line(&mut file, path, &columns(has_voltages))?;
            Format::Csv(file)
        } else {
            Format::Npy(ArrayWriter::create(path, &shape)?)
        };
        let what = match (is_table, has_voltages) {
            (true, _) => "a table",
            (false, true) => "currents",
            (false, false) => "conductances",
        };
        Ok(Self {
            format,
            written: Written {
                path: path.to_owned(),
                what,
                shape,
            },
            fermi_energies: thermal.fermi_energies().to_vec(),
            temperatures: thermal.temperatures().to_vec(),
            voltages: thermal.voltages().to_vec(),
            next: first,
        })
    }

    /// Appends the results of some samples.
    pub(super) fn append(&mut self, solution: &ThermalSolution) -> Result<(), Failure> {
        let first = self.next;
        self.next += solution.samples() as u64;
        let file = match &mut self.format {
            Format::Npy(file) => {
                let estimates = if self.voltages.is_empty() {
                    solution.conductances()
                } else {
                    solution.currents()
                };
                let values: Vec<f64> = estimates.iter().map(|one| one.value).collect();
                file.append(&values)?;
                return Ok(());
            }
            Format::Csv(file) => file,
        };
        let conditions = self.fermi_energies.len() * self.temperatures.len();
        let path: PathBuf = self.written.path.clone();
        for (place, conductance) in solution.conductances().iter().enumerate() {
            let condition = place % conditions;
            let pair = |one: &Estimate| [one.value, one.error].map(|number| format!("{number:?}"));
            let seebeck = solution.seebeck_coefficients()[place];
            let mut cells = vec![
                (first + (place / conditions) as u64).to_string(),
                format!(
                    "{:?}",
                    self.fermi_energies[condition / self.temperatures.len()]
                ),
                format!(
                    "{:?}",
                    self.temperatures[condition % self.temperatures.len()]
                ),
            ];
            cells.extend(pair(conductance));
            // What is undefined stays empty.
            cells.extend(seebeck.as_ref().map_or_else(Default::default, pair));
            cells.extend(pair(&solution.thermal_conductances()[place]));
            if self.voltages.is_empty() {
                line(file, &path, &cells)?;
            }
            let currents = &solution.currents()[place * self.voltages.len()..];
            for (voltage, current) in self.voltages.iter().zip(currents) {
                let mut cells = cells.clone();
                cells.push(format!("{voltage:?}"));
                cells.extend(pair(current));
                line(file, &path, &cells)?;
            }
        }
        Ok(())
    }

    /// Puts it in its place.
    pub(super) fn commit(self) -> Result<Written, Failure> {
        match self.format {
            Format::Npy(file) => file.commit()?,
            Format::Csv(file) => file.commit()?,
        }
        Ok(self.written)
    }
}

fn columns(has_voltages: bool) -> Vec<String> {
    let mut names = vec![
        "sample",
        "fermi_energy",
        "temperature",
        "conductance",
        "conductance_error",
        "seebeck",
        "seebeck_error",
        "thermal_conductance",
        "thermal_conductance_error",
    ];
    if has_voltages {
        names.extend(["voltage", "current", "current_error"]);
    }
    names.into_iter().map(str::to_owned).collect()
}

fn line(file: &mut PendingFile, path: &Path, cells: &[String]) -> Result<(), WriteError> {
    let written = writeln!(file, "{}", cells.join(","));
    written.map_err(|source| WriteError::new(path, source))
}
