//! Ranks that are threads of one process.

use std::ops::AddAssign;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Collective, CollectiveError};

/// Runs a function on `size` threads, each of which is a rank, and returns the results in the order of the ranks.
///
/// # Panics
/// If a rank panics. The others get an error where they wait for it.
pub fn on_threads<R: Send>(size: usize, run: impl Fn(ThreadRank) -> R + Sync) -> Vec<R> {
    let shared = Arc::new(Shared {
        round: Mutex::new(Round { contributions: vec![None; size], ..Round::default() }),
        changed: Condvar::new(),
    });
    std::thread::scope(|scope| {
        let start = |rank| {
            let own = Arc::new(Own { rank, size, shared: Arc::clone(&shared) });
            let run = &run;
            scope.spawn(move || run(ThreadRank(own)))
        };
        let threads: Vec<_> = (0..size).map(start).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, R>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    })
}

/// A rank that is a thread; made by [`on_threads`]. A clone is the same rank: it has ended when the last one is dropped.
#[derive(Clone, Debug)]
pub struct ThreadRank(Arc<Own>);

#[derive(Debug)]
struct Own {
    rank: usize,
    size: usize,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    round: Mutex<Round>,
    changed: Condvar,
}

/// What a rank puts: the name of its call, and bytes.
type Contribution = (&'static str, Arc<[u8]>);

/// One exchange: each rank puts its contribution, waits for those of the others, and takes all.
#[derive(Debug, Default)]
struct Round {
    contributions: Vec<Option<Contribution>>,
    put: usize,
    taken: usize,
    /// Why nothing more is exchanged: the first rank that has failed or ended.
    broken: Option<CollectiveError>,
}

impl Own {
    fn exchange(
        &self,
        call: &'static str,
        contribution: Arc<[u8]>,
    ) -> Result<Vec<Arc<[u8]>>, CollectiveError> {
        let Self { rank, size, ref shared } = *self;
        // Waits until all ranks have read the contributions of the previous round.
        let mut round = shared.wait_while(shared.lock(), |round| round.put == size);
        if let Some(error) = &round.broken {
            return Err(error.clone());
        }
        round.contributions[rank] = Some((call, contribution));
        round.put += 1;
        shared.changed.notify_all();
        round = shared.wait_while(round, |round| round.put < size && round.broken.is_none());
        if round.put < size {
            return Err(round.broken.clone().expect("otherwise it would wait on"));
        }
        let contributions: Vec<Contribution> =
            round.contributions.iter().flatten().cloned().collect();
        round.taken += 1;
        if round.taken == size {
            (round.put, round.taken) = (0, 0);
            shared.changed.notify_all();
        }
        let expected = contributions[0].0;
        match contributions.iter().position(|(call, _)| *call != expected) {
            Some(rank) => {
                Err(CollectiveError::Calls { rank, expected, found: contributions[rank].0 })
            }
            None => Ok(contributions.into_iter().map(|(_, bytes)| bytes).collect()),
        }
    }
}

impl Shared {
    /// Ends the exchanges of all ranks, unless they have ended already.
    fn end(&self, why: CollectiveError) {
        self.lock().broken.get_or_insert(why);
        self.changed.notify_all();
    }

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

/// The sums of what all ranks have put, in the order of the ranks.
fn sum_in_order<T: AddAssign + Copy, const N: usize>(
    sums: &mut [T],
    contributions: &[Arc<[u8]>],
    number: impl Fn([u8; N]) -> T,
) -> Result<(), CollectiveError> {
    CollectiveError::check_lengths(contributions.iter().map(|contribution| contribution.len()))?;
    let numbers = |contribution: &'_ Arc<[u8]>| -> Vec<T> {
        contribution.as_chunks::<N>().0.iter().map(|bytes| number(*bytes)).collect()
    };
    sums.copy_from_slice(&numbers(&contributions[0]));
    for contribution in &contributions[1..] {
        sums.iter_mut().zip(numbers(contribution)).for_each(|(sum, value)| *sum += value);
    }
    Ok(())
}

impl Collective for ThreadRank {
    fn rank(&self) -> usize {
        self.0.rank
    }

    fn size(&self) -> usize {
        self.0.size
    }

    fn all_reduce(&self, values: &mut [f32]) -> Result<(), CollectiveError> {
        let own = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
        let contributions = self.0.exchange("all_reduce", own)?;
        sum_in_order(values, &contributions, f32::from_ne_bytes)
    }

    fn all_reduce_f64(&self, values: &mut [f64]) -> Result<(), CollectiveError> {
        let own = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
        let contributions = self.0.exchange("all_reduce_f64", own)?;
        sum_in_order(values, &contributions, f64::from_ne_bytes)
    }

    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, CollectiveError> {
        let contributions = self.0.exchange("all_gather", bytes.into())?;
        Ok(contributions.into_iter().map(|contribution| contribution.to_vec()).collect())
    }

    fn fail(&self, message: &str) {
        let Own { rank, size, ref shared } = *self.0;
        shared.end(CollectiveError::Failed { rank, size, message: message.to_owned() });
    }
}

/// A rank that ends while others wait, by an error or a panic, ends the work of all.
impl Drop for Own {
    fn drop(&mut self) {
        let Self { rank, size, ref shared } = *self;
        shared.end(CollectiveError::Lost { rank, size });
    }
}
