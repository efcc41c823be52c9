//! Lists in a thread's own memory: what is dropped is kept for the next list.

use std::alloc::{Layout, dealloc};
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

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
}
