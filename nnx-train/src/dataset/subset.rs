//! Some items of a data set, in an order.

use std::sync::Arc;

use super::{Dataset, no_item};
use crate::DataError;

/// The items of a set at some indices, in their order (PyTorch's `Subset`). Made by [`Dataset::subset`], `take`,
/// `filter` and `split`.
///
/// ```
/// use nnx_train::{Dataset, Items};
///
/// let letters = Items(vec!['a', 'b', 'c']).subset(vec![2, 0, 2])?;
/// assert_eq!(letters.to_vec()?, ['c', 'a', 'c']);
/// assert_eq!(letters.indices(), [2, 0, 2]);
/// let error = Items(vec!['a', 'b', 'c']).subset(vec![3]).unwrap_err().to_string();
/// assert_eq!(error, "there is no item 3 in a set of 3; indices are from 0 to less than 3");
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Subset<D> {
    set: D,
    indices: Vec<usize>,
}

impl<D: Dataset> Subset<D> {
    pub(super) fn new(set: D, indices: Vec<usize>) -> Result<Self, DataError> {
        let len = set.len();
        match indices.iter().find(|&&index| index >= len) {
            Some(&index) => Err(no_item(index, len)),
            None => Ok(Self { set, indices }),
        }
    }

    /// A subset by indices that were checked.
    pub(super) fn trusted(set: D, indices: Vec<usize>) -> Self {
        Self { set, indices }
    }

    /// The index in the whole set of each item.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The whole set.
    pub fn whole(&self) -> &D {
        &self.set
    }
}

/// Two parts of one set.
pub(super) fn pair<D: Dataset>(
    set: D,
    (first, second): (Vec<usize>, Vec<usize>),
) -> (Subset<Arc<D>>, Subset<Arc<D>>) {
    let set = Arc::new(set);
    (Subset::trusted(Arc::clone(&set), first), Subset::trusted(set, second))
}

impl<D: Dataset> Dataset for Subset<D> {
    type Item = D::Item;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn get(&self, index: usize) -> Result<D::Item, DataError> {
        let found = self.indices.get(index).ok_or_else(|| no_item(index, self.indices.len()))?;
        self.set.get(*found)
    }

    fn origin(&self, index: usize) -> usize {
        self.indices.get(index).map_or(index, |&index| self.set.origin(index))
    }
}
