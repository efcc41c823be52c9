//! The images of MNIST in `data/mnist`.

use nnx_core::size::{U1, U2, U10, U28};
use nnx_train::{Dataset, ImageSet, Mnist, Normalize};

const MNIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mnist");
const FASHION_MNIST: &str = "/usr/share/datasets/fashion-mnist";

/// How often each class occurs.
fn counts(set: &ImageSet<U28, U28, U10>) -> [usize; 10] {
    let mut counts = [0; 10];
    for &label in set.labels() {
        counts[usize::from(label)] += 1;
    }
    counts
}

/// Mean and deviation of the pixels, to the digits of the constants: black and white are normalised to the same values.
fn assert_measures(set: &ImageSet<U28, U28, U10>, expected: Normalize, tolerance: f32) {
    let extremes = nnx_train::Image::<U1, U2>::new(vec![0, 255]).unwrap();
    let values = |normalize: Normalize| normalize.apply(&extremes).to_vec();
    let (found, expected) = (values(Normalize::measure(set).unwrap()), values(expected));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < tolerance, "{found} is far from {expected}");
    }
}

#[test]
fn mnist_from_its_directory() {
    let data = Mnist::from_directory(MNIST).unwrap();
    assert_eq!((data.train.len(), data.test.len()), (24_000, 10_000));
    assert_eq!(data.train.labels()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(data.test.labels()[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // The published class counts of the test set.
    assert_eq!(counts(&data.test), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    // The first digit, a five, as the pixels above half of the maximum.
    let five = data.train.image(0);
    let ink = |row: usize| -> String {
        five[row * 28..][..28].iter().map(|&pixel| if pixel > 127 { '#' } else { '.' }).collect()
    };
    assert_eq!(ink(0), ".".repeat(28));
    assert_eq!(ink(8), "........##########..........");
    assert_measures(&data.train, Normalize::MNIST, 0.02);
}

#[test]
fn mnist_from_bytes_is_the_same() {
    let read = |name: &str| std::fs::read(format!("{MNIST}/{name}")).unwrap();
    let embedded = Mnist::from_bytes(
        &read("train24k-images-idx3-ubyte.gz"),
        &read("train24k-labels-idx1-ubyte.gz"),
        &read("t10k-images-idx3-ubyte.gz"),
        &read("t10k-labels-idx1-ubyte.gz"),
    );
    assert_eq!(embedded.unwrap(), Mnist::from_directory(MNIST).unwrap());
}

#[test]
fn swapped_bytes_say_which() {
    let read = |name: &str| std::fs::read(format!("{MNIST}/{name}")).unwrap();
    let images = read("t10k-images-idx3-ubyte.gz");
    let labels = read("t10k-labels-idx1-ubyte.gz");
    let error = Mnist::from_bytes(&images, &labels, &labels, &images).unwrap_err();
    assert_eq!(
        error.to_string(),
        "test images: holds labels, expected images; \
         check that images and labels aren't swapped"
    );
}

#[test]
#[ignore = "needs Debian's package dataset-fashion-mnist"]
fn fashion_mnist_from_its_directory() {
    let data = Mnist::from_directory(FASHION_MNIST).unwrap();
    assert_eq!((data.train.len(), data.test.len()), (60_000, 10_000));
    assert_eq!(counts(&data.train), [6_000; 10]);
    assert_eq!(counts(&data.test), [1_000; 10]);
    assert_measures(&data.train, Normalize::FASHION_MNIST, 0.001);
}
