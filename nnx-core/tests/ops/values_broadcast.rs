//! Operands that are broadcast, elements that need a different kernel than their neighbours, and operators that assign.

use nnx_core::array::{DType, peak_bytes};
use nnx_core::grad::value_and_gradients;
use nnx_core::ops::{Comparison, DynTensor};

use crate::numbers::Values::{self, Between};
use crate::numbers::{elements, tensor};
use crate::plain::{FLOATS, Plain, assert_same};

const ANY: Values = Between(-2.5, 2.5);

#[test]
fn comparisons_with_what_is_broadcast_are_those_of_all_elements() {
    let wide = Plain::numbers(&[3, 1100], ANY, 0);
    for (dims, seed) in [(&[] as &[usize], 1), (&[1100], 2), (&[3, 1], 3), (&[3, 1100], 4)] {
        let other = Plain::numbers(dims, ANY, seed);
        let found = wide
            .tensor(DType::F32)
            .compare(Comparison::Less, other.tensor(DType::F32).broadcast_to(&[3, 1100]));
        let other = other.broadcast(&[3, 1100]);
        let expected = Plain::build(&[3, 1100], |i| f64::from(u8::from(wide.at(i) < other.at(i))));
        assert_same(&found, &expected, DType::Bool, &format!("{dims:?}"));
    }
}

#[test]
fn nan_and_infinities_are_told_apart() {
    let numbers = [1.0, -0.0, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let x = || tensor(numbers.to_vec(), &[6]);
    assert_eq!(elements(&x().is_nan()), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(elements(&x().is_inf()), [0.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(elements(&x().is_finite()), [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    // In f32, the largest f64 is infinite.
    assert_eq!(elements(&x().cast(DType::F32).is_finite()), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn rows_and_columns_of_every_length_are_broadcast() {
    // Lengths below a SIMD vector, equal to a block of the loops, and longer; also more rows than a task has.
    for (rows, width) in
        [(1, 1), (3, 5), (700, 3), (2, 1023), (2, 1024), (3, 1025), (2, 2500), (40, 1000)]
    {
        let wide = Plain::build(&[rows, width], |i| ((i[0] * 7 + i[1] * 3) % 11) as f64);
        for (dims, factor) in [(vec![width], 1.0), (vec![rows, 1], 2.0), (vec![], 3.0)] {
            let other = Plain::build(&dims, |i| factor + (i.iter().sum::<usize>() % 5) as f64);
            let expected = {
                let other = other.broadcast(&[rows, width]);
                Plain::build(&[rows, width], |i| wide.at(i) / other.at(i))
            };
            for dtype in FLOATS {
                let (x, y) = (wide.tensor(dtype), other.tensor(dtype));
                let shared = &x / &y;
                assert_same(&shared, &expected, dtype, &format!("{rows} x {width} by {dims:?}"));
                assert_same(
                    &(x / y),
                    &expected,
                    dtype,
                    &format!("{rows} x {width} by {dims:?}, in place"),
                );
            }
        }
    }
}

#[test]
fn remainders_and_sines_of_huge_numbers_are_those_of_the_standard_library() {
    // Most elements take the fast path, and a few in each block don't.
    let mut numbers: Vec<f32> = (0..300).map(|i| i as f32 * 0.7 - 100.0).collect();
    for (i, huge) in [(3, 1e9), (100, -3e20), (290, f32::MAX)] {
        numbers[i] = huge;
    }
    let x = || tensor(numbers.clone(), &[300]);
    type Case = (DynTensor, fn(f64) -> f64);
    let cases: [Case; 5] = [
        (x().sin(), f64::sin),
        (x().cos(), f64::cos),
        (x().tan(), f64::tan),
        (x().fmod(tensor(vec![0.7f32], &[1])), |x| x % f64::from(0.7f32)),
        (x().remainder(tensor(vec![0.7f32], &[1])), |x| x.rem_euclid(f64::from(0.7f32))),
    ];
    for (case, (found, expected)) in cases.into_iter().enumerate() {
        for (found, x) in elements(&found).into_iter().zip(&numbers) {
            let expected = expected(f64::from(*x));
            let near = (found - expected).abs() <= 6e-8 * expected.abs().max(1e-3);
            assert!(near, "case {case} of {x}: {found} instead of {expected}");
        }
    }
}

#[test]
fn assignment_by_an_operator_is_in_place_and_leaves_clones() {
    let x = || tensor(vec![1.0f32, 2.0], &[2]);
    let mut y = x();
    let (before, shared) = (y.array().to_vec::<f32>(), y.clone());
    y += x();
    y -= 0.5;
    y *= 2.0;
    y /= x();
    assert_eq!(elements(&y), [3.0, 3.5]);
    assert_eq!(shared.array().to_vec::<f32>(), before);
    // Memory statistics don't count scalars.
    let (_, bytes) = peak_bytes(|| {
        y *= 2.0;
        y += tensor(vec![1.0f32], &[]);
    });
    assert_eq!((bytes, elements(&y)), (0, vec![7.0, 8.0]));
    let f: fn(DynTensor) -> DynTensor = |x| {
        let mut y = x.clone();
        y *= x;
        y += 1.0;
        y
    };
    assert_eq!(elements(&gradient_of(f, x())), [2.0, 4.0]);
}

/// Of the sum of all elements.
fn gradient_of(f: fn(DynTensor) -> DynTensor, x: DynTensor) -> DynTensor {
    let (_, [gradient]) = value_and_gradients(|[x]| f(x).sum_all(), [x]);
    gradient
}
