//! All that a training needs to go on from a step as if it had never stopped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::curve::Epoch;
use super::error::TrainingError;
use landauer::internal::files::{ReadError, WriteError, write_whole};

const MAGIC: &[u8; 8] = b"LNDTRN1\n";

/// Where a training is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    /// The fingerprint of the run that it is of.
    pub(super) run: u32,
    /// Whole epochs done.
    pub(super) epoch: u64,
    /// Steps done of the epoch after those.
    pub(super) step: u64,
    /// The losses of these steps' samples, summed.
    pub(super) loss: f64,
    /// These samples.
    pub(super) samples: u64,
    /// Steps of the optimiser.
    pub(super) optimiser_steps: u32,
    /// Seconds of training.
    pub(super) seconds: f64,
    /// What the epochs have come to.
    pub(super) curve: Vec<Epoch>,
    /// The best epoch, from 1; 0 before the first.
    pub(super) best_epoch: u64,
}

/// How far a training can be at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    /// Its epochs.
    pub(super) epochs: u64,
    /// The most steps of an epoch.
    pub(super) steps: u64,
    /// The most samples of an epoch.
    pub(super) samples: u64,
    /// Targets, each with its error in the curve.
    pub(super) targets: usize,
}

impl Position {
    /// Can a training of this course be here?
    pub(super) fn is_on(&self, course: Course) -> bool {
        let Course {
            epochs,
            steps,
            samples,
            targets,
        } = course;
        let all = |of_epoch: u64| of_epoch.saturating_mul(epochs);
        let sound = |epoch: &Epoch| {
            let numbers = [epoch.seconds, epoch.rate, epoch.loss];
            epoch.samples <= all(samples)
                && epoch.mae.len() == targets
                && epoch.mae.iter().chain(&numbers).all(|x| x.is_finite())
        };
        self.epoch <= epochs
            && self.step <= steps
            && self.samples <= samples
            && u64::from(self.optimiser_steps) <= all(steps)
            && self.best_epoch <= self.epoch
            && self.curve.len() as u64 == self.epoch
            && self.curve.iter().all(sound)
            && self.loss.is_finite()
            && self.seconds.is_finite()
    }
}

/// A position and the numbers there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Checkpoint {
    pub(super) position: Position,
    /// The parameters, Adam's means, its mean squares, the mean of the parameters (or nothing), the
    /// best epoch's parameters (or nothing).
    pub(super) arrays: [Vec<f32>; 5],
}

/// The file of a run's checkpoint.
pub(super) fn file(run: &Path) -> PathBuf {
    run.join("checkpoint").join("state")
}

impl Checkpoint {
    /// Writes it, over the one before.
    pub(super) fn write(&self, run: &Path) -> Result<(), TrainingError> {
        let file = file(run);
        let write = || -> io::Result<()> { write_whole(&file, &self.encode()?) };
        write().map_err(|error| WriteError::new(&file, error))?;
        Ok(())
    }

    /// Reads it, if it exists.
    pub(super) fn read(run: &Path, fingerprint: u32) -> Result<Option<Self>, TrainingError> {
        let file = file(run);
        let bytes = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(|error| ReadError::new(&file, error))?,
        };
        let damaged = |reason: &str| TrainingError::Damaged {
            file: file.clone(),
            reason: reason.to_owned(),
        };
        let checkpoint = Self::decode(&bytes).map_err(damaged)?;
        if checkpoint.position.run != fingerprint {
            return Err(damaged("it belongs to another run"));
        }
        Ok(Some(checkpoint))
    }

    /// Magic, a line of JSON, the arrays, each behind its length, a checksum.
    fn encode(&self) -> Result<Vec<u8>, io::Error> {
        let mut bytes = MAGIC.to_vec();
        serde_json::to_writer(&mut bytes, &self.position)?;
        bytes.push(b'\n');
        for array in &self.arrays {
            bytes.extend((array.len() as u64).to_le_bytes());
            bytes.extend(array.iter().flat_map(|value| value.to_le_bytes()));
        }
        let sum = crc32c::crc32c(&bytes);
        bytes.extend(sum.to_le_bytes());
        Ok(bytes)
    }

    fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let (body, sum) = bytes.split_last_chunk().ok_or("it is cut off")?;
        if crc32c::crc32c(body) != u32::from_le_bytes(*sum) {
            return Err("its checksum is wrong");
        }
        let body = body.strip_prefix(MAGIC).ok_or("it is not a checkpoint")?;
        let end = body.iter().position(|&byte| byte == b'\n');
        let (json, mut rest) = body.split_at(end.ok_or("it is cut off")?);
        rest = &rest[1..];
        let position = serde_json::from_slice(json).map_err(|_| "its first line is wrong")?;
        let mut arrays: [Vec<f32>; 5] = Default::default();
        for array in &mut arrays {
            let (length, after) = rest.split_first_chunk().ok_or("it is cut off")?;
            let length = usize::try_from(u64::from_le_bytes(*length));
            let bytes = length.ok().and_then(|length| length.checked_mul(4));
            let (values, after) = bytes
                .and_then(|bytes| after.split_at_checked(bytes))
                .ok_or("it is cut off")?;
            *array = values
                .as_chunks()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect();
            rest = after;
        }
        Ok(Self { position, arrays })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            position: Position {
                run: 7,
                epoch: 3,
                step: 11,
                loss: 0.1 + 0.2,
                ..Position::default()
            },
            arrays: [
                vec![1.0, -0.0],
                vec![],
                vec![1e-40],
                vec![f32::MAX],
                vec![2.5; 9],
            ],
        }
    }

    #[test]
    fn it_comes_back_bit_by_bit() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Checkpoint::read(folder.path(), 7).unwrap().is_none());
        checkpoint().write(folder.path()).unwrap();
        let found = Checkpoint::read(folder.path(), 7).unwrap().unwrap();
        assert_eq!(found, checkpoint());
        assert!(found.arrays[0][1].is_sign_negative());
        assert!(Checkpoint::read(folder.path(), 8).is_err());
    }

    #[test]
    fn a_training_is_nowhere_but_on_its_course() {
        let course = Course {
            epochs: 2,
            steps: 5,
            samples: 50,
            targets: 1,
        };
        let row = Epoch {
            epoch: 1,
            samples: 50,
            seconds: 0.1,
            rate: 500.0,
            loss: 0.3,
            mae: vec![0.2],
        };
        let good = Position {
            epoch: 1,
            step: 4,
            samples: 40,
            optimiser_steps: 9,
            best_epoch: 1,
            curve: vec![row],
            ..Position::default()
        };
        assert!(good.is_on(course) && Position::default().is_on(course));
        let changes: [fn(&mut Position); 11] = [
            |p| p.epoch = 3,
            |p| p.epoch = 0,
            |p| p.step = 6,
            |p| p.samples = u64::MAX,
            |p| p.optimiser_steps = u32::MAX,
            |p| p.best_epoch = 2,
            |p| p.loss = f64::NAN,
            |p| p.seconds = f64::INFINITY,
            |p| p.curve[0].samples = u64::MAX,
            |p| p.curve[0].mae.clear(),
            |p| p.curve.clear(),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(!bad.is_on(course), "change {number}");
        }
    }

    #[test]
    fn whatever_is_damaged_is_refused() {
        let good = checkpoint().encode().unwrap();
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 1;
            assert!(Checkpoint::decode(&bad).is_err(), "byte {position}");
        }
        for length in 0..good.len() {
            assert!(
                Checkpoint::decode(&good[..length]).is_err(),
                "{length} bytes"
            );
        }
    }
}
