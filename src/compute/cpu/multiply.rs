//! Products of small matrices, such as attention's: the right matrices are laid out as panels, then
//! the tile kernel computes.
#![allow(unsafe_code)]

use super::super::program::{Activation, Multiply, RANK, View};
use super::arena::Arena;
use super::grid::Grid;
use super::job::{Ground, Job, SAMPLE, Stage, per_chunk, range};
use super::panels::{Panel, cut};
use super::tile::{Block, Finish, Run};

const ROW: usize = RANK - 2;
const COLUMN: usize = RANK - 1;

/// A stack of products.
pub(super) struct Product {
    step: Multiply,
    stacked: usize,
    rows: usize,
    depth: usize,
    columns: usize,
    lanes: usize,
    panels: Vec<Panel>,
    run: [Run; 1],
    rows_per_chunk: usize,
    /// The right matrices' panels.
    right: usize,
    /// The left matrices, if their rows must be gathered.
    left: Option<usize>,
    /// The products, if their rows must be scattered.
    product: Option<usize>,
    shared: usize,
}

impl Product {
    /// Finds room for panels.
    pub(super) fn new(step: &Multiply, ground: &Ground) -> Self {
        let [rows, columns] = [step.y.dims[ROW], step.y.dims[COLUMN]];
        let depth = step.a.dims[COLUMN];
        let stacked: usize = step.y.dims[..ROW].iter().product();
        let lanes = ground.vectors.lanes;
        let right = ground.shared;
        let mut end = right + stacked * depth * columns.next_multiple_of(lanes);
        let mut room = |len: usize, needed: bool| {
            let first = end;
            end += if needed { len } else { 0 };
            needed.then_some(first)
        };
        let left = room(
            stacked * rows * depth,
            step.a.strides[COLUMN] != 1 && depth > 1,
        );
        let product = room(
            stacked * rows * columns,
            step.y.strides[COLUMN] != 1 && columns > 1,
        );
        Self {
            step: *step,
            stacked,
            rows,
            depth,
            columns,
            lanes,
            panels: cut(depth, columns, lanes, ground.vectors.most),
            run: [Run {
                first: 0,
                len: depth,
            }],
            rows_per_chunk: per_chunk(rows, depth * columns).next_multiple_of(24),
            right,
            left,
            product,
            shared: end - ground.shared,
        }
    }

    /// A matrix of the stack: its first sample.
    fn first(view: &View, mut index: usize) -> usize {
        let mut first = view.first;
        for dimension in (0..ROW).rev() {
            first += index % view.dims[dimension] * view.strides[dimension];
            index /= view.dims[dimension];
        }
        first
    }

    /// Lays out the matrices of one product.
    fn lay_out(&self, arena: &Arena, index: usize) {
        let view = &self.step.b;
        let first = Self::first(view, index);
        let size = self.depth * self.columns.next_multiple_of(self.lanes);
        let mut to = arena.part_mut(self.right + index * size, size);
        for panel in &self.panels {
            let width = panel.vectors * self.lanes;
            let (laid, rest) = to.split_at_mut(width * self.depth);
            for (row, laid) in laid.chunks_exact_mut(width).enumerate() {
                let (laid, empty) = laid.split_at_mut(panel.width);
                let from = first + row * view.strides[ROW] + panel.column * view.strides[COLUMN];
                gather(arena, from, view.strides[COLUMN], laid);
                empty.fill(0.0);
            }
            to = rest;
        }
        if let Some(left) = self.left {
            let view = &self.step.a;
            let first = Self::first(view, index);
            for row in 0..self.rows {
                let to = left + (index * self.rows + row) * self.depth;
                let to = arena.part_mut(to, self.depth);
                gather(
                    arena,
                    first + row * view.strides[ROW],
                    view.strides[COLUMN],
                    to,
                );
            }
        }
    }

    fn compute(&self, arena: &Arena, index: usize, rows: &std::ops::Range<usize>) {
        let (a, y) = (&self.step.a, &self.step.y);
        let x = match self.left {
            Some(left) => Grid::line(left + index * self.rows * self.depth, self.rows, self.depth),
            None => Grid::line(Self::first(a, index), self.rows, a.strides[ROW]),
        };
        let to = match self.product {
            Some(first) => {
                let first = first + index * self.rows * self.columns;
                Grid::line(first, self.rows, self.columns)
            }
            None => Grid::line(Self::first(y, index), self.rows, y.strides[ROW]),
        };
        let size = self.depth * self.columns.next_multiple_of(self.lanes);
        let mut first = self.right + index * size;
        for panel in &self.panels {
            let len = panel.vectors * self.lanes * self.depth;
            let shifted = Grid {
                first: to.first + panel.column,
                ..to
            };
            Block {
                arena,
                x: x.walk(rows.start),
                y: shifted.walk(rows.start),
                pixels: rows.len(),
                runs: &self.run,
                weights: arena.part(first, len),
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
            first += len;
        }
        if let Some(first) = self.product {
            for row in rows.clone() {
                let from = arena.part(
                    first + (index * self.rows + row) * self.columns,
                    self.columns,
                );
                let to = Self::first(y, index) + row * y.strides[ROW];
                for (column, &sample) in from.iter().enumerate() {
                    arena.part_mut(to + column * y.strides[COLUMN], 1)[0] = sample;
                }
            }
        }
    }
}

/// Copies samples a stride apart.
fn gather(arena: &Arena, first: usize, stride: usize, to: &mut [f32]) {
    if stride == 1 {
        to.copy_from_slice(arena.part(first, to.len()));
        return;
    }
    let from = arena.places(first, (to.len() - 1) * stride + 1);
    for (index, to) in to.iter_mut().enumerate() {
        // SAFETY: the index is below the length that the reach was checked for.
        *to = unsafe { from.sample(index * stride) };
    }
}

impl Job for Product {
    fn stages(&self) -> Vec<Stage> {
        let lay_out = self.depth * (self.columns + self.rows) * SAMPLE;
        let blocks = self.rows.div_ceil(self.rows_per_chunk);
        vec![
            Stage::new(self.stacked, self.stacked * lay_out),
            Stage::new(
                self.stacked * blocks,
                self.stacked * self.rows * self.depth * self.columns,
            ),
        ]
    }

    fn shared(&self) -> usize {
        self.shared
    }

    fn run(&self, arena: &Arena, stage: usize, chunk: usize, _: usize) {
        if stage == 0 {
            self.lay_out(arena, chunk);
            return;
        }
        let blocks = self.rows.div_ceil(self.rows_per_chunk);
        let rows = range(chunk % blocks, self.rows_per_chunk, self.rows);
        self.compute(arena, chunk / blocks, &rows);
    }
}
