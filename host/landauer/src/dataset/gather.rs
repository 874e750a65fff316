//! Samples of any numbers, in any order, as fast as the disk gives them.
//!
//! A chunk file is what its samples are, one behind the other, and a checksum (`arrays.rs` describes it to
//! Zarr). So once its checksum has been verified, a sample is read without the others.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, TryLockError};

use super::error::DatasetError;
use super::read::Dataset;
use super::schema::Kind;
use crate::files::ReadError;
use crate::parallel;

/// Bytes of the checksum at a chunk file's end.
const CHECKSUM: usize = 4;

/// Numbers that one thread converts at a time.
const SHARE: usize = 1 << 16;

/// The chunk files whose checksum has been verified.
#[derive(Debug, Default)]
pub(super) struct Verified(Mutex<HashSet<(&'static str, u64)>>);

impl Verified {
    /// A lock that another thread has is no reason to wait: after a `fork` that thread may not exist. The
    /// chunk is verified again then.
    fn with<R>(&self, act: impl FnOnce(&mut HashSet<(&'static str, u64)>) -> R) -> Option<R> {
        match self.0.try_lock() {
            Ok(mut set) => Some(act(&mut set)),
            Err(TryLockError::Poisoned(set)) => Some(act(&mut set.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn has(&self, kind: Kind, chunk: u64) -> bool {
        let found = self.with(|set| set.contains(&(kind.name(), chunk)));
        found.unwrap_or(false)
    }

    fn add(&self, kind: Kind, chunk: u64) {
        self.with(|set| set.insert((kind.name(), chunk)));
    }
}

/// Samples of one chunk that follow each other in what was asked for, and where they go.
struct Piece<'p, T> {
    chunk: u64,
    samples: &'p [u64],
    out: &'p mut [T],
}

impl Dataset {
    /// The on-site energies of the samples of these numbers, `[sample, x, y]` in units of t, in this order,
    /// on all threads of the current rayon pool. Each chunk's checksum is verified when it is first read.
    ///
    /// # Errors
    /// As [`onsite`](Self::onsite).
    pub fn gather_onsite(&self, samples: &[u64]) -> Result<Vec<f64>, DatasetError> {
        let mut onsite = self.zeros(samples, self.config().size.sites())?;
        self.gather_onsite_into(samples, &mut onsite)?;
        Ok(onsite)
    }

    /// The same into memory of the caller's, whose content is undefined after an error.
    ///
    /// # Errors
    /// As [`onsite`](Self::onsite); an `onsite` of another length than the samples' sites.
    pub fn gather_onsite_into(
        &self,
        samples: &[u64],
        onsite: &mut [f64],
    ) -> Result<(), DatasetError> {
        let sites = self.config().size.sites();
        if !self.arrays.has(Kind::Species) {
            return self.gather(Kind::Onsite, sites, samples, onsite, floats);
        }
        let energies = self.species_table();
        let energies_of = |species: &[[u8; 1]], onsite: &mut [f64]| {
            let mut last = 0;
            for (slot, &[species]) in onsite.iter_mut().zip(species) {
                *slot = energies[usize::from(species)];
                last = species.max(last);
            }
            !energies[usize::from(last)].is_nan()
        };
        self.gather(Kind::Species, sites, samples, onsite, energies_of)
    }

    /// The species of the sites of the samples of these numbers, `[sample, x, y]`, in this order; `None`
    /// without impurities.
    ///
    /// # Errors
    /// As [`species`](Self::species).
    pub fn gather_species(&self, samples: &[u64]) -> Result<Option<Vec<u8>>, DatasetError> {
        if !self.arrays.has(Kind::Species) {
            return Ok(None);
        }
        let sites = self.config().size.sites();
        let mut values = self.zeros(samples, sites)?;
        let copy = |species: &[[u8; 1]], out: &mut [u8]| {
            out.copy_from_slice(species.as_flattened());
            true
        };
        self.gather(Kind::Species, sites, samples, &mut values, copy)?;
        Ok(Some(values))
    }

    /// The transmissions of the samples of these numbers, `[sample, energy]`, in this order.
    ///
    /// # Errors
    /// As [`transmission`](Self::transmission).
    pub fn gather_transmission(&self, samples: &[u64]) -> Result<Vec<f64>, DatasetError> {
        let energies = self.config().energies.len();
        let mut values = self.zeros(samples, energies)?;
        self.gather(Kind::Transmission, energies, samples, &mut values, floats)?;
        Ok(values)
    }

    /// Zeros for samples that there are.
    fn zeros<T: Copy + Default>(
        &self,
        samples: &[u64],
        per_sample: usize,
    ) -> Result<Vec<T>, DatasetError> {
        self.check_range(samples)?;
        Ok(vec![T::default(); samples.len() * per_sample])
    }

    fn check_range(&self, samples: &[u64]) -> Result<(), DatasetError> {
        match samples.iter().find(|&&sample| sample >= self.samples()) {
            Some(&beyond) => Err(DatasetError::Range {
                first: beyond,
                end: beyond.saturating_add(1),
                samples: self.samples(),
            }),
            None => Ok(()),
        }
    }

    /// `of` makes values of as many numbers of `BYTES` bytes, or says that the array cannot hold those.
    fn gather<T: Send, const BYTES: usize>(
        &self,
        kind: Kind,
        per_sample: usize,
        samples: &[u64],
        values: &mut [T],
        of: impl Fn(&[[u8; BYTES]], &mut [T]) -> bool + Sync,
    ) -> Result<(), DatasetError> {
        self.check_range(samples)?;
        if samples.len().checked_mul(per_sample) != Some(values.len()) {
            return Err(DatasetError::Output {
                samples: samples.len(),
                per_sample,
                length: values.len(),
            });
        }
        let per_chunk = self.config().chunk_samples;
        let (mut pieces, mut out) = (Vec::new(), values);
        for samples in samples.chunk_by(|one, next| one / per_chunk == next / per_chunk) {
            let (own, rest) = out.split_at_mut(samples.len() * per_sample);
            out = rest;
            pieces.push(Piece {
                chunk: samples[0] / per_chunk,
                samples,
                out: own,
            });
        }
        let read =
            |bytes: &mut Vec<u8>, piece| self.read_piece(kind, per_sample, piece, bytes, &of);
        let done = if let [_] = pieces[..] {
            // A single sample is not worth waking a thread.
            let mut bytes = Vec::new();
            pieces
                .into_iter()
                .map(|piece| read(&mut bytes, piece))
                .collect()
        } else {
            parallel::map_with(pieces, Vec::new, read)
        };
        done.into_iter().collect()
    }

    fn read_piece<T: Send, const BYTES: usize>(
        &self,
        kind: Kind,
        per_sample: usize,
        piece: Piece<'_, T>,
        bytes: &mut Vec<u8>,
        of: &(impl Fn(&[[u8; BYTES]], &mut [T]) -> bool + Sync),
    ) -> Result<(), DatasetError> {
        let Piece {
            chunk,
            samples,
            out,
        } = piece;
        let path = self.arrays.file(kind, chunk);
        let damaged = |reason: &str| DatasetError::Damaged {
            file: path.clone(),
            reason: reason.to_owned(),
        };
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => DatasetError::Missing { file: path.clone() },
            io::ErrorKind::UnexpectedEof => damaged("it is too short"),
            _ => ReadError::new(&path, error).into(),
        };
        let fill = |bytes: &[u8], out: &mut [T]| {
            let (numbers, _) = bytes.as_chunks::<BYTES>();
            let is_whole = if samples.len() == 1 || numbers.len() <= SHARE {
                of(numbers, out)
            } else {
                // Chunks are large: with two or three, some threads would have nothing to do.
                let shares = numbers.chunks(SHARE).zip(out.chunks_mut(SHARE));
                let done = parallel::map_with(
                    shares.collect(),
                    || (),
                    |(), (numbers, out)| of(numbers, out),
                );
                !done.contains(&false)
            };
            is_whole
                .then_some(())
                .ok_or_else(|| damaged("it holds what its array cannot hold"))
        };
        let sample_bytes = per_sample * BYTES;
        let mut file = File::open(&path).map_err(failed)?;
        let first = chunk * self.config().chunk_samples;
        let is_verified = self.verified.has(kind, chunk);
        if !is_verified {
            bytes.clear();
            file.read_to_end(bytes).map_err(failed)?;
            let count = usize::try_from(self.config().chunk_samples).unwrap_or(usize::MAX);
            let content = bytes.split_last_chunk::<CHECKSUM>();
            let content = content.filter(|(content, _)| content.len() == count * sample_bytes);
            let (content, checksum) = content.ok_or_else(|| damaged("its length is wrong"))?;
            if crc32c::crc32c(content) != u32::from_le_bytes(*checksum) {
                return Err(damaged("its checksum is wrong"));
            }
            self.verified.add(kind, chunk);
        }
        // What follows each other in the file is read at once.
        let runs = samples.chunk_by(|&one, &next| one + 1 == next);
        let mut out = out;
        for run in runs {
            let (own, rest) = out.split_at_mut(run.len() * per_sample);
            out = rest;
            // Within a chunk, which has been in memory.
            let begin = usize::try_from(run[0] - first).unwrap_or(usize::MAX) * sample_bytes;
            let length = run.len() * sample_bytes;
            if is_verified {
                bytes.resize(length, 0);
                file.seek(SeekFrom::Start(begin as u64)).map_err(failed)?;
                file.read_exact(bytes).map_err(failed)?;
                fill(bytes, own)?;
            } else {
                fill(&bytes[begin..begin + length], own)?;
            }
        }
        Ok(())
    }
}

/// Numbers of a Zarr array of ours.
fn floats(numbers: &[[u8; 8]], out: &mut [f64]) -> bool {
    for (slot, &number) in out.iter_mut().zip(numbers) {
        *slot = f64::from_le_bytes(number);
    }
    true
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use landauer_core::{Concentration, DisorderModel, Ensemble};

    use super::*;
    use crate::dataset::{DatasetConfig, Generation};
    use crate::system::StripSize;
    use crate::work::WorkOptions;

    fn make(path: &Path, model: DisorderModel) -> Dataset {
        let config = DatasetConfig {
            ensemble: Ensemble::new(model, Concentration::Uniform, 3).unwrap(),
            size: StripSize::new(4, 3).unwrap(),
            energies: vec![0.0, 0.5],
            bias: None,
            chunk_samples: 8,
        };
        let options = WorkOptions::new(20);
        let made = Generation::new(path, &config, options).unwrap().run(&());
        made.unwrap();
        Dataset::open(path).unwrap()
    }

    #[test]
    fn any_order_gives_what_a_range_gives() {
        for model in [DisorderModel::I, DisorderModel::IV] {
            let folder = tempfile::tempdir().unwrap();
            let dataset = make(folder.path(), model);
            let (onsite, t) = (dataset.onsite(0..20), dataset.transmission(0..20));
            let (onsite, t) = (onsite.unwrap(), t.unwrap());
            let species = dataset.species(0..20).unwrap();
            let all: Vec<u64> = (0..20).collect();
            let mixed = [19, 3, 4, 5, 11, 3, 0, 16, 17, 2];
            // The second time no checksum is verified.
            for samples in [&all[..], &mixed, &all, &mixed, &mixed[..1], &[]] {
                let pick = |from: &[f64], each: usize| -> Vec<f64> {
                    let strips = samples
                        .iter()
                        .map(|&sample| usize::try_from(sample).unwrap() * each);
                    strips.flat_map(|at| from[at..at + each].to_vec()).collect()
                };
                assert_eq!(dataset.gather_onsite(samples).unwrap(), pick(&onsite, 12));
                assert_eq!(dataset.gather_transmission(samples).unwrap(), pick(&t, 2));
                let gathered = dataset.gather_species(samples).unwrap();
                assert_eq!(gathered.is_some(), species.is_some());
                assert!(gathered.is_none_or(|all| all.len() == samples.len() * 12));
            }
            let error = dataset.gather_onsite(&[3, 20]).unwrap_err();
            assert!(matches!(error, DatasetError::Range { first: 20, .. }));
        }
    }

    #[test]
    fn damage_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let dataset = make(path, DisorderModel::II);
        let file = dataset.arrays.file(Kind::Species, 1);
        let good = fs::read(&file).unwrap();
        let mut changed = good.clone();
        changed[5] ^= 1;
        for wrong in [&changed[..], &good[1..], &good[..3], &[]] {
            fs::write(&file, wrong).unwrap();
            let error = dataset.gather_onsite(&[9]).unwrap_err();
            assert!(matches!(error, DatasetError::Damaged { .. }), "{error}");
            dataset.gather_onsite(&[1]).unwrap();
        }
        // A species that model II does not have, under a right checksum.
        let mut changed = good[..good.len() - CHECKSUM].to_vec();
        changed[5] = 9;
        let checksum = crc32c::crc32c(&changed).to_le_bytes();
        changed.extend(checksum);
        fs::write(&file, changed).unwrap();
        let error = dataset.gather_onsite(&[8]).unwrap_err();
        assert!(error.to_string().contains("cannot hold"), "{error}");
        fs::remove_file(&file).unwrap();
        let error = dataset.gather_onsite(&[8]).unwrap_err();
        assert!(matches!(error, DatasetError::Missing { .. }), "{error}");
    }
}
