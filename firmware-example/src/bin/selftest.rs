//! Every shipped model predicts its golden samples on the device, to all bits.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use firmware_example::networks::SHIPPED;
use firmware_example::{exit, fail};
use landauer_core::hybrid::{Hybrid, HybridError, HybridModel, hybrid_workspace_len};
use landauer_core::inference::Model;

/// Sites of the largest strip, and bytes of the largest scratch.
const SITES: usize = 1600;
const SCRATCH: usize = 40_000;

#[entry]
fn main() -> ! {
    static mut ONSITE: [f32; SITES] = [0.0; SITES];
    static mut SCRATCH_BYTES: [i8; SCRATCH] = [0; SCRATCH];
    static mut WORKSPACE: [f32; hybrid_workspace_len(40)] = [0.0; hybrid_workspace_len(40)];
    for (name, file) in SHIPPED {
        match test(&file.0, ONSITE, SCRATCH_BYTES, WORKSPACE) {
            Ok(samples) => hprintln!("{}: {} golden samples agree", name, samples),
            Err(error) => {
                hprintln!("{}: {}", name, error);
                fail();
            }
        }
    }
    exit()
}

/// How many samples agree.
fn test(
    file: &[u8],
    onsite: &mut [f32],
    scratch: &mut [i8],
    workspace: &mut [f32],
) -> Result<usize, HybridError> {
    if HybridModel::is_one(file) {
        let model = HybridModel::parse(file)?;
        Hybrid::new(&model, workspace)?.self_test(onsite)?;
        return Ok(model.card().golden.len());
    }
    let model = Model::parse(file)?;
    model.self_test(onsite, scratch)?;
    Ok(model.card().golden.len())
}
