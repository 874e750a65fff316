//! Scratch.
use landauer_core::transport::*;
use landauer_core::*;
fn q(x: f64, bits: i32) -> f64 { if bits > 40 { x } else { let s = 2f64.powi(bits); (x * s).round() / s } }
type C = (f64, f64);
fn mul(a: C, b: C) -> C { (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0) }
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let n: u64 = a[1].parse().unwrap();
    let [bm, br, bu, bv] = [2, 3, 4, 5].map(|k: usize| a[k].parse::<i32>().unwrap());
    let batch: usize = a.get(6).map_or(1, |x| x.parse().unwrap());
    let e = Ensemble::new(DisorderModel::OneSpecies, Concentration::Uniform, 901).unwrap();
    let mut w64 = vec![0.0f64; reflection_workspace_len(40)];
    let mut errs = [(0.0, 0); 8];
    let (mut sum, mut worst, mut bias, mut worstn) = (0.0, 0.0f64, 0.0, 0);
    const W: usize = 40;
 let mut dh = [0; 32];
    for k in 0..n {
        let s: Lattice<f64, 40, 40> = e.sample(k).lattice();
        let t = s.transmission(0.0, &mut w64).unwrap();
        let mut r = vec![(0.0, 0.0); W * W];
        let mut pend: Vec<(Vec<C>, C)> = vec![];
        let flush = |r: &mut Vec<C>, pend: &mut Vec<(Vec<C>, C)>| {
            for i in 0..W { for j in i..W {
                let mut x = r[i * W + j];
                for (u, c) in pend.iter() { 
                    let v = mul(*c, u[i]); let v = (q(v.0, bv), q(v.1, bv));
                    let d = mul(v, u[j]); x = (x.0 + d.0, x.1 + d.1); }
                let x = (q(x.0, br), q(x.1, br));
                r[i * W + j] = x; r[j * W + i] = x;
            } }
            pend.clear();
        };
        let mut count = 0;
        let stop: f64 = a.get(7).map_or(-9.0, |x| x.parse().unwrap());
        for (x, sl) in s.slices().enumerate() { if stop > -1.0 { flush(&mut r, &mut pend); } let f = 40.0 - r.iter().map(|x| x.0 * x.0 + x.1 * x.1).sum::<f64>(); if f < stop { break; } for (y, &eps) in sl.iter().enumerate() { if eps != 0.0 {
            count += 1;
            let m: Vec<C> = (0..W).map(|j| { let th = std::f64::consts::PI * (j + 1) as f64 / 41.0; let kk = std::f64::consts::PI - th;
                let w = (th * (y + 1) as f64).sin() / (41.0 * kk.sin()).sqrt(); let p = kk * (x + 1) as f64;
                (q(w * p.cos(), bm), q(w * p.sin(), bm)) }).collect();
            let mut u: Vec<C> = (0..W).map(|i| { let mut s = (m[i].0, -m[i].1); for j in 0..W { let d = mul(r[i * W + j], m[j]); s = (s.0 + d.0, s.1 + d.1); } s }).collect();
            for (g, c) in &pend { let mut d = (0.0, 0.0); for j in 0..W { let p = mul(g[j], m[j]); d = (d.0 + p.0, d.1 + p.1); }
                let d = mul(d, *c); for j in 0..W { let p = mul(d, g[j]); u[j] = (u[j].0 + p.0, u[j].1 + p.1); } }
            let mx = u.iter().fold(0.0f64, |a, b| a.max(b.0.abs()).max(b.1.abs()));
            let sh = if bu > 40 { 50 } else { bu - (mx.log2().floor() as i32 + 1) };
            for x in &mut u { *x = (q(x.0, sh), q(x.1, sh)); }
            let z = (0..W).fold((0.0, 0.0), |s, j| { let d = mul(m[j], u[j]); (s.0 + d.0, s.1 + d.1) });
            let d = (-z.0, 1.0 / eps - z.1); let nn = d.0 * d.0 + d.1 * d.1;
            let c = (d.0 / nn, -d.1 / nn);
            let dm = (c.0.hypot(c.1)) * u.iter().map(|x| x.0 * x.0 + x.1 * x.1).fold(0.0, f64::max); dh[(dm * 10.0) as usize] += 1;
            pend.push((u, c));
            if pend.len() == batch { flush(&mut r, &mut pend); }
        } } }
        flush(&mut r, &mut pend);
        let f = (40.0 - r.iter().map(|x| x.0 * x.0 + x.1 * x.1).sum::<f64>()).max(0.0);
        let d = f - t; sum += d.abs(); bias += d; if d.abs() > worst { worst = d.abs(); worstn = count; }
        let b = count * 8 / 1601; errs[b].0 += d.abs(); errs[b].1 += 1;
    }
    println!("{dh:?}");
    println!("m {bm} r {br} u {bu} v {bv} batch {batch}: MAE {:.6} bias {:.6} max {worst:.5} at {worstn}  by n {:?}", sum / n as f64, bias / n as f64, errs.map(|(s, n)| (1e5 * s / n as f64).round() as i32));
}
