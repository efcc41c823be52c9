//! Memory of elements, used again.
//!
//! A step of training asks for the same sizes as the step before. Memory that is freed waits here for
//! the next array of its size, instead of going back to the operating system, which would hand it out
//! page by page, zeroed. What was written there before doesn't matter: whoever takes memory writes all
//! of it.
//!
//! Such memory starts with a cache line: a vector as long as one that is read or written across two costs
//! twice as much.

#![allow(unreachable_pub, reason = "named by a sealed trait, which is public")]

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut, Range};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::dtype::Sealed;
use super::memory::count;
use crate::kernel::memory::zeroed;

/// Bytes of a cache line.
const LINE: usize = 64;
/// Shorter memory is left to the allocator, which is quick with it.
const SHORTEST: usize = 16 * 1024;
/// How many bytes of one element type wait at most; the oldest go first.
const MOST_BYTES: usize = 256 << 20;

/// Memory that waits, the oldest in front.
#[derive(Debug)]
pub struct Waiting<E> {
    memory: VecDeque<Vec<E>>,
    elements: usize,
}

impl<E> Waiting<E> {
    pub(crate) const fn new() -> Self {
        Self { memory: VecDeque::new(), elements: 0 }
    }

    /// Memory of just this length, the last that was put here.
    fn take(&mut self, length: usize) -> Option<Vec<E>> {
        let index = self.memory.iter().rposition(|memory| memory.len() == length)?;
        self.elements -= length;
        self.memory.remove(index)
    }

    fn put(&mut self, memory: Vec<E>) {
        self.elements += memory.len();
        self.memory.push_back(memory);
        while self.elements * size_of::<E>() > MOST_BYTES {
            let Some(oldest) = self.memory.pop_front() else { break };
            self.elements -= oldest.len();
        }
    }
}

/// The elements of a buffer. Dropping it returns the memory to the pool.
#[derive(Debug)]
pub struct Storage<E: Sealed> {
    memory: Vec<E>,
    /// The range of the elements in the memory.
    place: Range<usize>,
}

impl<E: Sealed> Storage<E> {
    /// `length` elements of arbitrary values, which must be written before they are read; `None` if there
    /// is no memory for them. Debug builds fill them with `POISON`.
    pub(crate) fn unspecified(length: usize) -> Option<Self> {
        let needed = Self::with_line(length);
        let found = (length >= SHORTEST).then(|| waiting::<E>().take(needed)).flatten();
        let memory = found.or_else(|| zeroed(needed))?;
        let start = memory.as_ptr().align_offset(LINE);
        let mut storage = Self::at(memory, start..start + length);
        if cfg!(debug_assertions) {
            storage.fill(E::POISON);
        }
        Some(storage)
    }

    /// `length`, plus the elements that aligning to a cache line may skip.
    fn with_line(length: usize) -> usize {
        length.saturating_add(LINE / size_of::<E>())
    }

    fn at(memory: Vec<E>, place: Range<usize>) -> Self {
        assert!(place.end <= memory.len(), "elements {place:?} in memory for {}", memory.len());
        let storage = Self { memory, place };
        count(storage.bytes());
        storage
    }

    /// The bytes of the elements; 0 for a scalar, which isn't counted.
    #[allow(clippy::cast_possible_wrap, reason = "no allocation is longer than isize::MAX bytes")]
    fn bytes(&self) -> isize {
        let length = self.place.len();
        if length > 1 { (length * size_of::<E>()) as isize } else { 0 }
    }
}

/// The memory that waits for arrays of this type. A panic elsewhere leaves nothing half done in it.
fn waiting<E: Sealed>() -> MutexGuard<'static, Waiting<E>> {
    E::waiting().lock().unwrap_or_else(PoisonError::into_inner)
}

impl<E: Sealed> Drop for Storage<E> {
    /// Must not panic: a panic while another one unwinds aborts the process.
    fn drop(&mut self) {
        count(-self.bytes());
        // A vector of the caller has another length, and isn't pooled.
        let length = self.place.len();
        if length >= SHORTEST && self.memory.len() == Self::with_line(length) {
            waiting::<E>().put(std::mem::take(&mut self.memory));
        }
    }
}

impl<E: Sealed> From<Vec<E>> for Storage<E> {
    fn from(elements: Vec<E>) -> Self {
        let place = 0..elements.len();
        Self::at(elements, place)
    }
}

impl<E: Sealed> Deref for Storage<E> {
    type Target = [E];
    fn deref(&self) -> &[E] {
        &self.memory[self.place.clone()]
    }
}

impl<E: Sealed> DerefMut for Storage<E> {
    fn deref_mut(&mut self) -> &mut [E] {
        &mut self.memory[self.place.clone()]
    }
}

/// The lock around the memory that waits.
pub type Shelf<E> = Mutex<Waiting<E>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_by_its_length_the_last_first() {
        let mut waiting = Waiting::new();
        waiting.put(vec![1.0f32; 20]);
        waiting.put(vec![2.0; 30]);
        waiting.put(vec![3.0; 20]);
        assert_eq!(waiting.take(20).map(|memory| memory[0]), Some(3.0));
        assert_eq!(waiting.take(20).map(|memory| memory[0]), Some(1.0));
        assert!(waiting.take(20).is_none());
        assert_eq!(waiting.elements, 30);
    }

    #[test]
    fn elements_to_be_written_start_with_a_cache_line() {
        for length in [0, 1, 7, 100, SHORTEST, SHORTEST + 3] {
            for _ in 0..2 {
                let floats = Storage::<f32>::unspecified(length).expect("little memory");
                assert_eq!((floats.len(), floats.as_ptr().addr() % LINE), (length, 0));
                let bytes = Storage::<u8>::unspecified(length).expect("little memory");
                assert_eq!((bytes.len(), bytes.as_ptr().addr() % LINE), (length, 0));
            }
        }
    }

    #[test]
    fn memory_that_isnt_there_is_neither_taken_nor_counted() {
        let ((), bytes) = crate::array::peak_bytes(|| {
            for length in [1 << 60, usize::MAX / 8, usize::MAX - 1, usize::MAX] {
                assert!(Storage::<f64>::unspecified(length).is_none(), "{length}");
                assert!(Storage::<u8>::unspecified(length).is_none(), "{length}");
            }
        });
        assert_eq!(bytes, 0);
    }

    #[test]
    fn what_waits_is_bounded_and_the_oldest_goes() {
        let mut waiting = Waiting::new();
        let length = MOST_BYTES / size_of::<u8>() / 2;
        for first in 0..3u8 {
            waiting.put(vec![first; length]);
        }
        assert_eq!(waiting.memory.iter().map(|memory| memory[0]).collect::<Vec<_>>(), [1, 2]);
    }
}
