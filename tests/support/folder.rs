//! Folders, compared byte by byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The content of every file in a folder and its folders, by its path within.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Reads a whole folder; an empty map if it is not there.
///
/// # Panics
/// If something in it cannot be read.
#[must_use]
pub fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    collect(folder, folder, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Files) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("a path within").to_owned();
            found.insert(name, fs::read(&path).expect("a readable file"));
        }
    }
}

/// Insists on the same files with the same bytes.
///
/// # Panics
/// With the names of the files that differ.
#[track_caller]
pub fn assert_same(found: &Files, expected: &Files, what: &str) {
    let differing: Vec<&PathBuf> = expected
        .keys()
        .chain(found.keys())
        .filter(|&name| found.get(name) != expected.get(name))
        .collect();
    assert!(differing.is_empty(), "{what}: {differing:?} differ");
}
