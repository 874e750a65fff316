//! Arrays of `f64` that are written as they come.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::header::f64_header;
use crate::files::{PendingFile, WriteError};

/// A `.npy` file in the making (format 1.0, little-endian `f64`, C order): it takes its place when
/// [`commit`](Self::commit) is called, and leaves no trace if it is not.
#[derive(Debug)]
pub struct ArrayWriter {
    path: PathBuf,
    file: PendingFile,
    /// Elements that are still to come.
    left: u128,
}

impl ArrayWriter {
    /// Begins an array of this shape that shall stand at `path`.
    ///
    /// # Errors
    /// If the folder does not exist or cannot be written to.
    pub fn create(path: &Path, shape: &[u64]) -> Result<Self, WriteError> {
        let mut writer = Self {
            path: path.to_owned(),
            file: PendingFile::create(path)?,
            left: shape.iter().map(|&axis| u128::from(axis)).product(),
        };
        writer.write(&f64_header(shape))?;
        Ok(writer)
    }

    /// Appends elements.
    ///
    /// # Errors
    /// If the disk is full, or these are more elements than the shape has.
    pub fn append(&mut self, values: &[f64]) -> Result<(), WriteError> {
        let Some(left) = self.left.checked_sub(values.len() as u128) else {
            return Err(self.miscounted());
        };
        self.left = left;
        in_bytes(values, |bytes| self.write(bytes))
    }

    /// Hands everything so far to the operating system, which notices a full disk.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        let flushed = self.file.flush();
        flushed.map_err(|source| WriteError::new(&self.path, source))
    }

    /// Puts the array in its place, over what stood there.
    ///
    /// # Errors
    /// If it cannot be written, or elements are missing.
    pub fn commit(self) -> Result<(), WriteError> {
        if self.left > 0 {
            return Err(self.miscounted());
        }
        self.file.commit()
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| WriteError::new(&self.path, source))
    }

    /// A defect of the caller, which must not become a damaged file.
    fn miscounted(&self) -> WriteError {
        let source = io::Error::other("its number of elements is not that of its shape");
        WriteError::new(&self.path, source)
    }
}

/// Hands over the bytes of an array's elements, some at a time.
pub(super) fn in_bytes<E>(
    values: &[f64],
    mut put: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut bytes = [0; 8 * 1024];
    for values in values.chunks(bytes.len() / size_of::<f64>()) {
        let (slots, _) = bytes.as_chunks_mut();
        for (slot, value) in slots.iter_mut().zip(values) {
            *slot = value.to_le_bytes();
        }
        put(&bytes[..size_of_val(values)])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::ArrayFile;
    use super::*;

    #[test]
    fn what_is_written_in_parts_is_read_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("array.npy");
        let data: Vec<f64> = (0..6000).map(|k| f64::from(k).sqrt()).collect();
        let mut writer = ArrayWriter::create(&path, &[1500, 4]).unwrap();
        for part in data.chunks(1501) {
            writer.append(part).unwrap();
        }
        assert!(!path.exists());
        writer.commit().unwrap();
        let mut file = ArrayFile::open(&path).unwrap();
        assert_eq!(file.shape(), [1500, 4]);
        let mut values = Vec::new();
        file.read_run(0, data.len(), &mut values).unwrap();
        assert_eq!(values, data);
    }

    #[test]
    fn a_miscounted_array_never_appears() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("array.npy");
        let mut writer = ArrayWriter::create(&path, &[2]).unwrap();
        writer.append(&[1.0]).unwrap();
        writer.append(&[1.0, 2.0]).unwrap_err();
        writer.commit().unwrap_err();
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
