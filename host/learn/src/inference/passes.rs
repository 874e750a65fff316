//! The arenas of the passes that go through the layers together.

use std::ops::Range;

/// One arena a pass, `stride` bytes apart, and the impurity count of each pass.
#[derive(Debug)]
pub(super) struct Passes<'p> {
    pub(super) arenas: &'p mut [i8],
    pub(super) stride: usize,
    pub(super) counts: &'p [u32],
    /// The strips that come next, until a step asks for them that keeps the processor busy without
    /// the memory: strips are many times larger than all that is computed from them.
    pub(super) ahead: &'p [f64],
}

impl Passes<'_> {
    /// The number of passes.
    pub(super) const fn len(&self) -> usize {
        self.counts.len()
    }

    /// One pass's arena.
    pub(super) fn arena(&self, pass: usize) -> &[i8] {
        &self.arenas[pass * self.stride..][..self.stride]
    }

    /// One pass's arena, to write to.
    pub(super) fn arena_mut(&mut self, pass: usize) -> &mut [i8] {
        &mut self.arenas[pass * self.stride..][..self.stride]
    }

    /// Every pass's count and arena.
    pub(super) fn each(&mut self) -> impl Iterator<Item = (u32, &mut [i8])> {
        let arenas = self.arenas.chunks_exact_mut(self.stride);
        self.counts.iter().copied().zip(arenas)
    }
}

/// What a layer reads and what it writes; none if they overlap or lie outside.
pub(super) fn views(
    arena: &mut [i8],
    input: Range<usize>,
    output: Range<usize>,
) -> Option<(&[i8], &mut [i8])> {
    if input.end <= output.start {
        let (front, back) = arena.split_at_mut_checked(output.start)?;
        Some((front.get(input)?, back.get_mut(..output.len())?))
    } else {
        let (front, back) = arena.split_at_mut_checked(input.start)?;
        Some((back.get(..input.len())?, front.get_mut(output)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_may_read_before_or_behind_what_it_writes() {
        let mut arena = [1, 2, 3, 4, 5];
        let (input, output) = views(&mut arena, 0..2, 3..5).expect("apart");
        assert_eq!((input, &*output), (&[1, 2][..], &[4, 5][..]));
        let (input, output) = views(&mut arena, 3..5, 0..3).expect("apart");
        assert_eq!((input, &*output), (&[4, 5][..], &[1, 2, 3][..]));
        assert!(views(&mut arena, 2..4, 0..3).is_none());
        assert!(views(&mut arena, 0..2, 4..6).is_none());
    }
}
