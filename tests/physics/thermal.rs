//! Warm strips and currents against closed forms, expansions and a dense quadrature.

use std::f64::consts::PI;

use landauer::thermal::{Estimate, Thermal, ThermalSolution};
use landauer::{
    Concentration, DisorderModel, Energies, Ensemble, OnsiteEnergies, Solver, StripSize,
};
use landauer_tests::tolerance::{
    CLOSED_FORM, SOMMERFELD, THERMAL_REFERENCE, THERMAL_ROUNDING, WIEDEMANN_FRANZ,
};

fn clean(size: StripSize) -> OnsiteEnergies<'static> {
    OnsiteEnergies::new(size, vec![0.0; size.sites()]).unwrap()
}

fn drawn(model: DisorderModel, size: StripSize, samples: u64) -> OnsiteEnergies<'static> {
    let ensemble = Ensemble::new(model, Concentration::Fixed(0.25), 3).unwrap();
    OnsiteEnergies::draw(&ensemble, size, 0..samples).unwrap()
}

/// Where a mode of a lead begins and ceases to propagate, by the dispersion.
fn bands(width: usize) -> impl Iterator<Item = [f64; 2]> {
    (1..=width).map(move |j| {
        let transverse = -2.0 * (PI * j as f64 / (width + 1) as f64).cos();
        [transverse - 2.0, transverse + 2.0]
    })
}

fn fermi(x: f64) -> f64 {
    1.0 / (1.0 + x.exp())
}

/// ∫ f(x) dx from −infinity, but for a constant: −ln(1 + exp(−x)).
fn fermi_integral(x: f64) -> f64 {
    -((-x).max(0.0) + (-x.abs()).exp().ln_1p())
}

/// The moments of −f′ between two x: n = 0 and 1 in closed form, n = 2 by Simpson's rule.
fn moments([from, to]: [f64; 2]) -> [f64; 3] {
    let first = |x: f64| fermi_integral(x) - x * fermi(x);
    let weight = |x: f64| x * x * fermi(x) * fermi(-x);
    let (from2, to2) = (from.clamp(-60.0, 60.0), to.clamp(-60.0, 60.0));
    let steps = 4000;
    let step = (to2 - from2) / f64::from(steps);
    let inner: f64 = (1..steps)
        .map(|k| f64::from(2 + 2 * (k % 2)) * weight(from2 + f64::from(k) * step))
        .sum();
    let second = step / 3.0 * (weight(from2) + inner + weight(to2));
    [fermi(from) - fermi(to), first(to) - first(from), second]
}

#[track_caller]
fn within(found: Estimate, expected: f64, what: &str) {
    assert!(
        (found.value - expected).abs() <= found.error + THERMAL_ROUNDING,
        "{what}: {found:?}, not {expected}"
    );
}

#[test]
fn clean_strips_are_staircases() {
    let energies = [0.0, 0.7, 1.0, -3.2, 4.5];
    let temperatures = [1e-3, 0.03, 0.2, 1.5];
    let voltages = [0.05, 0.8, 6.0];
    for (length, width) in [(5, 1), (2, 2), (7, 6), (1, 9)] {
        let size = StripSize::new(length, width).unwrap();
        let builder = Thermal::builder(size).fermi_energies(energies);
        let thermal = builder.temperatures(temperatures).voltages(voltages);
        let solution = thermal.build().unwrap().solve(&clean(size)).unwrap();
        let conditions = energies
            .iter()
            .flat_map(|&mu| temperatures.iter().map(move |&kt| (mu, kt)));
        for (place, (mu, kt)) in conditions.enumerate() {
            let mut sums = [0.0; 3];
            for ends in bands(width) {
                let parts = moments(ends.map(|end| (end - mu) / kt));
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum += part;
                }
            }
            let what = format!("{length} x {width}, E_F = {mu}, kT = {kt}");
            let conductance = solution.conductances()[place];
            within(conductance, sums[0], &what);
            assert!(conductance.error <= 1e-6);
            if let Some(seebeck) = solution.seebeck_coefficients()[place] {
                within(seebeck, -sums[1] / sums[0], &what);
                let thermal = 3.0 / (PI * PI) * (sums[2] - sums[1] * sums[1] / sums[0]);
                within(solution.thermal_conductances()[place], thermal, &what);
                let lorenz = solution.lorenz_numbers()[place].unwrap();
                within(lorenz, thermal / sums[0], &what);
            } else {
                assert!(sums[0] <= 2.0 * conductance.error, "{what}");
            }
            for (number, &voltage) in voltages.iter().enumerate() {
                let area = |end: f64, shift: f64| kt * fermi_integral((end - mu + shift) / kt);
                let half = 0.5 * voltage;
                let difference = |end| area(end, -half) - area(end, half);
                let expected: f64 = bands(width)
                    .map(|[from, to]| difference(to) - difference(from))
                    .sum();
                let current = solution.currents()[place * voltages.len() + number];
                within(current, expected, &format!("{what}, eV = {voltage}"));
                assert!(current.error <= 1e-6 * voltage);
            }
        }
    }
}

#[test]
fn cold_currents_are_areas_under_the_staircase() {
    let size = StripSize::new(4, 5).unwrap();
    let voltages = [-9.0, -0.6, -1e-3, 0.0, 1e-3, 0.6, 9.0];
    let builder = Thermal::builder(size).fermi_energies([0.4]);
    let thermal = builder.voltages(voltages).build().unwrap();
    let solution = thermal.solve(&clean(size)).unwrap();
    for (current, voltage) in solution.currents().iter().zip(voltages) {
        let (low, high) = (0.4 - 0.5 * voltage.abs(), 0.4 + 0.5 * voltage.abs());
        let area: f64 = bands(5)
            .map(|[from, to]| (to.min(high) - from.max(low)).max(0.0))
            .sum();
        within(*current, voltage.signum() * area, "cold");
    }
    // As many modes as propagate at the Fermi energy itself.
    assert!((solution.conductances()[0].value - 4.0).abs() < CLOSED_FORM);
    assert_eq!(solution.conductances()[0].error, 0.0);
}

/// T of a strip at some energies.
fn transmissions(strips: &OnsiteEnergies<'_>, energies: &[f64]) -> Vec<f64> {
    let solver = Solver::builder(strips.size()).energies(Energies::new(energies).unwrap());
    let solution = solver.build().unwrap().solve(strips).unwrap();
    solution.transmissions().to_vec()
}

#[test]
fn cool_strips_follow_sommerfeld_mott_wiedemann_and_franz() {
    let size = StripSize::new(8, 6).unwrap();
    let (mu, kt, h) = (0.33, 5e-4, 1e-3);
    for strip in &drawn(DisorderModel::II, size, 6) {
        let strip = OnsiteEnergies::new(size, strip).unwrap();
        let builder = Thermal::builder(size).fermi_energies([mu]);
        let thermal = builder
            .temperatures([0.0, kt])
            .tolerance(1e-10)
            .voltages([1e-6]);
        let warm = thermal.build().unwrap().solve(&strip).unwrap();
        let steps = [-2.0, -1.0, 0.0, 1.0, 2.0].map(|step| mu + step * h);
        let found = transmissions(&strip, &steps);
        let [far_below, below, here, above, far_above] = found[..] else {
            panic!("{found:?}")
        };
        // Differences of fourth order.
        let first = (far_below - 8.0 * below + 8.0 * above - far_above) / (12.0 * h);
        let outer = far_below + far_above;
        let second = (16.0 * (below + above) - outer - 30.0 * here) / (12.0 * h * h);
        let [cold, warmer] = warm.conductances() else {
            panic!("{warm:?}")
        };
        assert!((cold.value - here).abs() <= THERMAL_ROUNDING);
        let sommerfeld = PI * PI / 6.0 * kt * kt * second;
        let difference = warmer.value - here - sommerfeld;
        let scale = 1.0 + second.abs();
        assert!(
            difference.abs() <= SOMMERFELD * kt * kt * scale,
            "{difference} {second}"
        );
        let seebeck = warm.seebeck_coefficients()[1].unwrap().value;
        let mott = -PI * PI / 3.0 * kt * first / here;
        assert!(
            (seebeck - mott).abs() <= SOMMERFELD * kt * (1.0 + first.abs() / here),
            "{seebeck} {mott}"
        );
        assert_eq!(warm.seebeck_coefficients()[0], Some(Estimate::default()));
        let lorenz = warm.lorenz_numbers()[1].unwrap().value;
        assert!((lorenz - 1.0).abs() <= WIEDEMANN_FRANZ, "{lorenz}");
        assert_eq!(warm.lorenz_numbers()[0].unwrap().value, 1.0);
        // And I = T V.
        assert!((warm.currents()[0].value / 1e-6 - here).abs() <= THERMAL_REFERENCE);
        assert!((warm.currents()[1].value / 1e-6 - warmer.value).abs() <= THERMAL_REFERENCE);
    }
}

/// ∫ T(E) w(E) dE for each strip and weight, by the double-exponential rule of `points` points between any two edges of
/// the leads' bands (H. Takahasi and M. Mori, Publ. RIMS 9, 721, 1974), with T at all of them.
fn dense(
    strips: &OnsiteEnergies<'_>,
    [from, to]: [f64; 2],
    points: usize,
    weights: &[&dyn Fn(f64) -> f64],
) -> Vec<Vec<f64>> {
    let mut edges: Vec<f64> = bands(strips.size().width()).flatten().collect();
    edges.extend([from, to]);
    edges.sort_by(f64::total_cmp);
    edges.retain(|&edge| edge >= from && edge <= to);
    let mut nodes = Vec::new();
    for pair in edges.windows(2) {
        let length = pair[1] - pair[0];
        let step = 2.0 * 3.2 / points as f64;
        for point in 0..points {
            let u = -3.2 + (point as f64 + 0.5) * step;
            let inner = 0.5 * PI * u.sinh();
            let slope = 0.25 * PI * u.cosh() / inner.cosh().powi(2);
            let part = 1.0 / (1.0 + (-2.0 * inner).exp());
            nodes.push((pair[0] + length * part, length * slope * step));
        }
    }
    let energies: Vec<f64> = nodes.iter().map(|node| node.0).collect();
    let all = transmissions(strips, &energies);
    all.chunks_exact(energies.len())
        .map(|row| {
            let integral = |weight: &&dyn Fn(f64) -> f64| {
                let terms = row.iter().zip(&nodes);
                terms
                    .map(|(t, &(energy, slope))| t * slope * weight(energy))
                    .sum()
            };
            weights.iter().map(integral).collect()
        })
        .collect()
}

#[test]
fn reported_errors_are_larger_than_true_ones() {
    let (mu, voltage) = (0.3, 0.4);
    let (mut certain, mut all, mut worst) = (0, 0, 0.0_f64);
    let cases = [
        (DisorderModel::AndersonBox { strength: 2.0 }, 10, 4, 0.02),
        (DisorderModel::AndersonBox { strength: 3.0 }, 10, 3, 0.1),
        (DisorderModel::II, 8, 6, 0.02),
        (DisorderModel::II, 6, 8, 0.1),
    ];
    for (model, length, width, kt) in cases {
        let size = StripSize::new(length, width).unwrap();
        let strips = drawn(model, size, 30);
        let builder = Thermal::builder(size).fermi_energies([mu]);
        let thermal = builder.temperatures([kt]).voltages([voltage]).build();
        let solution: ThermalSolution = thermal.unwrap().solve(&strips).unwrap();
        let f = |energy: f64, mu: f64| fermi((energy - mu) / kt);
        let linear = |energy| f(energy, mu) * (1.0 - f(energy, mu)) / kt;
        let first = |energy| linear(energy) * (energy - mu) / kt;
        let biased = |energy| f(energy, mu + 0.5 * voltage) - f(energy, mu - 0.5 * voltage);
        let range = [mu - 30.0 * kt - voltage, mu + 30.0 * kt + voltage];
        let range = [range[0].max(-4.0), range[1].min(4.0)];
        let weights: [&dyn Fn(f64) -> f64; 3] = [&linear, &first, &biased];
        let coarse = dense(&strips, range, 400, &weights);
        let fine = dense(&strips, range, 800, &weights);
        for (sample, (coarse, fine)) in coarse.iter().zip(&fine).enumerate() {
            let seebeck = solution.seebeck_coefficients()[sample].unwrap();
            let conductance = solution.conductances()[sample];
            let first = Estimate {
                value: -seebeck.value * conductance.value,
                error: 1e-6,
            };
            let found = [conductance, first, solution.currents()[sample]];
            for ((found, coarse), fine) in found.iter().zip(coarse).zip(fine) {
                all += 1;
                assert!(found.error <= 1e-6);
                // Sharp resonances are too narrow for the reference.
                if (fine - coarse).abs() > THERMAL_REFERENCE {
                    continue;
                }
                certain += 1;
                let error = (found.value - fine).abs();
                worst = worst.max((error - THERMAL_ROUNDING) / found.error);
                assert!(
                    error <= found.error + THERMAL_ROUNDING,
                    "sample {sample} of {size:?}: {found:?}, not {fine}"
                );
            }
        }
    }
    println!("{certain} of {all} are known; errors are at most {worst:.1e} of what is reported");
    // The reference is good enough to say so.
    assert!(certain * 10 >= all * 8, "{certain} of {all}");
}

#[test]
fn localised_strips_are_found_relatively() {
    let size = StripSize::new(14, 2).unwrap();
    let strips = drawn(DisorderModel::AndersonBox { strength: 6.0 }, size, 12);
    let builder = Thermal::builder(size).temperatures([0.1]).tolerance(0.0);
    let thermal = builder.relative_tolerance(1e-5).build().unwrap();
    let solution = thermal.solve(&strips).unwrap();
    let weight = |energy: f64| fermi(energy / 0.1) * fermi(-energy / 0.1) / 0.1;
    let coarse = dense(&strips, [-3.0, 3.0], 2000, &[&weight]);
    let fine = dense(&strips, [-3.0, 3.0], 4000, &[&weight]);
    let mut certain = 0;
    for ((found, fine), coarse) in solution.conductances().iter().zip(fine).zip(coarse) {
        assert!(found.value < 0.3 && found.error <= 1e-5 * found.value);
        if (fine[0] - coarse[0]).abs() <= 1e-7 * fine[0] {
            certain += 1;
            assert!(
                (found.value - fine[0]).abs() <= found.error,
                "{found:?} {fine:?}"
            );
        } else {
            println!("{found:?} {fine:?} {coarse:?}");
        }
    }
    assert!(certain >= 6, "{certain}");
}

#[test]
fn currents_grow_with_the_voltage_and_change_sign_with_it() {
    let size = StripSize::new(9, 4).unwrap();
    let voltages = [-1.2, -0.5, -0.1, 0.1, 0.5, 1.2];
    let builder = Thermal::builder(size).fermi_energies([-0.2]);
    let thermal = builder.temperatures([0.0, 0.05]).voltages(voltages);
    let solution = thermal
        .build()
        .unwrap()
        .solve(&drawn(DisorderModel::IV, size, 5));
    for row in solution.unwrap().currents().chunks_exact(voltages.len()) {
        for pair in row.windows(2) {
            assert!(pair[0].value < pair[1].value);
        }
        for (one, other) in row.iter().zip(row.iter().rev()) {
            assert_eq!((one.value, one.error), (-other.value, other.error));
        }
    }
}

#[test]
fn electrons_and_holes_change_places_with_the_sign_of_all_energies() {
    let size = StripSize::new(7, 5).unwrap();
    let strips = drawn(DisorderModel::III, size, 5);
    let negative: Vec<f64> = strips.values().iter().map(|onsite| -onsite).collect();
    let negative = OnsiteEnergies::new(size, negative).unwrap();
    let solve = |mu: f64, strips: &OnsiteEnergies<'_>| {
        let builder = Thermal::builder(size)
            .fermi_energies([mu])
            .temperatures([0.08]);
        builder.build().unwrap().solve(strips).unwrap()
    };
    let (one, other) = (solve(0.6, &strips), solve(-0.6, &negative));
    for sample in 0..5 {
        let (one_s, other_s) = (
            one.seebeck_coefficients()[sample].unwrap(),
            other.seebeck_coefficients()[sample].unwrap(),
        );
        assert!((one_s.value + other_s.value).abs() <= one_s.error + other_s.error);
        assert!(one_s.value.abs() > one_s.error);
        for (one, other) in [
            (one.conductances(), other.conductances()),
            (one.thermal_conductances(), other.thermal_conductances()),
        ] {
            let (one, other) = (one[sample], other[sample]);
            assert!((one.value - other.value).abs() <= one.error + other.error);
        }
    }
}
