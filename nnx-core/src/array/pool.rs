//! A pool of buffers for one element type.
//!
//! A training step allocates the same sizes as the step before. So a freed buffer is kept for the next
//! array of its size. The operating system would take it back and return it page by page, zeroed.

#![allow(unreachable_pub, reason = "named by a sealed trait, which is public")]

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::dtype::Sealed;

/// The shortest buffer that is pooled: the allocator is fast for shorter ones.
pub(super) const MIN_POOLED_ELEMENTS: usize = 16 * 1024;
/// The most bytes of one element type that are pooled. The oldest buffers are freed first.
const MAX_POOLED_BYTES: usize = 256 << 20;

/// The free buffers of one element type.
pub type BufferPool<E> = Mutex<FreeList<E>>;

/// Free buffers, the oldest first.
#[derive(Debug)]
pub struct FreeList<E> {
    buffers: VecDeque<Vec<E>>,
    elements: usize,
}

/// The free list of an element type. A panic elsewhere can't leave it in an inconsistent state.
pub(super) fn free_list<E: Sealed>() -> MutexGuard<'static, FreeList<E>> {
    E::pool().lock().unwrap_or_else(PoisonError::into_inner)
}

impl<E> FreeList<E> {
    pub(crate) const fn new() -> Self {
        Self { buffers: VecDeque::new(), elements: 0 }
    }

    /// The buffer of exactly this length that was released last. Its elements have their old values.
    pub(super) fn acquire(&mut self, length: usize) -> Option<Vec<E>> {
        let index = self.buffers.iter().rposition(|buffer| buffer.len() == length)?;
        self.elements -= length;
        self.buffers.remove(index)
    }

    pub(super) fn release(&mut self, buffer: Vec<E>) {
        self.elements += buffer.len();
        self.buffers.push_back(buffer);
        while self.elements * size_of::<E>() > MAX_POOLED_BYTES {
            let Some(oldest) = self.buffers.pop_front() else { break };
            self.elements -= oldest.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_by_their_length_the_last_first() {
        let mut free = FreeList::new();
        free.release(vec![1.0f32; 20]);
        free.release(vec![2.0; 30]);
        free.release(vec![3.0; 20]);
        assert_eq!(free.acquire(20).map(|buffer| buffer[0]), Some(3.0));
        assert_eq!(free.acquire(20).map(|buffer| buffer[0]), Some(1.0));
        assert!(free.acquire(20).is_none());
        assert_eq!(free.elements, 30);
    }

    #[test]
    fn the_pool_is_bounded_and_frees_the_oldest_buffer() {
        let mut free = FreeList::new();
        let length = MAX_POOLED_BYTES / size_of::<u8>() / 2;
        for first in 0..3u8 {
            free.release(vec![first; length]);
        }
        assert_eq!(free.buffers.iter().map(|buffer| buffer[0]).collect::<Vec<_>>(), [1, 2]);
    }
}
