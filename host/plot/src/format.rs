//! A scene as a file.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{PlotError, Scene, png_file, svg_file};
use landauer::failure::{Categorised, Category};
use landauer::files::{PendingFile, WriteError};

/// The kinds of picture files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// Lines and letters: for papers.
    Svg,
    /// Pixels, 300 to the inch: for slides and screens.
    Png,
}

impl PictureFormat {
    /// The format that the ending of `path` names.
    ///
    /// # Errors
    /// If it is neither `.svg` nor `.png`.
    pub fn of(path: &Path) -> Result<Self, PlotError> {
        let ending = path.extension().and_then(OsStr::to_str);
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            _ => Err(PlotError::Format {
                path: path.display().to_string(),
            }),
        }
    }

    /// The bytes of the file; equal scenes give equal bytes.
    ///
    /// # Errors
    /// [`PlotError::Drawing`], which should not happen.
    pub fn encode(self, scene: &Scene) -> Result<Vec<u8>, PlotError> {
        match self {
            Self::Svg => svg_file::encode(scene).map(String::into_bytes),
            Self::Png => png_file::encode(scene),
        }
    }
}

/// A picture's file in the making: made before long work begins, so that a path that cannot be
/// written to is known at once. It leaves no trace if it is not [finished](Self::finish).
#[derive(Debug)]
pub struct PendingPicture {
    path: PathBuf,
    format: PictureFormat,
    file: PendingFile,
}

impl PendingPicture {
    /// Begins a picture that shall stand at `path`, in the format that its ending names.
    ///
    /// # Errors
    /// Another ending; a path that cannot be written to.
    pub fn create(path: &Path) -> Result<Self, WritePictureError> {
        Ok(Self {
            path: path.to_owned(),
            format: PictureFormat::of(path)?,
            file: PendingFile::create(path)?,
        })
    }

    /// Puts `scene` at its path, over what stood there.
    ///
    /// # Errors
    /// If the disk is full or the file cannot be renamed.
    pub fn finish(self, scene: &Scene) -> Result<(), WritePictureError> {
        let Self { path, format, file } = self;
        let mut file = file;
        let written = file.write_all(&format.encode(scene)?);
        written.map_err(|source| WriteError::new(&path, source))?;
        file.commit()?;
        Ok(())
    }
}

/// Writes `scene` to `path`, whole or not at all, in the format that the path's ending names.
///
/// # Errors
/// Another ending; a path that cannot be written to.
pub fn write(scene: &Scene, path: &Path) -> Result<(), WritePictureError> {
    PendingPicture::create(path)?.finish(scene)
}

/// Why a picture is not on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WritePictureError {
    /// It cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Categorised for WritePictureError {
    fn category(&self) -> Category {
        match self {
            Self::Plot(error) => error.category(),
            Self::Write(error) => error.category(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_names_the_format() {
        let format = |path: &str| PictureFormat::of(Path::new(path));
        assert_eq!(format("a/b.svg"), Ok(PictureFormat::Svg));
        assert_eq!(format("B.PNG"), Ok(PictureFormat::Png));
        for path in ["b.jpg", "svg", ".png", "a.svg.gz", ""] {
            let error = format(path).unwrap_err();
            assert!(matches!(error, PlotError::Format { .. }), "{path}");
        }
    }
}
