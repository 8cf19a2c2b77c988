//! How long each step takes, measured by the GPU itself.

use super::resources::{self, Ready};
use super::{Engine, fault, transfer};
use crate::error::Result;

/// Dispatches between two readings: a query set holds at most 4096 times.
const AT_A_TIME: usize = 1024;
/// A time is a 64-bit count of ticks.
const BYTES_OF_A_TIME: usize = 8;

impl Engine {
    /// Runs the network once more, each dispatch by itself, and returns the seconds each step took
    /// by its index; those of steps without dispatches are 0. None where the GPU cannot tell.
    ///
    /// # Errors
    /// When the GPU is lost.
    pub(crate) fn step_seconds(&mut self) -> Result<Option<Vec<f64>>> {
        let device = self.gpu.device().clone();
        if !device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Ok(None);
        }
        let last = self.dispatches.iter().filter_map(|dispatch| dispatch.step);
        let mut seconds = vec![0.0; last.max().map_or(0, |last| last + 1)];
        fault::guarded(&device, "time a network", || {
            for part in self.dispatches.chunks(AT_A_TIME) {
                for (dispatch, took) in part.iter().zip(self.seconds_of(part)?) {
                    if let Some(step) = dispatch.step {
                        seconds[step] += took;
                    }
                }
            }
            Ok(())
        })?;
        Ok(Some(seconds))
    }

    fn seconds_of(&self, dispatches: &[Ready]) -> Result<Vec<f64>> {
        use wgpu::BufferUsages as Usages;
        let gpu = &self.gpu;
        let count = 2 * dispatches.len() as u32;
        let queries = gpu.device().create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("times"),
            ty: wgpu::QueryType::Timestamp,
            count,
        });
        let bytes = BYTES_OF_A_TIME * count as usize;
        let resolved = Usages::QUERY_RESOLVE | Usages::COPY_SRC;
        let resolved = resources::buffer(gpu, "times", bytes, resolved);
        let read = resources::buffer(gpu, "times", bytes, Usages::MAP_READ | Usages::COPY_DST);
        let mut encoder = self.encoder();
        for (dispatch, query) in dispatches.iter().zip((0..).step_by(2)) {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some("timed"),
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &queries,
                    beginning_of_pass_write_index: Some(query),
                    end_of_pass_write_index: Some(query + 1),
                }),
            });
            if let Some(bind_group) = self.bind_groups.get(&dispatch.bound) {
                dispatch.record(&mut pass, bind_group);
            }
        }
        encoder.resolve_query_set(&queries, 0..count, &resolved, 0);
        encoder.copy_buffer_to_buffer(&resolved, 0, &read, 0, bytes as u64);
        gpu.queue().submit([encoder.finish()]);
        transfer::map(gpu, &read, wgpu::MapMode::Read)?;
        let view = read
            .get_mapped_range(..)
            .map_err(|cause| fault::failed("return times", &cause.to_string()))?;
        let ticks: Vec<u64> = view
            .chunks_exact(BYTES_OF_A_TIME)
            .map(|bytes| {
                bytes
                    .iter()
                    .rev()
                    .fold(0, |ticks, &byte| ticks << 8 | u64::from(byte))
            })
            .collect();
        let nanoseconds = f64::from(gpu.queue().get_timestamp_period());
        let pairs = ticks.chunks_exact(2).take(dispatches.len());
        Ok(pairs
            .map(|pair| pair[1].saturating_sub(pair[0]) as f64 * nanoseconds * 1e-9)
            .collect())
    }
}
