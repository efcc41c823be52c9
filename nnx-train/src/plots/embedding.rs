//! Vectors as points of a plane.

use nnx_core::size::Dim;
use nnx_core::tensor::Tensor;
use plotters::prelude::*;

use super::curves::legend;
use super::principal::{Projected, project};
use super::{Area, Content, Drawn, Plot, PlotError, SCALE, scale, style};
use crate::numbers::number;

/// The most points that are drawn.
const MOST: usize = 4_000;

/// Points in the colors of their classes.
#[derive(Clone, Debug)]
pub(super) struct Embedding {
    projected: Projected,
    labels: Vec<usize>,
    classes: Vec<String>,
}

impl Plot {
    /// Vectors `(B, D)`, such as the features of images, projected to the plane in which they vary most (principal
    /// component analysis), in the colors of their labels, which are indices of `classes`.
    ///
    /// A row that isn't finite is left out. Of more than 4,000 rows, 4,000 at equal distances are drawn.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    /// use nnx_train::Plot;
    ///
    /// let vectors = Tensor::from([[0.0, 1.0, 0.0], [0.5, 1.0, 0.5], [4.0, 0.0, 4.0]]);
    /// let plot = Plot::embedding("Features", &vectors, &[0, 0, 1], &["cat", "dog"])?;
    /// assert!(plot.to_svg().contains("of the variance"));
    /// # Ok::<(), nnx_train::PlotError>(())
    /// ```
    ///
    /// # Errors
    /// Fewer than 2 rows that are finite, a different number of labels than rows, or a label without a name.
    #[doc(alias = "add_embedding")]
    pub fn embedding<B: Dim, D: Dim>(
        title: impl Into<String>,
        vectors: &Tensor<(B, D)>,
        labels: &[i32],
        classes: &[&str],
    ) -> Result<Self, PlotError> {
        let (rows, features) = (vectors.dims()[0], vectors.dims()[1]);
        if labels.len() != rows {
            return Err(PlotError::Names { things: "rows", expected: rows, found: labels.len() });
        }
        for (index, &label) in labels.iter().enumerate() {
            if usize::try_from(label).map_or(true, |label| label >= classes.len()) {
                return Err(PlotError::Label { index, label, classes: classes.len() });
            }
        }
        let elements = vectors.to_vec();
        let (mut kept, mut kept_labels) = (Vec::new(), Vec::new());
        let rows_and_labels = elements.chunks_exact(features.max(1)).zip(labels);
        for (row, &label) in rows_and_labels.step_by(rows.div_ceil(MOST).max(1)) {
            if row.iter().all(|x| x.is_finite()) {
                kept.extend(row);
                kept_labels.push(label as usize);
            }
        }
        if kept_labels.len() < 2 {
            return Err(PlotError::Empty { things: "rows that are finite", least: 2 });
        }
        let embedding = Embedding {
            projected: project(&kept, features),
            labels: kept_labels,
            classes: classes.iter().map(|name| style::shortened(name, 24)).collect(),
        };
        Ok(Self { title: title.into(), content: Content::Embedding(embedding) })
    }
}

impl Embedding {
    pub(super) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let names = self.classes.iter().take(40).enumerate();
        let below = legend(area, names.map(|(i, name)| (style::color(i), name.clone())))?;
        let (_, body) = area.split_vertically(below);
        let range = |axis: usize| {
            let (low, high) = scale::range(self.projected.points.iter().map(|point| point[axis]));
            low..high
        };
        let mut chart = ChartBuilder::on(&body)
            .margin_right(24 * SCALE)
            .margin_left(8 * SCALE)
            .margin_bottom(8 * SCALE)
            .x_label_area_size(46 * SCALE)
            .y_label_area_size(68 * SCALE)
            .build_cartesian_2d(range(0), range(1))?;
        let [first, second] = self.projected.shares.map(|share| 100.0 * share);
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(style::LINE.stroke_width(SCALE as u32))
            .axis_style(style::LINE.stroke_width(SCALE as u32))
            .label_style(style::font(14).color(&style::SOFT))
            .axis_desc_style(style::font(14).color(&style::SOFT))
            .set_all_tick_mark_size(5 * SCALE)
            .x_labels(6)
            .y_labels(6)
            .x_desc(format!("first direction, {first:.0}% of the variance"))
            .y_desc(format!("second direction, {second:.0}%"))
            .x_label_formatter(&|value| number(*value))
            .y_label_formatter(&|value| number(*value))
            .draw()?;
        let radius = if self.labels.len() > 1_000 { 2 } else { 3 };
        let points = self.projected.points.iter().zip(&self.labels);
        let dots = points.map(|(&[x, y], &label)| {
            Circle::new((x, y), radius * SCALE, style::color(label).mix(0.7).filled())
        });
        chart.draw_series(dots).map(drop)
    }
}
