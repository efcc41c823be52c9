//! The second derivative of the determinant, also where a matrix is singular.

use super::{as_factor, run, sizes, times, transposed};
use crate::array::{Array, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::attributes;
use crate::ops::operation::{Keeps, Operation, Signature, count_flops, one_of_gradients};
use crate::ops::view::refuse;
use crate::ops::{AttributeValue, Backward, Batching, DynTensor, Members};

/// The derivative of the cofactors of `A` in the direction `G`: `<G, A⁻ᵀ> C - C Gᵀ A⁻ᵀ` for cofactors `C` if `A` has an
/// inverse. It is a polynomial in the elements of both, so that it is finite for all.
///
/// It is linear in `G`, and symmetric: `<H, D(A, G)> = <G, D(A, H)>`, as second derivatives are.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct CofactorsDerivative;

impl Operation for CofactorsDerivative {
    attributes!();

    fn name(&self) -> &'static str {
        "cofactors_derivative"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [a, g] if a == g && a.dtype.is_float() => Ok(*a),
            [a, g] => refuse(self.name(), format!("takes two like matrices, found {a} and {g}")),
            _ => refuse(self.name(), format!("takes two inputs, found {}", inputs.len())),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, _] = sizes(&inputs[0].dims());
        run(inputs, &[n, n], &|[a, g], out| linalg::cofactors_derivative(a, g, n, out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        one_of_gradients(self, at, index)
    }
    /// With respect to `A` it is the third derivative: where `A` has no inverse it is NaN, or arbitrary where rounding
    /// hides a pivot of 0.
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        let (a, g, h) = (&at.inputs[0], &at.inputs[1], &at.gradient);
        let of_direction = || DynTensor::apply(Self, [a.clone(), h.clone()]);
        Some(vec![wanted[0].then(|| third(a, g, h)), wanted[1].then(of_direction)])
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        let [n, _] = sizes(&output.dims);
        count_flops(output.elements(), 28 * n as u64)
    }
}

/// The third derivative of the determinant, in the directions `G` and `H`: `C Xᵀ` with `M = A⁻¹ G`, `N = A⁻¹ H` and
/// `X = (tr M tr N - tr M N) - tr N M - tr M N + M N + N M`.
fn third(a: &DynTensor, g: &DynTensor, h: &DynTensor) -> DynTensor {
    let inverse = a.clone().inverse();
    let (m, n) = (times(&inverse, g), times(&inverse, h));
    let (mn, nm) = (times(&m, &n), times(&n, &m));
    let rank = a.rank();
    let trace = |x: &DynTensor| {
        let identity = DynTensor::eye(a.dims()[rank - 1], a.dtype());
        as_factor((x.clone() * identity).sum(&[rank - 2, rank - 1]))
    };
    let (of_m, of_n) = (trace(&m), trace(&n));
    let diagonal = of_m.clone() * of_n.clone() - trace(&mn);
    let identity = DynTensor::eye(a.dims()[rank - 1], a.dtype());
    let x = identity * diagonal - m * of_n - n * of_m + mn + nm;
    let cofactors = a.clone().cofactors();
    times(&cofactors, &transposed(x))
}
