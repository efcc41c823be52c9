//! Rows by index: gather and scatter-add. Each is the other's gradient.

use super::Operations;
use super::attributes::{Attribute, AttributeError, AttributeValue, Attributes, attributes};
use super::index::{as_i32, check};
use super::operation::{Keeps, Operation, Signature};
use super::role::{Indices, Role, RoleKind};
use super::view::refuse;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::{for_float, for_stored};
use crate::array::{Array, DType, Dims, MAX_RANK, OrPanic as _, ShapeError, product};
use crate::kernel::index;

/// Indices `(N, ..)` of N members in `0..rows`, as indices of the rows of all members. `None` where they aren't known yet:
/// within an outer `vmap`.
fn own_rows(
    name: &'static str,
    indices: &DynTensor,
    rows: usize,
) -> Option<Result<DynTensor, ShapeError>> {
    if indices.is_batched() {
        return None;
    }
    // While a program is recorded there are no indices to check. Each run checks them.
    if !indices.is_traced()
        && let Err(error) = check(name, indices.array(), rows)
    {
        return Some(Err(error));
    }
    let dims = indices.dims();
    let start = |member| i64::try_from(member * rows).expect("tables that are in memory");
    let starts: Vec<i64> = (0..dims[0]).map(start).collect();
    let ones: Dims =
        dims.iter().enumerate().map(|(i, &size)| if i == 0 { size } else { 1 }).collect();
    let starts = DynTensor::from(Array::filled(starts, ones)).broadcast_to(&dims);
    Some(Ok(indices.clone().cast(DType::I64) + starts))
}

/// The rows of a table `(V, ..)` at indices `(N..)`: `(N.., ..)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TakeRows {
    /// The operation's name in errors: `gather` or `take`.
    name: &'static str,
}

impl AttributeValue for TakeRows {
    const TYPE: &'static str = "TakeRows";
    fn to_attribute(&self) -> Option<Attribute> {
        Some(Attributes::new(Self::TYPE, [("name", Attribute::Text(self.name.to_owned()))]).into())
    }
    fn from_attribute(attribute: &Attribute, of: &Operations) -> Result<Self, AttributeError> {
        let record = attribute.record()?;
        record.expect(Self::TYPE, &["name"])?;
        match &*record.read::<String>("name", of)? {
            "gather" => Ok(Self { name: "gather" }),
            "take" => Ok(Self { name: "take" }),
            other => {
                Err(AttributeError::new(format!("takes gather or take, found {other}"))
                    .within("name"))
            }
        }
    }
}

impl Operation for TakeRows {
    attributes!();
    fn name(&self) -> &'static str {
        self.name
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [table, indices] if table.dims.len() + indices.dims.len() > MAX_RANK + 1 => refuse(
                self.name,
                format!("gives at most {MAX_RANK} axes, found {table} and {indices}"),
            ),
            [table, indices] if !table.dims.is_empty() && indices.dtype.is_label() => {
                let dims = indices.dims.iter().chain(&table.dims[1..]).copied().collect();
                let dtype = if table.dtype == DType::Bf16 { DType::F32 } else { table.dtype };
                Ok(Signature { dims, dtype })
            }
            [table, indices] => refuse(
                self.name,
                format!(
                    "takes a table of at least one axis and indices of i32 or i64, found {table} and {indices}"
                ),
            ),
            _ => refuse(self.name, "takes two inputs".to_owned()),
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check(self.name, &inputs[1], inputs[0].dims()[0])
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Indices(self))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (table, indices) = (inputs[0].contiguous(), as_i32(&inputs[1]));
        let row = &table.dims()[1..];
        let dims: Dims = indices.dims().iter().chain(row).copied().collect();
        let rows = for_stored!(table.dtype(), E => {
            Array::build(dims, |out| {
                let width = product(row.iter().copied());
                index::take_rows(table.slice::<E>(), indices.slice(), width, out);
            })
        });
        rows.widened()
    }
    fn reads_bf16(&self, _: &[Signature], index: usize) -> bool {
        index == 0
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let [table, indices] = members.inputs else { unreachable!("two inputs were checked") };
        if !members.batched[0] {
            return Batching::of(table.clone().rows_at(self.name, indices.clone()));
        }
        // The tables of all members become one table, in which the indices of each member are shifted to its own rows.
        let dims = table.dims();
        let rows = dims.without_axis(0).with_axis(0, dims[0] * dims[1]);
        match own_rows(self.name(), &members.leading(1), dims[1]) {
            Some(own) => Batching::of(own.map(|own| table.clone().reshape(&rows).gather(own))),
            None => Batching::EachMember,
        }
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let rows = at.inputs[0].dims()[0];
        (index == 0).then(|| {
            DynTensor::apply(AddRows { rows }, [at.gradient.clone(), at.inputs[1].clone()])
        })
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

impl Indices for TakeRows {
    fn end(&self, inputs: &[Signature]) -> usize {
        inputs[0].dims[0]
    }
}

/// The gradient of [`TakeRows`]: rows `(N.., ..)` added to those of a table of zeros `(rows, ..)`, at indices
/// `(N..)`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct AddRows {
    rows: usize,
}

impl Indices for AddRows {
    fn end(&self, _: &[Signature]) -> usize {
        self.rows
    }
}

impl Operation for AddRows {
    attributes!();
    fn name(&self) -> &'static str {
        "scatter_rows"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [x, indices]
                if x.dtype.is_float()
                    && indices.dtype.is_label()
                    && x.dims.starts_with(&indices.dims) =>
            {
                let row = &x.dims[indices.dims.len()..];
                Ok(Signature { dims: [self.rows].iter().chain(row).copied().collect(), ..*x })
            }
            [x, indices] => refuse(
                "scatter_rows",
                format!(
                    "takes floating-point rows and an index of i32 or i64 for each, found {x} and {indices}"
                ),
            ),
            _ => refuse("scatter_rows", "takes two inputs".to_owned()),
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        check("scatter_rows", &inputs[1], self.rows)
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Indices(self))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, indices) = (inputs[0].contiguous(), as_i32(&inputs[1]));
        let row = &x.dims()[indices.dims().len()..];
        let dims: Dims = [self.rows].iter().chain(row).copied().collect();
        for_float!(x.dtype(), E => {
            Array::build(dims, |table| {
                let width = product(row.iter().copied());
                index::scatter_add_rows(x.slice::<E>(), indices.slice(), width, table);
            })
        })
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        let Some(own) = own_rows(self.name(), &members.leading(1), self.rows) else {
            return Batching::EachMember;
        };
        Batching::of(own.map(|own| {
            let table = members.leading(0).add_rows(own, members.size * self.rows);
            let dims = table.dims().with_axis(0, self.rows).insert_axis(0, members.size);
            table.reshape(&dims)
        }))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        (index == 0).then(|| at.gradient.clone().gather(at.inputs[1].clone()))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

impl DynTensor {
    /// The rows of this table `(V, ..)` at indices `(N..)` of `i32` or `i64`: `(N.., ..)` (`jnp.take(.., axis=0)`, PyTorch's
    /// `embedding`).
    ///
    /// # Panics
    /// If an index is outside `0..V`; [`try_gather`](Self::try_gather) returns that as an error.
    #[must_use]
    #[track_caller]
    pub fn gather(self, indices: Self) -> Self {
        self.try_gather(indices).or_panic()
    }

    /// As [`gather`](Self::gather).
    ///
    /// # Errors
    /// If an index is outside `0..V`: the index and its position.
    pub fn try_gather(self, indices: Self) -> Result<Self, ShapeError> {
        self.rows_at("gather", indices)
    }

    /// `gather` under another name, for errors.
    pub(super) fn rows_at(self, name: &'static str, indices: Self) -> Result<Self, ShapeError> {
        Self::try_apply(TakeRows { name }, [self, indices])
    }

    /// The sums of these rows `(N, ..)` by index: a table `(rows, ..)`, to whose row `indices[n]` row n is added.
    #[track_caller]
    pub(crate) fn add_rows(self, indices: Self, rows: usize) -> Self {
        Self::apply(AddRows { rows }, [self, indices])
    }
}
