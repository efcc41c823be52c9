//! Sums and means with a mask, places in sorted vectors, counts of bins, and the different elements.

use nnx_core::array::DType;
use nnx_core::ops::SearchSide;

use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{elements, indices, tensor};
use crate::plain::{FLOATS, Plain};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn masked_elements_have_no_effect_on_sums_means_and_gradients() {
    let x = || tensor(vec![1.0, NAN, INF, 3.0, 5.0, -INF], &[2, 3]);
    let mask = || tensor(vec![true, false, false, true, true, false], &[2, 3]);
    assert_eq!(elements(&x().sum_where(mask(), &[1])), [1.0, 8.0]);
    assert_eq!(elements(&x().mean_where(mask(), &[1])), [1.0, 4.0]);
    let columns = elements(&x().mean_where(mask(), &[0]));
    assert!(columns[0] == 2.0 && columns[1] == 5.0 && columns[2].is_nan(), "{columns:?}");
    let (_, found) = gradients(|x| x[0].clone().mean_where(mask(), &[0, 1]), vec![x()]);
    let third = 1.0 / 3.0;
    assert_eq!(elements(&found[0]), [third, 0.0, 0.0, third, third, 0.0]);
    let (_, none) = gradients(|x| x[0].clone().mean_where(mask(), &[0]), vec![x()]);
    assert_eq!(elements(&none[0]), [0.5, 0.0, 0.0, 0.5, 1.0, 0.0]);
}

#[test]
fn places_counts_and_bins_are_those_of_loops() {
    let sorted = || tensor(vec![-1.0, 0.0, 0.0, 2.0, NAN], &[5]);
    let values = || tensor(vec![-2.0, -0.0, 1.0, 2.0, INF, NAN], &[2, 3]);
    assert_eq!(
        elements(&sorted().searchsorted(values(), SearchSide::Left)),
        [0.0, 1.0, 3.0, 3.0, 4.0, 4.0]
    );
    let right = sorted().searchsorted(values(), SearchSide::Right);
    assert_eq!(
        (elements(&right), &*right.dims()),
        (vec![0.0, 3.0, 3.0, 4.0, 4.0, 5.0], &[2, 3][..])
    );
    assert_eq!(
        elements(&indices(&[], &[0]).searchsorted(indices(&[1], &[1]), SearchSide::Left)),
        [0.0]
    );

    let rows = tensor(vec![1.0, 2.0, 5.0, 10.0, 20.0, NAN], &[2, 3]);
    let values = || tensor(vec![2.0, 9.0, 2.0, NAN], &[2, 2]);
    assert_eq!(
        elements(&rows.clone().searchsorted(values(), SearchSide::Left)),
        [1.0, 3.0, 0.0, 2.0]
    );
    assert_eq!(elements(&rows.searchsorted(values(), SearchSide::Right)), [2.0, 3.0, 0.0, 3.0]);
    let empty = indices(&[], &[0, 3]).searchsorted(indices(&[], &[0, 2]), SearchSide::Left);
    assert_eq!(*empty.dims(), [0, 2]);
    let no_edges = indices(&[], &[2, 0]).searchsorted(indices(&[1, 2], &[2, 1]), SearchSide::Left);
    assert_eq!(elements(&no_edges), [0.0, 0.0]);

    let numbers = indices(&[2, 0, 2, 2, 3, 0], &[2, 3]);
    assert_eq!(elements(&numbers.bincount(5)), [2.0, 0.0, 3.0, 1.0, 0.0]);
    assert_eq!(elements(&indices(&[], &[0]).bincount(2)), [0.0, 0.0]);

    let x = Plain::numbers(&[7, 40], Between(-2.0, 2.0), 3);
    for dtype in FLOATS {
        let found = elements(&x.tensor(dtype).histogram(7, -1.5, 1.0));
        let edge = |i: usize| -1.5 + 2.5 * i as f64 / 7.0;
        for (bin, found) in found.into_iter().enumerate() {
            let inside = |&&x: &&f64| x >= edge(bin) && x < edge(bin + 1);
            let count = elements(&x.tensor(DType::F64)).iter().filter(inside).count();
            assert_eq!(found, count as f64, "bin {bin} in {dtype}");
        }
    }
    let special = tensor(vec![NAN, -INF, INF, 0.0, 1.0, 0.5], &[6]);
    assert_eq!(elements(&special.histogram(2, 0.0, 1.0)), [1.0, 2.0]);
}

#[test]
fn the_different_elements_have_counts_first_places_and_an_inverse() {
    let x = tensor(vec![NAN, 1.0, NAN, -0.0, 0.0, 1.0], &[2, 3]);
    let found = x.unique();
    let values = elements(&found.values);
    assert!(
        values[0] == 0.0 && values[0].is_sign_negative() && values[1] == 1.0 && values[2].is_nan()
    );
    assert_eq!(elements(&found.counts), [2.0, 2.0, 2.0]);
    assert_eq!(elements(&found.first), [3.0, 1.0, 0.0]);
    assert_eq!(elements(&found.inverse), [2.0, 1.0, 2.0, 0.0, 0.0, 1.0]);
    assert_eq!(&*found.inverse.dims(), [2, 3]);
    let empty = tensor(Vec::<f32>::new(), &[0, 2]).unique();
    assert_eq!((&*empty.values.dims(), &*empty.inverse.dims()), (&[0][..], &[0, 2][..]));
    let integers = indices(&[7, -1, 7], &[3]).unique();
    assert_eq!(
        (elements(&integers.values), elements(&integers.counts)),
        (vec![-1.0, 7.0], vec![1.0, 2.0])
    );
}
