//! Stable sorts of rows, as indices: the sorted order, the k largest, and elements of given ranks.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod` | the loops over rows |
//! | `keys` | the order of elements, as integer keys that are packed with an index |
//! | `radix` | the sort of keys of 32 bits |

mod keys;
mod radix;

use keys::Packed;
pub(crate) use keys::SortKey;

use super::{parallel, vectorize};

/// Elements per task.
const ELEMENTS_PER_TASK: usize = 8 * 1024;
/// The largest k for which the k best elements so far are kept in a sorted list.
const LONGEST_LIST: usize = 64;
/// Elements per block that are first compared with the last element of that list.
const CHUNK: usize = 32;

/// The loops over the rows of an array of `T`, which write `count` indices for each.
fn for_rows<T: SortKey>(
    x: &[T],
    width: usize,
    count: usize,
    out: &mut [i32],
    row: &(dyn Fn(&[T], &mut Vec<T::Packed>, &mut [i32]) + Sync),
) {
    if out.is_empty() {
        return;
    }
    let rows = (ELEMENTS_PER_TASK / width).max(1);
    parallel::for_chunks(out, rows * count, true, &|task, out| {
        let x = x[task * rows * width..].chunks_exact(width);
        let mut packed = Vec::with_capacity(2 * width);
        for (x, out) in x.zip(out.chunks_exact_mut(count)) {
            row(x, &mut packed, out);
        }
    });
}

/// Packs the keys of a row into `packed`.
fn pack<T: SortKey>(row: &[T], descending: bool, packed: &mut Vec<T::Packed>) {
    packed.clear();
    packed.resize(row.len(), T::Packed::new(0, 0));
    vectorize(|| {
        for (i, (packed, &x)) in packed.iter_mut().zip(row).enumerate() {
            *packed = x.pack(i, descending);
        }
    });
}

fn write_indices<P: Packed>(packed: &[P], out: &mut [i32]) {
    for (out, packed) in out.iter_mut().zip(packed) {
        *out = packed.index();
    }
}

/// The indices of each row in the order of its elements. NaN is larger than all numbers, and equal elements stay in
/// their order, also if `descending`.
pub(crate) fn argsort_rows<T: SortKey>(x: &[T], width: usize, descending: bool, out: &mut [i32]) {
    for_rows(x, width, width, out, &|row, packed, out| {
        pack(row, descending, packed);
        packed.resize(2 * width, T::Packed::new(0, 0));
        let (packed, scratch) = packed.split_at_mut(width);
        Packed::sort(packed, scratch);
        write_indices(packed, out);
    });
}

/// The indices of the `k` largest elements of each row, from the largest on; equal elements keep their order.
pub(crate) fn top_k_rows<T: SortKey>(x: &[T], width: usize, k: usize, out: &mut [i32]) {
    for_rows(x, width, k, out, &|row, packed, out| {
        if k <= LONGEST_LIST && k < width {
            best_in_list(row, k, packed);
        } else {
            pack(row, true, packed);
            if k < width {
                packed.select_nth_unstable(k - 1);
            }
            packed[..k].sort_unstable();
        }
        write_indices(packed, out);
    });
}

/// Finds the `k` best elements of a row with the sorted `list`: most elements are only compared with its last one.
fn best_in_list<T: SortKey>(row: &[T], k: usize, list: &mut Vec<T::Packed>) {
    pack(&row[..k], true, list);
    list.sort_unstable();
    let mut last = list[k - 1];
    for (c, chunk) in row[k..].chunks(CHUNK).enumerate() {
        let first = k + c * CHUNK;
        let better = vectorize(|| {
            let packed = chunk.iter().enumerate().map(|(i, x)| x.pack(first + i, true));
            packed.fold(false, |any, packed| any | (packed < last))
        });
        if !better {
            continue;
        }
        for (i, x) in chunk.iter().enumerate() {
            let packed = x.pack(first + i, true);
            if packed < last {
                let place = list.partition_point(|better| *better < packed);
                list.copy_within(place..k - 1, place + 1);
                list[place] = packed;
                last = list[k - 1];
            }
        }
    }
}

/// For each row the indices of the elements of `ranks`, which ascend: rank 0 is the smallest element. NaN is larger than
/// all numbers.
pub(crate) fn ranks_rows<T: SortKey>(x: &[T], width: usize, ranks: &[usize], out: &mut [i32]) {
    for_rows(x, width, ranks.len(), out, &|row, packed, out| {
        pack(row, false, packed);
        let mut from = 0;
        for (out, &rank) in out.iter_mut().zip(ranks) {
            *out = packed[from..].select_nth_unstable(rank - from).1.index();
            from = rank;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows with ties, NaN, infinities and zeros of both signs.
    fn numbers(n: usize) -> Vec<f32> {
        let special = [f32::NAN, -0.0, 0.0, f32::INFINITY, f32::NEG_INFINITY, -f32::NAN];
        let number = |i: usize| ((i * 7919 % 1013) as f32 - 500.0) / 8.0;
        (0..n).map(|i| if i % 9 == 4 { special[i / 9 % 6] } else { number(i) }).collect()
    }

    /// A plain stable sort.
    fn order<T: SortKey>(row: &[T], descending: bool) -> Vec<i32> {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&a, &b| {
            let ascending = row[a].key().cmp(&row[b].key());
            if descending { ascending.reverse() } else { ascending }
        });
        order.into_iter().map(|i| i as i32).collect()
    }

    fn compare<T: SortKey>(x: &[T], width: usize) {
        let rows = x.len() / width;
        for descending in [false, true] {
            let mut found = vec![i32::MIN; x.len()];
            argsort_rows(x, width, descending, &mut found);
            for (found, row) in found.chunks_exact(width).zip(x.chunks_exact(width)) {
                assert_eq!(found, order(row, descending), "{width}, descending {descending}");
            }
        }
        for k in [1, 2, 7, 64, 65, width - 1, width] {
            if k == 0 || k > width {
                continue;
            }
            let mut found = vec![i32::MIN; rows * k];
            top_k_rows(x, width, k, &mut found);
            for (found, row) in found.chunks_exact(k).zip(x.chunks_exact(width)) {
                assert_eq!(found, &order(row, true)[..k], "{k} of {width}");
            }
        }
        for ranks in [[0, 0, 0], [0, width / 2, width - 1], [width / 3, width / 3, width / 2]] {
            let mut found = vec![i32::MIN; rows * 3];
            ranks_rows(x, width, &ranks, &mut found);
            for (found, row) in found.chunks_exact(3).zip(x.chunks_exact(width)) {
                let order = order(row, false);
                assert_eq!(found, ranks.map(|rank| order[rank]), "{ranks:?} of {width}");
            }
        }
    }

    #[test]
    fn orders_equal_a_plain_stable_sort_for_every_type() {
        for (rows, width) in [(3, 1), (2, 2), (5, 40), (3, 200), (20, 1000)] {
            let x = numbers(rows * width);
            compare(&x, width);
            compare(&x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>(), width);
            compare(&x.iter().map(|&x| x as i32).collect::<Vec<_>>(), width);
            compare(&x.iter().map(|&x| x as u8).collect::<Vec<_>>(), width);
            compare(&x.iter().map(|&x| x > 3.0).collect::<Vec<_>>(), width);
        }
    }

    #[test]
    fn the_best_are_found_in_rows_that_ascend() {
        let x: Vec<f32> = (0..500).map(|i| i as f32).collect();
        compare(&x, 500);
    }
}
