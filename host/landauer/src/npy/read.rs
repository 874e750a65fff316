//! An array in a file, read in runs.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::header::{Header, NoHeader};
use super::{ArrayError, ElementType, Order};
use crate::files::{self, ReadError};

/// Bytes that are decoded at once.
const PIECE: usize = 64 * 1024;

/// A `.npy` file of real numbers whose header has been checked against its length.
#[derive(Debug)]
pub struct ArrayFile {
    path: PathBuf,
    header: Header,
    /// How many there are, of all axes.
    elements: u64,
    reader: BufReader<File>,
    /// Where the reader stands, in bytes from the beginning of the file.
    position: u64,
    /// Room for the bytes that are decoded at once.
    piece: Vec<u8>,
}

impl ArrayFile {
    /// Opens the array at `path`; reads no element.
    ///
    /// # Errors
    /// A file that cannot be read, is no `.npy` file, holds no real numbers, or is shorter or
    /// longer than its header says.
    pub fn open(path: &Path) -> Result<Self, ArrayError> {
        let unreadable = |source| ReadError::new(path, source);
        let known = fs::metadata(path).map_err(unreadable)?;
        // A pipe has no length to check, and opening one could wait for ever.
        if !known.is_file() && !known.is_dir() {
            let source = io::Error::other("not a regular file (a pipe?); save the array to a file");
            return Err(unreadable(source).into());
        }
        let file = files::open(path)?;
        let file_length = file.metadata().map_err(unreadable)?.len();
        let mut reader = BufReader::new(file);
        let header =
            Header::read(&mut reader, file_length).map_err(|no_header| match no_header {
                NoHeader::Read(source) => unreadable(source).into(),
                NoHeader::Content(problem) => ArrayError::content(path, problem),
            })?;
        let whole = header.check_length(file_length);
        whole.map_err(|problem| ArrayError::content(path, problem))?;
        Ok(Self {
            path: path.to_owned(),
            elements: (file_length - header.data_start) / header.element.size() as u64,
            position: header.data_start,
            header,
            reader,
            piece: vec![0; PIECE],
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lengths of the axes.
    #[must_use]
    pub fn shape(&self) -> &[u64] {
        &self.header.shape
    }

    /// The type of the elements.
    #[must_use]
    pub const fn element(&self) -> ElementType {
        self.header.element
    }

    /// How the elements follow each other.
    #[must_use]
    pub const fn order(&self) -> Order {
        self.header.order
    }

    /// Appends `count` neighbouring elements from element `first` on (in the file's own order) to
    /// `values`.
    ///
    /// # Errors
    /// If there are no such elements; if the file cannot be read any more, or has become shorter.
    pub fn read_run(
        &mut self,
        first: u64,
        count: usize,
        values: &mut Vec<f64>,
    ) -> Result<(), ReadError> {
        let read = self.read_run_unnamed(first, count, values);
        read.map_err(|source| ReadError::new(&self.path, source))
    }

    fn read_run_unnamed(
        &mut self,
        first: u64,
        count: usize,
        values: &mut Vec<f64>,
    ) -> io::Result<()> {
        let element = self.header.element;
        if first
            .checked_add(count as u64)
            .is_none_or(|end| end > self.elements)
        {
            return Err(io::Error::other(format!(
                "{count} elements from number {first} on were asked for, and the array has {}",
                self.elements
            )));
        }
        let start = self.header.data_start + first * element.size() as u64;
        // Relative, so that what is in the buffer is used.
        self.reader
            .seek_relative(start.wrapping_sub(self.position).cast_signed())?;
        self.position = start;
        let mut left = count * element.size();
        while left > 0 {
            let piece = &mut self.piece[..left.min(PIECE)];
            self.reader.read_exact(piece)?;
            self.position += piece.len() as u64;
            left -= piece.len();
            element.decode(piece, values);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::header::f64_header;
    use super::*;

    fn opened(shape: &[u64], data: &[f64], more: &[u8]) -> Result<ArrayFile, ArrayError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("array.npy");
        let mut bytes = f64_header(shape);
        bytes.extend(data.iter().flat_map(|value| value.to_le_bytes()));
        bytes.extend(more);
        fs::write(&path, bytes).unwrap();
        ArrayFile::open(&path)
    }

    #[test]
    fn runs_are_read_in_any_order() {
        let data: Vec<f64> = (0..20_000).map(f64::from).collect();
        let mut file = opened(&[100, 200], &data, &[]).unwrap();
        for (first, count) in [(0, 3), (10, 19_000), (5, 1), (19_999, 1), (20_000, 0)] {
            let mut values = vec![-1.0];
            file.read_run(first as u64, count, &mut values).unwrap();
            assert_eq!(values[1..], data[first..first + count]);
        }
    }

    #[test]
    fn what_is_beyond_the_last_element_is_no_element() {
        let mut file = opened(&[3], &[1.0, 2.0, 3.0], &[]).unwrap();
        for (first, count) in [
            (0, 4),
            (3, 1),
            (u64::MAX, 1),
            (0, usize::MAX),
            (u64::MAX, 2),
        ] {
            let mut values = Vec::new();
            let error = file.read_run(first, count, &mut values).unwrap_err();
            assert!(error.to_string().contains("the array has 3"), "{error}");
            assert!(values.is_empty(), "{first} {count}");
        }
        let mut values = Vec::new();
        file.read_run(1, 2, &mut values).unwrap();
        assert_eq!(values, [2.0, 3.0]);
    }

    #[test]
    fn the_length_must_be_that_of_the_header() {
        let problem = |file: Result<ArrayFile, ArrayError>| match file.unwrap_err() {
            ArrayError::Content { problem, .. } => problem.to_string(),
            ArrayError::Read(error) => panic!("{error}"),
        };
        assert!(opened(&[], &[1.0], &[]).is_ok());
        assert!(opened(&[0, 7], &[], &[]).is_ok());
        let short = problem(opened(&[2, 2], &[0.0; 3], &[]));
        assert!(
            short.contains("32 bytes") && short.contains("only 24"),
            "{short}"
        );
        let long = problem(opened(&[2, 2], &[0.0; 4], &[7]));
        assert!(long.starts_with("1 bytes too many"), "{long}");
        let absurd = problem(opened(&[1_000_000_000_000], &[], &[]));
        assert!(absurd.contains("8000000000000 bytes"), "{absurd}");
        let overflowing = problem(opened(&[u64::MAX, u64::MAX, u64::MAX], &[], &[]));
        assert!(overflowing.contains("truncated"), "{overflowing}");
    }
}
