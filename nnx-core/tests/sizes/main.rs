//! Sizes as types.

mod growth;
mod laws;
mod lengths;
mod names;
