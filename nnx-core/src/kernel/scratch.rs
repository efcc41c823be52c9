//! Thread-local scratch buffers and lists, reused from call to call: no allocation in hot loops.

mod list;

pub(crate) use list::{List, collected, filled, list, with_room};

use std::cell::Cell;
use std::thread::LocalKey;

/// The buffer of a thread for one purpose.
pub(crate) type Scratch = Cell<Vec<f32>>;

/// The largest buffer that is kept, in elements: 16 MB.
const MAX_KEPT_ELEMENTS: usize = 4 << 20;
/// Bytes of a cache line, to which buffers are aligned.
const LINE: usize = 64;

/// Calls `work` with `length` elements of the scratch buffer. Their values are unspecified.
pub(crate) fn with_scratch<R>(
    scratch: &'static LocalKey<Scratch>,
    length: usize,
    work: impl FnOnce(&mut [f32]) -> R,
) -> R {
    if length == 0 {
        return work(&mut []);
    }
    // The buffer is taken, not borrowed: a nested call finds none and allocates its own.
    let mut memory = scratch.take();
    let needed = length + LINE / size_of::<f32>();
    if memory.len() < needed {
        memory.clear();
        memory.resize(needed, 0.0);
    }
    let start = memory.as_ptr().align_offset(LINE);
    let result = work(&mut memory[start..][..length]);
    if needed <= MAX_KEPT_ELEMENTS {
        scratch.set(memory);
    }
    result
}

/// The elements from the first one on that starts a cache line: `length` of those of a list that has [`line_of`] more.
pub(crate) fn aligned<E>(list: &mut [E], length: usize) -> &mut [E] {
    let start = before_line(list.as_ptr());
    &mut list[start..][..length]
}

/// The elements before the first one that starts a cache line.
pub(crate) fn before_line<E>(start: *const E) -> usize {
    start.align_offset(LINE)
}

/// The elements of a cache line.
pub(crate) const fn line_of<E>() -> usize {
    LINE / size_of::<E>()
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static SCRATCH: Scratch = const { Cell::new(Vec::new()) };
    }

    #[test]
    fn memory_starts_a_cache_line_and_calls_may_nest() {
        for length in [0, 1, 17, 5000, 3] {
            with_scratch(&SCRATCH, length, |outer| {
                assert_eq!(outer.len(), length);
                assert!(length == 0 || outer.as_ptr().addr().is_multiple_of(LINE));
                outer.fill(1.0);
                with_scratch(&SCRATCH, 100, |inner| inner.fill(2.0));
                assert!(outer.iter().all(|&x| x == 1.0), "an inner call has memory of its own");
            });
        }
    }

    #[test]
    fn memory_is_kept_up_to_a_bound() {
        let kept = |length: usize| {
            with_scratch(&SCRATCH, length, |_| ());
            let memory = SCRATCH.take();
            let capacity = memory.capacity();
            SCRATCH.set(memory);
            capacity
        };
        assert!(kept(1000) >= 1000);
        assert_eq!(kept(MAX_KEPT_ELEMENTS + 1), 0);
    }
}
