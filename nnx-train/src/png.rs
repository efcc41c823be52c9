//! PNG files.

use std::io;

/// The bytes of a PNG file, of 1 byte for each pixel (grey) or 3 (RGB).
pub(crate) fn encode(width: usize, height: usize, pixels: &[u8], rgb: bool) -> io::Result<Vec<u8>> {
    let too_large = |_| io::Error::other("the picture is too large for a PNG file");
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(
        &mut bytes,
        u32::try_from(width).map_err(too_large)?,
        u32::try_from(height).map_err(too_large)?,
    );
    encoder.set_color(if rgb { ::png::ColorType::Rgb } else { ::png::ColorType::Grayscale });
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(bytes)
}
