//! Which adapter is opened.

use super::kernel::WORKGROUP;
use super::{Gpu, GpuWatch, fault};
use crate::error::{Error, ErrorKind, Result};

/// What [`Gpu::wanted`] says.
pub(super) fn wanted(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
    let used =
        wgpu::Features::SHADER_F16 | wgpu::Features::SUBGROUP | wgpu::Features::TIMESTAMP_QUERY;
    wgpu::DeviceDescriptor {
        label: Some("silhouette"),
        required_features: adapter.features() & used,
        required_limits: adapter.limits(),
        ..Default::default()
    }
}

/// What [`Gpu::open`] does.
pub(super) fn open(software_too: bool) -> Result<Gpu> {
    // Old drivers may have OpenGL alone, which has no buffers of the size networks need.
    let backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        flags: Gpu::instance_flags(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut adapters = fault::now(instance.enumerate_adapters(backends));
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    let mut refusals = Vec::new();
    for adapter in adapters {
        match try_one(&adapter, software_too) {
            Ok(gpu) => return Ok(gpu),
            Err(reason) => refusals.push(format!("{} ({reason})", adapter.get_info().name)),
        }
    }
    Err(Error::new(
        ErrorKind::Device,
        match refusals.is_empty() {
            true => "no GPU was found".to_owned(),
            false => format!("no GPU could be used: {}", refusals.join(", ")),
        },
        "Install the GPU's Vulkan driver, or use --device cpu.",
    ))
}

fn try_one(adapter: &wgpu::Adapter, software_too: bool) -> std::result::Result<Gpu, String> {
    if adapter.get_info().device_type == wgpu::DeviceType::Cpu && !software_too {
        return Err("a program on the processor, slower than --device cpu".to_owned());
    }
    let capabilities = adapter.get_downlevel_capabilities().flags;
    if !capabilities.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS) {
        return Err("has no compute shaders".to_owned());
    }
    let (device, queue) =
        fault::now(adapter.request_device(&wanted(adapter))).map_err(|cause| cause.to_string())?;
    let watch = GpuWatch::of(&device, || {});
    Gpu::sharing(device, queue, watch).map_err(|error| error.message)
}

/// The order in which adapters are tried.
fn rank(kind: wgpu::DeviceType) -> u8 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// Returns an error where kernels would not compile: old OpenGL has no compute shaders, or too few
/// buffers for them.
pub(super) fn suffice(limits: &wgpu::Limits, name: &str) -> Result<()> {
    /// What every device of WebGPU's has; the largest kernel takes three quarters of it.
    const WORKGROUP_BYTES: u32 = 16 << 10;
    let needed = [
        (
            "max_storage_buffers_per_shader_stage",
            3,
            limits.max_storage_buffers_per_shader_stage,
        ),
        (
            "max_compute_invocations_per_workgroup",
            WORKGROUP,
            limits.max_compute_invocations_per_workgroup,
        ),
        (
            "max_compute_workgroup_size_x",
            WORKGROUP,
            limits.max_compute_workgroup_size_x,
        ),
        (
            "max_compute_workgroup_storage_size",
            WORKGROUP_BYTES,
            limits.max_compute_workgroup_storage_size,
        ),
    ];
    for (limit, needed, available) in needed {
        if available < needed {
            return Err(Error::new(
                ErrorKind::Device,
                format!(
                    "the GPU “{name}” cannot run networks: {limit} is {available}, and they need {needed}"
                ),
                "Install the GPU's Vulkan driver, or use --device cpu.",
            ));
        }
    }
    Ok(())
}
