//! Attention in tiles with a running softmax (Dao et al., 2022, "FlashAttention"; Milakov and Gimelshein, 2018): no
//! matrix of all scores is in memory, so that memory grows with the length of the sequence and not with its square.
//!
//! Scores are in units of `log2 e`, by which queries are scaled: weights are powers of 2, which take fewer operations
//! than those of e.
//!
//! For each tile of queries, the kernel loops over the tiles of keys. The maximum `m` and the sum `l` of each row are
//! those of the keys so far; where a later tile has a larger maximum, what was summed before is scaled by `2^(old m -
//! new m)`. The gradient computes the weights again from the scores, `m` and `1 / l`, which are saved.
//!
//! | file | what it holds |
//! |---|---|
//! | `forward` | the output, and the maximum and the sum of each row |
//! | `backward` | the gradients of queries, keys and values |
//! | `mask` | which keys a row attends to, and what is added to its scores |
//! | `weights` | the loops over the scores of a tile |
//! | `head` | keys and values of a head, copied into tiles or where they are |
//!
//! A task is one head of keys of one example, with all queries that share it; in the forward pass it may be some of
//! their tiles. Tiles have the same size on any number of threads, and are added in order, so the number of threads
//! changes no bit.

mod backward;
mod forward;
mod head;
mod mask;
#[cfg(test)]
mod tests;
mod weights;

use std::f64::consts::LOG2_E;

pub(crate) use backward::{Gradients, backward};
pub(crate) use forward::forward;
pub(crate) use mask::{Strided, TileMask};

/// Queries per tile: a multiple of the rows of the GEMM tile at every ISA level.
const QUERIES: usize = 48;
/// Keys per tile: the scores of a tile take 24 KB in `f32`.
const KEYS: usize = 128;
/// The lanes of the loops over the scores of a row. Rows are padded to whole lanes.
const LANES: usize = 16;

/// The sizes of attention of queries (batch, time, heads, size) to keys (batch, keys, key heads, size) and values (batch,
/// keys, key heads, width).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) batch: usize,
    pub(crate) time: usize,
    pub(crate) keys: usize,
    pub(crate) heads: usize,
    pub(crate) key_heads: usize,
    pub(crate) size: usize,
    pub(crate) width: usize,
}

impl Sizes {
    /// Heads of queries that share a head of keys.
    fn shared(&self) -> usize {
        self.heads / self.key_heads
    }

    /// The number of rows: one for each query and head of each example.
    pub(crate) fn rows(&self) -> usize {
        self.batch * self.time * self.heads
    }

    /// The length of the saved buffer: two numbers for each row.
    pub(crate) fn saved(&self) -> usize {
        2 * self.rows()
    }

    fn scale(&self) -> f64 {
        scale(self.size)
    }

    /// By what queries are multiplied, so that scores are in units of `log2 e`.
    fn scale_of_scores(&self) -> f64 {
        self.scale() * LOG2_E
    }
}

/// `1 / √size`, by which queries are scaled.
#[allow(clippy::cast_precision_loss, reason = "a head is far below 2^53 wide")]
pub(crate) fn scale(size: usize) -> f64 {
    1.0 / (size.max(1) as f64).sqrt()
}
