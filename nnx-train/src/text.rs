//! Texts as sequences of tokens.
//!
//! | file | contents |
//! |---|---|
//! | `text` | a text, split in parts; the trait of tokenizers |
//! | `windows` | windows of it, for training and evaluation |
//! | `vocabulary`, `bytes`, `bpe` | tokenizers: characters, bytes, byte pair encoding (feature `bpe`) |

#[cfg(feature = "bpe")]
mod bpe;
mod bytes;
mod vocabulary;
mod windows;
mod words;

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

#[cfg(feature = "bpe")]
pub use bpe::Bpe;
pub use bytes::ByteTokens;
use nnx_core::size::Size;
pub use vocabulary::Vocabulary;
use windows::Tokens;
pub use windows::{TextChunks, TextWindows};
pub use words::Words;

use crate::reader::NamedReader;
use crate::{DataError, TextError};

/// Text to tokens, and back: numbers from 0 to less than `len()`.
pub trait Tokenizer: Send + Sync {
    /// The tokens of a text.
    ///
    /// # Errors
    /// If a part of the text has no token.
    fn encode(&self, text: &str) -> Result<Vec<i32>, DataError>;

    /// The text of some tokens.
    ///
    /// # Errors
    /// A number that is no token.
    fn decode(&self, tokens: &[i32]) -> Result<String, DataError>;

    /// The number of tokens.
    fn len(&self) -> usize;

    /// The name of the tokenizer in messages.
    fn name(&self) -> String;

    /// Whether there are no tokens, as in the vocabulary of an empty text.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A text of at most `N` different tokens, for a language model. By default its tokens are its characters, numbered by
/// a [`Vocabulary`]; [`with_tokenizer`](Self::with_tokenizer) takes others.
///
/// A model has a fixed number of tokens, so this number is part of the type. It is checked once, when the text
/// is read.
///
/// ```
/// use nnx_core::size::U8;
/// use nnx_train::TextSet;
///
/// let text = TextSet::<U8>::new("to be or not to be")?;
/// assert_eq!(text.tokenizer().characters(), [' ', 'b', 'e', 'n', 'o', 'r', 't']);
/// assert_eq!(text.tokens()[..5], [6, 4, 0, 1, 2]);
///
/// let (train, held_out) = text.split(0.25)?;
/// assert_eq!((train.len(), held_out.len()), (13, 5));
/// assert_eq!(held_out.text()?, "to be");
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone)]
pub struct TextSet<N: Size, T = Vocabulary> {
    tokenizer: T,
    tokens: Tokens,
    size: PhantomData<N>,
}

impl<N: Size> TextSet<N> {
    /// A text in memory. Its vocabulary consists of its own characters.
    ///
    /// # Errors
    /// An empty text, or one of more than `N` different characters.
    pub fn new(text: &str) -> Result<Self, DataError> {
        Self::named("the given text", text)
    }

    /// Reads a file of UTF-8 text, gzipped or not (its first bytes decide, not its name).
    ///
    /// # Errors
    /// A file that can't be read, is damaged, isn't UTF-8 or is longer than 1 GiB, or as
    /// [`new`](Self::new).
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let (file, text) = NamedReader::open(path.as_ref())?.text()?;
        Self::named(&file, &text)
    }

    /// [`read`](Self::read) from bytes, gzipped or not, which errors name `name`. With `include_bytes!` a program
    /// carries its text with it.
    ///
    /// ```
    /// use nnx_core::size::U8;
    /// use nnx_train::TextSet;
    ///
    /// let text = TextSet::<U8>::from_bytes("a question", b"to be or not to be")?;
    /// assert_eq!(text.len(), 18);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, DataError> {
        let (file, text) = NamedReader::new(name.into(), bytes)?.text()?;
        Self::named(&file, &text)
    }

    fn named(file: &str, text: &str) -> Result<Self, DataError> {
        let vocabulary = Vocabulary::from_text(text);
        let (found, file) = (vocabulary.len(), file.to_owned());
        if text.is_empty() {
            return Err(DataError::Empty { file, items: "text" });
        }
        if found > N::USIZE {
            return Err(TextError::Characters { file, found, expected: N::USIZE }.into());
        }
        Self::with_tokenizer(text, vocabulary)
    }
}

impl<N: Size, T: Tokenizer + Clone> TextSet<N, T> {
    /// A text in memory, with a tokenizer of your own, such as one that was saved with the model.
    ///
    /// ```
    /// use nnx_core::size::U256;
    /// use nnx_train::{ByteTokens, TextSet};
    ///
    /// let text = TextSet::<U256, _>::with_tokenizer("to be", ByteTokens)?;
    /// assert_eq!(text.tokens(), [116, 111, 32, 98, 101]);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// A tokenizer of more than `N` tokens, an empty text, or one that it can't encode.
    pub fn with_tokenizer(text: &str, tokenizer: T) -> Result<Self, DataError> {
        let found = tokenizer.len();
        if found > N::USIZE {
            let (tokenizer, expected) = (tokenizer.name(), N::USIZE);
            return Err(TextError::Tokens { tokenizer, found, expected }.into());
        }
        let tokens = tokenizer.encode(text)?;
        if tokens.is_empty() {
            let file = "the given text".to_owned();
            return Err(DataError::Empty { file, items: "text" });
        }
        let tokens = Tokens { start: 0, end: tokens.len(), all: tokens.into() };
        Ok(Self { tokenizer, tokens, size: PhantomData })
    }

    /// As [`with_tokenizer`](Self::with_tokenizer), from a file, gzipped or not.
    ///
    /// # Errors
    /// As [`read`](TextSet::read) and [`with_tokenizer`](Self::with_tokenizer).
    pub fn read_with(path: impl AsRef<Path>, tokenizer: T) -> Result<Self, DataError> {
        let (_, text) = NamedReader::open(path.as_ref())?.text()?;
        Self::with_tokenizer(&text, tokenizer)
    }

    /// Splits the text into a training text and a test text. The test text is the last `held_out` (a share from
    /// 0 to 1) of the tokens. The text is cut at one position and not shuffled, so no sentence is in both.
    ///
    /// # Errors
    /// If one of the two would be empty.
    pub fn split(&self, held_out: f64) -> Result<(Self, Self), DataError> {
        let len = self.len();
        // A NaN is cast to 0, which is an error, too.
        let test = (held_out * len as f64).round() as usize;
        if test == 0 || test >= len {
            return Err(TextError::HeldOut { share: held_out, len }.into());
        }
        Ok((self.part(0, len - test), self.part(len - test, len)))
    }

    /// The first `len` tokens, at least 1, or all if there are fewer: for a quick try.
    #[must_use]
    pub fn take(&self, len: usize) -> Self {
        self.part(0, len.clamp(1, self.len()))
    }

    fn part(&self, start: usize, end: usize) -> Self {
        let Tokens { all, start: first, .. } = self.tokens.clone();
        let tokens = Tokens { all, start: first + start, end: first + end };
        Self { tokenizer: self.tokenizer.clone(), tokens, size: PhantomData }
    }

    /// All windows of `time` tokens, with the tokens that follow, for training.
    ///
    /// # Errors
    /// A window of 0, or one that is as long as the text, so that nothing follows it.
    pub fn windows(&self, time: usize) -> Result<TextWindows, DataError> {
        TextWindows::new(self.tokens.clone(), time)
    }

    /// Windows of `time` tokens, one after another, with the tokens that follow, for evaluation.
    ///
    /// # Errors
    /// As [`windows`](Self::windows).
    pub fn chunks(&self, time: usize) -> Result<TextChunks, DataError> {
        TextChunks::new(self.tokens.clone(), time)
    }

    /// Number of tokens; at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a text is never empty")]
    pub fn len(&self) -> usize {
        self.tokens().len()
    }

    /// The tokens, each below `N`.
    pub fn tokens(&self) -> &[i32] {
        self.tokens.slice()
    }

    /// The tokenizer: for characters, their vocabulary.
    pub fn tokenizer(&self) -> &T {
        &self.tokenizer
    }

    /// The text of these tokens.
    ///
    /// # Errors
    /// A tokenizer that can't decode its own tokens.
    pub fn text(&self) -> Result<String, DataError> {
        self.tokenizer.decode(self.tokens())
    }
}

/// Prints the length of the text and of its vocabulary, not the text.
impl<N: Size, T: Tokenizer> fmt::Debug for TextSet<N, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, different) = (self.tokens.slice().len(), self.tokenizer.len());
        write!(f, "TextSet<{}>({len} tokens, {different} different)", N::USIZE)
    }
}

impl<N: Size, T: PartialEq> PartialEq for TextSet<N, T> {
    fn eq(&self, other: &Self) -> bool {
        (&self.tokenizer, self.tokens.slice()) == (&other.tokenizer, other.tokens.slice())
    }
}
