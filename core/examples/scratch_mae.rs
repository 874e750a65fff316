//! Scratch.
use landauer_core::transport::*;
use landauer_core::*;
fn main() {
    let n: u64 = std::env::args().nth(1).map_or(500, |a| a.parse().unwrap());
    let energy: f64 = std::env::args().nth(2).map_or(0.0, |a| a.parse().unwrap());
    let conc = std::env::args().nth(3).map(|a| a.parse::<f64>().unwrap());
    let e = Ensemble::new(DisorderModel::OneSpecies, conc.map_or(Concentration::Uniform, Concentration::Fixed), 901).unwrap();
    let mut w64 = vec![0.0f64; reflection_workspace_len(40)];
    let mut wi = vec![0i32; fixed_point_workspace_len(40)];
    let (mut sum, mut worst, mut lost, mut bias) = (0.0, 0.0f64, 0, 0.0);
    for k in 0..n {
        let s: Lattice<f64, 40, 40> = e.sample(k).lattice();
        let t = s.transmission(energy, &mut w64).unwrap();
        let mut r = FixedPointReflection::new(Lead::new(40, energy as f32).unwrap(), &mut wi).unwrap();
        let s: Lattice<f32, 40, 40> = e.sample(k).lattice();
        let f = s.slices().try_for_each(|s| r.push_slice(s)).and_then(|()| r.transmission());
        match f {
            Ok(f) => { let d = f64::from(f) - t; sum += d.abs(); bias += d; worst = worst.max(d.abs()); }
            Err(e) => { lost += 1; if lost < 4 { println!("{k} {t} {e:?}"); } }
        }
    }
    println!("n {n} E {energy}: MAE {:.6} bias {:.6} max {worst:.5} lost {lost}", sum / n as f64, bias / n as f64);
}
