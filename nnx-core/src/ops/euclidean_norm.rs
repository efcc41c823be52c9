//! The Euclidean norm of an array, for optimizers: beyond the range of its element type, and without a gradient. It is read
//! within an operation, see `numbers`.

use crate::array::Array;
use crate::array::dtype::for_float;
use crate::kernel::means;
pub(crate) use crate::kernel::means::Norm;

/// The Euclidean norm `√(Σ x²)` of all elements, which may be beyond the range of `f64`.
pub(crate) fn euclidean_norm(x: &Array) -> Norm {
    let x = x.contiguous();
    for_float!(x.dtype(), E => means::norm(x.slice::<E>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Dims;
    use crate::ops::DynTensor;

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
        // The norm itself is beyond the range of f64.
        assert!(root.is_finite() && (root / f64::MAX * scale - 2.0).abs() < 1e-15);
    }

    #[test]
    fn a_norm_reads_views() {
        let x = Array::filled(vec![3.0f32, 9.0, 4.0, 9.0], Dims::new(&[2, 2]));
        let column = DynTensor::from(x).slice(1, 0, 1).into_array();
        assert_eq!(euclidean_norm(&column).value(), 5.0);
    }
}
