//! The recursions along a strip, up to a requested impurity.

use super::HybridError;
use crate::disorder::DisorderModel;
use crate::inference::encode::count;
use crate::scalar::Scalar;
use crate::transport::reflection::reflection_workspace_len;
use crate::transport::standing_waves::{StandingWaves, standing_waves_workspace_len};
use crate::transport::symmetric::lines;
use crate::transport::{Lead, Reflection, SolveError};

/// Elements of workspace for strips of this width, at any energy: 1920 for 40, 7,680 bytes in
/// `f32`. Saturates instead of overflowing.
///
/// # Example
/// ```
/// assert_eq!(landauer_core::hybrid::hybrid_workspace_len(40), 1920);
/// ```
#[must_use]
pub const fn hybrid_workspace_len(width: usize) -> usize {
    // With room for the phases, which are not counted in every slice then.
    let running = reflection_workspace_len(width).saturating_add(width.saturating_mul(2));
    let standing = standing_waves_workspace_len(width);
    if running > standing {
        running
    } else {
        standing
    }
}

/// A strip of impurities whose on-site energies have been checked.
///
/// # Example
/// ```
/// use landauer_core::DisorderModel;
/// use landauer_core::hybrid::{ImpurityStrip, hybrid_workspace_len};
/// let onsite = [0.0, 5.0, 5.0, 0.0_f64]; // 2 slices of 2 sites
/// let strip = ImpurityStrip::new(DisorderModel::II, &onsite, 2)?;
/// let mut workspace = [0.0; hybrid_workspace_len(2)];
/// let mut t = [0.0; 3];
/// strip.transmissions_after(0.0, &[0, 1, 2], &mut workspace, &mut t)?;
/// assert!(t[0] == 2.0 && t[1] > t[2]);
/// # Ok::<(), landauer_core::hybrid::HybridError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ImpurityStrip<'s, S> {
    onsite: &'s [S],
    width: usize,
    impurities: u32,
}

impl<'s, S: Scalar> ImpurityStrip<'s, S> {
    /// Checks on-site energies `[slice, row]` in units of t.
    ///
    /// # Errors
    /// [`HybridError::Model`] where a disorder model does not have an energy;
    /// [`HybridError::Solve`] for ragged strips.
    pub fn new(
        disorder: DisorderModel,
        onsite: &'s [S],
        width: usize,
    ) -> Result<Self, HybridError> {
        if width == 0 {
            return Err(SolveError::ZeroWidth.into());
        }
        if !onsite.len().is_multiple_of(width) {
            let found = onsite.len();
            return Err(SolveError::ShapeMismatch { width, found }.into());
        }
        count(&disorder, onsite, width)?;
        let impurities = onsite.iter().filter(|&&energy| energy != S::ZERO).count();
        Ok(Self {
            onsite,
            width,
            impurities: u32::try_from(impurities).unwrap_or(u32::MAX),
        })
    }

    /// How many impurities there are.
    #[must_use]
    pub const fn impurities(&self) -> u32 {
        self.impurities
    }

    /// How many slices there are.
    #[must_use]
    pub const fn length(&self) -> usize {
        // Not 0: see `new`.
        match self.onsite.len().checked_div(self.width) {
            Some(length) => length,
            None => 0,
        }
    }

    /// How many sites there are.
    #[must_use]
    pub const fn sites(&self) -> usize {
        self.onsite.len()
    }

    /// The slice of each impurity, from the first to the last.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        let slices = lines(self.onsite, self.width).enumerate();
        slices.flat_map(|(slice, sites)| {
            let impurities = sites.iter().filter(|&&energy| energy != S::ZERO);
            impurities.map(move |_| slice)
        })
    }

    /// Writes T at one energy (units of t) after the first `count` impurities, for each of the
    /// numbers in `after`, which ascend: of a strip that ends there.
    ///
    /// # Errors
    /// [`HybridError::Solve`]: too short a workspace (see [`hybrid_workspace_len`]), a solution lost
    /// to rounding.
    pub fn transmissions_after(
        &self,
        energy: f64,
        after: &[u32],
        workspace: &mut [S],
        transmissions: &mut [S],
    ) -> Result<(), HybridError> {
        if energy == 0.0 {
            let mut recursion = StandingWaves::new(self.width, workspace)?;
            self.follow(&mut recursion, after, transmissions)
        } else {
            let lead = Lead::new(self.width, S::from_f64(energy))?;
            let mut recursion = Reflection::new(lead, workspace)?;
            self.follow(&mut recursion, after, transmissions)
        }
    }

    fn follow(
        &self,
        recursion: &mut impl Recursion<S>,
        after: &[u32],
        transmissions: &mut [S],
    ) -> Result<(), HybridError> {
        let mut wanted = after.iter().zip(transmissions).peekable();
        let mut solved = 0;
        for energies in lines(self.onsite, self.width) {
            recursion.next_slice();
            for (row, &energy) in energies.iter().enumerate() {
                while let Some((_, slot)) = wanted.next_if(|(number, _)| **number <= solved) {
                    *slot = recursion.transmission()?;
                }
                if wanted.peek().is_none() {
                    return Ok(());
                }
                if energy != S::ZERO {
                    recursion.scatter(row, energy)?;
                    solved += 1;
                }
            }
        }
        for (_, slot) in wanted {
            *slot = recursion.transmission()?;
        }
        Ok(())
    }
}

/// A recursion for the reflection matrix, impurity by impurity.
trait Recursion<S> {
    fn next_slice(&mut self);
    fn scatter(&mut self, row: usize, energy: S) -> Result<(), SolveError>;
    fn transmission(&mut self) -> Result<S, SolveError>;
}

impl<S: Scalar> Recursion<S> for StandingWaves<'_, S> {
    fn next_slice(&mut self) {
        self.next_slice();
    }

    fn scatter(&mut self, row: usize, energy: S) -> Result<(), SolveError> {
        self.scatter(row, energy)
    }

    fn transmission(&mut self) -> Result<S, SolveError> {
        self.transmission()
    }
}

impl<S: Scalar> Recursion<S> for Reflection<'_, S> {
    fn next_slice(&mut self) {
        self.next_slice();
    }

    fn scatter(&mut self, row: usize, energy: S) -> Result<(), SolveError> {
        self.scatter_site(row, energy)
    }

    fn transmission(&mut self) -> Result<S, SolveError> {
        Self::transmission(self)
    }
}
