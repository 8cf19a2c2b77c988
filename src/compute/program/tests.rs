//! Recorded networks against the same networks computed at once.

use super::{Plan, plan, record, reference};
use crate::compute::{Builder, Scope, Source, Tensor};
use crate::error::Result;

/// Records a network and makes its plan.
fn planned(dims: &[&[usize]], network: &dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>) -> Plan {
    let (graph, ()) = record(dims, |inputs| {
        let inputs: Vec<Tensor> = inputs.iter().cloned().map(Tensor::Recorded).collect();
        let outputs = network(&inputs)?.into_iter().map(|output| match output {
            Tensor::Recorded(value) => value,
            Tensor::Candle(_) => panic!("an output depends on no input"),
        });
        Ok((outputs.collect(), ()))
    })
    .unwrap();
    plan(graph).unwrap()
}

/// Runs a network both ways and compares.
fn check(dims: &[&[usize]], network: &dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>) -> Plan {
    let inputs: Vec<Vec<f32>> = dims
        .iter()
        .enumerate()
        .map(|(which, dims)| {
            let count = dims.iter().product::<usize>();
            let sample = |at: usize| ((at * 37 + which * 11) % 101) as f32 / 50.0 - 1.0;
            (0..count).map(sample).collect()
        })
        .collect();
    let tensors: Vec<Tensor> = inputs
        .iter()
        .zip(dims)
        .map(|(samples, dims)| Tensor::from_samples(samples.clone(), dims).unwrap())
        .collect();
    let wanted = network(&tensors).unwrap();
    let plan = planned(dims, network);
    let slices: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    let found = reference::run(&plan, &slices);
    for (at, (wanted, found)) in wanted.iter().zip(&found).enumerate() {
        let wanted = wanted.to_samples().unwrap();
        assert_eq!(wanted.len(), found.len());
        let most = wanted.iter().fold(1e-3_f32, |most, x| most.max(x.abs()));
        for (wanted, found) in wanted.iter().zip(found) {
            let close = (wanted - found).abs() <= 1e-5 * most;
            assert!(close, "output {at}: {found} instead of {wanted}");
        }
    }
    plan
}

fn weights(build: &dyn Fn(&Scope<'_>) -> Result<Tensor>) -> Tensor {
    build(&Builder::new(Source::seeded(7)).root()).unwrap()
}

fn random(shape: &[usize]) -> Tensor {
    weights(&|scope| {
        let fill = crate::compute::Fill::Uniform(1.0);
        Ok(scope.trained("w", shape, fill)?.tensor())
    })
}

#[test]
fn a_residual_block_becomes_three_convolutions() {
    use crate::compute::{BatchNorm, Conv2d, Mode, Then};
    let builder = Builder::new(Source::seeded(3));
    let root = builder.root();
    let conv = |name: &str, channels| Conv2d::new(&root.at(name), channels, 3, 1).unwrap();
    let (a, b, c) = (conv("a", (3, 5)), conv("b", (5, 5)), conv("c", (5, 5)));
    let norm = BatchNorm::new(&root.at("n"), 5).unwrap();
    let plan = check(&[&[2, 3, 6, 4]], &|x| {
        let shortcut = norm.forward(&a.forward(&x[0])?, Mode::Use, Then::Relu)?;
        let y = norm.forward(&b.forward(&shortcut)?, Mode::Use, Then::Relu)?;
        let y = norm.forward(&c.forward(&y)?, Mode::Use, Then::Nothing)?;
        Ok(vec![y.add_relu(&shortcut)?])
    });
    // The input is laid out anew, and so is the output.
    assert_eq!(plan.steps.len(), 5);
}

#[test]
fn joined_channels_are_written_in_place() {
    let (first, second) = (random(&[4, 3, 3, 3]), random(&[2, 3, 1, 1]));
    let (three, one) = (
        crate::compute::Stepping {
            stride: 1,
            padding: 1,
        },
        crate::compute::Stepping {
            stride: 1,
            padding: 0,
        },
    );
    let third = random(&[3, 6, 3, 3]);
    let plan = check(&[&[1, 3, 4, 4]], &|x| {
        let a = x[0].convolve(&first, None, three)?.leaky_relu(0.2)?;
        let b = x[0].convolve(&second, None, one)?.tanh()?;
        let joined = Tensor::join(&[&a, &b], 1)?;
        Ok(vec![
            joined.convolve(&third, None, three)?.twice_as_large()?,
        ])
    });
    assert_eq!(plan.steps.len(), 6);
}

#[test]
fn windows_rows_and_attention_agree() {
    let memory = random(&[7, 12]);
    check(&[&[8, 3, 4, 4]], &|x| {
        let windows = x[0]
            .reshape(&[8, 3, 2, 2, 2, 2])?
            .permute(&[2, 4, 0, 3, 5, 1])?
            .reshape(&[4, 8, 12])?;
        let mut read = Vec::new();
        for window in 0..4 {
            let rows = windows.narrow(0, window, 1)?.reshape(&[8, 12])?;
            let weights = rows.linear(&memory, None)?.sparse_softmax(3)?;
            read.push(weights.linear(&memory.transposed()?, None)?);
        }
        let read: Vec<&Tensor> = read.iter().collect();
        let merged = Tensor::join(&read, 0)?
            .reshape(&[2, 2, 8, 2, 2, 3])?
            .permute(&[2, 5, 0, 3, 1, 4])?
            .reshape(&[8, 3, 4, 4])?;
        let heads = merged.reshape(&[2, 4, 4, 12])?.permute(&[0, 2, 1, 3])?;
        let weights = heads.matmul(&heads.transposed()?)?.softmax()?;
        Ok(vec![merged, weights.matmul(&heads)?])
    });
}

#[test]
fn transposed_convolutions_become_phases() {
    for (side, stride, padding, size) in [(4, 2, 1, 6), (2, 2, 0, 6), (3, 1, 1, 3), (4, 2, 1, 10)] {
        let kernels = random(&[3, 2, side, side]);
        let stepping = crate::compute::Stepping { stride, padding };
        let small = (size + 2 * padding - side) / stride + 1;
        let plan = check(&[&[2, 3, small, small]], &|x| {
            Ok(vec![
                x[0].convolve_transposed(&kernels, stepping, (size, size))?
                    .relu()?,
            ])
        });
        assert_eq!(plan.steps.len(), 2 + stride * stride);
    }
}

#[test]
fn norms_and_broadcasts_agree() {
    let (scale, shift) = (random(&[3]), random(&[1, 3, 1, 1]));
    check(&[&[2, 3, 4, 5], &[2, 1, 1, 5]], &|x| {
        let flat = shift.reshape(&[3])?;
        let normed =
            x[0].normalise_planes(Some((&scale, &flat)), 1e-5, crate::compute::Then::Nothing)?;
        let sum = normed.plus(&x[0])?.abs()?;
        let mixed = sum.times(&x[1])?.minus(&shift)?.affine(0.5, 0.25)?;
        let mean = mixed.mean_squared_error(&x[0])?;
        Ok(vec![mixed.over(&x[1].affine(1.0, 3.0)?)?, sum, mean])
    });
}

#[test]
fn buffers_that_are_never_alive_together_share_room() {
    let kernels = random(&[8, 8, 3, 3]);
    let stepping = crate::compute::Stepping {
        stride: 1,
        padding: 1,
    };
    let plan = check(&[&[1, 8, 8, 8]], &|x| {
        let mut y = x[0].clone();
        for _ in 0..6 {
            y = y.convolve(&kernels, None, stepping)?;
        }
        Ok(vec![y])
    });
    // Two maps at a time, whatever the depth.
    assert!(plan.arena <= 3 * 512, "{}", plan.arena);
}
