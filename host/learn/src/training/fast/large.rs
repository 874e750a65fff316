//! Numbers in memory of large pages, where the system has them.
//!
//! A step goes through all parameters and the optimiser's memory. In pages of 4 kB the processor spends
//! much of that time on looking up where pages are, the more on virtual machines.

use std::ops::{Deref, DerefMut};

#[cfg(target_os = "linux")]
use memmap2::{Advice, MmapMut};

/// Fewer bytes than this are not worth pages of their own: some large pages.
#[cfg(target_os = "linux")]
const WORTH_A_MAP: usize = 1 << 23;

/// A fixed number of numbers, zeros to begin with.
#[derive(Debug)]
pub(super) enum Large {
    /// In ordinary memory.
    Plain(Vec<f32>),
    /// In pages of its own, large ones if the system gives them.
    #[cfg(target_os = "linux")]
    Mapped(MmapMut),
}

impl Large {
    /// This many zeros.
    pub(super) fn zeros(count: usize) -> Self {
        #[cfg(target_os = "linux")]
        if let Some(map) = mapped(count) {
            return Self::Mapped(map);
        }
        Self::Plain(vec![0.0; count])
    }
}

/// Fresh pages, which are zeros.
#[cfg(target_os = "linux")]
fn mapped(count: usize) -> Option<MmapMut> {
    let bytes = count.checked_mul(size_of::<f32>())?;
    if bytes < WORTH_A_MAP {
        return None;
    }
    let map = MmapMut::map_anon(bytes).ok()?;
    // A system without large pages refuses, and pages stay small.
    let _ = map.advise(Advice::HugePage);
    Some(map)
}

impl From<&[f32]> for Large {
    fn from(values: &[f32]) -> Self {
        let mut large = Self::zeros(values.len());
        large.copy_from_slice(values);
        large
    }
}

impl Clone for Large {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl Deref for Large {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match self {
            Self::Plain(values) => values,
            #[cfg(target_os = "linux")]
            Self::Mapped(map) => bytemuck::cast_slice(map),
        }
    }
}

impl DerefMut for Large {
    fn deref_mut(&mut self) -> &mut [f32] {
        match self {
            Self::Plain(values) => values,
            #[cfg(target_os = "linux")]
            Self::Mapped(map) => bytemuck::cast_slice_mut(map),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_and_many_are_kept_alike() {
        for count in [0, 5, (1 << 21) + 3] {
            let mut large = Large::zeros(count);
            assert_eq!(large.len(), count);
            assert!(large.iter().all(|&value| value.to_bits() == 0));
            if let Some(last) = large.last_mut() {
                *last = 2.5;
            }
            let copy = large.clone();
            large.fill(1.0);
            assert_eq!(copy.last().copied(), (count > 0).then_some(2.5));
            assert_eq!(
                copy.iter().filter(|&&value| value != 0.0).count(),
                count.min(1)
            );
        }
    }
}
