//! Plans.
use landauer::ensemble::{StripSize, dissection::Plan};
fn main() {
    for (length, width) in [
        (40, 40),
        (10, 10),
        (20, 20),
        (80, 80),
        (3, 3),
        (5, 5),
        (41, 40),
        (40, 41),
        (41, 41),
        (10, 40),
        (100, 10),
    ] {
        for e in [0.0, 0.18] {
            let t = std::time::Instant::now();
            let plan = Plan::new(StripSize { length, width }, e);
            println!(
                "{length}x{width} {e} {:.3}s {:?}",
                t.elapsed().as_secs_f64(),
                plan.summary()
            );
        }
    }
    let plan = Plan::new(
        StripSize {
            length: 40,
            width: 40,
        },
        0.0,
    );
    let mut m = std::collections::BTreeMap::new();
    for s in plan.shapes() {
        *m.entry(s).or_insert(0) += 1;
    }
    for (s, n) in m {
        print!("{s:?}x{n} ");
    }
    println!();
}
