//! Residual networks (He et al., 2016) with the architecture of torchvision.

mod block;
mod stages;
#[cfg(feature = "safetensors")]
mod torchvision;

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::Linear;
use nnx_core::size::rules::Axis;
use nnx_core::size::{
    Dim, Product, QuotientUp, Size, Strided, Symmetric, U2, U3, U7, U8, U32, U64,
};
use nnx_core::{Module, Tensor};

pub use block::{BasicBlock, Bottleneck, ConvNorm, Projected};
pub use stages::{BasicStages, BottleneckStages};

/// ResNet-18: 11,689,512 parameters with 1000 classes. See [`ResNet`].
pub type ResNet18<Classes, In = U3, Width = U64> =
    ResNet<BasicStages<Width, 2, 1, 1, 1>, Width, Product<Width, U8>, Classes, In>;
/// ResNet-34: 21,797,672 parameters with 1000 classes. See [`ResNet`].
pub type ResNet34<Classes, In = U3, Width = U64> =
    ResNet<BasicStages<Width, 3, 3, 5, 2>, Width, Product<Width, U8>, Classes, In>;
/// ResNet-50: 25,557,032 parameters with 1000 classes. See [`ResNet`].
pub type ResNet50<Classes, In = U3, Width = U64> =
    ResNet<BottleneckStages<Width, 2, 3, 5, 2>, Width, Product<Width, U32>, Classes, In>;
/// ResNet-101: 44,549,160 parameters with 1000 classes. See [`ResNet`].
pub type ResNet101<Classes, In = U3, Width = U64> =
    ResNet<BottleneckStages<Width, 2, 3, 22, 2>, Width, Product<Width, U32>, Classes, In>;
/// ResNet-152: 60,192,808 parameters with 1000 classes. See [`ResNet`].
pub type ResNet152<Classes, In = U3, Width = U64> =
    ResNet<BottleneckStages<Width, 2, 7, 35, 2>, Width, Product<Width, U32>, Classes, In>;

type Half<N> = QuotientUp<N, U2>;
type Quarter<N> = Half<Half<N>>;

/// A residual network for images of any size: [`ResNet18`], [`ResNet34`], [`ResNet50`], [`ResNet101`] or
/// [`ResNet152`], or a network with your own stages.
///
/// ```text
/// (B, H,    W,    In)         conv 7x7 / 2, norm, relu, max pool 3x3 / 2
/// (B, H/4,  W/4,  64)         stage 1
/// (B, H/4,  W/4,  64 or 256)  stage 2
/// (B, H/8,  W/8, 128 or 512)  stage 3
/// (B, H/16, W/16, 256 or 1024) stage 4
/// (B, H/32, W/32, 512 or 2048) mean over space, linear        (B, Classes)
/// ```
///
/// Halves are rounded up. The channels are those of `Width` = 64, with basic blocks or with bottlenecks.
///
/// | | |
/// |---|---|
/// | paper | He et al., Deep residual learning for image recognition, 2016 |
/// | PyTorch | `torchvision.models.resnet18(num_classes=..)` to `resnet152(..)`; [`torchvision`](Self::torchvision) loads their weights |
/// | padding | [`Symmetric`], as in torchvision: Flax's `SAME` pads more at the end if there are strides |
/// | normalization | momentum 0.9 (0.1 in PyTorch, which counts the new value); epsilon 1e-5 as in PyTorch. The running variance is biased; PyTorch's is unbiased |
/// | initialization | convolutions normal with variance `2 / fan_out`, as in torchvision; the last layer `lecun_normal`, where PyTorch's is uniform |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, ParameterCount}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U10, U1000, U3, U8};
/// use nnx_models::ResNet18;
///
/// const _: () = assert!(ResNet18::<U1000>::PARAMETERS == 11_689_512);
///
/// // Ten classes; and an eighth of the channels, to be quick.
/// let model = ResNet18::<U10, U3, U8>::init(&mut Rngs::new(0));
/// let images: Tensor![Batch, 33, 50, 3] = Tensor::from_vec(vec![0.5; 33 * 50 * 3])?;
/// let logits: Tensor![Batch, 10] = model.infer(images);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
pub struct ResNet<Stages, Width: Size, Features: Size, Classes: Size, In: Size = U3> {
    /// The first convolution and its normalization.
    pub stem: ConvNorm<In, Width, U7, U2>,
    /// The stages, such as [`BasicStages`] or [`BottleneckStages`].
    pub stages: Stages,
    /// The head, torchvision's `fc`: from the features to the logits.
    pub head: Linear<Features, Classes>,
}

// `OutH` and `OutW` follow from the stages, because a user's own stages may have other strides.
impl<B, H, W, OutH, OutW, Stages, Width, Features, Classes, In> Layer<Tensor![B, H, W, In]>
    for ResNet<Stages, Width, Features, Classes, In>
where
    B: Dim,
    H: Dim,
    W: Dim,
    OutH: Dim,
    OutW: Dim,
    Width: Size,
    Features: Size,
    Classes: Size,
    In: Size,
    Stages:
        Layer<Tensor![B, Quarter<H>, Quarter<W>, Width], Output = Tensor![B, OutH, OutW, Features]>,
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let features = self.features(x, pass);
        self.head.forward(features, pass)
    }
}

impl<Stages, Width: Size, Features: Size, Classes: Size, In: Size>
    ResNet<Stages, Width, Features, Classes, In>
{
    /// The output of the last stage: (B, H, W, In) to (B, ⌈H/32⌉, ⌈W/32⌉, Features).
    ///
    /// PyTorch: torchvision's `create_feature_extractor(model, ["layer4"])`.
    pub fn feature_maps<B: Dim, H: Dim, W: Dim, OutH: Dim, OutW: Dim>(
        &self,
        x: Tensor![B, H, W, In],
        pass: &mut Pass,
    ) -> Tensor![B, OutH, OutW, Features]
    where
        Stages: Layer<
                Tensor![B, Quarter<H>, Quarter<W>, Width],
                Output = Tensor![B, OutH, OutW, Features],
            >,
    {
        let x: Tensor![B, Half<H>, Half<W>, Width] = self.stem.forward(x, pass).relu();
        let x: Tensor![B, Quarter<H>, Quarter<W>, Width] =
            x.max_pool_with::<(U3, U3), (Strided<U2>, Symmetric)>();
        self.stages.forward(x, pass)
    }

    /// The input of the head: the mean of the [`feature_maps`](Self::feature_maps) over height and width.
    /// (B, H, W, In) to (B, Features).
    ///
    /// `model.head.forward(features, pass)` gives the logits.
    ///
    /// PyTorch: the output of torchvision's model after `model.fc = torch.nn.Identity()`.
    pub fn features<B: Dim, H: Dim, W: Dim, OutH: Dim, OutW: Dim>(
        &self,
        x: Tensor![B, H, W, In],
        pass: &mut Pass,
    ) -> Tensor![B, Features]
    where
        Stages: Layer<
                Tensor![B, Quarter<H>, Quarter<W>, Width],
                Output = Tensor![B, OutH, OutW, Features],
            >,
    {
        self.feature_maps(x, pass).mean_axes::<(Axis<1>, Axis<2>)>()
    }

    /// The same body with a new head, such as one for other classes.
    ///
    /// PyTorch: `model.fc = torch.nn.Linear(512, 10)`.
    ///
    /// ```
    /// use nnx_core::{Tensor, module::{Init, Layer}, nn::Linear, random::Rngs, tensor::Tensor};
    /// use nnx_core::size::{Batch, U3, U8, U10, U1000};
    /// use nnx_models::ResNet18;
    ///
    /// let rngs = &mut Rngs::new(0);
    /// let trained = ResNet18::<U1000, U3, U8>::init(rngs);
    /// let model: ResNet18<U10, U3, U8> = trained.with_head(Linear::init(rngs));
    /// let images: Tensor![Batch, 32, 32, 3] = Tensor::from_vec(vec![0.5; 32 * 32 * 3])?;
    /// let logits: Tensor![Batch, 10] = model.infer(images);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_head<Other: Size>(
        self,
        head: Linear<Features, Other>,
    ) -> ResNet<Stages, Width, Features, Other, In> {
        ResNet { stem: self.stem, stages: self.stages, head }
    }
}
