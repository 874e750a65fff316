//! The maps of one strip at one energy.

use super::Field;
use crate::solve::dissection::Image;

/// The values of an image, so many in a slice, where they are in the strip itself; with the other sign if `negative`.
pub(super) fn turned(mut values: Vec<f64>, slice: usize, image: Image, negative: bool) -> Vec<f64> {
    if image.reversed != image.upside_down {
        // Each slice on its own first, if all are to be reversed.
        if slice > 0 {
            values.chunks_exact_mut(slice).for_each(<[f64]>::reverse);
        }
    }
    if image.reversed {
        values.reverse();
    }
    if negative {
        for value in &mut values {
            *value = -*value;
        }
    }
    values
}

/// The maps of one strip at one energy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StripMaps {
    pub(super) transmission: f64,
    sites: Vec<(Field, Vec<f64>)>,
    current: Option<[Vec<f64>; 2]>,
}

impl StripMaps {
    pub(super) const fn new(transmission: f64) -> Self {
        Self {
            transmission,
            sites: Vec::new(),
            current: None,
        }
    }

    pub(super) fn put(&mut self, field: Field, values: Vec<f64>) {
        self.sites.push((field, values));
    }

    pub(super) fn put_current(&mut self, along: Vec<f64>, across: Vec<f64>) {
        self.current = Some([along, across]);
    }

    pub(super) fn field(&self, field: Field) -> Option<&[f64]> {
        let found = self.sites.iter().find(|(one, _)| *one == field);
        found.map(|(_, values)| &values[..])
    }

    pub(super) fn current(&self) -> Option<[&[f64]; 2]> {
        self.current
            .as_ref()
            .map(|[along, across]| [&along[..], &across[..]])
    }

    /// All arrays, in the order of the fields.
    pub(super) fn arrays(&self) -> impl Iterator<Item = &[f64]> {
        let sites = self.sites.iter().map(|(_, values)| &values[..]);
        let current = self.current.iter().flatten();
        sites.chain(current.map(|values| &values[..]))
    }
}
