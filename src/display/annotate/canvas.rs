//! A picture in memory: filling, pasting and blending, clipped at its edges.

/// A rectangle of whole pixels; it may reach beyond the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: i64,
    pub(super) top: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

impl Area {
    pub(super) fn new(left: i64, top: i64, width: i64, height: i64) -> Self {
        Self {
            left,
            top,
            width,
            height,
        }
    }

    /// Returns the area enlarged by `margin` on every side.
    pub(super) fn grown(self, margin: i64) -> Self {
        Self::new(
            self.left - margin,
            self.top - margin,
            (self.width + 2 * margin).max(0),
            (self.height + 2 * margin).max(0),
        )
    }

    /// Returns the part of the area that lies inside another.
    pub(super) fn within(self, other: Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        let right = self.right().min(other.right());
        let bottom = self.bottom().min(other.bottom());
        Self::new(left, top, (right - left).max(0), (bottom - top).max(0))
    }

    pub(super) fn right(self) -> i64 {
        self.left + self.width
    }

    pub(super) fn bottom(self) -> i64 {
        self.top + self.height
    }
}

/// The background of the strips around the film.
pub(super) const STRIP: [u8; 3] = [18, 20, 23];

/// A picture in memory.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        let [r, g, b] = STRIP;
        Self {
            width,
            height,
            rgba: [r, g, b, 255].repeat(width * height),
        }
    }

    pub(super) fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// Copies RGBA pixels of exactly the area's size; the area must lie inside the canvas.
    pub(super) fn paste(&mut self, rgba: &[u8], area: Area) {
        let row = area.width as usize * 4;
        for (y, line) in rgba.chunks_exact(row).enumerate() {
            let start = ((area.top as usize + y) * self.width + area.left as usize) * 4;
            self.rgba[start..start + row].copy_from_slice(line);
        }
    }

    /// Mixes a colour into one pixel.
    pub(super) fn blend(&mut self, x: i64, y: i64, color: [u8; 3], share: f32) {
        if x < 0 || y < 0 || x >= self.width as i64 || y >= self.height as i64 {
            return;
        }
        let start = (y as usize * self.width + x as usize) * 4;
        for (code, &part) in self.rgba[start..start + 3].iter_mut().zip(&color) {
            let mixed = f32::from(*code) * (1.0 - share) + f32::from(part) * share;
            *code = (mixed + 0.5) as u8;
        }
    }

    pub(super) fn fill(&mut self, area: Area, color: [u8; 3]) {
        let left = area.left.clamp(0, self.width as i64);
        let right = area.right().clamp(0, self.width as i64);
        let top = area.top.clamp(0, self.height as i64);
        let bottom = area.bottom().clamp(0, self.height as i64);
        for y in top..bottom {
            for x in left..right {
                self.blend(x, y, color, 1.0);
            }
        }
    }

    /// Draws a straight line of a width with round ends, smooth at its edges; ends are measured
    /// from the outer corner of the first pixel.
    pub(super) fn segment(
        &mut self,
        (from, to): ((f32, f32), (f32, f32)),
        (width, color): (f32, [u8; 3]),
    ) {
        let half = width / 2.0;
        let span = |a: f32, b: f32, side: usize| {
            let least = (a.min(b) - half - 1.0).floor().clamp(0.0, side as f32);
            let most = (a.max(b) + half + 1.0).ceil().clamp(0.0, side as f32);
            least as i64..most as i64
        };
        let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
        let length_squared = (along_x * along_x + along_y * along_y).max(1e-12);
        let columns = span(from.0, to.0, self.width);
        for y in span(from.1, to.1, self.height) {
            let down = y as f32 + 0.5 - from.1;
            for x in columns.clone() {
                let across = x as f32 + 0.5 - from.0;
                let share = (across * along_x + down * along_y) / length_squared;
                let share = share.clamp(0.0, 1.0);
                let off = (across - share * along_x).hypot(down - share * along_y);
                let covered = (half + 0.5 - off).clamp(0.0, 1.0);
                if covered > 0.0 {
                    self.blend(x, y, color, covered);
                }
            }
        }
    }

    /// Draws a frame of `thickness` pixels just inside an area.
    pub(super) fn frame(&mut self, area: Area, thickness: i64, color: [u8; 3]) {
        for side in sides(area, thickness) {
            self.fill(side, color);
        }
    }

    /// Draws a frame in dashes, each as long as the gap after it.
    pub(super) fn dashed_frame(&mut self, area: Area, thickness: i64, color: [u8; 3]) {
        let dash = thickness * 5;
        for side in sides(area, thickness) {
            let across = side.width >= side.height;
            let length = if across { side.width } else { side.height };
            for start in (0..length).step_by(2 * dash as usize) {
                let part = dash.min(length - start);
                let piece = if across {
                    Area::new(side.left + start, side.top, part, side.height)
                } else {
                    Area::new(side.left, side.top + start, side.width, part)
                };
                self.fill(piece, color);
            }
        }
    }
}

fn sides(area: Area, thickness: i64) -> [Area; 4] {
    let Area {
        left,
        top,
        width,
        height,
    } = area;
    [
        Area::new(left, top, width, thickness),
        Area::new(left, area.bottom() - thickness, width, thickness),
        Area::new(left, top, thickness, height),
        Area::new(area.right() - thickness, top, thickness, height),
    ]
}
