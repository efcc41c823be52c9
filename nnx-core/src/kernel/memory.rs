//! Allocations that may fail without aborting the process.
//!
//! `vec![0.0; n]` aborts if there is no memory for n elements, and nothing can catch that. With shapes that
//! are known only at run time, n is up to the user, so a failure must be an error or a panic instead.

use std::alloc::{Layout, alloc_zeroed};

/// A type for which all-zero bytes are a valid value.
///
/// # Safety
/// Every byte of a value may be 0. The type has no padding and isn't zero-sized.
#[allow(unreachable_pub, reason = "named by a sealed trait, which is public")]
pub unsafe trait Zeroable: Copy + 'static {}

macro_rules! zeroable {
    ($($type:ident)*) => { $(
        // SAFETY: zero bytes are 0 for integers, +0.0 for floats and `false` for booleans.
        unsafe impl Zeroable for $type {}
    )* };
}
zeroable!(f32 f64 i32 i64 u32 u8 bool);
// SAFETY: zero bytes are +0.0; a `Bf16` is its 16 bits, without padding.
unsafe impl Zeroable for super::bf16::Bf16 {}

/// `length` zeros, like `vec![0; length]`: the allocator zeroes the memory. `None` if there isn't enough.
pub(crate) fn zeroed<T: Zeroable>(length: usize) -> Option<Vec<T>> {
    let layout = Layout::array::<T>(length).ok()?;
    if layout.size() == 0 {
        return Some(Vec::new());
    }
    // SAFETY: the size of the layout isn't 0.
    let start = unsafe { alloc_zeroed(layout) }.cast::<T>();
    if start.is_null() {
        return None;
    }
    #[cfg(all(target_os = "linux", feature = "files"))]
    // SAFETY: the memory was just allocated with this size.
    unsafe {
        huge_pages(start.cast(), layout.size());
    }
    // SAFETY: the memory comes from the global allocator with the layout of `[T; length]`, which is the
    // layout of a vector of this capacity; it is all zeros, which `Zeroable` declares to be valid values.
    Some(unsafe { Vec::from_raw_parts(start, length, length) })
}

/// Asks for pages of 2 MiB, where the system gives them on request. Otherwise the first write to each 4 KiB takes longer
/// than to write them.
///
/// # Safety
/// `length` bytes from `start` on are allocated memory.
#[cfg(all(target_os = "linux", feature = "files"))]
unsafe fn huge_pages(start: *mut u8, length: usize) {
    use rustix::mm::{Advice, madvise};
    /// A page; smaller memory than some of them gains nothing.
    const HUGE: usize = 2 << 20;
    let skipped = start.align_offset(HUGE);
    let whole = length.saturating_sub(skipped) / HUGE * HUGE;
    if whole >= 4 * HUGE {
        // SAFETY: the range is within the allocated memory; the advice changes no byte of it.
        let _ =
            unsafe { madvise(start.wrapping_add(skipped).cast(), whole, Advice::LinuxHugepage) };
    }
}

/// Clears a buffer and reserves memory for `length` elements.
///
/// # Panics
/// If there isn't enough memory; the message says what it is for (`what`) and how many bytes were needed.
pub(crate) fn reserve<T>(buffer: &mut Vec<T>, length: usize, what: &str) {
    buffer.clear();
    if buffer.try_reserve(length).is_err() {
        let bytes = length as u128 * size_of::<T>() as u128;
        panic!("out of memory: {what} takes {bytes} bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_zeroed_and_freed_as_a_vector() {
        for length in [0, 1, 7, 100_000] {
            assert_eq!(zeroed::<f64>(length), Some(vec![0.0; length]));
            let mut flags = zeroed::<bool>(length).expect("little memory");
            assert_eq!(flags, vec![false; length]);
            flags.extend([true; 3]);
            assert_eq!(flags.len(), length + 3);
        }
    }

    #[test]
    fn a_failed_allocation_is_none() {
        for length in [1 << 58, isize::MAX as usize / 8, usize::MAX / 8, usize::MAX] {
            assert_eq!(zeroed::<f64>(length), None, "{length}");
        }
        assert_eq!(zeroed::<u8>(isize::MAX as usize), None);
    }

    #[test]
    #[should_panic(expected = "out of memory: a band takes 8070450532247928832 bytes")]
    fn a_failed_reservation_is_a_panic() {
        reserve::<f64>(&mut vec![1.0], 7 << 57, "a band");
    }
}
