//! Matrix products over the last two axes.

use super::operation::{Keeps, Operation, Signature};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, Element, ShapeError};
use crate::kernel::Float;
use crate::kernel::product::{Layout, batched_product, product};

/// `(.., M, K)` times `(K, N)`, or times `(.., K, N)` with the same leading axes. Transposed views are
/// read as they are, never copied.
#[derive(Debug, Clone, Copy)]
struct MatMul;

impl Operation for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [a, b] = inputs else {
            return Err(ShapeError::operands("matmul", "takes two inputs"));
        };
        let refused = || {
            let problem = format!(
                "takes (.., M, K) times (K, N) or (.., K, N) of one floating-point type, found {a} and {b}"
            );
            Err(ShapeError::operands("matmul", problem))
        };
        let (rank_a, rank_b) = (a.dims.len(), b.dims.len());
        if a.dtype != b.dtype || !a.dtype.is_float() || rank_a < 2 || rank_b < 2 {
            return refused();
        }
        let leading =
            rank_b == 2 || (rank_a == rank_b && a.dims[..rank_a - 2] == b.dims[..rank_b - 2]);
        if !leading || a.dims[rank_a - 1] != b.dims[rank_b - 2] {
            return refused();
        }
        Ok(Signature { dims: a.dims.with(rank_a - 1, b.dims[rank_b - 1]), ..*a })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [a, b] = inputs else { unreachable!("two inputs were checked") };
        let rank = a.dims().len();
        let dims = a.dims().with(rank - 1, b.dims()[b.dims().len() - 1]);
        for_float!(a.dtype(), E => {
            Array::written(dims, |out: &mut [E]| if b.dims().len() == 2 {
                product_of_rows(a, b, None, out);
            } else {
                let size = [dims[rank - 2], a.dims()[rank - 1], dims[rank - 1]];
                let (a_starts, b_starts) = (starts(a), starts(b));
                batched_product(size, layout::<E>(a), &a_starts, layout::<E>(b), &b_starts, out);
            })
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let [a, b] = at.inputs else { unreachable!("two inputs were checked") };
        let g = at.gradient.clone();
        Some(if index == 0 { left_gradient(g, b) } else { right_gradient(g, a, b) })
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let inner = inputs[0].dims[inputs[0].dims.len() - 1];
        2 * output.elements() as u64 * inner as u64
    }
}

/// The gradient with respect to `a` of a product `a b`, from that with respect to the product.
pub(super) fn left_gradient(g: DynTensor, b: &DynTensor) -> DynTensor {
    g.matmul(b.clone().swap_axes(b.rank() - 2, b.rank() - 1))
}

/// The gradient with respect to `b`.
pub(super) fn right_gradient(g: DynTensor, a: &DynTensor, b: &DynTensor) -> DynTensor {
    let rank = a.rank();
    if b.rank() == 2 && rank > 2 {
        // The leading axes are summed over: they are rows of one product.
        let rows = a.dims()[..rank - 1].iter().product();
        let a = a.clone().reshape(&[rows, a.dims()[rank - 1]]);
        return a.swap_axes(0, 1).matmul(g.reshape(&[rows, b.dims()[1]]));
    }
    a.clone().swap_axes(rank - 2, rank - 1).matmul(g)
}

/// The product of all rows of `a (.., K)` and one matrix `b (K, N)`, and a bias for each column.
pub(super) fn product_of_rows<E: Element + Float>(
    a: &Array,
    b: &Array,
    bias: Option<&[E]>,
    out: &mut [E],
) {
    let (dims, [inner, columns]) = (a.dims(), [b.dims()[0], b.dims()[1]]);
    let rows: usize = dims[..dims.len() - 1].iter().product();
    let a = if dims.len() == 2 { a.clone() } else { a.reshape(&[rows, inner]) };
    product([rows, inner, columns], layout(&a), layout(b), bias, out);
}

/// The last two axes of an array, as the kernel reads them.
fn layout<E: Element>(x: &Array) -> Layout<'_, E> {
    let (strides, rank) = (x.strides(), x.dims().len());
    Layout { data: x.elements_from_first(), row: strides[rank - 2], column: strides[rank - 1] }
}

/// Where each matrix of a batch starts.
fn starts(x: &Array) -> Vec<usize> {
    let rank = x.dims().len() - 2;
    let (dims, strides) = (Dims::new(&x.dims()[..rank]), x.strides());
    let mut starts = vec![0];
    for (&size, &stride) in dims.iter().zip(strides.iter()) {
        starts =
            starts.iter().flat_map(|&start| (0..size).map(move |i| start + i * stride)).collect();
    }
    starts
}

impl DynTensor {
    /// The matrix product over the last two axes: `(.., M, K)` times `(K, N)` or `(.., K, N)`. A vector
    /// `(K,)` on the left is a matrix of one row, and gives a vector.
    #[must_use]
    #[track_caller]
    pub fn matmul(self, other: Self) -> Self {
        if self.rank() == 1 {
            let row = self.dims().inserted(0, 1);
            let product = self.reshape(&row).matmul(other);
            let columns = product.dims().without(0);
            return product.reshape(&columns);
        }
        Self::apply(MatMul, [self, other])
    }
}
