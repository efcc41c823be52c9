//! Parallel loops: each part runs once, on any number of threads, from inside of any rayon job, and the
//! caller runs nothing else while it waits.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::*;

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// Fails if `work` hangs.
fn without_hanging<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        let result = work();
        let _ = sender.send(());
        result
    });
    let ended = receiver.recv_timeout(Duration::from_secs(120));
    assert_ne!(ended, Err(mpsc::RecvTimeoutError::Timeout), "the work hangs");
    thread.join().expect("no panic")
}

/// The result of [`long_work`]: 5995 is the sum of `i % 7`, times the sum of the part indices.
const EXPECTED: f64 = 5995.0 * (63.0 * 64.0 / 2.0);

/// A loop of many parts, each of which takes some time.
fn long_work() -> f64 {
    let mut out = vec![0.0; 64];
    for_chunks(&mut out, 1, true, &|part, slice| {
        slice[0] = (0..2000).map(|i| f64::from(i % 7) * (part as f64)).sum::<f64>();
    });
    out.iter().sum()
}

#[test]
fn every_part_runs_once_on_any_number_of_threads() {
    for threads in [1, 2, 5] {
        let pool = pool(threads);
        for (elements, length) in [(0, 4), (1, 4), (4, 4), (103, 4), (103, 200), (7, 0)] {
            let mut out = vec![0; elements];
            pool.install(|| {
                for_chunks(&mut out, length, true, &|part, slice| {
                    slice.iter_mut().for_each(|x| *x += part + 1);
                });
            });
            let expected: Vec<_> = (0..elements).map(|i| i / length.max(1) + 1).collect();
            assert_eq!(out, expected, "{elements} by {length} on {threads} threads");
        }
        let mut done = [false; 9];
        pool.install(|| {
            join_all(done.iter_mut().map(|done| Box::new(|| *done = true) as Task<'_>).collect());
        });
        assert_eq!(done, [true; 9]);
    }
}

#[test]
#[should_panic(expected = "part 3")]
fn a_panic_of_a_part_propagates() {
    for_chunks(&mut [0; 8], 1, true, &|part, _| assert!(part != 3, "part {part}"));
}

#[test]
fn all_parts_end_before_a_panic_propagates_and_the_next_region_works() {
    for _ in 0..20 {
        let running = AtomicUsize::new(0);
        pool(4).install(|| {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for_chunks(&mut [0; 40], 1, true, &|part, _| {
                    running.fetch_add(1, Ordering::SeqCst);
                    let _ = long_work();
                    running.fetch_sub(1, Ordering::SeqCst);
                    assert!(part % 10 != 3, "part {part}");
                });
            }));
            assert!(result.is_err());
            assert_eq!(running.load(Ordering::SeqCst), 0, "the parts are borrowed until here");
            assert_eq!(long_work(), EXPECTED);
        });
    }
}

#[test]
fn all_threads_of_the_pool_of_the_caller_take_part() {
    without_hanging(|| {
        for threads in [2, 3, 5] {
            let together = Barrier::new(threads);
            pool(threads).install(|| {
                for_chunks(&mut vec![0; threads], 1, true, &|_, _| {
                    together.wait();
                });
            });
        }
    });
}

#[test]
fn a_caller_runs_no_other_job_of_its_pool_while_it_waits() {
    thread_local! {
        static IN_REGION: Cell<bool> = const { Cell::new(false) };
    }
    const JOBS: usize = 10;
    without_hanging(|| {
        let (sender, receiver) = mpsc::channel();
        pool(2).install(move || {
            let both = Barrier::new(2);
            IN_REGION.set(true);
            for_chunks(&mut [0; 2], 1, true, &|_, _| {
                both.wait();
                if !IN_REGION.get() {
                    // The helper: the caller is blocked until it returns, and must not run these.
                    for _ in 0..JOBS {
                        let sender = sender.clone();
                        rayon::spawn(move || sender.send(IN_REGION.get()).expect("a receiver"));
                    }
                    thread::sleep(Duration::from_millis(50));
                }
            });
            IN_REGION.set(false);
            let ran_in_region: Vec<bool> = receiver.iter().take(JOBS).collect();
            assert_eq!(ran_in_region, [false; JOBS]);
        });
    });
}

/// Calls `long_work` many times while all other threads of the pool are busy: each call ends, and no jobs pile up.
#[test]
fn a_busy_pool_delays_no_caller_and_no_jobs_pile_up_in_it() {
    without_hanging(|| {
        let (busy, end) = (Barrier::new(3), Barrier::new(3));
        let pool = pool(3);
        pool.scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|_| {
                    busy.wait();
                    end.wait();
                });
            }
            scope.spawn(|_| {
                busy.wait();
                for _ in 0..100 {
                    assert_eq!(long_work(), EXPECTED);
                }
                let (waiting, most) = region::queued_jobs();
                assert!((1..=most).contains(&waiting), "{waiting} jobs wait");
                end.wait();
            });
        });
    });
}

#[test]
fn a_part_may_contain_a_parallel_loop() {
    without_hanging(|| {
        let mut out = vec![0.0; 20];
        pool(4).install(|| for_chunks(&mut out, 1, true, &|_, out| out[0] = long_work()));
        assert_eq!(out, vec![EXPECTED; 20]);
    });
}

#[test]
fn many_threads_call_at_once() {
    without_hanging(|| {
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| (0..20).for_each(|_| assert_eq!(long_work(), EXPECTED)));
            }
        });
    });
}

/// When a thread ends, its thread-locals are dropped in any order.
#[test]
fn work_is_done_in_the_drop_of_a_thread_local() {
    struct Late(mpsc::Sender<f64>);
    impl Drop for Late {
        fn drop(&mut self) {
            let _ = self.0.send(long_work());
        }
    }
    thread_local! {
        static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
    }
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        LATE.set(Some(Late(sender)));
        let _ = long_work();
    });
    assert_eq!(receiver.recv_timeout(Duration::from_secs(120)), Ok(EXPECTED));
}

/// The child has the pool's memory and none of its threads.
#[cfg(unix)]
#[test]
fn a_child_of_fork_works_alone() {
    use nix::sys::signal::{Signal, kill};
    use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
    use nix::unistd::{ForkResult, fork};

    assert_eq!(long_work(), EXPECTED, "and the threads are there");
    for _ in 0..5 {
        // SAFETY: the child allocates, which the allocators of Linux and macOS support after a fork. It
        // computes and exits, and takes no lock that another thread of this process may hold.
        match unsafe { fork() }.expect("a child") {
            ForkResult::Child => {
                let right = (0..10).all(|_| long_work() == EXPECTED);
                // SAFETY: ends the process at once.
                unsafe { nix::libc::_exit(i32::from(!right)) };
            }
            ForkResult::Parent { child } => {
                let mut status = WaitStatus::StillAlive;
                for _ in 0..12_000 {
                    status = waitpid(child, Some(WaitPidFlag::WNOHANG)).expect("the child");
                    if status != WaitStatus::StillAlive {
                        break;
                    }
                    thread::sleep(Duration::from_millis(10));
                }
                if status == WaitStatus::StillAlive {
                    kill(child, Signal::SIGKILL).expect("the child");
                    panic!("the child hangs");
                }
                assert_eq!(status, WaitStatus::Exited(child, 0));
                assert_eq!(long_work(), EXPECTED, "the parent's threads are there");
            }
        }
    }
}
