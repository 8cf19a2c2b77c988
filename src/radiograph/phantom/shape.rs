//! The few curves the phantom is drawn with, and its reproducible noise.

/// An ellipse on the design grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ellipse {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) half_length: f32,
    pub(super) half_width: f32,
    /// From the x axis towards growing y, in radians.
    pub(super) angle: f32,
}

impl Ellipse {
    /// The thickness of an ellipsoid over a point: 1 in the middle, 0 on and outside the rim.
    pub(super) fn depth(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = (x - self.x, y - self.y);
        let (sin, cos) = self.angle.sin_cos();
        let along = (dx * cos + dy * sin) / self.half_length;
        let across = (dy * cos - dx * sin) / self.half_width;
        (1.0 - along * along - across * across).max(0.0).sqrt()
    }
}

/// A smooth step from 0 below `low` to 1 above `high`.
pub(super) fn rise(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A bell of height 1 around `center`.
pub(super) fn bump(center: f32, width: f32, value: f32) -> f32 {
    (-((value - center) / width).powi(2)).exp()
}

/// A number in [0, 1) that depends on nothing but its arguments, on every machine.
pub(super) fn chance(seed: u64, a: i64, b: i64) -> f32 {
    // SplitMix64's finaliser (Steele, Lea and Flood 2014).
    let mut bits = seed
        .wrapping_add((a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add((b as u64).wrapping_mul(0xD1B5_4A32_D192_ED03));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
}

/// An approximately normal number of variance 1 at a pixel.
pub(super) fn grain(seed: u64, column: i64, row: i64) -> f32 {
    let sum: f32 = (0..4)
        .map(|draw| chance(seed.wrapping_add(draw), column, row))
        .sum();
    (sum - 2.0) * 3_f32.sqrt()
}

/// Value noise in [−1, 1], smooth over `cell` design units.
pub(super) fn cloud(seed: u64, x: f32, y: f32, cell: f32) -> f32 {
    let (gx, gy) = (x / cell, y / cell);
    let (x0, y0) = (gx.floor(), gy.floor());
    let (tx, ty) = (rise(0.0, 1.0, gx - x0), rise(0.0, 1.0, gy - y0));
    let corner = |dx: i64, dy: i64| chance(seed, x0 as i64 + dx, y0 as i64 + dy);
    let top = corner(0, 0) * (1.0 - tx) + corner(1, 0) * tx;
    let bottom = corner(0, 1) * (1.0 - tx) + corner(1, 1) * tx;
    2.0 * (top * (1.0 - ty) + bottom * ty) - 1.0
}
