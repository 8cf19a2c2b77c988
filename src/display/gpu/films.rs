//! Film samples on the GPU: uploaded once, with their coarser levels, and let go with their layer.

use std::sync::{Arc, OnceLock, Weak};

use super::textures::{WholeTexture, float_texture, whole_texture, write_rows};
use crate::anomaly::Placed;
use crate::display::levels::{Level, halved_size, most_steps};
use crate::task::{Threads, Wake};

/// Films up to this many samples are uploaded within the frame that first shows them.
const SAMPLES_IN_A_FRAME: usize = 1 << 20;
/// The longer side of the preview shown while a large film is on its way.
const PREVIEW_SIDE_PX: usize = 512;

/// Returns the factor by which a film must be reduced to be shown on a device whose textures have
/// at most `largest_side_px` pixels a side: 1 when it fits, else a power of two.
pub fn reduction(width: usize, height: usize, largest_side_px: u32) -> u32 {
    let mut size = (width, height);
    let mut factor = 1;
    while size.0.max(size.1) > largest_side_px.max(1) as usize {
        size = halved_size(size.0, size.1);
        factor *= 2;
    }
    factor
}

/// A film on the GPU.
pub(super) struct Resident {
    /// The film itself, where it is kept as whole numbers.
    pub(super) whole: Option<WholeTexture>,
    /// The levels as floats: all of them, or those coarser than the film.
    pub(super) view: Option<wgpu::TextureView>,
    /// The number of halvings between the film and the first level.
    pub(super) first_steps: u32,
    /// The width and height of each level.
    pub(super) sizes: Vec<(usize, usize)>,
}

/// The films of the pictures shown.
pub(super) struct Films {
    uploader: Uploader,
    wake: Option<Wake>,
    entries: Vec<Entry>,
    uploads: Threads,
}

struct Entry {
    layer: Weak<Placed>,
    preview: Option<Resident>,
    film: Arc<OnceLock<Resident>>,
}

#[derive(Clone)]
struct Uploader {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

impl Films {
    /// Makes the empty set; with a wake, large films are uploaded on threads of their own.
    pub(super) fn new(device: &wgpu::Device, queue: &wgpu::Queue, wake: Option<Wake>) -> Self {
        Self {
            uploader: Uploader {
                device: device.clone(),
                queue: queue.clone(),
            },
            wake,
            entries: Vec::new(),
            uploads: Threads::default(),
        }
    }

    /// Returns the texture of a layer: the whole film, or its preview while that is on its way.
    pub(super) fn resident(&mut self, layer: &Arc<Placed>) -> &Resident {
        let known = self
            .entries
            .iter()
            .position(|entry| std::ptr::eq(entry.layer.as_ptr(), Arc::as_ptr(layer)));
        let index = known.unwrap_or_else(|| {
            let entry = self.upload(layer);
            self.entries.push(entry);
            self.entries.len() - 1
        });
        let Entry { preview, film, .. } = &mut self.entries[index];
        if film.get().is_some() {
            *preview = None;
        }
        match preview {
            Some(preview) => preview,
            None => film.get_or_init(|| self.uploader.film(layer)),
        }
    }

    /// Lets go of films that nobody holds any more.
    pub(super) fn forget_dropped(&mut self) {
        self.entries.retain(|entry| entry.layer.strong_count() > 0);
    }

    /// Returns the number of films on the GPU.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.entries.len()
    }

    fn upload(&mut self, layer: &Arc<Placed>) -> Entry {
        let film = Arc::new(OnceLock::new());
        let large = layer.raster.samples().len() > SAMPLES_IN_A_FRAME;
        // The preview first: the upload keeps the queue busy.
        let preview = self.wake.clone().filter(|_| large).and_then(|wake| {
            let preview = self.uploader.preview(layer);
            self.upload_beside(layer, &film, wake).then_some(preview)
        });
        Entry {
            layer: Arc::downgrade(layer),
            preview,
            film,
        }
    }

    fn upload_beside(
        &mut self,
        layer: &Arc<Placed>,
        film: &Arc<OnceLock<Resident>>,
        wake: Wake,
    ) -> bool {
        let (uploader, layer, film) = (self.uploader.clone(), layer.clone(), film.clone());
        self.uploads.spawn("film upload", move || {
            film.get_or_init(|| uploader.film(&layer));
            drop(layer);
            wake();
        })
    }
}

impl Uploader {
    fn film(&self, placed: &Placed) -> Resident {
        let raster = &placed.raster;
        let size = (raster.width(), raster.height());
        let limit = self.device.limits().max_texture_dimension_2d;
        let first_steps = reduction(size.0, size.1, limit).ilog2();
        let whole = raster.samples().whole().filter(|_| first_steps == 0);
        let whole = whole.and_then(|whole| whole_texture((&self.device, &self.queue), size, whole));
        let Some(whole) = whole else {
            let (view, sizes) = self.levels(Level::of(raster, first_steps));
            return Resident {
                whole: None,
                view: Some(view),
                first_steps,
                sizes,
            };
        };
        let mut sizes = vec![size];
        let coarser = (most_steps(size.0, size.1) > 0).then(|| {
            let (view, coarser) = self.levels(Level::of(raster, 1));
            sizes.extend(coarser);
            view
        });
        Resident {
            whole: Some(whole),
            view: coarser,
            first_steps,
            sizes,
        }
    }

    /// Uploads a level and all that are coarser; returns them with their sizes.
    fn levels(&self, mut level: Level<'_>) -> (wgpu::TextureView, Vec<(usize, usize)>) {
        let count = most_steps(level.width, level.height) + 1;
        let texture = float_texture(&self.device, (level.width, level.height), count);
        let mut sizes = Vec::new();
        for index in 0..count {
            write_rows((&self.device, &self.queue), &texture, index, &level.samples);
            sizes.push((level.width, level.height));
            level = level.halved();
        }
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        (view, sizes)
    }

    /// Uploads every nth sample: rough, but there within a millisecond.
    fn preview(&self, placed: &Placed) -> Resident {
        let raster = &placed.raster;
        let every = raster
            .width()
            .max(raster.height())
            .div_ceil(PREVIEW_SIDE_PX);
        let (width, height) = (
            (raster.width() / every).max(1),
            (raster.height() / every).max(1),
        );
        let column = |x: usize| x * raster.width() / width;
        let samples: Vec<f32> = (0..height)
            .map(|y| y * raster.height() / height)
            .flat_map(|y| (0..width).map(move |x| raster.at(column(x), y)))
            .map(|sample| if sample.is_finite() { sample } else { 0.0 })
            .collect();
        let texture = float_texture(&self.device, (width, height), 1);
        write_rows((&self.device, &self.queue), &texture, 0, &samples);
        Resident {
            whole: None,
            view: Some(texture.create_view(&wgpu::TextureViewDescriptor::default())),
            first_steps: 0,
            sizes: vec![(width, height)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reduction;

    #[test]
    fn a_film_is_halved_until_it_fits() {
        assert_eq!(reduction(3000, 3000, 8192), 1);
        assert_eq!(reduction(8192, 8192, 8192), 1);
        assert_eq!(reduction(12_000, 12_000, 8192), 2);
        assert_eq!(reduction(100, 16_384, 4096), 4);
        assert_eq!(reduction(1, 1, 1), 1);
    }
}
