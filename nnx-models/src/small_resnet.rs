//! A small residual network.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{BatchNorm, Conv, Linear};
use nnx_core::size::rules::Axis;
use nnx_core::size::{
    Dim, GenericValid, HoldsWindow, QuotientUp, Size, Strided, U2, U3, U5, U7, U64, Windows,
};
use nnx_core::{Module, Tensor};

use crate::ResidualBlock;

/// What the first convolution leaves of a height or width.
type Half<N> = QuotientUp<N, U2>;
/// What the pool behind it leaves.
type Pooled<N> = Windows<Half<N>, U3, U2>;

/// A residual network of one stage: images `(B, H, W, 3)` of at least 5 x 5 to logits
/// `(B, Classes)`.
///
/// ```text
/// (B, H, W, 3)           conv 7x7 / 2, batch norm, relu   (B, ⌈H/2⌉, ⌈W/2⌉, 64)
/// (B, ⌈H/2⌉, ⌈W/2⌉, 64)  max pool 3x3 / 2                 (B, H', W', 64)
/// (B, H', W', 64)        3 residual blocks                (B, H', W', 64)
/// (B, H', W', 64)        mean over space                  (B, 64)
/// (B, 64)                linear                           (B, Classes)
/// ```
///
/// With 10 classes it has 232,586 parameters, and 896 running statistics. From the same seed it has the
/// same initial weights as the Flax model.
///
/// Paper: He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016. The paper's
/// network has four stages of growing width, no bias in convolutions, and symmetric padding of the stem and
/// of the pool. Here the stem has `Same` padding, which pads an even image by 2 before and 3 after, and the
/// pool has no padding.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, ParameterCount}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U10};
/// use nnx_models::SmallResNet;
///
/// const _: () = assert!(SmallResNet::<U10>::PARAMETERS == 232_586);
/// let model = SmallResNet::<U10>::init(&mut Rngs::new(0));
/// let square: Tensor![Batch, 32, 32, 3] = Tensor::from_vec(vec![0.5; 32 * 32 * 3])?;
/// let wide: Tensor![Batch, 9, 40, 3] = Tensor::from_vec(vec![0.5; 9 * 40 * 3])?;
/// let (a, b): (Tensor![Batch, 10], Tensor![Batch, 10]) = (model.infer(square), model.infer(wide));
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// A smaller image doesn't compile:
///
/// ```compile_fail,E0277
/// # use nnx_core::{Tensor, module::Layer, size::{Batch, U10}, tensor::Tensor};
/// # use nnx_models::SmallResNet;
/// fn tiny(model: &SmallResNet<U10>, images: Tensor![Batch, 4, 4, 3]) {
///     model.infer(images);
/// }
/// ```
#[derive(Debug, Clone, Module)]
pub struct SmallResNet<Classes: Size> {
    /// The first convolution.
    pub conv: Conv<U3, U64, (U7, U7), Strided<U2>>,
    /// The normalization after the first convolution.
    pub norm: BatchNorm<U64>,
    /// The residual blocks.
    pub blocks: [ResidualBlock<U64>; 3],
    /// The head: from the features to the logits.
    pub head: Linear<U64, Classes>,
}

impl<Classes: Size> SmallResNet<Classes> {
    /// The input of the head, the mean over height and width: (B, H, W, 3) to (B, 64).
    ///
    /// `model.head.forward(features, pass)` gives the logits.
    pub fn features<B: Dim, H: FillsStem, W: FillsStem>(
        &self,
        x: Tensor![B, H, W, 3],
        pass: &mut Pass,
    ) -> Tensor![B, 64] {
        let x: Tensor![B, Half<H>, Half<W>, 64] =
            self.norm.forward(self.conv.forward(x, pass), pass).relu();
        // The bound says that the window fits into what the convolution leaves.
        let x: Tensor![B, Pooled<H>, Pooled<W>, 64] =
            x.max_pool_with::<(U3, U3), (Strided<U2>, GenericValid)>();
        self.blocks.forward(x, pass).mean_axes::<(Axis<1>, Axis<2>)>()
    }

    /// The same body with a new head, such as one for other classes.
    #[must_use]
    pub fn with_head<Other: Size>(self, head: Linear<U64, Other>) -> SmallResNet<Other> {
        let Self { conv, norm, blocks, .. } = self;
        SmallResNet { conv, norm, blocks, head }
    }
}

/// A height or width of at least 5, which the stem halves and the pool after it takes windows of 3 from. A runtime axis
/// is checked at run time. Generic code has the bound `H: HoldsWindow<U5>`.
#[diagnostic::on_unimplemented(
    message = "`SmallResNet` takes images of at least 5 x 5, but an axis of its input is `{Self}`",
    label = "expected a height and width of at least 5",
    note = "where the axis is a parameter `H`, write the bound `H: HoldsWindow<U5>`"
)]
pub trait FillsStem: Dim {}
#[diagnostic::do_not_recommend]
impl<A: HoldsWindow<U5>> FillsStem for A {}

impl<B: Dim, H: FillsStem, W: FillsStem, Classes: Size> Layer<Tensor![B, H, W, 3]>
    for SmallResNet<Classes>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        let features = self.features(x, pass);
        self.head.forward(features, pass)
    }
}
