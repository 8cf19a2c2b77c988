//! Rasters that a model lays over a film.

use serde::{Deserialize, Serialize};

use crate::radiograph::{PixelRect, Raster};

/// What an anomaly map shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapKind {
    /// What the model changed or could not explain.
    Residue,
    /// Where the model's decision came from.
    Saliency,
    /// The plain |film − counterpart|.
    Difference,
    /// |film − counterpart − residue|: what of the film a model that takes it apart leaves
    /// unexplained.
    Fidelity,
    /// How many of several models find a place unusual.
    Agreement,
    /// A map that came back from a file and is none of these.
    Imported,
}

impl MapKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Residue,
        Self::Saliency,
        Self::Difference,
        Self::Fidelity,
    ];

    /// Returns the map's name as the window and the command line print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Residue => "residue",
            Self::Saliency => "saliency",
            Self::Difference => "difference",
            Self::Fidelity => "fidelity",
            Self::Agreement => "agreement",
            Self::Imported => "imported map",
        }
    }
}

/// A raster of a model's resolution and the part of the film it covers.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The samples, at the model's resolution.
    pub raster: Raster,
    /// The part of the film that the whole raster covers, in image pixels.
    pub place: PixelRect,
}

impl Placed {
    /// Returns the width and the height of a sample's cell, in image pixels.
    pub fn cell_size(&self) -> (f32, f32) {
        (
            self.place.width / self.raster.width() as f32,
            self.place.height / self.raster.height() as f32,
        )
    }

    /// Returns the bilinear sample at a point of the film, clamped at the raster's edge; `None`
    /// outside the place. This is the one rule by which maps are enlarged, on CPU and GPU.
    pub fn sample(&self, x: f32, y: f32) -> Option<f32> {
        let (u, v) = (
            (x - self.place.x) / self.place.width,
            (y - self.place.y) / self.place.height,
        );
        if !(0.0..=1.0).contains(&u) || !(0.0..=1.0).contains(&v) {
            return None;
        }
        let (w, h) = (self.raster.width(), self.raster.height());
        let fx = (u * w as f32 - 0.5).clamp(0.0, (w - 1) as f32);
        let fy = (v * h as f32 - 0.5).clamp(0.0, (h - 1) as f32);
        let (x0, y0) = (fx as usize, fy as usize);
        let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
        let (tx, ty) = (fx - x0 as f32, fy - y0 as f32);
        let top = self.raster.at(x0, y0) * (1.0 - tx) + self.raster.at(x1, y0) * tx;
        let bottom = self.raster.at(x0, y1) * (1.0 - tx) + self.raster.at(x1, y1) * tx;
        Some(top * (1.0 - ty) + bottom * ty)
    }
}

/// A map of how abnormal each place of a film is, on a scale that is the model's, not the film's.
#[derive(Clone, Debug)]
pub struct AnomalyMap {
    /// What the map shows.
    pub kind: MapKind,
    /// The values and where they lie.
    pub placed: Placed,
    /// The values at the two ends of the colour scale, fixed per model: the same value has the
    /// same colour on every film.
    pub scale: (f32, f32),
    /// The unit of the values, as in “σ of normals”.
    pub unit: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sampling_meets_pixel_centres_exactly() {
        let placed = Placed {
            raster: Raster::new(2, 2, vec![0.0, 1.0, 2.0, 3.0]).unwrap(),
            place: PixelRect::new(10.0, 10.0, 20.0, 20.0),
        };
        assert_eq!(placed.sample(15.0, 15.0), Some(0.0));
        assert_eq!(placed.sample(25.0, 25.0), Some(3.0));
        assert_eq!(placed.sample(20.0, 20.0), Some(1.5));
        assert_eq!(placed.sample(9.0, 20.0), None);
    }
}
