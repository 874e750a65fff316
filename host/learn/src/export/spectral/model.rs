//! A spectral network as something to export.

use landauer_core::inference::Target;

use super::super::{ExportError, FloatModel, Lowered, ModelLabel, WeightBits};
use super::float::gelu;
use super::{FloatSpectral, calibrate_spectral, lower_spectral};
use landauer::StripSize;

impl FloatModel for FloatSpectral {
    fn size(&self) -> StripSize {
        self.size
    }

    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn tensors(&self, onsite: &[f64]) -> Vec<(String, Vec<f32>)> {
        if self.count(onsite) > self.largest_count() {
            return Vec::new();
        }
        let shape = &self.shape;
        let trace = self.trace(onsite);
        let mut tensors = vec![tensor("input", trace.input)];
        if shape.local > 0 {
            tensors.push(tensor("neighbours", trace.hidden));
            tensors.push(tensor("local maps", trace.local));
        }
        for (channel, modes) in trace.across.chunks_exact(shape.sites()).enumerate() {
            let name = format!("across {}", channel + 1);
            tensors.push(tensor(&name, modes.iter().copied()));
        }
        let lowest: Vec<f64> = trace.modes.iter().copied().step_by(shape.sites()).collect();
        tensors.push(tensor("modes", trace.modes));
        tensors.push(tensor("products", trace.products));
        tensors.push(tensor("units", trace.units.into_iter().map(gelu)));
        for (channel, &mode) in lowest.iter().enumerate() {
            let name = format!("lowest mode {}", channel + 1);
            tensors.push(tensor(&name, [mode]));
        }
        tensors.push(tensor("hidden", trace.sums.into_iter().map(gelu)));
        tensors
    }

    fn lower(
        &self,
        strips: &[f64],
        bits: WeightBits,
        label: &ModelLabel,
    ) -> Result<Lowered, ExportError> {
        if bits != WeightBits::Int8 {
            return Err(ExportError::Kind("spectral, with weights of 4 bits,"));
        }
        let calibration = calibrate_spectral(self, strips)?;
        let file = lower_spectral(self, &calibration, label)?.bytes;
        let predict = |strip: &[f64]| self.predict(strip);
        let centred = Self {
            decoder: self.decoder.centred(&file, strips, predict)?,
            ..self.clone()
        };
        lower_spectral(&centred, &calibration, label)
    }
}

fn tensor(name: &str, numbers: impl IntoIterator<Item = f64>) -> (String, Vec<f32>) {
    #[allow(clippy::cast_possible_truncation, reason = "single precision is meant")]
    let numbers = numbers.into_iter().map(|number| number as f32);
    (name.to_owned(), numbers.collect())
}
