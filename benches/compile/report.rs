//! The table and the CSV file of the results.

use std::fmt::Write;

use crate::cost::Cost;

/// One result.
pub(crate) struct Figure {
    cell: String,
    cost: Option<Cost>,
    note: String,
}

impl Figure {
    /// Measured once.
    pub(crate) fn once(cost: Cost) -> Self {
        Self {
            cell: format!("{} / - / {}", seconds(cost.wall), of_processor(cost)),
            cost: Some(cost),
            note: "once".to_owned(),
        }
    }

    /// Measured several times; the best counts.
    pub(crate) fn rounds(costs: &[Cost]) -> Self {
        let (best, median) = (Cost::best(costs), Cost::median(costs));
        let [wall, middle] = [best.wall, median.wall].map(seconds);
        Self {
            cell: format!("{wall} / {middle} / {}", of_processor(best)),
            cost: Some(best),
            note: format!(
                "best of {}; median {middle} wall and {} cpu",
                costs.len(),
                seconds(median.cpu)
            ),
        }
    }

    /// The cost of one layer, from the best results of two models.
    pub(crate) fn difference(cost: Cost) -> Self {
        let [wall, cpu] = [cost.wall, cost.cpu].map(|seconds| format!("{:.2} ms", seconds * 1e3));
        Self {
            cell: format!("{wall} / - / {cpu}"),
            cost: Some(cost),
            note: "difference of the best".to_owned(),
        }
    }

    /// The size of a file in bytes.
    #[allow(clippy::cast_precision_loss, reason = "files are far smaller than 2^52 bytes")]
    pub(crate) fn size(bytes: u64) -> Self {
        Self {
            cell: format!("{:.2} MB", bytes as f64 / 1e6),
            cost: None,
            note: format!("{bytes} bytes"),
        }
    }

    /// Notes whether the result is within these limits of CPU seconds and MB.
    pub(crate) fn within(mut self, cpu: f64, memory: f64) -> Self {
        if let Some(cost) = self.cost {
            let kept = cost.cpu <= cpu && cost.memory <= memory;
            let kept = if kept { "kept" } else { "NOT KEPT" };
            let _ = write!(self.note, "; limit {cpu} s cpu and {memory} MB {kept}");
        }
        self
    }

    /// Notes whether the result is within this limit of seconds.
    pub(crate) fn at_most(mut self, limit: f64) -> Self {
        if let Some(cost) = self.cost {
            let kept = if cost.wall <= limit { "kept" } else { "NOT KEPT" };
            let _ = write!(self.note, "; limit {limit} s {kept}");
        }
        self
    }
}

/// Seconds and memory.
fn of_processor(cost: Cost) -> String {
    format!("{} / {:.0}", seconds(cost.cpu), cost.memory)
}

/// Rounds to the significant digits.
fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.2}") } else { format!("{seconds:.1}") }
}

/// All results.
#[derive(Default)]
pub(crate) struct Report {
    libraries: Vec<String>,
    /// A row of the table: what was measured, and the results by index of the library.
    rows: Vec<(String, Vec<(usize, Figure)>)>,
}

impl Report {
    /// A function that adds the results of a library, and prints each at once.
    pub(crate) fn of(&mut self, library: String) -> impl FnMut(String, Figure) {
        eprintln!("{library}");
        self.libraries.push(library);
        let number = self.libraries.len() - 1;
        move |what, figure| {
            eprintln!("    {what:52} {:24} {}", figure.cell, figure.note);
            match self.rows.iter_mut().find(|(row, _)| *row == what) {
                Some((_, figures)) => figures.push((number, figure)),
                None => self.rows.push((what, vec![(number, figure)])),
            }
        }
    }

    /// A table in Markdown: a row for each thing, a column for each library.
    pub(crate) fn table(&self) -> String {
        let mut table =
            format!("| best / median / CPU seconds / peak MB | {} |\n", self.libraries.join(" | "));
        table += &format!("|---|{}\n", "---|".repeat(self.libraries.len()));
        for (what, figures) in &self.rows {
            let cells = (0..self.libraries.len()).map(|library| {
                let figure = figures.iter().find(|(number, _)| *number == library);
                figure.map_or("", |(_, figure)| &figure.cell)
            });
            table += &format!("| {what} | {} |\n", cells.collect::<Vec<_>>().join(" | "));
        }
        table
    }

    /// Lines of comma-separated values.
    pub(crate) fn csv(&self) -> String {
        let mut csv = "library,what,wall seconds,cpu seconds,peak MB,note\n".to_owned();
        for (what, figures) in &self.rows {
            for (library, Figure { cost, note, .. }) in figures {
                let [wall, cpu, memory] = cost.map_or([const { String::new() }; 3], |cost| {
                    [cost.wall, cost.cpu, cost.memory].map(|figure| format!("{figure:.5}"))
                });
                let library = &self.libraries[*library];
                csv += &format!("{library},\"{what}\",{wall},{cpu},{memory},\"{note}\"\n");
            }
        }
        csv
    }
}
