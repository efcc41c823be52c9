//! The Euclidean norm of an array, for optimizers: beyond the range of its element type, and without a gradient.

use super::operation::{Keeps, Operation, Signature, count_flops, expect_float};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError};
use crate::kernel::means;
pub(crate) use crate::kernel::means::Norm;

/// The Euclidean norm `√(Σ x²)` of all elements, as scale and root: `(2,)` of f64. No gradient flows through it.
#[derive(Debug, Clone, Copy)]
struct EuclideanNorm;

impl Operation for EuclideanNorm {
    fn name(&self) -> &'static str {
        "euclidean_norm"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_float(self.name(), inputs)?;
        Ok(Signature { dims: Dims::new(&[2]), dtype: DType::F64 })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let Norm { scale, root } = for_float!(x.dtype(), E => means::norm(x.slice::<E>()));
        Array::build(Dims::new(&[2]), |out| out.copy_from_slice(&[scale, root]))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        count_flops(inputs[0].elements(), 2)
    }
}

/// The Euclidean norm `√(Σ x²)` of all elements, which may be beyond the range of `f64`.
pub(crate) fn euclidean_norm(x: &Array) -> Norm {
    let norm = DynTensor::apply(EuclideanNorm, [x.clone().into()]).into_array();
    let [scale, root] = norm.slice().try_into().expect("scale and root");
    Norm { scale, root }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norm(elements: Vec<f64>) -> f64 {
        let dims = Dims::new(&[elements.len()]);
        euclidean_norm(&Array::filled(elements, dims)).value()
    }

    #[test]
    fn a_norm_is_that_of_all_elements_at_any_magnitude() {
        assert_eq!(norm(vec![]), 0.0);
        assert_eq!(norm(vec![0.0; 5]), 0.0);
        assert_eq!(norm(vec![-3.0, 4.0]), 5.0);
        assert!((norm(vec![3e200, 4e200]) / 5e200 - 1.0).abs() < 1e-15);
        assert_eq!(norm(vec![f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(norm(vec![f64::NAN, 1.0]).is_nan());
        let wide = Array::filled(vec![f64::MAX; 4], Dims::new(&[4]));
        let Norm { scale, root } = euclidean_norm(&wide);
        // The norm itself overflows f64.
        assert!(root.is_finite() && (root / f64::MAX * scale - 2.0).abs() < 1e-15);
    }

    #[test]
    fn a_norm_reads_views_and_refuses_integers() {
        let x = Array::filled(vec![3.0f32, 9.0, 4.0, 9.0], Dims::new(&[2, 2]));
        let column = DynTensor::from(x).slice(1, 0, 1).into_array();
        assert_eq!(euclidean_norm(&column).value(), 5.0);
        let integers = DynTensor::from(Array::filled(vec![1i32], Dims::new(&[1])));
        assert_eq!(
            DynTensor::try_apply(EuclideanNorm, [integers]).unwrap_err().to_string(),
            "`euclidean_norm` takes f32 or f64, found i32"
        );
    }
}
