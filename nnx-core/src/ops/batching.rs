//! Batching rules: how operations run on all members of a `vmap` at once.

use std::sync::Arc;

use super::members::check_rank;
use super::{DynTensor, Members, Operation, Signature};
use crate::array::{Array, Dims, OrPanic as _, ShapeError};

/// How an operation runs on all members of a [`vmap`](crate::tensor::vmap) at once: see
/// [`Operation::batching`].
#[derive(Debug)]
pub enum Batching {
    /// The same operation runs on inputs with the members as a new first axis. This is right for elementwise
    /// operations, and for those that count their axes from the last one.
    Same,
    /// The given operation runs on inputs with the members as a new first axis. It is the same operation, with its axes
    /// counted from the second one.
    Leading(Arc<dyn Operation>),
    /// The result for all members, with the members as its first axis. The rule has computed it by other operations.
    Computed(DynTensor),
    /// An input has a value that the operation doesn't allow.
    Refused(ShapeError),
    /// The operation runs once for each member, and the results are copied into one array.
    EachMember,
}

impl Batching {
    /// [`Leading`](Self::Leading), of an operation by value.
    #[must_use]
    pub fn leading(operation: impl Operation) -> Self {
        Self::Leading(Arc::new(operation))
    }

    /// A result that was computed, or an error.
    pub(super) fn of(result: Result<DynTensor, ShapeError>) -> Self {
        result.map_or_else(Self::Refused, Self::Computed)
    }
}

impl DynTensor {
    /// Runs an operation, of whose inputs at least one stands for the members of a `vmap`: once for all members of the
    /// innermost one. Where a tape that began inside this `vmap` tracks an input, it records the operation of one member.
    ///
    /// # Errors
    /// The operation's error for shapes of one member that don't fit.
    #[track_caller]
    pub(super) fn apply_to_members(
        operation: Arc<dyn Operation>,
        inputs: Vec<Self>,
    ) -> Result<Self, ShapeError> {
        let batches = || inputs.iter().filter_map(|input| input.batch.as_ref());
        let level = batches().map(|batch| batch.level).max().expect("an input is batched");
        let size =
            batches().find(|batch| batch.level == level).expect("the maximum of these").size();
        let signatures: Vec<Signature> = inputs.iter().map(Self::signature).collect();
        let output = operation.output(&signatures)?;
        check_rank(&output.dims);
        let inside = |input: &Self| input.node().is_some_and(|node| node.innermost > level);
        let recorded = (output.dtype.is_read_as_float() && inputs.iter().any(inside))
            .then(|| Self::saved_inputs(&*operation, &inputs));
        let outside = |input: Self| match input.batch {
            Some(batch) if batch.level == level => (batch.tensor.clone(), true),
            // A tape that began inside of the `vmap` records the operation of one member.
            _ if input.node().is_some_and(|node| node.outermost > level) => {
                (input.with_node(None), false)
            }
            _ => (input, false),
        };
        let (inputs, batched): (Vec<Self>, Vec<bool>) = inputs.into_iter().map(outside).unzip();
        let all =
            run(&operation, output, &Members { inputs: &inputs, batched: &batched, size, level })?;
        debug_assert_eq!(all.dims(), output.dims.insert_axis(0, size), "{operation:?}");
        let one = Self::each_of(level, all);
        Ok(match recorded {
            Some(inputs) => {
                let output = operation.keeps().output.then(|| one.clone());
                one.recorded((inputs, output), operation)
            }
            None => one,
        })
    }
}

/// Axes of one member, as axes of all of them.
pub(super) fn behind_members(axes: &Dims) -> Dims {
    axes.iter().map(|&axis| axis + 1).collect()
}

/// Images (N, B, ..) of all members as one batch (N · B, ..).
pub(super) fn merged(x: DynTensor) -> DynTensor {
    let dims = x.dims();
    x.reshape(&dims.without_axis(0).with_axis(0, dims[0] * dims[1]))
}

/// The inverse of [`merged`], for `size` members; there is at least one.
pub(super) fn divided(x: DynTensor, size: usize) -> DynTensor {
    let dims = x.dims();
    x.reshape(&dims.with_axis(0, dims[0] / size).insert_axis(0, size))
}

/// The results of all members, with the members as the first axis.
fn run(
    operation: &Arc<dyn Operation>,
    output: Signature,
    members: &Members<'_>,
) -> Result<DynTensor, ShapeError> {
    if members.size == 0 {
        return Ok(Array::empty(output.dims.insert_axis(0, 0), output.dtype).into());
    }
    let leading = || (0..members.inputs.len()).map(|i| members.leading(i)).collect();
    match operation.batching(members) {
        Batching::Same => DynTensor::try_apply_shared(operation, leading()),
        Batching::Leading(other) => DynTensor::try_apply_shared(&other, leading()),
        Batching::Computed(result) => Ok(result),
        Batching::Refused(error) => Err(error),
        Batching::EachMember => each_member(operation, output, members),
    }
}

/// Runs the operation once for each member.
fn each_member(
    operation: &Arc<dyn Operation>,
    output: Signature,
    members: &Members<'_>,
) -> Result<DynTensor, ShapeError> {
    let one = output.dims.insert_axis(0, 1);
    let result = |index: usize| {
        let input = |(input, batched): (&DynTensor, &bool)| match batched {
            true => {
                let dims = input.dims().without_axis(0);
                input.clone().slice(0, index, 1).reshape(&dims)
            }
            false => input.clone(),
        };
        let inputs = members.inputs.iter().zip(members.batched).map(input).collect();
        Ok(DynTensor::try_apply_shared(operation, inputs)?.reshape(&one))
    };
    let results: Result<Vec<DynTensor>, ShapeError> = (0..members.size).map(result).collect();
    Ok(DynTensor::concat(results?, 0).or_panic())
}
