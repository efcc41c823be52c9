//! Rows of products of matrices and vectors, recurrent cells and attention.

use nnx_core::ops::DynTensor;

use crate::table::{ANY, Row, rows};

/// A mask (1, 1, 2, 3) that closes one key to one query.
fn open_but_one() -> DynTensor {
    let open = vec![true, false, true, true, true, true];
    nnx_core::array::Array::new(open, &[1, 1, 2, 3]).expect("six elements").into()
}

pub(crate) fn products() -> Vec<Row> {
    rows! {
        "matmul", a [2, 3] ANY, b [3, 4] ANY => a.matmul(b);
        "matmul, leading axes by two", a [2, 2, 3] ANY, b [3, 2] ANY => a.matmul(b);
        "matmul, batched", a [2, 2, 3] ANY, b [2, 3, 2] ANY => a.matmul(b);
        "matmul, two leading axes", a [2, 1, 2, 3] ANY, b [2, 1, 3, 2] ANY => a.matmul(b);
        "matmul of transposed views", a [3, 2] ANY, b [4, 3] ANY =>
            a.swap_axes(0, 1).matmul(b.swap_axes(0, 1));
        "matmul, batched, of transposed views", a [3, 2, 2] ANY, b [2, 2, 3] ANY =>
            a.permute(&[1, 2, 0]).matmul(b.swap_axes(1, 2));
        "matmul with itself", x [3, 3] ANY => x.clone().matmul(x);
        "einsum of four, with leading axes", a [2, 1, 2, 3] ANY, b [3, 2] ANY, c [2, 2] ANY, d [2] ANY =>
            DynTensor::einsum("...ij,jk,...k,i->k...i", vec![a, b, c, d]).expect("fits");
        "einsum of diagonals", a [3, 3] ANY, b [3, 2, 3] ANY => DynTensor::einsum("ii,iji->ji", vec![a, b]).expect("fits");
        "dot", a [2, 3] ANY, b [2, 3] ANY => a.dot(b);
        "outer", a [2, 3] ANY, b [2, 2] ANY => a.outer(b);
        "cross", a [2, 3] ANY, b [2, 3] ANY => a.cross(b);
        "trace", x [2, 3, 3] ANY => x.trace();
        "linear", x [2, 3] ANY, w [3, 4] ANY, b [4] ANY => x.linear(w, Some(b));
        "lstm", x [1, 2, 8] ANY, carry [2, 2, 2] ANY, w [2, 8] ANY => x.lstm(carry, w);
        "gru", x [1, 2, 6] ANY, carry [1, 2, 2] ANY, w [2, 6] ANY => x.gru(carry, w, None);
        "gru with a bias", x [1, 1, 6] ANY, carry [1, 1, 2] ANY, w [2, 6] ANY, b [6] ANY =>
            x.gru(carry, w, Some(b));
        "attention", q [2, 3, 2, 2] ANY, k [2, 4, 1, 2] ANY, v [2, 4, 1, 3] ANY =>
            q.attention(k, v, false, None);
        "attention, causal", q [1, 3, 2, 2] ANY, k [1, 3, 2, 2] ANY, v [1, 3, 2, 2] ANY =>
            q.attention(k, v, true, None);
        "attention with a mask", q [1, 2, 2, 2] ANY, k [1, 3, 2, 2] ANY, v [1, 3, 2, 1] ANY =>
            q.attention(k, v, false, Some(open_but_one()));
        "linear, two leading axes", x [2, 2, 3] ANY, w [3, 2] ANY, b [2] ANY => x.linear(w, Some(b));
        "linear, of a vector", x [3] ANY, w [3, 2] ANY, b [2] ANY => x.linear(w, Some(b));
        "linear of transposed views", x [3, 2] ANY, w [4, 3] ANY, b [4, 2] ANY =>
            x.swap_axes(0, 1).linear(w.swap_axes(0, 1), Some(b.slice(1, 0, 1).reshape(&[4])));
    }
}
