//! Byte pair encoding, by the crate `tokenizers`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use nnx_core::files;
use tokenizers::Tokenizer as Inner;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

use super::Tokenizer;
use crate::reader::NamedReader;
use crate::{DataError, TextError};

/// A tokenizer by byte pair encoding over bytes, as of GPT-2: frequent sequences of bytes are one token, and any text can
/// be encoded. Train one on a text, or read the `tokenizer.json` of a model of Hugging Face.
///
/// ```
/// use nnx_train::{Bpe, Tokenizer};
///
/// let bpe = Bpe::train(&"low lower lowest ".repeat(20), 300)?;
/// let tokens = bpe.encode("lower")?;
/// assert!(tokens.len() < 5);
/// assert_eq!(bpe.decode(&tokens)?, "lower");
/// assert_eq!(bpe.decode(&bpe.encode("ein Ölfaß")?)?, "ein Ölfaß");
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bpe {
    inner: Arc<Inner>,
    name: String,
}

impl Bpe {
    /// A tokenizer of at most `tokens` tokens, at least 256: those of single bytes, and the most frequent pairs. The same
    /// text gives the same tokenizer.
    ///
    /// # Errors
    /// Fewer than 256 tokens.
    pub fn train(text: &str, tokens: usize) -> Result<Self, DataError> {
        let name = "the trained tokenizer".to_owned();
        if tokens < 256 {
            let cause = format!("{tokens} tokens; it needs at least 256, one for each byte");
            return Err(TextError::Tokenizer { tokenizer: name, cause }.into());
        }
        let failed = |error: tokenizers::Error| TextError::Tokenizer {
            tokenizer: "the trained tokenizer".to_owned(),
            cause: error.to_string(),
        };
        let mut inner = Inner::new(BPE::default());
        let bytes = ByteLevel::default().add_prefix_space(false);
        inner.with_pre_tokenizer(Some(bytes)).with_decoder(Some(bytes));
        let mut trainer: TrainerWrapper = BpeTrainerBuilder::new()
            .show_progress(false)
            .vocab_size(tokens)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .build()
            .into();
        // The text is encoded line by line, including the line ends: pairs of tokens don't cross lines.
        inner.train(&mut trainer, text.split_inclusive('\n').map(str::to_owned)).map_err(failed)?;
        Ok(Self { inner: Arc::new(inner), name })
    }

    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// A file that can't be read, or isn't that of a tokenizer.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let (name, bytes) = NamedReader::open(path.as_ref())?.bytes(64 << 20)?;
        match without_panic(|| Inner::from_bytes(bytes)) {
            Ok(inner) => Ok(Self { inner: Arc::new(inner), name }),
            Err(problem) => {
                let cause = format!("expected a tokenizer.json: {problem}");
                Err(TextError::Tokenizer { tokenizer: name, cause }.into())
            }
        }
    }

    /// Writes a `tokenizer.json`, which replaces an older one as a whole.
    ///
    /// # Errors
    /// A file that can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), DataError> {
        let path = path.as_ref();
        let failed = |cause: String| TextError::Tokenizer {
            tokenizer: path.display().to_string(),
            cause: format!("can't be written: {cause}"),
        };
        let text = self.inner.to_string(true).map_err(|error| failed(error.to_string()))?;
        Ok(files::write(path, text.as_bytes()).map_err(|error| failed(error.to_string()))?)
    }

    fn error(&self, cause: String) -> DataError {
        TextError::Tokenizer { tokenizer: self.name.clone(), cause }.into()
    }
}

/// The result of `work`. The crate `tokenizers` panics for some damaged files; that is an error here.
fn without_panic<T>(work: impl FnOnce() -> Result<T, tokenizers::Error>) -> Result<T, String> {
    let result = catch_unwind(AssertUnwindSafe(work));
    let panicked = |_| Err("the crate `tokenizers` panics for it".into());
    result.unwrap_or_else(panicked).map_err(|error: tokenizers::Error| error.to_string())
}

impl Tokenizer for Bpe {
    fn encode(&self, text: &str) -> Result<Vec<i32>, DataError> {
        let encode = || self.inner.encode_fast(text, false);
        let encoding = without_panic(encode).map_err(|problem| self.error(problem))?;
        // A vocabulary has far fewer than 2³¹ tokens.
        Ok(encoding.get_ids().iter().map(|&token| token as i32).collect())
    }

    fn decode(&self, tokens: &[i32]) -> Result<String, DataError> {
        let vocabulary = self.len();
        let number = |(position, &token): (usize, &i32)| {
            let number = u32::try_from(token).ok().filter(|&id| (id as usize) < vocabulary);
            number.ok_or(TextError::Token { token, position, vocabulary })
        };
        let ids: Vec<u32> = tokens.iter().enumerate().map(number).collect::<Result<_, _>>()?;
        without_panic(|| self.inner.decode(&ids, false)).map_err(|problem| self.error(problem))
    }

    fn len(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}
