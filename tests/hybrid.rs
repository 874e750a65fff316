//! G within a budget, against the exact solution and against counting impurities.

use landauer_core::hybrid::{HYBRID_WORKSPACE_LEN, Hybrid, SMALLEST_BUDGET};
use landauer_core::transport::reflection_workspace_len;
use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice, Scalar};
use landauer_tests::tolerance;

type Strip<S> = Lattice<S, 40, 40>;

/// Mean |G within each of the budgets − G exactly| over the first strips of the paper's ensemble.
fn errors<S: Scalar>(budgets: &[u64], strips: u32) -> Vec<f64> {
    let model = DisorderModel::OneSpecies;
    let ensemble = Ensemble::new(model, Concentration::Uniform, 77).expect("an ensemble");
    let mut exactly = [0.0; reflection_workspace_len(40)];
    let mut workspace = [S::ZERO; HYBRID_WORKSPACE_LEN];
    let mut hybrid = Hybrid::new(&mut workspace).expect("room");
    let mut sums = vec![0.0; budgets.len()];
    for sample in 0..u64::from(strips) {
        let exact: Strip<f64> = ensemble.sample(sample).lattice();
        let exact = exact.transmission(0.0, &mut exactly).expect("a solution");
        let strip: Strip<S> = ensemble.sample(sample).lattice();
        for (sum, &budget) in sums.iter_mut().zip(budgets) {
            let found = hybrid.predict_within(&strip, budget).expect("an estimate");
            let conductance = found.conductance.to_f64();
            assert!((0.0..=40.0).contains(&conductance), "sample {sample}");
            assert!(found.multiply_adds <= budget, "sample {sample}");
            *sum += (conductance - exact).abs();
        }
    }
    sums.iter().map(|sum| sum / f64::from(strips)).collect()
}

#[test]
fn each_budget_is_as_good_as_documented() {
    let budgets = [SMALLEST_BUDGET, 500_000, 1_000_000, 2_000_000, 20_000_000];
    let errors = errors::<f32>(&budgets, 2000);
    println!("{errors:.4?}");
    let most = [
        tolerance::HYBRID_COUNTING,
        tolerance::HYBRID_HALF_A_MILLION,
        tolerance::HYBRID_ONE_MILLION,
        tolerance::HYBRID_TWO_MILLION,
        tolerance::HYBRID_EXACT_F32,
    ];
    for ((budget, error), most) in budgets.iter().zip(&errors).zip(most) {
        assert!(*error < most, "{error} at {budget}");
    }
    // More computed is never worse: than counting, or than any smaller budget.
    assert!(errors.is_sorted_by(|more, less| more > less), "{errors:?}");
}

#[test]
fn a_budget_for_everything_is_the_exact_solution() {
    let errors = errors::<f64>(&[u64::MAX], 200);
    assert!(errors[0] < tolerance::HYBRID_EXACT, "{}", errors[0]);
}
