//! Stencils on the GPU: uploaded at their first use, let go with their film.

use std::sync::{Arc, Weak};

use super::films::reduction;
use crate::display::levels::Placement;
use crate::display::stencil::{Drawn, Stencil, placement};

/// The stencils of the pictures shown.
pub(super) struct Stencils(Vec<Entry>);

struct Entry {
    stencil: Weak<Stencil>,
    view: wgpu::TextureView,
    /// The number of halvings between the film and the texture's first level.
    first_steps: u32,
}

/// The resolution of a stencil that a view reads.
pub(super) struct StencilReading {
    pub(super) view: wgpu::TextureView,
    pub(super) level: u32,
    pub(super) placement: Placement,
}

impl Stencils {
    /// Makes the empty set.
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Returns the level to read when one screen pixel covers `step` image pixels.
    pub(super) fn reading(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        drawn: &Drawn,
        step: [f32; 2],
    ) -> StencilReading {
        let stencil = &drawn.stencil;
        let known = self
            .0
            .iter()
            .position(|entry| std::ptr::eq(entry.stencil.as_ptr(), Arc::as_ptr(stencil)));
        let index = known.unwrap_or_else(|| {
            self.0.push(upload(device, queue, stencil));
            self.0.len() - 1
        });
        let entry = &self.0[index];
        let last = stencil.levels.len() as u32 - 1;
        let steps = Stencil::steps(step).clamp(entry.first_steps, last);
        let (film, level) = (&stencil.levels[0], &stencil.levels[steps as usize]);
        StencilReading {
            view: entry.view.clone(),
            level: steps - entry.first_steps,
            placement: placement((film.width, film.height), (level.width, level.height)),
        }
    }

    /// Lets go of stencils that nobody holds any more.
    pub(super) fn forget_dropped(&mut self) {
        self.0.retain(|entry| entry.stencil.strong_count() > 0);
    }
}

fn upload(device: &wgpu::Device, queue: &wgpu::Queue, stencil: &Arc<Stencil>) -> Entry {
    let film = &stencil.levels[0];
    let limit = device.limits().max_texture_dimension_2d;
    let first_steps = reduction(film.width, film.height, limit).ilog2();
    let levels = &stencil.levels[first_steps as usize..];
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("stencil"),
        size: extent(levels[0].width, levels[0].height),
        mip_level_count: levels.len() as u32,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rg8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (index, level) in levels.iter().enumerate() {
        let mut target = texture.as_image_copy();
        target.mip_level = index as u32;
        queue.write_texture(
            target,
            bytemuck::cast_slice(&level.cells),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(2 * level.width as u32),
                rows_per_image: None,
            },
            extent(level.width, level.height),
        );
    }
    Entry {
        stencil: Arc::downgrade(stencil),
        view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
        first_steps,
    }
}

fn extent(width: usize, height: usize) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: width as u32,
        height: height as u32,
        depth_or_array_layers: 1,
    }
}
