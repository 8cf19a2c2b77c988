//! Small textures: grey ramps, anomaly maps, colour maps.

use std::sync::{Arc, Weak};

use super::textures::{float_texture, write_rows};
use crate::anomaly::AnomalyMap;
use crate::display::levels::Level;
use crate::display::{Colormap, GreyRamp};

/// The grey ramps of the pictures shown; a ramp no longer used lends its texture to the next, so
/// that dragging a window allocates nothing.
pub(super) struct Ramps(Vec<Ramp>);

struct Ramp {
    ramp: Weak<GreyRamp>,
    texture: wgpu::Texture,
    view: wgpu::TextureView,
}

impl Ramps {
    /// Makes the empty set.
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Returns the texture of a ramp, written when the ramp is new.
    pub(super) fn view(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        ramp: &Arc<GreyRamp>,
    ) -> wgpu::TextureView {
        if let Some(known) = self.0.iter().find(|known| is(&known.ramp, ramp)) {
            return known.view.clone();
        }
        let free = self.0.iter().position(|old| old.ramp.strong_count() == 0);
        let index = free.unwrap_or_else(|| {
            let texture = float_texture(device, (ramp.greys.len(), 1), 1);
            self.0.push(Ramp {
                ramp: Weak::new(),
                view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
                texture,
            });
            self.0.len() - 1
        });
        let entry = &mut self.0[index];
        write_rows((device, queue), &entry.texture, 0, &ramp.greys);
        entry.ramp = Arc::downgrade(ramp);
        entry.view.clone()
    }

    /// Returns the number of ramp textures.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

/// The anomaly maps of the pictures shown.
pub(super) struct Maps(Vec<(Weak<AnomalyMap>, wgpu::TextureView)>);

impl Maps {
    /// Makes the empty set.
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Returns the texture of a map, uploaded at its first use.
    pub(super) fn view(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        map: &Arc<AnomalyMap>,
    ) -> wgpu::TextureView {
        if let Some((_, view)) = self.0.iter().find(|(known, _)| is(known, map)) {
            return view.clone();
        }
        let level = Level::finest(&map.placed.raster);
        let texture = float_texture(device, (level.width, level.height), 1);
        write_rows((device, queue), &texture, 0, &level.samples);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        self.0.push((Arc::downgrade(map), view.clone()));
        view
    }

    /// Lets go of maps that nobody holds any more.
    pub(super) fn forget_dropped(&mut self) {
        self.0.retain(|(map, _)| map.strong_count() > 0);
    }

    /// Returns the number of maps on the GPU.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

/// Makes the texture of all colour maps, one row each.
pub(super) fn colormaps(device: &wgpu::Device, queue: &wgpu::Queue) -> wgpu::TextureView {
    let rgba: Vec<u8> = Colormap::ALL
        .iter()
        .flat_map(|colormap| colormap.table())
        .flat_map(|[r, g, b]| [r, g, b, 255])
        .collect();
    let size = wgpu::Extent3d {
        width: Colormap::ENTRIES as u32,
        height: Colormap::ALL.len() as u32,
        depth_or_array_layers: 1,
    };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("colour maps"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        // Not sRGB: the shader mixes code values.
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    queue.write_texture(
        texture.as_image_copy(),
        &rgba,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * size.width),
            rows_per_image: None,
        },
        size,
    );
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// Makes the texture that stands in where a picture has none.
pub(super) fn nothing(device: &wgpu::Device) -> wgpu::TextureView {
    float_texture(device, (1, 1), 1).create_view(&wgpu::TextureViewDescriptor::default())
}

/// Reports whether a remembered thing is this one. The weak reference keeps its address taken, so
/// a new thing cannot be mistaken for an old one.
fn is<T>(known: &Weak<T>, this: &Arc<T>) -> bool {
    std::ptr::eq(known.as_ptr(), Arc::as_ptr(this))
}
