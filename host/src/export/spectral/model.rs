//! A spectral network as something to export.

use landauer_core::inference::Target;

use super::super::{ExportError, FloatModel, Identity, WeightBits};
use super::{FloatSpectral, calibrate_spectral, lower_spectral};
use crate::ensemble::StripSize;

impl FloatModel for FloatSpectral {
    fn size(&self) -> StripSize {
        StripSize {
            length: self.shape.length,
            width: self.shape.width,
        }
    }

    fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// None: the rows of its tensors have steps of their own, which a tensor's scale cannot say.
    fn tensors(&self, _onsite: &[f64]) -> Vec<(String, Vec<f32>)> {
        Vec::new()
    }

    fn lower(
        &self,
        strips: &[f64],
        bits: WeightBits,
        identity: &Identity,
    ) -> Result<Vec<u8>, ExportError> {
        if bits != WeightBits::Int8 {
            return Err(ExportError::Kind("spectral, with weights of 4 bits,"));
        }
        let calibration = calibrate_spectral(self, strips)?;
        lower_spectral(self, &calibration, identity)
    }
}
