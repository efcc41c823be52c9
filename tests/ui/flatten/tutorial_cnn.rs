//! The network of `examples/mnist.rs` with the size of the flattened image for 5 x 5 positions, not 7 x 7.

use nnx::prelude::*;

#[derive(Module)]
struct SimpleCnn<Classes: Size> {
    conv1: Conv<U1, U32, (U3, U3)>,
    conv2: Conv<U32, U64, (U3, U3)>,
    dense1: Linear<dim!(64 * 5 * 5), U128>,
    dense2: Linear<U128, Classes>,
}

impl<B: Dim, Classes: Size> Layer<Tensor![B, 28, 28, 1]> for SimpleCnn<Classes> {
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) -> Self::Output {
        let x = self.conv1.forward(x, pass).relu().max_pool::<(U2, U2)>(); // (B, 14, 14, 32)
        let x = self.conv2.forward(x, pass).relu().max_pool::<(U2, U2)>(); // (B, 7, 7, 64)
        let x = self.dense1.forward(x.flatten(), pass).relu(); // (B, 128)
        self.dense2.forward(x, pass)
    }
}

fn main() {}
