//! Samples as a file stores them: whole numbers, and the line that makes modality values of them.

use super::SharedBytes;

/// What one stored sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// A whole number from 0 to 255.
    Byte,
    /// A whole number from −128 to 127.
    SignedByte,
    /// A whole number from 0 to 65,535, the lower byte first.
    Word,
    /// A whole number from −32,768 to 32,767, the lower byte first.
    SignedWord,
    /// A real number of 32 bits.
    Real,
}

impl Storage {
    /// Returns the bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::Byte | Self::SignedByte => 1,
            Self::Word | Self::SignedWord => 2,
            Self::Real => 4,
        }
    }
}

/// What turns stored whole numbers into modality values: `slope · stored + intercept`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Modality units per stored unit.
    pub slope: f64,
    /// The modality value of the stored value 0.
    pub intercept: f64,
}

impl Line {
    /// The line by which stored values are the modality values.
    pub const IDENTITY: Self = Self {
        slope: 1.0,
        intercept: 0.0,
    };

    /// Reports whether every stored value has a finite modality value.
    pub fn is_finite(self) -> bool {
        let most = f64::from(u16::MAX);
        self.value(most).is_finite() && self.value(-most).is_finite()
    }

    /// Returns the modality value of a stored one.
    pub fn value(self, stored: f64) -> f32 {
        (self.slope * stored + self.intercept) as f32
    }
}

/// Samples as whole numbers, and the line that makes modality values of them.
#[derive(Clone)]
pub struct Whole {
    pub(super) storage: Storage,
    pub(super) line: Line,
    pub(super) bytes: SharedBytes,
}

impl Whole {
    /// Returns what a sample is.
    pub fn storage(&self) -> Storage {
        self.storage
    }

    /// Returns what makes modality values of them.
    pub fn line(&self) -> Line {
        self.line
    }

    /// Returns them as they are stored, the lower byte first.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the least and the greatest of their modality values; `None` where there are none.
    pub fn extremes(&self) -> Option<(f32, f32)> {
        fn of<T: Ord + Copy + Into<f64>>(
            mut stored: impl Iterator<Item = T>,
        ) -> Option<(f64, f64)> {
            let first = stored.next()?;
            let (least, greatest) = stored.fold((first, first), |(least, greatest), stored| {
                (least.min(stored), greatest.max(stored))
            });
            Some((least.into(), greatest.into()))
        }
        let bytes = self.bytes();
        let (words, _) = bytes.as_chunks::<2>();
        let (least, greatest) = match self.storage {
            Storage::Byte => of(bytes.iter().copied()),
            Storage::SignedByte => of(bytes.iter().map(|byte| byte.cast_signed())),
            Storage::Word => of(words.iter().map(|word| u16::from_le_bytes(*word))),
            Storage::SignedWord => of(words.iter().map(|word| i16::from_le_bytes(*word))),
            Storage::Real => None,
        }?;
        let ends = (self.line.value(least), self.line.value(greatest));
        Some((ends.0.min(ends.1), ends.0.max(ends.1)))
    }

    pub(super) fn at(&self, index: usize) -> f32 {
        let mut value = [0.0];
        self.read(index, &mut value);
        value[0]
    }

    /// Writes the modality values from an index on.
    pub(super) fn read(&self, first: usize, values: &mut [f32]) {
        let width = self.storage.bytes();
        let bytes = &self.bytes()[first * width..][..values.len() * width];
        let (words, _) = bytes.as_chunks::<2>();
        match self.storage {
            Storage::Byte => self.put(bytes, |byte| *byte, values),
            Storage::SignedByte => self.put(bytes, |byte| byte.cast_signed(), values),
            Storage::Word => self.put(words, |word| u16::from_le_bytes(*word), values),
            Storage::SignedWord => self.put(words, |word| i16::from_le_bytes(*word), values),
            Storage::Real => {}
        }
    }

    fn put<S, T>(&self, stored: &[S], number: impl Fn(&S) -> T, values: &mut [f32])
    where
        T: Into<f32> + Into<f64>,
    {
        let pairs = values.iter_mut().zip(stored);
        // A loop of its own for what most films are.
        if self.line == Line::IDENTITY {
            pairs.for_each(|(value, stored)| *value = number(stored).into());
        } else {
            pairs.for_each(|(value, stored)| *value = self.line.value(number(stored).into()));
        }
    }
}
