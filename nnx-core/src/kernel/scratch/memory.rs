//! The memory of lists that were dropped, for the next lists. A thread keeps that of short ones, without a lock; threads share
//! that of long ones, which are few.

use std::alloc::{Layout, dealloc};
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

/// The most lists whose memory a thread keeps, and the most bytes of one.
pub(super) const MAX_LISTS: usize = 64;
const MAX_LIST_BYTES: usize = 1 << 20;
/// The most bytes that threads share.
const MAX_SHARED_BYTES: usize = 256 << 20;
/// A longer list gets memory of at most so many times its length.
const MAX_WASTE: usize = 2;

/// The memory of a list: `capacity` items of the layout `item`, with none in it.
#[derive(Debug)]
pub(super) struct Memory {
    start: NonNull<u8>,
    capacity: usize,
    item: Layout,
}

// SAFETY: it owns memory of the global allocator, without a value in it. Any thread may use or free that.
unsafe impl Send for Memory {}

thread_local! {
    /// In the order in which they were dropped.
    static LISTS: RefCell<Vec<Memory>> = const { RefCell::new(Vec::new()) };
}
/// The memory of long lists, in the order in which they were dropped.
static SHARED: Mutex<Vec<Memory>> = Mutex::new(Vec::new());

impl Memory {
    /// The memory of a list; `None` if it has none.
    pub(super) fn of<T>(list: Vec<T>) -> Option<Self> {
        let mut list = list;
        list.clear();
        if list.capacity() == 0 || size_of::<T>() == 0 {
            return None;
        }
        let mut list = ManuallyDrop::new(list);
        let start = NonNull::new(list.as_mut_ptr().cast())?;
        Some(Self { start, capacity: list.capacity(), item: Layout::new::<T>() })
    }

    fn bytes(&self) -> usize {
        self.item.size() * self.capacity
    }

    /// Memory for `length` items of this layout. Of a thread's own it is the smallest that has room for them, or else the
    /// largest one for such items. Compiled once, and not for each type of item.
    pub(super) fn find(length: usize, item: Layout) -> Option<Self> {
        if length != usize::MAX && length.saturating_mul(item.size()) > MAX_LIST_BYTES {
            let room = length..=length.saturating_mul(MAX_WASTE);
            let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            return take(&mut shared, item, room);
        }
        let found = LISTS.try_with(|lists| {
            let mut lists = lists.try_borrow_mut().ok()?;
            take(&mut lists, item, length..=usize::MAX).or_else(|| {
                let all = lists.iter().enumerate().filter(|(_, memory)| memory.item == item);
                let largest = all.max_by_key(|(_, memory)| memory.capacity)?.0;
                Some(lists.remove(largest))
            })
        });
        found.ok().flatten()
    }

    /// Keeps the memory for the next list. What was used longest ago goes first, so that the lists of a step that runs again and
    /// again stay, whatever ran before.
    pub(super) fn keep(self) {
        if self.bytes() > MAX_LIST_BYTES {
            if self.bytes() <= MAX_SHARED_BYTES {
                share(self);
            }
            return;
        }
        // When a thread ends, its lists may be gone.
        let _ = LISTS.try_with(|lists| {
            if let Ok(mut lists) = lists.try_borrow_mut() {
                if lists.len() == MAX_LISTS {
                    lists.remove(0);
                }
                lists.push(self);
            }
        });
    }

    /// An empty list in this memory, whose items have this layout.
    pub(super) fn into_list<T>(self) -> Vec<T> {
        assert_eq!(self.item, Layout::new::<T>(), "the memory of other items");
        let memory = ManuallyDrop::new(self);
        // SAFETY: a `Vec` allocated this memory for as many items of the same size and alignment, and gave it away.
        unsafe { Vec::from_raw_parts(memory.start.as_ptr().cast(), 0, memory.capacity) }
    }
}

/// Shares memory with all threads. What was used longest ago is freed.
fn share(memory: Memory) {
    let mut freed = Vec::new();
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.push(memory);
    let mut bytes: usize = shared.iter().map(Memory::bytes).sum();
    while bytes > MAX_SHARED_BYTES {
        let oldest = shared.remove(0);
        bytes -= oldest.bytes();
        freed.push(oldest);
    }
    // Freeing takes long, so that no other thread waits for it.
    drop(shared);
}

/// Takes the smallest memory with room for so many items of this layout.
fn take(
    lists: &mut Vec<Memory>,
    item: Layout,
    room: std::ops::RangeInclusive<usize>,
) -> Option<Memory> {
    let fits = |memory: &Memory| memory.item == item && room.contains(&memory.capacity);
    let fitting = lists.iter().enumerate().filter(|(_, memory)| fits(memory));
    let smallest = fitting.min_by_key(|(_, memory)| memory.capacity)?.0;
    Some(lists.remove(smallest))
}

impl Drop for Memory {
    fn drop(&mut self) {
        let layout = Layout::from_size_align(self.bytes(), self.item.align());
        let layout = layout.expect("that of a `Vec`");
        // SAFETY: a `Vec` allocated the memory by this layout, and gave it away.
        unsafe { dealloc(self.start.as_ptr(), layout) }
    }
}
