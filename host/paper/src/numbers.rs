//! Numbers in words, and what several of them have in common.

use std::collections::BTreeSet;

use landauer_core::DisorderModel;

use super::jobs::{Point, TrainingJob};
use super::profile::Profile;
use super::report::{Claim, Table, Verdict};
use landauer::statistics::MeanAndError;
use landauer_learn::evaluation::skill;

/// Four decimals, as errors are given.
pub(super) fn four(value: f64) -> String {
    format!("{value:.4}")
}

/// Four decimals, or one digit and a power of ten where they would say nothing.
pub(super) fn four_or_power(value: f64) -> String {
    if value == 0.0 || value >= 1e-4 {
        four(value)
    } else {
        format!("{value:.0e}")
    }
}

/// An error with its interval: `0.1831 (0.1793 to 0.1869)`.
pub(super) fn with_interval(point: &Point) -> String {
    let [low, high] = point.mae_interval;
    format!("{:.4} ({low:.4} to {high:.4})", point.mae)
}

/// The Roman numeral of a disorder model.
pub(super) fn numeral(model: DisorderModel) -> &'static str {
    model.numbered().map_or("own", |entry| entry.numeral)
}

/// A network's error beside the paper's; of the quick profile they are not to be compared.
pub(super) fn error_claim(
    profile: Profile,
    what: &str,
    paper: f64,
    point: Option<&Point>,
) -> Claim {
    let Some(point) = point else {
        return Claim::not_done(what, &paper.to_string());
    };
    let [low, high] = point.skill_interval;
    let claim = Claim {
        what: what.to_owned(),
        paper: paper.to_string(),
        baseline: four(point.baseline_mae),
        ours: format!(
            "{}; skill {:.3} ({low:.3} to {high:.3}){}",
            with_interval(point),
            point.skill,
            no_better(low)
        ),
        verdict: Verdict::of_error(paper, point.mae),
    };
    claim.of_networks(profile)
}

/// What is to be said of a network whose skill may be none.
fn no_better(lowest_skill: f64) -> &'static str {
    if lowest_skill > 0.0 {
        ""
    } else {
        ": no better than the baseline"
    }
}

/// The mean error of several trainings of a network beside the paper's; of the quick profile they are
/// not to be compared.
pub(super) fn seeds_claim<'p>(
    profile: Profile,
    what: &str,
    paper: f64,
    seeds: impl IntoIterator<Item = &'p Point>,
) -> Claim {
    let points: Vec<&Point> = seeds.into_iter().collect();
    let errors: MeanAndError = points.iter().map(|point| point.mae).collect();
    let ([first, ..], Some(mean), Some(error)) =
        (&points[..], errors.mean(), errors.standard_error())
    else {
        return error_claim(profile, what, paper, points.first().copied());
    };
    let each: Vec<String> = points.iter().map(|point| four(point.mae)).collect();
    let skill = 1.0 - mean / first.baseline_mae;
    let claim = Claim {
        what: what.to_owned(),
        paper: paper.to_string(),
        baseline: four(first.baseline_mae),
        ours: format!(
            "{mean:.4} ± {error:.4}, the mean of {} seeds ({}); skill {skill:.3}{}",
            points.len(),
            each.join(", "),
            no_better(skill)
        ),
        verdict: Verdict::of_error(paper, mean),
    };
    claim.of_networks(profile)
}

/// The table of trained networks that every figure has which trains some.
pub(super) fn points_table(jobs: &[TrainingJob], points: &[Option<Point>]) -> Table {
    let mut table = Table::new(
        "",
        &[
            "network and data",
            "done",
            "training samples",
            "epochs (best)",
            "parameters",
            "multiply-adds",
            "training (s)",
            "device",
            "MAE (G0)",
            "MAE low",
            "MAE high",
            "baseline MAE (G0)",
            "skill",
            "skill low",
            "skill high",
            "MAE of ln G (1e-4 <= G < 0.1)",
            "baseline's",
            "test samples",
            "test SHA-256",
        ],
    );
    let mut listed = BTreeSet::new();
    for (job, point) in jobs.iter().zip(points) {
        // What two claims are about is one network.
        if !listed.insert(&job.label) {
            continue;
        }
        let label = job.label.clone();
        let Some(point) = point else {
            let mut row = vec![label, "no".to_owned()];
            row.resize(table.header.len(), String::new());
            table.rows.push(row);
            continue;
        };
        let [epochs, best] = point.epochs;
        let logarithm = point.logarithm.map(|pair| pair.map(four));
        let [ln_g, ln_g_baseline] = logarithm.unwrap_or_default();
        table.push([
            label,
            "yes".to_owned(),
            point.training_samples.to_string(),
            format!("{epochs} ({best})"),
            point.parameters.to_string(),
            point.multiply_adds.to_string(),
            format!("{:.1}", point.seconds),
            point.device.clone(),
            format!("{:.5}", point.mae),
            format!("{:.5}", point.mae_interval[0]),
            format!("{:.5}", point.mae_interval[1]),
            format!("{:.5}", point.baseline_mae),
            four(point.skill),
            four(point.skill_interval[0]),
            four(point.skill_interval[1]),
            ln_g,
            ln_g_baseline,
            point.test_samples.to_string(),
            point.test_hash.clone(),
        ]);
    }
    table
}

/// The errors of networks for models II to IV by concentration band.
pub(super) fn bands_table<'p>(points: impl IntoIterator<Item = &'p Point>) -> Table {
    let header = [
        "network and data",
        "n from",
        "n to",
        "MAE (G0)",
        "baseline MAE (G0)",
        "skill",
    ];
    let mut table = Table::new("_bands", &header);
    for point in points {
        for &[from, to, mae, baseline] in &point.bands {
            let skill = skill(mae, Some(baseline)).map(four).unwrap_or_default();
            table.push([
                point.label.clone(),
                from.to_string(),
                to.to_string(),
                format!("{mae:.5}"),
                format!("{baseline:.5}"),
                skill,
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_errors_are_not_said_to_be_none() {
        assert_eq!(four_or_power(0.0), "0.0000");
        assert_eq!(four_or_power(0.012_34), "0.0123");
        assert_eq!(four_or_power(0.000_012_6), "1e-5");
    }
}
