//! Texts as sequences of characters.

mod error;
mod vocabulary;
mod windows;

pub use error::TextError;
pub use vocabulary::Vocabulary;
pub use windows::{RandomWindows, TextBatch, TextTensors, TextWindows, WindowsInOrder};

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZero;
use std::path::Path;

use nnx_core::size::Size;

use crate::source::Source;

/// The longest text that is read, 1 GiB: about a thousand books. The limit protects from decompression bombs.
const LIMIT: u64 = 1 << 30;

/// A text of at most `Characters` different characters, for a language model over characters. The token of a
/// character is its index in the [`Vocabulary`].
///
/// A model has a fixed number of tokens, so this number is part of the type. It is checked once, when the text
/// is read.
///
/// ```
/// use nnx_core::size::U8;
/// use nnx_train::TextSet;
///
/// let text = TextSet::<U8>::new("to be or not to be")?;
/// assert_eq!(text.vocabulary().characters(), [' ', 'b', 'e', 'n', 'o', 'r', 't']);
/// assert_eq!(text.tokens()[..5], [6, 4, 0, 1, 2]);
///
/// let (train, held_out) = text.split(0.25)?;
/// assert_eq!((train.len(), held_out.len()), (13, 5));
/// assert_eq!(held_out.text(), "to be");
/// # Ok::<(), nnx_train::TextError>(())
/// ```
#[derive(Clone)]
pub struct TextSet<Characters: Size> {
    vocabulary: Vocabulary,
    tokens: Vec<i32>,
    characters: PhantomData<Characters>,
}

impl<Characters: Size> TextSet<Characters> {
    /// A text in memory. Its vocabulary consists of its own characters.
    ///
    /// # Errors
    /// An empty text, or one of more than `Characters` different characters.
    pub fn new(text: &str) -> Result<Self, TextError> {
        Self::named("the given text", text)
    }

    /// Reads a file of UTF-8 text, gzipped or not (its first bytes decide, not its name).
    ///
    /// # Errors
    /// A file that can't be read, is damaged, isn't UTF-8 or is longer than 1 GiB, or as
    /// [`new`](Self::new).
    pub fn read(path: impl AsRef<Path>) -> Result<Self, TextError> {
        Self::parse(Source::open(path.as_ref())?)
    }

    /// The same from bytes, gzipped or not; errors call them `name`. With `include_bytes!` a program
    /// carries its text with it.
    ///
    /// ```
    /// use nnx_core::size::U8;
    /// use nnx_train::TextSet;
    ///
    /// let text = TextSet::<U8>::from_bytes("a question", b"to be or not to be")?;
    /// assert_eq!(text.len(), 18);
    /// # Ok::<(), nnx_train::TextError>(())
    /// ```
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, TextError> {
        Self::parse(Source::new(name.into(), bytes)?)
    }

    fn parse(mut source: Source<'_>) -> Result<Self, TextError> {
        // One byte more than the limit, to notice a file that is too long.
        let bytes = source.take(LIMIT + 1)?;
        let file = source.name;
        if bytes.len() as u64 > LIMIT {
            return Err(TextError::TextTooLong { file, limit: LIMIT });
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self::named(&file, &text),
            Err(error) => {
                Err(TextError::NotUtf8 { file, position: error.utf8_error().valid_up_to() })
            }
        }
    }

    fn named(file: &str, text: &str) -> Result<Self, TextError> {
        if text.is_empty() {
            return Err(TextError::EmptyText { file: file.into() });
        }
        let vocabulary = Vocabulary::from_text(text);
        let found = vocabulary.len();
        if found > Characters::USIZE {
            return Err(TextError::Characters {
                file: file.into(),
                found,
                expected: Characters::USIZE,
            });
        }
        let tokens = vocabulary.encode(text)?;
        Ok(Self { vocabulary, tokens, characters: PhantomData })
    }

    /// Splits the text into a training text and a test text. The test text is the last `held_out` (a share from
    /// 0 to 1) of the characters. Both keep the whole vocabulary. The text is cut at one position and not
    /// shuffled, so no sentence is in both.
    ///
    /// # Errors
    /// If one of the two would be empty.
    pub fn split(self, held_out: f64) -> Result<(Self, Self), TextError> {
        let len = self.tokens.len();
        // A NaN becomes 0, which is an error, too.
        let test = (held_out * len as f64).round() as usize;
        if test == 0 || test >= len {
            return Err(TextError::HeldOut { share: held_out, len });
        }
        let mut tokens = self.tokens;
        let test = tokens.split_off(len - test);
        let vocabulary = self.vocabulary.clone();
        Ok((Self { tokens, ..self }, Self { vocabulary, tokens: test, characters: PhantomData }))
    }

    /// Keeps the first `len` characters, or all if there are fewer, and the whole vocabulary, for a quick
    /// try.
    pub fn truncate(&mut self, len: NonZero<usize>) {
        self.tokens.truncate(len.get());
    }

    /// Windows of `time` characters, `batch` of them in a batch, each with the characters that follow; see
    /// [`TextWindows`].
    ///
    /// # Errors
    /// A batch or a window of 0, or a window that is as long as the text, so that nothing follows it.
    pub fn windows(&self, batch: usize, time: usize) -> Result<TextWindows<'_>, TextError> {
        TextWindows::new(&self.tokens, batch, time)
    }

    /// Number of characters; at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a text is never empty")]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The tokens: the number of each character, below `Characters`.
    pub fn tokens(&self) -> &[i32] {
        &self.tokens
    }

    /// The characters and their numbers.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The characters again.
    pub fn text(&self) -> String {
        self.vocabulary.decode(&self.tokens).expect("the text is encoded by its own vocabulary")
    }
}

/// Says how long the text is and of how many characters, not the text.
impl<Characters: Size> fmt::Debug for TextSet<Characters> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, different) = (self.len(), self.vocabulary.len());
        write!(f, "TextSet<{}>({len} characters, {different} different)", Characters::USIZE)
    }
}

impl<Characters: Size> PartialEq for TextSet<Characters> {
    fn eq(&self, other: &Self) -> bool {
        (&self.vocabulary, &self.tokens) == (&other.vocabulary, &other.tokens)
    }
}
impl<Characters: Size> Eq for TextSet<Characters> {}
