#![doc = include_str!("README.md")]
#![no_std]

/// A model that comes with Landauer: its file and its card.
#[derive(Debug)]
pub struct ShippedModel {
    name: &'static str,
    bytes: &'static [u8],
    card: &'static str,
}

impl ShippedModel {
    /// The name by which it is asked for, that of its file.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The bytes of the model file, which `landauer_core::inference::Model::parse` or
    /// `landauer_core::hybrid::HybridModel::parse` read where they are.
    ///
    /// They begin at a multiple of 4, as the kernels for a Cortex-M4 need.
    #[must_use]
    pub const fn bytes(&self) -> &'static [u8] {
        self.bytes
    }

    /// The model card, JSON: errors on its test set, how it was made, the intervals of its predictions.
    #[must_use]
    pub const fn card(&self) -> &'static str {
        self.card
    }
}

/// The shipped model of this name.
///
/// A program that calls it holds all of them, 3.3 MB; one that names [`BEST_G`] or another holds that
/// one only.
///
/// ```
/// let model = landauer_models::find("best-g").expect("it is shipped");
/// assert!(model.bytes().starts_with(b"LANDAUER"));
/// assert!(landauer_models::find("best-h").is_none());
/// ```
#[must_use]
pub fn find(name: &str) -> Option<&'static ShippedModel> {
    ALL.iter().copied().find(|model| model.name == name)
}

/// Bytes at a multiple of 4.
#[repr(C, align(4))]
struct Aligned<T: ?Sized>(T);

/// The files are those beside this one, so that `models/` is the only place that has them.
macro_rules! shipped {
    ($($(#[$meta:meta])* $item:ident = $name:literal;)*) => {
        $(
            $(#[$meta])*
            pub static $item: ShippedModel = ShippedModel {
                name: $name,
                bytes: {
                    static FILE: &Aligned<[u8]> =
                        &Aligned(*include_bytes!(concat!($name, ".postcard")));
                    &FILE.0
                },
                card: include_str!(concat!($name, ".json")),
            };
        )*

        /// All shipped models, in the order of their names.
        pub static ALL: &[&ShippedModel] = &[$(&$item),*];
    };
}

shipped! {
    /// Model I (w = 4), 3×3 sites: G.
    BEST_3X3 = "best-3x3";
    /// Model I (w = 4), 5×5 sites: G.
    BEST_5X5 = "best-5x5";
    /// Model II, 40×40 sites: G.
    BEST_G = "best-g";
    /// Model II, 40×40 sites: Ḡ.
    BEST_GBAR = "best-gbar";
    /// Model II, 40×40 sites: T at E = 0 and at the ten energies of the bias.
    BEST_SPECTRUM = "best-spectrum";
    /// Model II, 40×40 sites: G within a budget of multiply-adds.
    HYBRID_G = "hybrid-g";
    /// Model II, 40×40 sites: Ḡ within a budget of multiply-adds.
    HYBRID_GBAR = "hybrid-gbar";
    /// Model II, 40×40 sites: G by the paper's CNN.
    PAPER_CNN_G = "paper-cnn-g";
    /// Model II, 40×40 sites: Ḡ by the paper's CNN.
    PAPER_CNN_GBAR = "paper-cnn-gbar";
    /// Model I (w = 4), 3×3 sites: G by the paper's smallest DNN.
    PAPER_DNN_3X3 = "paper-dnn-3x3";
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::path::Path;
    use std::{fs, vec::Vec};

    use super::*;

    #[test]
    fn the_models_of_the_folder_are_shipped_byte_for_byte() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let entries = fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "postcard"))
            .collect();
        files.sort();
        let names = files.iter().map(|file| file.file_stem().unwrap());
        assert!(names.eq(ALL.iter().map(|model| model.name())));
        for (file, model) in files.iter().zip(ALL) {
            assert!(fs::read(file).unwrap() == model.bytes(), "{}", model.name());
            let card = fs::read_to_string(file.with_extension("json")).unwrap();
            assert!(card == model.card(), "{}", model.name());
            assert!(model.bytes().as_ptr().addr().is_multiple_of(4));
        }
    }
}
