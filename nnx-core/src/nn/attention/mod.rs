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

mod bounds;
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

super::exports::exports! {
    bounds:
        bounds {
            SequenceOf, ContextOf, ValuesFor, KeysOf, ValuesOf, OverScores, Positions,
            KeyPositions, InHeads, KeyHeads,
        };
    dot_product:
        prelude {
            AttentionDropout, dot_product_attention, dot_product_attention_weights,
            dot_product_attention_with_dropout,
        };
    forward: prelude { AttentionWeights };
    mask:
        prelude {
            AttentionMask, combine_masks, make_attention_mask, make_attention_mask_with,
            make_causal_mask, sequence_mask,
        }
        nn { Causal };
    multi_head: prelude { MultiHeadAttention };
    optional_layer: nn { OptionalLayer };
    options: prelude { AttentionOptions };
    positions: prelude { Alibi, MaskBy, ScoreFn, SlidingWindow };
    sizes:
        prelude { AttentionSizes, ContextFeatures, OutFeatures, QkvFeatures }
        nn { AttentionOption };
}
