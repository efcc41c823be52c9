//! Thread-local scratch buffers, reused from call to call: no allocation in hot loops.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};
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
    // Taken, not borrowed: a nested call finds an empty buffer and allocates its own.
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

/// A list of any type in a thread's own memory, which the next list of this type reuses.
#[derive(Debug)]
pub(crate) struct List<T: 'static>(Option<Box<Vec<T>>>);

thread_local! {
    /// The memory of lists that were dropped, the last one last.
    static LISTS: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// The most lists that are kept, and the most bytes of one.
const MAX_LISTS: usize = 64;
const MAX_LIST_BYTES: usize = 1 << 20;

/// An empty list.
pub(crate) fn list<T: 'static>() -> List<T> {
    let found = LISTS.try_with(|lists| {
        let mut lists = lists.try_borrow_mut().ok()?;
        let index = lists.iter().rposition(|list| list.is::<Vec<T>>())?;
        lists.swap_remove(index).downcast().ok()
    });
    List(Some(found.ok().flatten().unwrap_or_default()))
}

/// A list of `length` times `value`.
pub(crate) fn filled<T: Clone + 'static>(length: usize, value: T) -> List<T> {
    let mut list = list();
    list.resize(length, value);
    list
}

/// The items of an iterator.
pub(crate) fn collected<T: 'static>(items: impl IntoIterator<Item = T>) -> List<T> {
    let mut list = list();
    list.extend(items);
    list
}

impl<T> Deref for List<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        self.0.as_ref().expect("taken by `drop` alone")
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        self.0.as_mut().expect("taken by `drop` alone")
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: 'static> Drop for List<T> {
    fn drop(&mut self) {
        let Some(mut list) = self.0.take() else { return };
        list.clear();
        if list.capacity() * size_of::<T>() > MAX_LIST_BYTES {
            return;
        }
        // When a thread ends, its lists may be gone.
        let _ = LISTS.try_with(|lists| {
            if let Ok(mut lists) = lists.try_borrow_mut()
                && lists.len() < MAX_LISTS
            {
                lists.push(list);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reuses_the_memory_of_the_last_of_its_type() {
        let address = |list: &List<u64>| list.as_ptr().addr();
        let (first, other) = (filled(100, 1u64), filled(100, 1.0f32));
        let before = address(&first);
        drop((first, other));
        let again = collected(0..100u64);
        assert_eq!((address(&again), again.len(), again[99]), (before, 100, 99));
        assert_ne!(address(&filled(10, 0)), before, "it is in use");
    }

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
