//! Try.
use landauer::ensemble::{DissectionSolver, Fallbacks, RecursionSolver, Solver, StripSize};
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
    let (mut out, mut o32) = (vec![0.0; n], vec![0.0; n]);
    let (mut a, mut b) = (1e9f64, 1e9f64);
    let mut f = vec![Fallbacks::default(); n];
    let mut g = f.clone();
    let (mut w1, mut w2) = (solver.worker(), s32.worker());
    for _ in 0..7 {
        f.fill(Fallbacks::default());
        g.fill(Fallbacks::default());
        let t = cpu();
        w1.solve(&onsite, &mut out, &mut f).unwrap();
        a = a.min((cpu() - t) / n as f64 * 1e6);
        let t = cpu();
        w2.solve(&onsite, &mut o32, &mut g).unwrap();
        b = b.min((cpu() - t) / n as f64 * 1e6);
    }
    println!(
        "f64 {a:.2} us, f32 {b:.2} us  {:?} {:?}",
        f.iter().copied().sum::<Fallbacks>(),
        g.iter().copied().sum::<Fallbacks>()
    );
    if check {
        let r = RecursionSolver::<f64>::new(size, &[energy]).unwrap();
        let mut t = vec![0.0; n];
        r.worker().solve(&onsite, &mut t, &mut f).unwrap();
        let mut err: Vec<(f64, f64, f64)> = t
            .iter()
            .zip(&out)
            .map(|(t, o)| ((t - o).abs(), ((t - o) / t).abs(), *t))
            .collect();
        err.sort_by(|a, b| b.0.total_cmp(&a.0));
        for e in err.iter().take(2) {
            println!("abs {:.1e} rel {:.1e} T {:.3e}", e.0, e.1, e.2);
        }
        err.sort_by(|a, b| b.1.total_cmp(&a.1));
        for e in err.iter().take(2) {
            println!("REL abs {:.1e} rel {:.1e} T {:.3e}", e.0, e.1, e.2);
        }
        let mut err: Vec<f64> = t.iter().zip(&o32).map(|(t, o)| (t - o).abs()).collect();
        err.sort_by(|a, b| b.total_cmp(&a));
        println!(
            "f32 {:?} median f32 {:.1e}",
            &err[..5.min(n)],
            err[err.len() / 2]
        );
    }
}

fn cpu() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse::<f64>()
        .unwrap()
        * 1e-9
}
