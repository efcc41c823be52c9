//! The numbers of the characters of a text.

use super::TextError;

/// The different characters of a text, sorted by code point. The number of a character is its
/// index in this order.
///
/// ```
/// use nnx_train::Vocabulary;
///
/// let vocabulary = Vocabulary::from_text("hello");
/// assert_eq!(vocabulary.encode("hole")?, [1, 3, 2, 0]);
/// assert_eq!(vocabulary.decode(&[1, 0, 2])?, "hel");
/// assert_eq!(
///     vocabulary.encode("help").unwrap_err().to_string(),
///     "character 'p' at position 3 isn't one of the 4 characters of the vocabulary: \
///      \"ehlo\"; leave it out, or train on a text that has it",
/// );
/// # Ok::<(), nnx_train::TextError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// Encodes a text as token ids, one for each character.
    ///
    /// # Errors
    /// If a character isn't in the vocabulary. The error names it and its index.
    pub fn encode(&self, text: &str) -> Result<Vec<i32>, TextError> {
        let number = |(position, character)| {
            let place = self.characters.binary_search(&character);
            // A char has 21 bits, so an index of a character fits into an i32.
            place.map(|place| place as i32).map_err(|_| TextError::Character {
                character,
                position,
                vocabulary: self.characters.iter().collect(),
            })
        };
        text.chars().enumerate().map(number).collect()
    }

    /// The characters of these numbers.
    ///
    /// # Errors
    /// If a number belongs to no character. The error names it and its index.
    pub fn decode(&self, tokens: &[i32]) -> Result<String, TextError> {
        let character =
            |(position, &token): (usize, &i32)| {
                let place = usize::try_from(token).ok();
                place
                    .and_then(|place| self.characters.get(place).copied())
                    .ok_or(TextError::Token { token, position, vocabulary: self.characters.len() })
            };
        tokens.iter().enumerate().map(character).collect()
    }

    /// Number of different characters.
    pub fn len(&self) -> usize {
        self.characters.len()
    }

    /// Whether there are no characters, as for an empty text.
    pub fn is_empty(&self) -> bool {
        self.characters.is_empty()
    }

    /// The characters, in the order of their numbers.
    pub fn characters(&self) -> &[char] {
        &self.characters
    }
}
