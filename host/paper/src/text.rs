//! Numbers that stand in the paper's text only.

use super::artifact_cache::ArtifactCache;
use super::error::ExperimentError;
use super::fig6;
use super::figure::Figure;
use super::jobs::{DatasetJob, Point, TrainingJob, strip};
use super::numbers::{points_table, seeds_claim};
use super::profile::Profile;
use super::report::{Claim, FigureReport};
use super::trainings::{Patience, dense};
use landauer::StripSize;
use landauer_learn::training::{TargetName, TrainingConfig};

/// Of the data that are learned from, and of the test set.
const DATA_SEEDS: [u64; 2] = [13, 113];
/// Of the weights: networks of five neurons differ by half from seed to seed.
const SEEDS: [u64; 3] = [1, 2, 3];
/// w in t.
const STRENGTH: f64 = 2.0;
const TEST: u64 = 2_000;

/// A network with one hidden layer for the smallest strips.
struct Small {
    size: StripSize,
    units: usize,
    samples: u64,
    /// Samples of a step: 128 samples would be four steps of 32.
    batch: usize,
    /// Epochs of the quick profile and of the paper's.
    epochs: [u64; 2],
    /// The paper's MAE.
    paper: f64,
}

const SMALL: [Small; 2] = [
    Small {
        size: strip(1, 1),
        units: 5,
        samples: 1 << 7,
        batch: 8,
        epochs: [2000, 4000],
        paper: 0.006,
    },
    Small {
        size: strip(1, 2),
        units: 12,
        samples: 1 << 16,
        batch: 32,
        epochs: [20, 150],
        paper: 0.006,
    },
];

impl Small {
    fn name(&self) -> String {
        let [length, width] = self.size.sides();
        format!(
            "{length} × {width}, one hidden layer of {}, {} samples",
            self.units, self.samples
        )
    }

    fn jobs(&self, profile: Profile) -> Result<Vec<TrainingJob>, ExperimentError> {
        let epochs = profile.choose(self.epochs[0], self.epochs[1]);
        // They need all of them: nothing is overlearned with so few numbers.
        let patience = Patience {
            epochs,
            patience: epochs,
        };
        let data = |samples, seed| DatasetJob {
            size: self.size,
            ..DatasetJob::model_1(STRENGTH, 1, samples, seed)
        };
        let job = |seed| {
            Ok(TrainingJob {
                label: format!("text, {}, seed {seed}", self.name()),
                config: TrainingConfig {
                    batch_size: self.batch,
                    seed,
                    ..dense(1, self.units, patience)?
                },
                data: data(self.samples, DATA_SEEDS[0]),
                first: self.samples,
                test: data(TEST, DATA_SEEDS[1]),
            })
        };
        SEEDS.into_iter().map(job).collect()
    }

    fn claim(&self, profile: Profile, points: &[Option<Point>]) -> Claim {
        let what = format!("MAE, {}", self.name());
        seeds_claim(profile, &what, self.paper, points.iter().flatten())
    }
}

pub(super) fn reproduce(cache: &ArtifactCache<'_>) -> Result<FigureReport, ExperimentError> {
    let profile = cache.profile();
    let mut jobs = Vec::new();
    for small in &SMALL {
        jobs.extend(small.jobs(profile)?);
    }
    let small = jobs.len();
    jobs.extend(fig6::seeds(profile, TargetName::G)?);
    let g = jobs.len();
    jobs.extend(fig6::seeds(profile, TargetName::GBar)?);
    let points = cache.points(&jobs)?;
    let table = points_table(&jobs, &points);
    let mut claims: Vec<Claim> = SMALL
        .iter()
        .zip(points[..small].chunks(SEEDS.len()))
        .map(|(small, points)| small.claim(profile, points))
        .collect();
    claims.push(fig6::half_claim(profile, &points[small..g], &points[g..]));
    Ok(FigureReport {
        figure: Figure::Text,
        profile,
        pictures: Vec::new(),
        tables: vec![table],
        claims,
        notes: vec![format!(
            "The two smallest networks are trained as those of Fig. 8, but for {} and {} epochs \
                 without stopping early (the best one counts), the first with batches of 8: 128 \
                 samples would be four steps of 32. The CNNs are those of Fig. 6, and the two times of \
                 the text those of Fig. 7.",
            profile.choose(SMALL[0].epochs[0], SMALL[0].epochs[1]),
            profile.choose(SMALL[1].epochs[0], SMALL[1].epochs[1]),
        )],
    })
}
