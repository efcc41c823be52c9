//! Gradients of gradients, many leaves, and when the gradient of a leaf is complete.

use super::*;
use crate::array::Array;
use crate::ops::COMPARISONS;

fn scalar(value: f64) -> DynTensor {
    Array::scalar(value).into()
}
fn value(x: &DynTensor) -> f64 {
    x.array().to_vec::<f64>().expect("f64")[0]
}
/// f' at x; f may differentiate itself.
fn derivative(f: impl Fn(DynTensor) -> DynTensor, x: DynTensor) -> DynTensor {
    let tape = Tape::new();
    let x = tape.leaf(x);
    let y = f(x.clone());
    let seed = y.full_like(1.0);
    let gradient = tape.gradients(y.clone(), seed, &[&x]).remove(0);
    tape.without_own_record(gradient.unwrap_or_else(|| x.full_like(0.0)))
}

#[test]
fn a_value_used_twice_adds_up() {
    // d(x x + 3 x) = 2 x + 3
    let slope = derivative(|x| &(&x * &x) + &x.mul_scalar(3.0), scalar(5.0));
    assert_eq!(value(&slope), 13.0);
}

#[test]
fn derivatives_of_derivatives() {
    // (x^5)''' = 60 x^2, and the result is on no tape.
    let power = |x: DynTensor| x.powf(5.0);
    let third = derivative(|x| derivative(|x| derivative(power, x), x), scalar(2.0));
    assert_eq!(value(&third), 240.0);
    assert!(!third.is_tracked());
}

#[test]
fn an_outer_value_stays_constant_inside() {
    // d/dx (x d/dy (x y)) = d/dx (x x) = 2 x
    let slope = derivative(
        |x| {
            let inner = derivative(|y| &x * &y, scalar(1.0));
            &x * &inner
        },
        scalar(3.0),
    );
    assert_eq!(value(&slope), 6.0);
}

#[test]
fn a_plain_gradient_records_nothing() {
    let slope = derivative(|x| x.exp(), scalar(1.0));
    assert!(!slope.is_tracked());
}

/// How often node numbers are compared in the gradient of a sum of `count` leaves.
fn comparisons(count: u32) -> u64 {
    let tape = Tape::new();
    let leaves: Vec<DynTensor> = (0..count).map(|i| tape.leaf(scalar(i.into()))).collect();
    let sum = leaves.iter().fold(scalar(0.0), |sum, leaf| sum + leaf.clone());
    let leaves: Vec<&DynTensor> = leaves.iter().collect();
    let before = COMPARISONS.get();
    let gradients = tape.gradients(sum.clone(), sum.full_like(1.0), &leaves);
    assert!(gradients.iter().flatten().all(|gradient| value(gradient) == 1.0));
    assert_eq!(gradients.iter().flatten().count(), leaves.len());
    COMPARISONS.get() - before
}

#[test]
fn a_gradient_with_respect_to_many_leaves_searches_no_list_of_them() {
    // With 16 times the leaves the work is about 16 times as much (times log n, for the tree); a linear
    // search would make it 256 times.
    let (few, many) = (comparisons(1000), comparisons(16_000));
    assert!(many < 40 * few, "{few} comparisons for 1000 leaves, {many} for 16000");
    assert!(few < 200 * 1000, "{few} comparisons for 1000 leaves");
}

#[test]
fn a_leaf_given_twice_has_its_gradient_twice() {
    let tape = Tape::new();
    let (x, y) = (tape.leaf(scalar(2.0)), tape.leaf(scalar(3.0)));
    let square = &x * &x;
    let gradients =
        tape.gradients(square.clone(), square.full_like(1.0), &[&x, &y, &x, &scalar(1.0)]);
    let values: Vec<Option<f64>> = gradients.iter().map(|g| g.as_ref().map(value)).collect();
    assert_eq!(values, [Some(4.0), None, Some(4.0), None]);
}

#[test]
fn a_leaf_is_ready_before_the_operations_ahead_of_it_are_visited() {
    // y = exp(a x) b + exp(a x) with leaves a, b, x; the gradient of x is needed by nothing else.
    let tape = Tape::new();
    let leaves = [2.0, 3.0, 0.5].map(|x| tape.leaf(scalar(x)));
    let [a, b, x] = leaves.clone();
    let inner = (&a * &x).exp();
    let y = &(&inner * &b) + &inner;
    let leaves: Vec<&DynTensor> = leaves.iter().collect();
    let expected = tape.gradients(y.clone(), y.full_like(1.0), &leaves);
    let mut told = Vec::new();
    let mut ready = |index: usize, gradient: &DynTensor| told.push((index, value(gradient)));
    let found = tape.gradients_as_ready(y.clone(), y.full_like(1.0), &leaves, &mut ready);
    let values = |all: &[Option<DynTensor>]| -> Vec<f64> {
        all.iter().map(|gradient| value(gradient.as_ref().expect("each is used"))).collect()
    };
    assert_eq!(values(&found), values(&expected));
    assert_eq!(told[0].0, 1, "b is used by the last product alone");
    told.sort_by_key(|(index, _)| *index);
    let told: Vec<f64> = told.into_iter().map(|(_, gradient)| gradient).collect();
    assert_eq!(told, values(&expected), "each once, complete");
}

#[test]
fn a_long_chain_of_operations_neither_overflows_nor_slows() {
    let slope = derivative(|x| (0..200_000).fold(x, |x, _| x.add_scalar(1.0)), scalar(0.0));
    assert_eq!(value(&slope), 1.0);
}

/// Each line is a function whose gradient is one operation on the gradient of its output, which nothing else has.
#[test]
fn an_elementwise_gradient_is_computed_in_the_memory_of_the_one_before() {
    let numbers = || DynTensor::from(Array::new(vec![0.5f32; 4096], &[4096]).expect("numbers"));
    let constant = numbers();
    let functions: [(&str, &dyn Fn(DynTensor) -> DynTensor); 5] = [
        ("relu", &|x| x.relu()),
        ("multiply", &|x| x * constant.clone()),
        ("divide", &|x| x / constant.clone()),
        ("weighted", &|x| x.weighted(constant.clone())),
        ("neg", &|x| -x),
    ];
    for (name, f) in functions {
        let tape = Tape::new();
        let x = tape.leaf(numbers());
        let (y, seed) = (f(x.clone()), numbers());
        let (found, bytes) = crate::array::peak_bytes(|| tape.gradients(y, seed, &[&x]));
        assert!(found[0].is_some(), "{name}");
        assert_eq!(bytes, 0, "{name}");
    }
}

/// Each `tanh` saves its output, and each leaf keeps its gradient. While those become more, these become fewer.
#[test]
fn what_is_saved_is_freed_in_the_backward_pass() {
    const COUNT: usize = 8;
    let numbers = || DynTensor::from(Array::new(vec![0.5f32; 4096], &[4096]).expect("numbers"));
    let tape = Tape::new();
    let leaves: Vec<DynTensor> = (0..COUNT).map(|_| tape.leaf(numbers())).collect();
    let leaves: Vec<&DynTensor> = leaves.iter().collect();
    let (start, seed) = (numbers(), numbers());
    let (found, bytes) = crate::array::peak_bytes(|| {
        let y = leaves.iter().fold(start, |y, leaf| (y + (*leaf).clone()).tanh());
        tape.gradients(y, seed, &leaves)
    });
    assert!(found.iter().all(Option::is_some));
    let buffers = bytes / (4 * 4096);
    assert!((COUNT..COUNT + 4).contains(&buffers), "{buffers} buffers at once");
}
