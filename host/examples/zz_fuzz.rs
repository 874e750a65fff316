#![allow(missing_docs, unused, clippy::all, clippy::pedantic)]
#[path = "../../tests/support/networks.rs"]
mod networks;
use landauer::inference::Engine;
use landauer_core::Ensemble;
use landauer_core::inference::Model;
fn compare(seed: u64, bytes: &[u8], samples: u64) {
    let model = Model::parse(bytes).expect("a model");
    let card = model.card();
    let ensemble = Ensemble::new(card.disorder, card.concentration, 5).unwrap();
    let (sites, targets) = (model.sites(), card.outputs.len());
    let mut scratch = vec![0; model.scratch_len()];
    let (mut onsite, mut expected) = (Vec::new(), Vec::new());
    for sample in 0..samples {
        let mut strip = vec![0.0; sites];
        ensemble.sample(sample).fill_onsite(&mut strip);
        let mut outputs = vec![0; targets];
        model
            .predict_q16(&strip, usize::from(card.width), &mut scratch, &mut outputs)
            .unwrap();
        onsite.extend(strip);
        expected.extend(outputs);
    }
    for (instructions, engine) in Engine::variants(&model).unwrap() {
        let mut found = vec![-1; expected.len()];
        engine.predict_q16(&onsite, &mut found).unwrap();
        assert_eq!(found, expected, "{instructions} {seed}");
    }
}
fn main() {
    let n: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    for seed in 0..n {
        let m = match seed % 3 {
            0 => networks::random(seed),
            1 => networks::wide(seed),
            _ => networks::with_stem(seed),
        }
        .bytes();
        compare(seed, &m, 1 + seed % 40);
    }
    for f in std::env::args().skip(2) {
        compare(0, &std::fs::read(&f).unwrap(), 60);
        println!("{f} ok");
    }
    println!("ok");
}
