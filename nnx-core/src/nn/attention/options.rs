//! How an attention starts, and what it does besides.

use std::sync::Arc;

use crate::random::init::{self, Initializer};

/// How the weights of a [`MultiHeadAttention`](super::MultiHeadAttention) start, and whether it has
/// biases, dropout and a normalization. The defaults are Flax's.
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
    /// The kernels start with this (`kernel_init`), by default with `lecun_normal`. The initializer sees
    /// each as a matrix, its heads and their sizes as one axis.
    #[must_use]
    pub fn kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { kernel: Arc::new(initializer), ..self }
    }

    /// The kernel of the output starts with this instead (`out_kernel_init`).
    #[must_use]
    pub fn out_kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { out_kernel: Some(Arc::new(initializer)), ..self }
    }

    /// The biases start with this (`bias_init`), by default with zeros.
    #[must_use]
    pub fn bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { bias: Arc::new(initializer), ..self }
    }

    /// The bias of the output starts with this instead (`out_bias_init`).
    #[must_use]
    pub fn out_bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { out_bias: Some(Arc::new(initializer)), ..self }
    }

    /// There are no biases (`use_bias=False`).
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { has_bias: false, ..self }
    }

    /// While training, a weight of a query for a key is dropped with this probability (`dropout_rate`):
    /// the same pairs of query and key in all heads and all rows of the batch.
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

    /// Weights are dropped in each head and each row by itself (`broadcast_dropout=False`).
    #[must_use]
    pub fn dropout_of_each_head(self) -> Self {
        Self { broadcast_dropout: false, ..self }
    }

    /// Queries and keys are normalized over each head, which steadies training (`normalize_qk=True`;
    /// Dehghani et al., 2023).
    #[must_use]
    pub fn normalize_qk(self) -> Self {
        Self { normalize_qk: true, ..self }
    }
}
