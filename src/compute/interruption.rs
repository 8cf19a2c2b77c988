//! A way out of long work in the middle: candle's operations do not ask whether anyone still waits.

use std::cell::RefCell;

use crate::error::{Error, Result};
use crate::task::Progress;

thread_local! {
    static ASKED: RefCell<Option<Progress>> = const { RefCell::new(None) };
}

/// Runs work that ends early once it has been cancelled: every convolution in it, forward or
/// backward, asks first. What the work had changed by then stays changed.
///
/// # Errors
/// Returns [`Error::cancelled`] when the work ended early, else its own error.
pub fn interruptible<T>(progress: &Progress, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let before = ASKED.replace(Some(progress.clone()));
    let result = work();
    ASKED.set(before);
    result.map_err(|error| match progress.cancelled() {
        true => Error::cancelled(),
        false => error,
    })
}

/// Fails when the work around was cancelled.
pub(super) fn ask() -> candle_core::Result<()> {
    let cancelled = ASKED.with_borrow(|asked| asked.as_ref().is_some_and(Progress::cancelled));
    match cancelled {
        true => candle_core::bail!("cancelled"),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{Stepping, Tensor};

    fn convolved() -> Result<Tensor> {
        let of = |shape: &[usize]| {
            let samples = vec![0.5; shape.iter().product()];
            Tensor::from_samples(samples, shape)
        };
        of(&[1, 1, 8, 8])?.convolve(
            &of(&[1, 1, 3, 3])?,
            None,
            Stepping {
                stride: 1,
                padding: 1,
            },
        )
    }

    #[test]
    fn cancelled_work_ends_at_the_next_convolution() {
        let progress = Progress::new();
        let mut done = 0;
        let result = interruptible(&progress, || {
            convolved()?;
            done += 1;
            progress.cancel();
            convolved()?;
            done += 1;
            Ok(())
        });
        assert!(result.is_err_and(|error| error.is_cancelled()));
        assert_eq!(done, 1);
    }

    #[test]
    fn work_outside_is_left_alone() {
        let progress = Progress::new();
        progress.cancel();
        assert!(interruptible(&progress, convolved).is_err());
        assert!(convolved().is_ok());
    }

    #[test]
    fn another_error_stays_itself() {
        let error = interruptible(&Progress::new(), || -> Result<()> {
            Err(Error::internal("broken"))
        });
        assert!(!error.unwrap_err().is_cancelled());
    }
}
