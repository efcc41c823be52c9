//! Layers that change the kernel of another. Flax replaces the weights by the changed kernel;
//! the goldens put it back before each call.

use nnx::nn::WithKernel;
use nnx::prelude::*;

use crate::golden::{Errors, Golden};

/// Output, gradients, and after three training passes the statistics and the output in evaluation.
fn check<L, M, S, O>(name: &'static str, mut model: M, inner: impl Fn(&M) -> &L)
where
    L: WithKernel<Element = f32>,
    M: Module + Layer<Tensor<S>, Output = Tensor<O>>,
    S: Shape,
    O: Shape,
{
    let golden = Golden::open("normalization");
    let mut errors = Errors::of(name, 1e-5);
    let mut compare = |what: &str, found: Vec<f32>| {
        errors.compare(what, &found, &golden.numbers(&format!("{name}/{what}")));
    };
    let x: Tensor<S> = golden.tensor(&format!("{name}/input/0"));
    let cotangent: Tensor<O> = golden.tensor(&format!("{name}/cotangent"));
    let weights = inner(&model).kernel().value().to_vec();

    compare("output", model.forward(x.clone(), &mut Pass::train()).to_vec());
    let weighted = |model: &M, x: Tensor<S>, pass: &mut Pass| {
        (model.forward(x, pass) * cotangent.clone()).sum()
    };
    let slope = gradient(|x| weighted(&model, x, &mut Pass::train()), x.clone());
    compare("gradient of input", slope.to_vec());
    let as_it_was = state(&model);
    let grads =
        grad(&mut model, |model, pass| weighted(model, x.clone(), pass)).expect("gradients");
    let of = |end: &str| {
        let (_, entry) = grads
            .iter()
            .find(|(path, _)| path.to_string() == format!("layer_instance/{end}"))
            .expect("a gradient");
        entry.array.to_vec::<f32>().expect("f32")
    };
    compare("gradient of kernel", of("kernel"));
    compare("gradient of bias", of("bias"));
    update(&mut model, &as_it_was).expect("its own state");

    for _ in 0..3 {
        let mut pass = Pass::train();
        let _ = model.forward(x.clone(), &mut pass);
        pass.commit(&mut model).expect("nothing failed");
    }
    for (path, entry) in state_of(&Filter::kind::<kind::BatchStat>(), &model).iter() {
        compare(&format!("after/{path}"), entry.array.to_vec().expect("f32"));
    }
    compare("evaluation", model.infer(x).to_vec());
    assert_eq!(inner(&model).kernel().value().to_vec(), weights, "the weights stay as they were");
}

type Convolution = Conv<U2, U4, (U3, U3)>;
type Images = shape![Batch, 4, 4, 2];
type Maps = shape![Batch, 4, 4, 4];

#[test]
fn spectral_norm_around_a_linear_layer() {
    let layer = |steps| {
        let mut rngs = Rngs::new(0);
        SpectralNorm::new(Linear::<U3, U4>::init(&mut rngs), &mut rngs).steps(steps)
    };
    let check = |name, steps| {
        check::<Linear<U3, U4>, _, shape![Batch, 3], shape![Batch, 4]>(
            name,
            layer(steps),
            |model| &model.layer_instance,
        );
    };
    check("spectral norm linear steps=1", 1);
    check("spectral norm linear steps=3", 3);
}

#[test]
fn spectral_norm_around_a_convolution() {
    let layer = |steps| {
        let mut rngs = Rngs::new(0);
        SpectralNorm::new(Convolution::init(&mut rngs), &mut rngs).steps(steps)
    };
    let check = |name, steps| {
        check::<Convolution, _, Images, Maps>(name, layer(steps), |model| &model.layer_instance);
    };
    check("spectral norm conv steps=1", 1);
    check("spectral norm conv steps=3", 3);
}

#[test]
fn weight_norm_around_a_linear_layer() {
    let layer = || WeightNorm::<Linear<U3, U4>>::init(&mut Rngs::new(0));
    let check = |name, layer| {
        check::<Linear<U3, U4>, _, shape![Batch, 3], shape![Batch, 4]>(
            name,
            layer,
            |model: &WeightNorm<Linear<U3, U4>>| &model.layer_instance,
        );
    };
    check("weight norm linear scale=true", layer());
    check("weight norm linear scale=false", layer().without_scale());
}

#[test]
fn weight_norm_around_a_convolution() {
    let layer = || WeightNorm::<Convolution>::init(&mut Rngs::new(0));
    let check = |name, layer| {
        check::<Convolution, _, Images, Maps>(name, layer, |model: &WeightNorm<Convolution>| {
            &model.layer_instance
        });
    };
    check("weight norm conv scale=true", layer());
    check("weight norm conv scale=false", layer().without_scale());
}

#[test]
fn the_scale_of_weight_norm_is_trained() {
    let mut model = WeightNorm::<Linear<U3, U4>>::init(&mut Rngs::new(0));
    let x = Tensor::from([1.0, 2.0, 3.0]);
    let grads = grad(&mut model, |model, pass| model.forward(x.clone(), pass).sum());
    let paths: Vec<String> =
        grads.expect("gradients").iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["layer_instance/bias", "layer_instance/kernel", "scale"]);
}

#[test]
fn spectral_norm_of_zeros_stays_zero() {
    let mut rngs = Rngs::new(0);
    let mut linear = Linear::<U3, U2>::init(&mut rngs);
    linear.kernel.replace(Tensor::zeros());
    let layer = SpectralNorm::new(linear, &mut rngs);
    assert_eq!(layer.infer(Tensor::from([1.0, 2.0, 3.0])).to_vec(), [0.0, 0.0]);
}

#[test]
fn weights_of_zero_have_no_direction() {
    let zeros = || {
        let mut linear = Linear::<U3, U2>::init(&mut Rngs::new(0));
        linear.kernel.replace(Tensor::zeros());
        linear
    };
    let x = || Tensor::from([1.0, 2.0, 3.0]);
    for epsilon in [0.0, 1e-12] {
        assert_eq!(WeightNorm::new(zeros()).epsilon(epsilon).infer(x()).to_vec(), [0.0, 0.0]);
        let layer = SpectralNorm::new(zeros(), &mut Rngs::new(0)).epsilon(epsilon);
        assert_eq!(layer.infer(x()).to_vec(), [0.0, 0.0]);
    }
}

/// Their squares overflow, their lengths don't.
#[test]
fn huge_weights_have_a_direction() {
    let mut linear = Linear::<U2, U1>::init(&mut Rngs::new(0));
    linear.kernel.replace(Tensor::from([[3e30], [4e30]]));
    let layer = WeightNorm::new(linear);
    let y = layer.infer(Tensor::from([1.0, 1.0])).to_vec();
    assert!((y[0] - 1.4).abs() < 1e-6, "{y:?}");
}

#[test]
#[should_panic(expected = "takes at least one step of power iteration; found 0")]
fn no_step_of_power_iteration_is_refused() {
    let mut rngs = Rngs::new(0);
    let _ = SpectralNorm::new(Linear::<U3, U4>::init(&mut rngs), &mut rngs).steps(0);
}
