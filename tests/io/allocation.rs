//! The largest piece of memory that a thread has asked for, and the most that it has held, so that a file
//! which promises a lot can be seen not to get it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
    /// Negative on a thread that frees memory which another thread allocated.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

struct Watched;

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// Counts allocated and freed bytes. A thread that is ending has no thread-locals any more.
fn note(taken: usize, given: usize) {
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(taken)));
    let _ = HELD.try_with(|held| {
        held.set(held.get() + taken.cast_signed() - given.cast_signed());
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: every call is passed on unchanged to the system's allocator; writing the thread-local cells needs no memory
// and no destructor.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: the caller upholds the contract of `GlobalAlloc`, which `System` has too.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: the caller upholds the contract of `GlobalAlloc`, which `System` has too.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size, layout.size());
        // SAFETY: the caller upholds the contract of `GlobalAlloc`, which `System` has too.
        unsafe { System.realloc(memory, layout, size) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(0, layout.size());
        // SAFETY: the caller upholds the contract of `GlobalAlloc`, which `System` has too.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// The result of `f`, and the largest single allocation of this thread during the call.
pub(crate) fn largest<R>(f: impl FnOnce() -> R) -> (R, usize) {
    LARGEST.set(0);
    let result = f();
    (result, LARGEST.get())
}

/// The result of `f`, and the peak memory of this thread during the call, beyond what it had before.
pub(crate) fn most<R>(f: impl FnOnce() -> R) -> (R, usize) {
    let before = HELD.get();
    MOST.set(before);
    let result = f();
    (result, (MOST.get() - before).unsigned_abs())
}

#[test]
fn the_most_that_is_held_is_seen() {
    let (_, bytes) = most(|| {
        drop(vec![0u8; 1000]);
        let mut small: Vec<Box<u64>> = Vec::with_capacity(100);
        small.extend((0..100).map(Box::new));
        drop(vec![0u8; 10]);
    });
    assert_eq!(bytes, 100 * (8 + 8) + 10);
    let (mut vector, bytes) = most(|| vec![0u8; 100]);
    assert_eq!(bytes, 100);
    let (_, bytes) = most(|| vector.reserve_exact(150));
    assert_eq!(bytes, 150);
}

#[test]
fn the_largest_piece_is_seen() {
    let (vector, bytes) = largest(|| vec![0u8; 123_456]);
    assert_eq!((vector.len(), bytes), (123_456, 123_456));
    let (_, bytes) = largest(|| Box::new(1u64));
    assert_eq!(bytes, 8);
}
