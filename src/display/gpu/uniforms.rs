//! The numbers a picture hands to its shader, rewritten every frame.

use super::super::levels::Placement;
use super::super::{Blend, Colormap, Drawn, Picture};
use super::stencils::StencilReading;
use super::{OnScreen, Reading};

/// The shader's `Picture`, field by field.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct Uniforms {
    center_in_image: [f32; 2],
    center_on_screen: [f32; 2],
    step: [f32; 2],
    ramp_low: f32,
    ramp_high: f32,
    base: Placement,
    over: Placement,
    map: Placement,
    stencil: Placement,
    scale_low: f32,
    scale_high: f32,
    threshold: f32,
    opacity: f32,
    blend_at: f32,
    blend: u32,
    base_level: u32,
    over_level: u32,
    colormap: u32,
    discrete: u32,
    stencil_level: u32,
    overlays: f32,
    shutter: f32,
    shade: f32,
    /// Sine and cosine of the view's turn.
    turn: [f32; 2],
    lens_center: [f32; 2],
    base_offset: f32,
    over_offset: f32,
}

impl Uniforms {
    /// The size in bytes, as the shader counts it.
    pub(super) const SIZE: u64 = size_of::<Self>() as u64;

    /// Spells a picture.
    pub(super) fn new(
        picture: &Picture,
        on_screen: &OnScreen,
        base: &Reading,
        over: Option<&Reading>,
    ) -> Self {
        let center = picture.view.center_in_image;
        let (blend, blend_at) = match picture.over.as_ref().map(|(_, blend)| *blend) {
            None => (0, 0.0),
            Some(Blend::Fade(share)) => (1, share.clamp(0.0, 1.0)),
            Some(Blend::Swipe(at)) => (2, at),
            Some(Blend::Lens { radius_px, .. }) => (3, radius_px),
            Some(Blend::Difference(most)) => (4, most),
        };
        let lens_center = match &picture.over {
            Some((
                _,
                Blend::Lens {
                    center_in_image, ..
                },
            )) => [center_in_image.x, center_in_image.y],
            _ => [0.0; 2],
        };
        let mut uniforms = Self {
            center_in_image: [center.x, center.y],
            center_on_screen: on_screen.center_px,
            step: picture.view.step(on_screen.pixels_per_point),
            ramp_low: picture.ramp.low,
            ramp_high: picture.ramp.high,
            base: base.placement,
            over: over.map_or(base.placement, |over| over.placement),
            map: base.placement,
            stencil: base.placement,
            blend_at,
            blend,
            turn: picture.view.turn_rad.sin_cos().into(),
            lens_center,
            base_level: base.level,
            base_offset: base.offset,
            over_offset: over.map_or(0.0, |over| over.offset),
            over_level: over.map_or(0, |over| over.level),
            ..bytemuck::Zeroable::zeroed()
        };
        if let Some(overlay) = &picture.overlay {
            let raster = &overlay.map.placed.raster;
            let cells = (raster.width(), raster.height());
            uniforms.map = Placement::new(&overlay.map.placed.place, cells);
            (uniforms.scale_low, uniforms.scale_high) = overlay.map.scale;
            uniforms.threshold = overlay.threshold;
            uniforms.opacity = overlay.opacity.clamp(0.0, 1.0);
            uniforms.colormap = row(overlay.colormap);
            uniforms.discrete = u32::from(overlay.discrete);
        }
        uniforms
    }

    /// Whether a screen pixel covers more than one cell of the map.
    pub(super) fn takes_four_of_map(&self) -> bool {
        self.map.takes_four(self.step)
    }

    /// Spells what the file draws over the film.
    pub(super) fn with_stencil(mut self, drawn: &Drawn, reading: &StencilReading) -> Self {
        let shown = |shown: bool| if shown { 1.0 } else { 0.0 };
        self.stencil = reading.placement;
        self.stencil_level = reading.level;
        self.overlays = shown(drawn.overlays);
        self.shutter = shown(drawn.shutter);
        self.shade = drawn.stencil.shade;
        self
    }
}

/// Returns the row of a colour map in the texture of all of them.
fn row(colormap: Colormap) -> u32 {
    let row = Colormap::ALL.iter().position(|&other| other == colormap);
    row.unwrap_or(0) as u32
}
