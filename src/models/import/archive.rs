//! What a zip archive holds and where. Only stored (uncompressed) files, which is all that PyTorch
//! writes: nothing can grow while it is read.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{corrupt, unsupported};
use crate::error::Result;

/// A zip archive begins with its first file.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";
const END: &[u8] = b"PK\x05\x06";
const LONG_END: &[u8] = b"PK\x06\x06";
const LONG_END_LOCATOR: &[u8] = b"PK\x06\x07";
const ENTRY: &[u8] = b"PK\x01\x02";
/// The fixed length of the end record, and the longest comment behind it.
const END_BYTES: usize = 22;
const LONGEST_COMMENT: usize = 0xffff;
/// Stands for a number that is kept in 64 bits elsewhere.
const ELSEWHERE: u64 = 0xffff_ffff;

/// Returns the files of an archive by name, as ranges of its bytes.
///
/// # Errors
/// When the archive is cut off or contradicts itself, or holds compressed files.
pub(super) fn files(bytes: &[u8]) -> Result<BTreeMap<String, Range<usize>>> {
    let (mut at, count) = directory(bytes).ok_or_else(cut_off)?;
    let mut files = BTreeMap::new();
    for _ in 0..count {
        let entry = Entry::read(bytes, at).ok_or_else(cut_off)?;
        if entry.encrypted {
            return Err(unsupported(format!(
                "“{}” in the archive is encrypted",
                entry.name
            )));
        }
        if entry.compressed {
            return Err(unsupported(format!(
                "“{}” in the archive is compressed, which PyTorch never does",
                entry.name
            )));
        }
        let range = entry.place(bytes).ok_or_else(cut_off)?;
        // PyTorch can be told not to compute sums; then they are zero.
        if entry.sum != 0 && entry.sum != checksum(&bytes[range.clone()]) {
            return Err(corrupt(format!(
                "“{}” in the archive has changed since it was written",
                entry.name
            )));
        }
        at = entry.end;
        files.insert(entry.name, range);
    }
    Ok(files)
}

fn cut_off() -> crate::Error {
    corrupt("the archive's directory is missing or contradicts the file: it was cut off or changed")
}

/// Returns where the directory begins and how many files it lists.
fn directory(bytes: &[u8]) -> Option<(usize, u64)> {
    let last = bytes.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(LONGEST_COMMENT);
    let end = (first..=last)
        .rev()
        .find(|&at| bytes[at..].starts_with(END))?;
    let (count, start) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    if count != 0xffff && start != ELSEWHERE {
        return Some((usize::try_from(start).ok()?, count));
    }
    let locator = end.checked_sub(20)?;
    if !bytes[locator..].starts_with(LONG_END_LOCATOR) {
        return None;
    }
    let end = usize::try_from(number(bytes, locator + 8, 8)?).ok()?;
    if !bytes.get(end..)?.starts_with(LONG_END) {
        return None;
    }
    let start = number(bytes, end.checked_add(48)?, 8)?;
    Some((usize::try_from(start).ok()?, number(bytes, end + 32, 8)?))
}

/// One line of the directory.
struct Entry {
    name: String,
    compressed: bool,
    encrypted: bool,
    size: u64,
    header: u64,
    sum: u32,
    /// Where the next line begins.
    end: usize,
}

impl Entry {
    fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let line = bytes.get(at..)?;
        if !line.starts_with(ENTRY) {
            return None;
        }
        let length = |at| number(line, at, 2).map(|length| length as usize);
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let extra_start = 46 + name;
        let mut entry = Self {
            name: String::from_utf8_lossy(line.get(46..extra_start)?).into_owned(),
            encrypted: number(line, 8, 2)? & 1 == 1,
            compressed: number(line, 10, 2)? != 0,
            size: number(line, 24, 4)?,
            header: number(line, 42, 4)?,
            sum: number(line, 16, 4)? as u32,
            end: at + extra_start + extra + comment,
        };
        let packed = number(line, 20, 4)?;
        entry.widen(line.get(extra_start..extra_start + extra)?, packed)?;
        Some(entry)
    }

    /// Takes 64-bit numbers from the extra fields, in the order the format gives them.
    fn widen(&mut self, mut extra: &[u8], packed: u64) -> Option<()> {
        let wanted = [self.size, packed, self.header].map(|value| value == ELSEWHERE);
        if !wanted.contains(&true) {
            return Some(());
        }
        loop {
            let (kind, length) = (number(extra, 0, 2)?, number(extra, 2, 2)? as usize);
            let field = extra.get(4..4 + length)?;
            if kind == 1 {
                let mut at = 0;
                let mut next = |wanted: bool, value: u64| {
                    if !wanted {
                        return Some(value);
                    }
                    at += 8;
                    number(field, at - 8, 8)
                };
                self.size = next(wanted[0], self.size)?;
                next(wanted[1], packed)?;
                self.header = next(wanted[2], self.header)?;
                return Some(());
            }
            extra = &extra[4 + length..];
        }
    }

    /// Finds the file's bytes behind its own header.
    fn place(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let header = usize::try_from(self.header).ok()?;
        let line = bytes.get(header..)?;
        if !line.starts_with(MAGIC) {
            return None;
        }
        let names = number(line, 26, 2)? + number(line, 28, 2)?;
        let start = header.checked_add(30 + names as usize)?;
        let end = start.checked_add(usize::try_from(self.size).ok()?)?;
        (end <= bytes.len()).then_some(start..end)
    }
}

/// Reads a little-endian number of up to eight bytes.
pub(super) fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    let digits = bytes.iter().rev();
    Some(digits.fold(0, |number, &digit| number << 8 | u64::from(digit)))
}

/// CRC-32 as in zip: polynomial 0x04C11DB7, reflected.
fn checksum(bytes: &[u8]) -> u32 {
    let sum = bytes.iter().fold(!0, |sum: u32, &byte| {
        let place = (sum ^ u32::from(byte)) & 0xff;
        TABLE[place as usize] ^ (sum >> 8)
    });
    !sum
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut place = 0;
    while place < 256 {
        let mut sum = place as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = (sum >> 1) ^ (0xedb8_8320 * (sum & 1));
            bit += 1;
        }
        table[place] = sum;
        place += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_zip() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), 0);
    }
}
