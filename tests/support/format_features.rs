//! What a model file makes use of, of all that the versions of the format have.

use std::collections::BTreeSet;

use landauer_core::inference::format::{
    Activation, Axis, CurveRule, Curves, EncoderRule, FORMAT_VERSION, Mirrors, Operator, PoolKind,
    WeightLayout, Weights,
};
use landauer_core::inference::{Model, Target};
use landauer_core::{Concentration, DisorderModel};

/// What version 1 has.
const VERSION_1: [&str; 47] = [
    "activation: identity",
    "activation: ReLU",
    "activation: table",
    "axis: row",
    "axis: slice",
    "concentration: fixed",
    "concentration: uniform",
    "curves: constants",
    "curves: lines",
    "curves: mixtures",
    "curves: none",
    "curves: one each",
    "curves: one for all",
    "disorder: model 1",
    "disorder: model 2",
    "disorder: model 3",
    "disorder: model 4",
    "encoder: on-site energies",
    "encoder: species",
    "head: RowMajor, 4 bits",
    "head: RowMajor, 8 bits",
    "mirrors: None",
    "mirrors: XY",
    "mirrors: XYSign",
    "mirrors: Y",
    "operator: Add",
    "operator: AxisLinear",
    "operator: AxisLinear, by channel",
    "operator: AxisLinear, folded",
    "operator: Centre",
    "operator: Conv2d, Interleaved, 8 bits",
    "operator: Conv2d, RowMajor, 8 bits",
    "operator: Count",
    "operator: Dense, Interleaved, 4 bits",
    "operator: Dense, Interleaved, 8 bits",
    "operator: Dense, RowMajor, 4 bits",
    "operator: Dense, RowMajor, 8 bits",
    "operator: Patterns",
    "operator: Pool, average",
    "operator: Pool, largest",
    "operator: Product",
    "operator: Product, by slice",
    "operator: Separable",
    "self-test",
    "target: bias average",
    "target: conductance",
    "target: transmission",
];

/// What version 2 adds.
const VERSION_2: [&str; 2] = ["disorder: given", "disorder: species"];

/// What each version has that older ones have not, version 1 first. A new one is a line here, and its
/// frozen files (`tests/io/frozen_models.rs`).
pub const VERSIONS: [&[&str]; FORMAT_VERSION as usize] = [&VERSION_1, &VERSION_2];

/// The features that a model uses.
///
/// # Panics
/// If it uses one that stands in no list.
#[must_use]
pub fn features(model: &Model<'_>) -> BTreeSet<&'static str> {
    let card = model.card();
    let mut found = Found(BTreeSet::new());
    found.add(&match (card.disorder, card.disorder.number()) {
        (_, Some(number @ 1..=4)) => format!("disorder: model {number}"),
        (DisorderModel::Given { .. }, _) => "disorder: given".to_owned(),
        _ => "disorder: species".to_owned(),
    });
    found.add(match card.concentration {
        Concentration::Fixed(_) => "concentration: fixed",
        Concentration::Uniform => "concentration: uniform",
    });
    let mirrors: Mirrors = card.mirrors;
    found.add(&format!("mirrors: {mirrors:?}"));
    for target in model.targets() {
        found.add(match target {
            Target::Conductance => "target: conductance",
            Target::BiasAverage { .. } => "target: bias average",
            Target::Transmission { .. } => "target: transmission",
            _ => panic!("{target:?}"),
        });
    }
    if !card.golden.is_empty() {
        found.add("self-test");
    }
    match card.encoder.rule {
        EncoderRule::Species(curves) => {
            found.add("encoder: species");
            found.curves(&curves);
        }
        EncoderRule::Onsite { .. } => found.add("encoder: on-site energies"),
        rule => panic!("{rule:?}"),
    }
    for layer in model.layers() {
        found.operator(&layer.operator);
    }
    found.add(&format!("head: {}", weights(&card.head.weights)));
    let head = &card.head;
    for curves in [head.bias, head.centre, head.scale] {
        found.curves(&curves);
    }
    found.0
}

fn weights(weights: &Weights) -> String {
    let layout: WeightLayout = weights.layout;
    format!("{layout:?}, {} bits", weights.bits)
}

struct Found(BTreeSet<&'static str>);

impl Found {
    fn add(&mut self, feature: &str) {
        let known = VERSIONS.iter().copied().flatten();
        let known = known.copied().find(|&known| known == feature);
        self.0
            .insert(known.unwrap_or_else(|| panic!("`{feature}` stands in no list of features")));
    }

    fn curves(&mut self, curves: &Curves) {
        if curves.curves == 0 {
            return self.add("curves: none");
        }
        let each = curves.curves > 1;
        self.add(if each {
            "curves: one each"
        } else {
            "curves: one for all"
        });
        self.add(match curves.rule {
            CurveRule::Lines(nodes) if nodes.nodes == 1 => "curves: constants",
            CurveRule::Lines(_) => "curves: lines",
            CurveRule::Mixture { .. } => "curves: mixtures",
            rule => panic!("{rule:?}"),
        });
    }

    fn activation(&mut self, activation: Activation) {
        self.add(match activation {
            Activation::Identity => "activation: identity",
            Activation::Relu => "activation: ReLU",
            Activation::Table(_) => "activation: table",
            _ => panic!("{activation:?}"),
        });
    }

    fn operator(&mut self, operator: &Operator) {
        let name = format!("operator: {}", operator.name());
        let (bias, rule) = match operator {
            Operator::Conv2d(conv2d) => {
                self.add(&format!("{name}, {}", weights(&conv2d.weights)));
                (Some(conv2d.bias), Some(conv2d.requantise))
            }
            Operator::Dense(dense) => {
                self.add(&format!("{name}, {}", weights(&dense.weights)));
                (Some(dense.bias), Some(dense.requantise))
            }
            Operator::AxisLinear(linear) => {
                self.add(&name);
                self.add(match linear.axis {
                    Axis::Slice => "axis: slice",
                    Axis::Row => "axis: row",
                });
                if linear.folded {
                    self.add("operator: AxisLinear, folded");
                }
                if linear.by_channel {
                    self.add("operator: AxisLinear, by channel");
                }
                (Some(linear.bias), Some(linear.requantise))
            }
            Operator::Product(product) => {
                self.add(&name);
                if product.by_slice {
                    self.add("operator: Product, by slice");
                }
                (Some(product.bias), Some(product.requantise))
            }
            Operator::Separable(separable) => {
                self.add(&name);
                self.curves(&separable.offset);
                self.curves(&separable.inner.multiplier);
                (Some(separable.bias), Some(separable.requantise))
            }
            Operator::Pool(pool) => match pool.kind {
                PoolKind::Max => {
                    self.add("operator: Pool, largest");
                    (None, None)
                }
                PoolKind::Average(rule) => {
                    self.add("operator: Pool, average");
                    (None, Some(rule))
                }
            },
            Operator::Add(add) => {
                self.add(&name);
                self.activation(add.activation);
                (None, None)
            }
            Operator::Count(count) => {
                self.add(&name);
                (Some(count.curves), None)
            }
            Operator::Centre(centre) => {
                self.add(&name);
                (None, Some(centre.requantise))
            }
            Operator::Patterns(patterns) => {
                self.add(&name);
                (None, Some(patterns.requantise))
            }
            _ => panic!("{name}"),
        };
        if let Some(bias) = bias {
            self.curves(&bias);
        }
        if let Some(rule) = rule {
            self.curves(&rule.multiplier);
            self.activation(rule.activation);
        }
    }
}
