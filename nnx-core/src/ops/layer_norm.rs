//! Layer norm and RMS norm over any axes, without scale and bias, and the biased variance.
//!
//! With s = 1 / sqrt(variance + epsilon) and y = (x - mean) s over n elements, the gradient is
//! `s (g - mean(g) - y mean(g y))`, a symmetric linear map of g. Forward and gradient are one fused operation
//! each; the gradient of the gradient is composed of other operations.

use super::attributes::{AttributeValue, attributes};
use super::batching::behind_members;
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float, expect_same_float};
use super::reduce::{centered, check_axes};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError, product};
use crate::kernel::Float;
use crate::kernel::normalization::{self as kernel, Groups, NormKind};

/// The sizes that the kernels need to reduce `axes`, in ascending order, of an array of shape `dims`. The kernels
/// take up to four runs of neighbouring axes, of which the second and the fourth are reduced. `None` for
/// others.
pub(super) fn reduction_groups(dims: &Dims, axes: &[usize]) -> Option<Groups> {
    let mut sizes = [1; 4];
    let mut run = 0;
    for (i, &size) in dims.iter().enumerate() {
        // The axes form four runs, of which 1 and 3 are reduced, and 0 and 2 aren't.
        if axes.contains(&i) != (run % 2 == 1) {
            run += 1;
        }
        let run = sizes.get_mut(run)?;
        // The product saturates only for an empty array, of which another size is 0.
        *run = usize::saturating_mul(*run, size);
    }
    let [blocks, height, groups, width] = sizes;
    // If each block is one contiguous run, it is a row.
    Some(match (groups, width) {
        (1, 1) => Groups { blocks, height: 1, groups: 1, width: height },
        _ => Groups { blocks, height, groups, width },
    })
}

/// [`reduction_groups`], or an error for axes that the kernels don't support.
pub(super) fn expect_groups(dims: &Dims, axes: &[usize]) -> Groups {
    reduction_groups(dims, axes).expect("other axes were permuted")
}

/// [`reduction_groups`] of an input.
///
/// # Errors
/// If it has no such axes, or the kernels don't support them.
pub(super) fn check_groups(
    name: &'static str,
    input: &Signature,
    axes: &[usize],
) -> Result<Groups, ShapeError> {
    check_axes(name, &input.dims, axes)?;
    reduction_groups(&input.dims, axes).ok_or_else(|| {
        let problem =
            format!("takes at most two runs of neighbouring axes of {input}, found {axes:?}");
        ShapeError::operands(name, problem)
    })
}

/// `(x - mean) / sqrt(variance + epsilon)` over axes, or the RMS norm `x / sqrt(mean(x²) + epsilon)`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct LayerNorm {
    pub(super) axes: Dims,
    pub(super) kind: NormKind,
}

impl LayerNorm {
    /// The groups for an array with the members of a `vmap` as an additional first axis.
    pub(super) fn behind_members(self) -> Self {
        Self { axes: behind_members(&self.axes), ..self }
    }
}

impl Operation for LayerNorm {
    attributes!();
    fn name(&self) -> &'static str {
        "layer_norm"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_float(self.name(), inputs)?;
        check_groups(self.name(), &input, &self.axes)?;
        Ok(input)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let groups = expect_groups(&x.dims(), &self.axes);
        for_float!(x.dtype(), E => {
            let affine = [&vec![E::ONE; groups.row()][..], &vec![E::ZERO; groups.row()]];
            Array::build(x.dims(), |out| {
                kernel::normalize(self.kind, groups, None, x.slice::<E>(), affine, out);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axes: behind_members(&self.axes), ..*self })
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let slope = LayerNormGradient(*self);
        Some(DynTensor::apply(slope, [at.inputs[0].clone(), at.gradient.clone()]))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Mean: 1 (sum). Variance: 3 (difference, square, sum). Output: 2 (difference, product). RMS norm has
        // no mean and no differences.
        let each = if self.kind.centered { 6 } else { 3 };
        count_flops(inputs[0].elements(), each)
    }
}

/// The gradient of [`LayerNorm`] at x, of the gradient g: `s (g - mean(g) - y mean(g y))`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct LayerNormGradient(#[attribute(name = "norm")] pub(super) LayerNorm);

impl Operation for LayerNormGradient {
    attributes!();
    fn name(&self) -> &'static str {
        "layer_norm_gradient"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_same_float(self.name(), inputs)?;
        check_groups(self.name(), &input, &self.0.axes)?;
        Ok(input)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, g) = (inputs[0].contiguous(), inputs[1].contiguous());
        let groups = expect_groups(&x.dims(), &self.0.axes);
        for_float!(x.dtype(), E => {
            let inputs = [x.slice::<E>(), g.slice(), &vec![E::ONE; groups.row()]];
            Array::build(x.dims(), |out| {
                kernel::normalize_backward(self.0.kind, groups, None, inputs, out);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self(self.0.behind_members()))
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    /// With respect to g it is the same map of the output's gradient h, because the map is symmetric. With
    /// respect to x it is the gradient of `Σ h · output = s (Σ h g - n h̄ ḡ - n mean(h y) mean(g y))`, where a bar
    /// is a mean, s has the gradient `-s² y / n`, and that of y is this map.
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let LayerNorm { axes, kind } = self.0;
        let (x, g, h) = (&at.inputs[0], &at.inputs[1], &at.gradient);
        let slope = |g: DynTensor| DynTensor::apply(Self(self.0), [x.clone(), g]);
        if index == 1 {
            return Some(slope(h.clone()));
        }
        let mean = |x: DynTensor| {
            let ones: Dims =
                (0..x.rank()).map(|i| if axes.contains(&i) { 1 } else { x.dims()[i] }).collect();
            x.mean(&axes).reshape(&ones)
        };
        let y = &DynTensor::apply(self.0, [x.clone()]);
        let mut centered = x.clone();
        let mut product = mean(h * g);
        if kind.centered {
            centered = x - &mean(x.clone());
            product -= mean(h.clone()) * mean(g.clone());
        }
        let scale = mean(&centered * &centered).add_scalar(kind.epsilon).powf(-0.5);
        let (along_g, along_h) = (mean(g * y), mean(h * y));
        let product = product - &along_g * &along_h;
        let through_y = -(&(h * &along_g) + &(g * &along_h));
        Some(slope(through_y) * scale.clone() - y * &(&(&scale * &scale) * &product))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per element: 4 for mean and variance, 9 for the sums of g and g y and for the output.
        count_flops(inputs[0].elements(), 4 + 9)
    }
}

/// `mean((x - mean)²)` over axes.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Var(#[attribute(name = "axes")] Dims);

impl Operation for Var {
    attributes!();
    fn name(&self) -> &'static str {
        "var"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_float(self.name(), inputs)?;
        check_groups(self.name(), &input, &self.0)?;
        let dims = (0..input.dims.len()).filter(|i| !self.0.contains(i)).map(|i| input.dims[i]);
        Ok(Signature { dims: dims.collect(), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let groups = expect_groups(&x.dims(), &self.0);
        let dims = (0..x.dims().len()).filter(|i| !self.0.contains(i)).map(|i| x.dims()[i]);
        for_float!(x.dtype(), E => {
            Array::build(dims.collect(), |out| kernel::variance(groups, x.slice::<E>(), out))
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self(behind_members(&self.0)))
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let x = &at.inputs[0];
        let dims = x.dims();
        let count = product(self.0.iter().map(|&axis| dims[axis]));
        let ones: Dims =
            (0..dims.len()).map(|i| if self.0.contains(&i) { 1 } else { dims[i] }).collect();
        #[allow(clippy::cast_precision_loss, reason = "a count of elements is far below 2^53")]
        let factor = 2.0 / count as f64;
        Some(centered(x, &self.0) * at.gradient.clone().reshape(&ones).mul_scalar(factor))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        count_flops(inputs[0].elements(), 4)
    }
}

impl DynTensor {
    /// Layer norm or RMS norm over axes, without scale and bias.
    #[track_caller]
    pub(super) fn normalize_axes(self, axes: &[usize], kind: NormKind) -> Self {
        self.check_axes("layer_norm", axes);
        if reduction_groups(&self.dims(), axes).is_some() {
            return Self::apply(LayerNorm { axes: Dims::new(axes), kind }, [self]);
        }
        let (order, last) = move_to_end(self.rank(), axes);
        let inverse: Dims = (0..order.len())
            .map(|i| order.iter().position(|&axis| axis == i).expect("each axis once"))
            .collect();
        Self::apply(LayerNorm { axes: last, kind }, [self.permute(&order)]).permute(&inverse)
    }

    /// The biased variance `mean((x - mean)²)` over axes, given in ascending order, in two passes; NaN over an
    /// empty axis.
    #[must_use]
    #[track_caller]
    pub(super) fn variance(self, axes: &[usize]) -> Self {
        self.reduce_axes("var", axes, |axes, x| Self::apply(Var(axes), [x]))
    }

    /// Applies `reduce` to axes that the kernels support: if `axes` aren't, they are permuted to the end first.
    #[track_caller]
    pub(super) fn reduce_axes(
        self,
        name: &'static str,
        axes: &[usize],
        reduce: impl FnOnce(Dims, Self) -> Self,
    ) -> Self {
        self.check_axes(name, axes);
        if reduction_groups(&self.dims(), axes).is_some() {
            return reduce(Dims::new(axes), self);
        }
        let (order, last) = move_to_end(self.rank(), axes);
        reduce(last, self.permute(&order))
    }

    #[track_caller]
    pub(super) fn check_axes(&self, name: &'static str, axes: &[usize]) {
        let ascending = axes.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(
            ascending && axes.last().is_none_or(|&last| last < self.rank()),
            "`{name}` takes axes of shape {} in ascending order, found {axes:?}",
            self.dims()
        );
    }
}

/// The order of axes that moves `axes` to the end, and the indices of `axes` in that order.
pub(super) fn move_to_end(rank: usize, axes: &[usize]) -> (Dims, Dims) {
    let others = (0..rank).filter(|i| !axes.contains(i));
    let order = others.chain(axes.iter().copied()).collect();
    (order, (rank - axes.len()..rank).collect())
}
