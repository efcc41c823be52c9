//! A bilinear layer.

use super::KernelOptions;
use super::bounds::last_axis_is;
use crate::array::{Dims, product};
use crate::module::{Layer, Param, Pass};
use crate::random::Rngs;
use crate::size::rules::LastAxis;
use crate::size::{Shape, Size};
use crate::tensor::{InputElement, Real, Tensor};

/// `y[o] = Σ x[i] W[j, i, o] z[j] + b[o]` over the last axes of a pair of inputs `(x, z)`: `(.., First)` and
/// `(.., Second)` with the same leading axes give `(.., Out)`.
///
/// Cost: one product with the kernel as a matrix of First · Second rows, and activations of 2 · First · Second elements
/// for each example: the outer product of its features.
///
/// Without a bias it is [`WithoutBias<Bilinear<..>>`](super::WithoutBias).
///
/// | | |
/// |---|---|
/// | variables | `kernel` (Second, First, Out), `lecun_normal` of a matrix of First · Second rows; `bias` (Out,), zeros |
/// | Flax | none |
/// | PyTorch | `nn.Bilinear(First, Second, Out)`, whose weight (Out, First, Second) has the axes in reverse order, and is initialized uniformly within ±√(1 / First) |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::Bilinear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U3, U4};
///
/// let layer = Bilinear::<U3, U2, U4>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 3] = Tensor::from_vec(vec![1.0; 15])?;
/// let z: Tensor![Batch, 2] = Tensor::from_vec(vec![1.0; 10])?;
/// let y: Tensor![Batch, 4] = layer.infer((x, z));
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Panics
/// `forward`, if runtime axes of the inputs, such as the batch, differ in size.
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&KernelOptions::default(), rngs))]
pub struct Bilinear<First: Size, Second: Size, Out: Size, E: Real = f32> {
    /// The weights (Second, First, Out).
    pub kernel: Param<(Second, First, Out), E>,
    /// The bias (Out,), if the layer has one.
    pub bias: Option<Param<(Out,), E>>,
}

impl<First: Size, Second: Size, Out: Size, E: Real> Bilinear<First, Second, Out, E> {
    /// A layer with weights initialized by `options`, which see the kernel as a matrix (Second · First, Out). The kernel
    /// takes its random key from `rngs` first, then the bias.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &KernelOptions, rngs: &mut Rngs) -> Self {
        let rows = First::USIZE * Second::USIZE;
        Self {
            kernel: options.draw_kernel_as(&[rows, Out::USIZE], rngs),
            bias: options.draw_bias(rngs),
        }
    }
}

impl<S, T, First, Second, Out, E, F> Layer<(Tensor<S, F>, Tensor<T, F>)>
    for Bilinear<First, Second, Out, E>
where
    S: LastAxis<Last: BilinearFirst<S, First>>,
    T: LastAxis<Last: BilinearSecond<T, Second>> + PairedWith<S>,
    First: Size,
    Second: Size,
    Out: Size,
    E: Real,
    F: InputElement<E>,
{
    type Output = Tensor<S::With<Out>, E>;

    #[track_caller]
    fn forward(&self, (x, z): (Tensor<S, F>, Tensor<T, F>), pass: &mut Pass) -> Self::Output {
        let (dims, others) = (x.dims(), z.dims());
        let last = dims.len() - 1;
        assert!(
            dims[..last] == others[..last],
            "`Bilinear` takes two inputs with the same axes but for the last one, found shapes {dims} and {others}"
        );
        let n = product(dims[..last].iter().copied());
        let [first, second] = [First::USIZE, Second::USIZE];
        let (x, z) = (x.into_dyn(), z.into_dyn());
        let pairs = z.reshape(&[n, second, 1]) * x.reshape(&[n, 1, first]);
        let kernel = self.kernel.get(pass).into_dyn().reshape(&[second * first, Out::USIZE]);
        let bias = self.bias.as_ref().map(|bias| bias.get(pass).into_dyn());
        let y = pairs.reshape(&[n, second * first]).linear(kernel, bias);
        let sizes: Dims = dims[..last].iter().copied().chain([Out::USIZE]).collect();
        Tensor::trusted(y.reshape(&sizes))
    }
}

last_axis_is! {
    "Bilinear" BilinearFirst
        "`Bilinear` takes `{I}` features of its first input, which has shape `{S}`"
        "write `Bilinear<{Self}, ..>` if these are the features";
    "Bilinear" BilinearSecond
        "`Bilinear` takes `{I}` features of its second input, which has shape `{S}`"
        "write `Bilinear<.., {Self}, ..>` if these are the features";
}

/// A second input of `Bilinear`, whose axes but for the last one are those of the first, `S`.
#[diagnostic::on_unimplemented(
    message = "the inputs of `Bilinear` have shapes `{S}` and `{Self}`",
    label = "expected the same axes, but for the last one"
)]
pub trait PairedWith<S>: Shape {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis, T: LastAxis<Leading = S::Leading>> PairedWith<S> for T {}
