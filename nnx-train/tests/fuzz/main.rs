//! Fuzzing: damaged files of every format. A reader gives data or an error, never a panic, and doesn't take memory by
//! the word of a header.
//!
//! The files of `corpus` are read as they are, and with some hundred changes each. `cargo xtask fuzz 600` changes them for
//! 600 seconds for each reader, and writes the files that break one into `corpus`, where they stay as tests.

#[path = "../../../tests/io/allocation.rs"]
#[allow(dead_code, reason = "for other tests")]
mod allocation;
mod mutate;
mod readers;

use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};

use mutate::{Choices, mutated};
use readers::{Reader, readers};

/// The changed files of each reader in a run of all tests.
const FILES: u64 = 400;

fn corpus(reader: &Reader) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(reader.name)
}

/// The files that a reader starts from, in the order of their names.
fn seeds(reader: &Reader) -> Vec<Vec<u8>> {
    let files = fs::read_dir(corpus(reader)).expect("a folder of the corpus");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no corpus", reader.name);
    files.iter().map(|file| fs::read(file).expect("a file of the corpus")).collect()
}

thread_local! {
    /// Whether this thread is running a reader.
    static READING: Cell<bool> = const { Cell::new(false) };
}

/// Prints no message and no backtrace for a panic in a reader: it would be counted as memory of the reader, also if the
/// reader makes an error of the panic of another crate.
fn silence_readers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !READING.get() {
                print(panic);
            }
        }));
    });
}

/// The problem that a reader has with these bytes, if there is one.
fn fault(reader: &Reader, bytes: &[u8], path: &Path) -> Option<String> {
    silence_readers();
    READING.set(true);
    let run = || catch_unwind(AssertUnwindSafe(|| (reader.read)(bytes, path)));
    let (result, memory) = allocation::most(run);
    READING.set(false);
    let limit = reader.limit(bytes);
    if result.is_err() {
        return Some("it panics".to_owned());
    }
    (memory > limit).then(|| format!("it takes {memory} bytes, expected at most {limit}"))
}

/// Stops with the bytes that break a reader, which become a file of the corpus.
fn check(reader: &Reader, bytes: &[u8], path: &Path) {
    if let Some(fault) = fault(reader, bytes, path) {
        let hash =
            bytes.iter().fold(0u64, |hash, &x| (hash ^ u64::from(x)).wrapping_mul(0x100_0000_01b3));
        let file = corpus(reader).join(format!("broken-{hash:016x}"));
        fs::write(&file, bytes).expect("a file of the corpus");
        panic!("{}, {} bytes: {fault}; see {}", reader.name, bytes.len(), file.display());
    }
}

#[test]
fn the_corpus_and_files_near_it_are_read_or_refused() {
    let folder = tempfile::tempdir().expect("a directory");
    for reader in readers() {
        let (seeds, path) = (seeds(&reader), folder.path().join(reader.name));
        seeds.iter().for_each(|bytes| check(&reader, bytes, &path));
        for seed in 0..FILES {
            check(&reader, &mutated(&seeds, &mut Choices::new(seed)), &path);
        }
    }
}

/// `FUZZ_SECONDS` is the time for each reader, `FUZZ_READER` one of them alone.
#[test]
#[ignore = "takes minutes: cargo xtask fuzz"]
fn for_a_time() {
    let folder = tempfile::tempdir().expect("a directory");
    let variable = |name| std::env::var(name).ok();
    let seconds = variable("FUZZ_SECONDS").map_or(10, |text| text.parse().expect("seconds"));
    let only = variable("FUZZ_READER");
    // The parquet reader catches panics of its decoder, which would fill the screen.
    std::panic::set_hook(Box::new(|_| ()));
    for reader in
        readers().iter().filter(|reader| only.as_deref().is_none_or(|name| name == reader.name))
    {
        let (mut pool, path) = (seeds(reader), folder.path().join(reader.name));
        let files = pool.len();
        let (begin, mut count) = (Instant::now(), 0u64);
        let base = variable("FUZZ_SEED").map_or(1 << 32, |text| text.parse().expect("a number"));
        let result = catch_unwind(AssertUnwindSafe(|| {
            while begin.elapsed() < Duration::from_secs(seconds) {
                for _ in 0..100 {
                    let mut choices = Choices::new(base + count);
                    let bytes = mutated(&pool, &mut choices);
                    check(reader, &bytes, &path);
                    // Files that were changed already are changed again, which reaches deeper code; the files of the
                    // corpus stay.
                    if choices.below(50) == 0 && bytes.len() < 1 << 14 {
                        if pool.len() < 4 * files + 64 {
                            pool.push(bytes);
                        } else {
                            let old = files + choices.below(pool.len() - files);
                            pool[old] = bytes;
                        }
                    }
                    count += 1;
                }
            }
        }));
        match result {
            Ok(()) => eprintln!("{}: {count} files in {seconds} s, clean", reader.name),
            Err(fault) => {
                let text = fault.downcast_ref::<String>().cloned().unwrap_or_default();
                eprintln!("{}: after {count} files: {text}", reader.name);
                std::process::exit(1);
            }
        }
    }
}
