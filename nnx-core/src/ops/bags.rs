//! Bags of rows of a table (`EmbeddingBag`): their sums, means and maxima.

use std::ops::Range;

use super::attributes::{AttributeValue, attributes};
use super::bags_backward::AddBags;
use super::batching::{divided, merged};
use super::index::check_run;
use super::operation::{Keeps, Operation, Signature};
use super::role::{Indices, Role, RoleKind};
use super::unary::map_to;
use super::view::refuse;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::{Array, Bf16, DType, Dims, OrPanic as _, ShapeError, product};
use crate::kernel::bags::{self, Bags, Table};

/// How the rows of a bag are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
pub enum BagMode {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// Their maximum. Rows that share it share its gradient equally, as in JAX; PyTorch gives all of it to the first.
    Max,
}

/// The indices and bounds of bags: the inputs from the second on of each operation here.
pub(super) struct BagArrays {
    indices: Array,
    pub(super) starts: Array,
    ends: Array,
}

impl BagArrays {
    pub(super) fn of(inputs: &[Array]) -> Self {
        // Indices outside of bags may be any.
        #[allow(clippy::cast_possible_truncation, reason = "those within bags are checked")]
        let indices = match inputs[1].dtype() {
            DType::I64 => map_to(&inputs[1], |index: i64| index as i32),
            _ => inputs[1].contiguous(),
        };
        Self { indices, starts: bounds(&inputs[2]), ends: bounds(&inputs[3]) }
    }

    pub(super) fn bags(&self) -> Bags<'_> {
        Bags { indices: self.indices.slice(), starts: self.starts.slice(), ends: self.ends.slice() }
    }
}

/// The starts or the ends of bags, contiguous and as i64.
fn bounds(array: &Array) -> Array {
    match array.dtype() {
        DType::I32 => map_to(array, i64::from as fn(i32) -> i64),
        _ => array.contiguous(),
    }
}

/// An error unless x, indices `(N,)`, starts `(B,)` and ends `(B,)` are inputs of such an operation, with `more` behind them.
pub(super) fn check_inputs(
    name: &'static str,
    inputs: &[Signature],
    more: usize,
) -> Result<(), ShapeError> {
    match inputs {
        [x, indices, starts, ends, rest @ ..]
            if rest.len() == more
                && !x.dims.is_empty()
                && x.dtype.is_read_as_float()
                && [indices, starts, ends]
                    .iter()
                    .all(|at| at.dtype.is_label() && at.dims.len() == 1)
                && starts.dims == ends.dims =>
        {
            Ok(())
        }
        _ => {
            let found: Vec<String> = inputs.iter().map(ToString::to_string).collect();
            refuse(
                name,
                format!(
                    "takes floating-point rows, indices, and the start and the end of each bag among them, of i32 or i64; \
                     found {}",
                    found.join(", ")
                ),
            )
        }
    }
}

/// The inputs that [`check_bags`] checks together: an index that is in no bag may be any.
pub(super) const INDEX_INPUTS: Range<usize> = 1..4;

/// An error unless each bag is a range of the indices, all of which are in `0..rows`.
pub(super) fn check_bags(
    name: &'static str,
    inputs: &[Array],
    rows: usize,
) -> Result<(), ShapeError> {
    let (indices, starts, ends) = (inputs[1].contiguous(), bounds(&inputs[2]), bounds(&inputs[3]));
    let count = indices.elements();
    // Bags that follow one another are checked at once.
    let mut run = 0..0;
    let bags = starts.slice::<i64>().iter().zip(ends.slice::<i64>());
    for (bag, (&start, &end)) in bags.enumerate() {
        let (from, to) = match (usize::try_from(start), usize::try_from(end)) {
            (Ok(from), Ok(to)) if from <= to && to <= count => (from, to),
            _ => return refuse_bag(name, bag, [start, end], count),
        };
        if from != run.end {
            check_run(name, &indices, std::mem::replace(&mut run, from..from), rows)?;
        }
        run.end = to;
    }
    check_run(name, &indices, run, rows)
}

fn refuse_bag(
    name: &'static str,
    bag: usize,
    [start, end]: [i64; 2],
    count: usize,
) -> Result<(), ShapeError> {
    let found = format!("found bag {bag} from {start} to {end}");
    refuse(name, format!("takes bags that are ranges of its {count} indices, {found}"))
}

/// The inputs of all members as those of one operation: rows of all members, one member behind the other, and bags of them.
/// Indices are in `0..rows`. Where each member has rows of its `own`, its indices are shifted to them. `None` where what is
/// shifted has to be checked before, and isn't known.
fn of_all_members(
    name: &'static str,
    members: &Members<'_>,
    rows: usize,
    own: bool,
) -> Option<Result<Vec<DynTensor>, ShapeError>> {
    let bags: Vec<DynTensor> = (1..4).map(|i| members.leading(i)).collect();
    let count = bags[0].dims()[1];
    // A wrong index or bound of one member, shifted, may be a right one of another member. Bounds that are the same for all
    // members need no check here: one below 0 stays so for the first member, and one above `count` is too large for the last.
    if own || members.batched[2] || members.batched[3] {
        if bags.iter().any(|x| x.is_batched() || x.is_traced()) {
            return None;
        }
        for member in 0..members.size {
            let row = |x: &DynTensor| x.clone().slice(0, member, 1).reshape(&[x.dims()[1]]);
            let rows_and_bags: Vec<Array> =
                bags[..1].iter().chain(&bags).map(|x| row(x).into_array()).collect();
            if let Err(error) = check_bags(name, &rows_and_bags, rows) {
                return Some(Err(error));
            }
        }
    }
    let (table, indices) = if own {
        (merged(members.leading(0)), shifted(bags[0].clone(), rows))
    } else {
        (members.inputs[0].clone(), bags[0].clone())
    };
    let mut all = vec![table, merged(indices)];
    all.extend(bags[1..].iter().map(|bounds| merged(shifted(bounds.clone(), count))));
    all.extend((4..members.inputs.len()).map(|i| merged(members.leading(i))));
    Some(Ok(all))
}

/// The operation on all members, from the one on rows and bags of all. Indices are in `0..rows`, of rows that each member has
/// as its `own`, or that all share.
pub(super) fn batched(
    name: &'static str,
    members: &Members<'_>,
    (rows, own): (usize, bool),
    operation: impl Operation,
) -> Batching {
    match of_all_members(name, members, rows, own) {
        Some(Ok(all)) => Batching::of(
            DynTensor::try_apply_all(operation, all).map(|all| divided(all, members.size)),
        ),
        Some(Err(error)) => Batching::Refused(error),
        None => Batching::EachMember,
    }
}

/// Adds `step` times the number of the member to elements `(members, ..)`.
fn shifted(x: DynTensor, step: usize) -> DynTensor {
    let dims = x.dims();
    let step = i64::try_from(step).expect("an array that is in memory");
    let starts = DynTensor::arange_whole(dims[0], 0, step, DType::I64);
    x.cast(DType::I64) + starts.reshape(&[dims[0], 1]).broadcast_to(&dims)
}

pub(super) fn row_width(dims: &Dims) -> usize {
    product(dims[1..].iter().copied())
}

/// The rows of a table `(V, ..)` at the indices of each bag, joined: `(B, ..)`. Inputs: the table, indices `(N,)`, and the
/// start and the end of each bag among them, `(B,)`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct JoinBags {
    pub(super) mode: BagMode,
}

impl Operation for JoinBags {
    attributes!();
    fn name(&self) -> &'static str {
        "embedding_bag"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        check_inputs(self.name(), inputs, 0)?;
        let dtype = if inputs[0].dtype == DType::Bf16 { DType::F32 } else { inputs[0].dtype };
        Ok(Signature { dims: inputs[0].dims.with_axis(0, inputs[2].dims[0]), dtype })
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check_bags(self.name(), inputs, inputs[0].dims()[0])
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Indices(self))
    }
    fn reads_bf16(&self, _: &[Signature], index: usize) -> bool {
        index == 0
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (table, arrays) = (inputs[0].contiguous(), BagArrays::of(inputs));
        let dims = table.dims().with_axis(0, arrays.starts.elements());
        let width = row_width(&table.dims());
        macro_rules! join {
            ($E:ty) => {
                Array::build(dims, |out| {
                    let table = Table { elements: table.slice::<$E>(), width };
                    match self.mode {
                        BagMode::Max => bags::max_bags(table, arrays.bags(), out),
                        mode => bags::sum_bags(table, arrays.bags(), mode == BagMode::Mean, out),
                    }
                })
            };
        }
        match table.dtype() {
            DType::Bf16 => join!(Bf16),
            DType::F64 => join!(f64),
            _ => join!(f32),
        }
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let own = members.batched[0];
        let rows = members.inputs[0].dims()[usize::from(own)];
        batched(self.name(), members, (rows, own), *self)
    }
    fn keeps(&self) -> Keeps {
        if self.mode == BagMode::Max { Keeps::INPUTS } else { Keeps::NOTHING }
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        (index == 0).then(|| {
            let mut inputs = vec![at.gradient.clone()];
            inputs.extend_from_slice(&at.inputs[1..]);
            inputs.extend((self.mode == BagMode::Max).then(|| at.inputs[0].clone()));
            let rows = at.inputs[0].dims()[0];
            DynTensor::try_apply_all(AddBags { rows, mode: self.mode }, inputs).or_panic()
        })
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let added = inputs[1].elements() * row_width(&inputs[0].dims);
        let divided = if self.mode == BagMode::Mean { output.elements() } else { 0 };
        (added + divided) as u64
    }
}

impl Indices for JoinBags {
    fn inputs(&self) -> Range<usize> {
        INDEX_INPUTS
    }
    fn end(&self, inputs: &[Signature]) -> usize {
        inputs[0].dims[0]
    }
}

impl DynTensor {
    /// The rows of this table `(V, ..)` in bags, joined: `(B, ..)`. Bag b has the rows at `indices[starts[b]..ends[b]]`;
    /// indices that are in no bag may be any. An empty bag gives zeros (PyTorch's `embedding_bag`).
    ///
    /// # Errors
    /// If the indices and the bounds aren't vectors of `i32` or `i64`, a bag isn't a range of the indices, or an index in a bag
    /// is outside `0..V`.
    pub fn try_embedding_bag(
        self,
        indices: Self,
        [starts, ends]: [Self; 2],
        mode: BagMode,
    ) -> Result<Self, ShapeError> {
        Self::try_apply(JoinBags { mode }, [self, indices, starts, ends])
    }

    /// As [`try_embedding_bag`](Self::try_embedding_bag).
    ///
    /// # Panics
    /// If that is an error.
    ///
    /// ```
    /// use nnx_core::{Tensor, ops::BagMode, tensor::Tensor};
    ///
    /// let table = Tensor::from([[1.0f32, 2.0], [10.0, 20.0], [100.0, 200.0]]).into_dyn();
    /// let indices = Tensor::from([0, 2, 1]).into_dyn();
    /// let bounds = [Tensor::from([0, 2, 3]).into_dyn(), Tensor::from([2, 3, 3]).into_dyn()];
    /// let sums = table.embedding_bag(indices, bounds, BagMode::Sum);
    /// assert_eq!(sums.array().to_vec::<f32>()?, [101.0, 202.0, 10.0, 20.0, 0.0, 0.0]);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn embedding_bag(self, indices: Self, bounds: [Self; 2], mode: BagMode) -> Self {
        self.try_embedding_bag(indices, bounds, mode).or_panic()
    }
}
