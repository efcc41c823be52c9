//! Elements as words of their size. Kernels that only copy elements are compiled once for each size, and not for each
//! type.

use std::slice;

use super::Zeroable;

/// An unsigned integer: any bytes are a valid value of it.
pub(super) trait Word: Copy + Default + Send + Sync + 'static {}
impl Word for u8 {}
impl Word for u16 {}
impl Word for u32 {}
impl Word for u64 {}

/// The elements as words.
///
/// # Panics
/// If they are of a different size.
pub(super) fn words<T: Zeroable, W: Word>(elements: &[T]) -> &[W] {
    assert_same_layout::<T, W>();
    // SAFETY: an element has the layout of a word, and no padding (see `Zeroable`): all its bytes are initialized. Any
    // bytes are a word.
    unsafe { slice::from_raw_parts(elements.as_ptr().cast(), elements.len()) }
}

/// The elements as words, for a kernel that writes words of elements of the same type alone.
///
/// # Panics
/// If they are of a different size.
///
/// # Safety
/// Each word that is written is one of the [`words`] of a slice of `T`.
pub(super) unsafe fn words_mut<T: Zeroable, W: Word>(elements: &mut [T]) -> &mut [W] {
    assert_same_layout::<T, W>();
    // SAFETY: an element has the size and layout of a word, without padding. The caller writes only words that are
    // elements of `T`.
    unsafe { slice::from_raw_parts_mut(elements.as_mut_ptr().cast(), elements.len()) }
}

fn assert_same_layout<T, W>() {
    assert!(
        size_of::<T>() == size_of::<W>() && align_of::<T>() == align_of::<W>(),
        "words of another size"
    );
}

/// Runs `$body` with `$word` as the integer of the size of `$element`.
macro_rules! for_size {
    ($element:ty, $word:ident => $body:expr) => {
        match const { size_of::<$element>() } {
            1 => {
                type $word = u8;
                $body
            }
            2 => {
                type $word = u16;
                $body
            }
            4 => {
                type $word = u32;
                $body
            }
            8 => {
                type $word = u64;
                $body
            }
            other => unreachable!("no element has {other} bytes"),
        }
    };
}
pub(super) use for_size;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_bytes_of_elements_nan_included() {
        let x = [f32::NAN, -0.0, f32::from_bits(0xffc1_2345), 1.5];
        assert_eq!(words::<_, u32>(&x), x.map(f32::to_bits));
        assert_eq!(words::<_, u8>(&[true, false]), [1, 0]);
        let mut out = [0.0f32; 4];
        // SAFETY: the words are those of `x`.
        unsafe { words_mut::<_, u32>(&mut out) }.copy_from_slice(words(&x));
        assert_eq!(out.map(f32::to_bits), x.map(f32::to_bits));
    }

    #[test]
    #[should_panic(expected = "words of another size")]
    fn words_of_another_size_are_refused() {
        let _ = words::<f32, u64>(&[1.0, 2.0]);
    }
}
