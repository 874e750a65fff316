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

/// Nested dissection in `f64` against Kwant, absolute.
/// Measured 1.0e-11 (model IV, 40×40): growth in the elimination.
pub const KWANT_ABSOLUTE_DISSECTION: f64 = 1e-10;

/// The same, relative, for T ≥ 1e-12. Measured 8.2e-11 (a localised rectangle).
pub const KWANT_RELATIVE_DISSECTION: f64 = 1e-8;

/// The same for 1e-20 ≤ T < 1e-12. Measured 2.8e-12 (model II).
pub const KWANT_RELATIVE_SMALL_DISSECTION: f64 = 1e-8;

/// Nested dissection in `f32`, guard on, against Kwant, absolute: the same as for the recursion
/// without t, which is off by 6.5e-4. Measured 1.7e-3 (model I, 20×20) but for model II, 4.2e-2,
/// which the guard lets through.
pub const KWANT_ABSOLUTE_DISSECTION_F32: f64 = 5e-3;

/// Nested dissection in `f64` against the recursion, closed forms, mirror images and other plans:
/// absolute, per propagating mode. `how_far_apart_the_solvers_are` measures 2e-13 on 2272 strips of 150
/// sizes, `cargo run --release -p landauer-cli --example agreement` 4e-11 (1.4e-9 in all) between mirror
/// images of 40×40 strips: a rare strip is a thousand times worse than most, up to what the guard
/// lets through, and strips made to be bad (`all_solvers_agree_on_strips_of_any_kind`) get there.
pub const DISSECTION: f64 = 5e-9;

/// The same, relative, for T ≥ [`SMALLEST_RELATIVE_DISSECTION`]. Measured 2.2e-10 and
/// 2.0e-9.
pub const DISSECTION_RELATIVE: f64 = 1e-6;

/// The smallest T that two ways of ours are compared relatively at.
pub const SMALLEST_RELATIVE_DISSECTION: f64 = 1e-12;

/// Nested dissection in `f32`, guard on, against the recursion in `f64`: absolute, per propagating mode.
/// Measured 1.1e-4 on 2272 strips of 150 sizes, 2.6e-3 (0.10 in all) on 20,224 of 40×40.
pub const DISSECTION_F32: f64 = 5e-3;

/// ln T of strongly localised strips by the dissection in `f32`, against `f64`, absolute: rounding grows as elsewhere,
/// and nothing underflows. Measured 3.3e-3 (model II, n = 0.7, 40×40); 1.7e-5 at n = 0.95.
pub const LOCALISED_F32: f64 = 3e-2;

/// Nested dissection where only modes that are evanescent in the leads go through the strip, absolute:
/// rounding of what they carry, of order 1, mixes into N_e. Measured 1.4e-15.
pub const EVANESCENT_MODES: f64 = 1e-13;

/// The share of T at 40×40 that may fall back in `f64`, all models alike, of 6144. Measured 1.6e-4,
/// all of it in model I: a single one.
pub const FALLBACKS: f64 = 1e-3;

/// The same in `f32`. Measured 0.11: a quarter of model I, 1 to 4 % of model II, 4 to 9 % of III and
/// IV.
pub const FALLBACKS_F32: f64 = 0.2;

/// The multifrontal solver in `f64` against the recursion, closed forms and mirror images: absolute, per propagating
/// mode. Measured 8e-15 on 2880 small strips at whole energies, 2e-14 on uniform ones; generated ones may be resonances
/// as sharp as they like ([`AGREEMENT`]).
pub const MULTIFRONTAL: f64 = 1e-10;

/// The same, relative, for T ≥ [`SMALLEST_RELATIVE_DISSECTION`]. Measured 1.8e-14, 3.9e-14.
pub const MULTIFRONTAL_RELATIVE: f64 = 1e-8;

/// T of uniform strips down to 1e-200 by the multifrontal solver against the closed form, relative. Measured 7.2e-14.
pub const SMALL_MULTIFRONTAL: f64 = 1e-10;

/// The share of ordinary strips that the multifrontal solver may leave to the recursion. Measured 3 of 400, all of which
/// hardly transmit in evanescent modes or below 1e-500.
pub const FALLBACKS_MULTIFRONTAL: f64 = 0.02;

/// The most multiply-adds that the plan of one T at 40×40 may have: 1.394e6 at E = 0, 1.049e6
/// elsewhere (`landauer inspect --plan 40x40`).
pub const MAX_FMA: f64 = 1.40e6;

/// Two of our solvers for the same `f64` number (with t and without, textbook Green's functions,
/// mirrored strips), absolute, per propagating mode. The test `how_far_apart_the_ways_are` prints the
/// worst of 4000 generated strips: 9.1e-14. A resonance can be as sharp as it likes, and
/// one a thousand times sharper than those is possible.
pub const AGREEMENT: f64 = 1e-10;

/// The same for mirrored strips relatively, where T > 1e-10. Worst of 4000: 4.7e-12.
pub const AGREEMENT_RELATIVE: f64 = 1e-8;

/// `f32` with t against `f64` on generated strips, absolute, per propagating mode. Worst of 4000:
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

/// Within 1e-6 t of a band edge, where the recursion hands over to elimination: both against the
/// dissection, absolute. Measured 1.3e-8: T has a square root of the distance there, and the distance
/// is known to ε.
pub const BESIDE_BAND_EDGE: f64 = 1e-7;

/// ln T of a uniform chain against its closed form, relative, in `f64` and `f32`, also where T is
/// below every number. In `f32` each slice adds a rounding of 6e-8 to ln T, of a size of one or two.
pub const LOGARITHM: f64 = 1e-6;

/// ln T of a uniform barrier of many modes against the closed form, absolute (T relatively): where
/// evanescent modes of the leads cross it and propagating ones do not, what is left of their amplitudes
/// is 1e-16 of a digit at T = 1e-32.
pub const BARRIER: f64 = 1e-6;

/// T through walls of up to 1e150 t against the closed form, relative: by elimination, a few roundings.
pub const WALL: f64 = 1e-10;

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

/// The share of 95 % bootstrap intervals that hold the true mean, of 400 errors each with a long
/// tail, lowest and highest: of 300 sets the share is known to 0.013, and the percentile bootstrap
/// of such errors is known to hold a little less than it says. Measured 0.943.
pub const BOOTSTRAP_COVERAGE: (f64, f64) = (0.90, 0.985);

/// By how many percent the error of a small network that has learned a little may grow in integers:
/// of 1000 test samples. Small networks lose more than large ones, whose rounding errors average
/// out, and which weights they learn depends a little on the machine. Measured -1.1 to 2.0.
pub const SMALL_NETWORK_LOSS_PERCENT: f64 = 5.0;

/// The least signal-to-noise ratio of a tensor of a network in 8 bits: a step that is wrong by half
/// leaves 6 dB, a wrong sign -6 dB. A tensor of normal numbers whose largest is four times as large
/// as they are on average has 40 dB; what goes through half a dozen layers loses up to half of that.
pub const MIN_SIGNAL_TO_NOISE_DB: f64 = 12.0;

/// By how many percent the error of a small network may differ from its float one's where its hidden
/// dense weights have 4 bits. The paper's network loses -1.9 % (8 bits: -2.3 %) on 20,000 samples; a
/// weight read from the wrong half of a byte, or with the wrong sign, more than doubles the error.
pub const SMALL_NETWORK_INT4_PERCENT: f64 = 30.0;

/// How far a small network's prediction in integers may be from its float one, in G0, at worst of
/// 1000 strips: a few of the 8-bit steps of a tensor in which up to 8 G0 show. Measured at most 0.19.
pub const SMALL_NETWORK_DIFFERENCE: f64 = 0.4;

/// How far the share of prediction intervals that hold may be from the nominal one, of 20,000 samples
/// after as many for calibration: known to 0.0035, and a quantile of 100 samples errs by up to 1/101
/// to the safe side. Measured 0.0106.
pub const RELIABILITY: f64 = 0.02;

/// The same of the samples in one band of concentration, a thousand or more, at 0.9. Measured 0.019.
pub const RELIABILITY_OF_BAND: f64 = 0.05;

/// The same after 375 samples for calibration, of which 100 reach over several counts of unlike
/// errors. Measured 0.084.
pub const RELIABILITY_OF_FEW: f64 = 0.12;

/// The error of medians by count from so many strips of 3 x 3 sites, in units of the least that any guess
/// from the count can have on the 4000 strips of the test. A median of N samples adds 0.8/N to it, those
/// of ten counts 8/N, and as much again where what to pool is chosen from few; the least is that of these
/// very strips, by chance a percent or two below any other. Measured 1.018 from 4000. A fixed range of
/// two counts had 1.9 from any number.
pub const COUNTING_ON_FEW: [(usize, f64); 4] =
    [(100, 1.4), (300, 1.12), (1000, 1.06), (4000, 1.03)];

/// The same where the count says nothing, in units of the constant's error: 1 + this over the root of
/// the number of samples.
pub const COUNTING_BY_CHANCE: f64 = 2.0;

/// A network's prediction in f32 against the same sums in f64 by hand, absolute, at G up to 8:
/// sums of some hundred terms of order 1 round to 1e-6, and a spread of order 1 multiplies that.
pub const FLOAT_NETWORK: f64 = 2e-5;

/// A small network's validation error for model I at 3×3, in units of the median's: 3200 samples in
/// 12 epochs. Measured 0.56.
pub const LEARNED: f64 = 0.7;

/// T in 16-bit integers against `f64`, 40×40, model II with n uniform, E = 0: the mean error of 1000
/// strips. Measured 0.0018 on 20,000: r is rounded once for two scatterers, and
/// sharp resonances, where one strip in a thousand is off by 0.1 to 0.6, make a third of it.
pub const FIXED_POINT_MEAN: f64 = 0.003;

/// The same of the median strip. Measured 5e-4.
pub const FIXED_POINT_MEDIAN: f64 = 1.5e-3;

/// The mean of 300 strips of model I, III or IV, which scatter more weakly: more of them conduct, and
/// more of r is there to be rounded. Measured 0.007 to 0.009.
pub const FIXED_POINT_MEAN_OF_MODELS: f64 = 0.02;

/// The hybrid's mean error in G where it only counts impurities, over 2000 strips of model II, n
/// uniform, whose standard error is 0.007: a table of medians errs by 0.172.
/// Measured 0.168.
pub const HYBRID_COUNTING: f64 = 0.195;

/// The same at a budget of 0.5 M multiply-adds, standard error 0.005. Measured
/// 0.118.
pub const HYBRID_HALF_A_MILLION: f64 = 0.14;

/// The same at 1 M. Measured 0.072.
pub const HYBRID_ONE_MILLION: f64 = 0.085;

/// The same at 2 M. Measured 0.016.
pub const HYBRID_TWO_MILLION: f64 = 0.025;

/// The same of Ḡ over 600 strips, whose standard error is 0.008: a table of medians errs by 0.095.
/// Measured 0.094 on 20,000.
pub const HYBRID_BAR_COUNTING: f64 = 0.12;

/// The same at 0.5 M. Measured 0.076 on 20,000.
pub const HYBRID_BAR_HALF_A_MILLION: f64 = 0.1;

/// The same at 1 M. Measured 0.066 on 20,000.
pub const HYBRID_BAR_ONE_MILLION: f64 = 0.085;

/// The same at 2 M. Measured 0.058 on 20,000.
pub const HYBRID_BAR_TWO_MILLION: f64 = 0.075;

/// Fitted to 2700 strips of 64 sites, the error of a head that sees nothing but the number of
/// impurities, as a multiple of that of medians.
pub const HYBRID_SMALL_COUNTING: f64 = 1.15;

/// The same in `f32` where the budget covers every strip: nothing is left but rounding.
/// Measured below 5e-5.
pub const HYBRID_EXACT_F32: f64 = 1e-4;

/// The same in `f64`: the recursion in standing waves against the one in running waves.
/// Single strips differ by less than 1e-10.
pub const HYBRID_EXACT: f64 = 1e-10;

/// By how much an exact value may miss the ends of a prediction's interval that it is within: ends are
/// p ± h, rounded at p, where errors are looked at as |p − G|. What localised strips have (G = 1e-20,
/// h = 1e-24) is far below one rounding of p.
pub const INTERVAL_EDGE: f64 = 1e-9;

/// The share of the constant's error that five neurons are left with after 2000 epochs of one site's G:
/// 0.16, 0.14 and 0.15 for the three seeds (0.0088, 0.0076, 0.0079 G0; the paper's 0.006 G0 are 0.11). A
/// network that has learned nothing has 1, a straight line about 0.9: G is even in the energy.
pub const ONE_SITE: f64 = 0.4;

/// Maps of the inside of strips against Kwant's, as a share of the larger of 1 and their largest value: 3e-12 was the
/// worst; what is promised is this.
pub const KWANT_MAPS: f64 = 1e-9;

/// Mean maps of a clean strip against closed forms, as a share of 1 and the value: sums of a few sines, and what elimination
/// leaves of 1e-14.
pub const CLEAN_MEAN_MAPS: f64 = 1e-11;

/// Standard errors by which a mean map may differ from its mirror image at any of 1600 sites: of normal numbers one in
/// 100,000 sets would.
pub const MEAN_MAP_SIGMAS: f64 = 6.0;

/// The mean square of these distances: 1 if a site and its image are independent and errors are what they claim; neighbours are
/// correlated, so that it is not sharp.
pub const MEAN_MAP_SPREAD: (f64, f64) = (0.4, 2.0);

/// What warm strips' integrals may be off beside their reported errors, in G0: rounding of T and of closed forms.
pub const THERMAL_ROUNDING: f64 = 1e-9;

/// Up to where a dense quadrature is a reference for warm strips, in G0; and I/V at eV = 1e-6 t against T, whose next term
/// is T″ (eV)²/24.
pub const THERMAL_REFERENCE: f64 = 1e-8;

/// What is left of Sommerfeld's expansion and Mott's formula at kT = 5e-4 t in units of (kT)² and kT: the next term,
/// of another (kT)², and differences of T in steps of 1e-3 t.
pub const SOMMERFELD: f64 = 1e-2;

/// The Lorenz number's distance from 1 at kT = 5e-4 t: of the order of (kT)² T″/T.
pub const WIEDEMANN_FRANZ: f64 = 1e-3;
