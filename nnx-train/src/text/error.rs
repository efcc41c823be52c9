//! Everything that can be wrong with a text, one variant and one message each.

use crate::DataError;

/// What is wrong with a text, and what to do about it.
///
/// If a text was embedded or built in memory, `file` has a name for it instead of a path.
///
/// ```
/// use nnx_core::size::U2;
/// use nnx_train::TextSet;
///
/// let error = TextSet::<U2>::new("abc").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the given text: 3 different characters, expected at most 2; \
///      load it as a TextSet<dim!(3)>, or replace rare characters",
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The file can't be read or unpacked.
    #[error(transparent)]
    Data(#[from] DataError),

    /// The text has no characters.
    #[error("{file}: holds no text; nothing can be learned or measured from an empty one")]
    EmptyText {
        /// Path of the file.
        file: String,
    },

    /// The text is longer than the limit.
    #[error("{file}: longer than the limit of {limit} bytes (unpacked); split the text")]
    TextTooLong {
        /// Path of the file.
        file: String,
        /// The limit in bytes.
        limit: u64,
    },

    /// The file isn't text in UTF-8.
    #[error(
        "{file}: not UTF-8 text: byte {position} (unpacked) starts no character; check that this is the \
         right file, or convert it to UTF-8"
    )]
    NotUtf8 {
        /// Path of the file.
        file: String,
        /// The offset of the first byte that isn't part of a character.
        position: usize,
    },

    /// The text has more different characters than the type says.
    #[error(
        "{file}: {found} different characters, expected at most {expected}; \
         load it as a TextSet<dim!({found})>, or replace rare characters"
    )]
    Characters {
        /// Path of the file.
        file: String,
        /// The number of different characters.
        found: usize,
        /// The maximum that the type allows.
        expected: usize,
    },

    /// A character that the vocabulary doesn't have.
    #[error(
        "character {character:?} at position {position} isn't one of the {} characters of the vocabulary: \
         {vocabulary:?}; leave it out, or train on a text that has it",
        vocabulary.chars().count()
    )]
    Character {
        /// The character.
        character: char,
        /// Its index in the text, in characters.
        position: usize,
        /// The characters of the vocabulary.
        vocabulary: String,
    },

    /// A token that isn't the number of a character.
    #[error(
        "token {token} at position {position}, expected 0 to less than {vocabulary} (the vocabulary)"
    )]
    Token {
        /// The token.
        token: i32,
        /// Its index among the tokens.
        position: usize,
        /// Number of characters in the vocabulary.
        vocabulary: usize,
    },

    /// A split with an empty training text or an empty test text.
    #[error(
        "a share of {share} held out of {len} characters leaves nothing on one side; choose one above 0 \
         and below 1, such as 0.1"
    )]
    HeldOut {
        /// The share that was asked for.
        share: f64,
        /// Number of characters of the text.
        len: usize,
    },

    /// Windows that are empty, or longer than the text.
    #[error(
        "batches of {batch} windows of {time} characters from a text of {len}; choose at least 1 window of \
         at least 1 character, and fewer than {len}, so that one follows"
    )]
    Windows {
        /// The number of windows that was asked for.
        batch: usize,
        /// The number of characters that was asked for.
        time: usize,
        /// Number of characters of the text.
        len: usize,
    },
}
