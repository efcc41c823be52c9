//! Batching rules: each row of the table on all members at once, compared with a loop over the members.

use std::collections::{BTreeMap, BTreeSet};

use nnx_core::array::{Array, DType};
use nnx_core::module::{Init, Layer, Pass};
use nnx_core::nn::BatchNorm;
use nnx_core::ops::{BagMode, Comparison, DynTensor, SearchSide, SortOrder};
use nnx_core::program::Program;
use nnx_core::random::{Key, Rngs};
use nnx_core::size::{U2, U4};
use nnx_core::tensor::Tensor;

use crate::gradcheck::{contracted, gradient_contracted, gradients, weights};
use crate::numbers::{elements, tensor};
use crate::programs::recorded;
use crate::table::{Row, table};

const MEMBERS: usize = 3;

/// The inputs of a row for each member.
fn members(row: &Row) -> Vec<Vec<DynTensor>> {
    let input = |member: usize, i: usize| {
        let (dims, values) = &row.domain[i];
        tensor(values.take(dims.iter().product(), i + 10 * member), dims)
    };
    let inputs = |member| (0..row.domain.len()).map(|i| input(member, i)).collect();
    (0..MEMBERS).map(inputs).collect()
}

/// Tensors of one shape with the members as a new first axis.
fn stacked(tensors: Vec<DynTensor>) -> DynTensor {
    let widen = |x: DynTensor| {
        let dims = x.dims().insert_axis(0, 1);
        x.reshape(&dims)
    };
    DynTensor::concat(tensors.into_iter().map(widen).collect(), 0).expect("of one shape")
}

/// `f` of each member. Inputs for which `batched` is false are those of the first member.
fn one_by_one(
    f: &dyn Fn(Vec<DynTensor>) -> Vec<DynTensor>,
    members: &[Vec<DynTensor>],
    batched: &[bool],
) -> Vec<DynTensor> {
    let inputs = |member: &Vec<DynTensor>| -> Vec<DynTensor> {
        let input = |i: usize| if batched[i] { member[i].clone() } else { members[0][i].clone() };
        (0..batched.len()).map(input).collect()
    };
    let results: Vec<Vec<DynTensor>> = members.iter().map(|member| f(inputs(member))).collect();
    (0..results[0].len()).map(|k| stacked(results.iter().map(|r| r[k].clone()).collect())).collect()
}

/// The inputs of `vmap`.
fn inputs(members: &[Vec<DynTensor>], batched: &[bool]) -> Vec<(DynTensor, bool)> {
    let input = |(i, &batched): (usize, &bool)| match batched {
        true => (stacked(members.iter().map(|member| member[i].clone()).collect()), true),
        false => (members[0][i].clone(), false),
    };
    batched.iter().enumerate().map(input).collect()
}

fn near(what: &str, found: &DynTensor, expected: &DynTensor) -> Result<(), String> {
    if found.signature() != expected.signature() {
        return Err(format!("{what}: {} instead of {}", found.signature(), expected.signature()));
    }
    let number = |x: &DynTensor| elements(&x.clone().cast(DType::F64));
    let (found, expected) = (number(found), number(expected));
    let scale =
        expected.iter().fold(1.0f64, |max, x| if x.is_finite() { max.max(x.abs()) } else { max });
    for (i, (x, y)) in found.iter().zip(&expected).enumerate() {
        let same = x.to_bits() == y.to_bits()
            || (x - y).abs() <= 1e-11 * scale
            || (x.is_nan() && y.is_nan());
        if !same {
            return Err(format!("{what}, element {i}: {x} instead of {y}"));
        }
    }
    Ok(())
}

fn compare(
    what: &str,
    f: &dyn Fn(Vec<DynTensor>) -> Vec<DynTensor>,
    members: &[Vec<DynTensor>],
    batched: &[bool],
) -> Result<(), String> {
    let expected = one_by_one(f, members, batched);
    let found = DynTensor::vmap(f, inputs(members, batched));
    found.iter().zip(&expected).try_for_each(|(found, expected)| near(what, found, expected))
}

/// All choices of inputs that differ from member to member, but for none; of more than three inputs, some.
fn choices(count: usize) -> Vec<Vec<bool>> {
    let choice = |bits: usize| (0..count).map(|i| bits >> i & 1 == 1).collect();
    match count {
        0..=3 => (1..1 << count).map(choice).collect(),
        _ => (0..count).map(|i| 1 << i).chain([(1 << count) - 1]).map(choice).collect(),
    }
}

/// Checks all rows, and names those that fail.
fn every_row(check: impl Fn(&Row, &[Vec<DynTensor>], &[bool]) -> Result<(), String>) {
    let mut wrong = Vec::new();
    for row in table() {
        let members = members(&row);
        for batched in choices(row.domain.len()) {
            let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                check(&row, &members, &batched)
            }));
            let text = match found {
                Ok(Ok(())) => continue,
                Ok(Err(text)) => text,
                Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
            };
            wrong.push(format!("{} {batched:?}: {text}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{} rules are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_operation_gives_the_members_what_a_loop_over_them_gives() {
    every_row(|row, members, batched| {
        compare("value", &|inputs| vec![(row.function)(inputs)], members, batched)
    });
}

/// Whether the gradient of a row inside of `vmap` reads elements.
fn reads_elements(row: &Row) -> bool {
    row.name.starts_with("ctc_loss")
}

#[test]
fn every_gradient_inside_of_vmap_is_that_of_each_member() {
    every_row(|row, members, batched| {
        if reads_elements(row) {
            return Ok(());
        }
        let w = weights(&(row.function)(members[0].clone()), 5);
        let first = |mut inputs: Vec<DynTensor>| {
            inputs.push(w.clone());
            gradients(contracted(row.function), inputs).1
        };
        compare("gradient", &first, members, batched)?;
        let second = |mut inputs: Vec<DynTensor>| {
            inputs.push(w.clone());
            gradients(gradient_contracted(row.function), inputs).1
        };
        compare("second gradient", &second, members, batched)
    });
}

#[test]
fn every_gradient_through_vmap_is_that_of_a_loop() {
    every_row(|row, members, batched| {
        let w = stacked(vec![weights(&(row.function)(members[0].clone()), 5); MEMBERS]);
        let flat: Vec<DynTensor> = inputs(members, batched).into_iter().map(|(x, _)| x).collect();
        let along = |by: &dyn Fn(Vec<DynTensor>) -> DynTensor| {
            gradients(|inputs| (by(inputs) * w.clone()).sum_all(), flat.clone()).1
        };
        let found = along(&|inputs| {
            let inputs = inputs.into_iter().zip(batched.iter().copied()).collect();
            DynTensor::vmap(|inputs| vec![(row.function)(inputs)], inputs).remove(0)
        });
        let expected = along(&|inputs| {
            let member = |m: usize| {
                let input = |(x, batched): (&DynTensor, &bool)| {
                    let dims = x.dims();
                    if *batched {
                        x.clone().slice(0, m, 1).reshape(&dims.without_axis(0))
                    } else {
                        x.clone()
                    }
                };
                (row.function)(inputs.iter().zip(batched).map(input).collect())
            };
            stacked((0..MEMBERS).map(member).collect())
        });
        found
            .iter()
            .zip(&expected)
            .try_for_each(|(found, expected)| near("gradient", found, expected))
    });
}

#[test]
fn every_operation_runs_in_a_vmap_within_a_vmap() {
    every_row(|row, members, batched| {
        let inner = |members: &[Vec<DynTensor>]| {
            one_by_one(&|inputs| vec![(row.function)(inputs)], members, batched).remove(0)
        };
        // Two groups of members: in the second each member has the inputs of the next one.
        let mut others = members.to_vec();
        others.rotate_left(1);
        let expected = stacked(vec![inner(members), inner(&others)]);
        let groups: Vec<(DynTensor, bool)> = inputs(members, batched)
            .into_iter()
            .zip(inputs(&others, batched))
            .map(|((a, _), (b, _))| (stacked(vec![a, b]), true))
            .collect();
        let found = DynTensor::vmap(
            |inputs| {
                let inputs = inputs.into_iter().zip(batched.iter().copied()).collect();
                DynTensor::vmap(|inputs| vec![(row.function)(inputs)], inputs)
            },
            groups,
        );
        near("value", &found[0], &expected)
    });
}

/// Operations through which no gradient flows, and so aren't in the table.
fn without_gradients() -> Vec<(&'static str, fn(DynTensor, DynTensor) -> DynTensor)> {
    fn i(x: DynTensor) -> DynTensor {
        x.mul_scalar(3.0).cast(DType::I32)
    }
    vec![
        ("compare", |a, b| a.compare(Comparison::Less, b)),
        ("select", |a, b| i(a.clone()).compare(Comparison::Less, i(b.clone())).select(i(a), i(b))),
        ("argmax", |a, _| a.argmax(1)),
        ("argmin", |a, _| a.argmin(0)),
        ("argsort", |a, _| a.argsort(0, SortOrder::Descending)),
        ("bitand", |a, b| i(a) & i(b)),
        ("bitor", |a, b| i(a) | i(b)),
        ("bitxor", |a, b| i(a) ^ i(b)),
        ("not", |a, _| !i(a)),
        ("sum of integers", |a, _| i(a).sum(&[1])),
        ("any", |a, _| i(a).any(&[0])),
        ("all", |a, _| i(a).all(&[1])),
        ("count_nonzero", |a, _| i(a).count_nonzero(&[0, 1])),
        ("searchsorted", |a, b| {
            let row = |x: DynTensor| x.slice(0, 0, 1).reshape(&[4]);
            row(a).sort(0, SortOrder::Ascending).searchsorted(row(b), SearchSide::Left)
        }),
        ("bincount", |a, _| a.abs().mul_scalar(2.0).cast(DType::I32).bincount(5)),
        ("histogram", |a, _| a.histogram(4, -2.0, 2.0)),
        ("categorical", |a, _| a.categorical(Key::new(7))),
        ("moments", |a, _| {
            let norm = BatchNorm::<U4, f64>::init(&mut Rngs::new(0));
            let x = Tensor::<(U2, U4), f64>::try_from(a).expect("of this shape");
            let mut pass = Pass::train();
            let _ = norm.forward(x, &mut pass);
            norm.mean.get(&pass).into_dyn()
        }),
    ]
}

#[test]
fn operations_without_gradients_give_the_members_what_a_loop_gives() {
    let values = crate::numbers::Values::Between(-2.0, 2.0);
    let input = |seed| tensor(values.take(8, seed), &[2, 4]);
    let members: Vec<Vec<DynTensor>> =
        (0..MEMBERS).map(|m| vec![input(3 * m), input(3 * m + 1)]).collect();
    for (name, f) in without_gradients() {
        for batched in choices(2) {
            let found = compare(
                name,
                &|inputs| vec![f(inputs[0].clone(), inputs[1].clone())],
                &members,
                &batched,
            );
            assert_eq!(found, Ok(()));
        }
    }
}

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

#[test]
fn no_members_have_no_results() {
    for row in table() {
        let expected = (row.function)(row.inputs()).signature();
        let empty = row.domain.iter().map(|(dims, _)| {
            let dims: Vec<usize> = [0].iter().chain(*dims).copied().collect();
            (DynTensor::from(Array::new(Vec::<f64>::new(), &dims).expect("empty")), true)
        });
        let found = DynTensor::vmap(|inputs| vec![(row.function)(inputs)], empty.collect());
        assert_eq!(found[0].dims(), expected.dims.insert_axis(0, 0), "{}", row.name);
    }
}

#[test]
#[should_panic(
    expected = "`ctc_loss (its gradient)` has no batching rule: it reads the elements of a tensor, but within `vmap` (or an \
                `Ensemble`) a tensor stands for all 3 members at once; call it outside, on the result"
)]
fn the_gradient_of_the_ctc_loss_inside_of_vmap_is_refused_by_name() {
    let row = table().into_iter().find(reads_elements).expect("a row of the CTC loss");
    let members = members(&row);
    let batched = vec![true; row.domain.len()];
    let loss = |inputs: Vec<DynTensor>| gradients(row.function, inputs).1;
    let _ = DynTensor::vmap(loss, inputs(&members, &batched));
}

#[test]
fn numbers_of_members_that_differ_are_refused() {
    let zeros = |n: usize| DynTensor::from(Array::full(0.0f64, &[n, 2]));
    let run = |inputs: Vec<(DynTensor, bool)>| {
        let run = std::panic::AssertUnwindSafe(|| DynTensor::vmap(|inputs| inputs, inputs));
        *std::panic::catch_unwind(run).unwrap_err().downcast::<String>().expect("a text")
    };
    assert_eq!(
        run(vec![(zeros(2), true), (zeros(3), true)]),
        "`vmap` takes inputs with the same number of members, and at least one such input; found [Some(2), Some(3)]"
    );
    assert!(run(vec![(zeros(2), false)]).ends_with("found []"));
}

/// Operations that run for one member after the other, where the inputs of all of them differ. The documentation of `vmap` lists
/// them, and draws whose keys differ, which no function here makes.
const ONE_BY_ONE: [&str; 8] = [
    "bincount",
    "categorical",
    "conv",
    "conv_transpose",
    "ctc_loss",
    "histogram",
    "moments",
    "searchsorted",
];

/// The operations of `f` that run once for each member, instead of once for all: the recorded program has as many of them.
fn run_one_by_one(
    f: &dyn Fn(Vec<DynTensor>) -> Vec<DynTensor>,
    members: &[Vec<DynTensor>],
) -> Vec<&'static str> {
    let counts = |program: Program| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        program.iter().for_each(|step| *counts.entry(step.name()).or_default() += 1);
        counts
    };
    let stacked = inputs(members, &vec![true; members[0].len()]);
    let stacked: Vec<DynTensor> = stacked.into_iter().map(|(input, _)| input).collect();
    let of_all = |inputs: Vec<DynTensor>| {
        DynTensor::vmap(f, inputs.into_iter().map(|input| (input, true)).collect())
    };
    // Functions that read elements can't be recorded.
    let one = recorded(members[0].clone(), f).map(counts);
    let all = recorded(stacked, &of_all).map(counts);
    let (Some(one), Some(all)) = (one, all) else { return Vec::new() };
    // These cut the members out of one array, and put their results into one.
    let copies = ["slice", "reshape", "concat"];
    let repeated = |(name, count): (&'static str, usize)| {
        let is_repeated = all.get(name).is_some_and(|found| *found == MEMBERS * count);
        (is_repeated && !copies.contains(&name)).then_some(name)
    };
    one.into_iter().filter_map(repeated).collect()
}

#[test]
fn each_operation_runs_once_for_all_members_or_is_in_the_list_of_those_that_do_not() {
    let mut found = BTreeSet::new();
    for row in table() {
        let value = |inputs| vec![(row.function)(inputs)];
        found.extend(run_one_by_one(&value, &members(&row)));
    }
    let values = crate::numbers::Values::Between(-2.0, 2.0);
    let input = |seed| tensor(values.take(8, seed), &[2, 4]);
    let members: Vec<Vec<DynTensor>> =
        (0..MEMBERS).map(|m| vec![input(3 * m), input(3 * m + 1)]).collect();
    for (_, f) in without_gradients() {
        let value = |inputs: Vec<DynTensor>| vec![f(inputs[0].clone(), inputs[1].clone())];
        found.extend(run_one_by_one(&value, &members));
    }
    assert_eq!(
        found,
        BTreeSet::from(ONE_BY_ONE),
        "write `batching` for an operation without it (see ops/batching.rs), or list it here and in the docs of `vmap`"
    );
}
