//! What determines a training, but for its data: written in TOML, saved with every run.

use landauer_core::inference::Target;
use landauer_core::{Compact, DisorderModel, FERMI_ENERGY};
use serde::{Deserialize, Serialize};

use super::spec::{NetworkSpec, SpecError};
use landauer::StripSize;
use landauer::failure::{Categorised, Category};

/// What is asked of a network.
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

/// What a network reads of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// The on-site energy in units of the largest that there can be: 0 to 1 for impurities, -1 to 1
    /// for model I.
    Plain,
    /// The same, less what it is on average at the strip's impurity count, in units of about its
    /// standard deviation there. Model I has no count, and reads plainly.
    Standardised,
}

/// What a wrong prediction costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Loss {
    /// The square of the error.
    Mse,
    /// The size of the error.
    L1,
    /// Half the square of the error up to `width`, from there on a straight line.
    Huber {
        /// Where the line begins.
        width: f32,
    },
}

/// How the step width changes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// Not at all.
    Constant,
    /// Up from zero in `warmup` steps, then down half a cosine to `last`.
    Cosine {
        /// Steps of the rise.
        warmup: u64,
        /// The step width at the end.
        last: f32,
    },
}

/// Adam; with decay it is `AdamW`, whose decay is not part of the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimiser {
    /// The step width, at its largest.
    pub rate: f32,
    /// By how much a step of width 1 shrinks all parameters.
    #[serde(default)]
    pub decay: f32,
    /// How much of the mean gradient is kept by a step.
    #[serde(default = "beta_1")]
    pub beta_1: f32,
    /// How much of the mean square of the gradient is kept by a step.
    #[serde(default = "beta_2")]
    pub beta_2: f32,
    /// What is added to the root of the mean square.
    #[serde(default = "epsilon")]
    pub epsilon: f32,
    /// The step width's course.
    #[serde(default = "constant")]
    pub schedule: Schedule,
    /// The largest norm of the gradient: a larger one is scaled down to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<f32>,
    /// How much of the mean of the weights is kept by a step (less in the first ones: the mean never
    /// reaches far beyond the last tenth of all steps); that mean is what is judged and written.
    /// Without it, the weights themselves are.
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

/// All that determines a training, but for its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an entry of the file, and they are independent"
)]
pub struct TrainingConfig {
    /// Where it comes from, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// What the network is for.
    pub targets: Vec<TargetName>,
    /// What it learns beside, because that helps.
    #[serde(default)]
    pub side_targets: Vec<TargetName>,
    /// The weight of a target in the loss.
    #[serde(default = "unit")]
    pub target_weight: f32,
    /// The weight of a side target.
    #[serde(default)]
    pub side_weight: f32,
    /// What it reads of a site.
    pub input: Input,
    /// Whether it learns the deviation from the median at the impurity count, in units of the
    /// standard deviation there, both found on the training split; or the conductance itself.
    pub residual: bool,
    /// Whether an error counts in the units of the conductance for a residual target too, within
    /// bounds.
    #[serde(default)]
    pub weigh_by_spread: bool,
    /// Strips with a larger share of impurities than this are not learned from; a residual network
    /// predicts the median there. Without meaning for model I.
    #[serde(default = "one")]
    pub largest_share: f64,
    /// Whether training sees mirror images at random; where the sign of the potential does not
    /// matter (model I, E = 0 and Ḡ), that too.
    pub augment: bool,
    /// Whether predictions are averaged over these images, unless asked otherwise.
    pub average_images: bool,
    /// Samples of a step.
    pub batch: usize,
    /// The most passes over the training split.
    pub epochs: u64,
    /// After so many epochs without an improvement on the validation split it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
    /// The share of the samples that chooses the best epoch and is not learned from.
    pub validation: f64,
    /// The chance of a spectral network's feature to be dropped in a step.
    #[serde(default)]
    pub dropout: f32,
    /// Equal seeds and data give equal weights.
    #[serde(default = "first")]
    pub seed: u64,
    /// What a wrong prediction costs.
    pub loss: Loss,
    /// How the weights follow the gradient.
    pub optimiser: Optimiser,
    /// The network.
    pub network: NetworkSpec,
}

const fn first() -> u64 {
    1
}

impl TrainingConfig {
    /// Reads a configuration; it may name a `preset`, whose entries hold where it has none.
    ///
    /// # Errors
    /// Text that is no such configuration.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let wrong = |error: toml::de::Error| ConfigError::Text(error.to_string());
        let table: toml::Table = text.parse().map_err(wrong)?;
        let merged = match table.get("preset") {
            None => table,
            Some(name) => {
                let name = name.as_str().unwrap_or_default();
                let preset = super::preset::preset(name)?;
                let base = toml::Table::try_from(&preset);
                let mut base = base.map_err(|error| ConfigError::Text(error.to_string()))?;
                merge(&mut base, table);
                base
            }
        };
        // From text again, for messages that say where.
        let config: Self = merged.try_into().map_err(wrong)?;
        config.check()?;
        Ok(config)
    }

    /// The configuration as a file: it reads back as the same.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Every value of it has a form in TOML.
        toml::to_string(self).unwrap_or_default()
    }

    /// Makes sure that there can be such a training.
    ///
    /// # Errors
    /// What about it cannot be.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |what, value: f64| Err(ConfigError::Value { what, value });
        let Optimiser {
            rate,
            decay,
            beta_1,
            beta_2,
            epsilon,
            schedule,
            clip,
            ema,
        } = self.optimiser;
        let share = |x: f32| (0.0..1.0).contains(&x);
        let positive = |x: f32| x.is_finite() && x > 0.0;
        let not_negative = |x: f32| x.is_finite() && x >= 0.0;
        if self.targets.is_empty() {
            return Err(ConfigError::NoTarget);
        }
        let rules = [
            ("optimiser.rate", rate, positive(rate)),
            ("optimiser.decay", decay, not_negative(decay)),
            ("optimiser.beta_1", beta_1, share(beta_1)),
            ("optimiser.beta_2", beta_2, share(beta_2)),
            ("optimiser.epsilon", epsilon, positive(epsilon)),
            (
                "optimiser.clip",
                clip.unwrap_or(1.0),
                positive(clip.unwrap_or(1.0)),
            ),
            (
                "optimiser.ema",
                ema.unwrap_or(0.0),
                share(ema.unwrap_or(0.0)),
            ),
            ("dropout", self.dropout, share(self.dropout)),
            (
                "target_weight",
                self.target_weight,
                positive(self.target_weight),
            ),
            (
                "side_weight",
                self.side_weight,
                not_negative(self.side_weight),
            ),
        ];
        if let Some((what, value, _)) = rules.into_iter().find(|(_, _, good)| !good) {
            return wrong(what, value.into());
        }
        if let Loss::Huber { width } = self.loss
            && !positive(width)
        {
            return wrong("loss.width", width.into());
        }
        if let Schedule::Cosine { last, .. } = schedule
            && !not_negative(last)
        {
            return wrong("optimiser.schedule.last", last.into());
        }
        if self.batch == 0 || self.batch > 1 << 20 {
            return wrong("batch", self.batch as f64);
        }
        if self.epochs == 0 {
            return wrong("epochs", 0.0);
        }
        if !(self.validation > 0.0 && self.validation <= 0.9) {
            return wrong("validation", self.validation);
        }
        if !(self.largest_share > 0.0 && self.largest_share <= 1.0) {
            return wrong("largest_share", self.largest_share);
        }
        Ok(())
    }

    /// What the network's outputs are, the targets first, for data of these energies; with the
    /// weight of each in the loss.
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
            (&self.side_targets, self.side_weight),
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

    /// How many of the outputs are what the network is for, not beside.
    #[must_use]
    pub fn main_outputs(&self, energies: &[f64], bias: Option<f64>) -> usize {
        let without = Self {
            side_targets: Vec::new(),
            ..self.clone()
        };
        without.outputs(energies, bias).len()
    }

    /// Makes sure that the network can be for strips of this size.
    ///
    /// # Errors
    /// [`SpecError`]; a spectral network of model I, which has no impurities.
    pub fn check_for(&self, size: StripSize, disorder: DisorderModel) -> Result<(), ConfigError> {
        self.network.parameters(size, 1)?;
        let counted = disorder.has_impurities();
        if !counted && matches!(self.network, NetworkSpec::Spectral { .. }) {
            return Err(ConfigError::SpectralOfModelI);
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

/// Why there is no such training.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Text that is no configuration.
    #[error("this is no training configuration: {0}")]
    Text(String),
    /// A preset that is not there.
    #[error("there is no preset `{name}`: choose one of {known}")]
    Preset {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No target.
    #[error("`targets` is empty: give some of \"g\", \"g-bar\", \"energies\"")]
    NoTarget,
    /// A number that cannot be.
    #[error("`{what}` cannot be {}", Compact(*value))]
    Value {
        /// Which entry.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A target whose energies are not solved for.
    #[error(
        "the energies do not have what `targets` asks for: change --energies, --bias or `targets`"
    )]
    NoSuchEnergies,
    /// A network that cannot be.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A spectral network of model I.
    #[error("a spectral network reads impurities, and model I has none: take another network")]
    SpectralOfModelI,
}

impl Categorised for ConfigError {
    fn category(&self) -> Category {
        Category::Usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::preset::{PRESETS, preset};

    #[test]
    fn every_preset_can_be_and_reads_back() {
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
        let text = "preset = 'paper-cnn'\nepochs = 3\n[optimiser]\nrate = 0.01\n\
                    [network]\nkind = 'dense'\nhidden = [5]\n";
        let config = TrainingConfig::parse(text).unwrap();
        let paper = preset("paper-cnn").unwrap();
        assert_eq!((config.epochs, config.batch), (3, paper.batch));
        assert_eq!(config.optimiser.rate, 0.01);
        assert_eq!(config.optimiser.beta_2, paper.optimiser.beta_2);
        assert_eq!(config.network, NetworkSpec::Dense { hidden: vec![5] });
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (entry, part) in [
            ("batch = 0", "batch"),
            ("validation = 0.0", "validation"),
            ("targets = []", "targets"),
            ("targets = ['h']", "unknown variant"),
            ("speed = 1", "unknown field"),
            ("[optimiser]\nrate = -1.0", "optimiser.rate"),
            ("[optimiser]\nema = 1.0", "optimiser.ema"),
            ("[loss]\nkind = 'huber'\nwidth = 0.0", "loss.width"),
        ] {
            let text = format!("preset = 'paper-cnn'\n{entry}\n");
            let message = TrainingConfig::parse(&text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        let unknown = TrainingConfig::parse("preset = 'best'").unwrap_err();
        assert!(unknown.to_string().contains("paper-cnn"), "{unknown}");
    }

    #[test]
    fn outputs_are_named_once_and_the_targets_come_first() {
        let mut config = preset("paper-cnn").unwrap();
        config.side_targets = vec![TargetName::Energies];
        config.side_weight = 0.1;
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
