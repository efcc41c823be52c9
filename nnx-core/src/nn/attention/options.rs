//! Initializers, biases, dropout and normalization of attention.

use std::sync::Arc;

use crate::random::init::{self, Initializer};

/// The initializers of a [`MultiHeadAttention`](super::MultiHeadAttention), and whether it has biases, dropout
/// and normalization of queries and keys. The defaults are Flax's.
///
/// ```
/// use nnx_core::{nn::{AttentionOptions, MultiHeadAttention}, random::{Rngs, init}, size::{U4, U64}};
///
/// let options = AttentionOptions::default().out_kernel(init::zeros()).without_bias().dropout(0.1);
/// let layer = MultiHeadAttention::<U4, U64>::with(&options, &mut Rngs::new(0));
/// assert!(layer.query.bias.is_none());
/// ```
#[derive(Debug, Clone)]
pub struct AttentionOptions {
    pub(super) kernel: Arc<dyn Initializer>,
    pub(super) out_kernel: Option<Arc<dyn Initializer>>,
    pub(super) bias: Arc<dyn Initializer>,
    pub(super) out_bias: Option<Arc<dyn Initializer>>,
    pub(super) has_bias: bool,
    pub(super) dropout_rate: f64,
    pub(super) broadcast_dropout: bool,
    pub(super) normalize_qk: bool,
}

impl Default for AttentionOptions {
    fn default() -> Self {
        Self {
            kernel: Arc::new(init::lecun_normal()),
            out_kernel: None,
            bias: Arc::new(init::zeros()),
            out_bias: None,
            has_bias: true,
            dropout_rate: 0.0,
            broadcast_dropout: true,
            normalize_qk: false,
        }
    }
}

impl AttentionOptions {
    /// The initializer of the kernels (`kernel_init`), `lecun_normal` by default. It is given the shape of a matrix,
    /// with the heads and their features as one axis.
    #[must_use]
    pub fn kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { kernel: Arc::new(initializer), ..self }
    }

    /// The initializer of the output's kernel, in place of that of all kernels (`out_kernel_init`).
    #[must_use]
    pub fn out_kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { out_kernel: Some(Arc::new(initializer)), ..self }
    }

    /// The initializer of the biases (`bias_init`), zeros by default.
    #[must_use]
    pub fn bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { bias: Arc::new(initializer), ..self }
    }

    /// The initializer of the output's bias, in place of that of all biases (`out_bias_init`).
    #[must_use]
    pub fn out_bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { out_bias: Some(Arc::new(initializer)), ..self }
    }

    /// Leaves the biases out (`use_bias=False`).
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { has_bias: false, ..self }
    }

    /// In training, drops attention weights with probability `rate` (`dropout_rate`). All heads and all rows of
    /// the batch drop the same pairs of query and key.
    ///
    /// # Panics
    /// If `rate` isn't within 0 to 1.
    #[must_use]
    pub fn dropout(self, rate: f64) -> Self {
        assert!(
            (0.0..=1.0).contains(&rate),
            "a dropout rate is the probability to drop, within 0 to 1; found {rate}"
        );
        Self { dropout_rate: rate, ..self }
    }

    /// Attention weights are dropped independently in each head and each row (`broadcast_dropout=False`).
    #[must_use]
    pub fn dropout_of_each_head(self) -> Self {
        Self { broadcast_dropout: false, ..self }
    }

    /// Normalizes queries and keys over the features of each head, which stabilizes training
    /// (`normalize_qk=True`; Dehghani et al., 2023).
    #[must_use]
    pub fn normalize_qk(self) -> Self {
        Self { normalize_qk: true, ..self }
    }
}
