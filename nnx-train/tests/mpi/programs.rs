//! What ranks do in the tests. Each says its results on standard output, in one line.

use std::cell::RefCell;
use std::io;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use nnx_core::module::{Init, Layer, Module, Pass, state};
use nnx_core::nn::{BatchNorm, Linear, Relu};
use nnx_core::optim::adam;
use nnx_core::random::Rngs;
use nnx_core::size::{Batch, U1, U3, U8};
use nnx_core::{Tensor, metrics::MeanSquaredError};
use nnx_train::{
    Collective, CollectiveError, Dataset, Digest, Items, Loader, MpiRank, Recorder, Stepped,
    Trainer,
};

use crate::launch::PROGRAM;

type Model = (Linear<U3, U8>, BatchNorm<U8>, Relu, Linear<U8, U1>);
type Rows = (Tensor![Batch, 3], Tensor![Batch, 1]);

fn item(index: usize) -> ([f32; 3], [f32; 1]) {
    let x = [0, 1, 2].map(|i| ((index * 7 + i * 5) % 11) as f32 / 11.0 - 0.5);
    (x, [x[0] * x[1] + x[2]])
}

fn items(count: usize) -> Loader<([f32; 3], [f32; 1])> {
    (0..count).map(item).collect::<Items<_>>().loader(8).unwrap()
}

fn loss(model: &Model, pass: &mut Pass, (x, y): Rows) -> Tensor![] {
    (model.forward(x, pass) - y).square().mean()
}

/// Keeps the losses, and does something after each step.
#[derive(Clone)]
struct Losses<F>(Rc<RefCell<Vec<f32>>>, F);

impl<F: Fn(u64)> Recorder for Losses<F> {
    fn step(&mut self, step: &Stepped) -> io::Result<()> {
        self.0.borrow_mut().push(step.loss);
        (self.1)(step.step);
        Ok(())
    }
}

/// The losses of 100 steps (on rank 0), and a digest of the model's bits.
pub(crate) fn train<C: Collective + Clone + 'static>(ranks: &C) -> (Vec<f32>, u64) {
    let mut model = Model::init(&mut Rngs::new(ranks.rank() as u64));
    let losses = Losses(Rc::default(), |_| {});
    Trainer::new(&mut model, adam(0.01))
        .steps(100)
        .evaluate(&items(30), |model, pass, (x, y), scores| {
            scores.of::<MeanSquaredError>("error").update(&model.forward(x, pass), &y);
        })
        .record(losses.clone())
        .distributed(ranks)
        .fit(&items(48).shuffled(3), loss)
        .unwrap();
    (losses.0.take(), digest(&model))
}

fn digest<M: Module>(model: &M) -> u64 {
    let mut digest = Digest::new();
    for (_, entry) in state(model).iter() {
        digest.elements(&entry.array.to_vec::<f32>().unwrap());
    }
    digest.value()
}

/// The program that a test has named: no test of its own.
#[test]
#[ignore = "is started by the tests, as ranks"]
fn program() {
    let Ok(name) = std::env::var(PROGRAM) else { return };
    let ranks = MpiRank::start().unwrap();
    let rank = ranks.rank();
    match &*name {
        "exchange" => exchange(&ranks),
        "train" => {
            let (losses, bits) = train(&ranks);
            if rank == 0 {
                println!("rank 0 trained: {:?} {bits:016x}", losses.last().unwrap());
            }
            println!("rank {rank} model: {bits:016x}");
        }
        "refuse" => refuse(&ranks),
        "leave" => {
            if rank != 2 {
                said(rank, ranks.barrier());
            }
        }
        "confuse" => said(
            rank,
            match rank {
                0 => ranks.all_reduce(&mut [1.0]),
                _ => ranks.all_gather(&[1; 4]).map(drop),
            },
        ),
        // Rank 3 ends without a call.
        "fail" => match rank {
            0 => said(rank, ranks.all_reduce(&mut [1.0])),
            1 => {
                said(rank, ranks.barrier());
                said(rank, ranks.all_reduce_f64(&mut [1.0]));
            }
            2 => ranks.fail("no memory, 0 °C"),
            _ => {}
        },
        "lengths" => said(rank, ranks.all_reduce(&mut vec![1.0; 3 + rank])),
        "die" => die(&ranks),
        "resume" => {
            let losses = with_checkpoints(&ranks, 100, |_| {});
            if rank == 0 {
                println!("rank 0 resumed: {:?}", losses.last().unwrap());
            }
        }
        "signal" => signal(&ranks),
        "slow" => slow(&ranks),
        other => panic!("no such program: {other}"),
    }
}

fn said(rank: usize, result: Result<(), CollectiveError>) {
    match result {
        Ok(()) => println!("rank {rank} is fine"),
        Err(error) => println!("rank {rank} error: {error}"),
    }
}

fn exchange(ranks: &MpiRank) {
    let (rank, size) = (ranks.rank(), ranks.size());
    ranks.barrier().unwrap();
    let names = ranks.all_gather("x".repeat(rank).as_bytes()).unwrap();
    assert_eq!(names, (0..size).map(|rank| "x".repeat(rank).into_bytes()).collect::<Vec<_>>());
    assert_eq!(ranks.broadcast(size - 1, &[rank as u8; 5]).unwrap(), [size as u8 - 1; 5]);
    // Each rank adds one piece; the last ones are filled up.
    for length in [0, 1, 3, 4, 1001] {
        let mut values: Vec<f32> = (0..length).map(|i| (i * (rank + 1)) as f32).collect();
        ranks.all_reduce(&mut values).unwrap();
        let total = size * (size + 1) / 2;
        assert_eq!(values, (0..length).map(|i| (i * total) as f32).collect::<Vec<_>>());
    }
    // In the order of the ranks: (1e8 + 1) - 1e8 is 0 in f32, but 1e8 - 1e8 + 1 is 1.
    if size == 4 {
        let mut value = [[1e8, 1.0, -1e8, 0.0][rank]];
        ranks.all_reduce(&mut value).unwrap();
        assert_eq!(value, [0.0]);
    }
    let mut values = [1.5f64, rank as f64];
    ranks.all_reduce_f64(&mut values).unwrap();
    assert_eq!(values, [1.5 * size as f64, (size * (size - 1) / 2) as f64]);
    // Several on their way, while this rank computes.
    let ahead: Vec<_> = (0..5).map(|i| ranks.all_reduce_ahead(vec![i as f32; 100_000])).collect();
    std::thread::sleep(Duration::from_millis(20));
    for (i, sums) in ahead.into_iter().enumerate() {
        assert_eq!(sums.wait().unwrap(), vec![(i * size) as f32; 100_000]);
    }
    assert!(MpiRank::start().unwrap_err().to_string().contains("started in this process before"));
    println!("rank {rank} exchanged");
}

fn refuse(ranks: &MpiRank) {
    let rngs = &mut Rngs::new(0);
    let refused = match ranks.rank() {
        0 => Trainer::new(&mut Model::init(rngs), adam(0.01))
            .distributed(ranks)
            .fit(&items(48), loss),
        _ => {
            let mut other: (Linear<U3, U8>, BatchNorm<U8>, BatchNorm<U8>, Linear<U8, U1>) =
                Init::init(rngs);
            Trainer::new(&mut other, adam(0.01))
                .distributed(ranks)
                .fit(&items(48), |model, pass, (x, y)| (model.forward(x, pass) - y).square().mean())
        }
    };
    println!("rank {} error: {}", ranks.rank(), refused.unwrap_err());
}

/// Trains with checkpoints, and goes on where there is one. `after` is called after each step on rank 0.
fn with_checkpoints(
    ranks: &MpiRank,
    steps: u64,
    after: impl Fn(u64) + Clone + 'static,
) -> Vec<f32> {
    let directory = std::env::var("NNX_TEST_DIRECTORY").unwrap();
    let losses = Losses(Rc::default(), after);
    let mut model = Model::init(&mut Rngs::new(0));
    let report = Trainer::new(&mut model, adam(0.01))
        .steps(steps)
        .checkpoints(directory)
        .save_every_steps(10)
        .resume(true)
        .stop_on_ctrl_c()
        .record(losses.clone())
        .distributed(ranks)
        .fit(&items(48).shuffled(3), loss)
        .unwrap();
    println!("rank {} stopped: {} {}", ranks.rank(), report.steps, report.stop);
    losses.0.take()
}

/// Rank 3 is killed in mid-run.
fn die(ranks: &MpiRank) {
    let directory = std::env::var("NNX_TEST_DIRECTORY").unwrap();
    if ranks.rank() == 3 {
        std::thread::spawn(move || {
            let saved =
                || nnx_train::saved_checkpoints(&directory).ok()?.last().map(|saved| saved.step);
            while saved().is_none_or(|step| step < 20) {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::process::abort();
        });
    }
    with_checkpoints(ranks, 1_000_000, |_| std::thread::sleep(Duration::from_millis(5)));
}

/// Rank 1 gets a signal, as a scheduler sends it.
fn signal(ranks: &MpiRank) {
    if ranks.rank() == 1 {
        std::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(500));
            let id = std::process::id().to_string();
            assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        });
    }
    with_checkpoints(ranks, 1_000_000, |_| std::thread::sleep(Duration::from_millis(5)));
}

/// Steps of more than a second.
fn slow(ranks: &MpiRank) {
    with_checkpoints(ranks, 1_000_000, |step| {
        println!("rank 0 has done step {step}");
        std::thread::sleep(Duration::from_millis(1200));
    });
}
