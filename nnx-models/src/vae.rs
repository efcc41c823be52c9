//! A variational autoencoder: it encodes examples as distributions, and decodes random codes to new examples.

use nnx_core::module::{Layer, Pass, RngStream};
use nnx_core::nn::{Linear, Relu, sigmoid_binary_cross_entropy};
use nnx_core::size::rules::Axis;
use nnx_core::size::{Dim, Size};
use nnx_core::tensor::{MemberResult, Tensor};
use nnx_core::{Module, Tensor};

/// A variational autoencoder of `In` features from 0 to 1, such as pixels, with one hidden layer in the
/// encoder and one in the decoder (Kingma and Welling, 2014).
///
/// ```text
/// x     (B, In)       linear, relu   (B, Hidden)   linear   mean          (B, Latent)
///                                                  linear   log_variance  (B, Latent)
/// code  (B, Latent) = mean + exp(log_variance / 2) * noise
/// code  (B, Latent)   linear, relu   (B, Hidden)   linear   logits        (B, In)
/// ```
///
/// The noise is standard normal. It comes from the model's own random stream, forked from `noise` when the
/// model is made. An evaluation pass has no noise: the code is the mean.
///
/// ```
/// use nnx_core::module::{Init, Layer, ParameterCount, value_and_grad};
/// use nnx_core::{Tensor, dim, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U20, U400};
/// use nnx_models::Vae;
///
/// type Model = Vae<dim!(28 * 28), U400, U20>;
/// const _: () = assert!(Model::PARAMETERS == 652_824);
/// let mut model = Model::init(&mut Rngs::new(0));
/// let images: Tensor![Batch, 784] = Tensor::from_vec(vec![0.5; 2 * 784])?;
/// let (loss, grads) = value_and_grad(&mut model, |model, pass| {
///     model.forward(images.clone(), pass).negative_elbo(images.clone()).mean()
/// })?;
/// let codes: Tensor![Batch, 20] = Tensor::from_vec(vec![0.0; 3 * 20])?;
/// let new: Tensor![Batch, 784] = model.generate(codes);
/// assert!(new.to_vec().iter().all(|pixel| (0.0..=1.0).contains(pixel)));
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
pub struct Vae<In: Size, Hidden: Size, Latent: Size> {
    /// The encoder's hidden layer: (B, In) to (B, Hidden).
    pub hidden: Linear<In, Hidden>,
    /// The mean of the code: (B, Hidden) to (B, Latent).
    pub mean: Linear<Hidden, Latent>,
    /// The logarithm of the variance of the code: (B, Hidden) to (B, Latent).
    pub log_variance: Linear<Hidden, Latent>,
    /// The random stream of the noise in training passes.
    #[module(init = RngStream::forked("noise", rngs))]
    pub noise: RngStream,
    /// The decoder, from a code to the logits of the features: (B, Latent) to (B, In).
    pub decoder: (Linear<Latent, Hidden>, Relu, Linear<Hidden, In>),
}

/// The output of a [`Vae`] for B examples.
#[derive(Debug, Clone)]
pub struct VaeOutput<B: Dim, In: Size, Latent: Size> {
    /// Logits of each feature.
    pub logits: Tensor<(B, In)>,
    /// Mean of the code's distribution.
    pub mean: Tensor<(B, Latent)>,
    /// Logarithm of its variance, for each element of the code.
    pub log_variance: Tensor<(B, Latent)>,
}

impl<In: Size, Hidden: Size, Latent: Size> Vae<In, Hidden, Latent> {
    /// The distribution of the code of each example: mean and logarithm of the variance.
    pub fn encode<B: Dim>(
        &self,
        x: Tensor![B, In],
        pass: &mut Pass,
    ) -> (Tensor![B, Latent], Tensor![B, Latent]) {
        let x = self.hidden.forward(x, pass).relu();
        (self.mean.forward(x.clone(), pass), self.log_variance.forward(x, pass))
    }

    /// The logits of the features, decoded from a code.
    pub fn decode<B: Dim>(&self, code: Tensor![B, Latent], pass: &mut Pass) -> Tensor![B, In] {
        self.decoder.forward(code, pass)
    }

    /// The features, from 0 to 1, decoded from a code. Standard normal codes give new examples.
    pub fn generate<B: Dim>(&self, code: Tensor![B, Latent]) -> Tensor![B, In] {
        self.decode(code, &mut Pass::eval()).sigmoid()
    }
}

impl<B: Dim, In: Size, Hidden: Size, Latent: Size> Layer<Tensor![B, In]>
    for Vae<In, Hidden, Latent>
{
    type Output = VaeOutput<B, In, Latent>;

    fn forward(&self, x: Tensor![B, In], pass: &mut Pass) -> Self::Output {
        let (mean, log_variance) = self.encode(x, pass);
        let code = if self.noise.may_draw(pass) {
            let noise = self.noise.sample(pass, |key| mean.normal_like(key));
            mean.clone() + (log_variance.clone() * 0.5).exp() * noise
        } else {
            mean.clone()
        };
        VaeOutput { logits: self.decode(code, pass), mean, log_variance }
    }
}

/// In an `Ensemble` of `N` models: the logits, the means and the logarithms of the variances of all members.
impl<N: Dim, B: Dim, In: Size, Latent: Size> MemberResult<N> for VaeOutput<B, In, Latent> {
    type All = (Tensor![N, B, In], Tensor![N, B, Latent], Tensor![N, B, Latent]);

    fn all_members(self, level: u64, size: usize) -> Self::All {
        (self.logits, self.mean, self.log_variance).all_members(level, size)
    }
}

impl<B: Dim, In: Size, Latent: Size> VaeOutput<B, In, Latent> {
    /// The negative evidence lower bound of each example `x`, in nats: the reconstruction loss of
    /// its features, plus the KL divergence of the code's distribution from the standard normal one.
    ///
    /// ```text
    /// Σ over features of  cross-entropy(x, sigmoid(logits))
    ///   - 1/2 Σ over the code of  (1 + log_variance - mean² - exp(log_variance))
    /// ```
    pub fn negative_elbo(self, x: Tensor![B, In]) -> Tensor![B] {
        let reconstruction = sigmoid_binary_cross_entropy(self.logits, x);
        let (mean, log_variance) = (self.mean, self.log_variance);
        let divergence = (mean.square() + log_variance.clone().exp() - log_variance - 1.0) * 0.5;
        reconstruction.sum_axes::<Axis<1>>() + divergence.sum_axes::<Axis<1>>()
    }
}
