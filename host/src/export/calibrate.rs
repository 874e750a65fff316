//! How large activations get.

use landauer_core::inference::Image;
use rayon::prelude::*;

use super::scale::Magnitudes;
use super::{ExportError, FloatNetwork};

/// What 1 of each tensor stands for: of the input, then of every hidden layer's output.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The steps.
    pub steps: Vec<f64>,
}

/// Runs the network on training strips (`[sample, slice, row]`, in units of t) and finds for each
/// tensor the step with the least mean squared error.
///
/// # Errors
/// A network whose layers do not fit, activations that are not finite, no strips.
pub fn calibrate(network: &FloatNetwork, onsite: &[f64]) -> Result<Calibration, ExportError> {
    let shapes = network.shapes()?;
    let sites = network.size.length * network.size.width;
    let strips = onsite.par_chunks_exact(sites.max(1));
    let runs: Vec<Vec<Vec<f32>>> = strips
        .map(|onsite| network.activations(onsite, Image::default()))
        .collect();
    if runs.is_empty() {
        return Err(ExportError::NothingToCalibrate);
    }
    let steps = (0..shapes.len()).map(|tensor| {
        let numbers = runs.iter().flat_map(|run| &run[tensor]);
        if !numbers.clone().all(|number| number.is_finite()) {
            let layer = match tensor.checked_sub(1) {
                Some(layer) => network.layers[layer].affine().name.clone(),
                None => "the input".to_owned(),
            };
            return Err(ExportError::NotFinite { layer });
        }
        Ok(Magnitudes::of(numbers).best_step())
    });
    let mut steps = steps.collect::<Result<Vec<f64>, _>>()?;
    // The input has few values, which shall be exact: the largest is 127 steps.
    let largest = match &network.input {
        super::FloatInput::Species(values) | super::FloatInput::Standardised { values, .. } => {
            values
                .iter()
                .fold(0.0, |most: f64, &value| most.max(f64::from(value.abs())))
        }
        super::FloatInput::Onsite { factor, .. } => match network.disorder {
            landauer_core::DisorderModel::AndersonBox { strength } => {
                f64::from(factor.abs()) * strength / 2.0
            }
            _ => 0.0,
        },
    };
    if largest > 0.0 {
        steps[0] = largest / 127.0;
    }
    Ok(Calibration { steps })
}
