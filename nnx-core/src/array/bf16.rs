//! Arrays of bf16: weights that are stored in half the bytes, and read as f32.

use super::{Array, DType};
use crate::kernel::bf16::{Bf16, round, widen};

impl Array {
    /// The array with elements of bf16 widened to f32, which is exact, in the same order in memory. Another array is itself.
    #[must_use]
    pub(crate) fn widened(&self) -> Self {
        if self.dtype() != DType::Bf16 {
            return self.clone();
        }
        self.converted(|from, dims| Self::build(dims, |to| widen(from.slice::<Bf16>(), to)))
    }

    /// The elements of f32 rounded to the nearest bf16, of two to the even one, in the same order in memory.
    #[must_use]
    pub(crate) fn rounded_to_bf16(&self) -> Self {
        self.converted(|from, dims| Self::build(dims, |to: &mut [Bf16]| round(from.slice(), to)))
    }

    /// The array after a conversion of its elements, in the same order in memory: kernels add in an order that depends
    /// on it.
    fn converted(&self, convert: impl FnOnce(&Self, super::Dims) -> Self) -> Self {
        let order = self.memory_order();
        let from = self.permute(&order).contiguous();
        convert(&from, from.dims()).permute_inverse(&order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Dims;

    #[test]
    fn a_view_is_converted_in_its_order_in_memory() {
        let elements = (1..25).map(|i| i as f32 + 0.001).collect();
        let x = Array::filled::<f32>(elements, Dims::new(&[2, 3, 4])).permute(&[2, 0, 1]);
        let narrow = x.rounded_to_bf16();
        assert_eq!(
            (narrow.dtype(), narrow.dims(), narrow.strides()),
            (DType::Bf16, x.dims(), x.strides())
        );
        let wide = narrow.widened();
        assert_eq!((wide.dtype(), wide.strides()), (DType::F32, x.strides()));
        let expected = x.to_vec::<f32>().unwrap().into_iter().map(f32::round).collect::<Vec<_>>();
        assert_eq!(narrow.to_vec::<f32>().unwrap(), expected);
        assert_eq!(wide.to_vec::<f32>().unwrap(), expected);
        assert_eq!(narrow.narrow(1, 1, 1).to_string(), wide.narrow(1, 1, 1).to_string());
    }

    #[test]
    fn a_broadcast_value_and_no_elements_are_converted() {
        let x = Array::full(1.0f32, &[2, 3]).rounded_to_bf16();
        assert_eq!(x.to_vec::<f32>().unwrap(), [1.0; 6]);
        assert!(
            Array::full(1.0f32, &[2, 0])
                .rounded_to_bf16()
                .widened()
                .to_vec::<f32>()
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            x.to_vec::<i32>().unwrap_err().to_string(),
            "expected elements of type i32, found bf16: convert with `cast`"
        );
    }
}
