//! The memory of training steps that aren't recorded.

use nnx::array::peak_bytes;
use nnx::models::SimpleCnn;
use nnx::prelude::*;

/// The backward pass frees what is saved for it node by node, and computes the gradient of relu in the memory of the gradient that
/// it is given. A plan knows when each array is read last.
#[test]
fn a_step_takes_about_as_much_memory_as_its_plan() {
    type Images = Tensor![Batch, 28, 28, 1];
    let mut model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let images = Images::from_shape_vec(&[64, 28, 28, 1], vec![0.5; 64 * 784]).expect("64 images");
    let entropy = |model: &SimpleCnn<U10>, images: Images, pass: &mut Pass| {
        let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![3; 64]).expect("64 labels");
        softmax_cross_entropy(model.forward(images, pass), labels).mean()
    };

    let mut step = jit(move |(model, optimizer): (&mut SimpleCnn<U10>, &mut Optimizer), x| {
        let (loss, grads) = loss_and_grad(model, |model, pass| entropy(model, x, pass))?;
        optimizer.update(model, grads)?;
        Ok(loss)
    });
    let plan = step.plan((&mut model, &mut optimizer), images.clone()).expect("a step");
    let (_, eager) = peak_bytes(|| {
        let x = images.clone();
        let step = value_and_grad(&mut model, |model, pass| entropy(model, x, pass));
        optimizer.update(&mut model, step.expect("a step").1).expect("its own gradients");
    });
    // All gradients are alive at the end; a plan updates each parameter as soon as it has its gradient.
    let gradients = 4 * 421_642;
    let (planned, most) = (plan.peak_bytes(), plan.peak_bytes() + gradients);
    assert!(eager <= most + most / 50, "{eager} bytes, {planned} in the plan");
}
