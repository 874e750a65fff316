//! Opens an address in the user's browser.

use std::process::{Command, Stdio};

/// The commands that open an address, the first that there is; none if there is no screen to open it on.
#[cfg(target_os = "macos")]
const OPENERS: &[&[&str]] = &[&["open"]];
#[cfg(windows)]
const OPENERS: &[&[&str]] = &[&["cmd", "/c", "start", ""]];
#[cfg(not(any(target_os = "macos", windows)))]
const OPENERS: &[&[&str]] = &[&["xdg-open"], &["wslview"]];

/// Opens it if that is possible; who sees no browser has the address on the screen.
pub(super) fn open(url: &str) {
    for opener in OPENERS {
        let Some((program, words)) = opener.split_first() else {
            continue;
        };
        let mut command = Command::new(program);
        command.args(words).arg(url);
        // What a browser says is not this program's.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if command.spawn().is_ok() {
            return;
        }
    }
}
