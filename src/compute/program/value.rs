//! Where a tensor's samples lie while a plan is made.

use super::arena::address;
use super::step::{Maps, RANK, Rows, View};
use crate::error::{Error, Result};

/// A tensor's place: a buffer and a stride for each dimension.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) buffer: usize,
    pub(super) first: usize,
    pub(super) dims: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

/// Row-major strides.
pub(super) fn row_major(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for at in (1..dims.len()).rev() {
        strides[at - 1] = strides[at] * dims[at];
    }
    strides
}

/// The strides a step's result gets: channels innermost for feature maps, else row-major.
pub(super) fn dense(dims: &[usize]) -> Vec<usize> {
    match *dims {
        [_, channels, height, width] => {
            vec![height * width * channels, 1, width * channels, channels]
        }
        _ => row_major(dims),
    }
}

/// The strides of `dims` over the samples of a finer grid `fine`, expressed on that grid: what each
/// of its dimensions must step when the result has `strides` on `dims`.
pub(super) fn refined(dims: &[usize], strides: &[usize], fine: &[usize]) -> Option<Vec<usize>> {
    let mut result = vec![0; fine.len()];
    let mut end = 0;
    for (&size, &stride) in dims.iter().zip(strides) {
        let mut product = 1;
        let begin = end;
        while product < size || (size == 1 && end < fine.len() && fine[end] == 1) {
            product *= fine.get(end)?;
            end += 1;
            if size == 1 {
                break;
            }
        }
        if product != size {
            return None;
        }
        let mut step = stride;
        for at in (begin..end).rev() {
            result[at] = step;
            step *= fine[at];
        }
    }
    let rest = fine.get(end..)?;
    rest.iter().all(|&size| size == 1).then_some(result)
}

impl Value {
    /// A tensor that fills a buffer row by row.
    pub(super) fn rows_of(buffer: usize, dims: &[usize]) -> Self {
        Self {
            buffer,
            first: 0,
            dims: dims.to_vec(),
            strides: row_major(dims),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// The address of the first sample, before the arena is laid out.
    pub(super) fn address(&self) -> usize {
        address(self.buffer, self.first)
    }

    /// The same samples in another shape, where strides can express it.
    pub(super) fn reshaped(&self, dims: &[usize]) -> Option<Self> {
        // Sizes of one take part in nothing.
        let kept = |dims: &[usize], strides: &[usize]| -> Vec<(usize, usize)> {
            let pairs = dims.iter().copied().zip(strides.iter().copied());
            pairs.filter(|&(size, _)| size != 1).collect()
        };
        let old = kept(&self.dims, &self.strides);
        let mut strides = vec![1; dims.len()];
        let (mut from, mut to) = (0, 0);
        while to < dims.len() {
            if dims[to] == 1 {
                to += 1;
                continue;
            }
            // The shortest runs of old and new dimensions that hold as many samples.
            let (from_first, to_first) = (from, to);
            let (mut a, mut b) = (old.get(from)?.0, dims[to]);
            from += 1;
            to += 1;
            while a != b {
                if a < b {
                    a *= old.get(from)?.0;
                    from += 1;
                } else {
                    b *= dims.get(to)?;
                    to += 1;
                }
            }
            let run = &old[from_first..from];
            let joined = run
                .windows(2)
                .all(|pair| pair[0].1 == pair[1].1 * pair[1].0);
            if !joined {
                return None;
            }
            let mut step = run.last()?.1;
            for at in (to_first..to).rev() {
                strides[at] = step;
                step *= dims[at];
            }
        }
        Some(Self {
            buffer: self.buffer,
            first: self.first,
            dims: dims.to_vec(),
            strides,
        })
    }

    pub(super) fn permuted(&self, order: &[usize]) -> Self {
        Self {
            buffer: self.buffer,
            first: self.first,
            dims: order.iter().map(|&from| self.dims[from]).collect(),
            strides: order.iter().map(|&from| self.strides[from]).collect(),
        }
    }

    pub(super) fn narrowed(&self, dimension: usize, first: usize, count: usize) -> Self {
        let mut result = self.clone();
        result.first += first * self.strides[dimension];
        result.dims[dimension] = count;
        result
    }

    /// Whether the samples lie row by row without a gap.
    pub(super) fn is_row_major(&self) -> bool {
        let wanted = row_major(&self.dims);
        let mut sizes = self.dims.iter().zip(self.strides.iter().zip(&wanted));
        sizes.all(|(&size, (stride, wanted))| size == 1 || stride == wanted)
    }

    /// As feature maps, when the channels are neighbours; `(N, C)` are maps of one pixel.
    pub(super) fn maps(&self) -> Option<Maps> {
        let (dims, strides) = match (&self.dims[..], &self.strides[..]) {
            (&[n, c, h, w], &[sn, sc, sh, sw]) => ([n, c, h, w], [sn, sc, sh, sw]),
            (&[n, c], &[sn, sc]) => ([n, c, 1, 1], [sn, sc, 0, 0]),
            _ => return None,
        };
        (strides[1] == 1 || dims[1] == 1).then_some(Maps {
            first: self.address(),
            images: dims[0],
            channels: dims[1],
            height: dims[2],
            width: dims[3],
            image_stride: strides[0],
            row_stride: strides[2],
            pixel_stride: strides[3],
        })
    }

    /// As rows of the last dimension.
    pub(super) fn rows(&self) -> Option<Rows> {
        let width = *self.dims.last()?;
        let flat = self.reshaped(&[self.len() / width.max(1), width])?;
        (flat.strides[1] == 1 || width == 1).then_some(Rows {
            first: self.address(),
            rows: flat.dims[0],
            width,
            row_stride: flat.strides[0],
        })
    }

    /// As a view of six dimensions, repeated where `dims` are larger.
    pub(super) fn view(&self, dims: &[usize]) -> Result<View> {
        if dims.len() > RANK || self.dims.len() > dims.len() {
            return Err(Error::internal(format!(
                "{dims:?} have too many dimensions"
            )));
        }
        let mut view = View {
            first: self.address(),
            dims: [1; RANK],
            strides: [0; RANK],
        };
        view.dims[RANK - dims.len()..].copy_from_slice(dims);
        let missing = RANK - self.dims.len();
        for (at, (&size, &stride)) in self.dims.iter().zip(&self.strides).enumerate() {
            if size != 1 {
                view.strides[missing + at] = stride;
            }
        }
        Ok(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_is_a_view_and_a_merge_only_where_strides_allow() {
        let maps = Value {
            buffer: 0,
            first: 0,
            dims: vec![2, 3, 4, 4],
            strides: dense(&[2, 3, 4, 4]),
        };
        let split = maps.reshaped(&[2, 3, 2, 2, 2, 2]).unwrap();
        assert_eq!(split.strides, [48, 1, 24, 12, 6, 3]);
        assert_eq!(split.reshaped(&[2, 3, 4, 4]), Some(maps.clone()));
        assert!(maps.reshaped(&[2, 48]).is_none());
        let rows = Value::rows_of(0, &[2, 3, 4, 4]);
        assert_eq!(rows.reshaped(&[2, 48]).unwrap().strides, [48, 1]);
        assert_eq!(
            rows.reshaped(&[1, 6, 1, 16]).unwrap().strides,
            [1, 16, 1, 1]
        );
    }

    #[test]
    fn a_coarser_grid_prescribes_the_strides_of_a_finer_one() {
        let strides = dense(&[8, 3, 2, 2]);
        let fine = refined(&[8, 3, 2, 2], &strides, &[2, 2, 2, 3, 2, 2]).unwrap();
        assert_eq!(fine, [48, 24, 12, 1, 6, 3]);
        assert!(refined(&[6], &[1], &[4]).is_none());
    }
}
