//! Which operations run once for all members, in programs of values and of gradients.

use std::collections::{BTreeMap, BTreeSet};

use nnx_core::ops::DynTensor;
use nnx_core::program::Program;

use super::{inputs, members_of};
use crate::gradcheck::{contracted, gradient_contracted, gradients, weights};
use crate::programs::recorded;
use crate::table::{Row, table};
use crate::table_discrete::discrete;

/// Operations that run for one member after the other, where the inputs of all of them differ. The documentation of `vmap` lists
/// them.
const ONE_BY_ONE: [&str; 19] = [
    "bernoulli",
    "bincount",
    "categorical",
    "conv",
    "conv_kernel_gradient",
    "conv_transpose",
    "ctc_loss",
    "exponential",
    "fold_in",
    "gumbel",
    "histogram",
    "laplace",
    "moments",
    "normal",
    "permutation",
    "randint",
    "searchsorted",
    "truncated_normal",
    "uniform",
];

/// How often each operation is in a program.
type Counts = BTreeMap<&'static str, usize>;

fn counts(program: Program) -> Counts {
    let mut counts = Counts::new();
    program.iter().for_each(|step| *counts.entry(step.name()).or_default() += 1);
    counts
}

/// The operations of `f` for all members; `None` if it reads elements, so that it can't be recorded.
fn of_all(
    f: &dyn Fn(Vec<DynTensor>) -> Vec<DynTensor>,
    members: &[Vec<DynTensor>],
) -> Option<Counts> {
    let stacked = inputs(members, &vec![true; members[0].len()]);
    let stacked: Vec<DynTensor> = stacked.into_iter().map(|(input, _)| input).collect();
    let of_all = |inputs: Vec<DynTensor>| {
        DynTensor::vmap(f, inputs.into_iter().map(|input| (input, true)).collect())
    };
    recorded(stacked, &of_all).map(counts)
}

/// The operations of `f` that run once for each member, instead of once for all: those whose number grows as the number of
/// members does. `members` gives the inputs of so many members.
fn run_one_by_one(
    f: &dyn Fn(Vec<DynTensor>) -> Vec<DynTensor>,
    members: &dyn Fn(usize) -> Vec<Vec<DynTensor>>,
) -> Vec<&'static str> {
    let one = recorded(members(1).remove(0), f).map(counts);
    let [three, five] = [3, 5].map(|count| of_all(f, &members(count)));
    let (Some(one), Some(three), Some(five)) = (one, three, five) else { return Vec::new() };
    // These cut the members out of one array, and put their results into one.
    let copies = ["slice", "reshape", "concat"];
    let repeated = |(name, count): (&'static str, usize)| {
        let is_repeated =
            three.get(name) == Some(&(3 * count)) && five.get(name) == Some(&(5 * count));
        (is_repeated && !copies.contains(&name)).then_some(name)
    };
    one.into_iter().filter_map(repeated).collect()
}

/// What runs for each member in the value of a row.
fn in_value(row: &Row) -> Vec<&'static str> {
    run_one_by_one(&|inputs| vec![(row.function)(inputs)], &|count| members_of(row, count))
}

/// What runs for each member in the gradients of a row, and in the gradients of these.
fn in_gradients(row: &Row) -> Vec<&'static str> {
    let members = |count| {
        let mut members = members_of(row, count);
        for (m, inputs) in members.iter_mut().enumerate() {
            inputs.push(weights(&(row.function)(inputs.clone()), 5 + m));
        }
        members
    };
    let first = |inputs| gradients(contracted(row.function), inputs).1;
    let second = |inputs| gradients(gradient_contracted(row.function), inputs).1;
    [run_one_by_one(&first, &members), run_one_by_one(&second, &members)].concat()
}

#[test]
fn each_operation_runs_once_for_all_members_or_is_in_the_list_of_those_that_do_not() {
    let rows = table();
    let mut found: BTreeSet<&str> = rows.iter().flat_map(in_value).collect();
    found.extend(rows.iter().flat_map(in_gradients));
    found.extend(discrete().iter().flat_map(in_value));
    assert_eq!(
        found,
        BTreeSet::from(ONE_BY_ONE),
        "write `batching` for an operation without it (see ops/batching.rs), or list it here and in the docs of `vmap`"
    );
}
