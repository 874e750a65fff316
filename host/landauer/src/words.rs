//! Numbers of things in messages.

use std::fmt::Display;

/// A number and a noun in the right form: `1 sample`, `2 samples`, `0 passes`.
///
/// `noun` is a regular one, in the singular.
#[must_use]
pub fn counted(number: impl Display, noun: &str) -> String {
    let number = number.to_string();
    if number == "1" {
        return format!("{number} {noun}");
    }
    let stem = noun.strip_suffix('y');
    let stem = stem.filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    match stem {
        Some(stem) => format!("{number} {stem}ies"),
        None if noun.ends_with(['s', 'x']) || noun.ends_with("ch") => format!("{number} {noun}es"),
        None => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(counted(1, "sample"), "1 sample");
        assert_eq!(counted(0_u64, "sample"), "0 samples");
        assert_eq!(counted(2, "pass"), "2 passes");
        assert_eq!(counted(11, "energy"), "11 energies");
        assert_eq!(counted(3, "day"), "3 days");
        assert_eq!(counted("1.5", "strip"), "1.5 strips");
    }
}
