//! `searchsorted`, `bincount` and `histogram`.

use super::sort::SortKey;
use super::{Float, parallel};

/// Elements per task.
const ELEMENTS_PER_TASK: usize = 16 * 1024;

/// The first index at which a sorted array is smaller than its predecessor.
pub(crate) fn first_descent<T: SortKey>(sorted: &[T]) -> Option<usize> {
    sorted.windows(2).position(|pair| pair[1].key() < pair[0].key()).map(|i| i + 1)
}

/// `out[i]` = how many elements of `sorted` are smaller than `x[i]`, or not larger than it if `right`.
pub(crate) fn searchsorted<T: SortKey>(sorted: &[T], x: &[T], right: bool, out: &mut [i32]) {
    assert_eq!(x.len(), out.len(), "searchsorted: lengths differ");
    let keys: Vec<u64> = sorted.iter().map(|x| x.key()).collect();
    parallel::for_chunks(out, ELEMENTS_PER_TASK, true, &|task, out| {
        for (out, x) in out.iter_mut().zip(&x[task * ELEMENTS_PER_TASK..]) {
            let key = x.key();
            // `right` counts keys up to `key`, which are the keys below `key + 1`. If `key + 1` overflows, no key is
            // larger.
            let place = match key.checked_add(u64::from(right)) {
                Some(bound) => keys.partition_point(|&key| key < bound),
                None => keys.len(),
            };
            *out = i32::try_from(place).expect("less than 2^31 elements");
        }
    });
}

/// `counts[b]` = for how many elements `bin` returns b. Elements for which it returns `None` aren't counted.
fn count<T: Sync>(x: &[T], counts: &mut [i32], bin: impl Fn(&T) -> Option<usize> + Sync) {
    counts.fill(0);
    let bins = counts.len();
    // Each task has counts of its own; there are few tasks if there are many bins.
    let length = ELEMENTS_PER_TASK.max(4 * bins).max(x.len().div_ceil(64));
    let tasks = x.len().div_ceil(length);
    let mut parts = vec![0; tasks * bins];
    parallel::for_chunks(&mut parts, bins, tasks > 1, &|task, counts| {
        for x in &x[task * length..x.len().min((task + 1) * length)] {
            if let Some(bin) = bin(x) {
                counts[bin] += 1;
            }
        }
    });
    for part in parts.chunks_exact(bins.max(1)) {
        for (count, part) in counts.iter_mut().zip(part) {
            *count += part;
        }
    }
}

/// `counts[i]` = how often i occurs. The caller checks the indices.
pub(crate) fn bincount(indices: &[i32], counts: &mut [i32]) {
    count(indices, counts, |&index| Some(super::index::to_index(index)));
}

/// `counts[b]` = how many elements are in bin b, `edges[b] <= x < edges[b + 1]`; the last bin includes its upper edge.
/// Edges ascend, and are nearly evenly spaced.
pub(crate) fn histogram<E: Float>(x: &[E], edges: &[E], counts: &mut [i32]) {
    let [low, high] = [edges[0], edges[counts.len()]];
    let last = counts.len() - 1;
    let scale = counts.len() as f64 / (high.to_f64() - low.to_f64());
    count(x, counts, |&x| {
        if !(low..=high).contains(&x) {
            return None;
        }
        // The bin by even spacing. Rounding may have chosen a neighboring bin, which the comparisons correct.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "x isn't below the first edge"
        )]
        let mut bin = (((x.to_f64() - low.to_f64()) * scale) as usize).min(last);
        while bin > 0 && x < edges[bin] {
            bin -= 1;
        }
        while bin < last && x >= edges[bin + 1] {
            bin += 1;
        }
        Some(bin)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_a_plain_count() {
        let (inf, nan) = (f32::INFINITY, f32::NAN);
        let sorted = [-inf, -1.0, -0.0, 0.0, 0.0, 2.0, inf, nan, nan];
        let x = [-inf, -2.0, -1.0, 0.0, -0.0, 1.0, 2.0, 3.0, inf, nan];
        for (right, expected) in
            [(false, [0, 1, 1, 2, 2, 5, 5, 6, 6, 7]), (true, [1, 1, 2, 5, 5, 5, 6, 6, 7, 9])]
        {
            let mut found = [i32::MIN; 10];
            searchsorted(&sorted, &x, right, &mut found);
            assert_eq!(found, expected, "right {right}");
            let mut found = [i32::MIN; 10];
            searchsorted(&sorted.map(f64::from), &x.map(f64::from), right, &mut found);
            assert_eq!(found, expected, "right {right}, f64");
        }
        assert_eq!(first_descent(&sorted), None);
        assert_eq!(first_descent(&[1, 2, 2, 1]), Some(3));
    }

    #[test]
    fn counts_of_many_elements_and_bins_are_those_of_a_loop() {
        for (n, bins) in [(0, 3), (5, 1), (100_000, 7), (50_000, 30_000)] {
            let x: Vec<i32> = (0..n).map(|i| (i * 7919 % bins) as i32).collect();
            let mut expected = vec![0; bins];
            x.iter().for_each(|&x| expected[x as usize] += 1);
            let mut found = vec![i32::MIN; bins];
            bincount(&x, &mut found);
            assert_eq!(found, expected, "{n} elements, {bins} bins");
        }
    }

    #[test]
    fn an_element_on_an_edge_is_in_the_bin_above_and_the_last_bin_is_closed() {
        let edges: Vec<f32> = (0..=10).map(|i| i as f32 * 0.1).collect();
        let mut counts = [i32::MIN; 10];
        histogram(&edges, &edges, &mut counts);
        assert_eq!(counts, [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
        histogram(&[-0.1, f32::NAN, 1.1, f32::INFINITY, 0.05], &edges, &mut counts);
        assert_eq!(counts, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
