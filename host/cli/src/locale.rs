//! Which letters the user's terminal shows.

use std::borrow::Cow;
use std::sync::OnceLock;

/// Does the user's locale say that text is UTF-8? If not, tables are drawn in ASCII.
pub(super) fn is_utf8() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    // Elsewhere these variables say nothing of the terminal.
    *FOUND.get_or_init(|| !cfg!(unix) || named_utf8(|name| std::env::var_os(name)))
}

/// Whether the first of the three variables that is set and not empty names UTF-8, as POSIX has it.
/// None of them is the locale "C", which is ASCII.
fn named_utf8(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().map(variable);
    let locale = locale.flatten().find(|value| !value.is_empty());
    let locale = locale.unwrap_or_default();
    let locale = locale.to_string_lossy().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// The text in letters that the terminal shows.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if is_utf8() { text.into() } else { ascii(text) }
}

/// What our own words and drawings have beside ASCII, and what replaces it. Anything else, such as the
/// name of a file, is the user's and stays.
///
/// The finite-bias conductance is Ḡ on screens, `g-bar` in arguments and TOML, `g_bar` in JSON, CSV and
/// Zarr.
const LETTERS: [(char, &str); 25] = [
    ('─', "-"),
    ('│', "|"),
    ('█', "#"),
    ('▉', "#"),
    ('▊', "#"),
    ('▋', "#"),
    ('▌', "#"),
    ('▍', ":"),
    ('▎', ":"),
    ('▏', ":"),
    ('±', "+-"),
    ('×', "x"),
    ('·', "*"),
    ('−', "-"),
    ('–', "-"),
    ('²', "^2"),
    ('³', "^3"),
    ('₀', "0"),
    ('≈', "~"),
    ('≤', "<="),
    ('≥', ">="),
    ('µ', "u"),
    ('†', "^+"),
    ('…', "..."),
    ('Ḡ', "G-bar"),
];

/// The text in ASCII. What gets longer takes the place of spaces around it, so that columns stay
/// below each other.
fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some((_, name)) = LETTERS.iter().find(|(known, _)| *known == letter) else {
            plain.push(letter);
            continue;
        };
        let mut longer = name.len() - 1;
        // One space stays between two columns.
        while longer > 0 && plain.ends_with("  ") {
            plain.pop();
            longer -= 1;
        }
        plain.push_str(name);
        if longer == 0 {
            continue;
        }
        let mut behind = 0;
        while letters.next_if_eq(&' ').is_some() {
            behind += 1;
        }
        // Spaces at the end of a line do not matter; a single one parts two words.
        let left = if behind > 1 {
            (behind - longer.min(behind - 1)).max(1)
        } else {
            behind
        };
        plain.extend(std::iter::repeat_n(' ', left));
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_says_something_decides() {
        let utf8 = |all: Option<&str>, ctype: Option<&str>, lang: Option<&str>| {
            named_utf8(|name| {
                let value = match name {
                    "LC_ALL" => all,
                    "LC_CTYPE" => ctype,
                    "LANG" => lang,
                    _ => None,
                };
                value.map(Into::into)
            })
        };
        assert!(utf8(None, None, Some("en_GB.UTF-8")));
        assert!(utf8(None, Some("C.utf8"), Some("C")));
        assert!(utf8(Some(""), None, Some("C.UTF-8")));
        assert!(!utf8(Some("C"), Some("C.UTF-8"), Some("C.UTF-8")));
        assert!(!utf8(None, Some("de_DE.ISO-8859-1"), Some("de_DE.UTF-8")));
        assert!(!utf8(None, None, Some("POSIX")));
        assert!(!utf8(None, None, None));
    }

    #[test]
    fn columns_stay_below_each_other() {
        assert_eq!(ascii("plain"), "plain");
        assert_eq!(ascii("───\n 1 ██▌ 2"), "---\n 1 ### 2");
        assert_eq!(ascii("1 ± 2 in 2e²/h"), "1 +- 2 in 2e^2/h");
        assert_eq!(
            ascii("strip             Ḡ          ns"),
            "strip         G-bar          ns"
        );
        assert_eq!(ascii("Ḡ           mean 3"), "G-bar       mean 3");
        // A user's own letters stay.
        assert_eq!(ascii("wrote données.npy"), "wrote données.npy");
    }

    #[test]
    fn every_replacement_is_ascii() {
        for (letter, name) in LETTERS {
            assert!(!letter.is_ascii() && name.is_ascii() && !name.is_empty());
        }
    }
}
