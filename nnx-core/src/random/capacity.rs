//! The number of elements of an array, and vectors for them. This floor imports no other one, so it has its own
//! functions for both.

/// The number of elements of an array of these dimensions: 0 if one of them is 0, however large the others
/// are.
///
/// # Panics
/// If it overflows a `usize`.
pub(super) fn element_count(dims: &[usize]) -> usize {
    let product = |count: usize, &size: &usize| count.checked_mul(size);
    let count = if dims.contains(&0) { Some(0) } else { dims.iter().try_fold(1, product) };
    count.unwrap_or_else(|| {
        panic!("an initializer can't fill an array of dimensions {dims:?}: no memory holds as many values")
    })
}

/// An empty vector with a capacity of `n` elements.
///
/// # Panics
/// If there is no memory for them: `Vec::with_capacity` would abort the process.
pub(super) fn vec_with_capacity<T>(n: usize) -> Vec<T> {
    let mut elements = Vec::new();
    if elements.try_reserve_exact(n).is_err() {
        let bytes = n as u128 * size_of::<T>() as u128;
        panic!("out of memory: an array of {n} numbers takes {bytes} bytes");
    }
    elements
}
