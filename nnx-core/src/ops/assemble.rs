//! Operations that copy elements into a larger array: concatenate, add to a slice. Their gradients are slices. Padding is in
//! `pad`.

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature, axis_length};
use super::view::{moves_elements, refuse};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_element;
use crate::array::{Array, Dims, ShapeError, product};
use crate::kernel::scratch::List;
use crate::kernel::strided::{self, Joined, View};

/// The inputs concatenated along an axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Concat(#[attribute(name = "axis")] usize);

impl Operation for Concat {
    attributes!();
    moves_elements!("concat");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let Some((&first, rest)) = inputs.split_first() else {
            return refuse("concat", "takes at least one input, found none".to_owned());
        };
        if self.0 >= first.dims.len() {
            return refuse("concat", format!("found no axis {} in shape {}", self.0, first.dims));
        }
        let mut total = first.dims[self.0] as u128;
        for other in rest {
            let fits = other.dtype == first.dtype
                && other.dims.len() == first.dims.len()
                && other.dims.without_axis(self.0) == first.dims.without_axis(self.0);
            if !fits {
                return refuse(
                    "concat",
                    format!(
                        "along axis {} takes inputs that are equal in all other axes, found {first} and {other}",
                        self.0
                    ),
                );
            }
            total += other.dims[self.0] as u128;
        }
        let total = axis_length("concat", total)?;
        Ok(Signature { dims: first.dims.with_axis(self.0, total), ..first })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let mut at = 0;
        let blocks: List<(usize, &Array)> = inputs
            .iter()
            .map(|input| {
                at += input.dims()[self.0];
                (at - input.dims()[self.0], input)
            })
            .collect();
        write_blocks(inputs[0].dims().with_axis(self.0, at), self.0, &blocks)
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self(self.0 + 1))
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let size = |input: &DynTensor| input.dims()[self.0];
        let start = at.inputs[..index].iter().map(size).sum();
        Some(at.gradient.clone().slice(self.0, start, size(&at.inputs[index])))
    }
    /// All gradients at once: the offsets of the inputs are added up once, and not again for each input.
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        let mut end = 0;
        let gradient = |(input, &wanted): (&DynTensor, &bool)| {
            let size = input.dims()[self.0];
            end += size;
            wanted.then(|| at.gradient.clone().slice(self.0, end - size, size))
        };
        Some(at.inputs.iter().zip(wanted).map(gradient).collect())
    }
}

/// The first input, with the second added to its slice that begins at `start` of an axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct AddPart {
    axis: usize,
    start: usize,
}

impl Operation for AddPart {
    attributes!();
    fn name(&self) -> &'static str {
        "add_part"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [whole, part] = inputs else {
            return refuse("add_part", "takes two inputs".to_owned());
        };
        let AddPart { axis, start } = *self;
        let fits = axis < whole.dims.len().min(part.dims.len())
            && whole.dims.without_axis(axis) == part.dims.without_axis(axis)
            && start.checked_add(part.dims[axis]).is_some_and(|end| end <= whole.dims[axis]);
        match fits && whole.dtype == part.dtype && whole.dtype.is_float() {
            true => Ok(*whole),
            false => refuse(
                "add_part",
                format!("can't add {part} to {whole} from {start} on of axis {axis}"),
            ),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [whole, part] = inputs else { unreachable!("two inputs were checked") };
        whole.slice_add(self.axis, self.start, part);
        whole.clone()
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axis: self.axis + 1, ..*self })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let gradient = at.gradient.clone();
        Some(match index {
            0 => gradient,
            _ => gradient.slice(self.axis, self.start, at.inputs[1].dims()[self.axis]),
        })
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[1].elements() as u64
    }
}

/// An array of shape `dims`, made of `blocks` along `axis`: each with its start there.
fn write_blocks(dims: Dims, axis: usize, blocks: &[(usize, &Array)]) -> Array {
    if dims.contains(&0) {
        return Array::empty(dims, blocks[0].1.dtype());
    }
    // The array isn't empty here, so no product of its sizes overflows.
    let inner = product(dims[axis + 1..].iter().copied());
    let blocks: List<(usize, Array)> =
        blocks.iter().map(|(start, block)| (*start, contiguous_from(block, axis))).collect();
    let strides: List<Dims> = blocks.iter().map(|(_, block)| block.strides()).collect();
    for_element!(blocks[0].1.dtype(), E => {
        Array::build(dims, |out: &mut [E]| {
            let parts: List<Joined<'_, E>> = blocks
                .iter()
                .zip(&strides)
                .map(|((start, block), strides)| Joined {
                    view: View { data: block.elements_from_first(), strides: &strides[..axis] },
                    start: start * inner,
                    width: block.dims()[axis] * inner,
                })
                .collect();
            strided::join(&parts, &dims[..axis], dims[axis] * inner, out);
        })
    })
}

/// The array, contiguous from an axis on. A view isn't copied, if it is that.
pub(super) fn contiguous_from(array: &Array, axis: usize) -> Array {
    let (sizes, strides) = (&array.dims()[axis..], &array.strides()[axis..]);
    let contiguous = Dims::new(sizes).strides();
    let mut axes = sizes.iter().zip(strides).zip(contiguous.iter());
    match axes.all(|((&size, stride), expected)| size <= 1 || stride == expected) {
        true => array.clone(),
        false => array.contiguous(),
    }
}

impl DynTensor {
    /// `self` with `part` added to its slice that begins at `start` of an axis (`x.at[start..].add(part)` in
    /// JAX).
    #[must_use]
    #[track_caller]
    pub fn add_part(self, axis: usize, start: usize, part: Self) -> Self {
        Self::apply(AddPart { axis, start }, [self, part])
    }

    /// The inputs concatenated along an axis.
    ///
    /// # Errors
    /// If there are no inputs, or if they differ in the size of another axis or in their type.
    pub fn concat(inputs: Vec<Self>, axis: usize) -> Result<Self, ShapeError> {
        Self::try_apply_all(Concat(axis), inputs)
    }
}
