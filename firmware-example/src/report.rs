//! Exact results of landauer-core, bit by bit: the device writes them, and so does the test
//! `tests/physics/firmware.rs` on the host; the two must not differ in a single digit.

use super::numbers::{bits32, bits64, decimal, fixed};
use landauer_core::hybrid::{
    Hybrid, HybridError, HybridModel, SMALLEST_BUDGET, hybrid_workspace_len,
};
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

impl From<landauer_core::DisorderError> for Failure {
    fn from(error: landauer_core::DisorderError) -> Self {
        Self::Disorder(error)
    }
}

const MODELS: [DisorderModel; 4] = [
    DisorderModel::I,
    DisorderModel::II,
    DisorderModel::III,
    DisorderModel::IV,
];

/// Writes disorder and exact transmissions of the four models as hexadecimal bits.
///
/// # Errors
/// None is possible, as the host's test shows.
pub fn write(out: &mut impl FnMut(&[u8])) -> Result<(), Failure> {
    for model in MODELS {
        let ensemble = Ensemble::new(model, Concentration::Uniform, 2020)?;
        disorder(out, &ensemble);
        single(out, &ensemble)?;
        double(out, &ensemble)?;
        fixed_point(out, &ensemble)?;
    }
    within_budgets(out)
}

/// A fingerprint of three 40×40 samples in `f64`.
fn disorder(out: &mut impl FnMut(&[u8]), ensemble: &Ensemble) {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for index in [0, 1, u64::MAX] {
        let mut sample = ensemble.sample(index);
        for site in sample.sites().take(1600) {
            // The rotation spreads the zeros that round numbers end in.
            let bits = site.onsite::<f64>().to_bits();
            hash = (hash.rotate_left(23) ^ bits).wrapping_mul(0x0100_0000_01b3);
        }
    }
    begin(out, ensemble, b" disorder ");
    bits64(out, hash);
    out(b"\n");
}

/// Begins a line about a disorder model.
fn begin(out: &mut impl FnMut(&[u8]), ensemble: &Ensemble, name: &[u8]) {
    out(b"model ");
    decimal(out, ensemble.model().number().map_or(0, u32::from));
    out(name);
}

/// A number in decimal and, exactly, in hexadecimal.
fn number32(out: &mut impl FnMut(&[u8]), name: &[u8], number: f32) {
    out(name);
    fixed(out, f64::from(number), false);
    out(b" ");
    bits32(out, number.to_bits());
}

fn number64(out: &mut impl FnMut(&[u8]), name: &[u8], number: f64) {
    out(name);
    fixed(out, number, true);
    out(b" ");
    bits64(out, number.to_bits());
}

/// T at the band centre and Ḡ of a 40×40 strip in `f32`, in 7,360 bytes.
fn single(out: &mut impl FnMut(&[u8]), ensemble: &Ensemble) -> Result<(), Failure> {
    let strip: Lattice<f32, 40, 40> = ensemble.sample(3).lattice();
    let mut workspace = [0.0; reflection_workspace_len(40)];
    let t = strip.transmission(0.0, &mut workspace)?;
    let g_bar = strip.conductance(PAPER_BIAS, &mut workspace)?;
    begin(out, ensemble, b" f32");
    number32(out, b" T ", t);
    number32(out, b" G-bar ", g_bar);
    out(b"\n");
    Ok(())
}

/// T and the Fano factor of a 12×10 strip with closed modes in `f64`.
fn double(out: &mut impl FnMut(&[u8]), ensemble: &Ensemble) -> Result<(), Failure> {
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
    begin(out, ensemble, b" f64");
    number64(out, b" T ", t);
    number64(out, b" Fano ", fano);
    out(b"\n");
    Ok(())
}

/// T in 16-bit integers: of a 40×40 strip at the band centre, in 4,400 bytes, and with closed modes;
/// of strips whose width is no multiple of two or four.
fn fixed_point(out: &mut impl FnMut(&[u8]), ensemble: &Ensemble) -> Result<(), Failure> {
    begin(out, ensemble, b" int16 T");
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
    out(b"\n");
    Ok(())
}

/// The bits of T, or of nothing where the integers' range has been left.
fn transmission<'s, const WIDTH: usize>(
    out: &mut impl FnMut(&[u8]),
    slices: impl Iterator<Item = &'s [f32; WIDTH]>,
    mut recursion: FixedPointReflection<'_>,
) -> Result<(), Failure> {
    for slice in slices {
        match recursion.push_slice(slice) {
            Err(SolveError::LostSolution { slices }) => {
                lost(out, slices);
                return Ok(());
            }
            other => other?,
        }
    }
    match recursion.transmission() {
        Err(SolveError::LostSolution { slices }) => lost(out, slices),
        other => {
            out(b" ");
            bits32(out, other?.to_bits());
        }
    }
    Ok(())
}

fn lost(out: &mut impl FnMut(&[u8]), slices: usize) {
    out(b" lost ");
    decimal(out, u32::try_from(slices).unwrap_or(u32::MAX));
}

/// The shipped hybrids for G and Ḡ.
static HYBRIDS: [&[u8]; 2] = [
    include_bytes!("../../models/hybrid-g.postcard"),
    include_bytes!("../../models/hybrid-gbar.postcard"),
];

/// G and Ḡ of strips of model II within budgets, from counting alone to exact.
fn within_budgets(out: &mut impl FnMut(&[u8])) -> Result<(), Failure> {
    for file in HYBRIDS {
        let model = HybridModel::parse(file).map_err(HybridError::from)?;
        let mut workspace = [0.0_f32; hybrid_workspace_len(40)];
        estimates(out, Hybrid::new(&model, &mut workspace)?)?;
    }
    Ok(())
}

fn estimates(out: &mut impl FnMut(&[u8]), mut hybrid: Hybrid<'_, f32>) -> Result<(), Failure> {
    for (sample, concentration) in [0.05, 0.15, 0.3].into_iter().enumerate() {
        let concentration = Concentration::Fixed(concentration);
        let ensemble = Ensemble::new(DisorderModel::II, concentration, 2020)?;
        let strip: Lattice<f32, 40, 40> = ensemble.sample(sample as u64).lattice();
        for budget in [SMALLEST_BUDGET, 300_000, 1_000_000, 8_000_000] {
            let estimate = hybrid.predict_within(strip.as_slice(), 40, budget)?;
            let multiply_adds = u32::try_from(estimate.multiply_adds).unwrap_or(u32::MAX);
            for (name, number) in [
                (&b"hybrid "[..], estimate.solved),
                (b" of ", estimate.impurities),
                (b" impurities at ", estimate.energies),
                (b" energies, ", multiply_adds),
            ] {
                out(name);
                decimal(out, number);
            }
            number32(out, b" multiply-adds, ", estimate.value);
            out(b"\n");
        }
    }
    Ok(())
}
