//! The bytes of a text as its tokens.

use super::Tokenizer;
use crate::{DataError, TextError};

/// The bytes of UTF-8 text as tokens: 256 of them, for any language, without a vocabulary.
///
/// ```
/// use nnx_train::{ByteTokens, Tokenizer};
///
/// assert_eq!(ByteTokens.encode("é")?, [0xc3, 0xa9]);
/// assert_eq!(ByteTokens.decode(&[0xc3, 0xa9])?, "é");
/// // A generated text may end in the middle of a character.
/// assert_eq!(ByteTokens.decode(&[0x61, 0xc3])?, "a\u{fffd}");
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteTokens;

impl Tokenizer for ByteTokens {
    fn encode(&self, text: &str) -> Result<Vec<i32>, DataError> {
        Ok(text.bytes().map(i32::from).collect())
    }

    /// Bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// A token that is no byte.
    fn decode(&self, tokens: &[i32]) -> Result<String, DataError> {
        let byte = |(position, &token): (usize, &i32)| {
            u8::try_from(token)
                .map_err(|_| TextError::Token { token, position, vocabulary: 256 }.into())
        };
        let bytes: Vec<u8> =
            tokens.iter().enumerate().map(byte).collect::<Result<_, DataError>>()?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn len(&self) -> usize {
        256
    }

    fn name(&self) -> String {
        "the tokenizer of bytes".to_owned()
    }
}
