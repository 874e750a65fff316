//! Errors must be in our own words.

/// What an error's text has when it is a program's and not a person's: `{:?}` of a value, or the boxes
/// and colours that other libraries draw.
const FOREIGN: [&str; 11] = [
    "Error {",
    "Error(",
    "Err(",
    "Some(",
    "None)",
    "Os {",
    "Kind(",
    "kind: ",
    "Utf8Error",
    "panicked",
    "\u{1b}[",
];

/// Has a text a path of Rust, such as `io::Error`?
fn has_path(text: &str) -> bool {
    text.match_indices("::").any(|(place, colons)| {
        let (before, after) = (&text[..place], &text[place + colons.len()..]);
        before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphabetic)
    })
}

/// The longest that an error's text may be, beside what it quotes of the input.
const LONGEST: usize = 2000;

/// Makes sure of an error's text; what it quotes of the input is the input's.
///
/// # Panics
/// If it says nothing, is not in our words, or has too many of them.
pub(super) fn check(text: &str, input: &[u8]) {
    are_ours(text, input);
    assert!(text.len() <= LONGEST + 3 * input.len(), "too long: {text}");
}

/// The same for a text that may be as long as it likes, such as a help.
///
/// # Panics
/// If it says nothing, or is not in our words.
pub(super) fn are_ours(text: &str, input: &[u8]) {
    assert!(!text.trim().is_empty(), "an error without a word");
    // Some leave out what cannot be seen.
    let seen = |letter: &char| !letter.is_control();
    let quoted = String::from_utf8_lossy(input);
    let quoted = format!(
        "{quoted}{}",
        quoted.chars().filter(seen).collect::<String>()
    );
    for foreign in FOREIGN {
        assert!(
            !text.contains(foreign) || quoted.contains(foreign),
            "not our words: {text}"
        );
    }
    assert!(
        !has_path(text) || has_path(&quoted),
        "a path of Rust: {text}"
    );
    let boxes = |text: &str| text.contains(|letter| ('\u{2500}'..='\u{259f}').contains(&letter));
    assert!(!boxes(text) || boxes(&quoted), "a box: {text}");
}
