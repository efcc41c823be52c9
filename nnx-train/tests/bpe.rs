//! Byte pair encoding.
#![cfg(feature = "bpe")]

use std::fs;

use nnx_core::dim;
use nnx_train::{Bpe, Dataset, TextSet, Tokenizer};

const TEXT: &str = "the cat sat on the mat\nthe dog sat on the log\n";

#[test]
fn frequent_pairs_are_one_token_and_any_text_is_encoded() {
    let bpe = Bpe::train(&TEXT.repeat(10), 280).unwrap();
    assert!((257..=280).contains(&bpe.len()), "{}", bpe.len());
    let tokens = bpe.encode(TEXT).unwrap();
    assert!(tokens.len() * 2 < TEXT.len(), "{} tokens", tokens.len());
    assert!(tokens.iter().all(|token| (0..280).contains(token)));
    for text in [TEXT, "", "Ünö ∞: 𝄞", "\t tabs\r\n and  spaces "] {
        assert_eq!(bpe.decode(&bpe.encode(text).unwrap()).unwrap(), text);
    }
    // The same text gives the same tokenizer.
    let again = Bpe::train(&TEXT.repeat(10), 280).unwrap();
    assert_eq!(again.encode(TEXT).unwrap(), tokens);
}

#[test]
fn a_saved_tokenizer_gives_the_same_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokenizer.json");
    let bpe = Bpe::train(TEXT, 270).unwrap();
    bpe.save(&path).unwrap();
    let loaded = Bpe::read(&path).unwrap();
    assert_eq!(loaded.encode(TEXT).unwrap(), bpe.encode(TEXT).unwrap());
    let text = TextSet::<dim!(300), _>::with_tokenizer(TEXT, loaded).unwrap();
    assert_eq!(text.text().unwrap(), TEXT);
    assert!(text.windows(8).unwrap().len() > 1);
}

#[test]
fn what_is_no_tokenizer_or_no_token_is_refused() {
    assert_eq!(
        Bpe::train(TEXT, 255).unwrap_err().to_string(),
        "the trained tokenizer: 255 tokens; it needs at least 256, one for each byte"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokenizer.json");
    fs::write(&path, "{}").unwrap();
    let error = Bpe::read(&path).unwrap_err().to_string();
    let start = format!("{}: expected a tokenizer.json: ", path.display());
    assert!(error.starts_with(&start), "{error}");
    let bpe = Bpe::train(TEXT, 260).unwrap();
    for token in [-1, 260] {
        assert_eq!(
            bpe.decode(&[0, token]).unwrap_err().to_string(),
            format!("token {token} at position 1, expected 0 to less than 260 (the vocabulary)")
        );
    }
    let error = bpe.save("/nowhere/tokenizer.json").unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/tokenizer.json: can't be written: "), "{error}");
    assert_eq!(
        TextSet::<dim!(256), _>::with_tokenizer(TEXT, bpe).unwrap_err().to_string(),
        "the trained tokenizer has 260 tokens, expected at most 256; load the text as a TextSet<dim!(260), ..>"
    );
}
