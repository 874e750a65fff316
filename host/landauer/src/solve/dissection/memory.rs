//! Working memory that begins where a cache line does.

use pulp::Simd;

use super::lanes::Lane;

/// Bytes of a cache line, and of the longest vector.
pub(super) const LINE: usize = 64;

/// One thread's working memory.
#[derive(Debug, Default)]
pub(crate) struct Memory<R> {
    buffer: Vec<R>,
}

#[allow(private_bounds, reason = "f64 or f32")]
impl<R: Lane> Memory<R> {
    /// This many vectors, with arbitrary content. Earlier vectors are invalidated.
    pub(super) fn vectors<S: Simd>(&mut self, count: usize) -> &mut [R::V<S>] {
        let line = LINE / size_of::<R>();
        let needed = count * R::lanes::<S>() + line;
        if self.buffer.len() < needed {
            self.buffer.resize(needed, R::ZERO);
        }
        let offset = self.buffer.as_ptr().align_offset(LINE).min(line);
        &mut R::vectors_mut::<S>(&mut self.buffer[offset..])[..count]
    }
}
