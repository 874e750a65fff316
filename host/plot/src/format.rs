//! A scene as a file.

use std::ffi::OsStr;
use std::path::Path;

use super::{PlotError, Scene, png_file, svg_file};

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
