//! Which resolution of a film a view reads, and how.

use super::films::Resident;
use super::pipeline::Taps;
use crate::anomaly::Placed;
use crate::display::levels::{self, Placement};

/// The resolution of a film that a view reads.
pub(super) struct Reading {
    pub(super) view: Option<wgpu::TextureView>,
    pub(super) whole: Option<wgpu::TextureView>,
    /// Whether the whole numbers are read; else a level of the floats.
    pub(super) reads_whole: bool,
    pub(super) level: u32,
    /// What is added to whole numbers.
    pub(super) offset: f32,
    pub(super) placement: Placement,
}

impl Reading {
    /// Returns how the shader reads it when one screen pixel covers `step` image pixels.
    pub(super) fn taps(&self, step: [f32; 2]) -> Taps {
        Taps {
            whole: self.reads_whole,
            four: self.placement.takes_four(step),
        }
    }
}

impl Resident {
    /// Returns the level to read when one screen pixel covers `step` image pixels.
    pub(super) fn reading(&self, placed: &Placed, step: [f32; 2]) -> Reading {
        let steps = levels::steps_for(levels::cells_under_a_pixel(placed, step));
        let level = steps
            .saturating_sub(self.first_steps)
            .min(self.sizes.len() as u32 - 1);
        let placement = Placement::new(&placed.place, self.sizes[level as usize]);
        let whole = self.whole.as_ref();
        Reading {
            view: self.view.clone(),
            whole: whole.map(|whole| whole.view.clone()),
            reads_whole: whole.is_some() && level == 0,
            // The whole numbers are the finest level; the floats begin with the next.
            level: level.saturating_sub(u32::from(whole.is_some())),
            offset: whole.map_or(0.0, |whole| whole.offset),
            placement,
        }
    }
}
