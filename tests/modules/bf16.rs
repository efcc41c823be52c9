//! Weights that are stored as bf16: results are those of the rounded weights in f32, bit for bit, however the model runs.

use nnx::array::DType;
use nnx::models::{Gpt, GptOptions, LstmLanguageModel, Mlp, Sampler, SimpleCnn};
use nnx::module::{Bf16Error, Path};
use nnx::prelude::*;
use nnx::tensor::Shared;

use crate::panics::panic_of;

/// The model with weights of bf16, and the same with these weights in f32.
fn twins<M: Module + Clone>(mut model: M) -> [M; 2] {
    to_bf16(&mut model).expect("weights within the range of bf16");
    let mut wide = model.clone();
    to_f32(&mut wide);
    let stored = |model: &M, dtype| {
        state(model).iter().filter(|(_, entry)| entry.array.dtype() == dtype).count()
    };
    assert!(stored(&model, DType::Bf16) > 0);
    assert_eq!(stored(&wide, DType::Bf16), 0);
    [model, wide]
}

fn bits<S: nnx::size::Shape>(x: &Tensor<S>) -> Vec<u32> {
    x.to_vec().into_iter().map(f32::to_bits).collect()
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn tokens(batch: usize, time: usize) -> Tensor![Batch, Time; i32] {
    let tokens = (0..batch * time).map(|i| (i * 31 % 65) as i32).collect();
    Tensor::from_shape_vec(&[batch, time], tokens).expect("as many tokens")
}

/// `infer` and a compiled model give the bits of the twin of f32, for several sizes of a batch.
macro_rules! same_results {
    ($model:ty, $input:ty, |$batch:ident| $x:expr) => {{
        let [narrow, wide] = twins(<$model>::init(&mut Rngs::new(1)));
        let compiled = compile::<$input, _>(&narrow);
        for $batch in [1, 2, 7, 40, 1] {
            let x: $input = $x;
            let expected = bits(&wide.infer(x.clone()));
            assert_eq!(bits(&narrow.infer(x.clone())), expected, "batch {}", $batch);
            assert_eq!(bits(&compiled.infer(x)), expected, "compiled, batch {}", $batch);
        }
    }};
}

#[test]
fn models_have_the_bits_of_the_rounded_weights() {
    same_results!(Mlp<U100, U300, U10>, Tensor![Batch, 100], |batch| {
        Tensor::from_shape_vec(&[batch, 100], numbers(batch * 100)).expect("the sizes")
    });
    same_results!(SimpleCnn<U10>, Tensor![Batch, 28, 28, 1], |batch| {
        Tensor::from_shape_vec(&[batch, 28, 28, 1], numbers(batch * 784)).expect("the sizes")
    });
    same_results!(LstmLanguageModel<U65, U16, U24>, Tensor![Batch, Time; i32], |batch| tokens(batch, 5));
    // The outer and inner sizes of a general linear layer are several axes.
    same_results!(MultiHeadAttention<U4, U32>, Tensor![Batch, Time, 32], |batch| {
        Tensor::from_shape_vec(&[batch, 3, 32], numbers(batch * 96)).expect("the sizes")
    });
}

type Small = Gpt<U65, U16, U32, U4>;

#[test]
fn decoding_with_a_cache_has_the_bits_of_the_rounded_weights() {
    let model = Small::with(&GptOptions::default().depth(2), &mut Rngs::new(0));
    for batch in [1, 3] {
        let [narrow, wide] = twins(model.clone()).map(|mut model| {
            model.init_cache(batch);
            let mut logits = Vec::new();
            for time in [4, 1, 1, 3] {
                let mut pass = Pass::decode();
                logits.extend(bits(&model.forward(tokens(batch, time), &mut pass)));
                pass.commit(&mut model).expect("caches alone");
            }
            // The cache of keys and values is f32.
            let caches = state_of(&Filter::kind::<kind::Cache>(), &model);
            assert!(caches.iter().all(|(_, entry)| entry.array.dtype() != DType::Bf16));
            logits
        });
        assert_eq!(narrow, wide, "batch {batch}");
    }
    let [narrow, wide] = twins(model).map(|model| {
        let mut sampler = Sampler::new(0).temperature(0.8).expect("a temperature");
        model.generate(&[1, 2, 3], 40, &mut sampler).expect("tokens")
    });
    assert_eq!(narrow, wide);
}

#[test]
fn a_batch_norm_goes_into_weights_of_bf16() {
    let [narrow, wide] = twins(<(Linear<U8, U16>, BatchNorm<U16>)>::init(&mut Rngs::new(0)));
    let x = Tensor::<(Batch, U8)>::from_shape_vec(&[3, 8], numbers(24)).expect("the sizes");
    let found = compile::<Tensor![Batch, 8], _>(&narrow).infer(x.clone());
    let expected = compile::<Tensor![Batch, 8], _>(&wide).infer(x);
    assert_eq!(bits(&found), bits(&expected));
}

#[test]
fn the_relative_error_of_a_weight_is_at_most_2_to_the_minus_8() {
    let exact = Linear::<U64, U64>::init(&mut Rngs::new(0));
    let mut model = exact.clone();
    to_bf16(&mut model).expect("rounded");
    let pairs = model.kernel.value().to_vec().into_iter().zip(exact.kernel.value().to_vec());
    for (rounded, weight) in pairs {
        assert!((f64::from(rounded) - f64::from(weight)).abs() <= f64::from(weight).abs() / 256.0);
    }
    assert_eq!(bits(model.bias.as_ref().expect("a bias").value()), [0; 64]);
}

#[test]
fn kernels_and_embeddings_are_rounded_and_take_half_the_memory() {
    let mut model = Small::with(&GptOptions::default().depth(1), &mut Rngs::new(0));
    let bytes = |model: &Small| -> usize {
        let bytes = |array: &nnx::array::Array| array.elements() * array.dtype().bytes();
        state(model).iter().map(|(_, entry)| bytes(&entry.array)).sum()
    };
    let before = bytes(&model);
    to_bf16(&mut model).expect("rounded");
    for (path, entry) in &state(&model) {
        let name = path.keys().last().map(ToString::to_string).expect("a name");
        let expected = match (entry.array.dtype(), name.as_str()) {
            (DType::U32, _) => DType::U32,
            (_, "bias" | "scale") => DType::F32,
            _ => DType::Bf16,
        };
        assert_eq!(entry.array.dtype(), expected, "{path}");
    }
    assert!(bytes(&model) < before * 52 / 100, "{} of {before}", bytes(&model));
    // A clone shares the weights, and a second call changes nothing.
    let shared = model.clone();
    to_bf16(&mut model).expect("they are bf16");
    assert_eq!(state(&shared), state(&model));
}

#[test]
fn values_are_read_as_f32() {
    let mut model = Linear::<U2, U3>::init(&mut Rngs::new(0));
    to_bf16(&mut model).expect("rounded");
    let kernel = model.kernel.value();
    assert_eq!(kernel.array().dtype(), DType::Bf16);
    let mut wide = model.clone();
    to_f32(&mut wide);
    let expected = wide.kernel.value();
    assert_eq!((kernel, kernel.to_vec()), (expected, expected.to_vec()));
    assert_eq!((kernel.to_string(), kernel.as_slice()), (expected.to_string(), None));
    assert!(kernel.is_close(expected, 0.0, 0.0).to_vec().into_iter().all(|close| close));
    assert_eq!(<[[f32; 3]; 2]>::from(kernel.clone()), <[[f32; 3]; 2]>::from(expected.clone()));
    assert_eq!(kernel.clone().sum().item(), expected.clone().sum().item());
    let typed = Tensor::<shape![2, 3]>::try_from(kernel.array().clone()).expect("the shape");
    assert_eq!(typed.array().dtype(), DType::F32);
}

const REFUSED: &str = "`kernel` is stored as bf16, and such weights have no gradients: widen them by \
    `to_f32(&mut model)`, or select other variables by `value_and_grad_of`";

#[test]
fn gradients_with_respect_to_weights_of_bf16_are_refused() {
    let mut model = Linear::<U2, U3>::init(&mut Rngs::new(0));
    to_bf16(&mut model).expect("rounded");
    let before = state(&model);
    let x = Tensor::from([1.0, 2.0]);
    let loss = |model: &Linear<U2, U3>, pass: &mut Pass| model.forward(x.clone(), pass).sum();
    let everything = Filter::everything();
    let errors = [
        value_and_grad(&mut model, loss).map(drop).expect_err("bf16"),
        value_and_grad_of(&everything, &mut model, loss).map(drop).expect_err("bf16"),
        value_and_gradients_of(&everything, &mut model, (), |model, (), pass| loss(model, pass))
            .map(drop)
            .expect_err("bf16"),
        hessian_vector_product(&everything, &model, &before, loss).map(drop).expect_err("bf16"),
    ];
    for error in errors {
        assert_eq!(error.to_string(), REFUSED);
    }
    assert_eq!(
        panic_of(|| Optimizer::new(&model, adam(0.1))),
        "`kernel` is stored as bf16, and such weights aren't trained: widen them by `to_f32(&mut model)`, or train \
         other variables by `Optimizer::within`"
    );
    assert_eq!(state(&model), before);
}

#[test]
fn a_head_is_trained_on_a_body_of_bf16() {
    type Model = (Linear<U4, U8>, Linear<U8, U1>);
    let mut model = Model::init(&mut Rngs::new(0));
    to_bf16_of(&Filter::within("0"), &mut model).expect("rounded");
    let mut wide = model.clone();
    to_f32(&mut wide);
    let train = |model: &mut Model| {
        let head = Filter::within("1");
        let mut optimizer = Optimizer::within::<kind::Param, _>(&head, model, adam(0.1));
        for _ in 0..3 {
            let x = Tensor::<shape![2, 4]>::full(0.5);
            let (_, grads) = value_and_grad_of(&head, model, |model, pass| {
                model.forward(x, pass).square().mean()
            })
            .expect("gradients of the head");
            optimizer.update(model, grads).expect("the head");
        }
        bits(model.1.kernel.value())
    };
    assert_eq!(train(&mut model), train(&mut wide));
    assert_eq!(model.0.kernel.value().array().dtype(), DType::Bf16);
}

#[test]
fn gradients_with_respect_to_inputs_flow_through_weights_of_bf16() {
    let [narrow, wide] = twins(<(Linear<U4, U8>, Relu, Linear<U8, U2>)>::init(&mut Rngs::new(0)));
    let slope = |model: &(Linear<U4, U8>, Relu, Linear<U8, U2>)| {
        let f = |x: Tensor![3, 4]| model.infer(x).square().sum();
        bits(&nnx::tensor::gradient(
            f,
            Tensor::from_shape_vec(&[3, 4], numbers(12)).expect("sizes"),
        ))
    };
    assert_eq!(slope(&narrow), slope(&wide));
}

#[test]
fn what_cannot_be_rounded_is_named_and_the_model_stays() {
    let mut model = <(Linear<U2, U2>, Linear<U2, U2>)>::init(&mut Rngs::new(0));
    model.1.kernel.replace(Tensor::from([[1.0, -3.4e38], [f32::INFINITY, f32::NAN]]));
    let error = to_bf16(&mut model).expect_err("a large weight");
    assert_eq!(error, Bf16Error::BeyondRange { path: Path::parse("1/kernel"), value: -3.4e38 });
    assert_eq!(
        error.to_string(),
        "`1/kernel` has a weight of -3.4e38, which is beyond the largest bf16 (3.3895314e38); the model is unchanged: \
         leave this variable out by `to_bf16_of`"
    );
    assert!(state(&model).iter().all(|(_, entry)| entry.array.dtype() == DType::F32));
    to_bf16_of(&!Filter::within("1"), &mut model).expect("without it");

    let error = to_bf16(&mut Relu).expect_err("no weights");
    let text = error.to_string();
    assert!(text.starts_with("nothing to store as bf16: the filter ("), "{text}");
    assert!(text.ends_with(") selects no parameter of f32 of this model"), "{text}");
    let mut double = Linear::<U2, U2, f64>::init(&mut Rngs::new(0));
    assert!(matches!(to_bf16(&mut double), Err(Bf16Error::NothingSelected { .. })));
    // Statistics and caches aren't parameters.
    let mut norm = BatchNorm::<U2>::init(&mut Rngs::new(0));
    assert!(to_bf16_of(&Filter::kind::<kind::BatchStat>(), &mut norm).is_err());
}

#[test]
fn infinities_and_nan_stay_and_the_largest_weight_is_rounded() {
    let largest = f32::from_bits(0x7f7f_7fff);
    let weights = [[f32::INFINITY, f32::NAN], [largest, -0.0]];
    let mut model = Linear::<U2, U2>::init(&mut Rngs::new(0));
    model.kernel.replace(Tensor::from(weights));
    to_bf16(&mut model).expect("within the range");
    let found = model.kernel.value().to_vec();
    assert!(found[0] == f32::INFINITY && found[1].is_nan());
    assert_eq!((found[2].to_bits(), found[3].to_bits()), (0x7f7f_0000, 0x8000_0000));
    assert_eq!(state(&model).not_finite().len(), 1);
}

#[test]
fn an_ensemble_of_bf16_has_the_results_of_its_rounded_members() {
    let mut members: Ensemble<Linear<U4, U3>, U5> = Ensemble::init(&mut Rngs::new(0));
    to_bf16(&mut members).expect("rounded");
    let mut wide = members.clone();
    to_f32(&mut wide);
    let x = Tensor::<shape![2, 4]>::full(0.5);
    let run = |members: &Ensemble<Linear<U4, U3>, U5>| {
        members.map(Shared(x.clone()), &mut Pass::eval(), |member, x, pass| member.forward(x, pass))
    };
    assert_eq!(bits(&run(&members)), bits(&run(&wide)));
}

#[test]
fn members_of_bf16_become_an_ensemble_and_are_replaced() {
    type Member = Linear<U4, U3>;
    let [a, b, c] = [0, 1, 2].map(|seed| twins(Member::init(&mut Rngs::new(seed)))[0].clone());
    let mut members = Ensemble::<_, U2>::from_members([a.clone(), b.clone()]).expect("two");
    assert_eq!(state(&members.member(1)), state(&b));
    members.set_member(0, &c).expect("the same variables");
    assert_eq!(state(&members.member(0)), state(&c));
    assert_eq!(state(&members.member(1)), state(&b));
    assert_eq!(members.member(0).kernel.value().array().dtype(), DType::Bf16);
    // A member of f32 isn't one of these, and nothing is changed.
    members.set_member(0, &Member::init(&mut Rngs::new(3))).expect_err("another element type");
    assert_eq!(state(&members.member(0)), state(&c));
}

#[test]
fn functions_of_a_weight_of_bf16_have_gradients_of_f32() {
    let [narrow, wide] = twins(Linear::<U4, U3>::init(&mut Rngs::new(0)));
    let factor = Tensor::<shape![3, 4]>::from_shape_vec(&[3, 4], numbers(12)).expect("sizes");
    let pull = |model: &Linear<U4, U3>| {
        let f = |w: Tensor![4, 3]| (w.transpose() * factor.clone()).sum();
        let (value, pull) = nnx::tensor::vjp(f, model.kernel.value().clone());
        (value, pull(Tensor::from(1.0)))
    };
    let (found, expected) = (pull(&narrow), pull(&wide));
    assert_eq!(found, expected);
    assert_eq!(bits(&found.1), bits(&factor.transpose()));
    assert_eq!(found.1.array().dtype(), DType::F32);
}

#[test]
fn a_recorded_step_has_a_program_for_inputs_of_bf16_and_one_for_f32() {
    let [narrow, wide] = twins(Linear::<U4, U3>::init(&mut Rngs::new(0)));
    let mut model = Linear::<U3, U2>::init(&mut Rngs::new(1));
    let mut step = jit(|model: &mut Linear<U3, U2>, w: Tensor![4, 3]| Ok(model.infer(w)));
    let expected = model.infer(wide.kernel.value().clone());
    for _ in 0..2 {
        for owner in [&narrow, &wide] {
            let found = step.call(&mut model, owner.kernel.value().clone()).expect("a step");
            assert_eq!(bits(&found), bits(&expected));
        }
    }
    assert_eq!(step.programs(), 2);
}

#[test]
fn variables_that_are_not_parameters_store_bf16_as_f32() {
    let [narrow, wide] = twins(Linear::<U2, U2>::init(&mut Rngs::new(0)));
    let (value, expected) = (narrow.kernel.value(), wide.kernel.value());
    let stored = |variable: &BatchStat<shape![2, 2]>| {
        assert_eq!(variable.value(), expected);
        variable.value().array().dtype()
    };
    let mut statistic = BatchStat::new(value.clone());
    assert_eq!(stored(&statistic), DType::F32);
    statistic.replace(Tensor::zeros());
    statistic.replace(value.clone());
    assert_eq!(stored(&statistic), DType::F32);
    statistic.replace(Tensor::zeros());
    let mut pass = Pass::train();
    statistic.set(value.clone(), &mut pass);
    pass.commit(&mut statistic).expect("an f32");
    assert_eq!(stored(&statistic), DType::F32);
    // A parameter takes it as it is.
    assert_eq!(Param::new(value.clone()).value().array().dtype(), DType::Bf16);
}

#[test]
fn biases_scales_and_factors_of_lora_stay_f32_whatever_their_shape() {
    type Model = (
        MultiHeadAttention<U4, U32>,
        LayerNorm<(U2, U16)>,
        Ensemble<(Linear<U4, U3>, RmsNorm<U3>), U5>,
        LoraLinear<U4, U2, U3>,
    );
    let mut model = Model::init(&mut Rngs::new(0));
    to_bf16(&mut model).expect("rounded");
    let (mut narrow, mut small) = (0, 0);
    for (path, entry) in &state_of(&Filter::kind::<kind::Param>(), &model) {
        let path = path.to_string();
        let expected = match path.ends_with("/kernel") {
            true => DType::Bf16,
            false => DType::F32,
        };
        assert_eq!(entry.array.dtype(), expected, "{path}");
        narrow += usize::from(expected == DType::Bf16);
        small += usize::from(expected == DType::F32 && entry.array.dims().len() >= 2);
    }
    // Query, key and value; bias and scale of the first norm; those of the members; the factors.
    assert_eq!((narrow, small), (4 + 1 + 1, 3 + 2 + 2 + 2));
    // They are rounded on demand.
    to_bf16_of(&Filter::within("3/lora"), &mut model).expect("rounded");
    assert_eq!(model.3.lora.lora_a.value().array().dtype(), DType::Bf16);
}

#[test]
fn arithmetic_with_states_reads_bf16_as_f32() {
    let [narrow, wide] =
        twins(Linear::<U4, U3>::init(&mut Rngs::new(0))).map(|model| state(&model));
    assert!(narrow.norm() > 0.0);
    assert_eq!(narrow.norm(), wide.norm());
    assert_eq!(&narrow + &narrow, &wide + &wide);
    assert_eq!(&narrow - &narrow, &wide - &wide);
    let half = &narrow * 0.5;
    assert_eq!(half, &wide * 0.5);
    assert!(half.iter().all(|(_, entry)| entry.array.dtype() == DType::F32));
}

#[test]
fn averages_of_weights_leave_out_bf16() {
    let mut model = <(Linear<U4, U8>, Linear<U8, U2>)>::init(&mut Rngs::new(0));
    to_bf16_of(&Filter::within("0"), &mut model).expect("rounded");
    let mut average = AveragedWeights::new(&model, 0.9);
    average.update(&model).expect("the same model");
    let paths: Vec<String> = average.averages().iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["1/bias", "1/kernel"]);
    // A pass reads the others from the model.
    let x = Tensor::<shape![2, 4]>::full(0.5);
    let found = model.forward(x.clone(), &mut average.pass(&model).expect("the same model"));
    assert!(found.is_close(&model.infer(x), 1e-6, 1e-6).to_vec().into_iter().all(|close| close));
}

#[test]
fn operations_of_weights_of_bf16_are_counted_in_their_rows() {
    let [narrow, wide] = twins(<(Linear<U4, U8>, Relu, Linear<U8, U2>)>::init(&mut Rngs::new(0)));
    let counts = |model: &(Linear<U4, U8>, Relu, Linear<U8, U2>)| {
        let table = summary_of_pass(model, Tensor::<shape![3, 4]>::full(0.5));
        let rows: Vec<_> = table.rows.iter().map(|row| (row.path.clone(), row.flops)).collect();
        (rows, table.other_flops)
    };
    assert_eq!(counts(&narrow), counts(&wide));
}
