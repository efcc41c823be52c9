//! Prompts and errors of the models that generate tokens.

use std::error::Error;
use std::fmt;

use nnx_core::Tensor;
use nnx_core::size::Time;
use nnx_core::tensor::Tensor;

use super::SamplingError;

/// Why a model can't continue a prompt.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum GenerationError {
    /// The prompt is empty.
    EmptyPrompt,
    /// The prompt doesn't fit the model's context.
    PromptTooLong {
        /// The number of tokens in the prompt.
        tokens: usize,
        /// The longest sequence that the model takes.
        context: usize,
    },
    /// A token of the prompt that the model doesn't know.
    Token {
        /// The first such token.
        token: i32,
        /// Its index in the prompt.
        position: usize,
        /// The number of tokens that the model knows.
        vocabulary: usize,
    },
    /// No token can be chosen by the model's logits.
    Sampling(SamplingError),
}

impl fmt::Display for GenerationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyPrompt => {
                write!(f, "the prompt is empty: give the model at least one token to continue")
            }
            Self::PromptTooLong { tokens, context } => write!(
                f,
                "the prompt has {tokens} tokens, but the model's context holds {context}: cut the prompt, \
                 for example to its last {context} tokens"
            ),
            Self::Token { token, position, vocabulary } => write!(
                f,
                "the prompt has token {token} at position {position}, outside 0..{vocabulary}, the \
                 vocabulary of the model: encode it by the vocabulary that the model was trained with"
            ),
            Self::Sampling(error) => error.fmt(f),
        }
    }
}

impl Error for GenerationError {}

impl From<SamplingError> for GenerationError {
    fn from(error: SamplingError) -> Self {
        Self::Sampling(error)
    }
}

/// An error unless the prompt has tokens, all below `vocabulary`, and not more than the context holds.
pub(crate) fn check_prompt(
    prompt: &[i32],
    vocabulary: usize,
    context: Option<usize>,
) -> Result<(), GenerationError> {
    if prompt.is_empty() {
        return Err(GenerationError::EmptyPrompt);
    }
    if let Some(context) = context.filter(|&context| prompt.len() > context) {
        return Err(GenerationError::PromptTooLong { tokens: prompt.len(), context });
    }
    let unknown = |&token: &i32| usize::try_from(token).map_or(true, |token| token >= vocabulary);
    match prompt.iter().position(unknown) {
        Some(position) => {
            Err(GenerationError::Token { token: prompt[position], position, vocabulary })
        }
        None => Ok(()),
    }
}

/// Tokens as a batch of one sequence.
pub(crate) fn one_sequence(tokens: &[i32]) -> Tensor![1, Time; i32] {
    Tensor::from_vec(tokens.to_vec()).expect("any number of tokens is a time")
}
