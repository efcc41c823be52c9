//! Sets made of others: map, concat, zip, cache.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use super::{Dataset, no_item};
use crate::{DataError, LoadingError};

/// A set whose items are changed by a function; see [`Dataset::map`].
#[derive(Clone)]
pub struct Map<D, F> {
    set: D,
    function: F,
}

impl<D, F> Map<D, F> {
    pub(super) fn new(set: D, function: F) -> Self {
        Self { set, function }
    }
}

impl<D: Dataset, T: Send, F: Fn(D::Item) -> T + Send + Sync> Dataset for Map<D, F> {
    type Item = T;

    fn len(&self) -> usize {
        self.set.len()
    }

    fn get(&self, index: usize) -> Result<T, DataError> {
        self.set.get(index).map(&self.function)
    }

    fn origin(&self, index: usize) -> usize {
        self.set.origin(index)
    }
}

impl<D: fmt::Debug, F> fmt::Debug for Map<D, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Map").field(&self.set).finish()
    }
}

/// A set whose items are changed by a function that may fail; see [`Dataset::try_map`].
#[derive(Clone)]
pub struct TryMap<D, F> {
    set: D,
    function: F,
}

impl<D, F> TryMap<D, F> {
    pub(super) fn new(set: D, function: F) -> Self {
        Self { set, function }
    }
}

impl<D, T, E, F> Dataset for TryMap<D, F>
where
    D: Dataset,
    T: Send,
    E: Into<Box<dyn Error + Send + Sync>>,
    F: Fn(D::Item) -> Result<T, E> + Send + Sync,
{
    type Item = T;

    fn len(&self) -> usize {
        self.set.len()
    }

    fn get(&self, index: usize) -> Result<T, DataError> {
        let item = self.set.get(index)?;
        (self.function)(item)
            .map_err(|cause| DataError::Item { index: self.origin(index), cause: cause.into() })
    }

    fn origin(&self, index: usize) -> usize {
        self.set.origin(index)
    }
}

impl<D: fmt::Debug, F> fmt::Debug for TryMap<D, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryMap").field(&self.set).finish()
    }
}

/// Two sets, one after the other; see [`Dataset::concat`].
#[derive(Clone, Debug)]
pub struct Concat<A, B> {
    first: A,
    second: B,
}

impl<A, B> Concat<A, B> {
    pub(super) fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: Dataset, B: Dataset<Item = A::Item>> Dataset for Concat<A, B> {
    type Item = A::Item;

    fn len(&self) -> usize {
        self.first.len() + self.second.len()
    }

    fn get(&self, index: usize) -> Result<A::Item, DataError> {
        match index.checked_sub(self.first.len()) {
            None => self.first.get(index),
            Some(behind) if behind < self.second.len() => self.second.get(behind),
            Some(_) => Err(no_item(index, self.len())),
        }
    }
}

/// Two sets of the same size, side by side; see [`Dataset::zip`].
#[derive(Clone, Debug)]
pub struct Zip<A, B> {
    left: A,
    right: B,
}

impl<A: Dataset, B: Dataset> Zip<A, B> {
    pub(super) fn new(left: A, right: B) -> Result<Self, DataError> {
        let (on_left, on_right) = (left.len(), right.len());
        if on_left != on_right {
            return Err(LoadingError::Zip { left: on_left, right: on_right }.into());
        }
        Ok(Self { left, right })
    }
}

impl<A: Dataset, B: Dataset> Dataset for Zip<A, B> {
    type Item = (A::Item, B::Item);

    fn len(&self) -> usize {
        self.left.len()
    }

    fn get(&self, index: usize) -> Result<Self::Item, DataError> {
        Ok((self.left.get(index)?, self.right.get(index)?))
    }

    fn origin(&self, index: usize) -> usize {
        self.left.origin(index)
    }
}

/// A set whose items stay in memory once they were read; see [`Dataset::cache`]. Errors aren't kept: the next call
/// reads again.
#[derive(Debug)]
pub struct Cache<D: Dataset> {
    set: D,
    items: Vec<OnceLock<D::Item>>,
}

impl<D: Dataset> Cache<D> {
    pub(super) fn new(set: D) -> Self {
        let items = (0..set.len()).map(|_| OnceLock::new()).collect();
        Self { set, items }
    }
}

impl<D: Dataset<Item: Clone + Sync>> Dataset for Cache<D> {
    type Item = D::Item;

    fn len(&self) -> usize {
        self.items.len()
    }

    fn get(&self, index: usize) -> Result<D::Item, DataError> {
        let place = self.items.get(index).ok_or_else(|| no_item(index, self.items.len()))?;
        if let Some(item) = place.get() {
            return Ok(item.clone());
        }
        // Two threads may read the same item at once; the cache keeps that of the first one.
        let item = self.set.get(index)?;
        Ok(place.get_or_init(|| item).clone())
    }

    fn origin(&self, index: usize) -> usize {
        self.set.origin(index)
    }
}
