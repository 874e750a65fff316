//! The configuration of a training, everything but its data: written in TOML, saved with every run.

use std::fmt;

use landauer_core::inference::Target;
use landauer_core::{DisorderModel, FERMI_ENERGY};
use serde::{Deserialize, Serialize};

use super::spec::NetworkSpec;
use landauer::StripSize;
use landauer::internal::counted;

mod error;
mod renamed;
mod wording;

pub use error::TrainingConfigError;

/// A quantity that a network predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetName {
    /// G: T at E = 0.
    G,
    /// Ḡ: the mean of T over the bias grid.
    GBar,
    /// T at every energy of the data set, E = 0 as G.
    Energies,
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::G => "G",
            Self::GBar => "Ḡ",
            Self::Energies => "T(E)",
        })
    }
}

/// The form in which a network reads a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// The on-site energy in units of the largest possible one: 0 to 1 for impurities, -1 to 1 for
    /// model I.
    Plain,
    /// The same, minus its mean at the strip's impurity count, in units of about its standard deviation
    /// there. Model I has no impurity count; its sites are read plainly.
    Standardised,
}

/// The loss of a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Loss {
    /// The square of the error.
    Mse,
    /// The size of the error.
    L1,
    /// Half the square of the error up to `delta`, a straight line beyond.
    Huber {
        /// The error at which the line begins.
        delta: f32,
    },
}

/// The course of the learning rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// Always the same.
    Constant,
    /// A linear warm-up from zero, then down half a cosine.
    Cosine {
        /// Steps of the warm-up.
        warmup_steps: u64,
        /// The learning rate at the end.
        final_learning_rate: f32,
    },
}

impl Schedule {
    /// What is wrong with it for a training of so many steps.
    pub(super) fn warning(&self, steps: u64) -> Option<String> {
        match *self {
            Self::Cosine { warmup_steps, .. } if steps < warmup_steps => Some(format!(
                "all epochs together have {}, and the learning rate rises until step {warmup_steps}: the network \
                 learns little; train on more samples or for more epochs, or lower \
                 `optimiser.schedule.warmup_steps`",
                counted(steps, "step"),
            )),
            _ => None,
        }
    }
}

/// Adam; with weight decay it is `AdamW`, whose decay is not part of the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimiser {
    /// The learning rate, at its largest.
    pub learning_rate: f32,
    /// The share by which a step of learning rate 1 shrinks all parameters.
    #[serde(default)]
    pub weight_decay: f32,
    /// The share of the mean gradient that a step keeps.
    #[serde(default = "beta_1")]
    pub beta_1: f32,
    /// The share of the mean square of the gradient that a step keeps.
    #[serde(default = "beta_2")]
    pub beta_2: f32,
    /// Added to the root of the mean square.
    #[serde(default = "epsilon")]
    pub epsilon: f32,
    /// The learning rate's course.
    #[serde(default = "constant")]
    pub schedule: Schedule,
    /// The largest norm of the gradient: a larger one is scaled down to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_grad_norm: Option<f32>,
    /// The share of the exponential moving average (EMA) of the weights that a step keeps (less in the
    /// first ones: the average never reaches far beyond the last tenth of all steps); that average is
    /// judged and written. Without it, the weights themselves are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ema: Option<f32>,
}

const fn beta_1() -> f32 {
    0.9
}
const fn beta_2() -> f32 {
    0.999
}
// Keras': PyTorch has 1e-8.
const fn epsilon() -> f32 {
    1e-7
}
const fn constant() -> Schedule {
    Schedule::Constant
}
const fn one() -> f64 {
    1.0
}
const fn unit() -> f32 {
    1.0
}

/// The configuration of a training: everything but its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an entry of the file, and they are independent"
)]
pub struct TrainingConfig {
    /// The preset that it began as, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// The quantities that the network is trained to predict.
    pub targets: Vec<TargetName>,
    /// Auxiliary targets: learned as well, because that improves the others.
    #[serde(default)]
    pub auxiliary_targets: Vec<TargetName>,
    /// The weight of a target in the loss.
    #[serde(default = "unit")]
    pub target_weight: f32,
    /// The weight of an auxiliary target in the loss.
    #[serde(default)]
    pub auxiliary_weight: f32,
    /// The form in which the network reads a site.
    pub input: Input,
    /// Whether the network learns the deviation from the median at the impurity count, in units of the
    /// standard deviation there, both found on the training split; or the conductance itself.
    pub residual: bool,
    /// Whether an error counts in the units of the conductance for a residual target too, within
    /// bounds.
    #[serde(default)]
    pub weigh_by_spread: bool,
    /// The network is not trained on strips with more impurities than this share of their sites; a
    /// residual network predicts the median there. Without meaning for model I.
    #[serde(default = "one")]
    pub max_concentration: f64,
    /// Whether training sees symmetry copies of the strips at random: mirror images; where the sign of
    /// the potential does not matter (model I, E = 0 and Ḡ), the opposite sign as well.
    pub augment: bool,
    /// Whether predictions are averaged over the symmetry copies, unless asked otherwise.
    pub average_symmetry_copies: bool,
    /// Samples of a step.
    pub batch_size: usize,
    /// The largest number of passes over the training split.
    pub epochs: u64,
    /// Training ends after this many epochs without an improvement on the validation split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
    /// The share of the samples that is not trained on and chooses the best epoch.
    pub validation: f64,
    /// The probability that a spectral network's feature is dropped in a step.
    #[serde(default)]
    pub dropout: f32,
    /// Equal seeds and data give equal weights.
    #[serde(default = "first")]
    pub seed: u64,
    /// The loss of a prediction.
    pub loss: Loss,
    /// How the weights follow the gradient.
    pub optimiser: Optimiser,
    /// The network.
    pub network: NetworkSpec,
}

const fn first() -> u64 {
    1
}

/// The largest number of samples of a step.
const MAX_BATCH_SIZE: usize = 1 << 20;

/// The first format version of run folders whose configuration has the names of today.
const NEW_NAMES: u32 = 3;

#[allow(clippy::needless_pass_by_value, reason = "the function of a `map_err`")]
fn invalid(error: toml::de::Error) -> TrainingConfigError {
    TrainingConfigError::Text(wording::told(&error))
}

/// Says where entries that are missing may come from.
fn with_preset_hint(error: TrainingConfigError) -> TrainingConfigError {
    match error {
        TrainingConfigError::Text(text) if text.contains("missing field") => {
            let hint = "give it, or name a `preset` that supplies the missing entries";
            TrainingConfigError::Text(format!("{}; {hint}", text.trim_end()))
        }
        error => error,
    }
}

impl TrainingConfig {
    /// Reads a configuration; it may name a `preset`, whose entries hold where it has none.
    ///
    /// # Errors
    /// Text that is not such a configuration; an entry by a name of an earlier version.
    pub fn parse(text: &str) -> Result<Self, TrainingConfigError> {
        Self::of_table(text.parse().map_err(invalid)?)
    }

    /// The same of values instead of text, such as JSON's.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); a value that TOML does not have.
    pub fn from_values(values: &impl Serialize) -> Result<Self, TrainingConfigError> {
        let table = toml::Table::try_from(values);
        Self::of_table(table.map_err(|error| TrainingConfigError::Text(error.to_string()))?)
    }

    fn of_table(mut table: toml::Table) -> Result<Self, TrainingConfigError> {
        renamed::refuse(&mut table)?;
        wording::refuse_misplaced(&table)?;
        let merged = match table.get("preset") {
            None => return Self::checked(table).map_err(with_preset_hint),
            Some(name) => {
                // Whatever else stands there is no preset's name.
                let name = name
                    .as_str()
                    .map_or_else(|| name.to_string(), str::to_owned);
                let preset = super::preset::preset(&name)?;
                let base = toml::Table::try_from(&preset);
                let mut base =
                    base.map_err(|error| TrainingConfigError::Text(error.to_string()))?;
                merge(&mut base, table);
                base
            }
        };
        Self::checked(merged)
    }

    /// Reads the configuration in a run's folder of this format version.
    pub(super) fn parse_run(text: &str, version: u32) -> Result<Self, TrainingConfigError> {
        if version >= NEW_NAMES {
            return Self::parse(text);
        }
        let mut table: toml::Table = text.parse().map_err(invalid)?;
        renamed::translate(&mut table);
        // It is complete: today's preset of the same name adds nothing.
        Self::checked(table)
    }

    fn checked(table: toml::Table) -> Result<Self, TrainingConfigError> {
        let config: Self = table.try_into().map_err(invalid)?;
        config.check()?;
        Ok(config)
    }

    /// The configuration as a file: it reads back as the same.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Every value has a form in TOML.
        toml::to_string(self).unwrap_or_default()
    }

    /// Checks every number.
    ///
    /// # Errors
    /// The first one that is out of range.
    pub fn check(&self) -> Result<(), TrainingConfigError> {
        const POSITIVE: &str = "finite and larger than 0";
        const NOT_NEGATIVE: &str = "finite and at least 0";
        const SHARE: &str = "at least 0 and less than 1";
        let Optimiser {
            learning_rate,
            weight_decay,
            beta_1,
            beta_2,
            epsilon,
            schedule,
            max_grad_norm,
            ema,
        } = self.optimiser;
        if self.targets.is_empty() {
            return Err(TrainingConfigError::TargetMissing);
        }
        let delta = match self.loss {
            Loss::Huber { delta } => delta,
            Loss::Mse | Loss::L1 => 1.0,
        };
        let final_learning_rate = match schedule {
            Schedule::Cosine {
                final_learning_rate,
                ..
            } => final_learning_rate,
            Schedule::Constant => 0.0,
        };
        let positive = [
            ("optimiser.learning_rate", learning_rate),
            ("optimiser.epsilon", epsilon),
            ("optimiser.max_grad_norm", max_grad_norm.unwrap_or(1.0)),
            ("target_weight", self.target_weight),
            ("loss.delta", delta),
        ];
        let not_negative = [
            ("optimiser.weight_decay", weight_decay),
            (
                "optimiser.schedule.final_learning_rate",
                final_learning_rate,
            ),
            ("auxiliary_weight", self.auxiliary_weight),
        ];
        let shares = [
            ("optimiser.beta_1", beta_1),
            ("optimiser.beta_2", beta_2),
            ("optimiser.ema", ema.unwrap_or(0.0)),
            ("dropout", self.dropout),
        ];
        let finite = |value: f32, good: bool| value.is_finite() && good;
        let rules = positive
            .map(|(what, x)| (what, f64::from(x), finite(x, x > 0.0), POSITIVE))
            .into_iter()
            .chain(
                not_negative.map(|(what, x)| (what, x.into(), finite(x, x >= 0.0), NOT_NEGATIVE)),
            )
            .chain(shares.map(|(what, x)| (what, x.into(), (0.0..1.0).contains(&x), SHARE)))
            .chain([
                (
                    "batch_size",
                    self.batch_size as f64,
                    (1..=MAX_BATCH_SIZE).contains(&self.batch_size),
                    "from 1 to 1048576",
                ),
                ("epochs", self.epochs as f64, self.epochs > 0, "at least 1"),
                (
                    "validation",
                    self.validation,
                    self.validation > 0.0 && self.validation <= 0.9,
                    "larger than 0 and at most 0.9",
                ),
                (
                    "max_concentration",
                    self.max_concentration,
                    self.max_concentration > 0.0 && self.max_concentration <= 1.0,
                    "larger than 0 and at most 1",
                ),
            ]);
        for (what, value, good, allowed) in rules {
            if !good {
                return Err(TrainingConfigError::Value {
                    what,
                    value,
                    allowed,
                });
            }
        }
        Ok(())
    }

    /// The network's outputs, the targets first, for data of these energies; with the weight of each
    /// in the loss.
    #[must_use]
    pub fn outputs(&self, energies: &[f64], bias: Option<f64>) -> Vec<(Target, f32)> {
        let mut outputs: Vec<(Target, f32)> = Vec::new();
        let named = |name: &TargetName| -> Vec<Target> {
            match name {
                TargetName::G => vec![Target::Conductance],
                TargetName::GBar => bias.map_or(vec![Target::PAPER_BIAS_AVERAGE], |bias| {
                    vec![Target::BiasAverage { bias }]
                }),
                TargetName::Energies => energies.iter().map(|&energy| at(energy)).collect(),
            }
        };
        let lists = [
            (&self.targets, self.target_weight),
            (&self.auxiliary_targets, self.auxiliary_weight),
        ];
        for (names, weight) in lists {
            for target in names.iter().flat_map(named) {
                if !outputs.iter().any(|(other, _)| *other == target) {
                    outputs.push((target, weight));
                }
            }
        }
        outputs
    }

    /// The number of outputs that are targets, not auxiliary targets.
    #[must_use]
    pub fn main_outputs(&self, energies: &[f64], bias: Option<f64>) -> usize {
        let without = Self {
            auxiliary_targets: Vec::new(),
            ..self.clone()
        };
        without.outputs(energies, bias).len()
    }

    /// Checks that the network fits strips of this size and disorder.
    ///
    /// # Errors
    /// A network that does not fit the strips; a spectral network for disorder without impurities.
    pub fn check_for(
        &self,
        size: StripSize,
        disorder: DisorderModel,
    ) -> Result<(), TrainingConfigError> {
        self.network.parameters(size, 1)?;
        let counted = disorder.has_impurities();
        if !counted && matches!(self.network, NetworkSpec::Spectral { .. }) {
            return Err(TrainingConfigError::SpectralWithoutImpurities);
        }
        Ok(())
    }
}

fn at(energy: f64) -> Target {
    if energy == FERMI_ENERGY {
        Target::Conductance
    } else {
        Target::Transmission { energy }
    }
}

/// Puts `above` over `base`: tables are merged, but for those of a kind of their own.
fn merge(base: &mut toml::Table, above: toml::Table) {
    for (name, value) in above {
        match (base.get_mut(&name), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(above))
                if !above.contains_key("kind") =>
            {
                merge(base, above);
            }
            (_, value) => {
                base.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::preset::{PRESETS, preset};

    #[test]
    fn every_preset_is_valid_and_reads_back() {
        for (name, _) in PRESETS {
            let config = preset(name).unwrap();
            config.check().unwrap();
            assert_eq!(
                TrainingConfig::parse(&config.to_toml()).unwrap(),
                config,
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_changes_what_it_names_of_a_preset() {
        let text = "preset = 'paper-cnn'\nepochs = 3\n[optimiser]\nlearning_rate = 0.01\n\
                    [network]\nkind = 'dense'\nhidden = [5]\n";
        let config = TrainingConfig::parse(text).unwrap();
        let paper = preset("paper-cnn").unwrap();
        assert_eq!((config.epochs, config.batch_size), (3, paper.batch_size));
        assert_eq!(config.optimiser.learning_rate, 0.01);
        assert_eq!(config.optimiser.beta_2, paper.optimiser.beta_2);
        assert_eq!(config.network, NetworkSpec::Dense { hidden: vec![5] });
    }

    #[test]
    fn values_of_json_are_a_configuration_too() {
        let values = serde_json::json!({
            "preset": "paper-cnn", "epochs": 3, "optimiser": { "learning_rate": 1 },
        });
        let config = TrainingConfig::from_values(&values).unwrap();
        assert_eq!((config.epochs, config.optimiser.learning_rate), (3, 1.0));
        let whole = TrainingConfig::from_values(&config).unwrap();
        assert_eq!(whole, config);
        for bad in [
            serde_json::json!({ "epochs": null }),
            serde_json::json!([1]),
        ] {
            assert!(TrainingConfig::from_values(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (entry, part) in [
            ("batch_size = 0", "batch_size"),
            ("validation = 0.0", "validation"),
            ("targets = []", "targets"),
            ("targets = ['h']", "unknown variant"),
            ("speed = 1", "unknown field"),
            (
                "[optimiser]\nlearning_rate = -1.0",
                "optimiser.learning_rate",
            ),
            ("[optimiser]\nema = 1.0", "optimiser.ema"),
            ("[loss]\nkind = 'huber'\ndelta = 0.0", "loss.delta"),
        ] {
            let text = format!("preset = 'paper-cnn'\n{entry}\n");
            let message = TrainingConfig::parse(&text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        let unknown = TrainingConfig::parse("preset = 'best'").unwrap_err();
        assert!(unknown.to_string().contains("paper-cnn"), "{unknown}");
    }

    #[test]
    fn a_training_that_ends_before_its_warm_up_does_is_told_so() {
        let schedule = preset("spectral").unwrap().optimiser.schedule;
        let warning = schedule.warning(75).unwrap();
        assert!(warning.contains("75 steps"), "{warning}");
        assert!(warning.contains("until step 200"), "{warning}");
        assert!(
            warning.contains("optimiser.schedule.warmup_steps"),
            "{warning}"
        );
        assert_eq!(schedule.warning(200), None);
        assert_eq!(Schedule::Constant.warning(1), None);
    }

    #[test]
    fn outputs_are_named_once_and_the_targets_come_first() {
        let mut config = preset("paper-cnn").unwrap();
        config.auxiliary_targets = vec![TargetName::Energies];
        config.auxiliary_weight = 0.1;
        let outputs = config.outputs(&[-0.5, 0.0], None);
        assert_eq!(
            outputs,
            [
                (Target::Conductance, 1.0),
                (Target::Transmission { energy: -0.5 }, 0.1)
            ]
        );
        assert_eq!(config.main_outputs(&[-0.5, 0.0], None), 1);
    }
}
