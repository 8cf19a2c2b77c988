//! Textures of samples, and how rows get into them.

use crate::radiograph::{Storage, Whole};

/// The queue is locked while it copies, and what is copied waits beside the texture until it is
/// handed over: large films are written in pieces of this many bytes.
const PIECE_BYTES: usize = 4 << 20;

/// Whole numbers up to here are exact as 32-bit floats.
const LARGEST_EXACT: f64 = 16_777_216.0;

/// Makes a texture of 32-bit floats with room for `levels` levels.
pub(super) fn float_texture(
    device: &wgpu::Device,
    size: (usize, usize),
    levels: u32,
) -> wgpu::Texture {
    texture(device, size, (wgpu::TextureFormat::R32Float, levels))
}

/// Makes the texture that stands in where a film has no whole numbers.
pub(super) fn no_whole_numbers(device: &wgpu::Device) -> wgpu::TextureView {
    let texture = texture(device, (1, 1), (wgpu::TextureFormat::R8Uint, 1));
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

fn texture(
    device: &wgpu::Device,
    (width, height): (usize, usize),
    (format, levels): (wgpu::TextureFormat, u32),
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("samples"),
        size: wgpu::Extent3d {
            width: width as u32,
            height: height as u32,
            depth_or_array_layers: 1,
        },
        mip_level_count: levels,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// Writes all rows of one level of a texture of floats.
pub(super) fn write_rows(
    (device, queue): (&wgpu::Device, &wgpu::Queue),
    texture: &wgpu::Texture,
    level: u32,
    samples: &[f32],
) {
    let width = (texture.width() >> level).max(1) as usize;
    let rows_a_piece = rows_a_piece(4 * width);
    for (piece, rows) in samples.chunks(rows_a_piece * width).enumerate() {
        if piece > 0 {
            hand_over(device, queue);
        }
        let first = piece * rows_a_piece;
        write(queue, (texture, level), first, bytemuck::cast_slice(rows));
    }
}

/// Has the pieces so far copied: what waits beside the texture takes its memory a second time, and
/// what takes it next can have the same.
fn hand_over(device: &wgpu::Device, queue: &wgpu::Queue) {
    queue.submit([]);
    // A device that is lost is the window's to notice.
    device.poll(wgpu::PollType::wait_indefinitely()).ok();
}

/// Whole numbers on the GPU: unsigned, and what is added to make modality values of them.
pub(super) struct WholeTexture {
    pub(super) view: wgpu::TextureView,
    pub(super) offset: f32,
}

/// Uploads a film's whole numbers; `None` where their modality values are not exactly these and
/// an offset, in the floats a shader has.
pub(super) fn whole_texture(
    (device, queue): (&wgpu::Device, &wgpu::Queue),
    size: (usize, usize),
    whole: &Whole,
) -> Option<WholeTexture> {
    let line = whole.line();
    let exact = line.intercept.fract() == 0.0 && line.intercept.abs() < LARGEST_EXACT / 2.0;
    if line.slope != 1.0 || !exact {
        return None;
    }
    // Signed ones are moved up by half their range: the shader's are unsigned.
    let (format, lowest) = match whole.storage() {
        Storage::Byte => (wgpu::TextureFormat::R8Uint, 0.0),
        Storage::SignedByte => (wgpu::TextureFormat::R8Uint, -128.0),
        Storage::Word => (wgpu::TextureFormat::R16Uint, 0.0),
        Storage::SignedWord => (wgpu::TextureFormat::R16Uint, -32_768.0),
        Storage::Real => return None,
    };
    let texture = texture(device, size, (format, 1));
    let row_bytes = size.0 * whole.storage().bytes();
    let rows_a_piece = rows_a_piece(row_bytes);
    for (piece, rows) in whole.bytes().chunks(rows_a_piece * row_bytes).enumerate() {
        let first = piece * rows_a_piece;
        if piece > 0 {
            hand_over(device, queue);
        }
        if lowest == 0.0 {
            write(queue, (&texture, 0), first, rows);
        } else {
            let moved = moved_up(rows, whole.storage().bytes());
            write(queue, (&texture, 0), first, &moved);
        }
    }
    Some(WholeTexture {
        view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
        offset: (line.intercept + lowest) as f32,
    })
}

/// Turns the sign bit over: the least signed number becomes 0.
fn moved_up(rows: &[u8], width: usize) -> Vec<u8> {
    let mut moved = rows.to_vec();
    let highest = moved.iter_mut().skip(width - 1).step_by(width);
    highest.for_each(|byte| *byte ^= 0x80);
    moved
}

fn rows_a_piece(row_bytes: usize) -> usize {
    (PIECE_BYTES / row_bytes).max(1)
}

/// Writes rows from one on, and hands them over.
fn write(queue: &wgpu::Queue, (texture, level): (&wgpu::Texture, u32), first: usize, rows: &[u8]) {
    let width = (texture.width() >> level).max(1);
    let row_bytes = width * texture.format().block_copy_size(None).unwrap_or(4);
    let mut target = texture.as_image_copy();
    target.mip_level = level;
    target.origin.y = first as u32;
    queue.write_texture(
        target,
        rows,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(row_bytes),
            rows_per_image: None,
        },
        wgpu::Extent3d {
            width,
            height: rows.len() as u32 / row_bytes,
            depth_or_array_layers: 1,
        },
    );
}
