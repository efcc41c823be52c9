//! Sizes as types.

mod laws;
