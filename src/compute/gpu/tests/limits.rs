//! What does not fit, what is cancelled, and what is lost.

use super::*;
use crate::compute::program::{Activation, Combine, Pairing};

/// A plan of steps that copy a buffer to and fro.
fn copies(count: usize, len: usize) -> Plan {
    let mut sketch = Sketch::default();
    let mut a = sketch.view_in([1, 1, 1, 1, 1, len]);
    let mut y = sketch.view_out([1, 1, 1, 1, 1, len]);
    for _ in 0..count {
        sketch.step(Step::Combine(Combine {
            a,
            b: a,
            y,
            pairing: Pairing::First,
            then: Activation::Affine(1.0, 1.0),
        }));
        std::mem::swap(&mut a, &mut y);
    }
    sketch.plan
}

#[test]
fn a_plan_too_large_is_refused_with_the_limit() {
    let Some(gpu) = gpu() else {
        return;
    };
    let most = gpu.limits().max_storage_buffer_binding_size;
    let plan = Plan {
        arena: (most / 4 + 4) as usize,
        ..Plan::default()
    };
    let error = Engine::new(gpu, &plan, Precision::Single).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Device);
    assert!(error.message.contains("max_storage_buffer_binding_size"));
    assert!(error.message.contains(&most.to_string()), "{error}");
}

#[test]
fn the_least_that_webgpu_promises_suffices() {
    if gpu().is_none() {
        return;
    }
    let gpu = least_gpu();
    assert_eq!(gpu.limits(), &wgpu::Limits::default());
    let plain = Variant::all().into_iter().filter(|it| !it.subgroups);
    let (half, single): (Vec<_>, Vec<_>) = plain.partition(|it| it.half);
    gpu.compile(single.into_iter()).unwrap();
    let error = gpu.compile(half.into_iter().take(1)).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Device, "{error}");
    let error = Engine::new(&gpu, &copies(1, 8), Precision::Half).err();
    assert!(error.unwrap().message.contains("SHADER_F16"));
    let mut engine = Engine::new(&gpu, &copies(1, 8), Precision::Single).unwrap();
    let outputs = engine.run(&[&[0.0; 8]], &mut |_| Ok(())).unwrap();
    assert_eq!(outputs, [[1.0; 8]]);
    assert!(engine.step_seconds().unwrap().is_none());
}

#[test]
fn every_kernel_compiles() {
    let Some(gpu) = gpu() else {
        return;
    };
    let usable = |variant: &Variant| {
        (gpu.has_half() || !variant.half) && (gpu.has_subgroups() || !variant.subgroups)
    };
    gpu.compile(Variant::all().into_iter().filter(usable))
        .unwrap();
}

#[test]
fn wrong_inputs_are_refused() {
    let Some(gpu) = gpu() else {
        return;
    };
    let mut engine = Engine::new(gpu, &copies(1, 8), Precision::Single).unwrap();
    let error = engine.run(&[&[0.0; 7]], &mut |_| Ok(())).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Internal);
}

#[test]
fn a_cancelled_run_can_be_run_again() {
    let Some(gpu) = gpu() else {
        return;
    };
    let input = noise(64, 3);
    let mut engine = Engine::new(gpu, &copies(3, 64), Precision::Single).unwrap();
    let error = engine.run(&[&input], &mut |_| Err(Error::cancelled()));
    assert!(error.err().unwrap().is_cancelled());
    let mut shares = Vec::new();
    let mut between = |share| {
        shares.push(share);
        Ok(())
    };
    let outputs = engine.run(&[&input], &mut between).unwrap();
    assert!(shares.is_sorted() && shares.last().is_some_and(|&last| last > 0.999));
    let expected: Vec<f32> = input.iter().map(|x| x + 1.0 + 1.0 + 1.0).collect();
    assert_eq!(outputs, [expected]);
}

#[test]
fn outputs_of_another_run_are_not_taken_for_those_of_this_one() {
    let Some(gpu) = gpu() else {
        return;
    };
    let mut engine = Engine::new(gpu, &copies(41, 64), Precision::Single).unwrap();
    for run in 1..=2 {
        engine.run(&[&[0.5; 64]], &mut |_| Ok(())).unwrap();
        assert_eq!(engine.stamp, run);
    }
    let read = |stamp| engine.outputs.read(gpu, &[64], (stamp, 1));
    assert_eq!(read(2).unwrap(), [[41.5; 64]]);
    assert_eq!(read(3).unwrap_err().kind, ErrorKind::Device);
}

#[test]
fn a_lost_gpu_is_an_error() {
    if gpu().is_none() {
        return;
    }
    let gpu = Gpu::open(true).unwrap();
    let mut engine = Engine::new(&gpu, &copies(1, 8), Precision::Single).unwrap();
    assert_eq!(gpu.shared.watch.lost(), None);
    gpu.device().destroy();
    let error = engine.run(&[&[0.0; 8]], &mut |_| Ok(())).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Device, "{error}");
    let error = Engine::new(&gpu, &copies(1, 8), Precision::Single).err();
    assert_eq!(error.unwrap().kind, ErrorKind::Device);
}

/// A device of the first adapter with few limits.
fn opened(limits: wgpu::Limits) -> (wgpu::Device, wgpu::Queue) {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = fault::now(instance.request_adapter(&wgpu::RequestAdapterOptions::default()));
    let asked = wgpu::DeviceDescriptor {
        required_limits: limits,
        ..Default::default()
    };
    fault::now(adapter.unwrap().request_device(&asked)).unwrap()
}

#[test]
fn a_device_without_the_buffers_that_kernels_need_is_refused_by_name() {
    if gpu().is_none() {
        return;
    }
    let (device, queue) = opened(wgpu::Limits {
        max_storage_buffers_per_shader_stage: 2,
        ..wgpu::Limits::default()
    });
    let watch = GpuWatch::of(&device, || {});
    let error = Gpu::sharing(device, queue, watch).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Device);
    let limit = "max_storage_buffers_per_shader_stage is 2";
    assert!(error.message.contains(limit), "{error}");
}

#[test]
fn what_is_refused_outside_of_a_network_is_heard_once_and_ends_nothing() {
    if gpu().is_none() {
        return;
    }
    let (device, _queue) = opened(wgpu::Limits::default());
    let watch = GpuWatch::of(&device, || {});
    assert_eq!(watch.refusal(), None);
    for _ in 0..2 {
        let _ = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: wgpu::Limits::default().max_buffer_size + 16,
            usage: wgpu::BufferUsages::STORAGE,
            mapped_at_creation: false,
        });
    }
    assert!(watch.refusal().is_some_and(|words| !words.is_empty()));
    assert_eq!(watch.refusal(), None, "what follows from it is not told");
    assert_eq!(watch.lost(), None);
}

#[test]
fn a_software_gpu_is_only_taken_when_asked_for() {
    let Some(gpu) = gpu() else {
        return;
    };
    match Gpu::open(false) {
        Ok(other) => assert!(!other.is_software()),
        Err(error) => {
            assert!(gpu.is_software());
            assert_eq!(error.kind, ErrorKind::Device);
            assert!(error.message.contains(gpu.name()), "{error}");
        }
    }
}

#[test]
fn engines_can_be_handed_to_a_worker() {
    fn sendable<T: Send>() {}
    sendable::<Engine>();
    sendable::<Gpu>();
}
