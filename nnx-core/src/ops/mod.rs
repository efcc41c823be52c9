//! Operations on tensors of runtime shape. Each is defined once: its shape rule, its forward kernel, its
//! gradient rule (in terms of other operations) and its cost.
//!
//! They work on [`DynTensor`]. Every operation runs through [`DynTensor::try_apply_all`], which checks the
//! shapes, calls the kernel, and records the operation where a gradient is wanted.
//!
//! | file | operations |
//! |---|---|
//! | `elementwise` | the table of elementwise functions: exp, log, relu, power, ...; each is one row |
//! | `unary`, `binary` | how elementwise operations run; arithmetic |
//! | `activation`, `gelu` | what rows of activations share; glu |
//! | `compare` | comparisons, `select` (`where`), casts |
//! | `reduce`, `maximum` | sum, mean; maximum, argmax |
//! | `norm` | Euclidean norms, variances, standard deviations |
//! | `softmax` | softmax, log-softmax, logsumexp |
//! | `cross_entropy` | softmax cross-entropy of classes |
//! | `loss`, `loss_terms` | the other losses that are operations, and terms of losses: squared error, Huber, cosine similarity, ... |
//! | `ctc`, `ctc_composed` | the CTC loss of sequences of labels |
//! | `focal` | the focal loss |
//! | `sparsemax` | the probability distribution nearest to a row |
//! | `layer_norm` | normalization to mean 0 and variance 1 over axes (or by the RMS); the biased variance |
//! | `layer_norm_affine` | layer, RMS, group, instance and batch norm, fused with a scale and a bias |
//! | `batch_norm`, `batch_moments` | batch norm with running statistics; mean and variance of a batch |
//! | `view` | broadcast, reshape, permute, slice |
//! | `assemble` | pad, concatenate |
//! | `matmul` | matrix multiplication, batched |
//! | `linear` | matrix multiplication with a bias |
//! | `einsum` | einsum of two tensors, composed of other operations |
//! | `index`, `pick` | rows and elements by index, one-hot |
//! | `convolution` | convolutions padded with zeros, and their gradients |
//! | `pool`, `pooling` | max, average and sum pooling; windows and adaptive windows of pools |
//! | `windows` | kernel size, stride, dilation and padding of both, checked for an image |
//! | `random` | random draws: the input is the key |
//! | `optimizer_step` | for optimizers, not differentiable: fused in-place updates, norms |
//! | `spatial`, `conv_transpose` | composed of `convolution` and others: convolutions with all paddings and dilations |
//! | `resize` | composed: resizing, upsampling |

mod activation;
mod assemble;
mod batch_moments;
mod batch_norm;
mod binary;
mod compare;
mod conv_transpose;
mod convolution;
mod cross_entropy;
mod ctc;
mod ctc_composed;
mod dynamic;
mod einsum;
mod elementwise;
mod focal;
mod gelu;
mod index;
mod layer_norm;
mod layer_norm_affine;
mod linear;
mod loss;
mod loss_terms;
mod matmul;
mod maximum;
mod node;
mod norm;
mod operation;
mod optimizer_step;
mod pick;
mod pool;
mod pooling;
mod random;
mod reduce;
mod resize;
mod softmax;
mod sparsemax;
mod spatial;
mod unary;
mod view;
mod windows;
mod zip;

pub use compare::Comparison;
pub use dynamic::DynTensor;
pub use layer_norm_affine::Affine;
#[cfg(test)]
pub(crate) use node::COMPARISONS;
pub(crate) use node::{Node, NodeId, next_id};
pub(crate) use operation::axis_length;
pub use operation::{Backward, Keeps, Operation, Signature};
pub(crate) use optimizer_step::{
    BlockFn, BlockUpdate, Norm, PendingUpdate, apply_pending, block_fn, euclidean_norm,
};
