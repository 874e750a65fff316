//! Paths of files that a command shall write.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// An option, the path that was given for it, and the extensions that this may have.
pub(super) type Named<'p> = (&'static str, &'p Path, &'static [&'static str]);

/// Refuses extensions that have no meaning, and paths that would overwrite each other or one of the
/// `inputs`.
pub(super) fn check<'i, 'p>(
    inputs: impl Iterator<Item = &'i Path>,
    outputs: impl Iterator<Item = Named<'p>>,
) -> Result<(), Failure> {
    let mut taken: Vec<(PathBuf, &str)> = inputs
        .map(|input| (same_for_all_names(input), "an input"))
        .collect();
    for (option, path, endings) in outputs {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        if !endings.contains(&ending) {
            return Err(Failure::usage(format!(
                "{option} {}: the name must end in .{}",
                path.display(),
                endings.join(" or .")
            )));
        }
        let place = same_for_all_names(path);
        if let Some((_, owner)) = taken.iter().find(|(other, _)| *other == place) {
            return Err(Failure::usage(format!(
                "{option} {} would overwrite {owner}: choose another name",
                path.display()
            )));
        }
        taken.push((place, option));
    }
    Ok(())
}

/// The path without links and dots, as far as it exists: equal paths are equal files.
fn same_for_all_names(path: &Path) -> PathBuf {
    if let Ok(whole) = fs::canonicalize(path) {
        return whole;
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match (fs::canonicalize(folder), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
