//! Sizes as types.

mod growth;
mod laws;
