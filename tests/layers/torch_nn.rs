//! More layers that PyTorch has and Flax doesn't, against PyTorch in f64; and what they do at their limits.

use nnx::io::Foreign;
use nnx::prelude::*;

use crate::case::{Case, panic_of};

fn case(name: &'static str) -> Case {
    Case::of_torch("torch_nn", name)
}

fn check<S: Shape, O: Shape, M>(name: &'static str, mut layer: M)
where
    M: Module + Layer<Tensor<S>, Output = Tensor<O>>,
{
    case(name).check::<M, S, O>(&mut layer);
}

#[test]
fn images_are_padded_in_all_modes() {
    check::<shape![2, 5, 3], shape![2, 8, 3], _>("pad zeros 1", Pad::<(U2, U1)>::new());
    type Image = shape![2, 4, 3, 2];
    type Uneven = Pad<(U1, U3), (U2, U1)>;
    let constant = Pad::<(U1, U3), (U2, U0)>::new().by(PadMode::Constant(1.5));
    check::<Image, shape![2, 8, 5, 2], _>("pad constant 2", constant);
    check::<Image, shape![2, 8, 6, 2], _>("pad reflect 2", Uneven::new().by(PadMode::Reflect));
    check::<Image, shape![2, 8, 6, 2], _>("pad wrap 2", Uneven::new().by(PadMode::Wrap));
    check::<shape![1, 2, 3, 4, 2], shape![1, 4, 4, 7, 2], _>(
        "pad edge 3",
        Pad::<(U2, U0), (U0, U1), (U1, U2)>::new().by(PadMode::Edge),
    );
}

#[test]
fn padding_keeps_runtime_axes_and_refuses_to_repeat_nothing() {
    let x: Tensor![Batch, Time, 2] =
        Tensor::from_shape_vec(&[1, 2, 2], vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let pad = Pad::<(U1, U1)>::new().by(PadMode::Edge);
    let y = pad.infer(x);
    assert_eq!(*y.dims(), [1, 4, 2]);
    assert_eq!(y.to_vec(), [1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]);
    let empty = <Tensor![Batch, Time, 2]>::zeros_of(&[1, 0]);
    let message = "can't pad axis 1 of shape (1, 0, 2) by its own elements: it has none";
    assert!(panic_of(|| pad.infer(empty.clone())).contains(message));
    assert_eq!(*Pad::<(U1, U1)>::new().infer(empty).dims(), [1, 2, 2]);
    assert_eq!(format!("{pad:?}"), "Pad(Edge)");
}

#[test]
fn channels_are_divided_by_their_neighbours() {
    type Image = shape![2, 3, 4, 7];
    check::<Image, Image, _>("local response 5", LocalResponseNorm::<U5>::new());
    let norm = LocalResponseNorm::<U3>::new().alpha(2.0).beta(0.5).k(0.3);
    check::<shape![2, 5, 4], shape![2, 5, 4], _>("local response 3", norm);
    let norm = LocalResponseNorm::<U4>::new().alpha(1.0);
    check::<shape![2, 3, 6], shape![2, 3, 6], _>("local response 4", norm);
    // A window that is wider than there are channels.
    let norm = LocalResponseNorm::<U9>::new().alpha(3.0);
    check::<shape![1, 2, 3], shape![1, 2, 3], _>("local response 9", norm);
    assert_eq!(LocalResponseNorm::<U5>::new().infer(Tensor::from([0.0f64; 3])).to_vec(), [0.0; 3]);
}

#[test]
fn bilinear_layers_over_any_leading_axes() {
    fn of<S: Shape, T: Shape, O: Shape>(name: &'static str)
    where
        Bilinear<U4, U3, U5>: Layer<(Tensor<S>, Tensor<T>), Output = Tensor<O>>,
    {
        let mut layer = Bilinear::<U4, U3, U5>::init(&mut Rngs::new(0));
        let golden = case(name);
        golden.load(&mut layer);
        let inputs = (golden.input::<S, f32>(0), golden.input::<T, f32>(1));
        golden.check_with(&mut layer, inputs, |layer, x, pass| layer.forward(x, pass));
    }
    of::<shape![Batch, 4], shape![Batch, 3], shape![Batch, 5]>("bilinear rank=2");
    of::<shape![Batch, 3, 4], shape![Batch, 3, 3], shape![Batch, 3, 5]>("bilinear rank=3");
}

#[test]
fn a_bilinear_layer_reads_the_state_dict_of_pytorch() {
    let weight: Vec<f32> = (0..24u8).map(f32::from).collect();
    let weight = nnx::array::Array::new(weight, &[2, 4, 3]).unwrap();
    let bias = nnx::array::Array::new(vec![1.0f32, 2.0], &[2]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("bilinear.npz");
    nnx::io::NpzFile::save([("weight", &weight), ("bias", &bias)], &file).unwrap();
    let mut layer = Bilinear::<U4, U3, U2>::init(&mut Rngs::new(0));
    Foreign::torch().load(&mut layer, &file).unwrap();
    // The weight (Out, First, Second) at (1, 2, 0) is 18, at (0, 2, 0) it is 6.
    let x = Tensor::from([[0.0, 0.0, 1.0, 0.0]]);
    assert_eq!(layer.infer((x, Tensor::from([[1.0, 0.0, 0.0]]))).to_vec(), [7.0, 20.0]);

    let (x, z) = (<Tensor![Batch, 4]>::zeros_of(&[2]), <Tensor![Batch, 3]>::zeros_of(&[3]));
    let message = "`Bilinear` takes two inputs with the same axes but for the last one, found shapes (2, 4) and (3, 3)";
    assert_eq!(panic_of(|| layer.infer((x, z))), message);
}

#[test]
fn channels_are_shuffled_and_axes_unflattened() {
    type Image = shape![2, 4, 3, 6];
    check::<Image, Image, _>("channel shuffle", ChannelShuffle::<U3>::new());
    let x: Tensor![Batch, 12] = Tensor::from_vec((0..24u8).map(f32::from).collect()).unwrap();
    let y: Tensor![Batch, 2, 3, 2] = Unflatten::<(U2, U3, U2)>::new().infer(x.clone());
    assert_eq!(y.clone().to_vec(), x.to_vec());
    let back: Tensor![Batch, 12] = Flatten.infer(y);
    assert_eq!(back.to_vec(), x.to_vec());
}

/// The golden has second gradients of the other layers. PyTorch's masks of dropout aren't those of nnx, and `Unflatten` changes
/// no element.
#[test]
fn second_gradients_agree_with_differences_of_gradients() {
    fn check<O: Shape>(layer: impl Fn(Tensor![2, 6; f64]) -> Tensor<O, f64>) {
        type X = Tensor![2, 6; f64];
        let slope = |x: X| gradient(|x| (layer(x.clone()).square() * layer(x)).sum(), x);
        let directions = X::from_vec((2..14u8).map(|i| f64::from(i) / 4.0).collect()).unwrap();
        let total = |x: X| (slope(x) * directions.clone()).sum();
        let x: Vec<f64> = (0..12u8).map(|i| (f64::from(i) * 2.5).sin()).collect();
        let second = gradient(total, X::from_vec(x.clone()).unwrap()).to_vec();
        assert!(second.iter().any(|second| second.abs() > 0.1), "{second:?}");
        for (i, second) in second.into_iter().enumerate() {
            let moved = |step| {
                let mut x = x.clone();
                x[i] += step;
                total(X::from_vec(x).unwrap()).item()
            };
            let difference = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            assert!(
                (second - difference).abs() < 1e-8,
                "{i}: {second}, by differences {difference}"
            );
        }
    }
    check(|x| Unflatten::<(U2, U3)>::new().infer(x));
    let dropout = AlphaDropout::new(0.4, &mut Rngs::new(0));
    check(|x| dropout.forward(x, &mut Pass::train()));
    let dropout = dropout.broadcast::<Axis<0>>();
    check(|x| dropout.forward(x, &mut Pass::train()));
}

#[test]
fn norms_of_windows() {
    type Image = shape![2, 4, 6, 3];
    check::<Image, shape![2, 2, 3, 3], _>("lp pool 1", LpPool::<(U2, U2)>::new(1.0));
    let pool = LpPool::<(U2, U3), Strided<U1>>::new(2.0);
    check::<Image, shape![2, 3, 4, 3], _>("lp pool 2", pool);
    check::<Image, shape![2, 2, 3, 3], _>("lp pool 3", LpPool::<(U2, U2)>::new(3.0));
    let pool = LpPool::<(U3,), Strided<U2>>::new(1.5);
    check::<shape![4, 6, 3], shape![4, 2, 3], _>("lp pool 1.5", pool);
}

#[test]
fn a_norm_of_zeros_has_no_gradient_and_a_negative_sum_no_root() {
    let of = |p, x: [f32; 4]| {
        let x: Tensor![1, 4, 1] = Tensor::from(x).reshape();
        value_and_gradient(|x| LpPool::<(U2,)>::new(p).infer(x).sum(), x)
    };
    for p in [1.5, 2.0, 3.0] {
        let (y, slope) = of(p, [0.0, 0.0, 1.0, 0.0]);
        assert_eq!((y.item(), slope.to_vec()), (1.0, vec![0.0, 0.0, 1.0, 0.0]), "{p}");
    }
    assert!(of(3.0, [-1.0, 0.0, 1.0, 0.0]).0.item().is_nan());
    assert!(of(2.5, [-1.0, 2.0, 1.0, 0.0]).0.item().is_nan());
    assert_eq!(of(1.0, [-1.0, 0.0, 0.5, 0.0]).0.item(), -0.5);
    assert_eq!(of(100.0, [10.0, 0.0, 0.0, 0.0]).0.item(), f32::INFINITY);
    // The derivative of a root is infinite at 0: alone it is NaN, beside another element infinite.
    let (y, slope) = of(0.5, [0.0, 0.0, 1.0, 0.0]);
    let slope = slope.to_vec();
    assert_eq!((y.item(), slope[2], slope[3]), (1.0, 1.0, f32::INFINITY));
    assert!(slope[0].is_nan() && slope[1].is_nan(), "{slope:?}");
    for p in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let message = panic_of(|| LpPool::<(U2,)>::new(p));
        assert!(
            message.contains("the p of `LpPool` is a finite number above 0; found"),
            "{message}"
        );
    }
}

#[test]
fn maxima_return_to_where_they_were() {
    fn of<S, K, O>(name: &'static str)
    where
        S: Shape
            + nnx::size::Windowed<
                K,
                <() as nnx::size::PoolOptions<K>>::Strides,
                <() as nnx::size::PoolOptions<K>>::Pad,
            >,
        (): nnx::size::PoolOptions<K>,
        nnx::tensor::Pooled<S, K, ()>: nnx::size::Resized<O, Output = S>,
    {
        let golden = case(name);
        let (_, indices) = golden.input::<S, f32>(0).max_pool_with_indices::<K, ()>();
        let expected: Tensor<nnx::tensor::Pooled<S, K, ()>, i32> = golden.tensor("indices");
        assert_eq!(indices.to_vec(), expected.to_vec(), "{name}");
        golden.check_with(
            &mut MaxUnpool::<O>::new(),
            golden.input::<S, f32>(0),
            |layer, x, pass| layer.forward(x.max_pool_with_indices::<K, ()>(), pass),
        );
    }
    of::<shape![2, 6, 3], (U2,), (U6,)>("max unpool 1");
    of::<shape![2, 5, 7, 3], (U2, U3), (U5, U7)>("max unpool 2");
    of::<shape![1, 4, 2, 4, 2], (U2, U2, U2), (U4, U2, U4)>("max unpool 3");
}

/// Ties, NaN, overlaps, padding, and an index of another image.
#[test]
fn indices_of_maxima_at_their_limits() {
    let x = |elements: [f32; 4]| -> Tensor![1, 4, 1] { Tensor::from(elements).reshape() };
    let tied = x([2.0, 2.0, f32::NAN, 3.0]).max_pool_with_indices::<(U2,), ()>();
    assert_eq!(tied.1.to_vec(), [0, 2]);
    let (y, indices) = x([1.0, 5.0, 2.0, 0.0]).max_pool_with_indices::<(U2,), Strided<U1>>();
    assert_eq!((y.to_vec(), indices.to_vec()), (vec![5.0, 5.0, 2.0], vec![1, 1, 2]));
    let back: Tensor![1, 4, 1] = y.max_unpool::<(U4,), _>(indices);
    assert_eq!(back.to_vec(), [0.0, 5.0, 2.0, 0.0]);
    type Wide = (Strided<U1>, Explicit<(U2, U0)>);
    let (y, indices) = x([-1.0; 4]).max_pool_with_indices::<(U2,), Wide>();
    assert_eq!(indices.to_vec(), [-1, 0, 0, 1, 2]);
    let message = panic_of(|| y.max_unpool::<(U4,), _>(indices));
    assert!(message.contains("-1"), "{message}");
    // These differ in f64, and are equal in f32.
    let x: Tensor![1, 4, 1; f64] = Tensor::from([1.0f64, 1.0 + 1e-12, 2.0 + 1e-12, 2.0]).reshape();
    let (y, indices) = x.max_pool_with_indices::<(U2,), ()>();
    assert_eq!((y.to_vec(), indices.to_vec()), (vec![1.0 + 1e-12, 2.0 + 1e-12], vec![1, 2]));
}

#[test]
fn alpha_dropout_keeps_mean_and_variance_and_draws_the_masks_of_dropout() {
    let rngs = || Rngs::new(0).with("dropout", 3);
    let x = <Tensor![100, 1000]>::normal(nnx::random::Key::new(1));
    for rate in [0.1, 0.5, 0.9] {
        let mut layer = AlphaDropout::new(rate, &mut rngs());
        let mut pass = Pass::train();
        let y = layer.forward(x.clone(), &mut pass);
        pass.commit(&mut layer).expect("one pass");
        let (mean, var) = (y.clone().mean().item(), y.clone().var(0).item());
        assert!(mean.abs() < 0.03 && (var - 1.0).abs() < 0.05, "{rate}: {mean} {var}");
        let other = Dropout::new(rate, &mut rngs()).forward(x.ones_like(), &mut Pass::train());
        let s = 1.758_099_340_847_376_6;
        let a = 1.0 / ((1.0 - rate) * (1.0 + rate * s * s)).sqrt();
        for ((y, x), kept) in y.to_vec().into_iter().zip(x.to_vec()).zip(other.to_vec()) {
            let x = if kept > 0.0 { f64::from(x) } else { -s };
            let expected = a * (x + s * rate);
            assert!((f64::from(y) - expected).abs() < 1e-5, "{y} instead of {expected}");
        }
        assert_eq!(layer.infer(x.clone()).to_vec(), x.to_vec(), "evaluation");
    }
    assert_eq!(
        AlphaDropout::new(0.0, &mut rngs()).forward(x.clone(), &mut Pass::train()).to_vec(),
        x.to_vec()
    );
    assert!(
        AlphaDropout::new(1.0, &mut rngs())
            .forward(x, &mut Pass::train())
            .to_vec()
            .iter()
            .all(|&y| y == 0.0)
    );
}

#[test]
fn alpha_dropout_shares_its_mask_along_axes_and_refuses_other_rates() {
    let layer = AlphaDropout::new(0.5, &mut Rngs::new(0)).broadcast::<Axis<1>>();
    let y = layer.forward(<Tensor![8, 3, 2]>::zeros(), &mut Pass::train()).to_vec();
    assert!(y.chunks(6).all(|image| image[..2] == image[2..4] && image[..2] == image[4..]));
    let slope =
        gradient(|x: Tensor![8, 3, 2]| layer.forward(x, &mut Pass::train()).sum(), Tensor::zeros());
    assert!(slope.to_vec().iter().zip(&y).all(|(&slope, &y)| (slope > 0.0) == (y > 0.0)));
    let message = panic_of(|| AlphaDropout::new(1.5, &mut Rngs::new(0)));
    assert_eq!(message, "a dropout rate is the probability to drop, within 0 to 1; found 1.5");
    let mut other = layer.clone().reseeded(&mut Rngs::new(9));
    other.set_rate(0.25);
    assert_eq!(other.rate(), 0.25);
    assert!(AlphaDropout::try_new(0.5, &mut Rngs::named("params", 0)).is_err());
}
