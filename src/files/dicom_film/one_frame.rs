//! One compressed frame as the codecs of `dicom-rs` want to see it. Nothing is decoded here.

use std::borrow::Cow;

use dicom::encoding::adapters::{PixelDataObject, RawPixelData};

use super::format::PixelFormat;

/// One frame, presented to a codec as a whole object.
pub(super) struct OneFrame<'a> {
    pub(super) data: &'a [u8],
    pub(super) format: &'a PixelFormat,
    pub(super) uid: &'a str,
    pub(super) bits_allocated: u16,
}

impl PixelDataObject for OneFrame<'_> {
    fn transfer_syntax_uid(&self) -> &str {
        self.uid
    }

    fn rows(&self) -> Option<u16> {
        u16::try_from(self.format.rows).ok()
    }

    fn cols(&self) -> Option<u16> {
        u16::try_from(self.format.columns).ok()
    }

    fn samples_per_pixel(&self) -> Option<u16> {
        u16::try_from(self.format.samples_per_pixel).ok()
    }

    fn bits_allocated(&self) -> Option<u16> {
        Some(self.bits_allocated)
    }

    fn bits_stored(&self) -> Option<u16> {
        u16::try_from(self.format.bits_stored).ok()
    }

    fn photometric_interpretation(&self) -> Option<&str> {
        Some(&self.format.photometric)
    }

    fn number_of_frames(&self) -> Option<u32> {
        Some(1)
    }

    fn number_of_fragments(&self) -> Option<u32> {
        Some(1)
    }

    fn fragment(&self, fragment: usize) -> Option<Cow<'_, [u8]>> {
        (fragment == 0).then_some(Cow::Borrowed(self.data))
    }

    fn offset_table(&self) -> Option<Cow<'_, [u32]>> {
        None
    }

    fn raw_pixel_data(&self) -> Option<RawPixelData> {
        Some(RawPixelData {
            fragments: vec![self.data.to_vec()].into(),
            offset_table: Vec::new().into(),
        })
    }
}
