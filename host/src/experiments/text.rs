//! Numbers that stand in the paper's text only.

use super::error::ExperimentError;
use super::fig6;
use super::figure::Figure;
use super::found::{Claim, Found};
use super::numbers::{error_claim, points_table};
use super::order::{DataOrder, PointOrder};
use super::trainings::{CHOICES, Patience, dense};
use super::workshop::Workshop;
use crate::ensemble::StripSize;
use crate::training::TargetName;

const SEEDS: [u64; 2] = [13, 113];
/// w in t.
const STRENGTH: f64 = 2.0;
const TEST: u64 = 2_000;
/// One hidden layer: L, W, neurons, the binary logarithm of N_train, the paper's MAE.
const SMALL: [(usize, usize, usize, u32, f64); 2] = [(1, 1, 5, 7, 0.006), (1, 2, 12, 16, 0.006)];
/// With 128 samples an epoch is four steps, so that there must be many of them.
const STEPS: u64 = 200_000;

pub(super) fn reproduce(workshop: &Workshop<'_>) -> Result<Found, ExperimentError> {
    let profile = workshop.profile();
    let mut orders = Vec::new();
    for (length, width, units, exponent, _) in SMALL {
        let exponent = profile.choose(exponent.min(12), exponent);
        let samples = 1_u64 << exponent;
        let steps = profile.choose(STEPS / 10, STEPS);
        let epochs = (steps * 32 / samples).max(20);
        let patience = Patience {
            epochs,
            patience: epochs,
        };
        let data = |samples, seed| DataOrder {
            size: StripSize { length, width },
            ..DataOrder::model_1(STRENGTH, 1, samples, seed)
        };
        orders.push(PointOrder {
            label: format!("text, {length} x {width}, 1 x {units}, 2^{exponent} samples"),
            config: dense(1, units, patience)?,
            data: data(samples, SEEDS[0]),
            first: samples,
            test: data(TEST, SEEDS[1]),
        });
    }
    let targets = [TargetName::G, TargetName::GBar];
    for target in targets {
        orders.push(fig6::order(profile, target, None, 1)?);
    }
    let points = workshop.points(&orders)?;
    let labels = orders.iter().map(|order| order.label.clone());
    let table = points_table(labels.zip(points.iter().map(Option::as_ref)));
    let mut claims = Vec::new();
    for ((length, width, units, _, paper), (order, point)) in
        SMALL.into_iter().zip(orders.iter().zip(&points))
    {
        let what = format!(
            "MAE, {length} × {width}, one hidden layer of {units}, {} samples",
            order.first
        );
        claims.push(error_claim(profile, &what, Some(paper), point.as_ref()));
    }
    let what = "G to Ḡ halves the MAE, model II";
    claims.push(match &points[SMALL.len()..] {
        [Some(g), Some(g_bar)] => Claim::words(
            what,
            "0.2 to 0.1",
            format!("{:.4} to {:.4}", g.mae, g_bar.mae),
            (0.4..0.65).contains(&(g_bar.mae / g.mae)),
        ),
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
            format!(
                "The two smallest networks are trained for {STEPS} steps without stopping early \
                 (a tenth in the quick profile): with 128 samples an epoch is four steps. The two \
                 times of the text are those of Fig. 7."
            ),
        ],
    })
}
