//! Which elements aren't 0: any, all, and how many of them.

use super::attributes::{AttributeValue, attributes};
use super::batching::behind_members;
use super::operation::{Keeps, Operation, Signature, count_flops};
use super::reduce::{blocks, check_axes, remaining_dims};
use super::unary::map_to;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_element;
use crate::array::{Array, DType, Dims, OrPanic as _, ShapeError, product};
use crate::kernel::fold::{Count, Has, fold};

#[derive(Debug, Clone, Copy, AttributeValue)]
enum TruthKind {
    Any,
    All,
    Count,
}

/// Whether any or all elements over axes are true, or how many are. An element is true unless it is 0.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Truth {
    kind: TruthKind,
    axes: Dims,
}

/// The mask of the elements that aren't 0.
fn nonzero(x: &Array) -> Array {
    match x.dtype() {
        DType::Bool => x.clone(),
        dtype => for_element!(dtype, E => map_to(x, |x: E| x != E::default())),
    }
}

impl Operation for Truth {
    attributes!();
    fn name(&self) -> &'static str {
        match self.kind {
            TruthKind::Any => "any",
            TruthKind::All => "all",
            TruthKind::Count => "count_nonzero",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [input] = inputs else {
            return Err(ShapeError::operands(self.name(), "takes one input"));
        };
        check_axes(self.name(), &input.dims, &self.axes)?;
        let dims = remaining_dims(&input.dims, &self.axes);
        let TruthKind::Count = self.kind else {
            return Ok(Signature { dims, dtype: DType::Bool });
        };
        let count = product(self.axes.iter().map(|&axis| input.dims[axis]));
        if i32::try_from(count).is_err() {
            let problem = format!("counts in i32, which isn't enough for {count} elements");
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(Signature { dims, dtype: DType::I32 })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let dims = remaining_dims(&inputs[0].dims(), &self.axes);
        let (x, block) = blocks(&nonzero(&inputs[0]), &self.axes);
        let x = x.slice::<bool>();
        match self.kind {
            TruthKind::Any => Array::build(dims, |out| fold(Has(true), x, block, out)),
            TruthKind::All => Array::build(dims, |out| {
                fold(Has(false), x, block, out);
                out.iter_mut().for_each(|has| *has = !*has);
            }),
            TruthKind::Count => Array::build(dims, |out| fold(Count, x, block, out)),
        }
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axes: behind_members(&self.axes), ..*self })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        count_flops(inputs[0].elements(), 1)
    }
}

impl DynTensor {
    fn truth(self, kind: TruthKind, axes: &[usize]) -> Result<Self, ShapeError> {
        Self::try_apply(Truth { kind, axes: Dims::new(axes) }, [self])
    }

    /// Whether any element isn't 0, over axes given in ascending order: a mask. False over an empty axis. NaN isn't 0.
    #[must_use]
    #[track_caller]
    pub fn any(self, axes: &[usize]) -> Self {
        self.truth(TruthKind::Any, axes).or_panic()
    }

    /// Whether no element is 0, over axes given in ascending order: a mask. True over an empty axis. NaN isn't 0.
    #[must_use]
    #[track_caller]
    pub fn all(self, axes: &[usize]) -> Self {
        self.truth(TruthKind::All, axes).or_panic()
    }

    /// The number of elements that aren't 0, over axes given in ascending order, as `i32`. NaN isn't 0.
    #[must_use]
    #[track_caller]
    pub fn count_nonzero(self, axes: &[usize]) -> Self {
        self.truth(TruthKind::Count, axes).or_panic()
    }
}
