//! Targets by short names.

use landauer_core::FERMI_ENERGY;
use landauer_core::inference::Target;

/// A name for a target in file names, JSON and Python: `g`, `g_bar`, `t_0.1`.
#[must_use]
pub fn target_key(target: Target) -> String {
    match target {
        Target::Conductance => "g".to_owned(),
        Target::PAPER_BIAS_AVERAGE => "g_bar".to_owned(),
        Target::BiasAverage { bias } => format!("g_bar_{bias}"),
        Target::Transmission { energy } => format!("t_{energy}"),
        _ => "other".to_owned(),
    }
}

/// The target of such a name; `g_bar` alone is that of this bias. `None` of any other name.
#[must_use]
pub fn target_of_key(key: &str, bias: Option<f64>) -> Option<Target> {
    let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
    match key {
        "g" => Some(Target::Conductance),
        "g_bar" => Some(
            bias.map_or(Target::PAPER_BIAS_AVERAGE, |bias| Target::BiasAverage {
                bias,
            }),
        ),
        _ => match (key.strip_prefix("g_bar_"), key.strip_prefix("t_")) {
            (Some(bias), _) => number(bias).map(|bias| Target::BiasAverage { bias }),
            (_, Some(energy)) => number(energy).map(|energy| match energy {
                FERMI_ENERGY => Target::Conductance,
                energy => Target::Transmission { energy },
            }),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_targets_belong_together() {
        for (target, key) in [
            (Target::Conductance, "g"),
            (Target::PAPER_BIAS_AVERAGE, "g_bar"),
            (Target::BiasAverage { bias: 0.2 }, "g_bar_0.2"),
            (Target::Transmission { energy: -0.1 }, "t_-0.1"),
        ] {
            assert_eq!(target_key(target), key);
            assert_eq!(target_of_key(key, None), Some(target), "{key}");
        }
        let of_bias = target_of_key("g_bar", Some(0.2));
        assert_eq!(of_bias, Some(Target::BiasAverage { bias: 0.2 }));
        assert_eq!(target_of_key("t_0", None), Some(Target::Conductance));
        for none in ["", "G", "t_", "t_nan", "g_bar_x"] {
            assert_eq!(target_of_key(none, None), None, "{none}");
        }
    }
}
