//! Functions of tensors, transformed: vjp, jvp, custom gradients, recomputation.

use nnx::nn::Remat;
use nnx::prelude::*;
use nnx::tensor::{custom_vjp, jacobian};

use crate::same;

type Vector = Tensor<shape![3], f64>;

fn point() -> Vector {
    Tensor::from([0.5, -1.0, 2.0])
}

/// y[i] = x[i]² x[i + 1], whose Jacobian is known.
fn products(x: Vector) -> Vector {
    let next = x.clone().matmul(Tensor::from([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]));
    x.square() * next
}

/// Row i: 2 x[i] x[i + 1] at i, x[i]² at i + 1.
const JACOBIAN: [f64; 9] = [-1.0, 0.25, 0.0, 0.0, -4.0, 1.0, 4.0, 0.0, 2.0];

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
    }
}

#[test]
fn a_jacobian_by_rows_by_pullbacks_and_by_tangents() {
    close(&jacobian(products, point()).to_vec(), &JACOBIAN);
    let (y, pullback) = vjp(products, point());
    close(&y.to_vec(), &products(point()).to_vec());
    for i in 0..3 {
        let one: [f64; 3] = std::array::from_fn(|j| f64::from(u8::from(i == j)));
        close(&pullback(Tensor::from(one)).to_vec(), &JACOBIAN[3 * i..3 * i + 3]);
        let (value, along) = jvp(products, point(), Tensor::from(one));
        close(&value.to_vec(), &y.to_vec());
        close(&along.to_vec(), &[JACOBIAN[i], JACOBIAN[3 + i], JACOBIAN[6 + i]]);
    }
}

#[test]
fn several_inputs_have_a_tangent_each() {
    let f = |(x, y): (Vector, Vector)| x.sin() * y;
    let (x, y) = (point(), Tensor::from([1.0, 2.0, 3.0]));
    let (dx, dy) = (Tensor::from([1.0, 0.0, 1.0]), Tensor::from([0.0, 1.0, 1.0]));
    let (_, along) = jvp(f, (x, y), (dx, dy));
    let expected = [0.5f64.cos(), (-1.0f64).sin(), 3.0 * 2.0f64.cos() + 2.0f64.sin()];
    close(&along.to_vec(), &expected);
}

#[test]
fn a_function_that_ignores_its_input_does_not_change() {
    let (_, along) = jvp(|_: Vector| point(), point(), point());
    assert_eq!(along.to_vec(), [0.0; 3]);
    let (_, pullback) = vjp(|_: Vector| point(), point());
    assert_eq!(pullback(point()).to_vec(), [0.0; 3]);
}

/// A cotangent may belong to a differentiation that began after the function was run.
#[test]
fn a_pullback_is_differentiated_itself() {
    let (_, pullback) = vjp(products, point());
    let weights = Tensor::from([1.0, 10.0, 100.0]);
    let slope = gradient(|u: Vector| (pullback(u) * weights.clone()).sum(), point());
    let expected: Vec<f64> =
        (0..3).map(|i| (0..3).map(|j| JACOBIAN[3 * i + j] * [1.0, 10.0, 100.0][j]).sum()).collect();
    close(&slope.to_vec(), &expected);
}

#[test]
fn derivatives_mix_and_nest() {
    // The second derivative of Σ x⁴ is 12 x²: computed by jvp of a gradient, and by the gradient of a jvp.
    let fourth = |x: Vector| x.powf(4.0).sum();
    let (x, ones) = (point(), point().full_like(1.0));
    let expected: Vec<f64> = point().to_vec().iter().map(|x| 12.0 * x * x).collect();
    close(&jvp(|x| gradient(fourth, x), x.clone(), ones.clone()).1.to_vec(), &expected);
    let along = |x: Vector| jvp(fourth, x, ones.clone()).1;
    close(&gradient(along, x.clone()).to_vec(), &expected);
    let third = jvp(|x| jvp(|x| gradient(fourth, x), x, ones.clone()).1, x, ones.clone()).1;
    close(&third.to_vec(), &point().to_vec().iter().map(|x| 24.0 * x).collect::<Vec<_>>());
}

fn batch(elements: &[f32]) -> Tensor![Batch] {
    Tensor::from_vec(elements.to_vec()).expect("a batch")
}

#[test]
#[should_panic(
    expected = "`vjp`: a cotangent has the shape of what it belongs to: expected [2], found [3]"
)]
fn a_cotangent_of_another_batch_is_refused() {
    let (_, pullback) = vjp(|x: Tensor![Batch]| x.square(), batch(&[1.0, 2.0]));
    let _ = pullback(batch(&[1.0, 2.0, 3.0]));
}

#[test]
#[should_panic(
    expected = "`jvp`: a tangent has the shape of what it belongs to: expected [2], found [1]"
)]
fn a_tangent_of_another_batch_is_refused() {
    let _ = jvp(|x: Tensor![Batch]| x.square(), batch(&[1.0, 2.0]), batch(&[1.0]));
}

/// x² with the custom (and wrong) derivative 5 x + y.
fn odd_square(x: Vector) -> Vector {
    custom_vjp(|x: Vector| x.square(), |x, y, g| (x * 5.0 + y) * g, x)
}

#[test]
fn a_gradient_of_ones_own_is_used_in_every_order() {
    let x = point().to_vec();
    let first: Vec<f64> = x.iter().map(|x| 5.0 * x + x * x).collect();
    close(&gradient(|x| odd_square(x).sum(), point()).to_vec(), &first);
    // The custom rule reads y, so the second derivative applies the custom rule to y again.
    let second: Vec<f64> = x.iter().map(|x| 5.0 + 5.0 * x + x * x).collect();
    close(&gradient(|x| gradient(|x| odd_square(x).sum(), x).sum(), point()).to_vec(), &second);
}

#[test]
fn a_gradient_of_ones_own_reaches_parameters() {
    let mut weight = Param::<shape![3]>::new(Tensor::from([1.0, 2.0, 3.0]));
    let gradients = grad(&mut weight, |weight, pass| {
        let pair = (weight.get(pass), Tensor::from([4.0, 5.0, 6.0]));
        let product = |(a, b): (Tensor![3], Tensor![3])| a * b;
        custom_vjp(product, |(_, b), _, g| (b.clone() * g.clone() * -1.0, g), pair).sum()
    });
    let gradients = gradients.expect("gradients");
    let (_, entry) = gradients.iter().next().expect("one");
    assert_eq!(entry.array.to_vec::<f32>().expect("f32"), [-4.0, -5.0, -6.0]);
}

#[test]
#[should_panic(expected = "`custom_vjp`: a gradient has the shape of what it belongs to")]
fn a_gradient_of_another_shape_is_refused() {
    let wrong = |x: Tensor![Batch]| {
        custom_vjp(|x: Tensor![Batch]| x.square(), |_, _, _| batch(&[1.0]), x).sum()
    };
    let _ = gradient(wrong, batch(&[1.0, 2.0]));
}

#[test]
#[should_panic(expected = "`remat`: the function captures a tensor that is being differentiated")]
fn what_is_captured_is_given_as_an_input() {
    let _ = gradient(
        |x: Vector| {
            remat(
                {
                    let y = x.clone();
                    move |x: Vector| (x * y.clone()).sum()
                },
                x,
            )
        },
        point(),
    );
}

#[test]
fn recomputation_gives_the_same_derivatives_of_every_order() {
    let deep = |x: Vector| (0..5).fold(x, |x, _| x.sin() * 1.5).sum();
    let plain = gradient(|x| gradient(deep, x).square().sum(), point()).to_vec();
    let again = gradient(|x| gradient(|x| remat(deep, x), x).square().sum(), point());
    assert_eq!(again.to_vec(), plain);
    assert_eq!(remat(deep, point()).item(), deep(point()).item());
}

#[derive(Module, Clone)]
#[module(sequential)]
struct Block {
    linear: Linear<U4, U4>,
    norm: BatchNorm<U4>,
    #[module(init = Dropout::new(0.5, rngs))]
    dropout: Dropout,
}

/// Two steps: losses, parameters, statistics, streams.
fn train<M>(mut model: M) -> (Vec<f32>, State)
where
    M: Module + Layer<Tensor![2, 4], Output = Tensor![2, 4]>,
{
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    let mut step = || {
        let (loss, gradients) = value_and_grad(&mut model, |model, pass| {
            let x = Tensor::from([[1.0, -2.0, 0.5, 0.0], [0.3, 1.0, -1.0, 2.0]]);
            model.forward(x, pass).square().mean()
        })
        .expect("a gradient");
        optimizer.update(&mut model, gradients).expect("an update");
        loss
    };
    (vec![step(), step(), step()], state(&model))
}

#[test]
fn a_layer_that_is_run_again_trains_to_the_same_bits() {
    let rngs = || Rngs::new(0);
    let plain = train(<(Block, Block)>::init(&mut rngs()));
    let again = train(<(Remat<Block>, Remat<Block>)>::init(&mut rngs()));
    assert_eq!(plain.0, again.0);
    assert!(same(&plain.1, &again.1), "statistics and streams too, at the same paths");
    let nested = train(<(Remat<Remat<Block>>, Block)>::init(&mut rngs()));
    assert_eq!(plain.0, nested.0);
}

/// One layer, used twice: its gradient is the sum, its statistics are updated twice.
#[derive(Module)]
struct Twice<L> {
    layer: L,
}

impl<L: Layer<Tensor![2, 4], Output = Tensor![2, 4]>> Layer<Tensor![2, 4]> for Twice<L> {
    type Output = Tensor![2, 4];
    fn forward(&self, x: Tensor![2, 4], pass: &mut Pass) -> Tensor![2, 4] {
        let x = self.layer.forward(x, pass);
        self.layer.forward(x, pass)
    }
}

#[test]
fn a_layer_that_is_used_twice_sees_its_own_first_update() {
    let plain = train(Twice::<Block>::init(&mut Rngs::new(0)));
    let again = train(Twice::<Remat<Block>>::init(&mut Rngs::new(0)));
    assert_eq!(plain.0, again.0);
    assert!(same(&plain.1, &again.1));
}

#[derive(Module, Clone)]
struct Failing {
    weight: Param<shape![4]>,
}

impl Layer<Tensor![2, 4]> for Failing {
    type Output = Tensor![2, 4];
    fn forward(&self, x: Tensor![2, 4], pass: &mut Pass) -> Tensor![2, 4] {
        pass.fail(nnx::Error::other("the batch is odd"));
        x * self.weight.get(pass)
    }
}

#[test]
fn errors_inside_are_reported_outside() {
    let mut model = Remat::new(Failing { weight: Param::new(Tensor::ones()) });
    let error = value_and_grad(&mut model, |model, pass| {
        model.forward(Tensor::from([[1.0; 4]; 2]), pass).sum()
    });
    assert_eq!(error.expect_err("noted").to_string(), "the batch is odd");
}

#[test]
fn evaluation_runs_the_layer_itself() {
    let model = Remat::<Linear<U4, U4>>::init(&mut Rngs::new(0));
    let x = || Tensor::from([[1.0, 2.0, 3.0, 4.0]]);
    assert_eq!(model.infer(x()).to_vec(), model.layer.infer(x()).to_vec());
    assert_eq!(summary_of_pass(&model, x()).flops(), summary_of_pass(&model.layer, x()).flops());
}
