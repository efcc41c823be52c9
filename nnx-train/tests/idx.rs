//! Valid and untrusted files in the IDX format. Each error message is compared word for word.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{gzip, idx, images, labels};
use nnx_core::size::{U0, U2, U3, U9, U10};
use nnx_train::{IdxImages, IdxLabels, ImageSet};
use tempfile::TempDir;

/// A folder with one file of the given bytes.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// The error of reading these bytes as a file of images, without the path.
fn refused(bytes: &[u8]) -> String {
    let (_folder, path) = file("images", bytes);
    let error = IdxImages::read(&path).unwrap_err().to_string();
    let prefix = format!("{}: ", path.display());
    error.strip_prefix(&prefix).expect("the message starts with the path").to_owned()
}

/// The error of reading them as a set of 2 x 3 images in ten classes.
fn set_refused(images: &[u8], labels: &[u8]) -> String {
    ImageSet::<U2, U3, U10>::from_bytes("tiny", images, labels).unwrap_err().to_string()
}

#[test]
fn plain_and_gzipped_files_give_the_same_images() {
    // The names contradict the bytes.
    let (_plain_folder, plain) = file("images.gz", &images(3));
    let (_packed_folder, packed) = file("images", &gzip(&images(3)));
    let read = IdxImages::read(plain).unwrap();
    assert_eq!((read.count, read.height, read.width), (3, 2, 3));
    assert_eq!(read.pixels, [[0; 6], [1; 6], [2; 6]].as_flattened());
    assert_eq!(IdxImages::read(packed).unwrap(), read);
}

#[test]
fn a_file_of_several_gzip_members_is_read_to_its_end() {
    let (first, second) = (images(3)[..20].to_vec(), images(3)[20..].to_vec());
    let members = [gzip(&first), gzip(&second)].concat();
    let (_folder, path) = file("images.gz", &members);
    assert_eq!(IdxImages::read(path).unwrap().pixels.len(), 18);
}

#[test]
fn gzipped_files_filled_up_with_zeros_are_read() {
    let whole = IdxImages::from_bytes("whole", &images(3)).unwrap();
    for zeros in [1, 2, 511, 512, 10_240, 100_000] {
        let (_folder, path) = file("images.gz", &[gzip(&images(3)), vec![0; zeros]].concat());
        assert_eq!(IdxImages::read(path).unwrap(), whole, "{zeros} zeros");
    }
    // Zeros after plain data are excess values, and other bytes after packed data are damage.
    assert!(refused(&[images(3), vec![0; 512]].concat()).starts_with("longer than"));
    assert_eq!(
        refused(&[gzip(&images(3)), vec![0, 7]].concat()),
        "the gzip data is damaged: unexpected end of file; fetch or copy the file again"
    );
    assert_eq!(
        refused(&[gzip(&images(3)), vec![0; 9], vec![7; 99]].concat()),
        "the gzip data is damaged: invalid gzip header; fetch or copy the file again"
    );
}

#[test]
fn labels_are_read() {
    let (_folder, path) = file("labels", &labels(&[5, 0, 4]));
    assert_eq!(IdxLabels::read(path).unwrap().labels, [5, 0, 4]);
}

#[test]
fn missing_file() {
    let (folder, _) = file("other", b"");
    let path = folder.path().join("gone");
    let error = IdxImages::read(&path).unwrap_err().to_string();
    let path = path.display();
    assert_eq!(
        error,
        format!(
            "{path}: can't be read: No such file or directory (os error 2); \
             check the path and its permissions"
        )
    );
}

#[test]
fn directory_instead_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = IdxLabels::read(folder.path()).unwrap_err().to_string();
    let expected = "can't be read: it is a directory, not a regular file; name a regular file";
    assert!(error.ends_with(expected), "{error}");
}

/// Opening a FIFO waits for a writer, and a device may have no end.
#[cfg(unix)]
#[test]
fn fifos_and_devices_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("images.gz");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for (path, found) in [(fifo.as_path(), "a FIFO"), ("/dev/zero".as_ref(), "a device")] {
        let expected = format!(
            "{}: can't be read: it is {found}, not a regular file; name a regular file",
            path.display()
        );
        assert_eq!(IdxImages::read(path).unwrap_err().to_string(), expected);
        assert_eq!(IdxLabels::read(path).unwrap_err().to_string(), expected);
        assert_eq!(nnx_train::TextSet::<U9>::read(path).unwrap_err().to_string(), expected);
    }
}

#[test]
fn foreign_file() {
    assert_eq!(
        refused(b"\x89PNG\r\n"),
        "not an IDX file: it starts with 89 50 4e 47, expected 00 00 08 03 (images); \
         check that this is the right file"
    );
    assert_eq!(
        refused(&[0, 0, 8]),
        "not an IDX file: it starts with 00 00 08, expected 00 00 08 03 (images); \
         check that this is the right file"
    );
    assert_eq!(
        refused(&[]),
        "not an IDX file: it is empty, expected 00 00 08 03 (images); \
         check that this is the right file"
    );
    // A gzipped empty file, and a type code that doesn't exist in the format.
    assert!(refused(&gzip(&[])).starts_with("not an IDX file: it is empty"));
    assert!(refused(&idx(7, &[1, 2, 3], &[0; 6])).starts_with("not an IDX file: it starts"));
}

#[test]
fn labels_instead_of_images() {
    assert_eq!(
        refused(&labels(&[1, 2])),
        "holds labels, expected images; check that images and labels aren't swapped"
    );
}

#[test]
fn images_instead_of_labels() {
    assert_eq!(
        set_refused(&images(2), &images(2)),
        "tiny labels: holds images, expected labels; \
         check that images and labels aren't swapped"
    );
}

#[test]
fn wrong_rank() {
    assert_eq!(
        refused(&idx(8, &[1, 2, 3, 4], &[0; 24])),
        "holds an array of 4 dimensions, expected images; \
         check that images and labels aren't swapped"
    );
}

#[test]
fn wrong_element_type() {
    let names = [
        (0x09, "signed bytes"),
        (0x0b, "16-bit integers"),
        (0x0c, "32-bit integers"),
        (0x0d, "32-bit floats"),
        (0x0e, "64-bit floats"),
    ];
    for (code, name) in names {
        assert_eq!(
            refused(&idx(code, &[1, 2, 3], &[0; 48])),
            format!(
                "holds {name} (IDX type {code:#04x}), expected unsigned bytes (0x08); \
                 convert the values to 0..=255"
            )
        );
    }
}

#[test]
fn header_cut_short() {
    assert_eq!(
        refused(&images(1)[..11]),
        "cut short: 16 bytes expected by its header, 11 found (unpacked); \
         fetch or copy the file again"
    );
}

#[test]
fn values_cut_short() {
    let bytes = images(3);
    let message = "cut short: 34 bytes expected by its header, 33 found (unpacked); \
                   fetch or copy the file again";
    assert_eq!(refused(&bytes[..33]), message);
    assert_eq!(refused(&gzip(&bytes[..33])), message);
}

#[test]
fn more_values_than_the_header_says() {
    let bytes = [images(3), vec![0]].concat();
    let message = "longer than the 34 bytes expected by its header (unpacked); \
                   header and values don't belong together, fetch or copy the file again";
    assert_eq!(refused(&bytes), message);
    assert_eq!(refused(&gzip(&bytes)), message);
}

#[test]
fn unpacking_stops_one_byte_after_what_the_header_says() {
    // The damage is a megabyte after that byte: a reader that continues would find it.
    let mut packed = gzip(&[images(1), vec![7; 1 << 20]].concat());
    let checksum = packed.len() - 8;
    packed[checksum] ^= 1;
    assert!(refused(&packed).starts_with("longer than the 22 bytes"));
}

#[test]
fn header_that_asks_for_everything() {
    let max = u32::MAX;
    assert_eq!(
        refused(&idx(8, &[max, max, max], &[])),
        "the header asks for 4294967295 x 4294967295 x 4294967295 values, \
         more than the limit of 1073741824; the file is damaged, or has to be split"
    );
    // One above the limit, and the limit itself, for which no memory is allocated before the bytes are read.
    assert!(refused(&idx(8, &[(1 << 30) + 1, 1, 1], &[])).contains("more than the limit"));
    assert!(refused(&idx(8, &[1 << 30, 1, 1], &[])).starts_with("cut short"));
}

#[test]
fn damaged_gzip_data() {
    let mut damaged = gzip(&images(9));
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    assert_eq!(
        refused(&damaged),
        "the gzip data is damaged: corrupt gzip stream does not have a matching checksum; \
         fetch or copy the file again"
    );
}

#[test]
fn gzip_data_cut_anywhere_is_refused() {
    let whole = gzip(&images(9));
    for length in 2..whole.len() {
        let error = refused(&whole[..length]);
        assert!(error.starts_with("the gzip data is damaged"), "{length}: {error}");
    }
}

#[test]
fn no_damaged_byte_makes_it_panic() {
    // All single-byte damage to a small plain and a small gzipped file: the result is an error or different pixels.
    for whole in [images(2), gzip(&images(2))] {
        for place in 0..whole.len() {
            for value in 0..=255 {
                let mut bytes = whole.clone();
                bytes[place] = value;
                if let Ok(read) = IdxImages::from_bytes("damaged", &bytes) {
                    assert_eq!(read.pixels.len(), read.count * read.height * read.width);
                }
            }
        }
    }
}

#[test]
fn wrong_image_size() {
    assert_eq!(
        set_refused(&idx(8, &[1, 3, 2], &[0; 6]), &labels(&[0])),
        "tiny images: images of 3 x 2 pixels (height x width), expected 2 x 3; \
         resize the images, or load them as an ImageSet<dim!(3), dim!(2), ..>"
    );
}

#[test]
fn pixels_that_are_not_whole_images() {
    let error = ImageSet::<U2, U3, U10>::new(vec![0; 8], vec![1]).unwrap_err().to_string();
    assert_eq!(
        error,
        "the given images: 8 pixels aren't whole images of 2 x 3; give height * width bytes for each image"
    );
    let of_size_zero = ImageSet::<U0, U3, U10>::new(vec![0; 8], vec![1]).unwrap_err().to_string();
    assert!(of_size_zero.contains("8 pixels aren't whole images of 0 x 3"), "{of_size_zero}");
    assert!(ImageSet::<U0, U3, U10>::new(Vec::new(), Vec::new()).is_err());
}

#[test]
fn different_numbers_of_images_and_labels() {
    assert_eq!(
        set_refused(&images(3), &labels(&[0, 1])),
        "tiny images: 3 images, but 2 labels in tiny labels; \
         check that both belong to the same set"
    );
}

#[test]
fn label_that_is_not_a_class() {
    assert_eq!(
        set_refused(&images(3), &labels(&[0, 9, 10])),
        "tiny labels: label 10 at index 2, expected less than 10 (the number of classes); \
         check the file, or load it as an ImageSet<.., dim!(11)>"
    );
}

#[test]
fn no_image() {
    assert_eq!(
        set_refused(&images(0), &labels(&[])),
        "tiny images: holds no image; nothing can be learned or measured from an empty set"
    );
}
