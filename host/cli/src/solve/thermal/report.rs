//! The results of warm strips, as tables and as JSON.

use landauer::internal::counted;
use landauer::statistics::MeanAndError;
use landauer::thermal::{Estimate, Thermal, ThermalSolution};
use landauer::{Fallbacks, Reason};
use serde::Serialize;
use serde_json::Value;

use super::super::results::Written;
use super::super::table::{aligned, new_table, optional, short};
use crate::fallbacks;

/// What was found.
pub(super) struct Report<'t> {
    thermal: &'t Thermal,
    samples: u64,
    first: u64,
    /// Over all samples: `[Fermi energy, temperature]`.
    conductance: Vec<MeanAndError>,
    seebeck: Vec<MeanAndError>,
    thermal_conductance: Vec<MeanAndError>,
    /// `[Fermi energy, temperature, voltage]`.
    current: Vec<MeanAndError>,
    /// The largest estimate of an error of a conductance, and of a current by the voltage.
    largest_error: f64,
    solves: u64,
    fallbacks: Fallbacks,
    /// All samples, if they are wanted one by one.
    kept: Option<Kept>,
    /// The file that was written.
    pub(super) written: Option<Written>,
}

/// The samples one by one, flat.
#[derive(Default)]
struct Kept {
    conductance: Vec<Estimate>,
    seebeck: Vec<Option<Estimate>>,
    thermal_conductance: Vec<Estimate>,
    current: Vec<Estimate>,
}

impl<'t> Report<'t> {
    /// A report of nothing yet.
    pub(super) fn new(thermal: &'t Thermal, samples: u64, first: u64, keep: bool) -> Self {
        let linear = thermal.fermi_energies().len() * thermal.temperatures().len();
        let empty = vec![MeanAndError::default(); linear];
        Self {
            thermal,
            samples,
            first,
            conductance: empty.clone(),
            seebeck: empty.clone(),
            thermal_conductance: empty,
            current: vec![MeanAndError::default(); linear * thermal.voltages().len()],
            largest_error: 0.0,
            solves: 0,
            fallbacks: Fallbacks::default(),
            kept: keep.then(Kept::default),
            written: None,
        }
    }

    /// Takes in results, in order.
    pub(super) fn take(&mut self, solution: &ThermalSolution) {
        let take = |statistics: &mut [MeanAndError], found: &[Estimate]| {
            for found in found.chunks_exact(statistics.len().max(1)) {
                for (statistics, found) in statistics.iter_mut().zip(found) {
                    statistics.push(found.value);
                }
            }
        };
        take(&mut self.conductance, solution.conductances());
        take(
            &mut self.thermal_conductance,
            solution.thermal_conductances(),
        );
        take(&mut self.current, solution.currents());
        let seebeck = solution.seebeck_coefficients();
        for found in seebeck.chunks_exact(self.seebeck.len().max(1)) {
            for (statistics, found) in self.seebeck.iter_mut().zip(found) {
                if let Some(found) = found {
                    statistics.push(found.value);
                }
            }
        }
        let voltages = self.thermal.voltages().iter().map(|voltage| voltage.abs());
        let by_voltage = solution.currents().iter().zip(voltages.cycle());
        let by_voltage = by_voltage.filter(|&(_, voltage)| voltage > 0.0);
        let by_voltage = by_voltage.map(|(current, voltage)| current.error / voltage);
        let errors = solution.conductances().iter().map(|one| one.error);
        self.largest_error = errors.chain(by_voltage).fold(self.largest_error, f64::max);
        self.solves += solution.solves().iter().sum::<u64>();
        self.fallbacks += solution.fallbacks();
        if let Some(kept) = &mut self.kept {
            kept.conductance.extend(solution.conductances());
            kept.seebeck.extend(seebeck);
            kept.thermal_conductance
                .extend(solution.thermal_conductances());
            kept.current.extend(solution.currents());
        }
    }

    /// Fermi energy and temperature, one after the other.
    fn conditions(&self) -> impl Iterator<Item = [f64; 2]> {
        let temperatures = self.thermal.temperatures();
        let fermi_energies = self.thermal.fermi_energies().iter();
        fermi_energies.flat_map(move |&fermi| temperatures.iter().map(move |&kt| [fermi, kt]))
    }

    /// What to print.
    pub(super) fn text(&self, source: &str) -> String {
        let [length, width] = self.thermal.size().sides();
        let mut lines = vec![format!(
            "{} of {length} x {width} sites (length x width), {source}",
            counted(self.samples, "strip"),
        )];
        lines.push(self.linear());
        lines.push("S in k_B/e; kappa: electronic, in (pi^2/3) (k_B/e)^2 G0 T".to_owned());
        if !self.thermal.voltages().is_empty() {
            lines.push(self.currents());
            lines.push("I in G0 t/e".to_owned());
        }
        let each = self.solves.checked_div(self.samples).unwrap_or_default();
        lines.push(format!(
            "largest estimated error {:.1e} G0; {} for each strip",
            self.largest_error,
            counted(each, "solved energy")
        ));
        if self.fallbacks != Fallbacks::default() {
            lines.push(fallbacks::text(self.fallbacks, self.solves));
        }
        lines.push(format!("solver: {}", self.thermal.choice()));
        if let Some(file) = &self.written {
            let path = file.path.display();
            lines.push(format!("wrote {path}: {} {:?}", file.what, file.shape));
        }
        lines.join("\n")
    }

    /// Means have standard errors beside them.
    fn cells(&self, statistics: &MeanAndError) -> Vec<String> {
        let mut cells = vec![optional(statistics.mean())];
        if self.samples > 1 {
            cells.push(optional(statistics.standard_error()));
        }
        cells
    }

    fn header(&self, before: &[&str], names: &[&str]) -> Vec<String> {
        let mut header: Vec<String> = before.iter().map(|&name| name.to_owned()).collect();
        for name in names {
            if self.samples > 1 {
                header.push(format!("mean {name}"));
                header.push("std. error".to_owned());
            } else {
                header.push((*name).to_owned());
            }
        }
        header
    }

    fn linear(&self) -> String {
        let mut table = new_table(self.header(&["E_F", "kT"], &["G", "S", "kappa"]));
        for (place, [fermi, kt]) in self.conditions().enumerate() {
            let mut row = vec![short(fermi), short(kt)];
            for statistics in [&self.conductance, &self.seebeck, &self.thermal_conductance] {
                row.extend(self.cells(&statistics[place]));
            }
            table.add_row(row);
        }
        aligned(table).to_string()
    }

    fn currents(&self) -> String {
        let mut table = new_table(self.header(&["E_F", "kT", "eV"], &["I"]));
        let voltages = self.thermal.voltages();
        for (place, [fermi, kt]) in self.conditions().enumerate() {
            let statistics = self.current[place * voltages.len()..].iter();
            for (&voltage, statistics) in voltages.iter().zip(statistics) {
                let mut row = vec![short(fermi), short(kt), short(voltage)];
                row.extend(self.cells(statistics));
                table.add_row(row);
            }
        }
        aligned(table).to_string()
    }

    /// The report as JSON; the samples one by one unless a file has them.
    pub(super) fn json(&self, source: Value) -> impl Serialize + '_ {
        let size = self.thermal.size();
        let means = |statistics: &[MeanAndError]| {
            let both = statistics.iter();
            let both = both.map(|one| (one.mean(), one.standard_error()));
            both.unzip::<_, _, Vec<_>, Vec<_>>()
        };
        let values = |estimates: &[Estimate]| estimates.iter().map(|one| one.value).collect();
        let errors = |estimates: &[Estimate]| estimates.iter().map(|one| one.error).collect();
        let kept = self.kept.as_ref();
        let (conductance_mean, conductance_standard_error) = means(&self.conductance);
        let (seebeck_mean, seebeck_standard_error) = means(&self.seebeck);
        let (thermal_conductance_mean, thermal_conductance_standard_error) =
            means(&self.thermal_conductance);
        let (current_mean, current_standard_error) = means(&self.current);
        let seebeck = |part: fn(&Estimate) -> f64| {
            let all = kept.map(|kept| kept.seebeck.iter());
            all.map(|all| all.map(|one| one.as_ref().map(part)).collect())
        };
        Json {
            length: size.length(),
            width: size.width(),
            first: self.first,
            samples: self.samples,
            source,
            solver: self.thermal.choice().kind.identity(),
            solver_chosen: self.thermal.choice().reason,
            fallbacks: self.fallbacks,
            fermi_energies: self.thermal.fermi_energies(),
            temperatures: self.thermal.temperatures(),
            voltages: self.thermal.voltages(),
            largest_error: self.largest_error,
            solves: self.solves,
            conductance_mean,
            conductance_standard_error,
            seebeck_mean,
            seebeck_standard_error,
            thermal_conductance_mean,
            thermal_conductance_standard_error,
            current_mean,
            current_standard_error,
            conductance: kept.map(|kept| values(&kept.conductance)),
            conductance_error: kept.map(|kept| errors(&kept.conductance)),
            seebeck: seebeck(|one| one.value),
            seebeck_error: seebeck(|one| one.error),
            thermal_conductance: kept.map(|kept| values(&kept.thermal_conductance)),
            thermal_conductance_error: kept.map(|kept| errors(&kept.thermal_conductance)),
            current: kept.map(|kept| values(&kept.current)),
            current_error: kept.map(|kept| errors(&kept.current)),
            written: self.written.as_slice(),
        }
    }
}

/// The result of `solve --temperature --json`. Lists are flat: `[Fermi energy, temperature]` of means, currents with
/// voltages behind; `[sample, ...]` of samples. What is undefined is null.
#[derive(Serialize)]
struct Json<'r> {
    length: usize,
    width: usize,
    first: u64,
    samples: u64,
    source: Value,
    solver: &'static str,
    solver_chosen: Reason,
    fallbacks: Fallbacks,
    fermi_energies: &'r [f64],
    temperatures: &'r [f64],
    voltages: &'r [f64],
    largest_error: f64,
    solves: u64,
    conductance_mean: Vec<Option<f64>>,
    conductance_standard_error: Vec<Option<f64>>,
    seebeck_mean: Vec<Option<f64>>,
    seebeck_standard_error: Vec<Option<f64>>,
    thermal_conductance_mean: Vec<Option<f64>>,
    thermal_conductance_standard_error: Vec<Option<f64>>,
    current_mean: Vec<Option<f64>>,
    current_standard_error: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conductance: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conductance_error: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seebeck: Option<Vec<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seebeck_error: Option<Vec<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thermal_conductance: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thermal_conductance_error: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_error: Option<Vec<f64>>,
    written: &'r [Written],
}
