//! An allocator that counts its calls and the bytes that are allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);
/// The bytes that are allocated.
pub(crate) static BYTES: AtomicUsize = AtomicUsize::new(0);
thread_local! {
    static SHOWN: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn count() {
    COUNT.fetch_add(1, Ordering::Relaxed);
    let _ = SHOWN.try_with(|shown| {
        let left = shown.get();
        if left > 0 && left < usize::MAX {
            shown.set(usize::MAX);
            eprintln!("{}", Backtrace::force_capture());
            shown.set(left - 1);
        }
    });
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        BYTES.fetch_add(size, Ordering::Relaxed);
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.realloc(memory, layout, size) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The calls of the allocator in `step`.
pub(crate) fn counted(step: &mut impl FnMut()) -> usize {
    if let Some(most) = std::env::var("SHOW").ok().and_then(|most| most.parse().ok()) {
        SHOWN.set(most);
    }
    let before = COUNT.load(Ordering::Relaxed);
    step();
    let after = COUNT.load(Ordering::Relaxed);
    SHOWN.set(usize::MAX);
    after - before
}
