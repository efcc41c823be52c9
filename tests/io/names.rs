//! Paths that can't be names in a file are refused when they are saved, not when they are loaded.

use std::collections::BTreeMap;
use std::fs;

use nnx::io::{self, CheckpointError};
use nnx::module::{Entry, Key, KindId, Path};
use nnx::prelude::*;
use nnx::random::Key as RandomKey;

use crate::{listed, place, same};

fn entry() -> Entry {
    Entry {
        kind: KindId::of::<kind::Param>(),
        array: Param::new(Tensor::<shape![2]>::ones()).value().array().clone(),
    }
}

fn path(keys: &[Key]) -> Path {
    keys.iter().fold(Path::default(), |path, key| path.join(key.clone()))
}

fn name(text: &str) -> Key {
    Key::Name(text.into())
}

/// The error of saving a state with a variable at this path, without the file's name. An older file stays.
fn refused(keys: &[Key]) -> String {
    let (directory, file) = place();
    fs::write(&file, "an older model").expect("a file");
    let state: State = [(path(keys), entry())].into_iter().collect();
    let error = io::save_state(&state, &file).expect_err("no name");
    assert!(matches!(error, nnx::Error::Checkpoint(CheckpointError::Name { .. })), "{error:?}");
    assert_eq!(fs::read_to_string(&file).expect("the file"), "an older model");
    assert_eq!(listed(&directory), ["model.safetensors"]);
    let start = format!("{}: ", file.display());
    error.to_string().strip_prefix(&start).expect("the file's name").to_owned()
}

#[test]
fn the_name_that_the_format_keeps_for_itself() {
    let expected = "variable `__metadata__` can't be saved: the format keeps this name for itself; \
                    rename the field, or the key of the map";
    assert_eq!(refused(&[name("__metadata__")]), expected);

    let (_directory, file) = place();
    let param = || Param::<shape![2]>::new(Tensor::ones());
    let mut model = BTreeMap::from([("__metadata__".to_owned(), param())]);
    let error = io::save(&model, &file).expect_err("no name").to_string();
    assert_eq!(error, format!("{}: {expected}", file.display()));
    assert!(!file.exists());
    // At a deeper level it is a normal part of a name.
    model.clear();
    let mut deeper = BTreeMap::from([(
        "layer".to_owned(),
        BTreeMap::from([("__metadata__".to_owned(), param())]),
    )]);
    io::save(&deeper, &file).expect("saved");
    io::load(&mut deeper, &file).expect("loaded");
}

#[test]
fn keys_that_a_name_would_be_read_as_others() {
    let said = |path: &str| {
        format!(
            "variable `{path}` can't be saved: its name would be read as another path; a key that is a \
             number has to be a `Key::Index`, not a `Key::Name`"
        )
    };
    assert_eq!(refused(&[name("0"), name("kernel")]), said("0/kernel"));
}

#[test]
fn a_name_that_is_too_long() {
    let keys: Vec<Key> = (0..10_000).map(|_| name("encoder")).collect();
    let text = refused(&keys);
    assert!(text.starts_with("variable `encoder/encoder/"), "{text}");
    assert!(text.len() < 400, "{text}");
    let end = ".. (79999 bytes)` can't be saved: has a name of 79999 bytes, expected at most 65536";
    assert!(text.ends_with(end), "{text}");
}

/// For any keys of a state: saving is refused, or loading gives the same state.
#[test]
fn what_is_saved_can_be_loaded() {
    let texts =
        ["a", "b", "0", "1", "007", "", "a/b", "/", "__metadata__", "ü", "\"", "\\", "\n", "\u{0}"];
    let (_directory, file) = place();
    let (mut saved, mut refused) = (0, 0);
    for seed in 0..400 {
        let bits = RandomKey::new(seed).bits(12);
        let mut state = State::default();
        for variable in bits.chunks(4) {
            let keys = variable[1..=1 + variable[0] as usize % 3].iter().map(|&bits| {
                let choice = bits as usize % (texts.len() + 2);
                texts
                    .get(choice)
                    .map_or(Key::Index(choice - texts.len().min(choice)), |text| name(text))
            });
            state.insert(path(&keys.collect::<Vec<_>>()), entry());
        }
        match io::save_state(&state, &file) {
            Ok(()) => {
                saved += 1;
                assert!(same(&io::load_state(&file).expect("loaded"), &state), "seed {seed}");
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("can't be saved: "), "{error}");
            }
        }
    }
    assert!(saved > 20 && refused > 20, "{saved} saved, {refused} refused");
}
