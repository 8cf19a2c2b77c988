//! The plain operations in place of the processor's own, for tests of what another device computes.

use std::cell::Cell;

thread_local! {
    static FORCED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside [`as_on_another_device`].
pub(super) fn now() -> bool {
    FORCED.get()
}

/// Runs whole networks and their gradients by the operations that CUDA takes, on the processor.
pub(crate) fn as_on_another_device<R>(run: impl FnOnce() -> R) -> R {
    FORCED.set(true);
    // A test that panics must not leave its thread's next one on the wrong operations.
    let _end = End;
    run()
}

struct End;

impl Drop for End {
    fn drop(&mut self) {
        FORCED.set(false);
    }
}
