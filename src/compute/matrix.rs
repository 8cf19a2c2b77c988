//! Matrix products on slices: the safe face of the `gemm` crate.

use candle_core::WithDType;

/// A matrix inside a slice, at any strides.
#[derive(Clone, Copy)]
pub(super) struct MatrixRef<'a, T> {
    pub(super) samples: &'a [T],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
}

impl<'a, T> MatrixRef<'a, T> {
    /// Reads a slice as a row-major matrix.
    pub(super) fn row_major(samples: &'a [T], rows: usize, columns: usize) -> Self {
        Self {
            samples,
            rows,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// Turns rows into columns.
    pub(super) fn transposed(self) -> Self {
        Self {
            samples: self.samples,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    fn fits(&self) -> bool {
        let last = (self.rows.max(1) - 1) * self.row_stride
            + (self.columns.max(1) - 1) * self.column_stride;
        last < self.samples.len()
    }
}

/// Where a product goes: rows of a slice at a row stride, columns side by side.
pub(super) struct Target<'a, T> {
    pub(super) samples: &'a mut [T],
    pub(super) row_stride: usize,
    /// Whether the product is added to what is there.
    pub(super) accumulate: bool,
}

/// Computes `left · right` into `target`, on this thread or on all.
///
/// # Panics
/// When the shapes do not agree or reach outside their slices: a fault of the caller.
pub(super) fn multiply<T: WithDType>(
    Target {
        samples: target,
        row_stride,
        accumulate,
    }: Target<'_, T>,
    left: MatrixRef<'_, T>,
    right: MatrixRef<'_, T>,
    on_all_threads: bool,
) {
    let (m, n, k) = (left.rows, right.columns, left.columns);
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    assert_eq!(right.rows, k, "inner sizes differ");
    assert!(left.fits() && right.fits(), "operand outside its slice");
    assert!(row_stride >= n && (m - 1) * row_stride + n <= target.len());
    let parallelism = if on_all_threads {
        gemm::Parallelism::Rayon(0)
    } else {
        gemm::Parallelism::None
    };
    // The gemm crate takes raw pointers only. The assertions above bound every element it touches,
    // and the target is borrowed mutably, so nothing aliases.
    #[allow(unsafe_code)]
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            target.as_mut_ptr(),
            1,
            row_stride as isize,
            accumulate,
            left.samples.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.samples.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            T::one(),
            T::one(),
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_can_be_added_to_what_is_there() {
        let left = [1.0_f64, 2.0, 3.0, 4.0];
        let right = [1.0_f64, 0.0, 0.0, 1.0];
        let mut samples = [10.0_f64; 4];
        multiply(
            Target {
                samples: &mut samples,
                row_stride: 2,
                accumulate: true,
            },
            MatrixRef::row_major(&left, 2, 2).transposed(),
            MatrixRef::row_major(&right, 2, 2),
            false,
        );
        assert_eq!(samples, [11.0, 13.0, 12.0, 14.0]);
    }
}
