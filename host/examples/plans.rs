//! Plans.
use landauer::ensemble::{StripSize, dissection::Plan};
fn main() {
    let plan = Plan::new(
        StripSize {
            length: 40,
            width: 40,
        },
        0.18,
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
