//! A folder of small files, one of which is what the input says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Files by their path in a folder.
pub(super) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A place that is made anew for each input.
pub(super) struct Folder {
    place: TempDir,
}

impl Folder {
    /// A place for folders.
    pub(super) fn new() -> Self {
        let place = tempfile::Builder::new()
            .prefix("landauer-hostile-")
            .tempdir();
        Self {
            place: place.expect("a temporary folder"),
        }
    }

    /// A folder of this name there.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Makes the folder of this name hold these files and nothing else.
    pub(super) fn put(&self, name: &str, files: &Files) -> PathBuf {
        let folder = self.path(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        for (file, bytes) in files {
            let file = folder.join(file);
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent).expect("a folder");
            }
            fs::write(file, bytes).expect("a file");
        }
        folder
    }
}

/// All files in a folder and those in it, but for the locks.
pub(super) fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    collect(folder, Path::new(""), &mut found);
    found
}

fn collect(folder: &Path, inside: &Path, found: &mut Files) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = inside.join(entry.file_name());
        if entry.path().is_dir() {
            collect(&entry.path(), &name, found);
        } else if entry.file_name() != ".lock" {
            found.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
}

/// What an input says: its first byte, which file; its rest, the file's content.
pub(super) fn changed<'i>(files: &Files, input: &'i [u8]) -> Option<(PathBuf, &'i [u8])> {
    let (&which, content) = input.split_first()?;
    let file = files.keys().nth(usize::from(which) % files.len())?;
    Some((file.clone(), content))
}

/// The inputs that change nothing, one for each file that is not longer than this.
pub(super) fn unchanged(files: &Files, longest: usize) -> Vec<Vec<u8>> {
    let numbered = (0_u8..).zip(files.values());
    numbered
        .filter(|(_, bytes)| bytes.len() <= longest)
        .map(|(number, bytes)| [&[number][..], bytes].concat())
        .collect()
}

/// Sets the checksum at the end of `bytes` right: the CRC-32C of all before it.
pub(super) fn mend_end(bytes: &mut [u8]) {
    if let Some((body, sum)) = bytes.split_last_chunk_mut::<4>() {
        *sum = crc32c(body).to_le_bytes();
    }
}

/// The CRC-32C of some bytes.
pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(bytes)
}
