//! The kernels of a convolution.

use nnx_core::module::with_commas;
use nnx_core::size::Size;
use nnx_core::tensor::Tensor;
use plotters::prelude::*;

use super::{Area, Content, Drawn, Plot, PlotError, SCALE, style};

/// The most kernels that are drawn.
const MOST: usize = 256;
/// Pixels between kernels.
const GAP: i32 = 6;

/// Kernels of one size.
#[derive(Clone, Debug)]
pub(super) struct Filters {
    /// Height and width.
    kernel: [usize; 2],
    /// The elements of each kernel.
    tiles: Vec<Vec<f32>>,
    /// All kernels, also those that aren't drawn.
    count: usize,
    /// The largest magnitude.
    most: f32,
}

impl Plot {
    /// The kernel `(H, W, I, O)` of a convolution: for each output channel, one tile for each input channel, 256 tiles
    /// at most. Blue is positive, red negative, white 0; the strongest color is the largest magnitude of all.
    ///
    /// ```
    /// use nnx_core::{nn::Conv, module::Init, random::Rngs, size::{U1, U3, U8}};
    /// use nnx_train::Plot;
    ///
    /// let conv = Conv::<U1, U8, (U3, U3)>::init(&mut Rngs::new(0));
    /// let plot = Plot::filters("First layer", conv.kernel.value())?;
    /// assert!(plot.to_png().starts_with(b"\x89PNG"));
    /// # Ok::<(), nnx_train::PlotError>(())
    /// ```
    ///
    /// # Errors
    /// A kernel without elements, or of more than 64 × 64.
    pub fn filters<H: Size, W: Size, I: Size, O: Size>(
        title: impl Into<String>,
        kernel: &Tensor<(H, W, I, O)>,
    ) -> Result<Self, PlotError> {
        let [h, w, inputs, outputs] = [H::USIZE, W::USIZE, I::USIZE, O::USIZE];
        let elements = kernel.to_vec();
        if elements.is_empty() {
            return Err(PlotError::Empty { things: "kernels", least: 1 });
        }
        if h.max(w) > 64 {
            return Err(PlotError::TooLarge { rows: h, columns: w, most: 64 });
        }
        let count = inputs * outputs;
        let tile = |i: usize| {
            let (output, input) = (i / inputs, i % inputs);
            (0..h * w).map(|at| elements[(at * inputs + input) * outputs + output]).collect()
        };
        let tiles = (0..count.min(MOST)).map(tile).collect();
        let most = elements.iter().map(|x| x.abs()).filter(|x| x.is_finite()).fold(0.0, f32::max);
        let filters = Filters { kernel: [h, w], tiles, count, most };
        Ok(Self { title: title.into(), content: Content::Filters(filters) })
    }
}

impl Filters {
    /// The side of an element, in pixels.
    fn cell(&self) -> i32 {
        (44 / self.kernel[0].max(self.kernel[1]) as i32).clamp(2, 14)
    }

    /// Width and height of a tile.
    fn tile(&self) -> (i32, i32) {
        let cell = self.cell();
        (self.kernel[1] as i32 * cell, self.kernel[0] as i32 * cell)
    }

    fn columns(&self) -> usize {
        let fit = (600 / (self.tile().0 + GAP)).max(1) as usize;
        fit.min(16).min(self.tiles.len())
    }

    fn note(&self) -> Option<String> {
        let (drawn, count) = (self.tiles.len(), self.count);
        (drawn < count)
            .then(|| format!("the first {drawn} of {} kernels", with_commas(count as u64)))
    }

    pub(super) fn size(&self) -> (u32, u32) {
        let (width, height) = self.tile();
        let rows = self.tiles.len().div_ceil(self.columns()) as i32;
        let below = if self.note().is_some() { 28 } else { 8 };
        let width = 32 + self.columns() as i32 * (width + GAP);
        (width.max(320) as u32, (style::HEAD / SCALE + rows * (height + GAP) + below) as u32)
    }

    pub(super) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let cell = self.cell();
        let (width, height) = self.tile();
        for (i, tile) in self.tiles.iter().enumerate() {
            let (row, column) = ((i / self.columns()) as i32, (i % self.columns()) as i32);
            let (left, top) = (16 + column * (width + GAP), row * (height + GAP));
            for (at, &value) in tile.iter().enumerate() {
                let x = left + (at % self.kernel[1]) as i32 * cell;
                let y = top + (at / self.kernel[1]) as i32 * cell;
                let color = match value.is_finite() {
                    true => style::signed(f64::from(value / self.most.max(f32::MIN_POSITIVE))),
                    false => style::INK,
                };
                let corners = [style::px(x, y), style::px(x + cell, y + cell)];
                area.draw(&Rectangle::new(corners, color.filled()))?;
            }
            let corners = [style::px(left, top), style::px(left + width, top + height)];
            area.draw(&Rectangle::new(corners, style::LINE.stroke_width(SCALE as u32)))?;
        }
        if let Some(note) = self.note() {
            let (_, bottom) = area.dim_in_pixel();
            let text = style::font(13).color(&style::SOFT);
            let at = (16 * SCALE, bottom as i32 - 22 * SCALE);
            area.draw(&Text::new(note, at, text.into_text_style(area)))?;
        }
        Ok(())
    }
}
