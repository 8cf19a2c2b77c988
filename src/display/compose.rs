//! The CPU reference renderer: exports use it, and the shader is tested against it.
//!
//! Its twin is `shaders/picture.wgsl`. It draws films and maps; text, boxes and legends are
//! `annotate`'s.

use rayon::prelude::*;

use super::levels::{Level, Placement, cells_under_a_pixel, most_steps, steps_for};
use super::stencil::StencilReader;
use super::{Blend, Colormap, GreyRamp, Overlay, Picture};
use crate::anomaly::Placed;

/// Draws a picture into `width` × `height` screen pixels (one point each) and returns them as
/// RGBA, 8 bits a channel, row by row. Outside the film it is black; alpha is 255 throughout.
pub fn compose(picture: &Picture, width: usize, height: usize) -> Vec<u8> {
    let scene = Scene::new(picture);
    let mut rgba = vec![255; width * height * 4];
    if rgba.is_empty() {
        return rgba;
    }
    rgba.par_chunks_mut(width * 4)
        .enumerate()
        .for_each(|(row, line)| {
            let dy = row as f32 + 0.5 - height as f32 / 2.0;
            for (column, pixel) in line.chunks_exact_mut(4).enumerate() {
                let dx = column as f32 + 0.5 - width as f32 / 2.0;
                let color = scene.color(dx, dy);
                for (code, value) in pixel.iter_mut().zip(color) {
                    *code = (value * 255.0 + 0.5) as u8;
                }
            }
        });
    rgba
}

/// A picture with everything looked up that does not change from pixel to pixel.
struct Scene<'a> {
    center: [f32; 2],
    step: [f32; 2],
    ramp: &'a GreyRamp,
    base: Source<'a>,
    over: Option<(Source<'a>, Blend)>,
    overlay: Option<Tint<'a>>,
    drawn: Option<StencilReader<'a>>,
}

struct Source<'a> {
    step: [f32; 2],
    level: Level<'a>,
    placement: Placement,
}

struct Tint<'a> {
    source: Source<'a>,
    overlay: &'a Overlay,
    colors: [[u8; 3]; Colormap::ENTRIES],
}

impl<'a> Scene<'a> {
    fn new(picture: &'a Picture) -> Self {
        let step = picture.view.step(1.0);
        let center = picture.view.center_in_image;
        Self {
            center: [center.x, center.y],
            step,
            ramp: &picture.ramp,
            base: Source::new(&picture.base.0, step),
            over: picture
                .over
                .as_ref()
                .map(|(layer, blend)| (Source::new(&layer.0, step), *blend)),
            overlay: picture
                .overlay
                .as_ref()
                .filter(|overlay| overlay.opacity > 0.0)
                .map(|overlay| Tint::new(overlay, step)),
            drawn: picture
                .drawn
                .as_ref()
                .map(|drawn| StencilReader::new(drawn, step)),
        }
    }

    /// Returns the code values in [0, 1] at an offset from the centre, in screen pixels.
    fn color(&self, dx: f32, dy: f32) -> [f32; 3] {
        let x = self.center[0] + dx * self.step[0];
        let y = self.center[1] + dy * self.step[1];
        // A model may look beyond the film; what it draws there belongs to no film.
        let Some(base) = self.base.at(x, y) else {
            return [0.0; 3];
        };
        let grey = self.grey(self.ramp.grey(base), x, y);
        let Some(drawn) = &self.drawn else {
            return self.tinted(grey, x, y);
        };
        // The shutter hides the film, and not what a model says about it.
        let [graphics, hidden] = drawn.at(x, y);
        let color = self.tinted(drawn.shuttered(grey, hidden), x, y);
        drawn.drawn(color, graphics)
    }

    fn tinted(&self, grey: f32, x: f32, y: f32) -> [f32; 3] {
        match &self.overlay {
            Some(tint) => tint.over(grey, x, y),
            None => [grey; 3],
        }
    }

    fn grey(&self, base: f32, x: f32, y: f32) -> f32 {
        let Some((source, blend)) = &self.over else {
            return base;
        };
        let share = match *blend {
            Blend::Fade(share) => share.clamp(0.0, 1.0),
            Blend::Swipe(at) if x >= at => 1.0,
            Blend::Swipe(_) => return base,
        };
        source.at(x, y).map_or(base, |value| {
            base * (1.0 - share) + self.ramp.grey(value) * share
        })
    }
}

impl<'a> Source<'a> {
    fn new(placed: &'a Placed, step: [f32; 2]) -> Self {
        let (width, height) = (placed.raster.width(), placed.raster.height());
        let steps = steps_for(cells_under_a_pixel(placed, step)).min(most_steps(width, height));
        let level = Level::of(&placed.raster, steps);
        Self::at_level(placed, level, step)
    }

    fn at_level(placed: &'a Placed, level: Level<'a>, step: [f32; 2]) -> Self {
        Self {
            step,
            placement: Placement::new(&placed.place, (level.width, level.height)),
            level,
        }
    }

    fn at(&self, x: f32, y: f32) -> Option<f32> {
        self.placement.sample(&self.level, (x, y), self.step)
    }
}

impl<'a> Tint<'a> {
    fn new(overlay: &'a Overlay, step: [f32; 2]) -> Self {
        let placed = &overlay.map.placed;
        let level = Level::finest(&placed.raster);
        Self {
            source: Source::at_level(placed, level, step),
            overlay,
            colors: overlay.colormap.table(),
        }
    }

    fn over(&self, grey: f32, x: f32, y: f32) -> [f32; 3] {
        let value = if self.overlay.discrete {
            self.source.placement.nearest(&self.source.level, x, y)
        } else {
            self.source.at(x, y)
        };
        match value {
            Some(value) if value >= self.overlay.threshold => {
                let opacity = self.overlay.opacity.clamp(0.0, 1.0);
                let color = self.color(value);
                std::array::from_fn(|channel| grey * (1.0 - opacity) + color[channel] * opacity)
            }
            _ => [grey; 3],
        }
    }

    fn color(&self, value: f32) -> [f32; 3] {
        let (low, high) = self.overlay.map.scale;
        let last = (Colormap::ENTRIES - 1) as f32;
        let place = ((value - low) / (high - low).max(1e-30)).clamp(0.0, 1.0) * last;
        let index = (place as usize).min(Colormap::ENTRIES - 2);
        let t = place - index as f32;
        std::array::from_fn(|channel| {
            let code = |entry: usize| f32::from(self.colors[entry][channel]) / 255.0;
            code(index) * (1.0 - t) + code(index + 1) * t
        })
    }
}
