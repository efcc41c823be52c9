//! Tests of the operations: every one against a reference implementation, its gradients of first and second order
//! against central differences, its errors, and its bits under any number of threads.
//!
//! | file | holds |
//! |---|---|
//! | `table` | every operation with a gradient, with its domain: what `gradients`, `coverage`, `sharing`, `vmap` run over |
//! | `table_reductions`, `table_movements`, `table_products`, `table_windows` | rows of the table by subject |
//! | `table_discrete` | operations without gradients, such as counts and draws: what `coverage` and `vmap` run over besides |
//! | `elementwise` | the rows of `ops/elementwise`, which bring their formulas; they are part of the table |
//! | `table_losses`, `table_orders` | those of the losses; of softmax along any axis, scans and sorts |
//! | `table_linalg`, `values_fft` | those of the features `linalg` and `fft` |
//! | `reference` | reference formulas that rows need and `std` lacks |
//! | `gradcheck` | the checker of gradients; `planted` holds wrong rules that it has to refuse |
//! | `attention` | tiles, compared with the matrix of all scores; memory |
//! | `convolutions` | random convolutions, and shapes that once failed, against loops of their own |
//! | `bf16` | inputs that are stored as bf16, to every operation |
//! | `nested` | models within the jobs of a caller's rayon pool |
//! | `plain` | plain arrays of f64, index by index: what `values_*` compare with |
//! | `attributes` | parameters of all operations as data, through files |
//! | `programs`, `coverage` | the recorded programs of a row; fails if an operation of the registry, or a variant, is in none of them |
//! | `sizes`, `sizes_random` | sizes beyond every memory |
//! | `vmap` | batching rules, compared with a loop over the members |
//! | `goldens`, `goldens_reductions` | values and gradients of JAX and Flax |

mod attention;
mod attributes;
mod bf16;
mod conversions;
mod convolutions;
mod coverage;
mod display;
mod draws;
mod elementwise;
mod errors;
mod far_gradients;
mod goldens;
mod goldens_reductions;
mod gradcheck;
mod gradients;
#[path = "../in_steps/mod.rs"]
mod in_steps;
mod integers;
mod labels;
mod nested;
mod numbers;
mod operands;
mod plain;
mod planted;
mod programs;
mod ranks;
mod rearrange;
mod reference;
mod scatter;
mod sharing;
mod sizes;
mod sizes_random;
mod table;
mod table_discrete;
#[cfg(feature = "linalg")]
mod table_linalg;
mod table_losses;
mod table_movements;
mod table_orders;
mod table_products;
mod table_reductions;
mod table_windows;
mod threads;
mod unfold;
mod values_broadcast;
mod values_counts;
mod values_cumulative;
mod values_einsum;
mod values_elementwise;
#[cfg(feature = "fft")]
mod values_fft;
#[cfg(feature = "linalg")]
mod values_linalg;
mod values_loss;
mod values_movement;
mod values_order;
mod values_product;
mod values_reduction;
mod values_special;
mod values_window;
mod vmap;
