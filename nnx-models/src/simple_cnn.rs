//! A small convolutional network for images of digits.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{Conv, Linear};
use nnx_core::size::{Dim, Size, U1, U2, U3, U32, U64, U128};
use nnx_core::{Module, Tensor, dim};

/// 64 channels of 7 × 7, flattened.
type Flat = dim!(64 * 7 * 7);

/// Two convolutions and two linear layers, images `(B, 28, 28, 1)` to logits `(B, Classes)`.
///
/// ```text
/// (B, 28, 28,  1)   conv 3x3, relu   (B, 28, 28, 32)   max pool 2x2   (B, 14, 14, 32)
/// (B, 14, 14, 32)   conv 3x3, relu   (B, 14, 14, 64)   max pool 2x2   (B,  7,  7, 64)
/// (B, 3136)         linear, relu     (B, 128)          linear         (B, Classes)
/// ```
///
/// With 10 classes it has 421,642 parameters. From the same seed it has the same initial
/// weights as the Flax model.
///
/// Paper: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998,
/// whose LeNet-5 has fewer channels, tanh and kernels of 5 x 5.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, ParameterCount}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U10};
/// use nnx_models::SimpleCnn;
///
/// const _: () = assert!(SimpleCnn::<U10>::PARAMETERS == 421_642);
/// let model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
/// let images: Tensor![Batch, 28, 28, 1] = Tensor::from_vec(vec![0.0; 2 * 28 * 28])?;
/// let logits: Tensor![Batch, 10] = model.infer(images);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
pub struct SimpleCnn<Classes: Size> {
    /// The first convolution.
    pub conv1: Conv<U1, U32, (U3, U3)>,
    /// The second convolution.
    pub conv2: Conv<U32, U64, (U3, U3)>,
    /// The linear layer from the flattened image to 128 features.
    pub dense1: Linear<Flat, U128>,
    /// The head: from the features to the logits.
    pub dense2: Linear<U128, Classes>,
}

impl<Classes: Size> SimpleCnn<Classes> {
    /// The input of the last layer: (B, 28, 28, 1) to (B, 128).
    ///
    /// `model.dense2.forward(features, pass)` gives the logits.
    pub fn features<B: Dim>(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) -> Tensor![B, 128] {
        let x = self.conv1.forward(x, pass).relu().max_pool::<(U2, U2)>();
        let x = self.conv2.forward(x, pass).relu().max_pool::<(U2, U2)>();
        self.dense1.forward(x.flatten(), pass).relu()
    }

    /// The same network with a new last layer in place of `dense2`, such as one for other classes.
    #[must_use]
    pub fn with_head<Other: Size>(self, head: Linear<U128, Other>) -> SimpleCnn<Other> {
        let Self { conv1, conv2, dense1, .. } = self;
        SimpleCnn { conv1, conv2, dense1, dense2: head }
    }
}

impl<B: Dim, Classes: Size> Layer<Tensor![B, 28, 28, 1]> for SimpleCnn<Classes> {
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) -> Self::Output {
        let features = self.features(x, pass);
        self.dense2.forward(features, pass)
    }
}
