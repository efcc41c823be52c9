//! Moving an image in its frame.

use std::iter::repeat_n;

/// The number of pixels by which an image moves; negative is up and left.
#[derive(Clone, Copy)]
pub(crate) struct Shift {
    pub(crate) down: isize,
    pub(crate) right: isize,
}

/// Appends the pixels of a moved image with rows of `width` pixels, each looked up in `table`.
///
/// Pixels that leave the frame are lost, and the new ones are background (byte 0). The shift is less than the
/// width of the image.
pub(crate) fn push_shifted(
    image: &[u8],
    width: usize,
    shift: Shift,
    table: &[f32; 256],
    pixels: &mut Vec<f32>,
) {
    let background = table[0];
    let enters_left = shift.right.max(0).unsigned_abs();
    let leaves_left = shift.right.min(0).unsigned_abs();
    let rows: Vec<&[u8]> = image.chunks_exact(width).collect();
    for y in 0..rows.len() {
        match y.checked_add_signed(-shift.down).and_then(|y| rows.get(y)) {
            Some(row) => {
                let stays = &row[leaves_left..width - enters_left];
                pixels.extend(repeat_n(background, enters_left));
                pixels.extend(stays.iter().map(|&byte| table[usize::from(byte)]));
                pixels.extend(repeat_n(background, leaves_left));
            }
            None => pixels.extend(repeat_n(background, width)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_moves_down_and_left_and_background_comes_in_normalised() {
        let table = std::array::from_fn(|byte| byte as f32 - 0.5);
        let image = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        let mut pixels = Vec::new();
        push_shifted(&image, 3, Shift { down: 1, right: -2 }, &table, &mut pixels);
        let expected = [[-0.5, -0.5, -0.5], [2.5, -0.5, -0.5], [5.5, -0.5, -0.5]];
        assert_eq!(pixels, expected.as_flattened());
    }
}
