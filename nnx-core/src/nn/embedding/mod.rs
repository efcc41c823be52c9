//! Embeddings of indices, and of positions.

mod bag;
mod embed;
mod positions;
mod rotary;

super::exports::exports! {
    bag: prelude { BagMode, EmbeddingBag } bounds { BagIndices, PaddedBags };
    embed: prelude { Embed } bounds { AttendFeatures, Embedded };
    positions:
        prelude { LearnedPositions, SinusoidalPositions }
        bounds { HoldsPositions, InTime, PositionIn };
    rotary: prelude { Rotary } bounds { InPairs };
}

use crate::random::init::Initializer;
use crate::random::{Key, init};
use crate::size::Size;

/// Flax's default initializer of an embedding: normal with standard deviation √(1 / features).
#[derive(Debug)]
struct OfFeatures(usize);

#[allow(clippy::cast_precision_loss, reason = "features are few")]
impl Initializer for OfFeatures {
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        // Computed in f32, as in JAX.
        init::normal(f64::from((1.0 / self.0 as f32).sqrt())).sample(key, dims)
    }
    fn sample_f64(&self, key: Key, dims: &[usize]) -> Vec<f64> {
        init::normal((1.0 / self.0 as f64).sqrt()).sample_f64(key, dims)
    }
}

fn default_start<Features: Size>() -> impl Initializer {
    OfFeatures(Features::USIZE)
}
