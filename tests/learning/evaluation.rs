//! `landauer evaluate`, and what it is made of, on cases whose answers are known.

use std::path::{Path, PathBuf};

use landauer::StripSize;
use landauer::dataset::Dataset;
use landauer::failure::{Categorised, Category};
use landauer_core::{Concentration, DisorderModel, Ensemble, PAPER_BIAS};
use landauer_learn::evaluation::{
    Baseline, Counting, EvaluateError, Intervals, NOMINAL, PredictError, Predictions, Predictor,
    SampleRange, Target, TrainedOn, impurities, judge, predict_all,
};
use landauer_tests::command::run;
use landauer_tests::tolerance;
use tempfile::TempDir;

const G: Target = Target::Conductance;
const G_BAR: Target = Target::BiasAverage { bias: PAPER_BIAS };

/// Numbers from 0 to 1, equally likely, different for each `set`.
fn uniform(set: u64, count: usize) -> Vec<f64> {
    let model = DisorderModel::AndersonBox { strength: 1.0 };
    let ensemble = Ensemble::new(model, Concentration::Uniform, 77).unwrap();
    let mut values = vec![0.0; count];
    ensemble.sample(set).fill_onsite(&mut values);
    values.iter().map(|value: &f64| value + 0.5).collect()
}

fn predictions(counts: &[usize], exact: &[f64], predicted: &[f64]) -> Predictions {
    Predictions {
        disorder: DisorderModel::II,
        sites: 100,
        targets: vec![G],
        counts: counts.to_vec(),
        exact: exact.to_vec(),
        predicted: predicted.to_vec(),
        seconds: 1.0,
    }
}

#[test]
fn errors_by_hand() {
    let counts = [0, 4, 5, 50, 100];
    let exact = [4.0, 3.0, 2.0, 0.01, 0.0];
    // Off by 1, −1, 0, 0.01 and 0.5.
    let predicted = [5.0, 2.0, 2.0, 0.02, 0.5];
    let model = DisorderModel::II;
    // Enough samples of each count that none is pooled with another.
    let trained = [(0, 4.0), (4, 1.0), (5, 1.0), (50, 1.0), (100, 0.0)];
    let trained = trained.into_iter().flat_map(|pair| [pair; 1024]);
    let (seen, values): (Vec<usize>, Vec<f64>) = trained.unzip();
    let baseline = Baseline::fit(model, 100, &[G], &seen, &values).unwrap();
    let found = judge(
        &predictions(&counts, &exact, &predicted),
        Some(&baseline),
        None,
        1,
    );
    let [found] = &found[..] else {
        panic!("{found:#?}");
    };
    let near = |a: f64, b: f64| (a - b).abs() < tolerance::ROUNDING;
    assert!(near(found.mae, 2.51 / 5.0));
    assert!(near(found.mse, 2.2501 / 5.0));
    assert!(near(found.mean_error, 0.51 / 5.0));
    // Guesses 4, 1, 1, 1, 0 are off by 0, 2, 1, 0.99, 0; the constant 1 by 3, 2, 1, 0.99, 1.
    assert!(near(found.baseline_mae.unwrap(), 3.99 / 5.0));
    assert!(near(found.constant_mae.unwrap(), 7.99 / 5.0));
    assert!(near(found.skill.unwrap(), 1.0 - 2.51 / 3.99));
    let mean = 9.01 / 5.0;
    let variance = exact.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / 5.0;
    assert!(near(found.r2.unwrap(), 1.0 - 2.2501 / 5.0 / variance));
    assert_eq!(
        (found.percentiles.p50, found.percentiles.largest),
        (0.5, 1.0)
    );
    assert_eq!((found.percentiles.p90, found.samples), (1.0, 5));
    // Bands: 0 and 4 % below 5 %, 5 % in the next, 50 and 100 % in the last.
    let bands: Vec<(f64, usize, f64)> = found
        .bands
        .iter()
        .map(|band| (band.from, band.samples, band.mae))
        .collect();
    assert_eq!(bands.len(), 3);
    assert_eq!(bands[..2], [(0.0, 2, 1.0), (0.05, 1, 0.0)]);
    assert_eq!((bands[2].0, bands[2].1), (0.5, 2));
    assert!(near(bands[2].2, 0.255));
    assert_eq!(found.bands[1].skill, Some(1.0));
    // Only 0.01 is small, and is predicted twice as large.
    let logarithm = found.logarithm.unwrap();
    assert_eq!((logarithm.samples, logarithm.raised), (1, 0));
    assert!(near(logarithm.mae, 2_f64.ln()));
    assert!(near(logarithm.baseline_mae.unwrap(), 100_f64.ln()));
    assert!(found.reliability.is_empty());
}

#[test]
fn without_a_baseline_there_is_no_skill_and_model_i_has_no_bands() {
    let mut of_model_i = predictions(&[9, 9], &[0.0, 0.0], &[0.1, -0.1]);
    of_model_i.disorder = DisorderModel::AndersonBox { strength: 4.0 };
    let found = &judge(&of_model_i, None, None, 1)[0];
    assert_eq!(
        (found.skill, found.baseline_mae, found.r2),
        (None, None, None)
    );
    assert!(found.bands.is_empty() && found.logarithm.is_none());
    assert_eq!(found.mae_interval, [0.1, 0.1]);
    // A baseline of something else is none.
    let other = Baseline::fit(of_model_i.disorder, 100, &[G_BAR], &[9], &[1.0]).unwrap();
    assert_eq!(judge(&of_model_i, Some(&other), None, 1)[0].skill, None);
}

#[test]
fn bootstrap_intervals_hold_the_truth_as_often_as_they_say() {
    const SETS: u64 = 300;
    let covered = (0..SETS).filter(|&set| {
        // Exponential: mean 1, with a tail as absolute errors have.
        let errors: Vec<f64> = uniform(set, 400).iter().map(|u| -u.ln()).collect();
        let zeros = vec![0.0; errors.len()];
        let counts = vec![0; errors.len()];
        let found = judge(&predictions(&counts, &zeros, &errors), None, None, set);
        let [from, to] = found[0].mae_interval;
        from <= 1.0 && 1.0 <= to
    });
    let share = covered.count() as f64 / SETS as f64;
    let (least, most) = tolerance::BOOTSTRAP_COVERAGE;
    assert!((least..=most).contains(&share), "{share}");
}

/// The middle of some numbers; of an even number of them, half-way between the middle two.
fn middle_of(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

/// The baseline's rule written out directly, without shortcuts.
fn brute_medians(sites: usize, counts: &[usize], values: &[f64]) -> Vec<f64> {
    let candidates = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
    let samples = 0..counts.len();
    let own = |count: usize| samples.clone().filter(move |&k| counts[k] == count);
    let range = |count: usize, wanted: usize| -> Vec<usize> {
        let within = |distance: usize| -> Vec<usize> {
            let near = |&k: &usize| counts[k].abs_diff(count) <= distance;
            samples.clone().filter(near).collect()
        };
        let enough = |&distance: &usize| within(distance).len() >= wanted;
        within((0..=sites).find(enough).unwrap_or(sites))
    };
    let median = |places: &[usize]| middle_of(places.iter().map(|&k| values[k]).collect());
    let is_single = |count: usize| count == 0 && own(count).count() > 0;
    let error = |sample: usize, wanted: usize| -> f64 {
        if is_single(counts[sample]) {
            return 0.0;
        }
        let mut others = range(counts[sample], wanted + 1);
        others.retain(|&other| other != sample);
        median(&others).map_or(0.0, |guess| (values[sample] - guess).abs())
    };
    let errors = candidates.map(|wanted| -> Vec<f64> {
        samples
            .clone()
            .map(|sample| error(sample, wanted))
            .collect()
    });
    let of_count = |count: usize| {
        if is_single(count) {
            return median(&own(count).collect::<Vec<_>>()).unwrap();
        }
        // All samples of the counts up to as far away as the 256th, or a fiftieth of the sites.
        let mut near = range(count, 256);
        near.extend(
            samples
                .clone()
                .filter(|&k| counts[k].abs_diff(count) <= sites / 50),
        );
        near.sort_unstable();
        near.dedup();
        let scores = errors
            .each_ref()
            .map(|errors| -> f64 { near.iter().map(|&k| errors[k]).sum() });
        let least = scores.into_iter().fold(f64::INFINITY, f64::min);
        let best = scores.iter().position(|&score| score <= least + 1e-9);
        median(&range(count, candidates[best.unwrap()])).unwrap()
    };
    (0..=sites).map(of_count).collect()
}

#[test]
fn medians_by_count_are_those_of_brute_force() {
    let sites = 60;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 60"
    )]
    let counts: Vec<usize> = uniform(1, 500)
        .iter()
        // Few at the upper end, none above 50, a gap from 20 to 29.
        .map(|u| (u * u * 50.0) as usize)
        .map(|count| if (20..30).contains(&count) { 7 } else { count })
        .collect();
    // The first falls with the count as conductances do, the second has nothing to do with it.
    let noise = uniform(2, 1000);
    let pairs = noise.as_chunks::<2>().0.iter().zip(&counts);
    let values: Vec<f64> = pairs
        .flat_map(|([a, b], &count)| [a + 20.0 / (1.0 + count as f64), *b])
        .collect();
    let model = DisorderModel::IV;
    let baseline = Baseline::fit(model, sites, &[G, G_BAR], &counts, &values).unwrap();
    for (number, medians) in baseline.targets().iter().enumerate() {
        let column: Vec<f64> = values.iter().skip(number).step_by(2).copied().collect();
        assert_eq!(medians.by_count.len(), sites + 1);
        let brute = brute_medians(sites, &counts, &column);
        for (count, (&found, brute)) in medians.by_count.iter().zip(brute).enumerate() {
            let six_digits: f64 = format!("{brute:.5e}").parse().unwrap();
            assert_eq!(found, six_digits, "{count}");
            assert_eq!(baseline.guess(number, count), found);
        }
        let below = column.iter().filter(|&&value| value < medians.constant);
        assert_eq!(below.count(), 250);
    }
}

/// The mean absolute error of guesses by count.
fn error_of(guess: impl Fn(usize) -> f64, counts: &[usize], values: &[f64]) -> f64 {
    let errors = counts.iter().zip(values);
    let errors = errors.map(|(&count, value)| (value - guess(count)).abs());
    errors.sum::<f64>() / counts.len() as f64
}

#[test]
fn counting_is_the_best_that_counts_can_do_on_small_strips() {
    let place = Place::new();
    let size = "generate --disorder 2 --length 3 --width 3 --energies 0";
    let set = |name: &str, samples: u64, seed: u64| {
        let path = place.text(name);
        let line = format!("{size} --samples {samples} --seed {seed} --output {path}");
        let _ = run(line.split_whitespace()).succeeded();
        let dataset = Dataset::open(Path::new(&path)).unwrap();
        let onsite = dataset.onsite(0..samples).unwrap();
        let counts: Vec<usize> = onsite.chunks_exact(9).map(impurities).collect();
        (counts, dataset.transmission(0..samples).unwrap())
    };
    let (test_counts, test_values) = set("test.zarr", 4000, 2);
    let (all_counts, all_values) = set("train.zarr", 4000, 1);
    let model = DisorderModel::II;
    // As good as any guess from the count alone can be: the medians of the test samples themselves.
    let best = |count: usize| {
        let own = test_counts.iter().zip(&test_values);
        let own = own.filter(|(other, _)| **other == count);
        middle_of(own.map(|(_, &value)| value).collect()).unwrap_or(0.0)
    };
    let best = error_of(best, &test_counts, &test_values);
    for (samples, share) in tolerance::COUNTING_ON_FEW {
        let (counts, values) = (&all_counts[..samples], &all_values[..samples]);
        let baseline = Baseline::fit(model, 9, &[G], counts, values).unwrap();
        let mae = error_of(|count| baseline.guess(0, count), &test_counts, &test_values);
        assert!(mae <= share * best, "{samples}: {mae} and {best}");
        // There is only one clean strip, which has three modes.
        assert_eq!(baseline.guess(0, 0), 3.0, "{samples}");
    }
    // Many samples of each count: their own medians, to the digits of the table.
    let baseline = Baseline::fit(model, 9, &[G], &all_counts, &all_values).unwrap();
    for count in 0..=9 {
        let own = all_counts.iter().zip(&all_values);
        let own: Vec<f64> = { own.filter(|(other, _)| **other == count) }
            .map(|(_, &value)| value)
            .collect();
        assert!(own.len() >= 256, "{count}: {}", own.len());
        let six_digits: f64 = format!("{:.5e}", middle_of(own).unwrap()).parse().unwrap();
        assert_eq!(baseline.guess(0, count), six_digits, "{count}");
    }
}

#[test]
fn counting_pools_what_pooling_helps_and_is_never_worse_than_the_constant() {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 1600"
    )]
    let counts = |set: u64, samples: usize| -> Vec<usize> {
        let shares = uniform(set, samples);
        shares.iter().map(|u| (u * 1601.0) as usize).collect()
    };
    let model = DisorderModel::III;
    let (test_counts, noise) = (counts(3, 20_000), uniform(4, 20_000));
    let median = |values: &[f64]| middle_of(values.to_vec()).unwrap();
    // What has nothing to do with the count.
    for samples in [1, 2, 10, 100, 1000, 10_000] {
        let (counts, values) = (counts(5, samples), uniform(6, samples));
        let baseline = Baseline::fit(model, 1600, &[G], &counts, &values).unwrap();
        let mae = error_of(|count| baseline.guess(0, count), &test_counts, &noise);
        let constant = error_of(|_| median(&values), &test_counts, &noise);
        let chance = 1.0 + tolerance::COUNTING_BY_CHANCE / (samples as f64).sqrt();
        assert!(mae <= chance * constant, "{samples}: {mae} and {constant}");
    }
    // What falls with the count as the conductance of 40 x 40 sites does, in twelve samples a count:
    // no worse than with counts of up to 2 away, which is about the best that one range can do.
    let conductance = |(&count, noise): (&usize, &f64)| {
        let middle = 40.0 / (1.0 + count as f64 / 40.0).powi(2);
        middle * (1.0 + 0.2 * (noise - 0.5))
    };
    let (counts, more) = (counts(7, 20_000), uniform(8, 20_000));
    let values: Vec<f64> = counts.iter().zip(&more).map(conductance).collect();
    let test_values: Vec<f64> = test_counts.iter().zip(&noise).map(conductance).collect();
    let baseline = Baseline::fit(model, 1600, &[G], &counts, &values).unwrap();
    let mae = error_of(|count| baseline.guess(0, count), &test_counts, &test_values);
    let mut by_count = vec![Vec::new(); 1601];
    for (&count, &value) in counts.iter().zip(&values) {
        by_count[count].push(value);
    }
    let near = |count: usize| by_count[count.saturating_sub(2)..(count + 3).min(1601)].concat();
    let fixed: Vec<f64> = (0..1601).map(|count| median(&near(count))).collect();
    let fixed = error_of(|count| fixed[count], &test_counts, &test_values);
    assert!(mae <= fixed, "{mae} and {fixed}");
}

#[test]
fn what_never_varies_has_neither_skill_nor_r2() {
    let model = DisorderModel::II;
    // The only strip full of impurities, to rounding; a table of medians has six digits of it.
    let exact: Vec<f64> = (0..50)
        .map(|k| 0.123_456_789 + 1e-16 * f64::from(k))
        .collect();
    let baseline = Baseline::fit(model, 100, &[G], &[100; 50], &exact).unwrap();
    let predicted = vec![0.1236; 50];
    let found = judge(
        &predictions(&[100; 50], &exact, &predicted),
        Some(&baseline),
        None,
        1,
    );
    let [found] = &found[..] else {
        panic!("{found:#?}");
    };
    assert!(found.baseline_mae.unwrap() > 0.0 && found.mae > 1e-4);
    assert_eq!(
        (found.skill, found.skill_interval, found.r2),
        (None, None, None)
    );
    assert!(found.bands.iter().all(|band| band.skill.is_none()));
}

#[test]
fn impurities_of_any_species_count() {
    assert_eq!(impurities(&[0.0, 5.0, 2.5, 0.0, 5.0 / 3.0, -0.0]), 3);
}

/// Errors that grow with the count, as numbers for and after calibration.
fn noisy(set: u64, samples: usize, scale: f64) -> Predictions {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 100"
    )]
    let counts: Vec<usize> = uniform(set, samples)
        .iter()
        .map(|u| (u * 101.0) as usize)
        .collect();
    let exact: Vec<f64> = counts.iter().map(|&count| 100.0 - count as f64).collect();
    let noise = uniform(set + 1, samples);
    let error = |(&count, u): (&usize, &f64)| scale * (count as f64 + 1.0) * (u - 0.5).powi(3);
    let errors = counts.iter().zip(&noise).map(error);
    let predicted: Vec<f64> = exact
        .iter()
        .zip(errors)
        .map(|(g, error)| g + error)
        .collect();
    predictions(&counts, &exact, &predicted)
}

#[test]
fn prediction_intervals_hold_as_often_as_they_say_and_an_overconfident_one_is_found_out() {
    let calibration = noisy(10, 20_000, 1.0);
    let Predictions {
        disorder,
        sites,
        targets,
        counts,
        exact,
        predicted,
        ..
    } = &calibration;
    let intervals = Intervals::fit(*disorder, *sites, targets, counts, exact, predicted).unwrap();
    // Four times as wide at four times the count.
    let half = |count| intervals.half_widths(0, count).unwrap()[2];
    assert!((half(79) / half(19) - 4.0).abs() < 1.0);

    let test = noisy(20, 20_000, 1.0);
    let found = &judge(&test, None, Some(&intervals), 1)[0];
    let mut worst: f64 = 0.0;
    for (one, nominal) in found.reliability.iter().zip(NOMINAL) {
        assert_eq!(one.nominal, nominal);
        worst = worst.max((one.observed - nominal).abs());
    }
    assert_eq!(found.reliability.len(), NOMINAL.len());
    assert!(worst < tolerance::RELIABILITY, "{worst}");
    let widths = found.reliability.iter().map(|one| one.mean_width);
    assert!(widths.is_sorted());
    // Local in the count: no band is far off either.
    for band in &found.bands {
        let off = (band.observed.unwrap()[2] - 0.9).abs();
        assert!(off < tolerance::RELIABILITY_OF_BAND, "{band:?}");
    }

    // The same intervals around a predictor that has become twice as bad.
    let worse = &judge(&noisy(20, 20_000, 2.0), None, Some(&intervals), 1)[0];
    for one in &worse.reliability {
        assert!(one.observed < one.nominal - 10.0 * one.standard_error);
    }
}

/// A folder with data sets.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Makes a data set of strips of 6 x 5 sites; gives its path.
    fn dataset(&self, name: &str, samples: u64, more: &str) -> String {
        self.dataset_of_width(5, name, samples, more)
    }

    fn dataset_of_width(&self, width: u64, name: &str, samples: u64, more: &str) -> String {
        let path = self.text(name);
        let size = format!("generate --length 6 --width {width} --samples {samples}");
        let line = format!("{size} --chunk 64 {more} --output");
        let _ = run(line.split_whitespace().chain([&*path])).succeeded();
        path
    }
}

/// A predictor of our own: a hundredth of the impurities; it can be told to fail.
struct Hundredth {
    size: StripSize,
    disorder: DisorderModel,
    trained_on: Option<TrainedOn>,
    asked: usize,
    fails_at: Option<usize>,
    says: Option<f64>,
}

impl Hundredth {
    fn new() -> Self {
        Self {
            size: StripSize::new(6, 5).unwrap(),
            disorder: DisorderModel::II,
            trained_on: None,
            asked: 0,
            fails_at: None,
            says: None,
        }
    }
}

#[derive(Debug)]
struct OutOfOrder;

impl std::fmt::Display for OutOfOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("out of order")
    }
}

impl std::error::Error for OutOfOrder {}

impl Categorised for OutOfOrder {
    fn category(&self) -> Category {
        Category::System
    }
}

impl Predictor for Hundredth {
    fn name(&self) -> String {
        "a hundredth".to_owned()
    }

    fn size(&self) -> StripSize {
        self.size
    }

    fn disorder(&self) -> DisorderModel {
        self.disorder
    }

    fn targets(&self) -> &[Target] {
        &[G_BAR, G]
    }

    fn predict(&mut self, onsite: &[f64], out: &mut [f64]) -> Result<(), PredictError> {
        for (sample, (strip, out)) in onsite
            .chunks_exact(30)
            .zip(out.chunks_exact_mut(2))
            .enumerate()
        {
            if self.fails_at == Some(self.asked) {
                return Err(PredictError::at(sample, OutOfOrder));
            }
            out[0] = impurities(strip) as f64 / 100.0;
            out[1] = self.says.filter(|_| self.asked == 70).unwrap_or(1.0);
            self.asked += 1;
        }
        Ok(())
    }

    fn trained_on(&self) -> Option<&TrainedOn> {
        self.trained_on.as_ref()
    }

    fn baseline(&self) -> Option<&Baseline> {
        None
    }
}

#[test]
fn every_sample_of_a_data_set_is_predicted_beside_its_exact_value() {
    let place = Place::new();
    let dataset = place.dataset("test.zarr", 300, "--seed 4");
    let dataset = Dataset::open(Path::new(&dataset)).unwrap();
    let mut told = 0;
    let found = predict_all(&mut Hundredth::new(), &dataset, |samples| told += samples).unwrap();
    assert_eq!((told, found.sites), (300, 30));
    assert_eq!(found.column(&found.exact, 1), dataset.g().unwrap().unwrap());
    assert_eq!(
        found.column(&found.exact, 0),
        dataset.g_bar().unwrap().unwrap()
    );
    assert_eq!(found.column(&found.predicted, 1), [1.0; 300]);
    let onsite = dataset.onsite(0..300).unwrap();
    for (sample, strip) in onsite.chunks_exact(30).enumerate() {
        let count = strip.iter().filter(|&&energy| energy == 5.0).count();
        assert_eq!(found.counts[sample], count);
        assert_eq!(found.predicted[2 * sample], count as f64 / 100.0);
    }
}

#[test]
fn a_failed_prediction_is_told_with_its_sample() {
    let place = Place::new();
    let dataset = place.dataset("test.zarr", 300, "--seed 4");
    let dataset = Dataset::open(Path::new(&dataset)).unwrap();
    let mut predictor = Hundredth::new();
    predictor.fails_at = Some(200);
    let error = predict_all(&mut predictor, &dataset, |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "sample 200: out of order");
    assert_eq!(error.category(), Category::System);
    let mut predictor = Hundredth::new();
    predictor.says = Some(f64::NAN);
    let error = predict_all(&mut predictor, &dataset, |_| {}).unwrap_err();
    assert!(
        matches!(
            error,
            EvaluateError::NotFinite {
                sample: 70,
                target: G,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_data_set_of_another_kind_or_of_seen_samples_is_refused() {
    let place = Place::new();
    let path = place.dataset("test.zarr", 300, "--seed 4");
    let dataset = Dataset::open(Path::new(&path)).unwrap();
    let refusal = |predictor: &mut Hundredth| match predict_all(predictor, &dataset, |_| {}) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    let mut other = Hundredth::new();
    other.size = StripSize::new(6, 6).unwrap();
    assert!(
        refusal(&mut other).contains("size is 6 x 5 sites, and the predictor was made for 6 x 6")
    );
    other = Hundredth::new();
    other.disorder = DisorderModel::III;
    assert!(
        refusal(&mut other)
            .contains("disorder is model II, and the predictor was made for model III")
    );

    let trained_on = |seed, first, end| {
        let mut predictor = Hundredth::new();
        predictor.trained_on = Some(TrainedOn {
            disorder: DisorderModel::II,
            size: StripSize::new(6, 5).unwrap(),
            samples: vec![
                SampleRange {
                    seed: 1 << 63,
                    first: 0,
                    end: 1 << 40,
                },
                SampleRange { seed, first, end },
            ],
            data_hash: String::new(),
        });
        predictor
    };
    assert_eq!(refusal(&mut trained_on(4, 300, 900)), "");
    assert_eq!(refusal(&mut trained_on(5, 0, 900)), "");
    let told = refusal(&mut trained_on(4, 299, 900));
    assert!(
        told.contains("trained or chosen on its samples 299 to 299 of seed 4"),
        "{told}"
    );
    assert!(
        told.contains(&path) && told.contains("another seed"),
        "{told}"
    );
}

#[test]
fn counting_has_no_skill_and_knows_how_far_off_it_is() {
    let place = Place::new();
    let train = place.dataset("train.zarr", 3000, "--seed 1");
    let test = place.dataset("test.zarr", 3000, "--seed 2");
    let mut counting = Counting::fit(&Dataset::open(Path::new(&train)).unwrap(), None).unwrap();
    assert_eq!(counting.targets(), [G, G_BAR]);
    let test = Dataset::open(Path::new(&test)).unwrap();
    let predictions = predict_all(&mut counting, &test, |_| {}).unwrap();
    let found = judge(&predictions, counting.baseline(), counting.intervals(), 1);
    for one in &found {
        assert_eq!(
            (one.skill, one.skill_interval),
            (Some(0.0), Some([0.0, 0.0]))
        );
        assert_eq!(one.baseline_mae, Some(one.mae));
        assert!(one.mae < one.constant_mae.unwrap());
        assert!(one.mae_interval[0] < one.mae && one.mae < one.mae_interval[1]);
        for level in &one.reliability {
            let off = (level.observed - level.nominal).abs();
            assert!(off < tolerance::RELIABILITY_OF_FEW, "{level:?}");
        }
    }
}

#[test]
fn the_command_prints_writes_and_draws() {
    let place = Place::new();
    let train = place.dataset("train.zarr", 300, "--seed 1");
    let test = place.dataset("test.zarr", 300, "--seed 2");
    let (file, figures) = (place.text("out.json"), place.text("a/b"));
    let json_file = format!("--json={file}");
    let line = ["evaluate", &train, "--test-set", &test];
    let with_files = line.into_iter().chain([&*json_file, "--output", &figures]);
    let told = run(with_files).succeeded().stdout;
    for words in [
        "medians by impurity count of",
        "300 samples",
        "one pass, no symmetry copies",
        "Ḡ",
        "by concentration",
        "intervals hold",
        &format!("wrote {file}"),
        "scatter_g_bar.png",
    ] {
        assert!(told.contains(words), "no {words} in {told}");
    }
    let written = std::fs::read_to_string(&file).unwrap();
    let mut written: serde_json::Value = serde_json::from_str(&written).unwrap();
    let mut printed = run(line.into_iter().chain(["--json"])).succeeded().json();
    // Times differ, and the second time nothing was drawn.
    for name in ["seconds", "samples_per_second", "written"] {
        assert!(written[name].take() != serde_json::Value::Null, "{name}");
        let _ = printed[name].take();
    }
    assert_eq!(written, printed);
    let targets = printed["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 2);
    for (found, key) in targets.iter().zip(["g", "g_bar"]) {
        assert_eq!(found["key"], key);
        for name in ["mae", "baseline_mae", "constant_mae", "skill", "mse", "r2"] {
            assert!(found[name].is_f64(), "{name} of {found:#}");
        }
        assert_eq!(
            (
                &found["samples"],
                found["mae_interval"].as_array().unwrap().len()
            ),
            (&300.into(), 2)
        );
    }
    for name in [
        "mae",
        "mae_interval",
        "baseline_mae",
        "skill",
        "samples",
        "reliability",
    ] {
        assert_eq!(printed[name], targets[0][name], "{name}");
    }
    for name in ["scatter_g", "scatter_g_bar"] {
        let svg = std::fs::read_to_string(place.path(&format!("a/b/{name}.svg"))).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<&str> = document
            .descendants()
            .filter_map(|node| node.text())
            .collect();
        for words in ["Exact", "Predicted", "MAE", "predicted"] {
            assert!(
                texts.iter().any(|text| text.contains(words)),
                "no {words} in {texts:?}"
            );
        }
        let png = std::fs::read(place.path(&format!("a/b/{name}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    }
}

#[test]
fn what_cannot_be_judged_is_refused_with_its_own_exit_code() {
    let place = Place::new();
    let train = place.dataset("train.zarr", 300, "--seed 1");
    let same = place.dataset("same.zarr", 100, "--seed 1 --concentration 0.1");
    let wide = place.dataset_of_width(7, "wide.zarr", 300, "--seed 2");
    let energies = place.dataset("energies.zarr", 300, "--seed 2 --energies 0.5");
    let box_model = place.dataset("box.zarr", 300, "--seed 2 --disorder 1");
    let missing = place.text("missing");
    let judge = |predictor: &str, dataset: &str, more: &[&str]| {
        run(["evaluate", predictor, "--test-set", dataset]
            .iter()
            .chain(more))
    };
    judge(&train, &train, &[]).failed(5, &["cannot be the test set", "samples 0 to 299 of seed 1"]);
    judge(&train, &same, &[]).failed(5, &["cannot be the test set", "samples 0 to 99 of seed 1"]);
    judge(&train, &wide, &[]).failed(2, &["size is 6 x 7 sites"]);
    judge(&train, &box_model, &[]).failed(2, &["disorder is model I, w = 4 t"]);
    judge(&train, &energies, &[]).failed(2, &["does not have G"]);
    judge(&train, &missing, &[]).failed(4, &["--test-set", "No such file or directory"]);
    judge(&missing, &train, &[]).failed(4, &["No such file or directory"]);
    judge("best-h", &train, &[]).failed(4, &["no model best-h", "best-gbar"]);
    let folder = place.0.path().display().to_string();
    judge(&folder, &train, &[]).failed(3, &["neither a data set nor a run"]);
    judge(&train, &wide, &["--mirrors"]).failed(2, &["cannot average over mirror images"]);
    judge(&train, &wide, &["--mirrors=often"]).failed(2, &["`yes` or `no`"]);
    let nowhere = format!("{missing}/out.json");
    let test = place.dataset("test.zarr", 300, "--seed 3");
    judge(&train, &test, &[&format!("--json={nowhere}")]).failed(4, &[&nowhere]);
    // A file behind a space would be a second predictor; the predictor is not swallowed.
    judge(&train, &test, &["--json", &nowhere]).failed(2, &["equals sign"]);
    let found = run(["evaluate", "--json", &train, "--test-set", &test]).succeeded();
    assert_eq!(found.json()["samples"], 300);
    let _ = judge(&train, &test, &["--mirrors=no", "--threads", "1"]).succeeded();
}
