//! Functions of one member, applied to a batch.

use nnx::module::Path;
use nnx::prelude::*;
use nnx::tensor::Shared;

use crate::panic_of;

fn rows() -> Tensor![Batch, 3] {
    Tensor::from_vec(vec![1.0, -2.0, 3.0, 0.5, 0.0, -1.0, 2.0, 2.0, 1.0, 0.0, 1.0, 4.0])
        .expect("four rows")
}

#[test]
fn inputs_are_batched_or_shared_and_results_are_tuples() {
    let w: Tensor![3, 2] = Tensor::from_vec(vec![1.0, 0.0, 2.0, -1.0, 0.5, 3.0]).expect("a matrix");
    let f = |(x, w, scale): (Tensor![3], Tensor![3, 2], Tensor![])| {
        let y = x.matmul(w) * scale;
        (y.clone(), [y.clone().sum(), y.max()])
    };
    let scales: Tensor![Batch] = Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0]).expect("four");
    let (y, [sum, max]): (Tensor![Batch, 2], [Tensor![Batch]; 2]) =
        vmap(f, (rows(), Shared(w.clone()), scales.clone()));
    let expected = rows().matmul(w) * scales.clone().insert_axis::<1>();
    assert_eq!(y.to_vec(), expected.to_vec());
    assert_eq!(sum.to_vec(), expected.clone().sum_axes::<Axis<1>>().to_vec());
    assert_eq!(max.to_vec(), expected.max_axes::<Axis<1>>().to_vec());
}

#[test]
fn a_vmap_in_a_vmap_has_both_axes() {
    // The dot products of all pairs of rows.
    let products: Tensor![Batch, Batch] =
        vmap(|x: Tensor![3]| vmap(|y: Tensor![3]| (x.clone() * y).sum(), rows()), rows());
    assert_eq!(products.to_vec(), rows().matmul(rows().transpose()).to_vec());
}

#[test]
fn the_gradient_of_each_example_is_that_of_per_example_grads() {
    let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![0, 1, 1, 0]).expect("four labels");
    let mut net = Linear::<U3, U2>::init(&mut Rngs::new(0));
    let (kernel, bias) =
        (net.kernel.value().clone(), net.bias.as_ref().expect("a bias").value().clone());
    let loss = |(kernel, bias), x: Tensor![3], label: Tensor<(), i32>| {
        softmax_cross_entropy(x.matmul(kernel) + bias, label)
    };
    let (kernels, biases): (Tensor![Batch, 3, 2], Tensor![Batch, 2]) = vmap(
        |(x, label)| gradient(|p| loss(p, x, label), (kernel, bias)),
        (rows(), labels.clone()),
    );
    let found = per_example_grads(
        &Filter::kind::<kind::Param>(),
        &mut net,
        (rows(), labels),
        |net, (x, label), pass| softmax_cross_entropy(net.forward(x, pass), label).sum(),
    )
    .expect("gradients");
    for (path, tensor) in [("kernel", kernels.to_vec()), ("bias", biases.to_vec())] {
        let expected = found.gradients.get(&Path::parse(path)).expect("a gradient");
        let expected = expected.array.to_vec::<f32>().expect("f32");
        assert!(tensor.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "{path}");
    }
}

#[test]
fn gradients_flow_through_and_products_of_jacobians_inside() {
    let w: Tensor![3] = Tensor::from([0.5, -1.0, 2.0]);
    let through = gradient(
        |w: Tensor![3]| vmap(|x: Tensor![3]| (x * w.clone()).sum().tanh(), rows()).sum(),
        w.clone(),
    );
    let plain =
        gradient(|w: Tensor![3]| (rows() * w).sum_axes::<Axis<1>>().tanh().sum(), w.clone());
    assert!(through.to_vec().iter().zip(plain.to_vec()).all(|(a, b)| (a - b).abs() < 1e-6));
    // A second derivative for each member.
    let second = gradient(
        |w: Tensor![3]| {
            let slope = |x: Tensor![3]| gradient(|x| (x * w.clone()).sum().powf(3.0), x);
            vmap(slope, rows()).sum()
        },
        w.clone(),
    );
    let expected = gradient(
        |w: Tensor![3]| {
            let dot = (rows() * w.clone()).sum_axes::<Axis<1>>().square() * 3.0;
            // Σ over rows and columns of 3 (x w)² w.
            (dot.sum() * w.sum()).clone()
        },
        w.clone(),
    );
    assert!(
        second
            .to_vec()
            .iter()
            .zip(expected.to_vec())
            .all(|(a, b)| (a - b).abs() < 1e-3 * b.abs().max(1.0))
    );
    let along: Tensor![Batch] =
        vmap(|x: Tensor![3]| jvp(|x| x.square().sum(), x, w.clone()).1, rows());
    assert_eq!(along.to_vec(), (rows() * w * 2.0).sum_axes::<Axis<1>>().to_vec());
}

#[test]
fn custom_gradients_and_recomputation_have_those_of_each_member() {
    let odd = |x: Tensor![3]| custom_vjp(|x: Tensor![3]| x.square(), |x, y, g| g * x * 10.0 + y, x);
    let inside: Tensor![Batch, 3] = vmap(|x| gradient(|x| odd(x).sum(), x), rows());
    let expected = rows() * 10.0 + rows().square();
    assert_eq!(inside.to_vec(), expected.to_vec());
    let outside = gradient(|x: Tensor![Batch, 3]| vmap(odd, x).sum(), rows());
    assert_eq!(outside.to_vec(), expected.to_vec());

    // A shared input of a function that is recomputed.
    let w: Tensor![3] = Tensor::from([0.5, -1.0, 2.0]);
    let product = |(x, w): (Tensor![3], Tensor![3])| (x * w).sin().sum();
    let of = |by: &dyn Fn((Tensor![3], Tensor![3])) -> Tensor![]| {
        gradient(|w: Tensor![3]| vmap(by, (rows(), Shared(w))).sum(), w.clone()).to_vec()
    };
    let (plain, again) = (of(&product), of(&|x| remat(product, x)));
    assert!(plain.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn layers_run_within_a_vmap() {
    let mut layer = Remat::new(Linear::<U3, U2>::init(&mut Rngs::new(0)));
    let (value, grads) = value_and_grad(&mut layer, |layer, pass| {
        vmap(|x: Tensor![3]| layer.forward(x, pass), rows()).square().mean()
    })
    .expect("gradients");
    let (expected, plain) =
        value_and_grad(&mut layer, |layer, pass| layer.forward(rows(), pass).square().mean())
            .expect("gradients");
    assert!((value - expected).abs() < 1e-6);
    assert!((grads - &plain).norm() < 1e-5 * plain.norm());
}

#[test]
fn runtime_axes_of_different_sizes_are_refused() {
    let five: Tensor![Batch] = Tensor::from_vec(vec![1.0; 5]).expect("five");
    let text = panic_of(|| vmap(|(x, y): (Tensor![3], Tensor![])| x * y, (rows(), five)));
    assert_eq!(
        text,
        "`vmap` takes inputs with the same number of members along `Batch`, at least one of which isn't `Shared`; found [4, 5]"
    );
}

#[test]
fn what_reads_elements_is_refused_by_name() {
    let text = |f: &dyn Fn(Tensor![3]) -> Tensor![]| panic_of(|| vmap(f, rows()));
    let refused = |name: &str| {
        format!(
            "`{name}` has no batching rule: it reads the elements of a tensor, but within `vmap` (or an `Ensemble`) a tensor \
             stands for all 4 members at once; call it outside, on the result"
        )
    };
    assert_eq!(text(&|x| Tensor::from(x.to_vec()[0])), refused("to_vec"));
    assert_eq!(text(&|x| Tensor::from(x.sum().item())), refused("item"));
    assert_eq!(
        text(&|x| {
            let _ = x.array();
            x.sum()
        }),
        refused("array")
    );
    assert_eq!(
        text(&|x| {
            let _ = x.clone().unique::<Time>();
            x.sum()
        }),
        refused("unique")
    );
}

#[test]
fn all_members_are_printed_for_debugging() {
    let _ = vmap(
        |x: Tensor![3]| {
            assert!(
                format!("{x:?}").starts_with("Tensor<(3,), f32> of 4 members of (3,): ["),
                "{x:?}"
            );
            assert!(x.to_string().starts_with("4 members of (3,): ["), "{x}");
            x
        },
        rows(),
    );
}

#[test]
fn a_tensor_that_leaves_a_vmap_is_refused() {
    let mut kept = None;
    let _ = vmap(
        |x: Tensor![3]| {
            kept = Some(x.clone());
            x
        },
        rows(),
    );
    let left = kept.expect("a tensor");
    assert!(panic_of(|| left.to_vec()).starts_with("`to_vec` has no batching rule"));
    // The `vmap` that began first has ended.
    let text = panic_of(|| {
        vmap(
            |x: Tensor![3]| {
                let mut inner = None;
                let _ = vmap(
                    |y: Tensor![3]| {
                        inner = Some(y.clone());
                        y
                    },
                    rows(),
                );
                x + inner.expect("a tensor")
            },
            rows(),
        )
    });
    assert!(
        text.starts_with("a tensor has left the `vmap` (or the `Ensemble`) that it belongs to"),
        "{text}"
    );
}
