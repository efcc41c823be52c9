//! Convolution over one to three spatial axes, and its gradients with respect to input and kernel.
//!
//! `Σ dy · (x * k)` is linear in each of `x`, `k` and `dy`. Each of the three operations here takes two of
//! these tensors and returns the gradient of the sum with respect to the third. So the gradient of each is
//! computed by the other two, to any order. The forward operation may take a bias as a third input.

use super::attributes::{AttributeValue, attributes};
use super::batching::{divided, merged};
use super::kept::kept;
use super::operation::{Keeps, Operation, Signature, count_flops};
use super::role::{Prepared, Product, Role, RoleKind};
use super::windows::image;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError};
use crate::kernel::convolution::{self, ConvShape, Geometry, PreparedKernel};
use crate::kernel::finish::{Finish, PostOps};

/// The description that the kernels take.
///
/// # Errors
/// If the groups don't divide the channels.
pub(super) fn conv_shape(
    operation: &'static str,
    geometry: Geometry,
    [in_channels, out_channels]: [usize; 2],
    groups: usize,
) -> Result<ConvShape, ShapeError> {
    let mixes = |channels: usize| groups == 0 || !channels.is_multiple_of(groups);
    if mixes(in_channels) || mixes(out_channels) {
        let problem = format!(
            "takes groups that divide the channels, found {groups} groups of {in_channels} input and \
             {out_channels} output channels"
        );
        return Err(ShapeError::operands(operation, problem));
    }
    Ok(ConvShape { geometry, in_channels, out_channels, groups })
}

/// The shape of the input, for `batch` images.
fn input_dims(shape: &ConvShape, batch: usize) -> Dims {
    image(batch, spatial(shape, &shape.geometry.input), shape.in_channels)
}

/// The shape of the output, for `batch` images.
fn output_dims(shape: &ConvShape, batch: usize) -> Dims {
    image(batch, spatial(shape, &shape.geometry.output), shape.out_channels)
}

/// The shape of the kernel.
fn kernel_dims(shape: &ConvShape) -> Dims {
    let channels = [shape.in_channels / shape.groups, shape.out_channels];
    spatial(shape, &shape.geometry.kernel_size).iter().chain(&channels).copied().collect()
}

/// The entries of `sizes` for the spatial axes of the images: the last `rank` ones.
fn spatial<'a>(shape: &ConvShape, sizes: &'a [usize; 3]) -> &'a [usize] {
    &sizes[3 - shape.geometry.rank..]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
enum Direction {
    /// (x, k) → y, or (x, k, bias) → y + bias
    Forward,
    /// (dy, k) → dx
    InputGradient,
    /// (x, dy) → dk
    KernelGradient,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Self::Forward => "conv",
            Self::InputGradient => "conv_transpose",
            Self::KernelGradient => "conv_kernel_gradient",
        }
    }
}

#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Convolution {
    direction: Direction,
    shape: ConvShape,
}

impl Convolution {
    fn call(&self, direction: Direction, a: &DynTensor, b: &DynTensor) -> DynTensor {
        DynTensor::apply(Self { direction, shape: self.shape }, [a.clone(), b.clone()])
    }
}

impl Operation for Convolution {
    attributes!();
    fn name(&self) -> &'static str {
        self.direction.name()
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let (a, b, bias) = match inputs {
            [a, b] => (a, b, None),
            [a, b, bias] if self.direction == Direction::Forward => (a, b, Some(bias)),
            _ => return Err(ShapeError::operands(self.name(), "takes two inputs")),
        };
        let shape = &self.shape;
        let batch = a.dims.first().copied().unwrap_or(0);
        let (first, second, output) = match self.direction {
            Direction::Forward => {
                (input_dims(shape, batch), kernel_dims(shape), output_dims(shape, batch))
            }
            Direction::InputGradient => {
                (output_dims(shape, batch), kernel_dims(shape), input_dims(shape, batch))
            }
            Direction::KernelGradient => {
                (input_dims(shape, batch), output_dims(shape, batch), kernel_dims(shape))
            }
        };
        if a.dims != first || b.dims != second || a.dtype != b.dtype || !a.dtype.is_float() {
            let problem = format!(
                "takes shapes {first} and {second} of one floating-point type, found {a} and {b}"
            );
            return Err(ShapeError::operands(self.name(), problem));
        }
        let expected = Signature { dims: Dims::new(&[shape.out_channels]), ..*a };
        if let Some(bias) = bias.filter(|&&bias| bias != expected) {
            let problem = format!("takes a bias {expected}, found {bias}");
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(Signature { dims: output, ..*a })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        if self.direction == Direction::Forward && inputs[0].dtype() == DType::F32 {
            return self.run(inputs, kept(self, &inputs[0], &inputs[1]), None);
        }
        let (a, b) = (inputs[0].contiguous(), inputs[1].contiguous());
        let bias = inputs.get(2).map(Array::contiguous);
        let shape = &self.shape;
        let batch = a.dims()[0];
        for_float!(a.dtype(), E => {
            let (a, b) = (a.slice::<E>(), b.slice::<E>());
            let finish = Finish::bias(bias.as_ref().map(Array::slice::<E>));
            let dims = match self.direction {
                Direction::Forward => output_dims(shape, batch),
                Direction::InputGradient => input_dims(shape, batch),
                Direction::KernelGradient => kernel_dims(shape),
            };
            Array::build(dims, |out| match self.direction {
                Direction::Forward => convolution::forward(shape, a, b, finish, out),
                Direction::InputGradient => convolution::input_gradient(shape, a, b, out),
                Direction::KernelGradient => convolution::kernel_gradient(shape, a, b, out),
            })
        })
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let of_kernel = self.direction == Direction::KernelGradient;
        if of_kernel || members.batched[1..].contains(&true) {
            return Batching::EachMember;
        }
        // The members of a `vmap` are further images of the batch.
        let inputs = members.inputs.iter().cloned().enumerate();
        let inputs = inputs.map(|(i, x)| if i == 0 { merged(x) } else { x }).collect();
        let output = DynTensor::try_apply_all(*self, inputs);
        Batching::of(output.map(|output| divided(output, members.size)))
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
    fn role(&self) -> Role<'_> {
        match self.direction {
            Direction::Forward => Role(RoleKind::Product(self)),
            Direction::InputGradient | Direction::KernelGradient => Role::PLAIN,
        }
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let batch = inputs[0].dims[0];
        let window = kernel_dims(&self.shape).elements() / self.shape.out_channels.max(1);
        let products =
            count_flops(output_dims(&self.shape, batch).elements(), count_flops(window, 2));
        products.saturating_add(if inputs.len() > 2 { output.elements() as u64 } else { 0 })
    }
}

impl Product for Convolution {
    fn with_bias(&self) -> Box<dyn Operation> {
        Box::new(*self)
    }
    fn convolution(&self) -> Option<&ConvShape> {
        Some(&self.shape)
    }
    fn order(&self, x: &Signature) -> Option<&'static str> {
        PreparedKernel::order(&self.shape, x.dims[0])
    }
    fn prepare(&self, x: &Signature, weights: &Array) -> Option<Prepared> {
        let any = x.elements() > 0 && weights.elements() > 0 && self.shape.out_channels > 0;
        let prepare = || {
            let weights = weights.contiguous();
            PreparedKernel::new(&self.shape, weights.slice(), x.dims[0])
        };
        any.then(prepare).flatten().map(Prepared::Kernel)
    }
    fn run(
        &self,
        inputs: &[Array],
        prepared: Option<&Prepared>,
        post: Option<&dyn PostOps<f32>>,
    ) -> Array {
        let (x, k) = (inputs[0].contiguous(), inputs[1].contiguous());
        let bias = inputs.get(2).map(Array::contiguous);
        let finish = Finish { bias: bias.as_ref().map(Array::slice), post };
        let (x, k, shape) = (x.slice(), k.slice(), &self.shape);
        Array::build(output_dims(shape, inputs[0].dims()[0]), |out| match prepared {
            Some(Prepared::Kernel(prepared)) => {
                convolution::forward_prepared(shape, x, k, prepared, finish, out);
            }
            _ => convolution::forward(shape, x, k, finish, out),
        })
    }
}

impl DynTensor {
    /// The convolution of a checked shape, of an image whose padding is zeros.
    #[track_caller]
    pub(super) fn conv_forward(self, kernel: Self, bias: Option<Self>, shape: ConvShape) -> Self {
        let operation = Convolution { direction: Direction::Forward, shape };
        match bias {
            None => Self::apply(operation, [self, kernel]),
            Some(bias) => Self::apply(operation, [self, kernel, bias]),
        }
    }

    /// The gradient of [`conv_forward`](Self::conv_forward) with respect to its input, for an output gradient
    /// `(B, .., O)`: the transposed convolution.
    #[track_caller]
    pub(super) fn conv_input_gradient(self, kernel: Self, shape: ConvShape) -> Self {
        Self::apply(Convolution { direction: Direction::InputGradient, shape }, [self, kernel])
    }
}
