//! Pictures on their way to files.

use std::io::Write;
use std::path::{Path, PathBuf};

use landauer::failure::{Categorised, Category};
use landauer::internal::files::{PendingFile, WriteError};
use landauer_plot::{PictureFormat, PlotError, Scene};

/// Why no picture was drawn.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct PictureError(#[from] pub(super) PlotError);

impl Categorised for PictureError {
    fn category(&self) -> Category {
        match self.0 {
            PlotError::Format { .. } => Category::Usage,
            PlotError::Drawing(_) => Category::Internal,
            _ => Category::Input,
        }
    }
}

/// A picture's file in the making: made before long work begins, so that an unwritable path
/// is an error at once. It leaves no trace if it is not [finished](Self::finish).
#[derive(Debug)]
pub(super) struct PendingPicture {
    path: PathBuf,
    format: PictureFormat,
    file: PendingFile,
}

impl PendingPicture {
    /// Begins a picture that shall stand at `path`, in the format that its ending names.
    ///
    pub(super) fn create(path: &Path) -> Result<Self, WritePictureError> {
        Ok(Self {
            path: path.to_owned(),
            format: PictureFormat::of(path).map_err(PictureError)?,
            file: PendingFile::create(path)?,
        })
    }

    /// Puts `scene` at its path, over what stood there.
    ///
    pub(super) fn finish(self, scene: &Scene) -> Result<(), WritePictureError> {
        let Self { path, format, file } = self;
        let mut file = file;
        let written = file.write_all(&format.encode(scene).map_err(PictureError)?);
        written.map_err(|source| WriteError::new(&path, source))?;
        file.commit()?;
        Ok(())
    }
}

/// Writes `scene` to `path`, whole or not at all, in the format that the path's ending names.
///
pub(super) fn write(scene: &Scene, path: &Path) -> Result<(), WritePictureError> {
    PendingPicture::create(path)?.finish(scene)
}

/// Why a picture is not on disk.
#[derive(Debug, thiserror::Error)]
pub(super) enum WritePictureError {
    /// It cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PictureError),
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
