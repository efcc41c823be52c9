//! Attention (Vaswani et al., 2017).
//!
//! | file | holds |
//! |---|---|
//! | `dot_product` | the formula: weights of queries over keys, sums of values |
//! | `mask` | which keys a query attends to |
//! | `options` | how the layer's weights start, dropout, normalization |
//! | `sizes` | the layer's sizes and groups of heads, as option types |
//! | `extra` | a part that only some layers have |
//! | `multi_head` | the layer |
//! | `decode` | its cache of keys and values, for one token after another |

mod decode;
mod dot_product;
mod extra;
mod mask;
mod multi_head;
mod options;
mod sizes;

pub use dot_product::{
    AttentionDropout, dot_product_attention, dot_product_attention_weights,
    dot_product_attention_with_dropout,
};
pub use extra::Extra;
pub use mask::{
    AttentionMask, Causal, combine_masks, make_attention_mask, make_attention_mask_by,
    make_causal_mask, sequence_mask,
};
pub use multi_head::MultiHeadAttention;
pub use options::AttentionOptions;
pub use sizes::{AttentionOption, AttentionSizes, ContextFeatures, OutFeatures, QkvFeatures};
