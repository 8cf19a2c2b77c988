//! The plainest possible engine: what the fast ones are tested against.

use super::step::{
    Activation, Border, Combine, Convolve, Deviation, MapRows, Maps, Multiply, Normalise, Over,
    Pairing, Plan, RANK, Resample, Resampling, RowRule, Scale, Step, Table, View,
};

impl Activation {
    /// Applies it to a sample.
    pub(crate) fn of(self, x: f32) -> f32 {
        match self {
            Self::Nothing => x,
            Self::Leaky(slope) => {
                if x > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Tanh => x.tanh(),
            Self::Abs => x.abs(),
            Self::Affine(factor, offset) => factor * x + offset,
        }
    }
}

/// Runs a plan on inputs.
pub(crate) fn run(plan: &Plan, inputs: &[&[f32]]) -> Vec<Vec<f32>> {
    let mut arena = vec![f32::NAN; plan.arena];
    for (first, samples) in &plan.constants {
        arena[*first..first + samples.len()].copy_from_slice(samples);
    }
    for (range, samples) in plan.inputs.iter().zip(inputs) {
        arena[range.clone()].copy_from_slice(samples);
    }
    for step in &plan.steps {
        execute(step, &mut arena);
    }
    let outputs = plan.outputs.iter();
    outputs.map(|range| arena[range.clone()].to_vec()).collect()
}

/// Executes one step.
pub(crate) fn execute(step: &Step, arena: &mut [f32]) {
    match step {
        Step::Convolve(step) => convolve(step, arena),
        Step::Scale(step) => scale(step, arena),
        Step::Normalise(step) => normalise(step, arena),
        Step::MapRows(step) => map_rows(step, arena),
        Step::Multiply(step) => multiply(step, arena),
        Step::Combine(step) => combine(step, arena),
        Step::Resample(step) => resample(step, arena),
    }
}

/// Calls `visit` with image, row, column and channel.
fn each(maps: &Maps, mut visit: impl FnMut(usize, usize, usize, usize)) {
    for n in 0..maps.images {
        for y in 0..maps.height {
            for x in 0..maps.width {
                for c in 0..maps.channels {
                    visit(n, y, x, c);
                }
            }
        }
    }
}

fn inside(at: isize, size: usize, border: Border) -> Option<usize> {
    let last = size as isize - 1;
    match border {
        Border::Zero => (0..=last).contains(&at).then_some(at as usize),
        Border::Reflect if at < 0 => Some((-at) as usize),
        Border::Reflect if at > last => Some((2 * last - at) as usize),
        Border::Reflect => Some(at as usize),
    }
}

fn convolve(step: &Convolve, arena: &mut [f32]) {
    let [_, channels, kh, kw] = step.kernels.shape;
    each(&step.y, |n, oy, ox, o| {
        let mut sum = step.bias.as_ref().map_or(0.0, |bias| f64::from(bias[o]));
        if let Some(plus) = &step.plus {
            sum += f64::from(arena[plus.at(n, oy, ox) + o]);
        }
        for ky in 0..kh {
            for kx in 0..kw {
                let row = (oy * step.stride + ky) as isize - step.before.0 as isize;
                let column = (ox * step.stride + kx) as isize - step.before.1 as isize;
                let row = inside(row, step.x.height, step.border);
                let column = inside(column, step.x.width, step.border);
                let (Some(row), Some(column)) = (row, column) else {
                    continue;
                };
                for i in 0..channels {
                    let kernel = step.kernels.samples[((o * channels + i) * kh + ky) * kw + kx];
                    sum += f64::from(kernel) * f64::from(arena[step.x.at(n, row, column) + i]);
                }
            }
        }
        arena[step.y.at(n, oy, ox) + o] = step.then.of(sum as f32);
    });
}

fn number(arena: &[f32], table: Table, n: usize, c: usize) -> f32 {
    arena[table.first + n * table.image_stride + c]
}

fn scale(step: &Scale, arena: &mut [f32]) {
    each(&step.y, |n, y, x, c| {
        let sample = arena[step.x.at(n, y, x) + c];
        let (scale, shift) = (
            number(arena, step.scale, n, c),
            number(arena, step.shift, n, c),
        );
        arena[step.y.at(n, y, x) + c] = step.then.of(sample * scale + shift);
    });
}

fn normalise(step: &Normalise, arena: &mut [f32]) {
    let groups = match step.over {
        Over::Plane => step.x.channels,
        Over::Image => 1,
    };
    let group_of = |n: usize, c: usize| n * groups + if groups == 1 { 0 } else { c };
    let mut groups_of = vec![Vec::new(); step.x.images * groups];
    each(&step.x, |n, y, x, c| {
        groups_of[group_of(n, c)].push(f64::from(arena[step.x.at(n, y, x) + c]));
    });
    let moments: Vec<(f64, f64)> = groups_of
        .iter()
        .map(|samples| {
            let count = samples.len() as f64;
            let mean = samples.iter().sum::<f64>() / count;
            let squares: f64 = samples.iter().map(|x| (x - mean) * (x - mean)).sum();
            let deviation = match step.deviation {
                Deviation::Biased(epsilon) => (squares / count + f64::from(epsilon)).sqrt(),
                Deviation::Unbiased(epsilon) => {
                    (squares / (count - 1.0)).sqrt() + f64::from(epsilon)
                }
            };
            (mean, deviation)
        })
        .collect();
    each(&step.y, |n, y, x, c| {
        let (mean, deviation) = moments[group_of(n, c)];
        let sample = f64::from(arena[step.x.at(n, y, x) + c]);
        let mut result = ((sample - mean) / deviation) as f32;
        if let Some((scale, shift)) = step.affine {
            result = result * number(arena, scale, n, c) + number(arena, shift, n, c);
        }
        if let Some(plus) = &step.plus {
            result += arena[plus.at(n, y, x) + c];
        }
        arena[step.y.at(n, y, x) + c] = step.then.of(result);
    });
}

fn map_rows(step: &MapRows, arena: &mut [f32]) {
    for row in 0..step.x.rows {
        let first = step.x.first + row * step.x.row_stride;
        let x: Vec<f64> = arena[first..first + step.x.width]
            .iter()
            .map(|&sample| f64::from(sample))
            .collect();
        let result = match step.rule {
            RowRule::Softmax => softmax(&x),
            RowRule::SparseSoftmax { top } => sparse(&softmax(&x), top),
        };
        let first = step.y.first + row * step.y.row_stride;
        for (sample, value) in arena[first..].iter_mut().zip(result) {
            *sample = value as f32;
        }
    }
}

fn softmax(x: &[f64]) -> Vec<f64> {
    let most = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = x.iter().map(|x| (x - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

fn sparse(soft: &[f64], top: usize) -> Vec<f64> {
    let mut sorted = soft.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let threshold = sorted[top.clamp(1, sorted.len()) - 1];
    let kept = soft.iter().map(|&s| {
        let excess = s - threshold;
        excess.max(0.0) * s / (excess.abs() + 1e-12)
    });
    let kept: Vec<f64> = kept.collect();
    let sum = kept.iter().sum::<f64>().max(1e-12);
    kept.iter().map(|kept| kept / sum).collect()
}

/// Calls `visit` with the six indices of every sample.
fn each_of(view: &View, mut visit: impl FnMut([usize; RANK])) {
    for flat in 0..view.len() {
        let mut rest = flat;
        let mut index = [0; RANK];
        for dimension in (0..RANK).rev() {
            index[dimension] = rest % view.dims[dimension];
            rest /= view.dims[dimension];
        }
        visit(index);
    }
}

fn place(view: &View, index: [usize; RANK]) -> usize {
    let pairs = index.iter().zip(view.strides);
    view.first + pairs.map(|(index, stride)| index * stride).sum::<usize>()
}

fn multiply(step: &Multiply, arena: &mut [f32]) {
    let [row, column] = [RANK - 2, RANK - 1];
    each_of(&step.y, |index| {
        let (mut left, mut right) = (index, index);
        let mut sum = 0.0;
        for k in 0..step.a.dims[column] {
            left[column] = k;
            right[row] = k;
            let (a, b) = (place(&step.a, left), place(&step.b, right));
            sum += f64::from(arena[a]) * f64::from(arena[b]);
        }
        arena[place(&step.y, index)] = sum as f32;
    });
}

fn combine(step: &Combine, arena: &mut [f32]) {
    each_of(&step.y, |index| {
        let (a, b) = (arena[place(&step.a, index)], arena[place(&step.b, index)]);
        let paired = match step.pairing {
            Pairing::First => a,
            Pairing::Add => a + b,
            Pairing::Subtract => a - b,
            Pairing::Multiply => a * b,
            Pairing::Divide => a / b,
        };
        arena[place(&step.y, index)] = step.then.of(paired);
    });
}

fn resample(step: &Resample, arena: &mut [f32]) {
    let maps = step.x;
    each(&step.y, |n, y, x, c| {
        let sample = |row: usize, column: usize| arena[maps.at(n, row, column) + c];
        let mean = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
            let count = (rows.len() * columns.len()) as f32;
            let samples = rows.flat_map(|row| columns.clone().map(move |column| (row, column)));
            samples
                .map(|(row, column)| sample(row, column))
                .sum::<f32>()
                / count
        };
        let result = match step.how {
            Resampling::TwiceNearest => sample(y / 2, x / 2),
            Resampling::Half => mean(2 * y..2 * y + 2, 2 * x..2 * x + 2),
            Resampling::Mean => mean(0..maps.height, 0..maps.width),
            Resampling::TwiceBilinear => {
                let other = |at: usize, size: usize| match at % 2 {
                    0 => (at / 2).saturating_sub(1),
                    _ => (at / 2 + 1).min(size - 1),
                };
                let (far_row, far_column) = (other(y, maps.height), other(x, maps.width));
                let (row, column) = (y / 2, x / 2);
                0.5625 * sample(row, column)
                    + 0.1875 * (sample(far_row, column) + sample(row, far_column))
                    + 0.0625 * sample(far_row, far_column)
            }
        };
        arena[step.y.at(n, y, x) + c] = result;
    });
}
