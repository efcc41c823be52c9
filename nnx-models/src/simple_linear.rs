//! One linear layer.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::Linear;
use nnx_core::size::{Dim, Size};
use nnx_core::{Module, Tensor};

/// One linear layer, the least of all models: rows `(B, In)` to `(B, Out)`.
///
/// With cross-entropy it is multinomial logistic regression, with the square of the error linear
/// regression.
///
/// ```text
/// (B, In)   linear   (B, Out)
/// ```
///
/// It has `In Out + Out` parameters: 7,850 from the 784 pixels of a digit to 10 classes. From the same
/// seed it has the same initial weights as the Flax model.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, ParameterCount}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U10, U784};
/// use nnx_models::SimpleLinear;
///
/// const _: () = assert!(SimpleLinear::<U784, U10>::PARAMETERS == 7_850);
/// let model = SimpleLinear::<U784, U10>::init(&mut Rngs::new(0));
/// let images: Tensor![Batch, 28, 28, 1] = Tensor::from_vec(vec![0.5; 2 * 28 * 28])?;
/// let logits: Tensor![Batch, 10] = model.infer(images.flatten());
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
pub struct SimpleLinear<In: Size, Out: Size> {
    /// The only layer.
    pub linear: Linear<In, Out>,
}

impl<B: Dim, In: Size, Out: Size> Layer<Tensor![B, In]> for SimpleLinear<In, Out> {
    type Output = Tensor![B, Out];

    fn forward(&self, x: Tensor![B, In], pass: &mut Pass) -> Self::Output {
        self.linear.forward(x, pass)
    }
}
