//! Sizes as types.

mod growth;
mod laws;
mod names;
