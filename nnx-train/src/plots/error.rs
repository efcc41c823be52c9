//! Errors of plots.

use nnx_core::files::WriteError;

/// Why something can't be drawn, or a plot or report can't be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The path has an extension that isn't supported.
    #[error("{file}: a plot is saved as `.svg` or `.png`; end the name with one of them")]
    Ending {
        /// Path of the file.
        file: String,
    },
    /// The file can't be written.
    #[error("{file}: can't be written: {cause}")]
    Write {
        /// Path of the file.
        file: String,
        /// Why.
        cause: WriteError,
    },
    /// The number of names isn't that of the things to name.
    #[error("{found} names for {expected} {things}; give each one a name")]
    Names {
        /// The things that have names, such as `classes`.
        things: &'static str,
        /// Their number.
        expected: usize,
        /// The number of names.
        found: usize,
    },
    /// The matrix has too many elements to be readable.
    #[error(
        "a matrix of {rows} x {columns} is too large to draw; draw a part of at most {most} x {most}"
    )]
    TooLarge {
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
        /// The most rows and columns.
        most: usize,
    },
    /// There is nothing to draw.
    #[error("no {things} to draw; give at least {least}")]
    Empty {
        /// What is missing, such as `points`.
        things: &'static str,
        /// The least number of them.
        least: usize,
    },
    /// A label isn't the index of a name.
    #[error(
        "label {label} at index {index}: there are {classes} names of classes, with labels from 0"
    )]
    Label {
        /// The index of the label.
        index: usize,
        /// The label.
        label: i32,
        /// The number of names.
        classes: usize,
    },
}
