//! Warm strips and currents: conductance, Seebeck coefficient and thermal conductance at a temperature, and I(V).
//!
//! Electrons that do not interact are carried at all energies of the Fermi window (U. Sivan and Y. Imry, Phys. Rev. B
//! **33**, 551, 1986). With L_n = ∫ T(E) (E − E_F)ⁿ (−∂f/∂E) dE, the electric conductance is G = G0 L_0, the Seebeck
//! coefficient S = −L_1/(eT L_0), and the electronic thermal conductance, at no electric current, (G0/(e²T))(L_2 − L_1²/L_0).
//! A voltage V puts the chemical potentials of the leads at E_F + eV/2 (left) and E_F − eV/2 (right), and the current is
//! I = (G0/e) ∫ T(E) (f_L − f_R) dE, of the sign of V. As in the paper's Ḡ, on-site energies stay as they are: no potential
//! drops along the strip.
//!
//! # Errors
//!
//! The integrals are taken by an adaptive rule that splits the energies where modes of the leads begin and cease to
//! propagate (`panels`), until the estimated error is within the tolerance (`adaptive`). Each estimate is the distance
//! between two rules, of which the reported value is by the better one, and so is usually far too large; what is left out of
//! the Fermi window's tails is bounded exactly. It is an estimate all the same: where states are localised, a resonance
//! that is far narrower than the distance of two energies can go unseen between them. That distance is at most about a
//! seventh of kT (of eV/16 if that is more, for a current), and at most a third of the mean level spacing 8 t/(L W) unless
//! kT/120 is more. A resonance of width Γ contributes π Γ/(8 kT) G0 at most. Rounding errors of T itself, below 1e-9, are
//! not in it.
//!
//! # In reading order
//!
//! `window`: Fermi functions; `panels`: the rule; `adaptive`: one integral; `engine`: those of many strips; `solution`.

mod adaptive;
mod engine;
mod error;
mod panels;
mod solution;
#[cfg(test)]
mod tests;
mod window;

use landauer_core::{Ensemble, FERMI_ENERGY};

pub use error::ThermalError;
pub use solution::{Estimate, ThermalSolution};

use crate::memory;
use crate::onsite::OnsiteEnergies;
use crate::parallel;
use crate::solve::dissection::SharedPlans;
use crate::solve::{
    Choice, Fallbacks, Method, Precision, SolverRequest, Stop, StripError, StripFault, Workload,
};
use crate::system::StripSize;
use adaptive::{Integral, Tolerance};
use engine::{End, Engine, Fault, StripState};
use panels::{Interval, NODES, clipped, intervals};
use solution::Response;
use window::Window;

/// The smallest temperature and voltage but 0, in t: 0.3 mK if t is 3 eV. Below it T(E) is as good as constant in the window.
pub const MIN_ENERGY: f64 = 1e-8;
/// The smallest absolute tolerance but 0, in G0: T itself has rounding errors.
pub const MIN_TOLERANCE: f64 = 1e-10;
/// The smallest relative tolerance but 0.
pub const MIN_RELATIVE: f64 = 1e-8;
/// The absolute tolerance unless another is asked for, in G0.
pub const TOLERANCE: f64 = 1e-6;
/// Energies that may be solved for one integral unless another number is asked for.
pub const MAX_SOLVES: u64 = 50_000;

/// Strips that are worked on at a time: two batches of a solver.
const BLOCK: usize = 64;

/// Finds thermoelectric properties and currents of strips of one size. The module says what, and how exactly.
///
/// A strip's result has the same bits on every machine, at any number of threads, beside any other strips, and whatever
/// other temperatures and voltages are asked for. (Only [`ThermalSolution::solves`] counts what all of them took.)
///
/// # Example
/// ```
/// use landauer::thermal::Thermal;
/// use landauer::{OnsiteEnergies, StripSize};
/// // A clean chain, whose band ends at 2 t: G = tanh(1/kT) G0.
/// let size = StripSize::new(5, 1)?;
/// let clean = OnsiteEnergies::new(size, vec![0.0; 5])?;
/// let thermal = Thermal::builder(size)
///     .temperatures([0.0, 0.5])
///     .voltages([0.2])
///     .build()?;
/// let solution = thermal.solve(&clean)?;
/// let [cold, warm] = solution.conductances() else { panic!() };
/// assert!((cold.value - 1.0).abs() < 1e-12);
/// assert!((warm.value - 2.0_f64.tanh()).abs() <= warm.error && warm.error <= 1e-6);
/// // I = G0 V at kT = 0.
/// let current = solution.currents()[0];
/// assert!((current.value - 0.2).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Thermal {
    size: StripSize,
    fermi_energies: Vec<f64>,
    temperatures: Vec<f64>,
    voltages: Vec<f64>,
    tolerance: Tolerance,
    choice: Choice,
    plans: SharedPlans,
    intervals: Vec<Interval>,
    measurements: Vec<Measurement>,
}

/// An integral that each strip has.
#[derive(Debug, Clone, Copy)]
struct Measurement {
    fermi_energy: f64,
    temperature: f64,
    /// `None` of linear response.
    voltage: Option<f64>,
    window: Window,
}

/// Settings of a [`Thermal`], each with a default.
#[derive(Debug, Clone)]
#[must_use]
pub struct ThermalBuilder {
    size: StripSize,
    fermi_energies: Vec<f64>,
    temperatures: Vec<f64>,
    voltages: Vec<f64>,
    tolerance: Tolerance,
    method: Option<Method>,
    workload: Workload,
}

impl ThermalBuilder {
    /// The Fermi energies E_F, in t. Default: 0, the band's centre.
    pub fn fermi_energies(mut self, energies: impl Into<Vec<f64>>) -> Self {
        self.fermi_energies = energies.into();
        self
    }

    /// The temperatures kT, in t: 0, or at least [`MIN_ENERGY`]. Default: 0.
    pub fn temperatures(mut self, temperatures: impl Into<Vec<f64>>) -> Self {
        self.temperatures = temperatures.into();
        self
    }

    /// The voltages eV, in t, at which there is a current: 0, or at least [`MIN_ENERGY`] in size. Default: none.
    pub fn voltages(mut self, voltages: impl Into<Vec<f64>>) -> Self {
        self.voltages = voltages.into();
        self
    }

    /// The largest error of L_n/(kT)ⁿ and of I/V, in G0. Default: [`TOLERANCE`].
    pub const fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance.absolute = tolerance;
        self
    }

    /// The same as a part of G or I/V: the larger one of both tolerances counts. Default: 0.
    pub const fn relative_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance.relative = tolerance;
        self
    }

    /// As many energies may be solved for each integral of a strip. Default: [`MAX_SOLVES`].
    pub const fn max_solves(mut self, solves: u64) -> Self {
        self.tolerance.max_solves = solves;
        self
    }

    /// Solves by this method, in `f64`. Default: by the faster one for many strips of this size, as far as their disorder
    /// [is known](Self::tuned_for_workload).
    pub const fn method(mut self, method: Option<Method>) -> Self {
        self.method = method;
        self
    }

    /// The faster method is that for samples of this ensemble. Default: for strips without a clean site.
    pub fn tuned_for_ensemble(self, ensemble: &Ensemble) -> Self {
        let workload = Workload::of(ensemble, self.size);
        self.tuned_for_workload(workload)
    }

    /// The same for strips of this workload.
    pub const fn tuned_for_workload(mut self, workload: Workload) -> Self {
        self.workload = workload.at_size(self.size);
        self
    }

    /// What finds them.
    ///
    /// # Errors
    /// An empty list of Fermi energies or temperatures; a number in a list that is not what it should be; tolerances that
    /// cannot be kept.
    pub fn build(self) -> Result<Thermal, ThermalError> {
        let Self {
            size,
            fermi_energies,
            temperatures,
            voltages,
            tolerance,
            method,
            workload,
        } = self;
        check(&fermi_energies, &temperatures, &voltages, tolerance)?;
        let request = SolverRequest {
            method,
            precision: Some(Precision::F64),
        };
        // How many energies there will be is not known, and must not decide.
        let choice = request.choose_at(workload, 1);
        let workers = if choice.kind.method.uses_all_threads() {
            1
        } else {
            parallel::threads()
        };
        let bytes = choice.kind.least_bytes(size).saturating_mul(workers as u64);
        memory::require("solving strips of this size", bytes)?;
        let mut measurements = Vec::new();
        for &fermi in &fermi_energies {
            for &temperature in &temperatures {
                let mut add = |voltage: Option<f64>, window| {
                    measurements.push(Measurement {
                        fermi_energy: fermi,
                        temperature,
                        voltage,
                        window,
                    });
                };
                if temperature > 0.0 {
                    add(None, Window::Linear { fermi, temperature });
                }
                for &signed in voltages.iter().filter(|&&voltage| voltage != 0.0) {
                    let voltage = signed.abs();
                    let window = if temperature > 0.0 {
                        Window::Biased {
                            fermi,
                            temperature,
                            voltage,
                        }
                    } else {
                        Window::Sharp { fermi, voltage }
                    };
                    add(Some(signed), window);
                }
            }
        }
        Ok(Thermal {
            size,
            intervals: intervals(size.width()),
            plans: SharedPlans::new(size),
            fermi_energies,
            temperatures,
            voltages,
            tolerance,
            choice,
            measurements,
        })
    }
}

fn check(
    fermi_energies: &[f64],
    temperatures: &[f64],
    voltages: &[f64],
    tolerance: Tolerance,
) -> Result<(), ThermalError> {
    if fermi_energies.is_empty() {
        return Err(ThermalError::None("Fermi energies"));
    }
    if temperatures.is_empty() {
        return Err(ThermalError::None("temperatures"));
    }
    if let Some(&bad) = fermi_energies.iter().find(|energy| !energy.is_finite()) {
        return Err(ThermalError::FermiEnergy(bad));
    }
    let is_possible = |size: f64| size == 0.0 || (size.is_finite() && size >= MIN_ENERGY);
    if let Some(&bad) = temperatures.iter().find(|&&kt| !is_possible(kt)) {
        return Err(ThermalError::Temperature(bad));
    }
    if let Some(&bad) = voltages
        .iter()
        .find(|&&voltage| !is_possible(voltage.abs()))
    {
        return Err(ThermalError::Voltage(bad));
    }
    let Tolerance {
        absolute, relative, ..
    } = tolerance;
    let absolute_is_possible =
        absolute == 0.0 || (absolute.is_finite() && absolute >= MIN_TOLERANCE);
    let relative_is_possible = relative == 0.0 || (MIN_RELATIVE..1.0).contains(&relative);
    if absolute_is_possible && relative_is_possible && absolute + relative > 0.0 {
        return Ok(());
    }
    Err(ThermalError::Tolerance { absolute, relative })
}

impl Thermal {
    /// A builder for strips of this size.
    pub fn builder(size: StripSize) -> ThermalBuilder {
        ThermalBuilder {
            size,
            fermi_energies: vec![FERMI_ENERGY],
            temperatures: vec![0.0],
            voltages: Vec::new(),
            tolerance: Tolerance {
                absolute: TOLERANCE,
                relative: 0.0,
                max_solves: MAX_SOLVES,
            },
            method: None,
            workload: Workload::undescribed(size),
        }
    }

    /// The size of the strips.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// The Fermi energies, in t.
    #[must_use]
    pub fn fermi_energies(&self) -> &[f64] {
        &self.fermi_energies
    }

    /// The temperatures kT, in t.
    #[must_use]
    pub fn temperatures(&self) -> &[f64] {
        &self.temperatures
    }

    /// The voltages eV, in t.
    #[must_use]
    pub fn voltages(&self) -> &[f64] {
        &self.voltages
    }

    /// The solver, and why it is this one.
    #[must_use]
    pub const fn choice(&self) -> Choice {
        self.choice
    }

    /// All that is asked for of these strips, on all threads of the current rayon pool.
    ///
    /// # Errors
    /// Strips of another size; a strip that cannot be solved; an integral that is not found to the tolerance with as many
    /// energies as may be solved; too little memory.
    pub fn solve(&self, strips: &OnsiteEnergies<'_>) -> Result<ThermalSolution, ThermalError> {
        let solution = self.solve_unless(strips, &|| false)?;
        // It is never stopped.
        Ok(solution.unwrap_or_else(|| self.empty(0)))
    }

    /// The same unless `stop` says yes, which all threads ask several times a second unless the strips are very large:
    /// then `None`.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn solve_unless(
        &self,
        strips: &OnsiteEnergies<'_>,
        stop: Stop<'_>,
    ) -> Result<Option<ThermalSolution>, ThermalError> {
        if strips.size() != self.size {
            let fault = StripFault::OtherSize {
                expected: self.size,
                found: strips.size(),
            };
            return Err(ThermalError::Strip(StripError {
                sample: 0,
                energy: self.fermi_energies[0],
                fault,
            }));
        }
        let mut solution = self.empty(strips.samples());
        let blocks = strips.values().chunks(BLOCK * self.size.sites());
        for (number, onsite) in blocks.enumerate() {
            let found = self.block(onsite, &mut solution, stop);
            if !found.map_err(|error| error.after(number * BLOCK))? {
                return Ok(None);
            }
        }
        Ok(Some(solution))
    }

    fn empty(&self, samples: usize) -> ThermalSolution {
        let linear = samples * self.fermi_energies.len() * self.temperatures.len();
        ThermalSolution {
            size: self.size,
            choice: self.choice,
            conductance: Vec::with_capacity(linear),
            thermal_conductance: Vec::with_capacity(linear),
            seebeck: Vec::with_capacity(linear),
            current: Vec::with_capacity(linear * self.voltages.len()),
            solves: Vec::with_capacity(samples),
            fallbacks: Fallbacks::default(),
        }
    }

    /// Finds some strips; `false` if it is stopped.
    fn block(
        &self,
        onsite: &[f64],
        solution: &mut ThermalSolution,
        stop: Stop<'_>,
    ) -> Result<bool, ThermalError> {
        let mut engine = Engine {
            kind: self.choice.kind,
            plans: &self.plans,
            onsite,
            stop,
            fallbacks: Fallbacks::default(),
        };
        let fault = |fault| match fault {
            Fault::Solver(error) => ThermalError::Solver(error),
            Fault::Strip(error) => ThermalError::Strip(error),
        };
        let cold: &[f64] = if self.temperatures.contains(&0.0) {
            &self.fermi_energies
        } else {
            &[]
        };
        let Some(transmissions) = engine.all(cold).map_err(fault)? else {
            return Ok(false);
        };
        let mut strips: Vec<StripState> = onsite
            .chunks_exact(self.size.sites())
            .map(|_| StripState::new(self.measurements.iter().map(|one| self.integral(one))))
            .collect();
        match engine.rounds(&mut strips).map_err(fault)? {
            End::Done => {}
            End::Stopped => return Ok(false),
            End::Failed {
                strip,
                integral,
                error,
                tolerance,
                solves,
            } => {
                let measurement = self.measurements[integral];
                return Err(ThermalError::NotConverged {
                    sample: strip,
                    fermi_energy: measurement.fermi_energy,
                    temperature: measurement.temperature,
                    voltage: measurement.voltage,
                    error,
                    tolerance,
                    solves,
                });
            }
        }
        solution.fallbacks += engine.fallbacks;
        for (number, strip) in strips.iter().enumerate() {
            self.put(strip, &transmissions[number * cold.len()..], solution);
            let solves = strip.known.len() * NODES + cold.len();
            solution.solves.push(solves as u64);
        }
        Ok(true)
    }

    fn integral(&self, measurement: &Measurement) -> Integral {
        let window = measurement.window;
        let sites = self.size.sites();
        match window.limits() {
            None => Integral::new(window, &self.intervals, sites, self.tolerance),
            Some(ends) => {
                let parts = clipped(&self.intervals, ends);
                Integral::new(window, &parts, sites, self.tolerance)
            }
        }
    }

    /// Puts a strip's integrals where they belong; `cold` begins with its T at the Fermi energies, if a temperature is 0.
    fn put(&self, strip: &StripState, cold: &[f64], solution: &mut ThermalSolution) {
        let mut sums = strip.sums();
        for (number, _) in self.fermi_energies.iter().enumerate() {
            for &temperature in &self.temperatures {
                let response = if temperature == 0.0 {
                    Response::cold(cold.get(number).copied().unwrap_or_default())
                } else {
                    Response::of(&sums.next().unwrap_or_default())
                };
                solution.conductance.push(response.conductance);
                solution.seebeck.push(response.seebeck);
                solution
                    .thermal_conductance
                    .push(response.thermal_conductance);
                for &voltage in &self.voltages {
                    if voltage == 0.0 {
                        solution.current.push(Estimate::default());
                        continue;
                    }
                    let found = sums.next().unwrap_or_default();
                    solution.current.push(Estimate {
                        value: voltage * found.values[0],
                        error: voltage.abs() * found.errors[0],
                    });
                }
            }
        }
    }
}
