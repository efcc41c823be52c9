//! Output for people: progress, records, plots, reports.

#[cfg(feature = "plots")]
mod plots;
mod progress;
#[cfg(all(feature = "csv", feature = "json"))]
mod records;
#[cfg(feature = "report")]
mod report;
#[cfg(feature = "tensorboard")]
mod tensorboard;
