//! Numbers that stand in the paper's text only.

use super::error::ExperimentError;
use super::fig6;
use super::figure::Figure;
use super::found::{Claim, Found};
use super::numbers::{points_table, seeds_claim};
use super::order::{DataOrder, Point, PointOrder};
use super::profile::Profile;
use super::trainings::{CHOICES, Patience, dense};
use super::workshop::Workshop;
use crate::ensemble::StripSize;
use crate::training::{TargetName, TrainingConfig};

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
        size: StripSize {
            length: 1,
            width: 1,
        },
        units: 5,
        samples: 1 << 7,
        batch: 8,
        epochs: [2000, 4000],
        paper: 0.006,
    },
    Small {
        size: StripSize {
            length: 1,
            width: 2,
        },
        units: 12,
        samples: 1 << 16,
        batch: 32,
        epochs: [20, 150],
        paper: 0.006,
    },
];

impl Small {
    fn name(&self) -> String {
        let StripSize { length, width } = self.size;
        format!(
            "{length} × {width}, one hidden layer of {}, {} samples",
            self.units, self.samples
        )
    }

    fn orders(&self, profile: Profile) -> Result<Vec<PointOrder>, ExperimentError> {
        let epochs = profile.choose(self.epochs[0], self.epochs[1]);
        // They need all of them: nothing is overlearned with so few numbers.
        let patience = Patience {
            epochs,
            patience: epochs,
        };
        let data = |samples, seed| DataOrder {
            size: self.size,
            ..DataOrder::model_1(STRENGTH, 1, samples, seed)
        };
        let order = |seed| {
            Ok(PointOrder {
                label: format!("text, {}, seed {seed}", self.name()),
                config: TrainingConfig {
                    batch: self.batch,
                    seed,
                    ..dense(1, self.units, patience)?
                },
                data: data(self.samples, DATA_SEEDS[0]),
                first: self.samples,
                test: data(TEST, DATA_SEEDS[1]),
            })
        };
        SEEDS.into_iter().map(order).collect()
    }

    fn claim(&self, profile: Profile, points: &[Option<Point>]) -> Claim {
        let what = format!("MAE, {}", self.name());
        seeds_claim(profile, &what, self.paper, points)
    }
}

pub(super) fn reproduce(workshop: &Workshop<'_>) -> Result<Found, ExperimentError> {
    let profile = workshop.profile();
    let mut orders = Vec::new();
    for small in &SMALL {
        orders.extend(small.orders(profile)?);
    }
    for target in [TargetName::G, TargetName::GBar] {
        orders.push(fig6::order(profile, target, None, 1)?);
    }
    let points = workshop.points(&orders)?;
    let labels = orders.iter().map(|order| order.label.clone());
    let table = points_table(labels.zip(points.iter().map(Option::as_ref)));
    let mut claims: Vec<Claim> = SMALL
        .iter()
        .zip(points.chunks(SEEDS.len()))
        .map(|(small, points)| small.claim(profile, points))
        .collect();
    let what = "G to Ḡ halves the MAE, model II";
    claims.push(match &points[SMALL.len() * SEEDS.len()..] {
        [Some(g), Some(g_bar)] => Claim::words(
            what,
            "0.2 to 0.1",
            format!("{:.4} to {:.4}", g.mae, g_bar.mae),
            (0.4..0.65).contains(&(g_bar.mae / g.mae)),
        )
        .of_networks(profile),
        _ => Claim::not_done(what, "0.2 to 0.1"),
    });
    Ok(Found {
        figure: Figure::Text,
        profile,
        pictures: Vec::new(),
        tables: vec![table],
        claims,
        notes: vec![
            CHOICES.to_owned(),
            "The two smallest networks are trained without stopping early, the first with batches of \
             8: 128 samples would be four steps of 32. The two times of the text are those of Fig. 7."
                .to_owned(),
        ],
    })
}
