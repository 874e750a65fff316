//! A model file in the making.

use landauer_core::inference::Model;
use landauer_core::inference::format::{Card, Curves, Layer, ModelFile, SPAN_ALIGNMENT, Span};

use super::ExportError;

/// Constants and layers of a model file in the making.
#[derive(Debug, Clone, Default)]
pub struct Program {
    constants: Vec<u8>,
    /// The layers in their order.
    pub layers: Vec<Layer>,
}

impl Program {
    /// These constants, no layers.
    pub(super) fn of(constants: &[u8]) -> Self {
        Self {
            constants: constants.to_vec(),
            layers: Vec::new(),
        }
    }

    /// The constants so far.
    pub(super) fn bytes_so_far(&self) -> &[u8] {
        &self.constants
    }

    /// Appends bytes to the constants.
    pub fn bytes(&mut self, bytes: &[u8]) -> Span {
        let alignment = SPAN_ALIGNMENT as usize;
        let start = self.constants.len().next_multiple_of(alignment);
        self.constants.resize(start, 0);
        self.constants.extend_from_slice(bytes);
        // A file of 4 GiB is refused when it is written.
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Span {
            offset: number(start),
            length: number(bytes.len()),
        }
    }

    /// Appends numbers.
    pub fn integers(&mut self, numbers: &[i32]) -> Span {
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.bytes(&bytes)
    }

    /// Appends constants that do not depend on the impurity count.
    pub fn constants(&mut self, numbers: &[i32]) -> Curves {
        let curves = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        Curves::constants(curves, self.integers(numbers))
    }

    /// The bytes of the file, which core has accepted.
    ///
    /// # Errors
    /// A file that core refuses: a sum that could overflow, a tensor outside the arena.
    pub fn file(&self, card: &Card<'_>) -> Result<Vec<u8>, ExportError> {
        let file = ModelFile {
            card,
            layers: &self.layers,
            constants: &self.constants,
        };
        let mut bytes = vec![0; file.encoded_len().map_err(ExportError::Write)?];
        file.encode(&mut bytes).map_err(ExportError::Write)?;
        Model::parse(&bytes).map_err(ExportError::InvalidModel)?;
        Ok(bytes)
    }
}
