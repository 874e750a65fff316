//! Asking for memory before taking it.

use crate::failure::{Categorised, Category};

/// More memory is needed than there is.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "{what} needs {} of memory, but only {} are available: use a smaller size or fewer threads",
    human(*.needed),
    human(*.available)
)]
pub struct TooLittleMemory {
    what: &'static str,
    needed: u64,
    available: u64,
}

impl Categorised for TooLittleMemory {
    fn category(&self) -> Category {
        Category::System
    }
}

/// Makes sure that `needed` bytes can be had.
///
/// Without the feature `files` nothing is known of the machine: whatever a program can address is
/// granted, and the allocator decides.
///
/// # Errors
/// If the machine (or its control group) has less memory available.
pub fn require(what: &'static str, needed: u64) -> Result<(), TooLittleMemory> {
    match available() {
        Some(available) if needed > available => Err(TooLittleMemory {
            what,
            needed,
            available,
        }),
        // Where nothing is known of the machine the allocator decides.
        _ => Ok(()),
    }
}

/// So many zeros, if the allocator has the memory for them: it may refuse what [`require`] has granted.
///
/// # Errors
/// If it has not.
pub(crate) fn zeros(what: &'static str, count: u64) -> Result<Vec<f64>, TooLittleMemory> {
    let needed = count.saturating_mul(8);
    let refused = || TooLittleMemory {
        what,
        needed,
        available: available().unwrap_or(0).min(needed),
    };
    let count = usize::try_from(count).map_err(|_| refused())?;
    let mut room = Vec::<f64>::new();
    room.try_reserve_exact(count).map_err(|_| refused())?;
    // Only asked for: zeros of the system's own making take no time, and that room is theirs now.
    drop(std::hint::black_box(room));
    Ok(vec![0.0; count])
}

/// Bytes that a program can address at most: nothing is known of the machine.
#[cfg(not(feature = "files"))]
#[must_use]
pub const fn available() -> Option<u64> {
    Some(isize::MAX.unsigned_abs() as u64)
}

/// Bytes that the machine, or its control group, has available; `None` if that is not known.
#[cfg(feature = "files")]
#[must_use]
pub fn available() -> Option<u64> {
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_memory();
    let machine = system.available_memory();
    let limit = system.cgroup_limits().map(|limits| limits.free_memory);
    Some(limit.map_or(machine, |limit| limit.min(machine)))
}

/// A number of bytes for people: `1.5 GB`.
#[must_use]
pub fn human(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0);
    format!("{value:.digits$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(feature = "files"))]
    #[test]
    fn the_allocator_decides_about_what_can_be_addressed() {
        require("a strip of width 9999999", 1 << 30).unwrap();
        require("a strip of width 9999999", u64::MAX).unwrap_err();
    }

    #[cfg(feature = "files")]
    #[test]
    fn an_impossible_need_is_refused_with_both_numbers() {
        require("a small thing", 1000).unwrap();
        let error = require("a strip of width 9999999", u64::MAX).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("a strip of width 9999999 needs 18.4 EB"),
            "{text}"
        );
    }
}
