//! What is to be drawn in one viewport, for the GPU and for the CPU alike.

use std::sync::Arc;

use super::{Colormap, GreyRamp};
use crate::anomaly::{AnomalyMap, Placed};
use crate::radiograph::PixelPoint;

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
    /// Where it lies.
    pub view: ViewTransform,
}
