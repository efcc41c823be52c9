//! Operations that move no element, or move them unchanged. Each one's gradient is another of them.

use super::operation::{Keeps, Operation, Signature};
use super::{Backward, DynTensor};
use crate::array::dtype::for_element;
use crate::array::{Array, Dims, ShapeError};

/// Writes the parts of the trait that are the same for all operations of this file.
macro_rules! moves_elements {
    ($name:literal) => {
        fn name(&self) -> &'static str {
            $name
        }
        fn keeps(&self) -> Keeps {
            Keeps::NOTHING
        }
        fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
            0
        }
    };
}

fn refuse<T>(operation: &'static str, problem: String) -> Result<T, ShapeError> {
    Err(ShapeError::operands(operation, problem))
}

/// The input itself.
#[derive(Debug, Clone, Copy)]
struct Identity;

impl Operation for Identity {
    moves_elements!("identity");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        Ok(inputs[0])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].clone()
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.gradient.clone())
    }
}

/// Axes of size 1 repeated, new axes in front.
#[derive(Debug, Clone, Copy)]
struct Broadcast(Dims);

impl Operation for Broadcast {
    moves_elements!("broadcast_to");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        let new = self.0.len().checked_sub(input.dims.len());
        let fits = |new: usize| input.dims.iter().zip(&self.0[new..]).all(|(&from, &to)| from == to || from == 1);
        match new {
            Some(new) if fits(new) => Ok(Signature { dims: self.0, ..input }),
            _ => refuse("broadcast_to", format!(
                "can't turn shape {} into {}: aligned at the last axis, each must be the same or 1",
                input.dims, self.0
            )),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].broadcast(&self.0)
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let input = at.inputs[0].dims();
        let new = self.0.len() - input.len();
        let repeated = |i: usize| i < new || (input[i - new] == 1 && self.0[i] != 1);
        let axes: Vec<usize> = (0..self.0.len()).filter(|&i| repeated(i)).collect();
        Some(at.gradient.clone().sum(&axes).reshape(&input))
    }
}

/// The same elements under other sizes.
#[derive(Debug, Clone, Copy)]
struct Reshape(Dims);

impl Operation for Reshape {
    moves_elements!("reshape");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        if input.elements() != self.0.elements() {
            return refuse("reshape", format!(
                "can't turn shape {} ({} elements) into {} ({} elements)",
                input.dims, input.elements(), self.0, self.0.elements()
            ));
        }
        Ok(Signature { dims: self.0, ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].reshape(&self.0)
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.gradient.clone().reshape(&at.inputs[0].dims()))
    }
}

/// The axes in another order.
#[derive(Debug, Clone, Copy)]
struct Permute(Dims);

impl Operation for Permute {
    moves_elements!("permute");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        let rank = input.dims.len();
        if self.0.len() != rank || !(0..rank).all(|i| self.0.contains(&i)) {
            return refuse("permute", format!(
                "takes each of the axes 0 to {} of shape {} once, found {}", rank.saturating_sub(1), input.dims, self.0
            ));
        }
        Ok(Signature { dims: self.0.iter().map(|&i| input.dims[i]).collect(), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].permute(&self.0)
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let mut inverse = self.0;
        self.0.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
        Some(at.gradient.clone().permute(&inverse))
    }
}

/// Elements `start..start + length` of an axis.
#[derive(Debug, Clone, Copy)]
struct Slice {
    axis: usize,
    start: usize,
    length: usize,
}

impl Operation for Slice {
    moves_elements!("slice");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        match input.dims.get(self.axis) {
            Some(&size) if self.start.checked_add(self.length).is_some_and(|end| end <= size) => {
                Ok(Signature { dims: input.dims.with(self.axis, self.length), ..input })
            }
            _ => refuse("slice", format!(
                "can't take {} elements from {} on of axis {} of shape {}",
                self.length, self.start, self.axis, input.dims
            )),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].narrow(self.axis, self.start, self.length)
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let behind = at.inputs[0].dims()[self.axis] - self.start - self.length;
        Some(at.gradient.clone().pad(self.axis, self.start, behind))
    }
}

/// Zeros in front of an axis and behind it.
#[derive(Debug, Clone, Copy)]
struct Pad {
    axis: usize,
    front: usize,
    behind: usize,
}

impl Operation for Pad {
    moves_elements!("pad");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        match input.dims.get(self.axis) {
            Some(&size) => {
                let dims = input.dims.with(self.axis, self.front + size + self.behind);
                Ok(Signature { dims, ..input })
            }
            None => refuse("pad", format!("found no axis {} in shape {}", self.axis, input.dims)),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let dims = inputs[0].dims();
        let dims = dims.with(self.axis, self.front + dims[self.axis] + self.behind);
        write_blocks(dims, self.axis, &[(self.front, &inputs[0])])
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.gradient.clone().slice(self.axis, self.front, at.inputs[0].dims()[self.axis]))
    }
}

/// The inputs one after the other along an axis.
#[derive(Debug, Clone, Copy)]
struct Concat(usize);

impl Operation for Concat {
    moves_elements!("concat");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let Some((&first, rest)) = inputs.split_first() else {
            return refuse("concat", "takes at least one input, found none".to_owned());
        };
        if self.0 >= first.dims.len() {
            return refuse("concat", format!("found no axis {} in shape {}", self.0, first.dims));
        }
        let mut total = first.dims[self.0];
        for other in rest {
            let fits = other.dtype == first.dtype
                && other.dims.len() == first.dims.len()
                && other.dims.without(self.0) == first.dims.without(self.0);
            if !fits {
                return refuse("concat", format!(
                    "along axis {} takes inputs that are equal in all other axes, found {first} and {other}", self.0
                ));
            }
            total += other.dims[self.0];
        }
        Ok(Signature { dims: first.dims.with(self.0, total), ..first })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let mut at = 0;
        let blocks: Vec<(usize, &Array)> = inputs
            .iter()
            .map(|input| {
                at += input.dims()[self.0];
                (at - input.dims()[self.0], input)
            })
            .collect();
        write_blocks(inputs[0].dims().with(self.0, at), self.0, &blocks)
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let size = |input: &DynTensor| input.dims()[self.0];
        let start = at.inputs[..index].iter().map(size).sum();
        Some(at.gradient.clone().slice(self.0, start, size(&at.inputs[index])))
    }
}

/// An array of `dims`, zero but for blocks that start where each says along `axis`.
fn write_blocks(dims: Dims, axis: usize, blocks: &[(usize, &Array)]) -> Array {
    let inner: usize = dims[axis + 1..].iter().product();
    let row = dims[axis] * inner;
    for_element!(blocks[0].1.dtype(), E => {
        let mut out = vec![E::default(); dims.elements()];
        for (start, block) in blocks {
            let block = block.contiguous();
            let width = block.dims()[axis] * inner;
            if width == 0 {
                continue;
            }
            let rows = block.slice::<E>().chunks_exact(width).zip(out.chunks_exact_mut(row));
            rows.for_each(|(from, to)| to[start * inner..][..width].copy_from_slice(from));
        }
        Array::filled(out, dims)
    })
}

impl DynTensor {
    /// A leaf of `tape` with the value of `x`, which an outer tape tracks.
    pub(crate) fn outer_leaf(tape: u64, x: Self) -> Self {
        let array = x.array().clone();
        Self::with_node(array, Some(super::Node::outer_leaf(tape, Box::new(Identity), x)))
    }

    /// Broadcast to `sizes`: axes are aligned at the last, axes of size 1 repeat.
    #[must_use]
    #[track_caller]
    pub fn broadcast_to(self, sizes: &[usize]) -> Self {
        if *self.dims() == *sizes {
            return self;
        }
        Self::apply(Broadcast(Dims::new(sizes)), [self])
    }

    /// The same elements, in row-major order, under other sizes.
    #[must_use]
    #[track_caller]
    pub fn reshape(self, sizes: &[usize]) -> Self {
        if *self.dims() == *sizes {
            return self;
        }
        Self::apply(Reshape(Dims::new(sizes)), [self])
    }

    /// Axis `i` of the result is axis `order[i]`.
    #[must_use]
    #[track_caller]
    pub fn permute(self, order: &[usize]) -> Self {
        Self::apply(Permute(Dims::new(order)), [self])
    }

    /// Two axes swapped.
    #[must_use]
    #[track_caller]
    pub fn swap_axes(self, a: usize, b: usize) -> Self {
        assert!(a.max(b) < self.rank(), "`swap_axes` found no axis {} in shape {}", a.max(b), self.dims());
        let mut order: Dims = (0..self.rank()).collect();
        order.swap(a, b);
        self.permute(&order)
    }

    /// `length` elements of an axis from `start` on.
    #[must_use]
    #[track_caller]
    pub fn slice(self, axis: usize, start: usize, length: usize) -> Self {
        Self::apply(Slice { axis, start, length }, [self])
    }

    /// Zeros added in front of an axis and behind it.
    #[must_use]
    #[track_caller]
    pub fn pad(self, axis: usize, front: usize, behind: usize) -> Self {
        Self::apply(Pad { axis, front, behind }, [self])
    }

    /// The inputs one after the other along an axis.
    ///
    /// # Errors
    /// If there is none, or if they differ in another axis.
    pub fn concat(inputs: Vec<Self>, axis: usize) -> Result<Self, ShapeError> {
        Self::try_apply_all(Concat(axis), inputs)
    }
}
