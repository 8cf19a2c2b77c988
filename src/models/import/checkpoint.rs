//! A checkpoint on disk: PyTorch's archive or its older form, or safetensors; told by content.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::Path;

use candle_core::Tensor;

use super::numbers::{Kind, Place, row_major, volume};
use super::pickle::Pickle;
use super::torch::{self, TensorView};
use super::{archive, corrupt, legacy, unsupported};
use crate::error::{Error, ErrorKind, Result};

/// No public checkpoint of these networks, with all its optimiser's moments, is larger.
const MOST_BYTES: u64 = 8 << 30;

/// The tensors of a checkpoint by their paths in it, not yet read.
pub struct Checkpoint {
    bytes: Vec<u8>,
    tensors: BTreeMap<String, Place>,
    /// Python classes and functions that the file names and that were not read.
    pub unread: BTreeSet<String>,
}

impl Checkpoint {
    /// Reads a checkpoint file whole.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or holds no tensors that this program can read.
    pub fn read(path: &Path) -> Result<Self> {
        let unreadable = |cause: &std::io::Error| {
            Error::new(
                ErrorKind::Unreadable,
                format!("the checkpoint cannot be read: {cause}"),
                "Name a checkpoint file that exists.",
            )
        };
        let facts = std::fs::metadata(path).map_err(|cause| unreadable(&cause))?;
        if !facts.is_file() {
            return Err(unreadable(&std::io::Error::other("it is no regular file")));
        }
        if facts.len() > MOST_BYTES {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!(
                    "the checkpoint has {} MiB; the limit is {} MiB",
                    facts.len() >> 20,
                    MOST_BYTES >> 20
                ),
                "Save the state dicts alone, without the optimiser.",
            ));
        }
        Self::parse(std::fs::read(path).map_err(|cause| unreadable(&cause))?)
    }

    /// Takes the bytes of a checkpoint file.
    ///
    /// # Errors
    /// When they hold no tensors that this program can read.
    pub fn parse(bytes: Vec<u8>) -> Result<Self> {
        let (tensors, unread) = if bytes.starts_with(archive::MAGIC) {
            of_archive(&bytes)?
        } else if bytes.starts_with(legacy::MAGIC) {
            let (pickle, places) = legacy::read(&bytes)?;
            (
                place(&pickle, |key| places.get(key).cloned())?,
                pickle.unread,
            )
        } else if looks_like_safetensors(&bytes) {
            (of_safetensors(&bytes)?, BTreeSet::new())
        } else {
            return Err(unknown(&bytes));
        };
        if tensors.is_empty() {
            return Err(unsupported("the checkpoint holds no tensors"));
        }
        Ok(Self {
            bytes,
            tensors,
            unread,
        })
    }

    /// Returns the paths of all tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Returns a tensor's shape, if there is such a tensor.
    pub fn dims(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|place| place.dims.as_slice())
    }

    /// Returns how a tensor's numbers are stored, as in `f32`.
    pub fn stored_as(&self, name: &str) -> Option<&'static str> {
        self.tensors.get(name).map(|place| place.kind.name())
    }

    /// Reads a tensor, in single precision.
    ///
    /// # Errors
    /// When there is no such tensor, or it holds no finite fractions.
    pub fn tensor(&self, name: &str) -> Result<Tensor> {
        let place = self.tensors.get(name);
        let place = place.ok_or_else(|| Error::internal(format!("no tensor “{name}”")))?;
        place.tensor(name, &self.bytes)
    }
}

type Tensors = BTreeMap<String, Place>;

fn of_archive(bytes: &[u8]) -> Result<(Tensors, BTreeSet<String>)> {
    let files = archive::files(bytes)?;
    let pickled = files.iter().find_map(|(name, range)| {
        let folder = name.strip_suffix("data.pkl")?;
        (folder.is_empty() || folder.ends_with('/')).then_some((folder, range))
    });
    let Some((folder, range)) = pickled else {
        return Err(unsupported(
            "the archive holds no “data.pkl”, so PyTorch did not write it",
        ));
    };
    let order = files.get(&format!("{folder}byteorder"));
    if order.is_some_and(|range| bytes[range.clone()].starts_with(b"big")) {
        return Err(unsupported(
            "the checkpoint was written by a big-endian machine",
        ));
    }
    let pickle = Pickle::read(&bytes[range.clone()])?;
    let tensors = place(&pickle, |key| {
        files.get(&format!("{folder}data/{key}")).cloned()
    })?;
    Ok((tensors, pickle.unread))
}

/// Places a pickle's tensors where their storages lie.
fn place(pickle: &Pickle, storage: impl Fn(&str) -> Option<Range<usize>>) -> Result<Tensors> {
    let mut storages = HashMap::new();
    let views = torch::tensors(pickle)?;
    let places = views.into_iter().map(|(name, view)| {
        let TensorView {
            storage: numbers,
            offset,
            dims,
            strides,
        } = view;
        let found = storages.entry(numbers.key.clone());
        let found: &Option<Range<usize>> = found.or_insert_with(|| storage(&numbers.key));
        let length = found.as_ref().map_or(0, ExactSizeIterator::len);
        let claimed = numbers.count.checked_mul(numbers.kind.size());
        match found {
            Some(range) if claimed.is_some_and(|claimed| claimed <= length) => {
                let run = (range.start, numbers.count);
                let place = Place::new(numbers.kind, (dims, strides), run, offset)?;
                Ok((name, place))
            }
            _ => Err(corrupt(format!(
                "the numbers of “{name}” are missing: {} are claimed, the file has {length} bytes of them",
                numbers.count
            ))),
        }
    });
    places.collect()
}

/// A safetensors file begins with the length of its header, a JSON object.
fn looks_like_safetensors(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{')
        && archive::number(bytes, 0, 8).is_some_and(|length| length <= bytes.len() as u64)
}

fn of_safetensors(bytes: &[u8]) -> Result<Tensors> {
    let (header, metadata) = safetensors::SafeTensors::read_metadata(bytes)
        .map_err(|cause| corrupt(format!("the safetensors file cannot be parsed: {cause}")))?;
    let tensors = metadata.tensors().into_iter().map(|(name, facts)| {
        let kind = Kind::of_safetensors(facts.dtype)
            .ok_or_else(|| unsupported(format!("“{name}” is stored as {:?}", facts.dtype)))?;
        let count = volume(&facts.shape).unwrap_or(usize::MAX);
        let start = 8 + header + facts.data_offsets.0;
        let layout = (facts.shape.clone(), row_major(&facts.shape));
        Ok((name, Place::new(kind, layout, (start, count), 0)?))
    });
    tensors.collect()
}

/// Says what a file is when it is no checkpoint.
fn unknown(bytes: &[u8]) -> Error {
    let found = if bytes.is_empty() {
        "the file is empty"
    } else if bytes.starts_with(b"\x89HDF") {
        "the file is HDF5, as Keras writes it"
    } else if bytes.get(257..262) == Some(b"ustar") {
        "the file is a tar archive, as PyTorch wrote before version 0.1.10"
    } else if bytes.first() == Some(&0x80) {
        "the file is a plain Python pickle, not a checkpoint that PyTorch saved"
    } else {
        "the file is neither a PyTorch checkpoint nor safetensors"
    };
    unsupported(found)
}
