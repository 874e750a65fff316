//! Exact results of landauer-core, bit by bit: the device writes them, and so does the test
//! `tests/firmware.rs` on the host; the two must not differ in a single digit.

use core::fmt::{Error, Write};

use landauer_core::hybrid::{HYBRID_WORKSPACE_LEN, Hybrid, HybridError, SMALLEST_BUDGET};
use landauer_core::transport::{
    FixedPointReflection, Lead, Scattering, fano_factor, fixed_point_workspace_len,
    reflection_workspace_len, scattering_workspace_len,
};
use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice, PAPER_BIAS, SolveError};

/// Why there is no report.
#[derive(Debug)]
pub enum Failure {
    /// A strip could not be solved.
    Solve(SolveError),
    /// A strip could not be predicted within a budget.
    Hybrid(HybridError),
    /// The text could not be written.
    Write(Error),
    /// An ensemble that cannot be.
    Disorder(landauer_core::DisorderError),
}

impl From<SolveError> for Failure {
    fn from(error: SolveError) -> Self {
        Self::Solve(error)
    }
}

impl From<HybridError> for Failure {
    fn from(error: HybridError) -> Self {
        Self::Hybrid(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Write(error)
    }
}

impl From<landauer_core::DisorderError> for Failure {
    fn from(error: landauer_core::DisorderError) -> Self {
        Self::Disorder(error)
    }
}

const MODELS: [DisorderModel; 4] = [
    DisorderModel::AndersonBox { strength: 4.0 },
    DisorderModel::OneSpecies,
    DisorderModel::TwoSpecies,
    DisorderModel::ThreeSpecies,
];

/// Writes disorder and exact transmissions of the four models as hexadecimal bits.
///
/// # Errors
/// None is possible but a writer's own.
pub fn write(out: &mut impl Write) -> Result<(), Failure> {
    for model in MODELS {
        let ensemble = Ensemble::new(model, Concentration::Uniform, 2020)?;
        disorder(out, &ensemble)?;
        single(out, &ensemble)?;
        double(out, &ensemble)?;
        fixed_point(out, &ensemble)?;
    }
    within_budgets(out)
}

/// A fingerprint of three 40×40 samples in `f64`.
fn disorder(out: &mut impl Write, ensemble: &Ensemble) -> Result<(), Failure> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for index in [0, 1, u64::MAX] {
        let mut sample = ensemble.sample(index);
        for site in sample.sites().take(1600) {
            // The rotation spreads the zeros that round numbers end in.
            let bits = site.onsite::<f64>().to_bits();
            hash = (hash.rotate_left(23) ^ bits).wrapping_mul(0x0100_0000_01b3);
        }
    }
    writeln!(
        out,
        "model {} disorder {hash:016x}",
        ensemble.model().number()
    )?;
    Ok(())
}

/// T at the band centre and Ḡ of a 40×40 strip in `f32`, in 7,360 bytes.
fn single(out: &mut impl Write, ensemble: &Ensemble) -> Result<(), Failure> {
    let strip: Lattice<f32, 40, 40> = ensemble.sample(3).lattice();
    let mut workspace = [0.0; reflection_workspace_len(40)];
    let t = strip.transmission(0.0, &mut workspace)?;
    let g_bar = strip.conductance(PAPER_BIAS, &mut workspace)?;
    writeln!(
        out,
        "model {} f32 T {t:.6} {:08x} G-bar {g_bar:.6} {:08x}",
        ensemble.model().number(),
        t.to_bits(),
        g_bar.to_bits()
    )?;
    Ok(())
}

/// T and the Fano factor of a 12×10 strip with closed modes in `f64`.
fn double(out: &mut impl Write, ensemble: &Ensemble) -> Result<(), Failure> {
    let strip: Lattice<f64, 12, 10> = ensemble.sample(5).lattice();
    let mut workspace = [0.0; scattering_workspace_len(10)];
    let mut recursion = Scattering::new(Lead::new(10, -0.9)?, &mut workspace)?;
    for slice in strip.slices() {
        recursion.push_slice(slice)?;
    }
    let t = recursion.transmission()?;
    let mut eigenvalues = [0.0; 10];
    recursion.transmission_eigenvalues(&mut eigenvalues)?;
    let fano = fano_factor(&eigenvalues).unwrap_or(f64::NAN);
    writeln!(
        out,
        "model {} f64 T {t:.12} {:016x} Fano {fano:.12} {:016x}",
        ensemble.model().number(),
        t.to_bits(),
        fano.to_bits()
    )?;
    Ok(())
}

/// T in 16-bit integers: of a 40×40 strip at the band centre, in 4,400 bytes, and with closed modes;
/// of strips whose width is no multiple of two or four.
fn fixed_point(out: &mut impl Write, ensemble: &Ensemble) -> Result<(), Failure> {
    write!(out, "model {} int16 T", ensemble.model().number())?;
    let strip: Lattice<f32, 40, 40> = ensemble.sample(3).lattice();
    for energy in [0.0, 0.1] {
        let mut workspace = [0; fixed_point_workspace_len(40)];
        let recursion = FixedPointReflection::new(Lead::new(40, energy)?, &mut workspace)?;
        transmission(out, strip.slices(), recursion)?;
    }
    let strip: Lattice<f32, 12, 11> = ensemble.sample(5).lattice();
    let mut workspace = [0; fixed_point_workspace_len(11)];
    let recursion = FixedPointReflection::new(Lead::new(11, -0.3)?, &mut workspace)?;
    transmission(out, strip.slices(), recursion)?;
    let strip: Lattice<f32, 9, 1> = ensemble.sample(5).lattice();
    let mut workspace = [0; fixed_point_workspace_len(1)];
    let recursion = FixedPointReflection::new(Lead::new(1, 0.0)?, &mut workspace)?;
    transmission(out, strip.slices(), recursion)?;
    writeln!(out)?;
    Ok(())
}

/// The bits of T, or of nothing where the integers' range has been left.
fn transmission<'s, const WIDTH: usize>(
    out: &mut impl Write,
    slices: impl Iterator<Item = &'s [f32; WIDTH]>,
    mut recursion: FixedPointReflection<'_>,
) -> Result<(), Failure> {
    for slice in slices {
        match recursion.push_slice(slice) {
            Err(SolveError::LostSolution { slices }) => return Ok(write!(out, " lost {slices}")?),
            other => other?,
        }
    }
    match recursion.transmission() {
        Err(SolveError::LostSolution { slices }) => Ok(write!(out, " lost {slices}")?),
        other => Ok(write!(out, " {:08x}", other?.to_bits())?),
    }
}

/// G of strips of model II within budgets, from counting alone to exact.
fn within_budgets(out: &mut impl Write) -> Result<(), Failure> {
    let mut workspace = [0.0_f32; HYBRID_WORKSPACE_LEN];
    let mut hybrid = Hybrid::new(&mut workspace)?;
    for (sample, concentration) in [0.05, 0.15, 0.3].into_iter().enumerate() {
        let concentration = Concentration::Fixed(concentration);
        let ensemble = Ensemble::new(DisorderModel::OneSpecies, concentration, 2020)?;
        let strip: Lattice<f32, 40, 40> = ensemble.sample(sample as u64).lattice();
        for budget in [SMALLEST_BUDGET, 300_000, 1_000_000, 4_000_000] {
            let estimate = hybrid.predict_within(&strip, budget)?;
            writeln!(
                out,
                "hybrid {} of {} impurities, {} multiply-adds, G {:.6} {:08x}",
                estimate.solved,
                estimate.impurities,
                estimate.multiply_adds,
                estimate.conductance,
                estimate.conductance.to_bits()
            )?;
        }
    }
    Ok(())
}
