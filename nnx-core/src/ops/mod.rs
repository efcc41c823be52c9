//! Operations: each stands once, with its shape rule, its forward kernel, its gradient rule in terms of
//! other operations, and its cost.
//!
//! [`DynTensor`] is the tensor of runtime shape that they work on, and [`DynTensor::apply`] the one door
//! through which every computation goes.
//!
//! | file | operations |
//! |---|---|
//! | `unary`, `binary` | elementwise: arithmetic, exp, log, relu, power, clamp, ... |
//! | `activation` | elementwise: softplus, elu, leaky relu, relu6, and what is composed of others |
//! | `gelu` | gelu, exact and by tanh |
//! | `compare` | comparisons, selection by a mask, conversion of element types |
//! | `reduce` | sum, mean, maximum, argmax |
//! | `norm` | Euclidean norms, variances, standard deviations |
//! | `softmax` | softmax, log-softmax, logsumexp |
//! | `cross_entropy` | softmax cross-entropy of classes |
//! | `loss` | the other losses that are operations of their own |
//! | `normalize` | mean 0 and variance 1, a scale and a bias; the moments of a batch |
//! | `normalize_by` | the same by statistics that are known |
//! | `standardize` | mean 0 and variance 1 over axes, variance |
//! | `view` | broadcast, reshape, permute, slice |
//! | `assemble` | pad, concatenate |
//! | `matmul` | matrix products, batched |
//! | `linear` | a matrix product and a bias |
//! | `einsum` | products of two tensors by named axes, composed of others |
//! | `index`, `pick` | rows and elements by index, one-hot |
//! | `convolution`, `pool` | windows over images |
//! | `windows` | the windows themselves |
//! | `optimizer_step` | for optimizers, not differentiable: fused updates in place, norms |
//! | `spatial` | made of other operations: padded, dilated and transposed convolutions |

mod activation;
mod assemble;
mod binary;
mod compare;
mod convolution;
mod cross_entropy;
mod dynamic;
mod einsum;
mod gelu;
mod index;
mod linear;
mod loss;
mod matmul;
mod node;
mod norm;
mod normalize;
mod normalize_by;
mod operation;
mod optimizer_step;
mod pick;
mod pool;
mod reduce;
mod resize;
mod softmax;
mod spatial;
mod standardize;
mod unary;
mod view;
mod windows;
mod zip;

pub use compare::Comparison;
pub use convolution::ConvDims;
pub use dynamic::DynTensor;
#[cfg(test)]
pub(crate) use node::COMPARISONS;
pub(crate) use node::{Node, NodeId, next_id};
pub use normalize::Affine;
pub(crate) use operation::axis_length;
pub use operation::{Backward, Keeps, Operation, Signature};
pub(crate) use optimizer_step::{
    BlockFn, BlockUpdate, Norm, PendingUpdate, apply_pending, block_fn, divide, euclidean_norm,
};
pub use windows::{Window, Windows};
