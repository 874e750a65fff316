//! The caller's memory: pointers become slices, words become a model.

use core::mem::{align_of, size_of};

use landauer_core::hybrid::HybridModel;
use landauer_core::inference::Model;

use crate::{LandauerHybrid, LandauerModel, LandauerStatus};

/// The caller's words for a kind of model.
pub(crate) trait Words {
    /// What they hold once it is open.
    type Model: 'static;
    /// The first word then: memory that was never opened does not hold it.
    const MARK: u64;
}

impl Words for LandauerModel {
    type Model = Model<'static>;
    /// "Landauer".
    const MARK: u64 = 0x4C61_6E64_6175_6572;
}

impl Words for LandauerHybrid {
    type Model = HybridModel<'static>;
    /// "Landhybr".
    const MARK: u64 = 0x4C61_6E64_6879_6272;
}

/// What the words hold once a model is open.
#[repr(C)]
struct Opened<M> {
    mark: u64,
    model: M,
}

/// Is there room for a model in its words?
const fn fits<W: Words>() -> bool {
    size_of::<Opened<W::Model>>() <= size_of::<W>()
        && align_of::<Opened<W::Model>>() <= align_of::<W>()
}

const _: () = assert!(fits::<LandauerModel>(), "LANDAUER_MODEL_WORDS is too small");
const _: () = assert!(
    fits::<LandauerHybrid>(),
    "LANDAUER_HYBRID_WORDS is too small"
);

/// Can a slice of `length` elements begin here?
fn sound<T>(first: *const T, length: usize) -> bool {
    let most = isize::MAX as usize / size_of::<T>();
    !first.is_null() && first.is_aligned() && length <= most
}

/// A slice of the caller's memory; an empty one may have any pointer.
///
/// # Safety
/// As for [`core::slice::from_raw_parts`], but for null, alignment and size, which are checked.
pub(crate) unsafe fn slice<'a, T>(
    first: *const T,
    length: usize,
) -> Result<&'a [T], LandauerStatus> {
    if length == 0 {
        return Ok(&[]);
    }
    if !sound(first, length) {
        return Err(LandauerStatus::Pointer);
    }
    // SAFETY: not null, aligned, not too long; the rest is the caller's word.
    Ok(unsafe { core::slice::from_raw_parts(first, length) })
}

/// The same, for writing.
///
/// # Safety
/// As for [`core::slice::from_raw_parts_mut`], but for null, alignment and size, which are checked.
pub(crate) unsafe fn slice_mut<'a, T>(
    first: *mut T,
    length: usize,
) -> Result<&'a mut [T], LandauerStatus> {
    if length == 0 {
        return Ok(&mut []);
    }
    if !sound(first, length) {
        return Err(LandauerStatus::Pointer);
    }
    // SAFETY: not null, aligned, not too long; the rest is the caller's word.
    Ok(unsafe { core::slice::from_raw_parts_mut(first, length) })
}

/// Puts a model into its words.
///
/// # Safety
/// `place` is null or points to such words.
pub(crate) unsafe fn open<W: Words>(place: *mut W, model: W::Model) -> Result<(), LandauerStatus> {
    if !sound(place, 1) {
        return Err(LandauerStatus::Pointer);
    }
    let mark = W::MARK;
    // SAFETY: not null, aligned, and large enough by the assertions above.
    unsafe {
        place
            .cast::<Opened<W::Model>>()
            .write(Opened { mark, model });
    };
    Ok(())
}

/// The model in words that are open.
///
/// # Safety
/// `model` is null or points to such words.
pub(crate) unsafe fn opened<'a, W: Words>(model: *const W) -> Result<&'a W::Model, LandauerStatus> {
    if !sound(model, 1) {
        return Err(LandauerStatus::Pointer);
    }
    // SAFETY: not null and aligned; the mark is the first word, and any word is a number.
    if unsafe { model.cast::<u64>().read() } != W::MARK {
        return Err(LandauerStatus::NotOpened);
    }
    // SAFETY: only `open` writes the mark, and it writes a model behind it.
    Ok(unsafe { &(*model.cast::<Opened<W::Model>>()).model })
}
