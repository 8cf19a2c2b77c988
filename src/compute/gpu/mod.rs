//! Networks on a GPU of any make, through wgpu.
//!
//! A plan is translated once: weights are packed and uploaded, every step becomes one to three
//! dispatches with their numbers in a buffer of uniforms, pipelines are compiled once for each GPU.
//! Running it records commands and allocates nothing. All arithmetic is in f32; samples and weights
//! may be stored as f16.

mod adapter;
mod engine;
mod fault;
mod kernel;
mod lower;
mod pace;
mod resources;
mod setup;
mod template;
mod timing;
mod transfer;
mod watch;
mod weights;
mod words;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use engine::Engine;
pub(crate) use fault::now as completed;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
pub use watch::GpuWatch;

use self::kernel::Variant;
use crate::error::{Error, ErrorKind, Result};

/// How samples and weights are stored. Arithmetic is in f32 either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats.
    Single,
    /// 16-bit floats: half the memory and traffic, three decimal digits.
    Half,
}

impl Precision {
    /// The name of the format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Single => "f32",
            Self::Half => "f16",
        }
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "f32" => Ok(Self::Single),
            "f16" => Ok(Self::Half),
            other => Err(Error::new(
                ErrorKind::Usage,
                format!("“{other}” is no precision"),
                "Use f32 or f16.",
            )),
        }
    }
}

/// A GPU to compute on: a wgpu device and queue, shared with the window or opened for itself.
#[derive(Clone)]
pub struct Gpu {
    shared: Arc<Shared>,
}

struct Shared {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    limits: wgpu::Limits,
    watch: GpuWatch,
    /// What every kernel is bound to.
    bindings: wgpu::BindGroupLayout,
    pipelines: Mutex<HashMap<Variant, wgpu::ComputePipeline>>,
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gpu").field("name", &self.name()).finish()
    }
}

impl Gpu {
    /// Wraps a device made elsewhere, such as the window's, so that window and networks share it.
    /// The device should have been asked for with [`Gpu::wanted`].
    ///
    /// # Errors
    /// When its limits do not suffice for the kernels: which, and what it has.
    pub fn sharing(device: wgpu::Device, queue: wgpu::Queue, watch: GpuWatch) -> Result<Self> {
        let info = device.adapter_info();
        let limits = device.limits();
        adapter::suffice(&limits, &info.name)?;
        let shared = Shared {
            info,
            limits,
            watch,
            bindings: resources::bindings(&device),
            pipelines: Mutex::default(),
            device,
            queue,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Opens a GPU of its own, the fastest kind found. Programs that only pretend to be a GPU, such
    /// as llvmpipe, are taken last and only where `software_too`.
    ///
    /// # Errors
    /// When there is none to take; the message names what was found.
    pub fn open(software_too: bool) -> Result<Self> {
        adapter::open(software_too)
    }

    /// What wgpu is to check. Not what its own default says of a build with debug assertions, which the
    /// program's is: that has Direct3D's compilers optimise nothing and loads Vulkan's validation layers.
    pub fn instance_flags() -> wgpu::InstanceFlags {
        wgpu::InstanceFlags::VALIDATION_INDIRECT_CALL.with_env()
    }

    /// What to ask an adapter for: all its limits, and of its features those that networks use.
    pub fn wanted(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
        adapter::wanted(adapter)
    }

    /// The name the driver gives it.
    pub fn name(&self) -> &str {
        &self.shared.info.name
    }

    /// Whether it is a program on the processor, slower than computing there directly.
    pub fn is_software(&self) -> bool {
        self.shared.info.device_type == wgpu::DeviceType::Cpu
    }

    /// Whether it can store samples as [`Precision::Half`].
    pub fn has_half(&self) -> bool {
        let features = self.device().features();
        features.contains(wgpu::Features::SHADER_F16)
    }

    /// Whether invocations of a subgroup may ask each other. Not on Direct3D: naga writes HLSL for a
    /// subgroup's builtins only where they stand outside a struct, and kernels take them in one.
    fn has_subgroups(&self) -> bool {
        let direct3d = self.shared.info.backend == wgpu::Backend::Dx12;
        let features = self.device().features();
        !direct3d && features.contains(wgpu::Features::SUBGROUP)
    }

    fn device(&self) -> &wgpu::Device {
        &self.shared.device
    }

    fn queue(&self) -> &wgpu::Queue {
        &self.shared.queue
    }

    fn limits(&self) -> &wgpu::Limits {
        &self.shared.limits
    }

    /// Returns an error if the device is lost.
    fn check(&self) -> Result<()> {
        match self.shared.watch.lost() {
            None => Ok(()),
            Some(story) => Err(fault::lost(self.name(), story)),
        }
    }

    /// Lets wgpu see what the GPU has done since, and call who waits for it.
    ///
    /// wgpu's own waiting is not used: while it lasts, a window on the same device may not free
    /// anything, and with a time limit it panics when two threads poll at once (wgpu-core 30,
    /// `Device::maintain`).
    fn look(&self) -> Result<()> {
        // wgpu panics when the driver answers that the device is lost.
        let device = self.device();
        let poll = || device.poll(wgpu::PollType::Poll);
        let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(poll));
        self.check()?;
        match answer {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(cause)) => Err(fault::failed("look at the GPU", &cause.to_string())),
            Err(_) => Err(fault::lost(self.name(), "looking at it failed")),
        }
    }

    /// Compiles those kernels that are not yet in the cache, on all cores.
    fn compile(&self, variants: impl Iterator<Item = Variant>) -> Result<()> {
        let mut missing: HashSet<Variant> = variants.collect();
        missing.retain(|&variant| self.cached(variant).is_none());
        let compiled: Vec<_> = missing
            .into_par_iter()
            .map(|variant| Ok((variant, self.compiled(variant)?)))
            .collect::<Result<_>>()?;
        let pipelines = self.shared.pipelines.lock();
        let mut pipelines = pipelines.unwrap_or_else(PoisonError::into_inner);
        pipelines.extend(compiled);
        Ok(())
    }

    fn compiled(&self, variant: Variant) -> Result<wgpu::ComputePipeline> {
        let what = format!("compile {variant:?}");
        fault::guarded(self.device(), &what, || {
            let bindings = &self.shared.bindings;
            Ok(resources::pipeline(self.device(), bindings, variant))
        })
    }

    fn cached(&self, variant: Variant) -> Option<wgpu::ComputePipeline> {
        let pipelines = self.shared.pipelines.lock();
        let pipelines = pipelines.unwrap_or_else(PoisonError::into_inner);
        pipelines.get(&variant).cloned()
    }

    /// Returns a compiled kernel.
    fn pipeline(&self, variant: Variant) -> Result<wgpu::ComputePipeline> {
        match self.cached(variant) {
            Some(pipeline) => Ok(pipeline),
            None => self.compiled(variant),
        }
    }

    /// Returns an error unless a buffer of so many bytes can be bound whole.
    fn check_size(&self, what: &str, bytes: u64) -> Result<()> {
        let limits = self.limits();
        let bindings = [
            // On Metal naga counts a binding's bytes in 32 bits, and holds indices to that count.
            ("what shaders address", u64::from(u32::MAX)),
            (
                "max_storage_buffer_binding_size",
                limits.max_storage_buffer_binding_size,
            ),
            ("max_buffer_size", limits.max_buffer_size),
        ];
        for (limit, available) in bindings {
            if bytes > available {
                return Err(Error::new(
                    ErrorKind::Device,
                    format!(
                        "{what} needs {bytes} bytes, but the GPU “{}” binds at most {available} \
                         ({limit})",
                        self.name()
                    ),
                    "Use --device cpu, or a GPU that binds larger buffers.",
                ));
            }
        }
        Ok(())
    }
}
