//! Several arrays in one file: `.npz`, which is a zip archive of `.npy` files.
//!
//! Nothing is compressed, and every array's size is known before its elements: so each has its place from the beginning, and all
//! of them grow side by side in one file, with no more memory than a buffer. No crate for zip archives writes that; the format
//! itself ([APPNOTE.TXT] 6.3, 4.3 and 4.5.3) is a few records of fixed form. All have 64-bit sizes, as those that NumPy
//! writes, and no date.
//!
//! [APPNOTE.TXT]: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crc32fast::Hasher;

use super::header::{f64_header, header};
use super::write::in_bytes;
use crate::files::{PendingFile, WriteError};

/// The version of the format that brought 64-bit sizes, and that of a maker on Unix.
const NEEDED: u16 = 45;
const MADE_BY: u16 = 3 << 8 | NEEDED;
/// 1 January 1980, the first day that there is: bytes must not depend on when they are written.
const DATE: u16 = 1 << 5 | 1;
/// A size or a place that stands, with 64 bits, somewhere else.
const ELSEWHERE: u32 = u32::MAX;
/// A file that its owner may write and everybody may read, as Unix has it.
const MODE: u32 = 0o100_644 << 16;
/// Between the beginning of a local header and its checksum.
const BEFORE_CHECKSUM: u64 = 14;

/// A `.npz` file in the making, which `numpy.load` reads: it takes its place when [`commit`](Self::commit) is called, and
/// leaves no trace if it is not. Equal contents are equal bytes.
///
/// # Example
/// ```
/// use landauer::npy::ArchiveWriter;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("two.npz");
/// let mut archive = ArchiveWriter::create(&path)?;
/// let x = archive.array("x", &[2, 2])?;
/// let y = archive.array("y", &[2])?;
/// // In parts, in any order.
/// archive.append(x, &[1.0, 2.0])?;
/// archive.append(y, &[0.5, 0.25])?;
/// archive.append(x, &[3.0, 4.0])?;
/// archive.text("about", "a test")?;
/// archive.commit()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ArchiveWriter {
    path: PathBuf,
    file: PendingFile,
    /// Where the file is being written.
    position: u64,
    /// Where the next member begins.
    end: u64,
    members: Vec<Member>,
}

/// One of the arrays of an [`ArchiveWriter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrayInArchive(usize);

/// A file in the archive.
#[derive(Debug)]
struct Member {
    name: String,
    /// Where its local header begins.
    begin: u64,
    /// Where its next byte belongs, and how many bytes are still to come.
    next: u64,
    left: u64,
    bytes: u64,
    checksum: Hasher,
}

impl ArchiveWriter {
    /// Begins an archive that shall stand at `path`.
    ///
    /// # Errors
    /// If the folder does not exist or cannot be written to.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        Ok(Self {
            path: path.to_owned(),
            file: PendingFile::create(path)?,
            position: 0,
            end: 0,
            members: Vec::new(),
        })
    }

    /// Makes room for an array of `f64` of this shape.
    ///
    /// # Errors
    /// A name that is there already, or is none of an array; a shape beyond what files can hold; a full disk.
    pub fn array(&mut self, name: &str, shape: &[u64]) -> Result<ArrayInArchive, WriteError> {
        let bytes = shape
            .iter()
            .try_fold(size_of::<f64>() as u64, |bytes, &axis| {
                bytes.checked_mul(axis)
            });
        let bytes = bytes.ok_or_else(|| self.refused("an array is larger than any file"))?;
        self.member(name, &f64_header(shape), bytes)
    }

    /// Adds a text, as an array without axes of one string.
    ///
    /// # Errors
    /// As [`array`](Self::array).
    pub fn text(&mut self, name: &str, text: &str) -> Result<(), WriteError> {
        let letters: Vec<u8> = text
            .chars()
            .flat_map(|letter| u32::from(letter).to_le_bytes())
            .collect();
        let descr = format!("<U{}", letters.len() / size_of::<u32>());
        let ArrayInArchive(place) =
            self.member(name, &header(&descr, &[]), letters.len() as u64)?;
        self.put(place, &letters)
    }

    /// Appends elements to an array.
    ///
    /// # Errors
    /// If the disk is full, or these are more elements than the shape has.
    pub fn append(&mut self, array: ArrayInArchive, values: &[f64]) -> Result<(), WriteError> {
        in_bytes(values, |bytes| self.put(array.0, bytes))
    }

    /// Hands everything so far to the operating system, which notices a full disk.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        let flushed = self.file.flush();
        flushed.map_err(|source| WriteError::new(&self.path, source))
    }

    /// Puts the archive in its place, over what stood there.
    ///
    /// # Errors
    /// If it cannot be written, or elements are missing.
    pub fn commit(mut self) -> Result<(), WriteError> {
        if self.members.iter().any(|member| member.left > 0) {
            return Err(self.refused("its number of elements is not that of its shape"));
        }
        let mut directory = Vec::new();
        for place in 0..self.members.len() {
            let member = &self.members[place];
            let checksum = member.checksum.clone().finalize();
            directory.extend(directory_entry(member, checksum));
            let at = member.begin + BEFORE_CHECKSUM;
            self.write(at, &checksum.to_le_bytes())?;
        }
        directory.extend(end_records(
            self.members.len() as u64,
            self.end,
            directory.len() as u64,
        ));
        self.write(self.end, &directory)?;
        self.file.commit()
    }

    /// Makes room for an array of so many bytes behind its header.
    fn member(
        &mut self,
        name: &str,
        header: &[u8],
        bytes: u64,
    ) -> Result<ArrayInArchive, WriteError> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.is_empty() || name.len() > 100 || !name.chars().all(is_plain) {
            return Err(self.refused("the name of an array has letters, digits and _ only"));
        }
        let name = format!("{name}.npy");
        if self.members.iter().any(|member| member.name == name) {
            return Err(self.refused("two arrays have the same name"));
        }
        let begin = self.end;
        let bytes = bytes.checked_add(header.len() as u64);
        let bytes = bytes.ok_or_else(|| self.refused("an array is larger than any file"))?;
        let local = local_header(&name, bytes);
        let next = begin + local.len() as u64;
        let end = next.checked_add(bytes).filter(|&end| end < 1 << 62);
        self.end = end.ok_or_else(|| self.refused("its arrays are larger than any file"))?;
        self.members.push(Member {
            name,
            begin,
            next,
            left: bytes,
            bytes,
            checksum: Hasher::new(),
        });
        let place = self.members.len() - 1;
        self.write(begin, &local)?;
        self.put(place, header)?;
        Ok(ArrayInArchive(place))
    }

    /// The next bytes of a member.
    fn put(&mut self, place: usize, bytes: &[u8]) -> Result<(), WriteError> {
        let found = self.members.get_mut(place);
        let room = found.and_then(|member| {
            member.left = member.left.checked_sub(bytes.len() as u64)?;
            member.checksum.update(bytes);
            let at = member.next;
            member.next += bytes.len() as u64;
            Some(at)
        });
        let at = room.ok_or_else(|| self.refused("an array has more elements than its shape"))?;
        self.write(at, bytes)
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<(), WriteError> {
        let mut write = || -> io::Result<()> {
            if at != self.position {
                self.file.seek(SeekFrom::Start(at))?;
            }
            self.file.write_all(bytes)
        };
        let written = write();
        self.position = at + bytes.len() as u64;
        written.map_err(|source| WriteError::new(&self.path, source))
    }

    /// A defect of the caller, which must not become a damaged file.
    fn refused(&self, reason: &'static str) -> WriteError {
        WriteError::new(&self.path, io::Error::other(reason))
    }
}

/// Fields of a record, lowest byte first.
struct Record(Vec<u8>);

impl Record {
    fn new(signature: u32) -> Self {
        Self(signature.to_le_bytes().to_vec())
    }

    fn short(mut self, values: &[u16]) -> Self {
        self.0
            .extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self
    }

    fn word(mut self, values: &[u32]) -> Self {
        self.0
            .extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self
    }

    fn long(mut self, values: &[u64]) -> Self {
        self.0
            .extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self
    }

    fn name(mut self, name: &str) -> Self {
        self.0.extend(name.as_bytes());
        self
    }
}

/// A name has at most 104 bytes.
fn name_length(name: &str) -> u16 {
    u16::try_from(name.len()).unwrap_or(u16::MAX)
}

/// What stands before a member's bytes; its checksum comes later.
fn local_header(name: &str, bytes: u64) -> Vec<u8> {
    Record::new(0x0403_4b50)
        // Flags, the method (stored), time, date.
        .short(&[NEEDED, 0, 0, 0, DATE])
        .word(&[0, ELSEWHERE, ELSEWHERE])
        .short(&[name_length(name), 20])
        .name(name)
        // The 64-bit sizes: plain and compressed, which is the same.
        .short(&[1, 16])
        .long(&[bytes, bytes])
        .0
}

/// What the directory says of a member.
fn directory_entry(member: &Member, checksum: u32) -> Vec<u8> {
    let Member {
        name, begin, bytes, ..
    } = member;
    Record::new(0x0201_4b50)
        .short(&[MADE_BY, NEEDED, 0, 0, 0, DATE])
        .word(&[checksum, ELSEWHERE, ELSEWHERE])
        // No comment, the first disk, and nothing known of the content.
        .short(&[name_length(name), 28, 0, 0, 0])
        .word(&[MODE, ELSEWHERE])
        .name(name)
        .short(&[1, 24])
        .long(&[*bytes, *bytes, *begin])
        .0
}

/// What stands behind the directory of so many members.
fn end_records(members: u64, directory: u64, bytes: u64) -> Vec<u8> {
    let mut end = Record::new(0x0606_4b50)
        // The bytes of the rest of this record.
        .long(&[44])
        .short(&[MADE_BY, NEEDED])
        .word(&[0, 0])
        .long(&[members, members, bytes, directory])
        .0;
    // Where that record is, on the first of one disk.
    let locator = Record::new(0x0706_4b50)
        .word(&[0])
        .long(&[directory + bytes])
        .word(&[1]);
    end.extend(locator.0);
    let few = u16::try_from(members).unwrap_or(u16::MAX);
    let last = Record::new(0x0605_4b50)
        .short(&[0, 0, few, few])
        .word(&[ELSEWHERE, ELSEWHERE])
        .short(&[0]);
    end.extend(last.0);
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &Path) -> Vec<u8> {
        let mut archive = ArchiveWriter::create(path).unwrap();
        let x = archive.array("x", &[3, 2]).unwrap();
        let y = archive.array("y", &[1]).unwrap();
        archive.append(x, &[1.0, 2.0]).unwrap();
        archive.append(y, &[-0.5]).unwrap();
        archive.text("config", "{\"Ḡ\": 1}").unwrap();
        archive.append(x, &[3.0, 4.0, 5.0, 6.0]).unwrap();
        assert!(!path.exists());
        archive.commit().unwrap();
        let bytes = std::fs::read(path).unwrap();
        std::fs::remove_file(path).unwrap();
        bytes
    }

    /// Sums of what the directory says are those of the bytes, by the plainest definition of the checksum.
    #[test]
    fn every_member_is_where_the_directory_says_with_its_checksum() {
        fn crc32(bytes: &[u8]) -> u32 {
            !bytes.iter().fold(u32::MAX, |sum, &byte| {
                (0..8).fold(sum ^ u32::from(byte), |sum, _| {
                    sum >> 1 ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }
                })
            })
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npz");
        let bytes = written(&path);
        assert_eq!(bytes, written(&path));
        let long = |at: usize| {
            let bytes = bytes[at..at + 8].try_into().unwrap();
            usize::try_from(u64::from_le_bytes(bytes)).unwrap()
        };
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        // The last record, the locator before it, and what it locates.
        let locator = bytes.len() - 22 - 20;
        assert_eq!(
            [word(locator), word(locator + 20)],
            [0x0706_4b50, 0x0605_4b50]
        );
        let end = long(locator + 8);
        assert_eq!((word(end), long(end + 24)), (0x0606_4b50, 3));
        let mut entry = long(end + 48);
        let mut found = Vec::new();
        for _ in 0..3 {
            assert_eq!(word(entry), 0x0201_4b50);
            let name = usize::from(bytes[entry + 28]);
            let extra = entry + 46 + name;
            let (size, begin) = (long(extra + 4), long(extra + 20));
            assert_eq!(
                (word(begin), word(begin + 14)),
                (0x0403_4b50, word(entry + 16))
            );
            let content = &bytes[begin + 30 + name + 20..][..size];
            assert_eq!(crc32(content), word(entry + 16));
            let name = str::from_utf8(&bytes[entry + 46..extra]).unwrap();
            found.push((name, content));
            entry = extra + 28;
        }
        assert_eq!(entry, end);
        let x = [1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0].map(f64::to_le_bytes);
        let text: Vec<u8> = "{\"Ḡ\": 1}"
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        assert_eq!(
            found,
            [
                ("x.npy", &[f64_header(&[3, 2]), x.concat()].concat()[..]),
                (
                    "y.npy",
                    &[f64_header(&[1]), (-0.5_f64).to_le_bytes().to_vec()].concat()
                ),
                ("config.npy", &[header("<U8", &[]), text].concat()),
            ]
        );
    }

    #[test]
    fn a_miscounted_or_ambiguous_archive_never_appears() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npz");
        let mut archive = ArchiveWriter::create(&path).unwrap();
        let x = archive.array("x", &[2]).unwrap();
        for name in ["x", "", "../x", "é"] {
            archive.array(name, &[1]).unwrap_err();
        }
        archive.array("y", &[1 << 40, 1 << 40]).unwrap_err();
        archive.append(x, &[1.0, 2.0, 3.0]).unwrap_err();
        archive.append(ArrayInArchive(7), &[1.0]).unwrap_err();
        archive.append(x, &[1.0]).unwrap();
        archive.commit().unwrap_err();
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
