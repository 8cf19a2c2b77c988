//! Every kernel against the reference, on a software GPU and small odd sizes.

mod convolutions;
mod limits;
mod others;
mod rows;
mod speed;

use std::sync::OnceLock;

use super::*;
use crate::compute::program::{Maps, Plan, Step, View, reference};

/// Returns the GPU all tests share, or says loudly that there is none.
fn gpu() -> Option<&'static Gpu> {
    static GPU: OnceLock<Option<Gpu>> = OnceLock::new();
    GPU.get_or_init(|| match Gpu::open(true) {
        Ok(gpu) => Some(gpu),
        Err(error) => {
            let required = std::env::var("SILHOUETTE_REQUIRE_ALL").is_ok_and(|value| value == "1");
            assert!(!required, "{error}; install mesa-vulkan-drivers");
            eprintln!("SKIPPED: {error}; install mesa-vulkan-drivers");
            None
        }
    })
    .as_ref()
}

/// The same GPU with no more than WebGPU promises.
fn least_gpu() -> Gpu {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = fault::now(instance.request_adapter(&wgpu::RequestAdapterOptions::default()));
    let least = wgpu::DeviceDescriptor::default();
    let (device, queue) = fault::now(adapter.unwrap().request_device(&least)).unwrap();
    let watch = GpuWatch::of(&device, || {});
    Gpu::sharing(device, queue, watch).unwrap()
}

/// Reproducible samples in [−1, 1].
fn noise(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_769).wrapping_add(12345);
    let next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// A plan under construction: buffers are laid out one after the other.
#[derive(Default)]
struct Sketch {
    plan: Plan,
    given: Vec<Vec<f32>>,
}

impl Sketch {
    /// Reserves samples, from a multiple of `alignment` on.
    fn reserve(&mut self, len: usize, alignment: usize) -> usize {
        let first = self.plan.arena.next_multiple_of(alignment);
        self.plan.arena = first + len;
        first
    }

    /// Reserves an input of noise.
    fn input(&mut self, len: usize) -> usize {
        let first = self.reserve(len, 4);
        self.plan.inputs.push(first..first + len);
        self.given.push(noise(len, self.given.len() as u32 + 1));
        first
    }

    /// Reserves a constant of noise.
    fn constant(&mut self, len: usize) -> usize {
        let first = self.reserve(len, 4);
        let samples = noise(len, first as u32 + 77);
        self.plan.constants.push((first, samples.into()));
        first
    }

    /// Maps of noise, as an input.
    fn maps_in(&mut self, shape: [usize; 4]) -> Maps {
        let first = self.input(shape.iter().product());
        Maps::dense(first, shape)
    }

    /// Maps that become an output.
    fn maps_out(&mut self, shape: [usize; 4]) -> Maps {
        let len = shape.iter().product();
        let first = self.reserve(len, 4);
        self.plan.outputs.push(first..first + len);
        Maps::dense(first, shape)
    }

    /// A dense view of noise, as an input.
    fn view_in(&mut self, dims: [usize; 6]) -> View {
        let first = self.input(dims.iter().product());
        dense_view(first, dims)
    }

    /// A dense view that becomes an output.
    fn view_out(&mut self, dims: [usize; 6]) -> View {
        let len = dims.iter().product();
        let first = self.reserve(len, 4);
        self.plan.outputs.push(first..first + len);
        dense_view(first, dims)
    }

    fn step(&mut self, step: Step) {
        self.plan.steps.push(step);
    }

    /// Runs it on the GPU, twice, and compares with the reference: in f32, and in f16 where the GPU
    /// has it.
    fn check(&self, name: &str) {
        self.check_in(name, &[(Precision::Single, 1e-5), (Precision::Half, 5e-3)]);
    }

    /// Only in f32: a software GPU takes longest to compile.
    fn check_single(&self, name: &str) {
        self.check_in(name, &[(Precision::Single, 1e-5)]);
    }

    fn check_in(&self, name: &str, precisions: &[(Precision, f32)]) {
        if let Some(gpu) = gpu() {
            self.check_on(gpu, name, precisions);
        }
    }

    fn check_on(&self, gpu: &Gpu, name: &str, precisions: &[(Precision, f32)]) {
        let inputs: Vec<&[f32]> = self.given.iter().map(Vec::as_slice).collect();
        let expected = reference::run(&self.plan, &inputs);
        for &(precision, tolerance) in precisions {
            if precision == Precision::Half && !gpu.has_half() {
                eprintln!("SKIPPED: no 16-bit floats on {}", gpu.name());
                continue;
            }
            let mut engine = Engine::new(gpu, &self.plan, precision).unwrap();
            let first = engine.run(&inputs, &mut |_| Ok(())).unwrap();
            let second = engine.run(&inputs, &mut |_| Ok(())).unwrap();
            assert_eq!(first, second, "{name}: runs differ");
            for (index, expected) in expected.iter().enumerate() {
                let largest = expected.iter().fold(1e-3_f32, |most, x| most.max(x.abs()));
                let pairs = expected.iter().zip(&first[index]).enumerate();
                for (place, (expected, found)) in pairs {
                    let apart = (expected - found).abs();
                    assert!(
                        apart <= tolerance * largest,
                        "{name}, {precision:?}, output {index}, sample {place}: {found} instead of \
                         {expected}, largest {largest}"
                    );
                }
            }
        }
    }
}

fn dense_view(first: usize, dims: [usize; 6]) -> View {
    let mut strides = [1; 6];
    for dimension in (0..5).rev() {
        strides[dimension] = strides[dimension + 1] * dims[dimension + 1];
    }
    View {
        first,
        dims,
        strides,
    }
}

#[test]
fn every_variant_of_every_kernel_validates() {
    let mut faults = Vec::new();
    for variant in Variant::all() {
        let source = variant.source();
        let module = match naga::front::wgsl::parse_str(&source) {
            Ok(module) => module,
            Err(error) => {
                faults.push(error.emit_to_string_with_path(&source, &format!("{variant:?}")));
                continue;
            }
        };
        let mut needs = naga::valid::Capabilities::SHADER_FLOAT16;
        needs.set(naga::valid::Capabilities::SUBGROUP, variant.subgroups);
        let flags = naga::valid::ValidationFlags::all();
        let mut validator = naga::valid::Validator::new(flags, needs);
        validator.subgroup_stages(naga::valid::ShaderStages::COMPUTE);
        validator.subgroup_operations(naga::valid::SubgroupOperationSet::all());
        if let Err(error) = validator.validate(&module) {
            faults.push(error.emit_to_string_with_path(&source, &format!("{variant:?}")));
        }
        let entry = variant.entry();
        let has_entry = module.entry_points.iter().any(|point| point.name == entry);
        assert!(has_entry, "{variant:?} has no {entry}");
        let memory: u32 = module
            .global_variables
            .iter()
            .filter(|(_, variable)| variable.space == naga::AddressSpace::WorkGroup)
            .map(|(_, variable)| module.types[variable.ty].inner.size(module.to_ctx()))
            .sum();
        let least = wgpu::Limits::default();
        assert!(
            memory <= least.max_compute_workgroup_storage_size,
            "{variant:?} needs {memory} bytes of workgroup memory"
        );
        let invocations: u32 = module.entry_points[0].workgroup_size.iter().product();
        assert!(invocations <= least.max_compute_invocations_per_workgroup);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
