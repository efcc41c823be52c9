//! The largest array, and failed allocations.

use super::{DType, Dims, OrPanic as _, ShapeError};

/// Bytes of the largest array: Rust's limit for an allocation, minus the cache line for alignment.
///
/// Broadcast views have the same limit. So no number of elements or bytes overflows, and every view could
/// be made contiguous if there were enough memory.
const MAX_BYTES: usize = isize::MAX as usize - 64;

/// An error if an array of this shape, the result of `operation`, would be larger than the largest array.
pub(crate) fn check_allocation(
    operation: &'static str,
    dims: Dims,
    dtype: DType,
) -> Result<(), ShapeError> {
    let bytes = dims.checked_elements().and_then(|count| count.checked_mul(dtype.bytes()));
    match bytes {
        Some(0..=MAX_BYTES) => Ok(()),
        _ => Err(ShapeError::BeyondMemory { operation, dims, dtype }),
    }
}

/// Panics if an array of this shape would be larger than the largest array.
#[track_caller]
pub(super) fn expect_allocation(operation: &'static str, dims: Dims, dtype: DType) {
    check_allocation(operation, dims, dtype).or_panic();
}

/// Panics because an allocation failed; the message says what was asked for. Unlike an abort, it can be
/// caught.
#[cold]
#[track_caller]
pub(super) fn out_of_memory(dims: Dims, dtype: DType) -> ! {
    panic!("out of memory: an array of shape {dims} of {dtype} takes {}", bytes(dims, dtype))
}

/// The size of an array as text, however large.
pub(super) fn bytes(dims: Dims, dtype: DType) -> String {
    let wide = |size: usize| size as u128;
    let count =
        dims.iter().try_fold(wide(dtype.bytes()), |product, &size| product.checked_mul(wide(size)));
    count.map_or_else(|| "more than 10^38 bytes".to_owned(), |count| format!("{count} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_beyond_memory_is_an_error_with_its_bytes() {
        let refused = |sizes: &[usize], dtype| {
            check_allocation("test", Dims::new(sizes), dtype).map_err(|error| error.to_string())
        };
        assert_eq!(refused(&[1 << 40, 1 << 40, 0], DType::F64), Ok(()));
        assert_eq!(refused(&[MAX_BYTES], DType::U8), Ok(()));
        assert_eq!(refused(&[MAX_BYTES / 8], DType::F64), Ok(()));
        for sizes in [&[MAX_BYTES + 1][..], &[usize::MAX], &[1 << 32, 1 << 32], &[usize::MAX; 8]] {
            assert!(refused(sizes, DType::Bool).is_err(), "{sizes:?}");
        }
        assert_eq!(
            refused(&[65536; 4], DType::F32).unwrap_err(),
            "`test` would give shape (65536, 65536, 65536, 65536) of f32, which takes 73786976294838206464 \
             bytes: more than a program can address"
        );
        let most = refused(&[usize::MAX; 3], DType::U8).unwrap_err();
        assert!(most.contains("which takes more than 10^38 bytes: more than"), "{most}");
    }
}
