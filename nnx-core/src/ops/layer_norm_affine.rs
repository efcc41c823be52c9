//! Normalization with scale and bias, as layers use it: layer, RMS, group, instance and batch norm. It is one
//! fused operation: forward and backward read memory as few times as possible.

use super::attributes::{AttributeValue, attributes};
use super::batch_moments::{kernel_moments, moments_signature};
use super::layer_norm::{
    LayerNorm, LayerNormGradient, check_groups, expect_groups, reduction_groups,
};
use super::layer_norm_backward::layer_norm_backward;
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float, one_of_gradients};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, OrPanic as _, ShapeError};
use crate::kernel::normalization::{self as kernel, NormKind};

/// `(x - mean) / sqrt(variance + epsilon) · scale + bias` of inputs x, scale and bias. The last two have the
/// shape of the last axes of x: those of one row of the kernels' [`Groups`](kernel::Groups).
///
/// A fourth input, if there is one, is the mean and the variance of x: the output of [`DynTensor::moments`]. They
/// aren't computed again then. The gradient with respect to x includes what flows through them, and none flows
/// to this input.
#[derive(Debug, AttributeValue)]
pub(super) struct LayerNormAffine {
    norm: LayerNorm,
    /// FLOPs of each element after the normalization: 1 for a scale, 1 for a bias.
    steps: u64,
}

/// An error unless a scale of shape `scale` is that of one row of the kernels, and the moments, if there are any, are those
/// of the groups.
pub(super) fn check_affine(
    name: &'static str,
    norm: LayerNorm,
    x: &Signature,
    scale: &Dims,
    moments: Option<&Signature>,
) -> Result<(), ShapeError> {
    let groups = check_groups(name, x, &norm.axes)?;
    if groups.row() != scale.elements() {
        let problem = format!(
            "takes a scale of {} elements for the axes {:?} of {x}, found {scale}",
            groups.row(),
            &norm.axes[..]
        );
        return Err(ShapeError::operands(name, problem));
    }
    match moments {
        // The kernels compute the moments of the first axes alone: of one block.
        Some(moments) if groups.blocks != 1 || *moments != moments_signature(groups.groups) => {
            let problem = format!("takes the mean and variance of {x}, found {moments}");
            Err(ShapeError::operands(name, problem))
        }
        _ => Ok(()),
    }
}

impl Operation for LayerNormAffine {
    attributes!();
    fn name(&self) -> &'static str {
        "layer_norm_affine"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let ([x, scale, bias] | [x, scale, bias, _]) = inputs else {
            return Err(ShapeError::operands(
                self.name(),
                format!("takes three or four inputs, found {}", inputs.len()),
            ));
        };
        let x = expect_float(self.name(), &[*x])?;
        if scale != bias || scale.dtype != x.dtype || !x.dims.ends_with(&scale.dims) {
            return Err(ShapeError::operands(
                self.name(),
                format!(
                    "takes a scale and a bias of the last axes of the input, found {scale} and \
                     {bias} for {x}"
                ),
            ));
        }
        check_affine(self.name(), self.norm, &x, &scale.dims, inputs.get(3))?;
        Ok(x)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [x, scale, bias] = [0, 1, 2].map(|i| inputs[i].contiguous());
        let LayerNorm { axes, kind } = self.norm;
        let (groups, moments) =
            (expect_groups(&x.dims(), &axes), inputs.get(3).map(kernel_moments));
        for_float!(x.dtype(), E => {
            let affine = [scale.slice::<E>(), bias.slice()];
            Array::build(x.dims(), |out| {
                kernel::normalize(kind, groups, moments.as_ref(), x.slice(), affine, out);
            })
        })
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let norm = self.norm.behind_members();
        let [x, scale, bias] = [0, 1, 2].map(|i: usize| members.inputs[i].clone());
        if !members.batched[1] && !members.batched[2] {
            let operation = Self { norm, steps: self.steps };
            return Batching::Computed(DynTensor::apply(
                operation,
                [members.leading(0), scale, bias],
            ));
        }
        let between = |term: &DynTensor, batched: bool| {
            let own = term.rank() - usize::from(batched);
            (x.rank() - usize::from(members.batched[0])).saturating_sub(own)
        };
        let [scale, bias] = [1, 2]
            .map(|i: usize| members.spread(i, between(&members.inputs[i], members.batched[i])));
        Batching::Computed(DynTensor::apply(norm, [members.leading(0)]) * scale + bias)
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        one_of_gradients(self, at, index)
    }
    /// One kernel computes the gradients of x, scale and bias. If second derivatives are needed, or in a `vmap`, they
    /// are composed of other operations.
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        let (x, scale, g) = (&at.inputs[0], &at.inputs[1], &at.gradient);
        let dims = scale.dims();
        if at.must_be_composed() {
            let before: Vec<usize> = (0..x.rank() - dims.len()).collect();
            let to_input =
                || DynTensor::apply(LayerNormGradient(self.norm), [x.clone(), g * scale]);
            let to_scale = || (DynTensor::apply(self.norm, [x.clone()]) * g.clone()).sum(&before);
            let mut gradients = vec![
                wanted[0].then(to_input),
                wanted[1].then(to_scale),
                wanted[2].then(|| g.clone().sum(&before)),
            ];
            gradients.resize(wanted.len(), None);
            return Some(gradients);
        }
        let gradients = layer_norm_backward(self.norm, [x, g, scale], at.inputs.get(3));
        let gradients = gradients.into_iter().map(Some).chain([None]).zip(wanted);
        Some(
            gradients
                .map(|(gradient, wanted)| gradient.filter(|_| *wanted).map(Array::into))
                .collect(),
        )
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let affine = count_flops(output.elements(), self.steps);
        self.norm.flops(&inputs[..1], output).saturating_add(affine)
    }
}

/// The scale and the bias of a normalization; both are optional.
#[derive(Debug, Clone, Default)]
pub struct Affine {
    /// Multiplied with the normalized elements (`gamma`, PyTorch's `weight`); of the shape of the last axes.
    pub scale: Option<DynTensor>,
    /// Added after the scale (`beta`); of the shape of the last axes.
    pub bias: Option<DynTensor>,
}

impl Affine {
    /// Scale and bias, reshaped to `sizes`.
    #[must_use]
    #[track_caller]
    pub fn reshape(self, sizes: &[usize]) -> Self {
        let reshape = |x: DynTensor| x.reshape(sizes);
        Self { scale: self.scale.map(reshape), bias: self.bias.map(reshape) }
    }
}

impl DynTensor {
    /// `(x - mean) / sqrt(variance + epsilon) · scale + bias`, the statistics over `axes`, given in ascending
    /// order: layer, group and instance norm. Scale and bias are optional, and broadcast from the last axes. A
    /// result of 0 / 0 is 0.
    #[must_use]
    #[track_caller]
    pub fn layer_norm(self, axes: &[usize], epsilon: f64, affine: Affine) -> Self {
        self.normalize(axes, NormKind { centered: true, epsilon }, None, affine)
    }

    /// `x / sqrt(mean(x²) + epsilon) · scale + bias`, the mean over `axes`, given in ascending order. Scale and
    /// bias are optional, and broadcast from the last axes. A result of 0 / 0 is 0.
    #[must_use]
    #[track_caller]
    pub fn rms_norm(self, axes: &[usize], epsilon: f64, affine: Affine) -> Self {
        self.normalize(axes, NormKind { centered: false, epsilon }, None, affine)
    }

    /// [`layer_norm`](Self::layer_norm) over the leading `axes`: batch norm in training. `moments` are those of
    /// [`moments`](Self::moments), if they are computed already.
    #[track_caller]
    pub(crate) fn batch_norm(
        self,
        axes: &[usize],
        epsilon: f64,
        moments: Option<Self>,
        affine: Affine,
    ) -> Self {
        self.normalize(axes, NormKind { centered: true, epsilon }, moments, affine)
    }

    /// The normalization `kind` with scale and bias. `moments` are those of [`moments`](Self::moments), if they
    /// are computed already.
    #[track_caller]
    fn normalize(
        self,
        axes: &[usize],
        kind: NormKind,
        moments: Option<Self>,
        Affine { scale, bias }: Affine,
    ) -> Self {
        self.check_axes("layer_norm", axes);
        let dims = self.dims();
        let Some(shape) = scale.as_ref().or(bias.as_ref()).map(Self::dims) else {
            return self.normalize_axes(axes, kind);
        };
        let fits = dims.ends_with(&shape)
            && dims.elements() > 0
            && reduction_groups(&dims, axes).is_some_and(|groups| groups.row() == shape.elements());
        if !fits {
            let scaled =
                [scale].into_iter().flatten().fold(self.normalize_axes(axes, kind), |x, y| x * y);
            return [bias].into_iter().flatten().fold(scaled, |x, y| x + y);
        }
        let steps = u64::from(scale.is_some()) + u64::from(bias.is_some());
        let full = |value| Self::from(Array::full_float(value, self.dtype(), &shape));
        let (scale, bias) = (scale.unwrap_or_else(|| full(1.0)), bias.unwrap_or_else(|| full(0.0)));
        let norm = LayerNorm { axes: Dims::new(axes), kind };
        let inputs = [self, scale, bias].into_iter().chain(moments).collect();
        Self::try_apply_all(LayerNormAffine { norm, steps }, inputs).or_panic()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;
    use crate::grad::value_and_gradients;

    const EPSILON: f64 = 1e-5;

    fn array(sizes: &[usize], element: impl Fn(i32) -> f64) -> DynTensor {
        let dims = Dims::new(sizes);
        Array::filled((0..).map(element).take(dims.elements()).collect(), dims).into()
    }
    fn x(dtype: DType) -> DynTensor {
        array(&[2, 4, 3], |i| f64::from(i * i % 17) - 3.0).cast(dtype)
    }

    /// A weighted sum of the batch norm, and its gradients with respect to x, scale and bias.
    fn batch_norm(dtype: DType, moments: Option<DynTensor>) -> Vec<Vec<u64>> {
        let scale = array(&[3], |i| f64::from(i) - 0.5).cast(dtype);
        let bias = array(&[3], f64::from).cast(dtype);
        let weights = array(&[2, 4, 3], |i| f64::from(i * 7 % 5)).cast(dtype);
        let function = |[x, scale, bias]: [DynTensor; 3]| {
            let affine = Affine { scale: Some(scale), bias: Some(bias) };
            (x.batch_norm(&[0, 1], EPSILON, moments, affine) * weights).sum(&[0, 1, 2])
        };
        let (value, gradients) = value_and_gradients(function, [x(dtype), scale, bias]);
        let bits = |x: DynTensor| {
            let elements = x.cast(DType::F64).array().to_vec::<f64>().expect("cast to f64");
            elements.into_iter().map(f64::to_bits).collect()
        };
        [value].into_iter().chain(gradients).map(bits).collect()
    }

    #[test]
    fn moments_as_an_input_change_no_bit_of_a_value_or_gradient() {
        for dtype in [DType::F32, DType::F64] {
            let moments = x(dtype).moments(&[0, 1], EPSILON);
            assert_eq!(batch_norm(dtype, Some(moments)), batch_norm(dtype, None), "{dtype}");
        }
    }

    #[test]
    fn moments_are_read_from_the_input() {
        let shifted = x(DType::F64).moments(&[0, 1], EPSILON).add_scalar(1.0);
        assert_ne!(batch_norm(DType::F64, Some(shifted)), batch_norm(DType::F64, None));
    }

    #[test]
    fn moments_of_another_shape_or_type_are_refused() {
        let norm = LayerNorm {
            axes: Dims::new(&[0, 1]),
            kind: NormKind { centered: true, epsilon: EPSILON },
        };
        let refusal = |moments: DynTensor| {
            let row = || array(&[3], f64::from);
            let operation = LayerNormAffine { norm, steps: 2 };
            DynTensor::try_apply(operation, [x(DType::F64), row(), row(), moments])
                .unwrap_err()
                .to_string()
        };
        let message = |found: &str| {
            format!(
                "`layer_norm_affine` takes the mean and variance of (2, 4, 3) of f64, found {found}"
            )
        };
        assert_eq!(refusal(array(&[2, 4], f64::from)), message("(2, 4) of f64"));
        let narrow = array(&[2, 3], f64::from).cast(DType::F32);
        assert_eq!(refusal(narrow), message("(2, 3) of f32"));
    }
}
