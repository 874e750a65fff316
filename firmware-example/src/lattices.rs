//! Lattices for the predictions, the same on the device and in the test on the host.

/// How many there are.
pub const LATTICES: u32 = 8;

/// Is there an impurity at each site of lattice number `number`, slice by slice? The first lattice
/// is clean, the last one has an impurity at seven sites of eight.
pub fn impurities(number: u32) -> impl Iterator<Item = bool> {
    let most = number * (u32::MAX / 8);
    // Marsaglia's xorshift (J. Stat. Softw. 8, 14, 2003).
    let mut state = 2020 + number;
    core::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state < most
    })
}
