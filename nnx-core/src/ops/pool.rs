//! The operation of pools over images `(batch, .., channels)`, and its gradients.

use super::attributes::{AttributeValue, attributes};
use super::batching::{divided, merged};
use super::operation::{Keeps, Operation, Signature, count_flops};
use super::role::{Consumer, Reads, Role, RoleKind};
use super::windows::{check_rank, image};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError, product};
use crate::kernel::pooling::{self, Coverage, ImagePool};

#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
pub(super) enum PoolKind {
    /// x → the maximum of each window.
    Max,
    /// (x, y) → y where x has the first maximum of each window.
    Pick,
    /// (x, dy) → dy added at the first maximum of x of each window: the transpose of `Pick` in y.
    Scatter,
    /// x → the sum of each window.
    Sum,
    /// x → the mean of the elements of the image in each window; 0 if a window contains no element.
    Mean,
    /// x → the sum of each window, divided by its size with padding.
    PaddedMean,
    /// dy → dy added to each element of its window: the transpose of `Sum`.
    Spread,
}

impl PoolKind {
    /// The operation's name, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Max => "max_pool",
            Self::Pick => "max_pool_pick",
            Self::Scatter => "max_pool_scatter",
            Self::Sum => "sum_pool",
            Self::Mean => "avg_pool",
            Self::PaddedMean => "avg_pool_with_padding",
            Self::Spread => "sum_pool_spread",
        }
    }
}

/// A pool of one kind over windows that are checked.
#[derive(Debug, Clone, Copy, AttributeValue)]
#[attribute(check = check_pool)]
pub(super) struct Pool {
    pub(super) kind: PoolKind,
    /// The number of spatial axes.
    pub(super) rank: usize,
    /// The elements of the image that each window reads.
    pub(super) coverage: Coverage,
}

fn check_pool(pool: &Pool) -> Result<(), String> {
    if !(1..=3).contains(&pool.rank) {
        return Err(format!("takes a rank of 1 to 3, found {}", pool.rank));
    }
    let missing = ..3 - pool.rank;
    match [pool.coverage.input(), pool.coverage.output()]
        .iter()
        .all(|x| x[missing] == [1; 3][missing])
    {
        true => Ok(()),
        false => Err("takes sizes of 1 for axes before the spatial ones".to_owned()),
    }
}

/// The number of elements of all windows of adaptive pooling along an axis: windows that follow one another share an
/// element unless `input · i / output` is whole.
fn elements_of_windows(input: usize, output: usize) -> usize {
    let (mut divisor, mut rest) = (input, output);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    input.saturating_add(output).saturating_sub(divisor)
}

impl Pool {
    pub(super) fn apply<const N: usize>(
        &self,
        kind: PoolKind,
        inputs: [&DynTensor; N],
    ) -> DynTensor {
        DynTensor::apply(Self { kind, ..*self }, inputs.map(Clone::clone))
    }

    /// The sizes of the image's spatial axes.
    fn input(&self) -> Dims {
        Dims::new(&self.coverage.input()[3 - self.rank..])
    }

    /// The number of windows along each axis: the spatial sizes of the output.
    fn positions(&self) -> Dims {
        Dims::new(&self.coverage.output()[3 - self.rank..])
    }

    /// The shape of the output, for a first input of shape `dims`.
    fn output_dims(&self, dims: &Dims) -> Dims {
        let sizes = match self.kind {
            PoolKind::Max
            | PoolKind::Pick
            | PoolKind::Sum
            | PoolKind::Mean
            | PoolKind::PaddedMean => self.positions(),
            PoolKind::Scatter | PoolKind::Spread => self.input(),
        };
        image(dims[0], &sizes, dims[dims.len() - 1])
    }

    /// The pool as a kernel takes it, if it is one of images.
    fn image_pool(&self) -> Option<ImagePool> {
        match self.kind {
            PoolKind::Max => Some(ImagePool::Max(self.coverage)),
            PoolKind::Sum => Some(ImagePool::Sum(self.coverage)),
            PoolKind::Mean => Some(ImagePool::Mean(self.coverage, None)),
            PoolKind::PaddedMean => Some(ImagePool::Mean(self.coverage, Some(self.window()))),
            PoolKind::Pick | PoolKind::Scatter | PoolKind::Spread => None,
        }
    }

    /// Elements of a window, with padding; for windows of a fixed size.
    fn window(&self) -> usize {
        match &self.coverage {
            Coverage::Window(geometry) => product(geometry.kernel_size),
            Coverage::Adaptive { .. } => 1,
        }
    }
}

impl Consumer for Pool {
    fn reads(&self, x: &Signature) -> Option<Reads> {
        self.image_pool().filter(|_| x.dtype == DType::F32).map(Reads::Images)
    }
}

impl Operation for Pool {
    attributes!();
    fn name(&self) -> &'static str {
        self.kind.name()
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let Some(&x) = inputs.first() else {
            return Err(ShapeError::operands(self.name(), "takes images, found no inputs"));
        };
        let rank = self.rank;
        check_rank(self.name(), rank, &x)?;
        let expected = if self.kind == PoolKind::Spread { self.positions() } else { self.input() };
        if !x.dtype.is_float() || x.dims[1..=rank] != *expected {
            let sizes: String = expected.iter().map(|size| format!("{size}, ")).collect();
            let problem =
                format!("takes floating-point images (batch, {sizes}channels), found {x}");
            return Err(ShapeError::operands(self.name(), problem));
        }
        let output = Signature { dims: self.output_dims(&x.dims), ..x };
        let dims_of_windows = || image(x.dims[0], &self.positions(), x.dims[x.dims.len() - 1]);
        let second = match self.kind {
            PoolKind::Pick => Some(x),
            PoolKind::Scatter => Some(Signature { dims: dims_of_windows(), ..x }),
            _ => None,
        };
        if inputs.get(1) != second.as_ref() || inputs.len() > 2 {
            let listed: Vec<String> = inputs.iter().map(Signature::to_string).collect();
            let listed = listed.join(", ");
            let problem = match second {
                Some(second) => format!("takes {x} and {second}, found {listed}"),
                None => format!("takes one input, found {listed}"),
            };
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(output)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (x, second) = (inputs[0].contiguous(), inputs.get(1).map(Array::contiguous));
        let coverage = &self.coverage;
        let dims = self.output_dims(&x.dims());
        let channels = dims[dims.len() - 1];
        for_float!(x.dtype(), E => {
            let x = x.slice::<E>();
            let second = || second.as_ref().expect("a second input").slice::<E>();
            Array::build(dims, |out| match self.kind {
                _ if out.is_empty() => {}
                PoolKind::Max => pooling::max(coverage, channels, x, out),
                PoolKind::Pick => pooling::gather(coverage, channels, x, second(), out),
                PoolKind::Scatter => pooling::scatter(coverage, channels, x, second(), out),
                PoolKind::Sum => pooling::sum(coverage, channels, x, out),
                PoolKind::Mean => pooling::mean(coverage, channels, None, x, out),
                PoolKind::PaddedMean => pooling::mean(coverage, channels, Some(self.window()), x, out),
                PoolKind::Spread => pooling::sum_backward(coverage, channels, x, out),
            })
        })
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        // The members of a `vmap` are further images of the batch.
        let inputs = (0..members.inputs.len()).map(|i| merged(members.leading(i))).collect();
        let output = DynTensor::try_apply_all(*self, inputs);
        Batching::of(output.map(|output| divided(output, members.size)))
    }
    fn keeps(&self) -> Keeps {
        match self.kind {
            PoolKind::Max | PoolKind::Pick | PoolKind::Scatter => Keeps::INPUTS,
            _ => Keeps::NOTHING,
        }
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let g = &at.gradient;
        match (self.kind, index) {
            (PoolKind::Max, _) => Some(self.apply(PoolKind::Scatter, [&at.inputs[0], g])),
            // The index of the maximum is constant in x, almost everywhere.
            (PoolKind::Pick | PoolKind::Scatter, 0) => None,
            (PoolKind::Pick, _) => Some(self.apply(PoolKind::Scatter, [&at.inputs[0], g])),
            (PoolKind::Scatter, _) => Some(self.apply(PoolKind::Pick, [&at.inputs[0], g])),
            (PoolKind::Sum, _) => Some(self.apply(PoolKind::Spread, [g])),
            (PoolKind::Mean, _) => {
                // The number of elements of each window without padding, at least 1.
                let one = Array::full_float(1.0, g.dtype(), &image(1, &self.input(), 1)).into();
                let counts = self.apply(PoolKind::Sum, [&one]).clamp(1.0, f64::INFINITY);
                Some(self.apply(PoolKind::Spread, [&(g / &counts)]))
            }
            (PoolKind::PaddedMean, _) => {
                #[allow(
                    clippy::cast_precision_loss,
                    reason = "a window is far below 2^53 elements"
                )]
                let share = g.clone().mul_scalar(1.0 / self.window() as f64);
                Some(self.apply(PoolKind::Spread, [&share]))
            }
            (PoolKind::Spread, _) => Some(self.apply(PoolKind::Sum, [g])),
        }
    }
    fn role(&self) -> Role<'_> {
        match self.image_pool() {
            Some(_) => Role(RoleKind::Consumer(self)),
            None => Role::PLAIN,
        }
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let (coverage, dims) = (&self.coverage, inputs[0].dims);
        // The number of elements of all windows: a product over the axes.
        let covered = match coverage {
            Coverage::Window(_) => {
                self.window().saturating_mul(product(self.positions().iter().copied()))
            }
            Coverage::Adaptive { input, output } => {
                product((0..3).map(|axis| elements_of_windows(input[axis], output[axis])))
            }
        };
        // A mean takes one division for each output.
        let divided = matches!(self.kind, PoolKind::Mean | PoolKind::PaddedMean);
        let divisions = if divided { output.elements() as u64 } else { 0 };
        count_flops(dims[0], count_flops(covered, dims[dims.len() - 1] as u64))
            .saturating_add(divisions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_adaptive_windows_are_counted() {
        for (input, output) in [(1, 1), (5, 3), (6, 3), (3, 7), (4, 6), (1, 4)] {
            let coverage = Coverage::Adaptive { input: [1, 1, input], output: [1, 1, output] };
            let counted: usize = (0..output).map(|i| coverage.points(2, i).count()).sum();
            assert_eq!(elements_of_windows(input, output), counted, "{input} to {output}");
        }
    }
}
