//! Scratch buffers and lists, reused from call to call: no allocation in hot loops. `scratch/memory.rs` keeps the memory of
//! lists.

mod memory;

use std::alloc::Layout;
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::thread::LocalKey;

use self::memory::Memory;

/// The buffer of a thread for one purpose.
pub(crate) type Scratch = Cell<Vec<f32>>;

/// The largest buffer that a thread keeps for a purpose, in elements: 16 MB. Larger ones are lists, which threads share.
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
    let needed = length + line_of::<f32>();
    if needed > MAX_KEPT_ELEMENTS {
        return work(aligned(&mut filled(needed, 0.0), length));
    }
    // The buffer is taken, not borrowed: a nested call finds none and allocates its own.
    let mut memory = scratch.take();
    if memory.len() < needed {
        memory.clear();
        memory.resize(needed, 0.0);
    }
    let result = work(aligned(&mut memory, length));
    scratch.set(memory);
    result
}

/// A list whose memory the next list of items of this size reuses.
#[derive(Debug)]
pub(crate) struct List<T>(Vec<T>);

/// An empty list of unknown length, in the largest memory.
pub(crate) fn list<T>() -> List<T> {
    with_room(usize::MAX)
}

/// An empty list for `length` items, in the smallest memory that has room for them, or else in the largest. So lists of
/// several lengths that are made again and again soon allocate nothing.
pub(crate) fn with_room<T>(length: usize) -> List<T> {
    let room = |length| if length == usize::MAX { 0 } else { length };
    let memory = Memory::find(length, Layout::new::<T>());
    List(memory.map_or_else(|| Vec::with_capacity(room(length)), Memory::into_list))
}

/// Empties a list, and makes room for `length` items.
///
/// # Panics
/// If there isn't enough memory; the message says what it is for (`what`) and how many bytes were needed.
pub(crate) fn reserve<T>(list: &mut List<T>, length: usize, what: &str) {
    if list.capacity() < length
        && let Some(memory) = Memory::find(length, Layout::new::<T>())
    {
        *list = List(memory.into_list());
    }
    super::memory::reserve(list, length, what);
}

/// A list of `length` times `value`.
pub(crate) fn filled<T: Clone>(length: usize, value: T) -> List<T> {
    let Some(memory) = Memory::find(length, Layout::new::<T>()) else {
        // Zeros that the operating system provides aren't written.
        return List(vec![value; length]);
    };
    let mut list = List(memory.into_list());
    list.resize(length, value);
    list
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

/// The items of an iterator.
pub(crate) fn collected<T>(items: impl IntoIterator<Item = T>) -> List<T> {
    let items = items.into_iter();
    let least = items.size_hint().0;
    let mut list = if least > 0 { with_room(least) } else { list() };
    list.extend(items);
    list
}

/// Without memory.
impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        collected(items)
    }
}

impl<T: Clone> Clone for List<T> {
    fn clone(&self) -> Self {
        collected(self.iter().cloned())
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

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        if let Some(memory) = Memory::of(std::mem::take(&mut self.0)) {
            memory.keep();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::memory::MAX_LISTS;
    use super::*;

    #[test]
    fn a_list_reuses_the_memory_of_the_last_of_its_size() {
        let address = |list: &List<u64>| list.as_ptr().addr();
        let (first, other) = (filled(100, 1u64), filled(100, 1.0f32));
        let before = address(&first);
        drop((first, other));
        let again = collected(0..100u64);
        assert_eq!((address(&again), again.len(), again[99]), (before, 100, 99));
        assert_ne!(address(&filled(10, 0)), before, "it is in use");
    }

    #[test]
    fn lists_of_several_lengths_find_the_memory_that_fits() {
        let address = |list: &List<u32>| list.as_ptr().addr();
        let (short, long) = (filled(10, 1u32), filled(1000, 1u32));
        let before = (address(&short), address(&long));
        drop((short, long));
        let (long, short) = (list::<u32>(), filled(10, 1u32));
        assert_eq!((address(&short), address(&long)), before);
    }

    #[test]
    fn the_list_that_was_used_longest_ago_goes_first() {
        let address = |list: &List<u16>| list.as_ptr().addr();
        let all: Vec<List<u8>> = (0..MAX_LISTS).map(|_| filled(1, 1u8)).collect();
        drop(all);
        let two = || [filled(10, 1u16), filled(20, 1u16)];
        let before = two().each_ref().map(address);
        for _ in 0..3 {
            assert_eq!(two().each_ref().map(address), before);
        }
    }

    #[test]
    fn long_lists_find_memory_of_about_their_length() {
        // No other test has lists of such items.
        type Item = [u16; 77];
        let address = |list: &List<Item>| list.as_ptr().addr();
        let long = |length: usize| filled(length, [1u16; 77]);
        let (first, before) = (long(20_000), address(&long(20_000)));
        assert_ne!(address(&first), before, "it is in use");
        let elsewhere = std::thread::spawn(move || long(19_000).as_ptr().addr()).join();
        assert_eq!(elsewhere.expect("a list"), before);
        assert_ne!(address(&long(9_000)), before, "more than twice as long");
        let mut list = self::list::<Item>();
        reserve(&mut list, 15_000, "a test");
        assert_eq!((address(&list), list.len()), (before, 0));
    }

    #[test]
    fn items_are_dropped_and_lists_may_borrow() {
        use std::rc::Rc;
        let item = Rc::new(1);
        drop(filled(10, Rc::clone(&item)));
        assert_eq!(Rc::strong_count(&item), 1);
        let text = String::from("a b");
        let words: List<&str> = text.split(' ').collect();
        let copy = words.clone();
        drop(words);
        assert_eq!(**copy, ["a", "b"]);
        // Lists without memory leave none.
        drop((filled(10, ()), filled(0, 1u8)));
        assert!(list::<()>().is_empty());
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
        assert!(kept(MAX_KEPT_ELEMENTS + 1) < MAX_KEPT_ELEMENTS);
    }
}
