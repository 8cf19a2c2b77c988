//! What can be exported.

/// A kind of export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExportKind {
    /// The annotated picture, without loss.
    #[default]
    Png,
    /// The annotated picture, smaller.
    Jpeg,
    /// One page with picture, tables and the model's card line.
    Pdf,
    /// A DICOM Secondary Capture of the annotated picture.
    SecondaryCapture,
    /// A DICOM Segmentation of regions.
    Segmentation,
    /// A DICOM structured report of marks, boxes, scores and thresholds.
    Report,
    /// A DICOM presentation state: marks, window and zoom.
    Presentation,
    /// A DICOM Parametric Map of the map shown.
    ParametricMap,
    /// A DICOM Key Object Selection of the study's key images.
    KeyObjects,
    /// A table of marks, scores and regions.
    Csv,
    /// Everything shown, for programs.
    Json,
}

impl ExportKind {
    /// Every kind, in the order they are offered.
    pub const ALL: [Self; 11] = [
        Self::Png,
        Self::Jpeg,
        Self::Pdf,
        Self::SecondaryCapture,
        Self::Segmentation,
        Self::Report,
        Self::Presentation,
        Self::ParametricMap,
        Self::KeyObjects,
        Self::Csv,
        Self::Json,
    ];

    /// Returns its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Png => "PNG picture",
            Self::Jpeg => "JPEG picture",
            Self::Pdf => "PDF page",
            Self::SecondaryCapture => "DICOM Secondary Capture",
            Self::Segmentation => "DICOM Segmentation",
            Self::Report => "DICOM structured report",
            Self::Presentation => "DICOM presentation state",
            Self::ParametricMap => "DICOM Parametric Map",
            Self::KeyObjects => "DICOM key images",
            Self::Csv => "CSV table",
            Self::Json => "JSON file",
        }
    }

    /// Returns its name on the command line, which also stands in proposed file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Pdf => "pdf",
            Self::SecondaryCapture => "sc",
            Self::Segmentation => "seg",
            Self::Report => "sr",
            Self::Presentation => "gsps",
            Self::ParametricMap => "pmap",
            Self::KeyObjects => "kos",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// Returns the kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Pdf => "pdf",
            Self::Csv => "csv",
            Self::Json => "json",
            _ => "dcm",
        }
    }

    /// Reports whether it is an object of the film's patient and study.
    pub fn is_dicom(self) -> bool {
        self.extension() == "dcm"
    }

    /// Reports whether it shows the annotated picture.
    pub fn shows_picture(self) -> bool {
        matches!(
            self,
            Self::Png | Self::Jpeg | Self::Pdf | Self::SecondaryCapture
        )
    }

    /// Says what is written, in a sentence.
    pub fn contents(self) -> &'static str {
        match self {
            Self::Png => {
                "The picture with its legend, and the facts in a JSON file of the same name."
            }
            Self::Jpeg => {
                "The picture with its legend, compressed with loss, and the facts in a JSON file of the same name."
            }
            Self::Pdf => {
                "One A4 page: picture, marks and regions in a table, and what model said so."
            }
            Self::SecondaryCapture => {
                "The picture with its legend, as a series of the film's study."
            }
            Self::Segmentation => {
                "The pixels of every region of the shown model, and of every rectangle, ellipse and line by hand."
            }
            Self::Report => {
                "Every mark with what it measures, the boxes, scores and thresholds of the shown models."
            }
            Self::Presentation => {
                "Window, polarity and zoom, and every mark and box as lines and words over the film."
            }
            Self::ParametricMap => "The values of the map shown, on the film's own pixels.",
            Self::KeyObjects => {
                "Which films of the study are key images (a Key Object Selection), for archives and other viewers."
            }
            Self::Csv => "One line for every number: marks, scores, thresholds and regions.",
            Self::Json => "Everything shown, with every number as exact as it is known.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again() {
        for kind in ExportKind::ALL {
            assert_eq!(ExportKind::named(kind.name()), Some(kind));
        }
        assert_eq!(ExportKind::named("gif"), None);
    }
}
