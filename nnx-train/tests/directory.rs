//! Finding the four files of a data set in a directory.

mod common;

use std::fs;
use std::path::Path;

use common::{gzip, images, labels};
use nnx_core::size::{U2, U3, U10};
use nnx_train::{DataError, Dataset, TrainTest};
use tempfile::TempDir;

const TRAIN: [&str; 2] = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"];
const TEST: [&str; 2] = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

/// Writes images and their labels under these names, gzipped where the name says so.
fn put(folder: &Path, [images_name, labels_name]: [&str; 2], count: u8) {
    let classes: Vec<u8> = (0..count).collect();
    for (name, bytes) in [(images_name, images(count)), (labels_name, labels(&classes))] {
        let bytes = if name.ends_with(".gz") { gzip(&bytes) } else { bytes };
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// A folder with a training set of 3 and a test set of 2 images.
fn folder(train: [&str; 2], test: [&str; 2]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), train, 3);
    put(folder.path(), test, 2);
    folder
}

fn load(folder: &TempDir) -> Result<TrainTest<U2, U3, U10>, DataError> {
    TrainTest::from_directory(folder.path())
}

/// The message, the folder's path cut away.
fn refused(folder: &TempDir) -> String {
    let prefix = format!("{}: ", folder.path().display());
    load(folder).unwrap_err().to_string().replace(&prefix, "")
}

#[test]
fn sets_are_found_plain_gzipped_partial_and_with_a_dot_in_their_names() {
    let train_gz = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"];
    let train_24k = ["train24k-images-idx3-ubyte.gz", "train24k-labels-idx1-ubyte"];
    let test_gz = ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"];
    let train_dot = ["train-images.idx3-ubyte", "train-labels.idx1-ubyte"];
    let test_dot = ["t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"];
    let train_dot_gz = ["train-images.idx3-ubyte.gz", "train-labels.idx1-ubyte.gz"];
    let mixed = ["t10k-images.idx3-ubyte.gz", "t10k-labels-idx1-ubyte"];
    for (train, test) in [
        (TRAIN, TEST),
        (train_gz, test_gz),
        (train_24k, TEST),
        (train_dot, test_dot),
        (train_dot_gz, mixed),
        (["train24k-images.idx3-ubyte", "train24k-labels.idx1-ubyte"], test_dot),
    ] {
        let data = load(&folder(train, test)).unwrap();
        assert_eq!((data.train.len(), data.test.len()), (3, 2));
        assert_eq!(data.train.labels(), [0, 1, 2]);
        assert_eq!(data.train.image(2), [2; 6]);
    }
}

#[test]
fn labels_go_with_the_images_of_their_name() {
    let folder = folder(["train24k-images-idx3-ubyte", "train24k-labels-idx1-ubyte"], TEST);
    // The labels belong to the whole set, whose images aren't in the folder.
    fs::write(folder.path().join(TRAIN[1]), labels(&[9; 3])).unwrap();
    assert_eq!(load(&folder).unwrap().train.labels(), [0, 1, 2]);
}

#[test]
fn folders_named_like_a_file_are_passed_over() {
    let folder = folder(TRAIN, TEST);
    fs::create_dir(folder.path().join("train-old-images-idx3-ubyte")).unwrap();
    assert!(load(&folder).is_ok());
}

#[test]
fn no_such_directory() {
    let error = TrainTest::<U2, U3, U10>::from_directory("/nowhere/mnist").unwrap_err();
    assert_eq!(
        error.to_string(),
        "/nowhere/mnist: can't be read: No such file or directory (os error 2); \
         check the path and its permissions"
    );
}

#[test]
fn no_training_images() {
    let folder = folder(["notes.txt", "train-labels-idx1-ubyte"], TEST);
    assert_eq!(
        refused(&folder),
        "no file train*-images[-.]idx3-ubyte[.gz]; the directory holds notes.txt, \
         t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, train-labels-idx1-ubyte"
    );
}

#[test]
fn no_test_labels() {
    let folder = folder(TRAIN, [TEST[0], "labels"]);
    assert_eq!(
        refused(&folder),
        "no file t10k-labels[-.]idx1-ubyte[.gz]; the directory holds labels, \
         t10k-images-idx3-ubyte, train-images-idx3-ubyte, train-labels-idx1-ubyte"
    );
}

#[test]
fn empty_directory() {
    assert_eq!(
        refused(&tempfile::tempdir().unwrap()),
        "no file train*-images[-.]idx3-ubyte[.gz]; the directory holds no files"
    );
}

#[test]
fn crowded_directory() {
    let folder = tempfile::tempdir().unwrap();
    for name in 10..35 {
        fs::write(folder.path().join(name.to_string()), "").unwrap();
    }
    let error = refused(&folder);
    assert!(
        error.ends_with(
            "holds 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, \
                             25, 26, 27, 28, 29 and 5 more"
        ),
        "{error}"
    );
}

#[test]
fn two_training_sets() {
    let folder = folder(TRAIN, TEST);
    put(folder.path(), ["train24k-images-idx3-ubyte.gz", "train24k-labels-idx1-ubyte.gz"], 3);
    assert_eq!(
        refused(&folder),
        "several files train*-images[-.]idx3-ubyte[.gz]: train-images-idx3-ubyte, \
         train24k-images-idx3-ubyte.gz; keep one of them, or name the files with ImageSet::read"
    );
}

#[test]
fn packed_and_unpacked_labels() {
    let folder = folder(TRAIN, TEST);
    fs::write(folder.path().join("train-labels-idx1-ubyte.gz"), gzip(&labels(&[0; 3]))).unwrap();
    assert_eq!(
        refused(&folder),
        "several files train-labels[-.]idx1-ubyte[.gz]: train-labels-idx1-ubyte, \
         train-labels-idx1-ubyte.gz; keep one of them, or name the files with ImageSet::read"
    );
}

#[test]
fn names_with_a_hyphen_and_with_a_dot() {
    let folder = folder(TRAIN, TEST);
    put(folder.path(), ["train-images.idx3-ubyte", "train-labels.idx1-ubyte"], 3);
    assert_eq!(
        refused(&folder),
        "several files train*-images[-.]idx3-ubyte[.gz]: train-images-idx3-ubyte, \
         train-images.idx3-ubyte; keep one of them, or name the files with ImageSet::read"
    );
    // With another separator, or with text after the ending, it is a different name.
    for name in ["train-imagesidx3-ubyte", "train-images_idx3-ubyte", "train-images.idx3-ubyte.zip"]
    {
        let folder = self::folder([name, TRAIN[1]], TEST);
        assert!(
            refused(&folder).starts_with("no file train*-images[-.]idx3-ubyte[.gz];"),
            "{name}"
        );
    }
}

#[test]
fn a_bad_file_is_named_with_its_path() {
    let folder = folder(TRAIN, TEST);
    let path = folder.path().join(TEST[1]);
    fs::write(&path, labels(&[1, 11])).unwrap();
    let error = load(&folder).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: label 11 at index 1", path.display())), "{error}");
}
