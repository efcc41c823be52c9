//! The rows of a tensor as a data set.

use nnx_core::array::Element;
use nnx_core::size::Batch;
use nnx_core::size::rules::HasAxis;
use nnx_core::tensor::Tensor;

use super::{Dataset, no_item};
use crate::DataError;

/// The rows of a tensor `(B, ..)`: item i is the part at index i of the first axis, of shape `(..)` (PyTorch's
/// `TensorDataset`, together with [`Dataset::zip`]).
///
/// ```
/// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
/// use nnx_train::{Dataset, TensorRows};
///
/// let x: Tensor![Batch, 2] = Tensor::batch([[1.0, 2.0], [3.0, 4.0]]);
/// let y: Tensor![Batch; i32] = Tensor::from_vec(vec![0, 1])?;
/// let set = TensorRows::new(x).zip(TensorRows::new(y))?;
/// let (row, label) = set.get(1)?;
/// assert_eq!((row.to_vec(), label.item()), (vec![3.0, 4.0], 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TensorRows<S, E = f32>(Tensor<S, E>);

impl<S: HasAxis<0, Axis = Batch>, E: Element> TensorRows<S, E> {
    /// The rows of this tensor.
    pub fn new(tensor: Tensor<S, E>) -> Self {
        Self(tensor)
    }
}

impl<S: HasAxis<0, Axis = Batch>, E: Element> Dataset for TensorRows<S, E> {
    type Item = Tensor<S::Removed, E>;

    fn len(&self) -> usize {
        self.0.dims()[0]
    }

    fn get(&self, index: usize) -> Result<Self::Item, DataError> {
        let dims = self.0.dims();
        if index >= dims[0] {
            return Err(no_item(index, dims[0]));
        }
        let row = self.0.clone().into_dyn().slice(0, index, 1).reshape(&dims[1..]);
        Ok(Tensor::try_from(row).expect("a row has the other axes of its tensor"))
    }
}

impl<S, E> Clone for TensorRows<S, E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Prints the sizes, not the elements.
impl<S, E> std::fmt::Debug for TensorRows<S, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TensorRows({})", self.0.dims())
    }
}
