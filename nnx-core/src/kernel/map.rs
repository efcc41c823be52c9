//! Files in memory: a map of a file, and slices of elements in it, without a copy.

use std::fs::File;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use super::bytes::FileElement;

/// A file in memory, for reading: the operating system reads a page when it is used first.
///
/// A file that is replaced or removed stays as it was for the map: that is how this library writes files. Whoever writes
/// to it in place changes the elements, and a file that is cut short ends the process (SIGBUS) when a page is used that
/// it no longer has. No program can rule this out; the documentation of loading says it.
#[derive(Debug)]
pub(crate) struct Map {
    start: NonNull<u8>,
    length: usize,
}

impl Map {
    /// The first `length` bytes of a file, which must have as many; `None` if the operating system can't map it.
    pub(crate) fn of(file: &File, length: usize) -> Option<Self> {
        if length == 0 {
            return None;
        }
        // SAFETY: the operating system chooses a free address range, so no memory in use is replaced.
        let start = unsafe {
            mmap(std::ptr::null_mut(), length, ProtFlags::READ, MapFlags::PRIVATE, file, 0)
        };
        Some(Self { start: NonNull::new(start.ok()?.cast())?, length })
    }
}

// SAFETY: the mapped memory is only read, and it is unmapped when the last owner is dropped.
unsafe impl Send for Map {}
// SAFETY: the mapped memory is only read, so several threads may read it at once.
unsafe impl Sync for Map {}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: `mmap` gave this range, and nobody borrows from it: a slice of it owns a part of the `Arc`.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.length) };
    }
}

/// Elements in a map.
#[derive(Debug)]
pub(crate) struct Mapped<T> {
    /// Keeps the file mapped.
    map: Arc<Map>,
    start: NonNull<T>,
    length: usize,
}

impl<T: FileElement> Mapped<T> {
    /// `length` elements from byte `offset` on. `None` if they aren't within the map, if they aren't aligned, or if the
    /// bytes of a file aren't valid elements as they are (booleans, or a big-endian processor).
    pub(crate) fn new(map: &Arc<Map>, offset: usize, length: usize) -> Option<Self> {
        let end = length.checked_mul(size_of::<T>())?.checked_add(offset)?;
        if !T::ANY_BYTES || end > map.length {
            return None;
        }
        // SAFETY: the offset is within the map.
        let start = unsafe { map.start.add(offset) }.cast::<T>();
        start.is_aligned().then(|| Self { map: Arc::clone(map), start, length })
    }
}

impl<T> Deref for Mapped<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        debug_assert!(self.length * size_of::<T>() <= self.map.length, "elements beyond the map");
        // SAFETY: `new` has checked that the elements are within the map, which lives as long as `self`, that they are
        // aligned, and that any bytes are valid elements. That nobody writes to the file is what the user has promised by
        // NNX_MAP_FILES=1, without which no file is mapped.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

// SAFETY: a shared slice of `T`, which may be sent, and the map, which is `Send`.
unsafe impl<T: Send + Sync> Send for Mapped<T> {}
// SAFETY: a shared slice of `T`, which is `Sync`, and the map, which is `Sync`.
unsafe impl<T: Send + Sync> Sync for Mapped<T> {}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn map(bytes: &[u8]) -> Option<Arc<Map>> {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        Map::of(&file, bytes.len()).map(Arc::new)
    }

    #[test]
    fn elements_of_a_file_are_there_without_a_copy_and_outlive_the_file() {
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let map = map(&bytes).expect("a map");
        let words = Mapped::<u32>::new(&map, 8, 1000).expect("aligned");
        let bytes_of_words = Mapped::<u8>::new(&map, 8, 4000).expect("bytes are always aligned");
        drop(map);
        assert_eq!(*bytes_of_words, bytes[8..4008]);
        let expected =
            bytes[8..4008].as_chunks::<4>().0.iter().map(|&four| u32::from_le_bytes(four));
        if cfg!(target_endian = "little") {
            assert!(words.iter().copied().eq(expected));
        }
        let sum =
            std::thread::spawn(move || words.iter().map(|&word| u64::from(word)).sum::<u64>());
        assert!(sum.join().is_ok());
    }

    #[test]
    fn what_is_beyond_the_file_or_not_aligned_is_refused() {
        let map = map(&[0; 64]).expect("a map");
        assert!(Mapped::<f64>::new(&map, 0, 8).is_some_and(|found| found.len() == 8));
        assert!(Mapped::<f64>::new(&map, 64, 0).is_some_and(|found| found.is_empty()));
        for (offset, length) in
            [(4, 7), (1, 1), (0, 9), (8, 8), (72, 0), (0, usize::MAX), (8, usize::MAX / 8)]
        {
            assert!(Mapped::<f64>::new(&map, offset, length).is_none(), "{offset} {length}");
        }
        assert!(Mapped::<f32>::new(&map, 4, 15).is_some());
        assert!(Mapped::<bool>::new(&map, 0, 1).is_none(), "a byte may be neither 0 nor 1");
    }

    #[test]
    fn an_empty_file_has_no_map() {
        assert!(map(&[]).is_none());
    }
}
