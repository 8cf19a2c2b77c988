//! Whether a plan keeps to its arena: what the kernels rely on instead of checking each address.

use std::ops::Range;

use super::super::program::{
    Border, Convolve, Maps, Multiply, Pairing, Plan, RANK, Resample, Resampling, Rows, Step, Table,
    View,
};
use crate::error::{Error, Result};

/// Checks every address and every pair of sizes of a plan.
pub(super) fn plan(plan: &Plan) -> Result<()> {
    let check = Check { arena: plan.arena };
    for (first, samples) in &plan.constants {
        check.range(&(*first..first + samples.len()))?;
    }
    for range in plan.inputs.iter().chain(&plan.outputs) {
        check.range(range)?;
    }
    for (index, step) in plan.steps.iter().enumerate() {
        let checked = check.step(step);
        checked.map_err(|what| {
            Error::internal(format!(
                "step {index} of a network's plan cannot be run: {what}"
            ))
        })?;
    }
    Ok(())
}

type Checked = std::result::Result<(), &'static str>;

struct Check {
    arena: usize,
}

/// Fails with a reason unless a condition holds.
fn ensure(holds: bool, otherwise: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(otherwise) }
}

impl Check {
    fn range(&self, range: &Range<usize>) -> Result<()> {
        if range.start <= range.end && range.end <= self.arena {
            return Ok(());
        }
        let arena = self.arena;
        Err(Error::internal(format!(
            "a network's plan reaches samples {range:?} of an arena of {arena}"
        )))
    }

    fn step(&self, step: &Step) -> Checked {
        match step {
            Step::Convolve(step) => self.convolve(step),
            Step::Scale(step) => {
                self.alike(&step.x, &step.y)?;
                self.table(step.scale, &step.y)?;
                self.table(step.shift, &step.y)
            }
            Step::Normalise(step) => {
                self.alike(&step.x, &step.y)?;
                step.plus
                    .iter()
                    .try_for_each(|plus| self.alike(plus, &step.y))?;
                let (scale, shift) = step.affine.unzip();
                let mut tables = scale.into_iter().chain(shift);
                tables.try_for_each(|table| self.table(table, &step.y))
            }
            Step::MapRows(step) => {
                self.rows(&step.x)?;
                self.rows(&step.y)?;
                let alike = (step.x.rows, step.x.width) == (step.y.rows, step.y.width);
                ensure(alike, "rows differ in number or width")
            }
            Step::Multiply(step) => self.multiply(step),
            Step::Combine(step) => {
                self.view(&step.a)?;
                self.view(&step.y)?;
                ensure(step.a.dims == step.y.dims, "views differ in size")?;
                if step.pairing == Pairing::First {
                    return Ok(());
                }
                self.view(&step.b)?;
                ensure(step.b.dims == step.y.dims, "views differ in size")
            }
            Step::Resample(step) => self.resample(step),
        }
    }

    /// Whether sizes and strides stay inside; overflow counts as outside.
    fn extent(&self, first: usize, sizes: &[usize], strides: &[usize]) -> Checked {
        let mut last = Some(first);
        for (&size, &stride) in sizes.iter().zip(strides) {
            ensure(size > 0, "a size is 0")?;
            let reach = (size - 1).checked_mul(stride);
            last = last
                .zip(reach)
                .and_then(|(last, reach)| last.checked_add(reach));
        }
        ensure(
            last.is_some_and(|last| last < self.arena),
            "it reaches beyond the arena",
        )
    }

    fn maps(&self, maps: &Maps) -> Checked {
        let sizes = [maps.images, maps.height, maps.width, maps.channels];
        let strides = [maps.image_stride, maps.row_stride, maps.pixel_stride, 1];
        self.extent(maps.first, &sizes, &strides)
    }

    fn rows(&self, rows: &Rows) -> Checked {
        self.extent(rows.first, &[rows.rows, rows.width], &[rows.row_stride, 1])
    }

    fn view(&self, view: &View) -> Checked {
        self.extent(view.first, &view.dims, &view.strides)
    }

    fn table(&self, table: Table, maps: &Maps) -> Checked {
        let sizes = [maps.images, maps.channels];
        self.extent(table.first, &sizes, &[table.image_stride, 1])
    }

    fn alike(&self, x: &Maps, y: &Maps) -> Checked {
        self.maps(x)?;
        self.maps(y)?;
        let sizes = |maps: &Maps| [maps.images, maps.channels, maps.height, maps.width];
        ensure(sizes(x) == sizes(y), "maps differ in size")
    }

    fn convolve(&self, step: &Convolve) -> Checked {
        let (x, y) = (&step.x, &step.y);
        self.maps(x)?;
        self.maps(y)?;
        step.plus.iter().try_for_each(|plus| self.alike(plus, y))?;
        let [columns, channels, kh, kw] = step.kernels.shape;
        ensure(
            step.stride > 0 && kh > 0 && kw > 0,
            "a kernel or a stride is 0",
        )?;
        let shape = (columns, channels, x.images) == (y.channels, x.channels, y.images);
        ensure(shape, "kernels and maps differ")?;
        let samples = step.kernels.samples.len() == columns * channels * kh * kw;
        ensure(
            samples,
            "kernels have another number of samples than their shape",
        )?;
        let biases = step.bias.as_ref().is_none_or(|bias| bias.len() == columns);
        ensure(biases, "biases and kernels differ in number")?;
        if step.border == Border::Reflect {
            let reach = |size: usize, kernel: usize, before: usize, from: usize| {
                let end = (size - 1) * step.stride + kernel;
                before < from && end <= 2 * from - 1 + before
            };
            let inside = reach(y.height, kh, step.before.0, x.height)
                && reach(y.width, kw, step.before.1, x.width);
            ensure(inside, "a border is wider than the map it mirrors")?;
        }
        Ok(())
    }

    fn multiply(&self, step: &Multiply) -> Checked {
        let (a, b, y) = (&step.a, &step.b, &step.y);
        self.view(a)?;
        self.view(b)?;
        self.view(y)?;
        let [row, column] = [RANK - 2, RANK - 1];
        let stacked = a.dims[..row] == y.dims[..row] && b.dims[..row] == y.dims[..row];
        let inner = a.dims[column] == b.dims[row];
        let outer = a.dims[row] == y.dims[row] && b.dims[column] == y.dims[column];
        ensure(stacked && inner && outer, "matrices do not fit")
    }

    fn resample(&self, step: &Resample) -> Checked {
        let (x, y) = (&step.x, &step.y);
        self.maps(x)?;
        self.maps(y)?;
        let twice = (2 * x.height, 2 * x.width);
        let wanted = match step.how {
            Resampling::TwiceBilinear | Resampling::TwiceNearest => twice,
            Resampling::Half => (x.height / 2, x.width / 2),
            Resampling::Mean => (1, 1),
        };
        let sizes = (y.height, y.width) == wanted;
        let stacks = (x.images, x.channels) == (y.images, y.channels);
        ensure(sizes && stacks, "maps have the wrong size")
    }
}
