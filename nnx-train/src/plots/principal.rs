//! The two directions in which points vary most: principal component analysis.

/// The most rounds of the power iteration; it ends earlier if the direction no longer changes.
const ROUNDS: usize = 500;

/// Points of a plane, and the share of the variance along each of its axes.
#[derive(Clone, Debug)]
pub(super) struct Projected {
    pub(super) points: Vec<[f64; 2]>,
    pub(super) shares: [f64; 2],
}

/// Projects `n` points of `d` finite coordinates to the plane in which they vary most. The coordinate of a direction
/// with the largest magnitude is positive, so that the picture doesn't depend on chance.
///
/// ```text
/// x := x - mean(x)
/// for both directions:
///     v := xᵀ (x v), without the part along the first direction, of length 1, until it no longer changes
/// point := (x v₁, x v₂)
/// ```
pub(super) fn project(x: &[f32], d: usize) -> Projected {
    let n = x.len() / d;
    let mut centered: Vec<f64> = x.iter().copied().map(f64::from).collect();
    for column in 0..d {
        let mean = (0..n).map(|row| centered[row * d + column]).sum::<f64>() / n as f64;
        (0..n).for_each(|row| centered[row * d + column] -= mean);
    }
    // Centered and scaled: squares of large coordinates would overflow.
    let most = centered.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let unit = if most > 0.0 { most } else { 1.0 };
    centered.iter_mut().for_each(|x| *x /= unit);
    let total: f64 = centered.iter().map(|x| x * x).sum();

    let first = direction(&centered, d, None);
    let second = direction(&centered, d, Some(&first));
    let along =
        |v: &[f64]| -> Vec<f64> { centered.chunks_exact(d).map(|row| dot(row, v)).collect() };
    let [a, b] = [&first, &second].map(|v| along(v));
    let share = |a: &[f64]| if total > 0.0 { dot(a, a) / total } else { 0.0 };
    let shares = [share(&a), share(&b)];
    let points = a.iter().zip(&b).map(|(a, b)| [a * unit, b * unit]).collect();
    Projected { points, shares }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The direction of the largest variance that is orthogonal to `other`; zeros if there is none.
fn direction(x: &[f64], d: usize, other: Option<&[f64]>) -> Vec<f64> {
    // A start vector that no typical data is orthogonal to.
    let mut v: Vec<f64> = (0..d).map(|i| 1.0 + ((i * 7 + 3) % 11) as f64 / 11.0).collect();
    normalize(&mut v, other);
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; d];
        for row in x.chunks_exact(d) {
            let weight = dot(row, &v);
            next.iter_mut().zip(row).for_each(|(next, x)| *next += weight * x);
        }
        if !normalize(&mut next, other) {
            return vec![0.0; d];
        }
        let moved: f64 = next.iter().zip(&v).map(|(a, b)| (a - b) * (a - b)).sum();
        v = next;
        if moved < 1e-20 {
            break;
        }
    }
    let largest = v.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
    if largest < 0.0 {
        v.iter_mut().for_each(|v| *v = -*v);
    }
    v
}

/// Subtracts the component along `other`, and normalizes; false if the rest is zero.
fn normalize(v: &mut [f64], other: Option<&[f64]>) -> bool {
    let before = dot(v, v).sqrt();
    if let Some(other) = other {
        let part = dot(v, other);
        v.iter_mut().zip(other).for_each(|(v, o)| *v -= part * o);
    }
    let length = dot(v, v).sqrt();
    if length <= 1e-12 * before || length == 0.0 {
        return false;
    }
    v.iter_mut().for_each(|v| *v /= length);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points 3 a u + b w + 0.1 c q of orthonormal u, w, q in five dimensions, moved away from 0.
    fn points() -> (Vec<f32>, Vec<[f64; 2]>) {
        let half = 0.5;
        let [u, w] = [[half, half, half, half, 0.0], [half, -half, half, -half, 0.0]];
        let mut expected: Vec<[f64; 2]> = (0..60)
            .map(|i| {
                let angle = f64::from(i) * 2.0 * std::f64::consts::PI / 60.0;
                [3.0 * angle.cos(), angle.sin()]
            })
            .collect();
        let mean = |axis: usize| expected.iter().map(|p| p[axis]).sum::<f64>() / 60.0;
        let means = [mean(0), mean(1)];
        expected.iter_mut().for_each(|p| *p = [p[0] - means[0], p[1] - means[1]]);
        let row = |[a, b]: &[f64; 2]| -> Vec<f32> {
            (0..5).map(|k| (a * u[k] + b * w[k] + 5.0) as f32).collect()
        };
        (expected.iter().flat_map(row).collect(), expected)
    }

    #[test]
    fn an_ellipse_is_found_again() {
        let (x, expected) = points();
        let found = project(&x, 5);
        for (found, expected) in found.points.iter().zip(&expected) {
            // The sign of a principal direction is arbitrary.
            assert!((found[0].abs() - expected[0].abs()).abs() < 1e-5, "{found:?} {expected:?}");
            assert!((found[1].abs() - expected[1].abs()).abs() < 1e-5, "{found:?} {expected:?}");
        }
        assert!((found.shares[0] - 0.9).abs() < 1e-6 && (found.shares[1] - 0.1).abs() < 1e-6);
    }

    #[test]
    fn equal_points_and_points_on_a_line_have_no_second_direction() {
        let same = project(&[1.0, 2.0, 3.0, 1.0, 2.0, 3.0], 3);
        assert_eq!((same.points, same.shares), (vec![[0.0; 2]; 2], [0.0; 2]));
        let line = project(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], 2);
        assert!((line.shares[0] - 1.0).abs() < 1e-9 && line.shares[1] < 1e-9);
        let single = project(&[0.0, 1.0, 3.0], 1);
        assert_eq!(single.points.iter().map(|p| p[1]).collect::<Vec<_>>(), [0.0; 3]);
    }

    #[test]
    fn large_coordinates_do_not_overflow() {
        let found = project(&[f32::MAX, 0.0, f32::MIN, 0.0], 2);
        assert!(found.points.iter().flatten().all(|x| x.is_finite()));
        assert!((found.shares[0] - 1.0).abs() < 1e-9);
    }
}
