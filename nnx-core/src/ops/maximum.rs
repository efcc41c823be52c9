//! Maxima over axes, and their indices.

use super::operation::{Keeps, Operation, Signature};
use super::reduce::{broadcast_back, reduced_signature, remaining_dims, rows};
use super::{Backward, Comparison, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError};
use crate::kernel::reduce;

/// The maximum over axes.
#[derive(Debug, Clone, Copy)]
struct Max(Dims);

impl Operation for Max {
    fn name(&self) -> &'static str {
        "max"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let output = reduced_signature("max", inputs, &self.0)?;
        if self.0.iter().any(|&axis| inputs[0].dims[axis] == 0) {
            let problem = format!("has no value over an empty axis: shape {}", inputs[0].dims);
            return Err(ShapeError::operands("max", problem));
        }
        Ok(output)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let dims = remaining_dims(&inputs[0].dims(), &self.0);
        let rows = rows(&inputs[0], &self.0).into_rows();
        for_float!(rows.x.dtype(), E => {
            Array::build(dims, |out| reduce::max_rows(rows.x.slice::<E>(), rows.width, out))
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    /// Elements that tie for the maximum share its gradient evenly, as in JAX.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let (x, dims) = (&at.inputs[0], at.inputs[0].dims());
        let max = broadcast_back(at.output.clone(), &dims, &self.0).stop_gradient();
        let is_max = x.clone().stop_gradient().compare(Comparison::Equal, max).cast(x.dtype());
        let count = is_max.clone().sum(&self.0);
        let share = &is_max / &broadcast_back(count, &dims, &self.0);
        // 0 where the gradient is 0, even in a row with NaN.
        Some(share.weighted(broadcast_back(at.gradient.clone(), &dims, &self.0)))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

/// The index of the first maximum along an axis.
#[derive(Debug, Clone, Copy)]
struct ArgMax(usize);

impl Operation for ArgMax {
    fn name(&self) -> &'static str {
        "argmax"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let output = Max(Dims::new(&[self.0])).output(inputs).map_err(|error| match error {
            ShapeError::Operands { problem, .. } => ShapeError::operands("argmax", problem),
            other => other,
        })?;
        let size = inputs[0].dims[self.0];
        if i32::try_from(size - 1).is_err() {
            let problem =
                format!("gives positions as i32, which don't count an axis of {size} elements");
            return Err(ShapeError::operands("argmax", problem));
        }
        Ok(Signature { dtype: DType::I32, ..output })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = &inputs[0];
        let last = x.dims().len() - 1;
        let mut order: Vec<usize> = (0..last + 1).filter(|&i| i != self.0).collect();
        order.push(self.0);
        let x = x.permute(&order).contiguous();
        let dims = x.dims().without_axis(last);
        Array::build(dims, |out| {
            for_float!(x.dtype(), E => reduce::argmax_rows(x.slice::<E>(), x.dims()[last], out));
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

impl DynTensor {
    /// The maximum over axes, given in ascending order. Elements that tie share the gradient evenly, as in JAX.
    #[must_use]
    #[track_caller]
    pub fn max(self, axes: &[usize]) -> Self {
        Self::apply(Max(Dims::new(axes)), [self])
    }

    /// The index of the first maximum along an axis, as `i32`. NaN counts as larger than all other values, as in
    /// NumPy, JAX and PyTorch: if there is one, the index is that of the first NaN.
    #[must_use]
    #[track_caller]
    pub fn argmax(self, axis: usize) -> Self {
        Self::apply(ArgMax(axis), [self])
    }
}
