//! Which points of a curve are drawn.

/// The most points of a line; more can't be told apart.
const MOST: usize = 1_500;
/// A curve of more points is drawn smoothed, above its pale points.
const NOISY: usize = 120;

/// The largest magnitude that is drawn: the span of all values has to be a number.
const LARGEST: f64 = f64::MAX / 8.0;

/// A stretch of a curve without gaps.
pub(super) type Segment = Vec<(f64, f64)>;

/// The segments of a curve between values that aren't finite. Of a long curve the lowest and the highest value of each of
/// some equal spans are kept, so that no peak is lost.
pub(super) fn segments(points: &[(u64, f64)]) -> Vec<Segment> {
    let segments =
        points.split(|(_, value)| !value.is_finite()).filter(|segment| !segment.is_empty());
    let share = points.len().div_ceil(MOST / 2).max(1);
    segments
        .map(|segment| {
            let kept: Segment = match share {
                1 | 2 => segment.iter().map(plain).collect(),
                _ => segment.chunks(share).flat_map(extremes).collect(),
            };
            kept
        })
        .collect()
}

fn plain(&(step, value): &(u64, f64)) -> (f64, f64) {
    (step as f64, value.clamp(-LARGEST, LARGEST))
}

/// The lowest and the highest point, in their order.
fn extremes(points: &[(u64, f64)]) -> Vec<(f64, f64)> {
    let by_value = |a: &&(u64, f64), b: &&(u64, f64)| a.1.total_cmp(&b.1);
    let low = points.iter().min_by(by_value).expect("a chunk has points");
    let high = points.iter().max_by(by_value).expect("a chunk has points");
    let (first, last) = if low.0 <= high.0 { (low, high) } else { (high, low) };
    vec![plain(first), plain(last)]
}

/// The mean of the finite values around each point, over a fiftieth of the curve; none of a short curve.
pub(super) fn smoothed(points: &[(u64, f64)]) -> Option<Vec<(u64, f64)>> {
    if points.len() <= NOISY {
        return None;
    }
    // Cumulative sums and counts of the values.
    let mut sums = vec![(0.0, 0)];
    for (_, value) in points {
        let (sum, count) = sums[sums.len() - 1];
        sums.push(if value.is_finite() { (sum + value, count + 1) } else { (sum, count) });
    }
    let around = points.len().div_ceil(100);
    let mean = |(i, &(step, value)): (usize, &(u64, f64))| {
        let (low, high) =
            (sums[i.saturating_sub(around)], sums[(i + around + 1).min(points.len())]);
        let mean = (high.0 - low.0) / f64::from(high.1 - low.1);
        (step, if value.is_finite() { mean } else { value })
    };
    Some(points.iter().enumerate().map(mean).collect())
}

/// The range of finite values with a margin of a twentieth; a range of width 1 around equal values.
pub(super) fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .map(|value| value.clamp(-LARGEST, LARGEST))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let (margin, size) = (0.05 * (high - low), low.abs().max(high.abs()));
    match margin > 1e-12 * size {
        true => (low - margin, high + margin),
        false => {
            let around = 0.5f64.max(0.1 * size);
            (low - around, high + around)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_not_finite_are_gaps() {
        let points = [(1, f64::NAN), (2, 1.0), (3, 2.0), (4, f64::INFINITY), (5, 3.0)];
        assert_eq!(segments(&points), [vec![(2.0, 1.0), (3.0, 2.0)], vec![(5.0, 3.0)]]);
        assert!(segments(&[(1, f64::NAN)]).is_empty() && segments(&[]).is_empty());
    }

    #[test]
    fn a_long_curve_keeps_its_peaks() {
        let mut points: Vec<_> = (0..100_000).map(|step| (step, (step % 7) as f64)).collect();
        points[54_321].1 = 1000.0;
        points[77_777].1 = -1000.0;
        let [segment] = &segments(&points)[..] else { panic!("one segment") };
        assert!(segment.len() <= MOST, "{}", segment.len());
        assert!(segment.contains(&(54_321.0, 1000.0)) && segment.contains(&(77_777.0, -1000.0)));
        assert!(segment.is_sorted_by_key(|point| point.0));
    }

    #[test]
    fn a_noisy_curve_is_smoothed_around_its_mean() {
        assert!(smoothed(&[(1, 1.0); NOISY]).is_none());
        let noisy: Vec<_> = (0..1000).map(|step| (step, (step % 2) as f64)).collect();
        let smooth = smoothed(&noisy).expect("a long curve");
        assert!(smooth.iter().all(|(_, value)| (value - 0.5).abs() < 0.05));
        // The smoothed curve has no lag.
        let rising: Vec<_> = (0..1000).map(|step| (step, step as f64)).collect();
        let smooth = smoothed(&rising).expect("a long curve");
        assert!(smooth[10..990].iter().all(|&(step, value)| value == step as f64));
        let mut broken = noisy;
        broken[500].1 = f64::NAN;
        let smooth = smoothed(&broken).expect("a long curve");
        assert!(smooth[500].1.is_nan() && (smooth[501].1 - 0.5).abs() < 0.06);
    }

    #[test]
    fn ranges_hold_all_finite_values() {
        assert_eq!(range([f64::NAN, f64::INFINITY].into_iter()), (0.0, 1.0));
        assert_eq!(range([2.0].into_iter()), (1.5, 2.5));
        assert_eq!(range([0.0, 10.0, f64::NAN].into_iter()), (-0.5, 10.5));
        for widest in [[f64::MIN, f64::MAX], [f64::MAX, f64::MAX], [0.0, 5e-324], [1e300, 1e300]] {
            let (low, high) = range(widest.into_iter());
            assert!(low < high && (high - low).is_finite(), "{widest:?}: {low} {high}");
        }
    }
}
