//! Words as tokens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Tokenizer;
use crate::{DataError, TextError};

/// The frequent words of some texts as tokens (`TextVectorization` in Keras): 0 stands for every other word, and the
/// words have the numbers from 1 on, in the order of the alphabet. Save them with serde: they are a list of strings.
///
/// A word is a run of letters, digits and apostrophes, in lower case; each other character that isn't white space is a
/// word, too. So any text is encoded, and decoding gives words with spaces between them.
///
/// ```
/// use nnx_train::{Tokenizer, Words};
///
/// let words = Words::from_texts(["The food was good.", "The food wasn't good, was it?"], 100);
/// assert_eq!(words.words(), [",", ".", "?", "food", "good", "it", "the", "was", "wasn't"]);
/// let tokens = words.encode("Was the wine good?")?;
/// assert_eq!(tokens, [8, 7, 0, 5, 3]);
/// assert_eq!(words.decode(&tokens)?, "was the <unknown> good ?");
/// assert_eq!(words.len(), 10);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Words {
    words: Vec<String>,
}

impl Words {
    /// The `most` most frequent words of some texts; of words that are equally frequent those that come first in the
    /// alphabet. With the token of all other words there are at most `most + 1` tokens.
    #[doc(alias = "adapt")]
    pub fn from_texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, most: usize) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for text in texts {
            split(text.as_ref(), |word| *counts.entry(word).or_default() += 1);
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        // The sort is stable: equally frequent words stay in alphabetical order.
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts.truncate(most);
        counts.into_iter().map(|(word, _)| word).collect::<Vec<_>>().into()
    }

    /// The words, in the order of their numbers, of which the first is 1.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

/// Calls a function with each word of a text.
fn split(text: &str, mut each: impl FnMut(String)) {
    let mut word = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || character == '\'' {
            word.extend(character.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            each(std::mem::take(&mut word));
        }
        if !character.is_whitespace() {
            each(character.to_string());
        }
    }
    if !word.is_empty() {
        each(word);
    }
}

/// A list that was saved, in any order.
impl From<Vec<String>> for Words {
    fn from(mut words: Vec<String>) -> Self {
        words.sort_unstable();
        words.dedup();
        Self { words }
    }
}

impl From<Words> for Vec<String> {
    fn from(words: Words) -> Self {
        words.words
    }
}

impl Tokenizer for Words {
    /// Never fails: words that aren't among these are 0.
    fn encode(&self, text: &str) -> Result<Vec<i32>, DataError> {
        let mut tokens = Vec::new();
        split(text, |word| {
            let index = self.words.binary_search(&word);
            tokens.push(index.map_or(0, |index| index as i32 + 1));
        });
        Ok(tokens)
    }

    /// # Errors
    /// A token that is negative or not below [`len`](Tokenizer::len).
    fn decode(&self, tokens: &[i32]) -> Result<String, DataError> {
        let mut text = Vec::with_capacity(tokens.len());
        for (position, &token) in tokens.iter().enumerate() {
            let word = match usize::try_from(token) {
                Ok(0) => Some("<unknown>"),
                Ok(number) => self.words.get(number - 1).map(String::as_str),
                Err(_) => None,
            };
            let vocabulary = self.len();
            text.push(word.ok_or(TextError::Token { token, position, vocabulary })?);
        }
        Ok(text.join(" "))
    }

    fn len(&self) -> usize {
        self.words.len() + 1
    }

    fn name(&self) -> String {
        format!("a vocabulary of {} words", self.words.len())
    }
}
