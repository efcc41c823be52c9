//! How much memory the arrays of a computation take at once.

use std::cell::Cell;

thread_local! {
    /// Bytes of elements that this thread has taken more than it has freed, and the most of them since
    /// the count began. A thread may free what another one took, so that it may be below 0.
    static BYTES: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

/// Counts memory that is taken, or that is freed (fewer than 0 bytes).
pub(super) fn count(bytes: isize) {
    // A thread that ends frees what it holds after its own count is gone.
    let _ = BYTES.try_with(|counts| {
        let (now, most) = counts.get();
        // Called where memory is dropped, it must not panic.
        let now = now.saturating_add(bytes);
        counts.set((now, most.max(now)));
    });
}

/// What `f` gives, and the most bytes that new arrays took at one time while it ran on this thread: the
/// memory that a forward pass needs for its activations. Arrays that exist before don't count, nor do
/// single numbers and the scratch memory of an operation.
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
