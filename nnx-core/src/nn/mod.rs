//! Layers and losses.

pub mod activation;
mod affine;
mod alpha_dropout;
mod attention;
mod batched_linear;
mod bilinear;
pub mod bounds;
mod conv;
mod conv_transpose;
mod cost;
mod dropout;
mod einsum;
mod embedding;
mod identity;
mod kernel_options;
mod lengths;
mod linear;
mod linear_general;
mod lora;
mod loss;
mod normalization;
mod pad;
mod pool;
mod prelu;
mod recurrent;
mod remat;
mod sequential;
mod with_kernel;
mod without_bias;

/// The functions of layers that files of programs may have.
pub(crate) fn operation_rows() -> impl Iterator<Item = crate::ops::Row> {
    [crate::ops::number_row::<lengths::Lengths>()].into_iter()
}

pub use activation::*;
pub use alpha_dropout::AlphaDropout;
pub use attention::{
    Alibi, AttentionDropout, AttentionMask, AttentionOption, AttentionOptions, AttentionSizes,
    AttentionWeights, Causal, ContextFeatures, MaskBy, MultiHeadAttention, OptionalLayer,
    OutFeatures, QkvFeatures, ScoreFn, SlidingWindow, combine_masks, dot_product_attention,
    dot_product_attention_weights, dot_product_attention_with_dropout, make_attention_mask,
    make_attention_mask_with, make_causal_mask, sequence_mask,
};
pub use batched_linear::BatchedLinear;
pub use bilinear::Bilinear;
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use dropout::Dropout;
#[doc(hidden)]
pub use einsum::NoInput;
pub use einsum::{Contraction, Einsum, Equation};
pub use embedding::{BagMode, Embed, EmbeddingBag, LearnedPositions, Rotary, SinusoidalPositions};
pub use identity::Identity;
pub use kernel_options::KernelOptions;
pub use linear::Linear;
pub use linear_general::LinearGeneral;
pub use lora::{Lora, LoraLinear, LoraOptions, LoraParam};
pub use loss::{
    DiceOptions, TripletOptions, accuracy, binary_dice_loss, binary_dice_loss_where,
    cosine_distance, cosine_distance_where, cosine_similarity, cosine_similarity_where, ctc_loss,
    ctc_loss_with_forward_probs, dice_loss, dice_loss_where, fenchel_young_loss,
    generalized_kl_divergence, generalized_kl_divergence_where, hinge_loss, huber_loss,
    kl_divergence, kl_divergence_where, kl_divergence_with_log_targets,
    kl_divergence_with_log_targets_where, l2_loss, log_cosh, masked_mean, masked_sum,
    multiclass_generalized_dice_loss, multiclass_hinge_loss, multiclass_perceptron_loss,
    multiclass_sparsemax_loss, ntxent, ntxent_where, perceptron_loss, poly_loss_cross_entropy,
    poly_loss_cross_entropy_where, ranking_softmax_loss, ranking_softmax_loss_where,
    sigmoid_binary_cross_entropy, sigmoid_focal_loss, smooth_labels, smooth_labels_where,
    softmax_cross_entropy, softmax_cross_entropy_where, softmax_cross_entropy_with_probabilities,
    softmax_cross_entropy_with_probabilities_where, sparsemax_loss, squared_error,
    triplet_margin_loss,
};
pub use normalization::{
    BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm, NormOptions, RmsNorm,
    SpectralNorm, WeightNorm,
};
pub use pad::Pad;
pub use pool::{
    AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, ChannelShuffle, Flatten, GlobalAvgPool,
    GlobalMaxPool, LpPool, MaxPool, MaxUnpool, MinPool, PixelShuffle, PixelUnshuffle, Resize,
    Unflatten, Upsample,
};
pub use prelu::ChannelPRelu;
pub use recurrent::{
    Bidirectional, BidirectionalRun, CellCost, CellOptions, GruCell, IntoCarry, LinearMap,
    LstmCell, OptimizedLstmCell, Rnn, RnnCell, RnnRun, SimpleCell, TorchGruCell,
};
pub use remat::Remat;
pub use sequential::Sequential;
pub use with_kernel::WithKernel;
pub use without_bias::{OptionalBias, WithoutBias};
