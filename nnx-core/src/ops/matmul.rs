//! Matrix multiplication over the last two axes.

use super::attributes::{AttributeValue, attributes};
use super::kept::kept;
use super::linear::Linear;
use super::members::repeated;
use super::operation::{Keeps, Operation, Signature, count_flops};
use super::role::{Prepared, Product, Role, RoleKind};
use super::row_product::{
    keeps_packed, layout, multiplies, packed_weights, product_of_rows, reads_end_to_end, rows_of,
    run_product_of_rows,
};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError, product as product_of};
use crate::kernel::finish::{Finish, PostOps};
use crate::kernel::gemm::{Batch, batched_gemm};

/// `(.., M, K)` times `(K, N)`, or times `(.., K, N)` with the same leading axes. Transposed views aren't
/// copied. A batched output has its axes in the memory order of the right operand, if that one's rows are
/// contiguous. So attention heads that were split by a view can be merged by a view, without a copy.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct MatMul;

impl Operation for MatMul {
    attributes!();
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
        if !multiplies(a, b) || !a.dtype.is_float() || rank_a < 2 || rank_b < 2 {
            return refused();
        }
        let leading =
            rank_b == 2 || (rank_a == rank_b && a.dims[..rank_a - 2] == b.dims[..rank_b - 2]);
        if !leading || a.dims[rank_a - 1] != b.dims[rank_b - 2] {
            return refused();
        }
        Ok(Signature { dims: a.dims.with_axis(rank_a - 1, b.dims[rank_b - 1]), ..*a })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [a, b] = inputs else { unreachable!("two inputs were checked") };
        let rank = a.dims().len();
        let dims = a.dims().with_axis(rank - 1, b.dims()[b.dims().len() - 1]);
        if b.dims().len() == 2 && a.dtype() == DType::F32 {
            return run_product_of_rows([a, b], None, kept(self, a, b), None);
        }
        if b.dims().len() == 2 {
            return for_float!(a.dtype(), E => {
                Array::build(dims, |out: &mut [E]| product_of_rows::<E, E>(a, b, Finish::NOTHING, out))
            });
        }
        let order = b.memory_order();
        let order = if order.last() == Some(&(rank - 1)) { order } else { (0..rank).collect() };
        let rows = order.iter().position(|&axis| axis == rank - 2).expect("an axis of rows");
        let in_order: Dims = order.iter().map(|&axis| dims[axis]).collect();
        let out = for_float!(a.dtype(), E => Array::build(in_order, |out: &mut [E]| {
            // One offset for each matrix of the output. The output fits into memory, so the offsets do too.
            let (a_starts, b_starts) = (starts(a, &order), starts(b, &order));
            let batch = Batch {
                size: [dims[rank - 2], a.dims()[rank - 1], dims[rank - 1]],
                a: layout(a),
                a_starts: &a_starts,
                b: layout(b),
                b_starts: &b_starts,
                grid_columns: product_of(in_order[rows + 1..rank - 1].iter().copied()),
            };
            batched_gemm(batch, out);
        }));
        out.permute_inverse(&order)
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let ([a, b], [a_batched, b_batched]) = (members.inputs, members.batched) else {
            unreachable!("two inputs were checked")
        };
        Batching::Computed(product_of_members(members.size, (a, *a_batched), (b, *b_batched)))
    }
    fn reads_bf16(&self, inputs: &[Signature], index: usize) -> bool {
        matches!(inputs, [a, b] if index == 1 && a.dtype == DType::F32 && b.dims.len() == 2)
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let [a, b] = at.inputs else { unreachable!("two inputs were checked") };
        let g = at.gradient.clone();
        Some(if index == 0 { left_gradient(g, b) } else { right_gradient(g, a, b) })
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Product(self))
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let inner = inputs[0].dims[inputs[0].dims.len() - 1];
        count_flops(output.elements(), 2).saturating_mul(inner as u64)
    }
}

impl Product for MatMul {
    fn with_bias(&self) -> Box<dyn Operation> {
        Box::new(Linear)
    }
    fn takes(&self, inputs: &[Signature]) -> bool {
        inputs[1].dims.len() == 2
    }
    fn order(&self, _: &Signature) -> Option<&'static str> {
        Some("packed")
    }
    fn keeps_prepared(&self, x: &Signature) -> bool {
        keeps_packed(rows_of(&x.dims))
    }
    fn prepare(&self, _: &Signature, weights: &Array) -> Option<Prepared> {
        packed_weights(weights)
    }
    fn reads_prepared(&self, x: &Signature, weights: &Array) -> bool {
        !reads_end_to_end(rows_of(&x.dims), weights)
    }
    fn run(
        &self,
        inputs: &[Array],
        prepared: Option<&Prepared>,
        post: Option<&dyn PostOps<f32>>,
    ) -> Array {
        run_product_of_rows([&inputs[0], &inputs[1]], None, prepared, post)
    }
}

/// The product of each of `size` members, in which `a`, `b` or both have the members as their first axis.
pub(super) fn product_of_members(
    size: usize,
    (a, a_batched): (&DynTensor, bool),
    (b, b_batched): (&DynTensor, bool),
) -> DynTensor {
    if !b_batched && b.rank() == 2 {
        // The members are further rows of one GEMM.
        return a.clone().matmul(b.clone());
    }
    let all =
        |x: &DynTensor, batched: bool| if batched { x.clone() } else { repeated(x.clone(), size) };
    let (a, b) = (all(a, a_batched), all(b, b_batched));
    if a.rank() == b.rank() {
        return a.matmul(b);
    }
    // The leading axes of each member are further rows.
    let dims = a.dims();
    let inner = dims[dims.len() - 1];
    let rows = product_of(dims[1..dims.len() - 1].iter().copied());
    let output = dims.with_axis(dims.len() - 1, b.dims()[2]);
    a.reshape(&[size, rows, inner]).matmul(b).reshape(&output)
}

/// The gradient with respect to `a` of `a b`, for the gradient `g` of `a b`.
pub(super) fn left_gradient(g: DynTensor, b: &DynTensor) -> DynTensor {
    g.matmul(b.clone().swap_axes(b.rank() - 2, b.rank() - 1))
}

/// The gradient with respect to `b` of `a b`, for the gradient `g` of `a b`.
pub(super) fn right_gradient(g: DynTensor, a: &DynTensor, b: &DynTensor) -> DynTensor {
    let (mut a, mut g) = (a.clone(), g);
    if b.rank() == 2 && a.rank() > 2 {
        // The leading axes are summed over: merged with the rows, they are the k dimension of one GEMM.
        let rows = product_of(a.dims()[..a.rank() - 1].iter().copied());
        a = a.reshape(&[rows, b.dims()[0]]);
        g = g.reshape(&[rows, b.dims()[1]]);
    }
    let transposed = |x: DynTensor| {
        let rank = x.rank();
        x.swap_axes(rank - 2, rank - 1)
    };
    // The gradient gets the memory order of its operand, so that it passes the same views without a copy.
    match b.strides()[b.rank() - 2..] {
        [1, column] if column > 1 => transposed(transposed(g).matmul(a)),
        _ => transposed(a).matmul(g),
    }
}

/// The offset of each matrix of a batch, with the leading axes in `order`.
fn starts(x: &Array, order: &[usize]) -> Vec<usize> {
    let (dims, strides) = (x.dims(), x.strides());
    let mut starts = vec![0];
    for &axis in order.iter().filter(|&&axis| axis + 2 < dims.len()) {
        let along = |start| (0..dims[axis]).map(move |i| start + i * strides[axis]);
        starts = starts.into_iter().flat_map(along).collect();
    }
    starts
}

impl DynTensor {
    /// The matrix product over the last two axes: `(.., M, K)` times `(K, N)` or `(.., K, N)`. A vector `(K,)` on
    /// the left is multiplied as a matrix of one row; the result is a vector `(N,)`.
    #[must_use]
    #[track_caller]
    pub fn matmul(self, other: Self) -> Self {
        if self.rank() == 1 {
            let row = self.dims().insert_axis(0, 1);
            let product = self.reshape(&row).matmul(other);
            let columns = product.dims().without_axis(0);
            return product.reshape(&columns);
        }
        Self::apply(MatMul, [self, other])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::gemm::MIN_BF16_GEMV_COLUMNS;

    #[test]
    fn one_row_needs_no_packed_weights_of_bf16() {
        let reads = |dims: &[usize], dtype, columns: usize| {
            let x = Signature { dims: Dims::new(dims), dtype: DType::F32 };
            let weights = Array::zeros(dtype, Dims::new(&[8, columns]));
            let found = MatMul.reads_prepared(&x, &weights);
            assert_eq!(Linear.reads_prepared(&x, &weights), found);
            found
        };
        assert!(!reads(&[1, 8], DType::Bf16, MIN_BF16_GEMV_COLUMNS));
        assert!(!reads(&[1, 1, 8], DType::Bf16, 1000));
        assert!(reads(&[1, 8], DType::Bf16, MIN_BF16_GEMV_COLUMNS - 1));
        assert!(reads(&[2, 8], DType::Bf16, 1000));
        assert!(reads(&[1, 8], DType::F32, 1000));
    }

    #[test]
    fn attention_heads_are_merged_without_a_copy() {
        // (batch, time, heads, width), seen as (batch, heads, time, width)
        let heads = |time: usize| {
            let elements = (0..2 * time * 4 * 5).map(|i| i as f32).collect();
            DynTensor::from(Array::filled::<f32>(elements, Dims::new(&[2, time, 4, 5])))
                .permute(&[0, 2, 1, 3])
        };
        let (q, k, v) = (heads(3), heads(6), heads(6));
        let weights = q.clone().matmul(k.clone().swap_axes(2, 3));
        assert!(weights.array().is_contiguous(), "rows of scores are contiguous");
        let y = weights.clone().matmul(v.clone());
        let together = |x: &DynTensor| x.clone().permute(&[0, 2, 1, 3]).array().is_contiguous();
        assert!(together(&y));
        // The same holds for the gradients of values, keys and queries, and for a scaled output.
        assert!(together(&right_gradient(y.clone(), &weights, &v)));
        let transposed = k.swap_axes(2, 3);
        assert!(together(&right_gradient(weights.clone(), &q, &transposed).swap_axes(2, 3)));
        assert!(together(&left_gradient(weights, &transposed)));
        assert!(together(&y.mul_scalar(2.0)));
    }
}
