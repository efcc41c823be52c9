//! Bags of embeddings, of which members may have the table, the indices or the bounds in common.

use nnx_core::array::Array;
use nnx_core::ops::{BagMode, DynTensor};

use super::{MEMBERS, choices, compare};
use crate::gradcheck::gradients;
use crate::numbers::tensor;

/// In the table the indices are the same for all members.
#[test]
fn bags_of_members_have_indices_and_bounds_of_their_own() {
    let values = crate::numbers::Values::Between(-2.0, 2.0);
    let integers = |all: &[i32]| DynTensor::from(Array::new(all.to_vec(), &[all.len()]).unwrap());
    let member = |m: i32| {
        let table = tensor(values.take(8, m as usize), &[4, 2]);
        vec![table, integers(&[m, 3, 0, 2 - m]), integers(&[0, m]), integers(&[2, 4 - m])]
    };
    let members: Vec<Vec<DynTensor>> = (0..MEMBERS as i32).map(member).collect();
    for mode in [BagMode::Sum, BagMode::Mean, BagMode::Max] {
        let bags = |x: Vec<DynTensor>| {
            let [table, at, starts, ends] = <[DynTensor; 4]>::try_from(x).expect("four");
            table.embedding_bag(at, [starts, ends], mode).square()
        };
        let slopes = |x: Vec<DynTensor>| {
            let [table, rest @ ..] = <[DynTensor; 4]>::try_from(x).expect("four");
            let loss = |x: Vec<DynTensor>| {
                bags(x.into_iter().chain(rest.iter().cloned()).collect()).sum_all()
            };
            gradients(loss, vec![table]).1
        };
        for batched in choices(4).into_iter().chain([vec![false, true, true, true]]) {
            assert_eq!(compare("bags", &|x| vec![bags(x)], &members, &batched), Ok(()));
            assert_eq!(compare("their gradient", &slopes, &members, &batched), Ok(()));
        }
    }
    // An index of one member isn't taken from the next one's table.
    let (table, at) = (tensor(values.take(16, 0), &[2, 4, 2]), [[0, 4], [0, 0]]);
    let at = DynTensor::from(Array::new(at.concat(), &[2, 2]).unwrap());
    let bounds = || [integers(&[0]), integers(&[2])];
    let run = std::panic::AssertUnwindSafe(|| {
        let bags = |x: Vec<DynTensor>| {
            vec![x[0].clone().embedding_bag(x[1].clone(), bounds(), BagMode::Sum)]
        };
        DynTensor::vmap(bags, vec![(table, true), (at, true)])
    });
    let text = *std::panic::catch_unwind(run).unwrap_err().downcast::<String>().expect("a text");
    assert!(text.contains("was given index 4 at position 1, outside 0..4"), "{text}");
}

/// Of a table that all members share.
#[test]
fn a_bag_of_one_member_never_has_indices_of_another() {
    let integers = |all: [[i32; 3]; 2]| DynTensor::from(Array::new(all.concat(), &[2, 3]).unwrap());
    let bounds = |all: [i32; 2]| DynTensor::from(Array::new(all.to_vec(), &[2, 1]).unwrap());
    let rows: Vec<f64> = (0..8u8).map(f64::from).collect();
    let table = || DynTensor::from(Array::new(rows.clone(), &[4, 2]).unwrap());
    for mode in [BagMode::Sum, BagMode::Mean, BagMode::Max] {
        let run = |starts: [i32; 2], ends: [i32; 2]| {
            let bags = |x: Vec<DynTensor>| {
                let [table, at, starts, ends] = <[DynTensor; 4]>::try_from(x).expect("four");
                vec![table.embedding_bag(at, [starts, ends], mode)]
            };
            let at = integers([[0, 1, 2], [3, 2, 1]]);
            let inputs =
                vec![(table(), false), (at, true), (bounds(starts), true), (bounds(ends), true)];
            let run = std::panic::AssertUnwindSafe(|| DynTensor::vmap(bags, inputs));
            std::panic::catch_unwind(run)
                .map(|mut all| all.remove(0).array().to_vec::<f64>().expect("f64"))
                .map_err(|panic| *panic.downcast::<String>().expect("a text"))
        };
        assert_eq!(run([1, 0], [2, 1]), Ok(vec![2.0, 3.0, 6.0, 7.0]), "{mode:?}");
        for (starts, ends, found) in [
            ([0, 0], [4, 1], "found bag 0 from 0 to 4"),
            ([0, -2], [3, 1], "found bag 0 from -2 to 1"),
            ([0, -1], [3, 3], "found bag 0 from -1 to 3"),
            ([0, 0], [3, 4], "found bag 0 from 0 to 4"),
        ] {
            let text = run(starts, ends).unwrap_err();
            assert!(text.contains("takes bags that are ranges of its 3 indices"), "{text}");
            assert!(text.contains(found), "{mode:?}: {text}");
        }
    }
}
