//! Numbers as checkpoints store them, and the tensors they make.

use candle_core::{Device, Tensor};
use half::{bf16, f16};

use super::{corrupt, unsupported};
use crate::error::Result;

/// How a number is stored, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    F64,
    F32,
    F16,
    BF16,
    /// A whole number or a truth value of so many bytes: counters, never weights.
    Whole(usize),
}

impl Kind {
    /// Returns the kind of a PyTorch storage class.
    pub(super) fn of_storage(class: &str) -> Option<Self> {
        Some(match class.rsplit('.').next()? {
            "DoubleStorage" => Self::F64,
            "FloatStorage" => Self::F32,
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::BF16,
            "LongStorage" => Self::Whole(8),
            "IntStorage" => Self::Whole(4),
            "ShortStorage" => Self::Whole(2),
            "ByteStorage" | "CharStorage" | "BoolStorage" => Self::Whole(1),
            _ => return None,
        })
    }

    /// Returns the kind of a safetensors tensor.
    pub(super) fn of_safetensors(dtype: safetensors::Dtype) -> Option<Self> {
        use safetensors::Dtype;
        Some(match dtype {
            Dtype::F64 => Self::F64,
            Dtype::F32 => Self::F32,
            Dtype::F16 => Self::F16,
            Dtype::BF16 => Self::BF16,
            Dtype::I64 | Dtype::U64 => Self::Whole(8),
            Dtype::I32 | Dtype::U32 => Self::Whole(4),
            Dtype::I16 | Dtype::U16 => Self::Whole(2),
            Dtype::I8 | Dtype::U8 | Dtype::BOOL => Self::Whole(1),
            _ => return None,
        })
    }

    /// The bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Whole(size) => size,
        }
    }

    /// Its name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::F64 => "f64",
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::BF16 => "bf16",
            Self::Whole(_) => "whole",
        }
    }

    fn number(self, bytes: &[u8]) -> Option<f32> {
        Some(match self {
            Self::F64 => f64::from_le_bytes(bytes.try_into().ok()?) as f32,
            Self::F32 => f32::from_le_bytes(bytes.try_into().ok()?),
            Self::F16 => f16::from_le_bytes(bytes.try_into().ok()?).to_f32(),
            Self::BF16 => bf16::from_le_bytes(bytes.try_into().ok()?).to_f32(),
            Self::Whole(_) => return None,
        })
    }
}

/// No weight of any network has so long a side.
const LONGEST_SIDE: usize = 1 << 24;
const MOST_DIMENSIONS: usize = 8;

/// A tensor in a file: which numbers of which run of bytes.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) dims: Vec<usize>,
    /// How far apart neighbours along each dimension are, in numbers.
    pub(super) strides: Vec<usize>,
    /// Where the first number is, in bytes of the file.
    pub(super) start: usize,
}

impl Place {
    /// Places a tensor in a run of `count` numbers that begins at the file's byte `start`, `offset`
    /// numbers behind.
    ///
    /// # Errors
    /// When the tensor does not fit into the run, or repeats its numbers.
    pub(super) fn new(
        kind: Kind,
        (dims, strides): (Vec<usize>, Vec<usize>),
        (start, count): (usize, usize),
        offset: usize,
    ) -> Result<Self> {
        let wild = dims.len() != strides.len() || dims.len() > MOST_DIMENSIONS;
        if wild || dims.iter().any(|&side| side > LONGEST_SIDE) {
            return Err(corrupt(format!("a tensor claims the shape {dims:?}")));
        }
        let volume = volume(&dims).filter(|&volume| volume <= count);
        let mut steps = dims.iter().zip(&strides);
        let last = steps.try_fold(offset, |last, (&side, &stride)| {
            last.checked_add(side.saturating_sub(1).checked_mul(stride)?)
        });
        let fits =
            volume.is_some_and(|volume| volume == 0 || last.is_some_and(|last| last < count));
        let start = offset
            .checked_mul(kind.size())
            .and_then(|behind| start.checked_add(behind));
        match start {
            Some(start) if fits => Ok(Self {
                kind,
                dims,
                strides,
                start,
            }),
            _ => Err(corrupt(format!(
                "a tensor of the shape {dims:?} does not fit into its {count} numbers"
            ))),
        }
    }

    /// Makes the tensor, in single precision.
    ///
    /// # Errors
    /// When it holds whole numbers, or numbers that are not finite.
    pub(super) fn tensor(&self, name: &str, file: &[u8]) -> Result<Tensor> {
        let size = self.kind.size();
        let numbers: Option<Vec<f32>> = if self.strides == row_major(&self.dims) {
            let end = self.start + volume(&self.dims).unwrap_or(0) * size;
            let bytes = file.get(self.start..end).unwrap_or_default();
            let numbers = bytes.chunks_exact(size);
            numbers.map(|bytes| self.kind.number(bytes)).collect()
        } else {
            let number = |index: usize| {
                let start = self.start + index * size;
                self.kind.number(file.get(start..start + size)?)
            };
            self.places().into_iter().map(number).collect()
        };
        let numbers = numbers.ok_or_else(|| {
            unsupported(format!(
                "“{name}” is stored as {} numbers, not as weights are",
                self.kind.name()
            ))
        })?;
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(corrupt(format!(
                "“{name}” holds numbers that are not finite"
            )));
        }
        Ok(Tensor::from_vec(
            numbers,
            self.dims.as_slice(),
            &Device::Cpu,
        )?)
    }

    /// The numbers' places behind the first, row-major.
    fn places(&self) -> Vec<usize> {
        if self.dims.contains(&0) {
            return Vec::new();
        }
        let mut places = vec![0];
        for (&side, &stride) in self.dims.iter().zip(&self.strides) {
            let rows = places.into_iter();
            places = rows
                .flat_map(|row| (0..side).map(move |step| row + step * stride))
                .collect();
        }
        places
    }
}

/// The strides of a tensor whose numbers follow each other.
pub(super) fn row_major(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; dims.len()];
    for place in (1..dims.len()).rev() {
        strides[place - 1] = strides[place].saturating_mul(dims[place]);
    }
    strides
}

/// The number of a shape's numbers, if it can be counted.
pub(super) fn volume(dims: &[usize]) -> Option<usize> {
    dims.iter()
        .try_fold(1_usize, |volume, &side| volume.checked_mul(side))
}
