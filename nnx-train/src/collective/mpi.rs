//! Ranks that are processes, connected by MPI.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use mpi::Threading;
use mpi::traits::CommunicatorCollectives as _;

use super::messages::Peers;
use super::{Collective, CollectiveError, Pending};

/// A rank that is a process, started by `mpirun`, Slurm's `srun` or another launcher of MPI programs. A process that none of
/// them has started is the only rank. A clone is the same rank: it has ended when the last one is dropped.
///
/// It needs the feature `mpi`, and an MPI library: `apt-get install libopenmpi-dev openmpi-bin libclang-dev`.
///
/// ```no_run
/// use nnx_train::{Collective, MpiRank};
///
/// let ranks = MpiRank::start()?;
/// println!("rank {} of {}", ranks.rank(), ranks.size());
/// # Ok::<(), nnx_train::CollectiveError>(())
/// ```
///
/// One thread of the process speaks to MPI, so other threads compute while values are on their way. A rank whose handle is
/// dropped, by an error or a panic, ends the calls of the others by [`CollectiveError::Lost`]; one that is killed is
/// noticed by the launcher, which ends the job.
#[derive(Clone)]
pub struct MpiRank(Arc<Own>);

struct Own {
    rank: usize,
    size: usize,
    /// None while it is dropped: then the thread ends.
    calls: Mutex<Option<Sender<Call>>>,
    /// How many callers wait for a result.
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

/// A call, and where its result goes.
enum Call {
    Reduce(Vec<f32>, Sender<Result<Vec<f32>, CollectiveError>>),
    ReduceF64(Vec<f64>, Sender<Result<Vec<f64>, CollectiveError>>),
    Gather(Vec<u8>, Sender<Result<Vec<Vec<u8>>, CollectiveError>>),
    Fail(String),
}

impl MpiRank {
    /// Starts MPI in this process, and waits for the other ranks.
    ///
    /// # Errors
    /// If MPI was started in this process before, or there is no thread for it.
    pub fn start() -> Result<Self, CollectiveError> {
        let (started, start) = channel();
        let (calls, receiver) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let of_thread = Arc::clone(&waiting);
        let thread = thread::Builder::new().name("mpi".to_owned());
        let thread = thread
            .spawn(move || serve(&started, &receiver, &of_thread))
            .map_err(|error| CollectiveError::Mpi(error.to_string()))?;
        let ended = || CollectiveError::Mpi("its thread has ended".to_owned());
        let (rank, size) = start.recv().map_err(|_| ended())??;
        let calls = Mutex::new(Some(calls));
        Ok(Self(Arc::new(Own { rank, size, calls, waiting, thread: Some(thread) })))
    }

    /// Hands a call to the thread, and returns where its result will be.
    fn call<T>(
        &self,
        call: impl FnOnce(Sender<Result<T, CollectiveError>>) -> Call,
    ) -> Receiver<Result<T, CollectiveError>> {
        let (sender, receiver) = channel();
        self.send(call(sender));
        receiver
    }

    fn send(&self, call: Call) {
        let calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
        // A thread that has panicked takes no calls, and drops the sender of the reply: `wait` says so.
        let _ = calls.as_ref().map(|calls| calls.send(call));
    }

    fn wait<T>(
        &self,
        receiver: &Receiver<Result<T, CollectiveError>>,
    ) -> Result<T, CollectiveError> {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        let result = receiver.recv();
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
        let Own { rank, size, .. } = *self.0;
        result.unwrap_or(Err(CollectiveError::Lost { rank, size }))
    }
}

/// Starts MPI, answers calls until there is no caller any more, and ends MPI.
fn serve(
    started: &Sender<Result<(usize, usize), CollectiveError>>,
    calls: &Receiver<Call>,
    waiting: &AtomicUsize,
) {
    // This thread starts MPI, and is the only one that calls it.
    let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else {
        let twice = "it was started in this process before; clone the first `MpiRank`";
        let _ = started.send(Err(CollectiveError::Mpi(twice.to_owned())));
        return;
    };
    let world = universe.world();
    world.barrier();
    let mut peers = Peers::new(&world, waiting);
    let _ = started.send(Ok((peers.rank(), peers.size())));
    for call in calls {
        // Nobody waits for a result that was dropped.
        match call {
            Call::Reduce(values, reply) => drop(reply.send(peers.all_reduce(values))),
            Call::ReduceF64(values, reply) => drop(reply.send(peers.all_reduce(values))),
            Call::Gather(bytes, reply) => drop(reply.send(peers.all_gather(&bytes))),
            Call::Fail(message) => peers.fail(&message),
        }
    }
    peers.end();
}

impl Collective for MpiRank {
    fn rank(&self) -> usize {
        self.0.rank
    }

    fn size(&self) -> usize {
        self.0.size
    }

    fn all_reduce(&self, values: &mut [f32]) -> Result<(), CollectiveError> {
        let sums = self.call(|reply| Call::Reduce(values.to_vec(), reply));
        values.copy_from_slice(&self.wait(&sums)?);
        Ok(())
    }

    fn all_reduce_ahead(&self, values: Vec<f32>) -> Pending<'_> {
        let sums = self.call(|reply| Call::Reduce(values, reply));
        Pending::new(move || self.wait(&sums))
    }

    fn all_reduce_f64(&self, values: &mut [f64]) -> Result<(), CollectiveError> {
        let sums = self.call(|reply| Call::ReduceF64(values.to_vec(), reply));
        values.copy_from_slice(&self.wait(&sums)?);
        Ok(())
    }

    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, CollectiveError> {
        let all = self.call(|reply| Call::Gather(bytes.to_vec(), reply));
        self.wait(&all)
    }

    fn fail(&self, message: &str) {
        self.send(Call::Fail(message.to_owned()));
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for MpiRank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MpiRank")
            .field("rank", &self.0.rank)
            .field("size", &self.0.size)
            .finish_non_exhaustive()
    }
}
