//! Films that come as JPEG 2000 files: JP2 and bare codestreams, high throughput among them.
//!
//! Samples are taken as they are, 1 to 16 bits of them. The codestream's own header is read first:
//! the codec allocates what it demands.

use jpeg2k::{ColorSpace, DecodeParameters, Image, ImageComponent};

use super::dicom_film::codestream::{self, Codestream};
use super::picture::{self, Taken};
use super::stored::{SampleKind, SampleLayout, StoredFrame, require_room};
use super::{Ahead, Opened, Room, WORTH_A_PREVIEW, Wishes, damaged, story, unsupported};
use crate::error::Result;
use crate::radiograph::{LARGEST_SIDE_PX, Preview};

/// The first bytes of a JP2 file (T.800 I.5.1) and of a codestream (T.800 A.4.1).
pub(super) const STARTS: [&[u8]; 2] = [b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"];

/// The widest samples read.
const MOST_BITS: u32 = 16;

/// Opens a JPEG 2000 file.
pub(super) fn open(bytes: &[u8], wishes: Wishes<'_>) -> Result<Opened<'static>> {
    let own = codestream::header(bytes)
        .ok_or_else(|| damaged("the JPEG 2000 picture ends before its codestream"))?;
    check(&own)?;
    if let Some(hear) = wishes.ahead {
        hear(Ahead::Room(room(&own)));
        let large = own.columns * own.rows >= WORTH_A_PREVIEW;
        let seen = (wishes.preview && large).then(|| preview(bytes)).flatten();
        seen.into_iter().map(Ahead::Preview).for_each(hear);
    }
    picture::finished(taken(bytes, 0)?, wishes.each_frame)
}

/// Makes a coarse picture from the levels that are a quarter of the whole each way; `None` where the
/// codestream has none. What is odd about it is told with the whole film.
fn preview(bytes: &[u8]) -> Option<Preview> {
    const LEVELS: u32 = 2;
    let coarse = picture::finished(taken(bytes, LEVELS).ok()?, None).ok()?;
    Some(Preview::of(&coarse.film.radiograph))
}

/// Tells what a film's samples will probably take: colours become real numbers.
fn room(own: &Codestream) -> Room {
    Room {
        columns: own.columns,
        rows: own.rows,
        bytes_per_sample: match (own.components, own.precision) {
            (1, 1..=8) => 1,
            (1, _) => 2,
            _ => 4,
        },
    }
}

/// Decodes the picture without its finest levels.
fn taken(bytes: &[u8], levels: u32) -> Result<Taken> {
    let broken = |cause: &dyn std::error::Error| {
        damaged(format!(
            "the JPEG 2000 picture cannot be decoded: {}",
            story(cause)
        ))
    };
    // Half a film must not pass for one.
    let parameters = DecodeParameters::new().strict(true).reduce(levels);
    let image = Image::from_bytes_with(bytes, parameters).map_err(|cause| broken(&cause))?;
    let mut warnings = Vec::new();
    let (first, colour) = stored(&image, &mut warnings)?;
    let mut departures = Vec::new();
    if reversible(bytes) == Some(false) {
        departures.push("lossy compression (JPEG 2000)".to_owned());
    }
    let bits = image.components().first().map_or(8, |one| one.precision());
    Ok(Taken {
        kind: "jpeg2000",
        frame: first,
        bits,
        colour,
        warnings,
        departures,
    })
}

fn check(own: &Codestream) -> Result<()> {
    let sides = 1..=LARGEST_SIDE_PX;
    if own.columns == 0 || own.rows == 0 || own.components == 0 {
        return Err(damaged("the JPEG 2000 picture says that it has no pixels"));
    }
    if !(1..=MOST_BITS).contains(&own.precision) {
        return Err(unsupported(format!(
            "the JPEG 2000 picture has samples of {} bits",
            own.precision
        )));
    }
    // The codec holds 32 bits a sample, and as many again while it works.
    let decoded = own
        .columns
        .saturating_mul(own.rows)
        .saturating_mul(own.components)
        .saturating_mul(2 * size_of::<i32>());
    require_room(own.columns, own.rows, decoded)?;
    if sides.contains(&own.columns) && sides.contains(&own.rows) {
        return Ok(());
    }
    Err(crate::Error::new(
        crate::ErrorKind::TooLarge,
        format!(
            "the picture is {} × {} pixels; the limit is {LARGEST_SIDE_PX} a side",
            own.columns, own.rows
        ),
        "Export it at a smaller size.",
    ))
}

/// Takes the samples: one a pixel of grey and of luminance with chrominance, else red, green, blue.
/// Returns whether the picture is in colour.
fn stored(image: &Image, warnings: &mut Vec<String>) -> Result<(StoredFrame<'static>, bool)> {
    let components = image.components();
    let (opaque, alpha): (Vec<_>, Vec<_>) = components.iter().partition(|one| !one.is_alpha());
    if !alpha.is_empty() {
        warnings.push("the picture's transparency was left out".to_owned());
    }
    let luminance_first = matches!(image.color_space(), ColorSpace::SYCC | ColorSpace::EYCC);
    let taken: Vec<&ImageComponent> = match opaque.len() {
        0 => return Err(damaged("the JPEG 2000 picture holds transparency only")),
        1 => opaque,
        // Two are grey with something else; chrominance does not change the luminance.
        2 => opaque[..1].to_vec(),
        3 if luminance_first => opaque[..1].to_vec(),
        3 => opaque,
        count => {
            return Err(unsupported(format!(
                "the JPEG 2000 picture has {count} components"
            )));
        }
    };
    let colour = components.len() - alpha.len() >= 3;
    let first = taken[0];
    let alike = |one: &&ImageComponent| {
        (one.width(), one.height(), one.precision(), one.is_signed())
            == (
                first.width(),
                first.height(),
                first.precision(),
                first.is_signed(),
            )
            && one.data().len() == first.data().len()
    };
    let (columns, rows) = (first.width() as usize, first.height() as usize);
    if !taken.iter().all(alike) || first.data().len() != columns * rows {
        return Err(unsupported(
            "the JPEG 2000 picture has components of different sizes",
        ));
    }
    let kind = match first.is_signed() {
        true if taken.len() == 1 => SampleKind::Signed,
        true => return Err(unsupported("the JPEG 2000 picture has signed colours")),
        false => SampleKind::Unsigned,
    };
    let width = if first.precision() <= 8 { 1 } else { 2 };
    let mut bytes = Vec::with_capacity(columns * rows * taken.len() * width);
    for pixel in 0..columns * rows {
        for one in &taken {
            bytes.extend_from_slice(&one.data()[pixel].to_le_bytes()[..width]);
        }
    }
    let layout = SampleLayout {
        columns,
        rows,
        samples_per_pixel: taken.len(),
        bytes_per_sample: width,
        kind,
    };
    let bytes = bytes.into();
    Ok((StoredFrame { layout, bytes }, colour))
}

/// Reports whether a codestream's wavelet can be undone exactly (COD, T.800 A.6.1); `None` where it
/// has none.
fn reversible(bytes: &[u8]) -> Option<bool> {
    let start = bytes.windows(4).position(|four| four == STARTS[1])?;
    let stream = &bytes[start..];
    let mut position = 2;
    loop {
        let &[0xff, marker, high, low] = stream.get(position..position + 4)? else {
            return None;
        };
        match marker {
            0x52 => return stream.get(position + 13).map(|transform| *transform == 1),
            // The first tile part.
            0x90 => return None,
            _ => position += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_lie_are_refused_before_decoding() {
        let size = |columns: u32, rows: u32, precision: u8| {
            let mut bytes = b"\xff\x4f\xff\x51\0\x29\0\0".to_vec();
            for number in [columns, rows, 0, 0, columns, rows, 0, 0] {
                bytes.extend(number.to_be_bytes());
            }
            bytes.extend([0, 1, precision - 1, 1, 1]);
            bytes
        };
        let refused = |bytes: &[u8]| open(bytes, Wishes::default()).err().unwrap().to_string();
        assert!(refused(&size(60_000, 60_000, 8)).contains("MiB"));
        assert!(refused(&size(0, 10, 8)).contains("no pixels"));
        assert!(refused(&size(10, 10, 30)).contains("30 bits"));
        assert!(refused(&size(10, 10, 12)).contains("cannot be decoded"));
        assert!(refused(STARTS[0]).contains("ends before"));
    }

    #[test]
    fn the_wavelet_says_whether_something_was_lost() {
        let stream = |transform: u8| {
            let mut bytes = b"\xff\x4f\xff\x51\0\x04ab".to_vec();
            bytes.extend(b"\xff\x52\0\x0c\0\0\0\x01\0\x05\x04\x04\0");
            bytes.push(transform);
            bytes
        };
        assert_eq!(reversible(&stream(1)), Some(true));
        assert_eq!(reversible(&stream(0)), Some(false));
        assert_eq!(reversible(b"\xff\x4f\xff\x51\xff\x90"), None);
    }
}
