//! Texts as tokens, windows over them, and files that aren't text. Each error message is compared word for word.

#[allow(dead_code, reason = "images are for other tests")]
mod common;

use std::fs;

use common::gzip;
use nnx_core::size::{U5, U8, U26};
use nnx_train::{TextBatch, TextSet, Vocabulary};

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
    assert_eq!(text.vocabulary().characters(), [' ', ':', 'n', 'Ü', 'ö', '∞', '𝄞']);
    assert_eq!(text.tokens(), [3, 2, 4, 0, 5, 1, 0, 6]);
    assert_eq!(text.text(), "Ünö ∞: 𝄞");
    assert_eq!(format!("{text:?}"), "TextSet<8>(8 characters, 7 different)");
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
        "notes.txt: holds no text; nothing can be learned or measured from an empty one"
    );
    assert_eq!(
        refused(b"ab\xffcd"),
        "notes.txt: not UTF-8 text: byte 2 (unpacked) starts no character; check that this is the right \
         file, or convert it to UTF-8"
    );
    // A character that is cut short.
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
        (train.text().as_str(), held_out.text().as_str()),
        ("abcdefghijklmnopqrs", "tuvwxyz")
    );
    assert_eq!(train.vocabulary(), held_out.vocabulary());
    for share in [0.0, 0.001, 1.0, -0.5, 2.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            letters().split(share).unwrap_err().to_string(),
            format!(
                "a share of {share} held out of 26 characters leaves nothing on one side; choose one \
                 above 0 and below 1, such as 0.1"
            )
        );
    }
}

#[test]
fn a_part_of_a_text_keeps_its_vocabulary() {
    let mut text = letters();
    text.truncate(std::num::NonZero::new(4).unwrap());
    assert_eq!((text.text().as_str(), text.vocabulary().len()), ("abcd", 26));
    text.truncate(std::num::NonZero::new(100).unwrap());
    assert_eq!(text.len(), 4);
}

#[test]
fn windows_that_hold_nothing_or_do_not_fit_are_refused() {
    let text = letters();
    for (batch, time) in [(0, 4), (4, 0), (1, 26), (1, usize::MAX)] {
        assert_eq!(
            text.windows(batch, time).unwrap_err().to_string(),
            format!(
                "batches of {batch} windows of {time} characters from a text of 26; choose at least 1 \
                 window of at least 1 character, and fewer than 26, so that one follows"
            )
        );
    }
    assert_eq!(text.windows(1, 25).unwrap().in_order().count(), 1);
}

fn follows(batch: &TextBatch) {
    for (input, target) in batch.inputs().iter().zip(batch.targets()) {
        assert_eq!(input + 1, *target);
    }
    for row in batch.inputs().chunks(batch.time()) {
        assert!(row.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{row:?} has a gap");
    }
}

#[test]
fn windows_in_order_predict_each_character_once() {
    for time in 1..26 {
        for batch in 1..8 {
            let text = letters();
            let batches: Vec<_> = text.windows(batch, time).unwrap().in_order().collect();
            let targets: Vec<i32> =
                batches.iter().flat_map(|batch| batch.targets().to_vec()).collect();
            assert_eq!(targets, (1..26).collect::<Vec<i32>>(), "{batch} windows of {time}");
            batches.iter().for_each(follows);
            assert!(batches.iter().all(|one| one.len() <= batch && one.time() <= time));
        }
    }
}

#[test]
fn random_windows_start_everywhere_and_the_seed_decides() {
    let text = letters();
    let windows = text.windows(4, 23).unwrap();
    let starts = |seed| -> Vec<i32> {
        let batches: Vec<_> = windows.random(seed).take(50).collect();
        batches.iter().for_each(follows);
        let starts = |batch: &TextBatch| batch.inputs().chunks(23).map(|row| row[0]).collect();
        batches.iter().flat_map(|batch| -> Vec<i32> { starts(batch) }).collect()
    };
    let some = starts(0);
    assert_eq!(some.len(), 200);
    // 26 characters have 3 windows of 23 that something follows.
    for start in 0..3 {
        let share = some.iter().filter(|found| **found == start).count();
        assert!((40..100).contains(&share), "{share} of 200 start at {start}");
    }
    assert_eq!(some, starts(0));
    assert_ne!(some, starts(1));
}

#[test]
fn a_batch_is_two_tensors() {
    let text = letters();
    let batch = text.windows(3, 4).unwrap().in_order().next().unwrap();
    assert_eq!((batch.len(), batch.time()), (3, 4));
    let (inputs, targets) = batch.clone().into_tensors();
    assert_eq!(*inputs.dims(), [3, 4]);
    assert_eq!(*targets.dims(), [3, 4]);
    assert_eq!(
        (inputs.to_vec(), targets.to_vec()),
        (batch.inputs().to_vec(), batch.targets().to_vec())
    );
}
