//! Domain to pixels: grey ramps, colour maps, the CPU reference renderer and its GPU twin.
//!
//! Every curve exists once, here, and reaches the shader as a ramp: a VOI as 4096 greys, a colour
//! map as 256 colours. [`compose()`] is the reference; the shaders are tested against it.

mod colormap;
mod picture;
mod ramp;

pub use colormap::Colormap;
pub use picture::{Blend, Layer, Overlay, Picture, ViewTransform};
pub use ramp::GreyRamp;
