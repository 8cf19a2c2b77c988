//! From a graph to a plan: every value gets a place, every operation becomes steps.

mod maps;

use std::collections::HashMap;
use std::sync::Arc;

use super::arena::{Span, address, lay_out};
use super::graph::{Graph, Id, Node, Op};
use super::simplify::simplify;
use super::step::{Activation, Combine, MapRows, Multiply, Pairing, Plan, Step};
use super::value::{Value, dense, refined};
use crate::error::{Error, Result};

/// Makes a plan of a recorded network.
///
/// # Errors
/// When a value has more than six dimensions.
pub(crate) fn plan(mut graph: Graph) -> Result<Plan> {
    simplify(&mut graph);
    let mut lowering = Lowering::of(&graph);
    for (id, node) in graph.nodes.iter().enumerate() {
        // An input has its place even if the network has no use for it.
        if lowering.uses[id] > 0 || matches!(node.op, Op::Input) {
            let value = lowering.lower(id, node)?;
            lowering.values[id] = Some(value);
        }
    }
    lowering.finish()
}

struct Lowering<'g> {
    graph: &'g Graph,
    uses: Vec<usize>,
    values: Vec<Option<Value>>,
    /// Operations that write straight into their part of a join: the join and where along it.
    parts: HashMap<Id, (Id, usize)>,
    joins: HashMap<Id, Value>,
    spans: Vec<Span>,
    steps: Vec<Step>,
    constants: Vec<(usize, Arc<[f32]>)>,
    inputs: Vec<Value>,
    /// Values that were laid out anew as feature maps, and their copies.
    copies: Vec<(Value, Value)>,
}

impl<'g> Lowering<'g> {
    fn of(graph: &'g Graph) -> Self {
        let uses = graph.uses();
        let mut parts = HashMap::new();
        for (id, node) in graph.nodes.iter().enumerate() {
            let Op::Join { dimension } = node.op else {
                continue;
            };
            let mut place = 0;
            for &operand in &node.operands {
                if uses[id] > 0 && graph.nodes[operand].op.writes_anywhere() {
                    parts.entry(operand).or_insert((id, place));
                }
                place += graph.nodes[operand].dims[dimension];
            }
        }
        Self {
            graph,
            values: vec![None; graph.nodes.len()],
            uses,
            parts,
            joins: HashMap::new(),
            spans: Vec::new(),
            steps: Vec::new(),
            constants: Vec::new(),
            inputs: Vec::new(),
            copies: Vec::new(),
        }
    }

    fn value(&self, id: Id) -> Result<Value> {
        let value = self.values[id].clone();
        value.ok_or_else(|| Error::internal("an operand comes after its use"))
    }

    fn buffer(&mut self, span: Span) -> usize {
        self.spans.push(span);
        self.spans.len() - 1
    }

    /// A buffer of its own for a result.
    fn fresh(&mut self, dims: &[usize]) -> Value {
        let buffer = self.buffer(Span::temporary(dims.iter().product()));
        Value {
            buffer,
            first: 0,
            dims: dims.to_vec(),
            strides: dense(dims),
        }
    }

    fn constant(&mut self, samples: &Arc<[f32]>, dims: &[usize]) -> Value {
        let known = self
            .constants
            .iter()
            .find(|known| Arc::ptr_eq(&known.1, samples));
        let buffer = known.map(|known| known.0).unwrap_or_else(|| {
            let buffer = self.buffer(Span::lasting(samples.len()));
            self.constants.push((buffer, samples.clone()));
            buffer
        });
        Value::rows_of(buffer, dims)
    }

    /// Where an operation writes: its part of a join, or a buffer of its own.
    fn target(&mut self, id: Id) -> Value {
        let dims = &self.graph.nodes[id].dims;
        match self.parts.get(&id) {
            None => self.fresh(dims),
            Some(&(join, place)) => {
                let whole = self.joined(join);
                match self.graph.nodes[join].op {
                    Op::Join { dimension } => whole.narrowed(dimension, place, dims[dimension]),
                    _ => whole,
                }
            }
        }
    }

    fn joined(&mut self, join: Id) -> Value {
        if let Some(value) = self.joins.get(&join) {
            return value.clone();
        }
        let value = self.fresh(&self.graph.nodes[join].dims);
        self.joins.insert(join, value.clone());
        value
    }

    fn combine(
        &mut self,
        [a, b]: [&Value; 2],
        y: &Value,
        pairing: Pairing,
        then: Activation,
    ) -> Result<()> {
        self.steps.push(Step::Combine(Combine {
            a: a.view(&y.dims)?,
            b: b.view(&y.dims)?,
            y: y.view(&y.dims)?,
            pairing,
            then,
        }));
        Ok(())
    }

    fn copy(&mut self, from: &Value, to: &Value) -> Result<()> {
        self.combine([from, from], to, Pairing::First, Activation::Nothing)
    }

    fn reshape(&mut self, value: &Value, dims: &[usize]) -> Result<Value> {
        if let Some(view) = value.reshaped(dims) {
            return Ok(view);
        }
        let target = self.fresh(dims);
        if let Some(strides) = refined(dims, &target.strides, &value.dims) {
            let fine = Value {
                buffer: target.buffer,
                first: 0,
                dims: value.dims.clone(),
                strides,
            };
            self.copy(value, &fine)?;
            return Ok(target);
        }
        let rows = Value::rows_of(target.buffer, &value.dims);
        self.copy(value, &rows)?;
        Ok(Value::rows_of(target.buffer, dims))
    }

    fn lower(&mut self, id: Id, node: &Node) -> Result<Value> {
        let operands: Vec<Value> = match &node.op {
            Op::Join { .. } => Vec::new(),
            _ => {
                let operands = node.operands.iter();
                operands
                    .map(|&operand| self.value(operand))
                    .collect::<Result<_>>()?
            }
        };
        match &node.op {
            Op::Input => {
                let buffer = self.buffer(Span::given(node.dims.iter().product()));
                let value = Value::rows_of(buffer, &node.dims);
                self.inputs.push(value.clone());
                Ok(value)
            }
            Op::Constant(samples) => Ok(self.constant(samples, &node.dims)),
            Op::Reshape => self.reshape(&operands[0], &node.dims),
            Op::Permute(order) => Ok(operands[0].permuted(order)),
            Op::Narrow { dimension, first } => {
                Ok(operands[0].narrowed(*dimension, *first, node.dims[*dimension]))
            }
            Op::Join { dimension } => self.join(id, node, *dimension),
            Op::MapRows(rule) => {
                let y = self.fresh_rows(&node.dims);
                let mut x = operands[0].clone();
                if x.rows().is_none() {
                    x = self.fresh_rows(&node.dims);
                    self.copy(&operands[0], &x)?;
                }
                if let (Some(x), Some(to)) = (x.rows(), y.rows()) {
                    self.steps.push(Step::MapRows(MapRows {
                        x,
                        y: to,
                        rule: *rule,
                    }));
                }
                Ok(y)
            }
            Op::Multiply => {
                let y = self.fresh_rows(&node.dims);
                self.steps.push(Step::Multiply(Multiply {
                    a: operands[0].view(&operands[0].dims)?,
                    b: operands[1].view(&operands[1].dims)?,
                    y: y.view(&y.dims)?,
                }));
                Ok(y)
            }
            Op::Combine { pairing, then } => {
                let y = self.target(id);
                let second = operands.get(1).unwrap_or(&operands[0]);
                self.combine([&operands[0], second], &y, *pairing, *then)?;
                Ok(y)
            }
            _ => self.lower_maps(id, node, &operands),
        }
    }

    /// A buffer of its own, row by row.
    fn fresh_rows(&mut self, dims: &[usize]) -> Value {
        let buffer = self.buffer(Span::temporary(dims.iter().product()));
        Value::rows_of(buffer, dims)
    }

    fn join(&mut self, id: Id, node: &Node, dimension: usize) -> Result<Value> {
        let whole = self.joined(id);
        let mut place = 0;
        for &operand in &node.operands {
            let count = self.graph.nodes[operand].dims[dimension];
            let part = whole.narrowed(dimension, place, count);
            if self.parts.get(&operand) != Some(&(id, place)) {
                let value = self.value(operand)?;
                self.copy(&value, &part)?;
            }
            place += count;
        }
        Ok(whole)
    }

    fn finish(mut self) -> Result<Plan> {
        let mut outputs = Vec::with_capacity(self.graph.outputs.len());
        for &output in &self.graph.outputs {
            let value = self.value(output)?;
            // Inputs and constants are copied, so that an output is always a step's.
            let given = matches!(self.graph.nodes[output].op, Op::Input | Op::Constant(_));
            let value = if value.is_row_major() && !given {
                value
            } else {
                let rows = self.fresh_rows(&value.dims);
                self.copy(&value, &rows)?;
                rows
            };
            self.spans[value.buffer].keep();
            outputs.push(value);
        }
        let layout = lay_out(&mut self.steps, &mut self.spans);
        for step in &mut self.steps {
            layout.settle(step);
        }
        let range = |value: &Value| {
            let first = layout.place(value.address());
            first..first + value.len()
        };
        Ok(Plan {
            arena: layout.len,
            constants: self
                .constants
                .iter()
                .map(|(buffer, samples)| (layout.place(address(*buffer, 0)), samples.clone()))
                .collect(),
            inputs: self.inputs.iter().map(range).collect(),
            outputs: outputs.iter().map(range).collect(),
            steps: self.steps,
        })
    }
}
