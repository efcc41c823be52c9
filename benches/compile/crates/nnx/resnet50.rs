//! ResNet-50 (He et al., 2015), each of its 16 blocks a field with its sizes, and one step of training.

use nnx::prelude::*;

type Half<N> = QuotientUp<N, U2>;

fn without_bias() -> KernelOptions {
    KernelOptions::default().without_bias()
}

/// Three convolutions, added to the input.
#[derive(Module)]
struct Bottleneck<Width: Size, Out: Size> {
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv1: Conv<Out, Width, (U1, U1)>,
    norm1: BatchNorm<Width>,
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv2: Conv<Width, Width, (U3, U3)>,
    norm2: BatchNorm<Width>,
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv3: Conv<Width, Out, (U1, U1)>,
    norm3: BatchNorm<Out>,
}

impl<B: Dim, H: Size, W: Size, Width: Size, Out: Size> Layer<Tensor![B, H, W, Out]>
    for Bottleneck<Width, Out>
{
    type Output = Tensor![B, H, W, Out];

    fn forward(&self, x: Tensor![B, H, W, Out], pass: &mut Pass) -> Self::Output {
        let y = self.conv1.forward(x.clone(), pass);
        let y = self.norm1.forward(y, pass).relu();
        let y = self.conv2.forward(y, pass);
        let y = self.norm2.forward(y, pass).relu();
        let y = self.conv3.forward(y, pass);
        (x + self.norm3.forward(y, pass)).relu()
    }
}

/// The first block of a stage: other channels, so that the input passes a convolution too.
#[derive(Module)]
struct Widening<In: Size, Width: Size, Out: Size> {
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv1: Conv<In, Width, (U1, U1)>,
    norm1: BatchNorm<Width>,
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv2: Conv<Width, Width, (U3, U3)>,
    norm2: BatchNorm<Width>,
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv3: Conv<Width, Out, (U1, U1)>,
    norm3: BatchNorm<Out>,
    #[module(init = Conv::with(&without_bias(), rngs))]
    shortcut: Conv<In, Out, (U1, U1)>,
    shortcut_norm: BatchNorm<Out>,
}

impl<B: Dim, H: Size, W: Size, In: Size, Width: Size, Out: Size> Layer<Tensor![B, H, W, In]>
    for Widening<In, Width, Out>
{
    type Output = Tensor![B, H, W, Out];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let y = self.conv1.forward(x.clone(), pass);
        let y = self.norm1.forward(y, pass).relu();
        let y = self.conv2.forward(y, pass);
        let y = self.norm2.forward(y, pass).relu();
        let y = self.conv3.forward(y, pass);
        let y = self.norm3.forward(y, pass);
        let x = self.shortcut.forward(x, pass);
        (self.shortcut_norm.forward(x, pass) + y).relu()
    }
}

/// The first block of a later stage: half the height and width, too.
#[derive(Module)]
struct Halving<In: Size, Width: Size, Out: Size> {
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv1: Conv<In, Width, (U1, U1)>,
    norm1: BatchNorm<Width>,
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv2: Conv<Width, Width, (U3, U3), Strided<U2>>,
    norm2: BatchNorm<Width>,
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv3: Conv<Width, Out, (U1, U1)>,
    norm3: BatchNorm<Out>,
    #[module(init = Conv::with(&without_bias(), rngs))]
    shortcut: Conv<In, Out, (U1, U1), Strided<U2>>,
    shortcut_norm: BatchNorm<Out>,
}

impl<B: Dim, H: Size, W: Size, In: Size, Width: Size, Out: Size> Layer<Tensor![B, H, W, In]>
    for Halving<In, Width, Out>
{
    type Output = Tensor![B, Half<H>, Half<W>, Out];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let y = self.conv1.forward(x.clone(), pass);
        let y = self.norm1.forward(y, pass).relu();
        let y = self.conv2.forward(y, pass);
        let y = self.norm2.forward(y, pass).relu();
        let y = self.conv3.forward(y, pass);
        let y = self.norm3.forward(y, pass);
        let x = self.shortcut.forward(x, pass);
        (self.shortcut_norm.forward(x, pass) + y).relu()
    }
}

#[derive(Module)]
struct ResNet50<Classes: Size> {
    #[module(init = Conv::with(&without_bias(), rngs))]
    conv1: Conv<U3, U64, (U7, U7), Strided<U2>>,
    norm1: BatchNorm<U64>,
    block1_1: Widening<U64, U64, U256>,
    block1_2: Bottleneck<U64, U256>,
    block1_3: Bottleneck<U64, U256>,
    block2_1: Halving<U256, U128, U512>,
    block2_2: Bottleneck<U128, U512>,
    block2_3: Bottleneck<U128, U512>,
    block2_4: Bottleneck<U128, U512>,
    block3_1: Halving<U512, U256, U1024>,
    block3_2: Bottleneck<U256, U1024>,
    block3_3: Bottleneck<U256, U1024>,
    block3_4: Bottleneck<U256, U1024>,
    block3_5: Bottleneck<U256, U1024>,
    block3_6: Bottleneck<U256, U1024>,
    block4_1: Halving<U1024, U512, U2048>,
    block4_2: Bottleneck<U512, U2048>,
    block4_3: Bottleneck<U512, U2048>,
    head: Linear<U2048, Classes>,
}

impl<B: Dim, Classes: Size> Layer<Tensor![B, 224, 224, 3]> for ResNet50<Classes> {
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, 224, 224, 3], pass: &mut Pass) -> Self::Output {
        let x = x * 0.5; // the line that is edited
        let x = self.conv1.forward(x, pass);
        let x = self.norm1.forward(x, pass).relu();
        let x = x.max_pool_with::<(U3, U3), (Strided<U2>, Same)>();
        let x = self.block1_1.forward(x, pass);
        let x = self.block1_2.forward(x, pass);
        let x = self.block1_3.forward(x, pass);
        let x = self.block2_1.forward(x, pass);
        let x = self.block2_2.forward(x, pass);
        let x = self.block2_3.forward(x, pass);
        let x = self.block2_4.forward(x, pass);
        let x = self.block3_1.forward(x, pass);
        let x = self.block3_2.forward(x, pass);
        let x = self.block3_3.forward(x, pass);
        let x = self.block3_4.forward(x, pass);
        let x = self.block3_5.forward(x, pass);
        let x = self.block3_6.forward(x, pass);
        let x = self.block4_1.forward(x, pass);
        let x = self.block4_2.forward(x, pass);
        let x: Tensor![B, 7, 7, 2048] = self.block4_3.forward(x, pass);
        self.head.forward(x.mean_axes::<(Axis<1>, Axis<2>)>(), pass)
    }
}

fn main() -> Result<(), nnx::Error> {
    let mut model = ResNet50::<U1000>::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let images: Tensor![Batch, 224, 224, 3] = Tensor::from_vec(vec![0.5; 2 * 224 * 224 * 3])?;
    let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![3, 7])?;
    let (loss, grads) = value_and_grad(&mut model, |model, pass| {
        softmax_cross_entropy(model.forward(images, pass), labels).mean()
    })?;
    optimizer.update(&mut model, grads)?;
    println!("{} parameters, loss {loss}", parameters(&model));
    Ok(())
}
