//! Ranks that are threads of one process.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Collective, CollectiveError};

/// Runs a function on `size` threads, each of which is a rank, and returns the results in the order of the ranks.
///
/// # Panics
/// If a rank panics. The others get an error where they wait for it.
pub fn on_threads<R: Send>(size: usize, run: impl Fn(ThreadRank) -> R + Sync) -> Vec<R> {
    let shared = Arc::new(Shared {
        round: Mutex::new(Round { parts: vec![None; size], ..Round::default() }),
        changed: Condvar::new(),
    });
    std::thread::scope(|scope| {
        let start = |rank| {
            let (rank, run) = (ThreadRank { rank, size, shared: Arc::clone(&shared) }, &run);
            scope.spawn(move || run(rank))
        };
        let threads: Vec<_> = (0..size).map(start).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, R>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    })
}

/// A rank that is a thread; made by [`on_threads`].
#[derive(Debug)]
pub struct ThreadRank {
    rank: usize,
    size: usize,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    round: Mutex<Round>,
    changed: Condvar,
}

/// One exchange: each rank stores its part, waits for the parts of the others, and reads all of them.
#[derive(Debug, Default)]
struct Round {
    parts: Vec<Option<Arc<[u8]>>>,
    put: usize,
    taken: usize,
    /// The first rank that has ended.
    lost: Option<usize>,
}

impl ThreadRank {
    fn exchange(&self, part: Arc<[u8]>) -> Result<Vec<Arc<[u8]>>, CollectiveError> {
        let Self { rank, size, ref shared } = *self;
        let lost = |round: &Round| round.lost.map(|rank| CollectiveError::Lost { rank, size });
        // Waits until all ranks have read the parts of the previous round.
        let mut round = shared.wait_while(shared.lock(), |round| round.put == size);
        round.parts[rank] = Some(part);
        round.put += 1;
        shared.changed.notify_all();
        round = shared.wait_while(round, |round| round.put < size && round.lost.is_none());
        if round.put < size {
            return Err(lost(&round).expect("otherwise it would wait on"));
        }
        let parts = round.parts.iter().flatten().cloned().collect();
        round.taken += 1;
        if round.taken == size {
            (round.put, round.taken) = (0, 0);
            shared.changed.notify_all();
        }
        Ok(parts)
    }
}

impl Shared {
    /// A panic of another rank can't leave the state inconsistent, so a poisoned lock is used.
    fn lock(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while<'a>(
        &self,
        mut round: MutexGuard<'a, Round>,
        condition: impl Fn(&Round) -> bool,
    ) -> MutexGuard<'a, Round> {
        while condition(&round) {
            round = self.changed.wait(round).unwrap_or_else(PoisonError::into_inner);
        }
        round
    }
}

impl Collective for ThreadRank {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn all_reduce(&self, values: &mut [f32]) -> Result<(), CollectiveError> {
        let mut own = vec![0; size_of_val(values)];
        for (bytes, value) in own.as_chunks_mut::<4>().0.iter_mut().zip(&*values) {
            *bytes = value.to_ne_bytes();
        }
        let parts = self.exchange(own.into())?;
        let expected = parts[0].len();
        if let Some(rank) = parts.iter().position(|part| part.len() != expected) {
            return Err(CollectiveError::Lengths { rank, expected, found: parts[rank].len() });
        }
        let numbers = |part| <[u8]>::as_chunks::<4>(part).0.iter().map(|x| f32::from_ne_bytes(*x));
        values.iter_mut().zip(numbers(&parts[0])).for_each(|(value, first)| *value = first);
        for part in &parts[1..] {
            values.iter_mut().zip(numbers(part)).for_each(|(sum, value)| *sum += value);
        }
        Ok(())
    }

    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, CollectiveError> {
        Ok(self.exchange(bytes.into())?.into_iter().map(|part| part.to_vec()).collect())
    }
}

/// A rank that ends while others wait, by an error or a panic, ends the work of all.
impl Drop for ThreadRank {
    fn drop(&mut self) {
        let mut round = self.shared.lock();
        round.lost.get_or_insert(self.rank);
        self.shared.changed.notify_all();
    }
}
