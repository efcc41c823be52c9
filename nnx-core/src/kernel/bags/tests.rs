use super::sums::SumBags;
use super::*;
use crate::kernel::bf16::Bf16;
use crate::kernel::level::Level;
use crate::kernel::parallel::threads::with_threads;

/// Bags of these lengths, with gaps of indices that aren't in a bag.
struct Case {
    indices: Vec<i32>,
    starts: Vec<i64>,
    ends: Vec<i64>,
}

impl Case {
    fn new(lengths: &[usize], rows: i32) -> Self {
        let (mut indices, mut starts, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for (bag, &length) in lengths.iter().enumerate() {
            indices.extend(if bag % 2 == 1 { &[-1, i32::MAX][..] } else { &[] });
            starts.push(indices.len() as i64);
            indices.extend((0..length as i32).map(|i| (i * i + 3 * bag as i32) % rows));
            ends.push(indices.len() as i64);
        }
        Self { indices, starts, ends }
    }

    fn bags(&self) -> Bags<'_> {
        Bags { indices: &self.indices, starts: &self.starts, ends: &self.ends }
    }
}

const LENGTHS: [usize; 8] = [3, 0, 1, 64, 65, 300, 2, 17];
const ROWS: usize = 29;

fn elements(width: usize) -> Vec<f32> {
    (0..ROWS * width).map(|i| (i * 37 % 101) as f32 * 0.1 - 4.0).collect()
}

/// The sum of a bag in the documented order: runs of 64 in order, and the runs as a tree.
fn reference(x: &[f32], width: usize, rows: &[i32]) -> Vec<f32> {
    if rows.len() <= 64 {
        let mut sums = vec![0.0; width];
        for &row in rows {
            (0..width).for_each(|c| sums[c] += x[row as usize * width + c]);
        }
        return sums;
    }
    let (left, right) = rows.split_at(rows.len().div_ceil(64).div_ceil(2) * 64);
    let (left, right) = (reference(x, width, left), reference(x, width, right));
    left.iter().zip(right).map(|(a, b)| a + b).collect()
}

#[test]
fn sums_and_means_are_those_of_the_documented_order_at_every_level() {
    let case = Case::new(&LENGTHS, ROWS as i32);
    let bags = case.bags();
    for width in [1, 3, 7, 8, 15, 16, 17, 32, 33, 64, 79, 130] {
        let x = elements(width);
        let narrow: Vec<Bf16> = x.iter().map(|&x| Bf16::from_f32(x)).collect();
        let widened: Vec<f32> = narrow.iter().map(|x| x.to_f32()).collect();
        for mean in [false, true] {
            let expected = |x: &[f32]| -> Vec<f32> {
                let of = |b: usize| {
                    let length = if mean { LENGTHS[b].max(1) as f32 } else { 1.0 };
                    reference(x, width, bags.of(b)).into_iter().map(move |sum| sum / length)
                };
                (0..LENGTHS.len()).flat_map(of).collect()
            };
            for level in Level::all() {
                let mut out = vec![f32::NAN; LENGTHS.len() * width];
                let table = Table { elements: &x[..], width };
                level.run(SumBags { table, bags, first: 0, mean, out: &mut out });
                assert_eq!(out, expected(&x), "{width} of f32, {}", level.name());
                let table = Table { elements: &narrow[..], width };
                out.fill(f32::NAN);
                level.run(SumBags { table, bags, first: 0, mean, out: &mut out });
                assert_eq!(out, expected(&widened), "{width} of bf16, {}", level.name());
            }
        }
    }
}

#[test]
fn doubles_are_added_as_doubles() {
    let case = Case::new(&LENGTHS, ROWS as i32);
    let x: Vec<f64> = (0..ROWS * 5).map(|i| 1.0 / (i + 1) as f64).collect();
    let mut out = vec![f64::NAN; LENGTHS.len() * 5];
    sum_bags(Table { elements: &x[..], width: 5 }, case.bags(), true, &mut out);
    for (bag, out) in out.chunks_exact(5).enumerate() {
        for (c, found) in out.iter().enumerate() {
            let rows = case.bags().of(bag);
            let sum: f64 = rows.iter().map(|&row| x[row as usize * 5 + c]).sum();
            assert!((found - sum / rows.len().max(1) as f64).abs() < 1e-14, "{bag}, {c}: {found}");
        }
    }
}

#[test]
fn a_maximum_is_nan_where_a_row_is_and_its_gradient_is_shared_by_ties() {
    let x = [1.0, f32::NAN, 4.0, 5.0, 1.0, -6.0];
    let indices = [0, 2, 2, 1];
    let bags = Bags { indices: &indices, starts: &[0, 2, 4], ends: &[2, 4, 4] };
    let table = Table { elements: &x[..], width: 2 };
    let mut out = [7.0; 6];
    max_bags(table, bags, &mut out);
    assert!(out[1].is_nan(), "{out:?}");
    out[1] = 0.0;
    assert_eq!(out, [1.0, 0.0, 4.0, 5.0, 0.0, 0.0]);
    let mut gradient = [7.0; 6];
    add_bags_at_max(&[1.0, 0.0, 10.0, 20.0, 100.0, 100.0], table, bags, &mut gradient);
    assert_eq!(gradient, [0.5, 0.0, 10.0, 20.0, 0.5, 0.0]);
    let mut taken = [7.0; 6];
    take_at_max(&[2.0, 0.0, 30.0, 40.0, 4.0, 0.0], table, bags, &mut taken);
    assert_eq!(taken, [3.0, 0.0, 30.0, 40.0, 0.0, 0.0]);
}

#[test]
fn rows_without_elements_have_no_gradient() {
    let bags = Bags { indices: &[0, 1, 1], starts: &[0, 2], ends: &[2, 3] };
    let none: [f32; 0] = [];
    let table = Table { elements: &none[..], width: 0 };
    for mean in [false, true] {
        sum_bags(table, bags, mean, &mut []);
        add_bags::<f32>(&[], bags, mean, 0, &mut []);
    }
    max_bags(table, bags, &mut []);
    add_bags_at_max(&[], table, bags, &mut []);
    take_at_max(&[], table, bags, &mut []);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let lengths: Vec<usize> = (0..400).map(|i| i * 7 % 90).collect();
    let (case, width) = (Case::new(&lengths, ROWS as i32), 40);
    let x = elements(width);
    let table = Table { elements: &x[..], width };
    let run = |threads| {
        with_threads(threads, || {
            let mut sums = vec![f32::NAN; lengths.len() * width];
            let mut max = sums.clone();
            sum_bags(table, case.bags(), true, &mut sums);
            max_bags(table, case.bags(), &mut max);
            let mut gradients = vec![vec![f32::NAN; ROWS * width]; 2];
            add_bags(&sums, case.bags(), true, width, &mut gradients[0]);
            add_bags_at_max(&sums, table, case.bags(), &mut gradients[1]);
            (sums, max, gradients)
        })
    };
    let alone = run(1);
    assert!([2, 3, 5].into_iter().all(|threads| run(threads) == alone));
    // Each row of a bag has its share of the gradient: the sums over all rows are equal.
    for (of_mean, of_max) in alone.2[0]
        .chunks(width)
        .fold(vec![[0.0; 2]; width], |mut all, row| {
            all.iter_mut().zip(row).for_each(|(sum, x)| sum[0] += f64::from(*x));
            all
        })
        .iter()
        .zip(0..width)
        .map(|(sum, c)| {
            (sum[0], alone.2[1].iter().skip(c).step_by(width).map(|&x| f64::from(x)).sum::<f64>())
        })
    {
        assert!((of_mean - of_max).abs() < 1e-3 * of_mean.abs().max(1.0), "{of_mean} {of_max}");
    }
}
