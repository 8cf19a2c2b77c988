//! PyTorch's files from before version 1.6: pickles one after the other, then the numbers.
//!
//! In order: a magic number, a version, facts about the machine, what was saved, the names of the
//! storages, and each storage's count of numbers followed by the numbers.

use std::collections::HashMap;
use std::ops::Range;

use super::archive::number;
use super::pickle::{Pickle, Value};
use super::{corrupt, unsupported};
use crate::error::Result;

/// The pickled magic number.
pub(super) const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
const VERSION: i64 = 1001;

/// Reads what was saved, and where the numbers of each storage lie.
///
/// # Errors
/// When the file is cut off or of an unknown version.
pub(super) fn read(bytes: &[u8]) -> Result<(Pickle, HashMap<String, Range<usize>>)> {
    let mut at = MAGIC.len();
    let mut next = || -> Result<(Pickle, usize)> {
        let pickle = Pickle::read(bytes.get(at..).unwrap_or_default())?;
        at += pickle.length;
        Ok((pickle, at))
    };
    let (version, _) = next()?;
    if version.value(version.root) != &Value::Number(VERSION) {
        return Err(unsupported("the checkpoint is of an unknown old version"));
    }
    next()?;
    let (saved, _) = next()?;
    let (names, numbers_start) = next()?;
    let places = places(bytes, numbers_start, &saved, &names)?;
    Ok((saved, places))
}

fn places(
    bytes: &[u8],
    mut at: usize,
    saved: &Pickle,
    names: &Pickle,
) -> Result<HashMap<String, Range<usize>>> {
    let sizes: HashMap<&str, usize> = saved
        .values()
        .iter()
        .filter_map(|value| match value {
            Value::Storage(storage) => Some((storage.key.as_str(), storage.kind.size())),
            _ => None,
        })
        .collect();
    let Value::Sequence(keys) = names.value(names.root) else {
        return Err(corrupt("the checkpoint does not name its storages"));
    };
    let mut places = HashMap::new();
    for &key in keys {
        let Value::Text(key) = names.value(key) else {
            return Err(corrupt("the checkpoint does not name its storages"));
        };
        let size = sizes.get(key.as_str());
        let range = size.and_then(|&size| {
            let count = usize::try_from(number(bytes, at, 8)?).ok()?;
            let start = at + 8;
            let end = start.checked_add(count.checked_mul(size)?)?;
            (end <= bytes.len()).then_some(start..end)
        });
        let range = range.ok_or_else(|| {
            corrupt("the checkpoint ends before its numbers do: it was cut off or changed")
        })?;
        at = range.end;
        places.insert(key.clone(), range);
    }
    Ok(places)
}
