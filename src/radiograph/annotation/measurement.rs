//! What marks measure: lengths and areas by the film's spacing, angles by the true shape of its
//! pixels.

use super::quantity::{Measurement, Quantity, QuantityKind};
use super::region::{self, Moments};
use super::{Annotation, Shape};
use crate::radiograph::{Film, PixelPoint, PixelSpacing, Radiograph, SpacingPlane};

/// What calibrations by a known length say of where they come from.
const BY_READER: &str = "a known length, set by the reader";

/// How large one step between pixels is.
struct Scale {
    column: f64,
    row: f64,
    length_unit: &'static str,
    /// Area units per square pixel.
    area: f64,
    area_unit: &'static str,
}

impl Scale {
    fn of(radiograph: &Radiograph) -> Self {
        match &radiograph.spacing {
            Some(spacing) => Self {
                column: f64::from(spacing.column_mm),
                row: f64::from(spacing.row_mm),
                length_unit: spacing.unit(),
                area: f64::from(spacing.column_mm) * f64::from(spacing.row_mm) / 100.0,
                area_unit: spacing.area_unit(),
            },
            None => Self {
                column: 1.0,
                row: f64::from(radiograph.pixel_aspect()),
                // Where pixels are not square a row is longer or shorter than a column.
                length_unit: if radiograph.pixel_aspect() == 1.0 {
                    "px"
                } else {
                    "px (of a column)"
                },
                area: 1.0,
                area_unit: "px²",
            },
        }
    }

    fn vector(&self, from: PixelPoint, to: PixelPoint) -> (f64, f64) {
        (
            f64::from(to.x - from.x) * self.column,
            f64::from(to.y - from.y) * self.row,
        )
    }

    fn length(&self, kind: QuantityKind, value: f64) -> Quantity {
        Quantity {
            kind,
            value,
            unit: self.length_unit.to_owned(),
        }
    }

    fn region(&self, area_px: f64) -> Quantity {
        Quantity {
            kind: QuantityKind::Area,
            value: area_px * self.area,
            unit: self.area_unit.to_owned(),
        }
    }
}

impl Annotation {
    /// Measures the mark on its film: lengths and areas in the unit of the film's spacing, regions
    /// and pixels in the unit of its samples.
    pub fn measure(&self, film: &Film) -> Measurement {
        let unit = film.pipeline.modality.unit.as_deref().unwrap_or_default();
        self.shape.measure(&film.radiograph, unit)
    }
}

impl Shape {
    /// Measures the shape on a radiograph whose samples have a unit (empty where none is stated).
    pub fn measure(&self, radiograph: &Radiograph, sample_unit: &str) -> Measurement {
        let scale = Scale::of(radiograph);
        let quantities = match self {
            Self::Length([from, to]) => {
                let (x, y) = scale.vector(*from, *to);
                vec![scale.length(QuantityKind::Length, x.hypot(y))]
            }
            Self::Angle([a, vertex, b]) => {
                let (first, second) = (scale.vector(*vertex, *a), scale.vector(*vertex, *b));
                vec![degrees(QuantityKind::Angle, between(first, second))]
            }
            Self::CobbAngle([a, b, c, d]) => {
                let first = rightwards(scale.vector(*a, *b));
                let second = rightwards(scale.vector(*c, *d));
                vec![degrees(QuantityKind::CobbAngle, between(first, second))]
            }
            Self::CardiothoracicRatio {
                heart_right,
                heart_left,
                thorax_right,
                thorax_left,
            } => cardiothoracic(
                &scale,
                (*heart_right, *heart_left),
                (*thorax_right, *thorax_left),
            ),
            Self::Point(at) => sample(radiograph, *at, sample_unit).into_iter().collect(),
            Self::Rectangle(_) | Self::Ellipse(_) | Self::Freehand(_) => {
                return self.region(radiograph, &scale, sample_unit);
            }
            Self::Arrow { .. } | Self::Text(_) => Vec::new(),
        };
        Measurement {
            quantities,
            samples: None,
        }
    }

    fn region(&self, radiograph: &Radiograph, scale: &Scale, unit: &str) -> Measurement {
        let moments = region::moments(self, radiograph);
        let area_px = match self {
            Self::Rectangle(rect) => f64::from(rect.width) * f64::from(rect.height),
            Self::Ellipse(rect) => {
                std::f64::consts::PI / 4.0 * f64::from(rect.width) * f64::from(rect.height)
            }
            Self::Freehand(line) => region::enclosed_px(line),
            _ => 0.0,
        };
        let mut quantities = vec![scale.region(area_px)];
        quantities.extend(statistics(&moments, unit));
        Measurement {
            quantities,
            samples: Some(moments.count),
        }
    }
}

fn statistics(moments: &Moments, unit: &str) -> Vec<Quantity> {
    if moments.count == 0 {
        return Vec::new();
    }
    let deviation = (moments.squares / moments.count as f64).sqrt();
    [
        (QuantityKind::Mean, moments.mean),
        (QuantityKind::StandardDeviation, deviation),
        (QuantityKind::Minimum, f64::from(moments.least)),
        (QuantityKind::Maximum, f64::from(moments.greatest)),
    ]
    .map(|(kind, value)| Quantity {
        kind,
        value,
        unit: unit.to_owned(),
    })
    .to_vec()
}

/// Returns the heart's width along the line across the thorax, over the length of that line: a
/// film that is slightly turned changes neither.
fn cardiothoracic(
    scale: &Scale,
    (heart_right, heart_left): (PixelPoint, PixelPoint),
    (thorax_right, thorax_left): (PixelPoint, PixelPoint),
) -> Vec<Quantity> {
    let across = scale.vector(thorax_right, thorax_left);
    let thorax = across.0.hypot(across.1);
    if thorax <= 0.0 {
        return Vec::new();
    }
    let heart = scale.vector(heart_right, heart_left);
    let heart = (heart.0 * across.0 + heart.1 * across.1).abs() / thorax;
    vec![
        Quantity {
            kind: QuantityKind::CardiothoracicRatio,
            value: heart / thorax,
            unit: String::new(),
        },
        scale.length(QuantityKind::HeartWidth, heart),
        scale.length(QuantityKind::ThoraxWidth, thorax),
    ]
}

fn sample(radiograph: &Radiograph, at: PixelPoint, unit: &str) -> Option<Quantity> {
    let raster = &radiograph.raster;
    let inside = (0.0..raster.width() as f32).contains(&at.x)
        && (0.0..raster.height() as f32).contains(&at.y);
    let value = inside.then(|| raster.at(at.x as usize, at.y as usize))?;
    Some(Quantity {
        kind: QuantityKind::Sample,
        value: f64::from(value),
        unit: unit.to_owned(),
    })
}

/// Returns the angle between two directions, from 0 to 180 degrees; 0 where one has no length.
fn between(a: (f64, f64), b: (f64, f64)) -> f64 {
    let cross = a.0 * b.1 - a.1 * b.0;
    let dot = a.0 * b.0 + a.1 * b.1;
    cross.abs().atan2(dot).to_degrees()
}

/// Points a line from left to right, so that it does not matter which end was drawn first, and
/// curves above 90 degrees are still measured as what they are.
fn rightwards((x, y): (f64, f64)) -> (f64, f64) {
    if x < 0.0 { (-x, -y) } else { (x, y) }
}

fn degrees(kind: QuantityKind, value: f64) -> Quantity {
    Quantity {
        kind,
        value,
        unit: "°".to_owned(),
    }
}

/// Returns the spacing by which a length on a film has so many millimetres, its pixels as high and
/// as wide as they were; `None` where that makes no spacing, as with a line of no length.
pub fn scale_of_known_length(
    radiograph: &Radiograph,
    [from, to]: [PixelPoint; 2],
    length_mm: f32,
) -> Option<PixelSpacing> {
    let aspect = radiograph.pixel_aspect();
    let columns = (to.x - from.x).hypot((to.y - from.y) * aspect);
    // A line shorter than a pixel says nothing, and its spacing would be believed.
    let column_mm = (columns >= 1.0).then(|| length_mm / columns)?;
    PixelSpacing::checked(
        column_mm * aspect,
        column_mm,
        SpacingPlane::Reader,
        BY_READER,
    )
}
