//! The transforms of tiles along one axis, for vectors of channels.

use pulp::Simd;

use super::points::{A, B, SIDE};

/// The transforms along one axis.
#[derive(Clone, Copy)]
pub(super) struct Axis<S: Simd> {
    simd: S,
    a: S::f32s,
    b: S::f32s,
    /// a², b², their sum and their product.
    aa: S::f32s,
    bb: S::f32s,
    sum: S::f32s,
    product: S::f32s,
}

impl<S: Simd> Axis<S> {
    #[inline(always)]
    pub(super) fn new(simd: S) -> Self {
        Self {
            simd,
            a: simd.splat_f32s(A),
            b: simd.splat_f32s(B),
            aa: simd.splat_f32s(A * A),
            bb: simd.splat_f32s(B * B),
            sum: simd.splat_f32s(A * A + B * B),
            product: simd.splat_f32s(A * A * B * B),
        }
    }

    /// `Bᵀ d`: with `M(x) = x (x² − a²) (x² − b²)`, the coefficients of `M(x) / (x − p)` for each
    /// point p, and of `M(x)` for ∞.
    #[inline(always)]
    pub(super) fn window(self, d: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
        let simd = self.simd;
        let less = |factor, x, from| simd.negate_mul_add_e_f32s(factor, x, from);
        let more = |factor, x, to| simd.mul_add_e_f32s(factor, x, to);
        let even_a = less(self.bb, d[2], d[4]);
        let odd_a = less(self.bb, d[1], d[3]);
        let even_b = less(self.aa, d[2], d[4]);
        let odd_b = less(self.aa, d[1], d[3]);
        [
            more(self.product, d[0], less(self.sum, d[2], d[4])),
            more(self.a, odd_a, even_a),
            less(self.a, odd_a, even_a),
            more(self.b, odd_b, even_b),
            less(self.b, odd_b, even_b),
            more(self.product, d[1], less(self.sum, d[3], d[5])),
        ]
    }

    /// `Aᵀ m`: the first M coefficients of the sums over points, output i being Σ pⁱ m; ∞ adds to
    /// the last.
    #[inline(always)]
    pub(super) fn outputs<const M: usize>(self, m: [S::f32s; SIDE]) -> [S::f32s; M] {
        let simd = self.simd;
        let mut even = (simd.add_f32s(m[1], m[2]), simd.add_f32s(m[3], m[4]));
        let mut odd = (simd.sub_f32s(m[1], m[2]), simd.sub_f32s(m[3], m[4]));
        odd = (simd.mul_f32s(self.a, odd.0), simd.mul_f32s(self.b, odd.1));
        let mut outputs = [m[0]; M];
        for (power, output) in outputs.iter_mut().enumerate() {
            let pair = if power % 2 == 0 { &mut even } else { &mut odd };
            let mut sum = simd.add_f32s(pair.0, pair.1);
            if power == 0 {
                sum = simd.add_f32s(m[0], sum);
            }
            if power + 1 == M {
                sum = simd.add_f32s(sum, m[5]);
            }
            *output = sum;
            *pair = (
                simd.mul_f32s(self.aa, pair.0),
                simd.mul_f32s(self.bb, pair.1),
            );
        }
        outputs
    }
}
