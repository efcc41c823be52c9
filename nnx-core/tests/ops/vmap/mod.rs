//! Batching rules: each row of the table on all members at once, compared with a loop over the members; and each row of the
//! operations without gradients.

mod bags;
mod one_by_one;

use nnx_core::array::{Array, DType};
use nnx_core::ops::DynTensor;

use crate::gradcheck::{contracted, gradient_contracted, gradients, weights};
use crate::numbers::{elements, tensor};
use crate::table::{Row, table};
use crate::table_discrete::discrete;

const MEMBERS: usize = 3;

/// The inputs of a row for each member.
fn members(row: &Row) -> Vec<Vec<DynTensor>> {
    members_of(row, MEMBERS)
}

fn members_of(row: &Row, count: usize) -> Vec<Vec<DynTensor>> {
    let input = |member: usize, i: usize| {
        let (dims, values) = &row.domain[i];
        tensor(values.take(dims.iter().product(), i + 10 * member), dims)
    };
    let inputs = |member| (0..row.domain.len()).map(|i| input(member, i)).collect();
    (0..count).map(inputs).collect()
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
fn every_row(
    rows: Vec<Row>,
    check: impl Fn(&Row, &[Vec<DynTensor>], &[bool]) -> Result<(), String>,
) {
    let mut wrong = Vec::new();
    for row in rows {
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

/// The rows with and without gradients.
fn all() -> Vec<Row> {
    table().into_iter().chain(discrete()).collect()
}

#[test]
fn every_operation_gives_the_members_what_a_loop_over_them_gives() {
    every_row(all(), |row, members, batched| {
        compare("value", &|inputs| vec![(row.function)(inputs)], members, batched)
    });
}

/// Whether the gradient of a row inside of `vmap` reads elements.
fn reads_elements(row: &Row) -> bool {
    row.name.starts_with("ctc_loss")
}

#[test]
fn every_gradient_inside_of_vmap_is_that_of_each_member() {
    every_row(table(), |row, members, batched| {
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
    every_row(table(), |row, members, batched| {
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
    every_row(all(), |row, members, batched| {
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

#[test]
fn no_members_have_no_results() {
    for row in all() {
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
