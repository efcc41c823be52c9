//! How many threads share the work of an operation.
//!
//! Large operations run on several threads, small ones on the thread that calls them. The bits of a result are the
//! same for any number of threads.
//!
//! | setting | threads |
//! |---|---|
//! | none | one for each physical core that the process may use |
//! | the environment variable `NNX_NUM_THREADS=4` | 4 |
//! | operations within [`with_threads`]`(2, || ..)` | 2 |
//! | without the feature `parallel` | 1, the caller |
//!
//! The calling thread takes part. The others are nnx's own, whatever thread pools the program has, and they are
//! started by the first operation that needs them. After an operation they wait for the next one in a loop that
//! keeps their core busy, because a thread that sleeps takes 20 to 50 microseconds to wake up. They go to sleep
//! after 200 microseconds; `NNX_SPIN_MICROSECONDS` sets another time, up to 1,000, and 0 lets them sleep at once.
//!
//! Operations may be called from many threads, also from those of rayon or tokio. They never run other work than
//! their own while they wait. Threads that help are shared by all callers, so that callers and helpers together are
//! no more than the number above, or than the callers if these are more.

use std::cell::Cell;

/// The most threads that share the work of an operation.
pub(super) const MOST_THREADS: usize = 256;

thread_local! {
    /// The number of the innermost `with_threads`.
    static LIMIT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The number of threads that share the work of an operation that this thread calls (`torch.get_num_threads`).
///
/// ```
/// use nnx_core::threads::{num_threads, with_threads};
///
/// assert!(num_threads() >= 1);
/// assert_eq!(with_threads(1, num_threads), 1);
/// ```
///
/// # Panics
/// If `NNX_NUM_THREADS` or `NNX_SPIN_MICROSECONDS` isn't a number in its range.
pub fn num_threads() -> usize {
    #[cfg(feature = "parallel")]
    return LIMIT.get().unwrap_or_else(|| super::settings::Settings::of_process().threads);
    #[cfg(not(feature = "parallel"))]
    1
}

/// Calls `f`. The operations that `f` calls on this thread run on up to `threads` threads, of which there are at
/// most 256 (`torch.set_num_threads`, for one part of a program).
///
/// The number holds for this thread only, not for threads that `f` starts. More threads than cores make operations
/// slower. The bits of results don't depend on it.
///
/// ```
/// use nnx_core::{nn::Linear, module::{Init, Layer}, random::Rngs, size::{U10, U784}, tensor::Tensor};
/// use nnx_core::{shape, threads::with_threads};
///
/// let model = Linear::<U784, U10>::init(&mut Rngs::new(0));
/// let x = Tensor::<shape![512, 784]>::ones();
/// let alone = with_threads(1, || model.infer(x.clone()));
/// assert_eq!(alone.to_vec(), model.infer(x).to_vec());
/// ```
///
/// # Panics
/// If `threads` is 0.
#[doc(alias = "set_num_threads")]
pub fn with_threads<R>(threads: usize, f: impl FnOnce() -> R) -> R {
    assert!(threads > 0, "with_threads(0, ..): expected at least 1, the thread that calls");
    /// Restores the number even after a panic of `f`.
    struct Restore(Option<usize>);
    impl Drop for Restore {
        fn drop(&mut self) {
            LIMIT.set(self.0);
        }
    }
    let _restore = Restore(LIMIT.replace(Some(threads.min(MOST_THREADS))));
    f()
}

#[cfg(all(test, feature = "parallel"))]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_threads_holds_in_its_scope_and_on_its_thread() {
        let outside = num_threads();
        with_threads(3, || {
            assert_eq!(num_threads(), 3);
            with_threads(1000, || assert_eq!(num_threads(), 256, "the most"));
            let panic = std::panic::catch_unwind(|| with_threads(5, || panic!("in the scope")));
            assert!(panic.is_err());
            assert_eq!(num_threads(), 3, "also after a panic");
            let other = std::thread::spawn(num_threads).join();
            assert_eq!(other.expect("no panic"), outside);
        });
        assert_eq!(num_threads(), outside);
    }

    #[test]
    #[should_panic(expected = "with_threads(0, ..): expected at least 1, the thread that calls")]
    fn no_thread_at_all_is_refused() {
        with_threads(0, || ());
    }
}
