//! Rows of reductions, norms and normalizations, and of softmax over the last axis.

use nnx_core::ops::{Affine, DynTensor};

use crate::numbers::Values::{Between, Steps};
use crate::table::{ANY, OFF_KINKS, POSITIVE, Row, rows};

/// Two ranks that have the same tensors.
fn twins() -> std::sync::Arc<dyn nnx_core::ops::Ranks> {
    #[derive(Debug)]
    struct Twins;
    impl nnx_core::ops::Ranks for Twins {
        fn rank(&self) -> usize {
            0
        }
        fn size(&self) -> usize {
            2
        }
        fn weight(&self) -> f64 {
            3.0
        }
        fn sum(&self, values: &mut [f64]) {
            values.iter_mut().for_each(|value| *value *= 2.0);
        }
    }
    std::sync::Arc::new(Twins)
}

fn affine(scale: DynTensor, bias: DynTensor) -> Affine {
    Affine { scale: Some(scale), bias: Some(bias) }
}

pub(crate) fn reductions() -> Vec<Row> {
    rows! {
        "sum over the leading axis", x [2, 3, 4] ANY => x.sum(&[0]);
        "sum over two leading axes", x [2, 3, 4] ANY => x.sum(&[0, 1]);
        "sum over the middle axis", x [2, 3, 4] ANY => x.sum(&[1]);
        "sum over the trailing axis", x [2, 3, 4] ANY => x.sum(&[2]);
        "sum over two trailing axes", x [2, 3, 4] ANY => x.sum(&[1, 2]);
        "sum over the outer axes", x [2, 3, 4] ANY => x.sum(&[0, 2]);
        "sum over all axes", x [2, 3, 4] ANY => x.sum_all();
        "mean over the leading axis", x [2, 3, 4] ANY => x.mean(&[0]);
        "mean over all axes", x [2, 3, 4] ANY => x.mean(&[0, 1, 2]);
        "max over the leading axis", x [2, 3, 4] Steps(0.0) => x.max(&[0]);
        "max over the middle axis", x [2, 3, 4] Steps(0.0) => x.max(&[1]);
        "max over the trailing axes", x [2, 3, 4] Steps(0.0) => x.max(&[1, 2]);
        "max over all axes", x [2, 3, 4] Steps(0.0) => x.max(&[0, 1, 2]);
        "min over the leading axis", x [2, 3, 4] Steps(0.0) => x.min(&[0]);
        "min over the outer axes", x [2, 3, 4] Steps(0.0) => x.min(&[0, 2]);
        "prod over the leading axis", x [5, 3] POSITIVE => x.prod(&[0]);
        "prod over the outer axes", x [2, 3, 3] OFF_KINKS => x.prod(&[0, 2]);
        "prod with zeros", x [2, 2] Steps(0.0), zeros [2, 3] Between(0.0, 0.0) =>
            DynTensor::concat(vec![x, zeros.slice(1, 0, 1)], 1).expect("equal but for axis 1").prod(&[1]);
        "prod with two zeros", x [2, 2] Steps(0.0), zeros [2, 2] Between(0.0, 0.0) =>
            DynTensor::concat(vec![x, zeros], 1).expect("equal but for axis 1").prod(&[1]);
        "softmax", x [2, 4] ANY => x.softmax();
        "softmax of one axis", x [5] ANY => x.softmax();
        "log_softmax", x [2, 4] ANY => x.log_softmax();
        "logsumexp", x [2, 2, 3] ANY => x.logsumexp();
        "layer_norm, rows", x [2, 5] ANY => x.layer_norm(&[1], 0.1, Affine::default());
        "layer_norm, columns", x [4, 3] ANY => x.layer_norm(&[0], 0.1, Affine::default());
        "layer_norm, two runs of axes", x [2, 3, 2, 2] ANY => x.layer_norm(&[1, 3], 0.1, Affine::default());
        "layer_norm, permuted", x [3, 2, 2, 2] ANY => x.layer_norm(&[0, 2], 0.1, Affine::default());
        "rms_norm, rows", x [2, 5] ANY => x.rms_norm(&[1], 0.1, Affine::default());
        "rms_norm, columns", x [4, 3] ANY => x.rms_norm(&[0], 0.1, Affine::default());
        "layer_norm with scale and bias, rows", x [4, 5] ANY, scale [5] ANY, bias [5] ANY
            => x.layer_norm(&[1], 0.1, affine(scale, bias));
        "layer_norm with scale and bias, columns", x [4, 3] ANY, scale [3] ANY, bias [3] ANY
            => x.layer_norm(&[0], 0.1, affine(scale, bias));
        "layer_norm with scale and bias, two runs of axes", x [2, 3, 2, 2] ANY, scale [2, 2] ANY, bias [2, 2] ANY
            => x.layer_norm(&[1, 3], 0.1, affine(scale, bias));
        "layer_norm with scale and bias, axes that scale and bias are not of", x [3, 2, 2] ANY, scale [2] ANY, bias [2] ANY
            => x.layer_norm(&[0, 2], 0.1, affine(scale, bias));
        "rms_norm with scale and bias, rows", x [4, 5] ANY, scale [5] ANY, bias [5] ANY
            => x.rms_norm(&[1], 0.1, affine(scale, bias));
        "batch_norm_inference", x [2, 3, 4] ANY, mean [4] ANY, factor [4] ANY, bias [4] ANY
            => x.batch_norm_inference(mean, factor, bias);
        "batch_norm_inference, two axes", x [3, 2, 2] ANY, mean [2, 2] ANY, factor [2, 2] ANY, bias [2, 2] ANY
            => x.batch_norm_inference(mean, factor, bias);
        "sum_over_ranks", x [2, 3] ANY => x.sum_over_ranks(&twins());
        "var, rows", x [2, 5] ANY => x.var(&[1], 0);
        "var, columns", x [4, 3] ANY => x.var(&[0], 0);
        "var, permuted", x [3, 2, 2, 2] ANY => x.var(&[0, 2], 0);
        "var, correction", x [2, 5] ANY => x.var(&[1], 1);
        "std, rows", x [2, 5] ANY => x.std(&[1], 0);
        "std, columns, correction", x [4, 3] ANY => x.std(&[0], 1);
        "std, permuted", x [3, 2, 2, 2] ANY => x.std(&[0, 2], 0);
        "norm, rows", x [2, 5] ANY => x.norm(&[1]);
        "norm, columns", x [4, 3] ANY => x.norm(&[0]);
        "norm, outer axes", x [2, 3, 2] ANY => x.norm(&[0, 2]);
        "norm of order 1", x [2, 3, 2] OFF_KINKS => x.norm_p(1.0, &[0, 2]);
        "norm of order 1, columns", x [3, 4] OFF_KINKS => x.norm_p(1.0, &[0]);
        "norm of order 2, middle axis", x [2, 3, 2] ANY => x.norm_p(2.0, &[1]);
        "norm of order 3", x [3, 4] OFF_KINKS => x.norm_p(3.0, &[0]);
        "norm of order 2.5, outer axes", x [2, 3, 2] OFF_KINKS => x.norm_p(2.5, &[0, 2]);
        "norm of infinite order", x [2, 4] OFF_KINKS => x.norm_p(f64::INFINITY, &[1]);
        "safe_norm, rows above and below", x [4, 2] ANY => x.safe_norm(&[1], 1.7);
    }
}
