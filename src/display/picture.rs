//! What is to be drawn in one viewport, for the GPU and for the CPU alike.

use std::sync::Arc;

use super::{Colormap, Drawn, GreyRamp};
use crate::anomaly::{AnomalyMap, Placed};
use crate::radiograph::{PixelPoint, PixelRect, Radiograph};

/// A raster in modality units and where it lies on the film. The `Arc`'s address is its key on the
/// GPU: the same layer is uploaded once.
#[derive(Clone, Debug)]
pub struct Layer(pub Arc<Placed>);

/// How a second layer is laid over the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Blend {
    /// A mixture: 0 shows the first layer, 1 the second.
    Fade(f32),
    /// A vertical line at this x in image pixels: left of it the first layer, right the second.
    Swipe(f32),
    /// The second layer within a circle, the first around it.
    Lens {
        /// The circle's centre.
        center_in_image: PixelPoint,
        /// Its radius, in image columns.
        radius_px: f32,
    },
    /// How much brighter the first layer is shown than the second: mid-grey where both are alike,
    /// white where it is brighter by this share of the greys or more, black where darker. Black
    /// where there is no second layer.
    Difference(f32),
}

/// An anomaly map drawn over the film in colour; what lies below the threshold is transparent.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The map.
    pub map: Arc<AnomalyMap>,
    /// Its colours.
    pub colormap: Colormap,
    /// From 0, invisible, to 1, opaque.
    pub opacity: f32,
    /// The cut, in the map's unit.
    pub threshold: f32,
    /// Whether cells are drawn as they are, as counts are, and not as values with others between
    /// them.
    pub discrete: bool,
}

/// Where the image lies in its viewport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewTransform {
    /// The image point at the viewport's centre.
    pub center_in_image: PixelPoint,
    /// Screen points per image column.
    pub zoom: f32,
    /// Height of an image pixel over its width, from an anisotropic pixel spacing; usually 1.
    pub pixel_aspect: f32,
    /// How far the image is turned about the viewport's centre, clockwise, in radians; 0 but for a
    /// film that was aligned with another.
    pub turn_rad: f32,
}

/// Everything drawn in one viewport but text and boxes.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The layer shown.
    pub base: Layer,
    /// A second layer of the same film over it.
    pub over: Option<(Layer, Blend)>,
    /// The curve from samples to greys, for both layers.
    pub ramp: Arc<GreyRamp>,
    /// A map in colour on top.
    pub overlay: Option<Overlay>,
    /// What the file draws over the film.
    pub drawn: Option<Drawn>,
    /// Where it lies.
    pub view: ViewTransform,
}

impl ViewTransform {
    /// Makes the view that shows an image of this size pixel by pixel, centred.
    pub fn native(width: usize, height: usize) -> Self {
        Self {
            center_in_image: PixelPoint {
                x: width as f32 / 2.0,
                y: height as f32 / 2.0,
            },
            zoom: 1.0,
            pixel_aspect: 1.0,
            turn_rad: 0.0,
        }
    }

    /// Returns the image pixels per screen pixel, across and down.
    pub fn step(&self, pixels_per_point: f32) -> [f32; 2] {
        let across = 1.0 / (self.zoom * pixels_per_point);
        [across, across / self.pixel_aspect]
    }

    /// Returns the image point at an offset from the viewport's centre, in screen points.
    pub fn image_from_screen(&self, dx: f32, dy: f32) -> PixelPoint {
        let [across, down] = self.step(1.0);
        let (sin, cos) = self.turn_rad.sin_cos();
        PixelPoint {
            x: self.center_in_image.x + (cos * dx + sin * dy) * across,
            y: self.center_in_image.y + (cos * dy - sin * dx) * down,
        }
    }

    /// Returns the offset from the viewport's centre, in screen points, of an image point.
    pub fn screen_from_image(&self, point_in_image: PixelPoint) -> (f32, f32) {
        let [across, down] = self.step(1.0);
        let (sin, cos) = self.turn_rad.sin_cos();
        let x = (point_in_image.x - self.center_in_image.x) / across;
        let y = (point_in_image.y - self.center_in_image.y) / down;
        (cos * x - sin * y, sin * x + cos * y)
    }
}

impl Layer {
    /// Makes the layer of a film itself, over all of it. Keep it: each new layer is uploaded anew.
    pub fn of_film(radiograph: &Radiograph) -> Self {
        let raster = radiograph.raster.clone();
        let place = PixelRect::of_image(raster.width(), raster.height());
        Self(Arc::new(Placed { raster, place }))
    }
}
