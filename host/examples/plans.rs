//! Plans.
use landauer::ensemble::{dissection::Plan, StripSize};
fn main() {
    for (length, width) in [(40, 40), (10, 10), (20, 20), (80, 80), (5, 5), (10,40), (100,10)] {
        for e in [0.0, 0.02, 0.18] {
            let t = std::time::Instant::now();
            let plan = Plan::new(StripSize { length, width }, e);
            println!("{length}x{width} {e} {:.3}s {:?}", t.elapsed().as_secs_f64(), plan.summary());
        }
    }
}
