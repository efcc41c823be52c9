//! Windows of a text: the inputs and targets of a language model.

use std::sync::Arc;

use nnx_core::size::Time;
use nnx_core::tensor::Tensor;

use crate::{DataError, Dataset, LoadingError, Sequence, TextError};

/// Tokens in a range of a text.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    pub(super) all: Arc<[i32]>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Tokens {
    pub(super) fn slice(&self) -> &[i32] {
        &self.all[self.start..self.end]
    }
}

fn check(time: usize, len: usize) -> Result<(), DataError> {
    if time == 0 || time >= len {
        return Err(TextError::Windows { time, len }.into());
    }
    Ok(())
}

/// All windows of T tokens, each with the token after each of its tokens, for training: item i starts at token i. Draw
/// them by [`Loader::with_replacement`](crate::Loader::with_replacement), which gives windows at random places.
/// Made by [`TextSet::windows`](crate::TextSet::windows).
///
/// ```
/// use nnx_core::{Tensor, size::{Batch, Time, U26}};
/// use nnx_train::{Dataset, TextSet};
///
/// let text = TextSet::<U26>::new("abcdefghij")?;
/// let batches = text.windows(3)?.loader(2)?.with_replacement(0).drop_last()?;
/// for batch in batches.from_step(0).take(100) {
///     let (inputs, targets): (Tensor![Batch, Time; i32], Tensor![Batch, Time; i32]) = batch?;
///     assert_eq!(*inputs.dims(), [2, 3]);
///     assert_eq!(inputs.to_vec()[0] + 1, targets.to_vec()[0]);
/// }
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TextWindows {
    tokens: Tokens,
    time: usize,
}

impl TextWindows {
    pub(super) fn new(tokens: Tokens, time: usize) -> Result<Self, DataError> {
        check(time, tokens.slice().len())?;
        Ok(Self { tokens, time })
    }
}

impl Dataset for TextWindows {
    type Item = (Tensor<(Time,), i32>, Tensor<(Time,), i32>);

    fn len(&self) -> usize {
        self.tokens.slice().len() - self.time
    }

    fn get(&self, index: usize) -> Result<Self::Item, DataError> {
        let len = self.len();
        if index >= len {
            return Err(LoadingError::Index { index, len }.into());
        }
        let window = |start: usize| {
            let tokens = self.tokens.slice()[start..][..self.time].to_vec();
            Tensor::from_vec(tokens).expect("any number of tokens")
        };
        Ok((window(index), window(index + 1)))
    }
}

/// Windows of T tokens, one after another, each with the token after each of its tokens, for evaluation: each token
/// but the first is a target exactly once. The last window may be shorter. Made by
/// [`TextSet::chunks`](crate::TextSet::chunks).
///
/// ```
/// use nnx_core::size::U26;
/// use nnx_train::{Dataset, TextSet};
///
/// let text = TextSet::<U26>::new("abcdefghij")?;
/// let mut batches = text.chunks(4)?.loader(3)?.epoch(0);
/// let (inputs, targets) = batches.next().unwrap()?;
/// assert_eq!(inputs.values.to_vec(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0]); // (3, 4)
/// assert_eq!(targets.values.to_vec(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0]);
/// assert_eq!(targets.lengths.to_vec(), [4, 4, 1]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TextChunks {
    tokens: Tokens,
    time: usize,
}

impl TextChunks {
    pub(super) fn new(tokens: Tokens, time: usize) -> Result<Self, DataError> {
        check(time, tokens.slice().len())?;
        Ok(Self { tokens, time })
    }
}

impl Dataset for TextChunks {
    type Item = (Sequence<i32>, Sequence<i32>);

    fn len(&self) -> usize {
        // The last token is never an input, since no token follows it.
        (self.tokens.slice().len() - 1).div_ceil(self.time)
    }

    fn get(&self, index: usize) -> Result<Self::Item, DataError> {
        let (len, tokens) = (self.len(), self.tokens.slice());
        if index >= len {
            return Err(LoadingError::Index { index, len }.into());
        }
        let start = index * self.time;
        let end = tokens.len().min(start + self.time + 1);
        let inputs = tokens[start..end - 1].to_vec();
        Ok((Sequence::new(inputs), Sequence::new(tokens[start + 1..end].to_vec())))
    }
}
