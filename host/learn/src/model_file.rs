//! A model's file and the card beside it: on the disk, or shipped.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use landauer::ReadError;
use landauer_models::ShippedModel;

/// Model files end so.
pub const MODEL_EXTENSION: &str = "postcard";

/// The bytes of a model file, read from the disk or one of those that come with Landauer.
///
/// What the bytes are is checked by whoever makes a predictor of them:
///
/// ```
/// use landauer_learn::ModelFile;
/// use landauer_learn::inference::IntegerPredictor;
/// use landauer_learn::evaluation::Predictor;
///
/// let file = ModelFile::shipped("best-g").expect("it is shipped");
/// let mut network = IntegerPredictor::from_file(&file)?;
/// let mut g = [0.0];
/// network.predict(&[0.0; 1600], &mut g)?; // in units of G0
/// assert!((g[0] - 40.0).abs() < 1.0); // no disorder: 40 propagating modes
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ModelFile {
    path: PathBuf,
    bytes: Cow<'static, [u8]>,
    /// Its card is known, and nothing is looked for beside `path`.
    shipped: Option<&'static ShippedModel>,
}

impl ModelFile {
    /// The file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let bytes = std::fs::read(path).map_err(|error| ReadError::new(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            bytes: bytes.into(),
            shipped: None,
        })
    }

    /// The model of this name that comes with Landauer; [`shipped_names`](Self::shipped_names) lists
    /// them.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        let model = landauer_models::find(name)?;
        Some(Self {
            path: PathBuf::from(name),
            bytes: model.bytes().into(),
            shipped: Some(model),
        })
    }

    /// The names of all models that come with Landauer.
    pub fn shipped_names() -> impl Iterator<Item = &'static str> {
        landauer_models::ALL.iter().map(|model| model.name())
    }

    /// The model of this name: `NAME.postcard` in `folder`, if it is there, or else a shipped one.
    ///
    /// # Errors
    /// A file in the folder that cannot be read.
    pub fn named(name: &str, folder: Option<&Path>) -> Result<Option<Self>, ReadError> {
        if let Some(folder) = folder {
            let path = folder.join(format!("{name}.{MODEL_EXTENSION}"));
            if path.is_file() {
                return Self::read(&path).map(Some);
            }
        }
        Ok(Self::shipped(name))
    }

    /// Where it is; of a shipped model, its name.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, for as long as one likes: not copied if they are shipped.
    #[must_use]
    pub fn to_bytes(&self) -> Cow<'static, [u8]> {
        self.bytes.clone()
    }

    /// Where the model card is: beside the file.
    pub(crate) fn card_path(&self) -> PathBuf {
        self.path.with_extension("json")
    }

    /// The model card, JSON, if there is one.
    ///
    /// # Errors
    /// A card that cannot be read.
    pub fn card(&self) -> Result<Option<Cow<'static, [u8]>>, ReadError> {
        if let Some(model) = self.shipped {
            return Ok(Some(model.card().as_bytes().into()));
        }
        let path = self.card_path();
        match std::fs::read(&path) {
            Ok(card) => Ok(Some(card.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ReadError::new(&path, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Predictor;
    use crate::hybrid::HybridPredictor;
    use crate::inference::IntegerPredictor;
    use landauer_core::hybrid::HybridModel;

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

    #[test]
    fn every_shipped_model_is_sound_and_its_card_belongs_to_it() {
        for name in ModelFile::shipped_names() {
            let file = ModelFile::shipped(name).unwrap();
            let found = if HybridModel::is_one(file.bytes()) {
                let predictor = HybridPredictor::from_file(&file, 1_000_000).unwrap();
                predictor.trained_on().is_some()
            } else {
                let predictor = IntegerPredictor::from_file(&file).unwrap();
                predictor.trained_on().is_some()
            };
            assert!(found, "{name}: which samples it has seen is not known");
        }
    }
}
