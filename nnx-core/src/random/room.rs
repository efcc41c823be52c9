//! How many numbers an array takes, and room for them. This floor imports nothing, and so has its own.

/// How many values an array of these dimensions has: 0 where one of them is 0, however large the others are.
///
/// # Panics
/// If it is more than a `usize` holds.
pub(super) fn count(dims: &[usize]) -> usize {
    let product = |count: usize, &size: &usize| count.checked_mul(size);
    let count = if dims.contains(&0) { Some(0) } else { dims.iter().try_fold(1, product) };
    count.unwrap_or_else(|| {
        panic!("an initializer can't fill an array of dimensions {dims:?}: no memory holds as many values")
    })
}

/// An empty vector with room for `n` numbers.
///
/// # Panics
/// If there is no memory for them: `Vec::with_capacity` would end the process.
pub(super) fn with_room<T>(n: usize) -> Vec<T> {
    let mut numbers = Vec::new();
    if numbers.try_reserve_exact(n).is_err() {
        let bytes = n as u128 * size_of::<T>() as u128;
        panic!("out of memory: an array of {n} numbers takes {bytes} bytes");
    }
    numbers
}
