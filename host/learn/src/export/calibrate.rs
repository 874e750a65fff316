//! How large activations get, and how they vary together.

use landauer_core::inference::Image;
use rayon::prelude::*;

use super::rounding::InputStatistics;
use super::scale::Magnitudes;
use super::{ExportError, FloatInput, FloatLayer, FloatNetwork};

/// What training strips say of a network's tensors: of the input, then of every hidden layer's output.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// What 1 of each tensor stands for.
    pub steps: Vec<f64>,
    /// How the elements of each tensor vary together that a dense layer or the head reads.
    pub(super) inputs: Vec<Option<InputStatistics>>,
}

/// Runs the network on training strips (`[sample, slice, row]`, in units of t) and finds for each
/// tensor the step with the least mean squared error, and what rounding the weights behind it needs.
///
/// # Errors
/// A network whose layers do not fit, activations that are not finite, no strips.
pub fn calibrate(network: &FloatNetwork, onsite: &[f64]) -> Result<Calibration, ExportError> {
    let shapes = network.shapes()?;
    let sites = network.size.length() * network.size.width();
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
        FloatInput::Species(values) | FloatInput::Standardised { values, .. } => values
            .iter()
            .fold(0.0, |most: f64, &value| most.max(f64::from(value.abs()))),
        FloatInput::Onsite { factor, .. } => f64::from(factor.abs()) * network.disorder.bound(),
    };
    if largest > 0.0 {
        steps[0] = largest / 127.0;
    }
    let inputs = (0..shapes.len()).into_par_iter().map(|tensor| {
        let is_dense = matches!(
            network.layers.get(tensor),
            None | Some(FloatLayer::Dense(_))
        );
        // The integers of such an input depend on the impurity count.
        let is_plain = tensor > 0 || !matches!(network.input, FloatInput::Standardised { .. });
        (is_dense && is_plain)
            .then(|| InputStatistics::of(runs.iter().map(|run| run[tensor].as_slice())))
            .flatten()
    });
    Ok(Calibration {
        steps,
        inputs: inputs.collect(),
    })
}
