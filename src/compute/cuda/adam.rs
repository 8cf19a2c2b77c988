//! A step of Adam in one launch.

use candle_core::{Result, Tensor};

use super::AdamStep;
use super::launch::{count, each_sample, launch, with_samples};

/// Moves a weight by a step of Adam; it and both moments are overwritten where they lie.
pub(super) fn adam(
    weight: &Tensor,
    [first, second]: [&Tensor; 2],
    gradient: &Tensor,
    step: &AdamStep,
) -> Result<()> {
    let device = weight.device().as_cuda_device()?;
    let samples = count(weight.elem_count())?;
    let gradient = gradient.detach().contiguous()?;
    let (beta1, beta2) = step.betas;
    with_samples(weight, |weight| {
        with_samples(first, |first| {
            with_samples(second, |second| {
                with_samples(&gradient, |gradient| {
                    launch!(
                        device,
                        "adam",
                        each_sample(samples, 1),
                        [
                            weight,
                            first,
                            second,
                            gradient,
                            &samples,
                            &beta1,
                            &beta2,
                            &step.rate,
                            &step.second_correction,
                            &step.epsilon,
                            &step.decay
                        ]
                    )
                })
            })
        })
    })
}
