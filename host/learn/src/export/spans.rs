//! The places in the constants that a program refers to.

use landauer_core::inference::format::{Card, EncoderRule, Layer, Span};

/// Shows every place that layers and card refer to, to be moved.
pub(super) fn visit(card: &mut Card<'_>, layers: &mut [Layer], visit: &mut dyn FnMut(&mut Span)) {
    for layer in layers {
        layer.operator.visit_spans(visit);
    }
    if let EncoderRule::Species(codes) = &mut card.encoder.rule {
        codes.visit_spans(visit);
    }
    let head = &mut card.head;
    head.weights.visit_spans(visit);
    for curves in [&mut head.bias, &mut head.centre, &mut head.scale] {
        curves.visit_spans(visit);
    }
    for golden in &mut card.golden {
        visit(&mut golden.outputs);
    }
}
