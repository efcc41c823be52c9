//! Random changes of images, for training. They draw from the stream of [`Loader::augment`](crate::Loader::augment).

use nnx_core::size::{Fits, Size};

use super::Image;
use super::geometry::Frame;
use crate::Random;

impl<H: Size, W: Size, C: Size> Image<H, W, C> {
    const FRAME: Frame = Frame { height: H::USIZE, width: W::USIZE, channels: C::USIZE };

    /// Swaps left and right with a probability of one half (torchvision's `RandomHorizontalFlip`).
    ///
    /// ```
    /// use nnx_core::size::{U1, U2};
    /// use nnx_train::{Image, Random};
    ///
    /// let image = Image::<U1, U2>::new(vec![1, 2])?;
    /// assert_eq!(image.flip_horizontal().pixels(), [2, 1]);
    /// # let _ = Image::<U1, U2>::new(vec![1, 2])?.random_flip(&mut Random::new(0));
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    #[must_use]
    pub fn random_flip(self, random: &mut Random) -> Self {
        if random.chance(0.5) { self.flip_horizontal() } else { self }
    }

    /// The image with left and right swapped.
    #[must_use]
    pub fn flip_horizontal(mut self) -> Self {
        Self::FRAME.flip_horizontal(&mut self.pixels);
        self
    }

    /// The image with top and bottom swapped.
    #[must_use]
    pub fn flip_vertical(mut self) -> Self {
        Self::FRAME.flip_vertical(&mut self.pixels);
        self
    }

    /// Moves the image by a random number of rows and of columns, each from −`most` to `most`. New pixels are black;
    /// pixels that leave the frame are lost. `most` should be well below the smaller side, so that the content
    /// stays in the frame.
    #[must_use]
    pub fn random_shift(self, most: usize, random: &mut Random) -> Self {
        let most = most.min(H::USIZE.max(W::USIZE));
        let mut draw = || random.below(2 * most + 1).cast_signed() - most.cast_signed();
        let (down, right) = (draw(), draw());
        self.shift(down, right)
    }

    /// The image moved down and right; negative is up and left.
    #[must_use]
    pub fn shift(self, down: isize, right: isize) -> Self {
        Self::trusted(Self::FRAME.shift(&self.pixels, down, right))
    }

    /// Turns the image about its center by an angle from −`most` to `most` degrees (torchvision's
    /// `RandomRotation`), by bilinear interpolation. New pixels are black.
    #[must_use]
    pub fn random_rotation(self, most: f32, random: &mut Random) -> Self {
        let degrees = random.between(-most, most);
        self.rotate(degrees)
    }

    /// The image turned about its center by an angle in degrees, anticlockwise. An angle that isn't finite changes
    /// nothing.
    #[must_use]
    pub fn rotate(self, degrees: f32) -> Self {
        if degrees == 0.0 || !degrees.is_finite() {
            return self;
        }
        Self::trusted(Self::FRAME.rotate(&self.pixels, degrees))
    }

    /// Cuts a part of H2 × W2 pixels out, at a random place (torchvision's `RandomCrop`).
    ///
    /// ```
    /// use nnx_core::size::{U2, U3};
    /// use nnx_train::{Image, Random};
    ///
    /// let image = Image::<U3, U3>::new((0..9).collect())?;
    /// let part: Image<U2, U2> = image.random_crop(&mut Random::new(0));
    /// assert_eq!(part.pixels()[1], part.pixels()[0] + 1);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    #[must_use]
    pub fn random_crop<H2: Size, W2: Size>(self, random: &mut Random) -> Image<H2, W2, C>
    where
        H: Fits<H2>,
        W: Fits<W2>,
    {
        let top = random.below(H::USIZE - H2::USIZE + 1);
        let left = random.below(W::USIZE - W2::USIZE + 1);
        let frame = Image::<H2, W2, C>::FRAME;
        Image::trusted(Self::FRAME.crop(&self.pixels, top, left, frame))
    }

    /// The part of H2 × W2 pixels in the middle, for evaluation (torchvision's `CenterCrop`).
    #[must_use]
    pub fn center_crop<H2: Size, W2: Size>(self) -> Image<H2, W2, C>
    where
        H: Fits<H2>,
        W: Fits<W2>,
    {
        let (top, left) = ((H::USIZE - H2::USIZE) / 2, (W::USIZE - W2::USIZE) / 2);
        let frame = Image::<H2, W2, C>::FRAME;
        Image::trusted(Self::FRAME.crop(&self.pixels, top, left, frame))
    }

    /// Makes a square of `size` × `size` pixels black, whose center is anywhere in the image; so a part of it may be
    /// outside (DeVries and Taylor, 2017).
    #[must_use]
    pub fn cutout(mut self, size: usize, random: &mut Random) -> Self {
        let (y, x) = (random.below(H::USIZE), random.below(W::USIZE));
        let span = |center: usize, side: usize| {
            let start = center.saturating_sub(size / 2);
            start..side.min((center + size).saturating_sub(size / 2))
        };
        Self::FRAME.blacken(&mut self.pixels, span(y, H::USIZE), span(x, W::USIZE));
        self
    }

    /// Changes brightness, contrast and, with three channels, saturation, each by a factor from 1 − `most` to
    /// 1 + `most` (torchvision's `ColorJitter`, with this order of the three).
    #[must_use]
    pub fn random_color(self, most: f32, random: &mut Random) -> Self {
        let mut factor = || random.between(1.0 - most, 1.0 + most).max(0.0);
        let (brightness, contrast, saturation) = (factor(), factor(), factor());
        self.color(brightness, contrast, saturation)
    }

    /// Multiplies brightness (distance from black), contrast (distance from the mean grey) and saturation (distance
    /// from the grey of the same pixel; with three channels only). 1 changes nothing. Values are clamped to 0..=255.
    #[must_use]
    pub fn color(mut self, brightness: f32, contrast: f32, saturation: f32) -> Self {
        let channels = C::USIZE;
        let mut pixels: Vec<f32> =
            self.pixels.iter().map(|&byte| clamped(f32::from(byte) * brightness)).collect();
        let greys: Vec<f32> = pixels.chunks_exact(channels.max(1)).map(grey).collect();
        let mean = greys.iter().sum::<f32>() / greys.len().max(1) as f32;
        pixels.iter_mut().for_each(|x| *x = clamped(mean + contrast * (*x - mean)));
        if channels == 3 {
            for pixel in pixels.chunks_exact_mut(3) {
                let grey = grey(pixel);
                pixel.iter_mut().for_each(|x| *x = clamped(grey + saturation * (*x - grey)));
            }
        }
        for (byte, x) in self.pixels.iter_mut().zip(pixels) {
            *byte = x.round() as u8;
        }
        self
    }
}

fn clamped(x: f32) -> f32 {
    x.clamp(0.0, 255.0)
}

/// The luma of a pixel (ITU-R BT.601) with three channels, otherwise the mean of its channels.
fn grey(pixel: &[f32]) -> f32 {
    match *pixel {
        [red, green, blue] => 0.299 * red + 0.587 * green + 0.114 * blue,
        _ => pixel.iter().sum::<f32>() / pixel.len() as f32,
    }
}
