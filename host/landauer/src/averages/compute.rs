//! The work itself: samples drawn, solved and summed by many threads.

use std::sync::{Arc, Mutex, PoisonError};

use super::error::AveragesError;
use super::folder::UnitId;
use super::run::{Averages, AveragesReport};
use super::tally::Tally;
use crate::parallel;
use crate::solve::{Fallbacks, StripError, Worker, mean_with_underflows};
use crate::statistics::Scaled;
use crate::work::Observer;

/// By how much a conductance may exceed what is possible: far more than rounding, far less than a
/// mode.
const ROUNDING: f64 = 1e-3;

/// A unit in the making: the conductances of its samples, until they can be summed in order.
#[derive(Debug)]
struct Growing {
    conductances: Vec<Scaled>,
    fallbacks: Vec<Fallbacks>,
    /// How many batches are lacking.
    lacking: usize,
}

/// A batch of a unit in the making.
struct Task {
    unit: UnitId,
    growing: Arc<Mutex<Growing>>,
    /// Its samples, counted from the first of the unit.
    begin: usize,
    end: usize,
}

/// Why a thread puts down its work.
enum Halt {
    /// It was told to.
    Stopped,
    /// Something failed.
    Failed(AveragesError),
}

impl From<AveragesError> for Halt {
    fn from(error: AveragesError) -> Self {
        Self::Failed(error)
    }
}

/// One thread's means to work on units.
#[derive(Default)]
struct Hand<'a> {
    /// The number of the solver in use, and its working memory.
    worker: Option<(usize, Box<dyn Worker + 'a>)>,
    onsite: Vec<f64>,
    transmissions: Vec<f64>,
    fallbacks: Vec<Fallbacks>,
}

impl Averages<'_> {
    /// Computes these units and writes them; adds to the report what was written.
    pub(super) fn compute_units(
        &self,
        units: impl Iterator<Item = UnitId> + Send,
        observer: &dyn Observer,
        report: &mut AveragesReport,
    ) -> Result<(), AveragesError> {
        let written = Mutex::new(*report);
        // Whoever is free takes the next batch: no thread waits for another at a unit's end, and
        // no more units are in the making than the threads can reach.
        let tasks = units.flat_map(|unit| self.tasks(unit));
        let done = parallel::try_for_each_with(tasks, Hand::default, |hand, task| {
            if observer.stop() {
                return Err(Halt::Stopped);
            }
            let tally = self.work(hand, &task)?;
            observer.computed((task.end - task.begin) as u64);
            if let Some(tally) = tally {
                let (samples, fallbacks) = (tally.samples(), tally.fallbacks());
                self.folder.write_unit(task.unit, tally)?;
                let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
                written.units_written += 1;
                written.samples_written += samples;
                written.fallbacks.merge(fallbacks);
            }
            Ok(())
        });
        *report = written.into_inner().unwrap_or_else(PoisonError::into_inner);
        match done {
            Ok(()) => Ok(()),
            Err(Halt::Stopped) => {
                report.stopped = true;
                Ok(())
            }
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    /// The batches of a unit.
    fn tasks(&self, unit: UnitId) -> impl Iterator<Item = Task> + use<> {
        // Blocks have at most 2^20 samples.
        let samples = usize::try_from(self.samples_in(unit)).unwrap_or(usize::MAX);
        let batch = self.solvers.of(unit.point).1.batch().max(1);
        let growing = Arc::new(Mutex::new(Growing {
            conductances: vec![Scaled::ZERO; samples],
            fallbacks: vec![Fallbacks::default(); samples],
            lacking: samples.div_ceil(batch),
        }));
        (0..samples).step_by(batch).map(move |begin| Task {
            unit,
            growing: growing.clone(),
            begin,
            end: (begin + batch).min(samples),
        })
    }

    /// Draws and solves a batch; gives the sums of its unit if that was the last batch it lacked.
    fn work<'a>(
        &'a self,
        hand: &mut Hand<'a>,
        task: &Task,
    ) -> Result<Option<Tally>, AveragesError> {
        let (unit, count) = (task.unit, task.end - task.begin);
        let point = &self.points[unit.point];
        let (number, solver) = self.solvers.of(unit.point);
        let [length, width] = point.size.sides();
        let (sites, energies) = (length * width, solver.energies().len());
        let first = point.first + unit.block * self.config.block + task.begin as u64;

        hand.onsite.resize(count * sites, 0.0);
        hand.transmissions.resize(count * energies, 0.0);
        hand.fallbacks.clear();
        hand.fallbacks.resize(count, Fallbacks::default());
        for (strip, index) in hand.onsite.chunks_exact_mut(sites).zip(first..) {
            point.ensemble.sample(index).fill_onsite(strip);
        }
        let worker = match &mut hand.worker {
            Some((of, worker)) if *of == number => worker,
            other => &mut other.insert((number, solver.worker())).1,
        };
        let solved = worker.solve(&hand.onsite, &mut hand.transmissions, &mut hand.fallbacks);
        solved.map_err(|error| self.strip_failed(unit, first, error))?;

        let transmissions = hand.transmissions.chunks_exact(energies);
        let mut growing = task.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = &mut growing.conductances[task.begin..task.end];
        for ((slot, transmissions), index) in slots.iter_mut().zip(transmissions).zip(first..) {
            let impossible = |conductance| AveragesError::Impossible {
                axis: self.config.axis.name(),
                value: self.config.values[unit.point],
                sample: index,
                conductance,
            };
            let conductance = point
                .conductance
                .of(transmissions)
                .ok_or_else(|| impossible(f64::NAN))?;
            if !(-ROUNDING..=width as f64 + ROUNDING).contains(&conductance) {
                return Err(impossible(conductance));
            }
            *slot = conductance.into();
        }
        // What is too small for a number has its own: underflows of a sample stand together.
        for underflows in worker.underflows().chunk_by(|a, b| a.sample == b.sample) {
            let sample = underflows[0].sample;
            let transmissions = &hand.transmissions[sample * energies..][..energies];
            let mean = slots[sample].value();
            slots[sample] = mean_with_underflows(mean, transmissions, 0, underflows);
        }
        growing.fallbacks[task.begin..task.end].copy_from_slice(&hand.fallbacks);
        growing.lacking -= 1;
        if growing.lacking > 0 {
            return Ok(None);
        }
        let mut tally = Tally::default();
        for (&conductance, &fallbacks) in growing.conductances.iter().zip(&growing.fallbacks) {
            tally.push(conductance, fallbacks)?;
        }
        Ok(Some(tally))
    }

    fn strip_failed(&self, unit: UnitId, first: u64, in_unit: StripError) -> AveragesError {
        AveragesError::Strip {
            axis: self.config.axis.name(),
            value: self.config.values[unit.point],
            sample: first + in_unit.sample as u64,
            in_unit,
        }
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::{DisorderModel, SolveError};

    use super::super::config::tests::lengths;
    use super::super::{Axis, SweepConfig};
    use super::*;
    use crate::failure::{Categorised, Category};
    use crate::solve::{BatchSolver, SolverError, Underflow};
    use crate::system::StripSize;
    use crate::work::Shard;

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

    #[allow(clippy::unnecessary_wraps, reason = "what makes solvers may fail")]
    fn fake(size: StripSize, energies: &[f64]) -> Result<Box<dyn BatchSolver>, SolverError> {
        let energies = energies.to_vec();
        Ok(Box::new(Fake { size, energies }))
    }

    /// Stops after so many samples.
    struct Stop(std::sync::atomic::AtomicU64);

    impl Observer for Stop {
        fn begin(&self, _: u64) {}
        fn computed(&self, samples: u64) {
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
        Averages::with_solvers(folder.path(), config, samples, &fake)
    }

    fn all(averages: &Averages<'_>) -> Result<AveragesReport, AveragesError> {
        averages.begin(Shard::WHOLE, &[])?.compute(&never())
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
            fn begin(&self, samples: u64) {
                self.0.lock().unwrap().0 = samples;
            }
            fn computed(&self, samples: u64) {
                self.0.lock().unwrap().1 += samples;
            }
            fn stop(&self) -> bool {
                false
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let config = strengths(&[1e-4, 2e-4, 3e-4]);
        for index in [3, 0, 4, 1, 2] {
            let shard = Shard::new(index, 5).unwrap();
            let path = folder.path();
            let averages = Averages::with_solvers(path, &config, 87, &fake).unwrap();
            let part = averages.begin(shard, &[]).unwrap();
            for again in [false, true] {
                let count = Count((u64::MAX, 0).into());
                let report = part.compute(&count).unwrap();
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
        let part = averages.begin(Shard::WHOLE, &[]).unwrap();
        let report = part.compute(&Stop(30.into())).unwrap();
        assert!(report.stopped && report.units > 1 << 37);
        assert_eq!(averages.results().unwrap(), None);
    }

    #[test]
    fn stopped_it_keeps_whole_units_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let config = strengths(&[1e-4, 2e-4]);
        let first = averages(&folder, &config, 95).unwrap();
        let part = first.begin(Shard::WHOLE, &["t"]).unwrap();
        let report = part.compute(&Stop(50.into())).unwrap();
        assert!(report.stopped && report.units_written < report.units);
        assert_eq!(first.results().unwrap(), None);
        let rest = part.compute(&never()).unwrap();
        assert_eq!(rest.units_found, report.units_written);
        assert!(first.results().unwrap().is_some());
        assert!(part.publish(&[("t", Some(vec![1]))]).unwrap());
        assert!(folder.path().join("t").exists());
        let second = first.begin(Shard::WHOLE, &[]);
        assert!(matches!(second, Err(AveragesError::Busy { .. })));
        drop(part);
        // More samples: what outdates is gone, whole blocks are kept, part of one is not.
        let longer = averages(&folder, &config, 100).unwrap();
        let part = longer.begin(Shard::WHOLE, &["t"]).unwrap();
        assert!(!folder.path().join("t").exists());
        assert_eq!(longer.results().unwrap(), None);
        let report = part.compute(&never()).unwrap();
        assert_eq!((report.units_found, report.units_written), (18, 2));
        assert!(matches!(
            averages(&folder, &config, 95),
            Err(AveragesError::Shorter {
                there: 100,
                wanted: 95,
                ..
            })
        ));
    }

    #[test]
    fn an_outdated_process_publishes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let config = strengths(&[1e-4]);
        let none = Shard::new(0, 5).unwrap();
        let shorter = averages(&folder, &config, 10).unwrap();
        let idle = shorter.begin(none, &[]).unwrap();
        let longer = averages(&folder, &config, 20).unwrap();
        let part = longer.begin(Shard::WHOLE, &[]).unwrap();
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
            let averages = Averages::with_solvers(&folder, &config, 25, &fake).unwrap();
            all(&averages).unwrap_err()
        };
        let error = fail(100.0);
        assert!(matches!(error, AveragesError::Impossible { .. }), "{error}");
        assert_eq!(error.category(), Category::Internal);
        assert!(error.to_string().starts_with("strength 100: "), "{error}");
        let error = fail(1e9);
        assert!(matches!(
            error,
            AveragesError::Strip { .. } | AveragesError::Impossible { .. }
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
    fn models_two_to_four_sweep_their_concentration() {
        let mut config = strengths(&[0.0, 1.0]);
        config.axis = Axis::Concentration;
        config.model = DisorderModel::II;
        let points = config.points().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let averages = averages(&folder, &config, 10).unwrap();
        assert_eq!((points.len(), averages.solvers.of(1).0), (2, 0));
        assert_eq!(averages.solvers(), ["fake 1"]);
    }
}
