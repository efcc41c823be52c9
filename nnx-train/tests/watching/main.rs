//! What a person looks at: progress, records, plots, reports.

mod progress;
#[cfg(all(feature = "csv", feature = "json"))]
mod records;
#[cfg(feature = "tensorboard")]
mod tensorboard;
