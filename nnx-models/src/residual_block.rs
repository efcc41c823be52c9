//! Two convolutions with a skip connection.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{BatchNorm, Conv};
use nnx_core::size::{Dim, Size, U3};
use nnx_core::{Module, Tensor};

/// Two convolutions with a skip connection, `relu(x + f(x))`: images `(B, H, W, C)` of any size to the same
/// shape.
///
/// ```text
/// (B, H, W, C)   conv 3x3, batch norm, relu   (B, H, W, C)
/// (B, H, W, C)   conv 3x3, batch norm         (B, H, W, C)
/// (B, H, W, C)   + x, relu                    (B, H, W, C)
/// ```
///
/// It has `18 C² + 6 C` parameters, 74,112 for 64 channels, and `4 C` running statistics. From the same
/// seed it has the same initial weights as the Flax model.
///
/// Paper: He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016 (figure 2). The
/// convolutions have a bias, Flax's default; the paper's have none.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, ParameterCount}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U64};
/// use nnx_models::ResidualBlock;
///
/// const _: () = assert!(ResidualBlock::<U64>::PARAMETERS == 74_112);
/// let block = ResidualBlock::<U64>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 8, 5, 64] = Tensor::from_vec(vec![0.5; 2 * 8 * 5 * 64])?;
/// let y: Tensor![Batch, 8, 5, 64] = block.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
pub struct ResidualBlock<C: Size> {
    /// The first convolution.
    pub conv1: Conv<C, C, (U3, U3)>,
    /// The normalization after the first convolution.
    pub norm1: BatchNorm<C>,
    /// The second convolution.
    pub conv2: Conv<C, C, (U3, U3)>,
    /// The normalization after the second convolution.
    pub norm2: BatchNorm<C>,
}

impl<B: Dim, H: Dim, W: Dim, C: Size> Layer<Tensor![B, H, W, C]> for ResidualBlock<C> {
    type Output = Tensor![B, H, W, C];

    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let y = self.conv1.forward(x.clone(), pass);
        let y = self.norm1.forward(y, pass).relu();
        let y = self.conv2.forward(y, pass);
        (x + self.norm2.forward(y, pass)).relu()
    }
}
