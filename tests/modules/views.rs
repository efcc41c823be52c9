//! Hessian-vector products, and gradients that are accumulated over batches.

use nnx::optim::{Chain, clip_by_global_norm, every};
use nnx::prelude::*;

use crate::{panic_of, same};

#[derive(Module, Clone)]
struct Net {
    hidden: Linear<U3, U5, f64>,
    norm: BatchNorm<U5, f64>,
    dropout: Dropout,
    head: Linear<U5, U2, f64>,
    scale: Param<shape![1]>,
}

fn net() -> Net {
    let mut rngs = Rngs::new(0);
    Net {
        hidden: Linear::init(&mut rngs),
        norm: BatchNorm::init(&mut rngs),
        dropout: Dropout::new(0.25, &mut rngs),
        head: Linear::init(&mut rngs),
        scale: Param::new(Tensor::from([1.5])),
    }
}

fn loss(net: &Net, pass: &mut Pass) -> Tensor<(), f64> {
    let x: Tensor![4, 3; f64] =
        Tensor::from_vec((0..12).map(|i| f64::from(i * 5 % 7) / 7.0).collect()).expect("12");
    let x = net.norm.forward(net.hidden.forward(x, pass).tanh(), pass);
    let y = net.head.forward(net.dropout.forward(x, pass), pass);
    let scale = net.scale.get(pass).cast::<f64>();
    (y * scale.broadcast_to::<shape![4, 2]>()).exp().sum()
}

fn params() -> Filter {
    Filter::kind::<kind::Param>()
}

fn numbers(state: &State) -> Vec<f64> {
    let number = |array: &nnx::array::Array| {
        array
            .to_vec::<f64>()
            .or_else(|_| array.to_vec::<f32>().map(|x| x.into_iter().map(f64::from).collect()))
    };
    state.iter().flat_map(|(_, entry)| number(&entry.array).expect("floats")).collect()
}

/// A vector with the structure of the parameters, and different numbers in each element.
fn direction(seed: usize) -> State {
    let mut i = seed;
    state_of(&params(), &net()).map(|_, entry| {
        let elements = (0..entry.array.elements()).map(|_| {
            i += 1;
            (i * 37 % 23) as f64 / 23.0 - 0.5
        });
        let elements: Vec<f64> = elements.collect();
        let dims = entry.array.dims();
        match entry.array.dtype() {
            nnx::array::DType::F64 => nnx::array::Array::new(elements, &dims),
            _ => nnx::array::Array::new(elements.iter().map(|&x| x as f32).collect(), &dims),
        }
        .expect("elements for a shape")
    })
}

#[test]
fn a_hessian_vector_product_is_the_slope_of_the_gradient() {
    let net = net();
    let before = state(&net);
    let v = direction(1);
    let found = hessian_vector_product(&params(), &net, &v, loss).expect("a product");
    // The model is unchanged: neither statistics nor streams have advanced.
    assert!(same(&state(&net), &before));
    let (value, gradient) = value_and_grad(&mut net.clone(), loss).expect("a gradient");
    assert_eq!(found.value, value);
    // Equal up to rounding: the plain gradient uses some fused operations.
    assert!((found.gradient - &gradient).norm() < 1e-12 * gradient.norm());
    let h = 1e-4;
    let at = |step: f64| {
        let mut moved = net.clone();
        let there = state_of(&params(), &net) + &v * step;
        update_of(&params(), &mut moved, &there).expect("the same variables");
        numbers(&grad(&mut moved, loss).expect("a gradient"))
    };
    let slope: Vec<f64> = at(h).iter().zip(at(-h)).map(|(a, b)| (a - b) / (2.0 * h)).collect();
    let product = numbers(&found.product);
    let largest = product.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    assert!(largest > 0.1);
    for (a, b) in slope.iter().zip(&product) {
        // The f32 variable limits the step size.
        assert!((a - b).abs() < 2e-3 * largest, "{a} {b}");
    }
}

#[test]
fn the_hessian_is_symmetric() {
    let (u, v) = (direction(3), direction(8));
    let dot = |a: &State, b: &State| -> f64 {
        numbers(a).iter().zip(numbers(b)).map(|(a, b)| a * b).sum()
    };
    let product =
        |v: &State| hessian_vector_product(&params(), &net(), v, loss).expect("a product").product;
    let (uv, vu) = (dot(&u, &product(&v)), dot(&v, &product(&u)));
    assert!((uv - vu).abs() < 1e-6 * uv.abs().max(1.0) && uv != 0.0, "{uv} {vu}");
}

#[test]
fn a_loss_without_curvature_has_the_product_zero() {
    let model = Param::<shape![2]>::new(Tensor::from([1.0, 2.0]));
    let all = Filter::everything();
    let found = hessian_vector_product(&all, &model, &state(&model), |p, pass| p.get(pass).sum())
        .expect("a product");
    assert_eq!((numbers(&found.gradient), numbers(&found.product)), (vec![1.0; 2], vec![0.0; 2]));
}

#[test]
fn a_vector_of_other_variables_is_refused() {
    let mut v = direction(0);
    v.remove(&nnx::module::Path::parse("head/bias"));
    let error = hessian_vector_product(&params(), &net(), &v, loss)
        .expect_err("a vector that is too short");
    assert_eq!(
        error.to_string(),
        "the vector doesn't have the variables that the filter selects:\n  missing: head/bias of shape (2,)"
    );
    let error = hessian_vector_product(&Filter::nothing(), &net(), &v, loss).expect_err("nothing");
    assert!(
        error.to_string().starts_with("no variable to differentiate with respect to"),
        "{error}"
    );
    let error = hessian_vector_product(&params(), &net(), &direction(0), |_, _| {
        Tensor::<(), f64>::from(1.0)
    });
    assert!(
        error
            .expect_err("no gradient")
            .to_string()
            .starts_with("the loss depends on none of the 7")
    );
}

/// Gradients of two batches.
fn batches() -> [Tensor![2, 3; f64]; 2] {
    [3.0, -40.0].map(|factor| Tensor::from([[1.0f64, 2.0, 3.0], [0.5, -1.0, 2.0]]) * factor)
}

type Dense = Linear<U3, U2, f64>;

fn dense() -> Dense {
    Dense::init(&mut Rngs::new(1))
}

fn gradient_of(model: &mut Dense, x: Tensor![2, 3; f64]) -> State {
    grad(model, |model, pass| model.forward(x, pass).square().mean()).expect("a gradient")
}

#[test]
fn the_norm_of_accumulated_gradients_is_clipped_and_not_that_of_each_batch() {
    let (mut by_optimizer, mut by_hand) = (dense(), dense());
    let chain = || Chain::new().then(clip_by_global_norm(1.0)).then(sgd(0.5));
    let mut accumulating = Optimizer::new(&by_optimizer, every(2, chain()));
    let mut plain = Optimizer::new(&by_hand, chain());
    let mut sum: Option<State> = None;
    for x in batches() {
        let grads = gradient_of(&mut by_optimizer, x.clone());
        accumulating.update(&mut by_optimizer, grads).expect("a step");
        let grads = gradient_of(&mut by_hand, x);
        sum = Some(match sum {
            Some(sum) => sum + grads,
            None => grads,
        });
    }
    let mean = sum.expect("two batches") * 0.5;
    assert!(mean.norm() > 1.0);
    let start = state(&dense());
    plain.update(&mut by_hand, mean).expect("a step");
    let (a, b) = (numbers(&state(&by_optimizer)), numbers(&state(&by_hand)));
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?} {b:?}");
    // The step has the length 0.5 times the norm of 1.
    assert!(((state(&by_optimizer) - start).norm() - 0.5).abs() < 1e-12);
}

#[test]
fn gradients_of_other_variables_do_not_add_up() {
    let mut other = Linear::<U2, U2, f64>::init(&mut Rngs::new(0));
    let x: Tensor![1, 2; f64] = Tensor::ones();
    let grads = grad(&mut other, |model, pass| model.forward(x, pass).sum()).expect("a gradient");
    let [batch, _] = batches();
    let text = panic_of(|| gradient_of(&mut dense(), batch) + grads);
    assert!(text.contains("wrong shape: kernel is (3, 2) in the model, (2, 2) here"), "{text}");
}
