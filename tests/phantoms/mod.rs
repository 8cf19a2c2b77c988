//! Small DICOM films made up in the test: no patient, every attribute chosen.

#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod lossy_jpeg;

use std::path::{Path, PathBuf};

use dicom::core::value::{DataSetSequence, PixelFragmentSequence};
use dicom::core::{DataElement, PrimitiveValue, Tag, VR};
use dicom::dictionary_std::{tags, uids};
use dicom::object::{FileMetaTableBuilder, InMemDicomObject};

/// A text attribute.
type Text<'a> = (Tag, VR, &'a str);

/// A film under construction.
#[derive(Clone)]
pub(crate) struct Phantom(InMemDicomObject);

impl Phantom {
    /// Starts a one-row, 16-bit, 12 bits stored, MONOCHROME2 film of these samples.
    pub(crate) fn row(samples: &[u16]) -> Self {
        Self(InMemDicomObject::new_empty())
            .text(
                tags::SOP_CLASS_UID,
                VR::UI,
                uids::DIGITAL_X_RAY_IMAGE_STORAGE_FOR_PRESENTATION,
            )
            .text(tags::SOP_INSTANCE_UID, VR::UI, "1.2.3.4")
            .text(tags::MODALITY, VR::CS, "DX")
            .text(tags::PATIENT_NAME, VR::PN, "Phantom^Plain")
            .number(tags::SAMPLES_PER_PIXEL, 1)
            .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2")
            .number(tags::ROWS, 1)
            .number(tags::COLUMNS, samples.len() as u16)
            .bits(16, 12, 11)
            .number(tags::PIXEL_REPRESENTATION, 0)
            .words(tags::PIXEL_DATA, samples)
    }

    /// Sets a text attribute.
    pub(crate) fn text(mut self, tag: Tag, vr: VR, value: &str) -> Self {
        self.0
            .put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
        self
    }

    /// Sets an unsigned 16-bit attribute.
    pub(crate) fn number(mut self, tag: Tag, value: u16) -> Self {
        self.0
            .put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
        self
    }

    /// Sets Bits Allocated, Bits Stored and High Bit.
    pub(crate) fn bits(self, allocated: u16, stored: u16, high: u16) -> Self {
        self.number(tags::BITS_ALLOCATED, allocated)
            .number(tags::BITS_STORED, stored)
            .number(tags::HIGH_BIT, high)
    }

    /// Sets an attribute of 16-bit words.
    pub(crate) fn words(mut self, tag: Tag, words: &[u16]) -> Self {
        self.0.put(DataElement::new(
            tag,
            VR::OW,
            PrimitiveValue::U16(words.into()),
        ));
        self
    }

    /// Sets an attribute of signed 16-bit numbers.
    pub(crate) fn shorts(mut self, tag: Tag, numbers: &[i16]) -> Self {
        self.0.put(DataElement::new(
            tag,
            VR::SS,
            PrimitiveValue::I16(numbers.into()),
        ));
        self
    }

    /// Adds a graphics overlay: its size as columns and rows, its origin as row and column from 1,
    /// and its pixels, packed.
    pub(crate) fn overlay(
        self,
        group: u16,
        (columns, rows): (u16, u16),
        origin: [i16; 2],
        pixels: &[u16],
    ) -> Self {
        self.number(Tag(group, 0x0010), rows)
            .number(Tag(group, 0x0011), columns)
            .text(Tag(group, 0x0040), VR::CS, "G")
            .shorts(Tag(group, 0x0050), &origin)
            .number(Tag(group, 0x0100), 1)
            .number(Tag(group, 0x0102), 0)
            .words(Tag(group, 0x3000), pixels)
    }

    /// Adds a sequence with one item that holds one lookup table.
    pub(crate) fn table(mut self, sequence: Tag, descriptor: [u16; 3], entries: &[u16]) -> Self {
        let item = InMemDicomObject::from_element_iter([
            DataElement::new(
                tags::LUT_DESCRIPTOR,
                VR::US,
                PrimitiveValue::U16(descriptor.as_slice().into()),
            ),
            DataElement::new(tags::LUT_EXPLANATION, VR::LO, PrimitiveValue::from("TABLE")),
            DataElement::new(tags::LUT_DATA, VR::OW, PrimitiveValue::U16(entries.into())),
        ]);
        self.0.put(DataElement::new(
            sequence,
            VR::SQ,
            DataSetSequence::from(vec![item]),
        ));
        self
    }

    /// Replaces the pixels by compressed fragments.
    pub(crate) fn fragments(mut self, fragments: &[&[u8]]) -> Self {
        let fragments: Vec<Vec<u8>> = fragments.iter().map(|bytes| bytes.to_vec()).collect();
        let sequence = PixelFragmentSequence::new_fragments(fragments);
        self.0
            .put(DataElement::new(tags::PIXEL_DATA, VR::OB, sequence));
        self
    }

    /// Replaces the pixels by real numbers of 32 bits, one row of them.
    pub(crate) fn real_numbers(self, samples: &[f32]) -> Self {
        let mut phantom = self
            .without(tags::PIXEL_DATA)
            .without(tags::BITS_STORED)
            .without(tags::HIGH_BIT)
            .without(tags::PIXEL_REPRESENTATION)
            .number(tags::BITS_ALLOCATED, 32)
            .number(tags::COLUMNS, samples.len() as u16);
        phantom.0.put(DataElement::new(
            tags::FLOAT_PIXEL_DATA,
            VR::OF,
            PrimitiveValue::F32(samples.into()),
        ));
        phantom
    }

    /// Adds a functional group for all frames, with one macro of text attributes.
    pub(crate) fn shared_group(mut self, macros: &[(Tag, &[Text<'_>])]) -> Self {
        let elements =
            |values: &[Text<'_>]| {
                InMemDicomObject::from_element_iter(values.iter().map(|&(tag, vr, value)| {
                    DataElement::new(tag, vr, PrimitiveValue::from(value))
                }))
            };
        let group = InMemDicomObject::from_element_iter(macros.iter().map(|&(tag, values)| {
            DataElement::new(tag, VR::SQ, DataSetSequence::from(vec![elements(values)]))
        }));
        self.0.put(DataElement::new(
            tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
            VR::SQ,
            DataSetSequence::from(vec![group]),
        ));
        self
    }

    /// Removes an attribute.
    pub(crate) fn without(mut self, tag: Tag) -> Self {
        self.0.remove_element(tag);
        self
    }

    /// Writes the film as an uncompressed DICOM file and returns its bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes_as(uids::EXPLICIT_VR_LITTLE_ENDIAN)
    }

    /// Writes the film in a transfer syntax that does not compress pixels.
    pub(crate) fn bytes_as(&self, transfer_syntax: &str) -> Vec<u8> {
        let meta = FileMetaTableBuilder::new().transfer_syntax(transfer_syntax);
        let mut bytes = Vec::new();
        self.0
            .clone()
            .with_meta(meta)
            .expect("a phantom has its identifiers")
            .write_all(&mut bytes)
            .expect("a phantom can be written");
        bytes
    }

    /// Saves the film in a folder and returns its path.
    pub(crate) fn save(&self, folder: &Path) -> PathBuf {
        save(folder, "phantom.dcm", &self.bytes())
    }
}

/// Saves bytes in a folder and returns their path.
pub(crate) fn save(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the folder is writable");
    path
}

/// Says loudly that a test could not run, and fails where every test must.
pub(crate) fn skip(reason: &str) {
    assert!(
        std::env::var("SILHOUETTE_REQUIRE_ALL").as_deref() != Ok("1"),
        "SKIPPED although every test is required: {reason}"
    );
    eprintln!("SKIPPED: {reason}");
}
