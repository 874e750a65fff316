//! Every tolerance of the cross-checks, each with its reason. No test has one of its own.
//!
//! Measured values are worst cases of `cargo test --release -p landauer-tests` on x86-64; T is at
//! most 41 in these cases, so that one rounding of it is 7e-15.

/// T without t against Kwant, `f64`, absolute. Measured 1.2e-12 (model II, 40×40): N − R cancels
/// 40 open modes of rounding 1e-14 each after 1600 updates; the rest is Kwant's own 1e-12.
pub const KWANT_ABSOLUTE_REFLECTION: f64 = 1e-11;

/// T with t against Kwant, `f64`, absolute. Measured 1.3e-12, at T = 37.
pub const KWANT_ABSOLUTE: f64 = 1e-11;

/// T with t against Kwant, `f64`, relative, for T ≥ 1e-12. Measured 8.3e-11 (model II): a
/// resonance that is sharp in energy is as sharp in rounding.
pub const KWANT_RELATIVE: f64 = 1e-9;

/// The same for 1e-20 ≤ T < 1e-12. Measured 2.1e-12 (the localised strips).
pub const KWANT_RELATIVE_SMALL: f64 = 1e-9;

/// The smallest T that is compared relatively: below it Kwant's own rounding decides.
pub const SMALLEST_RELATIVE: f64 = 1e-20;

/// Transmission eigenvalues against Kwant's (numpy's singular values, squared), absolute.
/// Measured 5.1e-12, half of it in Kwant's t.
pub const KWANT_EIGENVALUE: f64 = 5e-11;

/// T with t in `f32` against Kwant, absolute. Measured 9.4e-5 (model IV).
pub const KWANT_ABSOLUTE_F32: f64 = 1e-3;

/// T without t in `f32` against Kwant, absolute. Measured 6.5e-4 (model III): N − R cancels what
/// the sum of |t|² keeps.
pub const KWANT_ABSOLUTE_REFLECTION_F32: f64 = 5e-3;

/// Two ways of ours to the same `f64` number (with t and without, textbook Green's functions,
/// mirrored strips), absolute, per open mode. The test `how_far_apart_the_ways_are` prints the
/// worst of 4000 generated strips: 9.1e-14. A resonance can be as sharp as it likes, and
/// one a thousand times sharper than those is possible.
pub const AGREEMENT: f64 = 1e-10;

/// The same for mirrored strips relatively, where T > 1e-10. Worst of 4000: 4.7e-12.
pub const AGREEMENT_RELATIVE: f64 = 1e-8;

/// `f32` with t against `f64` on generated strips, absolute, per open mode. Worst of 4000:
/// 3.0e-5, for the same reason far less than this.
pub const AGREEMENT_F32: f64 = 5e-3;

/// The median of the same: what `f32` is worth on an ordinary strip. Measured 2.8e-8.
pub const MEDIAN_F32: f64 = 1e-6;

/// Elements of r†r + t†t − 1 over the open modes, `f64`. Measured 1.2e-13 on the Kwant cases and
/// 9.1e-14 on 4000 generated ones: near a band edge a mode's amplitude is large and so is
/// its rounding.
pub const UNITARITY: f64 = 1e-11;

/// The same in `f32` on the Kwant cases. Measured 1.2e-4.
pub const UNITARITY_F32: f64 = 5e-3;

/// Clean strips and closed forms, where nothing is amplified: a few roundings.
pub const CLOSED_FORM: f64 = 1e-13;

/// Unitarity and agreement within 1e-9 t of a band edge, where a mode of vanishing velocity has an
/// amplitude of 1/√(sin k) ≈ 1e4 on every site and rounding grows with its square.
pub const NEAR_BAND_EDGE: f64 = 1e-7;

/// T exactly at a band edge against T a hair (1e-9 t) beside it, in a strip with disorder: the
/// edge is held at a distance of 1e-8 in κ, and T depends on κ about linearly.
pub const BAND_EDGE: f64 = 1e-3;

/// What `solve` promises its users against Kwant, absolute: a hundred times looser than
/// what core is held to above.
pub const PROMISED_ABSOLUTE: f64 = 1e-9;

/// The same relatively: (T from which on, tolerance), the first that fits.
pub const PROMISED_RELATIVE: [(f64, f64); 2] = [(1e-12, 1e-6), (1e-20, 1e-5)];

/// The same number on another way through files, printing and means: a few roundings of T ≤ 41.
pub const ROUNDING: f64 = 1e-12;
