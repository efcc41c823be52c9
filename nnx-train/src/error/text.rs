//! Errors of texts.

/// An error of a text or its tokens; a variant of [`DataError`](crate::DataError).
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
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
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
        "a share of {share} held out of {len} tokens leaves nothing on one side; choose one above 0 \
         and below 1, such as 0.1"
    )]
    HeldOut {
        /// The requested share.
        share: f64,
        /// Number of tokens of the text.
        len: usize,
    },

    /// Windows that are empty, or longer than the text.
    #[error(
        "windows of {time} tokens from a text of {len}; choose at least 1 token, and fewer than {len}, so \
         that one follows"
    )]
    Windows {
        /// The number of tokens that was asked for.
        time: usize,
        /// Number of tokens of the text.
        len: usize,
    },

    /// Tokens of a tokenizer that don't fit the type.
    #[error(
        "{tokenizer} has {found} tokens, expected at most {expected}; load the text as a TextSet<dim!({found}), ..>"
    )]
    Tokens {
        /// A name for the tokenizer.
        tokenizer: String,
        /// The number of its tokens.
        found: usize,
        /// The maximum that the type allows.
        expected: usize,
    },

    /// A tokenizer failed.
    #[error("{tokenizer}: {cause}")]
    Tokenizer {
        /// A name for the tokenizer, or the path of its file.
        tokenizer: String,
        /// Why.
        cause: String,
    },
}
