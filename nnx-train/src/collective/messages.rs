//! Sums in the order of the ranks, and parts of all ranks, by messages of MPI.

use std::iter;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use mpi::request::{LocalScope, Request, scope};
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator as _, CommunicatorCollectives as _, Equivalence};

use super::CollectiveError;

/// The other ranks. Before each call all ranks exchange a header, so that a rank that has ended, or calls something else, is
/// an error of all instead of a deadlock.
pub(super) struct Peers<'a> {
    world: &'a SimpleCommunicator,
    rank: usize,
    size: usize,
    /// How many callers wait for a result.
    waiting: &'a AtomicUsize,
    /// Why nothing more can be exchanged: all ranks know it.
    broken: Option<CollectiveError>,
}

/// The calls, by the number in the header. 0 is the end of a rank.
const CALLS: [&str; 5] = ["(end)", "all_reduce", "all_reduce_f64", "all_gather", "fail"];
const END: u64 = 0;
const GATHER: u64 = 3;
const FAIL: u64 = 4;

/// Elements of sums, with the number of their call.
pub(super) trait Summand: Equivalence + Copy + Default + AddAssign {
    const CALL: u64;
}
impl Summand for f32 {
    const CALL: u64 = 1;
}
impl Summand for f64 {
    const CALL: u64 = 2;
}

/// The most elements of one message: MPI counts them, for all ranks together, by 32 bits.
const MOST: usize = 1 << 28;

/// How long the thread sleeps while the rank computes.
const PAUSE: Duration = Duration::from_micros(50);

impl<'a> Peers<'a> {
    pub(super) fn new(world: &'a SimpleCommunicator, waiting: &'a AtomicUsize) -> Self {
        let number = |count| usize::try_from(count).expect("not negative");
        let (rank, size) = (number(world.rank()), number(world.size()));
        Self { world, rank, size, waiting, broken: None }
    }

    pub(super) fn rank(&self) -> usize {
        self.rank
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The sums of the values of all ranks, added in the order of the ranks: each rank adds one piece, and then all collect
    /// the pieces. So it sends `2 (size - 1) / size` times the bytes, the least possible.
    pub(super) fn all_reduce<T: Summand>(
        &mut self,
        mut values: Vec<T>,
    ) -> Result<Vec<T>, CollectiveError> {
        let lengths = self.header(T::CALL, values.len())?;
        let bytes = lengths.iter().map(|length| length * size_of::<T>());
        self.noted(CollectiveError::check_lengths(bytes))?;
        let (length, most) = (values.len(), MOST / self.size * self.size);
        if self.size == 1 || length == 0 {
            return Ok(values);
        }
        // Pieces of one length: the last ones are filled up.
        values.resize(length.div_ceil(self.size) * self.size, T::default());
        let mut all = vec![T::default(); values.len().min(most)];
        values.chunks_mut(most).for_each(|part| self.add(part, &mut all));
        values.truncate(length);
        Ok(values)
    }

    /// Adds values of which each rank adds one piece. `all` is room for the pieces of all ranks.
    fn add<T: Summand>(&self, values: &mut [T], all: &mut [T]) {
        let (all, piece) = (&mut all[..values.len()], values.len() / self.size);
        scope(|scope| {
            self.wait(self.world.immediate_all_to_all_into(scope, &*values, &mut *all));
        });
        let (sums, others) = all.split_at_mut(piece);
        for part in others.chunks_exact(piece) {
            sums.iter_mut().zip(part).for_each(|(sum, value)| *sum += *value);
        }
        scope(|scope| {
            self.wait(self.world.immediate_all_gather_into(scope, &*sums, &mut *values));
        });
    }

    /// What each rank gives.
    pub(super) fn all_gather(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, CollectiveError> {
        let lengths = self.header(GATHER, bytes.len())?;
        Ok(self.gather(bytes, &lengths))
    }

    /// The bytes of each rank, whose lengths are known.
    fn gather(&self, bytes: &[u8], lengths: &[usize]) -> Vec<Vec<u8>> {
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut parts: Vec<Vec<u8>> =
            lengths.iter().map(|length| Vec::with_capacity(*length)).collect();
        let most = (MOST / self.size).max(1);
        for start in (0..longest).step_by(most) {
            // All give equally many, the longest part's: filled up, and cut off.
            let length = most.min(longest - start);
            let rest = bytes.iter().copied().skip(start).chain(iter::repeat(0));
            let own: Vec<u8> = rest.take(length).collect();
            let mut all = vec![0; length * self.size];
            scope(|scope| {
                self.wait(self.world.immediate_all_gather_into(scope, &own[..], &mut all[..]));
            });
            for ((part, bytes), length) in
                parts.iter_mut().zip(all.chunks_exact(length)).zip(lengths)
            {
                let missing = (length - part.len()).min(bytes.len());
                part.extend_from_slice(&bytes[..missing]);
            }
        }
        parts
    }

    /// Tells the others that this rank has failed, and why.
    pub(super) fn fail(&mut self, message: &str) {
        let _ = self.exchange(FAIL, message.len(), message);
    }

    /// Tells the others that this rank makes no more calls.
    pub(super) fn end(&mut self) {
        let _ = self.header(END, 0);
    }

    /// Exchanges which call this is, and returns the length of each rank's part.
    fn header(&mut self, call: u64, length: usize) -> Result<Vec<usize>, CollectiveError> {
        self.exchange(call, length, "")
    }

    fn exchange(
        &mut self,
        call: u64,
        length: usize,
        message: &str,
    ) -> Result<Vec<usize>, CollectiveError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let own = [call, length as u64];
        let mut all = vec![0u64; 2 * self.size];
        scope(|scope| {
            self.wait(self.world.immediate_all_gather_into(scope, &own[..], &mut all[..]));
        });
        let headers = all.as_chunks::<2>().0;
        self.noted(self.check(call, headers, message))?;
        Ok(headers.iter().map(length_in).collect())
    }

    /// An error unless all ranks make the same call, or this is the last one of this rank. All have the same error: none makes
    /// another exchange. If a rank has failed, all get its message.
    fn check(&self, call: u64, headers: &[[u64; 2]], message: &str) -> Result<(), CollectiveError> {
        let size = self.size;
        let first = |call: u64| headers.iter().position(|[other, _]| *other == call);
        if let Some(rank) = first(FAIL) {
            let length = |header: &[u64; 2]| if header[0] == FAIL { length_in(header) } else { 0 };
            let lengths: Vec<usize> = headers.iter().map(length).collect();
            let message = self.gather(message.as_bytes(), &lengths).swap_remove(rank);
            let message = String::from_utf8_lossy(&message).into_owned();
            return Err(CollectiveError::Failed { rank, size, message });
        }
        if let Some(rank) = first(END) {
            return if call == END { Ok(()) } else { Err(CollectiveError::Lost { rank, size }) };
        }
        let called = |rank: usize| CALLS[headers[rank][0] as usize % CALLS.len()];
        match headers.iter().position(|[call, _]| *call != headers[0][0]) {
            Some(rank) => {
                Err(CollectiveError::Calls { rank, expected: called(0), found: called(rank) })
            }
            None => Ok(()),
        }
    }

    /// Notes an error. All ranks have the same: none makes another exchange.
    fn noted(&mut self, checked: Result<(), CollectiveError>) -> Result<(), CollectiveError> {
        self.broken = checked.as_ref().err().cloned();
        checked
    }

    /// Waits for a message. While nobody waits for the result, the rank computes: then this sleeps, and takes no time
    /// of its core.
    fn wait<'r, D: ?Sized>(&self, mut request: Request<'r, D, &LocalScope<'r>>) {
        while let Err(again) = request.test() {
            request = again;
            if self.waiting.load(Ordering::Relaxed) > 0 {
                thread::yield_now();
            } else {
                thread::sleep(PAUSE);
            }
        }
    }
}

/// The length of a rank's part, by its header.
fn length_in(header: &[u64; 2]) -> usize {
    usize::try_from(header[1]).unwrap_or(usize::MAX)
}
