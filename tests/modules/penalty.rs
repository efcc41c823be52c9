//! Gradients with respect to an input, inside those with respect to a model: the gradient penalty of
//! Wasserstein critics (Gulrajani et al., 2017), in f64, against central differences.

use nnx::array::Array;
use nnx::module::Path;
use nnx::prelude::*;
use nnx::tensor::gradient;

#[derive(Module, Clone)]
struct Critic {
    hidden: Linear<U3, U5, f64>,
    output: Linear<U5, U1, f64>,
}

impl<B: Dim> Layer<Tensor![B, 3; f64]> for Critic {
    type Output = Tensor![B, 1; f64];
    fn forward(&self, x: Tensor![B, 3; f64], pass: &mut Pass) -> Self::Output {
        let x = self.hidden.forward(x, pass).tanh();
        self.output.forward(x, pass)
    }
}

fn points() -> Tensor![Batch, 3; f64] {
    let numbers = [0.3, -1.2, 0.8, 1.5, 0.1, -0.7, -0.4, 0.9, 2.0, 0.6, -0.5, 0.2];
    Tensor::from_vec(numbers.to_vec()).expect("four points")
}

/// The critic's mean, and how far the lengths of its gradients are from 1.
fn loss(critic: &Critic, pass: &mut Pass) -> Tensor<(), f64> {
    let value = critic.forward(points(), pass).mean();
    let slopes = gradient(|x| critic.forward(x, pass).sum(), points());
    let lengths = slopes.square().sum_axes::<Axis<1>>().sqrt();
    value + (lengths - 1.0).square().mean() * 10.0
}

fn critic() -> Critic {
    Critic::init(&mut Rngs::new(4))
}

/// The loss with one element of one variable moved.
fn moved(path: &Path, element: usize, by: f64) -> f64 {
    let mut critic = critic();
    let mut all = state(&critic);
    let mut entry = all.remove(path).expect("a variable");
    let mut numbers = entry.array.to_vec::<f64>().expect("f64");
    numbers[element] += by;
    entry.array = Array::new(numbers, &entry.array.dims()).expect("the same shape");
    all.insert(path.clone(), entry);
    update(&mut critic, &all).expect("the same model");
    loss(&critic, &mut Pass::eval()).item()
}

#[test]
fn a_gradient_penalty_has_the_gradient_of_central_differences() {
    let (value, gradients) = value_and_grad(&mut critic(), loss).expect("gradients");
    assert_eq!(value, loss(&critic(), &mut Pass::eval()).item());
    let mut compared = 0;
    for (path, entry) in gradients.iter() {
        for (element, found) in entry.array.to_vec::<f64>().expect("f64").into_iter().enumerate() {
            let step = 1e-5;
            let expected =
                (moved(path, element, step) - moved(path, element, -step)) / (2.0 * step);
            // The error of the differences: step² times a third derivative, plus rounding / step.
            let error = (found - expected).abs();
            assert!(error < 1e-7, "{path}, element {element}: {found} instead of {expected}");
            compared += 1;
        }
    }
    assert_eq!(compared, 15 + 5 + 5 + 1);
}

#[test]
fn the_penalty_takes_part_in_the_gradient() {
    let of = |f: fn(&Critic, &mut Pass) -> Tensor<(), f64>| {
        let gradients = grad(&mut critic(), f).expect("gradients");
        let entry = gradients.get(&Path::parse("hidden/kernel")).expect("the first kernel");
        entry.array.to_vec::<f64>().expect("f64")
    };
    let alone = of(|critic, pass| critic.forward(points(), pass).mean());
    let with_penalty = of(loss);
    let distance: f64 = alone.iter().zip(with_penalty).map(|(a, b)| (a - b).abs()).sum();
    assert!(distance > 1.0, "the penalty adds {distance} only");
}

#[test]
fn the_gradient_with_respect_to_an_input_is_a_tensor_of_its_shape() {
    let slopes = gradient(|x| critic().infer(x).sum(), points());
    assert_eq!(*slopes.dims(), [4, 3]);
    assert!(slopes.to_vec().iter().all(|slope| slope.abs() > 1e-6));
}

#[test]
fn gradients_with_respect_to_several_tensors_come_together() {
    let (a, b) = (Tensor::from([1.0, 2.0]), Tensor::from([[3.0], [4.0]]));
    let f = |(a, b): (Tensor![2; f64], Tensor![2, 1; f64])| a.matmul(b).square().sum();
    // (a b)², whose derivatives are 2 (a b) b and 2 (a b) a; a b = 11.
    let (of_a, of_b) = gradient(f, (a, b));
    assert_eq!((of_a.to_vec(), of_b.to_vec()), (vec![66.0, 88.0], vec![22.0, 44.0]));
}
