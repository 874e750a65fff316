//! How many transmissions were recomputed by a fallback solver, in words.

use landauer::work::FallbackTotals;

/// Of `transmissions` transmissions, how many were recomputed, and how.
pub(super) fn text(fallbacks: impl Into<FallbackTotals>, transmissions: u64) -> String {
    let fallbacks = fallbacks.into();
    let FallbackTotals {
        promoted,
        mirrored,
        recursion,
        elimination,
    } = fallbacks;
    let solvers = [
        (promoted, "promoted to f64"),
        (mirrored, "as a mirror image"),
        (recursion, "by the scattering recursion"),
        (elimination, "by Gaussian elimination"),
    ];
    let used = solvers.iter().filter(|&&(count, _)| count > 0);
    let used: Vec<String> = used.map(|(count, how)| format!("{count} {how}")).collect();
    let colon = if used.is_empty() { "" } else { ": " };
    format!(
        "{} of {transmissions} T recomputed by a fallback solver{colon}{}",
        fallbacks.total(),
        used.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fallback_solvers_are_named() {
        let none = FallbackTotals::default();
        assert_eq!(
            text(none, 660),
            "0 of 660 T recomputed by a fallback solver"
        );
        let some = FallbackTotals {
            promoted: 3,
            mirrored: 2,
            recursion: 0,
            elimination: 4,
        };
        assert_eq!(
            text(some, 660),
            "9 of 660 T recomputed by a fallback solver: 3 promoted to f64, 2 as a mirror image, 4 by \
             Gaussian elimination"
        );
    }
}
