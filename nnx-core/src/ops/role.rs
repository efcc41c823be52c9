//! What passes over a program may do with an operation: they know operations by their roles alone.

use std::fmt;
use std::ops::Range;

use super::{Operation, Signature};
use crate::array::Array;
use crate::kernel::convolution::{ConvShape, PreparedKernel};
use crate::kernel::expression::BlockFunction;
use crate::kernel::expression_rows::RowFunction;
use crate::kernel::finish::PostOps;
use crate::kernel::gemm::PackedMatrix;
use crate::kernel::pooling::ImagePool;

/// What a program may do with an operation: [`Operation::role`].
#[derive(Debug, Clone, Copy)]
pub struct Role<'a>(pub(crate) RoleKind<'a>);

impl Role<'_> {
    /// It is computed as it is. Two operations of one type with the same `Debug` text are the same operation: on the same
    /// inputs a program computes one of them.
    pub const PLAIN: Self = Self(RoleKind::Plain);
    /// As `PLAIN`, but its `Debug` text doesn't say all that it computes, so that it is computed each time.
    pub const OPAQUE: Self = Self(RoleKind::Opaque);
    /// As `PLAIN`; its output is a view of its one input, where strides can express it.
    pub const VIEW: Self = Self(RoleKind::View);
}

/// The roles. Those after `View` are of this library's own operations.
#[derive(Clone, Copy)]
pub(crate) enum RoleKind<'a> {
    Plain,
    Opaque,
    View,
    /// As `View`, but of the last of several inputs.
    ViewOfLast,
    /// A function of each element of one or two inputs.
    Elementwise(&'a dyn BlockFunction),
    /// `(x - mean) · factor + bias`, of inputs x, mean, factor and bias.
    Rescale,
    /// A product with weights.
    Product(&'a dyn Product),
    /// An operation of one input that can be read block by block.
    Consumer(&'a dyn Consumer),
    /// An operation whose only invalid values are indices outside of an axis, and bounds among the indices.
    Indices(&'a dyn Indices),
}

impl fmt::Debug for RoleKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "Plain",
            Self::Opaque => "Opaque",
            Self::View => "View",
            Self::ViewOfLast => "ViewOfLast",
            Self::Elementwise(_) => "Elementwise",
            Self::Rescale => "Rescale",
            Self::Product(_) => "Product",
            Self::Consumer(_) => "Consumer",
            Self::Indices(_) => "Indices",
        })
    }
}

/// A product of inputs x, weights and an optional bias. The last axis of the weights and that of the output are the same
/// features, of which the bias has an element each.
pub(crate) trait Product {
    /// The same product of x and weights, with a bias as third input.
    fn with_bias(&self) -> Box<dyn Operation>;

    /// Whether this operation is such a product for inputs of these shapes.
    fn takes(&self, inputs: &[Signature]) -> bool {
        let _ = inputs;
        true
    }

    /// The convolution, if it is one of images.
    fn convolution(&self) -> Option<&ConvShape> {
        None
    }

    /// The order of prepared weights: products of the same weights in the same order share them. `None` if what is prepared is for
    /// inputs x of this shape alone.
    fn order(&self, x: &Signature) -> Option<&'static str>;

    /// Whether an eager pass keeps prepared weights that have an [`order`](Self::order), for inputs x of this shape.
    fn keeps_prepared(&self, x: &Signature) -> bool {
        let _ = x;
        true
    }

    /// The weights in the order in which the kernel reads them, for inputs x of this shape; `None` where that gains nothing.
    fn prepare(&self, x: &Signature, weights: &Array) -> Option<Prepared>;

    /// Whether it reads prepared weights, where there are some, for inputs x of this shape.
    fn reads_prepared(&self, x: &Signature, weights: &Array) -> bool {
        let _ = (x, weights);
        true
    }

    /// The output of f32, updated by `post` while it is in a cache.
    fn run(
        &self,
        inputs: &[Array],
        prepared: Option<&Prepared>,
        post: Option<&dyn PostOps<f32>>,
    ) -> Array;
}

/// An operation of one input of f32 whose output follows block by block from blocks of the input, so that these need not
/// be in memory together. Its summation order is that of the whole.
pub(crate) trait Consumer {
    /// How it reads an input of this shape; `None` if it reads all of it at once.
    fn reads(&self, x: &Signature) -> Option<Reads>;
}

/// How a consumer reads its input.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reads {
    /// Row by row.
    Rows(RowFunction),
    /// As images (batch, .., channels), of which it reads some lines at a time.
    Images(ImagePool),
}

/// An operation that checks indices: each is from 0 up to `end`, exclusive.
pub(crate) trait Indices {
    /// Which of its inputs are checked: the indices, and behind them what says which of them count, such as the bounds of bags.
    fn inputs(&self) -> Range<usize> {
        1..2
    }
    /// What all indices are below.
    fn end(&self, inputs: &[Signature]) -> usize;
}

/// Weights in the order in which a kernel reads them.
pub(crate) enum Prepared {
    Matrix(PackedMatrix),
    Kernel(PreparedKernel),
}

impl Prepared {
    /// The bytes that it takes besides the weights.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Matrix(packed) => packed.bytes(),
            Self::Kernel(prepared) => prepared.bytes(),
        }
    }

    /// How the product is computed, in a word.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Matrix(_) => "packed",
            Self::Kernel(prepared) => prepared.algorithm(),
        }
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.algorithm())
    }
}
