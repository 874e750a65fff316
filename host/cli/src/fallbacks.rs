//! What a solver found on another way than its first, in words.

use landauer::work::FallbackTotals;

/// How many of so many transmissions took which other way.
pub(super) fn text(fallbacks: impl Into<FallbackTotals>, transmissions: u64) -> String {
    let fallbacks = fallbacks.into();
    let FallbackTotals {
        doubled,
        mirrored,
        recursion,
        elimination,
    } = fallbacks;
    let ways = [
        (doubled, "in double precision"),
        (mirrored, "by a mirror image"),
        (recursion, "by the scattering recursion"),
        (elimination, "by Gaussian elimination"),
    ];
    let taken = ways.iter().filter(|&&(count, _)| count > 0);
    let taken: Vec<String> = taken.map(|(count, way)| format!("{count} {way}")).collect();
    let colon = if taken.is_empty() { "" } else { ": " };
    format!(
        "{} of {transmissions} T found on another way{colon}{}",
        fallbacks.total(),
        taken.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_that_were_taken_are_named() {
        let none = FallbackTotals::default();
        assert_eq!(text(none, 660), "0 of 660 T found on another way");
        let some = FallbackTotals {
            doubled: 0,
            mirrored: 2,
            recursion: 1,
            elimination: 4,
        };
        assert_eq!(
            text(some, 660),
            "7 of 660 T found on another way: 2 by a mirror image, 1 by the scattering recursion, 4 by \
             Gaussian elimination"
        );
    }
}
