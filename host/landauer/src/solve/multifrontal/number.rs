//! Numbers of one or two planes: real and complex ones.

/// A number: [re] or [re, im].
pub(super) type Number<const P: usize> = [f64; P];

/// a·b.
#[inline(always)]
pub(super) fn times<const P: usize>(a: Number<P>, b: Number<P>) -> Number<P> {
    let mut product = [0.0; P];
    if P == 1 {
        product[0] = a[0] * b[0];
    } else {
        product[0] = a[0] * b[0] - a[P - 1] * b[P - 1];
        product[P - 1] = a[0] * b[P - 1] + a[P - 1] * b[0];
    }
    product
}

/// a − b.
#[inline(always)]
pub(super) fn minus<const P: usize>(a: Number<P>, b: Number<P>) -> Number<P> {
    std::array::from_fn(|plane| a[plane] - b[plane])
}

/// 1/a.
#[inline(always)]
pub(super) fn inverse<const P: usize>(a: Number<P>) -> Number<P> {
    if P == 1 {
        return [1.0 / a[0]; P];
    }
    // Divided by the larger part first, so that no square overflows or vanishes.
    let scale = 1.0 / a[0].abs().max(a[P - 1].abs());
    let (x, y) = (a[0] * scale, a[P - 1] * scale);
    let factor = scale / (x * x + y * y);
    let mut inverse = [x * factor; P];
    inverse[P - 1] = -(y * factor);
    inverse
}

/// |re| + |im|.
#[inline(always)]
pub(super) fn size<const P: usize>(a: Number<P>) -> f64 {
    a.iter().fold(0.0, |sum, part| sum + part.abs())
}
