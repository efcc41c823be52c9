//! Sizes as types.

mod formula;
mod growth;
mod laws;
mod lengths;
mod names;
mod options;
