//! Compiled models: recorded once, replayed for each size of the input.

use nnx::module::record;
use nnx::prelude::*;
use nnx::program::{Memo, Plan, Rewrites};

use crate::panic_of;

#[derive(Debug, Module)]
#[module(sequential)]
struct Cnn {
    conv: Conv<U1, U4, (U3, U3)>,
    norm: BatchNorm<U4>,
    relu: Relu,
    pool: MaxPool<(U2, U2)>,
    flatten: Flatten,
    output: Linear<dim!(4 * 4 * 4), U10>,
}

type Images = Tensor![Batch, 8, 8, 1];

fn images(batch: usize, key: u64) -> Images {
    Images::zeros_of(&[batch]).normal_like(nnx::random::Key::new(key))
}

#[test]
fn a_compiled_model_gives_the_results_of_the_model_for_each_batch() {
    let model = Cnn::init(&mut Rngs::new(0));
    let compiled = compile::<Images, _>(&model);
    for (key, batch) in [3, 1, 3, 0, 1, 3].into_iter().enumerate() {
        let x = images(batch, key as u64);
        assert_close(compiled.infer(x.clone()), model.infer(x));
    }
}

/// Equal but for the norm, which is in the weights of the convolution.
fn assert_close(found: Tensor![Batch, 10], expected: Tensor![Batch, 10]) {
    assert_eq!(found.dims(), expected.dims());
    for (found, expected) in found.to_vec().iter().zip(expected.to_vec()) {
        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    }
}

#[test]
fn what_depends_on_no_input_is_computed_once() {
    let compiled = compile::<Images, _>(Cnn::init(&mut Rngs::new(0)));
    let program = compiled.program(images(2, 0)).expect("a program");
    let plan = Plan::with(&program, Rewrites::Nothing, &Memo::default()).expect("a plan");
    assert_eq!(plan.steps() + plan.folded() + plan.dropped(), program.steps(), "{program}");
    assert_eq!(plan.folded(), 4, "the factor of the norm is computed before:\n{program}");
    let plan = compiled.plan(images(2, 0)).expect("a plan");
    assert_eq!(plan.steps(), 3, "conv with norm, relu and pool, reshape, linear:\n{plan}");
}

#[test]
fn what_no_result_needs_is_left_out() {
    let x = Tensor::from([1.0, 2.0]);
    let twice = |x: Vec<nnx::ops::DynTensor>, _: &mut Pass| {
        let unused = x[0].clone().exp();
        let _ = unused.sum_all();
        vec![x[0].clone().mul_scalar(2.0)]
    };
    let (program, _) = record(&Identity, vec![x.into_dyn()], twice).expect("a program");
    let plan = Plan::new(&program).expect("a plan");
    assert_eq!((program.steps(), plan.steps(), plan.dropped()), (3, 1, 2), "{program}");
}

#[test]
fn threads_share_a_compiled_model() {
    let model = Cnn::init(&mut Rngs::new(0));
    let compiled = compile::<Images, _>(&model);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (compiled, model) = (&compiled, &model);
            scope.spawn(move || {
                for batch in 1..4 {
                    let x = images(batch, thread);
                    assert_close(compiled.infer(x.clone()), model.infer(x));
                }
            });
        }
    });
}

#[test]
fn gradients_and_vmap_go_through_the_model_itself() {
    let model = Linear::<U3, U1>::init(&mut Rngs::new(0));
    let compiled = compile::<Tensor![Batch, 3], _>(&model);
    let x = || Tensor::batch([[1.0, 2.0, 3.0]; 2]);
    let expected = nnx::tensor::gradient(|x| model.infer(x).square().sum(), x());
    assert_eq!(nnx::tensor::gradient(|x| compiled.infer(x).square().sum(), x()), expected);
    assert_ne!(expected.to_vec(), [0.0; 6]);
}

#[test]
fn several_inputs_and_outputs_keep_their_order() {
    struct Swap;
    impl Module for Swap {
        fn visit(&self, _: &mut nnx::module::Visitor<'_>) {}
        fn visit_mut(&mut self, _: &mut nnx::module::VisitorMut<'_>) {}
        fn visit_modules(&mut self, _: &mut nnx::module::ModuleVisitor<'_>) {}
    }
    type Pair = (Tensor![Batch, 2], Tensor![Batch; i32]);
    impl Layer<Pair> for Swap {
        type Output = (Tensor![Batch; i32], [Tensor![Batch, 2]; 2]);
        fn forward(&self, (x, labels): Pair, _: &mut Pass) -> Self::Output {
            (labels, [x.clone() * 2.0, x])
        }
    }
    let compiled = compile::<Pair, _>(Swap);
    for offset in [0.0, 1.0] {
        let x: Tensor![Batch, 2] = Tensor::batch([[1.0, 2.0 + offset]]);
        let labels: Tensor![Batch; i32] = Tensor::batch([7]);
        let (out, [double, same]) = compiled.infer((x.clone(), labels.clone()));
        assert_eq!((out, double, same), (labels, x.clone() * 2.0, x));
    }
}

/// Operations that a program can't record are refused, and the compiled model stays usable.
#[test]
fn reading_elements_while_recording_is_refused() {
    struct Reads;
    impl Module for Reads {
        fn visit(&self, _: &mut nnx::module::Visitor<'_>) {}
        fn visit_mut(&mut self, _: &mut nnx::module::VisitorMut<'_>) {}
        fn visit_modules(&mut self, _: &mut nnx::module::ModuleVisitor<'_>) {}
    }
    impl Layer<Tensor![Batch, 2]> for Reads {
        type Output = Tensor![Batch, 2];
        fn forward(&self, x: Tensor![Batch, 2], _: &mut Pass) -> Tensor![Batch, 2] {
            if x.clone().sum().item() > 0.0 { x } else { -x }
        }
    }
    let compiled = compile::<Tensor![Batch, 2], _>(Reads);
    let message = panic_of(|| compiled.infer(Tensor::batch([[1.0, 2.0]])));
    assert_eq!(
        message,
        "elements of a tensor of shape () are read (as `item` and `to_vec` do) while `jit`, `compile` or `record` \
         records it: later runs repeat the operations, and would see the elements of this run. Choose by `select` instead \
         of `if`, return the tensor and read it outside, or call the function itself"
    );
}

#[test]
fn a_tensor_that_is_kept_from_a_recording_is_refused() {
    let kept = std::cell::RefCell::new(None);
    let keep = |x: Vec<nnx::ops::DynTensor>, _: &mut Pass| {
        *kept.borrow_mut() = Some(x[0].clone());
        x
    };
    let (_, mut results) =
        record(&Identity, vec![Tensor::from([1.0f32]).into_dyn()], keep).expect("a program");
    assert_eq!(results.remove(0).exp().array().to_vec::<f32>().expect("f32").len(), 1);
    let kept = kept.into_inner().expect("a tensor");
    let message = panic_of(|| kept.exp());
    assert_eq!(
        message,
        "a tensor is used that was kept from the recording of a program, which has ended: return it as a result"
    );
}

#[test]
fn a_program_within_the_recording_of_another_is_part_of_it() {
    let inner = compile::<Tensor![Batch, 3], _>(Linear::<U3, U3>::init(&mut Rngs::new(0)));
    let x: Tensor![Batch, 3] = Tensor::batch([[1.0, 2.0, 3.0]]);
    let run = |x: Vec<nnx::ops::DynTensor>, _: &mut Pass| {
        let x = <Tensor![Batch, 3]>::try_from(x[0].clone()).expect("the shape");
        vec![inner.infer(x).into_dyn()]
    };
    let (program, _) = record(&Identity, vec![x.into_dyn()], run).expect("a program");
    assert_eq!(program.steps(), 1, "{program}");
}

#[test]
fn inputs_of_another_shape_are_refused_with_both() {
    let x = Tensor::from([1.0f32, 2.0]);
    let (program, _) =
        record(&Identity, vec![x.into_dyn()], |x, _| vec![x[0].clone().exp()]).expect("a program");
    let plan = Plan::new(&program).expect("a plan");
    let error = plan.run(vec![nnx::array::Array::scalar(1.0f32)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`program` was recorded for inputs of shape (2,) of f32, found () of f32"
    );
}

#[test]
fn values_that_an_operation_refuses_are_errors_of_the_run() {
    let model = Embed::<U4, U2>::init(&mut Rngs::new(0));
    let compiled = compile::<Tensor![Batch; i32], _>(&model);
    assert!(compiled.try_infer(Tensor::batch([1])).is_ok());
    let error = compiled.try_infer(Tensor::batch([4])).unwrap_err().to_string();
    assert!(error.contains("index 4"), "{error}");
    let x: Tensor![Batch; i32] = Tensor::batch([3]);
    assert_eq!(compiled.infer(x.clone()), model.infer(x));
}

/// The loss saves values of the recorded run for its gradient: a later run must not use them.
#[test]
fn gradients_within_a_program_are_those_of_its_inputs() {
    let labels: Tensor![2; i32] = Tensor::from([2, 0]);
    let slope = |x: Tensor![2, 3]| {
        let labels = labels.clone();
        nnx::tensor::gradient(|x| softmax_cross_entropy(x, labels).sum(), x)
    };
    let x: Tensor![2, 3] = Tensor::from([[1.0, 2.0, 3.0], [0.5, 0.0, -0.5]]);
    let run = |x: Vec<nnx::ops::DynTensor>, _: &mut Pass| {
        vec![slope(x[0].clone().try_into().expect("the shape")).into_dyn()]
    };
    let (program, _) = record(&Identity, vec![x.clone().into_dyn()], run).expect("a program");
    let plan = Plan::new(&program).expect("a plan");
    let other = x * -3.0;
    let found = plan.run(vec![other.clone().into_dyn().into_array()]).expect("a run");
    let expected = slope(other).to_vec();
    for (found, expected) in found[0].to_vec::<f32>().expect("f32").iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}:\n{program}");
    }
}

#[test]
fn functions_with_gradients_of_their_own_may_capture_weights() {
    #[derive(Debug, Module)]
    struct Scaled {
        weight: Param<shape![2]>,
    }
    impl Layer<Tensor![Batch, 2]> for Scaled {
        type Output = Tensor![Batch, 2];
        fn forward(&self, x: Tensor![Batch, 2], pass: &mut Pass) -> Tensor![Batch, 2] {
            let weight = self.weight.get(pass);
            let scale = move |x: Tensor![Batch, 2]| x * weight.clone();
            nnx::tensor::remat(scale, x)
        }
    }
    let model = Scaled { weight: Param::new(Tensor::from([2.0, 3.0])) };
    let compiled = compile::<Tensor![Batch, 2], _>(&model);
    for i in 0..3u8 {
        let x: Tensor![Batch, 2] = Tensor::batch([[f32::from(i), 1.0]]);
        assert_eq!(compiled.infer(x.clone()), model.infer(x));
    }
}

#[test]
fn a_recording_takes_no_tensor_that_is_being_differentiated_or_recorded() {
    let again = |x: Vec<nnx::ops::DynTensor>, _: &mut Pass| {
        record(&Identity, x, |x, _| x).expect("a program").1
    };
    let x = || vec![Tensor::from([1.0f32]).into_dyn()];
    let message = panic_of(|| record(&Identity, x(), again));
    assert_eq!(
        message,
        "`record` takes tensors that aren't being differentiated, batched by `vmap` or recorded: here call the \
         function itself, or pass `x.stop_gradient()`"
    );
    let compiled = compile::<Tensor![1], _>(Identity);
    let gradient = || {
        nnx::tensor::gradient(
            |x: Tensor![1]| {
                let _ = compiled.program(x.clone());
                x.sum()
            },
            Tensor::from([1.0]),
        )
    };
    assert!(panic_of(gradient).starts_with("`record` takes tensors that aren't being"));
}

#[test]
fn the_oldest_of_many_plans_goes() {
    let compiled = compile::<Tensor![Batch, 2], _>(Identity);
    for batch in 1..=70 {
        let _ = compiled.infer(<Tensor![Batch, 2]>::zeros_of(&[batch]));
    }
    assert!(format!("{compiled:?}").ends_with("plans: 64 }"), "{compiled:?}");
}

#[test]
fn operations_of_sequences_and_attention_are_counted() {
    let rnn = Rnn::<LstmCell<U3, U4>>::init(&mut Rngs::new(0));
    let program = compile(&rnn).program(<Tensor![2, 5, 3]>::zeros()).expect("a program");
    // 2 rows and 5 steps: 4 gates of 4 units, of 3 inputs with a bias and of 4 outputs; 13 for each unit.
    assert_eq!(program.flops(), 2 * 5 * 4 * (4 * (2 * 3 + 1) + 4 * 2 * 4 + 13), "{program}");
    let heads = |x: Vec<nnx::ops::DynTensor>, _: &mut Pass| {
        vec![x[0].clone().attention(x[0].clone(), x[0].clone(), false, None)]
    };
    let x = <Tensor![1, 4, 2, 8]>::zeros().into_dyn();
    let (program, _) = record(&Identity, vec![x], heads).expect("a program");
    // 2 heads of 4 queries: each is scaled, and has 4 scores of 8 products, and 4 products with 8 values.
    assert_eq!(program.flops(), 2 * 4 * (8 + 4 * (2 * 8 + 2 * 8 + 5)), "{program}");
}
