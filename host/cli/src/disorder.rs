//! Disorder as the commands tell it: in words and in JSON.

use landauer_core::{Concentration, DisorderModel};
use serde_json::{Value, json};

/// The disorder model and how strong it is, as in `model II, concentration 0.1`.
pub(super) fn describe(model: DisorderModel, concentration: Concentration) -> String {
    match concentration {
        _ if !model.has_impurities() => model.to_string(),
        Concentration::Fixed(n) => format!("{model}, concentration {n}"),
        Concentration::Uniform => format!("{model}, concentration uniform in [0, 1)"),
    }
}

/// The value of the key `concentration`: a number, `"uniform"`, or null without impurities.
pub(super) fn concentration(model: DisorderModel, concentration: Concentration) -> Value {
    match concentration {
        _ if !model.has_impurities() => Value::Null,
        Concentration::Fixed(n) => json!(n),
        Concentration::Uniform => json!("uniform"),
    }
}

#[cfg(test)]
mod tests {
    use landauer_core::Species;

    use super::*;

    #[test]
    fn disorder_is_told_with_what_it_has() {
        let own = DisorderModel::Impurities(Species::new(&[1.5, 3.0]).expect("species"));
        let fixed = Concentration::Fixed(0.1);
        for (model, concentration, expected) in [
            (DisorderModel::I, fixed, "model I, w = 4 t"),
            (DisorderModel::II, fixed, "model II, concentration 0.1"),
            (
                own,
                Concentration::Uniform,
                "impurities of 1.5 or 3 t, concentration uniform in [0, 1)",
            ),
            (
                DisorderModel::Given { bound: 2.0 },
                fixed,
                "given on-site energies up to 2 t",
            ),
        ] {
            assert_eq!(describe(model, concentration), expected);
        }
        assert_eq!(concentration(own, fixed), json!(0.1));
        assert_eq!(concentration(own, Concentration::Uniform), json!("uniform"));
        assert_eq!(concentration(DisorderModel::I, fixed), Value::Null);
    }
}
