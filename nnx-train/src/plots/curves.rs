//! Learning curves.

use nnx_core::module::with_commas;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Area, Content, Drawn, Plot, SCALE, scale, style};
use crate::Curve;
use crate::numbers::number;

/// Curves over steps.
#[derive(Clone, Debug)]
pub(super) struct Curves(Vec<Curve>);

impl Plot {
    /// Curves over steps, such as losses, with the last value of each.
    ///
    /// A curve of more than 120 points is drawn smoothed, above its pale points. A value that is NaN or infinite is a
    /// gap, with a red mark below.
    ///
    /// ```
    /// use nnx_train::{Curve, Plot};
    ///
    /// let loss = Curve { name: "train/loss".into(), points: vec![(1, 2.5), (2, 1.5), (3, 1.25)] };
    /// let svg = Plot::curves("Loss", [&loss]).to_svg();
    /// assert!(svg.contains("train/loss"));
    /// ```
    pub fn curves<'c>(
        title: impl Into<String>,
        curves: impl IntoIterator<Item = &'c Curve>,
    ) -> Self {
        let curves = Curves(curves.into_iter().cloned().collect());
        Self { title: title.into(), content: Content::Curves(curves) }
    }
}

impl Curves {
    pub(super) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let names = self.0.iter().enumerate().map(|(i, curve)| {
            let last =
                curve.last().map_or(String::new(), |(_, value)| format!("  {}", number(value)));
            (style::color(i), format!("{}{last}", style::shortened(&curve.name, 40)))
        });
        let below = legend(area, names)?;
        let (_, body) = area.split_vertically(below);

        let points = || self.0.iter().flat_map(|curve| &curve.points);
        let (low, high) = scale::range(points().map(|point| point.1));
        let first = points().map(|point| point.0).min().unwrap_or(0) as f64;
        let last = points().map(|point| point.0).max().unwrap_or(1) as f64;
        let (first, last) = if first < last { (first, last) } else { (first - 0.5, last + 0.5) };
        let mut chart = ChartBuilder::on(&body)
            .margin_right(24 * SCALE)
            .margin_left(8 * SCALE)
            .margin_bottom(8 * SCALE)
            .x_label_area_size(46 * SCALE)
            .y_label_area_size(64 * SCALE)
            .build_cartesian_2d(first..last, low..high)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(style::LINE.stroke_width(SCALE as u32))
            .axis_style(style::LINE.stroke_width(SCALE as u32))
            .label_style(style::font(14).color(&style::SOFT))
            .axis_desc_style(style::font(14).color(&style::SOFT))
            .set_all_tick_mark_size(5 * SCALE)
            .x_labels(6)
            .y_labels(6)
            .x_desc("step")
            .x_label_formatter(&|step| match step.fract() == 0.0 && *step >= 0.0 {
                true => with_commas(*step as u64),
                false => String::new(),
            })
            .y_label_formatter(&|value| number(*value))
            .draw()?;
        for (i, curve) in self.0.iter().enumerate() {
            let color = style::color(i);
            let smooth = scale::smoothed(&curve.points);
            let pale = color.mix(0.25).stroke_width(SCALE as u32);
            let strong = color.stroke_width(2 * SCALE as u32);
            let raw = if smooth.is_some() { pale } else { strong };
            for segment in scale::segments(&curve.points) {
                if let [point] = segment[..] {
                    chart.draw_series([Circle::new(point, 3 * SCALE, color.filled())])?;
                }
                chart.draw_series(LineSeries::new(segment, raw))?;
            }
            for segment in smooth.iter().flat_map(|points| scale::segments(points)) {
                chart.draw_series(LineSeries::new(segment, strong))?;
            }
            let broken = curve.points.iter().filter(|(_, value)| !value.is_finite());
            let marks = broken.take(200).map(|&(step, _)| {
                TriangleMarker::new((step as f64, low), 5 * SCALE, style::WRONG.filled())
            });
            chart.draw_series(marks)?;
        }
        Ok(())
    }
}

/// Draws colors and names in rows; returns their height.
pub(super) fn legend<B: DrawingBackend>(
    area: &Area<B>,
    names: impl IntoIterator<Item = (RGBColor, String)>,
) -> Result<i32, DrawingAreaErrorKind<B::ErrorType>> {
    let (width, _) = area.dim_in_pixel();
    let text = style::font(14).color(&style::SOFT).pos(Pos::new(HPos::Left, VPos::Center));
    let [mut x, mut y] = [16 * SCALE, 8 * SCALE];
    for (color, name) in names {
        let (length, _) = area.estimate_text_size(&name, &text)?;
        let needed = 20 * SCALE + length as i32;
        if x > 16 * SCALE && x + needed > width as i32 - 16 * SCALE {
            (x, y) = (16 * SCALE, y + 22 * SCALE);
        }
        let dot = [(x, y - 2 * SCALE), (x + 14 * SCALE, y + 2 * SCALE)];
        area.draw(&Rectangle::new(dot, color.filled()))?;
        area.draw(&Text::new(name, (x + 20 * SCALE, y), text.clone()))?;
        x += needed + 20 * SCALE;
    }
    Ok(y + 16 * SCALE)
}
