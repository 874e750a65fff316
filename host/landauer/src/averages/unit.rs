//! Averages as long work: a unit is a block of one point's samples, and its sums.

use std::ops::Range;
use std::path::Path;

use landauer_core::Compact;

use super::error::AveragesError;
use super::run::Averages;
use super::tally::Tally;
use crate::parallel;
use crate::solve::{Fallbacks, mean_with_underflows};
use crate::statistics::Scaled;
use crate::work::solvers::Problem;
use crate::work::units::{LongWork, Origin, SolvedBatch, UnitCounts};

/// By how much a conductance may exceed what is possible: far more than rounding, far less than a
/// mode.
const ROUNDING: f64 = 1e-3;

/// The conductances of a block of samples, until they can be summed in order.
#[derive(Debug)]
pub(crate) struct Unit {
    conductances: Vec<Scaled>,
    fallbacks: Vec<Fallbacks>,
}

impl LongWork for Averages<'_> {
    type Unit = Unit;
    type Error = AveragesError;

    const WHAT: &'static str = "averages of this size";
    const COPIES: u64 = 0;

    /// Units are small, and may be finished faster than one disk access follows another.
    fn writers(&self) -> usize {
        parallel::threads()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn points(&self) -> Vec<Problem> {
        let points = self.points.iter().map(|point| Problem {
            size: point.size,
            energies: point.conductance.energies(),
        });
        points.collect()
    }

    fn units(&self) -> u64 {
        self.samples.div_ceil(self.config.block) * self.points.len() as u64
    }

    fn samples_before(&self, unit: u64) -> u64 {
        let id = self.unit(unit);
        let (points, of_block) = (self.points.len() as u64, self.config.block);
        let begin = (id.block * of_block).min(self.samples);
        let end = (begin + of_block).min(self.samples);
        begin * points + (end - begin) * id.point as u64
    }

    fn unit_bytes(&self) -> u64 {
        let per_sample = size_of::<Scaled>() + size_of::<Fallbacks>();
        self.config.block.saturating_mul(per_sample as u64)
    }

    fn origin(&self, unit: u64) -> Origin<'_> {
        let id = self.unit(unit);
        let point = &self.points[id.point];
        Origin {
            source: self.source(point),
            first: point.first + id.block * self.config.block,
            point: id.point,
        }
    }

    fn place(&self, unit: u64) -> String {
        let value = self.config.values[self.unit(unit).point];
        format!("{} {}: ", self.config.axis.name(), Compact(value))
    }

    fn is_established(&self) -> Result<bool, AveragesError> {
        Ok(!self.folder.compare()?)
    }

    fn on_disk(&self, units: Range<u64>) -> Result<Vec<u64>, AveragesError> {
        let existing = self.folder.units()?.into_iter();
        let own = existing.filter(|id| id.point < self.points.len());
        let numbers = own.map(|id| self.number(id));
        Ok(numbers.filter(|unit| units.contains(unit)).collect())
    }

    fn is_finished(&self, unit: u64, _: bool) -> Result<bool, AveragesError> {
        let id = self.unit(unit);
        let tally = self.folder.read_unit(id, self.samples_shown(unit))?;
        Ok(tally.is_some())
    }

    fn empty(&self, unit: u64) -> Unit {
        // Blocks have at most 2^20 samples.
        let samples = usize::try_from(self.samples_shown(unit)).unwrap_or(usize::MAX);
        Unit {
            conductances: vec![Scaled::ZERO; samples],
            fallbacks: vec![Fallbacks::default(); samples],
        }
    }

    fn add(&self, to: &mut Unit, batch: &SolvedBatch<'_>) -> Result<(), AveragesError> {
        let point = &self.points[self.unit(batch.unit).point];
        let energies = batch.transmissions.len() / batch.range.len().max(1);
        let conductances = &mut to.conductances[batch.range.clone()];
        let rows = batch.transmissions.chunks_exact(energies.max(1));
        for (sample, (slot, row)) in conductances.iter_mut().zip(rows).enumerate() {
            let impossible = |conductance| AveragesError::Impossible {
                place: self.place(batch.unit),
                sample: self.origin(batch.unit).first + (batch.range.start + sample) as u64,
                conductance,
            };
            let conductance = point.conductance.of(row);
            let conductance = conductance.ok_or_else(|| impossible(f64::NAN))?;
            if !(-ROUNDING..=point.size.width() as f64 + ROUNDING).contains(&conductance) {
                return Err(impossible(conductance));
            }
            *slot = conductance.into();
        }
        // What is too small for an `f64` has its own number: underflows of a sample stand together.
        for underflows in batch.underflows.chunk_by(|a, b| a.sample == b.sample) {
            let sample = underflows[0].sample;
            let transmissions = &batch.transmissions[sample * energies..][..energies];
            let mean = conductances[sample].value();
            conductances[sample] = mean_with_underflows(mean, transmissions, 0, underflows);
        }
        to.fallbacks[batch.range.clone()].copy_from_slice(batch.fallbacks);
        Ok(())
    }

    fn write(&self, unit: u64, content: Unit) -> Result<UnitCounts, AveragesError> {
        let mut tally = Tally::default();
        for (conductance, fallbacks) in content.conductances.into_iter().zip(content.fallbacks) {
            tally.push(conductance, fallbacks)?;
        }
        let fallbacks = tally.fallbacks();
        self.folder.write_unit(self.unit(unit), tally)?;
        Ok(UnitCounts {
            fallbacks,
            // The logarithms of what is too small for an `f64` are kept.
            underflows: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::{DisorderModel, SolveError};

    use super::super::config::tests::lengths;
    use super::super::{Axis, SweepConfig};
    use super::*;
    use crate::failure::{Categorised, Category};
    use crate::solve::{BatchSolver, SolverError, StripError, Underflow, Worker};
    use crate::system::StripSize;
    use crate::work::solvers::MakeSolver;
    use crate::work::{FolderError, Observer, Shard, WorkError, WorkOptions, WorkReport};

    /// Gives every strip the first of its on-site energies for a conductance.
    struct Fake {
        size: StripSize,
        energies: Vec<f64>,
    }

    impl BatchSolver for Fake {
        fn identity(&self) -> &'static str {
            "fake 1"
        }
        fn size(&self) -> StripSize {
            self.size
        }
        fn energies(&self) -> &[f64] {
            &self.energies
        }
        fn batch(&self) -> usize {
            3
        }
        fn worker(&self) -> Box<dyn Worker + '_> {
            Box::new(FakeWorker(self))
        }
        fn worker_bytes(&self) -> u64 {
            0
        }
    }

    struct FakeWorker<'f>(&'f Fake);

    impl Worker for FakeWorker<'_> {
        fn solve(
            &mut self,
            onsite: &[f64],
            transmissions: &mut [f64],
            fallbacks: &mut [Fallbacks],
        ) -> Result<(), StripError> {
            let [length, width] = self.0.size.sides();
            for (sample, strip) in onsite.chunks_exact(length * width).enumerate() {
                if strip[0] > 1e3 {
                    return Err(StripError {
                        sample,
                        energy: 0.0,
                        fault: SolveError::LostSolution { slices: 1 }.into(),
                    });
                }
                transmissions[sample] = strip[0];
                fallbacks[sample].mirrored = u32::from(strip[0] > 0.0);
            }
            Ok(())
        }
        fn underflows(&self) -> &[Underflow] {
            &[]
        }
    }

    struct MakeFake;

    impl MakeSolver for MakeFake {
        fn identity(&self) -> &'static str {
            "fake 1"
        }
        fn make(
            &self,
            size: StripSize,
            energies: &[f64],
        ) -> Result<Box<dyn BatchSolver>, SolverError> {
            let energies = energies.to_vec();
            Ok(Box::new(Fake { size, energies }))
        }
    }

    /// Stops after this many samples.
    struct Stop(std::sync::atomic::AtomicU64);

    impl Observer for Stop {
        fn begin(&self, _: &str, _: u64) {}
        fn advance(&self, samples: u64) {
            use std::sync::atomic::Ordering::Relaxed;
            let left = self.0.load(Relaxed).saturating_sub(samples);
            self.0.store(left, Relaxed);
        }
        fn stop(&self) -> bool {
            self.0.load(std::sync::atomic::Ordering::Relaxed) == 0
        }
    }

    fn never() -> Stop {
        Stop(u64::MAX.into())
    }

    fn strengths(values: &[f64]) -> SweepConfig {
        SweepConfig {
            axis: Axis::Strength,
            values: values.to_vec(),
            block: 10,
            ..lengths()
        }
    }

    fn averages<'c>(
        folder: &tempfile::TempDir,
        config: &'c SweepConfig,
        samples: u64,
    ) -> Result<Averages<'c>, AveragesError> {
        with_shard(folder, config, samples, Shard::WHOLE)
    }

    fn with_shard<'c>(
        folder: &tempfile::TempDir,
        config: &'c SweepConfig,
        samples: u64,
        shard: Shard,
    ) -> Result<Averages<'c>, AveragesError> {
        let options = WorkOptions::new(samples).shard(shard);
        Averages::with_solver(folder.path(), config, options, &MakeFake)
    }

    fn all(averages: &Averages<'_>) -> Result<WorkReport, AveragesError> {
        averages.begin(&[])?.run(&never())
    }

    #[test]
    fn every_sample_is_drawn_solved_and_summed_once() {
        let folder = tempfile::tempdir().unwrap();
        // Conductances just below zero count as rounding.
        let config = strengths(&[1e-4, 2e-4]);
        let averages = averages(&folder, &config, 25).unwrap();
        assert_eq!(averages.results().unwrap(), None);
        let report = all(&averages).unwrap();
        assert_eq!((report.units, report.units_written), (6, 6));
        assert_eq!((report.samples_written, report.samples_found), (50, 0));
        let tallies = averages.results().unwrap().unwrap();
        let ensemble = config.points().unwrap()[1].ensemble;
        let mut expected = Tally::default();
        for block in [0..10, 10..20, 20..25_u64] {
            let mut part = Tally::default();
            for index in block {
                let g: f64 = ensemble.sample(index).site(0).onsite();
                let fallbacks = Fallbacks {
                    mirrored: u32::from(g > 0.0),
                    ..Fallbacks::default()
                };
                part.push(g, fallbacks).unwrap();
            }
            expected.merge(&part);
        }
        assert!(expected.zeros() > 0 && expected.fallbacks().mirrored > 0);
        assert_eq!(tallies[1], expected);
        assert_eq!(report.fallbacks.mirrored, 2 * expected.fallbacks().mirrored);
    }

    #[test]
    fn the_work_is_announced_to_the_sample() {
        struct Count(std::sync::Mutex<(u64, u64)>);
        impl Observer for Count {
            fn begin(&self, _: &str, samples: u64) {
                self.0.lock().unwrap().0 = samples;
            }
            fn advance(&self, samples: u64) {
                self.0.lock().unwrap().1 += samples;
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let config = strengths(&[1e-4, 2e-4, 3e-4]);
        for index in [3, 0, 4, 1, 2] {
            let shard = Shard::new(index, 5).unwrap();
            let averages = with_shard(&folder, &config, 87, shard).unwrap();
            let part = averages.begin(&[]).unwrap();
            for again in [false, true] {
                let count = Count((u64::MAX, 0).into());
                let report = part.run(&count).unwrap();
                let (announced, computed) = *count.0.lock().unwrap();
                assert_eq!(announced, computed);
                assert_eq!(report.samples_written, computed);
                assert_eq!(computed == 0, again);
            }
        }
    }

    #[test]
    fn a_number_of_samples_beyond_all_lists_is_no_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let config = strengths(&[1e-4, 2e-4]);
        let averages = averages(&folder, &config, 1 << 40).unwrap();
        let part = averages.begin(&[]).unwrap();
        let report = part.run(&Stop(30.into())).unwrap();
        assert!(report.stopped && report.units > 1 << 37);
        assert_eq!(averages.results().unwrap(), None);
    }

    #[test]
    fn stopped_it_keeps_whole_units_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let config = strengths(&[1e-4, 2e-4]);
        let first = averages(&folder, &config, 95).unwrap();
        let part = first.begin(&["t"]).unwrap();
        let report = part.run(&Stop(50.into())).unwrap();
        assert!(report.stopped && report.units_written < report.units);
        assert_eq!(first.results().unwrap(), None);
        let rest = part.run(&never()).unwrap();
        assert_eq!(rest.units_found, report.units_written);
        assert!(first.results().unwrap().is_some());
        assert!(part.publish(&[("t", Some(vec![1]))]).unwrap());
        assert!(folder.path().join("t").exists());
        let second = first.begin(&[]);
        assert!(matches!(
            second,
            Err(AveragesError::Work(WorkError::Busy { .. }))
        ));
        drop(part);
        // More samples: what outdates is gone, whole blocks are kept, part of one is not.
        let longer = averages(&folder, &config, 100).unwrap();
        let part = longer.begin(&["t"]).unwrap();
        assert!(!folder.path().join("t").exists());
        assert_eq!(longer.results().unwrap(), None);
        let report = part.run(&never()).unwrap();
        assert_eq!((report.units_found, report.units_written), (18, 2));
        assert!(matches!(
            averages(&folder, &config, 95),
            Err(AveragesError::Folder(FolderError::Shorter {
                existing: 100,
                wanted: 95,
                ..
            }))
        ));
    }

    #[test]
    fn an_outdated_process_publishes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let config = strengths(&[1e-4]);
        let none = Shard::new(0, 5).unwrap();
        let shorter = with_shard(&folder, &config, 10, none).unwrap();
        let idle = shorter.begin(&[]).unwrap();
        let longer = averages(&folder, &config, 20).unwrap();
        let part = longer.begin(&[]).unwrap();
        assert!(!idle.publish(&[("t", Some(vec![1]))]).unwrap());
        assert!(part.publish(&[("t", Some(vec![1]))]).unwrap());
        assert!(part.publish(&[("t", None)]).unwrap());
        assert!(!folder.path().join("t").exists());
    }

    #[test]
    fn a_wrong_conductance_and_an_unsolvable_strip_end_it() {
        let folder = tempfile::tempdir().unwrap();
        let fail = |strength: f64| {
            let folder = folder.path().join(strength.to_string());
            let config = strengths(&[strength]);
            let options = WorkOptions::new(25);
            let averages = Averages::with_solver(&folder, &config, options, &MakeFake).unwrap();
            all(&averages).unwrap_err()
        };
        let error = fail(100.0);
        assert!(matches!(error, AveragesError::Impossible { .. }), "{error}");
        assert_eq!(error.category(), Category::Internal);
        assert!(error.to_string().starts_with("strength 100: "), "{error}");
        let error = fail(1e9);
        assert!(matches!(
            error,
            AveragesError::Work(WorkError::Strip { .. }) | AveragesError::Impossible { .. }
        ));
    }

    #[test]
    fn a_unit_of_another_place_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let config = strengths(&[1e-4, 2e-4]);
        let averages = averages(&folder, &config, 10).unwrap();
        all(&averages).unwrap();
        let units = folder.path().join("units");
        std::fs::copy(
            units.join("b00000-p0000.unit"),
            units.join("b00000-p0001.unit"),
        )
        .unwrap();
        let error = averages.results().unwrap_err();
        assert_eq!(error.category(), Category::Damaged);
        assert!(error.to_string().contains("b00000-p0001.unit"), "{error}");
    }

    #[test]
    fn impurities_sweep_their_concentration() {
        // So few that none of the samples has one.
        let mut config = strengths(&[0.0, 1e-9]);
        config.axis = Axis::Concentration;
        config.model = DisorderModel::II;
        let points = config.points().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let averages = averages(&folder, &config, 10).unwrap();
        assert_eq!((points.len(), averages.origin(1).point), (2, 1));
        assert_eq!(all(&averages).unwrap().units_written, 2);
    }
}
