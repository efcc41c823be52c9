//! Convolution over one to three spatial axes, and its gradients with respect to input and kernel.
//!
//! `Σ dy · (x * k)` is linear in each of `x`, `k` and `dy`. Each of the three operations here takes two of
//! these tensors and returns the gradient of the sum with respect to the third. So the gradient of each is
//! computed by the other two, to any order. The forward operation may take a bias as a third input.

use super::operation::{Keeps, Operation, Signature, count_flops};
use super::windows::{Windows, image};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError};
use crate::kernel::convolution::{self, Channels, Geometry};

/// The parameters of a convolution: everything but the batch size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvDims {
    /// Kernel size, stride, dilation and padding of each spatial axis.
    pub windows: Windows,
    /// Sizes of the input's spatial axes.
    pub input: Dims,
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// The number of groups of channels (`groups` in PyTorch, `feature_group_count` in Flax).
    pub groups: usize,
}

impl ConvDims {
    fn geometry(&self) -> Geometry {
        self.windows.geometry(&self.input)
    }
    fn channels(&self) -> Channels {
        Channels { input: self.in_channels, output: self.out_channels, groups: self.groups }
    }
    fn image(&self, batch: usize) -> Dims {
        image(batch, &self.input, self.in_channels)
    }
    fn output_image(&self, batch: usize) -> Dims {
        image(batch, &self.windows.positions(&self.input), self.out_channels)
    }
    fn kernel(&self) -> Dims {
        let channels = [self.in_channels / self.groups, self.out_channels];
        self.windows.iter().map(|window| window.size).chain(channels).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// (x, k) → y, or (x, k, bias) → y + bias
    Forward,
    /// (dy, k) → dx
    InputGradient,
    /// (x, dy) → dk
    KernelGradient,
}

#[derive(Debug, Clone, Copy)]
struct Convolution {
    direction: Direction,
    dims: ConvDims,
}

impl Convolution {
    fn call(&self, direction: Direction, a: &DynTensor, b: &DynTensor) -> DynTensor {
        DynTensor::apply(Self { direction, dims: self.dims }, [a.clone(), b.clone()])
    }
}

impl Operation for Convolution {
    fn name(&self) -> &'static str {
        match self.direction {
            Direction::Forward => "conv",
            Direction::InputGradient => "conv_transpose",
            Direction::KernelGradient => "conv_kernel_gradient",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let (a, b, bias) = match inputs {
            [a, b] => (a, b, None),
            [a, b, bias] if self.direction == Direction::Forward => (a, b, Some(bias)),
            _ => return Err(ShapeError::operands(self.name(), "takes two inputs")),
        };
        let d = &self.dims;
        d.windows.check(self.name(), &d.input, d.in_channels)?;
        let mixes = |channels: usize| d.groups == 0 || !channels.is_multiple_of(d.groups);
        if mixes(d.in_channels) || mixes(d.out_channels) {
            let problem = format!(
                "takes groups that divide the channels, found {} groups of {} input and {} output channels",
                d.groups, d.in_channels, d.out_channels
            );
            return Err(ShapeError::operands(self.name(), problem));
        }
        let batch = a.dims.first().copied().unwrap_or(0);
        let (first, second, output) = match self.direction {
            Direction::Forward => (d.image(batch), d.kernel(), d.output_image(batch)),
            Direction::InputGradient => (d.output_image(batch), d.kernel(), d.image(batch)),
            Direction::KernelGradient => (d.image(batch), d.output_image(batch), d.kernel()),
        };
        if a.dims != first || b.dims != second || a.dtype != b.dtype || !a.dtype.is_float() {
            let problem = format!(
                "takes shapes {first} and {second} of one floating-point type, found {a} and {b}"
            );
            return Err(ShapeError::operands(self.name(), problem));
        }
        let expected = Signature { dims: Dims::new(&[d.out_channels]), ..*a };
        if let Some(bias) = bias.filter(|&&bias| bias != expected) {
            let problem = format!("takes a bias {expected}, found {bias}");
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(Signature { dims: output, ..*a })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (a, b) = (inputs[0].contiguous(), inputs[1].contiguous());
        let bias = inputs.get(2).map(Array::contiguous);
        let (g, c) = (self.dims.geometry(), self.dims.channels());
        let batch = a.dims()[0];
        for_float!(a.dtype(), E => {
            let (a, b) = (a.slice::<E>(), b.slice::<E>());
            let bias = bias.as_ref().map(Array::slice::<E>);
            let dims = match self.direction {
                Direction::Forward => self.dims.output_image(batch),
                Direction::InputGradient => self.dims.image(batch),
                Direction::KernelGradient => self.dims.kernel(),
            };
            Array::build(dims, |out| match self.direction {
                Direction::Forward => convolution::forward(&g, &c, a, b, bias, out),
                Direction::InputGradient => convolution::input_gradient(&g, &c, a, b, out),
                Direction::KernelGradient => convolution::kernel_gradient(&g, &c, a, b, out),
            })
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        use Direction::{Forward, InputGradient, KernelGradient};
        let ([a, b, ..], g) = (at.inputs, &at.gradient) else {
            unreachable!("two inputs were checked")
        };
        Some(match (self.direction, index) {
            (Forward, 0) => self.call(InputGradient, g, b),
            (Forward, 1) => self.call(KernelGradient, a, g),
            (Forward, _) => g.clone().sum(&(0..g.rank() - 1).collect::<Vec<_>>()),
            (InputGradient, 0) => self.call(Forward, g, b),
            (InputGradient, _) => self.call(KernelGradient, g, a),
            (KernelGradient, 0) => self.call(InputGradient, b, g),
            (KernelGradient, _) => self.call(Forward, a, g),
        })
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let batch = inputs[0].dims[0];
        let window = self.dims.kernel().elements() / self.dims.out_channels.max(1);
        let products =
            count_flops(self.dims.output_image(batch).elements(), count_flops(window, 2));
        products.saturating_add(if inputs.len() > 2 { output.elements() as u64 } else { 0 })
    }
}

impl DynTensor {
    /// The convolution of images `(B, .., C)` with a kernel `(.., C / groups, O)`, plus a bias `(O,)` if given.
    #[must_use]
    #[track_caller]
    pub fn conv(self, kernel: Self, bias: Option<Self>, dims: ConvDims) -> Self {
        let operation = Convolution { direction: Direction::Forward, dims };
        match bias {
            None => Self::apply(operation, [self, kernel]),
            Some(bias) => Self::apply(operation, [self, kernel, bias]),
        }
    }

    /// The gradient of [`conv`](Self::conv) with respect to its input, for an output gradient `(B, .., O)`: the
    /// transposed convolution.
    #[must_use]
    #[track_caller]
    pub fn conv_transpose(self, kernel: Self, dims: ConvDims) -> Self {
        Self::apply(Convolution { direction: Direction::InputGradient, dims }, [self, kernel])
    }
}
