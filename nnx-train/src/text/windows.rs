//! Windows of a text: the inputs and targets of a language model.

use nnx_core::size::{Batch, Time};
use nnx_core::tensor::Tensor;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::TextError;

/// Characters `(B, T)`, and the character after each of them, `(B, T)`.
pub type TextTensors = (Tensor<(Batch, Time), i32>, Tensor<(Batch, Time), i32>);

/// Splits a text into windows of `time` characters, and makes batches of `batch` windows. The target of each
/// character is the next one.
///
/// ```
/// use nnx_core::size::U26;
/// use nnx_train::TextSet;
///
/// let text = TextSet::<U26>::new("abcdefghij")?;
/// let windows = text.windows(2, 3)?;
///
/// // For evaluation: each character but the first is a target exactly once.
/// let batches: Vec<_> = windows.in_order().collect();
/// assert_eq!(batches[0].inputs(), [0, 1, 2, 3, 4, 5]); // (2, 3)
/// assert_eq!(batches[0].targets(), [1, 2, 3, 4, 5, 6]);
/// assert_eq!(batches[1].targets(), [7, 8, 9]); // (1, 3)
///
/// // For training: an infinite iterator of windows at random positions.
/// for batch in windows.random(0).take(100) {
///     assert_eq!((batch.inputs().len(), batch.len()), (6, 2));
///     assert_eq!(batch.inputs()[0] + 1, batch.targets()[0]);
/// }
/// # Ok::<(), nnx_train::TextError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TextWindows<'a> {
    tokens: &'a [i32],
    batch: usize,
    time: usize,
}

impl<'a> TextWindows<'a> {
    pub(super) fn new(tokens: &'a [i32], batch: usize, time: usize) -> Result<Self, TextError> {
        let len = tokens.len();
        if batch == 0 || time == 0 || time >= len {
            return Err(TextError::Windows { batch, time, len });
        }
        Ok(Self { tokens, batch, time })
    }

    /// An infinite iterator of batches, for training. Windows start at uniformly random positions.
    ///
    /// The positions depend on the seed only, on every machine.
    pub fn random(&self, seed: u64) -> RandomWindows<'a> {
        RandomWindows { windows: *self, rng: Xoshiro256PlusPlus::seed_from_u64(seed) }
    }

    /// Batches of consecutive windows, for evaluation: each character but the first is a target exactly once.
    /// The last full batch may have fewer windows. If characters remain, they form one last, shorter window.
    pub fn in_order(&self) -> WindowsInOrder<'a> {
        WindowsInOrder { windows: *self, start: 0 }
    }

    /// `batch` windows of `time` characters that start at `starts`.
    fn batch(&self, time: usize, starts: impl Iterator<Item = usize> + Clone) -> TextBatch {
        let rows = |offset: usize| {
            let row = |start: usize| &self.tokens[start + offset..][..time];
            starts.clone().flat_map(row).copied().collect()
        };
        TextBatch { time, inputs: rows(0), targets: rows(1) }
    }
}

/// An infinite iterator of batches of random windows; see [`TextWindows::random`].
#[derive(Clone, Debug)]
pub struct RandomWindows<'a> {
    windows: TextWindows<'a>,
    rng: Xoshiro256PlusPlus,
}

impl Iterator for RandomWindows<'_> {
    type Item = TextBatch;

    fn next(&mut self) -> Option<TextBatch> {
        let TextWindows { tokens, batch, time } = self.windows;
        let starts: Vec<usize> =
            (0..batch).map(|_| self.rng.random_range(0..tokens.len() - time)).collect();
        Some(self.windows.batch(time, starts.into_iter()))
    }
}

/// Batches of consecutive windows; see [`TextWindows::in_order`].
#[derive(Clone, Debug)]
pub struct WindowsInOrder<'a> {
    windows: TextWindows<'a>,
    start: usize,
}

impl Iterator for WindowsInOrder<'_> {
    type Item = TextBatch;

    fn next(&mut self) -> Option<TextBatch> {
        let TextWindows { tokens, batch, time } = self.windows;
        // No character follows the last one, so it is never an input.
        let left = tokens.len() - 1 - self.start;
        let (rows, time) = match left / time {
            0 if left == 0 => return None,
            0 => (1, left),
            rows => (rows.min(batch), time),
        };
        let first = self.start;
        self.start += rows * time;
        Some(self.windows.batch(time, (0..rows).map(|row| first + row * time)))
    }
}

/// B windows of T characters, and the character after each; B and T are at least 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextBatch {
    time: usize,
    inputs: Vec<i32>,
    targets: Vec<i32>,
}

impl TextBatch {
    /// Number of windows, B.
    #[expect(clippy::len_without_is_empty, reason = "a batch is never empty")]
    pub fn len(&self) -> usize {
        self.inputs.len() / self.time
    }

    /// Number of characters in a window, T.
    pub fn time(&self) -> usize {
        self.time
    }

    /// The characters, (B, T) in row-major order.
    pub fn inputs(&self) -> &[i32] {
        &self.inputs
    }

    /// The character after each, (B, T).
    pub fn targets(&self) -> &[i32] {
        &self.targets
    }

    /// Inputs and targets, both `(B, T)`, without a copy.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Batch, Time, U26}};
    ///
    /// let text = nnx_train::TextSet::<U26>::new("abcdefghij")?;
    /// let batch = text.windows(4, 5)?.random(0).next().expect("there is no end");
    /// let (inputs, targets): (Tensor![Batch, Time; i32], Tensor![Batch, Time; i32]) =
    ///     batch.into_tensors();
    /// assert_eq!(*inputs.dims(), [4, 5]);
    /// # Ok::<(), nnx_train::TextError>(())
    /// ```
    pub fn into_tensors(self) -> TextTensors {
        let sizes = [self.len(), self.time];
        let tensor =
            |tokens| Tensor::from_shape_vec(&sizes, tokens).expect("a batch holds whole windows");
        (tensor(self.inputs), tensor(self.targets))
    }
}
