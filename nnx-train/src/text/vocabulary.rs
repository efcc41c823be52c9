//! The numbers of the characters of a text.

use serde::{Deserialize, Serialize};

use super::Tokenizer;
use crate::{DataError, TextError};

/// The different characters of a text, sorted by code point. The number of a character is its
/// index in this order. Save it with serde: it is the string of its characters.
///
/// ```
/// use nnx_train::{Tokenizer, Vocabulary};
///
/// let vocabulary = Vocabulary::from_text("hello");
/// assert_eq!(vocabulary.encode("hole")?, [1, 3, 2, 0]);
/// assert_eq!(vocabulary.decode(&[1, 0, 2])?, "hel");
/// assert_eq!(
///     vocabulary.encode("help").unwrap_err().to_string(),
///     "character 'p' at position 3 isn't one of the 4 characters of the vocabulary: \
///      \"ehlo\"; leave it out, or train on a text that has it",
/// );
/// assert_eq!(serde_json::to_string(&vocabulary)?, "\"ehlo\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Vocabulary {
    characters: Vec<char>,
}

impl Vocabulary {
    /// The characters of a text.
    pub fn from_text(text: &str) -> Self {
        // A set, and not a sorted copy of the text: a text has many characters, but few different ones.
        let characters: std::collections::BTreeSet<char> = text.chars().collect();
        Self { characters: characters.into_iter().collect() }
    }

    /// The characters, in the order of their numbers.
    pub fn characters(&self) -> &[char] {
        &self.characters
    }
}

impl From<String> for Vocabulary {
    fn from(characters: String) -> Self {
        Self::from_text(&characters)
    }
}

impl From<Vocabulary> for String {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.characters.into_iter().collect()
    }
}

impl Tokenizer for Vocabulary {
    /// # Errors
    /// If a character isn't in the vocabulary. The error names it and its index.
    fn encode(&self, text: &str) -> Result<Vec<i32>, DataError> {
        let number = |(position, character)| {
            let place = self.characters.binary_search(&character);
            // A char has 21 bits, so an index of a character fits into an i32.
            place.map(|place| place as i32).map_err(|_| {
                let vocabulary = self.characters.iter().collect();
                TextError::Character { character, position, vocabulary }.into()
            })
        };
        text.chars().enumerate().map(number).collect()
    }

    /// # Errors
    /// If a number belongs to no character. The error names it and its index.
    fn decode(&self, tokens: &[i32]) -> Result<String, DataError> {
        let character = |(position, &token): (usize, &i32)| {
            let place = usize::try_from(token).ok();
            place.and_then(|place| self.characters.get(place).copied()).ok_or_else(|| {
                let vocabulary = self.characters.len();
                TextError::Token { token, position, vocabulary }.into()
            })
        };
        tokens.iter().enumerate().map(character).collect()
    }

    fn len(&self) -> usize {
        self.characters.len()
    }

    fn name(&self) -> String {
        "the vocabulary".to_owned()
    }
}
