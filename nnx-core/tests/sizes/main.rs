//! Sizes as types.

mod at_build;
mod formula;
mod growth;
mod laws;
mod lengths;
mod names;
mod options;
