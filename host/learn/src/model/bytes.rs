//! The bytes of a model, shared by all that read it.

use std::fmt::{self, Debug};
use std::ops::Deref;
use std::sync::Arc;

/// The bytes of a model file: those that come with Landauer, or others, which are freed with the last that
/// reads them.
#[derive(Clone)]
pub struct ModelBytes(Place);

#[derive(Clone)]
enum Place {
    Shipped(&'static [u8]),
    Shared(Arc<[u8]>),
}

impl Deref for ModelBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Place::Shipped(bytes) => bytes,
            Place::Shared(bytes) => bytes,
        }
    }
}

impl Debug for ModelBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelBytes({})", self.len())
    }
}

impl From<&'static [u8]> for ModelBytes {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Place::Shipped(bytes))
    }
}

impl From<Vec<u8>> for ModelBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Place::Shared(bytes.into()))
    }
}

impl From<Arc<[u8]>> for ModelBytes {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self(Place::Shared(bytes))
    }
}
