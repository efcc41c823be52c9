//! How long a call takes, told by many of them.

use std::time::{Duration, Instant};

/// A sample is at least so long: reading the clock then costs it less than a hundredth.
const SAMPLE: Duration = Duration::from_micros(20);
/// Fewer samples have no median worth the name.
const LEAST_SAMPLES: usize = 5;
/// More tell nothing new, and fill the caches that the work is to have for itself.
const MOST_SAMPLES: usize = 200_000;

/// Microseconds per call.
pub(crate) struct Timing {
    /// As many samples are faster as are slower: what other programs on the machine disturb least.
    pub(crate) median: f64,
    /// The fastest sample.
    pub(crate) minimum: f64,
    /// A tenth of the samples are faster.
    pub(crate) tenth: f64,
    /// How many samples were taken.
    pub(crate) samples: usize,
}

impl Timing {
    /// Calls `call` for about `budget`, after a warm-up of a fifth of it.
    pub(crate) fn of(call: &mut dyn FnMut(), budget: Duration) -> Self {
        let group = group(warm_up(call, budget / 5));
        let mut samples = Vec::new();
        let start = Instant::now();
        while samples.len() < LEAST_SAMPLES
            || (start.elapsed() < budget && samples.len() < MOST_SAMPLES)
        {
            let sample = Instant::now();
            for _ in 0..group {
                call();
            }
            samples.push(sample.elapsed().as_secs_f64() * 1e6 / f64::from(group));
        }
        samples.sort_by(f64::total_cmp);
        Self {
            median: samples[samples.len() / 2],
            minimum: samples[0],
            tenth: samples[samples.len() / 10],
            samples: samples.len(),
        }
    }
}

/// Fills caches, wakes threads and lets the clock of the processor rise; gives the time of one call, the
/// fastest, since the first also pays for memory that later ones find ready.
fn warm_up(call: &mut dyn FnMut(), budget: Duration) -> Duration {
    let (start, mut calls, mut fastest) = (Instant::now(), 0, Duration::MAX);
    while calls < 2 || start.elapsed() < budget {
        let one = Instant::now();
        call();
        fastest = fastest.min(one.elapsed());
        calls += 1;
    }
    fastest
}

/// How many calls of so long a time make a sample.
fn group(call: Duration) -> u32 {
    let calls = SAMPLE.as_nanos().div_ceil(call.as_nanos().max(1));
    u32::try_from(calls).expect("a sample has at most as many calls as nanoseconds")
}

/// Seconds as they are typed, such as `0.4`.
pub(crate) fn duration(seconds: &str) -> Result<Duration, String> {
    let refused = || format!("expected seconds, found `{seconds}`");
    let number = seconds.parse().map_err(|_| refused())?;
    Duration::try_from_secs_f64(number).map_err(|_| refused())
}
