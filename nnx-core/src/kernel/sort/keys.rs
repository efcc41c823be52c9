//! The order of elements: each has an integer key, and keys compare as elements do.
//!
//! NaN is larger than all numbers, whatever its sign; all NaN are equal, and so are −0 and 0. A key is packed with the
//! index of its element, which makes all packed keys different: to sort them in any way is a stable sort.

/// An element type with an order.
pub(crate) trait SortKey: Copy + Send + Sync {
    /// A key with an index.
    type Packed: Packed;
    /// The largest key, of which all bits are ones.
    const LARGEST: u64;
    /// The key of the element.
    fn key(self) -> u64;
    /// The key with the index of the element; the keys in reverse order if `descending`.
    #[inline(always)]
    fn pack(self, index: usize, descending: bool) -> Self::Packed {
        let flip = if descending { Self::LARGEST } else { 0 };
        Self::Packed::new(self.key() ^ flip, index)
    }
}

/// A key with an index, which is compared last.
pub(crate) trait Packed: Copy + Ord + Send + Sync {
    fn new(key: u64, index: usize) -> Self;
    fn index(self) -> i32;
    /// Sorts the packed keys; `scratch` has the same length.
    fn sort(packed: &mut [Self], scratch: &mut [Self]);
}

/// A key of 32 bits, and the index in the lower half.
impl Packed for u64 {
    #[inline(always)]
    fn new(key: u64, index: usize) -> Self {
        key << 32 | index as Self
    }
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "the index is in the lower half")]
    fn index(self) -> i32 {
        self as i32
    }
    fn sort(packed: &mut [Self], scratch: &mut [Self]) {
        super::radix::sort(packed, scratch);
    }
}

/// A key of 64 bits.
impl Packed for (u64, i32) {
    #[inline(always)]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "callers check that an axis has less than 2^31 elements"
    )]
    fn new(key: u64, index: usize) -> Self {
        (key, index as i32)
    }
    #[inline(always)]
    fn index(self) -> i32 {
        self.1
    }
    fn sort(packed: &mut [Self], _: &mut [Self]) {
        packed.sort_unstable();
    }
}

macro_rules! keys {
    ($($element:ty: $packed:ty, $largest:expr, |$x:ident| $key:expr;)*) => { $(
        impl SortKey for $element {
            type Packed = $packed;
            const LARGEST: u64 = $largest;
            #[inline(always)]
            #[allow(
                clippy::cast_sign_loss,
                clippy::cast_lossless,
                clippy::unnecessary_cast,
                reason = "the bits are what is asked for"
            )]
            fn key(self) -> u64 {
                let $x = self;
                let key = $key;
                key as u64
            }
        }
    )* };
}
keys! {
    // Adding 0 turns −0 into 0. The bits of negative numbers are in reverse order.
    f32: u64, u32::MAX as u64, |x| {
        let bits = (x + 0.0).to_bits();
        let key = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
        if x.is_nan() { u32::MAX } else { key }
    };
    f64: (u64, i32), u64::MAX, |x| {
        let bits = (x + 0.0).to_bits();
        let key = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
        if x.is_nan() { u64::MAX } else { key }
    };
    i32: u64, u32::MAX as u64, |x| (x as u32) ^ (1 << 31);
    i64: (u64, i32), u64::MAX, |x| (x as u64) ^ (1 << 63);
    u32: u64, u32::MAX as u64, |x| x;
    u8: u64, u32::MAX as u64, |x| x;
    bool: u64, u32::MAX as u64, |x| x;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_compare_as_elements_do() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let ascending = [-inf, f64::MIN, -1.5, -5e-324, 0.0, 5e-324, 1.0, 1.5, f64::MAX, inf, nan];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(a.key().cmp(&b.key()), i.cmp(&j), "{a} and {b}");
                assert_eq!(a.pack(3, true).cmp(&b.pack(3, true)), j.cmp(&i), "{a} and {b}");
            }
        }
        let narrow = [f32::NEG_INFINITY, -1.0, -1e-45, 0.0, 1e-45, 2.0, f32::INFINITY, f32::NAN];
        assert!(narrow.windows(2).all(|pair| pair[0].key() < pair[1].key()));
        assert_eq!((-0.0f32).key(), 0.0f32.key());
        assert_eq!((-0.0f64).key(), 0.0f64.key());
        assert_eq!((-f32::NAN).key(), f32::NAN.key());
        assert!(
            i32::MIN.key() < (-1i32).key()
                && (-1i32).key() < 0i32.key()
                && 0i32.key() < i32::MAX.key()
        );
        assert!(i64::MIN.key() < (-1i64).key() && (-1i64).key() < i64::MAX.key());
        assert!(false.key() < true.key() && 3u8.key() < 200u8.key() && 0u32.key() < u32::MAX.key());
    }
}
