//! Pixels that move in their frame. All functions take a buffer `(H, W, C)`; pixels that come in are 0 (black).

use std::ops::Range;

/// Height, width and channels of an image.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
}

impl Frame {
    fn row(self) -> usize {
        self.width * self.channels
    }

    /// The image with left and right swapped.
    pub(super) fn flip_horizontal(self, pixels: &mut [u8]) {
        for row in pixels.chunks_exact_mut(self.row().max(1)) {
            let (mut left, mut right) = (0, self.width.saturating_sub(1));
            while left < right {
                for channel in 0..self.channels {
                    row.swap(left * self.channels + channel, right * self.channels + channel);
                }
                left += 1;
                right -= 1;
            }
        }
    }

    /// The image with top and bottom swapped.
    pub(super) fn flip_vertical(self, pixels: &mut [u8]) {
        let row = self.row();
        for top in 0..self.height / 2 {
            let bottom = self.height - 1 - top;
            let (above, below) = pixels.split_at_mut(bottom * row);
            above[top * row..][..row].swap_with_slice(&mut below[..row]);
        }
    }

    /// The image moved down and right; negative is up and left.
    pub(super) fn shift(self, pixels: &[u8], down: isize, right: isize) -> Vec<u8> {
        let mut moved = vec![0; pixels.len()];
        let row = self.row();
        let enters = self.width.min(right.max(0).unsigned_abs()) * self.channels;
        let leaves = self.width.min(right.min(0).unsigned_abs()) * self.channels;
        let stays = row - enters.max(leaves);
        for y in 0..self.height {
            let source = y.checked_add_signed(-down).filter(|&source| source < self.height);
            if let Some(source) = source {
                let from = &pixels[source * row + leaves..][..stays];
                moved[y * row + enters..][..stays].copy_from_slice(from);
            }
        }
        moved
    }

    /// The image turned about its center, anticlockwise, by bilinear interpolation.
    pub(super) fn rotate(self, pixels: &[u8], degrees: f32) -> Vec<u8> {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let center_y = (self.height as f32 - 1.0) / 2.0;
        let center_x = (self.width as f32 - 1.0) / 2.0;
        let mut turned = vec![0; pixels.len()];
        for y in 0..self.height {
            for x in 0..self.width {
                let (dy, dx) = (y as f32 - center_y, x as f32 - center_x);
                let source_y = center_y + cosine * dy + sine * dx;
                let source_x = center_x - sine * dy + cosine * dx;
                let place = (y * self.width + x) * self.channels;
                for channel in 0..self.channels {
                    turned[place + channel] = self.sample(pixels, source_y, source_x, channel);
                }
            }
        }
        turned
    }

    /// Bilinear interpolation between pixels.
    fn sample(self, pixels: &[u8], y: f32, x: f32, channel: usize) -> u8 {
        let (top, left) = (y.floor(), x.floor());
        let (down, right) = (y - top, x - left);
        let corner = |dy: f32, dx: f32| {
            let (y, x) = (top + dy, left + dx);
            let inside = y >= 0.0 && x >= 0.0 && y < self.height as f32 && x < self.width as f32;
            if !inside {
                return 0.0;
            }
            f32::from(pixels[(y as usize * self.width + x as usize) * self.channels + channel])
        };
        let above = corner(0.0, 0.0) * (1.0 - right) + corner(0.0, 1.0) * right;
        let below = corner(1.0, 0.0) * (1.0 - right) + corner(1.0, 1.0) * right;
        (above * (1.0 - down) + below * down).round() as u8
    }

    /// Sets the pixels of a rectangle within the image to 0.
    pub(super) fn blacken(self, pixels: &mut [u8], rows: Range<usize>, columns: Range<usize>) {
        let (start, end) = (columns.start * self.channels, columns.end * self.channels);
        for y in rows {
            pixels[y * self.row()..][start..end.max(start)].fill(0);
        }
    }

    /// The rectangle that starts at `top` and `left`, with the height and width of the result type. It must be within
    /// the image.
    pub(super) fn crop(self, pixels: &[u8], top: usize, left: usize, to: Self) -> Vec<u8> {
        let rows = (top..top + to.height)
            .map(|y| &pixels[y * self.row() + left * self.channels..][..to.width * self.channels]);
        rows.flatten().copied().collect()
    }
}
