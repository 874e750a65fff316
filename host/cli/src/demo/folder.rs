//! The demo's folder: its own, or none.

use std::fs;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::{Path, PathBuf};

use landauer::failure::{Categorised, Category};
use landauer::internal::files::{self, ReadError, WriteError};

/// The file by which a demo knows its folder.
const NOTE: &str = "README.txt";
/// Its content.
const TEXT: &str = "\
Made by `landauer demo`, which may write over everything that it put here.

strip       one strip of model II (40 x 40 sites, n = 10 %) between its leads; its transmission and
            the propagating modes of the leads over energy
p_of_g      the share of strips with a conductance in [G - 0.1, G + 0.1), n = 10 %
g_of_n      conductance of strips against their impurity concentration; g_of_n_log: logarithmic
strips.zarr, strips-n10.zarr
            the data: exact conductances of 512 strips each, in Zarr v3
small.zarr, small-test.zarr
            40,000 and 5,000 strips of model I (3 x 3 sites, w = 4)
network     the paper's network, trained on small.zarr: its run, and its predictions for
            small-test.zarr in floats and in integers beside the exact values
network.postcard, network.json
            the network in integers, as landauer-core reads it, and its card

Conductances are in units of G0 = 2e^2/h, energies in units of the hopping t.
";

/// A folder that the demo may write to.
#[derive(Debug)]
pub(super) struct DemoFolder(PathBuf);

impl DemoFolder {
    /// Makes the folder, or takes that of an earlier demo.
    pub(super) fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |source| WriteError::new(path, source);
        let note = path.join(NOTE);
        match fs::read_dir(path) {
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => {
                files::make_folder(path)?;
            }
            Err(error) => return Err(failed(error).into()),
            Ok(mut entries) => {
                if entries.next().is_some() && !is_note(&note)? {
                    let path = path.to_owned();
                    return Err(FolderError::Foreign { path });
                }
            }
        }
        files::replace(&note, TEXT.as_bytes())?;
        Ok(Self(path.to_owned()))
    }

    /// The path of something in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn display(&self) -> std::path::Display<'_> {
        self.0.display()
    }
}

/// Is this a note that a demo has left?
fn is_note(path: &Path) -> Result<bool, ReadError> {
    let first_line = |text: &[u8]| text.split(|&byte| byte == b'\n').next().map(<[u8]>::to_vec);
    match fs::read(path) {
        Ok(found) => Ok(first_line(&found) == first_line(TEXT.as_bytes())),
        Err(error) if error.kind() == NotFound => Ok(false),
        Err(error) => Err(ReadError::new(path, error)),
    }
}

/// Why the demo has no folder.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    /// Something else is in it.
    #[error(
        "{} holds files that are not of an earlier demo: give another --output",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// The note of an earlier demo cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It cannot be made, or written to.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Categorised for FolderError {
    fn category(&self) -> Category {
        match self {
            Self::Foreign { .. } => Category::Refused,
            Self::Read(error) => error.category(),
            Self::Write(error) => error.category(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_empty_and_own_folders_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        DemoFolder::open(folder.path()).unwrap();
        // Its own, with whatever else.
        fs::write(folder.path().join("notes.md"), "mine").unwrap();
        DemoFolder::open(folder.path()).unwrap();
        DemoFolder::open(&folder.path().join("a/b")).unwrap();

        let foreign = tempfile::tempdir().unwrap();
        fs::write(foreign.path().join(NOTE), "My project\n").unwrap();
        let error = DemoFolder::open(foreign.path()).unwrap_err();
        assert_eq!(error.category(), Category::Refused);
        let text = fs::read_to_string(foreign.path().join(NOTE)).unwrap();
        assert_eq!(text, "My project\n");
        let file = DemoFolder::open(&foreign.path().join(NOTE)).unwrap_err();
        assert_eq!(file.category(), Category::System);
    }
}
