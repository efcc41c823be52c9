//! Sampling of tokens from logits: greedy, or at random with temperature, top-k and top-p.

pub(crate) mod generation;

pub use generation::GenerationError;

use std::error::Error;
use std::fmt;

use nnx_core::random::{Stream, categorical};

/// Chooses the next token of a sequence from the logits of a language model.
///
/// It applies three steps to the logits, in this order:
///
/// 1. **Temperature** T: all logits are divided by T. At 1, the default, they don't change; below 1
///    likely tokens become more likely. At 0 only the most likely token remains: greedy decoding.
/// 2. **Top-k**: only the k most likely tokens remain.
/// 3. **Top-p** (nucleus sampling; Holtzman et al., 2020): of these tokens, the smallest number of the most
///    likely ones remains whose probabilities sum to p or more, and at least one token.
///
/// In all steps, the first of equally likely tokens counts as the more likely one.
///
/// One of the remaining tokens is sampled with the probabilities `softmax(logits)`. Each sample has its own
/// key: JAX's `jax.random.categorical(jax.random.fold_in(jax.random.key(seed), i), logits)` for
/// token i. The same seed gives the same tokens.
///
/// ```
/// use nnx_models::Sampler;
///
/// let logits = [1.0, 3.0, 2.0, -1.0];
/// let mut greedy = Sampler::new(0).temperature(0.0)?;
/// assert_eq!(greedy.sample(&logits)?, 1);
///
/// let mut sampler = Sampler::new(7).temperature(0.8)?.top_k(2)?.top_p(0.95)?;
/// let token = sampler.sample(&logits)?;
/// assert!(token == 1 || token == 2);
/// # Ok::<(), nnx_models::SamplingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sampler {
    temperature: f64,
    top_k: Option<usize>,
    top_p: f64,
    stream: Stream,
}

impl Sampler {
    /// A sampler at temperature 1, over all tokens.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { temperature: 1.0, top_k: None, top_p: 1.0, stream: Stream::new(seed) }
    }

    /// Divides the logits by this; 0 is greedy.
    ///
    /// # Errors
    /// If it is negative, infinite or NaN.
    pub fn temperature(self, temperature: f64) -> Result<Self, SamplingError> {
        if temperature >= 0.0 && temperature.is_finite() {
            return Ok(Self { temperature, ..self });
        }
        Err(SamplingError::Temperature(temperature))
    }

    /// Keeps the `k` most likely tokens; all of them if there are fewer.
    ///
    /// # Errors
    /// If it is 0.
    pub fn top_k(self, k: usize) -> Result<Self, SamplingError> {
        if k > 0 {
            return Ok(Self { top_k: Some(k), ..self });
        }
        Err(SamplingError::TopK)
    }

    /// Keeps the most likely tokens, as many as are needed for a total probability of `p`.
    ///
    /// # Errors
    /// If it isn't above 0 and at most 1.
    pub fn top_p(self, p: f64) -> Result<Self, SamplingError> {
        if p > 0.0 && p <= 1.0 {
            return Ok(Self { top_p: p, ..self });
        }
        Err(SamplingError::TopP(p))
    }

    /// The logits that a token is drawn by: divided by the temperature and shifted so that the largest is
    /// 0; −∞ for tokens that are left out.
    ///
    /// # Errors
    /// If there are no logits, if one is NaN or +∞, or if all are −∞.
    pub fn filter(&self, logits: &[f32]) -> Result<Vec<f32>, SamplingError> {
        let wrong = |logit: &f32| logit.is_nan() || *logit == f32::INFINITY;
        if let Some(token) = logits.iter().position(wrong) {
            return Err(SamplingError::Logit { token, logit: logits[token] });
        }
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if most == f32::NEG_INFINITY {
            return Err(SamplingError::NoToken { logits: logits.len() });
        }
        // The maximum is subtracted before the division, so that a tiny temperature can't overflow to NaN.
        let shifted = |&x: &f32| f64::from(x) - f64::from(most);
        let scaled: Vec<f64> =
            logits.iter().map(|x| shifted(x) / self.temperature.max(MIN)).collect();

        let mut order: Vec<usize> = (0..logits.len()).collect();
        // The sort is stable, so equal logits (0 and -0 are equal) keep their order.
        order.sort_by(|&a, &b| logits[b].partial_cmp(&logits[a]).expect("NaN is refused above"));
        order.truncate(self.kept(&order, &scaled));
        let mut filtered = vec![f32::NEG_INFINITY; logits.len()];
        for token in order {
            #[allow(clippy::cast_possible_truncation, reason = "rounded once")]
            (filtered[token] = scaled[token] as f32);
        }
        Ok(filtered)
    }

    /// How many tokens stay, of all in the order of their logits.
    fn kept(&self, order: &[usize], scaled: &[f64]) -> usize {
        if self.temperature == 0.0 {
            return 1;
        }
        let most = self.top_k.map_or(order.len(), |k| k.min(order.len()));
        if self.top_p == 1.0 {
            return most;
        }
        let weight = |&token: &usize| scaled[token].exp();
        let all: f64 = order[..most].iter().map(weight).sum();
        let mut sum = 0.0;
        let reaches = |token| {
            sum += weight(token);
            sum >= self.top_p * all
        };
        order[..most].iter().position(reaches).map_or(most, |last| last + 1)
    }

    /// The next token.
    ///
    /// # Errors
    /// As [`filter`](Self::filter); nothing is drawn then.
    pub fn sample(&mut self, logits: &[f32]) -> Result<i32, SamplingError> {
        let filtered = self.filter(logits)?;
        let token = categorical(self.stream.next_key(), &filtered, filtered.len())[0];
        Ok(i32::try_from(token).expect("tokens are numbered by i32"))
    }
}

/// The smallest temperature that a logit is divided by: 0 would give 0 / 0.
const MIN: f64 = f64::MIN_POSITIVE;

/// Why no token can be chosen.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SamplingError {
    /// A temperature that is negative, infinite or NaN.
    Temperature(f64),
    /// A top-k of 0.
    TopK,
    /// A top-p outside (0, 1].
    TopP(f64),
    /// A logit that is NaN or +∞.
    Logit {
        /// Of which token.
        token: usize,
        /// The logit.
        logit: f32,
    },
    /// There is no token to choose.
    NoToken {
        /// How many logits there were.
        logits: usize,
    },
}

impl fmt::Display for SamplingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Temperature(found) => write!(
                f,
                "the temperature of sampling is a finite number of at least 0 (0 is greedy); found {found}"
            ),
            Self::TopK => write!(
                f,
                "top-k keeps the k most likely tokens, at least 1; found 0: leave it out to keep all"
            ),
            Self::TopP(found) => write!(
                f,
                "top-p keeps tokens of this probability together, above 0 and at most 1; found {found}"
            ),
            Self::Logit { token, logit } => write!(
                f,
                "the logit of token {token} is {logit}, expected a finite number or -inf: look for NaN \
                 among the model's weights"
            ),
            Self::NoToken { logits: 0 } => {
                write!(f, "there are no logits: a vocabulary has at least one token")
            }
            Self::NoToken { logits } => {
                write!(f, "all {logits} logits are -inf: at least one token has to be possible")
            }
        }
    }
}

impl Error for SamplingError {}
