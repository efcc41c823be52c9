//! Sums and means of the elements where a mask is true.

use super::DynTensor;
use super::operation::expect_float;
use crate::array::dtype::for_element;
use crate::array::{Array, DType, OrPanic as _, ShapeError};

impl DynTensor {
    /// The elements where a mask of the same shape is true, and 0 elsewhere.
    #[track_caller]
    fn masked(self, name: &'static str, mask: Self) -> Self {
        if mask.dtype() != DType::Bool || mask.dims() != self.dims() {
            let problem = format!(
                "takes a mask of bool of shape {}, found {}",
                self.dims(),
                mask.signature()
            );
            panic!("{}", ShapeError::operands(name, problem));
        }
        let zero = for_element!(self.dtype(), E => Array::full(E::default(), &self.dims()));
        mask.select(self, zero.into())
    }

    /// The sum over axes, given in ascending order, of the elements where `mask` is true. Other elements have no effect,
    /// and a gradient of 0, also if they are infinite or NaN (`jnp.sum` with `where=`).
    #[must_use]
    #[track_caller]
    pub fn sum_where(self, mask: Self, axes: &[usize]) -> Self {
        self.masked("sum_where", mask).sum(axes)
    }

    /// The mean over axes, given in ascending order, of the elements where `mask` is true; NaN where it is true for none.
    /// Other elements have no effect, and a gradient of 0, also if they are infinite or NaN (`jnp.mean` with `where=`).
    ///
    /// # Panics
    /// For integers, of which the mean isn't one.
    #[must_use]
    #[track_caller]
    pub fn mean_where(self, mask: Self, axes: &[usize]) -> Self {
        let dtype = expect_float("mean_where", &[self.signature()]).or_panic().dtype;
        let sum = self.masked("mean_where", mask.clone()).sum(axes);
        sum / mask.count_nonzero(axes).cast(dtype)
    }
}
