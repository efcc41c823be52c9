//! A Parquet file that pyarrow wrote, and broken ones; `data/README.md` says how it was made.
#![cfg(feature = "parquet")]

use std::fs;

use nnx_train::{Dataset, Parquet};
use serde::Deserialize;

const PEOPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/people.parquet");

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Person {
    age: Option<f64>,
    city: String,
}

#[test]
fn rows_are_read_by_the_names_of_their_columns() {
    let people = Parquet::new().read::<Person>(PEOPLE).unwrap();
    assert_eq!(people.len(), 3);
    assert_eq!(people.get(0).unwrap(), Person { age: Some(31.5), city: "Rome".into() });
    assert_eq!(people.get(1).unwrap().age, None);
}

#[test]
fn a_broken_value_is_named_with_its_row_and_column() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Strict {
        age: f64,
    }
    let error = Parquet::new().read::<Strict>(PEOPLE).unwrap_err().to_string();
    assert_eq!(error, format!("{PEOPLE}: row 2, column `age`: expected a number, found null"));
    let rows = Parquet::new().skip_broken().read::<Strict>(PEOPLE).unwrap();
    assert_eq!((rows.as_slice().len(), rows.skipped().count()), (2, 1));
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Other {
        name: String,
    }
    let error = Parquet::new().read::<Other>(PEOPLE).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{PEOPLE}: row 1: expected a field `name`, found none; check its name, or make it an `Option` if it may be \
             missing"
        )
    );
}

#[test]
fn a_compression_that_is_not_read_is_named() {
    const ZSTD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/people_zstd.parquet");
    let error = Parquet::new().read::<Person>(ZSTD).unwrap_err().to_string();
    let expected = "expected columns in the compression snappy or gzip, or in none, found ZSTD(ZstdLevel(1)); write it \
                    with the compression snappy";
    assert_eq!(error, format!("{ZSTD}: {expected}"));
}

#[test]
fn damaged_files_are_refused_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.parquet");
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        Parquet::new().read::<Person>(&path)
    };
    let whole = fs::read(PEOPLE).unwrap();
    for length in (0..whole.len()).step_by(45) {
        let error = read(&whole[..length]).unwrap_err().to_string();
        assert!(error.contains(": expected a whole Parquet file, found "), "{error}");
        assert!(error.ends_with("; fetch or copy the file again"), "{error}");
    }
    for place in (0..whole.len()).step_by(11) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x41;
        let _ = read(&bytes);
    }
    assert!(
        Parquet::new()
            .read::<Person>("/nowhere")
            .unwrap_err()
            .to_string()
            .starts_with("/nowhere: can't")
    );
}
