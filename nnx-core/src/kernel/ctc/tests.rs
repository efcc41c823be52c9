//! CTC against a sum over all paths through the frames.

use super::*;

/// The labels that a path of classes stands for: repetitions collapsed, blanks removed.
fn spelled(way: &[usize], blank: usize) -> Vec<usize> {
    let mut labels = way.to_vec();
    labels.dedup();
    labels.retain(|label| *label != blank);
    labels
}

/// The probability of the labels and its derivatives by the logits, summed over all paths.
fn reference(x: &[Vec<f64>], labels: &[usize], blank: usize) -> (f64, Vec<Vec<f64>>) {
    let classes = x.first().map_or(1, Vec::len);
    let p: Vec<Vec<f64>> = x
        .iter()
        .map(|row| {
            let total: f64 = row.iter().map(|x| x.exp()).sum();
            row.iter().map(|x| x.exp() / total).collect()
        })
        .collect();
    let (mut total, mut counts) = (0.0, vec![vec![0.0; classes]; x.len()]);
    for i in 0..classes.pow(u32::try_from(x.len()).expect("few frames")) {
        let way: Vec<usize> = (0..x.len()).map(|t| i / classes.pow(t as u32) % classes).collect();
        if spelled(&way, blank) == labels {
            let probability: f64 = way.iter().zip(&p).map(|(k, p)| p[*k]).product();
            total += probability;
            way.iter().enumerate().for_each(|(t, k)| counts[t][*k] += probability);
        }
    }
    let slope = |(p, counts): (&Vec<f64>, &Vec<f64>)| {
        p.iter().zip(counts).map(|(p, count)| p - count / total).collect()
    };
    (-total.ln(), p.iter().zip(&counts).map(slope).collect())
}

fn logits(n: usize, seed: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f64 / 200.0 - 2.5).collect()
}

/// Compares one example with the sum over all paths. Frames for which `frames` is false hold NaN.
fn check<E: Float>(frames: &[bool], labels: &[i32], blank: usize, tolerance: f64) {
    const CLASSES: usize = 3;
    let numbers = logits(frames.len() * CLASSES, labels.len() + blank);
    let rows: Vec<Vec<f64>> = numbers.chunks(CLASSES).map(<[f64]>::to_vec).collect();
    let valid = rows.iter().zip(frames).filter(|(_, counts)| **counts);
    let valid: Vec<Vec<f64>> = valid.map(|(row, _)| row.clone()).collect();
    let classes: Vec<usize> = labels.iter().map(|label| to_index(*label)).collect();
    let (loss, slopes) = reference(&valid, &classes, blank);

    let number = |(i, x): (usize, &f64)| if frames[i / CLASSES] { *x } else { f64::NAN };
    let x: Vec<E> = numbers.iter().enumerate().map(number).map(E::from_f64).collect();
    let mut padded = labels.to_vec();
    padded.extend([-7, -7]);
    let lengths = [labels.len()];
    let batch =
        Batch { logits: &x, frames, labels: &padded, lengths: &lengths, classes: CLASSES, blank };
    let mut found = [E::ZERO];
    ctc_losses(batch, &mut found);
    let found = found[0].to_f64();
    let what = format!("labels {labels:?} in {frames:?}, blank {blank}");
    assert!(
        found == loss || (found - loss).abs() <= tolerance * loss.abs().max(1.0),
        "{what}: {found}, not {loss}"
    );
    let mut gradient = vec![E::from_f64(f64::NAN); x.len()];
    ctc_gradients(batch, &[E::from_f64(-2.0)], &mut gradient);
    let mut slopes = slopes.into_iter();
    for (row, counts) in gradient.chunks(CLASSES).zip(frames) {
        let slope = if *counts { slopes.next() } else { None };
        let slope = slope.filter(|_| loss.is_finite()).unwrap_or_else(|| vec![0.0; CLASSES]);
        for (found, slope) in row.iter().zip(slope) {
            let found = found.to_f64();
            assert!((found + 2.0 * slope).abs() <= tolerance, "{what}: {found}, not {slope}");
        }
    }
}

#[test]
fn losses_and_gradients_equal_the_sum_over_all_ways() {
    let sequences: [&[i32]; 8] =
        [&[], &[1], &[2], &[1, 2], &[1, 1], &[2, 2, 1], &[1, 2, 1], &[1, 1, 1, 1]];
    for time in 0..7 {
        for labels in sequences {
            check::<f64>(&vec![true; time], labels, 0, 1e-12);
            check::<f32>(&vec![true; time], labels, 0, 3e-6);
        }
    }
    for frames in [[true, false, true, true, false, true], [false, true, true, false, false, false]]
    {
        for labels in sequences {
            check::<f64>(&frames, labels, 0, 1e-12);
            let other: Vec<i32> = labels.iter().map(|label| label - 1).collect();
            check::<f32>(&frames, &other, 2, 3e-6);
        }
    }
}

#[test]
fn many_frames_lose_no_digits() {
    const TIME: usize = 2000;
    let numbers = logits(TIME * 5, 3);
    let labels: Vec<i32> = (0..300).map(|i| 1 + i % 4).collect();
    let frames = [true; TIME];
    let both = |dtype: usize| -> (f64, Vec<f64>) {
        fn run<E: Float>(x: &[f64], frames: &[bool], labels: &[i32]) -> (f64, Vec<f64>) {
            let x: Vec<E> = x.iter().map(|x| E::from_f64(*x)).collect();
            let lengths = [labels.len()];
            let batch =
                Batch { logits: &x, frames, labels, lengths: &lengths, classes: 5, blank: 0 };
            let (mut loss, mut gradient) = ([E::ZERO], vec![E::ZERO; x.len()]);
            ctc_losses(batch, &mut loss);
            ctc_gradients(batch, &[E::ONE], &mut gradient);
            (loss[0].to_f64(), gradient.iter().map(|x| x.to_f64()).collect())
        }
        match dtype {
            32 => run::<f32>(&numbers, &frames, &labels),
            _ => run::<f64>(&numbers, &frames, &labels),
        }
    };
    let ((loss, gradient), (exact, slopes)) = (both(32), both(64));
    assert!((loss / exact - 1.0).abs() < 1e-6, "{loss}, not {exact}");
    for (found, exact) in gradient.iter().zip(&slopes) {
        assert!((found - exact).abs() < 2e-4, "{found}, not {exact}");
    }
}
