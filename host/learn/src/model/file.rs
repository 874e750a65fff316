//! A model's file and the card beside it: on the disk, or shipped.

use std::borrow::Cow;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use landauer_core::hybrid::format::HYBRID_MAGIC;
use landauer_core::inference::format::MAGIC;
use landauer_models::ShippedModel;

use super::{ModelBytes, ModelFileError};
use landauer::ReadError;
use landauer::internal::files;

/// Model files end so.
pub const MODEL_EXTENSION: &str = "postcard";

/// The bytes of a model file, read from the disk or one of those that come with Landauer.
///
/// The bytes are checked by [`LoadedModel`](super::LoadedModel).
#[derive(Debug, Clone)]
pub struct ModelFile {
    path: PathBuf,
    bytes: ModelBytes,
    card: CardPlace,
}

/// Where a model's card is.
#[derive(Debug, Clone, Copy)]
enum CardPlace {
    /// Beside the file, if anywhere.
    Beside,
    /// In this program.
    Shipped(&'static ShippedModel),
    /// Nowhere: the model has no file.
    Nowhere,
}

impl ModelFile {
    /// The file at `path`.
    ///
    /// # Errors
    /// An unreadable file.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let bytes = std::fs::read(path).map_err(|error| ReadError::new(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            bytes: bytes.into(),
            card: CardPlace::Beside,
        })
    }

    /// Bytes that have no file: `name` is what errors call them, and no card is looked for.
    pub(crate) fn from_bytes(name: &str, bytes: impl Into<ModelBytes>) -> Self {
        Self {
            path: PathBuf::from(name),
            bytes: bytes.into(),
            card: CardPlace::Nowhere,
        }
    }

    /// The model of this name that comes with Landauer; [`shipped_names`](Self::shipped_names) lists
    /// them.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        let model = landauer_models::find(name)?;
        Some(Self {
            path: PathBuf::from(name),
            bytes: model.bytes().into(),
            card: CardPlace::Shipped(model),
        })
    }

    /// The names of all models that come with Landauer.
    pub fn shipped_names() -> impl Iterator<Item = &'static str> {
        landauer_models::ALL.iter().map(|model| model.name())
    }

    /// The model of this name: `NAME.postcard` in `folder`, if that exists, otherwise a shipped one.
    ///
    /// # Errors
    /// An unreadable file in the folder.
    pub fn named(name: &str, folder: Option<&Path>) -> Result<Option<Self>, ReadError> {
        if let Some(folder) = folder {
            let path = folder.join(format!("{name}.{MODEL_EXTENSION}"));
            if path.is_file() {
                return Self::read(&path).map(Some);
            }
        }
        Ok(Self::shipped(name))
    }

    /// The model file at this path, or the model of this name: see [`named`](Self::named). A name has
    /// neither folder nor extension, and nothing exists at it as a path.
    ///
    /// # Errors
    /// An unreadable file, an unknown name.
    pub fn find(path_or_name: &Path, folder: Option<&Path>) -> Result<Self, ModelFileError> {
        let Some(name) = as_name(path_or_name) else {
            return Ok(Self::read(path_or_name)?);
        };
        Self::named(name, folder)?.ok_or_else(|| ModelFileError::Unknown {
            name: name.to_owned(),
            shipped: Self::shipped_names().collect::<Vec<_>>().join(", "),
            folder: folder.map(Path::to_owned),
        })
    }

    /// The same where a path may also be something else: `None` if it is neither a file that begins or
    /// ends as models do, nor a model's name.
    ///
    /// # Errors
    /// An unreadable file.
    pub fn find_if_model(
        path_or_name: &Path,
        folder: Option<&Path>,
    ) -> Result<Option<Self>, ModelFileError> {
        if looks_like_model(path_or_name) {
            return Ok(Some(Self::read(path_or_name)?));
        }
        let named = as_name(path_or_name).map(|name| Self::named(name, folder));
        Ok(named.transpose()?.flatten())
    }

    /// Its path; of a shipped model, its name.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same, to be shared.
    #[must_use]
    pub fn shared_bytes(&self) -> ModelBytes {
        self.bytes.clone()
    }

    /// The path of the model card: beside the file.
    pub(crate) fn card_path(&self) -> PathBuf {
        self.path.with_extension("json")
    }

    /// The model card, JSON; `None` without one.
    ///
    /// # Errors
    /// An unreadable card.
    pub fn card(&self) -> Result<Option<Cow<'static, [u8]>>, ReadError> {
        match self.card {
            CardPlace::Shipped(model) => return Ok(Some(model.card().as_bytes().into())),
            CardPlace::Nowhere => return Ok(None),
            CardPlace::Beside => {}
        }
        let path = self.card_path();
        match std::fs::read(&path) {
            Ok(card) => Ok(Some(card.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ReadError::new(&path, error)),
        }
    }
}

/// The path as a name, which may be that of a model: it has neither folder nor extension, and nothing
/// exists there.
fn as_name(path: &Path) -> Option<&str> {
    let bare = path.components().count() == 1 && path.extension().is_none() && !path.exists();
    path.to_str().filter(|_| bare)
}

/// A file with a model's extension or first bytes.
fn looks_like_model(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    if path.extension().is_some_and(|it| it == MODEL_EXTENSION) {
        return true;
    }
    let mut begin = [0; MAGIC.len()];
    let read = files::open(path).map(|mut file| file.read_exact(&mut begin));
    matches!(read, Ok(Ok(()))) && [MAGIC, HYBRID_MAGIC].contains(&begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_s_model_comes_before_the_shipped_one_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let mine = folder.path().join("best-g.postcard");
        std::fs::write(&mine, b"mine").unwrap();
        let named = |name| ModelFile::named(name, Some(folder.path())).unwrap();
        let found = named("best-g").unwrap();
        assert_eq!((found.path(), found.bytes()), (&*mine, &b"mine"[..]));
        // The shipped card is that of other bytes.
        assert!(found.card().unwrap().is_none());
        let found = named("best-gbar").unwrap();
        assert_eq!(found.path(), Path::new("best-gbar"));
        assert_eq!(found.bytes(), landauer_models::BEST_GBAR.bytes());
        let card = found.card().unwrap().unwrap();
        assert_eq!(&*card, landauer_models::BEST_GBAR.card().as_bytes());
        assert!(named("best-h").is_none());
    }
}
