//! Rewriting a recorded network into fewer, larger operations with the same result.
//!
//! Constant norms fold into the convolution before them; activations and sums move into the step
//! that produces what they change. Each saves a pass over the maps.

use std::sync::Arc;

use super::graph::{Graph, Id, Op};
use super::step::{Activation, Kernels, Pairing};

/// Rewrites a graph in place.
pub(crate) fn simplify(graph: &mut Graph) {
    let mut uses = graph.uses();
    for id in 0..graph.nodes.len() {
        if uses[id] == 0 {
            continue;
        }
        let absorbed = fold_scale(graph, &uses, id)
            .or_else(|| fold_sum(graph, &uses, id))
            .or_else(|| fold_activation(graph, &uses, id));
        if let Some(absorbed) = absorbed {
            uses[absorbed] = 0;
        }
    }
}

/// The operand that only `id` uses, if that is so.
fn own(graph: &Graph, uses: &[usize], id: Id, operand: usize) -> Option<Id> {
    let producer = *graph.nodes[id].operands.get(operand)?;
    (uses[producer] == 1).then_some(producer)
}

/// A norm with fixed moments scales the kernels before it.
fn fold_scale(graph: &mut Graph, uses: &[usize], id: Id) -> Option<Id> {
    let Op::Scale { scale, shift, then } = graph.nodes[id].op.clone() else {
        return None;
    };
    let producer = own(graph, uses, id, 0)?;
    let node = graph.nodes[producer].clone();
    let folded = match node.op {
        Op::Convolve {
            kernels,
            bias,
            stride,
            padding,
            border,
            then: Activation::Nothing,
        } if node.operands.len() == 1 => Op::Convolve {
            bias: Some(scaled_bias(bias.as_deref(), &scale, &shift)),
            kernels: scaled(&kernels, &scale, 0),
            stride,
            padding,
            border,
            then,
        },
        Op::Spread {
            kernels,
            bias,
            stride,
            padding,
            then: Activation::Nothing,
        } => Op::Spread {
            bias: Some(scaled_bias(bias.as_deref(), &scale, &shift)),
            kernels: scaled(&kernels, &scale, 1),
            stride,
            padding,
            then,
        },
        _ => return None,
    };
    graph.nodes[id].op = folded;
    graph.nodes[id].operands = node.operands;
    Some(producer)
}

/// Kernels times a number per output channel, which is dimension `along`.
fn scaled(kernels: &Kernels, scale: &[f32], along: usize) -> Kernels {
    let inner: usize = kernels.shape[along + 1..].iter().product();
    let count = kernels.shape[along];
    let samples = kernels.samples.iter().enumerate();
    let samples = samples.map(|(at, kernel)| kernel * scale[at / inner % count]);
    Kernels {
        shape: kernels.shape,
        samples: samples.collect(),
    }
}

fn scaled_bias(bias: Option<&[f32]>, scale: &[f32], shift: &[f32]) -> Arc<[f32]> {
    let pairs = scale.iter().zip(shift).enumerate();
    pairs
        .map(|(at, (scale, shift))| bias.map_or(0.0, |bias| bias[at]) * scale + shift)
        .collect()
}

/// A sum moves into whichever summand's producer can add.
fn fold_sum(graph: &mut Graph, uses: &[usize], id: Id) -> Option<Id> {
    let Op::Combine {
        pairing: Pairing::Add,
        then: last,
    } = graph.nodes[id].op
    else {
        return None;
    };
    let operands = graph.nodes[id].operands.clone();
    let dims = &graph.nodes[id].dims;
    // The later summand first: the earlier one is then still there to be added.
    let mut order = [0, 1];
    order.sort_by_key(|&at| std::cmp::Reverse(operands[at]));
    for at in order {
        let other = operands[1 - at];
        let producer = own(graph, uses, id, at).filter(|&producer| producer != other);
        let Some(producer) = producer else {
            continue;
        };
        if graph.nodes[producer].dims != *dims || graph.nodes[other].dims != *dims {
            continue;
        }
        let mut node = graph.nodes[producer].clone();
        match &mut node.op {
            Op::Convolve { then, .. }
                if *then == Activation::Nothing && node.operands.len() == 1 =>
            {
                *then = last;
            }
            Op::Normalise { then, plus, .. } if *then == Activation::Nothing && !*plus => {
                *then = last;
                *plus = true;
            }
            _ => continue,
        }
        node.operands.push(other);
        graph.nodes[id] = node;
        return Some(producer);
    }
    None
}

/// An activation moves into the step before it.
fn fold_activation(graph: &mut Graph, uses: &[usize], id: Id) -> Option<Id> {
    let Op::Combine {
        pairing: Pairing::First,
        then: last,
    } = graph.nodes[id].op
    else {
        return None;
    };
    let producer = own(graph, uses, id, 0)?;
    let mut node = graph.nodes[producer].clone();
    match &mut node.op {
        Op::Convolve { then, .. }
        | Op::Spread { then, .. }
        | Op::Scale { then, .. }
        | Op::Normalise { then, .. }
        | Op::Combine { then, .. }
            if *then == Activation::Nothing =>
        {
            *then = last;
        }
        _ => return None,
    }
    graph.nodes[id] = node;
    Some(producer)
}
