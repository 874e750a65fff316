//! Which solver is chosen when, and what is said of it.

use super::super::dissection::Plan;
use landauer_core::DisorderModel;

use super::*;

const AUTO: SolverRequest = SolverRequest {
    method: None,
    precision: None,
};

fn size(length: usize, width: usize) -> StripSize {
    StripSize::new(length, width).unwrap()
}

fn impurities(n: f64) -> Ensemble {
    Ensemble::new(DisorderModel::II, Concentration::Fixed(n), 1).unwrap()
}

fn methods(of: StripSize, shares: &[f64]) -> Vec<Method> {
    let choose = |&n| {
        AUTO.choose(&[Workload::of(&impurities(n), of)], None)
            .kind
            .method
    };
    shares.iter().map(choose).collect()
}

#[test]
fn few_impurities_are_the_recursions_and_many_the_dissections() {
    use Method::{Dissection, Recursion};
    for of in [size(10, 10), size(20, 20), size(40, 40), size(80, 40)] {
        let expected = [Recursion, Recursion, Dissection, Dissection, Dissection];
        assert_eq!(
            methods(of, &[0.0, 0.005, 0.05, 0.3, 1.0]),
            expected,
            "{of:?}"
        );
    }
    // There is nothing to dissect, or a plan would never end.
    for of in [size(1, 40), size(100_000, 20)] {
        assert_eq!(methods(of, &[0.5]), [Recursion], "{of:?}");
    }
    let strips = |model, concentration| {
        let ensemble = Ensemble::new(model, concentration, 1).unwrap();
        Workload::of(&ensemble, size(40, 40))
    };
    let anderson = |strength| {
        let model = DisorderModel::AndersonBox { strength };
        strips(model, Concentration::Uniform).scatterers
    };
    assert_eq!((anderson(0.0), anderson(0.1)), (0.0, 1600.0));
    let uniform = strips(DisorderModel::IV, Concentration::Uniform);
    assert_eq!(uniform.scatterers, 800.0);
}

/// Another number here is another rule, with another [`AUTO_RULE`].
#[test]
fn the_rule_is_what_its_number_says() {
    assert_eq!(AUTO_RULE, 2);
    let most_of_recursion = |length, width| {
        let dissects = |scatterers| {
            let size = size(length, width);
            let scatterers = f64::from(scatterers);
            let strips = Workload { size, scatterers };
            AUTO.choose(&[strips], None).kind.method != Method::Recursion
        };
        (0..1_000_000).take_while(|&count| !dissects(count)).count() - 1
    };
    let found = [(10, 10), (40, 40), (80, 40), (20, 100), (200, 200)]
        .map(|(length, width)| most_of_recursion(length, width));
    assert_eq!(found, [3, 17, 24, 32, 1211]);
}

#[test]
fn a_sweep_has_one_solver_by_the_sum_of_its_points() {
    let strips = |n| Workload::of(&impurities(n), size(40, 40));
    let few = [strips(0.0), strips(0.002), strips(0.004)];
    assert_eq!(AUTO.choose(&few, None).kind.method, Method::Recursion);
    let most = [strips(0.0), strips(0.002), strips(0.5)];
    assert_eq!(AUTO.choose(&most, None).kind.method, Method::Dissection);
}

#[test]
fn large_strips_are_the_multifrontal_methods_in_f64() {
    use Method::{Dissection, Multifrontal, Recursion};
    for of in [size(200, 200), size(300, 1000), size(2000, 2000)] {
        let expected = [Recursion, Multifrontal, Multifrontal];
        assert_eq!(methods(of, &[0.0, 0.1, 1.0]), expected, "{of:?}");
    }
    for of in [size(199, 400), size(1000, 40)] {
        assert_eq!(methods(of, &[0.1]), [Dissection], "{of:?}");
    }
    let single = SolverRequest {
        method: None,
        precision: Some(Precision::F32),
    };
    let strips = Workload::undescribed(size(300, 300));
    assert_eq!(single.choose(&[strips], None).kind.method, Dissection);
    // A dissection would keep too much of many energies; this does not.
    let strips = Workload::undescribed(size(1000, 1000));
    assert_eq!(AUTO.choose_at(strips, 1000).kind.method, Multifrontal);
    // A sweep has one solver.
    let sweep = [10, 100, 1000].map(|length| Workload::undescribed(size(length, 300)));
    assert_eq!(AUTO.choose(&sweep, None).kind.method, Multifrontal);
}

#[test]
fn very_many_energies_are_the_recursions() {
    let strips = Workload::undescribed(size(40, 40));
    let method = |energies| AUTO.choose_at(strips, energies).kind.method;
    assert_eq!(method(8000), Method::Dissection);
    assert_eq!(method(100_000), Method::Recursion);
    let asked = SolverRequest {
        method: Some(Method::Dissection),
        precision: None,
    };
    let choice = asked.choose_at(strips, 100_000);
    assert_eq!(choice.kind.method, Method::Dissection);
}

#[test]
fn strips_of_which_nothing_is_known_are_dissected() {
    for (length, width) in [(2, 2), (5, 5), (40, 40), (200, 10), (10, 50)] {
        let strips = Workload::undescribed(size(length, width));
        assert_eq!(AUTO.choose(&[strips], None).kind.method, Method::Dissection);
    }
    let column = Workload::undescribed(size(1, 40));
    assert_eq!(AUTO.choose(&[column], None).kind.method, Method::Recursion);
}

#[test]
fn what_was_begun_goes_on_unless_somebody_asks_otherwise() {
    let strips = [Workload::of(&impurities(0.5), size(40, 40))];
    let resumed =
        |request: SolverRequest, kind: SolverKind| request.choose(&strips, Some(kind.identity()));
    let dissection = SolverKind::new(Method::Dissection, Precision::F64);
    for kind in SolverKind::ALL {
        assert_eq!(SolverKind::of_identity(kind.identity()), Some(kind));
        let reason = Reason::Continued;
        assert_eq!(resumed(AUTO, kind), Choice { kind, reason });
        let request = SolverRequest {
            method: Some(Method::Dissection),
            precision: None,
        };
        let reason = Reason::Asked;
        assert_eq!(
            resumed(request, kind),
            Choice {
                kind: dissection,
                reason
            }
        );
        let request = SolverRequest {
            method: None,
            precision: Some(Precision::F64),
        };
        let found = resumed(request, kind);
        if kind.precision == Precision::F64 {
            assert_eq!((found.kind, found.reason), (kind, Reason::Continued));
        } else {
            assert_eq!((found.kind, found.reason), (dissection, Reason::Faster));
        }
    }
    let foreign = AUTO.choose(&strips, Some("another solver 7"));
    assert_eq!((foreign.kind, foreign.reason), (dissection, Reason::Faster));
}

#[test]
fn details_are_the_recursions() {
    let choice = AUTO.choose_details().unwrap();
    assert_eq!(
        (choice.kind.method, choice.reason),
        (Method::Recursion, Reason::Details)
    );
    for method in [Method::Dissection, Method::Multifrontal] {
        let request = SolverRequest {
            method: Some(method),
            precision: None,
        };
        assert_eq!(request.choose_details(), None);
    }
}

#[test]
fn multiply_adds_are_about_those_of_a_plan() {
    for (length, width) in [(10, 10), (20, 20), (40, 40), (80, 10), (10, 60), (120, 5)] {
        for energy in [0.0, 0.1] {
            let summary = Plan::new(size(length, width), energy).summary();
            let counted = summary.interior_fma + summary.lead_fma;
            let ratio = lane_multiply_adds(size(length, width)) / counted;
            let place = format!("{length} x {width} at {energy}: {ratio}");
            assert!((0.5..2.0).contains(&ratio), "{place}");
        }
    }
}

#[test]
fn tile_multiply_adds_are_about_those_that_are_done() {
    for (length, width) in [(40, 40), (100, 200), (300, 300), (500, 60)] {
        let of = size(length, width);
        let solver = MultifrontalSolver::new(of, &[0.0]).unwrap();
        let counted: f64 = solver.multiply_adds().iter().sum();
        let ratio = tile_multiply_adds(of) / counted;
        assert!((0.5..2.0).contains(&ratio), "{length} x {width}: {ratio}");
    }
}

#[test]
fn a_worker_takes_no_less_than_was_said_before() {
    for of in [size(2, 3), size(9, 9), size(30, 7), size(7, 30)] {
        for kind in SolverKind::ALL {
            let solver = kind.solver(of, &[0.0, 0.3]).unwrap();
            let (least, bytes) = (kind.least_bytes(of), solver.worker_bytes());
            assert!(
                least <= bytes && bytes < 40 * least,
                "{kind:?} {of:?}: {least} {bytes}"
            );
            assert_eq!(solver.identity(), kind.identity());
        }
    }
}

// Without files, available memory is never queried.
#[cfg(feature = "files")]
#[test]
fn absurd_sizes_are_refused_before_anything_is_planned() {
    for kind in SolverKind::ALL {
        for of in [
            size(100_000, 1_000_000),
            size(2, usize::MAX / 2),
            size(1, usize::MAX),
        ] {
            let error = kind.solver(of, &[0.0]).err();
            let memory = matches!(error, Some(SolverError::Memory(_)));
            assert!(memory, "{kind:?} {of:?}: {error:?}");
        }
    }
    let dissection = SolverKind::new(Method::Dissection, Precision::F32);
    let error = dissection.solver(size(1_000_000, 100_000), &[0.0]).err();
    assert!(matches!(error, Some(SolverError::Memory(_))), "{error:?}");
}
