//! Attention (Vaswani et al., 2017).
//!
//! | file | contents |
//! |---|---|
//! | `dot_product` | the formula: attention weights, and the weighted sums of values |
//! | `mask` | which keys a query attends to |
//! | `positions` | masks by functions and by the distance of query and key |
//! | `options` | initializers, dropout, normalization |
//! | `sizes` | the layer's sizes and groups of heads, as option types |
//! | `extra` | an optional part of a layer |
//! | `multi_head` | the layer |
//! | `decode` | its cache of keys and values, for decoding token by token |

pub(super) mod bounds;
mod cost;
mod decode;
mod dot_product;
mod forward;
mod mask;
mod multi_head;
mod optional_layer;
mod options;
mod positions;
mod sizes;

pub use dot_product::{
    AttentionDropout, dot_product_attention, dot_product_attention_weights,
    dot_product_attention_with_dropout,
};
pub use forward::AttentionWeights;
pub use mask::{
    AttentionMask, Causal, combine_masks, make_attention_mask, make_attention_mask_with,
    make_causal_mask, sequence_mask,
};
pub use multi_head::MultiHeadAttention;
pub use optional_layer::OptionalLayer;
pub use options::AttentionOptions;
pub use positions::{Alibi, MaskBy, ScoreFn, SlidingWindow};
pub use sizes::{AttentionOption, AttentionSizes, ContextFeatures, OutFeatures, QkvFeatures};
