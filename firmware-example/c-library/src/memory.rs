//! The caller's memory: pointers become slices, words become a model.

use core::mem::{align_of, size_of};

use landauer_core::inference::Model;

use crate::{LandauerModel, LandauerStatus};

/// What the words of a [`LandauerModel`] hold once it is open.
#[repr(C)]
struct Opened {
    mark: u64,
    model: Model<'static>,
}

/// "Landauer": memory that was never opened does not hold it.
const MARK: u64 = 0x4C61_6E64_6175_6572;

const _: () = assert!(
    size_of::<Opened>() <= size_of::<LandauerModel>(),
    "LANDAUER_MODEL_WORDS is too small"
);
const _: () = assert!(align_of::<Opened>() <= align_of::<LandauerModel>());

/// May a slice of so many elements begin here?
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

/// Puts a model into the words of a [`LandauerModel`].
///
/// # Safety
/// `place` is null or points to a [`LandauerModel`].
pub(crate) unsafe fn open(place: *mut LandauerModel, model: Model<'static>) -> LandauerStatus {
    if !sound(place, 1) {
        return LandauerStatus::Pointer;
    }
    // SAFETY: not null, aligned, and large enough by the assertions above.
    unsafe { place.cast::<Opened>().write(Opened { mark: MARK, model }) };
    LandauerStatus::Ok
}

/// The model of a [`LandauerModel`] that is open.
///
/// # Safety
/// `model` is null or points to a [`LandauerModel`].
pub(crate) unsafe fn opened<'a>(
    model: *const LandauerModel,
) -> Result<&'a Model<'static>, LandauerStatus> {
    if !sound(model, 1) {
        return Err(LandauerStatus::Pointer);
    }
    // SAFETY: not null and aligned; the mark is the first word, and any word is a number.
    if unsafe { model.cast::<u64>().read() } != MARK {
        return Err(LandauerStatus::NotOpened);
    }
    // SAFETY: only `open` writes the mark, and it writes a model behind it.
    Ok(unsafe { &(*model.cast::<Opened>()).model })
}
