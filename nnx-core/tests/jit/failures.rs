//! A step that fails changes nothing, and what can't be recorded is refused with the way out.

use std::cell::Cell;
use std::panic::{Location, set_hook, take_hook};

use crate::prelude::*;
use nnx_core::nn::{BagMode, EmbeddingBag, MultiHeadAttention};
use nnx_core::optim::Schedule;
use nnx_core::program::{Memo, Plan, Rewrites};

use crate::{bits, panic_of};

type Net = (Embed<U4, U3>, Linear<U3, U2>);
type Ids = Tensor![Batch; i32];

fn make() -> (Net, Optimizer) {
    let model = Net::init(&mut Rngs::new(0));
    let optimizer = Optimizer::new(&model, adam(1e-2));
    (model, optimizer)
}

fn train(
    (model, optimizer): (&mut Net, &mut Optimizer),
    (ids, labels): (Ids, Ids),
) -> Result<Tensor![], nnx_core::Error> {
    let (loss, grads) = loss_and_grad(model, |(embed, linear), pass| {
        softmax_cross_entropy(linear.forward(embed.forward(ids, pass), pass), labels).mean()
    })?;
    optimizer.update(model, grads)?;
    Ok(loss)
}

fn ids(numbers: &[i32]) -> Ids {
    Ids::from_vec(numbers.to_vec()).expect("a batch")
}

#[test]
fn an_index_that_does_not_fit_is_an_error_and_changes_nothing() {
    let (mut model, mut optimizer) = make();
    let mut step = jit(train);
    let good = || (ids(&[1, 3]), ids(&[0, 1]));
    // In a recording this is the panic of the function; in a replay it is an error.
    for recorded in [false, true] {
        let before = (bits(&model), bits(&optimizer));
        for (x, labels) in [(ids(&[1, 4]), ids(&[0, 1])), (ids(&[1, 2]), ids(&[0, 2]))] {
            let message = match recorded {
                false => panic_of(|| step.call((&mut model, &mut optimizer), (x, labels))),
                true => {
                    let failed = step.call((&mut model, &mut optimizer), (x, labels));
                    failed.unwrap_err().to_string()
                }
            };
            assert!(message.contains("at position") || message.contains("index"), "{message}");
            assert_eq!((bits(&model), bits(&optimizer)), before);
        }
        step.call((&mut model, &mut optimizer), good()).expect("a step");
    }
    assert_eq!((optimizer.step(), step.programs()), (2, 1));
}

/// The lookup of an embedding has checked the indices of its gradient, and a loss its labels, so that no step of the backward pass may fail.
#[test]
fn indices_are_checked_once() {
    let ((mut model, mut optimizer), mut step) = (make(), jit(train));
    let data = (ids(&[1, 3]), ids(&[0, 1]));
    let program = step.program((&mut model, &mut optimizer), data).expect("a program");
    let checks = |rewrites| {
        let plan = Plan::with(&program, rewrites, &Memo::default()).expect("a plan");
        let checks = plan.program().iter().filter(|step| step.operation().checks_values());
        checks.map(|step| step.name()).collect::<Vec<_>>()
    };
    let recorded =
        ["gather", "softmax_cross_entropy", "softmax_cross_entropy_gradient", "scatter_rows"];
    assert_eq!(checks(Rewrites::Nothing), recorded, "{program}");
    assert_eq!(checks(Rewrites::Exact), recorded[..2], "{program}");
}

/// Bags have checked the indices and bounds of their gradient. An index in no bag may be any, so that they haven't checked
/// those of an embedding; bags with other bounds are checked apart.
#[test]
fn indices_and_bounds_of_bags_are_checked_once() {
    type Nets = (EmbeddingBag<U4, U3>, EmbeddingBag<U4, U3>, Embed<U4, U3>);
    let mut model: Nets = (
        EmbeddingBag::init(&mut Rngs::new(0)),
        EmbeddingBag::<U4, U3>::init(&mut Rngs::new(1)).mode(BagMode::Max),
        Embed::init(&mut Rngs::new(2)),
    );
    let mut optimizer = Optimizer::new(&model, sgd(0.1));
    let mut step = jit(
        |(model, optimizer): (&mut Nets, &mut Optimizer),
         (ids, offsets): (Ids, Tensor![2; i64])| {
            let (loss, grads) = loss_and_grad(model, |(sums, maxima, embed), pass| {
                let y = sums.at_offsets(ids.clone(), &offsets, pass).square().sum()
                    + maxima.at_offsets(ids.clone(), &offsets, pass).square().sum();
                // Constant bounds: the gradient has the same ones.
                let all = maxima.forward(ids.clone().insert_axis::<0>(), pass).sum();
                y + all + embed.forward(ids, pass).square().sum()
            })?;
            optimizer.update(model, grads)?;
            Ok(loss)
        },
    );
    let data = |offset: i64| (ids(&[1, 3, 0]), Tensor::from([0, offset]));
    let program = step.program((&mut model, &mut optimizer), data(2)).expect("a program");
    let checks = |rewrites| {
        let plan = Plan::with(&program, rewrites, &Memo::default()).expect("a plan");
        let checks = plan.program().iter().filter(|step| step.operation().checks_values());
        checks.map(|step| step.name()).collect::<Vec<_>>()
    };
    let forward = ["embedding_bag", "embedding_bag", "embedding_bag", "gather"];
    let recorded = checks(Rewrites::Nothing);
    assert_eq!((recorded.len(), &recorded[..4]), (8, &forward[..]), "{program}");
    // Both layers have bags of the same bounds, so that the second one isn't checked either.
    assert_eq!(checks(Rewrites::Exact), ["embedding_bag", "embedding_bag", "gather"], "{program}");
    step.call((&mut model, &mut optimizer), data(2)).expect("a step");
    let before = (bits(&model), bits(&optimizer));
    let failed = step.call((&mut model, &mut optimizer), data(5)).unwrap_err().to_string();
    assert!(failed.contains("found bag 0 from 0 to 5"), "{failed}");
    assert_eq!((bits(&model), bits(&optimizer)), before);
}

/// The first model is updated before the labels of the second loss are checked.
#[test]
fn an_error_after_an_update_undoes_it() {
    let (mut model, mut optimizer) = make();
    let mut step =
        jit(|(model, optimizer): (&mut Net, &mut Optimizer), (x, labels): (Ids, Ids)| {
            train((&mut *model, &mut *optimizer), (x.clone(), x.clone()))?;
            train((model, optimizer), (x, labels))
        });
    let mut call = |labels: &[i32]| {
        let before = (bits(&model), bits(&optimizer));
        let result = step.call((&mut model, &mut optimizer), (ids(&[0, 1]), ids(labels)));
        (result.map(|_| ()), before == (bits(&model), bits(&optimizer)))
    };
    assert!(matches!(call(&[0, 1]), (Ok(()), false)));
    assert!(matches!(call(&[1, 0]), (Ok(()), false)));
    assert!(matches!(call(&[1, 7]), (Err(_), true)));
    assert!(matches!(call(&[1, 1]), (Ok(()), false)));
}

#[test]
fn a_schedule_that_panics_in_a_replay_changes_nothing() {
    let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
    let schedule = Schedule::new(|step| if step == 2 { f64::NAN } else { 0.1 });
    let mut optimizer = Optimizer::new(&model, adam(schedule));
    let mut step =
        jit(|(model, optimizer): (&mut Linear<U2, U1>, &mut Optimizer), x: Tensor![1, 2]| {
            let (loss, grads) =
                loss_and_grad(model, |model, pass| model.forward(x, pass).square().sum())?;
            optimizer.update(model, grads)?;
            Ok(loss)
        });
    let x = || <Tensor![1, 2]>::ones();
    for _ in 0..2 {
        step.call((&mut model, &mut optimizer), x()).expect("a step");
    }
    let before = (bits(&model), bits(&optimizer));
    for _ in 0..2 {
        let message = panic_of(|| step.call((&mut model, &mut optimizer), x()));
        assert!(message.contains("step 2"), "{message}");
        assert_eq!((bits(&model), bits(&optimizer)), before);
    }
}

#[test]
fn an_error_or_a_panic_of_the_function_leaves_the_modules_as_they_were() {
    let (mut model, mut optimizer) = make();
    let before = (bits(&model), bits(&optimizer));
    let mut step = jit(|(model, optimizer): (&mut Net, &mut Optimizer), x: Ids| {
        train((model, optimizer), (x.clone(), x))?;
        Err::<(), _>(nnx_core::Error::other("enough"))
    });
    let failed = step.call((&mut model, &mut optimizer), ids(&[0, 1]));
    assert_eq!(failed.unwrap_err().to_string(), "enough");
    assert_eq!((bits(&model), bits(&optimizer)), before);
    let mut step = jit(|(model, optimizer): (&mut Net, &mut Optimizer), x: Ids| {
        train((model, optimizer), (x.clone(), x))?;
        assert_eq!(1, 2, "no");
        Ok(())
    });
    assert!(panic_of(|| step.call((&mut model, &mut optimizer), ids(&[0, 1]))).contains("no"));
    assert_eq!((bits(&model), bits(&optimizer)), before);
}

#[test]
fn a_loss_as_a_number_is_refused_with_the_way_out() {
    let (mut model, _) = make();
    let mut step = jit(|model: &mut Net, x: Ids| {
        value_and_grad(model, |model, pass| model.0.forward(x, pass).sum())?;
        Ok(())
    });
    assert_eq!(
        panic_of(|| step.call(&mut model, ids(&[0]))),
        "the loss is wanted as a number, which isn't known while `jit` records a step: write `loss_and_grad`, which \
         returns it as a tensor, in place of `value_and_grad`"
    );
}

#[test]
fn decoding_with_a_cache_is_refused() {
    let mut attention = MultiHeadAttention::<U2, U8>::init(&mut Rngs::new(0));
    attention.init_cache(1, 4);
    let mut step = jit(|attention: &mut MultiHeadAttention<U2, U8>, x: Tensor![1, 1, 8]| {
        let mut pass = Pass::decode();
        let y = attention.decode(x, (), &mut pass);
        pass.commit(attention)?;
        Ok(y)
    });
    assert_eq!(
        panic_of(|| step.call(&mut attention, Tensor::ones())),
        "`decode` reads how many positions of its cache are filled, which isn't known while `jit` records a step: \
         call `decode` without `jit`, or record a pass over the whole sequence, with the mask `Causal`"
    );
}

thread_local! {
    /// The line of the last panic on this thread.
    static LINE: Cell<u32> = const { Cell::new(0) };
}

#[test]
fn a_loss_as_a_number_is_refused_at_the_line_of_the_caller() {
    let print = take_hook();
    set_hook(Box::new(move |panic| {
        LINE.set(panic.location().map_or(0, Location::line));
        print(panic);
    }));
    let (mut model, _) = make();
    let mut step = jit(|model: &mut Net, x: Ids| {
        let found = value_and_grad(model, |model, pass| model.0.forward(x, pass).sum()); // here
        found.map(|_| ())
    });
    let _ = panic_of(|| step.call(&mut model, ids(&[0])));
    let here = include_str!("failures.rs").lines().position(|line| line.ends_with("; // here"));
    assert_eq!(Some(LINE.get() as usize), here.map(|index| index + 1));
}

#[test]
fn elements_of_a_variable_are_refused_at_the_line_that_reads_them() {
    let (mut model, _) = make();
    let mut step = jit(|model: &mut Net, x: Ids| {
        let first = model.1.kernel.value().to_vec()[0];
        Ok(model.0.infer(x) * first)
    });
    let message = panic_of(|| step.call(&mut model, ids(&[0])));
    assert!(
        message.starts_with(
            "elements of a tensor of shape (3, 2) are read (as `item` and `to_vec` do) while `jit`"
        ),
        "{message}"
    );
}

#[test]
fn a_key_as_a_number_is_refused() {
    let mut stream = RngStream::forked("noise", &mut Rngs::new(0));
    let mut step = jit(|stream: &mut RngStream, (): ()| {
        let mut pass = Pass::train();
        let _ = stream.draw(&mut pass);
        pass.commit(stream)
    });
    assert_eq!(
        panic_of(|| step.call(&mut stream, ())),
        "`RngStream::draw` gives a key as a number, but each run of a recorded step draws another one: write \
         `stream.sample(pass, |key| ..)`"
    );
}

#[test]
fn a_step_that_adds_a_layer_is_refused() {
    let mut layers = vec![Linear::<U2, U2>::init(&mut Rngs::new(0))];
    let before = bits(&layers);
    let mut step = jit(|layers: &mut Vec<Linear<U2, U2>>, (): ()| {
        layers.push(layers[0].clone());
        Ok(())
    });
    let error = step.call(&mut layers, ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a recorded step changes the values of variables, but this one has added or removed variables, such as \
         `1/kernel`: change the structure of a module outside of the step"
    );
    assert_eq!(bits(&layers)[..before.len()], before);
    // The layers can be used, as nothing of the recording is left in them.
    assert_eq!(layers[1].infer(<Tensor![1, 2]>::zeros()).to_vec(), [0.0; 2]);
}
