//! Where the samples of long work come from: the one place in which data sets and averages draw them.

use landauer_core::Ensemble;

use crate::npy::InputError;

/// Samples identified by their numbers. Equal numbers give equal samples on every call.
pub(crate) trait SampleSource: Sync {
    /// Fills the block with the samples `first`, `first + 1`, …, as many as it has room for. Called from
    /// many threads at a time.
    ///
    /// # Errors
    /// Samples that cannot be read.
    fn fill(&self, first: u64, block: &mut SampleBlock) -> Result<(), InputError>;
}

/// Consecutive samples of one size, as many as there is room for.
#[derive(Debug, Default)]
pub(crate) struct SampleBlock {
    sites: usize,
    /// On-site energies in t, `[sample, x, y]`.
    pub(crate) onsite: Vec<f64>,
    /// The species of the sites, `[sample, x, y]`: 0 where there is no impurity, or no species.
    pub(crate) species: Vec<u8>,
    /// The impurity concentration, `[sample]`.
    pub(crate) concentration: Vec<f64>,
}

impl SampleBlock {
    /// Bytes of a sample of this many sites.
    pub(crate) const fn sample_bytes(sites: u64) -> u64 {
        sites.saturating_mul(9).saturating_add(8)
    }

    /// Makes room for this many samples of this many sites; their content is to be overwritten.
    pub(crate) fn resize(&mut self, samples: usize, sites: usize) {
        self.sites = sites;
        self.onsite.resize(samples * sites, 0.0);
        self.species.resize(samples * sites, 0);
        self.concentration.resize(samples, 0.0);
    }
}

impl SampleSource for Ensemble {
    fn fill(&self, first: u64, block: &mut SampleBlock) -> Result<(), InputError> {
        let sites = block.sites.max(1);
        let strips = block.onsite.chunks_exact_mut(sites);
        let strips = strips.zip(block.species.chunks_exact_mut(sites));
        for (((onsite, species), concentration), number) in
            strips.zip(&mut block.concentration).zip(first..)
        {
            let mut sample = self.sample(number);
            *concentration = sample.concentration();
            for ((onsite, species), site) in onsite.iter_mut().zip(species).zip(sample.sites()) {
                (*onsite, *species) = (site.onsite(), site.species());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::{Concentration, DisorderModel};

    use super::*;

    #[test]
    fn a_block_holds_the_samples_of_its_numbers() {
        let model = DisorderModel::IV;
        let ensemble = Ensemble::new(model, Concentration::Uniform, 5).unwrap();
        let mut block = SampleBlock::default();
        // A larger block leaves nothing behind in a smaller one.
        for (first, samples) in [(3, 4), (1 << 40, 2)] {
            block.resize(samples, 6);
            ensemble.fill(first, &mut block).unwrap();
            assert_eq!(block.concentration.len(), samples);
            let strips = block.onsite.chunks_exact(6);
            for ((strip, species), number) in strips.zip(block.species.chunks_exact(6)).zip(first..)
            {
                let (mut onsite, mut expected) = ([0.0; 6], [0; 6]);
                ensemble.sample(number).fill_onsite(&mut onsite);
                ensemble.sample(number).fill_species(&mut expected);
                assert_eq!((strip, species), (&onsite[..], &expected[..]));
            }
            let last = first + samples as u64 - 1;
            let concentration = ensemble.sample(last).concentration();
            assert_eq!(block.concentration.last(), Some(&concentration));
        }
    }
}
