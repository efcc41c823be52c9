//! The rows of softmax along any axis, of what is cumulative, and of what sorts.

use nnx_core::ops::{DynTensor, QuantileMethod, SortOrder};

use crate::numbers::Values::{Between, Steps};
use crate::numbers::tensor;
use crate::table::{ANY, OFF_KINKS, Row, rows};

pub(crate) fn orders() -> Vec<Row> {
    rows! {
        "softmax along the leading axis", x [3, 2] ANY => x.softmax_axis(0);
        "softmax along the middle axis", x [2, 3, 2] ANY => x.softmax_axis(1);
        "log_softmax along the middle axis", x [2, 3, 2] ANY => x.log_softmax_axis(1);
        "softmax over the outer axes", x [2, 3, 2] ANY => x.softmax_axes(&[0, 2]);
        "log_softmax over the first axes", x [2, 3, 2] ANY => x.log_softmax_axes(&[0, 1]);
        "logsumexp over the leading axis", x [3, 2] ANY => x.logsumexp_axes(&[0]);
        "logsumexp over the outer axes", x [2, 2, 2] ANY => x.logsumexp_axes(&[0, 2]);
        "cumsum along the last axis", x [2, 4] ANY => x.cumsum(1);
        "cumsum along the leading axis", x [3, 2] ANY => x.cumsum(0);
        "cumprod along the last axis", x [2, 4] OFF_KINKS => x.cumprod(1);
        "cumprod along the middle axis", x [2, 3, 2] OFF_KINKS => x.cumprod(1);
        "cumprod with zeros", x [2, 2] Steps(0.0), zeros [2, 1] Between(0.0, 0.0), y [2, 1] ANY =>
            DynTensor::concat(vec![x, zeros.clone(), y, zeros], 1).expect("equal but for axis 1").cumprod(1);
        "cumlogsumexp along the last axis", x [2, 4] ANY => x.cumlogsumexp(1);
        "cumlogsumexp along the leading axis", x [4, 2] ANY => x.cumlogsumexp(0);
        "cummax along the last axis", x [2, 5] Steps(0.0) => x.cummax(1);
        "cummax along the leading axis", x [4, 2] Steps(0.0) => x.cummax(0);
        "cummin along the middle axis", x [2, 4, 2] Steps(0.0) => x.cummin(1);
        "sort", x [2, 5] Steps(0.0) => x.sort(1, SortOrder::Ascending);
        "sort along the leading axis, descending", x [4, 3] Steps(0.0) => x.sort(0, SortOrder::Descending);
        "top_k", x [2, 5] Steps(0.0) => x.top_k(2, 1).0;
        "top_k along the middle axis", x [2, 4, 2] Steps(0.0) => x.top_k(3, 1).0;
        "median over the last axis", x [2, 5] Steps(0.0) => x.median(&[1]);
        "median over the outer axes", x [2, 3, 2] Steps(0.0) => x.median(&[0, 2]);
        "quantile", x [2, 6] Steps(0.0) => x.quantile(0.3, &[1], QuantileMethod::Linear);
        "sum_where", x [2, 3] ANY => x.sum_where(mask(), &[1]);
        "mean_where", x [2, 3] ANY => x.mean_where(mask(), &[0]);
    }
}

/// A mask of shape (2, 3).
fn mask() -> DynTensor {
    tensor(vec![true, false, true, true, true, false], &[2, 3])
}
