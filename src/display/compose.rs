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
    /// Sine and cosine of the view's turn.
    turn: (f32, f32),
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
            turn: picture.view.turn_rad.sin_cos(),
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
        let (sin, cos) = self.turn;
        let x = self.center[0] + (cos * dx + sin * dy) * self.step[0];
        let y = self.center[1] + (cos * dy - sin * dx) * self.step[1];
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
            Blend::Lens {
                center_in_image,
                radius_px,
            } => {
                let across = (x - center_in_image.x) / self.step[0];
                let down = (y - center_in_image.y) / self.step[1];
                if across.hypot(down) > radius_px / self.step[0] {
                    return base;
                }
                1.0
            }
            Blend::Difference(most) => {
                return source.at(x, y).map_or(0.0, |value| {
                    (0.5 + (base - self.ramp.grey(value)) / (2.0 * most)).clamp(0.0, 1.0)
                });
            }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::display::{Layer, ViewTransform};
    use crate::radiograph::{PixelPoint, PixelRect, Polarity, Raster, Voi};

    const SIDE: usize = 256;
    const AT: PixelPoint = PixelPoint { x: 118.3, y: 141.6 };

    /// A soft spot around a point of the film, drawn into a raster of `cells` a side, or nothing.
    fn layer(cells: usize, spot: bool) -> Layer {
        let pixels = SIDE as f32 / cells as f32;
        let value = |index: usize| {
            let x = ((index % cells) as f32 + 0.5) * pixels - AT.x;
            let y = ((index / cells) as f32 + 0.5) * pixels - AT.y;
            let spot = if spot { 0.5 } else { 0.0 };
            0.25 + spot * (-(x * x + y * y) / 128.0).exp()
        };
        let samples: Vec<f32> = (0..cells * cells).map(value).collect();
        Layer(Arc::new(Placed {
            raster: Raster::new(cells, cells, samples).unwrap(),
            place: PixelRect::of_image(SIDE, SIDE),
        }))
    }

    /// The spot's centre on the screen, from the viewport's centre: that of its brighter part, or
    /// of its darker one.
    fn spot(picture: &Picture) -> (f32, f32) {
        const SCREEN: usize = 200;
        let rgba = compose(picture, SCREEN, SCREEN);
        let background = match picture.over {
            Some((_, Blend::Difference(_))) => 128.0,
            _ => 64.0,
        };
        let expected = picture.view.screen_from_image(AT);
        let offset = |index: usize| {
            let center = SCREEN as f32 / 2.0;
            let x = (index % SCREEN) as f32 + 0.5 - center;
            (x, (index / SCREEN) as f32 + 0.5 - center)
        };
        let near = |(x, y): (f32, f32)| {
            (x - expected.0).hypot(y - expected.1) < 20.0 * picture.view.zoom + 3.0
        };
        let pixels = rgba.chunks_exact(4).enumerate();
        let pixels = pixels.map(|(index, pixel)| (offset(index), f32::from(pixel[0])));
        let pixels: Vec<_> = pixels
            .filter(|(at, _)| near(*at))
            .map(|(at, code)| (at, (code - background).abs()))
            .collect();
        let most = pixels.iter().map(|(_, off)| *off).fold(0.0, f32::max);
        assert!(most > 20.0, "no spot is seen");
        let (mut sum, mut x, mut y) = (0.0, 0.0, 0.0);
        for (at, off) in pixels {
            let weight = (off - 0.6 * most).max(0.0);
            sum += weight;
            x += weight * at.0;
            y += weight * at.1;
        }
        (x / sum, y / sum)
    }

    #[test]
    fn a_landmark_stays_in_its_place_in_every_way_to_compare() {
        let lens = |x: f32, radius_px: f32| Blend::Lens {
            center_in_image: PixelPoint { x, y: AT.y },
            radius_px,
        };
        // Where the spot is in the film, or in the counterpart, or in both.
        let ways = [
            ("original", None, true, false),
            ("counterpart", Some(Blend::Fade(1.0)), false, true),
            ("fade, of the original", Some(Blend::Fade(0.4)), true, false),
            (
                "fade, of the counterpart",
                Some(Blend::Fade(0.6)),
                false,
                true,
            ),
            ("swipe, left", Some(Blend::Swipe(200.0)), true, false),
            ("swipe, right", Some(Blend::Swipe(40.0)), false, true),
            ("within the lens", Some(lens(AT.x, 80.0)), false, true),
            ("beside the lens", Some(lens(20.0, 30.0)), true, false),
            (
                "difference, of the original",
                Some(Blend::Difference(0.5)),
                true,
                false,
            ),
            (
                "difference, of the counterpart",
                Some(Blend::Difference(0.5)),
                false,
                true,
            ),
        ];
        let mut view = ViewTransform::native(SIDE, SIDE);
        for (zoom, turn_rad) in [
            (0.25, 0.0),
            (0.5, 0.1),
            (1.0, 0.0),
            (2.0, 0.0),
            (4.0, 0.2),
            (8.0, 0.0),
        ] {
            (view.zoom, view.turn_rad) = (zoom, turn_rad);
            view.center_in_image = PixelPoint {
                x: AT.x + 8.0 / zoom,
                y: AT.y - 5.0 / zoom,
            };
            let expected = view.screen_from_image(AT);
            for (name, blend, in_film, in_counterpart) in ways {
                let picture = Picture {
                    base: layer(SIDE, in_film),
                    over: blend.map(|blend| (layer(64, in_counterpart), blend)),
                    ramp: Arc::new(GreyRamp::new(&Voi::spanning(0.0, 1.0), Polarity::Identity)),
                    overlay: None,
                    drawn: None,
                    view,
                };
                let found = spot(&picture);
                let off = (found.0 - expected.0).hypot(found.1 - expected.1);
                assert!(off < 0.5, "{name} at zoom {zoom}: {off} px off");
            }
        }
    }
}
