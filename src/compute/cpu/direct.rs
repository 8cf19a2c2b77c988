//! Convolution, window by window, where the samples lie.

use super::super::program::{Activation, Convolve, Maps};
use super::arena::Arena;
use super::grid::Grid;
use super::job::{Ground, Job, Stage, per_chunk, range};
use super::pad::Pad;
use super::panels::Panels;
use super::tile::{Block, Finish, Run};

/// The most samples of a window that are summed before the next pixels' turn: with 64 columns, their
/// weights take 256 KiB, a part of the level-2 cache that lasts from one tile to the next.
const DEPTH: usize = 1024;

/// A convolution.
pub(super) struct Direct {
    pad: Option<Pad>,
    x: Grid,
    y: Grid,
    plus: Option<Grid>,
    pixels: usize,
    pixels_per_chunk: usize,
    parts: Vec<Part>,
    panels: Panels,
    bias: Option<Vec<f32>>,
    then: Activation,
    cost: usize,
}

/// Rows of the weights that are applied together.
struct Part {
    runs: Vec<Run>,
    first: usize,
    depth: usize,
}

/// Where pixels' windows begin.
pub(super) fn windows(x: &Maps, step: &Convolve) -> Grid {
    Grid {
        first: x.first,
        height: step.y.height,
        width: step.y.width,
        image_stride: x.image_stride,
        row_stride: x.row_stride * step.stride,
        pixel_stride: x.pixel_stride * step.stride,
    }
}

/// The samples of a window, counted from its first, joined where they are neighbours.
pub(super) fn window(x: &Maps, [_, channels, kh, kw]: [usize; 4]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for ky in 0..kh {
        for kx in 0..kw {
            let first = ky * x.row_stride + kx * x.pixel_stride;
            match runs.last_mut() {
                Some(last) if last.first + last.len == first => last.len += channels,
                _ => runs.push(Run {
                    first,
                    len: channels,
                }),
            }
        }
    }
    runs
}

/// Cuts runs into parts of at most so many samples.
fn parts(runs: &[Run], most: usize) -> Vec<Part> {
    let depth: usize = runs.iter().map(|run| run.len).sum();
    let count = depth.div_ceil(most);
    let mut parts: Vec<Part> = Vec::with_capacity(count);
    let (mut rest, mut done) = (runs.iter().copied(), 0);
    let mut run = rest.next();
    for index in 0..count {
        let target = (depth - done).div_ceil(count - index);
        let mut part = Part {
            runs: Vec::new(),
            first: done,
            depth: 0,
        };
        while let Some(Run { first, len }) = run.filter(|_| part.depth < target) {
            let taken = len.min(target - part.depth);
            part.runs.push(Run { first, len: taken });
            part.depth += taken;
            run = match len - taken {
                0 => rest.next(),
                len => Some(Run {
                    first: first + taken,
                    len,
                }),
            };
        }
        done += part.depth;
        parts.push(part);
    }
    parts
}

impl Direct {
    /// Lays out the weights.
    pub(super) fn new(step: &Convolve, ground: &Ground) -> Self {
        let (x, pad) = Pad::of(step, ground);
        let [columns, channels, kh, kw] = step.kernels.shape;
        let depth = channels * kh * kw;
        let runs = window(&x, step.kernels.shape);
        let vectors = ground.vectors;
        let panels = Panels::new(
            [depth, columns],
            vectors.lanes,
            vectors.most,
            |k, column| {
                let (tap, channel) = (k / channels, k % channels);
                step.kernels.samples[(column * channels + channel) * kh * kw + tap]
            },
        );
        let pixels = step.y.images * step.y.height * step.y.width;
        let widest = panels.list().iter().map(|panel| panel.width).max();
        // Whole tiles, whichever tile it is.
        let pixels_per_chunk = per_chunk(pixels, depth * widest.unwrap_or(1)).next_multiple_of(24);
        Self {
            x: windows(&x, step),
            y: Grid::of(&step.y),
            plus: step.plus.as_ref().map(Grid::of),
            pixels,
            pixels_per_chunk,
            parts: parts(&runs, DEPTH),
            bias: step.bias.as_ref().map(|bias| bias.to_vec()),
            then: step.then,
            cost: pixels * depth * columns,
            panels,
            pad,
        }
    }

    fn block(&self, arena: &Arena, chunk: usize) {
        let blocks = self.pixels.div_ceil(self.pixels_per_chunk);
        let panel = &self.panels.list()[chunk / blocks];
        let pixels = range(chunk % blocks, self.pixels_per_chunk, self.pixels);
        let bias = self.bias.as_ref().map(|bias| &bias[panel.column..]);
        let shifted = |grid: Grid| Grid {
            first: grid.first + panel.column,
            ..grid
        };
        for (index, part) in self.parts.iter().enumerate() {
            let (first, last) = (index == 0, index + 1 == self.parts.len());
            let plus = self.plus.filter(|_| last);
            Block {
                arena,
                x: self.x.walk(pixels.start),
                y: shifted(self.y).walk(pixels.start),
                pixels: pixels.len(),
                runs: &part.runs,
                weights: self.panels.rows(panel, part.first, part.depth),
                vectors: panel.vectors,
                width: panel.width,
                finish: Finish {
                    bias: bias.filter(|_| first),
                    plus: plus.map(|plus| shifted(plus).walk(pixels.start)),
                    resume: !first,
                    then: if last { self.then } else { Activation::Nothing },
                },
            }
            .compute();
        }
    }
}

impl Job for Direct {
    fn stages(&self) -> Vec<Stage> {
        let blocks = self.pixels.div_ceil(self.pixels_per_chunk);
        let chunks = Stage::new(self.panels.list().len() * blocks, self.cost);
        self.pad.iter().map(Pad::stage).chain([chunks]).collect()
    }

    fn shared(&self) -> usize {
        self.pad.as_ref().map_or(0, Pad::len)
    }

    fn run(&self, arena: &Arena, stage: usize, chunk: usize, _: usize) {
        match &self.pad {
            Some(pad) if stage == 0 => pad.run(arena, chunk),
            _ => self.block(arena, chunk),
        }
    }
}
