//! The one checksum of this crate: model files and frames carry it.

/// CRC-32C (Castagnoli), the polynomial that processors have instructions for. Its table takes 1 kB
/// of flash, once.
pub(crate) static CRC_32C: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
