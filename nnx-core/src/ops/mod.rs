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
//! | `integer` | arithmetic of integers; bits and shifts; and, or, xor, not of masks |
//! | `reduce`, `prod` | sum, mean; product |
//! | `extremes`, `truth` | max, min, argmax, argmin; any, all, the number of nonzero elements |
//! | `masked` | sums and means of the elements where a mask is true |
//! | `cumulative`, `recurrence` | cumulative sum, product, maximum, logsumexp; the linear recurrence of their gradients |
//! | `recurrent`, `recurrent_backward`, `recurrent_composed` | sequences of LSTM and GRU cells; their gradients; the same step by step |
//! | `order` | sort, top_k, quantiles |
//! | `along`, `scatter` | elements along an axis by index; values written there |
//! | `search`, `unique` | searchsorted, bincount, histogram; the different elements |
//! | `norm` | norms, variances, standard deviations |
//! | `softmax` | softmax, log-softmax, logsumexp |
//! | `cross_entropy` | softmax cross-entropy of classes |
//! | `loss`, `loss_terms` | the other losses that are operations, and terms of losses: squared error, Huber, cosine similarity, ... |
//! | `ctc`, `ctc_composed` | the CTC loss of sequences of labels |
//! | `focal` | the focal loss |
//! | `sparsemax` | the probability distribution nearest to a row |
//! | `layer_norm` | normalization to mean 0 and variance 1 over axes (or by the RMS); the biased variance |
//! | `layer_norm_affine`, `layer_norm_backward` | layer, RMS, group, instance and batch norm, fused with a scale and a bias; their gradients |
//! | `batch_norm`, `batch_moments` | batch norm with running statistics; mean and variance of a batch |
//! | `view` | broadcast, reshape, permute, slice |
//! | `assemble` | pad, concatenate |
//! | `index_select` | elements of an axis at constant indices |
//! | `rearrange`, `pad_mode` | composed: flip, roll, repeat, tile, strided slices; padding by modes |
//! | `diagonal` | diagonals and triangles of matrices |
//! | `ranges` | arange, linspace, the identity matrix |
//! | `attention`, `attention_backward`, `attention_composed` | attention in tiles; its gradients; the same with a matrix of all scores |
//! | `matmul` | matrix multiplication, batched |
//! | `linear` | matrix multiplication with a bias |
//! | `row_product` | what both share: rows times weights, which may be packed or stored as bf16 |
//! | `einsum` | einsum of any number of tensors, composed of other operations |
//! | `vectors` | composed: dot, outer and cross products, the trace |
//! | `linalg` | decompositions of matrices, with the feature of that name |
//! | `fft`, `spectrogram` | Fourier transforms, spectra of audio, with the feature `fft` |
//! | `take_rows`, `pick`, `index` | rows and elements by index, one-hot; checks of indices |
//! | `bags`, `bags_backward` | sums, means and maxima of bags of rows; their gradients |
//! | `convolution` | convolutions padded with zeros, and their gradients |
//! | `pool`, `pooling` | max, average and sum pooling; windows and adaptive windows of pools |
//! | `unpool` | composed: maxima of windows with their indices, and back |
//! | `windows` | kernel size, stride, dilation and padding of both, checked for an image |
//! | `random`, `categorical`, `key` | random draws: the input is the key; keys derived from others |
//! | `batching`, `members` | batching rules: operations on all members of a `vmap` at once |
//! | `recording`, `signatures` | the steps of a program, recorded as they run; the shapes of its values |
//! | `role` | what passes over a program may do with an operation |
//! | `roofline` | the rates of this machine, measured by kernels, for the profile of a plan |
//! | `fused`, `expression`, `consumer` | what they make: products with prepared weights and an epilogue; expressions of elementwise operations; sums and pools of both |
//! | `checked` | an operation whose indices an earlier step of the program has checked |
//! | `attributes`, `registry`, `table` | parameters of operations as data, which operation a name in a file means, the table of all |
//! | `in_place` | operations that update arrays in place, not differentiable; writing a slice |
//! | `over_ranks` | sums over the ranks of a data-parallel training |
//! | `optimizer_step`, `euclidean_norm` | for optimizers, not differentiable: fused updates in place; norms |
//! | `spatial`, `conv_transpose` | composed of `convolution` and others: convolutions with all paddings and dilations |
//! | `unfold` | composed: windows as vectors, and their sum back into images |
//! | `resize`, `interpolate`, `pixel_shuffle` | composed: resizing by the nearest or by weights, upsampling; channels as blocks of pixels |

mod activation;
mod along;
mod assemble;
mod attention;
mod attention_backward;
mod attention_composed;
mod attributes;
mod bags;
mod bags_backward;
mod batch_moments;
mod batch_norm;
mod batching;
mod binary;
mod categorical;
mod checked;
mod compare;
mod consumer;
mod conv_transpose;
mod convolution;
mod cross_entropy;
mod ctc;
mod ctc_composed;
mod cumulative;
mod diagonal;
mod draws;
mod dynamic;
mod einsum;
mod elementwise;
mod euclidean_norm;
mod expression;
mod extremes;
#[cfg(feature = "fft")]
mod fft;
mod finite;
mod focal;
mod fused;
mod gelu;
mod in_place;
mod index;
mod index_select;
mod integer;
mod interpolate;
mod interpolation;
mod kept;
mod key;
mod layer_norm;
mod layer_norm_affine;
mod layer_norm_backward;
mod lerp;
#[cfg(feature = "linalg")]
mod linalg;
mod linear;
mod loss;
mod loss_terms;
mod masked;
mod matmul;
mod max_indices;
mod members;
mod node;
mod norm;
mod numbers;
mod operation;
mod operators;
mod optimizer_loops;
mod optimizer_step;
mod order;
mod over_ranks;
mod pad;
mod pad_mode;
mod pairs;
mod pick;
mod pixel_shuffle;
mod pool;
mod pooling;
mod prod;
mod random;
mod ranges;
mod rearrange;
mod recording;
mod recurrence;
mod recurrent;
mod recurrent_backward;
mod recurrent_composed;
mod reduce;
mod registry;
mod resize;
mod role;
mod roofline;
mod row_product;
mod samples;
mod scatter;
mod search;
mod signatures;
mod softmax;
mod sparsemax;
mod spatial;
mod special;
#[cfg(feature = "fft")]
mod spectrogram;
mod table;
mod take_rows;
mod truth;
mod unary;
mod unfold;
mod unique;
mod unpool;
mod vectors;
mod view;
mod windows;
mod zip;

pub(crate) use attention::{AttentionMasks, attention, fits_tiles};
pub(crate) use attention_composed::{allow_where, scores, up_to, weighted_sum};
#[doc(hidden)]
pub use attributes::RecordWriter;
pub use attributes::{Attribute, AttributeError, AttributeValue, Attributes, Record};
pub use bags::BagMode;
pub(crate) use batch_norm::rescale_operations;
pub use batching::Batching;
pub(crate) use checked::Checked;
pub use compare::Comparison;
pub(crate) use consumer::FusedConsumer;
pub use dynamic::DynTensor;
pub(crate) use euclidean_norm::{Norm, euclidean_norm};
pub(crate) use expression::{Expression, Feed, MOST_OPERANDS, MOST_TERMS, Term};
pub(crate) use fused::{Fused, FusedProduct};
#[cfg(feature = "safetensors")]
pub(crate) use in_place::Updating;
pub(crate) use in_place::update_slice;
pub use interpolation::Interpolation;
pub use key::DynKey;
pub use layer_norm_affine::Affine;
#[cfg(feature = "linalg")]
pub use linalg::{MatrixNormKind, MatrixTriangle};
pub use members::Members;
pub(crate) use members::{if_batched, refuse_members};
#[cfg(test)]
pub(crate) use node::COMPARISONS;
pub(crate) use node::{Node, NodeId, next_id};
pub(crate) use numbers::{
    NumberFunction, Takes, check_numbers, incremented, incremented_wrapping, numbers_of,
};
pub use operation::{Backward, Keeps, Operation, Signature};
pub(crate) use operation::{axis_length, one_of_gradients};
pub(crate) use optimizer_loops::{BlockUpdate, StepInputs, UseLoop, with_loop};
pub(crate) use optimizer_step::{PendingUpdate, optimizer_step};
pub use order::{QuantileMethod, SortOrder};
pub use over_ranks::Ranks;
pub use pad_mode::PadMode;
#[cfg(feature = "safetensors")]
pub(crate) use recording::Update;
pub(crate) use recording::{
    Guard, Operand, Recording, Step, ValueId, number_for_branch, refuse_captured,
};
pub(crate) use recurrent_composed::split;
pub use registry::Operations;
pub(crate) use registry::{Reader, Row, number_row};
pub use role::Role;
pub(crate) use role::{Prepared, RoleKind};
pub(crate) use roofline::Roofline;
pub use search::SearchSide;
pub(crate) use signatures::Signatures;
#[cfg(feature = "fft")]
pub use spectrogram::{MelOptions, MelScale, SpectralWindow};
pub(crate) use table::rows as operation_rows;
pub use unique::DynUnique;
