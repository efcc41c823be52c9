//! Thread-local scratch buffers, reused from call to call: no allocation in hot loops.

use std::alloc::{Layout, dealloc};
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
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

/// A list in a thread's own memory, which the next list of items of this size reuses.
#[derive(Debug)]
pub(crate) struct List<T>(Vec<T>);

/// The memory of a list that was dropped: `capacity` items of the layout `item`, with none in it.
#[derive(Debug)]
struct Memory {
    start: NonNull<u8>,
    capacity: usize,
    item: Layout,
}

impl Memory {
    /// The memory of a list; `None` if it has none.
    fn of<T>(list: Vec<T>) -> Option<Self> {
        let mut list = list;
        list.clear();
        if list.capacity() == 0 || size_of::<T>() == 0 {
            return None;
        }
        let mut list = ManuallyDrop::new(list);
        let start = NonNull::new(list.as_mut_ptr().cast())?;
        Some(Self { start, capacity: list.capacity(), item: Layout::new::<T>() })
    }

    /// The smallest memory of the thread that has room for `length` items of this layout, or else the largest one for such
    /// items. Compiled once, and not for each type of item.
    fn find(length: usize, item: Layout) -> Option<Self> {
        let found = LISTS.try_with(|lists| {
            let mut lists = lists.try_borrow_mut().ok()?;
            let all = || lists.iter().enumerate().filter(|(_, memory)| memory.item == item);
            let fitting = all().filter(|(_, memory)| memory.capacity >= length);
            let smallest = fitting.min_by_key(|(_, memory)| memory.capacity);
            let found = smallest.or_else(|| all().max_by_key(|(_, memory)| memory.capacity));
            let index = found?.0;
            Some(lists.remove(index))
        });
        found.ok().flatten()
    }

    /// Keeps the memory for the next list.
    fn keep(self) {
        // When a thread ends, its lists may be gone.
        let _ = LISTS.try_with(|lists| {
            if let Ok(mut lists) = lists.try_borrow_mut() {
                // The one that was used longest ago. So the lists of a step that runs again and again stay, whatever ran before.
                if lists.len() == MAX_LISTS {
                    lists.remove(0);
                }
                lists.push(self);
            }
        });
    }

    /// An empty list in this memory, whose items have this layout.
    fn into_list<T>(self) -> Vec<T> {
        assert_eq!(self.item, Layout::new::<T>(), "the memory of other items");
        let memory = ManuallyDrop::new(self);
        // SAFETY: a `Vec` allocated this memory for as many items of the same size and alignment, and gave it away.
        unsafe { Vec::from_raw_parts(memory.start.as_ptr().cast(), 0, memory.capacity) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let size = self.item.size() * self.capacity;
        let layout = Layout::from_size_align(size, self.item.align()).expect("that of a `Vec`");
        // SAFETY: a `Vec` allocated the memory by this layout, and gave it away.
        unsafe { dealloc(self.start.as_ptr(), layout) }
    }
}

thread_local! {
    /// The memory of lists that were dropped, in this order.
    static LISTS: RefCell<Vec<Memory>> = const { RefCell::new(Vec::new()) };
}

/// The most lists whose memory is kept, and the most bytes of one.
const MAX_LISTS: usize = 64;
const MAX_LIST_BYTES: usize = 1 << 20;

/// Whether the memory of a list isn't kept.
fn is_large<T>(length: usize) -> bool {
    length.saturating_mul(size_of::<T>()) > MAX_LIST_BYTES
}

/// An empty list of unknown length, in the largest memory.
pub(crate) fn list<T>() -> List<T> {
    with_room(usize::MAX)
}

/// An empty list for `length` items, in the smallest memory that has room for them, or else in the largest. So lists of
/// several lengths that are made again and again soon allocate nothing.
pub(crate) fn with_room<T>(length: usize) -> List<T> {
    if length != usize::MAX && is_large::<T>(length) {
        return List(Vec::with_capacity(length));
    }
    List(Memory::find(length, Layout::new::<T>()).map(Memory::into_list).unwrap_or_default())
}

/// A list of `length` times `value`.
pub(crate) fn filled<T: Clone>(length: usize, value: T) -> List<T> {
    if is_large::<T>(length) {
        // Zeros that the operating system provides aren't written.
        return List(vec![value; length]);
    }
    let mut list = with_room(length);
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
        if self.0.capacity() * size_of::<T>() > MAX_LIST_BYTES {
            return;
        }
        if let Some(memory) = Memory::of(std::mem::take(&mut self.0)) {
            memory.keep();
        }
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(kept(MAX_KEPT_ELEMENTS + 1), 0);
    }
}
