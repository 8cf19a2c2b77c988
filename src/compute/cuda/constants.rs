//! Constants that a network makes of numbers while it runs. A captured run may upload nothing, so it
//! takes those that the run before it has uploaded.

use std::cell::RefCell;

use candle_core::{Device, Result, Tensor};

/// Uploaded constants in the order in which the network asked for them.
#[derive(Default)]
pub(in crate::compute) struct Constants {
    made: Vec<Tensor>,
    /// How many were asked for in this run.
    asked: usize,
}

thread_local! {
    static CURRENT: RefCell<Option<Constants>> = const { RefCell::new(None) };
}

/// Makes a constant on a device, or finds the one that the run before made in its place.
pub(in crate::compute) fn constant(
    samples: Vec<f32>,
    shape: &[usize],
    device: &Device,
) -> Result<Tensor> {
    CURRENT.with_borrow_mut(|current| {
        let Some(current) = current else {
            return Tensor::from_vec(samples, shape, device);
        };
        current.asked += 1;
        if let Some(made) = current.made.get(current.asked - 1) {
            return Ok(made.clone());
        }
        let made = Tensor::from_vec(samples, shape, device)?;
        current.made.push(made.clone());
        Ok(made)
    })
}

/// Runs `work`, which takes its constants from these as far as they reach and adds the rest.
#[cfg_attr(
    not(feature = "cuda"),
    allow(dead_code, reason = "only graphs keep constants")
)]
pub(super) fn with_constants<R>(constants: Constants, work: impl FnOnce() -> R) -> (R, Constants) {
    CURRENT.replace(Some(Constants {
        asked: 0,
        ..constants
    }));
    let result = work();
    (result, CURRENT.take().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_finds_the_constants_of_the_first() {
        let run = || [1.0, 2.0].map(|x| constant(vec![x], &[1], &Device::Cpu).unwrap());
        let (first, constants) = with_constants(Constants::default(), run);
        let (second, _) = with_constants(constants, run);
        for (first, second) in first.iter().zip(&second) {
            assert_eq!(first.id(), second.id());
        }
        assert_ne!(run()[0].id(), first[0].id());
    }
}
