//! `Trainer::distributed`: ranks that are threads, against one process.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use nnx_core::metrics::{Auroc, MeanSquaredError};
use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{BatchNorm, Gelu, Linear, Relu};
use nnx_core::optim::{Chain, adam, adamw, cosine_decay, sgd};
use nnx_core::random::Rngs;
use nnx_core::size::{U1, U3, U8};
use nnx_core::{module::Init, tensor::Tensor};
use nnx_train::{
    Collective, Dataset, Goal, Interrupt, Items, Loader, OneRank, Recorder, Report, Scores,
    Stepped, Stop, Trainer, on_threads, saved_checkpoints,
};

use crate::task::{self, Item, Rows, bits, items};

/// Without dropout, whose masks differ between ranks.
pub(crate) type Model = (Linear<U3, U8>, BatchNorm<U8>, Relu, Linear<U8, U1>);

pub(crate) fn model(seed: u64) -> Model {
    Init::init(&mut Rngs::new(seed))
}

/// Six batches of 8 items, which 3 ranks can't share equally.
pub(crate) fn train() -> Loader<Item> {
    let loader = items(48).loader(8).unwrap().shuffled(3);
    loader.augment(|(x, y), random| (x.map(|x| x + 0.01 * random.normal() as f32), y))
}

/// Five batches: of three or four ranks some have fewer than others.
fn test() -> Loader<Item> {
    items(30).loader(7).unwrap()
}

pub(crate) fn loss(model: &Model, pass: &mut Pass, (x, y): Rows) -> Tensor<()> {
    (model.forward(x, pass) - y).square().mean()
}

pub(crate) fn measure(model: &Model, pass: &mut Pass, (x, y): Rows, scores: &mut Scores) {
    let predicted = model.forward(x, pass);
    scores.of::<MeanSquaredError>("error").update(&predicted, &y);
    let positive = y.map_elements_to_labels();
    scores.of::<Auroc>("area").update(&predicted, &positive);
}

/// Labels that say whether a number is positive.
trait Positive {
    fn map_elements_to_labels(&self) -> Tensor<(nnx_core::size::Batch, U1), i32>;
}
impl Positive for Tensor<(nnx_core::size::Batch, U1)> {
    fn map_elements_to_labels(&self) -> Tensor<(nnx_core::size::Batch, U1), i32> {
        let labels = self.to_vec().into_iter().map(|y| i32::from(y > 0.0)).collect();
        Tensor::from_shape_vec(&[self.dims()[0], 1], labels).unwrap()
    }
}

/// Keeps the losses.
#[derive(Clone, Default)]
struct Losses(Rc<RefCell<Vec<f32>>>);

impl Recorder for Losses {
    fn step(&mut self, step: &Stepped) -> io::Result<()> {
        self.0.borrow_mut().push(step.loss);
        Ok(())
    }
}

/// The losses that this rank has recorded, the metrics, and the bits of the model.
type Trained = (Vec<f32>, Vec<(String, f64)>, Vec<(String, Vec<u8>)>);

fn trained<C: Collective + Clone + 'static>(ranks: &C, steps: u64) -> Trained {
    // Other initial weights on each rank: those of rank 0 count.
    let (mut model, losses) = (model(ranks.rank() as u64), Losses::default());
    // Not Adam: the bias before the BatchNorm has a gradient of 0 but for rounding, which Adam would turn into whole
    // steps.
    let report = Trainer::new(&mut model, sgd(0.1).momentum(0.9))
        .steps(steps)
        .evaluate(&test(), measure)
        .record(losses.clone())
        .distributed(ranks)
        .fit(&train(), loss)
        .unwrap();
    let losses = losses.0.take();
    (losses, report.metrics, bits(&model))
}

#[test]
fn ranks_have_the_losses_statistics_and_metrics_of_one_process() {
    let (whole, metrics, _) = trained(&OneRank, 100);
    assert_eq!(whole.len(), 100);
    for size in [2, 3, 4] {
        let first = on_threads(size, |ranks| trained(&ranks, 100));
        let again = on_threads(size, |ranks| trained(&ranks, 100));
        assert_eq!(first, again, "{size} ranks, run after run");
        for (rank, (losses, values, bits)) in first.iter().enumerate() {
            assert_eq!(losses.len(), if rank == 0 { 100 } else { 0 }, "rank 0 records");
            assert_eq!((values, bits), (&first[0].1, &first[0].2), "all have the same model");
        }
        for (step, (whole, loss)) in whole.iter().zip(&first[0].0).enumerate() {
            assert!((whole - loss).abs() <= 1e-5, "{size} ranks, step {step}: {loss} for {whole}");
        }
        for ((name, whole), (_, merged)) in metrics.iter().zip(&first[0].1) {
            assert!((whole - merged).abs() <= 1e-5, "{name} of {size} ranks: {merged} for {whole}");
        }
    }
}

#[test]
fn masks_of_dropout_differ_between_ranks_and_streams_do_not() {
    let train = || Items(vec![[1.0f32; 8]; 4]).loader(4).unwrap();
    let masks = on_threads(2, |ranks| {
        let seen = RefCell::new(Vec::new());
        let mut model = (
            Linear::<U8, U1>::init(&mut Rngs::new(0)),
            nnx_core::nn::Dropout::new(0.5, &mut Rngs::new(1)),
        );
        Trainer::new(&mut model, adam(0.1))
            .distributed(&ranks)
            .fit(&train(), |model, pass, x| {
                let x = model.1.forward(x, pass);
                seen.borrow_mut().extend(x.to_vec());
                model.0.forward(x, pass).mean()
            })
            .unwrap();
        (seen.into_inner(), bits(&model))
    });
    assert_ne!(masks[0].0, masks[1].0, "other masks");
    assert_eq!(masks[0].1, masks[1].1, "the same streams and weights");
}

#[test]
fn early_stopping_and_the_best_model_are_the_same_on_all_ranks() {
    let results = on_threads(3, |ranks| {
        let mut model = model(0);
        let report = Trainer::new(&mut model, adam(0.05))
            .epochs(200)
            .evaluate(&test(), measure)
            .stop_early(Goal::smallest("error").by_at_least(0.01), 2)
            .keep_best()
            .distributed(&ranks)
            .fit(&train(), loss)
            .unwrap();
        (report.steps, report.stop, report.best, bits(&model))
    });
    assert_eq!(results[0].1, Stop::NoImprovement);
    assert!(results[0].0 < 1200);
    assert!(results.iter().all(|result| *result == results[0]));
}

/// Trains up to a step, with checkpoints, and goes on where there is one.
pub(crate) fn with_checkpoints<C: Collective + Clone + 'static>(
    ranks: &C,
    directory: &Path,
    steps: u64,
) -> (Vec<f32>, Report) {
    let (mut model, losses) = (model(0), Losses::default());
    // The gradient of a bias before a batch norm is rounding alone, which Adam would divide by its size.
    let report = Trainer::new(&mut model, adam(0.01).eps(1e-4))
        .steps(steps)
        .evaluate(&test(), measure)
        .best_by(Goal::smallest("error"))
        .keep_best()
        .average_weights(0.9)
        .checkpoints(directory)
        .save_every_steps(7)
        .resume(true)
        .record(losses.clone())
        .distributed(ranks)
        .fit(&train(), loss)
        .unwrap();
    (losses.0.take(), report)
}

#[test]
fn a_run_of_four_ranks_goes_on_with_two_and_with_one() {
    let whole = tempfile::tempdir().unwrap();
    let (whole, expected) = with_checkpoints(&OneRank, whole.path(), 60);
    let directory = tempfile::tempdir().unwrap();
    let mut losses = Vec::new();
    for (size, steps) in [(4, 20), (2, 45)] {
        let reports = on_threads(size, |ranks| with_checkpoints(&ranks, directory.path(), steps));
        losses.extend(reports[0].0.clone());
        assert!(reports.iter().all(|(_, report)| report.steps == steps));
        assert!(
            reports[1..].iter().all(|(_, report)| report.checkpoint.is_none()),
            "rank 0 writes"
        );
        let saved = saved_checkpoints(directory.path()).unwrap();
        assert_eq!(saved.last().unwrap().step, steps);
    }
    let (rest, report) = with_checkpoints(&OneRank, directory.path(), 60);
    losses.extend(rest);
    assert_eq!(losses.len(), 60);
    for (step, (whole, loss)) in whole.iter().zip(&losses).enumerate() {
        assert!((whole - loss).abs() <= 1e-5, "step {step}: {loss} for {whole}");
    }
    assert_eq!(report.best.unwrap().step, expected.best.unwrap().step);
}

#[test]
fn an_interrupt_of_one_rank_ends_all_after_the_same_step() {
    let directory = tempfile::tempdir().unwrap();
    let reports = on_threads(3, |ranks| {
        let (interrupt, count) = (Interrupt::new(), RefCell::new(0));
        let mut model = model(0);
        Trainer::new(&mut model, adam(0.01))
            .steps(1000)
            .stop_on(&interrupt)
            .checkpoints(directory.path())
            .distributed(&ranks)
            .fit(&train(), |model, pass, batch| {
                *count.borrow_mut() += 1;
                if ranks.rank() == 2 && *count.borrow() == 10 {
                    interrupt.request();
                }
                loss(model, pass, batch)
            })
            .unwrap()
    });
    let steps = reports[0].steps;
    assert!((10..=11).contains(&steps), "{steps}");
    for report in &reports {
        assert_eq!((report.steps, &report.stop), (steps, &Stop::Interrupted));
    }
    assert_eq!(saved_checkpoints(directory.path()).unwrap().last().unwrap().step, steps);
}

#[test]
fn a_time_limit_of_one_rank_ends_all() {
    let reports = on_threads(2, |ranks| {
        let limit = if ranks.rank() == 1 { 50 } else { 3_600_000 };
        let mut model = model(0);
        Trainer::new(&mut model, adam(0.01))
            .steps(1_000_000)
            .time_limit(std::time::Duration::from_millis(limit))
            .distributed(&ranks)
            .fit(&train(), loss)
            .unwrap()
    });
    assert_eq!((reports[0].steps, &reports[0].stop), (reports[1].steps, &Stop::TimeLimit));
}

/// What each of two ranks says, where rank 1 has another loader or other settings.
fn refused(other: impl Fn(Loader<Item>) -> Loader<Item> + Sync, accumulate: u32) -> String {
    let errors = on_threads(2, |ranks| {
        let loader = if ranks.rank() == 1 { other(train()) } else { train() };
        let accumulate = if ranks.rank() == 1 { accumulate } else { 1 };
        let mut model = model(0);
        let trainer = Trainer::new(&mut model, adam(0.01)).accumulate(accumulate);
        trainer.distributed(&ranks).fit(&loader, loss).unwrap_err().to_string()
    });
    assert_eq!(errors[0], errors[1], "all ranks say the same");
    errors[0].clone()
}

#[test]
fn ranks_with_other_programs_are_refused_in_the_handshake() {
    let errors = on_threads(2, |ranks| {
        let error = if ranks.rank() == 0 {
            Trainer::new(&mut model(0), adam(0.01))
                .distributed(&ranks)
                .fit(&train(), loss)
                .unwrap_err()
        } else {
            let mut other: (Linear<U3, U8>, BatchNorm<U8>, Gelu, Linear<U8, U1>) =
                Init::init(&mut Rngs::new(0));
            Trainer::new(&mut other, adam(0.01))
                .distributed(&ranks)
                .fit(&train(), |model, pass, (x, y)| (model.forward(x, pass) - y).square().mean())
                .unwrap_err()
        };
        error.to_string()
    });
    assert_eq!(errors[0], errors[1]);
    let fix = "; start the same program on all ranks";
    assert!(
        errors[0].starts_with("rank 1 has a model of the digest ") && errors[0].ends_with(fix),
        "{}",
        errors[0]
    );
    let data = "all ranks need the same data";
    assert_eq!(
        refused(|loader| loader.shuffled(4), 1),
        format!("rank 1 has the seed 4, but rank 0 has 3; {data}")
    );
    let order = refused(|loader| loader.with_replacement(3), 1);
    assert!(
        order.starts_with("rank 1 has an order of the digest ") && order.ends_with(data),
        "{order}"
    );
    let contents = refused(|loader| loader.map(|(x, [y])| (x, [y + 1.0])), 1);
    assert!(contents.starts_with("rank 1 has items of the digest "), "{contents}");
    assert_eq!(
        refused(|loader| loader, 2),
        "rank 1 has the setting accumulate: 2, but rank 0 has 1; start the same program with the same arguments on all \
         ranks"
    );
}

#[test]
fn what_only_one_rank_sets_is_named_in_the_handshake() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let refused = |differs: &str| {
        let errors = on_threads(2, |ranks| {
            let (mut model, train, rank) = (model(0), train(), ranks.rank());
            let optimizer: Chain = match (differs, rank) {
                ("kind", 0) => adam(0.1).into(),
                ("schedule", _) => sgd(cosine_decay(0.1, 12 + rank as u64, 0.0)).into(),
                ("decay", _) => adamw(0.1).weight_decay(0.1 + 0.1 * rank as f64).into(),
                _ => sgd(0.1).into(),
            };
            let trainer = Trainer::new(&mut model, optimizer).epochs(2);
            let trainer = match (differs, rank) {
                // As `if ranks.rank() == 0 { .. }` in other libraries.
                ("checkpoints", 0) => trainer.checkpoints(path),
                ("resume", _) => trainer.checkpoints(path).resume(rank == 0),
                ("samples", 0) => trainer.sample(|_| Ok("a sample".to_owned())),
                ("epochs", 1) => trainer.epochs(3),
                ("evaluation", _) => {
                    trainer.evaluate(&items(30 + rank).loader(7).unwrap(), measure)
                }
                _ => trainer,
            };
            trainer.distributed(&ranks).fit(&train, loss).unwrap_err().to_string()
        });
        assert_eq!(errors[0], errors[1], "all ranks say the same");
        assert!(saved_checkpoints(path).unwrap().is_empty(), "nothing has begun");
        errors[0].clone()
    };
    let program = "start the same program with the same arguments on all ranks";
    for (differs, what) in [
        ("checkpoints", "the setting checkpoints: false, but rank 0 has true"),
        ("resume", "the setting resume: false, but rank 0 has true"),
        ("samples", "samples: 0, but rank 0 has 1"),
        ("epochs", "the setting epochs or steps: Epochs(3), but rank 0 has Epochs(2)"),
    ] {
        assert_eq!(refused(differs), format!("rank 1 has {what}; {program}"));
    }
    assert_eq!(
        refused("evaluation"),
        "rank 1 has items 31, but rank 0 has 30; all ranks need the same data for evaluations"
    );
    // Otherwise the models of the ranks would drift apart.
    for (differs, start) in [
        ("kind", "rank 1 has an optimizer of the digest "),
        ("schedule", "rank 1 has learning rates (first, quarter, half, last step) of 0.1, "),
        ("decay", "rank 1 has the optimizer Chain("),
    ] {
        let error = refused(differs);
        let fix = "; give all ranks the same optimizer, with the same settings";
        assert!(error.starts_with(start) && error.ends_with(fix), "{error}");
    }
}

#[test]
fn loaders_that_are_sharded_for_others_are_refused() {
    let results = on_threads(2, |ranks| {
        let fit = |train: &Loader<Item>, test: &Loader<Item>| {
            let mut model = model(0);
            let trainer = Trainer::new(&mut model, adam(0.01)).evaluate(test, measure);
            trainer.distributed(&ranks).fit(train, loss).unwrap_err().to_string()
        };
        let own = train().sharded(ranks.rank(), 2).unwrap();
        [
            fit(&train().sharded(ranks.rank(), 3).unwrap(), &test()),
            fit(&own, &test().sharded(ranks.rank(), 2).unwrap()),
        ]
    });
    for [train, test] in results {
        assert_eq!(
            train,
            "the loader is sharded for other ranks than those of `distributed`; leave `sharded` out, as the trainer does it"
        );
        assert!(test.ends_with(
            "evaluate: the loader is sharded, but `distributed` shares whole batches; leave `sharded` out"
        ));
    }
}

#[test]
fn a_loop_by_hand_ends_on_all_ranks_after_the_same_step() {
    let steps = on_threads(2, |ranks| {
        let interrupt = Interrupt::new();
        let train = task::train().drop_last().unwrap().sharded(ranks.rank(), 2).unwrap();
        let mut run = nnx_train::Run::new(&train).steps(100).stop_on(&interrupt);
        loop {
            run.agree(&ranks).unwrap();
            if run.next_batch().unwrap().is_none() {
                break;
            }
            if ranks.rank() == 1 && run.steps_done() == 4 {
                interrupt.request();
            }
            run.step_with_rate(1.0, None);
        }
        (run.steps_done(), run.stopped().cloned())
    });
    assert_eq!(steps[0], (5, Some(Stop::Interrupted)));
    assert_eq!(steps[0], steps[1]);
}
