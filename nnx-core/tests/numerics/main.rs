//! Extreme values: zeros times infinities, sums that overflow, long sums, huge gradients, and settings that
//! make no sense. Each with the right value, and with random input against a reference implementation in f64.
//!
//! | file | holds |
//! |---|---|
//! | `numbers` | a seeded generator of hard numbers, comparison |
//! | `losses` | every loss against its reference implementation, with weights of 0 at infinite and NaN predictions |
//! | `loss_values` | the right values of single hard cases |
//! | `reductions` | sums, means, norms, deviations, softmax |
//! | `scatter` | gradients that add up many rows |
//! | `optimizer_table` | the list of optimizers, which other suites read too |
//! | `optimizers` | slots under huge gradients |
//! | `settings` | the refusals of optimizers and schedules |
//! | `classes` | argmax and accuracy with NaN |

mod classes;
mod loss_values;
mod losses;
mod numbers;
#[path = "../optimizer_table/mod.rs"]
mod optimizer_table;
mod optimizers;
mod reductions;
mod scatter;
mod settings;
