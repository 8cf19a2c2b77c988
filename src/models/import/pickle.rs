//! Reads Python pickles without running them.
//!
//! A pickle is a program for a stack machine that may call any Python function. Here a call is only
//! looked at: those that make dictionaries and tensors are understood ([`super::torch`]), others
//! leave an object without content, and names of functions that reach the system are refused.
//! Values refer to each other by number, so that nothing is copied, however often it is used,
//! and nothing recurses, however deeply it is nested.

use std::collections::BTreeSet;

use super::machine::Machine;
use super::torch::{Storage, TensorView};
use crate::error::Result;

/// A value's number in its pickle.
pub(super) type Id = usize;

/// What a pickle can hold, as far as weights are made of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing that matters: `None`, fractions, bytes.
    Other,
    /// A whole number; a truth value is 0 or 1.
    Number(i64),
    /// Text.
    Text(String),
    /// The name of a class or function, `module.name`.
    Global(String),
    /// A tuple, a list or a set.
    Sequence(Vec<Id>),
    /// A dictionary.
    Map(Vec<(Id, Id)>),
    /// Numbers that lie elsewhere in the file.
    Storage(Storage),
    /// A tensor's view of such numbers.
    Tensor(TensorView),
    /// An instance of a class that is not known, with the attributes set afterwards.
    Object(Option<Id>),
}

/// The values of one pickle.
pub(super) struct Pickle {
    values: Vec<Value>,
    /// The pickled value.
    pub(super) root: Id,
    /// Classes and functions that were named and not understood.
    pub(super) unread: BTreeSet<String>,
    /// The bytes of the file that it took.
    pub(super) length: usize,
}

impl Pickle {
    /// Reads the pickle at the beginning of `bytes`.
    ///
    /// # Errors
    /// When the pickle is cut off or malformed, and when it names a function that reaches the system.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let (finished, root) = Machine::new(bytes).run()?;
        Ok(Self {
            root,
            values: finished.values,
            unread: finished.unread,
            length: finished.at,
        })
    }

    /// Returns a value by its number.
    pub(super) fn value(&self, id: Id) -> &Value {
        // Every number comes from the machine that made the values.
        self.values.get(id).unwrap_or(&Value::Other)
    }

    /// Returns every value in the order they were made.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }
}
