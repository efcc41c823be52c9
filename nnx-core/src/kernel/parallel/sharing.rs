//! Memory whose cache lines several cores have read, and that is written next.
//!
//! A core that writes a line of which another one has a copy waits until that copy is gone. On AMD's processors of
//! several chiplets this takes 27 ns for each line of 64 bytes, one after the other, if the cores share no cache (7 ns if
//! they do): a second thread then costs more than it computes. A line that was flushed to memory before takes 5 ns: 2.5
//! for the flush and as long for the write. (Prefetching for a write takes 27 ns, too.) A line that no other core has
//! takes 0.7 ns, so that only memory is flushed which a loop has shared among threads in another way than by its first
//! and second half:
//!
//! ```text
//! a product's operand that each thread reads as a whole ->  read_by_all(operand)
//! its buffer is taken from the pool for a result         ->  reclaim(buffer): flushed, if it is in the table
//! ```
//!
//! The table holds addresses, and two that have the same place in it push each other out. So a lost or an outdated
//! entry costs some time, and no result depends on it.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::parts::{LEAST_ELEMENTS, Left, run_parts};
use super::{Start, num_threads};

/// Bytes of a cache line.
const LINE: usize = 64;
/// Bytes of a task that flushes: 20 µs.
const BYTES_PER_TASK: usize = 8 * 1024 * LINE;
/// For shorter memory a look at the table costs more than it saves.
const LEAST_BYTES: usize = 16 * LINE;

/// The addresses of memory that other cores have read, each at an index that is a hash of the address.
static TABLE: [AtomicUsize; 1024] = [const { AtomicUsize::new(0) }; 1024];

fn place(address: usize) -> &'static AtomicUsize {
    // Multiplicative hashing: the upper bits depend on all bits of the address.
    let hash = (address >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as usize);
    &TABLE[hash >> (usize::BITS - 10)]
}

/// Notes that several threads have read `memory`, or that they have written it in other parts than they will read it.
pub(crate) fn read_by_all<T>(memory: &[T]) {
    if size_of_val(memory) >= LEAST_BYTES && flush::is_faster() {
        place(memory.as_ptr().addr()).store(memory.as_ptr().addr(), Ordering::Relaxed);
    }
}

/// Notes that several threads work on parts of `memory`. If it is short, the caller's thread alone works on it in other
/// loops, and so on the parts of the others, too.
pub(crate) fn shared_if_short<T>(memory: &[T]) {
    if memory.len() < 2 * LEAST_ELEMENTS {
        read_by_all(memory);
    }
}

/// Prepares memory that will be overwritten.
pub(crate) fn reclaim<T>(memory: &mut [T]) {
    let address = memory.as_ptr().addr();
    if size_of_val(memory) < LEAST_BYTES || place(address).load(Ordering::Relaxed) != address {
        return;
    }
    place(address).store(0, Ordering::Relaxed);
    if num_threads() > 1 {
        let (start, bytes) = (Start(memory.as_mut_ptr().cast::<u8>()), size_of_val(memory));
        run_parts(bytes.div_ceil(BYTES_PER_TASK), true, Left::Taken, &|i| {
            let from = i * BYTES_PER_TASK;
            // SAFETY: the bytes are within `memory`, which is borrowed until all parts are done.
            unsafe { flush::lines(start.pointer().add(from), BYTES_PER_TASK.min(bytes - from)) };
        });
    }
}

#[cfg(target_arch = "x86_64")]
mod flush {
    use std::arch::x86_64::{__cpuid, _mm_clflush};
    use std::sync::OnceLock;

    use super::LINE;

    /// Whether the processor is one on which flushing is faster: those of AMD.
    pub(super) fn is_faster() -> bool {
        static IS_AMD: OnceLock<bool> = OnceLock::new();
        *IS_AMD.get_or_init(|| {
            let vendor = __cpuid(0);
            [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes).concat() == b"AuthenticAMD"
        })
    }

    /// Writes the lines back to memory, and removes them from all caches.
    ///
    /// # Safety
    /// `bytes` bytes from `start` on are allocated memory.
    pub(super) unsafe fn lines(start: *const u8, bytes: usize) {
        for byte in (0..bytes).step_by(LINE) {
            // SAFETY: the caller guarantees that the address is within the memory. All processors of x86-64 have the
            // instruction, which changes no value.
            unsafe { _mm_clflush(start.wrapping_add(byte)) };
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod flush {
    pub(super) fn is_faster() -> bool {
        false
    }

    /// # Safety
    /// None is needed: it does nothing.
    pub(super) unsafe fn lines(_: *const u8, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::super::threads::with_threads;
    use super::*;

    #[test]
    fn memory_that_was_shared_is_flushed_once_and_keeps_its_values() {
        let mut memory: Vec<u32> = (0..100_003).collect();
        let address = memory.as_ptr().addr();
        let is_noted = || place(address).load(Ordering::Relaxed) == address;
        with_threads(2, || {
            // Other tests may push the entry out.
            let noted = (0..100).any(|_| {
                read_by_all(&memory);
                is_noted()
            });
            assert_eq!(noted, flush::is_faster());
            // Enters the address even where flushing isn't faster, so that all processors test the flush.
            place(address).store(address, Ordering::Relaxed);
            reclaim(&mut memory);
            assert!(!is_noted());
        });
        assert!((0..100_003).eq(memory));
    }

    #[test]
    fn short_memory_is_not_noted() {
        let memory = [0_u8; LEAST_BYTES - 1];
        read_by_all(&memory);
        assert_ne!(place(memory.as_ptr().addr()).load(Ordering::Relaxed), memory.as_ptr().addr());
    }
}
