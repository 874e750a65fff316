//! Samples that are not drawn: on-site energies from a file.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use landauer_core::{Concentration, DisorderError, DisorderModel, Ensemble};

use super::samples::{SampleBlock, SampleSource};
use crate::failure::{Categorised, Category};
use crate::npy::{InputError, OnsiteFile};
use crate::system::StripSize;

/// Numbers that are read at a time when the file is looked through.
const PIECE: usize = 1 << 20;

/// Bits of a digest: whatever reads a number from JSON or TOML reads it exactly.
const DIGEST_BITS: u32 = 52;

/// On-site energies from a `.npy` file as the samples of a data set or of averages.
///
/// Their disorder is [`DisorderModel::Given`], and what tells them from others is a digest of all of them,
/// which stands where the seed of drawn samples does: [`ensemble`](Self::ensemble) has both.
///
/// # Example
/// ```no_run
/// use landauer::dataset::{DatasetConfig, Generation, default_chunk_samples};
/// use landauer::work::{GivenSamples, WorkOptions};
///
/// let given = GivenSamples::open("own.npy".as_ref())?;
/// let config = DatasetConfig {
///     ensemble: given.ensemble(),
///     size: given.size(),
///     energies: vec![0.0],
///     bias: None,
///     chunk_samples: default_chunk_samples(given.size()),
/// };
/// let options = WorkOptions::new(given.samples());
/// Generation::of_given("own.zarr".as_ref(), &config, &given, options)?.run(&())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct GivenSamples {
    file: Mutex<OnsiteFile>,
    size: StripSize,
    samples: u64,
    ensemble: Ensemble,
}

impl GivenSamples {
    /// Reads the file once from its beginning to its end: `[x, y]` or `[sample, x, y]`, in units of t.
    ///
    /// # Errors
    /// A file that cannot be read, or holds no strips; a number that is not finite, or above 8.9e307.
    pub fn open(path: &Path) -> Result<Self, GivenError> {
        let mut file = OnsiteFile::open(path)?;
        let (size, samples) = (file.size(), file.samples());
        let at_once = (PIECE / size.sites()).max(1);
        let mut digest = Digest::new(size);
        let (mut bound, mut first) = (0.0_f64, 0);
        while first < samples {
            let count = usize::try_from(samples - first).map_or(at_once, |left| left.min(at_once));
            for energy in file.read_block(first, count)? {
                bound = bound.max(energy.abs());
                digest.add(energy.to_bits());
            }
            first += count as u64;
        }
        let model = DisorderModel::Given { bound };
        let ensemble = Ensemble::new(model, Concentration::Uniform, digest.finish())?;
        Ok(Self {
            file: Mutex::new(file),
            size,
            samples,
            ensemble,
        })
    }

    /// The size of the strips.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// How many there are, at least 1.
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.samples
    }

    /// Their disorder, and their digest for a seed.
    #[must_use]
    pub const fn ensemble(&self) -> Ensemble {
        self.ensemble
    }

    /// Whether they are those that a configuration describes, and enough of them.
    pub(crate) fn check(
        given: Option<&Self>,
        (ensemble, size): (Ensemble, StripSize),
        samples: u64,
    ) -> Result<(), GivenError> {
        let expected = matches!(ensemble.model(), DisorderModel::Given { .. });
        match given {
            None if expected => Err(GivenError::Missing),
            Some(given) if given.ensemble != ensemble || given.size != size => {
                Err(GivenError::Other)
            }
            Some(given) if samples > given.samples => Err(GivenError::TooFew {
                samples,
                existing: given.samples,
            }),
            None | Some(_) => Ok(()),
        }
    }
}

/// Beyond the last sample, where no chunk may show how many there are, strips are clean.
impl SampleSource for GivenSamples {
    fn fill(&self, first: u64, block: &mut SampleBlock) -> Result<(), InputError> {
        block.species.fill(0);
        block.concentration.fill(0.0);
        let left = self.samples.saturating_sub(first);
        let wanted = block.concentration.len();
        let count = usize::try_from(left).map_or(wanted, |left| left.min(wanted));
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let energies = file.read_block(first.min(self.samples), count)?;
        let (existing, beyond) = block.onsite.split_at_mut(energies.len());
        existing.copy_from_slice(&energies);
        beyond.fill(0.0);
        Ok(())
    }
}

/// FNV-1a of 64 bits, of the size and of every number's 8 bytes (little endian), folded to 52 bits.
struct Digest(u64);

impl Digest {
    fn new(size: StripSize) -> Self {
        let mut digest = Self(0xcbf2_9ce4_8422_2325);
        digest.add(size.length() as u64);
        digest.add(size.width() as u64);
        digest
    }

    fn add(&mut self, number: u64) {
        for byte in number.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    const fn finish(self) -> u64 {
        (self.0 >> DIGEST_BITS) ^ (self.0 & ((1 << DIGEST_BITS) - 1))
    }
}

/// Why given on-site energies cannot be the samples of a data set or of averages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GivenError {
    /// The file.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A number that is too large.
    #[error(transparent)]
    Disorder(#[from] DisorderError),
    /// The configuration says that on-site energies are given, and none are.
    #[error("the on-site energies come from a file, which is needed to make them")]
    Missing,
    /// The configuration describes other samples.
    #[error("the on-site energies are not those of the configuration")]
    Other,
    /// More samples were asked for than there are.
    #[error("{samples} samples were requested, but the file of on-site energies holds {existing}")]
    TooFew {
        /// How many were asked for.
        samples: u64,
        /// How many there are.
        existing: u64,
    },
}

impl Categorised for GivenError {
    fn category(&self) -> Category {
        match self {
            Self::Input(error) => error.category(),
            Self::Disorder(_) => Category::Input,
            Self::Missing | Self::Other | Self::TooFew { .. } => Category::Usage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, energies: &[f64]) -> std::path::PathBuf {
        let path = folder.join("own.npy");
        let shape = format!("({}, 2, 1)", energies.len() / 2);
        let text = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(energies.iter().flat_map(|energy| energy.to_le_bytes()));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn samples_are_those_of_the_file_and_clean_beyond_it() {
        let folder = tempfile::tempdir().unwrap();
        let energies = [1.0, -2.5, 0.5, 0.0, 2.0, 0.25];
        let given = GivenSamples::open(&file(folder.path(), &energies)).unwrap();
        assert_eq!((given.samples(), given.size().sides()), (3, [2, 1]));
        let model = DisorderModel::Given { bound: 2.5 };
        assert_eq!(given.ensemble().model(), model);
        assert!(given.ensemble().seed() < 1 << DIGEST_BITS);
        let mut block = SampleBlock::default();
        for (first, expected) in [
            (0, [1.0, -2.5, 0.5, 0.0]),
            (2, [2.0, 0.25, 0.0, 0.0]),
            (9, [0.0; 4]),
        ] {
            block.resize(2, 2);
            block.onsite.fill(7.0);
            given.fill(first, &mut block).unwrap();
            assert_eq!(block.onsite, expected, "from {first}");
        }
    }

    #[test]
    fn other_numbers_are_other_samples() {
        let folder = tempfile::tempdir().unwrap();
        let mut energies = [1.0, -2.5, 0.5, 0.0];
        let open = |energies: &[f64]| GivenSamples::open(&file(folder.path(), energies));
        let first = open(&energies).unwrap().ensemble();
        assert_eq!(open(&energies).unwrap().ensemble(), first);
        energies.swap(2, 3);
        let second = open(&energies).unwrap();
        assert_ne!(second.ensemble().seed(), first.seed());
        let size = second.size();
        let check =
            |given, ensemble, samples| GivenSamples::check(given, (ensemble, size), samples);
        assert!(check(Some(&second), second.ensemble(), 2).is_ok());
        assert!(matches!(
            check(Some(&second), second.ensemble(), 3),
            Err(GivenError::TooFew { existing: 2, .. })
        ));
        assert!(matches!(
            check(Some(&second), first, 1),
            Err(GivenError::Other)
        ));
        assert!(matches!(check(None, first, 1), Err(GivenError::Missing)));
        let drawn = Ensemble::new(DisorderModel::II, Concentration::Uniform, 1).unwrap();
        assert!(check(None, drawn, 1).is_ok());
        assert!(matches!(
            check(Some(&second), drawn, 1),
            Err(GivenError::Other)
        ));
        assert!(open(&[1e308, 0.0]).is_err());
    }
}
