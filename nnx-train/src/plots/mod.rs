//! Plots of a run and of a model, as SVG and PNG.
//!
//! | file | contents |
//! |---|---|
//! | `mod` | the plot, its files |
//! | `style` | colors, letters, numbers |
//! | `curves` | learning curves |
//! | `scale` | what of a curve is drawn: gaps, extremes, its smoothed form |
//! | `matrix` | confusion matrices and attention maps |
//! | `filters` | the kernels of a convolution |
//! | `embedding` | vectors as points of a plane |
//! | `principal` | the two directions in which points vary most |
//! | `error` | what can go wrong |

mod curves;
mod embedding;
mod error;
mod filters;
mod matrix;
mod principal;
mod scale;
mod style;

use std::path::Path;

use nnx_core::files;
use plotters::coord::Shift;
use plotters::prelude::*;

#[cfg(feature = "report")]
use crate::png;
pub use error::PlotError;

/// A plot, which is saved as SVG or PNG.
///
/// | plot | of |
/// |---|---|
/// | [`Plot::curves`] | values over steps, such as losses and accuracies |
/// | [`Plot::confusion`] | counts of true and predicted classes |
/// | [`Plot::attention`] | weights of queries and keys |
/// | [`Plot::filters`] | the kernels of a convolution |
/// | [`Plot::embedding`] | vectors, projected to the plane in which they vary most |
///
/// The same input gives the same bytes. Letters in SVG are those of the viewer, in PNG those of DejaVu Sans.
///
/// ```
/// use nnx_train::{History, Plot};
///
/// let mut history = History::default();
/// for step in 1..=20 {
///     history.push(step, "train/loss", 2.0 / step as f64);
/// }
/// let plot = Plot::curves("Loss", &history.curves);
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// plot.save(folder.join("loss.svg"))?;
/// plot.save(folder.join("loss.png"))?;
/// assert!(plot.to_svg().starts_with("<svg"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plot {
    title: String,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Curves(curves::Curves),
    Matrix(matrix::Matrix),
    Filters(filters::Filters),
    Embedding(embedding::Embedding),
}

/// The drawing area of a plot.
type Area<B> = DrawingArea<B, Shift>;
/// The result of drawing.
type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Pixels of a PNG, and units of an SVG, for one pixel of the layout.
const SCALE: i32 = 2;

impl Plot {
    /// Another title.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// The title.
    pub fn name(&self) -> &str {
        &self.title
    }

    /// Width and height on a page, in pixels. A PNG has twice as many.
    pub fn size(&self) -> (u32, u32) {
        match &self.content {
            Content::Curves(_) => (620, 360),
            Content::Matrix(matrix) => matrix.size(),
            Content::Filters(filters) => filters.size(),
            Content::Embedding(_) => (620, 560),
        }
    }

    /// The plot as a document of SVG.
    pub fn to_svg(&self) -> String {
        let (width, height) = self.size();
        let pixels = (width * SCALE as u32, height * SCALE as u32);
        let mut text = String::new();
        self.draw(&SVGBackend::with_string(&mut text, pixels).into_drawing_area());
        // Twice the units, because plotters rounds them to integers.
        let drawn = format!("width=\"{}\" height=\"{}\"", pixels.0, pixels.1);
        text.replacen(&drawn, &format!("width=\"{width}\" height=\"{height}\""), 1)
    }

    /// The plot as the bytes of a PNG file.
    pub fn to_png(&self) -> Vec<u8> {
        let (width, height) = self.size();
        let (width, height) = (width * SCALE as u32, height * SCALE as u32);
        let mut pixels = vec![255; 3 * (width * height) as usize];
        let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
        self.draw(&backend.into_drawing_area());
        png::encode(width as usize, height as usize, &pixels, true).expect("a plot is small")
    }

    /// Saves the plot as the ending of the path says: `.svg` or `.png`. An existing file is replaced as a whole.
    ///
    /// # Errors
    /// Another ending, or a file that can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let path = path.as_ref();
        let file = || path.display().to_string();
        let ending = path.extension().and_then(|ending| ending.to_str());
        let bytes = match ending.map(str::to_lowercase).as_deref() {
            Some("svg") => self.to_svg().into_bytes(),
            Some("png") => self.to_png(),
            _ => return Err(PlotError::Ending { file: file() }),
        };
        files::write(path, &bytes).map_err(|cause| PlotError::Write { file: file(), cause })
    }

    /// Draws into memory, which doesn't fail: the letters are built in.
    fn draw<B: DrawingBackend>(&self, area: &Area<B>) {
        style::use_letters();
        self.try_draw(area).and_then(|()| area.present()).expect("memory takes a plot");
    }

    fn try_draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        area.fill(&WHITE)?;
        let (head, body) = area.split_vertically(style::HEAD);
        let title = style::bold(17).color(&style::INK).into_text_style(area);
        head.draw(&Text::new(style::shortened(&self.title, 90), style::px(16, 13), title))?;
        match &self.content {
            Content::Curves(curves) => curves.draw(&body),
            Content::Matrix(matrix) => matrix.draw(&body),
            Content::Filters(filters) => filters.draw(&body),
            Content::Embedding(embedding) => embedding.draw(&body),
        }
    }
}
