//! Elements as bytes in memory, so that files are read into arrays and written from them without a copy.

use super::bf16::Bf16;
use super::parallel::for_chunks;

/// A type whose values have no padding and no invalid bytes: the bytes of a slice may be read and overwritten.
///
/// # Safety
/// Every byte of a value is initialized, and any bytes are a valid value.
unsafe trait Bytes: Copy + Send {}

macro_rules! numbers {
    ($($type:ident)*) => { $(
        // SAFETY: integers and floats of Rust have no padding, and each pattern of bits is a value.
        unsafe impl Bytes for $type {}
        impl FileElement for $type {
            const ANY_BYTES: bool = cfg!(target_endian = "little");
            fn with_bytes<R>(elements: &[Self], f: impl FnOnce(&[u8]) -> R) -> R {
                if cfg!(target_endian = "little") {
                    return f(bytes(elements));
                }
                f(&elements.iter().flat_map(|element| element.to_le_bytes()).collect::<Vec<u8>>())
            }
            fn read_le<E: Send>(out: &mut [Self], read: ReadBytes<'_, E>) -> Result<bool, E> {
                read_parallel(bytes_mut(out), read)?;
                if cfg!(target_endian = "big") {
                    out.iter_mut().for_each(|element| {
                        *element = Self::from_le_bytes(element.to_ne_bytes());
                    });
                }
                Ok(true)
            }
        }
    )* };
}
numbers!(f32 f64 i32 i64 u32 u8);

// SAFETY: it is its 16 bits, without padding, and each pattern of bits is a value.
unsafe impl Bytes for Bf16 {}
impl FileElement for Bf16 {
    const ANY_BYTES: bool = cfg!(target_endian = "little");
    fn with_bytes<R>(elements: &[Self], f: impl FnOnce(&[u8]) -> R) -> R {
        if cfg!(target_endian = "little") {
            return f(bytes(elements));
        }
        let each = elements.iter().flat_map(|element| element.to_bits().to_le_bytes());
        f(&each.collect::<Vec<u8>>())
    }
    fn read_le<E: Send>(out: &mut [Self], read: ReadBytes<'_, E>) -> Result<bool, E> {
        read_parallel(bytes_mut(out), read)?;
        if cfg!(target_endian = "big") {
            out.iter_mut().for_each(|x| *x = Self::from_bits(x.to_bits().swap_bytes()));
        }
        Ok(true)
    }
}

/// The bytes from an offset on, read into a slice.
pub(crate) type ReadBytes<'a, E> = &'a (dyn Fn(usize, &mut [u8]) -> Result<(), E> + Sync);

/// An element as a file has it: little-endian, booleans as 0 or 1.
pub(crate) trait FileElement: Sized {
    /// Whether the bytes in a file are elements as they are in memory, and any bytes are valid: false for booleans, and
    /// on big-endian processors.
    const ANY_BYTES: bool;

    /// Calls `f` with the bytes of elements.
    fn with_bytes<R>(elements: &[Self], f: impl FnOnce(&[u8]) -> R) -> R;

    /// Fills `out` with bytes that `read` reads, for large slices on several threads. Returns whether all are valid
    /// elements; `out` is arbitrary if not, or after an error.
    fn read_le<E: Send>(out: &mut [Self], read: ReadBytes<'_, E>) -> Result<bool, E>;
}

impl FileElement for bool {
    const ANY_BYTES: bool = false;

    fn with_bytes<R>(elements: &[Self], f: impl FnOnce(&[u8]) -> R) -> R {
        f(&elements.iter().map(|&element| u8::from(element)).collect::<Vec<u8>>())
    }

    fn read_le<E: Send>(out: &mut [Self], read: ReadBytes<'_, E>) -> Result<bool, E> {
        const CHUNK: usize = 64 * 1024;
        let (mut chunk, mut valid) = (vec![0; CHUNK.min(out.len())], true);
        for (i, out) in out.chunks_mut(CHUNK).enumerate() {
            let chunk = &mut chunk[..out.len()];
            read(i * CHUNK, chunk)?;
            for (element, &byte) in out.iter_mut().zip(&*chunk) {
                *element = byte == 1;
                valid &= byte <= 1;
            }
        }
        Ok(valid)
    }
}

/// Bytes that one thread reads in one call, few enough to fit into its cache.
const BYTES_PER_TASK: usize = 256 << 10;

fn read_parallel<E: Send>(out: &mut [u8], read: ReadBytes<'_, E>) -> Result<(), E> {
    if out.len() < 2 * BYTES_PER_TASK {
        return read(0, out);
    }
    let failed = std::sync::Mutex::new(None);
    for_chunks(out, BYTES_PER_TASK, true, &|i, chunk| {
        if let Err(error) = read(i * BYTES_PER_TASK, chunk) {
            failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
        }
    });
    let failed = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failed.map_or(Ok(()), Err)
}

fn bytes<T: Bytes>(elements: &[T]) -> &[u8] {
    // SAFETY: the memory of the slice, of which `Bytes` says that each byte is initialized; `u8` needs no alignment.
    unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), size_of_val(elements)) }
}

fn bytes_mut<T: Bytes>(elements: &mut [T]) -> &mut [u8] {
    // SAFETY: the memory is that of the slice, borrowed mutably. `Bytes` guarantees that each byte is initialized and
    // that any bytes are a valid value.
    unsafe { std::slice::from_raw_parts_mut(elements.as_mut_ptr().cast(), size_of_val(elements)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back<T: FileElement + Copy + PartialEq + std::fmt::Debug>(elements: &[T], other: T) {
        let stored = T::with_bytes(elements, <[u8]>::to_vec);
        let mut read = vec![other; elements.len()];
        let valid = T::read_le(&mut read, &|offset, out| {
            out.copy_from_slice(stored.get(offset..offset + out.len()).ok_or("beyond the end")?);
            Ok::<(), &str>(())
        });
        assert_eq!((valid, &*read), (Ok(true), elements));
    }

    #[test]
    fn elements_come_back_from_their_bytes_for_all_small_lengths() {
        for length in 0..20i32 {
            let range = || (0..length).map(|i| i * 77_777 - 9);
            back(&range().map(|x| x as f32 / 3.0).collect::<Vec<_>>(), f32::NAN);
            back(&range().map(|x| f64::from(x) / 3.0).collect::<Vec<_>>(), f64::NAN);
            back(&range().collect::<Vec<_>>(), i32::MIN);
            back(&range().map(i64::from).collect::<Vec<_>>(), i64::MIN);
            back(&range().map(i32::cast_unsigned).collect::<Vec<_>>(), 1);
            back(&range().map(|x| x as u8).collect::<Vec<_>>(), 0);
            back(&range().map(|x| x % 2 == 0).collect::<Vec<_>>(), false);
        }
        assert_eq!(f32::with_bytes(&[1.0], <[u8]>::to_vec), [0, 0, 0x80, 0x3f]);
        assert_eq!(bool::with_bytes(&[true, false], <[u8]>::to_vec), [1, 0]);
    }

    #[test]
    fn large_slices_are_read_in_pieces_that_fit_together() {
        let count = 5 * BYTES_PER_TASK / 4 + 3;
        back(&(0..count as u32).collect::<Vec<_>>(), 0);
        back(&(0..200_000).map(|i| i % 3 == 0).collect::<Vec<_>>(), true);
    }

    #[test]
    fn an_error_of_one_piece_is_the_error_of_all() {
        let mut out = vec![0u8; 4 * BYTES_PER_TASK];
        let result = u8::read_le(&mut out, &|offset, _| {
            if offset == 2 * BYTES_PER_TASK { Err("no more") } else { Ok(()) }
        });
        assert_eq!(result, Err("no more"));
    }

    #[test]
    fn a_boolean_that_is_neither_0_nor_1_is_invalid() {
        let read = |bytes: &'static [u8]| {
            let mut out = vec![false; bytes.len()];
            bool::read_le(&mut out, &|offset, out| {
                out.copy_from_slice(&bytes[offset..][..out.len()]);
                Ok::<(), ()>(())
            })
        };
        assert_eq!(read(&[0, 1, 1]), Ok(true));
        assert_eq!(read(&[0, 2]), Ok(false));
        assert_eq!(read(&[255]), Ok(false));
    }
}
