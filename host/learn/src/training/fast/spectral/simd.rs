//! Loops over rows, compiled for the widest vectors of the processor.

use pulp::{Arch, Simd, WithSimd};

/// A closure as pulp wants it: called from where the vectors are known, so that it is compiled for
/// them. A closure given to pulp as it is would not be, and its multiply-adds would be calls.
struct Loops<F>(F);

impl<F: FnOnce()> WithSimd for Loops<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        (self.0)();
    }
}

/// Runs `loops`, a closure that is always inlined.
pub(super) fn run(arch: Arch, loops: impl FnOnce()) {
    arch.dispatch(Loops(loops));
}
