//! Which weights a network asks for, learnt by building it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::numbers::volume;
use crate::compute::{Builder, Source};

/// The weights that were asked for by name, with their shapes.
pub struct Asked {
    named: Rc<RefCell<Named>>,
}

struct Named {
    shapes: BTreeMap<String, Vec<usize>>,
    /// So many more numbers may be asked for.
    allowed: usize,
    /// Whether more were asked for.
    exceeded: bool,
}

impl Asked {
    /// Begins with nothing; no more than `allowed` numbers can be asked for, so that sizes read off a
    /// hostile file do not exhaust the memory.
    pub(super) fn at_most(allowed: usize) -> Self {
        Self {
            named: Rc::new(RefCell::new(Named {
                shapes: BTreeMap::new(),
                allowed,
                exceeded: false,
            })),
        }
    }

    /// Returns a builder for a network's part, as in `G`, which notes what is asked for and gives
    /// zeros.
    pub fn builder(&self, part: &str) -> Builder {
        let (named, part) = (self.named.clone(), part.to_owned());
        Builder::new(Source::Formula(Box::new(move |name, shape| {
            let mut named = named.borrow_mut();
            let name = format!("{part}.{name}");
            named.shapes.insert(name, shape.to_vec());
            let left = volume(shape).and_then(|volume| named.allowed.checked_sub(volume));
            match left {
                Some(left) => {
                    let count = named.allowed - left;
                    named.allowed = left;
                    vec![0.0; count]
                }
                None => {
                    named.exceeded = true;
                    // A wrong count ends the building.
                    vec![0.0; 2]
                }
            }
        })))
    }

    /// Returns whether more was asked for than is allowed, which ended the building.
    pub(super) fn exceeded(&self) -> bool {
        self.named.borrow().exceeded
    }

    /// Returns the shapes by name.
    pub(super) fn shapes(&self) -> BTreeMap<String, Vec<usize>> {
        self.named.borrow().shapes.clone()
    }
}
