//! `Trainer` against loops by hand; limits, the best model, messages.

use std::cell::RefCell;
use std::time::Duration;

use nnx_core::metrics::{Accuracy, Average};
use nnx_core::module::{Filter, Init, Layer, Param, Pass, state, value_and_grad};
use nnx_core::nn::Linear;
use nnx_core::optim::{
    AveragedWeights, Chain, Optimizer, adam, apply_if_finite, clip_by_global_norm, cosine_decay,
    every, freeze, lookahead, partition, sam, schedule_free, sgd,
};
use nnx_core::random::Rngs;
use nnx_core::size::{U1, U2};
use nnx_core::tensor::Tensor;
use nnx_train::{
    Dataset, Evaluated, Goal, Interrupt, Items, Recorder, Run, Scores, Stop, TrainError, Trainer,
    evaluate,
};

use crate::task::{bits, bits_of, items, loss, measure, model, test, train};

#[test]
fn a_trainer_is_the_loop_by_hand_bit_for_bit() {
    let mut by_trainer = model(0);
    let report = Trainer::new(&mut by_trainer, adam(cosine_decay(0.02, 21, 0.0)))
        .epochs(3)
        .evaluate(&test(), measure)
        .fit(&train(), loss)
        .unwrap();
    assert_eq!((report.steps, report.stop), (21, Stop::Finished));

    let mut by_hand = model(0);
    let mut optimizer = Optimizer::new(&by_hand, adam(cosine_decay(0.02, 21, 0.0)));
    let mut last = f32::NAN;
    for epoch in 0..3 {
        for batch in train().epoch(epoch) {
            let batch = batch.unwrap();
            let (batch_loss, grads) =
                value_and_grad(&mut by_hand, |model, pass| loss(model, pass, batch)).unwrap();
            optimizer.update(&mut by_hand, grads).unwrap();
            last = batch_loss;
        }
    }
    assert_eq!(bits(&by_trainer), bits(&by_hand));
    assert_eq!(report.loss, last);
    let scores = evaluate(&test(), |batch, scores| {
        measure(&by_hand, &mut Pass::eval(), batch, scores);
    });
    assert_eq!(report.metrics, scores.unwrap().values());
}

#[test]
fn accumulation_clipping_and_averages_are_those_of_the_optimizers() {
    let mut by_trainer = model(1);
    Trainer::new(&mut by_trainer, adam(0.02))
        .steps(20)
        .accumulate(3)
        .clip_by_global_norm(0.1)
        .average_weights(0.9)
        .fit(&train(), loss)
        .unwrap();

    let mut by_hand = model(1);
    let chain = Chain::new().then(clip_by_global_norm(0.1)).then(adam(0.02));
    let mut optimizer = Optimizer::new(&by_hand, every(3, chain));
    let mut average = AveragedWeights::new(&by_hand, 0.9);
    let mut run = Run::new(&train()).steps(20);
    while let Some(batch) = run.next_batch().unwrap() {
        let (batch_loss, grads) =
            value_and_grad(&mut by_hand, |model, pass| loss(model, pass, batch)).unwrap();
        run.check(batch_loss, &grads, || state(&by_hand)).unwrap();
        optimizer.update(&mut by_hand, grads).unwrap();
        run.step(batch_loss, &optimizer);
        if run.steps_done().is_multiple_of(3) {
            average.update(&by_hand).unwrap();
        }
    }
    assert_eq!(run.finish().steps, 20);
    let mut expected = state(&by_hand);
    for (path, entry) in average.averages() {
        expected.insert(path, entry);
    }
    assert_eq!(bits(&by_trainer), bits_of(&expected));
}

#[test]
fn only_the_selected_part_is_trained() {
    let mut trained = model(2);
    let before = bits(&trained);
    let head = Filter::within("4");
    Trainer::new(&mut trained, adam(0.02)).steps(3).only(&head).fit(&train(), loss).unwrap();
    for ((path, before), (_, after)) in before.into_iter().zip(bits(&trained)) {
        let may_change =
            path.starts_with("4/") || path.starts_with("1/mean") || path.starts_with("1/var");
        if path.starts_with("4/kernel") {
            assert_ne!(before, after, "{path}");
        } else if !may_change && !path.starts_with('3') {
            assert_eq!(before, after, "{path}");
        }
    }
}

#[test]
fn a_loss_that_is_not_finite_leaves_the_model_as_after_the_last_good_step() {
    let good = {
        let mut model = model(0);
        Trainer::new(&mut model, adam(0.02)).steps(9).fit(&train(), loss).unwrap();
        bits(&model)
    };
    let count = RefCell::new(0);
    let mut broken = model(0);
    let error = Trainer::new(&mut broken, adam(0.02))
        .steps(20)
        .fit(&train(), |model, pass, batch| {
            *count.borrow_mut() += 1;
            let factor = if *count.borrow() == 10 { f32::NAN } else { 1.0 };
            loss(model, pass, batch) * factor
        })
        .unwrap_err();
    let TrainError::NotFinite(found) = &error else { panic!("{error}") };
    assert_eq!((found.step, found.batch), (10, Some((1, 3))));
    assert_eq!(found.last.map(|(step, _)| step), Some(9));
    let message = error.to_string();
    assert!(
        message.starts_with("the loss is NaN at step 10 (epoch 2, batch 3), after 0."),
        "{message}"
    );
    let paths = "; gradients that aren't finite: 0/bias, 0/kernel, 1/bias, 1/scale, 4/bias and 1 more; lower";
    assert!(message.contains(paths), "{message}");
    assert_eq!(bits(&broken), good, "weights, running statistics and random streams");
}

#[test]
fn a_broken_gradient_stops_unless_it_is_left_to_the_optimizer() {
    let train = || Items(vec![[1.0f32], [0.0], [2.0]]).loader(1).unwrap();
    // The gradient of a root at 0 is infinite, and the loss is finite.
    let weight = || (Param::<(U1,)>::new(Tensor::from([0.5])),);
    let mut model = weight();
    let error = Trainer::new(&mut model, sgd(0.1))
        .fit(&train(), |model, pass, x| (x * model.0.get(pass)).sqrt().sum())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the loss is 0, but gradients aren't finite, at step 2 (epoch 1, batch 2); gradients that aren't finite: 0; \
         look for a division by 0, or a root or logarithm of 0, in the loss"
    );
    let mut model = weight();
    let report = Trainer::new(&mut model, apply_if_finite(sgd(0.1), 5))
        .allow_broken_gradients()
        .fit(&train(), |model, pass, x| (x * model.0.get(pass)).sqrt().sum())
        .unwrap();
    assert_eq!(report.steps, 3);
    assert!(model.0.value().to_vec()[0].is_finite());
    let mut model = weight();
    let error = Trainer::new(&mut model, sgd(0.1))
        .allow_broken_gradients()
        .fit(&train(), |model, pass, x| (x * model.0.get(pass)).sum() * f32::INFINITY)
        .unwrap_err();
    assert!(
        error.to_string().starts_with("the loss is inf at step 1 (epoch 1, batch 1), and never"),
        "{error}"
    );
}

/// How far the weight of a model is from 4.
fn distance_to_four<X>(model: &Param<(U1,)>, pass: &mut Pass, _: X, scores: &mut Scores) {
    let distance = (model.get(pass) - Tensor::from([4.0])).abs().sum().item();
    scores.of::<Average>("distance").update_mean(distance, 1);
}

#[test]
fn early_stopping_waits_for_its_patience_and_the_best_model_is_kept() {
    let train = Items(vec![[1.0f32]; 2]).loader(1).unwrap();
    let mut model = Param::<(U1,)>::new(Tensor::from([0.0]));
    let report = Trainer::new(&mut model, sgd(1.0))
        .epochs(100)
        .evaluate(&train, distance_to_four)
        .stop_early(Goal::smallest("distance"), 3)
        .keep_best()
        .fit(&train, |model, pass, x| -(x * model.get(pass)).sum())
        .unwrap();
    // Evaluations at weights 2, 4 (the best), 6, 8, 10.
    assert_eq!((report.steps, &report.stop), (10, &Stop::NoImprovement));
    assert_eq!(report.best.map(|best| (best.step, best.value)), Some((4, 0.0)));
    assert_eq!(report.metric("distance"), Some(6.0));
    assert_eq!(model.value().to_vec(), [4.0]);
}

#[test]
fn an_improvement_that_is_too_small_is_none_and_nan_is_never_the_best() {
    let values = [f64::NAN, 0.5, 0.45, 0.41, 0.40, f64::NAN, 0.2, 0.1];
    let mut run = Run::new(&items(8).loader(1).unwrap())
        .evaluate_every_steps(1)
        .stop_early(Goal::smallest("loss").by_at_least(0.095), 4);
    let mut best = Vec::new();
    while run.next_batch().unwrap().is_some() {
        run.step_with_rate(1.0, None);
        assert!(run.evaluation_is_due());
        let mut scores = Scores::new();
        let value = values[run.steps_done() as usize - 1] as f32;
        scores.of::<Average>("loss").update_mean(value, 1);
        best.push(run.evaluated(scores).unwrap());
        assert!(!run.evaluation_is_due());
    }
    assert_eq!(best, [false, true, false, false, true, false, true, true]);
    assert_eq!(run.finish().stop, Stop::Finished);
}

#[test]
fn a_dry_run_leaves_everything_as_it_was() {
    #[derive(Default)]
    struct Counts(u32, u32);
    impl Recorder for Counts {
        fn step(&mut self, _: &nnx_train::Stepped) -> std::io::Result<()> {
            self.0 += 1;
            Ok(())
        }
        fn evaluation(&mut self, _: &Evaluated<'_>) -> std::io::Result<()> {
            self.1 += 1;
            Ok(())
        }
    }
    let (mut counts, mut tried) = (Counts::default(), model(0));
    let measured = RefCell::new(0);
    let report = Trainer::new(&mut tried, adam(0.02))
        .epochs(100)
        .dry_run(true)
        .average_weights(0.9)
        .record(&mut counts)
        .evaluate(&test(), |model, pass, batch, scores| {
            *measured.borrow_mut() += 1;
            measure(model, pass, batch, scores);
        })
        .fit(&train(), loss)
        .unwrap();
    assert_eq!((report.steps, report.stop), (2, Stop::DryRun));
    assert_eq!((counts.0, counts.1, measured.into_inner()), (2, 1, 2));
    assert_eq!(bits(&tried), bits(&model(0)));
}

#[test]
fn a_run_ends_by_time_by_request_and_by_its_limits() {
    let mut model = model(0);
    let report =
        Trainer::new(&mut model, adam(0.02)).time_limit(Duration::ZERO).fit(&train(), loss);
    let report = report.unwrap();
    assert_eq!((report.steps, report.stop), (0, Stop::TimeLimit));
    assert!(report.loss.is_nan());
    let interrupt = Interrupt::new();
    let count = RefCell::new(0);
    let report = Trainer::new(&mut model, adam(0.02))
        .epochs(9)
        .stop_on(&interrupt)
        .fit(&train(), |model, pass, batch| {
            *count.borrow_mut() += 1;
            if *count.borrow() == 10 {
                interrupt.request();
            }
            loss(model, pass, batch)
        })
        .unwrap();
    assert_eq!((report.steps, report.stop), (10, Stop::Interrupted), "the step is finished");
    let report = Trainer::new(&mut model, adam(0.02)).epochs(0).fit(&train(), loss).unwrap();
    assert_eq!((report.steps, report.stop), (0, Stop::Finished));
}

#[test]
fn evaluations_come_when_they_are_due_and_after_the_last_step() {
    #[derive(Default)]
    struct Steps(Vec<u64>);
    impl Recorder for Steps {
        fn evaluation(&mut self, evaluation: &Evaluated<'_>) -> std::io::Result<()> {
            self.0.push(evaluation.step);
            Ok(())
        }
    }
    let steps = |every: Option<u64>, limit: u64| {
        let (mut steps, mut model) = (Steps::default(), model(0));
        let trainer = Trainer::new(&mut model, adam(0.02)).steps(limit).record(&mut steps);
        let trainer = match every {
            Some(every) => trainer.evaluate_every_steps(every),
            None => trainer,
        };
        trainer.evaluate(&test(), measure).fit(&train(), loss).unwrap();
        steps.0
    };
    assert_eq!(steps(None, 14), [7, 14]);
    assert_eq!(steps(None, 9), [7, 9]);
    assert_eq!(steps(Some(4), 8), [4, 8]);
    assert_eq!(steps(Some(4), 9), [4, 8, 9]);
}

#[test]
fn broken_items_are_left_out_also_at_the_end_of_an_epoch() {
    let set = items(6).try_map(|(x, y)| match x[0] > 0.2 {
        true => Err("too large"),
        false => Ok((x, y)),
    });
    let loader = set.loader(1).unwrap().skip_broken();
    let whole: Vec<usize> = (0..6).filter(|&i| items(6).get(i).unwrap().0[0] <= 0.2).collect();
    assert!(whole.len() < 6);
    let mut model = model(0);
    let report = Trainer::new(&mut model, sgd(0.1)).epochs(2).fit(&loader, loss).unwrap();
    assert_eq!(report.steps, 2 * whole.len() as u64);
    assert_eq!(report.skipped.count(), 2 * (6 - whole.len() as u64));
    // A run that ends within an epoch: the items that were left out before its last step.
    let last = whole[whole.len() - 1] as u64;
    let report = Trainer::new(&mut model, sgd(0.1)).steps(whole.len() as u64 - 1);
    let report = report.fit(&loader, loss).unwrap();
    let before = whole[whole.len() - 2] as u64 + 1 - report.steps;
    assert!(last > 0 && before > 0 && report.steps > 0, "some before the last step");
    assert_eq!(report.skipped.count(), before);

    let none = items(3).try_map(|_| Err::<crate::task::Item, _>("broken"));
    let none = none.loader(1).unwrap().skip_broken();
    let error = Trainer::new(&mut model, sgd(0.1)).epochs(2).fit(&none, loss).unwrap_err();
    assert!(matches!(error, TrainError::Data(_)), "{error}");
}

#[test]
fn several_evaluations_measure_side_by_side() {
    let mut model = Linear::<U1, U2>::init(&mut Rngs::new(0));
    let rows = || Items(vec![([1.0f32], 0i32), ([-1.0], 1)]).loader(2).unwrap();
    let report = Trainer::new(&mut model, adam(0.3))
        .epochs(20)
        .evaluate(&rows(), |model, pass, (x, labels), scores| {
            scores.of::<Accuracy>("train accuracy").update(&model.forward(x, pass), &labels);
        })
        .evaluate(&rows(), |model, pass, (x, labels), scores| {
            scores.of::<Accuracy>("test accuracy").update(&model.forward(x, pass), &labels);
        })
        .fit(&rows(), |model, pass, (x, labels)| {
            nnx_core::nn::softmax_cross_entropy(model.forward(x, pass), labels).mean()
        })
        .unwrap();
    assert_eq!(
        report.metrics,
        [("train accuracy".to_owned(), 1.0), ("test accuracy".to_owned(), 1.0)]
    );
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    macro_rules! refused {
        ($(. $setting:ident($($argument:expr),*))*) => {{
            let mut model = model(0);
            let trainer = Trainer::new(&mut model, adam(0.02))$(.$setting($($argument),*))*;
            trainer.fit(&train(), loss).unwrap_err().to_string()
        }};
    }
    assert_eq!(
        refused!(.evaluate(&test(), measure).best_by(Goal::largest("accuracy"))),
        "no evaluation measures `accuracy`, by which the best model is chosen; it measures `error`"
    );
    assert_eq!(
        refused!(.stop_early(Goal::largest("accuracy"), 3)),
        "the best model is chosen by a metric, but nothing is evaluated; add `evaluate(&test, ..)`"
    );
    assert_eq!(
        refused!(.keep_best()),
        "keep_best: nothing says which evaluation is the best; add `best_by(Goal::largest(..))` or `stop_early`"
    );
    assert_eq!(refused!(.sample(|_| Err("no pen".into()))), "no pen");
    let message = |f: fn()| {
        let panic = std::panic::catch_unwind(f).expect_err("refused");
        panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).expect("a text")
    };
    assert_eq!(
        message(|| drop(Run::new(&train()).evaluate_every_steps(0))),
        "evaluate_every_steps: expected at least 1 step, found 0"
    );
    assert_eq!(
        message(|| drop(Run::new(&train()).stop_early(Goal::smallest("loss"), 0))),
        "stop_early: expected a patience of at least 1 evaluation, found 0"
    );
    assert_eq!(
        message(|| drop(Trainer::new(&mut crate::task::model(0), adam(0.1)).accumulate(0))),
        "accumulate: expected at least 1 batch, found 0"
    );
    let panic = std::panic::catch_unwind(|| {
        let mut scores = Scores::new();
        scores.of::<Accuracy>("a");
        scores.of::<Average>("a");
    });
    let text = *panic.expect_err("refused").downcast::<String>().expect("a text");
    assert!(text.starts_with("Scores: the metric `a` was made as another type than "), "{text}");
}

#[test]
fn the_learning_rate_of_a_step_is_known_through_all_wrappers() {
    let model = Linear::<U1, U2>::init(&mut Rngs::new(0));
    let rate = || adam(cosine_decay(0.5, 10, 0.0));
    let of = |chain: Chain| Optimizer::new(&model, chain).learning_rate();
    assert_eq!(of(rate().into()), Some(0.5));
    assert_eq!(of(Chain::new().then(clip_by_global_norm(1.0)).then(rate())), Some(0.5));
    assert_eq!(of(every(3, rate()).into()), Some(0.5));
    assert_eq!(of(apply_if_finite(rate(), 3).into()), Some(0.5));
    assert_eq!(of(lookahead(rate(), 3, 0.5).into()), Some(0.5));
    assert_eq!(of(sam(rate(), sgd(0.1)).into()), Some(0.5));
    let groups =
        partition().group(Filter::within("bias"), freeze()).group(Filter::everything(), rate());
    assert_eq!(of(groups.into()), Some(0.5));
    assert_eq!(of(schedule_free(sgd(0.25), 0.25).into()), Some(0.25));
    assert_eq!(of(Chain::new().then(clip_by_global_norm(1.0))), None);
    // Accumulation counts its own steps.
    let mut trained = crate::task::model(0);
    let mut optimizer = Optimizer::new(&trained, every(2, rate()));
    for batch in train().epoch(0) {
        let batch = batch.unwrap();
        let (_, grads) =
            value_and_grad(&mut trained, |model, pass| loss(model, pass, batch)).unwrap();
        optimizer.update(&mut trained, grads).unwrap();
    }
    assert_eq!(optimizer.step(), 7);
    assert_eq!(optimizer.learning_rate(), Some(cosine_decay(0.5, 10, 0.0).at(3)));
}
