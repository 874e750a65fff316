//! Try.
use landauer::ensemble::{
    Fallbacks, RecursionSolver, Solver, StripSize, dissection::DissectionSolver,
};
use landauer_core::*;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let l: usize = args[1].parse().unwrap();
    let w: usize = args[2].parse().unwrap();
    let n: usize = args[3].parse().unwrap();
    let model = match args[4].as_str() {
        "1" => DisorderModel::AndersonBox { strength: 4.0 },
        "2" => DisorderModel::OneSpecies,
        "3" => DisorderModel::TwoSpecies,
        _ => DisorderModel::ThreeSpecies,
    };
    let energy: f64 = args[5].parse().unwrap();
    let check = args.get(6).is_some();
    let e = Ensemble::new(model, Concentration::Uniform, 1).unwrap();
    let size = StripSize {
        length: l,
        width: w,
    };
    let mut onsite = vec![0.0; l * w * n];
    for (i, s) in onsite.chunks_exact_mut(l * w).enumerate() {
        e.sample(i as u64).fill_onsite(s);
    }
    let solver = DissectionSolver::<f64>::new(size, &[energy]).unwrap();
    let s32 = DissectionSolver::<f32>::new(size, &[energy]).unwrap();
    let (mut out, mut o32) = (vec![], vec![]);
    for _ in 0..5 {
        out.clear();
        o32.clear();
        let t = std::time::Instant::now();
        solver.raw(&onsite, 0, &mut out);
        let a = t.elapsed().as_secs_f64() / n as f64 * 1e6;
        let t = std::time::Instant::now();
        s32.raw(&onsite, 0, &mut o32);
        let b = t.elapsed().as_secs_f64() / n as f64 * 1e6;
        println!("f64 {a:.2} us, f32 {b:.2} us");
    }
    if check {
        let r = RecursionSolver::<f64>::new(size, &[energy]).unwrap();
        let mut t = vec![0.0; n];
        let mut f = vec![Fallbacks::default(); n];
        r.worker().solve(&onsite, &mut t, &mut f).unwrap();
        let mut err: Vec<(f64, f64, f64, f64)> = t
            .iter()
            .zip(&out)
            .map(|(t, o)| ((t - o.0).abs(), ((t - o.0) / t).abs(), o.1, *t))
            .collect();
        err.sort_by(|a, b| b.0.total_cmp(&a.0));
        for e in err.iter().take(8) {
            println!(
                "abs {:.1e} rel {:.1e} worst {:.1e} T {:.3e}",
                e.0, e.1, e.2, e.3
            );
        }
        err.sort_by(|a, b| b.1.total_cmp(&a.1));
        for e in err.iter().take(5) {
            println!(
                "REL abs {:.1e} rel {:.1e} worst {:.1e} T {:.3e}",
                e.0, e.1, e.2, e.3
            );
        }
        let mut err: Vec<(f64, f64)> = t
            .iter()
            .zip(&o32)
            .map(|(t, o)| ((t - o.0).abs(), o.1))
            .collect();
        err.sort_by(|a, b| b.0.total_cmp(&a.0));
        for e in err.iter().take(8) {
            println!("f32 abs {:.1e} worst {:.1e}", e.0, e.1);
        }
        println!("median f32 {:.1e}", err[err.len() / 2].0);
    }
}
