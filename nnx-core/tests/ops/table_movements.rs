//! Rows of operations that move elements: shapes, slices and padding, rows and elements at indices, bags of embeddings.

use nnx_core::ops::{BagMode, DynTensor};

use crate::numbers::indices;
use crate::table::{ANY, Row, rows};

pub(crate) fn movements() -> Vec<Row> {
    rows! {
        "broadcast_to, new axes and old", x [3, 1] ANY => x.broadcast_to(&[2, 3, 4]);
        "broadcast_to, from one element", x [] ANY => x.broadcast_to(&[2, 3]);
        "reshape", x [2, 3, 2] ANY => x.reshape(&[4, 3]);
        "reshape of a transpose", x [2, 3] ANY => x.swap_axes(0, 1).reshape(&[6]);
        "permute", x [2, 3, 4] ANY => x.permute(&[2, 0, 1]);
        "swap_axes", x [2, 3, 2] ANY => x.swap_axes(0, 1);
        "slice", x [3, 5] ANY => x.slice(1, 1, 3);
        "slice, twice over", x [5, 2] ANY => &x.clone().slice(0, 0, 3) * &x.slice(0, 2, 3);
        "pad", x [2, 3] ANY => x.pad(0, 2, 1);
        "pad, the last axis", x [2, 3] ANY => x.pad(1, 0, 2);
        "pad_axes", x [2, 3, 2] ANY => x.pad_axes([(0, [1, 0]), (2, [2, 1])], 0.5);
        "slice, all parts", x [5, 2] ANY =>
            &(&x.clone().slice(0, 0, 2) * &x.clone().slice(0, 2, 2)) * &x.slice(0, 3, 2);
        "add_part", x [3, 4] ANY, part [3, 2] ANY => x.add_part(1, 1, part);
        "add_part, the leading axis", x [3, 2] ANY, part [1, 2] ANY => x.add_part(0, 2, part);
        "concat", a [2, 1] ANY, b [2, 3] ANY, c [2, 2] ANY =>
            DynTensor::concat(vec![a, b, c], 1).expect("equal but for axis 1");
        "concat, one tensor twice", x [2, 2] ANY =>
            DynTensor::concat(vec![x.clone(), x.exp()], 0).expect("equal");
        "gather, repeated indices", x [4, 2] ANY => x.gather(indices(&[3, 1, 3, 0, 3], &[5]));
        "gather, two axes of indices", x [3] ANY => x.gather(indices(&[2, 0, 1, 1], &[2, 2]));
        "embedding_bag, sums", x [4, 2] ANY => bagged(x, BagMode::Sum);
        "embedding_bag, means", x [4, 2] ANY => bagged(x, BagMode::Mean);
        "embedding_bag, maxima", x [4, 2] ANY => bagged(x, BagMode::Max);
        "embedding_bag, maxima, rows of two axes", x [4, 2, 3] ANY => bagged(x, BagMode::Max).square();
        "pick", x [2, 3, 4] ANY => x.pick(indices(&[0, 3, 3, 1, 2, 0], &[2, 3]));
        "softmax_cross_entropy", x [2, 3, 4] ANY =>
            x.softmax_cross_entropy(indices(&[0, 3, 3, 1, 2, 0], &[2, 3]));
        "put", x [2, 3] ANY => x.put(indices(&[0, 3, 3, 1, 2, 0], &[2, 3]), 4);
    }
}

/// Bags of two rows, of none, of four of which two are the same, and one that shares an index with it; there are indices in
/// no bag.
fn bagged(table: DynTensor, mode: BagMode) -> DynTensor {
    let bounds = [[0, 2, 3, 6], [2, 2, 7, 7]].map(|at| indices(&at, &[4]));
    table.embedding_bag(indices(&[1, 3, -5, 0, 2, 0, 1, 99], &[8]), bounds, mode)
}
