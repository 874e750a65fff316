//! landauer-core for C: the functions of `landauer.h`, one to one what core offers.
//!
//! Pointers become slices, and core does the rest: it checks whatever the bytes are.

#![no_std]

mod memory;

use landauer_core::SolveError;
use landauer_core::hybrid::{Hybrid, HybridError, HybridModel};
use landauer_core::inference::{Model, ModelError};
use landauer_core::transport::{conductance, reflection_workspace_len, transmission};

use memory::{open, opened, slice, slice_mut};

/// Nothing in core panics; Rust wants to know what would happen all the same.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// What a function says. The numbers never change; new ones may come.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LandauerStatus {
    /// Done.
    Ok = 0,
    /// A pointer is null or not aligned to its type.
    Pointer = 1,
    /// The model has not been opened by landauer_open.
    NotOpened = 2,
    /// The bytes are not a landauer model file.
    NotAModel = 3,
    /// The model file is of a version that this library does not read.
    ModelVersion = 4,
    /// The model file is cut or damaged.
    ModelDamaged = 5,
    /// The model file is not what the format says.
    ModelInvalid = 6,
    /// The strip is not of the model's size, or does not consist of whole slices.
    LatticeSize = 7,
    /// An on-site energy does not occur in the disorder that the model was trained on.
    UnknownOnsite = 8,
    /// The strip has more or fewer impurities than the model was made for.
    ImpurityCount = 9,
    /// The scratch is shorter than landauer_scratch_len.
    ScratchTooShort = 10,
    /// The outputs are not as many as landauer_target_count.
    OutputLength = 11,
    /// A golden sample gave another number than the model file says.
    SelfTest = 12,
    /// The workspace is shorter than landauer_workspace_len.
    WorkspaceTooShort = 13,
    /// An energy, an on-site energy or the bias is infinite or NaN.
    NotFinite = 14,
    /// Rounding has destroyed the exact solution: current is not conserved.
    LostSolution = 15,
    /// Another error, which this version of the header has no name for.
    Other = 16,
    /// The budget is smaller than what the cheapest estimate costs.
    Budget = 17,
}

impl From<ModelError> for LandauerStatus {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::NotAModel => Self::NotAModel,
            ModelError::UnsupportedVersion { .. } => Self::ModelVersion,
            ModelError::Length { .. } | ModelError::Checksum { .. } => Self::ModelDamaged,
            ModelError::Card(_)
            | ModelError::Encoder(_)
            | ModelError::Layer { .. }
            | ModelError::Rung { .. }
            | ModelError::Head(_) => Self::ModelInvalid,
            ModelError::LatticeSize { .. } => Self::LatticeSize,
            ModelError::UnknownOnsite { .. } => Self::UnknownOnsite,
            ModelError::ImpurityCount { .. } => Self::ImpurityCount,
            ModelError::ScratchTooShort { .. } => Self::ScratchTooShort,
            ModelError::OutputLength { .. } => Self::OutputLength,
            ModelError::SelfTest { .. } => Self::SelfTest,
            _ => Self::Other,
        }
    }
}

impl From<SolveError> for LandauerStatus {
    fn from(error: SolveError) -> Self {
        match error {
            SolveError::ZeroWidth | SolveError::ZeroLength | SolveError::ShapeMismatch { .. } => {
                Self::LatticeSize
            }
            SolveError::EnergyNotFinite | SolveError::OnsiteNotFinite { .. } => Self::NotFinite,
            SolveError::TooShort { .. } => Self::WorkspaceTooShort,
            SolveError::LostSolution { .. } => Self::LostSolution,
            _ => Self::Other,
        }
    }
}

impl From<HybridError> for LandauerStatus {
    fn from(error: HybridError) -> Self {
        match error {
            HybridError::Budget { .. } => Self::Budget,
            HybridError::Model(error) => error.into(),
            HybridError::Solve(error) => error.into(),
            HybridError::SelfTest { .. } => Self::SelfTest,
            _ => Self::Other,
        }
    }
}

/// 8-byte words of a LandauerModel.
pub const LANDAUER_MODEL_WORDS: usize = 160;

/// A model that has been checked, in memory of the caller's; it may be copied and moved.
#[repr(C)]
#[derive(Debug)]
pub struct LandauerModel {
    /// Not for the caller.
    words: [u64; LANDAUER_MODEL_WORDS],
}

/// Reads a model file and checks all of it; nothing that follows can then go wrong with it.
///
/// `bytes` must stay where they are for as long as the model is used; they should begin at a
/// multiple of 16. Takes time in proportion to the file.
///
/// # Safety
/// `model` is null or points to a LandauerModel; `bytes` is null or points to `length` bytes, which
/// nobody changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_open(
    model: *mut LandauerModel,
    bytes: *const u8,
    length: usize,
) -> LandauerStatus {
    let read = || {
        // SAFETY: the caller's word, for both.
        let bytes = unsafe { slice(bytes, length) }?;
        unsafe { open(model, Model::parse(bytes)?) }
    };
    status(read())
}

/// Bytes of scratch that a prediction takes; 0 if the model is not open.
///
/// # Safety
/// `model` is null or points to a LandauerModel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_scratch_len(model: *const LandauerModel) -> usize {
    // SAFETY: the caller's word.
    unsafe { opened(model) }.map_or(0, Model::scratch_len)
}

/// Sites of the model's strips, length times width; 0 if the model is not open.
///
/// # Safety
/// `model` is null or points to a LandauerModel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_site_count(model: *const LandauerModel) -> usize {
    // SAFETY: the caller's word.
    unsafe { opened(model) }.map_or(0, Model::sites)
}

/// Sites in a slice of the model's strips; 0 if the model is not open.
///
/// # Safety
/// `model` is null or points to a LandauerModel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_width(model: *const LandauerModel) -> usize {
    // SAFETY: the caller's word.
    unsafe { opened(model) }.map_or(0, |model| model.card().width.into())
}

/// Numbers that the model predicts of a strip; 0 if it is not open.
///
/// # Safety
/// `model` is null or points to a LandauerModel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_target_count(model: *const LandauerModel) -> usize {
    // SAFETY: the caller's word.
    unsafe { opened(model) }.map_or(0, |model| model.targets().len())
}

/// Predicts every target of a strip in units of G0/65536, in integers: the host's bits.
///
/// `onsite` are `sites` on-site energies in slices of `width`, in units of t; `scratch` are
/// `scratch_len` bytes, landauer_scratch_len at least; `values` are `value_count` places,
/// landauer_target_count exactly, which are written only if the status is LANDAUER_STATUS_OK.
///
/// # Safety
/// Each pointer is null or points to as many elements as the number behind it says; scratch and
/// values overlap with nothing. `model` is null or points to a LandauerModel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_predict(
    model: *const LandauerModel,
    onsite: *const f32,
    sites: usize,
    width: usize,
    scratch: *mut i8,
    scratch_len: usize,
    values: *mut i32,
    value_count: usize,
) -> LandauerStatus {
    let predict = || {
        // SAFETY: the caller's word, for all four.
        let model = unsafe { opened(model) }?;
        let onsite = unsafe { slice(onsite, sites) }?;
        let scratch = unsafe { slice_mut(scratch, scratch_len) }?;
        let values = unsafe { slice_mut(values, value_count) }?;
        Ok(model.predict_q16(onsite, width, scratch, values)?)
    };
    status(predict())
}

/// Predicts the golden samples of the model file and compares all bits: is this the network that was
/// exported, and does this machine run it right?
///
/// `onsite` are `sites` places, landauer_site_count at least, and `scratch` as for landauer_predict;
/// what they held is lost.
///
/// # Safety
/// Each pointer is null or points to as many elements as the number behind it says; they do not
/// overlap. `model` is null or points to a LandauerModel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_self_test(
    model: *const LandauerModel,
    onsite: *mut f32,
    sites: usize,
    scratch: *mut i8,
    scratch_len: usize,
) -> LandauerStatus {
    let test = || {
        // SAFETY: the caller's word, for all three.
        let model = unsafe { opened(model) }?;
        let onsite = unsafe { slice_mut(onsite, sites) }?;
        let scratch = unsafe { slice_mut(scratch, scratch_len) }?;
        Ok(model.self_test(onsite, scratch)?)
    };
    status(test())
}

/// Floats of workspace that landauer_transmission and landauer_conductance take for strips of this
/// width: 1840 for 40.
#[unsafe(no_mangle)]
pub extern "C" fn landauer_workspace_len(width: usize) -> usize {
    reflection_workspace_len(width)
}

/// 8-byte words of a LandauerHybrid.
pub const LANDAUER_HYBRID_WORDS: usize = 112;

/// A hybrid that has been checked, in memory of the caller's; it may be copied and moved.
#[repr(C)]
#[derive(Debug)]
pub struct LandauerHybrid {
    /// Not for the caller.
    words: [u64; LANDAUER_HYBRID_WORDS],
}

/// What was found within a budget.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct LandauerEstimate {
    /// The multiply-adds that it was reckoned at.
    pub multiply_adds: u64,
    /// G or Ḡ in units of G0.
    pub value: f32,
    /// Impurities that were taken in exactly, at each of the energies.
    pub solved: u32,
    /// Impurities of the strip.
    pub impurities: u32,
    /// How many energies.
    pub energies: u32,
    /// 1 if it is the exact solution, else 0.
    pub exact: u32,
}

/// Reads a hybrid's file and checks all of it, as landauer_open does with a network's.
///
/// # Safety
/// `hybrid` is null or points to a LandauerHybrid; `bytes` is null or points to `length` bytes,
/// which nobody changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_hybrid_open(
    hybrid: *mut LandauerHybrid,
    bytes: *const u8,
    length: usize,
) -> LandauerStatus {
    let read = || {
        // SAFETY: the caller's word, for both.
        let bytes = unsafe { slice(bytes, length) }?;
        unsafe { open(hybrid, HybridModel::parse(bytes)?) }
    };
    status(read())
}

/// Floats of workspace that a hybrid takes; 0 if it is not open. 1920 for 40 sites in a slice.
///
/// # Safety
/// `hybrid` is null or points to a LandauerHybrid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_hybrid_workspace_len(hybrid: *const LandauerHybrid) -> usize {
    // SAFETY: the caller's word.
    unsafe { opened(hybrid) }.map_or(0, HybridModel::workspace_len)
}

/// Predicts a strip by a hybrid, at the cost of so many multiply-adds at most: the host's bits.
///
/// `onsite` are `sites` on-site energies in slices of `width`, in units of t; `workspace` are
/// `workspace_len` floats, landauer_hybrid_workspace_len at least; `estimate` is written only if the
/// status is LANDAUER_STATUS_OK.
///
/// # Safety
/// Each pointer is null or points to as many elements as the number behind it says (`estimate` to
/// one); workspace and estimate overlap with nothing. `hybrid` is null or points to a LandauerHybrid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_predict_within(
    hybrid: *const LandauerHybrid,
    onsite: *const f32,
    sites: usize,
    width: usize,
    budget: u64,
    workspace: *mut f32,
    workspace_len: usize,
    estimate: *mut LandauerEstimate,
) -> LandauerStatus {
    let predict = || {
        // SAFETY: the caller's word, for all four.
        let model = unsafe { opened(hybrid) }?;
        let onsite = unsafe { slice(onsite, sites) }?;
        let workspace = unsafe { slice_mut(workspace, workspace_len) }?;
        let place = unsafe { slice_mut(estimate, 1) }?;
        let found = Hybrid::new(model, workspace)?.predict_within(onsite, width, budget)?;
        place.fill(LandauerEstimate {
            multiply_adds: found.multiply_adds,
            value: found.value,
            solved: found.solved,
            impurities: found.impurities,
            energies: found.energies,
            exact: found.exact.into(),
        });
        Ok(())
    };
    status(predict())
}

/// Predicts the golden samples of a hybrid's file and compares all bits, as landauer_self_test does
/// with a network's.
///
/// `onsite` are `sites` places, as many as its strips have at least; `workspace` is as for
/// landauer_predict_within; what they held is lost.
///
/// # Safety
/// Each pointer is null or points to as many elements as the number behind it says; they do not
/// overlap. `hybrid` is null or points to a LandauerHybrid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_hybrid_self_test(
    hybrid: *const LandauerHybrid,
    onsite: *mut f32,
    sites: usize,
    workspace: *mut f32,
    workspace_len: usize,
) -> LandauerStatus {
    let test = || {
        // SAFETY: the caller's word, for all three.
        let model = unsafe { opened(hybrid) }?;
        let onsite = unsafe { slice_mut(onsite, sites) }?;
        let workspace = unsafe { slice_mut(workspace, workspace_len) }?;
        Ok(Hybrid::new(model, workspace)?.self_test(onsite)?)
    };
    status(test())
}

/// Solves a strip exactly: the transmission T at one energy, in single precision, the host's bits.
///
/// `onsite` are `sites` on-site energies in slices of `width`, in units of t; `workspace` are
/// `workspace_len` floats, landauer_workspace_len at least; `result` is written only if the status
/// is LANDAUER_STATUS_OK.
///
/// # Safety
/// Each pointer is null or points to as many elements as the number behind it says (`result` to
/// one); workspace and result overlap with nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_transmission(
    onsite: *const f32,
    sites: usize,
    width: usize,
    energy: f32,
    workspace: *mut f32,
    workspace_len: usize,
    result: *mut f32,
) -> LandauerStatus {
    let solve =
        |onsite: &[f32], workspace: &mut [f32]| transmission(onsite, width, energy, workspace);
    // SAFETY: the caller's word.
    unsafe { solved((onsite, sites), (workspace, workspace_len), result, solve) }
}

/// Solves a strip exactly at the ten energies of the bias eV: the finite-bias conductance in units
/// of G0, in single precision, the host's bits. All else is as for landauer_transmission.
///
/// # Safety
/// As for landauer_transmission.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn landauer_conductance(
    onsite: *const f32,
    sites: usize,
    width: usize,
    bias: f64,
    workspace: *mut f32,
    workspace_len: usize,
    result: *mut f32,
) -> LandauerStatus {
    let solve = |onsite: &[f32], workspace: &mut [f32]| conductance(onsite, width, bias, workspace);
    // SAFETY: the caller's word.
    unsafe { solved((onsite, sites), (workspace, workspace_len), result, solve) }
}

/// Solves one strip and writes the result down.
///
/// # Safety
/// As for landauer_transmission.
unsafe fn solved(
    (onsite, sites): (*const f32, usize),
    (workspace, workspace_len): (*mut f32, usize),
    result: *mut f32,
    solve: impl FnOnce(&[f32], &mut [f32]) -> Result<f32, SolveError>,
) -> LandauerStatus {
    let solve = || {
        // SAFETY: the caller's word, for all three.
        let onsite = unsafe { slice(onsite, sites) }?;
        let workspace = unsafe { slice_mut(workspace, workspace_len) }?;
        let result = unsafe { slice_mut(result, 1) }?;
        result.fill(solve(onsite, workspace)?);
        Ok::<_, LandauerStatus>(())
    };
    status(solve())
}

fn status(result: Result<(), LandauerStatus>) -> LandauerStatus {
    match result {
        Ok(()) => LandauerStatus::Ok,
        Err(status) => status,
    }
}
