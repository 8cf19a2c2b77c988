//! What is made once for a network: its arena, what kernels are bound to, its constants.

use std::sync::Arc;

use super::super::program::Plan;
use super::kernel::Kernel;
use super::lower::Means;
use super::transfer::{self, Direction, Transfer};
use super::words::ROOM_BYTES;
use super::{Gpu, Precision, resources};
use crate::error::{Error, ErrorKind, Result};

/// What decides between methods.
pub(super) fn means(gpu: &Gpu) -> Means {
    const INTEL: u32 = 0x8086;
    Means {
        subgroups: gpu.has_subgroups(),
        scratch_quads: (gpu.limits().max_storage_buffer_binding_size / 16) as usize,
        large_tiles: gpu.shared.info.vendor != INTEL,
    }
}

/// Makes the arena of a plan.
pub(super) fn arena(gpu: &Gpu, plan: &Plan, precision: Precision) -> Result<wgpu::Buffer> {
    let bytes = (plan.arena * precision.bytes()).next_multiple_of(16);
    gpu.check_size("the network's arena", bytes as u64)?;
    if u32::try_from(plan.arena).is_err() {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("the network's arena has {} samples", plan.arena),
            "Use --device cpu.",
        ));
    }
    let usage = wgpu::BufferUsages::STORAGE;
    Ok(resources::buffer(gpu, "arena", bytes, usage))
}

/// Binds the arena, numbers and what is written, and what is read.
pub(super) fn bind_group(
    gpu: &Gpu,
    [arena, numbers, written]: [&wgpu::Buffer; 3],
    read: wgpu::BindingResource<'_>,
) -> wgpu::BindGroup {
    let numbers = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: numbers,
        offset: 0,
        size: std::num::NonZeroU64::new(ROOM_BYTES as u64),
    });
    let resources = [
        arena.as_entire_binding(),
        read,
        numbers,
        written.as_entire_binding(),
    ];
    let entries: Vec<_> = (0..)
        .zip(resources)
        .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
        .collect();
    gpu.device().create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("network"),
        layout: &gpu.shared.bindings,
        entries: &entries,
    })
}

/// Writes a plan's constants into the arena.
pub(super) fn give_constants(
    gpu: &Gpu,
    plan: &Plan,
    half: bool,
    arena: &wgpu::Buffer,
) -> Result<()> {
    let range = |(first, samples): &(usize, Arc<[f32]>)| *first..first + samples.len();
    let ranges: Vec<_> = plan.constants.iter().map(range).collect();
    let parts: Vec<&[f32]> = plan.constants.iter().map(|(_, part)| &part[..]).collect();
    if transfer::samples_of(&ranges) == 0 {
        return Ok(());
    }
    let constants = Transfer::new(gpu, transfer::samples_of(&ranges), 0, Direction::In)?;
    constants.write(gpu, &parts, None)?;
    let dispatches: Vec<_> = transfer::dispatches(Kernel::Give, half, &ranges).collect();
    let (dispatches, numbers) = resources::ready(gpu, &dispatches)?;
    let usage = wgpu::BufferUsages::STORAGE;
    let unused = resources::buffer(gpu, "unused", 16, usage);
    let given = constants.bound.as_entire_binding();
    let bind_group = bind_group(gpu, [arena, &numbers, &unused], given);
    let mut encoder = gpu.device().create_command_encoder(&Default::default());
    constants.record(&mut encoder, Direction::In);
    let mut pass = encoder.begin_compute_pass(&Default::default());
    for dispatch in &dispatches {
        dispatch.record(&mut pass, &bind_group);
    }
    drop(pass);
    gpu.queue().submit([encoder.finish()]);
    Ok(())
}
