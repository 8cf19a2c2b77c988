//! One frame exactly as its file stores it, before any table.
//!
//! Samples are little-endian at the file's own width, interleaved, masked and sign-extended where
//! that applies: these bytes are what `stored_sha256` hashes. Values in modality units live in
//! `radiograph`.

use std::sync::Arc;

/// How the samples of a frame lie in its bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SampleLayout {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// 1 for grey, 3 for colour; a picture file's transparency adds one.
    pub(super) samples_per_pixel: usize,
    /// 1, 2 or 4.
    pub(super) bytes_per_sample: usize,
    pub(super) signed: bool,
}

impl SampleLayout {
    /// Returns the number of bytes of a frame; no film's sides reach overflow.
    pub(super) fn frame_bytes(&self) -> usize {
        self.columns * self.rows * self.samples_per_pixel * self.bytes_per_sample
    }
}

/// One frame of stored samples.
#[derive(Clone, Debug)]
pub(super) struct StoredFrame {
    pub(super) layout: SampleLayout,
    /// Exactly `layout.frame_bytes()` bytes.
    pub(super) bytes: Vec<u8>,
}

impl StoredFrame {
    /// Returns the samples of the pixel at a column and a row inside the frame.
    pub(super) fn pixel(&self, x: usize, y: usize) -> Vec<i64> {
        let SampleLayout {
            columns,
            samples_per_pixel,
            bytes_per_sample,
            signed,
            ..
        } = self.layout;
        let start = (y * columns + x) * samples_per_pixel * bytes_per_sample;
        self.bytes[start..start + samples_per_pixel * bytes_per_sample]
            .chunks_exact(bytes_per_sample)
            .map(|sample| value(sample, signed))
            .collect()
    }

    /// Returns every sample through a function, in one allocation.
    pub(super) fn map(&self, value_of: impl Fn(i64) -> f32) -> Arc<[f32]> {
        let signed = self.layout.signed;
        match self.layout.bytes_per_sample {
            1 => self
                .bytes
                .iter()
                .map(|b| value_of(value(&[*b], signed)))
                .collect(),
            width => self
                .bytes
                .chunks_exact(width)
                .map(|sample| value_of(value(sample, signed)))
                .collect(),
        }
    }

    /// Returns the luminance of red, green and blue samples (weights of ITU-R BT.601), exact where
    /// the three agree; a fourth sample is left out.
    pub(super) fn luminance(&self) -> Arc<[f32]> {
        let width = self.layout.bytes_per_sample;
        self.bytes
            .chunks_exact(width * self.layout.samples_per_pixel)
            .map(|pixel| {
                let channel =
                    |index: usize| value(&pixel[index * width..(index + 1) * width], false);
                luminance_of([channel(0), channel(1), channel(2)])
            })
            .collect()
    }

    /// Reports whether any pixel has channels that differ: a grey picture stored as colour has not.
    pub(super) fn coloured(&self) -> bool {
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

    /// Returns the least and the greatest sample.
    pub(super) fn extremes(&self) -> (i64, i64) {
        let signed = self.layout.signed;
        self.bytes
            .chunks_exact(self.layout.bytes_per_sample)
            .map(|sample| value(sample, signed))
            .fold((i64::MAX, i64::MIN), |(low, high), sample| {
                (low.min(sample), high.max(sample))
            })
    }
}

/// Returns the luminance of one pixel, in the unit of its channels.
pub(super) fn luminance_of([red, green, blue]: [i64; 3]) -> f32 {
    (299 * red + 587 * green + 114 * blue) as f32 / 1000.0
}

fn value(sample: &[u8], signed: bool) -> i64 {
    match (sample, signed) {
        (&[a], false) => i64::from(a),
        (&[a], true) => i64::from(a as i8),
        (&[a, b], false) => i64::from(u16::from_le_bytes([a, b])),
        (&[a, b], true) => i64::from(i16::from_le_bytes([a, b])),
        (&[a, b, c, d], false) => i64::from(u32::from_le_bytes([a, b, c, d])),
        (&[a, b, c, d], true) => i64::from(i32::from_le_bytes([a, b, c, d])),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(
        samples_per_pixel: usize,
        bytes_per_sample: usize,
        signed: bool,
        bytes: &[u8],
    ) -> StoredFrame {
        StoredFrame {
            layout: SampleLayout {
                columns: bytes.len() / samples_per_pixel / bytes_per_sample,
                rows: 1,
                samples_per_pixel,
                bytes_per_sample,
                signed,
            },
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn signed_samples_keep_their_sign() {
        let signed = frame(1, 2, true, &[0xff, 0xff, 0x00, 0x80]);
        assert_eq!(signed.extremes(), (-32768, -1));
        assert_eq!(signed.pixel(0, 0), [-1]);
        assert_eq!(frame(1, 2, false, &[0xff, 0xff]).pixel(0, 0), [65535]);
    }

    #[test]
    fn luminance_of_equal_channels_is_that_channel() {
        let grey = frame(3, 1, false, &[77, 77, 77, 255, 255, 255]);
        assert!(!grey.coloured());
        assert_eq!(*grey.luminance(), [77.0, 255.0]);
        let red = frame(3, 1, false, &[255, 0, 0]);
        assert!(red.coloured());
        assert_eq!(*red.luminance(), [76.245]);
    }
}
