//! A folder of small files, one of which is what the input says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

/// Files by their path in a folder.
pub(super) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A place for folders that are what an input says.
pub(super) struct Folder {
    place: TempDir,
    /// What [`read_only`](Self::read_only) made last, and where.
    made: Mutex<(PathBuf, Files)>,
}

impl Folder {
    /// A place in memory, if there is one.
    pub(super) fn new() -> Self {
        let mut builder = tempfile::Builder::new();
        builder.prefix("landauer-hostile-");
        let memory = Path::new("/dev/shm");
        let place = if std::env::var_os("TMPDIR").is_none() && memory.is_dir() {
            builder.tempdir_in(memory)
        } else {
            builder.tempdir()
        };
        Self {
            place: place.expect("a temporary folder"),
            made: Mutex::default(),
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
            write(&folder.join(file), bytes);
        }
        folder
    }

    /// The same for one that nobody else writes to: only what differs from the last time is written.
    pub(super) fn read_only(&self, name: &str, files: &Files) -> PathBuf {
        let folder = self.path(name);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.0 != folder {
            *made = (self.put(name, &Files::new()), Files::new());
        }
        let there = &mut made.1;
        for (file, _) in there.extract_if(.., |file, _| !files.contains_key(file)) {
            fs::remove_file(folder.join(file)).expect("it is there");
        }
        for (file, bytes) in files {
            if there.get(file) != Some(bytes) {
                write(&folder.join(file), bytes);
                there.insert(file.clone(), bytes.clone());
            }
        }
        folder
    }
}

fn write(file: &Path, bytes: &[u8]) {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).expect("a folder");
    }
    fs::write(file, bytes).expect("a file");
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
