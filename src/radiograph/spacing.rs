//! How far apart two pixel centres are, and at which plane that holds.

use serde::{Deserialize, Serialize};

/// Where a pixel spacing is true. A projection magnifies: the detector's spacing is not the
/// patient's (PS3.3 10.7.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpacingPlane {
    /// Corrected for magnification or calibrated on an object in the image.
    Calibrated,
    /// At the front of the detector housing.
    Detector,
    /// Where a length lies that the reader knows and has stated; the file's own is set aside.
    Reader,
    /// The file does not say.
    Unknown,
}

impl SpacingPlane {
    /// Every plane.
    pub const ALL: [Self; 4] = [
        Self::Calibrated,
        Self::Detector,
        Self::Reader,
        Self::Unknown,
    ];

    /// Returns the unit to print after a length there, with its provenance.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Calibrated => "mm (calibrated)",
            Self::Detector => "mm (at detector)",
            Self::Reader => "mm (set by the reader)",
            Self::Unknown => "mm (plane not stated)",
        }
    }

    /// Returns the unit to print after an area there, with its provenance.
    pub fn area_unit(self) -> &'static str {
        match self {
            Self::Calibrated => "cm² (calibrated)",
            Self::Detector => "cm² (at detector)",
            Self::Reader => "cm² (set by the reader)",
            Self::Unknown => "cm² (plane not stated)",
        }
    }
}

/// The distance between neighbouring pixel centres, in millimetres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelSpacing {
    /// Between two rows, downwards.
    pub row_mm: f32,
    /// Between two columns, to the right.
    pub column_mm: f32,
    /// The plane at which the distances hold.
    pub plane: SpacingPlane,
    /// The attribute they come from, as in “Imager Pixel Spacing (0018,1164)”.
    pub source: String,
}

impl PixelSpacing {
    /// Makes a spacing, or `None` when a distance is not a finite positive number.
    pub fn checked(
        row_mm: f32,
        column_mm: f32,
        plane: SpacingPlane,
        source: impl Into<String>,
    ) -> Option<Self> {
        let usable = |mm: f32| mm.is_finite() && mm > 0.0;
        (usable(row_mm) && usable(column_mm)).then(|| Self {
            row_mm,
            column_mm,
            plane,
            source: source.into(),
        })
    }

    /// Returns the area of one pixel in square millimetres at the spacing's plane.
    pub fn pixel_area_mm2(&self) -> f32 {
        self.row_mm * self.column_mm
    }

    /// Returns the unit to print after an area, with its provenance.
    pub fn area_unit(&self) -> &'static str {
        self.plane.area_unit()
    }

    /// Returns the unit to print after a length, with its provenance.
    pub fn unit(&self) -> &'static str {
        self.plane.unit()
    }
}
