//! The tutorial's network for images of digits, and a program that trains it.

use nnx::prelude::*;

#[derive(Module)]
struct SimpleCnn<Classes: Size> {
    conv1: Conv<U1, U32, (U3, U3)>,
    conv2: Conv<U32, U64, (U3, U3)>,
    dense1: Linear<dim!(64 * 7 * 7), U128>,
    dense2: Linear<U128, Classes>,
}

impl<B: Dim, Classes: Size> Layer<Tensor![B, 28, 28, 1]> for SimpleCnn<Classes> {
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) -> Self::Output {
        let x = x * 0.5; // the line that is edited
        let x = self.conv1.forward(x, pass).relu().max_pool::<(U2, U2)>();
        let x = self.conv2.forward(x, pass).relu().max_pool::<(U2, U2)>();
        let x = self.dense1.forward(x.flatten(), pass).relu();
        self.dense2.forward(x, pass)
    }
}

const BATCH: usize = 32;

fn main() -> Result<(), nnx::Error> {
    let mut model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let images: Tensor![Batch, 28, 28, 1] = Tensor::from_vec(vec![0.5; BATCH * 28 * 28])?;
    let labels: Tensor![Batch; i32] = Tensor::from_vec((0..10).cycle().take(BATCH).collect())?;
    for _ in 0..10 {
        let (loss, grads) = value_and_grad(&mut model, |model, pass| {
            softmax_cross_entropy(model.forward(images.clone(), pass), labels.clone()).mean()
        })?;
        optimizer.update(&mut model, grads)?;
        println!("loss {loss}");
    }
    println!("accuracy {}", accuracy(model.infer(images), &labels));
    Ok(())
}
