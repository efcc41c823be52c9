//! Confusion matrices and attention maps.

use nnx_core::module::with_commas;
use nnx_core::size::{Dim, Size};
use nnx_core::tensor::Tensor;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Area, Content, Drawn, Plot, PlotError, SCALE, style};
use crate::numbers::number;

/// The most rows and columns.
const MOST: usize = 256;

/// A matrix drawn in shades.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    /// Shares from 0 to 1, by rows; NaN is drawn in red.
    shades: Vec<f64>,
    /// The texts of the cells, drawn if the cells are large enough.
    texts: Vec<String>,
    rows: Vec<String>,
    columns: Vec<String>,
    /// The labels of rows and columns.
    axes: [&'static str; 2],
}

impl Plot {
    /// How often each class was taken for each other one: the element `[i, j]` of `counts` is the number of examples of
    /// class i for which the model predicted class j, as [`ConfusionMatrix`](nnx_core::metrics::ConfusionMatrix) counts
    /// them (`sklearn.metrics.ConfusionMatrixDisplay`). Shades are shares of a row.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    /// use nnx_train::Plot;
    ///
    /// let counts = Tensor::from([[48.0, 2.0], [5.0, 45.0]]);
    /// let plot = Plot::confusion("Pets", &counts, &["cat", "dog"])?;
    /// assert!(plot.to_svg().contains("dog"));
    /// # Ok::<(), nnx_train::PlotError>(())
    /// ```
    ///
    /// # Errors
    /// No class, a number of names that isn't the number of classes, or more than 256 classes.
    #[doc(alias = "ConfusionMatrixDisplay")]
    pub fn confusion<Classes: Size, N: AsRef<str>>(
        title: impl Into<String>,
        counts: &Tensor<(Classes, Classes), f64>,
        classes: &[N],
    ) -> Result<Self, PlotError> {
        let (count, counts) = (Classes::USIZE, counts.to_vec());
        let shares = counts.chunks(count.max(1)).flat_map(|row| {
            let sum = row.iter().sum::<f64>().max(1.0);
            row.iter().map(move |count| count / sum)
        });
        let texts = counts.iter().map(|&count| match count {
            0.0 => String::new(),
            whole if whole.fract() == 0.0 && whole > 0.0 => with_commas(whole as u64),
            other => number(other),
        });
        let matrix = Matrix {
            shades: shares.collect(),
            texts: texts.collect(),
            rows: names(classes),
            columns: names(classes),
            axes: ["true class", "predicted class"],
        };
        matrix.plot(title.into(), count, count, "classes")
    }

    /// The weights by which queries (rows) look at keys (columns), such as those of one head. Shades go from 0 to the
    /// greatest weight; NaN is red. `queries` and `keys` name the positions, such as by their tokens; without names
    /// (`&[]`) positions have numbers.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    /// use nnx_train::Plot;
    ///
    /// let weights = Tensor::from([[1.0, 0.0], [0.25, 0.75]]);
    /// let plot = Plot::attention("Head 1", &weights, &["to", "be"], &["to", "be"])?;
    /// assert!(plot.to_svg().contains("key"));
    /// # Ok::<(), nnx_train::PlotError>(())
    /// ```
    ///
    /// # Errors
    /// No position, a different number of names than positions, or more than 256 positions.
    pub fn attention<Q: Dim, K: Dim>(
        title: impl Into<String>,
        weights: &Tensor<(Q, K)>,
        queries: &[&str],
        keys: &[&str],
    ) -> Result<Self, PlotError> {
        let (rows, columns) = (weights.dims()[0], weights.dims()[1]);
        let weights = weights.to_vec();
        let most = weights.iter().copied().filter(|w| w.is_finite()).fold(0.0, f32::max);
        let shade = |&w: &f32| match most > 0.0 || w.is_nan() {
            true => f64::from(w) / f64::from(most.max(f32::MIN_POSITIVE)),
            false => 0.0,
        };
        let numbers = |count: usize| (0..count).map(|i| i.to_string()).collect();
        let named =
            |given: &[&str], count| if given.is_empty() { numbers(count) } else { names(given) };
        let matrix = Matrix {
            shades: weights.iter().map(shade).collect(),
            texts: weights.iter().map(|w| format!("{w:.2}")).collect(),
            rows: named(queries, rows),
            columns: named(keys, columns),
            axes: ["query", "key"],
        };
        matrix.plot(title.into(), rows, columns, "positions")
    }
}

fn names<N: AsRef<str>>(given: &[N]) -> Vec<String> {
    given.iter().map(|name| style::shortened(name.as_ref(), 16)).collect()
}

impl Matrix {
    /// A plot, if the names fit.
    fn plot(
        self,
        title: String,
        rows: usize,
        columns: usize,
        things: &'static str,
    ) -> Result<Plot, PlotError> {
        if rows == 0 || columns == 0 {
            return Err(PlotError::Empty { things, least: 1 });
        }
        if rows > MOST || columns > MOST {
            return Err(PlotError::TooLarge { rows, columns, most: MOST });
        }
        for (expected, found) in [(rows, self.rows.len()), (columns, self.columns.len())] {
            if expected != found {
                return Err(PlotError::Names { things, expected, found });
            }
        }
        Ok(Plot { title, content: Content::Matrix(self) })
    }

    /// The side of a cell, in pixels.
    fn cell(&self) -> i32 {
        let most = self.rows.len().max(self.columns.len()) as i32;
        (480 / most).clamp(2, 56)
    }

    /// The space for the names of rows or columns, in pixels.
    fn space(names: &[String]) -> i32 {
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as i32;
        24 + 8 + 8 * longest
    }

    /// Whether names of columns are drawn vertically.
    fn upright(&self) -> bool {
        Self::space(&self.columns) - 32 > self.cell()
    }

    pub(super) fn size(&self) -> (u32, u32) {
        let (rows, columns) = (self.rows.len() as i32, self.columns.len() as i32);
        let below = if self.upright() { Self::space(&self.columns) } else { 48 };
        let width = Self::space(&self.rows) + self.cell() * columns + 32;
        let height = style::HEAD / SCALE + self.cell() * rows + below + 16;
        (width.max(320) as u32, height as u32)
    }

    pub(super) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let cell = self.cell();
        let (left, columns) = (Self::space(&self.rows) + 8, self.columns.len());
        let middle = Pos::new(HPos::Center, VPos::Center);
        // Names and numbers that would cover each other are left out.
        let every = (15 / cell).max(1) as usize;
        let small = style::font((cell / 3).clamp(10, 14));
        let longest = self.texts.iter().map(|text| text.len()).max().unwrap_or(0) as i32;
        let written = longest * (cell / 3).clamp(10, 14) * 2 / 3 <= cell && cell >= 18;
        for (i, (&share, text)) in self.shades.iter().zip(&self.texts).enumerate() {
            let (row, column) = ((i / columns) as i32, (i % columns) as i32);
            let (x, y) = (left + column * cell, row * cell);
            let fill = if share.is_nan() { style::WRONG } else { style::shade(share) };
            let gap = i32::from(cell >= 8);
            let corners = [style::px(x, y), style::px(x + cell - gap, y + cell - gap)];
            area.draw(&Rectangle::new(corners, fill.filled()))?;
            if written {
                let color = if share > 0.5 { WHITE } else { style::INK };
                let style = small.color(&color).pos(middle);
                area.draw(&Text::new(text.clone(), style::px(x + cell / 2, y + cell / 2), style))?;
            }
        }
        let label = style::font(13).color(&style::INK);
        let right = label.pos(Pos::new(HPos::Right, VPos::Center));
        for (i, name) in self.rows.iter().enumerate().step_by(every) {
            let at = style::px(left - 8, i as i32 * cell + cell / 2);
            area.draw(&Text::new(name.clone(), at, right.clone()))?;
        }
        let below = self.rows.len() as i32 * cell;
        let upright = self.upright();
        let column = match upright {
            true => {
                label.transform(FontTransform::Rotate270).pos(Pos::new(HPos::Right, VPos::Center))
            }
            false => label.pos(middle),
        };
        for (i, name) in self.columns.iter().enumerate().step_by(every) {
            let y = below + if upright { 6 } else { 12 };
            let at = style::px(left + i as i32 * cell + cell / 2, y);
            area.draw(&Text::new(name.clone(), at, column.clone()))?;
        }
        let soft = style::font(13).color(&style::SOFT);
        let [rows, columns] = self.axes;
        let down = soft.transform(FontTransform::Rotate270).pos(middle);
        area.draw(&Text::new(rows, style::px(14, below / 2), down))?;
        let under = below + if upright { Self::space(&self.columns) - 20 } else { 34 };
        let center = left + cell * self.columns.len() as i32 / 2;
        area.draw(&Text::new(columns, style::px(center, under), soft.pos(middle)))
    }
}
