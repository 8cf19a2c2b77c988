//! Winograd's minimal filtering: 6×6 windows become 36 numbers per channel, in which a convolution
//! is 36 independent products of matrices: F(4×4, 3×3) needs a quarter of the multiplications,
//! F(2×2, 5×5) and F(5×5, 2×2) 9 of 25 (Lavin and Gray 2016, arXiv:1509.09308, section 4). With a
//! stride of 2, the even and the odd rows and columns are maps of their own, four times as many.
//!
//! Tiles go through transform, products and back in groups that stay in the level-2 cache.

mod axis;
mod points;
mod transform;

use super::super::program::{Activation, Border, Convolve, Maps};
use super::arena::Arena;
use super::grid::Grid;
use super::job::{Ground, Job, SAMPLE, Stage, per_chunk, range};
use super::pad::source;
use super::panels::Panels;
use super::tile::{Block, Finish, Run};
use points::{SIDE, kernel};

/// Numbers of a transformed window.
const PLACES: usize = SIDE * SIDE;

/// Samples of a group's planes: 700 KiB, which leaves room for weights in a level-2 cache of 1 MiB.
const CACHE: usize = 175 << 10;

/// Samples beside a plane, so that planes do not fall into the same lines of the cache.
const SKEW: usize = 16;

/// A convolution by tiles.
pub(super) struct Winograd {
    x: Maps,
    y: Maps,
    plus: Option<Maps>,
    bias: Option<Vec<f32>>,
    then: Activation,
    /// Output pixels of a tile, both ways.
    size: usize,
    /// For each phase, where the rows and the columns of each row and column of tiles lie, counted
    /// from the image.
    rows: Vec<Vec<[Option<usize>; SIDE]>>,
    columns: Vec<Vec<[Option<usize>; SIDE]>>,
    zeros: usize,
    /// A matrix for each place.
    weights: Vec<Panels>,
    run: [Run; 1],
    tiles: usize,
    /// Tiles that are transformed before products are computed.
    group: usize,
    /// The first sample of scratch that all threads share, if all tiles are one group.
    shared: Option<usize>,
}

/// Where a group's transforms lie.
#[derive(Clone, Copy)]
struct Planes {
    /// Windows: `(36, tiles, C_in)`.
    windows: usize,
    window_stride: usize,
    /// Products: `(36, tiles, C_out)`.
    products: usize,
    product_stride: usize,
}

impl Winograd {
    /// Transforms the kernels, if this is the faster way.
    pub(super) fn new(step: &Convolve, ground: &Ground) -> Option<Self> {
        let [columns, channels, kh, kw] = step.kernels.shape;
        let lanes = ground.vectors.lanes;
        let whole = columns % lanes == 0 && channels % lanes == 0;
        let (stride, taps) = (step.stride, kh.div_ceil(step.stride));
        // A kernel that the stride does not divide would have empty taps in most phases.
        let divided = kh % stride == 0;
        if kh != kw || !matches!(taps, 2 | 3 | 5) || !whole || !divided {
            return None;
        }
        let size = SIDE + 1 - taps;
        let across = step.y.width.div_ceil(size);
        let down = step.y.height.div_ceil(size);
        let tiles = step.y.images * down * across;
        let depth = stride * stride * channels;
        if !worthwhile(step, tiles) {
            return None;
        }
        let transformed = kernel(&step.kernels, stride);
        let weights = (0..PLACES).map(|place| {
            let most = ground.vectors.most;
            Panels::new([depth, columns], lanes, most, |row, column| {
                transformed[(place * depth + row) * columns + column]
            })
        });
        let (x, border) = (&step.x, step.border);
        let sources = |count: usize, before: usize, from: usize, distance: usize| {
            let of_phase = |phase: usize| {
                let of_tile = |tile: usize| {
                    let source = |at: usize| {
                        let at = (tile * size + at) * stride + phase;
                        place(at, before, from, border).map(|at| at * distance)
                    };
                    std::array::from_fn(source)
                };
                (0..count).map(of_tile).collect()
            };
            (0..stride).map(of_phase).collect()
        };
        // Many weights are read once for all tiles, many tiles go through the cache in groups.
        let together = tiles * (depth + columns) < depth * columns;
        let fitting = CACHE / (PLACES * (depth + columns));
        let groups = tiles.div_ceil(fitting.clamp(24, 64));
        // As many groups for each thread.
        let groups = groups.next_multiple_of(ground.threads);
        let group = tiles.div_ceil(if together { 1 } else { groups });
        Some(Self {
            x: step.x,
            y: step.y,
            plus: step.plus,
            bias: step.bias.as_ref().map(|bias| bias.to_vec()),
            then: step.then,
            size,
            rows: sources(down, step.before.0, x.height, x.row_stride),
            columns: sources(across, step.before.1, x.width, x.pixel_stride),
            zeros: ground.zeros,
            weights: weights.collect(),
            run: [Run {
                first: 0,
                len: depth,
            }],
            tiles,
            group,
            shared: together.then_some(ground.shared),
        })
    }

    fn planes(&self, first: usize) -> Planes {
        let window_stride = self.group * self.depth() + SKEW;
        let products = first + PLACES * window_stride;
        Planes {
            windows: first,
            window_stride,
            products,
            product_stride: self.group * self.y.channels + SKEW,
        }
    }

    /// Image, row and column of a tile.
    fn tile(&self, index: usize) -> (usize, usize, usize) {
        let (down, across) = (self.rows[0].len(), self.columns[0].len());
        let (rows, column) = (index / across, index % across);
        (rows / down, rows % down, column)
    }

    /// Samples of a group's planes.
    fn scratch(&self) -> usize {
        PLACES * (self.group * (self.depth() + self.y.channels) + 2 * SKEW)
    }

    /// The product at one place, for the group's first tiles.
    fn multiply(&self, arena: &Arena, planes: &Planes, place: usize, tiles: usize) {
        let (depth, columns) = (self.depth(), self.y.channels);
        let x = Grid::line(
            planes.windows + place * planes.window_stride,
            self.group,
            depth,
        );
        let y = Grid::line(
            planes.products + place * planes.product_stride,
            self.group,
            columns,
        );
        let weights = &self.weights[place];
        for panel in weights.list() {
            let shifted = Grid {
                first: y.first + panel.column,
                ..y
            };
            Block {
                arena,
                x: x.walk(0),
                y: shifted.walk(0),
                pixels: tiles,
                runs: &self.run,
                weights: weights.rows(panel, 0, depth),
                vectors: panel.vectors,
                width: panel.width,
                finish: Finish {
                    bias: None,
                    plus: None,
                    resume: false,
                    then: Activation::Nothing,
                },
            }
            .compute();
        }
    }

    /// Numbers of a transformed window at one place.
    fn depth(&self) -> usize {
        self.run[0].len
    }

    fn tiles_per_chunk(&self) -> usize {
        let samples = PLACES * (self.depth() + self.y.channels);
        per_chunk(self.tiles, samples * SAMPLE)
    }
}

/// The row or column that a place in a tile shows; what no output needs may lie anywhere.
fn place(at: usize, before: usize, size: usize, border: Border) -> Option<usize> {
    if at > before + 2 * (size - 1) {
        return None;
    }
    source(at, before, size, border)
}

/// Whether tiles are faster than windows: a comparison of multiplications per weight and channel.
///
/// Two cores multiply 18 tiles by a weight in the time that it takes to arrive from memory (114 GMAC/s
/// and 25 GB/s), so that fewer tiles gain nothing; the transforms add a fifth for 64 channels. With
/// fewer than 32 channels on either side they would take longer than they save.
fn worthwhile(step: &Convolve, tiles: usize) -> bool {
    let [columns, channels, kh, kw] = step.kernels.shape;
    let pixels = step.y.images * step.y.height * step.y.width;
    let by_tiles = PLACES * step.stride * step.stride * tiles.max(18);
    columns * channels >= 1024 && by_tiles * 6 / 5 < kh * kw * pixels
}

impl Job for Winograd {
    fn stages(&self) -> Vec<Stage> {
        let products = self.tiles * PLACES * self.depth() * self.y.channels;
        if self.shared.is_none() {
            return vec![Stage::new(self.tiles.div_ceil(self.group), products)];
        }
        let chunks = self.tiles.div_ceil(self.tiles_per_chunk());
        let samples = PLACES * self.tiles * SAMPLE;
        vec![
            Stage::new(chunks, samples * self.depth()),
            Stage::new(PLACES, products),
            Stage::new(chunks, samples * self.y.channels),
        ]
    }

    fn shared(&self) -> usize {
        self.shared.map_or(0, |_| self.scratch())
    }

    fn own(&self) -> usize {
        self.shared.map_or_else(|| self.scratch(), |_| 0)
    }

    fn run(&self, arena: &Arena, stage: usize, chunk: usize, own: usize) {
        let planes = self.planes(self.shared.unwrap_or(own));
        if self.shared.is_none() {
            let tiles = range(chunk, self.group, self.tiles);
            self.forward(arena, &planes, &tiles, tiles.start);
            for place in 0..PLACES {
                self.multiply(arena, &planes, place, tiles.len());
            }
            self.back(arena, &planes, &tiles, tiles.start);
            return;
        }
        let tiles = range(chunk, self.tiles_per_chunk(), self.tiles);
        match stage {
            0 => self.forward(arena, &planes, &tiles, 0),
            1 => self.multiply(arena, &planes, chunk, self.tiles),
            _ => self.back(arena, &planes, &tiles, 0),
        }
    }
}
