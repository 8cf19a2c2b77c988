//! Secondary Capture: a picture of what was shown, as a courtesy copy (PS3.3 A.8.1).

use dicom::core::{PrimitiveValue, VR};
use dicom::dictionary_std::{tags, uids};

use super::common::{Kind, content_moment, contributors, object, origin, source_image};
use super::pixels::{compression, orientation, side};
use super::{Algorithm, Subject};
use crate::error::Result;
use crate::files::RgbaPicture;
use crate::radiograph::BurnedIn;

/// A picture to be captured.
#[derive(Clone, Copy, Debug)]
pub struct Capture<'a> {
    /// The picture; its alpha is left out.
    pub picture: RgbaPicture<'a>,
    /// What it shows and how it came about.
    pub description: &'a str,
    /// Whether who the film shows is drawn into it.
    pub identity: bool,
    /// The models that had a part in it.
    pub algorithms: &'a [Algorithm],
}

/// Writes a picture as a Secondary Capture object.
///
/// # Errors
/// When the film belongs to no study, or the picture is too large.
pub fn secondary_capture(subject: &Subject<'_>, capture: &Capture<'_>) -> Result<Vec<u8>> {
    let origin = origin(subject)?;
    let kind = Kind {
        sop_class: uids::SECONDARY_CAPTURE_IMAGE_STORAGE,
        modality: "OT",
        series_number: 9001,
        description: "Silhouette annotated picture",
    };
    let picture = &capture.picture;
    let mut rgb: Vec<u8> = picture
        .rgba
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    if rgb.len() % 2 == 1 {
        rgb.push(0);
    }
    let object = object(subject, &kind)?
        .texts(tags::IMAGE_TYPE, &["DERIVED", "SECONDARY"])
        .text(tags::CONVERSION_TYPE, "WSD")
        .text(tags::DERIVATION_DESCRIPTION, capture.description)
        .text(tags::IMAGE_COMMENTS, subject.statement)
        .items(
            tags::SOURCE_IMAGE_SEQUENCE,
            vec![source_image(origin, false)],
        )
        .whole(tags::SAMPLES_PER_PIXEL, &[3])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "RGB")
        .whole(tags::PLANAR_CONFIGURATION, &[0])
        .whole(tags::ROWS, &[side(picture.height as usize)?])
        .whole(tags::COLUMNS, &[side(picture.width as usize)?])
        .whole(tags::BITS_ALLOCATED, &[8])
        .whole(tags::BITS_STORED, &[8])
        .whole(tags::HIGH_BIT, &[7])
        .whole(tags::PIXEL_REPRESENTATION, &[0])
        .put(tags::PIXEL_DATA, VR::OB, PrimitiveValue::U8(rgb.into()));
    let object = content_moment(object, subject);
    let object = orientation(compression(object, origin), subject.film);
    let algorithms: Vec<&Algorithm> = capture.algorithms.iter().collect();
    let object = contributors(object, &algorithms);
    let burned_in = burned_in(subject.film.source.burned_in, capture.identity);
    let object = object.with(burned_in, |object, burned_in| {
        object.text(tags::BURNED_IN_ANNOTATION, burned_in)
    });
    object.file()
}

/// Says whether the picture names the patient; nothing where nobody knows.
fn burned_in(of_film: BurnedIn, identity_drawn: bool) -> Option<&'static str> {
    match of_film {
        _ if identity_drawn => Some("YES"),
        BurnedIn::Yes => Some("YES"),
        BurnedIn::No => Some("NO"),
        BurnedIn::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_called_clean_only_where_the_film_is() {
        assert_eq!(burned_in(BurnedIn::No, false), Some("NO"));
        assert_eq!(burned_in(BurnedIn::No, true), Some("YES"));
        assert_eq!(burned_in(BurnedIn::Yes, false), Some("YES"));
        assert_eq!(burned_in(BurnedIn::Unknown, false), None);
    }
}
