//! Scratch.
use landauer_core::transport::*;
use landauer_core::*;
fn main() {
    let e = Ensemble::new(DisorderModel::OneSpecies, Concentration::Uniform, 901).unwrap();
    let mut w64 = vec![0.0f64; reflection_workspace_len(40)];
    const W: usize = 40;
    let mut hist = [[0; 21]; 2];
    let mut rows = [0.0f64; W];
    for k in 0..1000 {
        let s: Lattice<f64, 40, 40> = e.sample(k).lattice();
        let mut r = Reflection::new(Lead::new(40, 0.0).unwrap(), &mut w64).unwrap();
        let mut mx = [0.0f64; 2];
        for (x, sl) in s.slices().enumerate() { r.push_slice(sl).unwrap();
            for i in 0..W { for j in i..W { let (a, b) = r.reflection(i, j).unwrap(); 
                // rotated frame
                let th = (std::f64::consts::PI * (2.0 - (i + j + 2) as f64 / 41.0)) * (x + 1) as f64; let (s, c) = th.sin_cos(); let (a, b) = (a * c + b * s, b * c - a * s);
                let d = usize::from(i / 2 != j / 2); mx[d] = mx[d].max(a.abs()).max(b.abs()); 
                if d == 1 { rows[i] = rows[i].max(a.abs()).max(b.abs()); } } } }
        for d in 0..2 { hist[d][(mx[d] * 20.0) as usize] += 1; }
    }
    println!("diag block {:?}\nbehind {:?}\nrows {:.2?}", hist[0], hist[1], rows);
}
