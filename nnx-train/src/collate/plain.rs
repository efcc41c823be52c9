//! Values that pass through a batch unchanged.

use super::{Collate, Digest};
use crate::DataError;

/// A value that isn't input of the model, such as the name of a file. A batch holds a `Vec` of them.
///
/// ```
/// use nnx_train::{Collate, Plain};
///
/// let batch = <(Plain<&str>, f32)>::collate(vec![(Plain("a"), 1.0), (Plain("b"), 2.0)])?;
/// assert_eq!(batch.0, ["a", "b"]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plain<T>(pub T);

impl<T: Send> Collate for Plain<T> {
    type Batch = Vec<T>;

    fn collate(items: Vec<Self>) -> Result<Vec<T>, DataError> {
        Ok(items.into_iter().map(|item| item.0).collect())
    }
}

impl Collate for String {
    type Batch = Vec<Self>;

    fn collate(items: Vec<Self>) -> Result<Vec<Self>, DataError> {
        Ok(items)
    }

    fn digest(&self, digest: &mut Digest) {
        digest.bytes(self.as_bytes());
    }
}
