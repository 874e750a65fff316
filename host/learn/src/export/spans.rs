//! The constants that a program refers to.

use landauer_core::inference::format::{
    Activation, Card, CurveRule, Curves, EncoderRule, Layer, Operator, PoolKind, Requantise, Span,
};

/// Every span of a layer.
pub(super) fn of_layer(layer: &mut Layer) -> Vec<&mut Span> {
    match &mut layer.operator {
        Operator::Conv2d(record) => affine(
            &mut record.weights.data,
            &mut record.bias,
            &mut record.requantise,
        ),
        Operator::Dense(record) => affine(
            &mut record.weights.data,
            &mut record.bias,
            &mut record.requantise,
        ),
        Operator::AxisLinear(record) => affine(
            &mut record.weights.data,
            &mut record.bias,
            &mut record.requantise,
        ),
        Operator::Product(record) => join(curves(&mut record.bias), rule(&mut record.requantise)),
        Operator::Separable(record) => {
            let rest = affine(
                &mut record.along.data,
                &mut record.bias,
                &mut record.requantise,
            );
            let inner = join(
                curves(&mut record.inner.multiplier),
                curves(&mut record.offset),
            );
            join(vec![&mut record.across.data], join(rest, inner))
        }
        Operator::Pool(record) => match &mut record.kind {
            PoolKind::Max => Vec::new(),
            PoolKind::Average(requantise) => rule(requantise),
        },
        Operator::Add(record) => activation(&mut record.activation),
        Operator::Count(record) => curves(&mut record.curves),
        Operator::Centre(record) => rule(&mut record.requantise),
        Operator::Patterns(record) => join(vec![&mut record.table], rule(&mut record.requantise)),
        // Core's format is not exhaustive for others; here every operator must be known, or the
        // file that is written would be refused.
        _ => Vec::new(),
    }
}

/// Every span of a card.
pub(super) fn of_card<'c>(card: &'c mut Card<'_>) -> Vec<&'c mut Span> {
    let head = &mut card.head;
    let mut spans = match &mut card.encoder.rule {
        EncoderRule::Species(codes) => curves(codes),
        _ => Vec::new(),
    };
    spans.push(&mut head.weights.data);
    for curve in [&mut head.bias, &mut head.centre, &mut head.scale] {
        spans.extend(curves(curve));
    }
    spans.extend(card.golden.iter_mut().map(|golden| &mut golden.outputs));
    spans
}

fn join<'s>(mut first: Vec<&'s mut Span>, second: Vec<&'s mut Span>) -> Vec<&'s mut Span> {
    first.extend(second);
    first
}

fn affine<'s>(
    weights: &'s mut Span,
    bias: &'s mut Curves,
    requantise: &'s mut Requantise,
) -> Vec<&'s mut Span> {
    join(vec![weights], join(curves(bias), rule(requantise)))
}

fn rule(requantise: &mut Requantise) -> Vec<&mut Span> {
    join(
        curves(&mut requantise.multiplier),
        activation(&mut requantise.activation),
    )
}

fn activation(activation: &mut Activation) -> Vec<&mut Span> {
    match activation {
        Activation::Table(table) => vec![table],
        _ => Vec::new(),
    }
}

fn curves(curves: &mut Curves) -> Vec<&mut Span> {
    match &mut curves.rule {
        CurveRule::Lines(nodes) => vec![&mut nodes.values],
        CurveRule::Mixture {
            coefficients,
            basis,
            ..
        } => vec![coefficients, &mut basis.values],
        _ => Vec::new(),
    }
}
