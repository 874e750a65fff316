//! Files of weights, in the safetensors format.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::description::KEY;
use super::error::TrainingError;
use super::weights::Weights;

/// Weights as the bytes of a safetensors file, with this [description](super::description); equal ones give
/// equal bytes.
pub(super) fn write_record(weights: &Weights, description: &str) -> Result<Vec<u8>, TrainingError> {
    let failed = |error| TrainingError::Record(format!("{error}"));
    let bytes: Vec<Vec<u8>> = weights
        .tensors
        .iter()
        .map(|tensor| tensor.values.iter().flat_map(|x| x.to_le_bytes()).collect())
        .collect();
    let views = weights.tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).map_err(failed)?;
        Ok((&*tensor.name, view))
    });
    let views: Vec<_> = views.collect::<Result<_, TrainingError>>()?;
    let metadata = HashMap::from([(KEY.to_owned(), description.to_owned())]);
    safetensors::serialize(views, Some(metadata)).map_err(failed)
}

/// Reads the bytes of a safetensors file into weights named and shaped like `wanted`.
///
/// # Errors
/// In words, the fault of the file.
pub(super) fn read_record(bytes: &[u8], wanted: &Weights) -> Result<Weights, String> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|_| "it is not a safetensors file, or was cut".to_owned())?;
    let mut weights = wanted.clone();
    for tensor in &mut weights.tensors {
        let name = &tensor.name;
        let found = file
            .tensor(name)
            .map_err(|_| format!("it has no array `{name}`"))?;
        if found.shape() != tensor.shape {
            return Err(format!(
                "its array `{name}` has the shape {:?}, and the network needs {:?}",
                found.shape(),
                tensor.shape
            ));
        }
        if found.dtype() != Dtype::F32 {
            return Err(format!(
                "its array `{name}` holds {:?}, and the network needs F32",
                found.dtype()
            ));
        }
        let (numbers, _) = found.data().as_chunks::<4>();
        for (value, &bytes) in tensor.values.iter_mut().zip(numbers) {
            *value = f32::from_le_bytes(bytes);
        }
    }
    if weights.fit(wanted) {
        Ok(weights)
    } else {
        Err("it holds numbers that are not finite".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::fast::Affine;

    fn weights() -> Weights {
        let layers = [Affine::dense(12, 5, true), Affine::dense(5, 2, false)];
        Weights::of_chain(&layers, &[], 3, false)
    }

    #[test]
    fn weights_come_back_from_files_of_the_same_bytes() {
        let tensors = write_record(&weights(), "{}").unwrap();
        assert_eq!(write_record(&weights(), "{}").unwrap(), tensors);
        assert_ne!(write_record(&weights(), "[]").unwrap(), tensors);
        let other = {
            let mut other = weights();
            other.set_flat(&vec![0.0; other.flat().len()]);
            other
        };
        assert_eq!(read_record(&tensors, &other), Ok(weights()));
        assert!(read_record(&tensors[..tensors.len() / 2], &other).is_err());
        let mut smaller = other;
        smaller.tensors.truncate(2);
        smaller.tensors[0].shape = vec![5, 1];
        smaller.tensors[0].values = vec![0.0; 5];
        assert!(read_record(&tensors, &smaller).is_err());
    }

    #[test]
    fn what_is_wrong_with_a_file_of_weights_is_said_in_a_line_of_our_own() {
        let tensors = write_record(&weights(), "{}").unwrap();
        let wanted = weights();
        let problem = |bytes: &[u8], wanted: &Weights| {
            let problem = read_record(bytes, wanted).unwrap_err();
            assert!(
                problem.is_ascii() && problem.lines().count() == 1,
                "{problem}"
            );
            problem
        };
        // The head with another name of the same length.
        let text = String::from_utf8_lossy(&tensors).into_owned();
        let place = text.find("layers.1.bias").unwrap();
        let mut renamed = tensors.clone();
        renamed[place..][..6].copy_from_slice(b"lagers");
        assert_eq!(
            problem(&renamed, &wanted),
            "it has no array `layers.1.bias`"
        );
        let mut other = weights();
        other.tensors[0].shape.reverse();
        let shape = &wanted.tensors[0].shape;
        let expected = format!(
            "its array `layers.0.weight` has the shape {shape:?}, and the network needs {:?}",
            other.tensors[0].shape
        );
        assert_eq!(problem(&tensors, &other), expected);
        for end in [0, 7, 8, 100] {
            assert!(
                problem(&tensors[..end], &wanted).contains("was cut"),
                "{end}"
            );
        }
        let lacking = tensors.len() - 4;
        let _ = problem(&tensors[..lacking], &wanted);
        let mut double = tensors.clone();
        let place = text.find("F32").unwrap();
        double[place..][..3].copy_from_slice(b"I32");
        assert!(problem(&double, &wanted).contains("holds I32"));
    }
}
