//! The numbers of a dispatch, as the shaders' `Step` lists them.

use super::super::program::{Activation, Maps};

/// The room each dispatch has among the uniforms: no adapter demands a larger alignment.
pub(super) const ROOM_BYTES: usize = 256;

/// Words of a uniform struct, in order. Whoever fills them keeps to WGSL's alignment.
#[derive(Clone, Debug, Default)]
pub(super) struct Words(pub(super) Vec<u32>);

impl Words {
    /// Appends counts and addresses; a plan whose addresses exceed 32 bits is refused beforehand.
    pub(super) fn counts(mut self, counts: &[usize]) -> Self {
        self.0.extend(counts.iter().map(|&count| count as u32));
        self
    }

    /// Appends a flag.
    pub(super) fn flag(self, flag: bool) -> Self {
        self.counts(&[usize::from(flag)])
    }

    /// Appends a number.
    pub(super) fn number(mut self, number: f32) -> Self {
        self.0.push(number.to_bits());
        self
    }

    /// Appends `Maps`.
    pub(super) fn maps(self, maps: &Maps) -> Self {
        self.counts(&[
            maps.first,
            maps.channels,
            maps.height,
            maps.width,
            maps.image_stride,
            maps.row_stride,
            maps.pixel_stride,
            maps.images,
        ])
    }

    /// Appends `Maps` that may be missing.
    pub(super) fn optional_maps(self, maps: Option<&Maps>) -> Self {
        match maps {
            Some(maps) => self.maps(maps),
            None => self.counts(&[0; 8]),
        }
    }

    /// Appends `Then`.
    pub(super) fn then(self, then: Activation) -> Self {
        let (kind, factor, offset) = match then {
            Activation::Nothing => (0, 0.0, 0.0),
            Activation::Leaky(slope) => (1, slope, 0.0),
            Activation::Sigmoid => (2, 0.0, 0.0),
            Activation::Tanh => (3, 0.0, 0.0),
            Activation::Abs => (4, 0.0, 0.0),
            Activation::Affine(factor, offset) => (5, factor, offset),
        };
        self.counts(&[kind])
            .number(factor)
            .number(offset)
            .counts(&[0])
    }
}
