//! Small IDX files, valid and invalid.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// An IDX file with the given type code, dimensions and values, whether they fit or not.
pub(crate) fn idx(code: u8, dims: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, dims.len() as u8];
    for dim in dims {
        bytes.extend(dim.to_be_bytes());
    }
    bytes.extend(values);
    bytes
}

/// `count` images of 2 x 3 pixels; the pixels of image i are all i.
pub(crate) fn images(count: u8) -> Vec<u8> {
    let pixels: Vec<u8> = (0..count).flat_map(|image| [image; 6]).collect();
    idx(8, &[u32::from(count), 2, 3], &pixels)
}

pub(crate) fn labels(labels: &[u8]) -> Vec<u8> {
    idx(8, &[labels.len() as u32], labels)
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
