//! `x W + b`: a matrix multiplication that adds the bias in the same pass over the output.

use super::attributes::{AttributeValue, attributes};
use super::kept::kept;
use super::matmul::{left_gradient, product_of_members, right_gradient};
use super::operation::count_flops;
use super::role::{Prepared, Product, Role, RoleKind};
use super::row_product::{
    keeps_packed, multiplies, packed_weights, product_of_rows, reads_end_to_end, rows_of,
    run_product_of_rows,
};
use super::{Backward, Batching, DynTensor, Keeps, Members, Operation, Signature};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, ShapeError};
use crate::kernel::finish::{Finish, PostOps};

/// `x W + b` with x of `(.., In)`, W of `(In, Out)` and b of `(Out,)`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Linear;

impl Operation for Linear {
    attributes!();
    fn name(&self) -> &'static str {
        "linear"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [x, w, b] = inputs else {
            return Err(ShapeError::operands("linear", "takes three inputs"));
        };
        let of_one_type = x.dtype.is_float() && b.dtype == x.dtype && multiplies(x, w);
        let fits = match (x.dims.split_last(), &w.dims[..]) {
            (Some((last, [_, ..])), [inner, outer]) => last == inner && b.dims[..] == [*outer],
            _ => false,
        };
        if !of_one_type || !fits {
            let problem = format!(
                "takes (.., In), (In, Out) and (Out,) of one floating-point type, found {x}, {w} and {b}"
            );
            return Err(ShapeError::operands("linear", problem));
        }
        Ok(Signature { dims: x.dims.with_axis(x.dims.len() - 1, b.dims[0]), ..*x })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [x, w, b] = inputs else { unreachable!("three inputs were checked") };
        if x.dtype() == DType::F32 {
            return run_product_of_rows([x, w], Some(b), kept(self, x, w), None);
        }
        let dims = x.dims().with_axis(x.dims().len() - 1, b.dims()[0]);
        for_float!(x.dtype(), E => {
            let bias = b.contiguous();
            Array::build(dims, |out| product_of_rows::<E, E>(x, w, Finish::bias(Some(bias.slice())), out))
        })
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let [x, w, bias] = members.inputs else { unreachable!("three inputs were checked") };
        let &[x_batched, w_batched, bias_batched] = members.batched else { unreachable!() };
        if !w_batched && !bias_batched {
            // The members of a `vmap` are further rows.
            return Batching::Computed(DynTensor::apply(
                *self,
                [x.clone(), w.clone(), bias.clone()],
            ));
        }
        let product = match x_batched || w_batched {
            true => product_of_members(members.size, (x, x_batched), (w, w_batched)),
            false => x.clone().matmul(w.clone()),
        };
        let between = x.rank() - usize::from(x_batched) - 1;
        Batching::Computed(product + members.spread(2, between))
    }
    fn reads_bf16(&self, inputs: &[Signature], index: usize) -> bool {
        index == 1 && inputs.first().is_some_and(|x| x.dtype == DType::F32)
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let [x, w, _] = at.inputs else { unreachable!("three inputs were checked") };
        let g = at.gradient.clone();
        Some(match index {
            0 => left_gradient(g, w),
            1 => right_gradient(g, x, w),
            _ => {
                let leading: Vec<usize> = (0..x.rank() - 1).collect();
                g.sum(&leading)
            }
        })
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Product(self))
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        count_flops(output.elements(), count_flops(inputs[1].dims[0], 2).saturating_add(1))
    }
}

impl Product for Linear {
    fn with_bias(&self) -> Box<dyn Operation> {
        Box::new(*self)
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
        run_product_of_rows([&inputs[0], &inputs[1]], Some(&inputs[2]), prepared, post)
    }
}

impl DynTensor {
    /// `x W + b` over the last axis: `(.., In)` with weights `(In, Out)`, and a bias `(Out,)` if given, to
    /// `(.., Out)`. (`torch.nn.functional.linear` takes the weights transposed, as `(Out, In)`.)
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor};
    ///
    /// let x = DynTensor::from(Array::new(vec![1.0f32, 2.0], &[1, 2])?);
    /// let weights = DynTensor::from(Array::new(vec![1.0f32, 2.0, 3.0, 4.0], &[2, 2])?);
    /// let bias = DynTensor::from(Array::new(vec![0.5f32, -0.5], &[2])?);
    /// assert_eq!(x.linear(weights, Some(bias)).array().to_vec::<f32>()?, [7.5, 9.5]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn linear(self, weights: Self, bias: Option<Self>) -> Self {
        let Some(bias) = bias else { return self.matmul(weights) };
        if self.rank() == 1 {
            let row = self.dims().insert_axis(0, 1);
            let y = self.reshape(&row).linear(weights, Some(bias));
            let columns = y.dims().without_axis(0);
            return y.reshape(&columns);
        }
        Self::apply(Linear, [self, weights, bias])
    }
}
