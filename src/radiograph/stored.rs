//! One frame exactly as its file stores it, before any table.
//!
//! Samples are little-endian at the file's own width, interleaved, masked and sign-extended where
//! that applies: these bytes are what `stored_sha256` hashes.

use super::{FrameBytes, FreshSamples, Line, Memory, Samples, SharedBytes, Storage};

/// How the samples of a frame lie in its bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleLayout {
    /// The number of columns.
    pub columns: usize,
    /// The number of rows.
    pub rows: usize,
    /// 1 for grey, 3 for colour; a picture file's transparency adds one.
    pub samples_per_pixel: usize,
    /// 1, 2 or 4; 8 for real numbers too.
    pub bytes_per_sample: usize,
    /// What its bytes mean.
    pub kind: SampleKind,
}

/// What a sample's bytes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// A whole number from 0.
    Unsigned,
    /// A whole number in two's complement.
    Signed,
    /// IEEE 754, of 4 or 8 bytes.
    Real,
}

impl SampleLayout {
    /// Returns the number of bytes of a frame; no film's sides reach overflow.
    pub fn frame_bytes(&self) -> usize {
        self.columns * self.rows * self.samples_per_pixel * self.bytes_per_sample
    }
}

/// One frame of stored samples.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFrame<'a> {
    /// How its samples lie.
    pub layout: SampleLayout,
    /// Exactly `layout.frame_bytes()` bytes; the file's own where they lie there as they are.
    pub bytes: FrameBytes<'a>,
}

impl StoredFrame<'_> {
    /// Returns the frame with bytes of its own.
    pub fn into_owned(self) -> StoredFrame<'static> {
        StoredFrame {
            layout: self.layout,
            bytes: self.bytes.into_owned(),
        }
    }

    /// Returns the samples of the pixel at a column and a row inside the frame.
    pub fn pixel(&self, x: usize, y: usize) -> Vec<f64> {
        let SampleLayout {
            columns,
            samples_per_pixel,
            bytes_per_sample,
            kind,
            ..
        } = self.layout;
        let start = (y * columns + x) * samples_per_pixel * bytes_per_sample;
        self.bytes[start..start + samples_per_pixel * bytes_per_sample]
            .chunks_exact(bytes_per_sample)
            .map(|sample| value(sample, kind))
            .collect()
    }

    /// Returns the samples as they are stored, with the line that makes modality values of them;
    /// `None` where they are not grey, not whole numbers of 8 or 16 bits, or the line leads out of
    /// 32-bit numbers.
    pub fn whole(&self, line: Line) -> Option<Samples> {
        let storage = match (self.layout.bytes_per_sample, self.layout.kind) {
            (1, SampleKind::Unsigned) => Storage::Byte,
            (1, SampleKind::Signed) => Storage::SignedByte,
            (2, SampleKind::Unsigned) => Storage::Word,
            (2, SampleKind::Signed) => Storage::SignedWord,
            _ => return None,
        };
        if self.layout.samples_per_pixel != 1 || !line.is_finite() {
            return None;
        }
        let bytes: SharedBytes = match &self.bytes {
            FrameBytes::Shared(bytes) => bytes.clone(),
            others => Memory::copied(others).into(),
        };
        Samples::of_whole(storage, line, bytes)
    }

    /// Returns every sample through a function, in one allocation.
    pub fn map(&self, value_of: impl Fn(f64) -> f32) -> Samples {
        let (bytes, kind) = (&*self.bytes, self.layout.kind);
        // A loop for each width, and one of its own for what most films are.
        match (self.layout.bytes_per_sample, kind) {
            (1, _) => mapped(bytes, |sample: [u8; 1]| value_of(value(&sample, kind))),
            (2, SampleKind::Unsigned) => mapped(bytes, |sample| {
                value_of(f64::from(u16::from_le_bytes(sample)))
            }),
            (2, _) => mapped(bytes, |sample: [u8; 2]| value_of(value(&sample, kind))),
            (4, _) => mapped(bytes, |sample: [u8; 4]| value_of(value(&sample, kind))),
            _ => mapped(bytes, |sample: [u8; 8]| value_of(value(&sample, kind))),
        }
    }

    /// Returns the luminance of red, green and blue samples (weights of ITU-R BT.601), exact where
    /// the three agree; a fourth sample is left out.
    pub fn luminance(&self) -> Samples {
        let width = self.layout.bytes_per_sample;
        let pixels = self
            .bytes
            .chunks_exact(width * self.layout.samples_per_pixel)
            .map(|pixel| {
                let channel = |index: usize| {
                    value(
                        &pixel[index * width..(index + 1) * width],
                        SampleKind::Unsigned,
                    )
                };
                luminance_of([channel(0), channel(1), channel(2)])
            });
        pixels.collect::<Vec<f32>>().into()
    }

    /// Reports whether any pixel has channels that differ: a grey picture stored as colour has not.
    pub fn coloured(&self) -> bool {
        let width = self.layout.bytes_per_sample;
        self.layout.samples_per_pixel >= 3
            && self
                .bytes
                .chunks_exact(width * self.layout.samples_per_pixel)
                .any(|pixel| {
                    pixel[..width] != pixel[width..2 * width]
                        || pixel[..width] != pixel[2 * width..3 * width]
                })
    }

    /// Returns the least and the greatest finite sample.
    pub fn extremes(&self) -> (f64, f64) {
        let kind = self.layout.kind;
        self.bytes
            .chunks_exact(self.layout.bytes_per_sample)
            .map(|sample| value(sample, kind))
            .filter(|sample| sample.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), sample| {
                (low.min(sample), high.max(sample))
            })
    }
}

fn mapped<const WIDTH: usize>(bytes: &[u8], sample_of: impl Fn([u8; WIDTH]) -> f32) -> Samples {
    let (stored, _) = bytes.as_chunks::<WIDTH>();
    let Some(mut samples) = FreshSamples::zeroed(Storage::Real, stored.len()) else {
        // Ends as any want of memory does.
        return stored
            .iter()
            .map(|&stored| sample_of(stored))
            .collect::<Vec<f32>>()
            .into();
    };
    for (sample, &stored) in samples.reals_mut().iter_mut().zip(stored) {
        *sample = sample_of(stored);
    }
    samples.share(Line::IDENTITY)
}

/// Returns the luminance of one pixel, in the unit of its channels.
pub fn luminance_of([red, green, blue]: [f64; 3]) -> f32 {
    ((299.0 * red + 587.0 * green + 114.0 * blue) / 1000.0) as f32
}

fn value(sample: &[u8], kind: SampleKind) -> f64 {
    use SampleKind::{Real, Signed, Unsigned};
    match (sample, kind) {
        (&[a], Unsigned) => f64::from(a),
        (&[a], Signed) => f64::from(a as i8),
        (&[a, b], Unsigned) => f64::from(u16::from_le_bytes([a, b])),
        (&[a, b], Signed) => f64::from(i16::from_le_bytes([a, b])),
        (&[a, b, c, d], Unsigned) => f64::from(u32::from_le_bytes([a, b, c, d])),
        (&[a, b, c, d], Signed) => f64::from(i32::from_le_bytes([a, b, c, d])),
        (&[a, b, c, d], Real) => f64::from(f32::from_le_bytes([a, b, c, d])),
        (&[a, b, c, d, e, f, g, h], Real) => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(
        samples_per_pixel: usize,
        bytes_per_sample: usize,
        kind: SampleKind,
        bytes: &[u8],
    ) -> StoredFrame<'_> {
        StoredFrame {
            layout: SampleLayout {
                columns: bytes.len() / samples_per_pixel / bytes_per_sample,
                rows: 1,
                samples_per_pixel,
                bytes_per_sample,
                kind,
            },
            bytes: bytes.into(),
        }
    }

    #[test]
    fn signed_samples_keep_their_sign() {
        let signed = frame(1, 2, SampleKind::Signed, &[0xff, 0xff, 0x00, 0x80]);
        assert_eq!(signed.extremes(), (-32768.0, -1.0));
        assert_eq!(signed.pixel(0, 0), [-1.0]);
        let unsigned = frame(1, 2, SampleKind::Unsigned, &[0xff, 0xff]);
        assert_eq!(unsigned.pixel(0, 0), [65535.0]);
    }

    #[test]
    fn real_numbers_are_read_at_both_widths_and_gaps_left_out() {
        let bytes: Vec<u8> = [0.25_f64, f64::NAN, -3.5]
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        let double = frame(1, 8, SampleKind::Real, &bytes);
        assert_eq!(double.pixel(2, 0), [-3.5]);
        assert_eq!(double.extremes(), (-3.5, 0.25));
        let half = 0.5_f32.to_le_bytes();
        let single = frame(1, 4, SampleKind::Real, &half);
        assert_eq!(single.pixel(0, 0), [0.5]);
    }

    #[test]
    fn luminance_of_equal_channels_is_that_channel() {
        let grey = frame(3, 1, SampleKind::Unsigned, &[77, 77, 77, 255, 255, 255]);
        assert!(!grey.coloured());
        assert_eq!(*grey.luminance().values(), [77.0, 255.0]);
        let red = frame(3, 1, SampleKind::Unsigned, &[255, 0, 0]);
        assert!(red.coloured());
        assert_eq!(*red.luminance().values(), [76.245]);
    }
}
