//! What can go wrong on a GPU, as errors.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// Completes a future of wgpu's, which off the web are all ready at once.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Does something on a device and turns what wgpu complains about meanwhile into an error; without
/// this, wgpu panics.
pub(super) fn guarded<T>(
    device: &wgpu::Device,
    doing: &str,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
    let outcome = work();
    let complaints = [
        now(internal.pop()),
        now(validation.pop()),
        now(memory.pop()),
    ];
    let Some(complaint) = complaints.into_iter().rev().flatten().next() else {
        return outcome;
    };
    // What stopped the work itself, such as a cancellation, comes first – unless it is what wgpu
    // complains of as seen by who used what could not be made.
    let stopped = outcome.err();
    if let Some(error) = stopped.filter(|error| error.kind != ErrorKind::Device) {
        return Err(error);
    }
    Err(match complaint {
        wgpu::Error::OutOfMemory { .. } => Error::new(
            ErrorKind::Device,
            format!("the GPU's memory does not suffice to {doing}"),
            "Close other programs that use the GPU, or use --device cpu.",
        ),
        // Adapters differ in what they take: the processor takes all.
        wgpu::Error::Validation { description, .. } => Error::new(
            ErrorKind::Device,
            format!("wgpu refused to {doing}: {description}"),
            "Use --device cpu, and report this to the developers.",
        ),
        wgpu::Error::Internal { description, .. } => failed(doing, &description),
    })
}

/// Makes the error of a driver that cannot do something.
pub(super) fn failed(doing: &str, cause: &str) -> Error {
    Error::new(
        ErrorKind::Device,
        format!("the GPU's driver failed to {doing}: {cause}"),
        "Update the GPU's driver, or use --device cpu.",
    )
}

/// Makes the error of a device that is gone.
pub(super) fn lost(name: &str, story: &str) -> Error {
    Error::new(
        ErrorKind::Device,
        format!("the GPU “{name}” was lost ({story})"),
        "Restart the program, or use --device cpu.",
    )
}
