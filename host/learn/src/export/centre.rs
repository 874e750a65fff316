//! Measures the shift that rounding causes, and subtracts it.
//!
//! A weight's rounding error is the same for every strip. The activations behind a ReLU are all
//! positive, so that the errors of a layer's weights add up to a shift of the outputs, most of which
//! is the same for every strip too. The decoder subtracts it.

use landauer_core::inference::Model;
use rayon::prelude::*;

use super::float::at;
use super::lower::UNITS;
use super::{Decoder, ExportError};
use crate::evaluation::impurities;

impl Decoder {
    /// The decoder of the model whose file this is, shifted so that the integer network differs as
    /// little as possible from the float one, which predicts `float`, in the mean absolute difference
    /// over these strips (`[sample, slice, row]`, in units of t). Each of the head's outputs has
    /// one shift, in units of the scale: a median, which the few strips that conduct best do not
    /// pull away from all others.
    ///
    /// # Errors
    /// A file that is not a valid model.
    pub(super) fn centred(
        &self,
        file: &[u8],
        strips: &[f64],
        float: impl Fn(&[f64]) -> Vec<f64> + Sync,
    ) -> Result<Self, ExportError> {
        let model = Model::parse(file).map_err(ExportError::InvalidModel)?;
        let card = model.card();
        let width = usize::from(card.width);
        let scratch = || vec![0; model.scratch_len()];
        let differences = |scratch: &mut Vec<i8>, strip: &[f64]| {
            let mut integers = vec![0; card.outputs.len()];
            let predicted = model.predict_q16(strip, width, scratch, &mut integers);
            predicted.map_err(ExportError::InvalidModel)?;
            let values = float(strip).into_iter().zip(integers).zip(&card.outputs);
            let differences = values.map(|((float, integer), output)| {
                let most = f64::from(output.ceiling) / UNITS;
                float.clamp(0.0, most) - f64::from(integer) / UNITS
            });
            Ok((impurities(strip), differences.collect()))
        };
        let compared: Vec<(usize, Vec<f64>)> = strips
            .par_chunks_exact(model.sites().max(1))
            .map_init(scratch, differences)
            .collect::<Result<_, ExportError>>()?;
        let shifted = self.centre.iter().zip(&self.scale).enumerate();
        let shifted = shifted.map(|(target, (centre, scale))| {
            let shifts = compared.iter().filter_map(|(count, differences)| {
                let scale = at(scale, *count);
                (scale > 0.0).then(|| (differences.get(target).map_or(0.0, |d| d / scale), scale))
            });
            let shift = weighted_median(shifts.collect());
            let counts = 0..centre.len().max(scale.len());
            let at_count = |count| at(centre, count) + shift * at(scale, count);
            counts.map(at_count).collect()
        });
        Ok(Self {
            centre: shifted.collect(),
            scale: self.scale.clone(),
        })
    }
}

/// The shift that leaves the least sum of sizes, of values with their weights; 0 of none.
fn weighted_median(mut values: Vec<(f64, f64)>) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    let middle = values.iter().find(|(_, weight)| {
        sum += weight;
        sum >= half
    });
    middle.map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use landauer_core::inference::Target;
    use landauer_core::inference::format::Mirrors;
    use landauer_core::{Concentration, DisorderModel, Ensemble};

    use super::super::{Calibration, FloatAffine, FloatInput, FloatLayer, FloatNetwork};
    use super::super::{ModelLabel, WeightBits, calibrate, lower};
    use super::*;
    use landauer::StripSize;

    /// Small weights beside a large one, all of them rounded to nothing.
    fn network() -> FloatNetwork {
        let affine = |name: &str, outputs: usize, weights: Vec<f32>, bias: f32| FloatAffine {
            name: name.to_owned(),
            outputs,
            weights,
            bias: vec![bias; outputs],
        };
        let weights = (0..64 * 4).map(|w| f32::from(i8::try_from(w % 7).unwrap() - 3) * 0.1);
        let mut head = vec![0.003; 64];
        head[0] = 1.0;
        FloatNetwork {
            size: StripSize::new(2, 2).unwrap(),
            disorder: DisorderModel::AndersonBox { strength: 2.0 },
            concentration: Concentration::Uniform,
            targets: vec![Target::Conductance],
            input: FloatInput::Onsite {
                factor: 1.0,
                channels: 1,
            },
            layers: vec![FloatLayer::Dense(affine(
                "hidden",
                64,
                weights.collect(),
                1.0,
            ))],
            head: affine("head", 1, head, 0.0),
            decoder: Decoder {
                centre: vec![vec![0.2]],
                scale: vec![vec![0.5]],
            },
            mirrors: Mirrors::None,
        }
    }

    #[test]
    fn what_rounding_shifts_is_taken_off() {
        let network = network();
        let ensemble = Ensemble::new(network.disorder, network.concentration, 1).unwrap();
        let mut strips = vec![0.0; 4 * 500];
        for (number, strip) in (0..).zip(strips.chunks_exact_mut(4)) {
            ensemble.sample(number).fill_onsite(strip);
        }
        let label = ModelLabel {
            name: "test".to_owned(),
            data_hash: [0; 32],
        };
        // Weights go to the nearest integers, whatever that shifts.
        let calibration = Calibration {
            inputs: Vec::new(),
            ..calibrate(&network, &strips).unwrap()
        };
        let lowered =
            |network: &FloatNetwork| lower(network, &calibration, WeightBits::Int8, &label);
        let centred = |file: &[u8]| {
            let predict = |strip: &[f64]| network.predict(strip);
            network.decoder.centred(file, &strips, predict).unwrap()
        };
        let shift = |decoder: &Decoder| decoder.centre[0][0] - network.decoder.centre[0][0];
        let decoder = centred(&lowered(&network).unwrap());
        let lost = shift(&decoder);
        // 63 units of about 1, times 0.003, times the scale of 0.5.
        assert!((0.08..0.11).contains(&lost), "{lost}");
        let shifted = FloatNetwork {
            decoder,
            ..network.clone()
        };
        let left = shift(&centred(&lowered(&shifted).unwrap()));
        // A centre counts in 1/65536.
        assert!(left.abs() < 2e-5, "{left}");
        // What rounds them with care leaves less to be shifted from the first.
        let calibration = calibrate(&network, &strips).unwrap();
        let careful = lower(&network, &calibration, WeightBits::Int8, &label).unwrap();
        let lost_with_care = shift(&centred(&careful));
        assert!(lost_with_care.abs() < 0.1 * lost, "{lost_with_care}");
    }

    #[test]
    fn half_of_the_weight_lies_on_either_side() {
        assert_eq!(weighted_median(Vec::new()), 0.0);
        assert_eq!(
            weighted_median(vec![(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)]),
            2.0
        );
        assert_eq!(
            weighted_median(vec![(3.0, 5.0), (1.0, 1.0), (2.0, 1.0)]),
            3.0
        );
    }
}
