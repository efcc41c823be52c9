//! Times a call by many samples.

use std::time::{Duration, Instant};

/// A clock or counter that is read before and after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Elapsed time.
    Wall,
    /// The time that all threads of this process compute, which programs that take turns with it affect little.
    Processor,
}

impl Clock {
    /// The time since a fixed start.
    pub(crate) fn now(self) -> Duration {
        static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
        match self {
            Self::Wall => START.elapsed(),
            Self::Processor => processor_time(),
        }
    }
}

#[cfg(unix)]
fn processor_time() -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the usage of this process");
    let [user, system] = [usage.user_time(), usage.system_time()]
        .map(|time| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000));
    user + system
}

#[cfg(not(unix))]
fn processor_time() -> Duration {
    panic!("--cpu reads the times of processes of Unix")
}

/// The least length of a sample, so that reading the clock takes less than a hundredth of it.
const SAMPLE: Duration = Duration::from_micros(20);
/// The least time of a sample, if the clock has a resolution of microseconds.
const LONG_SAMPLE: Duration = Duration::from_micros(2000);
/// With fewer samples, the median isn't reliable.
const LEAST_SAMPLES: usize = 5;
/// More samples add no information, and take space in the caches that the work uses.
const MOST_SAMPLES: usize = 200_000;

/// Microseconds per call.
pub(crate) struct Timing {
    /// The median, which other programs on the machine affect least.
    pub(crate) median: f64,
    /// The fastest sample.
    pub(crate) minimum: f64,
    /// The first decile: a tenth of the samples are faster.
    pub(crate) tenth: f64,
    /// The number of samples.
    pub(crate) samples: usize,
}

impl Timing {
    /// Calls `call` for about `budget`, after a warm-up of a fifth of it.
    pub(crate) fn of(call: &mut dyn FnMut(), budget: Duration, clock: Clock) -> Self {
        let least = if clock == Clock::Wall { SAMPLE } else { LONG_SAMPLE };
        let group = group(warm_up(call, budget / 5), least);
        let mut samples = Vec::new();
        let start = Instant::now();
        while samples.len() < LEAST_SAMPLES
            || (start.elapsed() < budget && samples.len() < MOST_SAMPLES)
        {
            let sample = clock.now();
            for _ in 0..group {
                call();
            }
            samples.push((clock.now() - sample).as_secs_f64() * 1e6 / f64::from(group));
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

/// Warm-up: fills caches, wakes threads and lets the clock of the processor rise. Returns the time of the fastest
/// call, because the first call also allocates memory.
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

/// The number of calls of this length in a sample.
fn group(call: Duration, least: Duration) -> u32 {
    let calls = least.as_nanos().div_ceil(call.as_nanos().max(1));
    u32::try_from(calls).expect("a sample has at most as many calls as nanoseconds")
}

/// Parses seconds, such as `0.4`.
pub(crate) fn duration(seconds: &str) -> Result<Duration, String> {
    let refused = || format!("expected seconds, found `{seconds}`");
    let number = seconds.parse().map_err(|_| refused())?;
    Duration::try_from_secs_f64(number).map_err(|_| refused())
}
