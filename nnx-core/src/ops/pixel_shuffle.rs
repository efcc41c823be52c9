//! Channels rearranged into blocks of pixels, and back: composed of reshapes and a permutation.

use super::DynTensor;
use super::spatial::stretched;
use super::windows::image;

impl DynTensor {
    /// Images `(B, .., r C)` with the channels of each pixel rearranged into a block of r pixels, where r is the
    /// product of `factors`: `(B, .., C)` with spatial axis i `factors[i]` times as long (`nn.PixelShuffle`). Channel
    /// `c r + i` is pixel i of the block, in row-major order, of output channel c.
    ///
    /// # Panics
    /// If there isn't a factor for each spatial axis, a factor is 0, or r doesn't divide the channels.
    #[must_use]
    #[track_caller]
    pub fn pixel_shuffle(self, factors: &[usize]) -> Self {
        self.check_image("pixel_shuffle", factors.len());
        let (dims, axes) = (self.dims(), factors.len());
        let channels = self.last_size();
        let block: usize = factors.iter().product();
        assert!(
            block != 0 && channels.is_multiple_of(block),
            "`pixel_shuffle` makes blocks of {block} pixels of {channels} channels: the block must divide them"
        );
        let channels = channels / block;
        let mut sizes = Vec::with_capacity(axes);
        for (&n, &factor) in dims[1..=axes].iter().zip(factors) {
            sizes.push(stretched("pixel_shuffle", n, factor, 0));
        }
        // (B, H, W, C, r, s) to (B, H, r, W, s, C).
        let apart: Vec<usize> =
            dims[..=axes].iter().chain(&[channels]).chain(factors).copied().collect();
        let pairs = (1..=axes).flat_map(|i| [i, axes + 1 + i]);
        let order: Vec<usize> = [0].into_iter().chain(pairs).chain([axes + 1]).collect();
        self.reshape(&apart).permute(&order).reshape(&image(dims[0], &sizes, channels))
    }

    /// Images `(B, .., C)` with the pixels of each block of `factors` rearranged into channels: the inverse of
    /// [`pixel_shuffle`](Self::pixel_shuffle) (`nn.PixelUnshuffle`).
    ///
    /// # Panics
    /// If there isn't a factor for each spatial axis, or a factor doesn't divide its axis.
    #[must_use]
    #[track_caller]
    pub fn pixel_unshuffle(self, factors: &[usize]) -> Self {
        self.check_image("pixel_unshuffle", factors.len());
        let (dims, axes) = (self.dims(), factors.len());
        for (&n, &factor) in dims[1..=axes].iter().zip(factors) {
            assert!(
                factor != 0 && n.is_multiple_of(factor),
                "`pixel_unshuffle` cuts an axis of {n} pixels into blocks of {factor}: the block must divide it"
            );
        }
        let sizes: Vec<usize> = dims[1..=axes].iter().zip(factors).map(|(n, f)| n / f).collect();
        let block: usize = factors.iter().product();
        let channels = stretched("pixel_unshuffle", self.last_size(), block, 0);
        // (B, H, r, W, s, C) to (B, H, W, C, r, s).
        let pairs: Vec<usize> = sizes.iter().zip(factors).flat_map(|(&n, &f)| [n, f]).collect();
        let apart = image(dims[0], &pairs, self.last_size());
        let positions = (0..axes).map(|i| 2 * i + 1);
        let blocks = (0..axes).map(|i| 2 * i + 2);
        let order: Vec<usize> =
            [0].into_iter().chain(positions).chain([2 * axes + 1]).chain(blocks).collect();
        self.reshape(&apart).permute(&order).reshape(&image(dims[0], &sizes, channels))
    }
}
