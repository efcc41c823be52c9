//! Low-rank adaptation.

use std::sync::Arc;

use super::bounds::last_axis_is;
use super::cost::{costs, larger};
use super::{KernelOptions, Linear};
use crate::module::{Layer, Param, Pass, Variable};
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::{self, Initializer};
use crate::size::Size;
use crate::size::rules::LastAxis;
use crate::tensor::{InputElement, Real, Tensor};

crate::kind! {
    /// Weights of a low-rank adaptation (`nnx.LoRAParam`): train these alone with
    /// `Filter::kind::<LoraParam>()`.
    pub LoraParam: crate::module::kind::Param
}

/// `y = x A B`: a linear layer of rank `Rank`, whose output is initially 0 (Hu et al., 2021).
///
/// | | |
/// |---|---|
/// | variables | of kind [`LoraParam`]: `lora_a` (In, Rank), `he_uniform`; `lora_b` (Rank, Out), zeros |
/// | Flax | `nnx.LoRA(in, rank, out, rngs=rngs)`. It adds the output of a `base_module`: here write `base.forward(x.clone(), pass) + lora.forward(x, pass)`, or use [`LoraLinear`] |
/// | PyTorch | `peft`, which scales by alpha / rank |
///
/// ```
/// use nnx_core::{module::{Init, Layer}, nn::Lora, random::Rngs, size::{U2, U3, U4}, tensor::Tensor};
///
/// let lora = Lora::<U3, U2, U4>::init(&mut Rngs::new(0));
/// assert_eq!(lora.infer(Tensor::from([1.0, 2.0, 3.0])).to_vec(), [0.0; 4]);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&LoraOptions::default(), rngs))]
pub struct Lora<In: Size, Rank: Size, Out: Size, E: Real = f32> {
    /// The weights (In, Rank).
    pub lora_a: Variable<Tensor<(In, Rank), E>, LoraParam>,
    /// The weights (Rank, Out).
    pub lora_b: Variable<Tensor<(Rank, Out), E>, LoraParam>,
}

/// The initializers of the matrices of a [`Lora`]. The defaults are Flax's: `he_uniform` for A and zeros for B, so
/// that the adaptation initially adds 0.
///
/// ```
/// use nnx_core::{nn::{Lora, LoraOptions}, random::{Rngs, init}, size::{U2, U3, U4}};
///
/// let options = LoraOptions::default().a(init::normal(0.02));
/// let lora = Lora::<U3, U2, U4>::with(&options, &mut Rngs::new(0));
/// assert_eq!(lora.lora_b.value().to_vec(), [0.0; 8]);
/// ```
#[derive(Debug, Clone)]
pub struct LoraOptions {
    a: Arc<dyn Initializer>,
    b: Arc<dyn Initializer>,
}

impl Default for LoraOptions {
    fn default() -> Self {
        Self { a: Arc::new(init::he_uniform()), b: Arc::new(init::zeros()) }
    }
}

impl LoraOptions {
    /// The initializer of A (`a_initializer`).
    #[must_use]
    pub fn a(self, initializer: impl Initializer + 'static) -> Self {
        Self { a: Arc::new(initializer), ..self }
    }

    /// The initializer of B (`b_initializer`).
    #[must_use]
    pub fn b(self, initializer: impl Initializer + 'static) -> Self {
        Self { b: Arc::new(initializer), ..self }
    }
}

impl<In: Size, Rank: Size, Out: Size, E: Real> Lora<In, Rank, Out, E> {
    /// A layer with weights initialized by `options`. A takes its random key from `rngs` first, then B.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &LoraOptions, rngs: &mut Rngs) -> Self {
        Self {
            lora_a: Variable::drawn(&*options.a, rngs),
            lora_b: Variable::drawn(&*options.b, rngs),
        }
    }

    fn product(&self, x: DynTensor, pass: &Pass) -> DynTensor {
        x.matmul(self.lora_a.get(pass).into_dyn()).matmul(self.lora_b.get(pass).into_dyn())
    }
}

impl<S, In: Size, Rank: Size, Out: Size, E: Real, F: InputElement<E>> Layer<Tensor<S, F>>
    for Lora<In, Rank, Out, E>
where
    S: LastAxis<Last: LoraFeatures<S, In>>,
{
    type Output = Tensor<S::With<Out>, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        Tensor::trusted(self.product(x.into_dyn(), pass))
    }
}

/// A linear layer and its low-rank adaptation: `y = x W + b + x A B`.
///
/// | | |
/// |---|---|
/// | variables | `kernel` (In, Out), `bias` (Out,) as those of [`Linear`](super::Linear); `lora/lora_a`, `lora/lora_b` as those of [`Lora`] |
/// | Flax | `nnx.LoRALinear(in, out, lora_rank=rank, rngs=rngs)` |
/// | PyTorch | `peft`, which scales by alpha / rank |
///
/// ```
/// use nnx_core::{module::{Filter, Init, Layer, state_of}, nn::{LoraLinear, LoraParam}, random::Rngs};
/// use nnx_core::{size::{U2, U3, U4}, tensor::Tensor};
///
/// let layer = LoraLinear::<U3, U2, U4>::init(&mut Rngs::new(0));
/// let y: Tensor<(U4,)> = layer.infer(Tensor::from([1.0, 2.0, 3.0]));
/// let adapted = state_of(&Filter::kind::<LoraParam>(), &layer);
/// assert_eq!(adapted.iter().count(), 2);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&KernelOptions::default(), rngs))]
pub struct LoraLinear<In: Size, Rank: Size, Out: Size, E: Real = f32> {
    /// The weights (In, Out).
    pub kernel: Param<(In, Out), E>,
    /// The bias (Out,), if the layer has one.
    pub bias: Option<Param<(Out,), E>>,
    /// The adaptation.
    pub lora: Lora<In, Rank, Out, E>,
}

impl<In: Size, Rank: Size, Out: Size, E: Real> LoraLinear<In, Rank, Out, E> {
    /// A layer whose linear part is initialized by `options`. The adaptation takes its random keys from `rngs` last. To
    /// initialize it in a different way, set the field `lora` to a layer made by [`Lora::with`].
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &KernelOptions, rngs: &mut Rngs) -> Self {
        Self {
            kernel: options.draw_kernel(rngs),
            bias: options.draw_bias(rngs),
            lora: Lora::with(&LoraOptions::default(), rngs),
        }
    }
}

impl<In: Size, Rank: Size, Out: Size, E: Real> LoraLinear<In, Rank, Out, E> {
    /// A layer with the weights of `linear` and a new adaptation, which adds 0 at first (`peft.get_peft_model`). The
    /// adaptation takes its random keys from `rngs`.
    ///
    /// Replacing a layer by one of another type changes the type of the model. If the type is a parameter of the model,
    /// take the model apart and put it together again:
    ///
    /// ```
    /// use nnx_core::{Module, Tensor, module::{Init, Layer, Pass}, nn::{Linear, LoraLinear}};
    /// use nnx_core::{random::Rngs, size::{Batch, U2, U3, U4}, tensor::Tensor};
    ///
    /// #[derive(Module)]
    /// struct Net<Hidden = Linear<U4, U3>> {
    ///     hidden: Hidden,
    ///     head: Linear<U3, U2>,
    /// }
    /// impl<Hidden> Layer<Tensor![Batch, 4]> for Net<Hidden>
    /// where
    ///     Hidden: Layer<Tensor![Batch, 4], Output = Tensor![Batch, 3]>,
    /// {
    ///     type Output = Tensor![Batch, 2];
    ///     fn forward(&self, x: Tensor![Batch, 4], pass: &mut Pass) -> Self::Output {
    ///         self.head.forward(self.hidden.forward(x, pass).relu(), pass)
    ///     }
    /// }
    ///
    /// let mut rngs = Rngs::new(0);
    /// let net: Net = Net::init(&mut rngs);
    /// let x: Tensor![Batch, 4] = Tensor::from_vec(vec![1.0; 8])?;
    /// let before = net.infer(x.clone());
    ///
    /// let Net { hidden, head } = net;
    /// let net = Net { hidden: LoraLinear::<_, U2, _>::around(hidden, &mut rngs), head };
    /// assert_eq!(net.infer(x).to_vec(), before.to_vec());
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn around(linear: Linear<In, Out, E>, rngs: &mut Rngs) -> Self {
        let Linear { kernel, bias } = linear;
        Self { kernel, bias, lora: Lora::with(&LoraOptions::default(), rngs) }
    }

    /// One linear layer with the kernel `W + A B` (`merge_and_unload` of PyTorch's `peft`). Its outputs are those of this
    /// layer up to rounding.
    ///
    /// ```
    /// use nnx_core::{module::{Init, Layer}, nn::{Linear, LoraLinear}, random::Rngs, size::{U2, U3, U4}};
    /// use nnx_core::tensor::Tensor;
    ///
    /// let layer = LoraLinear::<U3, U2, U4>::init(&mut Rngs::new(0));
    /// let x = || Tensor::from([1.0, 2.0, 3.0]);
    /// let y = layer.infer(x()).to_vec();
    /// let merged: Linear<U3, U4> = layer.merged();
    /// assert_eq!(merged.infer(x()).to_vec(), y);
    /// ```
    #[must_use]
    #[doc(alias = "merge_and_unload")]
    pub fn merged(self) -> Linear<In, Out, E> {
        let Self { mut kernel, bias, lora: Lora { lora_a, lora_b } } = self;
        let [a, b] = [lora_a.value().array().clone(), lora_b.value().array().clone()];
        let product = DynTensor::from(a).matmul(DynTensor::from(b));
        let sum = DynTensor::from(kernel.value().array().clone()) + product;
        kernel.replace(Tensor::trusted(sum));
        Linear { kernel, bias }
    }
}

impl<S, In: Size, Rank: Size, Out: Size, E: Real, F: InputElement<E>> Layer<Tensor<S, F>>
    for LoraLinear<In, Rank, Out, E>
where
    S: LastAxis<Last: LoraLinearFeatures<S, In>>,
{
    type Output = Tensor<S::With<Out>, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let x = x.into_dyn();
        let bias = self.bias.as_ref().map(|bias| bias.get(pass).into_dyn());
        let y = x.clone().linear(self.kernel.get(pass).into_dyn(), bias);
        Tensor::trusted(y + self.lora.product(x, pass))
    }
}

last_axis_is! {
    "Lora" LoraFeatures
        "`Lora` takes `{I}` features, but its input has shape `{S}`"
        "write `Lora<{Self}, ..>` if these are the features";
    "LoraLinear" LoraLinearFeatures
        "`LoraLinear` takes `{I}` features, but its input has shape `{S}`"
        "write `LoraLinear<{Self}, ..>` if these are the features";
}

costs! {
    // Two products, of which the second starts when the first is done: the larger pair of operands counts as memory.
    [In: Size, Rank: Size, Out: Size, E: Real] Lora<In, Rank, Out, E>,
        |x, y| 2 * Rank::USIZE as u64 * (x + y),
        low_rank::<In, Rank>(x) + larger(x, y);
    // In addition to `Lora`, the frozen layer, whose output is kept, and the sum of both outputs.
    [In: Size, Rank: Size, Out: Size, E: Real] LoraLinear<In, Rank, Out, E>,
        |x, y| 2 * Rank::USIZE as u64 * (x + y) + (2 * In::USIZE as u64 + 2) * y,
        y + low_rank::<In, Rank>(x) + larger(x, y);
}

/// The bytes of `x A` for an input of `x` bytes. An input of a different type has elements of the same size.
const fn low_rank<In: Size, Rank: Size>(x: u64) -> u64 {
    match In::USIZE as u64 {
        0 => 0,
        features => x / features * Rank::USIZE as u64,
    }
}
