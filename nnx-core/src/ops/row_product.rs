//! The product of the rows of an array with a matrix of weights, which may be packed or stored as bf16: what `matmul` and
//! `linear` have in common.

use std::ops::RangeInclusive;

use super::operation::Signature;
use super::role::Prepared;
use crate::array::dtype::Sealed as Stored;
use crate::array::{Array, Bf16, DType, Dims, Element, product as product_of};
use crate::kernel::Float;
use crate::kernel::finish::{Finish, PostOps};
use crate::kernel::gemm::{
    Gemm, MIN_BF16_GEMV_COLUMNS, MatrixRef, PackedMatrix, gemm, gemm_packed,
};

/// Whether `x` is multiplied by weights of this type: its own, or bf16 that stands for f32.
pub(super) fn multiplies(x: &Signature, weights: &Signature) -> bool {
    x.dtype == weights.dtype || (x.dtype == DType::F32 && weights.dtype == DType::Bf16)
}

/// The rows of `(.., K)`, with the leading axes merged.
pub(super) fn rows_of(dims: &Dims) -> usize {
    product_of(dims[..dims.len() - 1].iter().copied())
}

/// `out = finish(a b)` of `a (.., K)` and a matrix `b (K, N)`.
pub(super) fn product_of_rows<E: Element + Float + Gemm<B>, B: Stored>(
    a: &Array,
    b: &Array,
    finish: Finish<'_, E>,
    out: &mut [E],
) {
    let (dims, [inner, columns]) = (a.dims(), [b.dims()[0], b.dims()[1]]);
    let rows = rows_of(&dims);
    let a = if dims.len() == 2 { a.clone() } else { a.reshape(&[rows, inner]) };
    gemm([rows, inner, columns], layout::<E>(&a), layout::<B>(b), finish, out);
}

/// [`product_of_rows`] of f32, with packed weights if there are some.
pub(super) fn run_product_of_rows(
    [a, b]: [&Array; 2],
    bias: Option<&Array>,
    prepared: Option<&Prepared>,
    post: Option<&dyn PostOps<f32>>,
) -> Array {
    let (dims, columns) = (a.dims(), b.dims()[1]);
    let rows = rows_of(&dims);
    let bias = bias.map(Array::contiguous);
    let finish = Finish { bias: bias.as_ref().map(Array::slice), post };
    Array::build(dims.with_axis(dims.len() - 1, columns), |out| match prepared {
        Some(Prepared::Matrix(packed)) if !reads_end_to_end(rows, b) => {
            let a = a.contiguous();
            let a = MatrixRef::row_major(a.slice(), dims[dims.len() - 1]);
            gemm_packed(rows, a, packed, finish, out);
        }
        _ if b.dtype() == DType::Bf16 => product_of_rows::<f32, Bf16>(a, b, finish, out),
        _ => product_of_rows::<f32, f32>(a, b, finish, out),
    })
}

/// Whether the product of one row reads weights of bf16 in their own order: a GEMV, which takes the time of reading them.
pub(super) fn reads_end_to_end(rows: usize, weights: &Array) -> bool {
    rows == 1 && weights.dtype() == DType::Bf16 && weights.dims()[1] >= MIN_BF16_GEMV_COLUMNS
}

/// The rows of products for which an eager pass keeps packed weights. One row is a GEMV, which reads each weight once; for many
/// rows packing takes little time beside the product.
const ROWS_OF_KEPT: RangeInclusive<usize> = 2..=512;

/// Whether an eager pass keeps packed weights for products of some rows.
pub(super) fn keeps_packed(rows: usize) -> bool {
    ROWS_OF_KEPT.contains(&rows)
}

/// The packed weights of [`run_product_of_rows`], if their rows are contiguous. Other weights are read as dot products
/// where there is one row.
pub(super) fn packed_weights(weights: &Array) -> Option<Prepared> {
    let (dims, strides) = (weights.dims(), weights.strides());
    if dims[1] <= 1 || strides[1] != 1 || weights.elements() == 0 {
        return None;
    }
    let size = [dims[0], dims[1]];
    let packed = match weights.dtype() {
        DType::F32 => PackedMatrix::new(layout(weights), size),
        DType::Bf16 => PackedMatrix::of_bf16(layout(weights), size),
        _ => return None,
    };
    Some(Prepared::Matrix(packed))
}

/// The last two axes of an array, as the matrix that a GEMM kernel reads.
pub(super) fn layout<E: Stored>(x: &Array) -> MatrixRef<'_, E> {
    let (strides, rank) = (x.strides(), x.dims().len());
    MatrixRef { data: x.elements_from_first(), row: strides[rank - 2], column: strides[rank - 1] }
}
