//! The recursion in 16-bit integers against the one in `f64`, over ensembles.

use landauer_core::transport::{
    FixedPointReflection, Lead, fixed_point_workspace_len, reflection_workspace_len,
};
use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice};
use landauer_tests::tolerance;

type Strip<S> = Lattice<S, 40, 40>;

/// |T in integers − T in `f64`| at the band centre, of the first strips of a model, sorted.
fn errors(model: DisorderModel, count: u64) -> Vec<f64> {
    let ensemble = Ensemble::new(model, Concentration::Uniform, 901).expect("an ensemble");
    let lead = Lead::new(40, 0.0).expect("a lead");
    let mut integers = [0; fixed_point_workspace_len(40)];
    let mut recursion = FixedPointReflection::new(lead, &mut integers).expect("a workspace");
    let mut workspace = [0.0; reflection_workspace_len(40)];
    let mut error = |index| {
        let exact: Strip<f64> = ensemble.sample(index).lattice();
        let exact = exact.transmission(0.0, &mut workspace).expect("a solution");
        let strip: Strip<f32> = ensemble.sample(index).lattice();
        recursion.reset();
        for slice in strip.slices() {
            recursion.push_slice(slice).expect("a finite slice");
        }
        let found = recursion.transmission().expect("a solution in the range");
        assert!((0.0..=40.0).contains(&found), "sample {index}: {found}");
        (f64::from(found) - exact).abs()
    };
    let mut errors: Vec<f64> = (0..count).map(&mut error).collect();
    errors.sort_by(f64::total_cmp);
    errors
}

fn mean(errors: &[f64]) -> f64 {
    errors.iter().sum::<f64>() / errors.len() as f64
}

#[test]
fn integers_are_near_the_truth_over_the_papers_ensemble() {
    let errors = errors(DisorderModel::II, 1000);
    let (mean, median) = (mean(&errors), errors[errors.len() / 2]);
    println!(
        "mean {mean:.5}, median {median:.5}, largest {:.3}",
        errors[errors.len() - 1]
    );
    assert!(mean < tolerance::FIXED_POINT_MEAN, "mean {mean}");
    assert!(median < tolerance::FIXED_POINT_MEDIAN, "median {median}");
}

#[test]
fn integers_are_near_the_truth_in_the_other_models() {
    for model in [
        DisorderModel::AndersonBox { strength: 4.0 },
        DisorderModel::III,
        DisorderModel::IV,
    ] {
        let mean = mean(&errors(model, 300));
        println!("{model:?}: mean {mean:.5}");
        assert!(
            mean < tolerance::FIXED_POINT_MEAN_OF_MODELS,
            "{model:?}: {mean}"
        );
    }
}
