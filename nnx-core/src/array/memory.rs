//! Measures the peak memory of the arrays of a computation.

use std::cell::Cell;

thread_local! {
    /// Bytes of elements that this thread has allocated minus those it has freed, and the maximum of that
    /// since the measurement began. A thread may free what another one allocated, so the first may be
    /// negative.
    static BYTES: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

/// Counts allocated bytes, or freed ones as a negative number.
pub(super) fn track_allocation(bytes: isize) {
    // When a thread ends, its thread-local may be dropped before its arrays.
    let _ = BYTES.try_with(|counts| {
        let (now, most) = counts.get();
        // Called from `drop`, so it must not panic.
        let now = now.saturating_add(bytes);
        counts.set((now, most.max(now)));
    });
}

/// Runs `f` and returns its result, and the peak number of bytes in arrays that this thread allocated while `f` ran:
/// the memory that a forward pass needs for its activations. Arrays that exist before aren't counted, nor are scalars
/// and scratch buffers.
///
/// ```
/// use nnx_core::{array::peak_bytes, tensor::Tensor, size::U8};
///
/// let (_, bytes) = peak_bytes(|| {
///     let x: Tensor<(U8, U8)> = Tensor::from([[1.0; 8]; 8]);
///     x.clone().matmul(x) // a clone shares its elements: two matrices at once
/// });
/// assert_eq!(bytes, 2 * 8 * 8 * 4);
/// ```
pub fn peak_bytes<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let (before, outer) = BYTES.get();
    BYTES.set((before, before));
    let result = f();
    let (now, most) = BYTES.get();
    BYTES.set((now, outer.max(most)));
    (result, usize::try_from(most - before).unwrap_or(0))
}
