//! Where a lead takes its sines from: a type chooses it, never a feature.

use core::fmt::Debug;

use crate::scalar::Scalar;

mod sealed {
    pub trait Sealed {}
}

/// Where a [`Lead`](super::Lead) takes the sines of its transverse modes from: [`Libm`], or with the
/// feature `micromath` also `Micromath` (the trait is sealed).
///
/// [`Reflection`](super::Reflection) and [`Scattering`](super::Scattering) take a lead with either
/// and say in their type which it was; [`FixedPointReflection`](super::FixedPointReflection) has a
/// constructor for each. What takes an energy instead of a lead uses [`Libm`] with any features:
/// [`transmission`](super::transmission) and the other functions for whole strips, the methods of
/// [`Lattice`](crate::Lattice), [`hybrid`](crate::hybrid) and [`instrument`](crate::instrument).
///
/// # Example
/// ```
/// use landauer_core::transport::{Libm, Sine};
/// assert!((Libm.sine(0.5_f64) - 0.479_425_538_604_203).abs() < 1e-15);
/// ```
pub trait Sine<S>: sealed::Sealed + Copy + Debug + PartialEq + Send + Sync + 'static {
    /// The sine of an angle between 0 and π/2, in radians.
    #[must_use]
    fn sine(self, angle: S) -> S;
}

/// The sine of [`Scalar::sin`], to within one unit in the last place: what
/// [`Lead::new`](super::Lead::new) chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Libm;

impl sealed::Sealed for Libm {}

impl<S: Scalar> Sine<S> for Libm {
    #[inline]
    fn sine(self, angle: S) -> S {
        angle.sin()
    }
}

/// The approximate `f32` sine of the [micromath](https://docs.rs/micromath) crate, off by up to
/// 1.1e-3: what [`Lead::approximate`](super::Lead::approximate) chooses.
#[cfg(feature = "micromath")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Micromath;

#[cfg(feature = "micromath")]
impl sealed::Sealed for Micromath {}

#[cfg(feature = "micromath")]
impl Sine<f32> for Micromath {
    #[inline]
    fn sine(self, angle: f32) -> f32 {
        micromath::F32Ext::sin(angle)
    }
}

#[cfg(test)]
mod tests {
    use crate::checksum::CRC_32C;
    use crate::transport::standing_waves::{StandingWaves, standing_waves_workspace_len};
    use crate::transport::{
        FixedPointReflection, Lead, fixed_point_workspace_len, scattering_workspace_len,
    };
    use crate::{Concentration, DisorderModel, Ensemble, Lattice, PAPER_BIAS};

    /// Everything that a lead's sines enter in `f32`, as one checksum of its bits.
    fn fingerprint() -> u32 {
        let mut digest = CRC_32C.digest();
        let mut add = |number: f32| digest.update(&number.to_bits().to_le_bytes());
        for width in 1..=48 {
            for energy in [0.0, 0.18, -0.9, 2.5] {
                let lead = Lead::new(width, energy).unwrap();
                for mode in 0..width {
                    add(lead.mode(mode).sine());
                    add(lead.surface_factor(mode).0);
                    add(lead.surface_factor(mode).1);
                }
            }
        }
        let model = DisorderModel::II;
        let ensemble = Ensemble::new(model, Concentration::Uniform, 5).unwrap();
        for index in 0..20 {
            let strip: Lattice<f32, 12, 11> = ensemble.sample(index).lattice();
            let mut workspace = [0.0; scattering_workspace_len(11)];
            add(strip.conductance(PAPER_BIAS, &mut workspace).unwrap());
            for energy in [0.0, -0.9] {
                let partial = strip.partial_transmissions(energy, &mut workspace);
                partial.unwrap().into_iter().for_each(&mut add);
                let eigenvalues = strip.transmission_eigenvalues(energy, &mut workspace);
                eigenvalues.unwrap().into_iter().for_each(&mut add);
            }
            let mut workspace = [0; fixed_point_workspace_len(11)];
            let lead = Lead::new(11, 0.0).unwrap();
            let mut integers = FixedPointReflection::new(lead, &mut workspace).unwrap();
            let mut workspace = [0.0; standing_waves_workspace_len(11)];
            let mut standing = StandingWaves::new(11, &mut workspace).unwrap();
            for slice in strip.slices() {
                integers.push_slice(slice).unwrap();
                standing.next_slice();
                for (row, &energy) in slice.iter().enumerate().filter(|(_, e)| **e != 0.0) {
                    standing.scatter(row, energy).unwrap();
                }
            }
            add(integers.transmission().unwrap());
            add(standing.transmission().unwrap());
        }
        digest.finalize()
    }

    /// `tests/run` runs this with the feature `micromath` and without it.
    #[test]
    fn without_asking_for_it_nothing_is_approximate_with_the_feature_either() {
        assert_eq!(fingerprint(), 0x5452_bc7c);
    }
}

#[cfg(all(test, feature = "micromath"))]
mod approximate_tests {
    extern crate std;
    use core::f64::consts::FRAC_PI_2;

    use crate::scalar::Scalar;
    use crate::transport::{
        FixedPointReflection, Lead, Reflection, Scattering, fixed_point_workspace_len,
        reflection_workspace_len, scattering_workspace_len,
    };
    use crate::{Concentration, DisorderModel, Ensemble, Lattice};

    #[test]
    fn the_errors_of_approximate_leads_are_as_documented() {
        let lead = Lead::approximate(40, 0.0).unwrap();
        let worst = (0..=10_000)
            .map(|k| f64::from(k) / 10_000.0 * FRAC_PI_2)
            .map(|x| (lead.sine(f32::from_f64(x)).to_f64() - libm::sin(x)).abs())
            .fold(0.0, f64::larger);

        let ensemble = Ensemble::new(DisorderModel::II, Concentration::Uniform, 1).unwrap();
        let mut reflection_workspace = [0.0; reflection_workspace_len(40)];
        let mut integer_workspace = [0; fixed_point_workspace_len(40)];
        let mut exact_workspace = [0.0; reflection_workspace_len(40)];
        let (mut sum, mut sum_of_integers, mut largest, count) = (0.0, 0.0, 0.0_f64, 100_u32);
        for index in 0..u64::from(count) {
            let strip: Lattice<f32, 40, 40> = ensemble.sample(index).lattice();
            let mut reflection = Reflection::new(lead, &mut reflection_workspace).unwrap();
            let mut integers =
                FixedPointReflection::approximate(lead, &mut integer_workspace).unwrap();
            for slice in strip.slices() {
                reflection.push_slice(slice).unwrap();
                integers.push_slice(slice).unwrap();
            }
            let strip: Lattice<f64, 40, 40> = ensemble.sample(index).lattice();
            let exact = strip.transmission(0.0, &mut exact_workspace).unwrap();
            let error = |t: f32| (t.to_f64() - exact).abs();
            let found = error(reflection.transmission().unwrap());
            sum += found;
            largest = largest.larger(found);
            sum_of_integers += error(integers.transmission().unwrap());
        }
        let mean = sum / f64::from(count);
        let mean_of_integers = sum_of_integers / f64::from(count);
        std::println!(
            "sine {worst:.2e}; T: mean {mean:.4}, largest {largest:.3}; integers {mean_of_integers:.4}"
        );
        assert!(1.0e-3 < worst && worst < 1.1e-3);
        assert!(0.003 < mean && mean < 0.005);
        assert!(0.02 < largest && largest < 0.045);
        assert!(0.003 < mean_of_integers && mean_of_integers < 0.006);
    }

    #[test]
    fn current_is_conserved_and_band_edges_move_as_documented() {
        let ensemble = Ensemble::new(DisorderModel::II, Concentration::Uniform, 2).unwrap();
        let mut worst = 0.0_f32;
        for index in 0..20 {
            let strip: Lattice<f32, 20, 20> = ensemble.sample(index).lattice();
            for energy in [0.0, 0.18, -0.9] {
                let mut workspace = [0.0; scattering_workspace_len(20)];
                let lead = Lead::approximate(20, energy).unwrap();
                let mut scattering = Scattering::new(lead, &mut workspace).unwrap();
                for slice in strip.slices() {
                    scattering.push_slice(slice).unwrap();
                }
                worst = worst.larger(scattering.unitarity_error());
            }
        }
        std::println!("unitarity {worst:.1e}");
        assert!(worst < 1e-4);
        // A mode's band ends at |E| = 4 sin² of the smaller half angle, in units of t.
        let lead = Lead::approximate(1, 0.0).unwrap();
        let edge = (0..=5_000)
            .map(|k| f64::from(k) / 10_000.0 * FRAC_PI_2)
            .map(|x| (lead.sine(f32::from_f64(x)).to_f64(), libm::sin(x)))
            .map(|(a, b)| 4.0 * (a * a - b * b).abs())
            .fold(0.0, f64::larger);
        std::println!("edge {edge:.1e}");
        assert!(0.0035 < edge && edge < 0.0045);
    }
}
