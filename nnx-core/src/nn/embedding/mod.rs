//! Embeddings of indices, and of positions.

mod bag;
mod embed;
mod positions;
mod rotary;

pub use bag::{BagMode, EmbeddingBag};
pub use embed::Embed;
pub use positions::{LearnedPositions, SinusoidalPositions};
pub use rotary::Rotary;

pub(super) mod bounds {
    pub use super::bag::{BagIndices, PaddedBags};
    pub use super::embed::{AttendFeatures, Embedded};
    pub use super::positions::{HoldsPositions, InTime, PositionIn};
    pub use super::rotary::InPairs;
}

use crate::random::init::{Initializer, normal};
use crate::size::Size;

/// Flax's default initializer of an embedding: normal with standard deviation √(1 / features).
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "rounded to f32, as in JAX"
)]
fn default_start<Features: Size>() -> impl Initializer {
    normal((1.0 / Features::USIZE as f32).sqrt())
}
