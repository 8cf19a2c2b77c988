//! Named intermediate tensors, for checking a network against its paper's public code.

use crate::compute::Tensor;

/// A list of named tensors, filled only when someone wants to see them.
#[derive(Default)]
pub struct Trace {
    tensors: Option<Vec<(String, Tensor)>>,
}

impl Trace {
    /// Keeps nothing.
    pub fn off() -> Self {
        Self::default()
    }

    /// Keeps every tensor it is shown.
    pub fn on() -> Self {
        Self {
            tensors: Some(Vec::new()),
        }
    }

    /// Shows a tensor under a name.
    pub fn show(&mut self, name: impl Into<String>, tensor: &Tensor) {
        if let Some(tensors) = &mut self.tensors {
            tensors.push((name.into(), tensor.detach()));
        }
    }

    /// Reports whether tensors are kept, so that what only a trace needs is not computed else.
    pub fn is_on(&self) -> bool {
        self.tensors.is_some()
    }

    /// Returns what was shown, in order.
    pub fn into_tensors(self) -> Vec<(String, Tensor)> {
        self.tensors.unwrap_or_default()
    }
}
