//! `.npy` files made by hand, good and bad, and a reader that is not ours.

use std::fs::File;
use std::path::Path;

/// A file with this version and this text for a header, correctly counted, and these data.
///
/// # Panics
/// If the text is longer than the version can say.
#[must_use]
pub fn with_header(version: [u8; 2], text: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend(version);
    if version == [1, 0] {
        let length = u16::try_from(text.len()).expect("a short header");
        bytes.extend(length.to_le_bytes());
    } else {
        let length = u32::try_from(text.len()).expect("a header");
        bytes.extend(length.to_le_bytes());
    }
    bytes.extend(text.as_bytes());
    bytes.extend(data);
    bytes
}

/// The dictionary of a header; `descr` and `shape` as Python writes them.
#[must_use]
pub fn dictionary(descr: &str, fortran: bool, shape: &str) -> String {
    let order = if fortran { "True" } else { "False" };
    format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n")
}

/// An array of elements of type `descr` (e.g. `<f8`), given in C order, stored in C or Fortran
/// order.
#[must_use]
pub fn array(descr: &str, fortran: bool, shape: &[usize], values: &[f64]) -> Vec<u8> {
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let axes = format!("({}{comma})", axes.join(", "));
    let text = dictionary(&format!("'{descr}'"), fortran, &axes);
    let stored = if fortran {
        fortran_order(shape, values)
    } else {
        values.to_vec()
    };
    let data: Vec<u8> = stored
        .iter()
        .flat_map(|&value| element(descr, value))
        .collect();
    with_header([1, 0], &text, &data)
}

/// An array of little-endian `f64` in C order.
#[must_use]
pub fn f64_array(shape: &[usize], values: &[f64]) -> Vec<u8> {
    array("<f8", false, shape, values)
}

/// The values, given with the last index fastest, with the first index fastest.
fn fortran_order(shape: &[usize], values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<(usize, f64)> = Vec::new();
    for (place, &value) in values.iter().enumerate() {
        let mut rest = place;
        let mut fortran_place = 0;
        for (axis, &length) in shape.iter().enumerate().rev() {
            fortran_place += rest % length * shape[..axis].iter().product::<usize>();
            rest /= length;
        }
        sorted.push((fortran_place, value));
    }
    sorted.sort_by_key(|&(place, _)| place);
    sorted.into_iter().map(|(_, value)| value).collect()
}

/// One element as it lies in a file.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests use small whole numbers where it matters"
)]
fn element(descr: &str, value: f64) -> Vec<u8> {
    let mut bytes = match &descr[1..] {
        "b1" => vec![u8::from(value != 0.0)],
        "i1" => (value as i8).to_le_bytes().to_vec(),
        "i2" => (value as i16).to_le_bytes().to_vec(),
        "i4" => (value as i32).to_le_bytes().to_vec(),
        "i8" => (value as i64).to_le_bytes().to_vec(),
        "u1" => (value as u8).to_le_bytes().to_vec(),
        "u2" => (value as u16).to_le_bytes().to_vec(),
        "u4" => (value as u32).to_le_bytes().to_vec(),
        "u8" => (value as u64).to_le_bytes().to_vec(),
        "f2" => half_precision(value).to_le_bytes().to_vec(),
        "f4" => (value as f32).to_le_bytes().to_vec(),
        "f8" => value.to_le_bytes().to_vec(),
        other => panic!("no elements of type {other} here"),
    };
    if descr.starts_with('>') {
        bytes.reverse();
    }
    bytes
}

/// The bits of a number with at most 11 binary digits, between 2⁻¹⁴ and 2¹⁵, as binary16.
fn half_precision(value: f64) -> u16 {
    let bits = value.to_bits();
    if value == 0.0 {
        return 0;
    }
    let exponent = (bits >> 52 & 0x7ff) - 1023 + 15;
    let half = bits >> 63 << 15 | exponent << 10 | bits >> 42 & 0x3ff;
    u16::try_from(half).expect("a small number")
}

/// Shape and elements of a file of `f64`, read by the `npyz` crate.
///
/// # Panics
/// If it is not one.
#[must_use]
pub fn read(path: &Path) -> (Vec<u64>, Vec<f64>) {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let array = npyz::NpyFile::new(file).expect("an .npy file");
    let shape = array.shape().to_vec();
    (shape, array.into_vec().expect("an array of f64"))
}
