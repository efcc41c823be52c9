//! The memory of a buffer: from the pool, aligned to a cache line.
//!
//! A SIMD load or store of a whole cache line costs twice as much if it straddles two lines.

#![allow(unreachable_pub, reason = "named by a sealed trait, which is public")]

use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use super::derived::Slot;
use super::dtype::Sealed;
use super::memory::track_allocation;
use super::pool;
#[cfg(all(feature = "safetensors", unix))]
use crate::kernel::map::Mapped;
use crate::kernel::memory::zeroed;
use crate::kernel::parallel::reclaim;

/// Bytes of a cache line.
const LINE: usize = 64;

/// The memory that holds the elements.
#[derive(Debug)]
enum Memory<E> {
    Own(Vec<E>),
    /// A mapped file, which is never written to.
    #[cfg(all(feature = "safetensors", unix))]
    File(Mapped<E>),
}

/// The elements of a buffer.
#[derive(Debug)]
pub struct Storage<E: Sealed> {
    memory: Memory<E>,
    /// The range of the elements in the memory.
    range: Range<usize>,
    /// Whether an array uses this storage. If so, it isn't in the pool, and counts as allocated.
    is_used: bool,
    /// What is derived from the elements.
    pub(super) slot: Slot,
}

impl<E: Sealed> Storage<E> {
    /// `length` elements of arbitrary values, which must be written before they are read; `None` if there
    /// is no memory for them. Debug builds fill them with `POISON`.
    pub(crate) fn unspecified(length: usize) -> Option<Arc<Self>> {
        let mut storage = match pool::acquire(length) {
            Some(storage) => storage,
            None => {
                let memory: Vec<E> = zeroed(Self::with_line(length))?;
                let start = memory.as_ptr().align_offset(LINE);
                assert!(start + length <= memory.len(), "{length} elements from {start} on");
                let range = start..start + length;
                let (memory, slot) = (Memory::Own(memory), Slot::default());
                Arc::new(Self { memory, range, is_used: false, slot })
            }
        };
        let own = Arc::get_mut(&mut storage).expect("nothing else has it");
        own.is_used = true;
        reclaim(own);
        track_allocation(own.bytes());
        if cfg!(debug_assertions) {
            own.fill(E::POISON);
        }
        Some(storage)
    }

    /// Marks memory that no array uses any more as free, and returns whether the pool may keep it. The pool keeps what it has
    /// allocated, which is longer by a cache line; a vector that a caller made is freed, as is a mapped file.
    pub(super) fn release(&mut self) -> bool {
        let length = self.range.len();
        #[allow(
            clippy::infallible_destructuring_match,
            reason = "without the feature there is one kind of memory"
        )]
        let memory = match &self.memory {
            Memory::Own(memory) => memory,
            #[cfg(all(feature = "safetensors", unix))]
            Memory::File(_) => return false,
        };
        if memory.len() != Self::with_line(length) {
            return false;
        }
        self.is_used = false;
        self.slot.clear();
        track_allocation(-self.bytes());
        true
    }

    /// `length`, plus the elements that aligning to a cache line may skip.
    fn with_line(length: usize) -> usize {
        length.saturating_add(LINE / size_of::<E>())
    }

    /// Elements of a mapped file, without a copy.
    #[cfg(all(feature = "safetensors", unix))]
    pub(super) fn mapped(elements: Mapped<E>) -> Self {
        let range = 0..elements.len();
        Self::new(Memory::File(elements), range)
    }

    /// Whether the elements can be written to: those of a file are copied first.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.memory, Memory::Own(_))
    }

    fn new(memory: Memory<E>, range: Range<usize>) -> Self {
        let storage = Self { memory, range, is_used: true, slot: Slot::default() };
        track_allocation(storage.bytes());
        storage
    }

    /// The number of bytes that memory statistics count: those of the elements, and 0 for a scalar.
    #[allow(clippy::cast_possible_wrap, reason = "no allocation is longer than isize::MAX bytes")]
    fn bytes(&self) -> isize {
        let length = self.range.len();
        if length > 1 { (length * size_of::<E>()) as isize } else { 0 }
    }
}

impl<E: Sealed> Drop for Storage<E> {
    fn drop(&mut self) {
        if self.is_used {
            track_allocation(-self.bytes());
        }
    }
}

impl<E: Sealed> From<Vec<E>> for Storage<E> {
    fn from(elements: Vec<E>) -> Self {
        let range = 0..elements.len();
        Self::new(Memory::Own(elements), range)
    }
}

impl<E: Sealed> Deref for Storage<E> {
    type Target = [E];
    fn deref(&self) -> &[E] {
        match &self.memory {
            Memory::Own(memory) => &memory[self.range.clone()],
            #[cfg(all(feature = "safetensors", unix))]
            Memory::File(elements) => elements,
        }
    }
}

impl<E: Sealed> DerefMut for Storage<E> {
    fn deref_mut(&mut self) -> &mut [E] {
        self.slot.clear();
        match &mut self.memory {
            Memory::Own(memory) => &mut memory[self.range.clone()],
            #[cfg(all(feature = "safetensors", unix))]
            Memory::File(_) => {
                unreachable!("elements of a file are copied before they are written")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_aligned_to_a_cache_line() {
        let large = pool::MIN_SHARED_ELEMENTS;
        for length in [0, 1, 7, 100, large, large + 3] {
            for _ in 0..2 {
                let floats = Storage::<f32>::unspecified(length).expect("little memory");
                assert_eq!((floats.len(), floats.as_ptr().addr() % LINE), (length, 0));
                let bytes = Storage::<u8>::unspecified(length).expect("little memory");
                assert_eq!((bytes.len(), bytes.as_ptr().addr() % LINE), (length, 0));
            }
        }
    }

    #[test]
    fn a_failed_allocation_is_none_and_not_counted() {
        let ((), bytes) = crate::array::peak_bytes(|| {
            for length in [1 << 60, usize::MAX / 8, usize::MAX - 1, usize::MAX] {
                assert!(Storage::<f64>::unspecified(length).is_none(), "{length}");
                assert!(Storage::<u8>::unspecified(length).is_none(), "{length}");
            }
        });
        assert_eq!(bytes, 0);
    }
}
