//! The batches that a loader gives, as a type that is read off its parameter.

use std::marker::PhantomData;

use crate::Collate;

/// The parameter of a [`Loader`](crate::Loader), with the type of its batches: a type of items that are
/// [`Collate`], or [`Changed`] after [`Loader::augment_batch`](crate::Loader::augment_batch).
///
/// A function that takes any loader has it as its bound:
///
/// ```
/// use nnx_train::{Batched, DataError, Loader};
///
/// fn first<T: Batched>(loader: &Loader<T>) -> Result<Option<T::Batch>, DataError> {
///     loader.epoch(0).next().transpose()
/// }
/// ```
pub trait Batched: 'static {
    /// The items of a batch.
    type Item: Collate + 'static;
    /// The batch.
    type Batch: Send + 'static;
}

impl<T: Collate + 'static> Batched for T {
    type Item = T;
    type Batch = T::Batch;
}

/// Items `T` whose batches a function has changed to `B`.
#[derive(Debug)]
pub struct Changed<T, B>(PhantomData<fn() -> (T, B)>);

impl<T: Collate + 'static, B: Send + 'static> Batched for Changed<T, B> {
    type Item = T;
    type Batch = B;
}
