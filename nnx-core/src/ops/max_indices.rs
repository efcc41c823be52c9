//! The maxima of windows with their indices, which one kernel finds, and the gradient, which follows from the indices alone.
//!
//! Two operations run: one gives maxima and indices, without a gradient; the other passes the maxima on, has the indices as an
//! input, and the gradient rule.

use super::attributes::{AttributeValue, attributes};
use super::batching::{divided, merged};
use super::in_place::{InPlace, apply_in_place};
use super::operation::{Keeps, Operation, Signature};
use super::pool::{Pool, PoolKind};
use super::role::{Role, RoleKind};
use super::windows::{check_rank, image};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError, product};
use crate::kernel::convolution::Geometry;
use crate::kernel::pooling::{self, Coverage};

pub(super) const NAME: &str = "max_pool_with_indices";

/// The spatial sizes of images.
fn pixels(windows: &Geometry) -> Dims {
    Dims::new(&windows.input[3 - windows.rank..])
}

/// The shape of the maxima, for images of these sizes.
fn pooled(windows: &Geometry, images: &Dims) -> Dims {
    let positions = &windows.output[3 - windows.rank..];
    image(images[0], positions, images[images.len() - 1])
}

/// An error unless these are images over which windows are, whose pixels an `i32` can count.
fn check_images(name: &'static str, windows: &Geometry, x: &Signature) -> Result<(), ShapeError> {
    check_rank(name, windows.rank, x)?;
    let sizes = pixels(windows);
    if !x.dtype.is_float() || x.dims[1..=windows.rank] != *sizes {
        let sizes: String = sizes.iter().map(|size| format!("{size}, ")).collect();
        let problem = format!("takes floating-point images (batch, {sizes}channels), found {x}");
        return Err(ShapeError::operands(name, problem));
    }
    match i32::try_from(product(sizes.iter().copied())) {
        Ok(_) => Ok(()),
        Err(_) => Err(ShapeError::operands(
            name,
            format!("has indices of i32, which can't count the pixels of images {sizes}"),
        )),
    }
}

/// Updates the maxima of windows over the input and their indices.
#[derive(Debug, AttributeValue)]
pub(super) struct MaxWithIndices {
    windows: Geometry,
}

impl InPlace for MaxWithIndices {
    attributes!();
    fn name(&self) -> &'static str {
        "max_with_indices"
    }
    fn check(&self, inputs: &[Signature], updated: &[Signature]) -> Result<(), ShapeError> {
        let ([x], [maxima, indices]) = (inputs, updated) else {
            let problem = format!("can't update {} arrays by these inputs", updated.len());
            return Err(ShapeError::operands(self.name(), problem));
        };
        check_images(NAME, &self.windows, x)?;
        let expected = Signature { dims: pooled(&self.windows, &x.dims), ..*x };
        let of_indices = Signature { dtype: DType::I32, ..expected };
        match [*maxima, *indices] == [expected, of_indices] {
            true => Ok(()),
            false => Err(ShapeError::operands(
                self.name(),
                format!("updates {expected} and {of_indices}, found {maxima} and {indices}"),
            )),
        }
    }
    fn forward(&self, inputs: &[Array], updated: &mut [&mut Array]) {
        let (x, dims) = (inputs[0].contiguous(), updated[0].dims());
        let (coverage, channels) = (Coverage::Window(self.windows), dims[dims.len() - 1]);
        if dims.contains(&0) {
            return;
        }
        for_float!(x.dtype(), E => {
            let mut found = None;
            *updated[0] = Array::build(dims, |maxima| {
                found = Some(Array::build(dims, |indices| {
                    pooling::max_with_indices(&coverage, channels, x.slice::<E>(), maxima, indices);
                }));
            });
            *updated[1] = found.expect("both are written");
        });
    }
}

/// What is done with indices of the pixels of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
enum AtIndices {
    /// (images, indices, maxima) → the maxima, which are the images' elements at the indices.
    Maxima,
    /// (images, indices) → the images' elements at the indices, and 0 for the index -1.
    Take,
    /// (dy, indices) → images of the sums of dy at each index: the transpose of `Take`.
    Add,
}

/// A pool by indices that [`MaxWithIndices`] has found.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct PoolAtIndices {
    step: AtIndices,
    windows: Geometry,
}

impl PoolAtIndices {
    fn apply<const N: usize>(self, step: AtIndices, inputs: [&DynTensor; N]) -> DynTensor {
        DynTensor::apply(Self { step, ..self }, inputs.map(Clone::clone))
    }
}

impl Operation for PoolAtIndices {
    attributes!();
    fn name(&self) -> &'static str {
        match self.step {
            AtIndices::Maxima => NAME,
            AtIndices::Take => "take_at_indices",
            AtIndices::Add => "add_at_indices",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let Some(&x) = inputs.first() else {
            return Err(ShapeError::operands(self.name(), "takes images, found no inputs"));
        };
        check_rank(self.name(), self.windows.rank, &x)?;
        let images = image(x.dims[0], &pixels(&self.windows), x.dims[x.dims.len() - 1]);
        let images = Signature { dims: images, ..x };
        check_images(self.name(), &self.windows, &images)?;
        let maxima = Signature { dims: pooled(&self.windows, &images.dims), ..x };
        let indices = Signature { dtype: DType::I32, ..maxima };
        let (expected, output) = match self.step {
            AtIndices::Maxima => (&[images, indices, maxima][..], maxima),
            AtIndices::Take => (&[images, indices][..], maxima),
            AtIndices::Add => (&[maxima, indices][..], images),
        };
        if inputs != expected {
            let list = |all: &[Signature]| {
                all.iter().map(Signature::to_string).collect::<Vec<_>>().join(", ")
            };
            let problem = format!("takes {}, found {}", list(expected), list(inputs));
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(output)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        if self.step == AtIndices::Maxima {
            return inputs[2].clone();
        }
        let (x, indices) = (inputs[0].contiguous(), inputs[1].contiguous());
        let (of_pooled, sizes) = (indices.dims(), pixels(&self.windows));
        let channels = of_pooled[of_pooled.len() - 1];
        let count = product(sizes.iter().copied());
        for_float!(x.dtype(), E => {
            let (x, indices) = (x.slice::<E>(), indices.slice());
            match self.step {
                AtIndices::Add => Array::build(image(of_pooled[0], &sizes, channels), |out| {
                    pooling::add_at_indices(count, channels, indices, x, out);
                }),
                _ => Array::build(of_pooled, |out| {
                    pooling::take_at_indices(count, channels, x, indices, out);
                }),
            }
        })
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        // The members of a `vmap` are further images of the batch.
        let inputs = (0..members.inputs.len()).map(|i| merged(members.leading(i))).collect();
        let output = DynTensor::try_apply_all(*self, inputs);
        Batching::of(output.map(|output| divided(output, members.size)))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let transpose = match self.step {
            AtIndices::Maxima | AtIndices::Take => AtIndices::Add,
            AtIndices::Add => AtIndices::Take,
        };
        (index == 0).then(|| self.apply(transpose, [&at.gradient, &at.inputs[1]]))
    }
    fn role(&self) -> Role<'_> {
        match self.step {
            AtIndices::Maxima => Role(RoleKind::ViewOfLast),
            _ => Role::PLAIN,
        }
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let coverage = Coverage::Window(self.windows);
        match self.step {
            AtIndices::Maxima => Pool { kind: PoolKind::Max, rank: self.windows.rank, coverage }
                .flops(inputs, output),
            AtIndices::Take => 0,
            AtIndices::Add => inputs[0].elements() as u64,
        }
    }
}

/// The maxima of windows and their indices, both without a gradient.
#[track_caller]
fn maxima_and_indices(windows: Geometry, x: DynTensor) -> [DynTensor; 2] {
    let Some(batch) = x.batch.clone() else {
        let dims = pooled(&windows, &x.dims());
        let mut maxima = Array::full_float(0.0, x.dtype(), &dims);
        let mut indices = Array::zeros(DType::I32, dims);
        let updated = &mut [&mut maxima, &mut indices];
        apply_in_place(MaxWithIndices { windows }, &[x.into_array()], updated);
        return [maxima.into(), indices.into()];
    };
    if batch.size() == 0 {
        let dims = pooled(&windows, &x.dims()).insert_axis(0, 0);
        let none = |dtype| DynTensor::each_of(batch.level, Array::empty(dims, dtype).into());
        return [none(x.dtype()), none(DType::I32)];
    }
    // The members of a `vmap` are further images of the batch.
    let of_all = maxima_and_indices(windows, merged(batch.tensor.clone()));
    of_all.map(|all| DynTensor::each_of(batch.level, divided(all, batch.size())))
}

impl DynTensor {
    /// The maxima of windows over images, with their indices.
    #[track_caller]
    pub(super) fn max_with_indices(self, windows: Geometry) -> (Self, Self) {
        let x = if self.is_stored_as_bf16() { self.cast(DType::F32) } else { self };
        let [maxima, indices] = maxima_and_indices(windows, x.clone().stop_gradient());
        let pool = PoolAtIndices { step: AtIndices::Maxima, windows };
        (pool.apply(AtIndices::Maxima, [&x, &indices, &maxima]), indices)
    }
}
