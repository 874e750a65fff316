//! What a sound device can answer: a frame with a good checksum may still hold a number that is none.
//!
//! A device with a defect, or a firmware of another make, may answer NaN, or a transmission larger
//! than the number of modes. Such an answer is an error here, and never a result.

use std::fmt::Display;

use landauer_core::hybrid::Estimate;
use landauer_core::inference::Target;
use landauer_core::instrument::{Cost, CostUnit, Identity};
use landauer_core::transport::Lead;
use landauer_core::{BIAS_POINTS, Compact, Ensemble, Scalar, bias_grid};

/// Why an answer cannot be, in words.
pub(super) type Implausible = String;

/// What one G0 is in a network's answers.
const UNITS: i32 = 1 << 16;

/// By how much `f32` may be off where a number has a bound, for each mode: core loses a solution
/// beyond it.
const TOLERANCE: f32 = <f32 as Scalar>::CONSERVATION_TOLERANCE;

/// Is that who a device can be?
pub(super) fn identity(identity: &Identity) -> Result<(), Implausible> {
    let Identity {
        crate_version,
        board,
        model,
        length,
        width,
        disorder,
        concentration,
        counts: [least, most],
        targets,
        ..
    } = identity;
    for (what, text) in [
        ("version", crate_version.as_str()),
        ("board", board.as_str()),
        ("model", model.as_str()),
    ] {
        // They are printed: a terminal must not take them for commands.
        if text.chars().any(char::is_control) {
            return Err(format!("a name of its {what} with control characters"));
        }
    }
    if *length == 0 || *width == 0 {
        return Err(format!("strips of {length} x {width} sites"));
    }
    let sites = u32::from(*length) * u32::from(*width);
    if least > most || *most > sites {
        return Err(format!(
            "strips of {sites} sites with {least} to {most} impurities"
        ));
    }
    // The seed does not matter.
    if let Err(error) = Ensemble::new(*disorder, *concentration, 0) {
        return Err(format!("a disorder that does not exist: {error}"));
    }
    if targets.is_empty() {
        return Err("that it predicts nothing".to_owned());
    }
    match targets.iter().find(|target| !target.is_valid()) {
        Some(target) => Err(format!("that it predicts {target}")),
        None => Ok(()),
    }
}

/// Can this many golden samples have been tested?
pub(super) fn golden(golden: u32) -> Result<(), Implausible> {
    if golden == 0 {
        return Err("that its self-test has passed without a single golden sample".to_owned());
    }
    Ok(())
}

/// Does the board still count in the unit of its first answer?
pub(super) fn cost(cost: Cost, first: &mut Option<CostUnit>) -> Result<(), Implausible> {
    let first = *first.get_or_insert(cost.unit);
    if cost.unit == first {
        Ok(())
    } else {
        Err(format!("a cost in {}, and before in {first}", cost.unit))
    }
}

/// Can these be the predictions of such targets, in G0/65536?
pub(super) fn prediction(
    values: &[i32],
    targets: &[Target],
    width: usize,
) -> Result<(), Implausible> {
    if values.len() != targets.len() {
        return Err(format!(
            "{} numbers, and its network predicts {}",
            values.len(),
            targets.len()
        ));
    }
    // No more modes propagate than a slice has sites, and the decoder clamps.
    let most = i64::try_from(width).unwrap_or(i64::MAX);
    let most = most.saturating_mul(i64::from(UNITS));
    for (&value, target) in values.iter().zip(targets) {
        if !(0..=most).contains(&i64::from(value)) {
            let value = f64::from(value) / f64::from(UNITS);
            return Err(impossible(*target, &Compact(value), width as f64));
        }
    }
    Ok(())
}

/// Can this be the estimate of a strip, within such a budget?
pub(super) fn estimate(
    found: &Estimate<f32>,
    onsite: &[f32],
    width: usize,
    target: Target,
    budget: u64,
) -> Result<(), Implausible> {
    bounded(found.value, target, width as f64)?;
    let impurities = onsite.iter().filter(|&&energy| energy != 0.0).count();
    let counted = usize::try_from(found.impurities).unwrap_or(usize::MAX);
    if counted != impurities {
        return Err(format!(
            "a strip with {counted} impurities, and it was sent one with {impurities}"
        ));
    }
    if found.solved > found.impurities || (found.exact && found.solved != found.impurities) {
        return Err(format!(
            "that {} of {} impurities were taken in{}",
            found.solved,
            found.impurities,
            if found.exact { ", exactly" } else { "" }
        ));
    }
    if found.multiply_adds > budget {
        return Err(format!(
            "that it spent {} multiply-adds of {budget}",
            found.multiply_adds
        ));
    }
    Ok(())
}

/// Can T at this energy be `value`?
pub(super) fn transmission(value: f32, width: usize, energy: f32) -> Result<(), Implausible> {
    let target = Target::Transmission {
        energy: energy.into(),
    };
    bounded(value, target, modes(width, energy) as f64)
}

/// Can Ḡ at this bias be `value`?
pub(super) fn conductance(value: f32, width: usize, bias: f64) -> Result<(), Implausible> {
    let energies: [f32; BIAS_POINTS] = bias_grid(bias);
    let modes: usize = energies.iter().map(|&energy| modes(width, energy)).sum();
    let most = modes as f64 / BIAS_POINTS as f64;
    bounded(value, Target::BiasAverage { bias }, most)
}

/// Modes of the lead that propagate.
fn modes(width: usize, energy: f32) -> usize {
    // A device refuses energies that are not finite: no answer is possible then.
    Lead::new(width, energy).map_or(0, |lead| lead.propagating_modes())
}

/// Does a number of 32 bits lie between 0 and what is possible?
fn bounded(value: f32, target: Target, most: f64) -> Result<(), Implausible> {
    let tolerance = f64::from(TOLERANCE) * most;
    // A NaN lies nowhere.
    if (-tolerance..=most + tolerance).contains(&f64::from(value)) {
        Ok(())
    } else {
        Err(impossible(target, &single(value), most))
    }
}

/// A number of 32 bits with no more digits than it has.
fn single(value: f32) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

fn impossible(target: Target, value: &dyn Display, most: f64) -> Implausible {
    let most = Compact(most);
    format!("{target} = {value} G0, which must be from 0 to {most}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transmissions_lie_between_zero_and_the_modes() {
        for (value, energy, possible) in [
            (0.0, 0.0, true),
            (40.0, 0.0, true),
            (40.001, 0.0, true),
            (41.0, 0.0, false),
            (-1.0, 0.0, false),
            (35.0, 0.18, true),
            (36.0, 0.18, false),
            (0.0, 4.5, true),
            (0.1, 4.5, false),
            (f32::NAN, 0.0, false),
            (f32::INFINITY, 0.0, false),
            (f32::NEG_INFINITY, 0.0, false),
        ] {
            let found = transmission(value, 40, energy);
            assert_eq!(found.is_ok(), possible, "{value} at {energy}");
        }
        // A clean strip has Ḡ = 36.6 (40 sites, bias 0.36).
        assert!(conductance(36.6, 40, 0.36).is_ok());
        assert!(conductance(38.0, 40, 0.36).is_err());
        let problem = conductance(f32::NAN, 40, 0.36).unwrap_err();
        assert_eq!(problem, "Ḡ = NaN G0, which must be from 0 to 36.6");
    }

    #[test]
    fn predictions_are_as_many_as_targets_and_no_more_than_modes() {
        let targets = [Target::Conductance, Target::PAPER_BIAS_AVERAGE];
        assert!(prediction(&[0, 3 * UNITS], &targets, 3).is_ok());
        for wrong in [&[0][..], &[0, 0, 0], &[-1, 0], &[0, 3 * UNITS + 1]] {
            assert!(prediction(wrong, &targets, 3).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn estimates_keep_to_their_strip_and_budget() {
        let onsite = [0.0, 5.0, 0.0, 5.0];
        let good = Estimate {
            value: 0.5,
            solved: 2,
            impurities: 2,
            energies: 1,
            exact: true,
            multiply_adds: 900,
        };
        let check = |found| estimate(&found, &onsite, 2, Target::Conductance, 1000);
        assert_eq!(check(good), Ok(()));
        for wrong in [
            Estimate {
                value: f32::NAN,
                ..good
            },
            Estimate { value: 2.5, ..good },
            Estimate { solved: 3, ..good },
            Estimate { solved: 1, ..good },
            Estimate {
                impurities: 3,
                ..good
            },
            Estimate {
                multiply_adds: 1001,
                ..good
            },
        ] {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn costs_keep_to_one_unit() {
        let mut first = None;
        let in_unit = |unit| Cost { count: 1, unit };
        assert!(cost(in_unit(CostUnit::Cycles), &mut first).is_ok());
        assert!(cost(in_unit(CostUnit::Cycles), &mut first).is_ok());
        let problem = cost(in_unit(CostUnit::Nanoseconds), &mut first).unwrap_err();
        assert_eq!(problem, "a cost in ns, and before in cycles");
    }
}
