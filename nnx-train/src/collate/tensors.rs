//! Tensors of one shape, stacked.

use nnx_core::array::Element;
use nnx_core::ops::DynTensor;
use nnx_core::size::Batch;
use nnx_core::size::rules::InsertAxis;
use nnx_core::tensor::Tensor;

use super::{Collate, Digest};
use crate::{DataError, LoadingError};

impl<S: InsertAxis<0>, E: Element> Collate for Tensor<S, E> {
    type Batch = Tensor<S::Inserted<Batch>, E>;

    fn collate(items: Vec<Self>) -> Result<Self::Batch, DataError> {
        let stacked = stack(items.into_iter().map(Tensor::into_dyn).collect())?;
        Ok(Tensor::try_from(stacked).expect("items of one shape, behind a new axis"))
    }

    fn digest(&self, digest: &mut Digest) {
        digest.elements(&self.to_vec());
    }
}

/// The items along a new first axis. There is at least one.
fn stack(items: Vec<DynTensor>) -> Result<DynTensor, DataError> {
    let expected = items.first().map(DynTensor::dims);
    for (item, tensor) in items.iter().enumerate() {
        let found = tensor.dims();
        if let Some(expected) = expected
            && found != expected
        {
            let (found, expected) = (found.to_string(), expected.to_string());
            return Err(LoadingError::Ragged { item, found, expected }.into());
        }
    }
    let row = |tensor: DynTensor| {
        let dims = tensor.dims().insert_axis(0, 1);
        tensor.reshape(&dims)
    };
    let rows = items.into_iter().map(row).collect();
    Ok(DynTensor::concat(rows, 0).expect("at least one item, and all of one shape"))
}
