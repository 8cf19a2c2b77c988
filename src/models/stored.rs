//! Weights by name, as a file or a checkpoint holds them.

use std::collections::HashMap;

use candle_core::DType;

use crate::compute::{Builder, Source};
use crate::error::{Error, ErrorKind, Result};

/// Stored weights under the public code's names, after the network's own: `G.…`, `D.…`.
pub struct Stored(HashMap<String, candle_core::Tensor>);

impl Stored {
    /// Takes tensors as a file holds them; reference files put `w.` before each weight.
    pub fn new(tensors: HashMap<String, candle_core::Tensor>) -> Self {
        let bare = |name: String| match name.strip_prefix("w.") {
            Some(bare) => bare.to_owned(),
            None => name,
        };
        let tensors = tensors.into_iter();
        Self(tensors.map(|(name, tensor)| (bare(name), tensor)).collect())
    }

    /// Returns a builder from the weights whose names begin with `prefix` and a full stop.
    pub fn part(&self, prefix: &str) -> Builder {
        Builder::new(Source::Stored(self.named(Some(prefix))))
    }

    /// Returns the weights whose names begin with `prefix` and a full stop, by the rest; or all.
    pub(super) fn named(&self, prefix: Option<&str>) -> HashMap<String, candle_core::Tensor> {
        let Some(prefix) = prefix else {
            return self.0.clone();
        };
        let named = self.0.iter().filter_map(|(name, tensor)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('.')?;
            Some((name.to_owned(), tensor.clone()))
        });
        named.collect()
    }

    /// Returns the size of a weight along a dimension, to read a configuration off.
    ///
    /// # Errors
    /// When there is no such weight.
    pub fn size(&self, name: &str, dimension: usize) -> Result<usize> {
        let dims = self.0.get(name).map(candle_core::Tensor::dims);
        let size = dims.and_then(|dims| dims.get(dimension));
        size.copied().ok_or_else(|| {
            Error::new(
                ErrorKind::WrongModel,
                format!("the weights lack “{name}”"),
                "These weights belong to another network; choose the right file.",
            )
        })
    }

    /// Reports whether there is a weight of that name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Reports whether there is a weight of that name and all its numbers are `number`, as those that
    /// never learnt keep what they began with.
    ///
    /// # Errors
    /// When its numbers cannot be read.
    pub fn is_constant(&self, name: &str, number: f32) -> Result<bool> {
        let Some(tensor) = self.0.get(name) else {
            return Ok(false);
        };
        let numbers = tensor.flatten_all()?.to_dtype(DType::F32)?;
        Ok(numbers
            .to_vec1::<f32>()?
            .iter()
            .all(|&found| found == number))
    }

    /// Counts the weights `name(first)`, `name(first + 1)`, … up to the first that is missing.
    pub fn count(&self, first: usize, name: impl Fn(usize) -> String) -> usize {
        let present = |&index: &usize| self.0.contains_key(&name(index));
        (first..).take_while(present).count()
    }
}
