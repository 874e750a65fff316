//! Scratch.
use landauer_core::transport::*;
fn main() {
    let mut w64 = vec![0.0f64; reflection_workspace_len(40)];
    let mut wi = vec![0i32; fixed_point_workspace_len(40)];
    let mut r = FixedPointReflection::new(Lead::new(40, 0.0).unwrap(), &mut wi).unwrap();
    let mut d = Reflection::new(Lead::new(40, 0.0).unwrap(), &mut w64).unwrap();
    for k in 0..3 {
        let mut s = [0.0f32; 40];
        if k == 1 { s[20] = 5.0 };
        r.push_slice(&s).unwrap();
        d.push_slice(&s.map(f64::from)).unwrap();
        let (mut e, mut mx) = (0.0, 0.0f64);
        for i in 0..40 { for j in 0..40 {
            let (a, b) = d.reflection(i, j).unwrap();
            let th = std::f64::consts::PI * (2.0 - (i + j + 2) as f64 / 41.0) * (k + 1) as f64;
            let (s, c) = th.sin_cos(); let (a, b) = (a * c + b * s, b * c - a * s);
            let (x, y) = r.debug(i, j);

        } }
        println!("{k}: {} {} rms error of r {:.3} LSB max {mx:.3}", r.transmission().unwrap(), d.transmission().unwrap(), (e / 3200.0f64).sqrt());
    }
}
