//! Elements that a kernel prepared for later calls, such as packed weights.

use std::ops::{Deref, DerefMut};

use super::memory::{self, Zeroable};

/// Bytes of a cache line.
const LINE: usize = 64;

/// Elements aligned to a cache line: a SIMD load of a whole line costs twice as much if it straddles two.
#[derive(Default)]
pub(crate) struct Aligned<T = f32> {
    memory: Vec<T>,
    start: usize,
    length: usize,
}

impl<T: Zeroable> Aligned<T> {
    /// `length` zeros.
    ///
    /// # Panics
    /// If there is no memory for them: `what` names them.
    pub(crate) fn zeroed(length: usize, what: &str) -> Self {
        let memory = memory::zeroed::<T>(length.saturating_add(LINE / size_of::<T>()));
        let Some(memory) = memory else {
            panic!("out of memory: {what} take {length} elements of {} bytes", size_of::<T>());
        };
        let start = memory.as_ptr().align_offset(LINE);
        Self { memory, start, length }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.memory[self.start..][..self.length]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.start..][..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_zeros_that_start_a_cache_line() {
        for length in [0, 1, 17, 5000] {
            let elements = Aligned::<f32>::zeroed(length, "weights");
            assert_eq!(*elements, vec![0.0; length]);
            assert!(elements.as_ptr().addr().is_multiple_of(LINE));
        }
    }

    #[test]
    #[should_panic(
        expected = "out of memory: packed weights take 1152921504606846976 elements of 4 bytes"
    )]
    fn too_many_elements_are_a_panic_that_can_be_caught() {
        let _ = Aligned::<f32>::zeroed(1 << 60, "packed weights");
    }
}
