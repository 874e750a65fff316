//! Whatever bytes a `.npy` file has.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use landauer::npy::{ArrayError, ArrayFile, ArrayProblem, ArrayWriter, Order};
use landauer::npy::{OnsiteFile, read_energies};
use npyz::NpyFile;

use super::folder::Folder;
use super::{Target, words};
use crate::npy::array;

/// A file that claims at most this many bytes of data is given them.
const MOST: u128 = 1 << 14;

/// `.npy` files, as they come and with lengths that are right.
pub struct Npy {
    folder: Folder,
}

impl Npy {
    /// With a folder of its own for the files.
    #[must_use]
    pub(super) fn new() -> Self {
        let folder = Folder::new();
        fs::create_dir(folder.path("")).unwrap_or_default();
        Self { folder }
    }
}

impl Target for Npy {
    fn name(&self) -> &'static str {
        "npy"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut seeds = Vec::new();
        for descr in [
            "<f8", ">f8", "<f4", "<f2", "<i8", "<i4", ">i2", "|i1", "<u8", "<u4", "|b1",
        ] {
            seeds.push(array(descr, false, &[2, 2], &[0.0, 1.0, 1.0, 0.0]));
        }
        seeds.push(array("<f4", true, &[2, 3, 2], &[0.5; 12]));
        seeds.push(array("<f8", false, &[3], &[0.0, -0.5, 0.25]));
        seeds.push(array("<f8", true, &[], &[0.25]));
        seeds
    }

    fn run(&self, bytes: &[u8]) -> bool {
        let mut accepted = false;
        let file = self.folder.path("array.npy");
        let counted = counted(bytes);
        for bytes in [bytes, &counted] {
            fs::write(&file, bytes).expect("a file");
            let (sound, claim) = read(&file, bytes, &self.folder.path("again.npy"));
            accepted |= sound;
            // As long as it claims to be, if that is short.
            if let Some((start, promised)) = claim
                && promised <= MOST
            {
                let length = start + usize::try_from(promised).expect("it is small");
                let mut fitting = bytes.to_vec();
                fitting.resize(length, 0x3f);
                fs::write(&file, &fitting).expect("a file");
                let (sound, _) = read(&file, &fitting, &self.folder.path("again.npy"));
                assert!(sound, "it has the length that it wants");
                accepted = true;
            }
        }
        accepted
    }
}

/// The file with a version 1.0 header that ends with the first line after the magic bytes.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let text = bytes.get(10..).unwrap_or_default();
    let length = text.iter().position(|&byte| byte == b'\n');
    let length = length.map_or(text.len(), |end| end + 1);
    if let (Some(start), Ok(length)) = (bytes.get_mut(..10), u16::try_from(length)) {
        start[..8].copy_from_slice(b"\x93NUMPY\x01\x00");
        start[8..].copy_from_slice(&length.to_le_bytes());
    }
    bytes
}

/// Reads the file in all ways; tells whether it is an array, and if only its length is wrong, where its
/// data begin and how many bytes of them it claims.
fn read(file: &Path, bytes: &[u8], again: &Path) -> (bool, Option<(usize, u128)>) {
    match read_energies(file) {
        Ok(energies) => {
            assert!(!energies.is_empty() && energies.iter().all(|energy| energy.is_finite()));
            assert!(energies.len() <= bytes.len());
        }
        Err(error) => words::check(&error.to_string(), bytes),
    }
    match OnsiteFile::open(file) {
        Ok(lattices) => lattices_hold(lattices, bytes),
        Err(error) => words::check(&error.to_string(), bytes),
    }
    match ArrayFile::open(file) {
        Ok(mut array) => {
            let values = elements(&mut array, bytes.len());
            like_npyz(bytes, &array, &values);
            let shape = array.shape().to_vec();
            drop(array);
            comes_back(again, &shape, &values);
            (true, None)
        }
        Err(ArrayError::Content { problem, path }) => {
            assert_eq!(path, file);
            words::check(&problem.to_string(), bytes);
            match problem {
                ArrayProblem::TruncatedData {
                    promised, found, ..
                }
                | ArrayProblem::TrailingData {
                    promised, found, ..
                } => {
                    let found = usize::try_from(found).expect("a part of the file");
                    (false, Some((bytes.len() - found, promised)))
                }
                _ => (false, None),
            }
        }
        Err(error) => panic!("it is there: {error}"),
    }
}

/// All elements, in one run, in two, and none beyond them.
fn elements(array: &mut ArrayFile, length: usize) -> Vec<f64> {
    let shape = array.shape().iter().map(|&axis| u128::from(axis));
    let count = if array.shape().contains(&0) {
        0
    } else {
        usize::try_from(shape.product::<u128>()).expect("they are in the file")
    };
    assert!(count <= length, "{count} elements in {length} bytes");
    let mut values = Vec::new();
    array.read_run(0, count, &mut values).expect("all");
    assert_eq!(values.len(), count);
    let mut parts = Vec::new();
    let half = count / 2;
    array
        .read_run(half as u64, count - half, &mut parts)
        .expect("the second half");
    array.read_run(0, half, &mut parts).expect("the first half");
    parts.rotate_left(count - half);
    assert!(same_bits(&parts, &values));
    for (first, count) in [(count as u64, 1), (u64::MAX, 1), (0, usize::MAX)] {
        let error = array.read_run(first, count, &mut parts);
        let error = error.expect_err("there are no more");
        words::check(&error.to_string(), &[]);
    }
    values
}

fn lattices_hold(mut lattices: OnsiteFile, bytes: &[u8]) {
    let samples = usize::try_from(lattices.samples()).expect("they are in the file");
    let sites = lattices.size().sites();
    assert!(samples >= 1 && samples * sites <= bytes.len());
    let all = lattices.read_block(0, samples);
    let mut one_by_one = Vec::new();
    let mut failed = None;
    for sample in 0..samples {
        match lattices.read_block(sample as u64, 1) {
            Ok(strip) => one_by_one.extend(strip),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match (all, failed) {
        (Ok(all), None) => {
            assert_eq!(all.len(), samples * sites);
            assert!(all.iter().all(|energy| energy.is_finite()));
            assert!(same_bits(&all, &one_by_one));
        }
        (Err(one), Some(other)) => {
            assert_eq!(one.to_string(), other.to_string());
            words::check(&one.to_string(), bytes);
        }
        (all, failed) => panic!("{all:?}, but sample by sample {failed:?}"),
    }
}

fn same_bits(one: &[f64], other: &[f64]) -> bool {
    let bits = |values: &[f64]| {
        values
            .iter()
            .map(|value| value.to_bits())
            .collect::<Vec<_>>()
    };
    bits(one) == bits(other)
}

/// The elements are those that the crate `npyz` reads, where it does.
fn like_npyz(bytes: &[u8], array: &ArrayFile, values: &[f64]) {
    let Ok(file) = NpyFile::new(bytes) else {
        return;
    };
    assert_eq!(file.shape(), array.shape());
    let fortran = file.order() == npyz::Order::Fortran;
    assert_eq!(fortran, array.order() == Order::Fortran);
    let descr = file.dtype().descr();
    #[allow(clippy::cast_precision_loss, reason = "as NumPy does it")]
    let expected: Option<Vec<f64>> = match descr.get(2..descr.len() - 1) {
        Some("f8") => theirs(bytes, |value: f64| value),
        Some("f4") => theirs(bytes, |value: f32| value.into()),
        Some("i1") => theirs(bytes, |value: i8| value.into()),
        Some("i2") => theirs(bytes, |value: i16| value.into()),
        Some("i4") => theirs(bytes, |value: i32| value.into()),
        Some("i8") => theirs(bytes, |value: i64| value as f64),
        Some("u1") => theirs(bytes, |value: u8| value.into()),
        Some("u2") => theirs(bytes, |value: u16| value.into()),
        Some("u4") => theirs(bytes, |value: u32| value.into()),
        Some("u8") => theirs(bytes, |value: u64| value as f64),
        _ => None,
    };
    if let Some(expected) = expected {
        assert!(same_bits(&expected, values), "{expected:?}, {values:?}");
    }
}

fn theirs<T: npyz::Deserialize>(bytes: &[u8], widen: impl Fn(T) -> f64) -> Option<Vec<f64>> {
    let file = NpyFile::new(bytes).ok()?;
    let values = file.into_vec::<T>().ok()?;
    Some(values.into_iter().map(widen).collect())
}

/// What is written as an array of `f64` is read again, bit by bit.
fn comes_back(file: &Path, shape: &[u64], values: &[f64]) {
    fn done<T, E: Display>(result: Result<T, E>) -> T {
        result.unwrap_or_else(|error| panic!("{error}"))
    }
    // NumPy has no more axes, and no more is promised.
    if shape.len() > 4 {
        return;
    }
    let mut writer = done(ArrayWriter::create(file, shape));
    done(writer.append(values));
    done(writer.commit());
    let mut array = done(ArrayFile::open(file));
    assert_eq!((array.shape(), array.order()), (shape, Order::C));
    let mut found = Vec::new();
    done(array.read_run(0, values.len(), &mut found));
    assert!(same_bits(&found, values));
}
