//! What is derived from the elements of a buffer, such as packed weights: kept with the buffer until its elements are
//! written or freed.
//!
//! An eager product can't know whether an operand will come again. One that several products have read since it was
//! written most likely is a weight of a model that predicts, so that its packed form is worth its memory. A weight in
//! training is written in each step, in most models before it has been read as often. A recorded step of training, which is to
//! allocate nothing, runs [without](without_derived).

#![allow(unreachable_pub, reason = "named by a sealed trait, which is public")]

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::Array;
use super::dtype::Sealed;

/// The read from which on a derived value is kept.
const READS: u32 = 4;

thread_local! {
    /// Whether this thread derives nothing at present.
    static OFF: Cell<bool> = const { Cell::new(false) };
}

/// Runs a function that finds no derived value, and makes none.
pub(crate) fn without_derived<R>(run: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            OFF.set(self.0);
        }
    }
    let _restore = Restore(OFF.replace(true));
    run()
}

/// The room for derived values.
struct Room {
    used: AtomicUsize,
    bytes: usize,
}

/// The room of the process.
static ROOM: Room = Room::new(256 << 20);

impl Room {
    const fn new(bytes: usize) -> Self {
        Self { used: AtomicUsize::new(0), bytes }
    }
}

/// A value that is derived from elements.
pub trait Derived: Any + Send + Sync + UnwindSafe + RefUnwindSafe {
    /// The bytes that it takes.
    fn bytes(&self) -> usize;
}

/// The derived value of a buffer, if there is one.
#[derive(Default)]
pub struct Slot {
    /// Reads since the elements were written.
    reads: AtomicU32,
    derived: OnceLock<Counted>,
}

/// A value, or that there is none, and the room that it takes.
struct Counted(Option<Box<dyn Derived>>, &'static Room);

impl Counted {
    /// `None` if there is no room for the value.
    fn new<T: Derived>(value: Option<T>, room: &'static Room) -> Option<Self> {
        let bytes = value.as_ref().map_or(0, T::bytes);
        let taken = |used: usize| used.checked_add(bytes).filter(|used| *used <= room.bytes);
        room.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).ok()?;
        Some(Self(value.map(|value| Box::new(value) as _), room))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let bytes = self.0.as_ref().map_or(0, |value| value.bytes());
        self.1.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Slot {
    /// The value that is kept, or from the fourth read on that of `derive`, if there is room for it. `bytes` are those of the
    /// elements: nothing is derived without room for a value of twice as many.
    fn read<T: Derived>(
        &self,
        room: &'static Room,
        bytes: usize,
        derive: impl FnOnce() -> Option<T>,
    ) -> Option<&T> {
        let kept = match self.derived.get() {
            Some(kept) => kept,
            None if self.reads.fetch_add(1, Ordering::Relaxed) + 1 < READS => return None,
            None if room.used.load(Ordering::Relaxed) + 2 * bytes > room.bytes => {
                self.reads.store(0, Ordering::Relaxed);
                return None;
            }
            None => {
                let Some(value) = Counted::new(derive(), room) else {
                    self.reads.store(0, Ordering::Relaxed);
                    return None;
                };
                // Of threads that derive it at the same time, the first keeps its value.
                self.derived.get_or_init(|| value)
            }
        };
        let value: &dyn Any = &**kept.0.as_ref()?;
        value.downcast_ref()
    }

    /// Forgets the value, as the elements will be written.
    pub(super) fn clear(&mut self) {
        *self.reads.get_mut() = 0;
        self.derived.take();
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.derived.get().and_then(|kept| kept.0.as_ref());
        f.debug_tuple("Slot").field(&value.map(|value| value.bytes())).finish()
    }
}

impl Array {
    /// The value that `derive` makes of the elements, if it is kept: from the fourth read on since the elements were
    /// written, if the array is a whole buffer and there is room. `derive` may refuse, once and for all. A buffer has one
    /// value, which an array of other sizes may have made: the caller checks that it is the one that it needs.
    pub(crate) fn derived<E: Sealed, T: Derived>(
        &self,
        derive: impl FnOnce() -> Option<T>,
    ) -> Option<&T> {
        let buffer = E::unwrap(&self.buffer).filter(|_| self.trace.is_none() && !OFF.get())?;
        let whole = self.offset == 0 && self.is_contiguous() && buffer.len() == self.elements();
        if whole { buffer.slot.read(&ROOM, size_of_val::<[E]>(buffer), derive) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Dims;

    struct Sum(f32);

    impl Derived for Sum {
        fn bytes(&self) -> usize {
            1000
        }
    }

    fn sum(array: &Array) -> Option<f32> {
        let sum = || Some(Sum(array.slice::<f32>().iter().sum()));
        array.derived::<f32, _>(sum).map(|value| value.0)
    }

    fn ones(rows: usize) -> Array {
        Array::filled(vec![1.0_f32; rows * 3], Dims::new(&[rows, 3]))
    }

    #[test]
    fn a_value_is_kept_from_the_fourth_read_on_until_the_elements_are_written() {
        let mut array = ones(2);
        for round in 0..3 {
            let found: Vec<_> = (0..6).map(|_| sum(&array)).collect();
            let of_round = Some(6.0 + round as f32);
            assert_eq!(found, [None, None, None, of_round, of_round, of_round]);
            assert_eq!(sum(&array.clone()), of_round, "clones share it");
            array.make_mut::<f32>()[0] += 1.0;
        }
    }

    #[test]
    fn a_copy_on_write_leaves_the_value_to_the_other_owner() {
        let array = ones(2);
        assert_eq!((0..4).find_map(|_| sum(&array)), Some(6.0));
        let mut other = array.clone();
        other.make_mut::<f32>()[0] = 5.0;
        assert_eq!((sum(&array), sum(&other)), (Some(6.0), None));
    }

    #[test]
    fn memory_that_comes_back_from_the_pool_has_no_value() {
        for _ in 0..3 {
            let array = Array::build(Dims::new(&[4321]), |out: &mut [f32]| out.fill(1.0));
            let found: Vec<_> = (0..4).map(|_| sum(&array)).collect();
            assert_eq!(found, [None, None, None, Some(4321.0)]);
        }
    }

    #[test]
    fn parts_of_a_buffer_and_other_types_have_no_value() {
        let array = ones(4);
        for part in [array.narrow(0, 0, 3), array.narrow(0, 1, 3), array.transpose(0, 1)] {
            assert!((0..6).all(|_| part.derived::<f32, Sum>(|| unreachable!()).is_none()));
        }
        assert!((0..6).all(|_| array.derived::<f64, Sum>(|| unreachable!()).is_none()));
        assert!((0..6).all(|_| array.derived::<f32, Sum>(|| None).is_none()));
        assert_eq!(sum(&array), None, "it was refused once and for all");
    }

    #[test]
    fn values_beyond_the_room_are_not_made_until_others_are_freed() {
        static ROOM: Room = Room::new(1500);
        let read = |slot: &Slot, bytes| {
            let mut reads = (0..9).map(|_| slot.read(&ROOM, bytes, || Some(Sum(1.0))).is_some());
            reads.any(|found| found)
        };
        let [mut first, second] = [Slot::default(), Slot::default()];
        assert!(!read(&first, 751) && read(&first, 750));
        assert!(!read(&second, 251) && ROOM.used.load(Ordering::Relaxed) == 1000);
        first.clear();
        assert!(ROOM.used.load(Ordering::Relaxed) == 0 && read(&second, 251));
        drop(second);
        assert_eq!(ROOM.used.load(Ordering::Relaxed), 0);
    }

    /// The elements say nothing of how long a value is. Of several threads, one finds room.
    #[test]
    fn a_value_that_is_larger_than_expected_is_not_kept_beyond_the_room() {
        static ROOM: Room = Room::new(1500);
        let slots: [Slot; 8] = Default::default();
        std::thread::scope(|scope| {
            for slot in &slots {
                scope.spawn(|| {
                    for _ in 0..40 {
                        let _ = slot.read(&ROOM, 1, || Some(Sum(1.0)));
                    }
                });
            }
        });
        assert_eq!(slots.iter().filter(|slot| slot.derived.get().is_some()).count(), 1);
        assert_eq!(ROOM.used.load(Ordering::Relaxed), 1000);
    }

    #[test]
    fn several_threads_read_the_same_value() {
        let array = ones(2);
        let read = || (0..8).filter_map(|_| sum(&array)).collect::<Vec<_>>();
        let found: Vec<Vec<f32>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(read)).collect();
            threads.into_iter().map(|thread| thread.join().expect("a thread")).collect()
        });
        assert!(found.iter().flatten().all(|sum| *sum == 6.0));
        assert_eq!(found.iter().flatten().count(), 29, "all but the first three");
    }

    #[test]
    fn nothing_is_derived_without() {
        let array = ones(2);
        assert!((0..6).all(|_| without_derived(|| sum(&array)).is_none()));
        assert_eq!((0..4).filter_map(|_| sum(&array)).count(), 1, "reads weren't counted");
    }
}
