//! The report of loading another library's weights.

use std::fmt;

use super::elements::FileType;
use crate::array::DType;
use crate::module::Path;

/// The report of a load by [`Foreign`](super::Foreign): which tensors became which variables, by which steps, and which
/// tensors and variables were left out.
///
/// It prints one line for each:
///
/// ```text
/// kernel   weight, laid out, f16 to f32
/// bias     bias
/// ignored: num_batches_tracked
/// kept: dropout/stream/count
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForeignReport {
    /// Each variable that was loaded, in the model's order.
    pub used: Vec<UsedTensor>,
    /// Tensors of the file that no variable was read from, by name.
    pub ignored: Vec<String>,
    /// Variables that kept their values, in the model's order.
    pub kept: Vec<Path>,
}

/// A variable that was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedTensor {
    /// Its path.
    pub path: Path,
    /// The tensors of the file that it was made of: one, or several that were added.
    pub names: Vec<String>,
    /// Whether the tensor was permuted, reshaped or taken in part.
    pub laid_out: bool,
    /// The types of the file and of the variable, if the elements were converted.
    pub converted: Option<(FileType, DType)>,
}

impl fmt::Display for ForeignReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<String> = self.used.iter().map(|used| used.path.to_string()).collect();
        let width = paths.iter().map(String::len).max().unwrap_or(0);
        let mut lines = Vec::new();
        for (UsedTensor { names, laid_out, converted, .. }, path) in self.used.iter().zip(paths) {
            let laid_out = if *laid_out { ", laid out" } else { "" };
            let types = match converted {
                Some((found, dtype)) => format!(", {found} to {dtype}"),
                None => String::new(),
            };
            lines.push(format!("{path:width$}   {}{laid_out}{types}", names.join(" + ")));
        }
        lines.extend(self.ignored.iter().map(|name| format!("ignored: {name}")));
        lines.extend(self.kept.iter().map(|path| format!("kept: {path}")));
        f.write_str(&lines.join("\n"))
    }
}
