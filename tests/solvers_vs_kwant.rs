//! t
use landauer_core::transport::*;
use landauer_tests::cases::kwant_cases;
#[test]
fn probe() {
    for case in kwant_cases() {
        let w = case.width;
        let mut ws = vec![0.0; scattering_workspace_len(w)];
        let (mut a_r, mut a_t, mut rel, mut ev, mut uni, mut f32e, mut cons32) = (
            0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64,
        );
        let samples: Vec<_> = case.samples().collect();
        for (s, n, e, t, eig) in case.results() {
            let tr = transmission(samples[s], w, e, &mut ws).unwrap();
            a_r = a_r.max((tr - t).abs());
            let lead = Lead::new(w, e).unwrap();
            assert_eq!(lead.open_modes() as i64, case.open_modes[n]);
            let mut sc = Scattering::new(lead, &mut ws).unwrap();
            for sl in samples[s].chunks(w) {
                sc.push_slice(sl).unwrap();
            }
            let tt = sc.transmission().unwrap();
            a_t = a_t.max((tt - t).abs());
            if t > 1e-20 {
                rel = rel.max((tt / t - 1.0).abs());
            }
            uni = uni.max(sc.unitarity_error());
            let mut vals = vec![0.0; w];
            sc.transmission_eigenvalues(&mut vals).unwrap();
            for (a, b) in vals.iter().zip(eig) {
                ev = ev.max((a - b).abs());
            }
            let on32: Vec<f32> = samples[s].iter().map(|x| *x as f32).collect();
            let mut ws32 = vec![0.0f32; scattering_workspace_len(w)];
            let t32 = transmission(&on32, w, e as f32, &mut ws32)
                .map(f64::from)
                .unwrap_or(f64::NAN);
            f32e = f32e.max((t32 - t).abs());
            let mut sc = Scattering::new(Lead::new(w, e as f32).unwrap(), &mut ws32).unwrap();
            for sl in on32.chunks(w) {
                sc.push_slice(sl).unwrap();
            }
            cons32 = cons32.max(f64::from(sc.unitarity_error()));
        }
        println!(
            "{:24} r {a_r:.1e} t {a_t:.1e} rel {rel:.1e} eig {ev:.1e} unit {uni:.1e} f32 {f32e:.1e} {cons32:.1e}",
            case.name
        );
    }
}
