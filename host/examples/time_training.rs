//! Times training steps.
use landauer::training::fast::{Adam, AdamSettings, Affine, Chain, Samples};
use nix::time::{ClockId, clock_gettime};
fn now() -> std::time::Duration { clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).unwrap().into() }
fn main() -> anyhow::Result<()> {
    let dense = Affine::dense;
    let cnn = vec![
        Affine {
            groups: 400,
            inputs: 4,
            outputs: 16,
            relu: true,
        },
        Affine {
            groups: 100,
            inputs: 64,
            outputs: 16,
            relu: true,
        },
        Affine {
            groups: 25,
            inputs: 64,
            outputs: 16,
            relu: true,
        },
        dense(400, 1024, true),
        dense(1024, 1, false),
    ];
    let dnn = vec![
        dense(1600, 3000, true),
        dense(3000, 3000, true),
        dense(3000, 3000, true),
        dense(3000, 1, false),
    ];
    for (name, layers) in [("cnn", cnn), ("dnn", dnn)] {
        for batch in [32usize, 128] {
            let mut chain = Chain::new(&layers)?;
            let mut s = 1u64;
            let mut r = || {
                s = s
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                (s >> 40) as f32 / 16777216.0
            };
            for (i, l) in layers.iter().enumerate() {
                let lim = (6.0 / (l.inputs + l.outputs) as f32).sqrt();
                for w in chain.layer_mut(i).unwrap().0 {
                    *w = (2.0 * r() - 1.0) * lim;
                }
            }
            let xs: Vec<f32> = (0..batch * 1600)
                .map(|_| (r() > 0.5) as u8 as f32)
                .collect();
            let ys: Vec<f32> = (0..batch).map(|_| r()).collect();
            let mut adam = Adam::new(AdamSettings::default(), chain.parameters().len());
            let mut samples = Samples::new(1600);
            let mut d = vec![0.0; batch];
            let mut best = f64::MAX;
            let mut parts = [0.0f64; 4];
            for rep in 0..5 {
                let n = if name == "cnn" {
                    20000 / batch
                } else {
                    512 / batch
                };
                let t = now();
                let mut p = [0.0f64; 4];
                for _ in 0..n {
                    let t0 = now();
                    samples.fill(xs.chunks_exact(1600));
                    let t1 = now();
                    let out = chain.forward(&samples)?;
                    for ((d, o), y) in d.iter_mut().zip(out).zip(&ys) {
                        *d = 2.0 / batch as f32 * (o - y);
                    }
                    let t2 = now();
                    chain.backward(&samples, &d)?;
                    let t3 = now();
                    let (w, g) = chain.parameters_and_gradient();
                    adam.step(w, g, 1.0, 1e-3);
                    let t4 = now();
                    for (p, q) in p.iter_mut().zip([t1 - t0, t2 - t1, t3 - t2, t4 - t3]) {
                        *p += q.as_secs_f64() / n as f64 * 1e6;
                    }
                }
                let e = (now() - t).as_secs_f64() / (n * batch) as f64;
                if e < best {
                    best = e;
                    parts = p;
                }
                let _ = rep;
            }
            println!(
                "{name} {batch}: {:.0} samples/s; us: fill {:.0} forward {:.0} backward {:.0} adam {:.0}",
                1.0 / best,
                parts[0],
                parts[1],
                parts[2],
                parts[3]
            );
        }
    }
    Ok(())
}
