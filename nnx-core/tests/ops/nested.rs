//! Models that run within jobs of the caller's own rayon pool: an operation that waits for its parts runs no
//! other job of that pool meanwhile.

use std::cell::RefCell;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use nnx_core::Tensor;
use nnx_core::module::{Init, Layer, Pass, State, value_and_grad};
use nnx_core::nn::Linear;
use nnx_core::random::{Key, Rngs, uniform};
use nnx_core::size::{Batch, U64};
use nnx_core::tensor::Tensor;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

const JOBS: u32 = 40;

/// Products and activations that are just large enough for several threads.
#[derive(Debug, nnx_core::Module)]
struct Model {
    first: Linear<U64, U64>,
    second: Linear<U64, U64>,
}

impl Model {
    fn new() -> Self {
        Init::init(&mut Rngs::new(0))
    }

    fn forward(&self, seed: u32, pass: &mut Pass) -> Tensor![Batch, 64] {
        let noise = uniform(Key::new(seed.into()), 1100 * 64, -1.0, 1.0);
        let x: Tensor![Batch, 64] = Tensor::from_vec(noise).expect("whole rows");
        self.second.forward(self.first.forward(x, pass).relu(), pass)
    }

    /// The output as bits.
    fn bits(&self, seed: u32) -> Vec<u32> {
        self.forward(seed, &mut Pass::eval()).to_vec().into_iter().map(f32::to_bits).collect()
    }

    fn gradients(&mut self, seed: u32) -> State {
        let loss = |model: &Self, pass: &mut Pass| model.forward(seed, pass).square().mean();
        value_and_grad(self, loss).expect("gradients").1
    }
}

/// Fails where `work` hangs.
fn without_hanging(work: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        work();
        let _ = sender.send(());
    });
    let ended = receiver.recv_timeout(Duration::from_secs(300));
    assert_ne!(ended, Err(mpsc::RecvTimeoutError::Timeout), "the work hangs");
    thread.join().expect("no panic");
}

/// Runs jobs in a pool: those of a `par_iter`, and those that come from outside one by one, as requests of a
/// server do. A thread that has no job helps another with its parts.
fn in_jobs(threads: usize, work: impl Fn(u32) + Sync) {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| (0..JOBS).into_par_iter().with_max_len(1).for_each(&work));
    pool.in_place_scope(|scope| {
        let work = &work;
        (0..JOBS).for_each(|job| scope.spawn(move |_| work(job)));
    });
}

/// A buffer that each thread keeps, as programs do that prepare inputs.
#[test]
fn a_thread_local_may_be_borrowed_over_infer_in_rayons_jobs() {
    thread_local! {
        static BUFFER: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    }
    let model = Model::new();
    let alone: Vec<Vec<u32>> = (0..JOBS).map(|seed| model.bits(seed)).collect();
    for threads in [1, 2] {
        in_jobs(threads, |job| {
            BUFFER.with(|buffer| {
                let mut buffer = buffer.try_borrow_mut().expect("one job on a thread at a time");
                *buffer = model.bits(job);
                assert!(*buffer == alone[job as usize], "other bits in a job");
            });
        });
    }
}

#[test]
fn a_mutex_may_be_held_over_infer_in_rayons_jobs() {
    without_hanging(|| {
        let model = Mutex::new(Model::new());
        let alone = model.lock().expect("no panic").bits(0);
        in_jobs(2, |_| assert!(model.lock().expect("no panic").bits(0) == alone));
    });
}

#[test]
fn gradients_in_rayons_jobs_have_the_same_bits() {
    let bits = |seed: u32| -> Vec<u32> {
        let of = |array: &nnx_core::array::Array| array.to_vec::<f32>().expect("f32");
        let gradients = Model::new().gradients(seed);
        gradients.iter().flat_map(|(_, entry)| of(&entry.array)).map(f32::to_bits).collect()
    };
    let alone: Vec<Vec<u32>> = (0..4).map(bits).collect();
    in_jobs(3, |job| assert!(bits(job % 4) == alone[job as usize % 4], "other bits in a job"));
}
