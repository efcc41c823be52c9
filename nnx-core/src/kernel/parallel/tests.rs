//! Parallel loops: each part runs once, on any number of threads, called from many threads and from inside of a
//! loop, and threads that wait run nothing else, sleep, and wake up.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::parts::{LEAST_ELEMENTS, MOST_ELEMENTS};
use super::threads::with_threads;
use super::*;

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
        for (elements, length) in [(0, 4), (1, 4), (4, 4), (103, 4), (103, 200), (7, 0)] {
            let mut out = vec![0; elements];
            with_threads(threads, || {
                for_chunks(&mut out, length, true, &|part, slice| {
                    slice.iter_mut().for_each(|x| *x += part + 1);
                });
            });
            let expected: Vec<_> = (0..elements).map(|i| i / length.max(1) + 1).collect();
            assert_eq!(out, expected, "{elements} by {length} on {threads} threads");
        }
    }
}

#[test]
fn each_thread_has_equally_many_tasks_of_an_array() {
    for threads in [1, 2, 3, 8] {
        with_threads(threads, || {
            assert_eq!(tasks(2 * LEAST_ELEMENTS - 1), 1, "a short array is the caller's");
            for all in (2 * LEAST_ELEMENTS..3_000_000).step_by(7919) {
                let tasks = all.div_ceil(elements_per_task(all));
                assert!(tasks.is_multiple_of(threads) || tasks < threads, "{tasks} of {all}");
                assert!((LEAST_ELEMENTS..=2 * MOST_ELEMENTS).contains(&(all / tasks)), "{all}");
            }
        });
    }
}

/// A thread leaves the last part of a share to its owner, and takes all parts of a share that has none.
#[test]
fn cheap_loops_visit_each_element_once() {
    with_all_workers(|| {
        for threads in 1..6 {
            for elements in (1..40).map(|i| i * 9973) {
                with_threads(threads, || {
                    let mut out = vec![0; elements];
                    super::elements(&mut out, |range, out| {
                        out.iter_mut().zip(range).for_each(|(x, i)| *x += i + 1);
                    });
                    super::rows(&mut out, elements, |first, rows| rows[0] += first + 1);
                    assert!(out.iter().skip(1).zip(2..).all(|(&x, i)| x == i), "{elements}");
                    assert_eq!(out[0], 2);
                });
            }
        }
    });
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
        with_threads(4, || {
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

/// Tests run at once and share the workers. Tests that need several workers hold this lock, so that they run one at a
/// time.
fn with_all_workers(work: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    without_hanging(work);
    drop(turn);
}

/// Whether a region of this many parts gets a thread for each of them. The workers may be at work for other tests.
fn all_take_part(threads: usize) -> bool {
    let (arrived, gave_up) = (AtomicUsize::new(0), AtomicBool::new(false));
    let end = Instant::now() + Duration::from_millis(200);
    with_threads(threads, || {
        for_chunks(&mut vec![0; threads], 1, true, &|_, _| {
            arrived.fetch_add(1, Ordering::SeqCst);
            while arrived.load(Ordering::SeqCst) < threads && !gave_up.load(Ordering::SeqCst) {
                if Instant::now() > end {
                    gave_up.store(true, Ordering::SeqCst);
                }
                thread::yield_now();
            }
        });
    });
    !gave_up.into_inner()
}

#[test]
fn as_many_threads_take_part_as_asked_for() {
    with_all_workers(|| {
        for threads in [2, 3, 5] {
            let found = (0..100).any(|_| all_take_part(threads));
            assert!(found, "{threads} threads");
        }
    });
}

#[test]
fn each_part_is_done_once() {
    with_all_workers(|| {
        for threads in 1..6 {
            for parts in (1..40).chain([257]) {
                let mut done = vec![0; parts];
                with_threads(threads, || {
                    for_chunks(&mut done, 1, true, &|part, done| done[0] += part + 1);
                });
                assert_eq!(done, (1..=parts).collect::<Vec<_>>(), "{threads} threads");
            }
        }
    });
}

/// The first parts of two threads, if both take part in a region of eight. Each waits for the other in its first part.
fn first_parts_of_two_threads() -> Option<Vec<usize>> {
    let (first, end) = (Mutex::new(Vec::new()), Instant::now() + Duration::from_millis(200));
    let started = || first.lock().expect("no panic").len();
    with_threads(2, || {
        for_chunks(&mut [0; 8], 1, true, &|part, _| {
            if started() < 2 && Instant::now() < end {
                first.lock().expect("no panic").push(part);
                while started() < 2 && Instant::now() < end {
                    thread::yield_now();
                }
            }
        });
    });
    let mut first = first.into_inner().expect("no panic");
    first.sort_unstable();
    (first.len() == 2).then_some(first)
}

#[test]
fn threads_start_with_the_first_part_of_their_ranges() {
    with_all_workers(|| {
        // A worker with an even number shares the caller's range.
        let found: Vec<_> = (0..100).filter_map(|_| first_parts_of_two_threads()).collect();
        assert!(found.iter().all(|parts| parts == &[0, 4] || parts == &[0, 1]), "{found:?}");
        assert!(found.contains(&vec![0, 4]), "{found:?}");
    });
}

#[test]
fn workers_that_sleep_wake_up() {
    with_all_workers(|| {
        for pause in [0, 1, 5, 20] {
            thread::sleep(Duration::from_millis(pause));
            assert!((0..100).any(|_| all_take_part(2)), "after {pause} ms");
        }
    });
}

/// Many callers with long parts: those that come late find the workers taken, and work alone.
#[test]
fn callers_and_workers_together_are_no_more_than_the_callers_or_the_limit() {
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    with_all_workers(|| {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    with_threads(4, || {
                        for _ in 0..20 {
                            for_chunks(&mut [0; 8], 1, true, &|_, _| {
                                let running = RUNNING.fetch_add(1, Ordering::SeqCst) + 1;
                                MOST.fetch_max(running, Ordering::SeqCst);
                                let _ = long_work();
                                RUNNING.fetch_sub(1, Ordering::SeqCst);
                            });
                        }
                    });
                });
            }
        });
        // A caller that starts joins workers that were assigned before: at most three.
        let most = MOST.load(Ordering::SeqCst);
        assert!((1..=7).contains(&most), "{most} threads at once");
    });
}

/// The processor time of all threads of this process.
#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    let usage = nix::time::clock_gettime(nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID);
    usage.expect("a clock").into()
}

/// Runs in a process of its own, because other tests use processor time: see the next test.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "the next test runs it in a process of its own"]
fn workers_of_a_program_that_pauses_take_no_time() {
    assert!((0..100).any(|_| all_take_part(2)));
    thread::sleep(Duration::from_millis(20));
    let before = processor_time();
    thread::sleep(Duration::from_millis(500));
    let spent = processor_time() - before;
    println!("spent {} ms", spent.as_millis());
    assert!(spent < Duration::from_millis(10), "{spent:?} in a pause");
}

#[cfg(target_os = "linux")]
#[test]
fn workers_sleep_in_a_pause() {
    let this = std::env::current_exe().expect("a path");
    let test = "workers_of_a_program_that_pauses_take_no_time";
    let output = std::process::Command::new(this)
        .args([test, "--ignored", "--nocapture"])
        .output()
        .expect("a process");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("spent "), "{said}");
}

#[test]
fn a_part_may_contain_a_parallel_loop() {
    without_hanging(|| {
        let mut out = vec![0.0; 20];
        with_threads(4, || for_chunks(&mut out, 1, true, &|_, out| out[0] = long_work()));
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

/// The child of `fork` has the memory of the workers but not their threads.
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

#[test]
fn the_last_chunk_of_both_slices_may_be_shorter() {
    for (of_a, of_b, a, b) in [(3, 2, 10, 7), (4, 4, 8, 8), (2, 5, 1, 4), (3, 3, 0, 0)] {
        let (mut a, mut b) = (vec![0; a], vec![0; b]);
        with_threads(2, || {
            for_pairs(
                (&mut a, of_a),
                (&mut b, of_b),
                true,
                &|i, a: &mut [usize], b: &mut [usize]| {
                    a.fill(i + 1);
                    b.fill(i + 1);
                },
            );
        });
        assert!(a.iter().enumerate().all(|(at, &x)| x == at / of_a + 1), "{a:?}");
        assert!(b.iter().enumerate().all(|(at, &x)| x == at / of_b + 1), "{b:?}");
    }
}
