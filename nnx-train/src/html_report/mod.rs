//! A run as one page.
//!
//! | file | contents |
//! |---|---|
//! | `mod` | the report and its parts |
//! | `text` | text that is safe in HTML |
//! | `style.css` | how it looks |

mod text;

use std::fmt::{Display, Write};
use std::path::Path;

use nnx_core::files;
use nnx_core::module::with_commas;
use text::escaped;

use crate::numbers::number;
use crate::{Curve, History, Note, Plot, PlotError};

/// A run as one HTML file that contains everything it shows, to look at in a browser, to keep, and to send: numbers at
/// a glance, learning curves, settings, the table of the model, plots, texts.
///
/// It loads nothing from elsewhere and runs no script. Names and texts are shown as they are, whatever they contain.
///
/// ```
/// use nnx_core::tensor::Tensor;
/// use nnx_train::{History, HtmlReport, Plot};
///
/// let mut history = History::default();
/// for step in 1..=20 {
///     history.push(step, "train/loss", 2.0 / step as f64);
///     history.push(step, "evaluation/loss", 2.5 / step as f64);
/// }
/// let counts = Tensor::from([[48.0, 2.0], [5.0, 45.0]]);
/// let confusion = Plot::confusion("Pets", &counts, &["cat", "dog"])?;
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("report.html");
/// HtmlReport::new("Cats and dogs")
///     .settings([("batch size", 32.to_string()), ("learning rate", 1e-3.to_string())])
///     .history(&history)
///     .plot("Which pets are mixed up", &confusion)
///     .save(&file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct HtmlReport {
    title: String,
    summary: Option<String>,
    figures: Vec<Figure>,
    settings: Vec<(String, String)>,
    /// Headings, HTML, and whether half the width is enough.
    sections: Vec<(String, String, bool)>,
}

/// A key figure: a number with a name.
#[derive(Clone, Debug)]
struct Figure {
    name: String,
    value: String,
    detail: String,
}

impl HtmlReport {
    /// A report with a title and nothing else.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            summary: None,
            figures: Vec::new(),
            settings: Vec::new(),
            sections: Vec::new(),
        }
    }

    /// A sentence below the title.
    #[must_use]
    pub fn summary(self, text: impl Into<String>) -> Self {
        Self { summary: Some(text.into()), ..self }
    }

    /// Adds a key figure, such as the accuracy on the test set, with a short explanation.
    #[must_use]
    pub fn figure(
        mut self,
        name: impl Into<String>,
        value: impl Display,
        detail: impl Into<String>,
    ) -> Self {
        let (name, detail) = (name.into(), detail.into());
        self.figures.push(Figure { name, value: value.to_string(), detail });
        self
    }

    /// Names and values, such as the options of the program.
    #[must_use]
    pub fn settings<N: Into<String>, V: Into<String>>(
        mut self,
        settings: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let settings = settings.into_iter();
        self.settings.extend(settings.map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Adds a record: the last and the best value of each curve as key figures, plots of the curves, and the texts.
    /// Curves whose names have the same last part, such as `train/loss` and `evaluation/loss`, share a plot.
    #[must_use]
    pub fn history(mut self, history: &History) -> Self {
        let evaluated =
            |curve: &&Curve| !curve.name.starts_with("train/") || curve.name == "train/loss";
        for curve in history.curves.iter().filter(evaluated) {
            self.figures.extend(figure_of(curve));
        }
        let mut plots = String::new();
        for (name, curves) in groups(&history.curves) {
            plots.push_str(&figure_with(&Plot::curves(name, curves), ""));
        }
        if !plots.is_empty() {
            self.sections.push((
                "Learning curves".into(),
                format!("<div class=\"plots\">{plots}</div>"),
                false,
            ));
        }
        if !history.notes.is_empty() {
            let row = |note: &Note| {
                let [name, text] = [&note.name, &note.text].map(|text| escaped(text));
                format!(
                    "<tr><td>{}</td><th>{name}</th><td class=\"text\">{text}</td></tr>",
                    note.step
                )
            };
            let rows: String = history.notes.iter().map(row).collect();
            let head = "<tr><th>step</th><th>name</th><th>text</th></tr>";
            let table = format!("<div class=\"wide\"><table>{head}{rows}</table></div>");
            self.sections.push(("Notes".into(), table, false));
        }
        self
    }

    /// The table of a model: `summary(&model)` or `summary_of_pass(&model, x)`.
    #[must_use]
    pub fn model(self, table: &impl Display) -> Self {
        self.text("Model", table)
    }

    /// A text under a heading, with its line breaks and spaces.
    #[must_use]
    pub fn text(mut self, heading: impl Into<String>, text: &impl Display) -> Self {
        let text = format!("<pre>{}</pre>", escaped(&text.to_string()));
        self.sections.push((heading.into(), text, false));
        self
    }

    /// A plot under a heading.
    #[must_use]
    pub fn plot(mut self, heading: impl Into<String>, plot: &Plot) -> Self {
        let (width, _) = plot.size();
        let plot = figure_with(plot, &format!(" style=\"max-width:{width}px\""));
        self.sections.push((heading.into(), plot, width <= 700));
        self
    }

    /// The page.
    pub fn to_html(&self) -> String {
        let title = escaped(&self.title);
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
             <title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n",
            include_str!("style.css")
        );
        if let Some(summary) = &self.summary {
            add(&mut page, format_args!("<p class=\"summary\">{}</p>\n", escaped(summary)));
        }
        if !self.figures.is_empty() {
            page.push_str("<div class=\"figures\">\n");
            for Figure { name, value, detail } in &self.figures {
                let [name, value, detail] = [name, value, detail].map(|text| escaped(text));
                add(
                    &mut page,
                    format_args!(
                        "<div><span>{name}</span><b>{value}</b><small>{detail}</small></div>\n"
                    ),
                );
            }
            page.push_str("</div>\n");
        }
        if !self.settings.is_empty() {
            page.push_str("<section>\n<h2>Settings</h2>\n<dl>\n");
            for (name, value) in &self.settings {
                let [name, value] = [name, value].map(|text| escaped(text));
                add(&mut page, format_args!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"));
            }
            page.push_str("</dl>\n</section>\n");
        }
        for (heading, html, half) in &self.sections {
            let class = if *half { " class=\"half\"" } else { "" };
            let heading = escaped(heading);
            add(
                &mut page,
                format_args!("<section{class}>\n<h2>{heading}</h2>\n{html}\n</section>\n"),
            );
        }
        page.push_str("</main>\n</body>\n</html>\n");
        page
    }

    /// Saves the page. An existing file is replaced as a whole.
    ///
    /// # Errors
    /// A file that can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let path = path.as_ref();
        let written = files::write(path, self.to_html().as_bytes());
        written.map_err(|cause| PlotError::Write { file: path.display().to_string(), cause })
    }
}

fn add(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a string takes text");
}

/// The last value of a curve, and its extremes.
fn figure_of(curve: &Curve) -> Option<Figure> {
    let (step, value) = curve.last()?;
    let detail = match (curve.lowest(), curve.highest()) {
        (Some(low), Some(high)) if curve.points.len() > 1 => format!(
            "step {}; lowest {} at {}, highest {} at {}",
            with_commas(step),
            number(low.1),
            with_commas(low.0),
            number(high.1),
            with_commas(high.0)
        ),
        _ => format!("step {}", with_commas(step)),
    };
    Some(Figure { name: curve.name.clone(), value: number(value), detail })
}

/// Groups of curves whose names have the same last part, such as the `loss` of `train/loss` and `evaluation/loss`. Groups are
/// in the order of their first curves.
fn groups(curves: &[Curve]) -> Vec<(&str, Vec<&Curve>)> {
    let mut groups: Vec<(&str, Vec<&Curve>)> = Vec::new();
    for curve in curves {
        let last = curve.name.rsplit('/').next().unwrap_or_default();
        let last = if last.is_empty() { &*curve.name } else { last };
        match groups.iter_mut().find(|(name, _)| *name == last) {
            Some((_, group)) => group.push(curve),
            None => groups.push((last, vec![curve])),
        }
    }
    groups
}

/// A plot as a separate image, so that its content can't affect the page.
fn figure_with(plot: &Plot, style: &str) -> String {
    let svg = text::base64(plot.to_svg().as_bytes());
    let (width, height) = plot.size();
    let title = escaped(plot.name());
    format!(
        "<figure{style}><img src=\"data:image/svg+xml;base64,{svg}\" width=\"{width}\" height=\"{height}\" \
         alt=\"{title}\"></figure>\n"
    )
}
