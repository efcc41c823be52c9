//! Items in memory as a data set.

use super::{Dataset, no_item};
use crate::DataError;

/// Items in memory. `get` clones an item.
///
/// ```
/// use nnx_train::{Dataset, Items};
///
/// let letters = Items(vec!['a', 'b', 'c']);
/// assert_eq!((letters.len(), letters.get(1)?), (3, 'b'));
/// # Ok::<(), nnx_train::DataError>(())
/// ```
// A type of its own: if `Vec` implemented the trait, `vec.get(0)` and `vec.split(..)` could call the trait's methods
// where it is imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items<T>(pub Vec<T>);

impl<T> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: Clone + Send + Sync> Dataset for Items<T> {
    type Item = T;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> Result<T, DataError> {
        self.0.get(index).cloned().ok_or_else(|| no_item(index, self.0.len()))
    }
}
