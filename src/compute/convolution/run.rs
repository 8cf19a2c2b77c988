//! The passes on candle's storages.

use candle_core::{CpuStorage, Layout, Result, Shape, WithDType, bail};

use super::super::slices::contiguous_slice;
use super::passes;
use super::plan::{Plan, Stepping};

/// Convolves images with kernels and adds the bias.
pub(super) fn run_forward<T: WithDType>(
    stepping: Stepping,
    (s1, l1): (&CpuStorage, &Layout),
    (s2, l2): (&CpuStorage, &Layout),
    bias: Option<(&CpuStorage, &Layout)>,
) -> Result<(CpuStorage, Shape)> {
    let plan = Plan::new(l1.dims(), l2.dims(), stepping)?;
    let bias = match bias {
        Some((storage, layout)) => Some(contiguous_slice::<T>(storage, layout)?),
        None => None,
    };
    if bias.is_some_and(|bias| bias.len() != plan.channels_out) {
        bail!("the bias does not have one value per output channel");
    }
    let images = contiguous_slice::<T>(s1, l1)?;
    let kernels = contiguous_slice::<T>(s2, l2)?;
    let output = passes::forward(&plan, images, kernels, bias);
    let shape = (
        plan.images,
        plan.channels_out,
        plan.height_out,
        plan.width_out,
    );
    Ok((T::to_cpu_storage_owned(output), shape.into()))
}

/// Spreads outputs back onto images.
pub(super) fn run_to_images<T: WithDType>(
    plan: &Plan,
    (s1, l1): (&CpuStorage, &Layout),
    (s2, l2): (&CpuStorage, &Layout),
) -> Result<CpuStorage> {
    let outputs = contiguous_slice::<T>(s1, l1)?;
    let kernels = contiguous_slice::<T>(s2, l2)?;
    Ok(T::to_cpu_storage_owned(passes::to_images(
        plan, outputs, kernels,
    )))
}

/// Sums what each sample of the kernels met.
pub(super) fn run_to_kernels<T: WithDType>(
    plan: &Plan,
    (s1, l1): (&CpuStorage, &Layout),
    (s2, l2): (&CpuStorage, &Layout),
) -> Result<CpuStorage> {
    let images = contiguous_slice::<T>(s1, l1)?;
    let outputs = contiguous_slice::<T>(s2, l2)?;
    Ok(T::to_cpu_storage_owned(passes::to_kernels(
        plan, images, outputs,
    )))
}
