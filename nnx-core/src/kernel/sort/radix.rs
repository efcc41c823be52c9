//! A radix sort of keys of 32 bits, packed in the upper half of a `u64`.
//!
//! ```text
//! for each byte of the key, from the lowest:
//!     count how often each value occurs; the sums of the counts are where the values begin
//!     move each element to the next place of its value
//! ```
//!
//! Each pass keeps the order of equal bytes, so the sort is stable. All counts come from one pass over the keys, and a
//! byte that is the same in all keys needs no move.

const BYTES: usize = 4;

/// Below this length a comparison sort is faster.
const SHORT: usize = 96;

/// Sorts by the upper half. `scratch` has the same length.
pub(super) fn sort(x: &mut [u64], scratch: &mut [u64]) {
    assert_eq!(x.len(), scratch.len(), "radix sort: lengths differ");
    if x.len() < SHORT {
        return x.sort_unstable();
    }
    let mut counts = [[0usize; 256]; BYTES];
    for &x in &*x {
        for (byte, counts) in counts.iter_mut().enumerate() {
            counts[value(x, byte)] += 1;
        }
    }
    let (mut from, mut to) = (x, scratch);
    let mut swapped = false;
    for (byte, counts) in counts.iter_mut().enumerate() {
        if counts[value(from[0], byte)] == from.len() {
            continue;
        }
        let mut place = 0;
        for count in counts.iter_mut() {
            place += std::mem::replace(count, place);
        }
        for &x in &*from {
            let place = &mut counts[value(x, byte)];
            to[*place] = x;
            *place += 1;
        }
        std::mem::swap(&mut from, &mut to);
        swapped = !swapped;
    }
    if swapped {
        to.copy_from_slice(from);
    }
}

/// Byte `byte` of the key.
#[inline(always)]
fn value(x: u64, byte: usize) -> usize {
    (x >> (32 + 8 * byte)) as usize & 0xff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_keys_are_sorted_at_any_length_and_number_of_passes() {
        for length in [0, 1, 2, SHORT - 1, SHORT, 300, 5000] {
            // Keys that differ in one to four bytes, with ties. The packed index leaves only one correct order.
            for mask in [0, 0x7, 0xff00, 0xff_00ff, 0xffff_ffff] {
                let mut x: Vec<u64> = (0..length as u64)
                    .map(|i| (i.wrapping_mul(2_654_435_761) & mask) << 32 | i)
                    .collect();
                let mut expected = x.clone();
                expected.sort_unstable();
                sort(&mut x, &mut vec![0; length]);
                assert_eq!(x, expected, "{length} keys of {mask:x}");
            }
        }
    }
}
