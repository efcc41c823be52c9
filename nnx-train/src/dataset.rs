//! Data sets: items by index, and sets made of others.
//!
//! | file | contents |
//! |---|---|
//! | `memory` | items in memory |
//! | `subset` | some items of a set, in an order: filter, split |
//! | `split` | which items go to which part |
//! | `combine` | map, concat, zip, cache |
//! | `rows` | the rows of a tensor |

mod combine;
mod memory;
mod rows;
mod split;
mod subset;

use std::error::Error;
use std::sync::Arc;

pub use combine::{Cache, Concat, Map, TryMap, Zip};
pub use memory::Items;
pub use rows::TensorRows;
pub use subset::Subset;

use crate::{Collate, DataError, Loader, LoadingError};

/// Items by index (PyTorch's map-style `Dataset`, grain's `RandomAccessDataSource`).
///
/// An item is made when it is asked for, so a set may be larger than the memory: implement this for files on a
/// disk. `get` may be called by several threads at once. The same index gives the same item; random changes are
/// made by [`Loader::augment`].
///
/// ```
/// use nnx_train::{DataError, Dataset, LoadingError};
///
/// /// The numbers below a limit, each with its square.
/// struct Squares(usize);
///
/// impl Dataset for Squares {
///     type Item = (f32, f32);
///
///     fn len(&self) -> usize {
///         self.0
///     }
///
///     fn get(&self, index: usize) -> Result<Self::Item, DataError> {
///         if index >= self.0 {
///             return Err(LoadingError::Index { index, len: self.0 }.into());
///         }
///         Ok((index as f32, (index * index) as f32))
///     }
/// }
///
/// let even = Squares(10).filter(|(x, _)| x % 2.0 == 0.0)?;
/// assert_eq!(even.get(2)?, (4.0, 16.0));
/// let (train, test) = even.split(0.2, 0)?;
/// assert_eq!((train.len(), test.len()), (4, 1));
/// # Ok::<(), DataError>(())
/// ```
pub trait Dataset: Send + Sync {
    /// One example: often a tuple of an input and a label.
    type Item: Send;

    /// The number of items.
    fn len(&self) -> usize;

    /// The item at an index.
    ///
    /// # Errors
    /// If there is no such item, or it can't be read.
    fn get(&self, index: usize) -> Result<Self::Item, DataError>;

    /// The index of an item in the original set, if this set is a part of another one, as after a split. Errors of
    /// [`try_map`](Self::try_map) name it. By default it is `index` itself.
    fn origin(&self, index: usize) -> usize {
        index
    }

    /// Whether there are no items.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Batches of `size` items; see [`Loader`].
    ///
    /// # Errors
    /// A size of 0, or a set without items.
    fn loader(self, size: usize) -> Result<Loader<Self::Item>, DataError>
    where
        Self: Sized + 'static,
        Self::Item: Collate,
    {
        Loader::new(self, size)
    }

    /// Each item changed by a function, when it is asked for.
    fn map<T: Send, F>(self, function: F) -> Map<Self, F>
    where
        Self: Sized,
        F: Fn(Self::Item) -> T + Send + Sync,
    {
        Map::new(self, function)
    }

    /// [`map`](Self::map) with a function that may fail. Its error becomes [`DataError::Item`], with the index in the
    /// set that this one is a part of.
    ///
    /// ```
    /// use nnx_train::{Dataset, Items};
    ///
    /// let numbers = Items(vec!["1.5", "two"]).try_map(|text| text.parse::<f32>());
    /// assert_eq!(numbers.get(0)?, 1.5);
    /// assert_eq!(numbers.get(1).unwrap_err().to_string(), "item 1: invalid float literal");
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    fn try_map<T: Send, E, F>(self, function: F) -> TryMap<Self, F>
    where
        Self: Sized,
        E: Into<Box<dyn Error + Send + Sync>>,
        F: Fn(Self::Item) -> Result<T, E> + Send + Sync,
    {
        TryMap::new(self, function)
    }

    /// The items for which a function returns true. All items are read once, in order, now; their indices are kept.
    ///
    /// # Errors
    /// An item that can't be read.
    fn filter(
        self,
        mut keep: impl FnMut(&Self::Item) -> bool,
    ) -> Result<Subset<Arc<Self>>, DataError>
    where
        Self: Sized,
    {
        let keep = self.keys(&mut keep)?;
        let indices = (0..keep.len()).filter(|&index| keep[index]).collect();
        Subset::new(Arc::new(self), indices)
    }

    /// The items at these indices, in this order. An index may occur more than once.
    ///
    /// # Errors
    /// An index that the set doesn't have.
    fn subset(self, indices: Vec<usize>) -> Result<Subset<Self>, DataError>
    where
        Self: Sized,
    {
        Subset::new(self, indices)
    }

    /// The first `len` items, or all if there are fewer: for a quick try.
    fn take(self, len: usize) -> Subset<Self>
    where
        Self: Sized,
    {
        let len = len.min(self.len());
        Subset::trusted(self, (0..len).collect())
    }

    /// The items of this set, then those of another.
    fn concat<D: Dataset<Item = Self::Item>>(self, other: D) -> Concat<Self, D>
    where
        Self: Sized,
    {
        Concat::new(self, other)
    }

    /// Pairs of an item of this set and the item of another at the same index.
    ///
    /// # Errors
    /// Sets of different sizes.
    fn zip<D: Dataset>(self, other: D) -> Result<Zip<Self, D>, DataError>
    where
        Self: Sized,
    {
        Zip::new(self, other)
    }

    /// Splits the set at random: the second part holds `share` of the items, rounded, the first part the others.
    /// The seed decides which. Each part keeps the order of the set.
    ///
    /// ```
    /// use nnx_train::{Dataset, Items};
    ///
    /// let (train, test) = (0..100).collect::<Items<i32>>().split(0.2, 0)?;
    /// assert_eq!((train.len(), test.len()), (80, 20));
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If one of the two would be empty.
    fn split(
        self,
        share: f64,
        seed: u64,
    ) -> Result<(Subset<Arc<Self>>, Subset<Arc<Self>>), DataError>
    where
        Self: Sized,
    {
        let parts = split::at_random(self.len(), share, seed)?;
        Ok(subset::pair(self, parts))
    }

    /// As [`split`](Self::split), stratified: each class has the same share in both parts, as nearly as whole
    /// items allow (`train_test_split(stratify=..)` of scikit-learn). All items are read once, now.
    ///
    /// ```
    /// use nnx_train::{Dataset, Items};
    ///
    /// // 90 zeros and 10 ones.
    /// let labels: Items<i32> = (0..100).map(|i| i32::from(i % 10 == 0)).collect();
    /// let (_, test) = labels.split_stratified(0.2, 0, |label| *label)?;
    /// assert_eq!(test.keys(|label| *label)?.iter().sum::<i32>(), 2);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If one of the two would be empty, or an item can't be read.
    fn split_stratified<K: Ord>(
        self,
        share: f64,
        seed: u64,
        class: impl FnMut(&Self::Item) -> K,
    ) -> Result<(Subset<Arc<Self>>, Subset<Arc<Self>>), DataError>
    where
        Self: Sized,
    {
        let parts = split::stratified(&self.keys(class)?, share, seed)?;
        Ok(subset::pair(self, parts))
    }

    /// The results of a function for all items, such as their classes, or their lengths for [`Loader::bucketed`]. All
    /// items are read once, in order.
    ///
    /// # Errors
    /// An item that can't be read.
    fn keys<K>(&self, mut key: impl FnMut(&Self::Item) -> K) -> Result<Vec<K>, DataError>
    where
        Self: Sized,
    {
        (0..self.len()).map(|index| Ok(key(&self.get(index)?))).collect()
    }

    /// All items in memory.
    ///
    /// # Errors
    /// An item that can't be read.
    fn to_vec(&self) -> Result<Vec<Self::Item>, DataError>
    where
        Self: Sized,
    {
        (0..self.len()).map(|index| self.get(index)).collect()
    }

    /// Keeps each item in memory once it was read. Place it after slow work, such as decoding, and before random
    /// changes.
    fn cache(self) -> Cache<Self>
    where
        Self: Sized,
        Self::Item: Clone + Sync,
    {
        Cache::new(self)
    }

    /// The items that can be read, and what was left out. All items are read once, now.
    ///
    /// ```
    /// use nnx_train::{Dataset, Items};
    ///
    /// let numbers = Items(vec!["1", "two", "3"]).try_map(|text| text.parse::<i32>());
    /// let (numbers, skipped) = numbers.without_broken();
    /// assert_eq!(numbers.to_vec()?, [1, 3]);
    /// assert_eq!(skipped.to_string(), "1 item skipped: item 1: invalid digit found in string");
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    fn without_broken(self) -> (Subset<Self>, crate::Skipped)
    where
        Self: Sized,
    {
        let mut skipped = crate::Skipped::default();
        let whole = |&index: &usize| skipped.note(self.get(index)).is_some();
        let indices = (0..self.len()).filter(whole).collect();
        (Subset::trusted(self, indices), skipped)
    }
}

/// The error of an index that a set doesn't have.
pub(crate) fn no_item(index: usize, len: usize) -> DataError {
    LoadingError::Index { index, len }.into()
}

impl<D: Dataset + ?Sized> Dataset for Arc<D> {
    type Item = D::Item;

    fn len(&self) -> usize {
        D::len(self)
    }

    fn get(&self, index: usize) -> Result<Self::Item, DataError> {
        D::get(self, index)
    }

    fn origin(&self, index: usize) -> usize {
        D::origin(self, index)
    }
}

impl<D: Dataset + ?Sized> Dataset for &D {
    type Item = D::Item;

    fn len(&self) -> usize {
        D::len(self)
    }

    fn get(&self, index: usize) -> Result<Self::Item, DataError> {
        D::get(self, index)
    }

    fn origin(&self, index: usize) -> usize {
        D::origin(self, index)
    }
}
