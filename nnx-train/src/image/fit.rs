//! From the size of a picture to the size of the type.

use image::DynamicImage;
use image::imageops::FilterType;

/// How a picture is brought to the height and width of the type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// A picture of a different size is an error.
    #[default]
    Exact,
    /// Scaled along each side alone, so that proportions change (torchvision's `Resize((h, w))`).
    Stretch,
    /// Scaled until both sides reach the frame, then cut to its middle (`Resize`, then `CenterCrop`).
    Crop,
    /// Scaled until it fits into the frame, in the middle of black.
    Pad,
}

impl Fit {
    /// The picture in the new size; `None` if its size differs under [`Fit::Exact`]. Scaling is bilinear, over all
    /// pixels that a new pixel covers.
    pub(super) fn apply(
        self,
        picture: DynamicImage,
        height: usize,
        width: usize,
    ) -> Option<DynamicImage> {
        let (height, width) = (u32::try_from(height).ok()?, u32::try_from(width).ok()?);
        if (picture.height(), picture.width()) == (height, width) {
            return Some(picture);
        }
        match self {
            Self::Exact => None,
            Self::Stretch => Some(picture.resize_exact(width, height, FilterType::Triangle)),
            Self::Crop => Some(picture.resize_to_fill(width, height, FilterType::Triangle)),
            Self::Pad => {
                let inner = picture.resize(width, height, FilterType::Triangle);
                let mut frame = DynamicImage::new(width, height, inner.color());
                let left = i64::from((width - inner.width()) / 2);
                let top = i64::from((height - inner.height()) / 2);
                image::imageops::replace(&mut frame, &inner, left, top);
                Some(frame)
            }
        }
    }
}
