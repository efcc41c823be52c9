//! Folders of PNG and JPEG files, valid and broken. Each message is compared word for word.
#![cfg(feature = "images")]

use std::fs;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage};
use nnx_core::size::{Size, U1, U2, U3, U4, U5, U6, U7, U8};
use nnx_train::{Channels, Dataset, Fit, Image, ImageFolder};
use tempfile::TempDir;

/// A picture of 8 x 6 (width x height): left half red, right half blue.
fn picture() -> RgbImage {
    RgbImage::from_fn(8, 6, |x, _| if x < 4 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 100]) })
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn decode<H: Size, W: Size, C: Channels>(bytes: &[u8], fit: Fit) -> Result<Image<H, W, C>, String> {
    Image::decode("a.png", bytes, fit).map_err(|error| error.to_string())
}

fn put(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn pets() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let png = encoded(picture(), ImageFormat::Png);
    put(folder.path(), "dogs/b.PNG", &png);
    put(folder.path(), "dogs/a.jpeg", &encoded(picture(), ImageFormat::Jpeg));
    put(folder.path(), "cats/c.png", &png);
    // These files are ignored.
    put(folder.path(), "cats/notes.txt", b"cats");
    put(folder.path(), "cats/.hidden.png", b"");
    put(folder.path(), ".cache/d.png", &png);
    put(folder.path(), "readme.png", &png);
    folder
}

#[test]
fn the_folders_are_the_classes() {
    let folder = pets();
    let set = ImageFolder::<U6, U8, U3, U2>::new(folder.path(), Fit::Exact).unwrap();
    assert_eq!((set.len(), set.classes()), (3, &["cats".to_owned(), "dogs".to_owned()][..]));
    let labels = set.keys(|(_, label)| label.index()).unwrap();
    assert_eq!(labels, [0, 1, 1]);
    let names: Vec<_> =
        (0..3).map(|i| set.path(i).unwrap().file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["c.png", "a.jpeg", "b.PNG"]);
    assert_eq!(set.get(0).unwrap().0.pixels(), picture().as_raw().as_slice());
    assert!(set.get(3).unwrap_err().to_string().starts_with("there is no item 3 in a set of 3"));
    // JPEG is lossy.
    let pairs = set.get(1).unwrap().0.into_pixels().into_iter().zip(picture().into_raw());
    assert!(pairs.map(|(a, b)| a.abs_diff(b)).max().unwrap() < 40);
}

#[test]
fn pictures_are_read_as_grey_or_rgb() {
    let png = encoded(picture(), ImageFormat::Png);
    let grey = decode::<U6, U8, U1>(&png, Fit::Exact).unwrap();
    assert_eq!((grey.pixels().len(), grey.pixels()[0] > grey.pixels()[7]), (48, true));
    let bytes = encoded(GrayImage::from_raw(2, 1, vec![7, 9]).unwrap(), ImageFormat::Png);
    assert_eq!(decode::<U1, U2, U3>(&bytes, Fit::Exact).unwrap().pixels(), [7, 7, 7, 9, 9, 9]);
}

#[test]
fn pictures_are_fitted_to_the_size_of_the_type() {
    let png = encoded(picture(), ImageFormat::Png);
    let red = |image: &[u8]| image.chunks(3).map(|pixel| pixel[0] > 100).collect::<Vec<_>>();
    let stretched = decode::<U2, U4, U3>(&png, Fit::Stretch).unwrap();
    assert_eq!(red(stretched.pixels()), [true, true, false, false].repeat(2));
    // 8 x 6 becomes 4 x 3, whose middle is 2 x 3.
    let cropped = decode::<U3, U2, U3>(&png, Fit::Crop).unwrap();
    assert_eq!(red(cropped.pixels()), [true, false].repeat(3));
    // 8 x 6 becomes 4 x 3 in a frame of 4 x 8: two and three rows of black.
    let padded = decode::<U8, U4, U3>(&png, Fit::Pad).unwrap();
    let dark: Vec<bool> =
        padded.pixels().chunks(12).map(|row| row.iter().all(|&byte| byte == 0)).collect();
    assert_eq!(dark, [true, true, false, false, false, true, true, true]);
    assert_eq!(
        decode::<U2, U2, U3>(&png, Fit::Exact).unwrap_err(),
        "a.png: expected 2 x 2 pixels (height x width), found 6 x 8; resize it by Fit::Stretch, Fit::Crop or Fit::Pad"
    );
}

#[test]
fn what_is_no_picture_is_refused() {
    let png = encoded(picture(), ImageFormat::Png);
    let refused = |bytes: &[u8]| decode::<U6, U8, U3>(bytes, Fit::Exact).unwrap_err();
    let fix = "; fetch or copy the file again, or leave it out";
    for bytes in [&b""[..], b"hello", b"\0\0\x08\x03"] {
        assert_eq!(
            refused(bytes),
            format!("a.png: expected a PNG or JPEG picture, found bytes of another format{fix}")
        );
    }
    for cut in [20, 40, png.len() / 2] {
        let message = refused(&png[..cut]);
        assert!(message.starts_with("a.png: expected a PNG or JPEG picture, found "), "{message}");
        assert!(message.ends_with(fix), "{message}");
    }
    let jpeg = encoded(picture(), ImageFormat::Jpeg);
    for cut in [20, jpeg.len() / 2] {
        let message = refused(&jpeg[..cut]);
        assert!(message.ends_with(fix) && !message.contains('\n'), "one line: {message}");
    }
    let gif = refused(b"GIF89a\x01\0\x01\0\0\0\0;");
    assert!(gif.starts_with("a.png: expected a PNG or JPEG picture, found "), "{gif}");
}

#[test]
fn a_header_that_asks_for_everything_is_refused_at_once() {
    // The width of a PNG is at byte 16. A changed width makes the checksum wrong, so the decoder fails by the limit or
    // by the checksum.
    let mut png = encoded(picture(), ImageFormat::Png);
    png[16..24].fill(0x7f);
    assert!(decode::<U6, U8, U3>(&png, Fit::Stretch).is_err());
    // A picture with a right checksum that is one pixel too wide.
    let wide = encoded(GrayImage::new((1 << 15) + 1, 1), ImageFormat::Png);
    let error = decode::<U1, U1, U1>(&wide, Fit::Stretch).unwrap_err();
    assert!(error.contains("exceeds limit"), "{error}");
}

#[test]
fn damaged_pictures_give_pixels_or_an_error() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let whole = encoded(picture(), format);
        for place in (0..whole.len()).step_by(3) {
            for value in [0, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[place] = value;
                if let Ok(image) = decode::<U6, U8, U3>(&bytes, Fit::Stretch) {
                    assert_eq!(image.pixels().len(), 144);
                }
            }
        }
    }
}

/// The decoder panics on it.
#[test]
fn a_palette_with_a_part_of_a_color_is_damaged_data() {
    let bytes = include_bytes!("fuzz/corpus/image/palette_of_674_bytes.png");
    let error = decode::<U5, U7, U3>(bytes, Fit::Exact).unwrap_err();
    assert_eq!(
        error,
        "a.png: expected a PNG or JPEG picture, found damaged data; fetch or copy the file again, or leave it out"
    );
}

#[test]
fn folders_that_do_not_fit_are_refused() {
    let folder = pets();
    let refused = |path: &Path| {
        let error = ImageFolder::<U6, U8, U3, U3>::new(path, Fit::Exact).unwrap_err().to_string();
        error.replace(&path.display().to_string(), "PETS")
    };
    let fix = "change the number of classes in the type, or the folders";
    assert_eq!(
        refused(folder.path()),
        format!("PETS: expected 3 folders, one for each class, found 2: cats, dogs; {fix}")
    );
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(
        refused(empty.path()),
        format!("PETS: expected 3 folders, one for each class, found none; {fix}")
    );
    fs::write(empty.path().join("1.png"), "a picture outside of a class").unwrap();
    assert_eq!(
        refused(empty.path()),
        format!(
            "PETS: expected 3 folders, one for each class, found none, but files such as 1.png; {fix}"
        )
    );
    for class in ["a", "b", "c"] {
        fs::create_dir(empty.path().join(class)).unwrap();
    }
    // A class without pictures is refused, even if the others have some.
    put(empty.path(), "a/1.png", b"its content isn't read yet");
    assert_eq!(
        refused(empty.path()),
        "PETS/b: holds no PNG or JPEG file; nothing can be learned or measured from an empty set"
    );
    assert!(refused(Path::new("/nowhere")).starts_with("PETS: can't be read: "));
}

#[test]
fn a_broken_file_is_named_or_skipped_and_counted() {
    let folder = pets();
    put(folder.path(), "cats/a.png", b"broken");
    let set = || ImageFolder::<U6, U8, U3, U2>::new(folder.path(), Fit::Exact).unwrap();
    let path = folder.path().join("cats/a.png").display().to_string();
    let error = set().loader(4).unwrap().epoch(0).next().unwrap().unwrap_err().to_string();
    assert!(error.starts_with(&format!("{path}: expected a PNG or JPEG picture")), "{error}");
    let loader = set().loader(4).unwrap().skip_broken().workers(2);
    let mut batches = loader.epoch(0);
    let (images, _) = batches.next().unwrap().unwrap();
    assert_eq!(images.dims()[0], 3);
    assert!(batches.skipped().to_string().starts_with(&format!("1 item skipped: {path}: ")));
}
