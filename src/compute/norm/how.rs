//! How a normalisation goes about it.

/// What follows a normalisation in the same pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Nothing,
    /// `max(x, 0)`.
    Relu,
}

/// How a normalisation goes about it.
#[derive(Clone, Copy, Debug)]
pub(in crate::compute) struct How {
    /// Added to the variance.
    pub(in crate::compute) epsilon: f64,
    /// What follows.
    pub(in crate::compute) then: Then,
}

impl How {
    /// The inverse of the deviation.
    pub(super) fn inverse(self, variance: f64) -> f64 {
        1.0 / (variance + self.epsilon).sqrt()
    }
}
