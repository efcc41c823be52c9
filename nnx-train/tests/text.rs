//! Texts as tokens, windows over them, and files that aren't text. Each error message is compared word for word.

#[allow(dead_code, reason = "images are for other tests")]
mod common;

use std::fs;

use common::gzip;
use nnx_core::size::{U4, U5, U8, U26, U256};
use nnx_train::{ByteTokens, Dataset, TextSet, Tokenizer, Vocabulary, Words};

/// The letters a to z, 26 tokens.
fn letters() -> TextSet<U26> {
    TextSet::new("abcdefghijklmnopqrstuvwxyz").unwrap()
}

fn refused(bytes: &[u8]) -> String {
    TextSet::<U5>::from_bytes("notes.txt", bytes).unwrap_err().to_string()
}

#[test]
fn characters_are_numbered_by_their_code_points() {
    let text = TextSet::<U8>::new("Ünö ∞: 𝄞").unwrap();
    assert_eq!(text.tokenizer().characters(), [' ', ':', 'n', 'Ü', 'ö', '∞', '𝄞']);
    assert_eq!(text.tokens(), [3, 2, 4, 0, 5, 1, 0, 6]);
    assert_eq!(text.text().unwrap(), "Ünö ∞: 𝄞");
    assert_eq!(format!("{text:?}"), "TextSet<8>(8 tokens, 7 different)");
    assert!(Vocabulary::from_text("").is_empty());
}

#[test]
fn characters_outside_the_vocabulary_are_reported() {
    let vocabulary = Vocabulary::from_text("hello\n");
    assert!(vocabulary.encode("").unwrap().is_empty());
    assert_eq!(
        vocabulary.encode("ho\tho").unwrap_err().to_string(),
        "character '\\t' at position 2 isn't one of the 5 characters of the vocabulary: \"\\nehlo\"; \
         leave it out, or train on a text that has it"
    );
    for token in [-1, 5, i32::MAX] {
        assert_eq!(
            vocabulary.decode(&[0, token]).unwrap_err().to_string(),
            format!("token {token} at position 1, expected 0 to less than 5 (the vocabulary)")
        );
    }
}

#[test]
fn plain_and_gzipped_files_hold_the_same_text() {
    let folder = tempfile::tempdir().unwrap();
    // The names contradict the bytes.
    let (plain, packed) = (folder.path().join("text.gz"), folder.path().join("text"));
    fs::write(&plain, "hello").unwrap();
    fs::write(&packed, gzip(b"hello")).unwrap();
    assert_eq!(TextSet::<U5>::read(plain).unwrap(), TextSet::new("hello").unwrap());
    assert_eq!(TextSet::<U5>::read(packed).unwrap(), TextSet::new("hello").unwrap());
}

#[test]
fn files_that_are_no_text_are_refused() {
    assert_eq!(
        refused(b""),
        "notes.txt: holds no text; nothing can be learned or measured from an empty set"
    );
    assert_eq!(
        refused(b"ab\xffcd"),
        "notes.txt: not UTF-8 text: byte 2 (unpacked) starts no character; check that this is the right \
         file, or convert it to UTF-8"
    );
    // A character that is cut off.
    assert!(refused(&"aü".as_bytes()[..2]).contains("byte 1 (unpacked) starts no character"));
    assert_eq!(
        refused(b"abcdef"),
        "notes.txt: 6 different characters, expected at most 5; load it as a TextSet<dim!(6)>, or replace rare \
         characters"
    );
    let packed = gzip(b"hello hello hello");
    assert!(
        refused(&packed[..packed.len() - 5]).starts_with("notes.txt: the gzip data is damaged")
    );
    let missing = TextSet::<U5>::read("/nowhere/at/all").unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/at/all: can't be read: "), "{missing}");
}

#[test]
fn the_end_of_the_text_is_held_out() {
    let (train, held_out) = letters().split(0.25).unwrap();
    assert_eq!(
        (train.text().unwrap().as_str(), held_out.text().unwrap().as_str()),
        ("abcdefghijklmnopqrs", "tuvwxyz")
    );
    assert_eq!(train.tokenizer(), held_out.tokenizer());
    for share in [0.0, 0.001, 1.0, -0.5, 2.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            letters().split(share).unwrap_err().to_string(),
            format!(
                "a share of {share} held out of 26 tokens leaves nothing on one side; choose one \
                 above 0 and below 1, such as 0.1"
            )
        );
    }
}

#[test]
fn a_part_of_a_text_keeps_its_vocabulary() {
    let text = letters().take(4);
    assert_eq!((text.text().unwrap().as_str(), text.tokenizer().len()), ("abcd", 26));
    assert_eq!(text.take(100).len(), 4);
    // A part of a part.
    let (_, end) = letters().split(0.5).unwrap();
    assert_eq!(end.take(3).text().unwrap(), "nop");
}

#[test]
fn windows_that_hold_nothing_or_do_not_fit_are_refused() {
    let text = letters();
    for time in [0, 26, usize::MAX] {
        let expected = format!(
            "windows of {time} tokens from a text of 26; choose at least 1 token, and fewer than 26, so that \
             one follows"
        );
        assert_eq!(text.windows(time).unwrap_err().to_string(), expected);
        assert_eq!(text.chunks(time).unwrap_err().to_string(), expected);
    }
    assert_eq!(text.windows(25).unwrap().len(), 1);
    assert!(
        text.windows(25).unwrap().get(1).unwrap_err().to_string().starts_with("there is no item 1")
    );
    assert!(
        text.chunks(25).unwrap().get(1).unwrap_err().to_string().starts_with("there is no item 1")
    );
}

#[test]
fn chunks_predict_each_token_once() {
    let text = letters();
    for time in 1..26 {
        let chunks = text.chunks(time).unwrap().to_vec().unwrap();
        let targets: Vec<i32> =
            chunks.iter().flat_map(|(_, targets)| targets.rows().to_vec()).collect();
        assert_eq!(targets, (1..26).collect::<Vec<i32>>(), "windows of {time}");
        for (inputs, targets) in &chunks {
            assert!((1..=time).contains(&inputs.len()));
            let next: Vec<i32> = inputs.rows().iter().map(|token| token + 1).collect();
            assert_eq!(next, targets.rows());
        }
    }
}

#[test]
fn random_windows_start_everywhere_and_the_seed_decides() {
    let starts = |seed| -> Vec<i32> {
        let batches = letters().windows(23).unwrap().loader(4).unwrap().with_replacement(seed);
        let mut starts = Vec::new();
        for batch in batches.from_step(0).take(50) {
            let (inputs, targets) = batch.unwrap();
            let (inputs, targets) = (inputs.to_vec(), targets.to_vec());
            for (input, target) in inputs.chunks(23).zip(targets.chunks(23)) {
                assert!((0..23).all(|i| target[i] == input[0] + i as i32 + 1), "{input:?}");
                starts.push(input[0]);
            }
        }
        starts
    };
    // An epoch has three windows; so its only batch has three, too.
    let some = starts(0);
    assert_eq!(some.len(), 150);
    // 26 characters have 3 windows of 23 that are followed by a character.
    for start in 0..3 {
        let share = some.iter().filter(|found| **found == start).count();
        assert!((30..75).contains(&share), "{share} of 150 start at {start}");
    }
    assert_eq!(some, starts(0));
    assert_ne!(some, starts(1));
}

#[test]
fn other_tokenizers_number_the_same_text() {
    let text = TextSet::<U256, _>::with_tokenizer("aü", ByteTokens).unwrap();
    assert_eq!((text.tokens(), text.text().unwrap().as_str()), (&[97, 195, 188][..], "aü"));
    let saved = serde_json::to_string(letters().tokenizer()).unwrap();
    let vocabulary: Vocabulary = serde_json::from_str(&saved).unwrap();
    assert_eq!(TextSet::<U26, _>::with_tokenizer("zab", vocabulary).unwrap().tokens(), [25, 0, 1]);
    assert_eq!(
        TextSet::<U5, _>::with_tokenizer("a", ByteTokens).unwrap_err().to_string(),
        "the tokenizer of bytes has 256 tokens, expected at most 5; load the text as a TextSet<dim!(256), ..>"
    );
    assert!(
        TextSet::<U256, _>::with_tokenizer("", ByteTokens)
            .unwrap_err()
            .to_string()
            .contains("holds no text")
    );
    for token in [-1, 256] {
        assert_eq!(
            ByteTokens.decode(&[0, token]).unwrap_err().to_string(),
            format!("token {token} at position 1, expected 0 to less than 256 (the vocabulary)")
        );
    }
}

#[test]
fn words_are_the_frequent_ones_and_any_text_is_encoded() {
    let words = Words::from_texts(["b a. C a", "c, a D"], 3);
    // `a` 3 times, `c` twice, and of those that occur once the first of the alphabet.
    assert_eq!(words.words(), [",", "a", "c"]);
    assert_eq!(words.encode("a\u{a0}C,,  \n d'a É").unwrap(), [2, 3, 1, 1, 0, 0]);
    for text in ["", " \t", "\0", "don't", "ẞ𝄞", "a"] {
        let tokens = words.encode(text).unwrap();
        assert!(tokens.iter().all(|token| (0..4).contains(token)), "{text:?}: {tokens:?}");
        assert_eq!(words.decode(&tokens).unwrap().split(' ').count(), tokens.len().max(1));
    }
    for token in [-1, 4, i32::MAX, i32::MIN] {
        let error = words.decode(&[0, token]).unwrap_err().to_string();
        let expected =
            format!("token {token} at position 1, expected 0 to less than 4 (the vocabulary)");
        assert_eq!(error, expected);
    }
    let none = Words::from_texts([""; 0], 10);
    assert_eq!((none.len(), none.encode("a b").unwrap()), (1, vec![0, 0]));
    assert_eq!(Words::from_texts(["a b"], 0).len(), 1);
    // Saved words, in a different order and with repetitions.
    let saved = serde_json::to_string(&words).unwrap();
    assert_eq!(saved, r#"[",","a","c"]"#);
    let read: Words = serde_json::from_str(r#"["c","a","c",","]"#).unwrap();
    assert_eq!(read, words);
    let set = TextSet::<U4, _>::with_tokenizer("a c a", read).unwrap();
    assert_eq!(set.tokens(), [2, 3, 2]);
}
