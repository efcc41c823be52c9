//! Matrix products over the last two axes.

use super::operation::{Keeps, Operation, Signature};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError};
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
            Array::written(dims, |out| if b.dims().len() == 2 {
                let rows: usize = a.dims()[..rank - 1].iter().product();
                let a = if rank == 2 { a.clone() } else { a.reshape(&[rows, a.dims()[rank - 1]]) };
                let size = [rows, a.dims()[1], b.dims()[1]];
                product(size, layout::<E>(&a), layout::<E>(b), out);
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
        let (g, rank) = (at.gradient.clone(), a.rank());
        if index == 0 {
            return Some(g.matmul(b.clone().swap_axes(b.rank() - 2, b.rank() - 1)));
        }
        if b.rank() == 2 && rank > 2 {
            // The leading axes are summed over: they are rows of one product.
            let rows = a.dims()[..rank - 1].iter().product();
            let a = a.clone().reshape(&[rows, a.dims()[rank - 1]]);
            let g = g.reshape(&[rows, b.dims()[1]]);
            return Some(a.swap_axes(0, 1).matmul(g));
        }
        Some(a.clone().swap_axes(rank - 2, rank - 1).matmul(g))
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let inner = inputs[0].dims[inputs[0].dims.len() - 1];
        2 * output.elements() as u64 * inner as u64
    }
}

/// The last two axes of an array, as the kernel reads them.
fn layout<E: crate::array::Element>(x: &Array) -> Layout<'_, E> {
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
