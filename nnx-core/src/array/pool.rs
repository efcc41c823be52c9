//! Pools of buffers.
//!
//! A training step allocates the same sizes as the step before. So a freed buffer is kept, with its reference counter, for
//! the next array of its size: a step that repeats another allocates nothing. The operating system would take
//! large ones back and return them page by page, zeroed.
//!
//! Small buffers are kept by the thread that frees them, without a lock; large ones are shared by all threads.

#![allow(unreachable_pub, reason = "named by a sealed trait, which is public")]

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::dtype::Sealed;
use super::storage::Storage;

/// The shortest buffer that all threads share.
pub(super) const MIN_SHARED_ELEMENTS: usize = 16 * 1024;
/// The most bytes of one element type that all threads share. The oldest buffers are freed first.
const MAX_SHARED_BYTES: usize = 256 << 20;
/// The most bytes of small buffers of one element type that a thread keeps.
const MAX_LOCAL_BYTES: usize = 2 << 20;

/// The large free buffers of one element type.
pub type SharedPool = Mutex<FreeList>;
/// The small free buffers of one element type and thread.
pub type LocalPool = RefCell<FreeList>;
/// A buffer: an `Arc<Storage<E>>` without its type, so that lists of them are compiled once and not for each type.
pub type FreeBuffer = Arc<dyn Any + Send + Sync>;

/// A free buffer of `length` elements, with their old values.
pub(super) fn acquire<E: Sealed>(length: usize) -> Option<Arc<Storage<E>>> {
    let buffer = if length >= MIN_SHARED_ELEMENTS {
        // A panic elsewhere can't leave the list in an inconsistent state.
        E::pool().lock().unwrap_or_else(PoisonError::into_inner).acquire(length)
    } else {
        E::with_local_pool(&mut |pool| pool.try_borrow_mut().ok()?.acquire(length)).flatten()
    };
    buffer?.downcast().ok()
}

/// Keeps a buffer that nothing uses.
pub(super) fn release<E: Sealed>(buffer: Arc<Storage<E>>) {
    let length = buffer.len();
    if length >= MIN_SHARED_ELEMENTS {
        let mut shared = E::pool().lock().unwrap_or_else(PoisonError::into_inner);
        return shared.release(buffer, length, MAX_SHARED_BYTES / size_of::<E>());
    }
    let mut buffer: Option<FreeBuffer> = Some(buffer);
    // When a thread ends, its pool may be gone before its arrays: then the buffer is freed.
    let _ = E::with_local_pool(&mut |pool| {
        let buffer = buffer.take()?;
        pool.try_borrow_mut().ok()?.release(buffer, length, MAX_LOCAL_BYTES / size_of::<E>());
        None
    });
}

/// Free buffers of one element type by their length.
#[derive(Debug)]
pub struct FreeList {
    /// With the number of releases before, the oldest first.
    buffers: BTreeMap<usize, VecDeque<(u64, FreeBuffer)>>,
    elements: usize,
    releases: u64,
}

impl FreeList {
    pub(crate) const fn new() -> Self {
        Self { buffers: BTreeMap::new(), elements: 0, releases: 0 }
    }

    /// The buffer of this length that was released last.
    fn acquire(&mut self, length: usize) -> Option<FreeBuffer> {
        let (_, buffer) = self.buffers.get_mut(&length)?.pop_back()?;
        self.elements -= length;
        Some(buffer)
    }

    /// Keeps a buffer of `length` elements. Frees the oldest ones while all have more than `most` elements.
    fn release(&mut self, buffer: FreeBuffer, length: usize, most: usize) {
        self.elements += length;
        self.releases += 1;
        self.buffers.entry(length).or_default().push_back((self.releases, buffer));
        while self.elements > most {
            let age = |list: &VecDeque<(u64, _)>| list.front().map_or(u64::MAX, |(age, _)| *age);
            let oldest = self.buffers.iter().min_by_key(|(_, list)| age(list));
            let Some(length) = oldest.map(|(length, _)| *length) else { break };
            let list = self.buffers.get_mut(&length);
            if list.and_then(VecDeque::pop_front).is_some() {
                self.elements -= length;
            }
            // Lengths that are no longer used leave nothing.
            self.buffers.retain(|_, list| !list.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(length: usize, value: u8) -> Arc<Storage<u8>> {
        Arc::new(Storage::from(vec![value; length]))
    }
    fn first(buffer: Option<FreeBuffer>) -> Option<u8> {
        buffer.map(|buffer| buffer.downcast::<Storage<u8>>().expect("a buffer of bytes")[0])
    }

    #[test]
    fn buffers_come_back_by_their_length_the_last_first() {
        let mut free = FreeList::new();
        for (length, value) in [(20, 1), (30, 2), (20, 3)] {
            free.release(buffer(length, value), length, 1000);
        }
        assert_eq!(first(free.acquire(20)), Some(3));
        assert_eq!(first(free.acquire(20)), Some(1));
        assert!(free.acquire(20).is_none());
        assert_eq!(free.elements, 30);
    }

    #[test]
    fn the_pool_is_bounded_and_frees_the_oldest_buffer() {
        let mut free = FreeList::new();
        for (length, value) in [(400, 1), (500, 2), (400, 3)] {
            free.release(buffer(length, value), length, 1000);
        }
        assert_eq!(free.elements, 900);
        assert_eq!(first(free.acquire(400)), Some(3));
        assert!(free.acquire(400).is_none());
        assert_eq!(first(free.acquire(500)), Some(2));
    }

    #[test]
    fn a_freed_array_gives_its_memory_to_the_next_of_its_length() {
        use crate::array::{Array, Dims};
        for length in [3, MIN_SHARED_ELEMENTS + 5] {
            let array = || Array::build(Dims::new(&[length]), |out: &mut [i64]| out.fill(1));
            let address = |array: &Array| array.slice::<i64>().as_ptr().addr();
            let first = array();
            let (before, shared) = (address(&first), first.clone());
            drop(first);
            assert_ne!(address(&array()), before, "another array still has it");
            drop(shared);
            // Tests on other threads may take a large one.
            if length < MIN_SHARED_ELEMENTS {
                assert_eq!(address(&array()), before);
            }
        }
    }
}
