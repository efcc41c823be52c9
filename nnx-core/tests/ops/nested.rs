//! Models in jobs of the caller's own rayon pool: while an operation waits for other threads, it starts no other
//! job of that pool.

use std::cell::RefCell;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use nnx_core::Tensor;
use nnx_core::array::Array;
use nnx_core::module::{Init, Layer, Pass, value_and_grad};
use nnx_core::nn::Linear;
use nnx_core::random::{Key, Rngs, uniform};
use nnx_core::size::{Batch, U64};
use nnx_core::tensor::Tensor;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

const JOBS: u32 = 150;

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

    fn forward(&self, x: &Rows, pass: &mut Pass) -> Rows {
        self.second.forward(self.first.forward(x.clone(), pass).relu(), pass)
    }

    /// The output as bits.
    fn bits(&self, x: &Rows) -> Vec<u32> {
        self.forward(x, &mut Pass::eval()).to_vec().into_iter().map(f32::to_bits).collect()
    }

    /// All gradients as bits.
    fn gradients(&mut self, x: &Rows) -> Vec<u32> {
        let loss = |model: &Self, pass: &mut Pass| model.forward(x, pass).square().mean();
        let (_, gradients) = value_and_grad(self, loss).expect("gradients");
        let of = |array: &Array| array.to_vec::<f32>().expect("f32");
        gradients.iter().flat_map(|(_, entry)| of(&entry.array)).map(f32::to_bits).collect()
    }
}

type Rows = Tensor![Batch, 64];

/// Enough rows to be split among several threads.
fn rows() -> Rows {
    Tensor::from_vec(uniform(Key::new(1), 1100 * 64, -1.0, 1.0)).expect("whole rows")
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
    let (model, x) = (Model::new(), rows());
    let alone = model.bits(&x);
    for threads in [1, 3] {
        in_jobs(threads, |_| {
            BUFFER.with(|buffer| {
                let mut buffer = buffer.try_borrow_mut().expect("one job on a thread at a time");
                *buffer = model.bits(&x);
                assert!(*buffer == alone, "other bits in a job");
            });
        });
    }
}

/// Jobs that hold a lock, and other jobs whose threads are free to help.
#[test]
fn a_mutex_may_be_held_over_infer_in_rayons_jobs() {
    without_hanging(|| {
        let (model, locked, x) = (Model::new(), Mutex::new(Model::new()), rows());
        let alone = model.bits(&x);
        in_jobs(3, |job| {
            let bits = match job % 2 {
                0 => locked.lock().expect("no panic").bits(&x),
                _ => model.bits(&x),
            };
            assert!(bits == alone, "other bits in a job");
        });
    });
}

#[test]
fn gradients_in_rayons_jobs_have_the_same_bits() {
    let x = rows();
    let alone = Model::new().gradients(&x);
    in_jobs(3, |job| {
        let same = job % 8 > 0 || Model::new().gradients(&x) == alone;
        assert!(same, "other bits in a job");
    });
}
