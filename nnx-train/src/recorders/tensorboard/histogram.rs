//! Values in buckets.

use super::messages::Histogram;

/// The number of buckets, as in TensorFlow.
const BUCKETS: usize = 30;

/// The finite values in buckets of equal width from the least to the greatest; none if no value is finite. If all
/// are equal there is one bucket of width 1 around them.
pub(super) fn histogram(values: &[f32]) -> Option<Histogram> {
    let finite = || values.iter().copied().filter(|value| value.is_finite()).map(f64::from);
    let min = finite().reduce(f64::min)?;
    let max = finite().reduce(f64::max)?;
    let (edges, counts) = if min == max {
        (vec![min + 0.5], vec![finite().count() as f64])
    } else {
        let width = (max - min) / BUCKETS as f64;
        let mut counts = vec![0.0; BUCKETS];
        for value in finite() {
            // The greatest value belongs to the last bucket.
            counts[(((value - min) / width) as usize).min(BUCKETS - 1)] += 1.0;
        }
        let mut edges: Vec<f64> = (1..=BUCKETS).map(|i| min + i as f64 * width).collect();
        edges[BUCKETS - 1] = max;
        (edges, counts)
    };
    Some(Histogram {
        min,
        max,
        count: finite().count() as f64,
        sum: finite().sum(),
        sum_of_squares: finite().map(|value| value * value).sum(),
        edges,
        counts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_in_its_bucket() {
        let values: Vec<f32> = (0..=30).map(|i| i as f32).collect();
        let found = histogram(&values).expect("finite values");
        assert_eq!((found.min, found.max, found.count), (0.0, 30.0, 31.0));
        assert_eq!((found.sum, found.sum_of_squares), (465.0, 9455.0));
        assert_eq!(found.edges, (1..=30).map(f64::from).collect::<Vec<_>>());
        // 29 and 30 are both in the last bucket.
        assert_eq!(found.counts, [vec![1.0; 29], vec![2.0]].concat());
    }

    #[test]
    fn equal_values_share_a_bucket_and_others_that_are_not_finite_have_none() {
        let found = histogram(&[2.0, f32::NAN, 2.0, f32::INFINITY]).expect("finite values");
        assert_eq!((found.edges, found.counts), (vec![2.5], vec![2.0]));
        assert_eq!((histogram(&[]), histogram(&[f32::NAN])), (None, None));
    }

    #[test]
    fn the_widest_range_and_the_narrowest_one_count_all_values() {
        for [a, b] in [[f32::MIN, f32::MAX], [0.0, f32::from_bits(1)], [1.0, 1.0f32.next_up()]] {
            let found = histogram(&[a, b, b]).expect("finite values");
            assert_eq!((found.counts[0], found.counts[29]), (1.0, 2.0), "{a} {b}");
        }
    }
}
