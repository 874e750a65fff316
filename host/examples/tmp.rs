//! x
use landauer::ensemble::*;
use landauer::plotting::*;
use landauer_core::*;
fn main() {
    let size = StripSize {
        length: 40,
        width: 40,
    };
    for (name, c, m) in [
        ("u", Concentration::Uniform, 20000u64),
        ("f", Concentration::Fixed(0.1), 512),
        ("d", Concentration::Uniform, 512),
    ] {
        let e = Ensemble::new(DisorderModel::OneSpecies, c, 1).unwrap();
        let mut en = vec![0.0];
        en.extend(bias_grid::<f64>(PAPER_BIAS));
        let m = if name == "u" {
            en.truncate(1);
            m
        } else {
            m
        };
        let solver = RecursionSolver::<f64>::new(size, &en).unwrap();
        let mut onsite = vec![0.0; 1600 * m as usize];
        let mut n = vec![];
        for (k, o) in onsite.chunks_exact_mut(1600).enumerate() {
            let mut s = e.sample(k as u64);
            n.push(s.concentration());
            s.fill_onsite(o);
        }
        let t = solve_all(&solver, &onsite).unwrap();
        let w = en.len();
        let g: Vec<f64> = t.chunks(w).map(|r| r[0]).collect();
        let gb: Vec<f64> = t
            .chunks(w)
            .map(|r| r[1..].iter().sum::<f64>() / 10.0)
            .collect();
        let gb = (w > 1).then_some(&gb[..]);
        for log in [false, true] {
            let l = if log { "l" } else { "" };
            for ext in ["svg", "png"] {
                write(
                    &DistributionPicture {
                        name,
                        g: Some(&g),
                        g_bar: gb,
                        logarithmic: log,
                    }
                    .draw()
                    .unwrap(),
                    format!("/tmp/hc_p_{name}{l}.{ext}").as_ref(),
                )
                .unwrap();
                write(
                    &ConcentrationPicture {
                        name,
                        concentration: &n,
                        g: Some(&g),
                        g_bar: gb,
                        logarithmic: log,
                    }
                    .draw()
                    .unwrap(),
                    format!("/tmp/hc_n_{name}{l}.{ext}").as_ref(),
                )
                .unwrap();
            }
        }
    }
}
