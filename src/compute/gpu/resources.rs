//! Layouts, pipelines and buffers.

use super::kernel::Variant;
use super::lower::{Bound, Dispatch, Weights};
use super::weights::{self, Packing};
use super::words::ROOM_BYTES;
use super::{Gpu, Precision};
use crate::error::{Error, ErrorKind, Result};

/// The layout that all kernels share: the arena, what is read besides, the numbers of the step, and
/// what is written besides.
pub(super) fn bindings(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
    let kinds = [
        (storage(false), false),
        (storage(true), false),
        (wgpu::BufferBindingType::Uniform, true),
        (storage(false), false),
    ];
    let entries: Vec<_> = (0..)
        .zip(kinds)
        .map(
            |(binding, (ty, has_dynamic_offset))| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty,
                    has_dynamic_offset,
                    min_binding_size: None,
                },
                count: None,
            },
        )
        .collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("network"),
        entries: &entries,
    })
}

/// Compiles a kernel.
pub(super) fn pipeline(
    device: &wgpu::Device,
    bindings: &wgpu::BindGroupLayout,
    variant: Variant,
) -> wgpu::ComputePipeline {
    let label = format!("{variant:?}");
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(&label),
        source: wgpu::ShaderSource::Wgsl(variant.source().into()),
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("network"),
        bind_group_layouts: &[Some(bindings)],
        immediate_size: 0,
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(&label),
        layout: Some(&layout),
        module: &module,
        entry_point: Some(variant.entry()),
        compilation_options: wgpu::PipelineCompilationOptions {
            // Kernels write workgroup memory before they read it.
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        },
        cache: None,
    })
}

/// Makes a buffer of at least the size that can be bound.
pub(super) fn buffer(
    gpu: &Gpu,
    label: &str,
    bytes: usize,
    usage: wgpu::BufferUsages,
) -> wgpu::Buffer {
    gpu.device().create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: bytes.next_multiple_of(16).max(16) as u64,
        usage,
        mapped_at_creation: false,
    })
}

/// A dispatch with all it needs.
pub(super) struct Ready {
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) bound: Bound,
    pub(super) numbers_at: u32,
    pub(super) groups: [u32; 3],
    pub(super) effort: f64,
    pub(super) step: Option<usize>,
}

impl Ready {
    /// Records the dispatch.
    pub(super) fn record(&self, pass: &mut wgpu::ComputePass<'_>, bind_group: &wgpu::BindGroup) {
        let [x, y, z] = self.groups;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, bind_group, &[self.numbers_at]);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// Compiles dispatches and uploads their numbers.
pub(super) fn ready(gpu: &Gpu, dispatches: &[Dispatch]) -> Result<(Vec<Ready>, wgpu::Buffer)> {
    /// What a dispatch costs by itself, in multiplications on a fast GPU.
    const EFFORT_OF_A_DISPATCH: f64 = 2e6;
    const EFFORT_IN_SOFTWARE: f64 = 2e4;
    let room = ROOM_BYTES.max(gpu.limits().min_uniform_buffer_offset_alignment as usize);
    let mut bytes = vec![0; dispatches.len().max(1) * room];
    let mut all = Vec::with_capacity(dispatches.len());
    gpu.compile(dispatches.iter().map(|dispatch| dispatch.variant))?;
    for (dispatch, room_at) in dispatches.iter().zip((0..).step_by(room)) {
        let words: &[u8] = bytemuck::cast_slice(&dispatch.words.0);
        bytes[room_at..room_at + words.len()].copy_from_slice(words);
        let least = match gpu.is_software() {
            true => EFFORT_IN_SOFTWARE,
            false => EFFORT_OF_A_DISPATCH,
        };
        all.push(Ready {
            pipeline: gpu.pipeline(dispatch.variant)?,
            bound: dispatch.bound,
            numbers_at: room_at as u32,
            groups: folded(gpu, dispatch.groups)?,
            effort: dispatch.effort + least,
            step: dispatch.step,
        });
    }
    let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
    let numbers = buffer(gpu, "numbers of the steps", bytes.len(), usage);
    gpu.queue().write_buffer(&numbers, 0, &bytes);
    Ok((all, numbers))
}

/// Folds workgroups into two dimensions, each of which is limited.
fn folded(gpu: &Gpu, (groups, layers): (usize, usize)) -> Result<[u32; 3]> {
    let most = gpu.limits().max_compute_workgroups_per_dimension as usize;
    let rows = groups.div_ceil(most).max(1);
    if rows > most || layers > most {
        return Err(Error::new(
            ErrorKind::Device,
            format!(
                "a step needs {groups} × {layers} workgroups, but the GPU “{}” takes at most \
                 {most} in each dimension (max_compute_workgroups_per_dimension)",
                gpu.name()
            ),
            "Use --device cpu.",
        ));
    }
    Ok([groups.div_ceil(rows) as u32, rows as u32, layers as u32])
}

/// Packed weights on the GPU.
pub(super) struct Stored {
    buffers: Vec<wgpu::Buffer>,
    /// The buffer, the first byte and the length of each.
    places: Vec<(usize, u64, u64)>,
}

impl Stored {
    /// Uploads weights, each into an aligned range of its own.
    pub(super) fn new(gpu: &Gpu, all: &[Weights], precision: Precision) -> Result<Self> {
        /// Larger buffers are not always placed well; a single tensor may be larger.
        const USUAL_BYTES: u64 = 256 << 20;
        let limits = gpu.limits();
        let alignment = u64::from(limits.min_storage_buffer_offset_alignment).max(16);
        let mut sizes: Vec<u64> = Vec::new();
        let mut places = Vec::with_capacity(all.len());
        for Weights { step, method } in all {
            let samples = Packing::of(step, *method).len();
            let bytes = (samples * precision.bytes()).next_multiple_of(16) as u64;
            gpu.check_size("one layer's weights", bytes)?;
            let last = sizes.last().map(|size| size.next_multiple_of(alignment));
            let usual = USUAL_BYTES.min(limits.max_buffer_size);
            let first = match last {
                Some(first) if first + bytes <= usual => first,
                _ => {
                    sizes.push(0);
                    0
                }
            };
            let index = sizes.len() - 1;
            sizes[index] = first + bytes;
            places.push((index, first, bytes));
        }
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        let make = |&size: &u64| buffer(gpu, "weights", size as usize, usage);
        let buffers: Vec<_> = sizes.iter().map(make).collect();
        for (Weights { step, method }, &(index, first, bytes)) in all.iter().zip(&places) {
            let packed = weights::packed(step, *method);
            let stored = precision.stored(&packed, bytes as usize)?;
            gpu.queue().write_buffer(&buffers[index], first, &stored);
            // Hands the staging memory on before the next is taken.
            gpu.queue().submit([]);
        }
        Ok(Self { buffers, places })
    }

    /// Bytes of all buffers.
    pub(super) fn bytes(&self) -> u64 {
        self.buffers.iter().map(wgpu::Buffer::size).sum()
    }

    /// What a kernel is bound to.
    pub(super) fn binding(&self, index: usize) -> wgpu::BindingResource<'_> {
        let (buffer, offset, bytes) = self.places[index];
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &self.buffers[buffer],
            offset,
            size: std::num::NonZeroU64::new(bytes),
        })
    }
}

impl Precision {
    /// Bytes of a sample.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Half => 2,
        }
    }

    /// Samples as they are stored, padded to a length in bytes.
    fn stored(self, samples: &[f32], bytes: usize) -> Result<Vec<u8>> {
        let mut stored = match self {
            Self::Single => bytemuck::cast_slice(samples).to_vec(),
            Self::Half => {
                let halves: Vec<half::f16> =
                    samples.iter().map(|&x| half::f16::from_f32(x)).collect();
                if halves.iter().any(|half| !half.is_finite()) {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        "a weight is too large for 16-bit floats",
                        "Use single precision.",
                    ));
                }
                halves.iter().flat_map(|half| half.to_ne_bytes()).collect()
            }
        };
        stored.resize(bytes, 0);
        Ok(stored)
    }
}
